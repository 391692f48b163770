use std::collections::BTreeSet;

use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::json;
use tonic::Status;

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, email, operation, refusal, user};

fn page(skip: i64, page_size: i32) -> pb::ListUsersRequest {
    pb::ListUsersRequest {
        skip,
        page_size,
        ..Default::default()
    }
}

fn names(response: &pb::ListUsersResponse) -> Vec<&str> {
    response
        .users
        .iter()
        .map(|user| user.user_name.as_str())
        .collect()
}

async fn create_all(app: &App, names: &[&str]) {
    for name in names {
        app.create(user(name)).await.expect("created");
    }
}

/// R-PAGE-02, R-PAGE-04, R-PAGE-05, R-LIST-02, R-LIST-03, R-SORT-05.
#[tokio::test]
async fn pages_follow_creation_and_the_total_is_exact() {
    let app = App::start().await;
    assert_eq!(
        app.list(page(0, 10)).await.expect("a list"),
        pb::ListUsersResponse::default()
    );
    create_all(&app, &["d", "a", "c", "b"]).await;
    let request = pb::CreateUserRequest {
        account_id: STRANGERS,
        user: Some(user("stranger")),
        actor: Some(admin()),
        ..Default::default()
    };
    app.client
        .clone()
        .create_user(request)
        .await
        .expect("created");
    for (skip, size, expected) in [
        (0, 10, vec!["d", "a", "c", "b"]),
        (1, 2, vec!["a", "c"]),
        (0, 0, vec![]),
        (4, 10, vec![]),
        (i64::MAX, 10, vec![]),
    ] {
        let list = app.list(page(skip, size)).await.expect("a list");
        assert_eq!(names(&list), expected);
        assert_eq!(list.total_size, 4);
        assert_eq!(list.next_page_token, "");
    }
    for bad in [page(-1, 10), page(0, -1)] {
        assert_eq!(refusal(app.list(bad).await), ErrorReason::InvalidValue);
    }
    // A page that is too long is the longest (AIP-158); by tokens it is refused (R-CUR-05).
    let list = app.list(page(0, 1001)).await.expect("a list");
    assert_eq!(names(&list), ["d", "a", "c", "b"]);
    let by_tokens = pb::ListUsersRequest {
        use_page_tokens: true,
        ..page(0, 1001)
    };
    assert_eq!(
        refusal(app.list(by_tokens).await),
        ErrorReason::InvalidCount
    );
}

/// R-FILTER-33: filtered before counted and paged.
#[tokio::test]
async fn a_filter_comes_before_the_page() {
    let app = App::start().await;
    create_all(&app, &["a1", "b1", "a2", "b2", "a3"]).await;
    let request = pb::ListUsersRequest {
        filter: "userName sw \"a\"".to_owned(),
        ..page(1, 1)
    };
    let list = app.list(request).await.expect("a list");
    assert_eq!(names(&list), ["a2"]);
    assert_eq!(list.total_size, 3);
}

async fn sortable(app: &App) {
    let emails = |one: &str, other: &str| {
        let primary = pb::Email {
            primary: Some(true),
            ..email(other)
        };
        vec![email(one), primary]
    };
    for (name, display_name, emails, title, active) in [
        ("d", "Zoe", vec![email("m@x.test")], Some("B"), Some(true)),
        ("a", "", vec![], None, Some(false)),
        (
            "C",
            "ann",
            emails("a@x.test", "z@x.test"),
            Some("a"),
            Some(true),
        ),
        (
            "b",
            "Ann",
            emails("y@x.test", "b@x.test"),
            None,
            Some(false),
        ),
    ] {
        let sent = pb::User {
            display_name: display_name.to_owned(),
            emails,
            active,
            attributes_json: title
                .map(|title| json!({ "title": title }).to_string())
                .unwrap_or_default(),
            ..user(name)
        };
        app.create(sent).await.expect("created");
    }
}

/// R-SORT-03, R-SORT-05: folded, missing last (first when descending), the primary element, ties by id.
#[tokio::test]
async fn any_attribute_sorts() {
    let app = App::start().await;
    sortable(&app).await;
    let sorted = async |order_by: &str, descending| {
        let order_by = order_by.to_owned();
        let request = pb::ListUsersRequest {
            order_by,
            descending,
            ..page(0, 10)
        };
        let list = app.list(request).await.expect("a list");
        names(&list).join("")
    };
    for (order_by, ascending, descending) in [
        ("userName", "abCd", "dCba"),
        ("USERNAME", "abCd", "dCba"),
        ("displayName", "Cbda", "adCb"),
        ("emails.value", "bdCa", "aCdb"),
        ("emails", "bdCa", "aCdb"),
        ("title", "Cdab", "abdC"),
        ("active", "abdC", "dCab"),
        ("id", "daCb", "bCad"),
        ("meta.created", "daCb", "bCad"),
        ("meta.resourceType", "daCb", "daCb"),
        ("name.familyName", "daCb", "daCb"),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            "daCb",
            "daCb",
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "abCd",
            "dCba",
        ),
    ] {
        assert_eq!(sorted(order_by, false).await, ascending, "{order_by}");
        assert_eq!(
            sorted(order_by, true).await,
            descending,
            "{order_by} descending"
        );
    }
    assert_eq!(sorted("", true).await, "daCb");
}

