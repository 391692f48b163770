//! Paging by cursor (RFC 9865, R-CUR).

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    harness::{App, unique},
};

async fn get(scim: &Client, path: &str, query: &[(&str, &str)]) -> Response {
    scim.send(scim.request(Method::GET, path).query(query))
        .await
}

fn ids(page: &Value) -> Vec<String> {
    let resources = page["Resources"].as_array().expect("resources");
    resources
        .iter()
        .map(|it| it["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// All pages of a query.
async fn walk(scim: &Client, path: &str, query: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let query = [query, &[("cursor", &*cursor)]].concat();
        let page = get(scim, path, &query).await.expect(200).body;
        // RFC 9865: no index where there is a cursor.
        assert_eq!(page.get("startIndex"), None);
        pages.push(ids(&page));
        match page.get("nextCursor") {
            None => return pages,
            Some(next) => next.as_str().expect("a text").clone_into(&mut cursor),
        }
        assert!(
            cursor
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        );
        assert!(pages.len() < 100, "no end");
    }
}

/// Seven users and five groups whose names begin with the prefix.
async fn stock(scim: &Client) -> (String, Vec<String>, Vec<String>) {
    let prefix = unique("c");
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    for n in [3, 1, 6, 0, 5, 2, 4] {
        users.push(scim.create_user(&format!("{prefix}{n}")).await);
    }
    for n in [2, 0, 4, 1, 3] {
        groups.push(scim.create_group(&format!("{prefix}{n}"), &[]).await);
    }
    (prefix, users, groups)
}

/// R-CUR-02/05/12: each resource once, in the order asked for, the last page without a cursor.
#[tokio::test]
async fn walks() {
    let app = App::start().await;
    let (prefix, users, groups) = stock(&app.scim).await;
    for (path, attribute, all) in [
        ("/Users", "userName", &users),
        ("/Groups", "displayName", &groups),
    ] {
        let filter = format!("{attribute} sw \"{prefix}\"");
        for count in ["1", "2", "3", "5", "7", "100"] {
            let pages = walk(&app.scim, path, &[("filter", &filter), ("count", count)]).await;
            assert_eq!(pages.concat(), *all, "{path} {count}");
            let count: usize = count.parse().expect("a number");
            assert_eq!(pages.len(), all.len().div_ceil(count), "{path} {count}");
        }
        for sort_by in [
            attribute,
            "externalId",
            "meta.created",
            "meta.lastModified",
            "meta.version",
            "id",
        ] {
            for order in ["ascending", "descending"] {
                let query = [
                    ("filter", &*filter),
                    ("sortBy", sort_by),
                    ("sortOrder", order),
                ];
                let whole = ids(&get(&app.scim, path, &query).await.expect(200).body);
                let pages = walk(&app.scim, path, &[&query[..], &[("count", "2")]].concat()).await;
                assert_eq!(pages.concat(), whole, "{path} {sort_by} {order}");
            }
        }
    }
}

/// Resources that come or go between pages: no double, and none missing that was there all along.
#[tokio::test]
async fn changes_between_pages() {
    let app = App::start().await;
    let (prefix, users, groups) = stock(&app.scim).await;
    for (path, attribute, all) in [
        ("/Users", "userName", users),
        ("/Groups", "displayName", groups),
    ] {
        let filter = format!("{attribute} sw \"{prefix}\"");
        let query = [("filter", &*filter), ("count", "2")];
        let first = get(&app.scim, path, &[&query[..], &[("cursor", "")]].concat())
            .await
            .expect(200)
            .body;
        assert_eq!(first["totalResults"], all.len());
        app.scim
            .delete(&format!("{path}/{}", all[0]))
            .await
            .expect(204);
        app.scim
            .delete(&format!("{path}/{}", all[1]))
            .await
            .expect(204);
        app.scim
            .delete(&format!("{path}/{}", all[2]))
            .await
            .expect(204);
        app.scim
            .post(path, &json!({attribute: format!("{prefix}new")}))
            .await
            .expect(201);
        let cursor = first["nextCursor"].as_str().expect("a cursor");
        let second = get(
            &app.scim,
            path,
            &[&query[..], &[("cursor", cursor)]].concat(),
        )
        .await
        .expect(200)
        .body;
        assert_eq!(ids(&first), all[..2]);
        assert_eq!(ids(&second), all[3..5]);
    }
}

/// R-CUR-10: in `.search`, also over both types.
#[tokio::test]
async fn searches() {
    let app = App::start().await;
    let (prefix, users, groups) = stock(&app.scim).await;
    let both = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    let table = [
        ("/Users", format!("userName sw \"{prefix}\""), users.clone()),
        (
            "/Groups",
            format!("displayName sw \"{prefix}\""),
            groups.clone(),
        ),
        ("", both.clone(), [users.clone(), groups.clone()].concat()),
        ("", format!("displayName sw \"{prefix}\""), groups),
        ("", format!("userName sw \"{prefix}\""), users),
        ("", format!("userName eq \"{prefix}none\""), Vec::new()),
    ];
    for (path, filter, all) in table {
        for count in [1, 3, 7, 100] {
            let mut walked = Vec::new();
            let mut cursor = json!("");
            while !cursor.is_null() {
                let body = json!({"filter": filter, "count": count, "cursor": cursor});
                let page = app
                    .scim
                    .post(&format!("{path}/.search"), &body)
                    .await
                    .expect(200)
                    .body;
                assert_eq!(page["totalResults"], all.len());
                walked.extend(ids(&page));
                cursor = page.get("nextCursor").cloned().unwrap_or_default();
                assert!(walked.len() <= all.len());
            }
            assert_eq!(walked, all, "{path} {filter} {count}");
        }
        let got = walk(
            &app.scim,
            if path.is_empty() { "/" } else { path },
            &[("filter", &filter), ("count", "2")],
        )
        .await;
        assert_eq!(got.concat(), all);
    }
    let total = json!({"filter": both, "count": 0, "cursor": ""});
    let total = app.scim.post("/.search", &total).await.expect(200).body;
    assert_eq!(
        (&total["totalResults"], total.get("nextCursor")),
        (&json!(12), None)
    );
}

/// R-CUR-10/12, R-LIST-05: over all types in one order, each resource once, in the order that pages by index have.
#[tokio::test]
async fn sorted_over_both_types() {
    let app = App::start().await;
    let (prefix, users, groups) = stock(&app.scim).await;
    let both = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    let only_users = format!("({both}) and meta.resourceType eq \"User\"");
    for (filter, all) in [
        (&both, users.len() + groups.len()),
        (&only_users, users.len()),
    ] {
        for sort_by in [
            "userName",
            "displayName",
            "meta.created",
            "id",
            "externalId",
        ] {
            for order in ["ascending", "descending"] {
                let query = [
                    ("filter", &**filter),
                    ("sortBy", sort_by),
                    ("sortOrder", order),
                ];
                let whole = ids(&get(&app.scim, "/", &query).await.expect(200).body);
                assert_eq!(whole.len(), all);
                for count in ["1", "2", "3", "5", "100"] {
                    let query = [&query[..], &[("count", count)]].concat();
                    let pages = walk(&app.scim, "/", &query).await;
                    assert_eq!(pages.concat(), whole, "{filter} {sort_by} {order} {count}");
                    let count: usize = count.parse().expect("a number");
                    let (last, full) = pages.split_last().expect("a page");
                    assert!(full.iter().all(|page| page.len() == count));
                    assert!(last.len() <= count);
                }
            }
        }
    }
}

/// R-CUR-14: what comes or goes between the pages of several types in one order.
#[tokio::test]
async fn changes_between_sorted_pages() {
    let app = App::start().await;
    let (prefix, _, _) = stock(&app.scim).await;
    let both = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    let query = [("filter", &*both), ("sortBy", "id"), ("count", "4")];
    let whole = ids(&get(&app.scim, "/", &query[..2]).await.expect(200).body);
    let first = get(&app.scim, "/", &[&query[..], &[("cursor", "")]].concat())
        .await
        .expect(200)
        .body;
    assert_eq!(ids(&first), whole[..4]);
    assert_eq!(first["totalResults"], whole.len());
    // Of what was shown, of what comes next, and something new at the end.
    for id in [&whole[1], &whole[3], &whole[4]] {
        let endpoint = if get(&app.scim, &format!("/Users/{id}"), &[]).await.status == 200 {
            "/Users"
        } else {
            "/Groups"
        };
        app.scim
            .delete(&format!("{endpoint}/{id}"))
            .await
            .expect(204);
    }
    let new = app.scim.create_user(&format!("{prefix}new")).await;
    let mut rest = Vec::new();
    let mut cursor = first["nextCursor"].clone();
    while let Some(text) = cursor.as_str() {
        let query = [&query[..], &[("cursor", text)]].concat();
        let page = get(&app.scim, "/", &query).await.expect(200).body;
        rest.extend(ids(&page));
        cursor = page.get("nextCursor").cloned().unwrap_or_default();
    }
    let expected = [&whole[5..], &[new]].concat();
    assert_eq!(rest, expected);
}

/// R-CUR-04/05/07/14: such a cursor is good for its own query alone.
#[tokio::test]
async fn sorted_cursors_refused() {
    let app = App::start().await;
    let (prefix, _, _) = stock(&app.scim).await;
    let both = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    let first = [
        ("filter", &*both),
        ("sortBy", "displayName"),
        ("count", "3"),
        ("cursor", ""),
    ];
    let page = get(&app.scim, "/", &first).await.expect(200).body;
    let cursor = page["nextCursor"].as_str().expect("a cursor");
    let with = |changes: &[(&'static str, &str)]| -> Vec<(&str, String)> {
        let mut query: Vec<(&str, String)> = first
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        query[3].1 = cursor.to_owned();
        for (name, value) in changes {
            query.retain(|(it, _)| it != name);
            query.push((*name, (*value).to_owned()));
        }
        query
    };
    let ask = async |path: &str, query: Vec<(&str, String)>| {
        let request = app.scim.request(Method::GET, path).query(&query);
        app.scim.send(request).await
    };
    ask("/", with(&[])).await.expect(200);
    // What is shown of a resource is free.
    ask("/", with(&[("attributes", "userName")]))
        .await
        .expect(200);
    let tampered = |at: usize| {
        let mut bytes = cursor.to_owned().into_bytes();
        bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
        String::from_utf8(bytes).expect("a text")
    };
    for (path, changes, scim_type) in [
        ("/", vec![("filter", "id pr".to_owned())], "invalidCursor"),
        (
            "/",
            vec![("sortBy", "userName".to_owned())],
            "invalidCursor",
        ),
        ("/", vec![("sortBy", String::new())], "invalidCursor"),
        (
            "/",
            vec![("sortOrder", "descending".to_owned())],
            "invalidCursor",
        ),
        ("/", vec![("count", "4".to_owned())], "invalidCount"),
        ("/", vec![("startIndex", "1".to_owned())], "invalidValue"),
        ("/", vec![("cursor", tampered(8))], "invalidCursor"),
        (
            "/",
            vec![("cursor", tampered(cursor.len() - 8))],
            "invalidCursor",
        ),
        ("/", vec![("cursor", "m3.~".to_owned())], "invalidCursor"),
        ("/Users", vec![], "invalidCursor"),
    ] {
        let changes: Vec<_> = changes
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        ask(path, with(&changes))
            .await
            .expect_error(400, Some(scim_type));
    }
    let other = App::start().await;
    let request = other.scim.request(Method::GET, "/").query(&with(&[]));
    let answer = other.scim.send(request).await;
    if app.scim.base_url != other.scim.base_url {
        answer.expect_error(400, Some("invalidCursor"));
    }
}

/// R-CUR-04/05/07/13/14: a cursor is good for its own query, account and page size alone.
#[tokio::test]
async fn cursors_refused() {
    let (app, other) = (App::start().await, App::start().await);
    let (prefix, _, _) = stock(&app.scim).await;
    let both = format!("userName sw \"{prefix}\" or displayName sw \"{prefix}\"");
    for (path, filter) in [
        ("/Users", format!("userName sw \"{prefix}\"")),
        ("/Groups", format!("displayName sw \"{prefix}\"")),
        ("/", both),
    ] {
        let refused = async |scim: &Client, path: &str, query: &[(&str, &str)], scim_type: &str| {
            get(scim, path, query)
                .await
                .expect_error(400, Some(scim_type));
        };
        let mut cursor = String::new();
        // At the root, of users, of the beginning of groups, and of groups.
        for _ in 0..if path == "/" { 5 } else { 1 } {
            let page = get(
                &app.scim,
                path,
                &[("filter", &filter), ("count", "2"), ("cursor", &cursor)],
            )
            .await
            .expect(200)
            .body;
            page["nextCursor"]
                .as_str()
                .expect("a cursor")
                .clone_into(&mut cursor);
            let good = [("filter", &*filter), ("count", "2"), ("cursor", &*cursor)];
            get(&app.scim, path, &good).await.expect(200);
            if app.scim.base_url != other.scim.base_url {
                refused(&other.scim, path, &good, "invalidCursor").await;
            }
            refused(
                &app.scim,
                path,
                &[("count", "2"), ("cursor", &cursor)],
                "invalidCursor",
            )
            .await;
            let elsewhere = if path == "/Users" {
                "/Groups"
            } else {
                "/Users"
            };
            refused(
                &app.scim,
                elsewhere,
                &[("filter", "id pr"), ("count", "2"), ("cursor", &cursor)],
                "invalidCursor",
            )
            .await;
            let mut tampered = cursor.clone().into_bytes();
            let last = tampered.len() - 8;
            tampered[last] = if tampered[last] == b'a' { b'b' } else { b'a' };
            let tampered = String::from_utf8(tampered).expect("a text");
            refused(
                &app.scim,
                path,
                &[("filter", &filter), ("count", "2"), ("cursor", &tampered)],
                "invalidCursor",
            )
            .await;
            refused(
                &app.scim,
                path,
                &[
                    ("filter", &filter),
                    ("count", "2"),
                    ("cursor", &cursor),
                    ("startIndex", "1"),
                ],
                "invalidValue",
            )
            .await;
        }
        for garbage in ["x", "u.", "t.", "g.", "~", "\u{e4}"] {
            refused(
                &app.scim,
                path,
                &[("filter", &filter), ("count", "2"), ("cursor", garbage)],
                "invalidCursor",
            )
            .await;
        }
    }
    // The same query over users and over groups.
    let page = get(&app.scim, "/Users", &[("count", "2"), ("cursor", "")])
        .await
        .expect(200)
        .body;
    let cursor = page["nextCursor"].as_str().expect("a cursor");
    get(&app.scim, "/Groups", &[("count", "2"), ("cursor", cursor)])
        .await
        .expect_error(400, Some("invalidCursor"));
    get(&app.scim, "/Users", &[("count", "3"), ("cursor", cursor)])
        .await
        .expect_error(400, Some("invalidCount"));
}

/// R-CUR-09/11: said in ServiceProviderConfig; paging is by index unless a cursor is asked for.
#[tokio::test]
async fn the_configuration_says_so() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    let expected = json!({"cursor": true, "index": true, "defaultPaginationMethod": "index",
        "defaultPageSize": 100, "maxPageSize": 1000, "cursorTimeout": 3600});
    assert_eq!(config["pagination"], expected);
    for name in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[name]["supported"], true, "{name}");
    }
    assert_eq!(config["changePassword"]["supported"], false);
    app.scim.create_user(&unique("u")).await;
    let page = get(&app.scim, "/Users", &[("count", "1")])
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&page["startIndex"], page.get("nextCursor")),
        (&json!(1), None)
    );
    let page = get(&app.scim, "/Users", &[("count", "5000"), ("cursor", "")])
        .await
        .expect(200)
        .body;
    assert_eq!(page["itemsPerPage"], ids(&page).len());
}
