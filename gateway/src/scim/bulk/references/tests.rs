use ::scim::{
    definitions::{self, ENTERPRISE_URN},
    dialect::Dialect,
    schema::ResourceType,
};
use serde_json::{Value, json};

use super::*;
use crate::scim::kind::Kind;

fn user() -> ResourceType {
    definitions::user(&Default::default())
}

/// Resolves every reference `bulkId:x` to `ID` at `LOCATION`; also returns the other ids.
fn resolved(resource_type: &ResourceType, method: Method, data: Value) -> (Value, Vec<String>) {
    let Value::Object(data) = data else {
        panic!("not an object")
    };
    let mut task = Task {
        method,
        kind: Kind::User,
        target: String::new(),
        version: None,
        data,
    };
    let mut ids = Vec::new();
    visit(
        &mut task,
        resource_type,
        Dialect::Lenient,
        &mut |text, form| {
            if form.bulk_id(text) == Some("x") {
                form.resolve(text, "ID", "LOCATION");
            } else {
                ids.push(form.id(text).to_owned());
            }
        },
    );
    (Value::Object(task.data), ids)
}

/// R-BULK-06.
#[test]
fn references_in_representations() {
    let (data, ids) = resolved(
        &definitions::group(),
        Method::Post,
        json!({
            "displayName": "bulkId:x",
            "externalId": "bulkId:x",
            "MEMBERS": [
                {"value": "bulkId:x", "type": "User", "display": "bulkId:x"},
                {"value": "BULKID:x", "$ref": "bulkId:x"},
                {"value": "1", "$ref": "../Users/bulkId:x"},
                {"value": "2", "$ref": "https://host/scim/v2/Users/2"},
                "bulkId:x",
            ],
        }),
    );
    let expected = json!({
        "displayName": "bulkId:x",
        "externalId": "bulkId:x",
        "MEMBERS": [
            {"value": "ID", "type": "User", "display": "bulkId:x"},
            {"value": "ID", "$ref": "LOCATION"},
            {"value": "1", "$ref": "../Users/ID"},
            {"value": "2", "$ref": "https://host/scim/v2/Users/2"},
            "ID",
        ],
    });
    assert_eq!(data, expected);
    assert_eq!(ids, ["1", "2", "2"]);
}

#[test]
fn references_in_extensions() {
    let table = [
        json!({ ENTERPRISE_URN: {"manager": {"value": "bulkId:x", "displayName": "bulkId:x"}} }),
        json!({ ENTERPRISE_URN.to_uppercase(): {"Manager": {"VALUE": "bulkId:x", "displayName": "bulkId:x"}} }),
    ];
    for data in table {
        let text = data.to_string().replacen("bulkId:x", "ID", 1);
        let expected: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(resolved(&user(), Method::Put, data).0, expected);
    }
    let (data, _) = resolved(
        &user(),
        Method::Post,
        json!({
            "manager": "bulkId:x",
            format!("{ENTERPRISE_URN}:manager"): {"value": "bulkId:x"},
            "groups": [{"value": "bulkId:x"}],
            "emails": [{"value": "bulkId:x"}],
            "photos": [{"value": "bulkId:x"}],
            "profileUrl": "bulkId:x",
            "nickName": "bulkId:x",
        }),
    );
    let expected = json!({
        "manager": "ID",
        format!("{ENTERPRISE_URN}:manager"): {"value": "ID"},
        "groups": [{"value": "bulkId:x"}],
        "emails": [{"value": "bulkId:x"}],
        "photos": [{"value": "bulkId:x"}],
        "profileUrl": "bulkId:x",
        "nickName": "bulkId:x",
    });
    assert_eq!(data, expected);
}

