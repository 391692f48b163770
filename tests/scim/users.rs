//! Users: create, read, replace, patch, delete.

use serde_json::{Value, json};

use crate::harness::{App, unique};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A user with something in every kind of attribute.
fn full_user(user_name: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": user_name,
        "userName": user_name,
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara",
            "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"
        },
        "displayName": "Babs Jensen ✨",
        "nickName": "Babs",
        "profileUrl": "https://login.example.com/bjensen",
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"}
        ],
        "addresses": [{"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood",
            "region": "CA", "postalCode": "91608", "country": "US", "primary": true}],
        "phoneNumbers": [{"value": "555-555-5555", "type": "work"}],
        "ims": [{"value": "someaimhandle", "type": "aim"}],
        "photos": [{"value": "https://photos.example.com/F", "type": "photo"}],
        "userType": "Employee", "title": "Tour Guide", "preferredLanguage": "en-US", "locale": "en_US",
        "timezone": "America/Los_Angeles", "active": true,
        "entitlements": [{"value": "report"}], "roles": [{"value": "guide", "type": "x"}],
        "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw"}],
        ENTERPRISE: {"employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios",
            "division": "Theme Park", "department": "Tour Operations"}
    })
}

/// R-POST-01, R-COMMON-07/08/10, R-GET-01: what is created is what is read, under every header.
#[tokio::test]
async fn created_user_reads_the_same() {
    let app = App::start().await;
    let sent = full_user(&unique("Bjensen"));
    let created = app.scim.post("/Users", &sent).await.expect(201);
    let id = created.id();
    let location = format!("{}/Users/{id}", app.scim.base_url);
    assert_eq!(created.header("location"), location);
    assert_eq!(created.header("content-location"), location);
    assert_eq!(created.body["meta"]["location"], json!(location));
    assert_eq!(created.body["meta"]["resourceType"], json!("User"));
    assert_eq!(
        created.body["meta"]["version"],
        json!(created.header("etag"))
    );
    assert_eq!(
        created.body["meta"]["created"],
        created.body["meta"]["lastModified"]
    );
    for (name, value) in sent.as_object().unwrap() {
        if name != "schemas" {
            assert_eq!(&created.body[name], value, "{name}");
        }
    }
    let read = app.scim.get(&format!("/Users/{id}")).await.expect(200);
    assert_eq!(read.body, created.body);
    assert_eq!(read.header("etag"), created.header("etag"));
}

/// R-POST-02, R-COMMON-03/05, R-REG-SEC-02, R-USER-03: what the server decides is not taken from the client.
#[tokio::test]
async fn read_only_attributes_and_passwords_are_not_taken() {
    let app = App::start().await;
    let created = app
        .scim
        .post(
            "/Users",
            &json!({"schemas": [USER], "userName": unique("u"), "id": "mine", "password": "t0p-s3cret",
                "meta": {"resourceType": "Group", "created": "2001-01-01T00:00:00Z"},
                "groups": [{"value": "x"}]}),
        )
        .await
        .expect(201);
    assert_ne!(created.id(), "mine");
    assert_eq!(created.body.get("password"), None);
    assert_eq!(created.body.get("groups"), None);
    assert_eq!(created.body["meta"]["resourceType"], json!("User"));
    assert_ne!(
        created.body["meta"]["created"],
        json!("2001-01-01T00:00:00Z")
    );
}

/// R-PUT-02/03/04/11/12: PUT replaces, clears what it omits but not `active`, and knows when nothing changed.
#[tokio::test]
async fn put_replaces() {
    let app = App::start().await;
    let user_name = unique("put");
    let created = app
        .scim
        .post("/Users", &full_user(&user_name))
        .await
        .expect(201);
    let path = format!("/Users/{}", created.id());

    let same = app.scim.put(&path, &created.body).await.expect(200);
    assert_eq!(
        same.body, created.body,
        "R-TEST-03: PUT of what GET gave changes nothing"
    );

    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "active", "value": false}]),
        )
        .await
        .expect(200);
    let replaced = app
        .scim
        .put(
            &path,
            &json!({"schemas": [USER], "userName": user_name.to_uppercase(), "title": "Guide"}),
        )
        .await
        .expect(200);
    assert_eq!(
        replaced.body["userName"],
        json!(user_name.to_uppercase()),
        "R-PUT-10"
    );
    assert_eq!(replaced.body["title"], json!("Guide"));
    assert_eq!(replaced.body["active"], json!(false));
    for gone in ["name", "emails", "externalId", ENTERPRISE] {
        assert_eq!(replaced.body.get(gone), None, "{gone}");
    }
    assert_eq!(
        replaced.body["meta"]["created"],
        created.body["meta"]["created"]
    );
}

