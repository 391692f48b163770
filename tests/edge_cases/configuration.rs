//! The account's switches, its dialect and what it says of itself: rules 1, 2, 3, 16 and 17.

use proto::settings::v1::{Account, LicenseSeats, Plan};
use reqwest::Method;
use serde_json::{Value, json};

use super::{USER, Write, address, choose, configure, patch, read, unmanaged, user};
use crate::harness::{App, unique};

const CONFIGURATION: &str = "/scim-config/";

pub(super) async fn on_plan(plan: Plan) -> App {
    App::with(Account {
        plan: plan.into(),
        ..Account::default()
    })
    .await
}

async fn configuration(app: &App) -> Value {
    app.admin().get(CONFIGURATION).await.expect(200).body["data"].clone()
}

/// Rule 1: all is off at first; it is written whole; what is unknown or of another kind is refused and changes
/// nothing.
#[tokio::test]
async fn rule_1_the_configuration() {
    let app = on_plan(Plan::Enterprise).await;
    let off = json!({"enabled": false, "manual_updates_allowed": false, "scim_controlled_license_type": false});
    assert_eq!(configuration(&app).await, off);
    for bits in 0..8 {
        let wanted = json!({"enabled": bits & 1 > 0, "manual_updates_allowed": bits & 2 > 0,
            "scim_controlled_license_type": bits & 4 > 0});
        assert_eq!(
            app.admin()
                .post(CONFIGURATION, &wanted)
                .await
                .expect(200)
                .body["data"],
            wanted
        );
        assert_eq!(configuration(&app).await, wanted);
    }
    let before = configuration(&app).await;
    for bad in [
        json!({"enabled": false, "manual_updates_allowed": false, "provider": "okta"}),
        json!({"enabled": "false", "manual_updates_allowed": false}),
        json!({"enabled": 0, "manual_updates_allowed": false}),
        json!({"enabled": null, "manual_updates_allowed": false}),
        json!({"manual_updates_allowed": false}),
        json!({"enabled": false}),
        json!({}),
        json!("off"),
    ] {
        app.admin().post(CONFIGURATION, &bad).await.expect(400);
        assert_eq!(configuration(&app).await, before, "{bad}");
    }
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let request = app.admin().request(method, CONFIGURATION).json(&off);
        app.admin().send(request).await.expect(405);
    }
    // Another account has another one.
    assert_eq!(configuration(&on_plan(Plan::Enterprise).await).await, off);
}

/// Rule 2: SCIM is switched on in the enterprise plans alone; of the rest nothing is withheld.
#[tokio::test]
async fn rule_2_the_plan() {
    for plan in [Plan::Enterprise, Plan::EnterprisePlus] {
        let app = on_plan(plan).await;
        configure(&app, true, false, false).await;
        app.scim.get("/Users").await.expect(200);
    }
    let app = on_plan(Plan::Team).await;
    let before = configuration(&app).await;
    let wanted = json!({"enabled": true, "manual_updates_allowed": true});
    let refused = app.admin().post(CONFIGURATION, &wanted).await.expect(403);
    assert_eq!(
        refused.body["status"]["developer_message"],
        json!("PLAN_NOT_ELIGIBLE")
    );
    assert_eq!(configuration(&app).await, before);
    app.scim.get("/Users").await.expect_error(403, None);
    configure(&app, false, true, true).await;
    app.admin()
        .post("/scim-config/tokens/", &json!({"name": "early"}))
        .await
        .expect(200);
    unmanaged(&app, &address("ann")).await;
}

