use serde_json::json;

use super::{extension_keys, in_extensions, keys};
use crate::{
    Map,
    definitions::group,
    schema::{Attribute, Extension, Schema, Type, Uniqueness},
};

fn schema(id: &str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        id: id.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        attributes,
    }
}

fn unique(name: &str, r#type: Type) -> Attribute {
    Attribute::new(name, r#type, "").unique(Uniqueness::Server)
}

/// R-ATTR-13, R-ATTR-14: keys compare as filters do, and stand for every value.
#[test]
fn keys_are_the_compared_values_of_unique_attributes() {
    let mut resource_type = group();
    resource_type.schema = schema(
        "urn:example:core",
        vec![
            unique("name", Type::String),
            unique("serial", Type::String).case_exact(),
            unique("number", Type::Decimal),
            unique("made", Type::DateTime),
            unique("tags", Type::String).multi_valued(),
            Attribute::complex("ports", "", vec![unique("mac", Type::String)]).multi_valued(),
            Attribute::new("free", Type::String, ""),
        ],
    );
    resource_type.extensions = vec![Extension {
        schema: schema("urn:example:more", vec![unique("badge", Type::Integer)]),
        required: false,
    }];
    let resource = json!({
        "name": "Straße", "serial": "aB", "number": 1.0, "made": "2026-01-01T01:00:00+01:00",
        "tags": ["X", "x", "y"], "ports": [{"mac": "AA"}, {"mac": "bb"}, {}], "free": "f",
        "urn:example:more": {"badge": 7},
    });
    let resource: Map = resource.as_object().expect("an object").clone();
    let found = keys(&resource_type, &resource);
    let made = crate::date_time::sortable("2026-01-01T00:00:00Z".parse().expect("an instant"));
    let expected = [
        ("made", made.as_str()),
        ("name", "strasse"),
        ("number", "1"),
        ("ports.mac", "aa"),
        ("ports.mac", "bb"),
        ("serial", "aB"),
        ("tags", "x"),
        ("tags", "y"),
        ("urn:example:more:badge", "7"),
    ];
    let found: Vec<_> = found
        .iter()
        .map(|key| (&*key.attribute, &*key.text))
        .collect();
    assert_eq!(found, expected);
    assert!(in_extensions(&resource_type) && !in_extensions(&group()));
    let within = extension_keys(&resource_type, &resource);
    assert_eq!(within.len(), 1);
    assert_eq!(within[0].attribute, "urn:example:more:badge");
}

/// Keys are equal exactly for the numbers that filters call equal.
#[test]
fn numbers_are_keyed_by_value() {
    let key = |text: &str| super::comparable_number(&text.parse().expect("a number"));
    for (one, other) in [
        ("1", "1.0"),
        ("0", "-0.0"),
        ("18446744073709549568", "18446744073709549568.0"),
        ("1e3", "1000"),
    ] {
        assert_eq!(key(one), key(other), "{one} {other}");
    }
    for (one, other) in [
        ("18446744073709551614", "18446744073709551615"),
        ("0.5", "0.25"),
        ("1e300", "-1e300"),
    ] {
        assert_ne!(key(one), key(other), "{one} {other}");
    }
}
