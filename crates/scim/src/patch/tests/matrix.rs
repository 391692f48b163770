//! The semantics matrix, R-PATCH-20 to R-PATCH-37: one row per cell at least.

use serde_json::json;

use super::*;
use Kind::{InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};

const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";

fn emails() -> Value {
    ann()["emails"].clone()
}

fn enterprise(department: &str) -> Value {
    json!({"department": department, "manager": ann()[ENTERPRISE_URN]["manager"]})
}

#[test]
fn without_path() {
    let third = json!({"value": "a@c.test", "type": "other"});
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-20 add merges, multi-valued append",
            BOTH,
            vec![pathless(
                Op::Add,
                json!({"title": "Lead", "name": {"givenName": "Anna"}, "emails": [third]}),
            )],
            Ok(json!({
                "title": "Lead",
                "name": {"givenName": "Anna", "familyName": "Lee"},
                "emails": [emails()[0], emails()[1], third],
            })),
        ),
        (
            "R-PATCH-20 replace replaces each listed attribute",
            BOTH,
            vec![pathless(
                Op::Replace,
                json!({"title": null, "name": {"givenName": "Anna"}, "emails": [third]}),
            )],
            Ok(
                json!({"title": null, "name": {"givenName": "Anna", "familyName": "Lee"}, "emails": [third]}),
            ),
        ),
        (
            "R-PATCH-20 remove",
            BOTH,
            vec![pathless(Op::Remove, json!({"title": "Engineer"}))],
            Err(NoTarget),
        ),
        (
            "R-PATCH-20 names in any case",
            BOTH,
            vec![pathless(Op::Add, json!({"TITLE": "Lead"}))],
            Ok(json!({"title": "Lead"})),
        ),
        (
            "R-PATCH-20 not an object",
            BOTH,
            vec![pathless(Op::Add, json!("Lead"))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-20 null",
            BOTH,
            vec![pathless(Op::Replace, json!(null))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-31 pathless",
            LENIENT,
            vec![pathless(
                Op::Replace,
                json!({"id": "x", "meta": {}, "groups": []}),
            )],
            nothing(),
        ),
        (
            "R-PATCH-31 pathless",
            STRICT,
            vec![pathless(Op::Replace, json!({"id": "x"}))],
            Err(Mutability),
        ),
        (
            "R-PATCH-37 pathless",
            LENIENT,
            vec![pathless(Op::Add, json!({"shoeSize": 42}))],
            nothing(),
        ),
        (
            "R-PATCH-37 pathless",
            STRICT,
            vec![pathless(Op::Add, json!({"shoeSize": 42}))],
            Err(InvalidSyntax),
        ),
        (
            "R-PATCH-36 pathless",
            BOTH,
            vec![pathless(Op::Replace, json!({"schemas": ["urn:x"]}))],
            nothing(),
        ),
        (
            "R-PATCH-36 pathless names the core schema only",
            BOTH,
            vec![pathless(
                Op::Replace,
                json!({"schemas": [definitions::USER_URN], "title": "Lead"}),
            )],
            Ok(json!({"title": "Lead"})),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

#[test]
fn single_valued() {
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-21 add",
            BOTH,
            vec![add("nickName", json!("Annie"))],
            Ok(json!({"nickName": "Annie"})),
        ),
        (
            "R-PATCH-21 add overwrites",
            BOTH,
            vec![add("title", json!("Lead"))],
            Ok(json!({"title": "Lead"})),
        ),
        (
            "R-PATCH-21 replace",
            BOTH,
            vec![replace("title", json!("Lead"))],
            Ok(json!({"title": "Lead"})),
        ),
        (
            "R-PATCH-21 replace unset",
            BOTH,
            vec![replace("nickName", json!("Annie"))],
            Ok(json!({"nickName": "Annie"})),
        ),
        (
            "R-PATCH-04 replace null",
            BOTH,
            vec![replace("title", json!(null))],
            Ok(json!({"title": null})),
        ),
        (
            "R-PATCH-04 replace empty",
            BOTH,
            vec![replace("title", json!(""))],
            Ok(json!({"title": null})),
        ),
        (
            "R-PATCH-21 remove",
            BOTH,
            vec![remove("title")],
            Ok(json!({"title": null})),
        ),
        (
            "R-PATCH-21 remove absent",
            BOTH,
            vec![remove("nickName")],
            nothing(),
        ),
        (
            "R-PATCH-21 remove with value",
            BOTH,
            vec![remove_listed("title", json!("x"))],
            Ok(json!({"title": null})),
        ),
        (
            "R-PATCH-21 in any case",
            BOTH,
            vec![replace("TITLE", json!("Lead"))],
            Ok(json!({"title": "Lead"})),
        ),
        (
            "R-PATCH-21 by URN",
            BOTH,
            vec![replace(
                "urn:ietf:params:scim:schemas:core:2.0:User:title",
                json!("Lead"),
            )],
            Ok(json!({"title": "Lead"})),
        ),
        (
            "R-PATCH-22 add",
            BOTH,
            vec![add("name", json!({"middleName": "M", "givenName": "Anna"}))],
            Ok(json!({"name": {"givenName": "Anna", "familyName": "Lee", "middleName": "M"}})),
        ),
        (
            "R-PATCH-22 replace merges",
            BOTH,
            vec![replace(
                "name",
                json!({"givenName": "Anna", "familyName": null}),
            )],
            Ok(json!({"name": {"givenName": "Anna"}})),
        ),
        (
            "R-PATCH-22 replace null",
            BOTH,
            vec![replace("name", json!(null))],
            Ok(json!({"name": null})),
        ),
        (
            "R-PATCH-22 replace nothing",
            BOTH,
            vec![replace("name", json!({}))],
            nothing(),
        ),
        (
            "R-PATCH-22 remove",
            BOTH,
            vec![remove("name")],
            Ok(json!({"name": null})),
        ),
        (
            "R-PATCH-22 text",
            BOTH,
            vec![replace("name", json!("Ann Lee"))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-23 add",
            BOTH,
            vec![add("name.middleName", json!("M"))],
            Ok(json!({"name": {"givenName": "Ann", "familyName": "Lee", "middleName": "M"}})),
        ),
        (
            "R-PATCH-23 replace creates the parent",
            BOTH,
            vec![remove("name"), replace("name.givenName", json!("Anna"))],
            Ok(json!({"name": {"givenName": "Anna"}})),
        ),
        (
            "R-PATCH-23 add creates the parent",
            BOTH,
            vec![remove("name"), add("name.givenName", json!("Anna"))],
            Ok(json!({"name": {"givenName": "Anna"}})),
        ),
        (
            "R-PATCH-23 remove",
            BOTH,
            vec![remove("name.givenName")],
            Ok(json!({"name": {"familyName": "Lee"}})),
        ),
        (
            "R-PATCH-23 remove the last",
            BOTH,
            vec![remove("name.givenName"), remove("name.familyName")],
            Ok(json!({"name": null})),
        ),
        (
            "R-PATCH-23 remove absent",
            BOTH,
            vec![remove("name.formatted")],
            nothing(),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

#[test]
fn multi_valued() {
    let third = json!({"value": "a@c.test", "type": "other"});
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-24 add",
            BOTH,
            vec![add("emails", json!([third]))],
            Ok(json!({"emails": [emails()[0], emails()[1], third]})),
        ),
        (
            "R-PATCH-24 add one",
            LENIENT,
            vec![add("emails", third.clone())],
            Ok(json!({"emails": [emails()[0], emails()[1], third]})),
        ),
        (
            "R-PATCH-24 add one",
            STRICT,
            vec![add("emails", third.clone())],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-24 add equal",
            BOTH,
            vec![add("emails", json!([emails()[0]]))],
            nothing(),
        ),
        (
            "R-PATCH-24 add the same value and type",
            BOTH,
            vec![add(
                "emails",
                json!([{"value": "ann@home.test", "type": "home", "display": "Ann"}]),
            )],
            Ok(
                json!({"emails": [emails()[0], {"value": "ann@home.test", "type": "home", "display": "Ann"}]}),
            ),
        ),
        (
            "R-PATCH-24 add nothing",
            BOTH,
            vec![add("emails", json!([])), add("emails", json!(null))],
            nothing(),
        ),
        (
            "R-PATCH-24 replace",
            BOTH,
            vec![replace("emails", json!([third]))],
            Ok(json!({"emails": [third]})),
        ),
        (
            "R-PATCH-24 replace []",
            BOTH,
            vec![replace("emails", json!([]))],
            Ok(json!({"emails": null})),
        ),
        (
            "R-PATCH-24 replace null",
            BOTH,
            vec![replace("emails", json!(null))],
            Ok(json!({"emails": null})),
        ),
        (
            "R-PATCH-24 remove",
            BOTH,
            vec![remove("emails")],
            Ok(json!({"emails": null})),
        ),
        (
            "R-PATCH-24 remove absent",
            BOTH,
            vec![remove("ims")],
            nothing(),
        ),
        (
            "R-PATCH-25 add",
            BOTH,
            vec![add("emails.type", json!("work"))],
            Err(InvalidPath),
        ),
        (
            "R-PATCH-25 replace",
            BOTH,
            vec![replace("emails.display", json!("Ann"))],
            Ok(json!({"emails": [
                {"value": "ann@work.test", "type": "work", "primary": true, "display": "Ann"},
                {"value": "ann@home.test", "type": "home", "display": "Ann"},
            ]})),
        ),
        (
            "R-PATCH-25 replace none",
            BOTH,
            vec![replace("ims.type", json!("xmpp"))],
            Err(NoTarget),
        ),
        (
            "R-PATCH-25 remove",
            BOTH,
            vec![remove("emails.type")],
            Ok(
                json!({"emails": [{"value": "ann@work.test", "primary": true}, {"value": "ann@home.test"}]}),
            ),
        ),
        (
            "R-PATCH-25 remove none",
            BOTH,
            vec![remove("ims.type")],
            nothing(),
        ),
        (
            "R-PATCH-40 primary of all",
            BOTH,
            vec![replace("emails.primary", json!(true))],
            Err(InvalidValue),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

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

#[test]
fn extensions() {
    let license = format!("{}:licenseType", license_urn());
    let both =
        json!({"department": "HR", "costCenter": "7", "manager": ann()[ENTERPRISE_URN]["manager"]});
    let merged = Ok(json!({ENTERPRISE_URN: both}));
    let value = json!({"department": "HR", "costCenter": "7"});
    let rows: Vec<Row> = vec![
        (
            "R-PATCH-29 add",
            BOTH,
            vec![add(DEPARTMENT, json!("HR"))],
            Ok(json!({ENTERPRISE_URN: enterprise("HR")})),
        ),
        (
            "R-PATCH-29 replace",
            BOTH,
            vec![replace(DEPARTMENT, json!("HR"))],
            Ok(json!({ENTERPRISE_URN: enterprise("HR")})),
        ),
        (
            "R-PATCH-29 remove",
            BOTH,
            vec![remove(DEPARTMENT)],
            Ok(json!({ENTERPRISE_URN: {"manager": ann()[ENTERPRISE_URN]["manager"]}})),
        ),
        (
            "R-PATCH-29 remove the last",
            BOTH,
            vec![
                remove(DEPARTMENT),
                remove(&format!("{ENTERPRISE_URN}:manager")),
            ],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-29 add to none",
            BOTH,
            vec![remove(ENTERPRISE_URN), add(DEPARTMENT, json!("HR"))],
            Ok(json!({ENTERPRISE_URN: {"department": "HR"}})),
        ),
        (
            "R-PATCH-30 add",
            BOTH,
            vec![add(ENTERPRISE_URN, value.clone())],
            merged.clone(),
        ),
        (
            "R-PATCH-30 replace merges",
            BOTH,
            vec![replace(ENTERPRISE_URN, value.clone())],
            merged.clone(),
        ),
        (
            "R-PATCH-30 pathless",
            BOTH,
            vec![pathless(Op::Replace, json!({ENTERPRISE_URN: value}))],
            merged,
        ),
        (
            "R-PATCH-30 remove",
            BOTH,
            vec![remove(ENTERPRISE_URN)],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-30 replace null",
            BOTH,
            vec![replace(ENTERPRISE_URN, json!(null))],
            Ok(json!({ENTERPRISE_URN: null})),
        ),
        (
            "R-PATCH-30 no object",
            BOTH,
            vec![replace(ENTERPRISE_URN, json!("x"))],
            Err(InvalidValue),
        ),
        (
            "R-PATCH-30 unknown in it",
            LENIENT,
            vec![add(ENTERPRISE_URN, json!({"x": 1}))],
            nothing(),
        ),
        (
            "R-PATCH-30 unknown in it",
            STRICT,
            vec![add(ENTERPRISE_URN, json!({"x": 1}))],
            Err(InvalidSyntax),
        ),
        (
            "licence replace",
            BOTH,
            vec![replace(&license, json!("it"))],
            Ok(json!({license_urn(): {"licenseType": "it"}})),
        ),
        (
            "licence remove",
            BOTH,
            vec![remove(&license)],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence replace null",
            BOTH,
            vec![replace(&license, json!(null))],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence replace empty",
            BOTH,
            vec![replace(&license, json!(""))],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence extension",
            LENIENT,
            vec![remove(&license_urn())],
            Ok(json!({license_urn(): null})),
        ),
        (
            "licence extension",
            STRICT,
            vec![remove(&license_urn())],
            Ok(json!({license_urn(): null})),
        ),
    ];
    check_rows(&user(), &ann(), rows);
}

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
