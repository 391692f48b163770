//! What a representation must have, and its `schemas`.

use serde_json::json;

use super::*;
use crate::patch::{self, Op, Operation};
use crate::schema::{Attribute, Type};

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

/// The ways to write a value that says nothing of an attribute with the sub-attributes `value` and `display`.
fn nothing() -> Vec<Value> {
    vec![
        json!({}),
        json!(null),
        json!({"value": null}),
        json!({"value": ""}),
        json!({"VALUE": null, "display": ""}),
        json!({"$ref": null}),
        json!({"display": null, "type": null}),
    ]
}

/// RFC 7643 §4.2, RFC 7644 §3.5.1: a member that names nobody is a fault, not an empty group.
#[test]
fn members_that_name_nobody() {
    let group = definitions::group();
    let mut nobody = nothing();
    nobody.push(json!({"display": "Ria"}));
    nobody.push(json!({"type": "User", "value": null}));
    nobody.push(json!({"value": "  "}));
    for one in nobody {
        for members in [json!([one]), json!([{"value": "7"}, one, {"value": "8"}])] {
            for dialect in BOTH {
                let body = json!({"schemas": [GROUP_URN], "displayName": "x", "members": members});
                let error = read(&group, object(body), *dialect).expect_err("it names nobody");
                assert_eq!(error.kind, InvalidValue, "{dialect:?} {members}");
                assert!(error.detail.contains("members.value"), "{}", error.detail);
            }
        }
    }
    for lone in [
        json!({}),
        json!(""),
        json!({"display": "Ria"}),
        json!([""]),
        json!([{"name": "Ria"}]),
    ] {
        let body = json!({"displayName": "x", "members": lone});
        let error = read(&group, object(body), Dialect::Lenient).expect_err("it names nobody");
        assert_eq!(error.kind, InvalidValue, "{lone}");
    }
    for none in [json!(null), json!([])] {
        for dialect in BOTH {
            let body = json!({"schemas": [GROUP_URN], "displayName": "x", "members": none});
            let read = read(&group, object(body), *dialect);
            assert_eq!(read, Ok(object(json!({"displayName": "x"}))), "{none}");
        }
    }
}

/// The same of every multi-valued attribute with a required sub-attribute, in the core and in an extension.
#[test]
fn values_without_what_each_must_have() {
    let devices = || {
        let number = Attribute::new("value", Type::Integer, "").required();
        let name = Attribute::new("display", Type::String, "");
        Attribute::complex("devices", "", vec![number, name]).multi_valued()
    };
    let mut user = user();
    user.schema.attributes.push(devices());
    user.extensions[0].schema.attributes.push(devices());
    let known = json!({"value": 7});
    let kept = object(
        json!({"userName": "ann", "devices": [known], ENTERPRISE_URN: {"devices": [known]}}),
    );
    for nothing in [
        json!({}),
        json!(null),
        json!({"value": null}),
        json!({"display": ""}),
    ] {
        for values in [json!([nothing]), json!([known, nothing])] {
            let core = json!({"devices": values});
            let extended = json!({ENTERPRISE_URN: {"devices": values}});
            for (members, dialect) in [(&core, BOTH), (&extended, BOTH)]
                .into_iter()
                .flat_map(|(members, dialects)| dialects.iter().map(move |it| (members, *it)))
            {
                let mut body = object(json!({"schemas": [USER_URN], "userName": "ann"}));
                body.extend(object(members.clone()));
                let refused = read(&user, body, dialect).map_err(|error| error.kind);
                assert_eq!(refused, Err(InvalidValue), "{dialect:?} {members}");
            }
            for path in ["devices".to_owned(), format!("{ENTERPRISE_URN}:devices")] {
                for (op, value) in [
                    (Op::Replace, &values),
                    (Op::Add, &values),
                    (Op::Remove, &values),
                ] {
                    let operation = Operation {
                        op,
                        path: Some(path.clone()),
                        value: Some(value.clone()),
                    };
                    let mut after = kept.clone();
                    let refused = patch::apply(&user, &mut after, &[operation], Dialect::Lenient);
                    let refused = refused.map_err(|error| error.kind);
                    assert_eq!(refused, Err(InvalidValue), "{op:?} {path} {values}");
                }
            }
        }
    }
    let operation = Operation {
        op: Op::Replace,
        path: Some("devices[value eq 7]".to_owned()),
        value: Some(json!({})),
    };
    let refused = patch::apply(&user, &mut kept.clone(), &[operation], Dialect::Lenient);
    assert_eq!(refused.map_err(|error| error.kind), Err(InvalidValue));
}
