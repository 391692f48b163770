use proptest::prelude::*;

use super::*;
use crate::{
    definitions::{self, ENTERPRISE_URN, LicenseExtension, USER_URN},
    dialect::Dialect::{Lenient, Strict},
    error::Kind,
};

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

/// A path as one text, canonical.
fn printed(text: &str, dialect: Dialect) -> String {
    match parse(text, &user(), dialect).unwrap_or_else(|error| panic!("{text}: {error}")) {
        Path::Attribute(path) => path.to_string(),
        Path::Element {
            attribute,
            filter,
            sub: None,
        } => format!("{attribute}[{filter}]"),
        Path::Element {
            attribute,
            filter,
            sub: Some(sub),
        } => format!("{attribute}[{filter}].{sub}"),
        Path::Extension(urn) => urn,
    }
}

/// RFC 7644 §3.5.2, R-PATCH-12, R-PATCH-14, R-PATCH-16, R-PATCH-17, R-ENTRA-12…14.
#[test]
fn paths_are_read_into_canonical_form() {
    let manager = format!("{ENTERPRISE_URN}:manager");
    for (text, expected) in [
        ("userName", "userName"),
        (" Name.FamilyName ", "name.familyName"),
        (
            r#"addresses[type eq "work"]"#,
            r#"addresses[type eq "work"]"#,
        ),
        (
            r#"EMAILS[Type EQ "work" and primary eq true].VALUE"#,
            r#"emails[Type eq "work" and primary eq true].value"#,
        ),
        (
            r#"emails[value eq "a]b\"]c"].type"#,
            r#"emails[value eq "a]b\"]c"].type"#,
        ),
        (r#"emails[value eq "\\"]"#, r#"emails[value eq "\\"]"#),
        (
            r#"emails[not (type eq "work")]"#,
            r#"emails[not (type eq "work")]"#,
        ),
        (
            &format!("{USER_URN}:emails[type eq \"x\"].value"),
            r#"emails[type eq "x"].value"#,
        ),
        (
            &format!("{}:MANAGER", ENTERPRISE_URN.to_uppercase()),
            &manager,
        ),
        (&ENTERPRISE_URN.to_lowercase(), ENTERPRISE_URN),
        ("schemas", "schemas"),
        ("meta.created", "meta.created"),
    ] {
        assert_eq!(printed(text, Strict), expected, "{text}");
    }
    // R-PATCH-15, R-ENTRA-19.
    for text in ["manager", &format!("{ENTERPRISE_URN}.manager")] {
        assert_eq!(printed(text, Lenient), manager);
        assert_eq!(
            parse(text, &user(), Strict).unwrap_err().kind,
            Kind::InvalidPath
        );
    }
    // R-ENTRA-14.
    assert_eq!(
        printed(r#"roles[primary eq "True"].value"#, Lenient),
        r#"roles[primary eq "True"].value"#
    );
}

/// R-PATCH-13, R-PATCH-37, R-ERR-02, D18, R-REG-PATCH-12.
#[test]
fn what_is_no_path_is_invalid_path() {
    for text in [
        "",
        " ",
        "emails[",
        "emails[]",
        "emails[ ]",
        "emails[0]",
        "emails[0].value",
        "/emails/0",
        "emails]",
        r#"emails[type eq "work""#,
        r#"emails[type eq "work"]value"#,
        r#"emails[type eq "work"].nonsense"#,
        r#"emails[type eq "work"].value.x"#,
        r#"emails[type eq "work"]]"#,
        r#"emails[type eq "work"] .value"#,
        r#"emails[type eq "work"][type eq "home"]"#,
        r#"emails.value[type eq "work"]"#,
        r#"name[givenName eq "x"]"#,
        r#"userName[value eq "x"]"#,
        r#"nonsense[value eq "x"]"#,
        r#"[type eq "work"]"#,
        "nonsense",
        "name.nonsense",
        "name..givenName",
        "name.givenName.x",
        "userName eq",
        "user name",
        "members",
        USER_URN,
        "urn:ietf:params:scim:schemas:core:2.0:Group",
        "urn:x:y:userName",
        "ünïcode",
        "$",
    ] {
        assert_eq!(
            parse(text, &user(), Lenient).unwrap_err().kind,
            Kind::InvalidPath,
            "{text}"
        );
    }
    let members = r#"members[value eq "9b1c"].displayName"#;
    assert_eq!(
        parse(members, &definitions::group(), Lenient)
            .unwrap_err()
            .kind,
        Kind::InvalidPath
    );
}

/// R-PATCH-12.
#[test]
fn a_bad_filter_in_a_path_is_invalid_filter() {
    for text in [
        r#"emails[type]"#,
        r#"emails[type regex "x"]"#,
        r#"emails[nonsense eq "x"]"#,
        r#"emails[primary eq "yes"]"#,
        r#"emails[type eq "a" and (value pr]"#,
        r#"emails[primary gt true].value"#,
    ] {
        assert_eq!(
            parse(text, &user(), Lenient).unwrap_err().kind,
            Kind::InvalidFilter,
            "{text}"
        );
    }
}

/// R-FILTER-28.
#[test]
fn long_and_deep_paths_are_refused() {
    let user = user();
    for open in ["emails[", "emails[(", "(", "a.", "not "] {
        assert!(
            parse(&open.repeat(100_000), &user, Lenient).is_err(),
            "{open}"
        );
    }
    assert!(parse(&format!("emails[{}", "(".repeat(5000)), &user, Lenient).is_err());
}

/// R-ATTR-01.
#[test]
fn attribute_paths_as_written() {
    let path = |urn: Option<&str>, name: &str, sub: Option<&str>| {
        Some(AttributePath {
            urn: urn.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    };
    for (text, expected) in [
        ("userName", path(None, "userName", None)),
        ("a-b_c1.$ref", path(None, "a-b_c1", Some("$ref"))),
        (
            "urn:a:2.0:User:name.x",
            path(Some("urn:a:2.0:User"), "name", Some("x")),
        ),
        (
            "URN:a:2.0:User.x.y",
            path(Some("URN:a:2.0"), "User", Some("x.y")),
        ),
        ("1a", None),
        ("-a", None),
        ("a.", None),
        (".a", None),
        ("a.b.c", None),
        ("a b", None),
        ("é", None),
        ("http://a:b", None),
        ("urn:", None),
        ("urn:a:", None),
        ("urn::a", None),
        ("a:b", None),
    ] {
        assert_eq!(AttributePath::parse(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), tail in any::<String>()) {
        let user = user();
        for text in [text.clone(), format!("emails[{text}]{tail}"), format!("{ENTERPRISE_URN}{text}")] {
            let _ = parse(&text, &user, Lenient);
        }
    }
}
