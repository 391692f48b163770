//! What must hold of an attribute holds also when an operation names what it stands in: an extension, a complex
//! attribute, `schemas`.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::{Attribute, Extension, Mutability, Schema, Type};

const BADGES: &str = "urn:example:badges:2.0:User";
const NEEDS: &str = "urn:example:needs:2.0:User";
const MUST: &str = "urn:example:must:2.0:User";

fn text(name: &str) -> Attribute {
    Attribute::new(name, Type::String, "")
}

/// Users with something immutable in an extension and in complex attributes, an optional extension with something
/// required, and a required one.
fn type_with_rules() -> ResourceType {
    let fixed = |name| text(name).mutability(Mutability::Immutable);
    let schema = |id: &str, attributes| Schema {
        id: id.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        attributes,
    };
    let extension = |schema, required| Extension { schema, required };
    let mut user = user();
    let site = Attribute::complex("site", "", vec![fixed("code"), text("room")]);
    user.schema.attributes.push(site.clone());
    user.extensions = vec![
        extension(
            schema(BADGES, vec![fixed("badge"), text("colour"), site]),
            false,
        ),
        extension(
            schema(NEEDS, vec![text("needed").required(), text("more")]),
            false,
        ),
        extension(schema(MUST, vec![text("one"), text("two")]), true),
    ];
    user
}

fn badged() -> Map {
    object(json!({
        "userName": "ann",
        "site": {"code": "N", "room": "1"},
        BADGES: {"badge": "7", "colour": "red", "site": {"code": "S"}},
        NEEDS: {"needed": "x", "more": "y"},
        MUST: {"one": "1"},
    }))
}

/// R-ATTR-12, R-PATCH-32: what is immutable does not go with what it stands in.
#[test]
fn what_is_immutable_outlives_its_container() {
    let badge = format!("{BADGES}:badge");
    let far_site = format!("{BADGES}:site");
    let keeps = json!([definitions::USER_URN, NEEDS, MUST]);
    let mut rows: Vec<Row> = Vec::new();
    for operation in [
        remove(&badge),
        replace(&badge, json!(null)),
        remove(BADGES),
        replace(BADGES, json!(null)),
        pathless(Op::Replace, json!({BADGES: null})),
        replace("schemas", keeps),
        remove_listed("schemas", json!([BADGES])),
        remove("site"),
        replace("site", json!(null)),
        replace("site", json!({"code": "W"})),
        replace("site.code", json!("W")),
        remove("site.code"),
        remove(&far_site),
        pathless(Op::Add, json!({"site": null})),
        pathless(Op::Replace, json!({BADGES: {"site": {"code": null}}})),
    ] {
        rows.push(("R-PATCH-32", BOTH, vec![operation], Err(Kind::Mutability)));
    }
    rows.push((
        "R-PATCH-32 the rest may change",
        BOTH,
        vec![
            replace("site", json!({"code": "N", "room": "2"})),
            remove(&format!("{BADGES}:colour")),
            add(BADGES, json!({"badge": "7"})),
        ],
        Ok(json!({
            "site": {"code": "N", "room": "2"},
            BADGES: {"badge": "7", "site": {"code": "S"}},
        })),
    ));
    check_rows(&type_with_rules(), &badged(), rows);
    // Once, and within one request too.
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-32 without a value",
            BOTH,
            vec![remove(BADGES), remove("site"), add(&badge, json!("8"))],
            Ok(json!({BADGES: {"badge": "8"}})),
        ),
        (
            "R-PATCH-32 set in this request",
            BOTH,
            vec![
                add(&badge, json!("8")),
                remove(BADGES),
                add(&badge, json!("9")),
            ],
            Err(Kind::Mutability),
        ),
    ];
    let bare = object(json!({"userName": "ann", MUST: {"one": "1"}}));
    check_rows(&type_with_rules(), &bare, rows);
}

