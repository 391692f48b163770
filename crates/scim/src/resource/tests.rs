//! Reading representations, by tables.

#![expect(clippy::too_many_lines, reason = "tables, one row per case")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MAX_SIZE, check, check_id, check_size, read, schemas, size, unassigned};
use crate::Map;
use crate::definitions::{self, ENTERPRISE_URN, GROUP_URN, LicenseExtension, USER_URN};
use crate::dialect::Dialect;
use crate::error::Kind;
use crate::schema::ResourceType;
use Kind::{InvalidSyntax, InvalidValue};

mod clients;
mod members;
mod values;

const BOTH: &[Dialect] = &[Dialect::Lenient, Dialect::Strict];
const LENIENT: &[Dialect] = &[Dialect::Lenient];
const STRICT: &[Dialect] = &[Dialect::Strict];

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

const LICENSE: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

fn license_urn() -> String {
    LicenseExtension::default().urn
}

fn object(value: Value) -> Map {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}

/// The outcome of reading a user that has these members besides a userName and its schema.
fn read_user(members: &Value, dialect: Dialect) -> Result<Value, Kind> {
    let mut body = object(json!({"schemas": [USER_URN], "userName": "ann"}));
    body.extend(object(members.clone()));
    let mut resource = read(&user(), body, dialect).map_err(|error| error.kind)?;
    assert_eq!(resource.shift_remove("userName"), Some(json!("ann")));
    Ok(Value::Object(resource))
}

type Row = (&'static str, &'static [Dialect], Value, Result<Value, Kind>);

fn check_rows(rows: Vec<Row>) {
    for (id, dialects, members, expected) in rows {
        for dialect in dialects {
            assert_eq!(
                read_user(&members, *dialect),
                expected,
                "{id} {dialect:?} {members}"
            );
        }
    }
}

