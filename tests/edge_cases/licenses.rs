//! Licences and seats: F12, F13, F14, rule 6.

use proto::settings::v1::{Account, LicenseSeats, Plan};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    LICENSE, USER, Write, address, all_refused, choose, configure, patch, read, seen, sign_in,
    unmanaged, user, v2,
};
use crate::harness::App;

pub(super) fn licensed(user_name: &str, license_type: &str) -> Value {
    let mut body = user(user_name);
    body["schemas"] = json!([USER, LICENSE]);
    body[LICENSE] = json!({"licenseType": license_type});
    body
}

pub(super) async fn licence(app: &App, user: &str) -> Value {
    seen(app, user).await["license"]["license_type"].clone()
}

pub(super) async fn map(app: &App, license_type: &str, idp_group: &str) {
    let body = json!({"license_type": license_type, "sso_license_mapping_groups": [idp_group]});
    app.admin().post("/license-maps/", &body).await.expect(200);
}

/// A licence set by hand; the status.
pub(super) async fn set_by_hand(app: &App, user: &str, license_type: &str) -> u16 {
    let body = json!({"license_type": license_type, "state": 1});
    v2(app)
        .post(&format!("/permissions/{user}/"), &body)
        .await
        .status
        .as_u16()
}

/// The ways to push a licence with PATCH.
pub(super) fn pushes(license_type: &str) -> Vec<Value> {
    vec![
        patch(
            json!([{"op": "replace", "path": format!("{LICENSE}:licenseType"), "value": license_type}]),
        ),
        patch(
            json!([{"op": "Add", "path": format!("{LICENSE}:licenseType"), "value": license_type}]),
        ),
        patch(json!([{"op": "replace", "path": LICENSE, "value": {"licenseType": license_type}}])),
        patch(json!([{"op": "replace", "value": {LICENSE: {"licenseType": license_type}}}])),
        patch(
            json!([{"op": "Replace", "value": {format!("{LICENSE}:licenseType"): license_type}}]),
        ),
    ]
}

/// F12: where SCIM controls licences, the map says read-only, SCIM developer: developer it is.
#[tokio::test]
async fn f12_scim_says_developer() {
    let app = App::start().await;
    configure(&app, true, false, true).await;
    map(&app, "read_only", "readers").await;
    let id = app
        .scim
        .post("/Users", &licensed(&address("ann"), "developer"))
        .await
        .expect(201)
        .id();
    sign_in(&app, &id, &["readers"]).await;
    assert_eq!(licence(&app, &id).await, json!("developer"));
    assert_eq!(
        read(&app, &format!("/Users/{id}")).await[LICENSE]["licenseType"],
        json!("developer")
    );
}

/// F13: a licence the plan does not have, or that there is not at all, is refused by every verb.
#[tokio::test]
async fn f13_a_licence_the_plan_lacks() {
    let seats = ["developer", "read_only", "it"].map(|one| LicenseSeats {
        license_type: one.to_owned(),
        total: None,
    });
    let account = Account {
        plan: Plan::Enterprise.into(),
        license_seats: seats.to_vec(),
        ..Account::default()
    };
    let app = App::with(account).await;
    app.set_scim(true).await;
    let name = address("ann");
    let path = format!(
        "/Users/{}",
        app.scim.post("/Users", &user(&name)).await.expect(201).id()
    );
    for (license_type, part) in [
        ("analyst", "plan does not include"),
        ("gold", "must be one of"),
        ("Developer", "must be one of"),
    ] {
        all_refused(
            &app,
            [Write::post(
                "/Users",
                licensed(&address("bo"), license_type),
            )],
            (400, "invalidValue", part),
        )
        .await;
        all_refused(
            &app,
            [Write::put(&path, licensed(&name, license_type))],
            (400, "invalidValue", part),
        )
        .await;
        for push in pushes(license_type) {
            all_refused(
                &app,
                [Write::new(Method::PATCH, &path, push)],
                (400, "invalidValue", part),
            )
            .await;
        }
    }
    let invited = json!({"email_addresses": [address("cy")], "license_type": "analyst"});
    app.admin().post("/invites/", &invited).await.expect(403);
    app.allow_manual_updates(true).await;
    app.admin().post("/invites/", &invited).await.expect(400);
    // A map to it is none.
    let map = json!({"license_type": "analyst", "sso_license_mapping_groups": ["x"]});
    app.admin().post("/license-maps/", &map).await.expect(400);
}

