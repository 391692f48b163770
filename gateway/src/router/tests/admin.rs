//! The account side of the admin API.

use axum::{body::Body, extract::Request};
use serde_json::{Value, json};

use super::{
    app::App,
    stub::{ID, NUMBER, SECRET, WALLED},
};
use crate::address::Peer;

/// A request that must succeed; the whole body.
async fn ok(app: &App, method: &str, path: &str, body: Value) -> Value {
    let answer = app.admin(method, path, body).await;
    assert_eq!(answer.status, 200, "{method} {path} {}", answer.text);
    let body = answer.json();
    assert_eq!(body["status"]["is_success"], true);
    body
}

async fn v2(app: &App, method: &str, path: &str, body: &str) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v2/accounts/1{path}"))
        .header("Authorization", format!("Token {SECRET}"));
    let answer = app.send(request.body(Body::from(body.to_owned())).unwrap());
    let answer = answer.await;
    assert_eq!(answer.status, 200, "{method} {path} {}", answer.text);
    answer.json()["data"].clone()
}

#[tokio::test]
async fn users() {
    let app = App::start().await;
    let list = ok(
        &app,
        "GET",
        "/users/?limit=1&search=a&order_by=-email",
        Value::Null,
    )
    .await;
    assert_eq!(
        (&list["data"][0]["id"], &list["data"][0]["scim_id"]),
        (&json!(NUMBER), &json!(ID))
    );
    assert_eq!(
        list["extra"]["pagination"],
        json!({"count": 1, "total_count": 5})
    );
    assert_eq!(list["extra"]["filters"], json!({"limit": 1, "offset": 0}));
    let path = format!("/users/{ID}/");
    let one = ok(&app, "GET", &path, Value::Null).await["data"].clone();
    assert_eq!(
        one["license"],
        json!({"id": NUMBER, "license_type": "developer"})
    );
    for method in ["POST", "PATCH"] {
        let edit = json!({"first_name": "Ann", "is_staff": true, "id": 1});
        ok(&app, method, &path, edit).await;
        app.admin(method, &path, json!({"frist_name": "Ann"}))
            .await
            .is_admin_error(400);
    }
    let deleted = ok(&app, "POST", &path, json!({"state": 2})).await;
    assert_eq!(deleted["data"]["state"], 2);
    let by_number = ok(&app, "GET", &format!("/users/{NUMBER}/"), Value::Null).await;
    assert_eq!(by_number["data"], one);
    for path in [
        "/users/other/",
        "/users/7/",
        "/users/99999999999999999999/",
        "/users/?group_id=other",
        "/users/?group_id=7",
    ] {
        app.admin("GET", path, Value::Null)
            .await
            .is_admin_error(404);
    }
    app.admin("GET", "/users/?order_by=password", Value::Null)
        .await
        .is_admin_error(400);

    let full = v2(&app, "GET", &format!("/users/{ID}/"), "").await;
    assert_eq!(full["permissions"][0]["account_id"], 1);
    assert_eq!(full["permissions"][0]["groups"][0]["id"], NUMBER);
    let path = format!("/permissions/{NUMBER}/");
    let licence = v2(&app, "POST", &path, r#"{"license_type": "it", "state": 1}"#).await;
    assert_eq!(
        (&licence["id"], &licence["state"]),
        (&json!(NUMBER), &json!(1))
    );
    v2(&app, "POST", &path, r#"{"license_type": "it", "state": 2}"#).await;
}

#[tokio::test]
async fn groups() {
    let app = App::start().await;
    let list = ok(&app, "GET", "/groups/", Value::Null).await;
    assert_eq!(list["data"][0]["member_count"], 1);
    assert_eq!(
        list["data"][0]["group_permissions"][0]["permission_set"],
        "account_admin"
    );
    for (query, count) in [
        ("state=deleted", 0),
        ("state=all&order_by=-name", 1),
        ("pk__in=a,b", 0),
        ("pk__in=7,8", 0),
        (&format!("pk={NUMBER}&pk__in=7,{NUMBER}"), 1),
        (&format!("pk={ID}&name__icontains=sal"), 1),
        (&format!("pk={ID}&pk__in=a"), 0),
    ] {
        let list = ok(&app, "GET", &format!("/groups/?{query}"), Value::Null).await;
        assert_eq!(list["extra"]["pagination"]["count"], count, "{query}");
    }
    // As the Terraform provider sends it.
    let sent = json!({
        "id": null, "name": "Sales", "account_id": 1, "state": 1, "assign_by_default": false,
        "sso_mapping_groups": ["a"], "scim_managed": false,
    });
    let made = ok(&app, "POST", "/groups/", sent.clone()).await["data"].clone();
    assert_eq!(
        (&made["sso_mapping_groups"], &made["state"]),
        (&json!(["a"]), &json!(1))
    );
    let path = format!("/groups/{ID}/");
    ok(&app, "POST", &path, made.clone()).await;
    let deleted = ok(&app, "POST", &path, json!({"name": "Sales", "state": 2})).await;
    assert_eq!(deleted["data"]["state"], 2);
    let refused = app.admin("POST", &path, json!({"name": "managed"})).await;
    refused.is_admin_error(403);
    let refused = refused.json();
    assert_eq!(refused["status"]["developer_message"], "MANAGED_BY_SCIM");
    assert_eq!(refused["error_code"], 16);
    let taken = app
        .admin("POST", "/groups/", json!({"name": "taken"}))
        .await;
    taken.is_admin_error(409);
    for (path, body) in [
        ("/groups/", json!({"assign_by_default": true})),
        ("/groups/", json!({"name": "x", "account_id": 2})),
        ("/groups/", json!({"name": "x", "state": 2})),
        (&path, json!({"name": ""})),
        (&path, json!({"color": "red"})),
    ] {
        app.admin("POST", path, body).await.is_admin_error(400);
    }
}

#[tokio::test]
async fn permissions_and_assignments() {
    let app = App::start().await;
    let permissions = json!([
        {"account_id": 1, "group_id": NUMBER, "permission_set": "member", "all_projects": true},
        {"permission_set": "gone", "state": 2},
    ]);
    let path = format!("/group-permissions/{NUMBER}/");
    let kept = ok(&app, "POST", &path, permissions).await["data"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!(
        (&kept[0]["permission_set"], &kept[0]["all_projects"]),
        (&json!("member"), &json!(true))
    );
    assert_eq!(ok(&app, "POST", &path, json!([])).await["data"], json!([]));
    for bad in [
        json!({}),
        json!([{}]),
        json!([{"permission_set": "x", "group_id": "other"}]),
        json!([{"permission_set": "x", "group_id": 7}]),
        json!([{"permission_set": "x", "group_id": true}]),
    ] {
        app.admin("POST", &path, bad).await.is_admin_error(400);
    }

    for ids in [json!([ID]), json!([NUMBER]), json!([NUMBER.to_string()])] {
        let assign = json!({"user_id": NUMBER, "desired_group_ids": ids});
        let assigned = ok(&app, "POST", "/assign-groups/", assign).await;
        assert_eq!(assigned["data"][0]["id"], NUMBER);
        assert_eq!(assigned["extra"]["pagination"]["total_count"], 1);
    }
    for (bad, status) in [
        (json!({"user_id": 7, "desired_group_ids": []}), 404),
        (json!({"user_id": NUMBER, "desired_group_ids": [7]}), 400),
        (json!({"user_id": NUMBER, "desired_group_ids": [1.5]}), 400),
    ] {
        app.admin("POST", "/assign-groups/", bad)
            .await
            .is_admin_error(status);
    }
    let none = json!({"user_id": ID, "desired_group_ids": []});
    assert_eq!(
        ok(&app, "POST", "/assign-groups/", none).await["data"],
        json!([])
    );
}

#[tokio::test]
async fn invitations() {
    let app = App::start().await;
    let sent = json!({"email_addresses": ["ann@acme.test"], "license_type": "developer", "group_ids": [ID]});
    let sent = ok(&app, "POST", "/invites/", sent).await["data"].clone();
    assert_eq!(sent["sent"], json!(["ann@acme.test"]));
    assert_eq!(
        (&sent["groups_assigned"], &sent["invites"][0]["status"]),
        (&json!(true), &json!(1))
    );
    // U12: what was sent cannot be called back, so what failed after it is said.
    let lost = json!({"email_addresses": ["lost@acme.test"], "group_ids": [NUMBER]});
    let lost = ok(&app, "POST", "/invites/", lost).await;
    assert_eq!(lost["data"]["groups_assigned"], false);
    let message = lost["status"]["user_message"].as_str().unwrap();
    assert!(message.contains("/assign-groups/"), "{message}");
    for bad in [
        json!({"license_type": "developer"}),
        json!({"email_addresses": ["a@b.test"], "group_ids": ["other"]}),
        json!({"email_addresses": ["a@b.test"], "license_type": "it"}),
    ] {
        app.admin("POST", "/invites/", bad)
            .await
            .is_admin_error(400);
    }
    assert_eq!(
        v2(&app, "GET", "/invites/", "").await[0]["type"],
        "standard"
    );
    assert_eq!(v2(&app, "GET", "/invites/5/", "").await["id"], 5);
    ok(&app, "POST", "/invites/5/resend/", Value::Null).await;
    assert_eq!(
        app.admin("DELETE", "/invites/5/", Value::Null).await.status,
        204
    );
    for path in ["/invites/6/", "/invites/x/", "/invites/-5/"] {
        app.admin("GET", path, Value::Null)
            .await
            .is_admin_error(404);
    }
    app.admin("GET", "/invites/?status=9", Value::Null)
        .await
        .is_admin_error(400);
}

#[tokio::test]
async fn licences() {
    let app = App::start().await;
    let read = ok(&app, "GET", "/licenses/", Value::Null).await["data"].clone();
    let expected = json!({
        "license_type": "developer", "limited": true, "total": 5, "in_use": 7, "assigned": 7,
        "available": 0, "over_limit": true, "enterprise_plan": true,
    });
    assert_eq!(read["developer"], expected);
    assert_eq!(
        (&read["it"]["total"], &read["it"]["limited"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(v2(&app, "GET", "/licenses", "").await, read);
    let ten = ok(&app, "POST", "/licenses/developer/", json!({"total": 10})).await;
    assert_eq!(ten["data"]["available"], 3);
    let unlimited = ok(&app, "POST", "/licenses/it/", json!({"total": null})).await;
    assert_eq!(unlimited["data"]["limited"], false);
    for bad in [json!({}), json!({"total": "ten"}), json!({"total": 1.5})] {
        app.admin("POST", "/licenses/it/", bad)
            .await
            .is_admin_error(400);
    }

    let list = ok(&app, "GET", "/license-maps/", Value::Null).await;
    assert_eq!(list["data"][0]["id"], 4);
    let sent = json!({"id": null, "license_type": "it", "account_id": 1, "state": 1, "sso_license_mapping_groups": ["x"]});
    ok(&app, "POST", "/license-maps/", sent).await;
    app.admin("POST", "/license-maps/", json!({"license_type": "taken"}))
        .await
        .is_admin_error(409);
    let kept = ok(
        &app,
        "POST",
        "/license-maps/4/",
        json!({"sso_license_mapping_groups": []}),
    )
    .await;
    assert_eq!(kept["data"]["license_type"], "analyst");
    let gone = ok(&app, "POST", "/license-maps/4/", json!({"state": 2})).await;
    assert_eq!(gone["data"]["state"], 2);
    assert_eq!(
        app.admin("DELETE", "/license-maps/4/", Value::Null)
            .await
            .status,
        204
    );
    app.admin("GET", "/license-maps/5/", Value::Null)
        .await
        .is_admin_error(404);
}

#[tokio::test]
async fn ip_rules() {
    let app = App::start().await;
    let list = ok(&app, "GET", "/ip-restrictions/", Value::Null).await;
    let cidrs = &list["data"][0]["cidrs"];
    assert_eq!(
        (&cidrs[0]["cidr"], &cidrs[1]["cidr_ipv6"]),
        (&json!("192.0.2.0/24"), &json!("2001:db8::/32"))
    );
    // As the Terraform provider sends it.
    let rule = json!({
        "name": "vpn", "type": 2, "account_id": 1, "description": "", "rule_set_enabled": true,
        "cidrs": [{"cidr": "198.51.100.7/32"}, {"cidr_ipv6": "2001:db8::1/128"}, {"cidr": "1.1.1.1/32", "state": 2}],
    });
    let made = ok(&app, "POST", "/ip-restrictions/", rule.clone()).await["data"].clone();
    assert_eq!((&made["id"], &made["type"]), (&json!(7), &json!(2)));
    assert_eq!(made["rule_set_enabled"], true);
    assert_eq!(made["cidrs"].as_array().unwrap().len(), 2);
    let put = ok(
        &app,
        "PUT",
        "/ip-restrictions/6",
        json!({"cidrs": ["10.0.0.1"]}),
    )
    .await["data"]
        .clone();
    assert_eq!((&put["name"], &put["type"]), (&json!("office"), &json!(1)));
    assert_eq!(put["cidrs"].as_array().unwrap().len(), 1);
    let same = ok(&app, "PUT", "/ip-restrictions/6", json!({})).await;
    assert_eq!(same["data"]["name"], "office");
    assert_eq!(
        app.admin("DELETE", "/ip-restrictions/6", Value::Null)
            .await
            .status,
        204
    );
    for method in ["GET", "DELETE"] {
        app.admin(method, "/ip-restrictions/9", Value::Null)
            .await
            .is_admin_error(404);
    }
    for bad in [
        json!({"name": "x"}),
        json!({"name": "x", "type": 3, "cidrs": []}),
        json!({"name": "x", "type": 1, "cidrs": [{}]}),
    ] {
        app.admin("POST", "/ip-restrictions/", bad)
            .await
            .is_admin_error(400);
    }
    let set = ok(
        &app,
        "POST",
        "/ip-restrictions-set/",
        json!({"enabled": true}),
    )
    .await;
    assert_eq!(set["data"]["enabled"], true);
    let set = ok(&app, "GET", "/ip-restrictions-set/", Value::Null).await;
    assert_eq!(set["data"]["enabled"], false);
}

/// Rule 14, E16, F15: the address is looked at first, on both surfaces.
#[tokio::test]
async fn an_address_is_kept_out_whatever_the_token() {
    let app = App::start().await;
    let ask =
        async |path: &str, peer: Option<&str>, token: Option<&str>, forwarded: Option<&str>| {
            let mut request = Request::get(format!("/api/v3/accounts/{WALLED}{path}"));
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            if let Some(address) = forwarded {
                request = request.header("X-Forwarded-For", address);
            }
            let mut request = request.body(Body::empty()).unwrap();
            if let Some(peer) = peer {
                request.extensions_mut().insert(Peer(peer.parse().unwrap()));
            }
            app.send(request).await
        };
    let (inside, outside, proxy) = ("198.51.100.7", "203.0.113.7", "192.0.2.1");
    for (peer, forwarded, admitted) in [
        (Some(inside), None, true),
        (Some(outside), None, false),
        (None, None, false),
        (Some(outside), Some(inside), false),
        (Some(inside), Some(outside), true),
        (Some(proxy), Some(inside), true),
        (Some(proxy), Some(outside), false),
        (Some(proxy), Some("198.51.100.7, 203.0.113.7"), false),
    ] {
        for (path, is_public) in [
            ("/scim/v2/Users", false),
            ("/scim/v2/Schemas", true),
            ("/scim-config/", false),
        ] {
            for token in [Some(SECRET), Some("wrong"), None] {
                let expected = match (admitted, token) {
                    (false, _) => 403,
                    (true, Some(SECRET)) => 200,
                    (true, None) if is_public => 200,
                    (true, _) => 401,
                };
                let answer = ask(path, peer, token, forwarded).await;
                assert_eq!(
                    answer.status, expected,
                    "{path} {peer:?} {forwarded:?} {token:?}"
                );
            }
        }
    }
    ask("/scim/v2/Users", Some(outside), None, None)
        .await
        .is_scim_error(403);
    ask("/users/", Some(outside), None, None)
        .await
        .is_admin_error(403);
}

#[tokio::test]
async fn audit_logs() {
    let app = App::start().await;
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let path = format!("/audit-logs/?limit=5&cursor={cursor}");
        let page = ok(&app, "GET", &path, Value::Null).await;
        for event in page["data"].as_array().unwrap() {
            assert_eq!(event["event_type"], "v1.events.account.UserAdded");
            seen.push(event["id"].as_str().unwrap().to_owned());
        }
        match page["extra"]["pagination"]["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    // Each change is in all four logs of the stub. A page that ends between equal ones, which are none in
    // fact, goes on after them.
    let mut ordered = seen.clone();
    ordered.sort_by(|one, other| other.cmp(one));
    assert_eq!(seen, ordered);
    ordered.dedup();
    assert_eq!(ordered.len(), 3);

    let none = ok(
        &app,
        "GET",
        "/audit-logs/?event_type=scim_config.changed",
        Value::Null,
    )
    .await;
    assert_eq!(none["data"], json!([]));
    for query in ["cursor=x", "limit=0", "logged_at_start=soon", "cursor=AAAA"] {
        let path = format!("/audit-logs/?{query}");
        app.admin("GET", &path, Value::Null)
            .await
            .is_admin_error(400);
    }
    for path in ["/audit-logs/export/", "/audit-logs/download/"] {
        let csv = app.admin("GET", path, Value::Null).await;
        assert_eq!(
            csv.header(http::header::CONTENT_TYPE),
            "text/csv; charset=utf-8"
        );
        let lines: Vec<_> = csv.text.lines().collect();
        assert_eq!(lines.len(), 1 + 4 * 3);
        assert!(lines[1].contains("UserAdded"), "{}", lines[1]);
    }
    let away = App::with_services("http://127.0.0.1:9");
    away.admin("GET", "/audit-logs/export/", Value::Null)
        .await
        .is_admin_error(503);
}

#[tokio::test]
async fn the_webhook() {
    let app = App::start().await;
    assert_eq!(
        ok(&app, "GET", "/webhook/", Value::Null).await["data"],
        json!({"url": null, "old_secret_expires_at": null})
    );
    let made = ok(&app, "POST", "/webhook/", json!({"url": "https://x.test/"})).await;
    assert_eq!(
        made["data"],
        json!({"url": "https://x.test/", "secret": "whsec_once", "old_secret_expires_at": null})
    );
    let rotated = ok(&app, "POST", "/webhook/rotate-secret/", Value::Null).await;
    assert_eq!(rotated["data"]["secret"], "whsec_new");
    assert!(rotated["data"]["old_secret_expires_at"].is_string());
    let status = ok(&app, "GET", "/webhook/status/", Value::Null).await;
    for (one, service) in status["data"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["identity", "group", "settings"])
    {
        let expected = json!({
            "service": service, "pending_count": 2, "oldest_pending_at": null, "next_attempt_at": null,
            "last_failure_at": null, "last_error": "HTTP 500", "last_success_at": null, "dead_count": 0,
        });
        assert_eq!(*one, expected);
    }
}

#[tokio::test]
async fn dead_deliveries() {
    let app = App::start().await;
    let path = "/webhook/dead-deliveries/";
    let dead = ok(&app, "GET", path, Value::Null).await;
    assert_eq!(dead["data"][0]["attempt_count"], 9);
    // Of each of the three services that deliver.
    for one in ["retry/", &format!("{ID}/retry/")] {
        let retried = ok(&app, "POST", &format!("{path}{one}"), Value::Null).await;
        assert_eq!(retried["data"], json!({"retried_count": 3}));
    }
    for one in ["", &format!("{ID}/")] {
        let path = format!("{path}{one}");
        let gone = app.admin("DELETE", &path, Value::Null).await;
        assert_eq!(gone.status, 204);
    }
    for (method, one) in [("POST", "7/retry/"), ("DELETE", "7/")] {
        app.admin(method, &format!("{path}{one}"), Value::Null)
            .await
            .is_admin_error(404);
    }
}

#[tokio::test]
async fn sign_ins() {
    let app = App::start().await;
    let by_id = ok(
        &app,
        "POST",
        "/sign-ins/",
        json!({"user_id": ID, "idp_groups": ["a"]}),
    )
    .await;
    assert_eq!(
        by_id["data"],
        json!({"user_id": NUMBER, "mapped": true, "groups": []})
    );
    let by_email = ok(
        &app,
        "POST",
        "/sign-ins/",
        json!({"email": "ann@acme.test"}),
    )
    .await;
    assert_eq!(by_email["data"]["mapped"], false);
    for bad in [json!({}), json!({"user_id": ID, "email": "a@b.test"})] {
        app.admin("POST", "/sign-ins/", bad)
            .await
            .is_admin_error(400);
    }
}
