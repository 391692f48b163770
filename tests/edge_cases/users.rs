//! What users and groups may be called: F1, F2, F5, F10, F18, rules 5 and 9.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    USER, Write, address, all_refused, choose, patch, read, seen, set_active, unmanaged, user,
};
use crate::harness::{App, unique};

async fn with_email_user_names() -> App {
    let app = App::start().await;
    choose(&app, json!({"email_user_names": true})).await;
    app
}

/// All ways to give this user these values.
fn writes(path: &str, user_name: &str, emails: &Value) -> Vec<Write> {
    let body = json!({"schemas": [USER], "userName": user_name, "emails": emails});
    let one_each = patch(json!([
        {"op": "Replace", "path": "userName", "value": user_name},
        {"op": "Replace", "path": "emails", "value": emails},
    ]));
    let at_once =
        patch(json!([{"op": "replace", "value": {"userName": user_name, "emails": emails}}]));
    vec![
        Write::post("/Users", body.clone()),
        Write::put(path, body),
        Write::new(Method::PATCH, path, one_each),
        Write::new(Method::PATCH, path, at_once),
    ]
}

/// F1: with `email_user_names`, `userName` is the primary e-mail, by whatever verb it comes.
#[tokio::test]
async fn f1_a_user_name_that_is_not_the_primary_address() {
    let app = with_email_user_names().await;
    let name = address("ann");
    let path = format!(
        "/Users/{}",
        app.scim.post("/Users", &user(&name)).await.expect(201).id()
    );
    let other = address("other");
    for (user_name, emails) in [
        (&name, json!([{"value": other, "primary": true}])),
        (&other, json!([{"value": name, "primary": true}])),
        (
            &other,
            json!([{"value": other}, {"value": name, "primary": true}]),
        ),
    ] {
        let mut ways = writes(&path, user_name, &emails);
        // That one is there already.
        ways.retain(|way| way.method != Method::POST || *user_name != name);
        all_refused(&app, ways, (400, "invalidValue", "userName")).await;
    }
    // Half a change is a breach as well; only the sole address follows the name (R-USER-11).
    let refusal = (400, "invalidValue", "userName");
    let replace =
        |path: &str, value: &str| json!([{"op": "replace", "path": path, "value": value}]);
    let half = Write::patch(&path, replace("emails[type eq \"work\"].value", &other));
    all_refused(&app, [half], refusal).await;
    let followed = app
        .scim
        .patch(&path, replace("userName", &other))
        .await
        .expect(200);
    assert_eq!(followed.body["emails"][0]["value"], json!(other));
    let mut two = user(&name);
    two["emails"] = json!([{"value": name, "primary": true}, {"value": other}]);
    app.scim.put(&path, &two).await.expect(200);
    all_refused(
        &app,
        [Write::patch(&path, replace("userName", &other))],
        refusal,
    )
    .await;
    // Case makes no difference.
    let shout = json!([{"value": name.to_uppercase(), "primary": true}]);
    let same = json!({"schemas": [USER], "userName": name, "emails": shout});
    let put = app.scim.put(&path, &same).await.expect(200);
    assert_eq!(
        (&put.body["userName"], &put.body["emails"]),
        (&json!(name), &shout)
    );
}

/// F2: with `email_user_names`, a `userName` such as Okta's own id is refused.
#[tokio::test]
async fn f2_a_user_name_that_is_no_address() {
    let app = with_email_user_names().await;
    let path = format!(
        "/Users/{}",
        app.scim
            .post("/Users", &user(&address("ann")))
            .await
            .expect(201)
            .id()
    );
    for bad in [
        "00u1x2y3z4",
        "4711",
        "ann@",
        "@acme.test",
        "ann lee@acme.test",
        "a@b@acme.test",
    ] {
        all_refused(
            &app,
            writes(&path, bad, &json!([{"value": bad, "primary": true}])),
            (400, "invalidValue", "userName must be an e-mail address"),
        )
        .await;
    }
    // Without the option any name is one.
    choose(&app, json!({"email_user_names": false})).await;
    app.scim.create_user("00u1x2y3z4").await;
}