/// Rule 6: who is given no licence gets developer, or what the account chose; a request without the attribute
/// leaves it, one with it sets it, whether SCIM controls licences or not.
#[tokio::test]
async fn rule_6_the_attribute() {
    let app = App::start().await;
    for controlled in [false, true] {
        configure(&app, true, false, controlled).await;
        let name = address("ann");
        let created = app.scim.post("/Users", &user(&name)).await.expect(201);
        assert_eq!(created.body[LICENSE]["licenseType"], json!("developer"));
        let (id, path) = (created.id(), format!("/Users/{}", created.id()));
        for (number, push) in pushes("analyst").into_iter().enumerate() {
            let license_type = ["analyst", "it", "read_only"][number % 3];
            let push: Value =
                serde_json::from_str(&push.to_string().replace("analyst", license_type)).unwrap();
            assert_eq!(
                Write::new(Method::PATCH, &path, push.clone())
                    .in_bulk(&app)
                    .await
                    .status,
                200,
                "{push}"
            );
            assert_eq!(licence(&app, &id).await, json!(license_type), "{push}");
        }
        app.scim
            .put(&path, &licensed(&name, "read_only"))
            .await
            .expect(200);
        // Without the attribute: the same licence, whatever else is said.
        let mut empty = user(&name);
        empty[LICENSE] = json!({});
        for put in [
            user(&name),
            empty,
            json!({"schemas": [USER, LICENSE], "userName": name}),
        ] {
            app.scim.put(&path, &put).await.expect(200);
            assert_eq!(licence(&app, &id).await, json!("read_only"), "{put}");
        }
        for operation in [
            json!([{"op": "replace", "path": "title", "value": "Cook"}]),
            json!([{"op": "remove", "path": format!("{LICENSE}:licenseType")}]),
            json!([{"op": "remove", "path": LICENSE}]),
        ] {
            app.scim.patch(&path, operation.clone()).await.expect(200);
            assert_eq!(licence(&app, &id).await, json!("read_only"), "{operation}");
        }
    }
    choose(&app, json!({"default_license_type": "analyst"})).await;
    let created = app
        .scim
        .post("/Users", &user(&address("bo")))
        .await
        .expect(201);
    assert_eq!(created.body[LICENSE]["licenseType"], json!("analyst"));
    app.admin()
        .post(
            "/account-options/",
            &json!({"default_license_type": "gold"}),
        )
        .await
        .expect(400);
}

/// Rule 6: where SCIM controls licences, maps are ignored and hands refused, for whom SCIM manages and for
/// nobody else, even with manual updates; where it does not, the last to speak wins.
#[tokio::test]
async fn rule_6_who_controls_the_licence() {
    let app = App::start().await;
    map(&app, "read_only", "readers").await;
    let id = app
        .scim
        .post("/Users", &licensed(&address("ann"), "it"))
        .await
        .expect(201)
        .id();
    let other = unmanaged(&app, &address("bo")).await;
    for manual in [false, true] {
        configure(&app, true, manual, true).await;
        sign_in(&app, &id, &["readers"]).await;
        assert_eq!(set_by_hand(&app, &id, "analyst").await, 403);
        assert_eq!(licence(&app, &id).await, json!("it"));
        // What stays as it is changes nothing, and may be said.
        if manual {
            assert_eq!(set_by_hand(&app, &id, "it").await, 200);
        }
        sign_in(&app, &other, &["readers"]).await;
        assert_eq!(licence(&app, &other).await, json!("read_only"));
        assert_eq!(set_by_hand(&app, &other, "analyst").await, 200);
        assert_eq!(licence(&app, &other).await, json!("analyst"));
    }
    configure(&app, true, true, false).await;
    sign_in(&app, &id, &["readers"]).await;
    assert_eq!(licence(&app, &id).await, json!("read_only"));
    assert_eq!(set_by_hand(&app, &id, "analyst").await, 200);
    let path = format!("/Users/{id}");
    assert_eq!(
        read(&app, &path).await[LICENSE]["licenseType"],
        json!("analyst")
    );
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": format!("{LICENSE}:licenseType"), "value": "it"}]),
        )
        .await
        .expect(200);
    assert_eq!(licence(&app, &id).await, json!("it"));
    // While SCIM is off the switch does not act.
    configure(&app, false, false, true).await;
    sign_in(&app, &id, &["readers"]).await;
    assert_eq!(licence(&app, &id).await, json!("read_only"));
    assert_eq!(set_by_hand(&app, &id, "analyst").await, 200);
}
