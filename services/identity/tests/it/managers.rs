//! Managers: their names, what becomes of them, and who may be one.

use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use scim::definitions::ENTERPRISE_URN;
use serde_json::{Value, json};

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, operation, refusal, scim, user};

mod deletion;

/// Somebody who reports to that manager.
fn report(user_name: &str, manager: &str) -> pb::User {
    let attributes =
        json!({ ENTERPRISE_URN: { "manager": { "value": manager }, "department": "IT" } });
    pb::User {
        attributes_json: attributes.to_string(),
        ..user(user_name)
    }
}

fn boss() -> pb::User {
    pb::User {
        display_name: "Boss".to_owned(),
        ..user("boss")
    }
}

fn manager(user: &pb::User) -> Value {
    let attributes: Value = serde_json::from_str(&user.attributes_json).unwrap_or_default();
    attributes[ENTERPRISE_URN]["manager"].clone()
}

fn set_manager(id: &str) -> Vec<proto::protocol::v1::PatchOperation> {
    vec![operation(
        Op::Replace,
        &format!("{ENTERPRISE_URN}:manager"),
        json!({ "value": id }),
    )]
}

impl App {
    /// All users, with the names of their managers.
    async fn named(&self, request: pb::ListUsersRequest) -> Vec<pb::User> {
        let request = pb::ListUsersRequest {
            page_size: 1000,
            manager_names: true,
            ..request
        };
        self.list(request).await.expect("a list").users
    }
}

/// R-ENT-02: what a manager is called, and that it is never a user name or an address.
#[tokio::test]
async fn the_name_is_that_of_the_managers_user() {
    let app = App::start().await;
    let name = |formatted: &str, given_name: &str, family_name: &str| pb::Name {
        formatted: formatted.to_owned(),
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        ..Default::default()
    };
    let mut expected = Vec::new();
    for (display_name, parts, shown) in [
        ("The Boss", name("B. Oss", "Bea", "Oss"), Some("The Boss")),
        ("", name("B. Oss", "Bea", "Oss"), Some("B. Oss")),
        ("", name("", "Bea", "Oss"), Some("Bea Oss")),
        ("", name("", "Bea", ""), Some("Bea")),
        ("", name("", "", "Oss"), Some("Oss")),
        ("", name("", "", ""), None),
    ] {
        let boss = pb::User {
            display_name: display_name.to_owned(),
            name: Some(parts),
            emails: vec![crate::fixture::email("boss@x.test")],
            ..user(&format!("boss{}", expected.len()))
        };
        let boss = app.create(boss).await.expect("created");
        let mut manager = json!({ "value": boss.id });
        if let Some(shown) = shown {
            manager["displayName"] = json!(shown);
        }
        let report = app
            .create(report(&format!("user{}", expected.len()), &boss.id))
            .await;
        expected.push((report.expect("created").id, manager));
    }
    // Opaque, or of our form and nobody's.
    for opaque in ["26", "0192f0c1-2345-7abc-8def-0123456789ab"] {
        let report = app.create(report(opaque, opaque)).await.expect("created");
        expected.push((report.id, json!({ "value": opaque })));
    }
    let listed = app.named(pb::ListUsersRequest::default()).await;
    for (id, shown) in expected {
        let unasked = app.get(&id).await.expect("read");
        assert_eq!(manager(&unasked), json!({ "value": shown["value"] }));
        let request = pb::GetUserRequest {
            account_id: ACCOUNT,
            id: id.clone(),
            manager_names: true,
        };
        let read = app.client.clone().get_user(request).await.expect("read");
        let read = read.into_inner();
        assert_eq!(manager(&read), shown);
        assert_eq!(read.etag, unasked.etag);
        assert_eq!(listed.iter().find(|user| user.id == id), Some(&read));
        let batch = pb::BatchGetUsersRequest {
            account_id: ACCOUNT,
            ids: vec![id],
            manager_names: true,
            ..Default::default()
        };
        let batch = app.client.clone().batch_get_users(batch).await;
        assert_eq!(batch.expect("read").into_inner().users, [read]);
    }
}

