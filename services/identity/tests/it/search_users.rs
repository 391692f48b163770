//! How administrators find users: by words.

use proto::{identity::v1 as pb, protocol::v1::ErrorReason};

use crate::fixture::{ACCOUNT, App, email, refusal, user};

fn person(user_name: &str, given: &str, family: &str) -> pb::User {
    pb::User {
        name: Some(pb::Name {
            given_name: given.to_owned(),
            family_name: family.to_owned(),
            ..Default::default()
        }),
        ..user(user_name)
    }
}

/// The user names that a search finds, in order of creation.
async fn found(app: &App, search: &str) -> Vec<String> {
    let request = pb::ListUsersRequest {
        search: search.to_owned(),
        page_size: 100,
        ..Default::default()
    };
    let found = app.list(request).await.expect("a list");
    assert_eq!(found.total_size, found.users.len() as i64, "{search:?}");
    found.users.into_iter().map(|one| one.user_name).collect()
}

#[tokio::test]
async fn each_word_is_found_somewhere() {
    let app = App::start().await;
    let jana = pb::User {
        external_id: "00u1AbC".to_owned(),
        emails: vec![email("J.Fischer@acme.test")],
        ..person("jf", "Jana", "Fischer")
    };
    let jana = app.create(jana).await.expect("created");
    app.create(person("jg", "José", "García-Núñez"))
        .await
        .expect("created");
    let other = pb::User {
        display_name: "Fischer, Jan 100%".to_owned(),
        ..user("x_1")
    };
    app.create(other).await.expect("created");
    app.create(person("ls", "Łukasz", "Große"))
        .await
        .expect("created");
    for (search, expected) in [
        ("jana fischer", vec!["jf"]),
        ("Fischer, Jana", vec!["jf"]),
        ("fischer jana", vec!["jf"]),
        ("FISCHER", vec!["jf", "x_1"]),
        ("  fisch ,jan ", vec!["jf", "x_1"]),
        ("jana garcia", vec![]),
        ("garcia", vec!["jg"]),
        ("Garci\u{301}a", vec!["jg"]),
        ("jose nunez", vec!["jg"]),
        ("lukasz grosse", vec!["ls"]),
        ("00U1abc", vec!["jf"]),
        ("@acme jana", vec!["jf"]),
        (&*jana.id, vec!["jf"]),
        (&*jana.id.to_uppercase(), vec!["jf"]),
        (&*format!("{} fischer", jana.id), vec!["jf"]),
        (&*format!("{} garcia", jana.id), vec![]),
        // Signs of LIKE are themselves, and what no text holds is not found.
        ("100%", vec!["x_1"]),
        ("_", vec!["x_1"]),
        ("jan%fischer", vec![]),
        ("\\", vec![]),
        ("", vec!["jf", "jg", "x_1", "ls"]),
        (" , ", vec!["jf", "jg", "x_1", "ls"]),
    ] {
        assert_eq!(found(&app, search).await, expected, "{search:?}");
    }
}

/// Every write keeps the words.
#[tokio::test]
async fn words_follow_the_user() {
    let app = App::start().await;
    let id = app
        .create(person("a", "Ann", "Old"))
        .await
        .expect("created")
        .id;
    app.replace(&id, person("a", "Ann", "New"))
        .await
        .expect("replaced");
    assert_eq!(found(&app, "old").await, [""; 0]);
    assert_eq!(found(&app, "new").await, ["a"]);
    app.patch(
        &id,
        vec![crate::fixture::operation(
            proto::protocol::v1::patch_operation::Op::Replace,
            "name.familyName",
            serde_json::json!("Last"),
        )],
    )
    .await
    .expect("patched");
    assert_eq!(found(&app, "ann last").await, ["a"]);
    let invited = app.invite(&["zoe.new@x.test"]).await.expect("invited");
    assert_eq!(found(&app, "zoe").await, [&*invited.users[0].user_name]);
}

/// With a filter both hold; of some users only those that match are returned; tokens are for filters.
#[tokio::test]
async fn a_search_joins_the_rest() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for (name, family) in [("a", "One"), ("b", "One"), ("c", "Two")] {
        ids.push(
            app.create(person(name, "Ann", family))
                .await
                .expect("created")
                .id,
        );
    }
    let request = pb::ListUsersRequest {
        search: "ann one".to_owned(),
        filter: "userName ne \"a\"".to_owned(),
        page_size: 10,
        ..Default::default()
    };
    let list = app.list(request.clone()).await.expect("a list");
    assert_eq!((list.total_size, &*list.users[0].user_name), (1, "b"));
    let count = pb::ListUsersRequest {
        page_size: 0,
        ..request.clone()
    };
    assert_eq!(app.list(count).await.expect("a count").total_size, 1);
    let tokens = pb::ListUsersRequest {
        use_page_tokens: true,
        ..request
    };
    assert_eq!(refusal(app.list(tokens).await), ErrorReason::InvalidValue);
    let batch = pb::BatchGetUsersRequest {
        account_id: ACCOUNT,
        ids: ids[1..].to_vec(),
        search: "one".to_owned(),
        ..Default::default()
    };
    let batch = app
        .client
        .clone()
        .batch_get_users(batch)
        .await
        .expect("users");
    let batch = batch.into_inner().users;
    assert_eq!((batch.len(), &*batch[0].user_name), (1, "b"));
}

/// What the migration or an older process left is written anew, and nothing else of the user.
#[tokio::test]
async fn old_rows_are_refreshed() {
    let app = App::start().await;
    let id = app
        .create(person("jg", "José", "García"))
        .await
        .expect("created")
        .id;
    app.create(person("ok", "Ann", "Other"))
        .await
        .expect("created");
    let before = app.get(&id).await.expect("read");
    app.sql("UPDATE users SET search_text = 'garcía' WHERE user_name_key = 'jg'")
        .await;
    assert_eq!(found(&app, "garcia").await, [""; 0]);
    let pool = app.pool();
    assert_eq!(identity::refresh_search(&pool).await.expect("done"), 1);
    assert_eq!(identity::refresh_search(&pool).await.expect("done"), 0);
    assert_eq!(found(&app, "garcia").await, ["jg"]);
    assert_eq!(app.get(&id).await.expect("read"), before);
}

#[tokio::test]
async fn a_search_is_bounded() {
    let app = App::start().await;
    for search in ["a ".repeat(21), "a".repeat(1_001), "nul\0".to_owned()] {
        let request = pb::ListUsersRequest {
            search,
            page_size: 1,
            ..Default::default()
        };
        assert_eq!(refusal(app.list(request).await), ErrorReason::InvalidValue);
    }
}
