//! How large a resource may be, and a page of them.

use proto::{
    identity::v1::{self as pb, resource_service_client::ResourceServiceClient},
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::json;

use crate::fixture::{ACCOUNT, App, operation, refusal, scim, user};

const MEBIBYTE: usize = 1 << 20;

/// A user whose resource takes about so many bytes.
fn large(user_name: &str, bytes: usize) -> pb::User {
    let place = format!("https://x.test/{}", "a".repeat(bytes));
    pb::User {
        attributes_json: json!({"photos": [{"value": place}]}).to_string(),
        ..user(user_name)
    }
}

/// Makes the resource of everybody as large as it could be before there were limits.
async fn blow_up(app: &App, table: &str, bytes: usize) {
    app.sql(&format!(
        "UPDATE {table} SET resource = jsonb_set(resource, '{{photos}}',
            jsonb_build_array(jsonb_build_object('value', repeat('a', {bytes}))))"
    ))
    .await;
}

#[tokio::test]
async fn a_user_has_a_size() {
    let app = App::start().await;
    let fits = app.create(large("fits", 261_000)).await.expect("created");
    let above = app.create(large("above", 262_144)).await;
    assert_eq!(refusal(above), ErrorReason::InvalidValue);
    let above = app.replace(&fits.id, large("fits", 262_144)).await;
    assert_eq!(refusal(above), ErrorReason::InvalidValue);
    // In parts as well.
    let more = operation(Op::Add, "title", json!("x".repeat(2_000)));
    let above = app.patch(&fits.id, vec![more]).await;
    assert_eq!(refusal(above), ErrorReason::InvalidValue);
    assert_eq!(app.get(&fits.id).await.expect("read"), fits);
}

/// Who was larger before can be read and deactivated, and may shrink.
#[tokio::test]
async fn a_user_who_is_too_large_already_may_not_grow() {
    let app = App::start().await;
    let id = app.create(user("ann")).await.expect("created").id;
    blow_up(&app, "users", MEBIBYTE).await;
    let read = app.get(&id).await.expect("read");
    assert!(read.attributes_json.len() > MEBIBYTE);
    let longer = operation(Op::Add, "title", json!("Boss"));
    let grown = app.patch(&id, vec![longer]).await;
    assert_eq!(refusal(grown), ErrorReason::InvalidValue);
    for active in [false, true, false] {
        let switch = operation(Op::Replace, "active", json!(active));
        let patched = app.patch(&id, vec![switch]).await.expect("patched");
        assert_eq!(patched.active, Some(active));
    }
    let gone = operation(Op::Remove, "photos", serde_json::Value::Null);
    app.patch(&id, vec![gone]).await.expect("patched");
}

/// The same of resources of configured types.
#[tokio::test]
async fn a_resource_of_a_configured_type_has_a_size() {
    let file = json!({
        "schemas": [{"id": "urn:example:Device", "attributes": [
            {"name": "name"}, {"name": "picture", "type": "binary"},
        ]}],
        "resourceTypes": [{"name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device"}],
    });
    let app = App::start_with(file.to_string().parse().expect("a file")).await;
    let mut client = ResourceServiceClient::new(app.channel.clone());
    let body = |name: &str, bytes: usize| {
        let picture = "QUJD".repeat(bytes / 4);
        let body = json!({"name": name, "picture": picture});
        Some(proto::resource::from_scim(
            body.as_object().cloned().unwrap(),
        ))
    };
    let create = |bytes: usize| pb::CreateResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        resource: body("a", bytes),
        actor: Some(scim()),
    };
    let created = client.create_resource(create(261_000)).await;
    let id = created.expect("created").into_inner().id;
    let above = client.create_resource(create(262_144)).await;
    assert_eq!(refusal(above), ErrorReason::InvalidValue);
    let replace = pb::ReplaceResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id: id.clone(),
        resource: body("a", 262_144),
        etags: Vec::new(),
        actor: Some(scim()),
    };
    let above = client.replace_resource(replace).await;
    assert_eq!(refusal(above), ErrorReason::InvalidValue);
    let patch = pb::PatchResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id,
        operations: vec![operation(Op::Replace, "name", json!("x".repeat(2_000)))],
        etags: Vec::new(),
        actor: Some(scim()),
    };
    let above = client.patch_resource(patch).await;
    assert_eq!(refusal(above), ErrorReason::InvalidValue);
}

