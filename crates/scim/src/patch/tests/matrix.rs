//! The semantics matrix, R-PATCH-20 to R-PATCH-37: one row per cell at least.

use serde_json::json;

use super::*;
use Kind::{InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};

mod extensions;
mod mutability;
mod value_paths;

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