/// Rule 16: what identity providers send is read leniently, and to the letter where the account says so.
#[tokio::test]
async fn rule_16_dialects() {
    let lenient = App::start().await;
    let strict = App::start().await;
    choose(&strict, json!({"strict": true})).await;
    for app in [&lenient, &strict] {
        let path = format!("/Users/{}", app.scim.create_user(&unique("u")).await);
        // Both read names of attributes and operators in any case.
        let cased = patch(json!([{"op": "replace", "path": "NICKNAME", "value": "Annie"}]));
        assert_eq!(
            Write::new(Method::PATCH, &path, cased)
                .alone(app)
                .await
                .status,
            200
        );
        assert_eq!(read(app, &path).await["nickName"], json!("Annie"));
    }
    let put = |more: Value| {
        let mut body = json!({"schemas": [USER], "userName": unique("ann")});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        (Method::PUT, body)
    };
    for (method, body) in [
        (
            Method::PATCH,
            patch(json!([{"op": "Replace", "path": "active", "value": "False"}])),
        ),
        (
            Method::PATCH,
            patch(json!([{"op": "replace", "value": {"name.givenName": "Ann"}}])),
        ),
        (
            Method::PATCH,
            json!({"Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}),
        ),
        put(json!({"active": "False"})),
        put(json!({"shoeSize": 44})),
    ] {
        let path = format!("/Users/{}", lenient.scim.create_user(&unique("u")).await);
        let outcome = Write::new(method.clone(), &path, body.clone())
            .alone(&lenient)
            .await;
        assert_eq!(outcome.status, 200, "{body}: {outcome:?}");
        let path = format!("/Users/{}", strict.scim.create_user(&unique("u")).await);
        let before = read(&strict, &path).await;
        let outcome = Write::new(method, &path, body.clone()).alone(&strict).await;
        assert_eq!(outcome.status, 400, "{body}: {outcome:?}");
        assert_eq!(read(&strict, &path).await, before, "{body}");
    }
}

/// Rule 17: what `ServiceProviderConfig` says works, works; what it says does not, does not.
#[tokio::test]
async fn rule_17_the_configuration_tells_the_truth() {
    let app = App::start().await;
    let config = read(&app, "/ServiceProviderConfig").await;
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], json!(true), "{feature}");
    }
    let pages = &config["pagination"];
    assert_eq!(
        (&pages["cursor"], &pages["index"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(config["changePassword"]["supported"], json!(false));

    let mut body = user(&unique("b"));
    let id = app.scim.post("/Users", &body).await.expect(201).id();
    let path = format!("/Users/{id}");
    app.scim.create_user(&unique("a")).await;
    let page = read(
        &app,
        "/Users?sortBy=userName&cursor&count=1&filter=userName+pr",
    )
    .await;
    assert!(
        page["Resources"][0]["userName"]
            .as_str()
            .unwrap()
            .starts_with("a-")
    );
    let next = format!(
        "/Users?sortBy=userName&count=1&filter=userName+pr&cursor={}",
        page["nextCursor"].as_str().unwrap()
    );
    assert_eq!(read(&app, &next).await["Resources"][0]["id"], json!(id));
    let second = read(&app, "/Users?sortBy=userName&startIndex=2&count=1").await;
    assert_eq!(
        (&second["Resources"][0]["id"], &second["startIndex"]),
        (&json!(id), &json!(2))
    );
    let tag = app
        .scim
        .get(&path)
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    let known = app
        .scim
        .request(Method::GET, &path)
        .header("If-None-Match", &tag);
    app.scim.send(known).await.expect(304);
    let operations = json!([{"op": "replace", "path": "title", "value": "Cook"}]);
    app.scim.patch(&path, operations).await.expect(200);
    let stale = app
        .scim
        .request(Method::DELETE, &path)
        .header("If-Match", &tag);
    app.scim.send(stale).await.expect_error(412, None);
    // The password is taken and changes nothing.
    let before = read(&app, &path).await;
    body["title"] = json!("Cook");
    body["password"] = json!("another");
    app.scim.put(&path, &body).await.expect(200);
    assert_eq!(
        read(&app, &path).await["meta"]["version"],
        before["meta"]["version"]
    );
    assert_eq!(Write::delete(&path).in_bulk(&app).await.status, 204);
    app.scim.get(&path).await.expect_error(404, None);
}

/// Rule 6 asks of a plan which licences it has; without any named it has all.
#[tokio::test]
async fn rule_2_a_plan_may_lack_licences() {
    let seats = |license_type: &str| LicenseSeats {
        license_type: license_type.to_owned(),
        total: None,
    };
    let account = Account {
        plan: Plan::Enterprise.into(),
        license_seats: vec![seats("developer")],
        ..Account::default()
    };
    let app = App::with(account).await;
    let licences = app.admin().get("/licenses/").await.expect(200).body["data"].clone();
    assert_eq!(licences.as_object().unwrap().len(), 1);
    app.admin()
        .post("/licenses/analyst/", &json!({"total": 5}))
        .await
        .expect(400);
}