/// A PATCH that would touch too much is refused, and the user stays as it was.
#[tokio::test]
async fn a_patch_that_touches_too_much_is_refused() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let role = |n: usize| json!({"value": format!("role{n}"), "type": "work"});
    let roles: Vec<_> = (0..1_000).map(role).collect();
    let mut operations = vec![operation(Op::Add, "roles", json!(roles))];
    let edit = |n: usize| {
        let path = format!("roles[value eq \"role{n}\"].display");
        operation(Op::Replace, &path, json!("x"))
    };
    operations.extend((0..999).map(edit));
    let refused = app.patch(&created.id, operations).await;
    assert_eq!(refusal(refused), ErrorReason::TooMany);
    assert_eq!(app.get(&created.id).await.expect("read"), created);
}

/// A page of users: their names, and where the next begins.
async fn page(app: &App, request: pb::ListUsersRequest) -> (Vec<String>, String) {
    let list = app.list(request).await.expect("a list");
    assert_eq!(list.total_size, 5);
    let names = list.users.into_iter().map(|user| user.user_name);
    (names.collect(), list.next_page_token)
}

/// Of what is large, fewer come at a time: by number, by token and by token in parts, in any order.
#[tokio::test]
async fn a_page_of_users_has_a_size() {
    let app = App::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        app.create(user(name)).await.expect("created");
    }
    blow_up(&app, "users", 3 * MEBIBYTE).await;
    for (skip, expected) in [
        (0, vec!["a", "b"]),
        (2, vec!["c", "d"]),
        (4, vec!["e"]),
        (5, vec![]),
    ] {
        let request = pb::ListUsersRequest {
            skip,
            page_size: 100,
            ..Default::default()
        };
        assert_eq!(
            page(&app, request).await,
            (
                expected.iter().map(ToString::to_string).collect(),
                String::new()
            )
        );
    }
    for (order_by, descending, take) in [
        ("", false, 0),
        ("userName", true, 0),
        ("userName", false, 3),
    ] {
        let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let request = pb::ListUsersRequest {
                page_size: 5,
                order_by: order_by.to_owned(),
                descending,
                use_page_tokens: true,
                page_token: token,
                take,
                ..Default::default()
            };
            let (names, next) = page(&app, request).await;
            assert!(names.len() <= 2);
            seen.extend(names);
            (token, pages) = (next, pages + 1);
            if token.is_empty() {
                break;
            }
        }
        if descending {
            seen.reverse();
        }
        assert_eq!((seen.concat().as_str(), pages), ("abcde", 3));
    }
}

/// One that is larger than a page is a page of its own.
#[tokio::test]
async fn whoever_is_larger_than_a_page_still_comes() {
    let app = App::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        app.create(user(name)).await.expect("created");
    }
    blow_up(&app, "users", 9 * MEBIBYTE).await;
    for (skip, name) in (0..).zip(["a", "b", "c", "d", "e"]) {
        let request = pb::ListUsersRequest {
            skip,
            page_size: 1_000,
            ..Default::default()
        };
        assert_eq!(page(&app, request).await.0, [name]);
    }
}

/// A batch tells which users it had no room for.
#[tokio::test]
async fn a_batch_of_users_has_a_size() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        ids.push(app.create(user(name)).await.expect("created").id);
    }
    blow_up(&app, "users", 3 * MEBIBYTE).await;
    let (mut left, mut seen, mut calls) = (ids.clone(), Vec::new(), 0);
    while !left.is_empty() {
        let request = pb::BatchGetUsersRequest {
            account_id: ACCOUNT,
            ids: left,
            ..Default::default()
        };
        let answer = app.client.clone().batch_get_users(request).await;
        let answer = answer.expect("users").into_inner();
        assert!((1..=2).contains(&answer.users.len()));
        seen.extend(answer.users.into_iter().map(|user| user.id));
        (left, calls) = (answer.left_ids, calls + 1);
    }
    seen.sort();
    assert_eq!((seen, calls), (ids.clone(), 3));
    // In short they all fit.
    let request = pb::BatchGetUsersRequest {
        account_id: ACCOUNT,
        ids,
        view: pb::UserView::Reference.into(),
        ..Default::default()
    };
    let answer = app.client.clone().batch_get_users(request).await;
    let answer = answer.expect("users").into_inner();
    assert_eq!((answer.users.len(), answer.left_ids.len()), (5, 0));
}
