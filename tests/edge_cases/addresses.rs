//! Who is kept out by address: F15, rule 14.

use proto::settings::v1::{
    IpRestrictions, ReplaceIpRestrictionsRequest, account_service_client::AccountServiceClient,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::Response,
    harness::{App, actor, required},
    stack::Stack,
};

const HERE: &str = "127.0.0.1/32";
const AROUND: &str = "127.0.0.0/8";
const ELSEWHERE: &str = "192.0.2.0/24";

async fn add_rule(app: &App, kind: u8, cidrs: &[&str]) {
    let rule = json!({"name": "rule", "type": kind, "cidrs": cidrs, "rule_set_enabled": false});
    app.admin()
        .post("/ip-restrictions/", &rule)
        .await
        .expect(200);
}

async fn enable(app: &App) {
    app.admin()
        .post(
            "/ip-restrictions-set/",
            &json!({"enabled": true, "confirm": true}),
        )
        .await
        .expect(200);
}

/// The way back: the operator's.
async fn lift(app: &App, settings_url: &str) {
    let mut settings = AccountServiceClient::connect(settings_url.to_owned())
        .await
        .unwrap();
    let request = ReplaceIpRestrictionsRequest {
        account_id: app.id(),
        ip_restrictions: Some(IpRestrictions::default()),
        actor: actor(),
        confirm: false,
    };
    settings.replace_ip_restrictions(request).await.unwrap();
}

/// One request to each surface, with this token in place of both; the statuses.
async fn both(app: &App, token: Option<&str>) -> (Response, Response) {
    let (scim, admin) = match token {
        Some(token) => (app.scim.with_token(token), app.admin().with_token(token)),
        None => (app.scim.clone(), app.admin().clone()),
    };
    (scim.get("/Users").await, admin.get("/users/").await)
}

/// F15: an address that is not allowed is kept out of every path, whatever the token; the answer is always the
/// same and tells nothing of the account.
#[tokio::test]
async fn f15_an_address_that_is_not_allowed() {
    let app = App::start().await;
    let user = app.scim.create_user("ann").await;
    add_rule(&app, 1, &[ELSEWHERE]).await;
    let before = app
        .scim
        .get(&format!("/Users/{user}"))
        .await
        .expect(200)
        .body;
    enable(&app).await;
    let mut details = Vec::new();
    for token in [&app.scim.token, &app.admin().token, "mst_scim_wrong", ""] {
        for path in [
            "/Users",
            "/Groups",
            "/Bulk",
            "/.search",
            "/Schemas",
            "/ServiceProviderConfig",
            "/ResourceTypes/User",
            "/",
        ] {
            let method = if path == "/Bulk" || path == "/.search" {
                Method::POST
            } else {
                Method::GET
            };
            let request = app
                .scim
                .with_token(token)
                .request(method, path)
                .json(&json!({}));
            details
                .push(app.scim.send(request).await.expect_error(403, None).body["detail"].clone());
        }
        for path in [
            "/users/",
            "/scim-config/",
            "/audit-logs/",
            "/ip-restrictions-set/",
        ] {
            let refused = app.admin().with_token(token).get(path).await.expect(403);
            assert_eq!(
                (&refused.body["data"], refused.header("www-authenticate")),
                (&Value::Null, "")
            );
        }
    }
    details.dedup();
    assert_eq!(details.len(), 1, "{details:?}");
    app.scim
        .delete(&format!("/Users/{user}"))
        .await
        .expect_error(403, None);
    app.admin()
        .post("/ip-restrictions-set/", &json!({"enabled": false}))
        .await
        .expect(403);
    lift(&app, &required("SETTINGS_URL")).await;
    assert_eq!(
        app.scim
            .get(&format!("/Users/{user}"))
            .await
            .expect(200)
            .body,
        before
    );
    // Another account is not touched by it.
    let (scim, admin) = both(&App::start().await, None).await;
    scim.expect(200);
    admin.expect(200);
}

