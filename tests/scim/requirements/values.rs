//! What every kind of write asks of the values it brings.

use serde_json::json;

use super::{GROUP, USER, named, says};
use crate::harness::{App, unique};

/// R-ATTR-14, R-GRP-01, R-PATCH-52, R-PUT-10: a name is taken for every kind of write, in any case; its own is free.
#[tokio::test]
async fn names_are_taken_for_every_write() {
    let app = App::start().await;
    for (collection, schema, attribute) in [
        ("/Users", USER, "userName"),
        ("/Groups", GROUP, "displayName"),
    ] {
        let (taken, own) = (unique("Taken"), unique("Own"));
        app.scim
            .post(collection, &named(schema, &taken))
            .await
            .expect(201);
        let made = app.scim.post(collection, &named(schema, &own)).await;
        let path = format!("{collection}/{}", made.expect(201).id());
        let before = app.scim.get(&path).await.expect(200).body;
        for name in [taken.clone(), taken.to_uppercase(), taken.to_lowercase()] {
            let by_path = json!([{"op": "replace", "path": attribute, "value": name}]);
            let without = json!([{"op": "replace", "value": {attribute: name}}]);
            for refused in [
                app.scim.post(collection, &named(schema, &name)).await,
                app.scim.put(&path, &named(schema, &name)).await,
                app.scim.patch(&path, by_path).await,
                app.scim.patch(&path, without).await,
            ] {
                says(&refused.expect_error(409, Some("uniqueness")), attribute);
            }
        }
        assert_eq!(app.scim.get(&path).await.body, before);
        for name in [own.to_uppercase(), own.to_lowercase()] {
            let put = app.scim.put(&path, &named(schema, &name)).await.expect(200);
            assert_eq!(put.body[attribute], json!(name));
        }
    }
}

/// R-ATTR-16, R-PUT-07, R-PATCH-34, R-POST-07, R-GRP-01: what is required stays, by every kind of write.
#[tokio::test]
async fn what_is_required_stays() {
    let app = App::start().await;
    for (collection, schema, attribute) in [
        ("/Users", USER, "userName"),
        ("/Groups", GROUP, "displayName"),
    ] {
        let made = app
            .scim
            .post(collection, &named(schema, &unique("n")))
            .await;
        let path = format!("{collection}/{}", made.expect(201).id());
        let before = app.scim.get(&path).await.expect(200).body;
        for nothing in [json!(null), json!(""), json!("  "), json!([])] {
            let body = json!({"schemas": [schema], attribute: nothing});
            let by_path = json!([{"op": "replace", "path": attribute, "value": nothing}]);
            let without = json!([{"op": "replace", "value": {attribute: nothing}}]);
            for refused in [
                app.scim.post(collection, &body).await,
                app.scim.put(&path, &body).await,
                app.scim.patch(&path, by_path).await,
                app.scim.patch(&path, without).await,
            ] {
                says(&refused.expect_error(400, Some("invalidValue")), attribute);
            }
        }
        let without = json!({"schemas": [schema]});
        app.scim
            .put(&path, &without)
            .await
            .expect_error(400, Some("invalidValue"));
        let remove = json!([{"op": "remove", "path": attribute}]);
        app.scim
            .patch(&path, remove)
            .await
            .expect_error(400, Some("mutability"));
        assert_eq!(app.scim.get(&path).await.body, before);
    }
}

/// R-USER-02: names that people and machines have, kept and found as they were sent.
#[tokio::test]
async fn user_names_may_hold_anything_readable() {
    let app = App::start().await;
    for name in [
        "ann@x.test",
        "a b",
        "\"q\"",
        "a+b",
        "a#b",
        "o'neil",
        "a\\b",
        "a/b?c&d=e",
        "ünï",
        "日本語",
        "<b>",
        "%20",
    ] {
        let name = format!("{name} {}", unique("u"));
        let made = app
            .scim
            .post("/Users", &named(USER, &name))
            .await
            .expect(201);
        assert_eq!(made.body["userName"], json!(name));
        let filter = format!("userName eq {}", json!(name));
        let found = app.scim.find("/Users", &filter).await.expect(200);
        assert_eq!(found.body["Resources"], json!([made.body]), "{name}");
    }
}
