//! Queries over all resource types (R-LIST-05, R-SRCH, R-FILTER-24) and the limits of pages (R-TEST-08).

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    harness::{App, unique},
};

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn get(scim: &Client, query: &[(&str, &str)]) -> Response {
    scim.send(scim.request(Method::GET, "/").query(query)).await
}

async fn search(scim: &Client, mut query: Value) -> Response {
    query["schemas"] = json!([SEARCH_REQUEST]);
    scim.post("/.search", &query).await
}

/// The names of what was found, in its order.
fn names(response: &Response) -> Vec<String> {
    let resources = response.body["Resources"].as_array().expect("resources");
    resources
        .iter()
        .map(|it| {
            it.get("userName")
                .or(it.get("displayName"))
                .and_then(Value::as_str)
                .expect("a name")
                .to_owned()
        })
        .collect()
}

/// Users `a0`, `c2`, `e4` and groups `b1`, `d3`, their names after the prefix.
async fn stock(scim: &Client) -> (String, String) {
    let prefix = unique("s");
    let mut user = String::new();
    for (n, name) in ["a0", "c2", "e4"].into_iter().enumerate() {
        let id = scim.create_user(&format!("{prefix}{name}")).await;
        if n == 0 {
            user = id;
        }
    }
    scim.create_group(&format!("{prefix}b1"), &[&user]).await;
    scim.create_group(&format!("{prefix}d3"), &[]).await;
    (prefix, user)
}

/// R-LIST-05, R-FILTER-24, R-LIST-10: an attribute a type does not have counts as having no value; GET and
/// `.search` agree.
#[tokio::test]
async fn filters_over_both_types() {
    let app = App::start().await;
    let (prefix, user) = stock(&app.scim).await;
    let ours = format!("(userName sw \"{prefix}\" or displayName sw \"{prefix}\")");
    let table = [
        (String::new(), "a0 c2 e4 b1 d3"),
        (" and meta.resourceType eq \"User\"".to_owned(), "a0 c2 e4"),
        (" and meta.resourceType eq \"Group\"".to_owned(), "b1 d3"),
        (
            format!(" and (userName eq \"{prefix}C2\" or displayName eq \"{prefix}D3\")"),
            "c2 d3",
        ),
        (format!(" and members.value eq \"{user}\""), "b1"),
        (format!(" and members[value eq \"{user}\"]"), "b1"),
        (
            format!(" and not (members[value eq \"{user}\"])"),
            "a0 c2 e4 d3",
        ),
        (" and userName pr".to_owned(), "a0 c2 e4"),
        (" and not (userName pr)".to_owned(), "b1 d3"),
        (format!(" and userName ne \"{prefix}a0\""), "c2 e4 b1 d3"),
        (" and userName eq null".to_owned(), "b1 d3"),
        (" and colour eq \"red\"".to_owned(), ""),
        (" and password eq \"x\"".to_owned(), ""),
    ];
    for (more, expected) in table {
        let filter = format!("{ours}{more}");
        let found = get(&app.scim, &[("filter", &filter)]).await.expect(200);
        let expected: Vec<String> = expected
            .split_whitespace()
            .map(|name| format!("{prefix}{name}"))
            .collect();
        assert_eq!(names(&found), expected, "{filter}");
        assert_eq!(found.body["totalResults"], expected.len());
        assert_eq!(found.body["itemsPerPage"], expected.len());
        let searched = search(&app.scim, json!({"filter": filter}))
            .await
            .expect(200);
        assert_eq!(searched.body, found.body, "{filter}");
    }
    for filter in [
        "",
        "userName",
        "active gt true",
        "name eq \"x\"",
        "(userName pr",
    ] {
        get(&app.scim, &[("filter", filter)])
            .await
            .expect_error(400, Some("invalidFilter"));
        search(&app.scim, json!({"filter": filter}))
            .await
            .expect_error(400, Some("invalidFilter"));
    }
    // On the endpoint of a type it is still a mistake.
    app.scim
        .find("/Users", "members pr")
        .await
        .expect_error(400, Some("invalidFilter"));
    app.scim
        .find("/Groups", "userName pr")
        .await
        .expect_error(400, Some("invalidFilter"));
}

