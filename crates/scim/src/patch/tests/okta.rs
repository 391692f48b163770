//! What Okta sends to users (R-OKTA-06 to R-OKTA-08); groups are in the tests of `members`.

use serde_json::json;

use super::*;

fn pathless_replace(value: Value) -> Map {
    sent(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": value}],
    }))
}

#[test]
fn r_okta_06_deactivation() {
    assert_eq!(
        pathless_replace(json!({"active": false})),
        with_changes(&ann(), json!({"active": false}))
    );
    assert_eq!(
        pathless_replace(json!({"active": "false"}))["active"],
        json!(false),
        "R-MISC-06"
    );
}

#[test]
fn r_okta_08_password() {
    assert_eq!(pathless_replace(json!({"password": "s3cret"})), ann());
}

#[test]
fn r_okta_10_id_in_the_value() {
    let after = pathless_replace(json!({"id": "5d0a", "displayName": "Ann L."}));
    assert_eq!(
        after,
        with_changes(&ann(), json!({"displayName": "Ann L."}))
    );
}