/// The tenth version comes after the second, whatever their tags are as texts.
#[tokio::test]
async fn versions_sort_as_numbers() {
    let app = App::start().await;
    create_all(&app, &["ten", "one", "two"]).await;
    let list = app.list(page(0, 10)).await.expect("a list");
    for (user, writes) in [(0, 9), (2, 1)] {
        for number in 0..writes {
            let title = operation(Op::Replace, "title", json!(number.to_string()));
            let patched = app.patch(&list.users[user].id, vec![title]).await;
            patched.expect("patched");
        }
    }
    let request = pb::ListUsersRequest {
        order_by: "meta.version".to_owned(),
        ..page(0, 10)
    };
    let sorted = app.list(request.clone()).await.expect("a list");
    assert_eq!(names(&sorted), ["one", "two", "ten"]);
    let first = pb::ListUsersRequest {
        page_size: 2,
        use_page_tokens: true,
        ..request
    };
    let shown = app.list(first.clone()).await.expect("a page");
    let next = pb::ListUsersRequest {
        page_token: shown.next_page_token,
        ..first
    };
    assert_eq!(names(&app.list(next).await.expect("a page")), ["ten"]);
}

/// R-SORT-04, R-FILTER-25.
#[tokio::test]
async fn what_cannot_be_sorted_by_is_refused() {
    let app = App::start().await;
    for order_by in [
        "password",
        "name",
        "shoeSize",
        "groups",
        "groups.value",
        "a b",
        "userName.x",
    ] {
        let request = pb::ListUsersRequest {
            order_by: order_by.to_owned(),
            ..page(0, 10)
        };
        assert_eq!(
            refusal(app.list(request).await),
            ErrorReason::InvalidValue,
            "{order_by}"
        );
    }
}

/// R-CUR-02, R-CUR-12, R-CUR-14, R-TEST-04: token pages are the list, whatever the order and the size.
#[tokio::test]
async fn page_tokens_walk_every_order() {
    let app = App::start().await;
    sortable(&app).await;
    for order_by in [
        "",
        "userName",
        "displayName",
        "emails",
        "title",
        "active",
        "meta.created",
        "id",
    ] {
        for descending in [false, true] {
            let order_by = order_by.to_owned();
            let whole = pb::ListUsersRequest {
                order_by,
                descending,
                ..page(0, 10)
            };
            let expected = app.list(whole.clone()).await.expect("a list");
            for page_size in 1..=5 {
                let mut request = pb::ListUsersRequest {
                    page_size,
                    use_page_tokens: true,
                    ..whole.clone()
                };
                let mut walked = Vec::new();
                loop {
                    let list = app.list(request.clone()).await.expect("a list");
                    assert_eq!(list.total_size, 4);
                    walked.extend(list.users);
                    if list.next_page_token.is_empty() {
                        break;
                    }
                    request.page_token = list.next_page_token;
                }
                assert_eq!(walked, expected.users, "{whole:?} {page_size}");
            }
        }
    }
}

/// R-CUR-14: what is inserted and deleted meanwhile neither doubles nor hides the others.
#[tokio::test]
async fn page_tokens_bear_changes_between_pages() {
    let app = App::start().await;
    create_all(&app, &["b", "d", "f", "h"]).await;
    let request = pb::ListUsersRequest {
        order_by: "userName".to_owned(),
        use_page_tokens: true,
        ..page(0, 2)
    };
    let first = app.list(request.clone()).await.expect("a list");
    assert_eq!(names(&first), ["b", "d"]);
    create_all(&app, &["a", "e"]).await;
    app.delete(&first.users[1].id).await.expect("deleted");
    let page_token = first.next_page_token;
    let second = app
        .list(pb::ListUsersRequest {
            page_token,
            ..request
        })
        .await
        .expect("a list");
    assert_eq!(names(&second), ["e", "f"]);
}