/// F10: a changed address is shown as sent, at once, and found.
#[tokio::test]
async fn f10_a_changed_address() {
    let app = with_email_user_names().await;
    let (old, new) = (address("old"), address("new"));
    let id = app.scim.post("/Users", &user(&old)).await.expect(201).id();
    let path = format!("/Users/{id}");
    for (to, from, by_put) in [(&new, &old, true), (&old, &new, false)] {
        let answer = if by_put {
            app.scim.put(&path, &user(to)).await.expect(200)
        } else {
            let operations = json!([{"op": "replace", "value": {"userName": to,
                "emails[type eq \"work\"].value": to}}]);
            app.scim.patch(&path, operations).await.expect(200)
        };
        assert_eq!(answer.body["userName"], json!(to));
        assert_eq!(answer.body["emails"][0]["value"], json!(to));
        assert_eq!(read(&app, &path).await, answer.body);
        assert_eq!(seen(&app, &id).await["email"], json!(to));
        let found = async |name: &str| {
            let filter = format!("userName eq \"{name}\"");
            app.scim.find("/Users", &filter).await.expect(200).body["totalResults"].clone()
        };
        assert_eq!((found(to).await, found(from).await), (json!(1), json!(0)));
    }
}

/// F18: the link is the id, not the address: whose address changes is no new user, and whoever gets the old
/// address is not that one.
#[tokio::test]
async fn f18_the_link_is_the_id() {
    let app = App::start().await;
    let (old, new) = (address("old"), address("new"));
    let mut body = user(&old);
    body["externalId"] = json!(unique("00u"));
    let id = app.scim.post("/Users", &body).await.expect(201).id();
    let held = app.scim.create_group(&unique("g"), &[&id]).await;
    let moved = json!({"schemas": [USER], "userName": new, "externalId": body["externalId"],
        "emails": [{"value": new, "primary": true}]});
    assert_eq!(
        app.scim
            .put(&format!("/Users/{id}"), &moved)
            .await
            .expect(200)
            .id(),
        id
    );
    assert_eq!(app.scim.members(&held).await, std::slice::from_ref(&id));
    // Where external ids are unique, this one is taken, whatever the name; the old name is free.
    choose(&app, json!({"unique_external_id": true})).await;
    body["userName"] = json!(address("third"));
    all_refused(
        &app,
        [Write::post("/Users", body)],
        (409, "uniqueness", "externalId"),
    )
    .await;
    let next = app.scim.post("/Users", &user(&old)).await.expect(201).id();
    assert_ne!(next, id);
    assert_eq!(app.scim.members(&held).await, [id]);
}