/// Rule 14: deny goes before allow; without allow rules all but the denied are let in; rules act once enabled.
#[tokio::test]
async fn rule_14_deny_and_allow() {
    let (allow, deny) = (1, 2);
    for (rules, status) in [
        (vec![(allow, HERE)], 200),
        (vec![(allow, ELSEWHERE)], 403),
        (vec![(allow, ELSEWHERE), (allow, AROUND)], 200),
        (vec![(deny, HERE)], 403),
        (vec![(deny, ELSEWHERE)], 200),
        (vec![(allow, HERE), (deny, AROUND)], 403),
        (vec![(deny, HERE), (allow, AROUND)], 403),
        (vec![(allow, AROUND), (deny, ELSEWHERE)], 200),
        (vec![(allow, "::1/128")], 403),
        (vec![(allow, "::ffff:127.0.0.1/128")], 200),
        (vec![], 200),
    ] {
        let app = App::start().await;
        for (kind, cidr) in &rules {
            add_rule(&app, *kind, &[cidr]).await;
        }
        let (scim, admin) = both(&app, None).await;
        assert_eq!(
            (scim.status.as_u16(), admin.status.as_u16()),
            (200, 200),
            "{rules:?} not enabled"
        );
        enable(&app).await;
        let (scim, admin) = both(&app, None).await;
        assert_eq!(
            (scim.status.as_u16(), admin.status.as_u16()),
            (status, status),
            "{rules:?}"
        );
        // What is not trusted may say what it likes.
        for (name, value) in [
            ("X-Forwarded-For", "192.0.2.1"),
            ("Forwarded", "for=192.0.2.1"),
            ("X-Real-IP", "192.0.2.1"),
        ] {
            let request = app.scim.request(Method::GET, "/Users").header(name, value);
            assert_eq!(
                app.scim.send(request).await.status,
                status,
                "{rules:?} {name}"
            );
        }
        let (scim, admin) = both(&app, Some("wrong")).await;
        let wrong = if status == 200 { 401 } else { 403 };
        assert_eq!(
            (scim.status.as_u16(), admin.status.as_u16()),
            (wrong, wrong),
            "{rules:?}"
        );
    }
}

/// Rule 14: behind a trusted proxy it is the proxy's word that counts, on both surfaces: the last address that
/// is no proxy's.
#[tokio::test]
async fn rule_14_behind_a_trusted_proxy() {
    let stack = Stack::start(&[("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")]);
    let app = stack.app().await;
    add_rule(&app, 1, &[ELSEWHERE]).await;
    add_rule(&app, 2, &["192.0.2.66/32"]).await;
    enable(&app).await;
    for (headers, status) in [
        (vec![("X-Forwarded-For", "192.0.2.7")], 200),
        (vec![("X-Forwarded-For", "192.0.2.7, 10.1.2.3")], 200),
        (
            vec![
                ("X-Forwarded-For", "192.0.2.7"),
                ("X-Forwarded-For", "10.1.2.3"),
            ],
            200,
        ),
        (vec![("X-Forwarded-For", "192.0.2.7, 198.51.100.9")], 403),
        (vec![("X-Forwarded-For", "198.51.100.9, 192.0.2.7")], 200),
        (vec![("X-Forwarded-For", "192.0.2.66")], 403),
        (vec![("X-Forwarded-For", "192.0.2.7, nobody")], 403),
        (vec![("X-Forwarded-For", "")], 403),
        (vec![("Forwarded", "for=192.0.2.7;proto=https")], 200),
        (vec![("Forwarded", "for=\"[2001:db8::1]\"")], 403),
        (
            vec![
                ("Forwarded", "for=192.0.2.7"),
                ("X-Forwarded-For", "192.0.2.7"),
            ],
            200,
        ),
        (
            vec![
                ("Forwarded", "for=192.0.2.7"),
                ("X-Forwarded-For", "198.51.100.9"),
            ],
            403,
        ),
        (vec![], 403),
    ] {
        for (client, path) in [(&app.scim, "/Users"), (app.admin(), "/users/")] {
            let mut request = client.request(Method::GET, path);
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let answer = client.send(request).await;
            assert_eq!(
                answer.status, status,
                "{path} {headers:?}: {:#}",
                answer.body
            );
        }
    }
    lift(&app, stack.variable("SETTINGS_URL")).await;
    app.scim.get("/Users").await.expect(200);
}