/// R-PAGE-02/04/07: pages go through users, then groups, each once, and totals count both.
#[tokio::test]
async fn pages_over_both_types() {
    let app = App::start().await;
    let (prefix, _) = stock(&app.scim).await;
    let filter = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    let whole = names(&get(&app.scim, &[("filter", &filter)]).await.expect(200));
    for count in 1..=6_usize {
        let mut walked = Vec::new();
        while walked.len() < 5 {
            let start = (walked.len() + 1).to_string();
            let page = get(
                &app.scim,
                &[
                    ("filter", &filter),
                    ("startIndex", &start),
                    ("count", &count.to_string()),
                ],
            )
            .await
            .expect(200);
            assert_eq!(page.body["totalResults"], 5);
            assert_eq!(page.body["startIndex"].to_string(), start);
            let page = names(&page);
            assert_eq!(page.len(), count.min(5 - walked.len()));
            walked.extend(page);
        }
        assert_eq!(walked, whole, "{count}");
    }
    for (start, count) in [
        ("6", "3"),
        ("99999999999999999999", "3"),
        ("1", "0"),
        ("4", "-1"),
    ] {
        let page = get(
            &app.scim,
            &[("filter", &filter), ("startIndex", start), ("count", count)],
        )
        .await
        .expect(200);
        assert_eq!(
            (&page.body["totalResults"], &page.body["Resources"]),
            (&json!(5), &json!([]))
        );
    }
}

/// R-SORT-03/04: one order over both types; an attribute that one lacks sorts its resources last.
#[tokio::test]
async fn sorted_over_both_types() {
    let app = App::start().await;
    let (prefix, _) = stock(&app.scim).await;
    let filter = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    let table = [
        ("userName", "ascending", "a0 c2 e4 b1 d3"),
        ("userName", "descending", "b1 d3 e4 c2 a0"),
        ("displayName", "ascending", "b1 d3 a0 c2 e4"),
        ("displayName", "descending", "a0 c2 e4 d3 b1"),
        ("meta.created", "ascending", "a0 c2 e4 b1 d3"),
        ("meta.created", "descending", "d3 b1 e4 c2 a0"),
        ("colour", "ascending", "a0 c2 e4 b1 d3"),
    ];
    for (sort_by, order, expected) in table {
        let whole = search(
            &app.scim,
            json!({"filter": filter, "sortBy": sort_by, "sortOrder": order}),
        )
        .await
        .expect(200);
        let expected: Vec<String> = expected
            .split(' ')
            .map(|name| format!("{prefix}{name}"))
            .collect();
        assert_eq!(names(&whole), expected, "{sort_by} {order}");
        let query = json!({"filter": filter, "sortBy": sort_by, "sortOrder": order, "startIndex": 2, "count": 3, "attributes": ["userName", "displayName"]});
        let page = search(&app.scim, query).await.expect(200);
        assert_eq!(names(&page), expected[1..4], "{sort_by} {order}");
        assert_eq!(
            (&page.body["totalResults"], &page.body["itemsPerPage"]),
            (&json!(5), &json!(3))
        );
    }
    let deep = json!({"filter": filter, "sortBy": "userName", "startIndex": 1001});
    assert_eq!(
        search(&app.scim, deep).await.expect(200).body["totalResults"],
        5
    );
}

/// R-PROJ, R-SRCH-01/04: attributes by type, in GET and in `.search`; a query string there means nothing.
#[tokio::test]
async fn projection_over_both_types() {
    let app = App::start().await;
    let (prefix, user) = stock(&app.scim).await;
    let filter = format!("userName eq \"{prefix}a0\" or displayName eq \"{prefix}b1\"");
    let query = json!({"filter": filter, "attributes": ["userName", "members.value"]});
    let found = app
        .scim
        .post("/.search?count=0&filter=x", &query)
        .await
        .expect(200)
        .body;
    let keys = |n: usize| {
        let mut keys: Vec<&String> = found["Resources"][n]
            .as_object()
            .expect("a resource")
            .keys()
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(0), ["id", "schemas", "userName"]);
    assert_eq!(keys(1), ["id", "members", "schemas"]);
    assert_eq!(found["Resources"][1]["members"], json!([{"value": user}]));
    let found = get(
        &app.scim,
        &[("filter", &filter), ("excludedAttributes", "members,meta")],
    )
    .await
    .expect(200)
    .body;
    for resource in found["Resources"].as_array().expect("resources") {
        assert_eq!(
            (resource.get("members"), resource.get("meta")),
            (None, None)
        );
    }
}

/// R-SRCH-02, R-HTTP-13.
#[tokio::test]
async fn refusals() {
    let app = App::start().await;
    let foreign = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
    app.scim
        .post("/.search", &foreign)
        .await
        .expect_error(400, Some("invalidSyntax"));
    app.scim
        .post("/.search", &json!([]))
        .await
        .expect_error(400, Some("invalidSyntax"));
    app.scim.get("/.search").await.expect_error(405, None);
    app.scim
        .delete("/Users/.search")
        .await
        .expect_error(405, None);
    app.scim.post("/", &json!({})).await.expect_error(405, None);
    app.scim
        .with_token("")
        .get("/")
        .await
        .expect_error(401, None);
}

/// R-VER-01: another version of the protocol.
#[tokio::test]
async fn other_versions() {
    let app = App::start().await;
    let base = app.scim.base_url.trim_end_matches("/v2").to_owned();
    for version in ["v1", "v3", "v9"] {
        let other = Client::new(&format!("{base}/{version}"), &app.scim.token);
        other
            .get("/Users")
            .await
            .expect_error(400, Some("invalidVers"));
    }
}

