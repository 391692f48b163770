//! Paths with a filter: what it selects, and when nothing is.

use serde_json::json;

use super::*;

#[test]
fn value_path_with_match() {
    let work = r#"emails[type eq "work"]"#;
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-26 add merges",
            BOTH,
            vec![add(work, json!({"display": "Ann"}))],
            Ok(json!({"emails": [
                {"value": "ann@work.test", "type": "work", "primary": true, "display": "Ann"}, emails()[1],
            ]})),
        ),
        (
            "R-PATCH-26 replace",
            BOTH,
            vec![replace(
                work,
                json!({"type": "work", "value": "new@work.test"}),
            )],
            Ok(json!({"emails": [{"type": "work", "value": "new@work.test"}, emails()[1]]})),
        ),
        (
            "R-PATCH-26 replace by the same value (jira ID-8027)",
            BOTH,
            vec![replace(work, emails()[0].clone())],
            nothing(),
        ),
        (
            "R-PATCH-26 replace without the filter's terms",
            LENIENT,
            vec![replace(work, json!({"value": "new@work.test"}))],
            Ok(json!({"emails": [{"type": "work", "value": "new@work.test"}, emails()[1]]})),
        ),
        (
            "R-PATCH-26 replace to the letter",
            STRICT,
            vec![replace(work, json!({"value": "new@work.test"}))],
            Ok(json!({"emails": [{"value": "new@work.test"}, emails()[1]]})),
        ),
        (
            "R-PATCH-26 replace all that match",
            STRICT,
            vec![replace("emails[value pr]", json!({"value": "one@x.test"}))],
            Ok(json!({"emails": [{"value": "one@x.test"}]})),
        ),
        (
            "R-PATCH-26 replace by nothing",
            BOTH,
            vec![replace(work, json!(null))],
            Ok(json!({"emails": [emails()[1]]})),
        ),
        (
            "R-PATCH-26 remove",
            BOTH,
            vec![remove(work)],
            Ok(json!({"emails": [emails()[1]]})),
        ),
        (
            "R-PATCH-26 remove the last",
            BOTH,
            vec![remove(r#"emails[value co "@"]"#)],
            Ok(json!({"emails": null})),
        ),
        (
            "R-PATCH-27 add",
            BOTH,
            vec![add(&format!("{work}.value"), json!("new@work.test"))],
            Ok(
                json!({"emails": [{"value": "new@work.test", "type": "work", "primary": true}, emails()[1]]}),
            ),
        ),
        (
            "R-PATCH-27 replace all that match",
            BOTH,
            vec![replace("emails[value pr].display", json!("Ann"))],
            Ok(json!({"emails": [
                {"value": "ann@work.test", "type": "work", "primary": true, "display": "Ann"},
                {"value": "ann@home.test", "type": "home", "display": "Ann"},
            ]})),
        ),
        (
            "R-PATCH-27 remove",
            BOTH,
            vec![remove("emails[value pr].type")],
            Ok(
                json!({"emails": [{"value": "ann@work.test", "primary": true}, {"value": "ann@home.test"}]}),
            ),
        ),
        (
            "R-PATCH-27 remove leaves an element empty",
            BOTH,
            vec![
                remove(r#"emails[type eq "home"].value"#),
                remove(r#"emails[type eq "home"].type"#),
            ],
            Ok(json!({"emails": [emails()[0]]})),
        ),
        (
            "R-PATCH-17 whole grammar",
            BOTH,
            vec![remove(
                r#"emails[(type eq "WORK" or type eq "x") and primary eq true and not (value ew "home.test")]"#,
            )],
            Ok(json!({"emails": [emails()[1]]})),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

#[test]
fn value_path_without_match() {
    let other = r#"emails[type eq "other"]"#;
    let created = |element: Value| Ok(json!({"emails": [emails()[0], emails()[1], element]}));
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-28 add",
            LENIENT,
            vec![add(&format!("{other}.value"), json!("a@c.test"))],
            created(json!({"type": "other", "value": "a@c.test"})),
        ),
        (
            "R-PATCH-28 add element",
            LENIENT,
            vec![add(other, json!({"value": "a@c.test"}))],
            created(json!({"type": "other", "value": "a@c.test"})),
        ),
        (
            "R-PATCH-28 add",
            STRICT,
            vec![add(&format!("{other}.value"), json!("a@c.test"))],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 replace",
            LENIENT,
            vec![replace(&format!("{other}.value"), json!("a@c.test"))],
            created(json!({"type": "other", "value": "a@c.test"})),
        ),
        (
            "R-PATCH-28 replace",
            STRICT,
            vec![replace(&format!("{other}.value"), json!("a@c.test"))],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 replace by two terms",
            LENIENT,
            vec![replace(
                r#"emails[type eq "other" and display eq "A"].value"#,
                json!("a@c.test"),
            )],
            created(json!({"type": "other", "display": "A", "value": "a@c.test"})),
        ),
        (
            "R-PATCH-28 replace by value",
            BOTH,
            vec![replace(
                r#"emails[value eq "a@c.test"].type"#,
                json!("other"),
            )],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 replace by or",
            BOTH,
            vec![replace(
                r#"emails[type eq "a" or type eq "b"].value"#,
                json!("x"),
            )],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 replace by ne",
            BOTH,
            vec![replace(r#"ims[type ne "a"].value"#, json!("x"))],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 contradiction",
            BOTH,
            vec![replace(
                r#"ims[type eq "a" and type eq "b"].value"#,
                json!("x"),
            )],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 add by value",
            LENIENT,
            vec![add(r#"emails[value eq "a@c.test"].type"#, json!("other"))],
            created(json!({"value": "a@c.test", "type": "other"})),
        ),
        (
            "R-PATCH-28 value against filter",
            BOTH,
            vec![add(other, json!({"value": "a@c.test", "type": "pager"}))],
            Err(NoTarget),
        ),
        (
            "R-PATCH-28 nothing to create for",
            LENIENT,
            vec![replace(&format!("{other}.value"), json!(""))],
            nothing(),
        ),
        (
            "R-PATCH-28 remove",
            LENIENT,
            vec![remove(other), remove(&format!("{other}.value"))],
            nothing(),
        ),
        (
            "R-PATCH-28 remove",
            STRICT,
            vec![remove(other)],
            Err(NoTarget),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}
