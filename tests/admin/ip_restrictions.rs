//! `/ip-restrictions/`, and that they act (rule 14).

use proto::settings::v1::{
    IpRestrictions, ReplaceIpRestrictionsRequest, account_service_client::AccountServiceClient,
};
use reqwest::Method;
use serde_json::json;

use crate::{
    harness::{App, actor, required},
    stack::Stack,
};

const LOOPBACK: &str = "127.0.0.0/8";

/// E16, F15: who is kept out hears so before the token is looked at, on both surfaces, and of the account
/// nothing.
#[tokio::test]
async fn an_address_is_kept_out() {
    let app = App::start().await;
    let rule = json!({"name": "nobody here", "type": 2, "cidrs": [LOOPBACK, "::1/128"], "rule_set_enabled": false});
    app.admin()
        .post("/ip-restrictions/", &rule)
        .await
        .expect(200);
    app.scim.get("/Users").await.expect(200);
    app.admin()
        .post(
            "/ip-restrictions-set/",
            &json!({"enabled": true, "confirm": true}),
        )
        .await
        .expect(200);
    for token in [&*app.scim.token, "wrong", ""] {
        let refused = app.scim.with_token(token).get("/Users").await;
        refused.expect_error(403, None);
        app.scim
            .with_token(token)
            .get("/Schemas")
            .await
            .expect_error(403, None);
    }
    for token in [&*app.admin().token, "wrong", ""] {
        let refused = app
            .admin()
            .with_token(token)
            .get("/users/")
            .await
            .expect(403);
        assert_eq!(refused.body["data"], json!(null));
    }
    // A header of somebody who is no trusted proxy counts for nothing.
    let request = app.scim.request(Method::GET, "/Users");
    let request = request.header("X-Forwarded-For", "192.0.2.1");
    app.scim.send(request).await.expect_error(403, None);

    // The way back: the operator, over gRPC.
    let mut settings = AccountServiceClient::connect(required("SETTINGS_URL"))
        .await
        .unwrap();
    let request = ReplaceIpRestrictionsRequest {
        account_id: app.id(),
        ip_restrictions: Some(IpRestrictions::default()),
        actor: actor(),
        confirm: false,
    };
    settings.replace_ip_restrictions(request).await.unwrap();
    app.scim.get("/Users").await.expect(200);
    app.admin().get("/users/").await.expect(200);
}

/// Rule 14: whoever would shut himself out is told so, and how to do it all the same; every verb.
#[tokio::test]
async fn rules_that_keep_their_author_out_want_a_word() {
    let app = App::start().await;
    let (path, set) = ("/ip-restrictions/", "/ip-restrictions-set/");
    let here = json!({"name": "here", "type": 1, "cidrs": [LOOPBACK, "::1/128"]});
    let here = app.admin().post(path, &here).await.expect(200).body["data"].clone();
    let there = json!({"name": "there", "type": 1, "cidrs": ["192.0.2.0/24"]});
    app.admin().post(path, &there).await.expect(200);
    app.admin()
        .post(set, &json!({"enabled": true}))
        .await
        .expect(200);
    let one = format!("{path}{}/", here["id"]);
    let deny = json!({"name": "nobody", "type": 2, "cidrs": ["0.0.0.0/0", "::/0"]});
    let before = app.admin().get(path).await.expect(200).body["data"].clone();
    let refusals = [
        app.admin().post(path, &deny).await,
        app.admin().put(&one, &json!({"type": 2})).await,
        app.admin()
            .put(&one, &json!({"cidrs": ["192.0.2.0/24"], "confirm": false}))
            .await,
        app.admin().delete(&one).await,
        app.admin().delete(&format!("{one}?confirm=false")).await,
    ];
    for refused in refusals {
        let refused = refused.expect(409);
        let status = &refused.body["status"];
        assert_eq!(status["developer_message"], json!("CONFIRMATION_REQUIRED"));
        let message = status["user_message"].as_str().unwrap();
        assert!(
            message.contains("127.0.0.1") && message.contains("confirm"),
            "{message}"
        );
    }
    app.admin()
        .delete(&format!("{one}?confirm=perhaps"))
        .await
        .expect(400);
    assert_eq!(app.admin().get(path).await.expect(200).body["data"], before);
    let off = json!({"enabled": false});
    app.admin().post(set, &off).await.expect(200);
    app.admin().post(path, &deny).await.expect(200);
    app.admin()
        .post(set, &json!({"enabled": true}))
        .await
        .expect(409);
    // Whoever says so is taken at his word.
    app.admin()
        .delete(&format!("{one}?confirm=true"))
        .await
        .expect(204);
    app.admin()
        .post(set, &json!({"enabled": true, "confirm": true}))
        .await
        .expect(200);
    app.admin().get(path).await.expect(403);
}