/// R-CUR-04, R-CUR-05, R-CUR-07, R-CUR-13.
#[tokio::test]
async fn a_page_token_is_good_for_its_query_alone() {
    let app = App::start().await;
    create_all(&app, &["a", "b", "c"]).await;
    let request = pb::ListUsersRequest {
        use_page_tokens: true,
        ..page(0, 1)
    };
    let page_token = app
        .list(request.clone())
        .await
        .expect("a list")
        .next_page_token;
    let next = pb::ListUsersRequest {
        page_token: page_token.clone(),
        ..request
    };
    app.list(next.clone()).await.expect("a list");
    type Change = fn(&mut pb::ListUsersRequest);
    let changes: [(Change, ErrorReason); 7] = [
        (|next| next.across_types = true, ErrorReason::InvalidCursor),
        (
            |next| next.filter = "active eq true".to_owned(),
            ErrorReason::InvalidCursor,
        ),
        (
            |next| next.order_by = "userName".to_owned(),
            ErrorReason::InvalidCursor,
        ),
        (
            |next| next.page_token = "x".to_owned(),
            ErrorReason::InvalidCursor,
        ),
        (|next| next.page_size = 2, ErrorReason::InvalidCount),
        (|next| next.page_size = 1001, ErrorReason::InvalidCount),
        (|next| next.skip = 1, ErrorReason::InvalidValue),
    ];
    for (change, expected) in changes {
        let mut bad = next.clone();
        change(&mut bad);
        assert_eq!(refusal(app.list(bad).await), expected);
    }
    let account_id = STRANGERS;
    let foreign = pb::ListUsersRequest { account_id, ..next };
    let foreign = app.client.clone().list_users(foreign).await;
    assert_eq!(refusal(foreign), ErrorReason::InvalidCursor);
}

/// R-PAGE-07.
#[tokio::test]
async fn walking_by_index_meets_everybody_once() {
    let app = App::start().await;
    let all: Vec<String> = (0..23).map(|i| format!("user{i}")).collect();
    for name in &all {
        app.create(user(name)).await.expect("created");
    }
    let mut met = Vec::new();
    while met.len() < all.len() {
        let list = app.list(page(met.len() as i64, 5)).await.expect("a list");
        assert!(!list.users.is_empty());
        met.extend(list.users.into_iter().map(|user| user.user_name));
    }
    assert_eq!(met, all);
    assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), 23);
}

/// The account is part of every request.
#[tokio::test]
async fn a_list_needs_an_account() {
    let app = App::start().await;
    let request = pb::ListUsersRequest {
        account_id: 0,
        ..page(0, 1)
    };
    let refused = app.client.clone().list_users(request).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
}

/// R-FILTER-24, R-SORT-04: in a query over several types, what users do not have is without value.
#[tokio::test]
async fn a_query_across_types() {
    let app = App::start().await;
    create_all(&app, &["b", "a"]).await;
    let across = |filter: &str, order_by: &str| pb::ListUsersRequest {
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        across_types: true,
        ..page(0, 10)
    };
    for (filter, total) in [
        ("members pr", 0),
        ("not (members pr)", 2),
        ("members eq \"x\" or userName eq \"A\"", 1),
        ("not (members[value eq \"x\"]) and userName eq \"a\"", 1),
        ("meta.resourceType eq \"Group\"", 0),
    ] {
        let found = app.list(across(filter, "")).await.expect("a list");
        assert_eq!(found.total_size, total, "{filter}");
    }
    let unsorted = app.list(across("", "members")).await.expect("a list");
    assert_eq!(names(&unsorted), ["b", "a"]);
    let faulty = app.list(across("active gt true", "")).await;
    assert_eq!(refusal(faulty), ErrorReason::InvalidFilter);
    let plain = pb::ListUsersRequest {
        across_types: false,
        ..across("members pr", "")
    };
    assert_eq!(refusal(app.list(plain).await), ErrorReason::InvalidFilter);
}

/// Several lists of one call are what each would be alone; one that would fail is left out.
#[tokio::test]
async fn several_lists_are_as_each_alone() {
    let app = App::start().await;
    create_all(&app, &["d", "a", "c", "b"]).await;
    let filtered = |filter: &str| pb::ListUsersRequest {
        filter: filter.to_owned(),
        ..page(0, 10)
    };
    let lists = vec![
        filtered("userName eq \"c\""),
        filtered("userName eq"),
        page(1, 2),
        filtered("userName eq \"nobody\""),
        // The account is that of the call.
        pb::ListUsersRequest {
            account_id: STRANGERS,
            ..filtered("userName eq \"a\"")
        },
        page(0, 0),
    ];
    let batch = async |account_id, lists| {
        let request = pb::BatchListUsersRequest { account_id, lists };
        let answer = app.client.clone().batch_list_users(request).await?;
        Ok::<_, Status>(answer.into_inner().results)
    };
    let results = batch(ACCOUNT, lists.clone()).await.expect("results");
    assert_eq!(results.len(), lists.len());
    for (list, result) in lists.iter().zip(results) {
        assert_eq!(result.list, app.list(list.clone()).await.ok(), "{list:?}");
    }
    let foreign = batch(STRANGERS, lists).await.expect("results");
    let shown = foreign.into_iter().filter_map(|result| result.list);
    assert!(shown.clone().count() > 0);
    assert_eq!(shown.map(|list| list.total_size).sum::<i64>(), 0);
    for (account_id, number) in [(0, 1), (ACCOUNT, 101)] {
        let refused = batch(account_id, vec![page(0, 1); number]).await;
        assert_eq!(refusal(refused), ErrorReason::InvalidValue);
    }
    let most = batch(ACCOUNT, vec![page(0, 1); 100])
        .await
        .expect("results");
    assert!(most.iter().all(|result| result.list.is_some()));
}
