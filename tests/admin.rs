//! The admin API (account-behaviour §2A), and what a SCIM token does not open.

use reqwest::Method;
use serde_json::json;

use crate::{
    client::{Client, Response},
    harness::{App, unique},
};

mod accounts;
mod admin_tokens;
mod audit_logs;
mod bodies;
mod groups;
mod invites;
mod ip_restrictions;
mod licenses;
mod users;
mod webhook;

/// The part of the admin API that stands under version 2.
fn v2(app: &App) -> Client {
    let mut client = app.admin().clone();
    client.base_url = client.base_url.replace("/api/v3/", "/api/v2/");
    client
}

/// The reason of a refusal.
fn error_code(refused: &Response) -> &str {
    let status = &refused.body["status"];
    assert!(refused.body["error_code"].is_i64(), "{:#}", refused.body);
    status["developer_message"].as_str().unwrap_or_default()
}

/// Invites somebody, which must be allowed; the SCIM id of the user.
async fn invite(app: &App, email: &str) -> String {
    let body = json!({"email_addresses": [email], "license_type": "developer"});
    let sent = app.admin().post("/invites/", &body).await.expect(200);
    let id = sent.body["data"]["invites"][0]["user_scim_id"].as_str();
    id.unwrap().to_owned()
}

/// E6–E10: the configuration is one object, written whole, read back as written.
#[tokio::test]
async fn scim_configuration() {
    let app = App::start().await;
    let path = "/scim-config/";
    for (enabled, manual, licence) in [
        (true, false, false),
        (true, true, true),
        (false, false, false),
    ] {
        let sent = json!({"enabled": enabled, "manual_updates_allowed": manual, "scim_controlled_license_type": licence});
        let written = app.admin().post(path, &sent).await.expect(200);
        assert_eq!(written.body["data"], sent);
        assert_eq!(written.body["status"]["code"], json!(200));
        assert_eq!(written.body["status"]["is_success"], json!(true));
        assert_eq!(app.admin().get(path).await.expect(200).body["data"], sent);
    }
    // E10: the third switch is optional, unknown fields are not.
    app.admin()
        .post(
            path,
            &json!({"enabled": true, "manual_updates_allowed": false}),
        )
        .await
        .expect(200);
    for bad in [
        json!({"enabled": true}),
        json!({"enabled": "yes", "manual_updates_allowed": false}),
        json!({"enabled": true, "manual_updates_allowed": false, "more": 1}),
        json!([]),
    ] {
        let refused = app.admin().post(path, &bad).await.expect(400);
        assert_eq!(refused.body["status"]["is_success"], json!(false));
    }
    assert_eq!(
        app.admin().get("/scim-config").await.expect(200).body["data"]["enabled"],
        json!(true)
    );
}

/// T1–T6, T12, R-REG-AUTH-05: the life of a token; its secret is shown once.
#[tokio::test]
async fn tokens() {
    let app = App::start().await;
    let path = "/scim-config/tokens/";
    let name = unique("okta");
    let created = app
        .admin()
        .post(path, &json!({"name": name}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let secret = created["token_string"].as_str().unwrap();
    let one = format!("{path}{}/", created["id"].as_i64().unwrap());
    let read = app.admin().get(&one).await.expect(200).body["data"].clone();
    assert_eq!(
        (read["name"].as_str(), read.get("token_string")),
        (Some(name.as_str()), None)
    );
    assert!(read["created_at"].is_string());
    let list = app.admin().get(path).await.expect(200).body;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    assert_eq!(list["extra"]["pagination"]["total_count"], json!(2));
    assert!(!list.to_string().contains(secret));

    let other = app.scim.with_token(secret);
    other.get("/Users").await.expect(200);
    app.admin().delete(&one).await.expect(204);
    other.get("/Users").await.expect_error(401, None);
    app.scim.get("/Users").await.expect(200);
    let gone = app.admin().get(&one).await.expect(404);
    assert_eq!(gone.body["status"]["code"], json!(404));
    app.admin().delete(&one).await.expect(404);
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "x", "scope": "all"}),
        json!({"name": 5}),
    ] {
        app.admin().post(path, &bad).await.expect(400);
    }
}

