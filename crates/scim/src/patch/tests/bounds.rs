//! How much a PATCH may make of a resource, and how much work.

use serde_json::json;

use super::*;
use Kind::{InvalidValue, TooMany};

fn emails(count: usize) -> Value {
    let emails = (0..count).map(|number| json!({"value": format!("{number}@x.test")}));
    emails.collect()
}

/// R-PUT-11: values are counted after each operation, and what a resource has from before may stay.
#[test]
fn no_operation_makes_more_values_than_may_be() {
    let full = with_changes(&ann(), json!({"emails": emails(1_000)}));
    let more = json!([{"value": "more@x.test"}]);
    let rows: Vec<Row> = vec![
        (
            "one more",
            BOTH,
            vec![add("emails", more.clone())],
            Err(InvalidValue),
        ),
        (
            "one more that is there",
            BOTH,
            vec![add("emails", json!([{"value": "7@x.test"}]))],
            Ok(json!({})),
        ),
        (
            "one more for a moment",
            BOTH,
            vec![add("emails", more.clone()), remove("emails")],
            Err(InvalidValue),
        ),
        (
            "one more that a value path makes",
            LENIENT,
            vec![add("emails[type eq \"third\"].value", json!("more@x.test"))],
            Err(InvalidValue),
        ),
        (
            "room is made first",
            BOTH,
            vec![
                remove("emails[value eq \"0@x.test\"]"),
                add("emails", more.clone()),
            ],
            Ok(json!({"emails": room_for(&more)})),
        ),
        (
            "too many at once",
            BOTH,
            vec![replace("emails", emails(1_001))],
            Err(InvalidValue),
        ),
    ];
    check_rows(&user(), &full, rows);
    let over = with_changes(&ann(), json!({"emails": emails(1_001)}));
    let rows: Vec<Row> = vec![
        (
            "something else",
            BOTH,
            vec![replace("active", json!(false))],
            Ok(json!({"active": false})),
        ),
        (
            "one less",
            BOTH,
            vec![remove("emails[value eq \"1000@x.test\"]")],
            Ok(json!({"emails": emails(1_000)})),
        ),
        (
            "one more",
            BOTH,
            vec![add("emails", more)],
            Err(InvalidValue),
        ),
    ];
    check_rows(&user(), &over, rows);
}

fn room_for(more: &Value) -> Value {
    let all = emails(1_000);
    let kept = all.as_array().into_iter().flatten().skip(1).cloned();
    kept.chain(more.as_array().into_iter().flatten().cloned())
        .collect()
}

/// What is added to what was added before is the same as what one operation adds, whatever happens in between.
#[test]
fn values_are_known_from_one_operation_to_the_next() {
    let one = json!([{"value": "a@x.test", "type": "work"}]);
    let known = json!([{"value": "A@X.test", "type": "WORK", "display": "A"}]);
    let merged = json!({"value": "A@X.test", "type": "WORK", "display": "A"});
    let before = with_changes(&ann(), json!({"emails": null}));
    let unmarked = json!({"value": "A@X.test", "type": "WORK", "display": "A", "primary": false});
    let rows: Vec<Row> = vec![
        (
            "twice",
            BOTH,
            vec![add("emails", one.clone()), add("emails", known.clone())],
            Ok(json!({"emails": [merged]})),
        ),
        (
            "after it was removed",
            BOTH,
            vec![
                add("emails", one.clone()),
                remove("emails"),
                add("emails", known.clone()),
            ],
            Ok(json!({"emails": [merged]})),
        ),
        (
            "after another was removed before it",
            BOTH,
            vec![
                add("emails", json!([{"value": "first@x.test"}])),
                add("emails", one.clone()),
                remove("emails[value eq \"first@x.test\"]"),
                add("emails", known.clone()),
            ],
            Ok(json!({"emails": [merged]})),
        ),
        (
            "after its value was changed",
            BOTH,
            vec![
                add("emails", one.clone()),
                replace("emails[type eq \"work\"].value", json!("b@x.test")),
                add("emails", known.clone()),
            ],
            Ok(json!({"emails": [{"value": "b@x.test", "type": "work"}, merged]})),
        ),
        (
            "after all were replaced",
            BOTH,
            vec![
                add("emails", one.clone()),
                replace("emails", json!([{"value": "c@x.test"}])),
                add("emails", known.clone()),
            ],
            Ok(json!({"emails": [{"value": "c@x.test"}, merged]})),
        ),
        (
            "with a primary one between",
            BOTH,
            vec![
                add(
                    "emails",
                    json!([{"value": "a@x.test", "type": "work", "primary": true}]),
                ),
                add("emails", json!([{"value": "p@x.test", "primary": true}])),
                add("emails", known),
            ],
            Ok(json!({"emails": [unmarked, {"value": "p@x.test", "primary": true}]})),
        ),
    ];
    check_rows(&user(), &before, rows);
    let rows: Vec<Row> = vec![(
        "of two attributes",
        BOTH,
        vec![
            add("emails", one.clone()),
            add("roles", one.clone()),
            add("emails", one.clone()),
            add("roles", one.clone()),
        ],
        Ok(json!({"emails": one, "roles": one})),
    )];
    check_rows(&user(), &before, rows);
}

/// R-PATCH-26: what the operations touch is bounded in all, not by operation.
#[test]
fn the_work_of_all_operations_is_bounded() {
    let before = with_changes(&ann(), json!({"emails": emails(1_000)}));
    let edit = |number: usize| {
        let path = format!("emails[value eq \"{number}@x.test\"].display");
        replace(&path, json!("x"))
    };
    for dialect in BOTH {
        let outcome = |operations: usize| {
            let operations: Vec<Operation> = (0..operations).map(edit).collect();
            apply(&user(), &mut before.clone(), &operations, *dialect).map_err(|error| error.kind)
        };
        assert_eq!(outcome(200), Ok(()));
        assert_eq!(outcome(1_000), Err(TooMany));
    }
}

/// R-PATCH-26: a small request must not be multiplied into a large resource.
#[test]
fn a_long_value_is_not_copied_to_everything() {
    let before = with_changes(&ann(), json!({"emails": emails(1_000)}));
    let long = "x".repeat(4_000);
    let rows: Vec<Row> = vec![
        (
            "every element",
            BOTH,
            vec![replace("emails.display", json!(long))],
            Err(InvalidValue),
        ),
        (
            "selected",
            BOTH,
            vec![add("emails[value pr]", json!({"display": long}))],
            Err(InvalidValue),
        ),
    ];
    check_rows(&user(), &before, rows);
}