/// Rule 5: by default any `userName` and any e-mails; all of RFC 7643 comes back as sent, passwords do not.
#[tokio::test]
async fn rule_5_any_user_is_taken_as_sent() {
    let app = App::start().await;
    for user_name in ["4711", "DOMAIN\\ann", "Ann Lee", "日本", "a@b@c"] {
        let body = json!({"schemas": [USER], "userName": user_name, "emails": [{"value": "x@acme.test"}, {"value": "no address"}]});
        let created = app.scim.post("/Users", &body).await.expect(201);
        assert_eq!(
            (&created.body["userName"], &created.body["emails"]),
            (&body["userName"], &body["emails"])
        );
    }
    app.scim
        .post("/Users", &json!({"schemas": [USER], "userName": ""}))
        .await
        .expect_error(400, Some("invalidValue"));

    let mut body = user(&address("ann"));
    for (name, value) in [
        ("nickName", json!("Annie")),
        ("timezone", json!("Europe/Vienna")),
        (
            "addresses",
            json!([{"type": "work", "locality": "Wien", "primary": true}]),
        ),
        ("roles", json!([{"value": "cook"}])),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            json!({"employeeNumber": "7", "costCenter": "x"}),
        ),
    ] {
        body[name] = value;
    }
    let mut with_password = body.clone();
    with_password["password"] = json!("correct horse");
    let created = app.scim.post("/Users", &with_password).await.expect(201);
    let path = format!("/Users/{}", created.id());
    for answer in [
        created.body,
        read(&app, &path).await,
        app.scim.put(&path, &with_password).await.expect(200).body,
    ] {
        for (name, value) in body
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "schemas")
        {
            assert_eq!(answer[name], *value, "{name}");
        }
        assert!(!answer.to_string().contains("correct horse"));
    }

    // PATCH answers with the user, or with nothing where the client says so; of a group with nothing, unless
    // attributes are asked for.
    let operations = json!([{"op": "replace", "path": "nickName", "value": "A"}]);
    assert_eq!(
        app.scim
            .patch(&path, operations.clone())
            .await
            .expect(200)
            .body["nickName"],
        json!("A")
    );
    let minimal = app
        .scim
        .request(Method::PATCH, &path)
        .header("Prefer", "return=minimal")
        .json(&patch(operations));
    assert_eq!(app.scim.send(minimal).await.expect(204).body, Value::Null);
    let id = app.scim.create_group(&unique("g"), &[]).await;
    let rename = json!([{"op": "replace", "path": "displayName", "value": unique("h")}]);
    app.scim
        .patch(&format!("/Groups/{id}"), rename.clone())
        .await
        .expect(204);
    app.scim
        .patch(&format!("/Groups/{id}?attributes=displayName"), rename)
        .await
        .expect(200);
}

/// Rule 5 with `email_user_names`: which e-mail is the primary one.
#[tokio::test]
async fn rule_5_the_primary_address() {
    let app = with_email_user_names().await;
    let derived = address("none");
    let body = json!({"schemas": [USER], "userName": derived});
    let created = app.scim.post("/Users", &body).await.expect(201);
    assert_eq!(
        (
            &created.body["emails"][0]["value"],
            &created.body["emails"][0]["primary"]
        ),
        (&json!(derived), &json!(true))
    );

    let name = address("ann");
    let only =
        json!({"schemas": [USER], "userName": name, "emails": [{"value": name, "type": "home"}]});
    let created = app.scim.post("/Users", &only).await.expect(201);
    assert_eq!(
        created.body["emails"],
        json!([{"value": name, "type": "home", "primary": true}])
    );
    let path = format!("/Users/{}", created.id());
    let another = address("another");
    let two = json!([{"value": name, "primary": true}, {"value": another}]);
    let put = json!({"schemas": [USER], "userName": name, "emails": two});
    assert_eq!(
        app.scim.put(&path, &put).await.expect(200).body["emails"],
        two
    );
    for emails in [
        json!([{"value": name}, {"value": another}]),
        json!([{"value": name, "primary": false}, {"value": another, "primary": false}]),
        json!([{"value": name, "primary": false}]),
    ] {
        let mut ways = writes(&path, &name, &emails);
        ways[0].body["userName"] = json!(name.replace("ann", "new"));
        all_refused(&app, ways, (400, "invalidValue", "primary")).await;
    }

    // Whoever was made under other rules can be changed otherwise, above all deactivated.
    choose(&app, json!({"email_user_names": false})).await;
    let old = format!(
        "/Users/{}",
        app.scim.create_user(&unique("no-address")).await
    );
    choose(&app, json!({"email_user_names": true})).await;
    let title = json!([{"op": "replace", "path": "title", "value": "Cook"}]);
    assert_eq!(
        app.scim.patch(&old, title).await.expect(200).body["title"],
        json!("Cook")
    );
    assert_eq!(
        Write::patch(&old, set_active(false))
            .in_bulk(&app)
            .await
            .status,
        200
    );
    assert_eq!(read(&app, &old).await["active"], json!(false));
    unmanaged(&app, &address("by-hand")).await;
}