/// Paths, their filters and the values of operations.
#[test]
fn references_in_patches() {
    let patch = |operations: Value| json!({"operations": operations});
    let group = definitions::group();
    let (data, ids) = resolved(
        &group,
        Method::Patch,
        patch(json!([
            {"OP": "add", "path": "members", "value": [{"value": "bulkId:x"}, {"value": "1"}]},
            {"op": "add", "PATH": "Members", "VALUE": {"value": "bulkId:x"}},
            {"op": "remove", "path": "members[value eq \"bulkId:x\" or not (value eq \"2\")]"},
            {"op": "remove", "path": "members[display eq \"bulkId:x\"]"},
            {"op": "replace", "path": "displayName", "value": "bulkId:x"},
            {"op": "add", "value": {"members": [{"value": "bulkId:x"}], "displayName": "bulkId:x"}},
            {"op": "add", "path": "colour", "value": "bulkId:x"},
            {"op": "remove", "path": "members["},
        ])),
    );
    let expected = patch(json!([
        {"OP": "add", "path": "members", "value": [{"value": "ID"}, {"value": "1"}]},
        {"op": "add", "PATH": "Members", "VALUE": {"value": "ID"}},
        {"op": "remove", "path": "members[value eq \"ID\" or not (value eq \"2\")]"},
        {"op": "remove", "path": "members[display eq \"bulkId:x\"]"},
        {"op": "replace", "path": "displayName", "value": "bulkId:x"},
        {"op": "add", "value": {"members": [{"value": "ID"}], "displayName": "bulkId:x"}},
        {"op": "add", "path": "colour", "value": "bulkId:x"},
        {"op": "remove", "path": "members["},
    ]));
    assert_eq!(data, expected);
    assert_eq!(ids, ["1", "2"]);

    let manager = format!("{ENTERPRISE_URN}:manager");
    let (data, _) = resolved(
        &user(),
        Method::Patch,
        patch(json!([
            {"op": "add", "path": manager, "value": "bulkId:x"},
            {"op": "add", "path": format!("{manager}.value"), "value": "bulkId:x"},
            {"op": "add", "path": format!("{manager}.$ref"), "value": "../Users/bulkId:x"},
            {"op": "add", "path": "manager", "value": [{"$ref": "bulkId:x", "value": "bulkId:x"}]},
            {"op": "add", "path": ENTERPRISE_URN, "value": {"manager.value": "bulkId:x", "division": "bulkId:x"}},
            {"op": "add", "value": {format!("{manager}.value"): "bulkId:x"}},
        ])),
    );
    let expected = patch(json!([
        {"op": "add", "path": manager, "value": "ID"},
        {"op": "add", "path": format!("{manager}.value"), "value": "ID"},
        {"op": "add", "path": format!("{manager}.$ref"), "value": "../Users/ID"},
        {"op": "add", "path": "manager", "value": [{"$ref": "LOCATION", "value": "ID"}]},
        {"op": "add", "path": ENTERPRISE_URN, "value": {"manager.value": "ID", "division": "bulkId:x"}},
        {"op": "add", "value": {format!("{manager}.value"): "ID"}},
    ]));
    assert_eq!(data, expected);
}

#[test]
fn keys_of_a_patch_may_be_paths() {
    let (data, _) = resolved(
        &definitions::group(),
        Method::Patch,
        json!({"Operations": [{"op": "remove", "value": {"members[value eq \"bulkId:x\"]": "1"}}]}),
    );
    let expected =
        json!({"Operations": [{"op": "remove", "value": {"members[value eq \"ID\"]": "1"}}]});
    assert_eq!(data, expected);
}

#[test]
fn forms() {
    let table = [
        (Form::Id, "bulkId:a/b", Some("a/b")),
        (Form::Id, "bulkid:a", Some("a")),
        (Form::Id, "bulkId:", None),
        (Form::Id, "abulkId:a", None),
        (Form::Id, "../Users/bulkId:a", None),
        (Form::Location, "../Users/bulkId:a", Some("a")),
        (Form::Location, "https://x/v2/Users/bulkId:ä", Some("ä")),
        (Form::Location, "https://x/v2/Users/ä", None),
        (Form::Location, "", None),
    ];
    for (form, text, expected) in table {
        assert_eq!(form.bulk_id(text), expected, "{text}");
    }
}
