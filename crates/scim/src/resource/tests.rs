//! Reading representations, by tables.

#![expect(clippy::too_many_lines, reason = "tables, one row per case")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{check, check_id, read, schemas, unassigned};
use crate::Map;
use crate::definitions::{self, ENTERPRISE_URN, GROUP_URN, LicenseExtension, USER_URN};
use crate::dialect::Dialect;
use crate::error::Kind;
use crate::schema::ResourceType;
use Kind::{InvalidSyntax, InvalidValue};

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

#[test]
fn types() {
    let mail = json!({"emails": [{"value": "a"}]});
    check_rows(vec![
        (
            "R-ATTR-02",
            LENIENT,
            json!({"active": "False"}),
            Ok(json!({"active": false})),
        ),
        (
            "R-ATTR-02",
            STRICT,
            json!({"active": "False"}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-02",
            LENIENT,
            json!({"emails": [{"value": "a", "primary": "TRUE"}]}),
            Ok(json!({"emails": [{"value": "a", "primary": true}]})),
        ),
        (
            "R-ATTR-02",
            BOTH,
            json!({"title": "true"}),
            Ok(json!({"title": "true"})),
        ),
        ("R-ATTR-02", BOTH, json!({"active": ""}), Err(InvalidValue)),
        ("R-ATTR-02", BOTH, json!({"active": 1}), Err(InvalidValue)),
        (
            "R-ATTR-17",
            LENIENT,
            json!({"emails": {"value": "a"}}),
            Ok(mail.clone()),
        ),
        (
            "R-ATTR-17",
            STRICT,
            json!({"emails": {"value": "a"}}),
            Err(InvalidValue),
        ),
        ("R-ATTR-17", BOTH, json!({"emails": "a"}), Err(InvalidValue)),
        (
            "R-ATTR-17",
            BOTH,
            json!({"emails": ["a"]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-17",
            BOTH,
            json!({"name": "Ann Lee"}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-17",
            BOTH,
            json!({"name": [{"givenName": "A"}, {"givenName": "B"}]}),
            Err(InvalidValue),
        ),
        ("R-ATTR-17", BOTH, json!({"title": 7}), Err(InvalidValue)),
        (
            "R-ATTR-17",
            BOTH,
            json!({"title": ["a"]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-17",
            BOTH,
            json!({"title": {"a": 1}}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-06",
            BOTH,
            json!({"x509Certificates": [{"value": "MAA"}]}),
            Ok(json!({"x509Certificates": [{"value": "MAA"}]})),
        ),
        (
            "R-ATTR-06",
            BOTH,
            json!({"x509Certificates": [{"value": "-----BEGIN CERTIFICATE-----"}]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-07",
            STRICT,
            json!({"profileUrl": "not a uri"}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-07",
            LENIENT,
            json!({"profileUrl": "not a uri"}),
            Ok(json!({"profileUrl": "not a uri"})),
        ),
        (
            "R-SEC-07",
            BOTH,
            json!({"profileUrl": "javascript:alert(1)"}),
            Err(InvalidValue),
        ),
        (
            "R-SEC-07",
            BOTH,
            json!({"photos": [{"value": " JaVa\tScript\u{1}:alert(1)"}]}),
            Err(InvalidValue),
        ),
        (
            "R-SEC-07: only as a scheme",
            BOTH,
            json!({"profileUrl": "https://x.test/javascript:", "photos": [{"value": "javascript"}]}),
            Ok(
                json!({"profileUrl": "https://x.test/javascript:", "photos": [{"value": "javascript"}]}),
            ),
        ),
    ]);
}

/// R-USER-06, R-USER-07, R-USER-08, R-INTEROP-04: what the lenient dialect keeps as sent and the strict one refuses.
#[test]
fn forms() {
    let mut rows: Vec<Row> = Vec::new();
    for (name, good, bad) in [
        (
            "preferredLanguage",
            json!("da, en-gb;q=0.8"),
            json!("Danish please"),
        ),
        ("locale", json!("en_US"), json!("American English")),
        (
            "timezone",
            json!("Europe/Paris"),
            json!("Pacific Standard Time"),
        ),
        (
            "addresses",
            json!([{"country": "NO"}]),
            json!([{"country": "Norway"}]),
        ),
        (
            "addresses",
            json!([{"type": "WORK", "region": "x"}]),
            json!([{"type": "billing", "region": "x"}]),
        ),
        (
            "emails",
            json!([{"value": "a", "type": "Home"}]),
            json!([{"value": "a", "type": "zulu"}]),
        ),
        (
            "phoneNumbers",
            json!([{"value": "1", "type": "pager"}]),
            json!([{"value": "1", "type": "desk"}]),
        ),
        (
            "ims",
            json!([{"value": "a", "type": "xmpp"}]),
            json!([{"value": "a", "type": "smoke"}]),
        ),
        (
            "photos",
            json!([{"value": "a", "type": "thumbnail"}]),
            json!([{"value": "a", "type": "oil"}]),
        ),
        (
            "x509Certificates",
            json!([{"value": "MAA="}]),
            json!([{"value": "AAAA"}]),
        ),
        (
            LICENSE,
            json!({"licenseType": "it"}),
            json!({"licenseType": "platinum"}),
        ),
    ] {
        let (good, bad) = (json!({name: good}), json!({name: bad}));
        rows.push((name, BOTH, good.clone(), Ok(good)));
        rows.push((name, LENIENT, bad.clone(), Ok(bad.clone())));
        rows.push((name, STRICT, bad, Err(InvalidValue)));
    }
    // Any is as good as another where the schema suggests none.
    let roles = json!({"roles": [{"value": "a", "type": "x"}]});
    rows.push(("roles", BOTH, roles.clone(), Ok(roles)));
    let two = json!({"x509Certificates": [{"value": "MAAwAA=="}]});
    rows.push(("two certificates", BOTH, two, Err(InvalidValue)));
    check_rows(rows);
}

/// R-ATTR-07: in the strict dialect a reference is a URI.
#[test]
fn references() {
    let photo = |value: &str| json!({"photos": [{"value": value}]});
    let mut rows: Vec<Row> = Vec::new();
    for good in [
        "https://x.test/a.png?b=c%20d#e",
        "urn:x:y",
        "../a/b:c",
        "a.png",
        "#top",
        "//x.test/~a",
        "http://[::1]/",
    ] {
        rows.push(("R-ATTR-07", BOTH, photo(good), Ok(photo(good))));
    }
    for bad in [
        "not a uri",
        "a\nb",
        "a<b",
        "a\"b",
        "a%2",
        "a%zz",
        "a#b#c",
        "1:2",
        "ä",
        "a b:c",
        "{x}",
        "a|b",
    ] {
        rows.push(("R-ATTR-07", STRICT, photo(bad), Err(InvalidValue)));
        rows.push(("R-ATTR-07", LENIENT, photo(bad), Ok(photo(bad))));
    }
    check_rows(rows);
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

/// R-PUT-11: no attribute can have more values than a body could hold.
#[test]
fn too_many_values() {
    let emails = |count: usize| -> Value {
        let emails = (0..count).map(|n| json!({"value": n.to_string()}));
        emails.collect()
    };
    for (count, expected) in [(10_000, Ok(())), (10_001, Err(InvalidValue))] {
        let resource = object(json!({"userName": "ann", "emails": emails(count)}));
        let checked = check(&user(), &resource).map_err(|error| error.kind);
        assert_eq!(checked, expected);
    }
    let members: Value = (0..10_001)
        .map(|n| json!({"value": n.to_string()}))
        .collect();
    let group = object(json!({"displayName": "g", "members": members}));
    assert_eq!(check(&definitions::group(), &group), Ok(()));
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

#[test]
fn the_schemas_member() {
    let microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    let rows: Vec<(&str, &[Dialect], Value, bool)> = vec![
        ("R-POST-06", BOTH, json!({"schemas": [USER_URN]}), true),
        (
            "R-POST-06",
            BOTH,
            json!({"schemas": [USER_URN.to_uppercase(), ENTERPRISE_URN]}),
            true,
        ),
        ("R-POST-06", LENIENT, json!({}), true),
        ("R-POST-06", STRICT, json!({}), false),
        ("R-POST-06", LENIENT, json!({"schemas": []}), true),
        ("R-POST-06", LENIENT, json!({"schemas": null}), true),
        ("R-POST-06", STRICT, json!({"schemas": []}), false),
        ("R-POST-06", BOTH, json!({"schemas": [GROUP_URN]}), false),
        (
            "R-POST-06",
            BOTH,
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}),
            false,
        ),
        ("R-POST-06", BOTH, json!({"schemas": {"a": 1}}), false),
        ("R-POST-06", BOTH, json!({"schemas": [1]}), false),
        (
            "R-ATTR-19",
            LENIENT,
            json!({"schemas": [USER_URN, microsoft]}),
            true,
        ),
        (
            "R-ATTR-19",
            STRICT,
            json!({"schemas": [USER_URN, microsoft]}),
            false,
        ),
        (
            "R-EXT-03",
            LENIENT,
            json!({"schemas": [ENTERPRISE_URN]}),
            true,
        ),
        (
            "R-EXT-03",
            STRICT,
            json!({"schemas": [ENTERPRISE_URN]}),
            false,
        ),
    ];
    for (id, dialects, mut body, accepted) in rows {
        body["userName"] = "ann".into();
        for dialect in dialects {
            let outcome = read(&user(), object(body.clone()), *dialect);
            let expected = if accepted { None } else { Some(InvalidSyntax) };
            assert_eq!(
                outcome.err().map(|error| error.kind),
                expected,
                "{id} {dialect:?} {body}"
            );
        }
    }
}

/// R-POST-07, R-ATTR-16, R-USER-01, R-GRP-01.
#[test]
fn required_attributes() {
    for body in [
        json!({}),
        json!({"userName": null}),
        json!({"userName": ""}),
        json!({"userName": "  "}),
    ] {
        let error =
            read(&user(), object(body), Dialect::Lenient).expect_err("there is no userName");
        assert_eq!(error.kind, InvalidValue);
        assert!(error.detail.contains("userName"), "{}", error.detail);
    }
    let group = definitions::group();
    let error = read(&group, object(json!({"members": []})), Dialect::Lenient)
        .expect_err("there is no name");
    assert!(error.detail.contains("displayName"), "{}", error.detail);
    let no_id = json!({"displayName": "Sales", "members": [{"type": "User"}]});
    let error = read(&group, object(no_id), Dialect::Lenient).expect_err("a member has no value");
    assert!(error.detail.contains("members.value"), "{}", error.detail);
}

/// R-EXT-02.
#[test]
fn required_extensions() {
    let mut user = user();
    let resource = object(json!({"userName": "ann"}));
    assert_eq!(check(&user, &resource), Ok(()));
    user.extensions[0].required = true;
    let error = check(&user, &resource).expect_err("the extension is missing");
    assert!(error.detail.contains(ENTERPRISE_URN), "{}", error.detail);
}

/// R-COMMON-02.
#[test]
fn schemas_of_a_resource() {
    let resource =
        object(json!({"userName": "ann", ENTERPRISE_URN: {"department": "IT"}, license_urn(): {}}));
    assert_eq!(schemas(&user(), &resource), [USER_URN, ENTERPRISE_URN]);
}

/// R-ENTRA-08, R-POST-11.
#[test]
fn entra_creates_a_user() {
    let body = json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "externalId": "0f9a7c1e", "userName": "ann@contoso.test", "active": true, "displayName": "Ann Lee",
        "name": {"formatted": "Ann Lee", "familyName": "Lee", "givenName": "Ann"},
        "emails": [{"primary": true, "type": "work", "value": "ann@contoso.test"}],
        "addresses": null, "roles": [], "department": null, "manager": null, "meta": {"resourceType": "User"},
    });
    let expected = json!({
        "externalId": "0f9a7c1e", "userName": "ann@contoso.test", "active": true, "displayName": "Ann Lee",
        "name": {"formatted": "Ann Lee", "familyName": "Lee", "givenName": "Ann"},
        "emails": [{"primary": true, "type": "work", "value": "ann@contoso.test"}],
    });
    assert_eq!(
        read(&user(), object(body), Dialect::Lenient),
        Ok(object(expected))
    );
}

/// R-ENTRA-09, R-OKTA-09, R-GRP-04, R-GRP-08, R-GRP-09.
#[test]
fn identity_providers_create_groups() {
    let group = definitions::group();
    let entra = json!({
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1", "displayName": "Sales", "meta": {"resourceType": "Group"},
    });
    let expected = json!({"externalId": "8aa1", "displayName": "Sales"});
    assert_eq!(
        read(&group, object(entra), Dialect::Lenient),
        Ok(object(expected))
    );
    let okta = json!({"displayName": "Sales", "members": []});
    assert_eq!(
        read(&group, object(okta), Dialect::Lenient),
        Ok(object(json!({"displayName": "Sales"})))
    );
    let members = json!({"displayName": "Sales", "members": [
        {"value": "9b1c", "$ref": null, "display": "ann"}, {"value": "9b1c", "type": "User"}, {"value": "9B1C"},
    ]});
    let expected =
        json!({"displayName": "Sales", "members": [{"value": "9b1c"}, {"value": "9B1C"}]});
    assert_eq!(
        read(&group, object(members), Dialect::Lenient),
        Ok(object(expected))
    );
}

/// R-OKTA-04, R-OKTA-05, R-POST-10, R-PUT-11.
#[test]
fn okta_creates_and_replaces_a_user() {
    let body = json!({
        "schemas": [USER_URN], "id": "9b1c", "userName": "ann@acme.test", "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"primary": true, "value": "ann@acme.test", "type": "work"}], "displayName": "Ann Lee",
        "locale": "en-US", "externalId": "00u1", "groups": [], "password": "1mz050nq", "active": true,
        "meta": {"resourceType": "User", "version": "W/\"3\""},
    });
    let expected = json!({
        "userName": "ann@acme.test", "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"primary": true, "value": "ann@acme.test", "type": "work"}], "displayName": "Ann Lee",
        "locale": "en-US", "externalId": "00u1", "active": true,
    });
    for dialect in BOTH {
        assert_eq!(
            read(&user(), object(body.clone()), *dialect),
            Ok(object(expected.clone()))
        );
    }
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
