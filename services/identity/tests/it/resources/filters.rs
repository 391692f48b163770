//! Devices of every shape, and random filters that fit them.

use proptest::prelude::*;

/// Each but for its serial.
pub(super) const DEVICES: &[&str] = &[
    "{}",
    r#"{"name": "a", "weight": 1, "on": true, "tags": ["a", "B"], "sizes": [1]}"#,
    r#"{"name": "B", "weight": 1.5, "on": false, "tags": ["ab"], "sizes": [2, 3], "owner": "a"}"#,
    r#"{"weight": -2, "made": "2026-01-01T00:00:00Z", "ports": [{"value": "a", "speed": 1}, {"speed": 2}]}"#,
    r#"{"weight": 1e3, "made": "2026-01-01T01:00:00+02:00", "ports": [{"value": "b", "primary": true, "vlans": [1, 2]}]}"#,
    r#"{"place": {"site": "a", "floors": [1, 3]}, "urn:example:Rack": {"row": 1, "labels": ["a"]}}"#,
    r#"{"place": {"floors": [2]}, "urn:example:Rack": {"row": 3}, "certificate": "YQ=="}"#,
    r#"{"place": {"site": "B%_"}, "urn:example:Rack": {"labels": ["b", "AB"]}, "sizes": [0, 1, 2]}"#,
];

/// Fields, and the operators and literals that fit them.
type Kind = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const TEXT: &[&str] = &["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const ORDER: &[&str] = &["eq", "ne", "gt", "ge", "lt", "le"];
const EQUALITY: &[&str] = &["eq", "ne"];
const TEXTS: &[&str] = &[
    "\"a\"", "\"b\"", "\"AB\"", "\"%\"", "\"_\"", "\"\"", "\"YQ==\"",
];
const NUMBERS: &[&str] = &["0", "1", "1.0", "2", "3", "-2", "1.5", "1e3", "1000"];
const BOOLEANS: &[&str] = &["true", "false"];

const KINDS: &[Kind] = &[
    (
        &[
            "name",
            "owner",
            "tags",
            "tags.value",
            "ports",
            "ports.value",
            "place.site",
            "urn:example:Rack:labels",
        ],
        TEXT,
        TEXTS,
    ),
    (
        &[
            "weight",
            "sizes",
            "sizes.value",
            "ports.speed",
            "ports.vlans",
            "place.floors",
            "urn:example:Rack:row",
        ],
        ORDER,
        NUMBERS,
    ),
    (&["on", "ports.primary"], EQUALITY, BOOLEANS),
    (
        &["made"],
        ORDER,
        &["\"2026-01-01T00:00:00Z\"", "\"2025-12-31T23:00:00Z\""],
    ),
    (&["certificate"], EQUALITY, TEXTS),
    (
        &["schemas", "meta.resourceType"],
        TEXT,
        &[
            "\"urn:example:Rack\"",
            "\"urn:example:Device\"",
            "\"Device\"",
            "\"e\"",
        ],
    ),
];

/// The same, within `ports[…]`.
const WITHIN: &[Kind] = &[
    (&["value"], TEXT, TEXTS),
    (&["speed", "vlans"], ORDER, NUMBERS),
    (&["primary"], EQUALITY, BOOLEANS),
];

/// The same, within `tags[…]` and `sizes[…]`: R-MV-08.
const WITHIN_TAGS: &[Kind] = &[(&["value"], TEXT, TEXTS)];
const WITHIN_SIZES: &[Kind] = &[(&["value"], ORDER, NUMBERS)];

fn test(kinds: &'static [Kind]) -> impl Strategy<Value = String> {
    let kind = prop::sample::select(kinds);
    kind.prop_flat_map(|(fields, operators, literals)| {
        let field = || prop::sample::select(fields);
        let test = (
            field(),
            prop::sample::select(operators),
            prop::sample::select(literals),
        );
        prop_oneof![
            6 => test.prop_map(|(field, operator, literal)| format!("{field} {operator} {literal}")),
            1 => field().prop_map(|field| format!("{field} pr")),
            1 => (field(), prop::sample::select(EQUALITY))
                .prop_map(|(field, operator)| format!("{field} {operator} null")),
        ]
    })
}

fn combined(leaf: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(2, 6, 2, |part| {
        prop_oneof![
            (part.clone(), part.clone()).prop_map(|(one, other)| format!("({one} and {other})")),
            (part.clone(), part.clone()).prop_map(|(one, other)| format!("({one} or {other})")),
            part.prop_map(|part| format!("not ({part})")),
        ]
    })
}

pub(super) fn any() -> impl Strategy<Value = String> {
    let within = |attribute: &'static str, kinds| {
        combined(test(kinds)).prop_map(move |inner| format!("{attribute}[{inner}]"))
    };
    combined(prop_oneof![
        6 => test(KINDS),
        2 => within("ports", WITHIN),
        1 => within("tags", WITHIN_TAGS),
        1 => within("sizes", WITHIN_SIZES),
        1 => within("urn:example:Rack:labels", WITHIN_TAGS),
    ])
}
