//! PATCH by tables: each row says what an operation does to Ann, or how it is refused.

#![expect(
    clippy::too_many_lines,
    clippy::needless_pass_by_value,
    reason = "tables, one row per case, with values made in place"
)]

use serde_json::{Value, json};

use super::{Op, Operation, apply};
use crate::Map;
use crate::definitions::{self, ENTERPRISE_URN, LicenseExtension};
use crate::dialect::Dialect;
use crate::error::{Error, Kind};
use crate::resource;
use crate::schema::ResourceType;

mod bounds;
mod containers;
mod entra;
mod further;
mod matrix;
mod okta;
mod properties;
mod request;

const BOTH: &[Dialect] = &[Dialect::Lenient, Dialect::Strict];
const LENIENT: &[Dialect] = &[Dialect::Lenient];
const STRICT: &[Dialect] = &[Dialect::Strict];

/// What is expected of one row: the members that differ afterwards (`null`: gone), or the kind of the error.
type Expected = Result<Value, Kind>;
/// Requirement, dialects, operations, outcome.
type Row = (&'static str, &'static [Dialect], Vec<Operation>, Expected);

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

fn license_urn() -> String {
    LicenseExtension::default().urn
}

fn object(value: Value) -> Map {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}

fn ann() -> Map {
    object(json!({
        "externalId": "00u1",
        "userName": "ann@x.test",
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "title": "Engineer",
        "active": true,
        "emails": [
            {"value": "ann@work.test", "type": "work", "primary": true},
            {"value": "ann@home.test", "type": "home"},
        ],
        ENTERPRISE_URN: {"department": "IT", "manager": {"value": "77aa", "$ref": "https://x.test/Users/77aa"}},
        license_urn(): {"licenseType": "developer"},
    }))
}

fn add(path: &str, value: Value) -> Operation {
    Operation {
        op: Op::Add,
        path: Some(path.to_owned()),
        value: Some(value),
    }
}

fn replace(path: &str, value: Value) -> Operation {
    Operation {
        op: Op::Replace,
        path: Some(path.to_owned()),
        value: Some(value),
    }
}

fn remove(path: &str) -> Operation {
    Operation {
        op: Op::Remove,
        path: Some(path.to_owned()),
        value: None,
    }
}

fn remove_listed(path: &str, value: Value) -> Operation {
    Operation {
        value: Some(value),
        ..remove(path)
    }
}

fn pathless(op: Op, value: Value) -> Operation {
    Operation {
        op,
        path: None,
        value: Some(value),
    }
}

fn patched(
    resource_type: &ResourceType,
    before: &Map,
    operations: &[Operation],
    dialect: Dialect,
) -> Result<Map, Error> {
    let mut after = before.clone();
    apply(resource_type, &mut after, operations, dialect)?;
    Ok(after)
}

/// Ann after the operations of a request body, as a client sends it.
fn sent(body: Value) -> Map {
    let operations =
        super::read_request(object(body), Dialect::Lenient).expect("the request is well formed");
    patched(&user(), &ann(), &operations, Dialect::Lenient).expect("the request is accepted")
}

fn with_changes(before: &Map, changes: Value) -> Map {
    let mut expected = before.clone();
    for (name, value) in object(changes) {
        match value {
            Value::Null => {
                expected.shift_remove(&name);
            }
            value => {
                expected.insert(name, value);
            }
        }
    }
    expected
}

fn check_rows(resource_type: &ResourceType, before: &Map, rows: Vec<Row>) {
    let faults: Vec<String> = rows
        .into_iter()
        .flat_map(|(id, dialects, operations, expected)| {
            let fault = |dialect: &Dialect| {
                let outcome = patched(resource_type, before, &operations, *dialect);
                let expected = expected.clone().map(|changes| with_changes(before, changes));
                let same = match (&outcome, &expected) {
                    (Ok(after), Ok(expected)) => after == expected,
                    (Err(error), Err(kind)) => error.kind == *kind,
                    _ => false,
                };
                (!same).then(|| {
                    let expected = expected.map(Value::Object).map_err(|kind| format!("{kind:?}"));
                    let outcome = outcome.map(Value::Object);
                    format!("{id} {dialect:?} {operations:?}\n  expected {expected:?}\n  but got  {outcome:?}")
                })
            };
            dialects.iter().filter_map(fault).collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The changes of no change.
fn nothing() -> Expected {
    Ok(json!({}))
}

#[test]
fn ann_is_canonical() {
    let read = resource::read(&user(), ann(), Dialect::Lenient).expect("it is well formed");
    assert_eq!(read, ann());
    assert_eq!(resource::check(&user(), &read), Ok(()));
}
