use std::collections::HashSet;

use super::*;

fn all_schemas() -> Vec<Schema> {
    let user = user(&LicenseExtension::default());
    let mut schemas = vec![user.schema, group().schema];
    schemas.extend(
        user.extensions
            .into_iter()
            .map(|extension| extension.schema),
    );
    schemas.extend(meta_schemas().iter().cloned());
    schemas
}

fn check(attributes: &[Attribute], is_top: bool) {
    let mut names = HashSet::new();
    for attribute in attributes {
        let name = &attribute.name;
        assert!(names.insert(name.to_ascii_lowercase()), "{name} twice");
        assert!(crate::path::AttributePath::parse(name).is_some(), "{name}");
        assert!(!attribute.description.is_empty(), "{name}");
        assert_eq!(
            attribute.r#type == Type::Complex,
            !attribute.sub_attributes.is_empty(),
            "{name}"
        );
        assert_eq!(
            attribute.r#type == Type::Reference,
            !attribute.reference_types.is_empty(),
            "{name}"
        );
        if attribute.r#type == Type::Complex {
            assert!(
                is_top || name == "subAttributes",
                "{name}: complex in complex (R-ATTR-08)"
            );
            check(&attribute.sub_attributes, false);
        }
    }
}

/// R-ATTR-01, R-ATTR-08, R-DISC-16.
#[test]
fn definitions_are_well_formed() {
    for schema in all_schemas() {
        check(&schema.attributes, true);
        for common in common() {
            assert!(
                schema.attribute(&common.name).is_none(),
                "{} lists {}",
                schema.id,
                common.name
            );
        }
    }
    check(common(), true);
}

/// RFC 7643 §8.7.1 and the table of A.5: the characteristics that are not the default.
#[test]
fn characteristics_are_those_of_the_rfc() {
    let user = user(&LicenseExtension::default());
    let find = |name: &str| {
        user.attributes()
            .find(|attribute| attribute.name == name)
            .unwrap()
    };
    let sub = |name: &str, sub: &str| find(name).sub_attribute(sub).unwrap();
    assert!(find("userName").required && !find("userName").case_exact);
    assert_eq!(find("userName").uniqueness, Uniqueness::Server);
    assert_eq!(find("id").returned, Returned::Always);
    assert_eq!(find("schemas").returned, Returned::Always);
    assert!(find("id").case_exact && find("externalId").case_exact);
    assert_eq!(find("externalId").mutability, Mutability::ReadWrite);
    assert_eq!(
        (find("password").mutability, find("password").returned),
        (Mutability::WriteOnly, Returned::Never)
    );
    assert_eq!(find("groups").mutability, Mutability::ReadOnly);
    assert_eq!(find("active").r#type, Type::Boolean);
    assert_eq!(sub("x509Certificates", "value").r#type, Type::Binary);
    assert!(sub("x509Certificates", "value").case_exact && sub("photos", "value").case_exact);
    for name in [
        "emails",
        "phoneNumbers",
        "ims",
        "photos",
        "addresses",
        "entitlements",
        "roles",
        "x509Certificates",
    ] {
        assert!(find(name).multi_valued, "{name}");
        assert_eq!(sub(name, "primary").r#type, Type::Boolean, "{name}");
    }
    let required: Vec<&str> = user
        .attributes()
        .filter(|it| it.required)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(required, ["schemas", "userName"]);
    let manager = user
        .extension(ENTERPRISE_URN)
        .unwrap()
        .schema
        .attribute("manager")
        .unwrap();
    assert!(!manager.sub_attribute("value").unwrap().required);
    assert_eq!(
        manager.sub_attribute("displayName").unwrap().mutability,
        Mutability::ReadOnly
    );
    assert!(user.extensions.iter().all(|extension| !extension.required));
}

/// R-GRP-01, R-GRP-03, R-GRP-04, D15.
#[test]
fn groups_deviate_where_it_is_said() {
    let group = group();
    assert!(group.schema.attribute("displayName").unwrap().required);
    let members = group.schema.attribute("members").unwrap();
    assert_eq!(members.mutability, Mutability::ReadWrite);
    assert!(members.sub_attribute("value").unwrap().case_exact);
    for (name, mutability) in [
        ("value", Mutability::Immutable),
        ("$ref", Mutability::Immutable),
        ("type", Mutability::Immutable),
        ("display", Mutability::ReadOnly),
    ] {
        assert_eq!(
            members.sub_attribute(name).unwrap().mutability,
            mutability,
            "{name}"
        );
    }
}

#[test]
fn the_licence_extension_is_configuration() {
    let license = LicenseExtension {
        urn: "urn:acme:1.0:User".to_owned(),
        types: vec!["full".to_owned()],
    };
    let user = user(&license);
    let attribute = user
        .extension("URN:acme:1.0:user")
        .unwrap()
        .schema
        .attribute("licensetype")
        .unwrap();
    // Who is given none has the account's default, so none need be given (R-ATTR-16).
    assert!(!attribute.required && attribute.case_exact);
    assert_eq!(attribute.canonical_values, ["full"]);
}
