use serde_json::json;

use super::*;
use crate::scim::kind::Kind;

const BASE: &str = "https://host/api/v3/accounts/1/scim/v2";

fn read(value: Value, dialect: Dialect) -> Operation {
    let base = BaseUrl::of(BASE);
    Operation::read(value, &base, &[], dialect)
}

fn status(value: Value) -> u16 {
    let task = read(value, Dialect::Lenient).task;
    task.map_or_else(|fault| fault.status.as_u16(), |_| 200)
}

/// R-BULK-04.
#[test]
fn paths() {
    let table = [
        ("/Users/7", Ok((Kind::User, "7"))),
        ("Users/7", Ok((Kind::User, "7"))),
        ("/v2/Groups/7/", Ok((Kind::Group, "7"))),
        ("//Users//7?attributes=id", Ok((Kind::User, "7"))),
        ("/Users/bulkId:q", Ok((Kind::User, "bulkId:q"))),
        ("/Users/bulkid%3Aq%2Fr", Ok((Kind::User, "bulkid:q/r"))),
        (
            "https://host/api/v3/accounts/1/scim/v2/Users/7",
            Ok((Kind::User, "7")),
        ),
        ("/Users", Err(405)),
        ("/v1/Users/7", Err(400)),
        ("/users/7", Err(404)),
        ("/Users/7/8", Err(404)),
        ("/Colours/7", Err(404)),
        ("", Err(404)),
        ("https://other/Users/7", Err(404)),
        ("/Bulk", Err(405)),
        ("/Schemas/7", Err(405)),
        ("/Me", Err(501)),
    ];
    for (path, expected) in table {
        let operation = read(json!({"method": "DELETE", "path": path}), Dialect::Lenient);
        let found = operation.task.as_ref();
        let found = found.map(|task| (task.kind, task.target.as_str()));
        assert_eq!(
            found.map_err(|fault| fault.status.as_u16()),
            expected,
            "{path}"
        );
    }
}

/// R-BULK-02, R-BULK-03, R-BULK-04.
#[test]
fn faults() {
    let post = json!({"method": "post", "bulkId": "q", "path": "/Users", "data": {}});
    let table = [
        ("method", json!("POST"), 200),
        ("method", json!("GET"), 400),
        ("method", json!("MOVE"), 400),
        ("method", json!(1), 400),
        ("method", Value::Null, 400),
        ("bulkId", Value::Null, 400),
        ("bulkId", json!(""), 400),
        ("bulkId", json!(7), 400),
        ("path", Value::Null, 400),
        ("path", json!("/Users/7"), 405),
        ("data", Value::Null, 400),
        ("data", json!([]), 400),
        ("version", json!(1), 400),
    ];
    for (name, value, expected) in table {
        let mut operation = post.clone();
        operation[name] = value.clone();
        assert_eq!(status(operation), expected, "{name}: {value}");
    }
    assert_eq!(status(json!("POST")), 400);
    let operation = read(json!({"method": "Move", "bulkId": "q"}), Dialect::Lenient);
    assert_eq!(operation.method.as_deref(), Some("Move"));
    assert_eq!(operation.bulk_id.as_deref(), Some("q"));
}

/// R-BULK-05.
#[test]
fn a_patch_may_lack_its_message() {
    let operation = json!({"op": "remove", "path": "title"});
    let whole = json!({"schemas": [::scim::list::PATCH_OP_URN], "Operations": [operation]});
    for data in [whole.clone(), json!([operation]), operation] {
        let patch = json!({"method": "PATCH", "path": "/Users/7", "data": data});
        let task = read(patch.clone(), Dialect::Lenient).task.expect("a task");
        assert_eq!(Value::Object(task.data), whole);
        let strict = read(patch, Dialect::Strict).task;
        assert_eq!(strict.is_ok(), !data.is_array(), "{data}");
    }
}
