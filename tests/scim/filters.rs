//! Filters and pages over the wire; the grammar itself is tested in `crates/scim`.

use serde_json::{Value, json};

use crate::harness::{App, unique};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn found(app: &App, filter: &str) -> Vec<String> {
    let response = app.scim.find("/Users", filter).await.expect(200);
    let resources = response.body["Resources"].as_array().unwrap();
    assert_eq!(response.body["itemsPerPage"], json!(resources.len()));
    let mut names: Vec<String> = resources
        .iter()
        .map(|user| user["nickName"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// R-FILTER-02/03/08/09/12/13/17/18/22/23/29: each filter finds just the users it should.
#[tokio::test]
async fn filters_find_what_they_should() {
    let app = App::start().await;
    let tag = unique("t");
    let users = [
        (
            "a",
            json!({"name": {"familyName": "O'Malley"}, "active": true, "title": "50% \"up\"", "externalId": format!("X1{tag}"),
            "emails": [{"type": "work", "value": "a@x.test"}, {"type": "home", "value": "a@home.test"}],
            ENTERPRISE: {"department": "IT"}}),
        ),
        (
            "b",
            json!({"name": {"familyName": "Larsen"}, "active": false, "externalId": format!("x1{tag}"),
            "emails": [{"type": "home", "value": "b@x.test"}]}),
        ),
        ("c", json!({"active": true, "title": "and or not"})),
    ];
    for (nick_name, mut body) in users {
        let more = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{nick_name}-{tag}"), "nickName": nick_name, "userType": tag});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        app.scim.post("/Users", &body).await.expect(201);
    }
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
    for (filter, expected) in [
        (format!("userName eq \"A-{tag}\""), vec!["a"]),
        ("name.familyName co \"o'mal\"".to_owned(), vec!["a"]),
        ("title pr".to_owned(), vec!["a", "c"]),
        ("not (title pr)".to_owned(), vec!["b"]),
        ("title eq \"50% \\\"up\\\"\"".to_owned(), vec!["a"]),
        ("title co \"%\"".to_owned(), vec!["a"]),
        ("title co \"_\"".to_owned(), vec![]),
        ("title eq \"and or not\"".to_owned(), vec!["c"]),
        (format!("externalId eq \"X1{tag}\""), vec!["a"]),
        ("active eq true".to_owned(), vec!["a", "c"]),
        ("active eq \"False\"".to_owned(), vec!["b"]),
        (
            "emails.type eq \"work\" and emails.value sw \"a@home\"".to_owned(),
            vec!["a"],
        ),
        (
            "emails[type eq \"work\" and value sw \"a@home\"]".to_owned(),
            vec![],
        ),
        (
            "emails[type eq \"home\"].value eq \"B@X.test\"".to_owned(),
            vec!["b"],
        ),
        ("emails co \"x.test\"".to_owned(), vec!["a", "b"]),
        ("emails[value eq \"a@x.test\"]".to_owned(), vec!["a"]),
        (format!("{urn}:nickName sw \"A\""), vec!["a"]),
        (format!("{ENTERPRISE}:department eq \"it\""), vec!["a"]),
        (
            "active eq false or title pr and externalId pr".to_owned(),
            vec!["a", "b"],
        ),
        (
            "(active eq false or title pr) and externalId pr".to_owned(),
            vec!["a", "b"],
        ),
        (format!("externalId ne \"X1{tag}\""), vec!["b", "c"]),
        (
            "meta.resourceType eq \"User\" and meta.created gt \"2020-01-01T00:00:00Z\"".to_owned(),
            vec!["a", "b", "c"],
        ),
        (
            "meta.lastModified lt \"2020-01-01T00:00:00+02:00\"".to_owned(),
            vec![],
        ),
        ("userName ew \"nobody\"".to_owned(), vec![]),
    ] {
        let filter = format!("userType eq \"{tag}\" and ({filter})");
        assert_eq!(found(&app, &filter).await, expected, "{filter}");
    }
}

/// R-FILTER-05/06/07/24/25/28: what is not a filter is 400 invalidFilter, never everything.
#[tokio::test]
async fn bad_filters_are_refused() {
    let app = App::start().await;
    let deep = "(".repeat(50_000);
    let long = format!("title eq \"{}\"", "x".repeat(9000));
    let nots = format!("{}title pr{}", "not (".repeat(200), ")".repeat(200));
    for filter in [
        "",
        "userName",
        "userName eq",
        "userName eq bj",
        "userName regex \"x\"",
        "(userName eq \"a\"",
        "userName eq \"a\" and",
        "emails[type eq \"work\"",
        "emails[]",
        "active gt true",
        "name eq \"x\"",
        "userName eq 'a'",
        "userName eq \"a\" xor title pr",
        "noSuch eq \"x\"",
        "password eq \"x\"",
        "meta.created gt \"yesterday\"",
        &deep[..8000],
        &long,
        &nots,
    ] {
        for collection in ["/Users", "/Groups"] {
            app.scim
                .find(collection, filter)
                .await
                .expect_error(400, Some("invalidFilter"));
        }
    }
}

/// R-PAGE-01…07, R-LIST-01…04: pages visit every match once and tell the truth about themselves.
#[tokio::test]
async fn pages() {
    let app = App::start().await;
    let tag = unique("page");
    let mut ids = Vec::new();
    for n in 0..7 {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("{tag}-{n}"), "title": tag});
        ids.push(app.scim.post("/Users", &body).await.expect(201).id());
    }
    let page = async |more: &str| {
        let path = format!("/Users?filter=title+eq+%22{tag}%22{more}");
        let body = app.scim.get(&path).await.expect(200).body;
        let ids: Vec<String> = body["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(body["totalResults"], json!(7), "{more}");
        assert_eq!(body["itemsPerPage"], json!(ids.len()), "{more}");
        (ids, body["startIndex"].clone())
    };
    assert_eq!(page("").await, (ids.clone(), json!(1)));
    let mut walked = Vec::new();
    for start in [1, 4, 7] {
        walked.extend(page(&format!("&startIndex={start}&count=3")).await.0);
    }
    assert_eq!(walked, ids);
    assert_eq!(
        page("&startIndex=0&count=2").await,
        (ids[..2].to_vec(), json!(1))
    );
    assert_eq!(page("&startIndex=-5&count=2").await.0, ids[..2]);
    for nothing in [
        "&count=0",
        "&count=-1",
        "&startIndex=8",
        "&startIndex=9223372036854775807",
    ] {
        assert_eq!(page(nothing).await.0, Vec::<String>::new(), "{nothing}");
    }
    assert_eq!(page("&count=100000").await.0.len(), 7);
    for bad in ["startIndex=one", "count=1.5", "startIndex="] {
        app.scim
            .get(&format!("/Users?{bad}"))
            .await
            .expect_error(400, Some("invalidValue"));
    }
}

/// R-SORT-02/03/05: ascending and descending, those without a value last and first.
#[tokio::test]
async fn sorting() {
    let app = App::start().await;
    let tag = unique("sort");
    for (n, nick_name) in [Some("b"), None, Some("A"), Some("c")]
        .into_iter()
        .enumerate()
    {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("{tag}-{n}"), "title": tag});
        if let Some(nick_name) = nick_name {
            body["nickName"] = json!(nick_name);
        }
        app.scim.post("/Users", &body).await.expect(201);
    }
    let sorted = async |order: &str| -> Vec<Value> {
        let path = format!("/Users?filter=title+eq+%22{tag}%22&sortBy=nickName{order}");
        let body = app.scim.get(&path).await.expect(200).body;
        body["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["nickName"].clone())
            .collect()
    };
    assert_eq!(
        sorted("").await,
        [json!("A"), json!("b"), json!("c"), Value::Null]
    );
    assert_eq!(
        sorted("&sortOrder=descending").await,
        [Value::Null, json!("c"), json!("b"), json!("A")]
    );
    app.scim
        .get("/Users?sortBy=userName&sortOrder=sideways")
        .await
        .expect_error(400, Some("invalidValue"));
    app.scim
        .get("/Users?sortBy=password")
        .await
        .expect_error(400, Some("invalidValue"));
}