/// R-AUTH-10, R-REG-SEC-07, R17, T9: a token opens its own surface only.
#[tokio::test]
async fn a_token_opens_one_surface() {
    let app = App::start().await;
    app.admin()
        .with_token(&app.scim.token)
        .get("/scim-config/")
        .await
        .expect(401);
    app.scim
        .with_token(&app.admin().token)
        .get("/Users")
        .await
        .expect_error(401, None);
    app.admin()
        .with_token("")
        .get("/scim-config/")
        .await
        .expect(401);
    // T10: `Token` and `Bearer` mean the same here.
    let request = app
        .admin()
        .with_token("")
        .request(Method::GET, "/scim-config/")
        .header("authorization", format!("Token {}", app.admin().token));
    app.admin().send(request).await.expect(200);
}

/// Product rule 3 (Q1, Q2): a disabled account answers 403 and loses nothing.
#[tokio::test]
async fn disabled_scim_answers_403() {
    let app = App::start().await;
    let id = app.scim.create_user(&unique("u")).await;
    app.set_scim(false).await;
    for path in ["/Users", "/Groups"] {
        app.scim.get(path).await.expect_error(403, None);
    }
    app.scim
        .delete(&format!("/Users/{id}"))
        .await
        .expect_error(403, None);
    app.scim
        .with_token("wrong")
        .get("/Users")
        .await
        .expect_error(401, None);
    app.set_scim(true).await;
    app.scim.get(&format!("/Users/{id}")).await.expect(200);
}

/// R-TEN-03/04, R-TEST-05, R-REG-SEC-03: another account's ids are unknown ids, its tokens unknown tokens.
#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let (ours, theirs) = (App::start().await, App::start().await);
    let user = theirs.scim.create_user(&unique("their")).await;
    let group = theirs.scim.create_group(&unique("their"), &[&user]).await;
    let mine = ours.scim.create_group(&unique("my"), &[]).await;
    let nobody = uuid::Uuid::now_v7().to_string();
    let before = (
        theirs.scim.get(&format!("/Users/{user}")).await.body,
        theirs.scim.get(&format!("/Groups/{group}")).await.body,
    );
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "displayName", "value": "taken"}]});
    for (collection, id, unknown) in [("Users", &user, &nobody), ("Groups", &group, &nobody)] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let body = match method {
                Method::PUT => Some(
                    json!({"schemas": [format!("urn:ietf:params:scim:schemas:core:2.0:{}", collection.trim_end_matches('s'))], "userName": "x", "displayName": "x"}),
                ),
                Method::PATCH => Some(patch.clone()),
                _ => None,
            };
            let answer = async |id: &str| {
                let mut request = ours
                    .scim
                    .request(method.clone(), &format!("/{collection}/{id}"));
                if let Some(body) = &body {
                    request = request.json(body);
                }
                let response = ours.scim.send(request).await.expect_error(404, None);
                response.body.to_string().replace(id, "ID")
            };
            assert_eq!(
                answer(id).await,
                answer(unknown).await,
                "{method} {collection}"
            );
        }
    }
    for member in [&user, &group] {
        ours.scim
            .patch(
                &format!("/Groups/{mine}"),
                json!([{"op": "add", "path": "members", "value": [{"value": member}]}]),
            )
            .await
            .expect_error(400, Some("invalidValue"));
        let found = ours
            .scim
            .find("/Groups", &format!("members eq \"{member}\""))
            .await
            .expect(200);
        assert_eq!(found.body["totalResults"], json!(0));
    }
    assert_eq!(ours.scim.get("/Users").await.body["totalResults"], json!(0));
    let name = before.0["userName"].as_str().unwrap();
    ours.scim.create_user(name).await;
    ours.scim
        .with_token(&theirs.scim.token)
        .get("/Users")
        .await
        .expect_error(401, None);
    assert_ne!(ours.id(), theirs.id());
    assert_eq!(
        before,
        (
            theirs.scim.get(&format!("/Users/{user}")).await.body,
            theirs.scim.get(&format!("/Groups/{group}")).await.body
        )
    );
}
