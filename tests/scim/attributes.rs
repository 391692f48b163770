//! What becomes of attributes (R-ATTR, R-MV, R-COMMON, R-USER, R-ENT, R-EXT).

use serde_json::{Value, json};

use crate::{
    client::Response,
    harness::{App, unique},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn create(app: &App, more: Value) -> Response {
    let mut body = json!({"schemas": [USER], "userName": unique("u")});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    app.scim.post("/Users", &body).await.expect(201)
}

/// R-HTTP-23, R-ATTR-02/05/09/10/17: the answer is what was understood, not what was sent.
#[tokio::test]
async fn answers_show_what_was_understood() {
    let app = App::start().await;
    let created = create(
        &app,
        json!({"active": "False", "title": "", "nickName": null, "emails": {"value": "a@x.test"}, "phoneNumbers": [], "name": {"givenName": ""},
            "unknownThing": 1, "displayName": "true", "roles": [{"value": "r", "primary": "TRUE"}]}),
    )
    .await;
    assert_eq!(created.body["active"], json!(false));
    assert_eq!(created.body["emails"], json!([{"value": "a@x.test"}]));
    assert_eq!(
        created.body["displayName"],
        json!("true"),
        "text stays text"
    );
    assert_eq!(
        created.body["roles"],
        json!([{"value": "r", "primary": true}])
    );
    for gone in ["title", "nickName", "phoneNumbers", "name", "unknownThing"] {
        assert_eq!(created.body.get(gone), None, "{gone}");
    }
    let read = app
        .scim
        .get(&format!("/Users/{}", created.id()))
        .await
        .expect(200);
    assert_eq!(read.body, created.body);
}

/// R-ATTR-15, R-MV-05/07, R-USER-06/08/09, R-ENTRA-26: types beside the canonical ones and free forms are
/// taken, kept as sent and in their order; their case does not matter when they are looked for.
#[tokio::test]
async fn values_are_kept_as_sent() {
    let app = App::start().await;
    let sent = json!({
        "emails": [{"value": "Z@Example.TEST", "type": "Zulu"}, {"value": "not an address", "type": "WORK"}, {"value": "a@x.test", "type": "home"}],
        "phoneNumbers": [{"value": "(01) 23-45 ext. 6", "type": "desk"}, {"value": "tel:+1-201-555-0123"}],
        "addresses": [{"type": "work", "country": "Norway"}, {"type": "home", "country": "no"}],
        "preferredLanguage": "da, en-gb;q=0.8", "locale": "en_US", "timezone": "CET or so",
        "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw"}],
    });
    let created = create(&app, sent.clone()).await;
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&created.body[name], value, "{name}");
    }
    let path = format!("/Users/{}", created.id());
    let id = created.id();
    let found = app
        .scim
        .find(
            "/Users",
            &format!("id eq \"{id}\" and emails[type eq \"zulu\" and value eq \"z@example.test\"]"),
        )
        .await
        .expect(200);
    assert_eq!(found.body["totalResults"], json!(1));
    let patched = app.scim.patch(&path, json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@x.test"}])).await.expect(200);
    assert_eq!(
        patched.body["emails"][1],
        json!({"value": "w@x.test", "type": "WORK"})
    );
    assert_eq!(patched.body["emails"].as_array().unwrap().len(), 3);
}

/// R-COMMON-01/02, R-POST-05, R-EXT-03/04: `schemas` says what is there, whatever the client wrote.
#[tokio::test]
async fn schemas_follow_the_content() {
    let app = App::start().await;
    let schemas = |body: &Value| -> Vec<String> {
        let all: Vec<String> = body["schemas"]
            .as_array()
            .unwrap()
            .iter()
            .map(|urn| urn.as_str().unwrap().to_owned())
            .collect();
        assert!(all.contains(&USER.to_owned()));
        assert_eq!(
            all.iter().collect::<std::collections::BTreeSet<_>>().len(),
            all.len(),
            "none twice"
        );
        all
    };
    for (sent, content, is_there) in [
        (
            json!([USER, USER, ENTERPRISE, "http://elsewhere.test/User"]),
            json!({}),
            false,
        ),
        (
            json!([USER]),
            json!({ENTERPRISE: {"department": "IT"}}),
            true,
        ),
        (json!([ENTERPRISE, USER]), json!({ENTERPRISE: {}}), false),
    ] {
        let mut body =
            json!({"schemas": sent, "userName": unique("u"), "meta": {"resourceType": "Group"}});
        body.as_object_mut()
            .unwrap()
            .extend(content.as_object().unwrap().clone());
        let created = app.scim.post("/Users", &body).await.expect(201);
        assert_eq!(
            schemas(&created.body).contains(&ENTERPRISE.to_owned()),
            is_there,
            "{sent}"
        );
        assert_eq!(created.body.get(ENTERPRISE).is_some(), is_there);
        assert_eq!(created.body["meta"]["resourceType"], json!("User"));
        let path = format!("/Users/{}", created.id());
        let add = json!([{"op": "add", "path": format!("{ENTERPRISE}:costCenter"), "value": "7"}]);
        assert!(
            schemas(&app.scim.patch(&path, add).await.expect(200).body)
                .contains(&ENTERPRISE.to_owned())
        );
        let remove = json!([{"op": "remove", "path": format!("{ENTERPRISE}:costCenter")}, {"op": "remove", "path": format!("{ENTERPRISE}:department")}]);
        let emptied = app.scim.patch(&path, remove).await.expect(200);
        assert!(!schemas(&emptied.body).contains(&ENTERPRISE.to_owned()));
        assert_eq!(emptied.body.get(ENTERPRISE), None);
    }
}

