//! What a request asks of the services and of their databases, counted: the guard of docs/performance.md.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::Client,
    harness::unique,
    stack::Stack,
    trace::{Receiver, attribute},
};

/// A request, the methods it calls, and the statements of each database, `BEGIN` and `COMMIT` not counted.
struct Cost {
    name: &'static str,
    calls: &'static [&'static str],
    statements: &'static [(&'static str, usize)],
}

const COSTS: &[Cost] = &[
    Cost {
        name: "GET user",
        calls: &["BatchGetUsers", "BatchListUserGroups"],
        statements: &[("group", 1), ("identity", 1)],
    },
    Cost {
        name: "GET user without groups",
        calls: &["BatchGetUsers"],
        statements: &[("identity", 1)],
    },
    Cost {
        name: "look-up by userName",
        calls: &["BatchListUserGroups", "ListUsers"],
        statements: &[("group", 1), ("identity", 1)],
    },
    Cost {
        name: "POST user",
        calls: &["BatchListUserGroups", "CreateUser"],
        // Its name is asked for; then the user, the invitation, and the entry of that in the change log.
        statements: &[("group", 1), ("identity", 4)],
    },
    Cost {
        name: "PATCH displayName",
        calls: &["BatchListUserGroups", "PatchUser"],
        statements: &[("group", 1), ("identity", 2)],
    },
    Cost {
        name: "PATCH active",
        // The group service asks what has become of the user.
        calls: &[
            "BatchGetUsers",
            "BatchListUserGroups",
            "PatchUser",
            "RefreshUser",
        ],
        statements: &[("group", 3), ("identity", 5)],
    },
    Cost {
        name: "PATCH group, one member more",
        // Whoever joins a group is invited again if the invitation has expired.
        calls: &["PatchGroup", "RenewExpiredInvitations"],
        statements: &[("group", 5), ("identity", 1)],
    },
    Cost {
        name: "list of users",
        calls: &["BatchListUserGroups", "ListUsers"],
        // The page and the total, in one round trip.
        statements: &[("group", 1), ("identity", 2)],
    },
];

/// Once what the services say of the account and the token is leased, and the members are known.
#[tokio::test]
async fn a_request_asks_no_more_than_it_needs() {
    let (receiver, url) = Receiver::start().await;
    let stack = Stack::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ("LEASE_MILLISECONDS", "5000"),
    ]);
    let scim = stack.app().await.scim;
    let name = unique("a");
    let ids = [
        scim.create_user(&name).await,
        scim.create_user(&unique("b")).await,
    ];
    let group = scim.create_group(&unique("g"), &[&ids[0]]).await;
    let patch = |operation: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    let user = |turn: usize| {
        let name = unique(&format!("c{turn}"));
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})
    };
    let (own, members) = (format!("/Users/{}", ids[0]), format!("/Groups/{group}"));
    let named = format!("/Users?filter=userName%20eq%20%22{name}%22");
    let mut faults = Vec::new();
    for cost in COSTS {
        let request = |turn: usize| -> (Method, String, Option<Value>) {
            let title =
                patch(json!({"op": "replace", "path": "displayName", "value": turn.to_string()}));
            let active = patch(json!({"op": "replace", "path": "active", "value": turn % 2 == 1}));
            let member = json!([{"value": ids[1]}]);
            let op = if turn.is_multiple_of(2) {
                "remove"
            } else {
                "add"
            };
            let member = patch(json!({"op": op, "path": "members", "value": member}));
            match cost.name {
                "GET user" => (Method::GET, own.clone(), None),
                "GET user without groups" => (
                    Method::GET,
                    format!("{own}?excludedAttributes=groups"),
                    None,
                ),
                "look-up by userName" => (Method::GET, named.clone(), None),
                "POST user" => (Method::POST, "/Users".to_owned(), Some(user(turn))),
                "PATCH displayName" => (Method::PATCH, own.clone(), Some(title)),
                "PATCH active" => (Method::PATCH, own.clone(), Some(active)),
                "PATCH group, one member more" => (Method::PATCH, members.clone(), Some(member)),
                _ => (Method::GET, "/Users?count=2".to_owned(), None),
            }
        };
        // The first of a kind prepares its statements and asks what is leased from then on.
        for turn in 0..3 {
            let (method, path, body) = request(turn);
            send(&scim, method, &path, body, None).await;
        }
        let trace = *uuid::Uuid::now_v7().as_bytes();
        let (method, path, body) = request(3);
        send(&scim, method, &path, body, Some(trace)).await;
        let spans = receiver.trace(&trace).await;
        let mut calls: Vec<String> = spans
            .iter()
            .filter(|one| one.service != "gateway" && one.is_server())
            .map(|one| {
                one.span
                    .name
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        calls.sort();
        if calls != cost.calls {
            faults.push(format!("{}: {calls:?}", cost.name));
        }
        for service in ["group", "identity", "settings", "token"] {
            let of_service = spans.iter().filter(|one| one.service == service);
            let statements: Vec<&str> = of_service
                .filter(|one| attribute(&one.span, "db.system.name").contains("postgresql"))
                .map(|one| one.span.name.as_str())
                .filter(|name| {
                    !["BEGIN", "COMMIT"]
                        .iter()
                        .any(|word| name.starts_with(word))
                })
                .collect();
            let expected = cost.statements.iter().find(|(name, _)| *name == service);
            if statements.len() != expected.map_or(0, |(_, number)| *number) {
                faults.push(format!(
                    "{}: {service} {}: {statements:?}",
                    cost.name,
                    statements.len()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn send(
    scim: &Client,
    method: Method,
    path: &str,
    body: Option<Value>,
    trace: Option<[u8; 16]>,
) {
    let mut request = scim.request(method, path);
    if let Some(trace) = trace {
        let id = uuid::Uuid::from_bytes(trace).simple();
        request = request.header("traceparent", format!("00-{id}-00f067aa0ba902b7-01"));
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = scim.send(request).await;
    assert!(response.status.is_success(), "{path}: {}", response.status);
}
