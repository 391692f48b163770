//! What a sign-in and a hand put into groups: F8, F9, rule 10.

use serde_json::{Value, json};

use super::{
    address, everything, groups_of, make_group, permissions, permit, read, set_active, sign_in,
    sorted, unmanaged, user,
};
use crate::harness::{App, unique};

async fn mapped_from(app: &App, idp_groups: &[&str]) -> String {
    make_group(
        app,
        json!({"name": unique("mapped"), "sso_mapping_groups": idp_groups}),
    )
    .await
}

async fn default_group(app: &App) -> String {
    make_group(
        app,
        json!({"name": unique("default"), "assign_by_default": true}),
    )
    .await
}

/// F8: the mapping does not act on whom SCIM manages, not even on the group it would map to.
#[tokio::test]
async fn f8_a_scim_user_is_not_mapped() {
    let app = App::start().await;
    let mapped = mapped_from(&app, &["idp"]).await;
    default_group(&app).await;
    let id = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let pushed = app.scim.create_group(&unique("pushed"), &[&id]).await;
    for idp_groups in [&["idp"][..], &[], &["other"]] {
        let signed_in = sign_in(&app, &id, idp_groups).await;
        assert_eq!(signed_in["mapped"], json!(false));
        assert_eq!(
            signed_in["groups"],
            json!([{"id": signed_in["groups"][0]["id"], "scim_id": pushed, "name": signed_in["groups"][0]["name"], "direct": true}])
        );
        assert_eq!(groups_of(&app, &id).await, std::slice::from_ref(&pushed));
    }
    // Manual updates bring the mapping back to nobody (Q7).
    app.allow_manual_updates(true).await;
    assert_eq!(sign_in(&app, &id, &["idp"]).await["mapped"], json!(false));
    // Put there by SCIM, the user stays whatever the IdP says at sign-in.
    let add = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
    app.scim
        .patch(&format!("/Groups/{mapped}"), add)
        .await
        .expect(204);
    sign_in(&app, &id, &[]).await;
    assert_eq!(groups_of(&app, &id).await, sorted(&[&pushed, &mapped]));
}

/// F9: in the same account, on the same group, the mapping acts on whom SCIM does not manage.
#[tokio::test]
async fn f9_another_user_is_mapped() {
    let app = App::start().await;
    let scim = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let mapped = mapped_from(&app, &["idp"]).await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": scim}]}]);
    app.scim
        .patch(&format!("/Groups/{mapped}"), add)
        .await
        .expect(204);
    let other = unmanaged(&app, &address("bo")).await;
    let signed_in = sign_in(&app, &other, &["idp"]).await;
    assert_eq!(
        (&signed_in["mapped"], &signed_in["groups"][0]["scim_id"]),
        (&json!(true), &json!(mapped))
    );
    assert_eq!(app.scim.members(&mapped).await, sorted(&[&scim, &other]));
    sign_in(&app, &other, &[]).await;
    assert_eq!(app.scim.members(&mapped).await, [scim]);
    // From the first SCIM write on it does not.
    let email = read(&app, &format!("/Users/{other}")).await["userName"]
        .as_str()
        .unwrap()
        .to_owned();
    app.scim
        .put(&format!("/Users/{other}"), &user(&email))
        .await
        .expect(200);
    assert_eq!(
        sign_in(&app, &other, &["idp"]).await["mapped"],
        json!(false)
    );
    assert!(groups_of(&app, &other).await.is_empty());
}

/// Rule 10: at each sign-in exactly the mapped and the default groups; names compare to the letter.
#[tokio::test]
async fn rule_10_exactly_the_mapped_and_default_groups() {
    let app = App::start().await;
    let default = default_group(&app).await;
    let (one, two) = (
        mapped_from(&app, &["eng", "ops"]).await,
        mapped_from(&app, &["ops"]).await,
    );
    let by_hand = make_group(&app, json!({"name": unique("by hand")})).await;
    permit(&app, &one, "developer").await;
    let id = unmanaged(&app, &address("ann")).await;
    let assigned = json!({"user_id": id, "desired_group_ids": [by_hand, two]});
    app.admin()
        .post("/assign-groups/", &assigned)
        .await
        .expect(200);
    for (idp_groups, wanted) in [
        (&["eng"][..], sorted(&[&default, &one])),
        (&["eng", "ops", "nobody's"], sorted(&[&default, &one, &two])),
        (&["ENG", "Ops", "eng "], sorted(&[&default])),
        (&["ops"], sorted(&[&default, &one, &two])),
        (&[], sorted(&[&default])),
    ] {
        let signed_in = sign_in(&app, &id, idp_groups).await;
        assert_eq!(signed_in["mapped"], json!(true));
        assert_eq!(groups_of(&app, &id).await, wanted, "{idp_groups:?}");
        assert_eq!(permissions(&app, &one).await, ["developer"]);
    }
    // A mapping that changes acts at the next sign-in.
    app.admin()
        .post(
            &format!("/groups/{one}/"),
            &json!({"sso_mapping_groups": ["new"]}),
        )
        .await
        .expect(200);
    app.admin()
        .post(
            &format!("/groups/{default}/"),
            &json!({"assign_by_default": false}),
        )
        .await
        .expect(200);
    sign_in(&app, &id, &["eng", "new"]).await;
    assert_eq!(groups_of(&app, &id).await, [one]);
    for bad in [
        json!({"user_id": id, "idp_groups": [1]}),
        json!({"user_id": id, "idp_groups": "new"}),
        json!({"idp_groups": []}),
    ] {
        let before = everything(&app).await;
        app.admin().post("/sign-ins/", &bad).await.expect(400);
        assert_eq!(everything(&app).await, before);
    }
}

/// Rule 10: whoever is made while SCIM is off joins the default groups; whoever SCIM makes never does.
#[tokio::test]
async fn rule_10_who_joins_the_default_groups() {
    let app = App::start().await;
    let default = default_group(&app).await;
    app.set_scim(false).await;
    let named = make_group(&app, json!({"name": unique("named")})).await;
    let invite = async |groups: Value| {
        let body = json!({"email_addresses": [address("ann")], "license_type": "developer", "group_ids": groups});
        let sent = app.admin().post("/invites/", &body).await.expect(200).body["data"].clone();
        sent["invites"][0]["user_scim_id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = invite(json!([])).await;
    assert_eq!(
        groups_of(&app, &first).await,
        std::slice::from_ref(&default)
    );
    let second = invite(json!([named])).await;
    assert_eq!(groups_of(&app, &second).await, sorted(&[&default, &named]));

    for manual in [false, true] {
        app.allow_manual_updates(manual).await;
        let made = app
            .scim
            .post("/Users", &user(&address("bo")))
            .await
            .expect(201)
            .id();
        assert!(groups_of(&app, &made).await.is_empty());
        app.scim
            .patch(&format!("/Users/{made}"), set_active(false))
            .await
            .expect(200);
        app.scim
            .patch(&format!("/Users/{made}"), set_active(true))
            .await
            .expect(200);
        sign_in(&app, &made, &[]).await;
        assert!(groups_of(&app, &made).await.is_empty());
    }
    // Linked, the first keeps what it had.
    let email = read(&app, &format!("/Users/{first}")).await["userName"]
        .as_str()
        .unwrap()
        .to_owned();
    app.scim.post("/Users", &user(&email)).await.expect(201);
    sign_in(&app, &first, &[]).await;
    assert_eq!(groups_of(&app, &first).await, [default]);
}
