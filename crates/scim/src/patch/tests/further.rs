//! R-PATCH-05 and R-PATCH-40 to R-PATCH-53.

use serde_json::json;

use super::*;
use Kind::{InvalidFilter, InvalidPath, InvalidValue};

fn email(value: &str, r#type: &str, primary: Option<bool>) -> Value {
    let mut email = json!({"value": value, "type": r#type});
    if let Some(primary) = primary {
        email["primary"] = primary.into();
    }
    email
}

#[test]
fn primary_moves_over() {
    let work = |primary| email("ann@work.test", "work", primary);
    let home = |primary| email("ann@home.test", "home", primary);
    let moved = Ok(json!({"emails": [work(Some(false)), home(Some(true))]}));
    let other = |primary| email("a@c.test", "other", primary);
    let appended = Ok(json!({"emails": [work(Some(false)), home(None), other(Some(true))]}));
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-40 sub-attribute",
            BOTH,
            vec![replace(r#"emails[type eq "home"].primary"#, json!(true))],
            moved.clone(),
        ),
        (
            "R-PATCH-40 element",
            BOTH,
            vec![add(r#"emails[type eq "home"]"#, json!({"primary": true}))],
            moved.clone(),
        ),
        (
            "R-PATCH-40 present element",
            BOTH,
            vec![add("emails", json!([home(Some(true))]))],
            moved.clone(),
        ),
        (
            "R-MV-03 add",
            BOTH,
            vec![add("emails", json!([other(Some(true))]))],
            appended.clone(),
        ),
        (
            "R-MV-03 pathless",
            BOTH,
            vec![pathless(Op::Add, json!({"emails": [other(Some(true))]}))],
            appended,
        ),
        (
            "R-PATCH-40 text",
            LENIENT,
            vec![replace(r#"emails[type eq "home"].primary"#, json!("True"))],
            moved,
        ),
        (
            "R-PATCH-40 again",
            BOTH,
            vec![replace(r#"emails[type eq "work"].primary"#, json!(true))],
            nothing(),
        ),
        (
            "R-PATCH-40 two",
            BOTH,
            vec![add(
                "emails",
                json!([other(Some(true)), email("b@c.test", "other", Some(true))]),
            )],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-40 two",
            BOTH,
            vec![replace("emails[value pr].primary", json!(true))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-40 none",
            BOTH,
            vec![replace("emails[primary eq true].primary", json!(false))],
            Ok(json!({"emails": [work(Some(false)), home(None)]})),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

#[test]
fn names_in_a_value_without_path() {
    let enterprise = |name: &str| format!("{ENTERPRISE_URN}:{name}");
    let value = json!({
        "name.givenName": "Anna",
        "displayName": "Anna Lee",
        "emails[type eq \"work\"].value": "anna@work.test",
        "phoneNumbers[type eq \"mobile\"].value": "+1 555 0100",
        enterprise("department"): "HR",
        enterprise("manager.value"): "88bb",
        "urn:ietf:params:scim:schemas:core:2.0:User:title": "Lead",
        "costCenter": "7",
        "nonsense.at.all": 1,
    });
    let changes = json!({
        "name": {"givenName": "Anna", "familyName": "Lee"},
        "displayName": "Anna Lee",
        "emails": [email("anna@work.test", "work", Some(true)), email("ann@home.test", "home", None)],
        "phoneNumbers": [{"type": "mobile", "value": "+1 555 0100"}],
        "title": "Lead",
        ENTERPRISE_URN: {"department": "HR", "manager": {"value": "88bb"}, "costCenter": "7"},
    });
    let nested = json!({
        ENTERPRISE_URN: {"department": "HR", "manager.value": "88bb", "manager.displayName": "Bo"},
        definitions::USER_URN: {"title": "Lead"},
    });
    let nested_changes = json!({
        "title": "Lead",
        ENTERPRISE_URN: {"department": "HR", "manager": {"value": "88bb"}},
    });
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-41",
            LENIENT,
            vec![pathless(Op::Replace, value.clone())],
            Ok(changes.clone()),
        ),
        (
            "R-PATCH-41",
            LENIENT,
            vec![pathless(Op::Add, value.clone())],
            Ok(changes),
        ),
        (
            "R-PATCH-41",
            STRICT,
            vec![pathless(Op::Replace, value)],
            Err(Kind::InvalidSyntax),
        ),
        (
            "R-PATCH-41 nested",
            LENIENT,
            vec![pathless(Op::Replace, nested)],
            Ok(nested_changes),
        ),
        (
            "R-PATCH-41 bad value path",
            LENIENT,
            vec![pathless(Op::Add, json!({"emails[type eq": 1}))],
            Err(InvalidPath),
        ),
        (
            "R-PATCH-41 bad filter",
            LENIENT,
            vec![pathless(Op::Add, json!({"emails[a eq 1].value": 1}))],
            Err(InvalidFilter),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

#[test]
fn shapes_of_values() {
    let mut rows: Vec<Row> = Vec::new();
    for value in [
        json!("Lead"),
        json!(["Lead"]),
        json!({"value": "Lead"}),
        json!([{"value": "Lead", "$ref": null}]),
    ] {
        rows.push((
            "R-PATCH-42 simple",
            LENIENT,
            vec![add("title", value.clone())],
            Ok(json!({"title": "Lead"})),
        ));
        let strict = if value.is_string() {
            Ok(json!({"title": "Lead"}))
        } else {
            Err(InvalidValue)
        };
        rows.push((
            "R-PATCH-42 simple",
            STRICT,
            vec![add("title", value)],
            strict,
        ));
    }
    let one = json!({"ims": [{"value": "ann"}]});
    for value in [
        json!("ann"),
        json!(["ann"]),
        json!({"value": "ann"}),
        json!([{"value": "ann"}]),
        json!("[{\"value\": \"ann\"}]"),
    ] {
        rows.push((
            "R-PATCH-42 multi-valued",
            LENIENT,
            vec![add("ims", value)],
            Ok(one.clone()),
        ));
    }
    for path in ["userName", "title"] {
        for value in [
            json!({"a": 1}),
            json!({"value": "x", "type": "y"}),
            json!(["a", "b"]),
            json!(7),
            json!(true),
        ] {
            rows.push((
                "R-PATCH-49",
                BOTH,
                vec![replace(path, value)],
                Err(InvalidValue),
            ));
        }
    }
    for value in [json!("yes"), json!(1), json!(""), json!({"value": 1})] {
        rows.push((
            "R-PATCH-49",
            BOTH,
            vec![replace("active", value)],
            Err(InvalidValue),
        ));
    }
    rows.push((
        "R-PATCH-42 JSON text",
        LENIENT,
        vec![pathless(Op::Replace, json!("{\"active\":false}"))],
        Ok(json!({"active": false})),
    ));
    rows.push((
        "R-PATCH-42 list",
        LENIENT,
        vec![pathless(Op::Replace, json!([{"active": false}]))],
        Ok(json!({"active": false})),
    ));
    rows.push((
        "R-ATTR-02 text stays text",
        BOTH,
        vec![replace("title", json!("true"))],
        Ok(json!({"title": "true"})),
    ));
    rows.push((
        "R-ATTR-06",
        BOTH,
        vec![add("x509Certificates", json!([{"value": "no base64!"}]))],
        Err(InvalidValue),
    ));
    rows.push((
        "R-ATTR-06",
        BOTH,
        vec![add("x509Certificates", json!([{"value": "MAP7_78"}]))],
        Ok(json!({"x509Certificates": [{"value": "MAP7_78"}]})),
    ));
    check_rows(&user(), &ann(), rows);
}

#[test]
fn listed_elements() {
    let home = ann()["emails"][1].clone();
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-43 listed",
            BOTH,
            vec![remove_listed("emails", json!([{"value": "ANN@work.test"}]))],
            Ok(json!({"emails": [home]})),
        ),
        (
            "R-PATCH-43 listed with type",
            BOTH,
            vec![remove_listed(
                "emails",
                json!([{"value": "ann@work.test", "type": "home"}]),
            )],
            nothing(),
        ),
        (
            "R-PATCH-43 empty list",
            BOTH,
            vec![remove_listed("emails", json!([]))],
            nothing(),
        ),
        (
            "R-PATCH-43 null is no list",
            BOTH,
            vec![remove_listed("emails", json!(null))],
            Ok(json!({"emails": null})),
        ),
        (
            "R-PATCH-45 not there",
            BOTH,
            vec![remove_listed("emails", json!([{"value": "x"}]))],
            nothing(),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

#[test]
fn order_and_paths() {
    let home = r#"emails[type eq "home"]"#;
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-05",
            BOTH,
            vec![
                remove("title"),
                add("title", json!("A")),
                replace("title", json!("B")),
            ],
            Ok(json!({"title": "B"})),
        ),
        (
            "R-PATCH-05 on the outcome",
            BOTH,
            vec![remove(home), remove("emails[primary eq true]")],
            Ok(json!({"emails": null})),
        ),
        (
            "R-PATCH-13 index",
            BOTH,
            vec![replace("emails[0].value", json!("x"))],
            Err(InvalidPath),
        ),
        (
            "R-PATCH-13 pointer",
            BOTH,
            vec![replace("/emails/0", json!("x"))],
            Err(InvalidPath),
        ),
        (
            "R-PATCH-12",
            BOTH,
            vec![replace("emails[", json!("x"))],
            Err(InvalidPath),
        ),
        (
            "R-PATCH-12 empty",
            STRICT,
            vec![replace("", json!({"title": "x"}))],
            Err(InvalidPath),
        ),
        (
            "R-PATCH-16 empty",
            LENIENT,
            vec![replace("", json!({"title": "x"}))],
            Ok(json!({"title": "x"})),
        ),
        (
            "R-PATCH-16 spaces",
            LENIENT,
            vec![replace(" title ", json!("x"))],
            Ok(json!({"title": "x"})),
        ),
        (
            "R-PATCH-51",
            BOTH,
            vec![replace(&format!("{home}.value"), json!("x@home.test"))],
            Ok(json!({"emails": [ann()["emails"][0], {"value": "x@home.test", "type": "home"}]})),
        ),
        (
            "R-EXT-06",
            LENIENT,
            vec![replace("department", json!("HR"))],
            {
                let mut enterprise = ann()[ENTERPRISE_URN].clone();
                enterprise["department"] = "HR".into();
                Ok(json!({ENTERPRISE_URN: enterprise}))
            },
        ),
        (
            "R-EXT-06",
            STRICT,
            vec![replace("department", json!("HR"))],
            Err(InvalidPath),
        ),
        (
            "active removed",
            BOTH,
            vec![remove("active")],
            Ok(json!({"active": null})),
        ),
        (
            "R-MV-04 edited into a duplicate",
            BOTH,
            vec![replace(
                home,
                json!({"value": "ann@work.test", "type": "work"}),
            )],
            Ok(json!({"emails": [ann()["emails"][0]]})),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

/// R-PATCH-37: an attribute path that no schema has is an unknown name, in a value without path and in the objects in
/// it; as the path of an operation it is refused.
#[test]
fn paths_that_no_schema_has() {
    let unknown = [
        "licenses[type eq \"x\"].value".to_owned(),
        "licenses[type eq \"x\"]".to_owned(),
        "licenses[type eq \"x\"].a.b".to_owned(),
        "licenses[".to_owned(),
        "licenses[0].value".to_owned(),
        "licenses.value".to_owned(),
        "licenses[a eq \":\"].value".to_owned(),
        "[type eq \"x\"].value".to_owned(),
        "name.licenses[type eq \"x\"].value".to_owned(),
        "emails[type eq \"work\"].licenses".to_owned(),
        "emails[type eq \"work\"].licenses.value".to_owned(),
        "urn:x:y:2.0:User:licenses[type eq \"x\"].value".to_owned(),
        format!("{ENTERPRISE_URN}:licenses[type eq \"x\"].value"),
        format!("{}:licenses[type eq \"x\"].value", definitions::USER_URN),
    ];
    let deactivated = Ok(json!({"active": false}));
    let mut rows: Vec<Row> = Vec::new();
    for name in unknown {
        for op in [Op::Add, Op::Replace] {
            for value in [
                json!({"active": false, &name: "E5"}),
                json!({&name: [{"value": "E5"}], "active": false}),
                json!({"active": false, "name": {&name: "E5"}}),
                json!({"active": false, ENTERPRISE_URN: {&name: "E5"}}),
                json!({definitions::USER_URN: {"active": false, &name: null}}),
            ] {
                let operation = || vec![pathless(op, value.clone())];
                rows.push(("ignored", LENIENT, operation(), deactivated.clone()));
                rows.push(("strict", STRICT, operation(), Err(Kind::InvalidSyntax)));
            }
        }
        rows.push((
            "own path",
            BOTH,
            vec![replace(&name, json!("E5"))],
            Err(InvalidPath),
        ));
    }
    for (name, kind) in [
        ("emails[type eq", InvalidPath),
        ("emails[0].value", InvalidPath),
        ("emails[type eq \"work\"]value", InvalidPath),
        ("emails[licenses eq 1].value", InvalidFilter),
        ("name[familyName eq \"x\"].givenName", InvalidPath),
    ] {
        let operation = pathless(Op::Replace, json!({"active": false, name: "x"}));
        rows.push(("known", LENIENT, vec![operation], Err(kind)));
    }
    check_rows(&user(), &ann(), rows);
}
