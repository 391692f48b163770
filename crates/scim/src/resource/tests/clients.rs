//! What identity providers create and replace with.

use serde_json::json;

use super::*;

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
