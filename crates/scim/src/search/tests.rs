use serde_json::{Value, json};

use super::*;
use crate::{
    definitions::{self, ENTERPRISE_URN, LicenseExtension},
    dialect::Dialect::{Lenient, Strict},
    error::Kind,
};

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

#[test]
fn text_is_folded_unless_case_matters() {
    let Value::Object(resource) = json!({
        "externalId": "Ext",
        "userName": "Straße",
        "active": true,
        "password": "Secret",
        "nonsense": "X",
        "emails": [{"value": "A@X.test", "primary": true, "nonsense": 1}, {"value": "b"}],
        "x509Certificates": [{"value": "QUJD"}],
        "meta": {"resourceType": "User", "created": "2024-05-13T06:42:34+02:00"},
        ENTERPRISE_URN: {"department": "IT", "manager": {"value": "ID"}},
    }) else {
        panic!()
    };
    let expected = json!({
        "externalId": "Ext",
        "userName": "strasse",
        "active": true,
        "emails": [{"value": "a@x.test", "primary": true}, {"value": "b"}],
        "x509Certificates": [{"value": "QUJD"}],
        "meta": {"resourceType": "User", "created": "2024-05-13T04:42:34.000000000Z"},
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:user", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"],
        ENTERPRISE_URN: {"department": "it", "manager": {"value": "id"}},
    });
    let form = search_form(&user(), &resource);
    assert_eq!(Value::Object(form.clone()), expected);
    assert_eq!(search_form(&user(), &form), form);
}

/// R-SORT-02…04.
#[test]
fn sort_fields() {
    let user = user();
    let sorted = |text: &str| sort_field(text, &user, Strict).map(|field| (field.name, field.sub));
    for (text, name, sub) in [
        ("userName", "userName", None),
        (" NAME.familyname", "name", Some("familyName")),
        ("emails", "emails", Some("value")),
        ("emails.type", "emails", Some("type")),
        ("meta.lastModified", "meta", Some("lastModified")),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:title",
            "title",
            None,
        ),
    ] {
        assert_eq!(
            sorted(text),
            Ok((name.to_owned(), sub.map(str::to_owned))),
            "{text}"
        );
    }
    assert_eq!(
        sort_field("manager", &user, Lenient)
            .unwrap()
            .extension
            .as_deref(),
        Some(ENTERPRISE_URN)
    );
    for text in [
        "",
        "nonsense",
        "password",
        "name",
        "addresses",
        "userName desc",
        "a,b",
    ] {
        assert_eq!(sorted(text).unwrap_err().kind, Kind::InvalidValue, "{text}");
    }
}
