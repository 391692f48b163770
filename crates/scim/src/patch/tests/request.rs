//! The envelope, R-PATCH-01 to R-PATCH-04.

use serde_json::json;

use super::*;
use crate::patch::{MAX_OPERATIONS, read_request};
use Kind::{InvalidPath, InvalidSyntax, InvalidValue, NoTarget};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn kind(body: Value, dialect: Dialect) -> Option<Kind> {
    read_request(object(body), dialect)
        .err()
        .map(|error| error.kind)
}

#[test]
fn refused() {
    let operation = json!({"op": "add", "path": "title", "value": "x"});
    let with = |operation: Value| json!({"schemas": [PATCH_OP], "Operations": [operation]});
    let rows = [
        (
            "R-PATCH-01",
            BOTH,
            json!({"schemas": ["urn:x"], "Operations": [operation]}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-01",
            BOTH,
            json!({"schemas": 1, "Operations": [operation]}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-01",
            STRICT,
            json!({"Operations": [operation]}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-01",
            STRICT,
            json!({"schemas": [], "Operations": [operation]}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-02",
            BOTH,
            json!({"schemas": [PATCH_OP]}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-02",
            BOTH,
            json!({"schemas": [PATCH_OP], "Operations": null}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-02",
            BOTH,
            json!({"schemas": [PATCH_OP], "Operations": operation}),
            InvalidSyntax,
        ),
        (
            "R-PATCH-02",
            STRICT,
            json!({"schemas": [PATCH_OP], "Operations": []}),
            InvalidSyntax,
        ),
        ("R-PATCH-02", BOTH, with(json!("add")), InvalidSyntax),
        (
            "R-PATCH-03",
            BOTH,
            with(json!({"op": "move", "path": "title", "value": "x"})),
            InvalidSyntax,
        ),
        (
            "R-PATCH-03",
            BOTH,
            with(json!({"op": "test", "path": "title", "value": "x"})),
            InvalidSyntax,
        ),
        (
            "R-PATCH-03",
            BOTH,
            with(json!({"path": "title", "value": "x"})),
            InvalidSyntax,
        ),
        (
            "R-PATCH-03",
            BOTH,
            with(json!({"op": ["add"], "path": "title", "value": "x"})),
            InvalidSyntax,
        ),
        (
            "R-PATCH-04",
            BOTH,
            with(json!({"op": "add", "path": "title"})),
            InvalidValue,
        ),
        (
            "R-PATCH-04",
            BOTH,
            with(json!({"op": "replace", "path": "title"})),
            InvalidValue,
        ),
        ("R-PATCH-04", BOTH, with(json!({"op": "remove"})), NoTarget),
        (
            "R-PATCH-20",
            BOTH,
            with(json!({"op": "remove", "value": {"title": "x"}})),
            NoTarget,
        ),
        (
            "R-PATCH-12",
            BOTH,
            with(json!({"op": "add", "path": 7, "value": "x"})),
            InvalidPath,
        ),
    ];
    for (id, dialects, body, expected) in rows {
        for dialect in dialects {
            assert_eq!(
                kind(body.clone(), *dialect),
                Some(expected),
                "{id} {dialect:?} {body}"
            );
        }
    }
}

#[test]
fn accepted() {
    let operation = json!({"op": "add", "path": "title", "value": "x"});
    let rows = [
        (
            "R-PATCH-01",
            BOTH,
            json!({"schemas": [PATCH_OP.to_uppercase()], "Operations": [operation]}),
        ),
        ("R-PATCH-01", LENIENT, json!({"Operations": [operation]})),
        (
            "R-PATCH-01",
            LENIENT,
            json!({"schemas": PATCH_OP, "Operations": [operation]}),
        ),
        (
            "R-PATCH-03",
            BOTH,
            json!({"SCHEMAS": [PATCH_OP], "operations": [{"OP": "Add", "Path": "title", "VALUE": "x"}]}),
        ),
        (
            "R-PATCH-03",
            BOTH,
            json!({"schemas": [PATCH_OP], "Operations": [{"op": "ADD", "path": "title", "value": "x", "name": "addTitle"}]}),
        ),
    ];
    for (id, dialects, body) in rows {
        for dialect in dialects {
            let read = read_request(object(body.clone()), *dialect);
            assert_eq!(read, Ok(vec![add("title", json!("x"))]), "{id} {dialect:?}");
        }
    }
}

/// R-PATCH-02, R-REG-PATCH-19.
#[test]
fn no_operations_are_no_change() {
    let read = read_request(
        object(json!({"schemas": [PATCH_OP], "Operations": []})),
        Dialect::Lenient,
    );
    assert_eq!(read, Ok(vec![]));
}

/// R-PATCH-04, R-PATCH-16: what the members say when they say nothing.
#[test]
fn null_and_empty_members() {
    let read = |operation: Value, dialect| {
        read_request(
            object(json!({"schemas": [PATCH_OP], "Operations": [operation]})),
            dialect,
        )
    };
    let null = json!({"op": "replace", "path": "title", "value": null});
    assert_eq!(
        read(null, Dialect::Strict),
        Ok(vec![replace("title", Value::Null)])
    );
    let no_path = json!({"op": "replace", "path": null, "value": {}});
    assert_eq!(
        read(no_path, Dialect::Strict),
        Ok(vec![pathless(Op::Replace, json!({}))])
    );
    let empty_path = json!({"op": "replace", "path": " ", "value": {}});
    assert_eq!(
        read(empty_path, Dialect::Lenient),
        Ok(vec![pathless(Op::Replace, json!({}))])
    );
}

/// R-PATCH-11, R-TEST-08.
#[test]
fn the_number_of_operations_is_limited() {
    let operation = json!({"op": "add", "path": "title", "value": "x"});
    let with =
        |count: usize| json!({"schemas": [PATCH_OP], "Operations": vec![operation.clone(); count]});
    assert_eq!(kind(with(MAX_OPERATIONS), Dialect::Lenient), None);
    let error =
        read_request(object(with(MAX_OPERATIONS + 1)), Dialect::Lenient).expect_err("one too many");
    assert_eq!(error.kind, InvalidSyntax);
    assert!(error.detail.contains("1000"), "{}", error.detail);
}