#[test]
fn what_is_not_kept() {
    let nulls = json!({"name": {"givenName": null}, "title": null, "emails": [], "manager": null, "roles": [null, {}]});
    check_rows(vec![
        ("R-ATTR-09", LENIENT, nulls, Ok(json!({}))),
        (
            "R-ATTR-10",
            BOTH,
            json!({"title": "", "name": {"formatted": ""}, "emails": [{"value": ""}]}),
            Ok(json!({})),
        ),
        (
            "R-POST-02",
            BOTH,
            json!({"id": "x", "meta": {"version": "1"}, "groups": [{"value": "g"}]}),
            Ok(json!({})),
        ),
        (
            "R-USER-03",
            BOTH,
            json!({"password": "s3cret"}),
            Ok(json!({})),
        ),
        (
            "R-USER-03",
            BOTH,
            json!({"password": ["a"]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-18",
            LENIENT,
            json!({"shoeSize": 42, "name": {"nick": "A"}}),
            Ok(json!({})),
        ),
        (
            "R-ATTR-18",
            STRICT,
            json!({"shoeSize": 42}),
            Err(InvalidSyntax),
        ),
        (
            "R-ATTR-18",
            STRICT,
            json!({"name": {"nick": "A"}}),
            Err(InvalidSyntax),
        ),
        (
            "R-ATTR-18",
            STRICT,
            json!({ENTERPRISE_URN: {"shoeSize": 42}}),
            Err(InvalidSyntax),
        ),
        (
            "R-ATTR-18",
            LENIENT,
            json!({ENTERPRISE_URN: {"shoeSize": 42}}),
            Ok(json!({})),
        ),
        (
            "R-ENT-02",
            BOTH,
            json!({ENTERPRISE_URN: {"manager": {"displayName": "Bo"}}}),
            Ok(json!({})),
        ),
        ("R-EXT-03", BOTH, json!({ENTERPRISE_URN: {}}), Ok(json!({}))),
        (
            "R-EXT-03",
            BOTH,
            json!({ENTERPRISE_URN: null}),
            Ok(json!({})),
        ),
        (
            "R-EXT-03",
            BOTH,
            json!({ENTERPRISE_URN: "x"}),
            Err(InvalidValue),
        ),
    ]);
}

/// R-ATTR-18: a name that looks like a path is an unknown name of a body.
#[test]
fn paths_are_no_names_of_a_body() {
    for name in [
        "licenses[type eq \"x\"].value",
        "emails[type eq \"work\"].value",
        "emails[type eq",
        "name.givenName",
        "licenses.value",
        "urn:x:y:2.0:User:licenses[type eq \"x\"].value",
    ] {
        for members in [
            json!({name: "E5"}),
            json!({"name": {name: "E5"}}),
            json!({ENTERPRISE_URN: {name: "E5"}}),
        ] {
            check_rows(vec![
                ("R-ATTR-18", LENIENT, members.clone(), Ok(json!({}))),
                ("R-ATTR-18", STRICT, members, Err(InvalidSyntax)),
            ]);
        }
    }
}

#[test]
fn names_become_canonical() {
    let urn = ENTERPRISE_URN.to_lowercase();
    let odd = json!({"NAME": {"GIVENNAME": "Ann"}, "EMails": [{"VALUE": "a", "Type": "WORK"}], urn: {"Department": "IT"}});
    let canonical = json!({
        "name": {"givenName": "Ann"}, "emails": [{"value": "a", "type": "WORK"}], ENTERPRISE_URN: {"department": "IT"},
    });
    let qualified = json!({
        format!("{ENTERPRISE_URN}:department"): "IT", "costCenter": "7", format!("{USER_URN}:title"): "Lead",
    });
    check_rows(vec![
        ("R-EXT-01", BOTH, odd, Ok(canonical)),
        (
            "R-EXT-06",
            LENIENT,
            qualified.clone(),
            Ok(json!({"title": "Lead", ENTERPRISE_URN: {"department": "IT", "costCenter": "7"}})),
        ),
        ("R-EXT-06", STRICT, qualified, Err(InvalidSyntax)),
        (
            "R-COMMON-04",
            BOTH,
            json!({"externalid": "00u1"}),
            Ok(json!({"externalId": "00u1"})),
        ),
    ]);
}

/// R-PATCH-41 of bodies: the core attributes under the URN of their schema; and `schemas` in an extension.
#[test]
fn core_attributes_under_their_urn() {
    let nested = json!({USER_URN.to_uppercase(): {"schemas": [USER_URN], "title": "Lead", "name.nonsense": 1,
        "NAME": {"givenName": "Ann"}}});
    let read = Ok(json!({"title": "Lead", "name": {"givenName": "Ann"}}));
    let in_extension = json!({ENTERPRISE_URN: {"schemas": [ENTERPRISE_URN], "department": "IT"}});
    check_rows(vec![
        ("R-PATCH-41", LENIENT, nested.clone(), read),
        ("R-PATCH-41", STRICT, nested, Err(InvalidSyntax)),
        (
            "R-PATCH-41 no object",
            LENIENT,
            json!({USER_URN: "x"}),
            Ok(json!({})),
        ),
        (
            "R-COMMON-02",
            BOTH,
            in_extension,
            Ok(json!({ENTERPRISE_URN: {"department": "IT"}})),
        ),
    ]);
}

/// R-PUT-11: how many values an attribute may have.
#[test]
fn too_many_values() {
    let read = |resource_type: &ResourceType, body: Value| {
        let read = read(resource_type, object(body), Dialect::Lenient);
        read.map(drop).map_err(|error| error.kind)
    };
    let values = |count: usize| -> Value {
        let values = (0..count).map(|n| json!({"value": n.to_string()}));
        values.collect()
    };
    let user = user();
    for attribute in ["emails", "roles", "phoneNumbers"] {
        for (count, expected) in [(1_000, Ok(())), (1_001, Err(InvalidValue))] {
            let body = json!({"userName": "ann", attribute: values(count)});
            assert_eq!(read(&user, body), expected, "{count} {attribute}");
        }
    }
    // Counted as they are sent: what is the same costs as much to find out.
    let same = json!({"userName": "ann", "emails": vec![json!({"value": "a"}); 1_001]});
    assert_eq!(read(&user, same), Err(InvalidValue));
    let group = json!({"displayName": "g", "members": values(10_001)});
    assert_eq!(read(&definitions::group(), group), Ok(()));
}

/// How long a text may be: in characters, and but for what is long by nature.
#[test]
fn too_long_texts() {
    let body = |at: &str, text: String| match at {
        "title" => json!({"userName": "ann", "title": text}),
        "name.givenName" => json!({"userName": "ann", "name": {"givenName": text}}),
        "emails.display" => json!({"userName": "ann", "emails": [{"value": "a", "display": text}]}),
        "password" => json!({"userName": "ann", "password": text}),
        "department" => json!({"userName": "ann", ENTERPRISE_URN: {"department": text}}),
        "photos.value" => json!({"userName": "ann", "photos": [{"value": text}]}),
        _ => json!({"userName": "ann", "x509Certificates": [{"value": text}]}),
    };
    for dialect in [Dialect::Lenient, Dialect::Strict] {
        let outcome = |body: Value| {
            let mut body = object(body);
            body.insert("schemas".to_owned(), json!([USER_URN, ENTERPRISE_URN]));
            read(&user(), body, dialect).map(drop)
        };
        for at in [
            "title",
            "name.givenName",
            "emails.display",
            "password",
            "department",
        ] {
            assert_eq!(outcome(body(at, "é".repeat(4_096))), Ok(()), "{at}");
            let above = outcome(body(at, "x".repeat(4_097))).unwrap_err();
            assert_eq!(above.kind, InvalidValue, "{at}");
            assert!(above.detail.contains("4096"), "{at}: {above}");
        }
        let photo = format!("https://x.test/{}", "a".repeat(100_000));
        assert_eq!(outcome(body("photos.value", photo)), Ok(()));
        if dialect == Dialect::Lenient {
            // The strict one would look for a certificate in it.
            assert_eq!(outcome(body("x509", "QUJD".repeat(10_000))), Ok(()));
        }
    }
}

/// How many bytes a resource may take: one that has more already may only shrink.
#[test]
fn too_large_resources() {
    let of = |bytes: usize| {
        let empty = size(&object(json!({"photos": [{"value": ""}]})));
        object(json!({"photos": [{"value": "x".repeat(bytes - empty)}]}))
    };
    for (before, after, fits) in [
        (None, MAX_SIZE, true),
        (None, MAX_SIZE + 1, false),
        (Some(100), MAX_SIZE, true),
        (Some(100), MAX_SIZE + 1, false),
        (Some(MAX_SIZE + 9), MAX_SIZE + 9, true),
        (Some(MAX_SIZE + 9), MAX_SIZE + 8, true),
        (Some(MAX_SIZE + 9), MAX_SIZE + 10, false),
    ] {
        let before = before.map(of);
        let checked = check_size(before.as_ref(), &of(after)).map_err(|error| error.kind);
        let expected = if fits { Ok(()) } else { Err(InvalidValue) };
        assert_eq!(checked, expected, "{after}");
    }
    assert_eq!(MAX_SIZE, 262_144);
}

/// R-POST-03: what a body leaves without a value on purpose.
#[test]
fn unassigned_on_purpose() {
    let body = json!({"ACTIVE": null, "emails": [], "title": "", "nickName": {}, "displayName": "A", "shoeSize": null,
        "groups": null, "schemas": [], "name": {"givenName": null}});
    assert_eq!(unassigned(&user(), &object(body)), ["active", "emails"]);
}

/// R-PUT-05: the strict dialect wants the id of the body, where there is one, to be that of the URL.
#[test]
fn ids_of_bodies() {
    for (body, is_other) in [
        (json!({}), false),
        (json!({"id": null}), false),
        (json!({"ID": "7"}), false),
        (json!({"id": "8"}), true),
        (json!({"Id": ""}), true),
        (json!({"id": 7}), true),
    ] {
        let body = object(body);
        let refused = check_id(&body, "7", Dialect::Strict).map_err(|error| error.kind);
        assert_eq!(
            refused,
            if is_other {
                Err(Kind::Mutability)
            } else {
                Ok(())
            },
            "{body:?}"
        );
        assert_eq!(check_id(&body, "7", Dialect::Lenient), Ok(()));
    }
}

/// R-ENT-03.
#[test]
fn manager_shapes() {
    let manager = json!({ENTERPRISE_URN: {"manager": {"value": "77aa"}}});
    let shapes = [
        json!("77aa"),
        json!({"value": "77aa", "displayName": "Bo"}),
        json!([{"value": "77aa"}]),
        json!(["77aa"]),
    ];
    for shape in shapes {
        let body = json!({ENTERPRISE_URN: {"manager": shape}});
        assert_eq!(
            read_user(&body, Dialect::Lenient),
            Ok(manager.clone()),
            "{body}"
        );
    }
    for shape in [
        json!(""),
        json!(null),
        json!({}),
        json!({"value": ""}),
        json!([]),
    ] {
        let body = json!({ENTERPRISE_URN: {"manager": shape}});
        assert_eq!(read_user(&body, Dialect::Lenient), Ok(json!({})), "{body}");
    }
    for shape in [json!("77aa"), json!([{"value": "77aa"}])] {
        let body = json!({ENTERPRISE_URN: {"manager": shape}});
        assert_eq!(
            read_user(&body, Dialect::Strict),
            Err(InvalidValue),
            "{body}"
        );
    }
}

#[test]
fn elements() {
    let two = json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]});
    let double = json!({"emails": [
        {"value": "A@x.test", "type": "work"}, {"value": "b"}, {"value": "a@X.test", "type": "Work", "primary": true},
    ]});
    let one =
        json!({"emails": [{"value": "a@X.test", "type": "Work", "primary": true}, {"value": "b"}]});
    let lone = json!({"emails": [{"value": "a", "primary": false}]});
    let addresses =
        json!({"addresses": [{"locality": "Oslo"}, {"locality": "OSLO"}, {"region": "Oslo"}]});
    check_rows(vec![
        ("R-MV-02", BOTH, two, Err(InvalidValue)),
        ("R-MV-04", BOTH, double, Ok(one)),
        ("R-MV-01", BOTH, lone.clone(), Ok(lone)),
        (
            "R-MV-04",
            BOTH,
            addresses,
            Ok(json!({"addresses": [{"locality": "OSLO"}, {"region": "Oslo"}]})),
        ),
    ]);
}

