//! SCIM switched off: rule 3.

use reqwest::Method;
use serde_json::{Value, json};

use super::configuration::on_plan;
use super::{
    BULK, Write, address, configure, groups_of, invitation, make_group, patch, read, seen, sign_in,
    sorted, user, v2,
};
use crate::harness::{App, unique};
use proto::settings::v1::Plan;

/// Rule 3: tokens come before the switch; while it is off every SCIM call is refused, and nothing happens.
#[tokio::test]
async fn rule_3_disabled_refuses_every_call() {
    let app = on_plan(Plan::EnterprisePlus).await;
    let made = app
        .admin()
        .post("/scim-config/tokens/", &json!({"name": "early"}))
        .await
        .expect(200);
    let early = app
        .scim
        .with_token(made.body["data"]["token_string"].as_str().unwrap());
    early.get("/Users").await.expect_error(403, None);
    configure(&app, true, false, false).await;
    let id = early.create_user(&unique("u")).await;
    let group = early.create_group(&unique("g"), &[&id]).await;
    let before = (read(&app, "/Users").await, read(&app, "/Groups").await);
    configure(&app, false, false, false).await;
    let (one, other) = (format!("/Users/{id}"), format!("/Groups/{group}"));
    let search = json!({"filter": "userName pr"});
    let title = patch(json!([{"op": "add", "path": "displayName", "value": "x"}]));
    let bulk = json!({"schemas": [BULK], "Operations": [{"method": "DELETE", "path": one}]});
    let mut calls = Vec::new();
    for path in [
        "/Users",
        "/Groups",
        &one,
        &other,
        "/",
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
    ] {
        calls.push(Write::new(Method::GET, path, Value::Null));
    }
    for (path, body) in [
        ("/Users", user("x")),
        ("/Groups", super::group("x", &[])),
        ("/.search", search),
        ("/Bulk", bulk),
    ] {
        calls.push(Write::post(path, body));
    }
    for (path, body) in [(&one, user("x")), (&other, super::group("x", &[]))] {
        calls.push(Write::put(path, body));
        calls.push(Write::new(Method::PATCH, path, title.clone()));
        calls.push(Write::delete(path));
    }
    for call in calls {
        let outcome = call.alone(&app).await;
        assert_eq!(
            (outcome.status, outcome.scim_type.as_str()),
            (403, ""),
            "{call:?}: {outcome:?}"
        );
        assert!(outcome.detail.contains("switched off"), "{outcome:?}");
    }
    // What is the same for every account is read without a token at any time (R-AUTH-08).
    let anybody = app.scim.with_token("");
    anybody.get("/ServiceProviderConfig").await.expect(200);
    app.scim
        .with_token("mst_scim_nobody")
        .get("/Users")
        .await
        .expect_error(401, None);
    configure(&app, true, false, false).await;
    let after = (read(&app, "/Users").await, read(&app, "/Groups").await);
    assert_eq!(after, before);
    early.get(&one).await.expect(200);
}

/// Rule 3: while SCIM is off, hands, invitations, default groups and mappings work as without it, also on whom
/// SCIM manages; switched on again all is as SCIM had it.
#[tokio::test]
async fn rule_3_disabled_is_as_without_scim() {
    let app = App::start().await;
    let email = address("ann");
    let mut sent = user(&email);
    sent["externalId"] = json!(unique("00u"));
    let id = app.scim.post("/Users", &sent).await.expect(201).id();
    let pushed = app.scim.create_group(&unique("pushed"), &[&id]).await;
    let default = make_group(
        &app,
        json!({"name": unique("default"), "assign_by_default": true}),
    )
    .await;
    let mapped = make_group(
        &app,
        json!({"name": unique("mapped"), "sso_mapping_groups": ["idp"]}),
    )
    .await;
    configure(&app, false, false, true).await;

    let edited = app
        .admin()
        .post(&format!("/users/{id}/"), &json!({"first_name": "Anna"}))
        .await
        .expect(200);
    assert_eq!(
        (
            &edited.body["data"]["first_name"],
            &edited.body["data"]["scim_managed"]
        ),
        (&json!("Anna"), &json!(true))
    );
    let licence = json!({"license_type": "it", "state": 1});
    v2(&app)
        .post(&format!("/permissions/{id}/"), &licence)
        .await
        .expect(200);
    let renamed = unique("renamed");
    app.admin()
        .post(&format!("/groups/{pushed}/"), &json!({"name": renamed}))
        .await
        .expect(200);
    let invited = json!({"email_addresses": [address("bo")], "license_type": "developer"});
    let bo = app
        .admin()
        .post("/invites/", &invited)
        .await
        .expect(200)
        .body["data"]["invites"][0]["user_scim_id"]
        .clone();
    assert_eq!(
        groups_of(&app, bo.as_str().unwrap()).await,
        std::slice::from_ref(&default)
    );
    assert_eq!(sign_in(&app, &id, &["idp"]).await["mapped"], json!(true));
    assert_eq!(
        groups_of(&app, &id).await,
        sorted(&[&pushed, &default, &mapped])
    );
    assert_eq!(invitation(&app, &id).await["status"], json!(2));

    configure(&app, true, false, true).await;
    let back = read(&app, &format!("/Users/{id}")).await;
    assert_eq!(
        (&back["externalId"], &back["userName"]),
        (&sent["externalId"], &json!(email))
    );
    assert_eq!(app.scim.members(&pushed).await, std::slice::from_ref(&id));
    assert_eq!(
        read(&app, &format!("/Groups/{pushed}")).await["displayName"],
        json!(renamed)
    );
    assert_eq!(seen(&app, &id).await["scim_managed"], json!(true));
    let refused = app
        .admin()
        .post(&format!("/users/{id}/"), &json!({"first_name": "Annie"}))
        .await
        .expect(403);
    assert_eq!(
        refused.body["status"]["developer_message"],
        json!("MANAGED_BY_SCIM")
    );
    assert_eq!(sign_in(&app, &id, &[]).await["mapped"], json!(false));
}