/// R-ENT-02: in what writes answer too; sent back, it changes nothing (R-PUT-12).
#[tokio::test]
async fn writes_show_the_name() {
    let app = App::start().await;
    let boss = app.create(boss()).await.expect("created");
    let mut client = app.client.clone();
    let create = pb::CreateUserRequest {
        account_id: ACCOUNT,
        user: Some(report("ann", &boss.id)),
        actor: Some(scim()),
        manager_names: true,
        ..Default::default()
    };
    let created = client
        .create_user(create)
        .await
        .expect("created")
        .into_inner();
    let shown = json!({ "value": boss.id, "displayName": "Boss" });
    assert_eq!(manager(&created), shown);
    let replace = pb::ReplaceUserRequest {
        account_id: ACCOUNT,
        id: created.id.clone(),
        user: Some(created.clone()),
        actor: Some(scim()),
        manager_names: true,
        ..Default::default()
    };
    let replaced = client
        .replace_user(replace)
        .await
        .expect("replaced")
        .into_inner();
    assert_eq!(replaced, created, "what was shown changes nothing");
    let place = json!({ "value": boss.id, "$ref": "https://x.test/Users/1" });
    let operations = vec![operation(
        Op::Add,
        &format!("{ENTERPRISE_URN}:manager"),
        place,
    )];
    let placed = app.patch(&created.id, operations).await;
    assert_eq!(placed.expect("patched").etag, created.etag);
    let patch = pb::PatchUserRequest {
        account_id: ACCOUNT,
        id: created.id.clone(),
        operations: vec![operation(Op::Add, "title", json!("Clerk"))],
        actor: Some(scim()),
        manager_names: true,
        ..Default::default()
    };
    let patched = client
        .patch_user(patch)
        .await
        .expect("patched")
        .into_inner();
    assert_eq!(
        (manager(&patched), patched.etag.as_str()),
        (shown, "W/\"2\"")
    );
}

/// R-ENT-02: the name is not kept but follows the manager, and nobody else sets it.
#[tokio::test]
async fn the_name_follows_the_manager() {
    let app = App::start().await;
    let boss = app.create(boss()).await.expect("created");
    let created = app.create(report("ann", &boss.id)).await.expect("created");
    let rename = vec![operation(Op::Replace, "displayName", json!("Chief"))];
    app.patch(&boss.id, rename).await.expect("renamed");
    let listed = app.named(pb::ListUsersRequest::default()).await;
    assert_eq!(manager(&listed[1])["displayName"], json!("Chief"));
    assert_eq!(
        app.number("SELECT count(*) FROM users WHERE resource::text LIKE '%Chief%'")
            .await,
        1
    );
    let path = format!("{ENTERPRISE_URN}:manager.displayName");
    let set = app
        .patch(
            &created.id,
            vec![operation(Op::Replace, &path, json!("Me"))],
        )
        .await;
    assert_eq!(refusal(set), ErrorReason::Mutability);
}

/// R-ENT-02: a manager given by its place alone is the user there; a place that is none of ours is kept.
#[tokio::test]
async fn a_place_without_value() {
    let app = App::start().await;
    let boss = app.create(user("boss")).await.expect("created");
    for (n, prefix) in ["https://x.test/scim/v2/Users/", "../Users/", "Users/"]
        .into_iter()
        .enumerate()
    {
        let place = json!({ "$ref": format!("{prefix}{}", boss.id) });
        let attributes = json!({ ENTERPRISE_URN: { "manager": place } });
        let sent = pb::User {
            attributes_json: attributes.to_string(),
            ..user(&format!("created{n}"))
        };
        let created = app.create(sent).await.expect("created");
        assert_eq!(manager(&created), json!({ "value": boss.id }));
        let other = app.create(user(&format!("patched{n}"))).await;
        let path = format!("{ENTERPRISE_URN}:manager");
        let operations = vec![operation(Op::Add, &path, place)];
        let patched = app.patch(&other.expect("created").id, operations).await;
        assert_eq!(
            manager(&patched.expect("patched")),
            json!({ "value": boss.id })
        );
    }
    for (n, place) in [
        format!("https://x.test/Groups/{}", boss.id),
        "https://x.test/Users/26".to_owned(),
        "https://x.test/Users/0192f0c1-2345-7abc-8def-0123456789ab".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let attributes = json!({ ENTERPRISE_URN: { "manager": { "$ref": place } } });
        let sent = pb::User {
            attributes_json: attributes.to_string(),
            ..user(&format!("elsewhere{n}"))
        };
        let created = app.create(sent).await.expect("created");
        assert_eq!(manager(&created), json!({ "$ref": place }));
    }
}