/// R-ATTR-16, R-PATCH-34, R-EXT-02, R-PATCH-53: an optional extension goes whole or not at all.
#[test]
fn what_is_required_goes_with_its_extension_only() {
    let needed = format!("{NEEDS}:needed");
    let gone = || Ok(json!({NEEDS: null}));
    let others = json!([definitions::USER_URN, BADGES, MUST]);
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-34 remove",
            BOTH,
            vec![remove(&needed)],
            Err(Kind::Mutability),
        ),
        (
            "R-PATCH-34 null",
            BOTH,
            vec![replace(&needed, json!(null))],
            Err(Kind::InvalidValue),
        ),
        (
            "R-PATCH-34 empty",
            BOTH,
            vec![replace(&needed, json!(""))],
            Err(Kind::InvalidValue),
        ),
        (
            "R-PATCH-34 pathless",
            BOTH,
            vec![pathless(Op::Replace, json!({NEEDS: {"needed": null}}))],
            Err(Kind::InvalidValue),
        ),
        ("R-PATCH-30", BOTH, vec![remove(NEEDS)], gone()),
        (
            "R-PATCH-30",
            BOTH,
            vec![replace(NEEDS, json!(null))],
            gone(),
        ),
        ("R-PATCH-36", BOTH, vec![replace("schemas", others)], gone()),
        (
            "R-PATCH-30 and then none to remove",
            BOTH,
            vec![
                remove(NEEDS),
                remove(&needed),
                replace(&needed, json!(null)),
            ],
            gone(),
        ),
        (
            "R-ATTR-16 half of it",
            BOTH,
            vec![remove(NEEDS), add(&format!("{NEEDS}:more"), json!("z"))],
            Err(Kind::InvalidValue),
        ),
        ("R-EXT-02", BOTH, vec![remove(MUST)], Err(Kind::Mutability)),
        (
            "R-EXT-02",
            BOTH,
            vec![replace(MUST, json!(null))],
            Err(Kind::Mutability),
        ),
        (
            "R-EXT-02",
            BOTH,
            vec![replace("schemas", json!([definitions::USER_URN, BADGES]))],
            Err(Kind::Mutability),
        ),
        (
            "R-EXT-02 the last of it",
            BOTH,
            vec![remove(&format!("{MUST}:one"))],
            Err(Kind::InvalidValue),
        ),
    ];
    check_rows(&type_with_rules(), &badged(), rows);
}

