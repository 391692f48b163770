//! What calls cost: the statements that are sent to PostgreSQL, counted.

use std::collections::HashMap;

use proto::{identity::v1 as pb, protocol::v1::patch_operation::Op};
use serde_json::json;
use testkit::proxy::{Statement, Traffic};

use crate::fixture::{ACCOUNT, App, email, operation, scim, user};

/// A person with an e-mail and an id of the client's own.
fn person(name: &str) -> pb::User {
    pb::User {
        external_id: format!("x-{name}"),
        active: Some(true),
        emails: vec![pb::Email {
            r#type: "work".to_owned(),
            ..email(&format!("{name}@x.test"))
        }],
        ..user(name)
    }
}

const LOOK_UPS: [&str; 3] = [
    "userName eq \"NAME\"",
    "externalId eq \"x-NAME\"",
    "emails[type eq \"work\"].value eq \"NAME@x.test\"",
];

async fn switch(app: &App, id: &str, active: bool) {
    let switch = vec![operation(Op::Replace, "active", json!(active))];
    let switched = app.patch(id, switch).await.expect("patched");
    assert!(switched.activity_changed);
}

async fn rename(app: &App, id: &str, title: &str) {
    let rename = vec![operation(Op::Replace, "title", json!(title))];
    app.patch(id, rename).await.expect("patched");
}

/// How many statements a call takes; not what the sequencer and the deliveries do meanwhile.
async fn counted<T>(traffic: &Traffic, call: impl Future<Output = T>) -> usize {
    let before = traffic.count();
    call.await;
    let is_own = |statement: &&Statement| {
        let text = &statement.text;
        let is_of_people = text.contains("\"users\"") || text.contains("\"invitations\"");
        (is_of_people || text.contains("INSERT INTO \"changes\""))
            && !text.contains("expires_at <=")
    };
    traffic.since(before).iter().filter(is_own).count()
}

/// Each call asks for no more than this, `BEGIN` and `COMMIT` aside. Whoever raises a number says why.
#[tokio::test]
async fn calls_take_so_many_statements() {
    let (app, traffic) = App::observed().await;
    let created = app.create(person("first")).await.expect("created");
    let id = created.id.as_str();
    let mut counts = vec![("create", counted(&traffic, app.create(person("ann"))).await)];
    counts.push(("get", counted(&traffic, app.get(id)).await));
    for filter in LOOK_UPS {
        let filter = filter.replace("NAME", "ann");
        counts.push(("look-up", counted(&traffic, app.select(&filter)).await));
    }
    for name in ["an attribute", "the same again"] {
        counts.push((name, counted(&traffic, rename(&app, id, "Boss")).await));
    }
    for (name, active) in [("deactivate", false), ("activate", true)] {
        counts.push((name, counted(&traffic, switch(&app, id, active)).await));
    }
    assert_eq!(
        counts,
        [
            ("create", 4),
            ("get", 1),
            ("look-up", 1),
            ("look-up", 1),
            ("look-up", 1),
            ("an attribute", 2),
            ("the same again", 1),
            ("deactivate", 3),
            ("activate", 4),
        ]
    );
}

/// Whatever comes again and again is parsed once on each connection, and never after.
#[tokio::test]
async fn statements_stay_prepared() {
    /// More than there are connections.
    const ROUNDS: usize = 12;
    const CONNECTIONS: usize = 8;
    let (app, traffic) = App::observed().await;
    for round in 0..ROUNDS {
        let name = format!("person{round}");
        let created = app.create(person(&name)).await.expect("created");
        app.get(&created.id).await.expect("read");
        for filter in LOOK_UPS {
            let filter = filter.replace("NAME", &name);
            assert_eq!(app.select(&filter).await.expect("a list"), [&*name]);
        }
        rename(&app, &created.id, "Boss").await;
        switch(&app, &created.id, false).await;
        switch(&app, &created.id, true).await;
        let request = pb::DeleteUserRequest {
            account_id: ACCOUNT,
            id: created.id,
            etags: Vec::new(),
            actor: Some(scim()),
        };
        let mut client = app.client.clone();
        client.delete_user(request).await.expect("deleted");
    }
    let mut parsed: HashMap<String, usize> = HashMap::new();
    for text in traffic.parsed() {
        *parsed.entry(text).or_default() += 1;
    }
    // What the pool itself sends comes seldom.
    parsed.retain(|text, count| *count > CONNECTIONS && text.contains("$1"));
    assert!(parsed.is_empty(), "{parsed:#?}");
}