/// R-ENT-02: lists are filtered and sorted by the names, in other accounts by their own.
#[tokio::test]
async fn lists_by_the_names_of_managers() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for (name, display_name, given_name) in [("a", "Zoe", "x"), ("b", "", "Straße"), ("c", "", "")]
    {
        let boss = pb::User {
            display_name: display_name.to_owned(),
            name: Some(pb::Name {
                given_name: given_name.to_owned(),
                ..Default::default()
            }),
            ..user(name)
        };
        ids.push(app.create(boss).await.expect("created").id);
    }
    for (i, id) in ids.iter().enumerate() {
        app.create(report(&format!("r{i}"), id))
            .await
            .expect("created");
    }
    let path = format!("{ENTERPRISE_URN}:manager.displayName");
    for (filter, expected) in [
        ("eq \"zoe\"", "r0"),
        ("sw \"STRASS\"", "r1"),
        ("pr", "r0 r1"),
        ("ne \"zoe\"", "a b c r1 r2"),
        ("eq \"x\"", ""),
        ("gt \"t\"", "r0"),
    ] {
        let selected = app
            .select(&format!("{path} {filter}"))
            .await
            .expect("a list");
        assert_eq!(selected.join(" "), expected, "{filter}");
    }
    for (descending, expected) in [(false, "r1 r0 a b c r2"), (true, "a b c r2 r0 r1")] {
        let request = pb::ListUsersRequest {
            order_by: path.clone(),
            descending,
            ..Default::default()
        };
        let names: Vec<String> = app
            .named(request)
            .await
            .into_iter()
            .map(|user| user.user_name)
            .collect();
        assert_eq!(names.join(" "), expected);
    }
}

/// R-ENT-04: in the strict dialect a manager is a user of the account, in the lenient one any text.
#[tokio::test]
async fn the_strict_dialect_wants_a_user() {
    let app = App::start().await;
    let boss = app.create(user("boss")).await.expect("created").id;
    let stranger = pb::CreateUserRequest {
        account_id: STRANGERS,
        user: Some(user("stranger")),
        actor: Some(scim()),
        ..Default::default()
    };
    let stranger = app
        .client
        .clone()
        .create_user(stranger)
        .await
        .expect("created")
        .into_inner()
        .id;
    let gone = app.create(user("gone")).await.expect("created").id;
    app.delete(&gone).await.expect("deleted");
    let nobody = ["26", "boss", &boss.to_uppercase(), &stranger, &gone];
    for id in nobody {
        app.create(report(&format!("lenient{id}"), id))
            .await
            .expect("created");
    }
    let ann = app.create(report("ann", "26")).await.expect("created");
    app.options(|options| options.strict = true);
    for id in nobody {
        let created = app.create(report("bob", id)).await;
        assert_eq!(refusal(created), ErrorReason::InvalidValue, "{id}");
        if id != "26" {
            let replaced = app.replace(&ann.id, report("ann", id)).await;
            assert_eq!(refusal(replaced), ErrorReason::InvalidValue, "{id}");
            let patched = app.patch(&ann.id, set_manager(id)).await;
            assert_eq!(refusal(patched), ErrorReason::InvalidValue, "{id}");
        }
    }
    assert_eq!(app.get(&ann.id).await.expect("read"), ann);
    // What is there already is nobody's fault.
    let title = vec![operation(Op::Add, "title", json!("Clerk"))];
    app.patch(&ann.id, title).await.expect("patched");
    app.replace(&ann.id, report("ann", "26"))
        .await
        .expect("replaced");
    app.create(report("bob", &boss)).await.expect("created");
    for id in [&boss, &ann.id] {
        let patched = app.patch(&ann.id, set_manager(id)).await.expect("patched");
        assert_eq!(manager(&patched), json!({ "value": id }));
    }
}
