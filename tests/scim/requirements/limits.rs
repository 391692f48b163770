//! The limits of docs/limits.md that no other file has, at the limit and one above.

use reqwest::Method;
use serde_json::{Value, json};

use super::{SEARCH_REQUEST, USER, named, raw, says};
use crate::harness::{App, unique};

/// R-TEST-08, R-SRV-01, R-STR-04, R-ERR-05: of bodies; each refusal says the number.
#[tokio::test]
async fn published_limits() {
    let app = App::start().await;
    let name = unique("u");
    let path = format!("/Users/{}", app.scim.create_user(&name).await);
    let value = |attribute: &str, length: usize| {
        let mut body = named(USER, &unique("u"));
        let text = body[attribute].as_str().unwrap_or_default().to_owned();
        body[attribute] = json!(format!("{text}{}", "x".repeat(length - text.len())));
        body
    };
    for (attribute, most) in [("userName", 512), ("externalId", 512), ("title", 4_096)] {
        let at = app.scim.post("/Users", &value(attribute, most)).await;
        at.expect(201);
        let above = app.scim.post("/Users", &value(attribute, most + 1)).await;
        says(
            &above.expect_error(400, Some("invalidValue")),
            &most.to_string(),
        );
    }
    let emails = |count: usize| {
        let emails: Vec<Value> = (0..count)
            .map(|n| json!({"value": n.to_string()}))
            .collect();
        json!({"schemas": [USER], "userName": name, "emails": emails})
    };
    app.scim.put(&path, &emails(1_000)).await.expect(200);
    let above = app.scim.put(&path, &emails(1_001)).await;
    says(&above.expect_error(400, Some("invalidValue")), "1000");
    let far_above = app.scim.put(&path, &emails(10_001)).await;
    says(&far_above.expect_error(400, Some("invalidSyntax")), "10000");
    let nested = |depth: usize| {
        let value = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let body = format!("{{\"userName\":\"{name}\",\"unknown\":{value}}}");
        raw(&app, Method::PUT, &path, None, body.into_bytes())
    };
    nested(32).await.expect(200);
    says(
        &nested(33).await.expect_error(400, Some("invalidSyntax")),
        "32",
    );
    let operations = |count: usize| {
        let operation = json!({"op": "replace", "path": "title", "value": "x"});
        app.scim.patch(&path, json!(vec![operation; count]))
    };
    operations(1_000).await.expect(200);
    let above = operations(1_001).await;
    says(&above.expect_error(400, Some("invalidSyntax")), "1000");
    let padded = |length: usize| {
        let body = named(USER, &name).to_string();
        let body = format!("{body}{}", " ".repeat(length - body.len()));
        raw(&app, Method::PUT, &path, None, body.into_bytes())
    };
    padded(4 << 20).await.expect(200);
    padded((4 << 20) + 1).await.expect_error(413, None);
}

/// The same of resources as a whole, of their names, and of the work of a PATCH.
#[tokio::test]
async fn published_limits_of_size_and_work() {
    let app = App::start().await;
    let name = unique("u");
    let path = format!("/Users/{}", app.scim.create_user(&name).await);
    // What is stored beside the picture comes to less than a thousand bytes.
    let photo = |length: usize| {
        let place = format!("https://x.test/{}", "a".repeat(length));
        json!({"schemas": [USER], "userName": name, "photos": [{"value": place}]})
    };
    app.scim.put(&path, &photo(261_000)).await.expect(200);
    let above = app.scim.put(&path, &photo(262_144)).await;
    says(&above.expect_error(400, Some("invalidValue")), "262144");
    let added = json!([{"op": "add", "path": "title", "value": "x".repeat(2_000)}]);
    let above = app.scim.patch(&path, added).await;
    says(&above.expect_error(400, Some("invalidValue")), "262144");
    let mut another = photo(262_144);
    another["userName"] = json!(unique("v"));
    let above = app.scim.post("/Users", &another).await;
    says(&above.expect_error(400, Some("invalidValue")), "262144");

    let names = |count: usize| {
        let mut body = named(USER, &name);
        for number in 0..count - 2 {
            body[format!("unknown{number}")] = json!(1);
        }
        body
    };
    app.scim.put(&path, &names(1_000)).await.expect(200);
    let above = app.scim.put(&path, &names(1_001)).await;
    says(&above.expect_error(400, Some("invalidSyntax")), "1000");

    let roles: Vec<Value> = (0..1_000)
        .map(|n| json!({"value": format!("r{n}")}))
        .collect();
    let mut operations = vec![json!({"op": "add", "path": "roles", "value": roles})];
    let edit = |n: usize| {
        let path = format!("roles[value eq \"r{n}\"].display");
        json!({"op": "replace", "path": path, "value": "x"})
    };
    operations.extend((0..200).map(edit));
    app.scim.patch(&path, json!(operations)).await.expect(200);
    operations.extend((200..999).map(edit));
    let above = app.scim.patch(&path, json!(operations)).await;
    says(&above.expect_error(400, Some("tooMany")), "1000000");

    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("name{n}")).collect();
        format!("{path}?excludedAttributes={}", names.join(","))
    };
    app.scim.get(&names(200)).await.expect(200);
    let above = app.scim.get(&names(201)).await;
    says(&above.expect_error(400, Some("invalidValue")), "200");
}

/// The same of filters and paths.
#[tokio::test]
async fn published_limits_of_filters() {
    let app = App::start().await;
    let nested = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    let tests = |count: usize| vec!["title pr"; count].join(" or ");
    let long = |length: usize| format!("title eq \"{}\"", "x".repeat(length - 11));
    for (at, above, most) in [
        (nested(32), nested(33), "32"),
        // The `or` that joins them counts as a part.
        (tests(199), tests(200), "200"),
        (long(8_192), long(8_193), "8192"),
    ] {
        let search =
            |filter: String| json!({"schemas": [SEARCH_REQUEST], "filter": filter, "count": 0});
        app.scim
            .post("/Users/.search", &search(at))
            .await
            .expect(200);
        let refused = app.scim.post("/Users/.search", &search(above)).await;
        says(&refused.expect_error(400, Some("invalidFilter")), most);
    }
    for operator in ["co", "sw", "ew"] {
        let search = |length: usize| {
            let filter = format!("title {operator} \"{}\"", "x".repeat(length));
            json!({"schemas": [SEARCH_REQUEST], "filter": filter, "count": 0})
        };
        app.scim
            .post("/Users/.search", &search(512))
            .await
            .expect(200);
        let refused = app.scim.post("/Users/.search", &search(513)).await;
        says(&refused.expect_error(400, Some("invalidFilter")), "512");
    }
    let path = format!("/Users/{}", app.scim.create_user(&unique("u")).await);
    let remove = |length: usize| {
        let fixed = "emails[value eq \"\"]".len();
        let selected = format!("emails[value eq \"{}\"]", "x".repeat(length - fixed));
        app.scim
            .patch(&path, json!([{"op": "remove", "path": selected}]))
    };
    remove(8_192).await.expect(200);
    says(
        &remove(8_193).await.expect_error(400, Some("invalidPath")),
        "8192",
    );
}