/// R-VER-02: a base URL without a version is that of the newest, also for writes and searches.
#[tokio::test]
async fn no_version() {
    let app = App::start().await;
    let base = app.scim.base_url.trim_end_matches("/v2").to_owned();
    let plain = Client::new(&base, &app.scim.token);
    let id = plain.create_user(&unique("v")).await;
    let path = format!("/Users/{id}");
    let user = plain.get(&path).await.expect(200);
    let location = format!("{}{path}", app.scim.base_url);
    assert_eq!(user.body["meta"]["location"], location);
    assert_eq!(user.header("content-location"), location);
    assert_eq!(user.body, app.scim.get(&path).await.expect(200).body);
    search(&plain, json!({"count": 1})).await.expect(200);
    plain.get("/ServiceProviderConfig").await.expect(200);
    plain.delete(&path).await.expect(204);
    plain.get(&path).await.expect_error(404, None);
}

/// R-TEST-08, R-PAGE-02/03: `filter.maxResults`, `pagination.maxPageSize` and `pagination.defaultPageSize`
/// against more resources than that, made in bulk.
#[tokio::test]
async fn page_sizes() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    let (most, standard) = (
        &config["pagination"]["maxPageSize"],
        &config["pagination"]["defaultPageSize"],
    );
    assert_eq!(config["filter"]["maxResults"], *most);
    let prefix = unique("p");
    let users: Vec<Value> = (0..=most.as_u64().expect("a number"))
        .map(|n| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": {"userName": format!("{prefix}-{n}")}}))
        .collect();
    for operations in users.chunks(150) {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
        let answer = app.scim.post("/Bulk", &body).await.expect(200).body;
        let entries = answer["Operations"].as_array().expect("entries");
        assert!(entries.iter().all(|entry| entry["status"] == "201"));
    }
    let filter = format!("userName sw \"{prefix}\"");
    for path in ["/Users", "/"] {
        let page = async |count: Option<u64>| {
            let mut request = app
                .scim
                .request(Method::GET, path)
                .query(&[("filter", &filter)]);
            if let Some(count) = count {
                request = request.query(&[("count", count)]);
            }
            let body = app.scim.send(request).await.expect(200).body;
            assert_eq!(body["totalResults"], users.len());
            body["itemsPerPage"].clone()
        };
        assert_eq!(page(None).await, *standard);
        assert_eq!(page(most.as_u64()).await, *most);
        assert_eq!(page(Some(users.len() as u64)).await, *most);
    }
}

/// R-PAGE-05, RFC 8259 §6: a number of a search is the same in every spelling, in the lenient dialect also as text; what
/// is none is refused, and no other page is answered.
#[tokio::test]
async fn numbers_of_a_search() {
    for (app, strict) in [
        (App::start().await, false),
        (crate::strict::strict().await, true),
    ] {
        let (_, first) = stock(&app.scim).await;
        let ask = async |path: &str, number: &str| {
            let body = format!(
                r#"{{"schemas": ["{SEARCH_REQUEST}"], "startIndex": {number}, "count": {number}}}"#
            );
            let request = app.scim.request(Method::POST, path);
            let request = request.header("content-type", app.scim.media_type);
            app.scim.send(request.body(body)).await
        };
        for path in ["/Users/.search", "/.search"] {
            let expected = ask(path, "2").await.expect(200).body;
            assert_eq!(
                (&expected["startIndex"], &expected["itemsPerPage"]),
                (&json!(2), &json!(2))
            );
            assert_ne!(expected["Resources"][0]["id"], json!(first));
            for number in ["2.0", "2e0", "20e-1", "0.2E1"] {
                assert_eq!(
                    ask(path, number).await.expect(200).body,
                    expected,
                    "{number}"
                );
            }
            for (number, start_index) in [("-0.0", 1), ("-1e30", 1), ("-9223372036854775809", 1)] {
                let page = ask(path, number).await.expect(200).body;
                assert_eq!(page["startIndex"], json!(start_index), "{number}");
                assert_eq!(page["itemsPerPage"], json!(0), "{number}");
            }
            for number in ["1e30", "9223372036854775808", "9007199254740993.0"] {
                let page = ask(path, number).await.expect(200).body;
                assert_eq!(page["totalResults"], expected["totalResults"], "{number}");
                assert_eq!(page["itemsPerPage"], json!(0), "{number}");
            }
            for number in ["1.5", "15e-1", "1e-9", "true", "\"two\"", "\"\""] {
                ask(path, number)
                    .await
                    .expect_error(400, Some("invalidValue"));
            }
            let text = ask(path, "\"2\"").await;
            if strict {
                text.expect_error(400, Some("invalidValue"));
            } else {
                assert_eq!(text.expect(200).body, expected);
            }
        }
    }
}
