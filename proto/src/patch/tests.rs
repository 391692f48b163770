use serde_json::{Value, json};

use super::*;

#[test]
fn operations_go_there_and_back() {
    for (op, path, value) in [
        (
            Op::Add,
            Some("emails"),
            Some(json!([{"value": "a", "primary": true}])),
        ),
        (Op::Remove, Some("members[value eq \"1\"]"), None),
        (Op::Replace, None, Some(json!({"active": false}))),
        (Op::Replace, Some("title"), Some(Value::Null)),
        (Op::Add, Some("n"), Some(json!(9_007_199_254_740_993_u64))),
    ] {
        let wire = to_pb(Operation {
            op,
            path: path.map(str::to_owned),
            value: value.clone(),
        });
        let back = from_pb(wire).unwrap();
        assert_eq!(
            (back.op, back.path.as_deref(), back.value),
            (op, path, value)
        );
    }
}

#[test]
fn unknown_operations_and_malformed_values_are_refused() {
    let add = patch_operation::Op::Add.into();
    for (op, value) in [(0, "1"), (9, "1"), (add, ""), (add, "{"), (add, "1 2")] {
        let operation = PatchOperation {
            op,
            path: None,
            value_json: Some(value.to_owned()),
        };
        let status = from_pb(operation).unwrap_err();
        assert_eq!(
            error::reason(&status),
            Some(ErrorReason::InvalidSyntax),
            "{op} {value:?}"
        );
    }
}
