//! R-REG-PAGE-01 to 05: lists.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{USER, users};
use crate::harness::{App, unique};

fn ids(body: &Value) -> Vec<String> {
    let resources = body["Resources"].as_array().unwrap();
    resources
        .iter()
        .map(|resource| resource["id"].as_str().unwrap().to_owned())
        .collect()
}

/// R-OKTA-14, R-PAGE-07/08, R-SORT-05, R-ENTRA-30: as Okta walks: the next start is this one plus `itemsPerPage`. While it walks,
/// others write; what is untouched is seen exactly once.
#[tokio::test]
async fn r_reg_page_01_pages_have_a_stable_order() {
    let app = App::start().await;
    let title = unique("walk");
    let mut made = Vec::new();
    for n in 0..23 {
        let body = json!({"schemas": [USER], "userName": unique("same"), "displayName": "Same Name", "title": title, "nickName": format!("{}", n % 3)});
        made.push(app.scim.post("/Users", &body).await.expect(201).id());
    }
    for order in [
        "",
        "&sortBy=displayName",
        "&sortBy=nickName&sortOrder=descending",
    ] {
        for count in [1, 4, 7, 100] {
            let (mut start, mut walked) = (1, Vec::new());
            loop {
                let path = format!(
                    "/Users?filter=title+eq+%22{title}%22&startIndex={start}&count={count}{order}"
                );
                let body = app.scim.get(&path).await.expect(200).body;
                assert_eq!(body["totalResults"], json!(23));
                let page = ids(&body);
                assert_eq!(body["itemsPerPage"], json!(page.len()));
                assert!(page.len() <= count);
                if page.is_empty() {
                    break;
                }
                start += page.len();
                walked.extend(page);
                // A write in between does not move anybody.
                let touched = format!("/Users/{}", made[start % 23]);
                app.scim
                    .patch(
                        &touched,
                        json!([{"op": "replace", "path": "timezone", "value": unique("z")}]),
                    )
                    .await
                    .expect(200);
            }
            assert_eq!(walked.len(), 23, "{order} {count}");
            assert_eq!(
                walked.iter().collect::<BTreeSet<_>>(),
                made.iter().collect(),
                "{order} {count}"
            );
        }
    }
}

/// R-PAGE-04: beyond the end the total stays true.
#[tokio::test]
async fn r_reg_page_02_beyond_the_end() {
    let app = App::start().await;
    let ids = users(&app, 3).await;
    app.scim.create_group(&unique("g"), &[]).await;
    let filter = format!("filter=id+eq+%22{}%22+or+id+eq+%22{}%22", ids[0], ids[1]);
    for start in [3, 4, 1000, i64::MAX] {
        let body = app
            .scim
            .get(&format!("/Users?{filter}&startIndex={start}&count=10"))
            .await
            .expect(200)
            .body;
        assert_eq!(body["totalResults"], json!(2), "{start}");
        assert_eq!(
            (&body["Resources"], &body["itemsPerPage"]),
            (&json!([]), &json!(0))
        );
    }
    for (count, given) in [(0, 0), (-7, 0), (1, 1), (2, 2)] {
        let body = app
            .scim
            .get(&format!("/Users?{filter}&count={count}"))
            .await
            .expect(200)
            .body;
        assert_eq!(
            (&body["totalResults"], &body["itemsPerPage"]),
            (&json!(2), &json!(given))
        );
    }
}

/// Users with many e-mails, groups with many members: one is one.
#[tokio::test]
async fn r_reg_page_03_totals_count_resources() {
    let app = App::start().await;
    let title = unique("many");
    for _ in 0..3 {
        let emails: Vec<Value> = (0..5)
            .map(|n| json!({"value": format!("{n}@many.test"), "type": format!("t{n}")}))
            .collect();
        let body = json!({"schemas": [USER], "userName": unique("u"), "title": title, "emails": emails, "roles": emails});
        app.scim.post("/Users", &body).await.expect(201);
    }
    for filter in [
        format!("title eq \"{title}\""),
        format!("title eq \"{title}\" and emails.value co \"many.test\""),
        format!(
            "title eq \"{title}\" and (emails co \"many\" or roles.value sw \"1\" or emails[type eq \"t2\"])"
        ),
    ] {
        let body = app.scim.find("/Users", &filter).await.expect(200).body;
        assert_eq!(body["totalResults"], json!(3), "{filter}");
        assert_eq!(ids(&body).into_iter().collect::<BTreeSet<_>>().len(), 3);
    }
    let members = users(&app, 4).await;
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let group = app.scim.create_group(&unique("g"), &members).await;
    let filter = format!("id eq \"{group}\" and members.value pr");
    assert_eq!(
        app.scim.find("/Groups", &filter).await.expect(200).body["totalResults"],
        json!(1)
    );
}

#[tokio::test]
async fn r_reg_page_04_items_per_page_is_what_is_there() {
    let app = App::start().await;
    let title = unique("few");
    for _ in 0..2 {
        app.scim
            .post(
                "/Users",
                &json!({"schemas": [USER], "userName": unique("u"), "title": title}),
            )
            .await
            .expect(201);
    }
    for (query, items) in [
        ("&count=100", 2),
        ("&count=1", 1),
        ("&startIndex=2&count=50", 1),
        ("&startIndex=0&count=100", 2),
    ] {
        let body = app
            .scim
            .get(&format!("/Users?filter=title+eq+%22{title}%22{query}"))
            .await
            .expect(200)
            .body;
        assert_eq!(body["itemsPerPage"], json!(items), "{query}");
        assert_eq!(ids(&body).len(), items);
    }
}

/// More than a hundred, and the filter goes before the page.
#[tokio::test]
async fn r_reg_page_05_lists_are_not_cut() {
    let app = App::start().await;
    let title = unique("long");
    let creates = (0..130).map(|n| {
        let scim = app.scim.clone();
        let body = json!({"schemas": [USER], "userName": unique("u"), "title": title, "nickName": if n % 13 == 12 { "rare" } else { "common" }});
        async move { scim.post("/Users", &body).await.expect(201).id() }
    });
    let mut made = futures::future::join_all(creates).await;
    let mut walked = Vec::new();
    loop {
        let path = format!(
            "/Users?filter=title+eq+%22{title}%22&startIndex={}",
            walked.len() + 1
        );
        let body = app.scim.get(&path).await.expect(200).body;
        assert_eq!(body["totalResults"], json!(130));
        let page = ids(&body);
        if page.is_empty() {
            break;
        }
        walked.extend(page);
    }
    walked.sort();
    made.sort();
    assert_eq!(walked, made);
    let rare = format!("/Users?filter=title+eq+%22{title}%22+and+nickName+eq+%22rare%22&count=10");
    let body = app.scim.get(&rare).await.expect(200).body;
    assert_eq!((&body["totalResults"], ids(&body).len()), (&json!(10), 10));
}
