//! The plan of a group's PATCH, by tables.

#![expect(clippy::too_many_lines, reason = "tables, one row per case")]

use serde_json::{Value, json};

use super::{GroupChange, member_ids, plan};
use crate::Map;
use crate::definitions::{self, GROUP_URN};
use crate::dialect::Dialect;
use crate::error::{Error, Kind};
use crate::filter::matches_element;
use crate::patch::{Op, Operation};
use GroupChange::{
    AddMembers, Attributes, ClearMembers, RemoveMatchingMembers, RemoveMembers, ReplaceMembers,
    RequireMember,
};
use Kind::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};

const BOTH: &[Dialect] = &[Dialect::Lenient, Dialect::Strict];
const LENIENT: &[Dialect] = &[Dialect::Lenient];
const STRICT: &[Dialect] = &[Dialect::Strict];

type Row = (
    &'static str,
    &'static [Dialect],
    Value,
    Result<Vec<GroupChange>, Kind>,
);

/// The plan of the operations of a request body.
fn planned(operations: Value, dialect: Dialect) -> Result<Vec<GroupChange>, Error> {
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]);
    let body = Map::from_iter([
        ("schemas".to_owned(), schemas),
        ("Operations".to_owned(), operations),
    ]);
    plan(
        &definitions::group(),
        &crate::patch::read_request(body, dialect)?,
        dialect,
    )
}

