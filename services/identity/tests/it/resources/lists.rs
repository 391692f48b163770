//! Lists: sorted, cut into pages and filtered.

use proptest::{prelude::*, test_runner::TestRunner};
use proto::identity::v1 as pb;
use scim::{Map, dialect::Dialect, filter, schema::ResourceType};
use serde_json::{Value, json};

use super::{RACK, create, filters, list, schemas, serials, start};
use crate::fixture::App;

/// R-SORT-03 to 06, and R-CUR: numbers sort as numbers, of several values the primary or the first counts.
#[tokio::test]
async fn lists_are_sorted_and_cut() {
    let app = start().await;
    for device in [
        json!({"serial": "a", "weight": 10, "sizes": [3, 1], RACK: {"row": 2, "labels": ["z"]}}),
        json!({"serial": "b", "weight": 9.5, "sizes": [20], "made": "2026-01-01T00:00:00+02:00"}),
        json!({"serial": "c", "ports": [{"value": "q"}, {"value": "a", "primary": true}]}),
        json!({"serial": "d", "weight": -1, "ports": [{"value": "b"}], "made": "2025-12-31T23:00:00Z"}),
        json!({"serial": "e", "weight": 1e2, "place": {"floors": [5]}}),
    ] {
        create(&app, device).await.expect("created");
    }
    let orders = [
        ("", "abcde"),
        ("weight", "dbaec"),
        ("sizes", "abcde"),
        ("ports", "cdabe"),
        ("ports.value", "cdabe"),
        ("made", "bdace"),
        ("place.floors", "eabcd"),
        ("urn:example:rack:row", "abcde"),
        ("urn:example:Rack:labels", "abcde"),
        ("meta.location", "abcde"),
        ("serial", "abcde"),
    ];
    for (order_by, expected) in orders {
        for descending in [false, true] {
            let descending = descending && !order_by.is_empty();
            let found = walk(&app, order_by, descending).await;
            let whole = pb::ListResourcesRequest {
                order_by: order_by.to_owned(),
                descending,
                page_size: 10,
                ..Default::default()
            };
            let whole = list(&app, whole).await.expect("all").resources;
            assert_eq!(
                found,
                serials(&whole).concat(),
                "{order_by}: pages are the whole"
            );
            if !descending {
                assert_eq!(found, expected, "{order_by}");
            }
        }
    }
}

/// The serials of all pages of two.
async fn walk(app: &App, order_by: &str, descending: bool) -> String {
    let mut found = String::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListResourcesRequest {
            order_by: order_by.to_owned(),
            descending,
            page_size: 2,
            page_token,
            use_page_tokens: true,
            ..Default::default()
        };
        let page = list(app, request).await.expect("a page");
        assert_eq!(page.total_size, 5);
        found.extend(serials(&page.resources));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

/// R-FILTER-03, 04, 08 to 13: random filters select what the reference evaluator says, in every shape of value.
#[test]
fn random_filters_agree_with_the_evaluator() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let configuration = schemas();
    let device_type = &configuration.resource_types()[0];
    let (app, devices) = runtime.block_on(async {
        let app = start().await;
        let mut devices = Vec::new();
        for (n, device) in filters::DEVICES.iter().enumerate() {
            let mut device: Value = serde_json::from_str(device).expect("JSON");
            device["serial"] = json!(format!("S{n}"));
            let created = create(&app, device).await.expect("created");
            devices.push((format!("S{n}"), representation(&created, device_type)));
        }
        (app, devices)
    });
    let mut config = ProptestConfig::with_cases(1500);
    config.failure_persistence = None;
    let result = TestRunner::new(config).run(&filters::any(), |text| {
        let parsed = filter::parse(&text, Dialect::Lenient).expect("a filter");
        let predicate = filter::bind(&parsed, device_type, Dialect::Lenient);
        let predicate =
            predicate.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let matching = devices
            .iter()
            .filter(|(_, device)| filter::matches(&predicate, device));
        let expected: Vec<&String> = matching.map(|(serial, _)| serial).collect();
        let request = pb::ListResourcesRequest {
            filter: text.clone(),
            page_size: 100,
            ..Default::default()
        };
        let found = runtime.block_on(list(&app, request));
        let found = found.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let found = serials(&found.resources);
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{}", text);
        Ok(())
    });
    runtime.block_on(async { drop(app) });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// A device as a client sees it.
fn representation(device: &pb::Resource, device_type: &ResourceType) -> Map {
    let mut resource = proto::resource::to_scim(device).expect("a resource");
    let schemas = scim::resource::schemas(device_type, &resource);
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), json!(device.id));
    resource.insert(
        "meta".to_owned(),
        json!({"resourceType": "Device", "version": device.etag}),
    );
    resource
}
