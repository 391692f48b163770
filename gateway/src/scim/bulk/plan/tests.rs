use serde_json::{Value, json};

use super::*;
use crate::scim::response::BaseUrl;

fn names(operations: &[Value]) -> Names {
    let base = BaseUrl::of("https://host");
    let read = |value: &Value| Operation::read(value.clone(), &base, &[], Dialect::Lenient);
    Names::new(&operations.iter().map(read).collect::<Vec<_>>())
}

/// The `bulkId` of an operation on what is there, or is created elsewhere, stands for just that.
#[test]
fn names_of_operations_that_create_nothing() {
    let names = names(&[
        json!({"method": "PATCH", "bulkId": "d", "path": "/Users/bulkId:c", "data": {}}),
        json!({"method": "POST", "bulkId": "a", "path": "/Users", "data": {}}),
        json!({"method": "DELETE", "bulkId": "b", "path": "/Users/7"}),
        json!({"method": "PUT", "bulkId": "c", "path": "/Users/bulkId:a", "data": {}}),
        json!({"method": "DELETE", "bulkId": "e", "path": "/Users/bulkId:e"}),
        json!({"method": "DELETE", "bulkId": "f", "path": "/Users/bulkId:none"}),
        json!({"method": "GET", "bulkId": "g", "path": "/Users/7"}),
    ]);
    let created = Some(&Referent::Created(1));
    assert_eq!(names.get("a"), created);
    assert_eq!(names.get("c"), created);
    assert_eq!(names.get("d"), created);
    assert_eq!(names.get("b"), Some(&Referent::Existing("7".to_owned())));
    assert_eq!(names.get("g"), Some(&Referent::Created(6)));
    for unknown in ["e", "f", "none", ""] {
        assert_eq!(names.get(unknown), None, "{unknown}");
    }
}