/// R-USER-05, R-MV-06, R-GRP-05: the groups of a user, direct ones and those they are in, with their names.
#[tokio::test]
async fn groups_of_a_user() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let inner = app.scim.create_group(&unique("inner"), &[&user]).await;
    let middle = app.scim.create_group(&unique("middle"), &[&inner]).await;
    let outer = app.scim.create_group(&unique("outer"), &[&middle]).await;
    let body = app
        .scim
        .get(&format!("/Users/{user}"))
        .await
        .expect(200)
        .body;
    let groups = body["groups"].as_array().unwrap();
    for (id, kind) in [
        (&inner, "direct"),
        (&middle, "indirect"),
        (&outer, "indirect"),
    ] {
        let group = groups
            .iter()
            .find(|group| group["value"] == json!(id))
            .unwrap_or_else(|| panic!("{kind} {id}: {groups:?}"));
        assert_eq!(group["type"], json!(kind));
        assert_eq!(
            group["$ref"],
            json!(format!("{}/Groups/{id}", app.scim.base_url))
        );
        let read = app
            .scim
            .get(&format!("/Groups/{id}"))
            .await
            .expect(200)
            .body;
        assert_eq!(group["display"], read["displayName"]);
    }
    // Kept as sent by others, it is still ours to say.
    let mut whole = body.clone();
    whole["groups"] = json!([]);
    assert_eq!(
        app.scim
            .put(&format!("/Users/{user}"), &whole)
            .await
            .expect(200)
            .body["groups"],
        body["groups"]
    );
}

/// R-USER-07, R-ATTR-06: a certificate is base64, and one value holds one.
#[tokio::test]
async fn certificates_are_base64() {
    let app = App::start().await;
    // The last ones are two certificates, if only such that hold nothing.
    for value in [
        "-----BEGIN CERTIFICATE-----",
        "MII*",
        "a b",
        "{}",
        "MAAwAA==",
    ] {
        let body = json!({"schemas": [USER], "userName": unique("u"), "x509Certificates": [{"value": value}]});
        app.scim
            .post("/Users", &body)
            .await
            .expect_error(400, Some("invalidValue"));
    }
    create(&app, json!({"x509Certificates": [{"value": "AAAA"}]})).await;
}

/// R-POST-03: `null` and `[]` say that there is to be no value, and no default either; the licence is no matter of
/// having none (product rule 6).
#[tokio::test]
async fn null_overrides_a_default() {
    let app = App::start().await;
    const LICENSE: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";
    for (sent, active) in [
        (
            json!({"active": null, "emails": [], LICENSE: {"licenseType": null}}),
            None,
        ),
        (json!({"ACTIVE": null, LICENSE: null}), None),
        (json!({}), Some(true)),
    ] {
        let created = create(&app, sent).await;
        assert_eq!(created.body.get("active").and_then(Value::as_bool), active);
        assert_eq!(created.body[LICENSE]["licenseType"], json!("developer"));
        let read = app.scim.get(&format!("/Users/{}", created.id())).await;
        assert_eq!(read.expect(200).body, created.body);
    }
}

/// R16, R-USER-03: a password is accepted and dropped, so no schema asks for one.
#[tokio::test]
async fn no_schema_asks_for_passwords() {
    let app = App::start().await;
    let schema = app
        .scim
        .get(&format!("/Schemas/{USER}"))
        .await
        .expect(200)
        .body;
    let attributes = schema["attributes"].as_array().unwrap();
    assert!(attributes.len() > 15);
    assert!(
        attributes
            .iter()
            .all(|attribute| attribute["name"] != "password")
    );
    let created = create(&app, json!({"password": "t0p-s3cret"})).await;
    assert_eq!(created.body.get("password"), None);
}

/// R-USER-10/11, R-FILTER-30: nothing is made up but `active`, which is found as it is shown; names do not
/// follow each other.
#[tokio::test]
async fn names_are_not_derived() {
    let app = App::start().await;
    let created = create(
        &app,
        json!({"name": {"givenName": "Ann", "familyName": "Lee"}}),
    )
    .await;
    assert_eq!(created.body["active"], json!(true));
    for (active, count) in [(true, 1), (false, 0)] {
        let filter = format!("id eq \"{}\" and active eq {active}", created.id());
        let found = app.scim.find("/Users", &filter).await.expect(200).body;
        assert_eq!(found["totalResults"], json!(count));
    }
    assert_eq!(
        created.body["name"],
        json!({"givenName": "Ann", "familyName": "Lee"})
    );
    assert_eq!(created.body.get("displayName"), None);
    let created = create(
        &app,
        json!({"displayName": "Ann", "name": {"formatted": "A. L."}}),
    )
    .await;
    let path = format!("/Users/{}", created.id());
    let patched = app
        .scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "displayName", "value": "Bo"}]),
        )
        .await
        .expect(200);
    assert_eq!(patched.body["name"], json!({"formatted": "A. L."}));
}
