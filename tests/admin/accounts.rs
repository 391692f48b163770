//! `/accounts/`, where clients of dbt's admin API check their token (account-behaviour §2).

use proto::settings::v1::{
    Account, Plan, UpdateAccountRequest, settings_service_client::SettingsServiceClient,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{error_code, v2};
use crate::{
    client::Client,
    harness::{App, actor, required},
};

/// The admin API at an address that names no account.
fn roots(app: &App) -> [Client; 2] {
    let [two, three] = ["v2", "v3"].map(|version| {
        let mut client = app.admin().clone();
        client.base_url = format!("{}/api/{version}", required("PUBLIC_URL"));
        client
    });
    [two, three]
}

/// As the operator does.
async fn set_plan(app: &App, plan: Plan) {
    let url = required("SETTINGS_URL");
    let mut settings = SettingsServiceClient::connect(url).await.unwrap();
    let request = UpdateAccountRequest {
        account: Some(Account {
            id: app.id(),
            plan: plan.into(),
            ..Account::default()
        }),
        update_mask: None,
        actor: actor(),
    };
    settings.update_account(request).await.unwrap();
}

/// T9, T10, T13: a token finds its own account and no other, in both versions.
#[tokio::test]
async fn a_token_finds_its_account() {
    let (app, other) = (App::start().await, App::start().await);
    for client in roots(&app) {
        for path in ["/accounts/", "/accounts"] {
            let listed = client.get(path).await.expect(200).body;
            let accounts = listed["data"].as_array().unwrap();
            assert_eq!(accounts.len(), 1);
            let account = &accounts[0];
            assert_eq!(account["id"], json!(app.id()));
            assert_eq!(account["plan"], json!("enterprise_plus"));
            assert_eq!(account["state"], json!(1));
            assert_eq!(listed["extra"]["pagination"]["total_count"], json!(1));
            assert_eq!(
                listed["extra"]["filters"],
                json!({"limit": 100, "offset": 0})
            );
            let one = client.get(&format!("/accounts/{}/", app.id())).await;
            assert_eq!(&one.expect(200).body["data"], account);
        }
        let next = client.get("/accounts/?offset=1").await.expect(200).body;
        assert_eq!(next["data"], json!([]));
        let request = client.with_token("").request(Method::GET, "/accounts/");
        let token = format!("Token {}", app.admin().token);
        client
            .send(request.header("authorization", token))
            .await
            .expect(200);
        // The other's account number in a token of ours opens neither.
        let forged = app
            .admin()
            .token
            .replace(&app.id().to_string(), &other.id().to_string());
        for token in ["", "wrong", &*app.scim.token, "mst_admin_1_x", &*forged] {
            let refused = client.with_token(token).get("/accounts/").await.expect(401);
            assert_eq!(refused.body["data"], Value::Null);
            assert!(refused.header("www-authenticate").starts_with("Bearer"));
        }
        let elsewhere = client.get(&format!("/accounts/{}/", other.id())).await;
        elsewhere.expect(401);
    }
}

/// E16: an address that is kept out learns nothing there either.
#[tokio::test]
async fn an_address_that_is_kept_out_finds_nothing() {
    let app = App::start().await;
    let rule = json!({"name": "nobody", "type": 2, "cidrs": ["127.0.0.0/8", "::1/128"], "rule_set_enabled": true, "confirm": true});
    app.admin()
        .post("/ip-restrictions/", &rule)
        .await
        .expect(200);
    for client in roots(&app) {
        client.get("/accounts/").await.expect(403);
    }
}

/// An account is renamed by its administrator; what it has bought is the operator's to say.
#[tokio::test]
async fn an_account_is_renamed() {
    let app = App::start().await;
    for (client, method) in [
        (v2(&app), Method::POST),
        (app.admin().clone(), Method::PATCH),
    ] {
        let name = format!("Acme {method}");
        let body = json!({"name": name, "state": 1, "plan": "team", "docs_job_id": null});
        let request = client.request(method, "/").json(&body);
        let renamed = client.send(request).await.expect(200).body["data"].clone();
        assert_eq!(
            (&renamed["name"], &renamed["plan"]),
            (&json!(name), &json!("enterprise_plus"))
        );
        assert_eq!(client.get("/").await.expect(200).body["data"], renamed);
    }
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "x", "state": 2}),
        json!({"name": "x", "id_number": 2}),
        json!({"name": "x".repeat(256)}),
    ] {
        app.admin().post("/", &bad).await.expect(400);
    }
}

/// Rule 2, E1: a plan without SCIM switches SCIM off, so that its endpoints answer 403 and what it managed can
/// be edited by hand; a better plan lets it be switched on again, with all that was there.
#[tokio::test]
async fn a_lower_plan_ends_scim() {
    let app = App::start().await;
    let user = app.scim.create_user("ann").await;
    let path = format!("/users/{user}/");
    let edit = json!({"first_name": "Ann"});
    app.admin().post(&path, &edit).await.expect(403);
    set_plan(&app, Plan::Team).await;
    app.scim.get("/Users").await.expect_error(403, None);
    let read = app.admin().get("/scim-config/").await.expect(200).body;
    assert_eq!(read["data"]["enabled"], json!(false));
    app.admin().post(&path, &edit).await.expect(200);
    let on = json!({"enabled": true, "manual_updates_allowed": false});
    let refused = app.admin().post("/scim-config/", &on).await.expect(403);
    assert_eq!(error_code(&refused), "PLAN_NOT_ELIGIBLE");
    set_plan(&app, Plan::Enterprise).await;
    app.scim.get("/Users").await.expect_error(403, None);
    app.admin().post("/scim-config/", &on).await.expect(200);
    let found = app.scim.get(&format!("/Users/{user}")).await.expect(200);
    assert_eq!(found.body["name"]["givenName"], json!("Ann"));
    app.admin().post(&path, &edit).await.expect(403);
}
