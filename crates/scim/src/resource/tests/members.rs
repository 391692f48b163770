//! What a representation must have, and its `schemas`.

use serde_json::json;

use super::*;

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
