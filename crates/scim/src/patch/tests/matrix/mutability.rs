//! What clients may not change, and attributes that only configured types have.

use serde_json::json;

use super::*;

#[test]
fn what_clients_may_not_change() {
    let manager_name = format!("{ENTERPRISE_URN}:manager.displayName");
    let mut rows: Vec<Row> = Vec::new();
    for path in [
        "id",
        "meta",
        "meta.version",
        "groups",
        "groups[value eq \"x\"]",
        manager_name.as_str(),
    ] {
        let value = json!("x");
        rows.push((
            "R-PATCH-31 add",
            BOTH,
            vec![add(path, value.clone())],
            Err(Mutability),
        ));
        rows.push((
            "R-PATCH-31 replace",
            BOTH,
            vec![replace(path, value)],
            Err(Mutability),
        ));
        rows.push((
            "R-PATCH-31 remove",
            BOTH,
            vec![remove(path)],
            Err(Mutability),
        ));
    }
    for path in [
        "shoeSize",
        "name.nick",
        "urn:x:y:z",
        "urn:x:y:z:a",
        "emails[type eq \"work\"].domain",
        "meta.x",
    ] {
        rows.push((
            "R-PATCH-37 add",
            BOTH,
            vec![add(path, json!("x"))],
            Err(InvalidPath),
        ));
        rows.push((
            "R-PATCH-37 replace",
            BOTH,
            vec![replace(path, json!("x"))],
            Err(InvalidPath),
        ));
        rows.push((
            "R-PATCH-37 remove",
            BOTH,
            vec![remove(path)],
            Err(InvalidPath),
        ));
    }
    let only_core = json!([definitions::USER_URN, license_urn()]);
    let more: Vec<Row> = vec![
        (
            "R-PATCH-34 add",
            BOTH,
            vec![add("userName", json!("bo"))],
            Ok(json!({"userName": "bo"})),
        ),
        (
            "R-PATCH-34 replace",
            BOTH,
            vec![replace("userName", json!("Ann@X.test"))],
            Ok(json!({"userName": "Ann@X.test"})),
        ),
        (
            "R-PATCH-34 replace null",
            BOTH,
            vec![replace("userName", json!(null))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-34 replace empty",
            BOTH,
            vec![replace("userName", json!(""))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-34 replace blank",
            BOTH,
            vec![replace("userName", json!("  "))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-34 remove",
            BOTH,
            vec![remove("userName")],
            Err(Mutability),
        ),
        (
            "R-PATCH-07 remove, add",
            BOTH,
            vec![remove("userName"), add("userName", json!("bo"))],
            Err(Mutability),
        ),
        (
            "R-PATCH-35 add",
            BOTH,
            vec![add("password", json!("s3cret"))],
            nothing(),
        ),
        (
            "R-PATCH-35 replace",
            BOTH,
            vec![replace("password", json!("s3cret"))],
            nothing(),
        ),
        (
            "R-PATCH-35 remove",
            BOTH,
            vec![remove("password")],
            nothing(),
        ),
        (
            "R-PATCH-35 wrong type",
            BOTH,
            vec![replace("password", json!(["a", "b"]))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-36 add",
            BOTH,
            vec![add("schemas", json!([ENTERPRISE_URN]))],
            nothing(),
        ),
        (
            "R-PATCH-36 add unknown",
            LENIENT,
            vec![add("schemas", json!(["urn:x"]))],
            nothing(),
        ),
        (
            "R-PATCH-36 add unknown",
            STRICT,
            vec![add("schemas", json!(["urn:x"]))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-36 replace",
            BOTH,
            vec![replace("schemas", only_core)],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-36 replace without core",
            STRICT,
            vec![replace("schemas", json!([]))],
            Err(Mutability),
        ),
        (
            "R-PATCH-36 replace without core",
            LENIENT,
            vec![replace("schemas", json!([]))],
            nothing(),
        ),
        (
            "R-PATCH-36 remove",
            BOTH,
            vec![remove("schemas")],
            Err(Mutability),
        ),
        (
            "R-PATCH-36 remove an extension",
            BOTH,
            vec![remove_listed("schemas", json!([ENTERPRISE_URN]))],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
    ];
    rows.extend(more);
    check_rows(&user(), &ann(), rows);
}

/// A type of our own for what users do not have: immutable attributes and arrays of simple values (R-EXT-05, R-MV-08).
fn device() -> ResourceType {
    use crate::schema::{Attribute, Mutability, Type};
    let mut device = definitions::group();
    device.schema.attributes = vec![
        Attribute::new("serial", Type::String, "").mutability(Mutability::Immutable),
        Attribute::new("model", Type::String, "").mutability(Mutability::Immutable),
        Attribute::new("tags", Type::String, "").multi_valued(),
        Attribute::new("ports", Type::Integer, "").multi_valued(),
        Attribute::new("load", Type::Decimal, ""),
        Attribute::new("seen", Type::DateTime, ""),
        Attribute::complex(
            "box",
            "",
            vec![
                Attribute::new("labels", Type::String, "").multi_valued(),
                Attribute::new("code", Type::String, "").mutability(Mutability::Immutable),
            ],
        ),
    ];
    device
}

#[test]
fn immutable_and_simple_arrays() {
    let before = object(json!({
        "serial": "s1", "tags": ["red", "blue"], "ports": [80], "box": {"labels": ["a"], "code": "c1"},
    }));
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-32 add",
            BOTH,
            vec![add("serial", json!("s2"))],
            Err(Mutability),
        ),
        (
            "R-PATCH-32 replace",
            BOTH,
            vec![replace("serial", json!("s2"))],
            Err(Mutability),
        ),
        (
            "R-PATCH-32 equal",
            BOTH,
            vec![add("serial", json!("s1")), replace("serial", json!("S1"))],
            nothing(),
        ),
        (
            "R-PATCH-32 remove",
            BOTH,
            vec![remove("serial")],
            Err(Mutability),
        ),
        (
            "R-PATCH-32 sub-attribute",
            BOTH,
            vec![replace("box.code", json!("c2"))],
            Err(Mutability),
        ),
        (
            "R-PATCH-32 in an object",
            BOTH,
            vec![replace("box", json!({"code": "c2"}))],
            Err(Mutability),
        ),
        (
            "R-PATCH-33 add",
            BOTH,
            vec![add("model", json!("m"))],
            Ok(json!({"model": "m"})),
        ),
        (
            "R-PATCH-33 replace",
            BOTH,
            vec![replace("model", json!("m"))],
            Ok(json!({"model": "m"})),
        ),
        ("R-PATCH-33 remove", BOTH, vec![remove("model")], nothing()),
        (
            "R-MV-08 add",
            BOTH,
            vec![add("tags", json!(["RED", "green"]))],
            Ok(json!({"tags": ["RED", "blue", "green"]})),
        ),
        (
            "R-MV-08 add one",
            LENIENT,
            vec![add("tags", json!("green"))],
            Ok(json!({"tags": ["red", "blue", "green"]})),
        ),
        (
            "R-MV-08 replace",
            BOTH,
            vec![replace("ports", json!([1, 1, 2]))],
            Ok(json!({"ports": [1, 2]})),
        ),
        (
            "R-MV-08 listed",
            BOTH,
            vec![remove_listed("tags", json!(["Blue"]))],
            Ok(json!({"tags": ["red"]})),
        ),
        (
            "R-MV-08 value path",
            BOTH,
            vec![remove(r#"tags[value eq "RED"]"#)],
            Ok(json!({"tags": ["blue"]})),
        ),
        (
            "R-MV-08 value path",
            BOTH,
            vec![replace(r#"tags[value sw "r"]"#, json!("pink"))],
            Ok(json!({"tags": ["pink", "blue"]})),
        ),
        (
            "R-MV-08 value path",
            BOTH,
            vec![replace(r#"tags[value pr]"#, json!("pink"))],
            Ok(json!({"tags": ["pink"]})),
        ),
        (
            "R-MV-08 value path",
            BOTH,
            vec![replace(r#"tags[value pr]"#, json!(""))],
            Ok(json!({"tags": null})),
        ),
        (
            "R-MV-08 value path",
            BOTH,
            vec![replace(r#"tags[value eq "x"]"#, json!("y"))],
            Err(NoTarget),
        ),
        (
            "R-MV-08 value path",
            BOTH,
            vec![remove("ports[value lt 90]")],
            Ok(json!({"ports": null})),
        ),
        (
            "R-MV-08 in an object",
            BOTH,
            vec![add("box.labels", json!(["b"]))],
            Ok(json!({"box": {"labels": ["a", "b"], "code": "c1"}})),
        ),
        (
            "R-MV-08 in an object",
            BOTH,
            vec![remove("box.labels")],
            Ok(json!({"box": {"code": "c1"}})),
        ),
        (
            "R-ATTR-03",
            BOTH,
            vec![add("load", json!(0.25))],
            Ok(json!({"load": 0.25})),
        ),
        (
            "R-ATTR-04",
            STRICT,
            vec![add("ports", json!([5.0]))],
            Err(InvalidValue),
        ),
        (
            "R-ATTR-04",
            LENIENT,
            vec![add("ports", json!([5.0]))],
            Ok(json!({"ports": [80, 5]})),
        ),
        (
            "R-ATTR-05",
            BOTH,
            vec![add("seen", json!("2026-01-01T00:00:00.0000000Z"))],
            Ok(json!({"seen": "2026-01-01T00:00:00.0000000Z"})),
        ),
        (
            "R-ATTR-05",
            BOTH,
            vec![add("seen", json!("yesterday"))],
            Err(InvalidValue),
        ),
    ];
    check_rows(&device(), &before, rows);
}