#[tokio::test]
async fn rules_live() {
    let app = App::start().await;
    let path = "/ip-restrictions/";
    let rule = json!({"name": "office", "type": 1, "account_id": app.id(), "cidrs": [{"cidr": "192.0.2.0/24"}, {"cidr_ipv6": "2001:db8::/32"}], "rule_set_enabled": false});
    let made = app.admin().post(path, &rule).await.expect(200).body["data"].clone();
    let one = format!("{path}{}/", made["id"]);
    assert_eq!(app.admin().get(&one).await.expect(200).body["data"], made);
    assert_eq!(
        app.admin().get(path).await.expect(200).body["data"],
        json!([made])
    );
    // As it was read, sent back.
    assert_eq!(
        app.admin().put(&one, &made).await.expect(200).body["data"],
        made
    );
    let changed = app
        .admin()
        .put(&one, &json!({"name": "home", "cidrs": ["198.51.100.7/32"]}))
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["data"]["name"], &changed.body["data"]["type"]),
        (&json!("home"), &json!(1))
    );
    for bad in [
        json!({"name": "x", "type": 1, "cidrs": ["no network"]}),
        json!({"name": "x", "type": 3, "cidrs": ["192.0.2.0/24"]}),
        json!({"name": "x", "cidrs": ["192.0.2.0/24"]}),
        json!({"type": 1, "cidrs": ["192.0.2.0/24"]}),
        json!({"name": "x", "type": 1, "cidrs": [{"net": "192.0.2.0/24"}]}),
        json!({"name": "x", "type": 1}),
    ] {
        app.admin().post(path, &bad).await.expect(400);
    }
    app.admin()
        .post("/ip-restrictions-set/", &json!({}))
        .await
        .expect(400);
    app.admin().delete(&one).await.expect(204);
    app.admin().delete(&one).await.expect(404);
    assert_eq!(
        app.admin().get(path).await.expect(200).body["data"],
        json!([])
    );
}

/// Rule 14: rules written at once are all there, whoever is first.
#[tokio::test]
async fn rules_written_at_once_are_all_there() {
    let app = App::start().await;
    let path = "/ip-restrictions/";
    let made = (0..16).map(async |number| {
        let network = format!("10.{number}.0.0/16");
        let rule =
            json!({"name": network, "type": 2, "cidrs": [network], "rule_set_enabled": false});
        app.admin().post(path, &rule).await.expect(200).body["data"].clone()
    });
    let made = futures::future::join_all(made).await;
    let listed = app.admin().get(path).await.expect(200).body["data"].clone();
    let mut names: Vec<_> = made
        .iter()
        .map(|rule| rule["name"].as_str().unwrap())
        .collect();
    let listed = listed.as_array().unwrap().iter();
    let mut found: Vec<_> = listed.map(|rule| rule["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    found.sort_unstable();
    assert_eq!(names, found);
    assert_eq!(found.len(), 16);
    let ends = made.iter().zip(0..).map(async |(rule, number)| {
        let one = format!("{path}{}/", rule["id"]);
        if number % 2 == 0 {
            app.admin().delete(&one).await.expect(204);
        } else {
            let body = json!({"description": "kept"});
            app.admin().put(&one, &body).await.expect(200);
        }
    });
    futures::future::join_all(ends).await;
    let listed = app.admin().get(path).await.expect(200).body["data"].clone();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 8);
    assert!(listed.iter().all(|rule| rule["description"] == "kept"));
}

/// Behind a trusted proxy the address is what the proxy says; the audit log has it too.
#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let stack = Stack::start(&[("TRUSTED_PROXIES", "127.0.0.0/8, ::1/128")]);
    let app = stack.app().await;
    let rule =
        json!({"name": "office", "type": 1, "cidrs": ["192.0.2.0/24"], "rule_set_enabled": false});
    app.admin()
        .post("/ip-restrictions/", &rule)
        .await
        .expect(200);
    let from = async |header: &str, value: &str| {
        let request = app.admin().request(Method::POST, "/ip-restrictions-set/");
        let request = request
            .header(header, value)
            .json(&json!({"enabled": true}));
        app.admin().send(request).await.status.as_u16()
    };
    assert_eq!(from("X-Forwarded-For", "192.0.2.7").await, 200);
    for (header, value, status) in [
        ("X-Forwarded-For", "192.0.2.7, 127.0.0.1", 200),
        ("X-Forwarded-For", "192.0.2.7, 198.51.100.1", 403),
        ("X-Forwarded-For", "198.51.100.1", 403),
        ("X-Forwarded-For", "nonsense", 403),
        ("Forwarded", "for=192.0.2.9", 200),
        ("Forwarded", "for=198.51.100.1", 403),
        ("X-Nothing", "192.0.2.7", 403),
    ] {
        assert_eq!(from(header, value).await, status, "{header}: {value}");
    }
    let request = app.admin().request(
        Method::GET,
        "/audit-logs/?event_type=ip_restrictions.changed&limit=1",
    );
    let request = request.header("X-Forwarded-For", "192.0.2.7");
    let log = app.admin().send(request).await.expect(200).body;
    assert_eq!(log["data"][0]["actor_ip"], json!("192.0.2.7"));
}
