//! Pages of what is large: fewer come at a time, and nobody is left out.

use serde_json::{Value, json};

use super::USER;
use crate::{
    client::Client,
    harness::{App, unique},
};

/// So many of these fill more than a page.
const USERS: usize = 40;
/// How many of them a page has room for.
const FITTING: usize = 33;

/// Large users whose names begin with the prefix, in their order.
async fn stock(scim: &Client) -> String {
    let prefix = unique("large");
    let photo = format!("https://x.test/{}", "a".repeat(250_000));
    for n in 0..USERS {
        let name = format!("{prefix}{n:02}");
        let user = json!({"schemas": [USER], "userName": name, "displayName": name, "photos": [{"value": photo}]});
        scim.post("/Users", &user).await.expect(201);
    }
    prefix
}

fn names(page: &Value, attribute: &str) -> Vec<String> {
    let resources = page["Resources"].as_array().cloned().unwrap_or_default();
    let names = resources.iter().map(|it| &it[attribute]);
    names
        .map(|it| it.as_str().expect("a name").to_owned())
        .collect()
}

/// All pages by number, as a client reads them that goes on where a page ends.
async fn by_index(scim: &Client, query: &str, attribute: &str) -> Vec<Vec<String>> {
    let (mut pages, mut start) = (Vec::new(), 1);
    loop {
        let page = scim
            .get(&format!("{query}&startIndex={start}"))
            .await
            .expect(200)
            .body;
        let names = names(&page, attribute);
        assert_eq!(page["itemsPerPage"], names.len());
        assert_eq!(page.get("nextCursor"), None);
        start += names.len();
        let total = page["totalResults"].as_u64().expect("a number");
        pages.push(names);
        if start as u64 > total {
            return pages;
        }
        assert!(pages.len() < 10, "no end");
    }
}

async fn by_cursor(scim: &Client, query: &str, attribute: &str) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim
            .get(&format!("{query}&cursor={cursor}"))
            .await
            .expect(200)
            .body;
        pages.push(names(&page, attribute));
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = next.to_owned(),
            None => return pages,
        }
        assert!(pages.len() < 10, "no end");
    }
}

fn lengths(pages: &[Vec<String>]) -> Vec<usize> {
    pages.iter().map(Vec::len).collect()
}

#[tokio::test]
async fn a_page_of_large_users_is_short() {
    let app = App::start().await;
    let prefix = stock(&app.scim).await;
    let all: Vec<String> = (0..USERS).map(|n| format!("{prefix}{n:02}")).collect();
    let filter = format!("filter=userName+sw+%22{prefix}%22&count=100");
    for sort in ["", "&sortBy=userName", "&attributes=userName"] {
        let query = format!("/Users?{filter}{sort}");
        for pages in [
            by_index(&app.scim, &query, "userName").await,
            by_cursor(&app.scim, &query, "userName").await,
        ] {
            assert_eq!(lengths(&pages), [FITTING, USERS - FITTING], "{sort}");
            assert_eq!(pages.concat(), all, "{sort}");
        }
    }
    // The admin API goes on by its own page size, so its pages are whole.
    let list = app
        .admin()
        .get(&format!("/users/?limit=100&search={prefix}"))
        .await
        .expect(200);
    assert_eq!(list.body["data"].as_array().map(Vec::len), Some(USERS));
}

/// The same over all types, one after the other and in one order.
#[tokio::test]
async fn a_page_of_large_users_and_groups_is_short() {
    let app = App::start().await;
    let prefix = stock(&app.scim).await;
    for n in 0..USERS {
        app.scim
            .create_group(&format!("{prefix}{n:02}g"), &[])
            .await;
    }
    let users = (0..USERS).map(|n| format!("{prefix}{n:02}"));
    let users: Vec<String> = users.collect();
    let groups: Vec<String> = users.iter().map(|name| format!("{name}g")).collect();
    let query = format!("/?filter=displayName+sw+%22{prefix}%22&count=100");
    let pages = by_index(&app.scim, &query, "displayName").await;
    assert_eq!(lengths(&pages), [FITTING, 2 * USERS - FITTING]);
    assert_eq!(pages.concat(), [users.clone(), groups.clone()].concat());
    let pages = by_cursor(&app.scim, &query, "displayName").await;
    assert_eq!(pages.concat(), [users.clone(), groups.clone()].concat());

    let mut sorted = [users, groups].concat();
    sorted.sort();
    let query = format!("{query}&sortBy=displayName");
    let pages = by_cursor(&app.scim, &query, "displayName").await;
    assert_eq!(pages.concat(), sorted);
    // By number the beginning of every type is read, of which there is no end here.
    let first = app.scim.get(&query).await.expect(200).body;
    let shown = names(&first, "displayName");
    assert_eq!(shown, sorted[..2 * FITTING - 1]);
    let next = app
        .scim
        .get(&format!("{query}&startIndex={}", shown.len() + 1))
        .await;
    next.expect_error(400, Some("tooMany"));
}

/// Where the groups of users are what is large, a page ends with the last whose groups fit.
#[tokio::test]
async fn a_page_of_users_with_large_groups_is_short() {
    let app = App::start().await;
    let prefix = unique("m");
    let mut ids = Vec::new();
    for n in 0..60 {
        ids.push(app.scim.create_user(&format!("{prefix}{n:02}")).await);
    }
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    for n in 0..100 {
        let name = format!("{n:02}{}", "x".repeat(1_900));
        app.scim.create_group(&name, &members).await;
    }
    let all: Vec<String> = (0..60).map(|n| format!("{prefix}{n:02}")).collect();
    let query = format!("/Users?filter=userName+sw+%22{prefix}%22&count=100");
    for sort in ["", "&sortBy=userName"] {
        let query = format!("{query}{sort}");
        for pages in [
            by_index(&app.scim, &query, "userName").await,
            by_cursor(&app.scim, &query, "userName").await,
        ] {
            assert_eq!(pages.len(), 2, "{:?}", lengths(&pages));
            assert_eq!(pages.concat(), all);
        }
    }
    let page = app.scim.get(&query).await.expect(200).body;
    for user in page["Resources"].as_array().expect("users") {
        assert_eq!(user["groups"].as_array().map(Vec::len), Some(100));
    }
    // Without them, all fit.
    let short = by_index(
        &app.scim,
        &format!("{query}&excludedAttributes=groups"),
        "userName",
    )
    .await;
    assert_eq!(lengths(&short), [60]);
}
