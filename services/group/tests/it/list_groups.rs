use proto::{
    group::v1::{self as pb, GroupView},
    protocol::v1::ErrorReason,
    time::date_time,
};
use scim::{
    Map,
    dialect::Dialect,
    filter::{bind, matches, parse},
};
use serde_json::json;

use crate::harness::*;

/// The resource as the gateway returns it, for the evaluator.
fn resource(group: &pb::Group) -> Map {
    let mut resource = proto::group::to_scim(group).unwrap();
    let time = |time: &Option<_>| date_time(time.as_ref().unwrap()).to_rfc3339();
    resource.insert("id".to_owned(), json!(group.id));
    resource.insert("schemas".to_owned(), json!([scim::definitions::GROUP_URN]));
    resource.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "Group",
            "created": time(&group.create_time),
            "lastModified": time(&group.update_time),
            "version": group.etag,
        }),
    );
    resource
}

struct Stock {
    service: Service,
    groups: Vec<pb::Group>,
    user: String,
    inner: String,
}

/// Groups that filters can tell apart.
async fn stock() -> Stock {
    let service = Service::start().await;
    let users = service.users(2);
    let inner = service.group("Inner 100%", &users[..1]).await;
    let mut outer = creation("Outer_straße", &[inner.id.clone(), users[1].clone()]);
    outer.group.as_mut().unwrap().external_id = "Ext-\\1".to_owned();
    service.create(outer).await.unwrap();
    let mut empty = creation("empty", &[]);
    empty.group.as_mut().unwrap().external_id = "ext-2".to_owned();
    service.create(empty).await.unwrap();
    let all = pb::ListGroupsRequest {
        view: GroupView::Full.into(),
        ..listing()
    };
    let groups = service.list(all).await.unwrap().groups;
    Stock {
        service,
        groups,
        user: users[0].clone(),
        inner: inner.id,
    }
}

const FILTERS: [&str; 37] = [
    "displayName eq \"INNER 100%\"",
    "displayName ne \"inner 100%\"",
    "displayName co \"%\"",
    "displayName co \"_\"",
    "displayName sw \"OUTER_STRASSE\"",
    "displayName ew \"Y\"",
    "displayName gt \"F\"",
    "displayName le \"empty\"",
    "displayName pr",
    "externalId eq \"ext-2\"",
    "externalId eq \"EXT-2\"",
    "externalId ne \"ext-2\"",
    "externalId co \"\\\\\"",
    "externalId sw \"Ext\"",
    "externalId lt \"a\"",
    "externalId pr",
    "not (externalId pr)",
    "externalId eq null",
    "not (externalId co \"1\")",
    "id pr",
    "id sw \"0\"",
    "id ne \"x\"",
    "members pr",
    "not (members pr)",
    "members.type eq \"GROUP\"",
    "members.type ne \"user\"",
    "members[type eq \"User\"]",
    "members[type eq \"User\" and value pr]",
    "schemas eq \"URN:ietf:params:scim:schemas:core:2.0:group\"",
    "schemas co \"User\"",
    "schemas pr",
    "meta.resourceType eq \"Group\"",
    "meta.resourceType eq \"User\"",
    "meta.version eq \"W/\\\"1\\\"\"",
    "meta.created pr",
    "displayName eq \"empty\" or externalId pr and not (members pr)",
    "urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq \"empty\"",
];

