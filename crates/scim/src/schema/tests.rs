use super::*;
use crate::definitions::{ENTERPRISE_URN, LicenseExtension, USER_URN};

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

/// The canonical form of what a path leads to.
fn found(text: &str, dialect: Dialect) -> Option<String> {
    let user = user();
    let target = user.resolve_in(&AttributePath::parse(text)?, dialect)?;
    let path = AttributePath {
        urn: target.extension.map(|schema| schema.id.clone()),
        name: target.attribute.name.clone(),
        sub: target.sub_attribute.map(|sub| sub.name.clone()),
    };
    Some(path.to_string())
}

/// R-HTTP-19, R-FILTER-13, R-EXT-01, R-DISC-16.
#[test]
fn names_and_urns_are_found_in_any_case() {
    for (text, expected) in [
        ("USERNAME", "userName".to_owned()),
        ("Name.GIVENname", "name.givenName".to_owned()),
        ("id", "id".to_owned()),
        ("externalid", "externalId".to_owned()),
        ("meta.lastmodified", "meta.lastModified".to_owned()),
        ("schemas", "schemas".to_owned()),
        ("groups.$REF", "groups.$ref".to_owned()),
        (
            &format!("{USER_URN}:emails.value"),
            "emails.value".to_owned(),
        ),
        (&format!("{USER_URN}:id"), "id".to_owned()),
        (
            &USER_URN
                .to_ascii_uppercase()
                .replace("2.0:USER", "2.0:USER:TITLE"),
            "title".to_owned(),
        ),
        (
            &format!("{ENTERPRISE_URN}:Manager.Value"),
            format!("{ENTERPRISE_URN}:manager.value"),
        ),
    ] {
        assert_eq!(
            found(text, Dialect::Strict).as_ref(),
            Some(&expected),
            "{text}"
        );
    }
}

/// R-EXT-06, R-FILTER-14.
#[test]
fn lenient_forms_are_found_leniently() {
    for (text, expected) in [
        (format!("{USER_URN}.userName"), "userName".to_owned()),
        (
            format!("{USER_URN}.name.givenName"),
            "name.givenName".to_owned(),
        ),
        (
            format!("{ENTERPRISE_URN}.manager"),
            format!("{ENTERPRISE_URN}:manager"),
        ),
        (
            format!("{ENTERPRISE_URN}.manager.value"),
            format!("{ENTERPRISE_URN}:manager.value"),
        ),
        (
            "manager.displayName".to_owned(),
            format!("{ENTERPRISE_URN}:manager.displayName"),
        ),
        (
            "department".to_owned(),
            format!("{ENTERPRISE_URN}:department"),
        ),
    ] {
        assert_eq!(found(&text, Dialect::Lenient), Some(expected), "{text}");
        assert_eq!(found(&text, Dialect::Strict), None, "{text}");
    }
}

#[test]
fn what_is_unknown_is_not_found() {
    for text in [
        "nonsense",
        "name.nonsense",
        "userName.value",
        "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
        USER_URN,
        ENTERPRISE_URN,
        &format!("{ENTERPRISE_URN}:userName"),
        &format!("{ENTERPRISE_URN}:manager.value.x"),
        &format!("{USER_URN}:manager"),
        &format!("{USER_URN}s:userName"),
        "urn:é:userName",
    ] {
        assert_eq!(found(text, Dialect::Lenient), None, "{text}");
    }
}

/// R-EXT-01: one URN may begin another, and end in anything.
#[test]
fn the_longest_urn_wins() {
    let extension = |id: &str, name: &str| Extension {
        schema: Schema {
            id: id.to_owned(),
            name: String::new(),
            description: String::new(),
            attributes: vec![Attribute::complex(
                name,
                "",
                vec![Attribute::new("b", Type::String, "")],
            )],
        },
        required: false,
    };
    let mut user = user();
    user.extensions = vec![
        extension("urn:x", "a"),
        extension("urn:x:a", "a"),
        extension("urn:x:1.5", "a"),
    ];
    for (text, id) in [
        ("urn:x:a", "urn:x"),
        ("urn:x:a:a", "urn:x:a"),
        ("urn:x:a.b", "urn:x"),
        ("urn:x:1.5:a.b", "urn:x:1.5"),
        ("urn:x:1.5.a", "urn:x:1.5"),
    ] {
        let target = user.resolve(&AttributePath::parse(text).unwrap()).unwrap();
        assert_eq!(target.extension.unwrap().id, id, "{text}");
    }
    // Two extensions have it, so without URN it is neither.
    assert_eq!(user.resolve(&AttributePath::parse("a").unwrap()), None);
}