fn check_rows(rows: Vec<Row>) {
    for (id, dialects, operation, expected) in rows {
        for dialect in dialects {
            let outcome = planned(json!([operation]), *dialect).map_err(|error| error.kind);
            assert_eq!(outcome, expected, "{id} {dialect:?} {operation}");
        }
    }
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn rename(op: Op, path: Option<&str>, value: Value) -> GroupChange {
    Attributes(Operation {
        op,
        path: path.map(str::to_owned),
        value: Some(value),
    })
}

#[test]
fn the_list_of_members() {
    let two = json!([{"value": "a", "$ref": null}, {"value": "b", "display": "Bo", "type": "User"}, {"value": "a"}]);
    let qualified = format!("{GROUP_URN}:members");
    check_rows(vec![
        (
            "R-PATCH-45 add",
            BOTH,
            json!({"op": "add", "path": "members", "value": two}),
            Ok(vec![AddMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-45 by URN",
            BOTH,
            json!({"op": "add", "path": qualified, "value": two}),
            Ok(vec![AddMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-45 add one",
            BOTH,
            json!({"op": "Add", "path": "Members", "value": {"value": "a"}}),
            Ok(vec![AddMembers(ids(&["a"]))]),
        ),
        (
            "R-PATCH-42 add ids",
            BOTH,
            json!({"op": "add", "path": "members", "value": ["a", "b"]}),
            Ok(vec![AddMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-24 add nothing",
            BOTH,
            json!({"op": "add", "path": "members", "value": []}),
            Ok(vec![]),
        ),
        (
            "R-PATCH-24 add null",
            BOTH,
            json!({"op": "add", "path": "members", "value": null}),
            Ok(vec![]),
        ),
        (
            "R-PATCH-46 replace",
            BOTH,
            json!({"op": "replace", "path": "members", "value": two}),
            Ok(vec![ReplaceMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-46 replace []",
            BOTH,
            json!({"op": "replace", "path": "members", "value": []}),
            Ok(vec![ClearMembers]),
        ),
        (
            "R-PATCH-46 pathless",
            BOTH,
            json!({"op": "replace", "value": {"members": []}}),
            Ok(vec![ClearMembers]),
        ),
        (
            "R-PATCH-46 pathless",
            BOTH,
            json!({"op": "replace", "value": {"members": two}}),
            Ok(vec![ReplaceMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-20 pathless",
            BOTH,
            json!({"op": "add", "value": {"members": two}}),
            Ok(vec![AddMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-43",
            BOTH,
            json!({"op": "remove", "path": "members", "value": two}),
            Ok(vec![RemoveMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-43 none",
            BOTH,
            json!({"op": "remove", "path": "members", "value": []}),
            Ok(vec![]),
        ),
        (
            "R-PATCH-44",
            BOTH,
            json!({"op": "remove", "path": "members"}),
            Ok(vec![ClearMembers]),
        ),
        (
            "R-PATCH-44 null",
            BOTH,
            json!({"op": "remove", "path": "members", "value": null}),
            Ok(vec![ClearMembers]),
        ),
        (
            "R-PATCH-20",
            BOTH,
            json!({"op": "remove", "value": {"members": two}}),
            Err(NoTarget),
        ),
        (
            "R-GRP-02 no id",
            BOTH,
            json!({"op": "add", "path": "members", "value": [{"display": "Bo"}]}),
            Err(InvalidValue),
        ),
        (
            "R-GRP-02 empty id",
            BOTH,
            json!({"op": "remove", "path": "members", "value": [{"value": ""}]}),
            Err(InvalidValue),
        ),
        (
            "R-GRP-02 no text",
            BOTH,
            json!({"op": "add", "path": "members", "value": [7]}),
            Err(InvalidValue),
        ),
        (
            "R-GRP-02 empty text",
            BOTH,
            json!({"op": "replace", "path": "members", "value": ""}),
            Err(InvalidValue),
        ),
    ]);
}

/// R-PATCH-42: JSON in strings, as for other attributes.
#[test]
fn members_in_strings() {
    let mut rows: Vec<Row> = Vec::new();
    for value in [
        json!("{\"value\": \"a\"}"),
        json!("[{\"value\": \"a\"}]"),
        json!("[\"a\"]"),
        json!(["{\"value\": \"a\"}"]),
    ] {
        for (op, change) in [
            ("add", AddMembers(ids(&["a"]))),
            ("replace", ReplaceMembers(ids(&["a"]))),
            ("remove", RemoveMembers(ids(&["a"]))),
        ] {
            let operation = json!({"op": op, "path": "members", "value": value});
            rows.push(("R-PATCH-42", LENIENT, operation, Ok(vec![change])));
        }
        let pathless = json!({"op": "add", "value": {"members": value}});
        let added = Ok(vec![AddMembers(ids(&["a"]))]);
        rows.push(("R-PATCH-42 pathless", LENIENT, pathless, added));
    }
    // What is no JSON is an id, which then is nobody's; in the strict dialect it always is.
    let text = "{\"value\"";
    for dialects in [LENIENT, STRICT] {
        let operation = json!({"op": "add", "path": "members", "value": text});
        let added = Ok(vec![AddMembers(ids(&[text]))]);
        rows.push(("R-PATCH-42 no JSON", dialects, operation, added));
    }
    check_rows(rows);
}

#[test]
fn selected_members() {
    let path = "members[value eq \"a\"]";
    check_rows(vec![
        (
            "R-PATCH-47",
            BOTH,
            json!({"op": "remove", "path": path}),
            Ok(vec![RemoveMembers(ids(&["a"]))]),
        ),
        (
            "R-PATCH-47 with value",
            BOTH,
            json!({"op": "remove", "path": path, "value": null}),
            Ok(vec![RemoveMembers(ids(&["a"]))]),
        ),
        (
            "R-PATCH-47 several",
            BOTH,
            json!({"op": "remove", "path": "members[value eq \"a\" or (value eq \"b\" or value eq \"a\")]"}),
            Ok(vec![RemoveMembers(ids(&["a", "b"]))]),
        ),
        (
            "R-PATCH-28 add",
            LENIENT,
            json!({"op": "add", "path": path, "value": {"value": "a"}}),
            Ok(vec![AddMembers(ids(&["a"]))]),
        ),
        (
            "R-PATCH-28 add",
            STRICT,
            json!({"op": "add", "path": path, "value": {"value": "a"}}),
            Ok(vec![RequireMember("a".to_owned())]),
        ),
        (
            "R-PATCH-28 replace",
            BOTH,
            json!({"op": "replace", "path": path, "value": {"value": "a"}}),
            Ok(vec![RequireMember("a".to_owned())]),
        ),
        (
            "R-PATCH-28 replace",
            BOTH,
            json!({"op": "replace", "path": format!("{path}.value"), "value": "a"}),
            Ok(vec![RequireMember("a".to_owned())]),
        ),
        (
            "R-PATCH-32 another",
            BOTH,
            json!({"op": "replace", "path": path, "value": {"value": "b"}}),
            Err(Mutability),
        ),
        (
            "R-PATCH-32 another",
            BOTH,
            json!({"op": "replace", "path": format!("{path}.value"), "value": "b"}),
            Err(Mutability),
        ),
        (
            "R-PATCH-32 type",
            BOTH,
            json!({"op": "replace", "path": format!("{path}.type"), "value": "Group"}),
            Err(Mutability),
        ),
        (
            "R-PATCH-32 remove",
            BOTH,
            json!({"op": "remove", "path": format!("{path}.value")}),
            Err(Mutability),
        ),
        (
            "R-PATCH-31 display",
            BOTH,
            json!({"op": "replace", "path": format!("{path}.display"), "value": "Bo"}),
            Err(Mutability),
        ),
        (
            "R-PATCH-25 add",
            BOTH,
            json!({"op": "add", "path": "members.value", "value": "a"}),
            Err(InvalidPath),
        ),
        (
            "R-PATCH-25 replace",
            BOTH,
            json!({"op": "replace", "path": "members.type", "value": "User"}),
            Err(Mutability),
        ),
        (
            "R-PATCH-25 remove",
            BOTH,
            json!({"op": "remove", "path": "members.type"}),
            Err(Mutability),
        ),
        (
            "D18",
            BOTH,
            json!({"op": "remove", "path": format!("{path}.displayName")}),
            Err(InvalidPath),
        ),
        (
            "R-PATCH-12",
            BOTH,
            json!({"op": "remove", "path": "members[value eq \"a\""}),
            Err(InvalidPath),
        ),
        (
            "R-PATCH-12",
            BOTH,
            json!({"op": "remove", "path": "members[user eq \"a\"]"}),
            Err(InvalidFilter),
        ),
    ]);
}

/// R-PATCH-17.
#[test]
fn members_selected_by_another_filter() {
    let operation =
        json!([{"op": "remove", "path": "members[type eq \"Group\" and not (value eq \"a\")]"}]);
    let changes = planned(operation, Dialect::Strict).expect("it is well formed");
    let [RemoveMatchingMembers(predicate)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(matches_element(
        predicate,
        &json!({"value": "b", "type": "Group"})
    ));
    assert!(!matches_element(
        predicate,
        &json!({"value": "a", "type": "Group"})
    ));
}

#[test]
fn other_attributes() {
    let group =
        json!({"id": "5d0a", "displayName": "EMEA", "members": [{"value": "a"}], "meta": {}});
    let nested = json!({GROUP_URN: {"displayName": "EMEA", "members": ["a"]}});
    let both = |op| {
        vec![
            rename(op, None, json!({"displayName": "EMEA"})),
            ReplaceMembers(ids(&["a"])),
        ]
    };
    check_rows(vec![
        (
            "R-OKTA-10",
            LENIENT,
            json!({"op": "replace", "value": group}),
            Ok(both(Op::Replace)),
        ),
        (
            "R-OKTA-10",
            STRICT,
            json!({"op": "replace", "value": group}),
            Err(Mutability),
        ),
        (
            "R-PATCH-41",
            LENIENT,
            json!({"op": "replace", "value": nested}),
            Ok(both(Op::Replace)),
        ),
        (
            "R-PATCH-52",
            BOTH,
            json!({"op": "replace", "path": "displayName", "value": "EMEA"}),
            Ok(vec![rename(
                Op::Replace,
                Some("displayName"),
                json!("EMEA"),
            )]),
        ),
        (
            "R-PATCH-37",
            BOTH,
            json!({"op": "replace", "path": "title", "value": "EMEA"}),
            Err(InvalidPath),
        ),
        (
            "R-PATCH-37",
            LENIENT,
            json!({"op": "replace", "value": {"title": "EMEA"}}),
            Ok(vec![]),
        ),
        (
            "R-PATCH-37",
            STRICT,
            json!({"op": "replace", "value": {"title": "EMEA"}}),
            Err(InvalidSyntax),
        ),
        (
            "R-PATCH-41 value path",
            LENIENT,
            json!({"op": "add", "value": {"members[value eq \"a\"]": {"value": "a"}}}),
            Ok(vec![AddMembers(ids(&["a"]))]),
        ),
    ]);
}

/// R-OKTA-11, R-PATCH-47: the order is kept.
#[test]
fn okta_changes_members() {
    let operations = json!([
        {"op": "remove", "path": "members[value eq \"9b1c\"]"},
        {"op": "add", "path": "members", "value": [{"value": "c3d4", "display": "bo@acme.test"}]},
        {"op": "replace", "value": {"displayName": "Sales"}},
    ]);
    let expected = vec![
        RemoveMembers(ids(&["9b1c"])),
        AddMembers(ids(&["c3d4"])),
        rename(Op::Replace, None, json!({"displayName": "Sales"})),
    ];
    assert_eq!(planned(operations, Dialect::Strict), Ok(expected));
}

/// R-ENTRA-21.
#[test]
fn entra_changes_members() {
    let value = json!([{"$ref": null, "value": "9b1c"}]);
    let operations = json!([
        {"op": "Add", "path": "members", "value": value},
        {"op": "Remove", "path": "members", "value": value},
    ]);
    let expected = vec![AddMembers(ids(&["9b1c"])), RemoveMembers(ids(&["9b1c"]))];
    assert_eq!(planned(operations, Dialect::Lenient), Ok(expected));
}

/// R-REG-PERF-01: a plan for very many members takes no longer per member.
#[test]
fn very_many_members() {
    let members: Vec<Value> = (0..100_000)
        .map(|number| json!({"value": format!("m{}", number % 50_000)}))
        .collect();
    assert_eq!(
        member_ids(&Value::Array(members), Dialect::Lenient).map(|ids| ids.len()),
        Ok(50_000)
    );
}