/// R-PATCH-37, R-COMMON-02: `schemas` in the object of an extension says nothing.
#[test]
fn schemas_within_an_extension_is_ignored() {
    let value = json!({"schemas": [ENTERPRISE_URN], "department": "HR"});
    let changed = || {
        Ok(
            json!({ENTERPRISE_URN: {"department": "HR", "manager": ann()[ENTERPRISE_URN]["manager"]}}),
        )
    };
    let rows: Vec<Row> = vec![
        (
            "add",
            BOTH,
            vec![add(ENTERPRISE_URN, value.clone())],
            changed(),
        ),
        (
            "replace",
            BOTH,
            vec![replace(ENTERPRISE_URN, value.clone())],
            changed(),
        ),
        (
            "pathless",
            BOTH,
            vec![pathless(Op::Add, json!({ENTERPRISE_URN: value}))],
            changed(),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

/// R-PATCH-28, R-PATCH-53: a value path without match that states what its filter says makes an element or fails.
#[test]
fn a_value_path_that_repeats_its_filter() {
    let work_and_home = ann()["emails"].as_array().cloned().unwrap_or_default();
    let appended = |element: Value| {
        let mut emails = work_and_home.clone();
        emails.push(element);
        Ok(json!({"emails": emails}))
    };
    let q = || json!({"value": "q@x"});
    let by_value = r#"emails[value eq "q@x"]"#;
    let by_type = r#"emails[type eq "zz"]"#;
    let both_ways = |path: &str, value: Value| [add(path, value.clone()), replace(path, value)];
    let mut rows: Vec<Row> = vec![
        ("add", LENIENT, vec![add(by_value, q())], appended(q())),
        (
            "add",
            LENIENT,
            vec![add(&format!("{by_value}.value"), json!("q@x"))],
            appended(q()),
        ),
        (
            "replace",
            LENIENT,
            vec![replace(by_value, q())],
            Err(Kind::NoTarget),
        ),
        (
            "states nothing",
            LENIENT,
            vec![add(by_value, json!({}))],
            nothing(),
        ),
        (
            "states nothing",
            LENIENT,
            vec![add(&format!("{by_type}.value"), json!(""))],
            nothing(),
        ),
    ];
    for operation in both_ways(&format!("{by_type}.type"), json!("zz")) {
        let made = appended(json!({"type": "zz"}));
        rows.push(("type", LENIENT, vec![operation.clone()], made));
        rows.push(("type", STRICT, vec![operation], Err(Kind::NoTarget)));
    }
    for operation in both_ways("ims[primary eq true].primary", json!(true)) {
        let made = Ok(json!({"ims": [{"primary": true}]}));
        rows.push(("primary", LENIENT, vec![operation.clone()], made));
        rows.push(("primary", STRICT, vec![operation], Err(Kind::NoTarget)));
    }
    check_rows(&user(), &ann(), rows);
}

/// R-PATCH-20: without a path, the value is an object of attributes.
#[test]
fn a_value_without_path_is_an_object() {
    let mut rows: Vec<Row> = Vec::new();
    for value in [json!([]), json!("x"), json!(1), json!(null), json!([[]])] {
        for op in [Op::Add, Op::Replace] {
            let operation = pathless(op, value.clone());
            rows.push(("R-PATCH-20", BOTH, vec![operation], Err(Kind::InvalidValue)));
        }
    }
    check_rows(&user(), &ann(), rows);
}

/// Operations that touch the fixed values and what they stand in.
fn any_operation() -> impl Strategy<Value = Operation> {
    let names = ["badge", "colour", "site", "site.code", "site.room", ""];
    let path = prop_oneof![
        prop::sample::select(names.to_vec()).prop_map(|name| match name {
            "" => BADGES.to_owned(),
            name => format!("{BADGES}:{name}"),
        }),
        prop::sample::select(vec!["site", "site.code", "site.room", "schemas"])
            .prop_map(str::to_owned),
    ];
    let value = prop::sample::select(vec![
        json!(null),
        json!("7"),
        json!("8"),
        json!({}),
        json!({"code": "W", "room": "3"}),
        json!({"badge": "8"}),
        json!({"site": null, "badge": null}),
        json!({"badge": "7", "site": {"code": "S", "room": "9"}}),
        json!([definitions::USER_URN, MUST]),
        json!([BADGES]),
    ]);
    let op = prop::sample::select(vec![Op::Add, Op::Replace, Op::Remove]);
    let with_path = (op, path, value.clone()).prop_map(|(op, path, value)| Operation {
        op,
        path: Some(path),
        value: (op != Op::Remove || !value.is_null()).then_some(value),
    });
    let without = value.prop_map(|value| pathless(Op::Replace, json!({BADGES: value})));
    prop_oneof![4 => with_path, 1 => without]
}

proptest! {
    /// R-ATTR-12: whatever comes, what is immutable is what it was.
    #[test]
    fn nothing_changes_what_is_immutable(operations in prop::collection::vec(any_operation(), 1..5)) {
        let before = badged();
        for dialect in [Dialect::Lenient, Dialect::Strict] {
            if let Ok(after) = patched(&type_with_rules(), &before, &operations, dialect) {
                prop_assert_eq!(&after[BADGES]["badge"], &json!("7"));
                prop_assert_eq!(&after[BADGES]["site"]["code"], &json!("S"));
                prop_assert_eq!(&after["site"]["code"], &json!("N"));
            }
        }
    }
}
