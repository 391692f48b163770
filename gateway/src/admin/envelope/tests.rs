use http::StatusCode;
use http_body_util::BodyExt;
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::{Value, json};

use super::{failure, page, success};
use crate::admin::query::Page;

async fn body(response: axum::response::Response) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn what_went_well() {
    let expected = json!({
        "status": {"code": 200, "is_success": true, "user_message": "Success!", "developer_message": ""},
        "data": {"enabled": true},
        "extra": {},
    });
    assert_eq!(body(success(json!({"enabled": true}))).await, expected);
}

#[tokio::test]
async fn a_page_says_how_much_there_is() {
    let asked = Page {
        limit: 1,
        offset: 2,
        order_by: "id".to_owned(),
    };
    let answer = body(page(vec![json!({"id": 7})], &asked, 5)).await;
    let expected = json!({
        "filters": {"limit": 1, "offset": 2},
        "order_by": "id",
        "pagination": {"count": 1, "total_count": 5},
    });
    assert_eq!(answer["data"], json!([{"id": 7}]));
    assert_eq!(answer["extra"], expected);
}

#[test]
fn what_did_not() {
    let expected = json!({
        "status": {"code": 404, "is_success": false, "user_message": "gone", "developer_message": "RESOURCE_NOT_FOUND"},
        "data": null,
        "extra": {},
        "error_code": 12,
    });
    let answer = failure(
        StatusCode::NOT_FOUND,
        Some(Reason::ResourceNotFound),
        "gone",
    );
    assert_eq!(answer, expected);
    let answer = failure(StatusCode::NOT_FOUND, None, "gone");
    assert_eq!(answer["error_code"], Value::Null);
    assert_eq!(answer["status"]["developer_message"], "");
}