/// R-FILTER-01 to R-FILTER-31: the database selects what the evaluator does.
#[tokio::test]
async fn filters_select_what_the_evaluator_does() {
    let Stock {
        service,
        groups,
        user,
        inner,
    } = stock().await;
    let created = resource(&groups[1])["meta"]["created"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut filters: Vec<String> = FILTERS.map(str::to_owned).to_vec();
    for id in [&user, &inner, &groups[0].id.to_uppercase()] {
        filters.extend([
            format!("id eq \"{id}\""),
            format!("members eq \"{id}\""),
            format!("members.value eq \"{id}\""),
            format!("members.value ne \"{id}\""),
            format!("members[value eq \"{id}\"]"),
            format!("members[value eq \"{id}\" and type eq \"group\"]"),
            format!("members[not (value eq \"{id}\")]"),
            format!("members.value co \"{}\"", &id[..5]),
        ]);
    }
    for operator in ["eq", "ne", "gt", "ge", "lt", "le"] {
        filters.push(format!("meta.created {operator} \"{created}\""));
        filters.push(format!("meta.lastModified {operator} \"{created}\""));
    }
    let resource_type = scim::definitions::group();
    for filter in filters {
        let parsed = parse(&filter, Dialect::Lenient).expect(&filter);
        let predicate = bind(&parsed, &resource_type, Dialect::Lenient).expect(&filter);
        let mut expected: Vec<_> = groups
            .iter()
            .filter(|group| matches(&predicate, &resource(group)))
            .map(|group| group.display_name.clone())
            .collect();
        expected.sort_by_key(|name| scim::text::fold(name));
        assert_eq!(
            service.matches(&filter).await.expect(&filter),
            expected,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn filters_that_cannot_be_are_refused() {
    let service = Service::start().await;
    for filter in [
        "displayName",
        "displayName eq",
        "colour eq \"red\"",
        "displayName eq \"a",
        "members.display eq \"Ann\"",
        "members[display eq \"Ann\"]",
        "meta.location co \"x\"",
        "meta.created co \"2024\"",
    ] {
        let result = service.matches(filter).await;
        assert_eq!(reason(result), ErrorReason::InvalidFilter, "{filter}");
    }
    // No stored text holds a null character.
    let result = service.matches("displayName eq \"\\u0000\"").await;
    assert_eq!(reason(result), ErrorReason::InvalidFilter);
}

/// R-SORT-03, R-SORT-05
#[tokio::test]
async fn sorts() {
    let Stock { service, .. } = stock().await;
    let sorted = async |order_by: &str, descending: bool| {
        let request = pb::ListGroupsRequest {
            order_by: order_by.to_owned(),
            descending,
            ..listing()
        };
        let groups = service.list(request).await.unwrap().groups;
        let names: Vec<_> = groups.into_iter().map(|group| group.display_name).collect();
        names
            .iter()
            .map(|name| name.chars().next().unwrap())
            .collect::<String>()
    };
    assert_eq!(sorted("", false).await, "IOe");
    // An order of nothing has no direction (R-SORT-02).
    assert_eq!(sorted("", true).await, "IOe");
    assert_eq!(sorted("displayName", false).await, "eIO");
    assert_eq!(sorted("DISPLAYNAME", true).await, "OIe");
    assert_eq!(sorted("externalId", false).await, "OeI");
    assert_eq!(sorted("externalId", true).await, "IeO");
    assert_eq!(sorted("meta.created", false).await, "IOe");
    assert_eq!(sorted("meta.lastModified", true).await, "eOI");
    assert_eq!(sorted("id", true).await, "eOI");
    for order_by in ["colour", "members", "members.value", "meta", "a b"] {
        let request = pb::ListGroupsRequest {
            order_by: order_by.to_owned(),
            ..listing()
        };
        let result = service.list(request).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue, "{order_by}");
    }
}

/// R-PAGE-02, R-PAGE-04, R-PAGE-07, R-LIST-03
#[tokio::test]
async fn pages() {
    let service = Service::start().await;
    let mut all = Vec::new();
    for n in 0..7 {
        all.push(service.group(&format!("Group {n}"), &[]).await.id);
    }
    let page = async |skip: i64, page_size: i32| {
        let request = pb::ListGroupsRequest {
            skip,
            page_size,
            ..listing()
        };
        let response = service.list(request).await.unwrap();
        assert_eq!(response.total_size, 7);
        let ids = response.groups.into_iter().map(|group| group.id);
        ids.collect::<Vec<_>>()
    };
    let walked = [page(0, 3).await, page(3, 3).await, page(6, 3).await].concat();
    assert_eq!(walked, all);
    assert!(page(0, 0).await.is_empty());
    assert!(page(7, 3).await.is_empty());
    assert!(page(i64::MAX, 3).await.is_empty());
    assert_eq!(page(0, i32::MAX).await, all);
    let negative = pb::ListGroupsRequest {
        skip: -1,
        ..listing()
    };
    assert_eq!(
        reason(service.list(negative).await),
        ErrorReason::InvalidValue
    );
    let elsewhere = pb::ListGroupsRequest {
        account_id: OTHER_ACCOUNT,
        ..listing()
    };
    assert_eq!(service.list(elsewhere).await.unwrap().total_size, 0);
}

/// One call for the names of all members of a page.
#[tokio::test]
async fn the_names_of_a_page_come_in_one_call() {
    let service = Service::start().await;
    let users = service.users(20);
    for (n, members) in users.chunks(2).enumerate() {
        service.group(&format!("Group {n}"), members).await;
    }
    let before = service.identity.calls();
    let request = pb::ListGroupsRequest {
        view: GroupView::Full.into(),
        ..listing()
    };
    let groups = service.list(request).await.unwrap().groups;
    assert_eq!(
        groups
            .iter()
            .map(|group| group.members.len())
            .sum::<usize>(),
        20
    );
    assert_eq!(service.identity.calls(), before + 1);
    service.list(listing()).await.unwrap();
    assert_eq!(service.identity.calls(), before + 1);
}

/// R-CUR-02, R-CUR-05, R-CUR-12: every order, in pages of every size, also by what some do not have.
#[tokio::test]
async fn page_tokens_walk_the_list() {
    let Stock { service, .. } = stock().await;
    for order_by in [
        "",
        "id",
        "displayName",
        "externalId",
        "meta.created",
        "meta.lastModified",
        "meta.version",
    ] {
        for descending in [false, true] {
            let whole = pb::ListGroupsRequest {
                order_by: order_by.to_owned(),
                descending,
                ..listing()
            };
            let expected = service.list(whole.clone()).await.unwrap().groups;
            for page_size in 1..=4 {
                let mut request = pb::ListGroupsRequest {
                    page_size,
                    use_page_tokens: true,
                    ..whole.clone()
                };
                let mut walked = Vec::new();
                loop {
                    let list = service.list(request.clone()).await.unwrap();
                    assert_eq!(list.total_size, 3);
                    walked.extend(list.groups);
                    if list.next_page_token.is_empty() {
                        break;
                    }
                    request.page_token = list.next_page_token;
                }
                assert_eq!(walked, expected, "{whole:?} {page_size}");
            }
        }
    }
}

/// R-CUR-04, R-CUR-05, R-CUR-07, R-CUR-13.
#[tokio::test]
async fn a_page_token_is_good_for_its_query_alone() {
    let service = Service::start().await;
    for n in 0..3 {
        service.group(&format!("Group {n}"), &[]).await;
    }
    let request = pb::ListGroupsRequest {
        page_size: 1,
        use_page_tokens: true,
        ..listing()
    };
    let page_token = service.list(request.clone()).await.unwrap().next_page_token;
    let next = pb::ListGroupsRequest {
        page_token,
        ..request
    };
    assert_eq!(service.list(next.clone()).await.unwrap().groups.len(), 1);
    type Change = fn(&mut pb::ListGroupsRequest);
    let changes: [(Change, ErrorReason); 9] = [
        (
            |next| next.filter = "id pr".to_owned(),
            ErrorReason::InvalidCursor,
        ),
        (
            |next| next.order_by = "id".to_owned(),
            ErrorReason::InvalidCursor,
        ),
        (|next| next.descending = true, ErrorReason::InvalidCursor),
        (|next| next.across_types = true, ErrorReason::InvalidCursor),
        (
            |next| next.account_id = OTHER_ACCOUNT,
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
    for (n, (change, expected)) in changes.into_iter().enumerate() {
        let mut bad = next.clone();
        change(&mut bad);
        assert_eq!(reason(service.list(bad).await), expected, "{n}");
    }
}

/// R-FILTER-24, R-SORT-04: in a query over several types, what groups do not have is without value.
#[tokio::test]
async fn a_query_across_types() {
    let Stock { service, .. } = stock().await;
    let across = |filter: &str, order_by: &str| pb::ListGroupsRequest {
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        across_types: true,
        ..listing()
    };
    for (filter, total) in [
        ("userName pr", 0),
        ("not (userName pr)", 3),
        ("userName eq \"x\" or displayName pr", 3),
        ("emails[value eq \"x\"]", 0),
        ("name.familyName ne \"x\"", 3),
    ] {
        let found = service.list(across(filter, "")).await.unwrap();
        assert_eq!(found.total_size, total, "{filter}");
    }
    let plain = service.list(listing()).await.unwrap();
    let sorted = service.list(across("", "userName")).await.unwrap();
    assert_eq!(sorted.groups, plain.groups);
    let faulty = service.list(across("displayName gt", "")).await;
    assert_eq!(reason(faulty), ErrorReason::InvalidFilter);
}