/// Any JSON, with names that mean something more often than chance would have it.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just(""),
            Just("True"),
            Just("work"),
            Just("a@x.test"),
            Just("{\"value\":\"x\"}"),
            Just("[]")
        ]
        .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((any_name(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

pub(crate) fn any_name() -> impl Strategy<Value = String> {
    let known = [
        "value",
        "type",
        "primary",
        "display",
        "$ref",
        "userName",
        "name",
        "name.givenName",
        "givenName",
        "active",
        "emails",
        "EMAILS",
        "emails.type",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "roles",
        "roles[primary eq \"True\"].value",
        "addresses",
        "photos",
        "x509Certificates",
        "groups",
        "id",
        "meta",
        "schemas",
        "password",
        "manager",
        "manager.value",
        "department",
        "licenseType",
        ENTERPRISE_URN,
        USER_URN,
        "externalId",
        "members",
        "members[value eq \"a\"]",
        "displayName",
        "emails[",
        "emails[type eq",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager",
        "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User",
    ];
    prop_oneof![8 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

proptest! {
    /// R-POST-12, R-TEST-03: whatever is read is canonical, so that reading it again changes nothing.
    #[test]
    fn reading_is_idempotent(members in prop::collection::vec((any_name(), any_json()), 0..8), strict: bool) {
        let dialect = if strict { Dialect::Strict } else { Dialect::Lenient };
        let mut body: Map = members.into_iter().collect();
        body.insert("userName".to_owned(), "ann".into());
        body.insert("schemas".to_owned(), json!([USER_URN]));
        if let Ok(resource) = read(&user(), body, dialect) {
            prop_assert_eq!(check(&user(), &resource), Ok(()));
            let mut again = resource.clone();
            again.insert("schemas".to_owned(), json!(schemas(&user(), &resource)));
            prop_assert_eq!(read(&user(), again, dialect), Ok(resource));
        }
    }
}
