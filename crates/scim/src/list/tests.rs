use serde_json::{Value, json};

use super::*;

/// R-LIST-01, R-LIST-02, R-LIST-04.
#[test]
fn a_page_counts_what_it_holds() {
    let mut resource = Map::new();
    resource.insert("id".to_owned(), json!("a"));
    assert_eq!(
        Value::Object(list_response(5, 3, vec![resource])),
        json!({"schemas": [LIST_RESPONSE_URN], "totalResults": 5, "startIndex": 3, "itemsPerPage": 1, "Resources": [{"id": "a"}]})
    );
    assert_eq!(
        Value::Object(list_response(0, 1, Vec::new())),
        json!({"schemas": [LIST_RESPONSE_URN], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []})
    );
}
