//! `attributes` and `excludedAttributes` (R-PROJ).

use serde_json::{Value, json};

use crate::harness::{App, unique};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn names(body: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

async fn user(app: &App) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": unique("u"), "name": {"givenName": "Ann", "familyName": "Lee"}, "title": "T",
        "emails": [{"value": "a@x.test", "type": "work"}],
        ENTERPRISE: {"department": "IT", "division": "D"}
    });
    app.scim.post("/Users", &body).await.expect(201).id()
}

/// R-PROJ-03/04/05/06/11: which attributes `attributes` gives.
#[tokio::test]
async fn attributes() {
    let app = App::start().await;
    let id = user(&app).await;
    for (asked, given) in [
        ("userName", vec!["id", "schemas", "userName"]),
        (
            "USERNAME, title",
            vec!["id", "schemas", "title", "userName"],
        ),
        ("name.givenName", vec!["id", "name", "schemas"]),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:title",
            vec!["id", "schemas", "title"],
        ),
        ("meta.location", vec!["id", "meta", "schemas"]),
        ("noSuchThing", vec!["id", "schemas"]),
    ] {
        let read = app
            .scim
            .get(&format!("/Users/{id}?attributes={asked}"))
            .await
            .expect(200);
        assert_eq!(names(&read.body), given, "{asked}");
    }
    let name = app
        .scim
        .get(&format!("/Users/{id}?attributes=name.givenName"))
        .await;
    assert_eq!(name.body["name"], json!({"givenName": "Ann"}));
    for asked in [ENTERPRISE.to_owned(), format!("{ENTERPRISE}:department")] {
        let read = app
            .scim
            .get(&format!("/Users/{id}?attributes={asked}"))
            .await
            .expect(200);
        assert_eq!(read.body[ENTERPRISE]["department"], json!("IT"));
        assert!(
            read.body["schemas"]
                .as_array()
                .unwrap()
                .contains(&json!(ENTERPRISE))
        );
    }
}

/// R-PROJ-01/03/06: what `excludedAttributes` leaves out; `id` never.
#[tokio::test]
async fn excluded_attributes() {
    let app = App::start().await;
    let id = user(&app).await;
    let read = app
        .scim
        .get(&format!(
            "/Users/{id}?excludedAttributes=id,emails,name.familyName,{ENTERPRISE}"
        ))
        .await
        .expect(200);
    assert_eq!(read.id(), id);
    assert_eq!(read.body.get("emails"), None);
    assert_eq!(read.body["name"], json!({"givenName": "Ann"}));
    assert_eq!(read.body.get(ENTERPRISE), None);
    assert!(
        !read.body["schemas"]
            .as_array()
            .unwrap()
            .contains(&json!(ENTERPRISE))
    );
    assert_eq!(read.body["title"], json!("T"));
}

/// R-PROJ-01/09, R-SRCH-03: the same on writes, lists and searches.
#[tokio::test]
async fn on_writes_lists_and_searches() {
    let app = App::start().await;
    let user_name = unique("w");
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name, "title": "T"});
    let created = app
        .scim
        .post("/Users?attributes=userName", &body)
        .await
        .expect(201);
    assert_eq!(names(&created.body), ["id", "schemas", "userName"]);
    let id = created.id();
    let put = app
        .scim
        .put(&format!("/Users/{id}?attributes=userName"), &body)
        .await
        .expect(200);
    assert_eq!(names(&put.body), ["id", "schemas", "userName"]);
    let patched = app
        .scim
        .patch(
            &format!("/Users/{id}?excludedAttributes=title"),
            json!([{"op": "add", "path": "nickName", "value": "N"}]),
        )
        .await
        .expect(200);
    assert_eq!(
        (patched.body.get("title"), &patched.body["nickName"]),
        (None, &json!("N"))
    );
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("userName eq \"{user_name}\""), "attributes": ["title"], "count": 10});
    let found = app.scim.post("/Users/.search", &search).await.expect(200);
    assert_eq!(found.body["totalResults"], json!(1));
    assert_eq!(
        names(&found.body["Resources"][0]),
        ["id", "schemas", "title"]
    );
}