/// R-PUT-05, R-REG-PUT-01: the id of the URL decides, not the one in the body.
#[tokio::test]
async fn the_url_decides_which_user_is_replaced() {
    let app = App::start().await;
    let (one, other) = (unique("one"), unique("other"));
    let id = app.scim.create_user(&one).await;
    let victim = app.scim.create_user(&other).await;
    let before = app.scim.get(&format!("/Users/{victim}")).await.body;
    let body = json!({"schemas": [USER], "id": victim, "userName": one, "title": "Changed"});
    let replaced = app
        .scim
        .put(&format!("/Users/{id}"), &body)
        .await
        .expect(200);
    assert_eq!(replaced.id(), id);
    assert_eq!(app.scim.get(&format!("/Users/{victim}")).await.body, before);
}

/// R-PATCH-05/06: operations act in order and all or none.
#[tokio::test]
async fn patch_is_atomic() {
    let app = App::start().await;
    let created = app
        .scim
        .post("/Users", &full_user(&unique("atomic")))
        .await
        .expect(201);
    let path = format!("/Users/{}", created.id());
    app.scim
        .patch(
            &path,
            json!([
                {"op": "replace", "path": "title", "value": "Boss"},
                {"op": "remove", "path": "emails"},
                {"op": "replace", "path": "noSuchAttribute", "value": 1}
            ]),
        )
        .await
        .expect_error(400, Some("invalidPath"));
    assert_eq!(app.scim.get(&path).await.body, created.body);
}

/// R-PATCH-08/09: a PATCH answers with the user; one that changes nothing keeps the version.
#[tokio::test]
async fn patch_without_change_keeps_the_version() {
    let app = App::start().await;
    let created = app
        .scim
        .post("/Users", &full_user(&unique("same")))
        .await
        .expect(201);
    let path = format!("/Users/{}", created.id());
    let operations = json!([
        {"op": "replace", "path": "title", "value": "Tour Guide"},
        {"op": "add", "path": "emails", "value": [{"value": "babs@jensen.org", "type": "home"}]},
        {"op": "remove", "path": "nickName.nothing"}
    ]);
    let first_two = json!([operations[0], operations[1]]);
    let patched = app.scim.patch(&path, first_two).await.expect(200);
    assert_eq!(patched.body, created.body);
    let minimal = app
        .scim
        .send(
            app.scim
                .request(reqwest::Method::PATCH, &path)
                .header("prefer", "return=minimal")
                .json(
                    &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": "title", "value": "Minimal"}]}),
                ),
        )
        .await
        .expect(204);
    assert_ne!(minimal.header("etag"), created.header("etag"));
}

/// R-DEL-01/02/03: gone is gone; the name is free again, the id is not used again.
#[tokio::test]
async fn delete() {
    let app = App::start().await;
    let user_name = unique("gone");
    let id = app.scim.create_user(&user_name).await;
    let path = format!("/Users/{id}");
    let deleted = app.scim.delete(&path).await.expect(204);
    assert_eq!(deleted.body, Value::Null);
    app.scim.get(&path).await.expect_error(404, None);
    app.scim.delete(&path).await.expect_error(404, None);
    app.scim
        .patch(&path, json!([{"op": "remove", "path": "title"}]))
        .await
        .expect_error(404, None);
    app.scim
        .put(&path, &json!({"schemas": [USER], "userName": user_name}))
        .await
        .expect_error(404, None);
    let found = app
        .scim
        .find("/Users", &format!(r#"userName eq "{user_name}""#))
        .await
        .expect(200);
    assert_eq!(found.body["totalResults"], json!(0));
    assert_ne!(app.scim.create_user(&user_name).await, id);
}

/// R-STR-01/03, R-USER-01/02: one name in two spellings is one name; it is kept as sent.
#[tokio::test]
async fn user_names_compare_by_unicode_case_folding() {
    let app = App::start().await;
    let tail = unique("");
    let created = app
        .scim
        .post(
            "/Users",
            &json!({"schemas": [USER], "userName": format!("Straße Ⅷ{tail}")}),
        )
        .await
        .expect(201);
    assert_eq!(created.body["userName"], json!(format!("Straße Ⅷ{tail}")));
    for other in [format!("STRASSE VIII{tail}"), format!("strasse ⅷ{tail}")] {
        app.scim
            .post("/Users", &json!({"schemas": [USER], "userName": other}))
            .await
            .expect_error(409, Some("uniqueness"));
        let found = app
            .scim
            .find("/Users", &format!(r#"userName eq "{other}""#))
            .await
            .expect(200);
        assert_eq!(found.body["Resources"][0]["id"], json!(created.id()));
    }
}
