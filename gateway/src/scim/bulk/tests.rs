use serde_json::{Value, json};

use super::*;
use crate::router::tests::app::App;

const ID: &str = "0193a000-0000-7000-8000-000000000001";

fn bulk(operations: Value) -> Value {
    let mut body = json!({"schemas": [BULK_REQUEST_URN]});
    body["Operations"] = operations;
    body
}

/// R-BULK-02: the shape of the entries, and that they come in the order of the request.
#[tokio::test]
async fn entries() {
    let app = App::start().await;
    let operations = json!([
        {"method": "post", "path": "/Users", "bulkId": "q", "data": {"userName": "ann"}},
        {"method": "PUT", "path": format!("/Users/{ID}"), "version": "W/\"2\"", "data": {"userName": "ann"}},
        {"method": "DELETE", "path": "/Groups/bulkId:q", "bulkId": "r"},
        {"method": "DELETE", "path": "/Groups/none"},
        {"method": "POST", "path": "/Users", "bulkId": "s", "data": {}},
        {"method": "GET", "path": "/Users"},
        17,
    ]);
    let answer = app.scim("POST", "/Bulk", bulk(operations)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["schemas"], json!([BULK_RESPONSE_URN]));
    let entries = body["Operations"].as_array().expect("entries");
    let statuses: Vec<_> = entries
        .iter()
        .map(|entry| entry["status"].as_str())
        .collect();
    let expected = ["201", "412", "204", "404", "400", "400", "400"].map(Some);
    assert_eq!(statuses, expected);
    let ends = |entry: &Value, path: &str| {
        let location = entry["location"].as_str().expect("a location");
        assert!(
            location.starts_with("http") && location.ends_with(path),
            "{location}"
        );
    };
    ends(&entries[0], &format!("/Users/{ID}"));
    ends(&entries[1], &format!("/Users/{ID}"));
    ends(&entries[2], &format!("/Groups/{ID}"));
    ends(&entries[3], "/Groups/none");
    assert_eq!(entries[0]["version"], "W/\"3\"");
    assert_eq!(
        (&entries[0]["method"], &entries[0]["bulkId"]),
        (&json!("POST"), &json!("q"))
    );
    assert_eq!(entries[0].get("response"), None);
    assert_eq!(entries[2].get("version"), None);
    for entry in [
        &entries[1],
        &entries[3],
        &entries[4],
        &entries[5],
        &entries[6],
    ] {
        let response = &entry["response"];
        assert_eq!(
            response["schemas"],
            json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
        );
        assert_eq!(response["status"], entry["status"]);
    }
    assert_eq!(entries[4].get("location"), None);
    assert_eq!(entries[4]["response"]["scimType"], "invalidValue");
    let object = entries[6].as_object().expect("an object");
    assert_eq!(object.keys().collect::<Vec<_>>(), ["status", "response"]);
}

/// R-BULK-01, R-BULK-03, R-BULK-08.
#[tokio::test]
async fn messages_refused() {
    let app = App::start().await;
    let post = json!({"method": "POST", "path": "/Users", "bulkId": "q", "data": {}});
    let table = [
        (json!({"Operations": []}), "invalidSyntax"),
        (
            json!({"schemas": ["urn:x"], "Operations": []}),
            "invalidSyntax",
        ),
        (json!({"schemas": [BULK_REQUEST_URN]}), "invalidSyntax"),
        (bulk(json!({})), "invalidSyntax"),
        (bulk(json!([post, post])), "invalidSyntax"),
        (
            json!({"schemas": [BULK_REQUEST_URN], "failOnErrors": "1", "Operations": []}),
            "invalidValue",
        ),
        (
            json!({"schemas": [BULK_REQUEST_URN], "failOnErrors": 1.5, "Operations": []}),
            "invalidValue",
        ),
    ];
    for (body, scim_type) in table {
        let answer = app.scim("POST", "/Bulk", body.clone()).await;
        answer.is_scim_error(400);
        assert_eq!(answer.json()["scimType"], scim_type, "{body}");
    }
    let none = app.scim("POST", "/Bulk", bulk(json!([]))).await;
    assert_eq!((none.status, &none.json()["Operations"]), (200, &json!([])));
}

/// R-BULK-08.
#[tokio::test]
async fn fail_on_errors() {
    let app = App::start().await;
    let wrong = json!({"method": "DELETE", "path": "/Users/none"});
    let right = json!({"method": "DELETE", "path": format!("/Users/{ID}")});
    let operations = json!([right, wrong, right, wrong, right]);
    for (limit, tried) in [
        (json!(1), 2),
        (json!(2), 4),
        (json!(3), 5),
        (json!(0), 5),
        (json!(-1), 5),
        (json!(u64::MAX), 5),
        // A number is the same in every spelling (RFC 8259 section 6).
        (json!(1.0), 2),
        (json!(2e0), 4),
        (json!(-0.0), 5),
        (json!(1e30), 5),
        (json!(-1e30), 5),
        (Value::Null, 5),
    ] {
        let mut body = bulk(operations.clone());
        body["failOnErrors"] = limit.clone();
        let answer = app.scim("POST", "/Bulk", body).await.json();
        assert_eq!(
            answer["Operations"].as_array().map(Vec::len),
            Some(tried),
            "{limit}"
        );
    }
}

/// R-BULK-11.
#[tokio::test]
async fn too_many() {
    let app = App::start().await;
    for count in [MAX_OPERATIONS + 1, 10_001, 200_000] {
        let answer = app.scim("POST", "/Bulk", bulk(json!(vec![1; count]))).await;
        answer.is_scim_error(413);
        let detail = answer.json()["detail"].to_string();
        assert!(
            detail.contains("1000") && detail.contains("maxOperations"),
            "{detail}"
        );
    }
    let answer = app
        .scim("POST", "/Bulk", bulk(json!(vec![1; MAX_OPERATIONS])))
        .await;
    assert_eq!(
        answer.json()["Operations"].as_array().map(Vec::len),
        Some(MAX_OPERATIONS)
    );
    let large = bulk(json!([{"data": "x".repeat(MAX_PAYLOAD)}]));
    let answer = app.scim("POST", "/Bulk", large).await;
    answer.is_scim_error(413);
    assert!(answer.json()["detail"].to_string().contains("4194304"));
}

/// What is left when time is up is said not to have been done.
#[tokio::test]
async fn time_is_limited() {
    let app = App::start().await;
    let body = bulk(json!([{"method": "DELETE", "path": format!("/Users/{ID}")}]));
    let short = std::time::Duration::from_secs(3);
    let answer = chassis::deadline::within(short, app.scim("POST", "/Bulk", body)).await;
    assert_eq!(answer.json()["Operations"][0]["status"], "503");
}
