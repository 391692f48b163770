//! What the account option `strict` refuses (`crates/scim/src/dialect.rs`).

use serde_json::{Value, json};

use crate::harness::{App, unique};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A fresh account that reads to the letter.
pub(super) async fn strict() -> App {
    let app = App::start().await;
    app.admin()
        .post("/account-options/", &json!({"strict": true}))
        .await
        .expect(200);
    app
}

/// R-USER-06/07/08, R-INTEROP-04: forms are kept to, whether a value comes by POST, PUT or PATCH.
#[tokio::test]
async fn forms() {
    let app = strict().await;
    let body = json!({"schemas": [USER], "userName": unique("u")});
    let user = app.scim.post("/Users", &body).await.expect(201);
    let path = format!("/Users/{}", user.id());
    for (name, good, bad) in [
        (
            "preferredLanguage",
            json!("da, en-gb;q=0.8"),
            json!("Danish please"),
        ),
        ("locale", json!("en_US"), json!("en_US.UTF-8")),
        (
            "timezone",
            json!("America/Los_Angeles"),
            json!("Pacific Standard Time"),
        ),
        (
            "addresses",
            json!([{"type": "work", "country": "NO"}]),
            json!([{"type": "work", "country": "Norway"}]),
        ),
        (
            "addresses",
            json!([{"type": "home", "region": "x"}]),
            json!([{"type": "billing", "region": "x"}]),
        ),
        (
            "emails",
            json!([{"value": "a@x.test", "type": "Work"}]),
            json!([{"value": "a@x.test", "type": "zulu"}]),
        ),
        (
            "phoneNumbers",
            json!([{"value": "1", "type": "pager"}]),
            json!([{"value": "1", "type": "desk"}]),
        ),
        (
            "ims",
            json!([{"value": "a", "type": "xmpp"}]),
            json!([{"value": "a", "type": "smoke"}]),
        ),
        (
            "photos",
            json!([{"value": "https://x.test/p", "type": "photo"}]),
            json!([{"value": "https://x.test/p", "type": "oil"}]),
        ),
        (
            "x509Certificates",
            json!([{"value": "MAMCAQE="}]),
            json!([{"value": "MAMCAQEA"}]),
        ),
    ] {
        let whole =
            |value: &Value| json!({"schemas": [USER], "userName": unique("u"), name: value});
        let patch = |value: &Value| json!([{"op": "replace", "path": name, "value": value}]);
        let put = |value: &Value| {
            let mut body = whole(value);
            body["userName"] = user.body["userName"].clone();
            body
        };
        app.scim.post("/Users", &whole(&good)).await.expect(201);
        app.scim.put(&path, &put(&good)).await.expect(200);
        let kept = app.scim.patch(&path, patch(&good)).await.expect(200).body;
        assert_eq!(kept[name], good);
        for refused in [
            app.scim.post("/Users", &whole(&bad)).await,
            app.scim.put(&path, &put(&bad)).await,
            app.scim.patch(&path, patch(&bad)).await,
        ] {
            let refused = refused.expect_error(400, Some("invalidValue"));
            assert!(refused.body["detail"].as_str().unwrap().contains(name));
        }
        assert_eq!(app.scim.get(&path).await.expect(200).body, kept);
    }
}

/// R-PUT-05: the body of a PUT must agree with the URL.
#[tokio::test]
async fn ids_of_bodies() {
    let app = strict().await;
    let put = async |path: String, id: Value| {
        let mut body = app.scim.get(&path).await.expect(200).body;
        body["id"] = id;
        app.scim.put(&path, &body).await
    };
    let (user, group) = (
        app.scim.create_user(&unique("u")).await,
        app.scim.create_group(&unique("g"), &[]).await,
    );
    for (collection, own, other) in [("/Users", &user, &group), ("/Groups", &group, &user)] {
        let path = format!("{collection}/{own}");
        put(path.clone(), json!(own)).await.expect(200);
        put(path.clone(), Value::Null).await.expect(200);
        for id in [json!(other), json!(own.to_uppercase()), json!(7)] {
            let refused = put(path.clone(), id).await;
            refused.expect_error(400, Some("mutability"));
        }
    }
}

/// R-USER-03, R16: a password, which no schema offers, is accepted and dropped all the same.
#[tokio::test]
async fn passwords() {
    let app = strict().await;
    let body = json!({"schemas": [USER], "userName": unique("u"), "password": "t0p-s3cret"});
    let created = app.scim.post("/Users", &body).await.expect(201);
    assert_eq!(created.body.get("password"), None);
}

fn reporting_to(manager: &Value) -> Value {
    json!({"schemas": [USER, ENTERPRISE], "userName": unique("u"), ENTERPRISE: {"manager": manager, "employeeNumber": "7"}})
}

/// The id of a user's manager.
async fn manager(app: &App, user: &str) -> Value {
    let read = app.scim.get(&format!("/Users/{user}")).await.expect(200);
    read.body[ENTERPRISE]["manager"]["value"].clone()
}

/// R-ENT-04: a manager is a user of the account; references of a bulk request still work,
/// whatever is created first (R-ENT-05).
#[tokio::test]
async fn managers() {
    let app = strict().await;
    let gone = app.scim.create_user(&unique("u")).await;
    app.scim.delete(&format!("/Users/{gone}")).await.expect(204);
    let boss = app.scim.create_user(&unique("u")).await;
    let user = app
        .scim
        .post("/Users", &reporting_to(&json!({"value": boss})))
        .await
        .expect(201);
    let path = format!("/Users/{}", user.id());
    for id in [gone.as_str(), "26"] {
        let manager = json!({"value": id});
        let set =
            json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": manager}]);
        let mut whole = user.body.clone();
        whole[ENTERPRISE]["manager"] = manager.clone();
        for refused in [
            app.scim.post("/Users", &reporting_to(&manager)).await,
            app.scim.put(&path, &whole).await,
            app.scim.patch(&path, set).await,
        ] {
            refused.expect_error(400, Some("invalidValue"));
        }
    }
    assert_eq!(app.scim.get(&path).await.expect(200).body, user.body);
    // One that is created later, two that are each other's, and one's own.
    let post = |bulk_id: &str, manager: &str| {
        let data = reporting_to(&json!({"value": format!("bulkId:{manager}")}));
        json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
    };
    let boss = json!({"method": "POST", "path": "/Users", "bulkId": "boss", "data": {"schemas": [USER], "userName": unique("u")}});
    let operations = json!([
        post("a", "boss"),
        boss,
        post("b", "c"),
        post("c", "b"),
        post("d", "d")
    ]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = app.scim.post("/Bulk", &body).await.expect(200).body;
    let id = |index: usize| {
        let entry = &answer["Operations"][index];
        assert_eq!(entry["status"], json!("201"), "{entry}");
        entry["location"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    for (report, boss) in [(0, 1), (2, 3), (3, 2), (4, 4)] {
        assert_eq!(manager(&app, &id(report)).await, json!(id(boss)));
    }
}
