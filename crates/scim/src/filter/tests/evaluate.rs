use serde_json::{Value, json};

use crate::{
    Map, definitions,
    dialect::Dialect::{self, Lenient, Strict},
    filter::{self, Field, Operand, Operator, Predicate},
    schema::{Attribute, ResourceType, Schema, Type},
    search::search_form,
};

fn user_type() -> ResourceType {
    definitions::user(&definitions::LicenseExtension::default())
}

fn bind(text: &str, resource_type: &ResourceType, dialect: Dialect) -> Predicate {
    let bound = filter::parse(text, dialect)
        .and_then(|filter| filter::bind(&filter, resource_type, dialect));
    bound.unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn object(value: Value) -> Map {
    let Value::Object(map) = value else {
        panic!("not an object")
    };
    map
}

fn ann() -> Map {
    object(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "id": "9b1c0f52-51b2-4f7e-8d1e-0c6f2f0e7a11",
        "externalId": "Ext-1",
        "meta": {"resourceType": "User", "created": "2024-05-13T04:42:34Z", "lastModified": "2024-06-01T00:00:00.500Z"},
        "userName": "Ann%Straße",
        "name": {"givenName": "Ann", "familyName": "O'Malley"},
        "active": false,
        "title": "Head and Hand (a] \"b\"",
        "emails": [
            {"value": "Ann@Work.test", "type": "work", "primary": true},
            {"value": "ann@home.test", "type": "Home"},
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "4711", "department": "IT", "manager": {"value": "26", "displayName": "Bo"},
        },
    }))
}

/// Checks both the resource and its search form, since storage compares the latter.
fn check(resource: &Map, resource_type: &ResourceType, rows: &[(&str, bool)]) {
    let form = search_form(resource_type, resource);
    for (text, expected) in rows {
        let predicate = bind(text, resource_type, Lenient);
        assert_eq!(filter::matches(&predicate, resource), *expected, "{text}");
        assert_eq!(
            filter::matches(&predicate, &form),
            *expected,
            "{text}, search form"
        );
    }
}

const SINGLE_VALUES: &[(&str, bool)] = &[
    (r#"userName eq "ANN%STRASSE""#, true),
    (r#"userName eq "ann_strasse""#, false),
    (r#"userName co "%""#, true),
    (r#"userName co "_""#, false),
    (r#"userName sw "ann%s""#, true),
    (r#"userName ew "aße""#, true),
    (r#"userName gt "ann""#, true),
    (r#"userName le "ANN""#, false),
    (r#"userName lt "B""#, true),
    (r#"USERNAME Sw "Ann""#, true),
    (r#"id eq "9b1c0f52-51b2-4f7e-8d1e-0c6f2f0e7a11""#, true),
    (r#"id eq "9B1C0F52-51b2-4f7e-8d1e-0c6f2f0e7a11""#, false),
    (r#"externalId eq "ext-1""#, false),
    (r#"externalId eq "Ext-1""#, true),
    (r#"title co "and Hand (a] \"b""#, true),
    ("active eq false", true),
    ("active ne false", false),
    (r#"active eq "False""#, true),
    (r#"name.familyName co "o'malley""#, true),
    (r#"meta.resourceType eq "User""#, true),
    (r#"meta.created eq "2024-05-13T06:42:34.000+02:00""#, true),
    (r#"meta.lastModified gt "2024-06-01T00:00:00Z""#, true),
    (
        r#"meta.lastModified le "2024-06-01T00:00:00.5000000Z""#,
        true,
    ),
    (
        r#"meta.lastModified ge "0001-01-03T00:00:00.0000000Z""#,
        true,
    ),
    (r#"meta.lastModified lt "2024-06-01T00:00:00.5""#, false),
    (
        r#"schemas eq "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user""#,
        true,
    ),
    (
        r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group""#,
        false,
    ),
    (
        r#"URN:ietf:params:scim:schemas:core:2.0:USER:username sw "ann""#,
        true,
    ),
    (
        r#"urn:ietf:params:scim:schemas:core:2.0:User:externalId eq "Ext-1""#,
        true,
    ),
    (
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "it""#,
        true,
    ),
    (
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26""#,
        true,
    ),
    (
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department eq "it""#,
        true,
    ),
    (
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.displayName eq "bo""#,
        true,
    ),
    (
        r#"urn:ietf:params:scim:schemas:core:2.0:User.emails[type eq "work"]"#,
        true,
    ),
    (r#"manager eq "26" and id ne "1""#, true),
    ("employeeNumber eq 4711", true),
];

/// R-FILTER-03, R-FILTER-04, R-FILTER-13…16, R-FILTER-29, R-STR-03, D15.
#[test]
fn single_values_compare_by_type_and_case() {
    check(&ann(), &user_type(), SINGLE_VALUES);
}

/// R-FILTER-08, R-FILTER-11.
#[test]
fn presence_and_absence() {
    check(
        &ann(),
        &user_type(),
        &[
            ("active pr", true),
            ("title pr", true),
            ("nickName pr", false),
            ("name pr", true),
            ("emails pr", true),
            ("emails.display pr", false),
            ("emails.primary pr", true),
            ("addresses pr", false),
            ("manager pr", true),
            ("nickName eq null", true),
            ("nickName ne null", false),
            ("emails eq null", false),
            ("name ne null", true),
            (r#"nickName eq "x""#, false),
            (r#"nickName co """#, false),
            (r#"nickName ne "x""#, true),
            (r#"nickName gt "a" or nickName le "a""#, false),
            (r#"not (nickName eq "x")"#, true),
            (r#"title co """#, true),
            (r#"title ne """#, true),
        ],
    );
    let empty = object(
        json!({"title": "", "emails": [], "name": {"givenName": ""}, "addresses": [{}], "nickName": null}),
    );
    for text in [
        "title pr",
        "emails pr",
        "name pr",
        "addresses pr",
        "nickName pr",
    ] {
        assert!(
            !filter::matches(&bind(text, &user_type(), Strict), &empty),
            "{text}"
        );
    }
}

/// R-FILTER-09, R-FILTER-10, R-FILTER-12, R-FILTER-22, R-FILTER-23, R-IPSIE-06.
#[test]
fn any_element_of_several() {
    check(
        &ann(),
        &user_type(),
        &[
            (r#"emails.type eq "work" and emails.value co "home""#, true),
            (r#"emails[type eq "work" and value co "home"]"#, false),
            (r#"emails[type eq "HOME" and value co "home"]"#, true),
            (r#"emails[type eq "work"].value eq "ann@work.test""#, true),
            (r#"emails[type eq "work"].value eq "ann@home.test""#, false),
            (r#"emails[type eq "work"] eq "ann@work.test""#, true),
            (r#"emails co "WORK.test""#, true),
            (r#"emails.value ne "ann@work.test""#, true),
            (r#"not (emails.value eq "ann@work.test")"#, false),
            (r#"not (emails.value eq "x")"#, true),
            (r#"emails[not (type eq "work")]"#, true),
            (r#"emails[not (type eq "work" or type eq "home")]"#, false),
            (r#"emails[display ne "x" and type eq "home"]"#, true),
            (r#"addresses[not (type eq "work")]"#, false),
            (r#"addresses.type ne "work""#, true),
            (r#"emails[primary eq "True"].value sw "ann@work""#, true),
        ],
    );
}

/// RFC 7643 §2.4, R-MV-01: a missing `primary` means false.
#[test]
fn an_element_without_primary_is_not_primary() {
    check(
        &ann(),
        &user_type(),
        &[
            ("emails[primary eq true and value co \"work\"]", true),
            ("emails[primary eq false and value co \"home\"]", true),
            ("emails[primary ne true and value co \"home\"]", true),
            ("emails[primary ne false and value co \"home\"]", false),
            ("emails.primary eq true", true),
            ("emails.primary eq false", true),
            ("emails.primary ne true", true),
            ("emails.primary ne false", true),
            ("ims.primary eq false", false),
            ("ims.primary ne true", true),
            ("ims.primary ne false", true),
        ],
    );
}

/// R-ENTRA-05, R-OKTA-11, D15, D18.
#[test]
fn members_of_groups() {
    let group = object(json!({
        "displayName": "Sales",
        "members": [{"value": "9b1c", "display": "Ann", "type": "User"}, {"value": "5d0a", "type": "Group"}],
    }));
    check(
        &group,
        &definitions::group(),
        &[
            (r#"members eq "9b1c""#, true),
            (r#"members eq "9B1C""#, false),
            (r#"members[value eq "5d0a"]"#, true),
            (r#"members[value eq "5d0a" and type eq "user"]"#, false),
            (r#"displayName eq "SALES""#, true),
        ],
    );
}

/// R-FILTER-12, R-FILTER-17: what storage gets to see.
#[test]
fn predicates_are_canonical() {
    let field = Field {
        extension: None,
        name: "emails".to_owned(),
        sub: Some("value".to_owned()),
        r#type: Type::String,
        multi_valued: true,
        case_exact: false,
    };
    let operand = Operand::Text("strasse@x".to_owned());
    let expected = Predicate::Test {
        field,
        operator: Operator::Co,
        operand,
    };
    for text in [r#"EMAILS co "Straße@X""#, r#"emails.VALUE CO "STRASSE@x""#] {
        assert_eq!(bind(text, &user_type(), Strict), expected);
    }
    let Predicate::Test { field, .. } = bind(r#"manager eq "1""#, &user_type(), Lenient) else {
        panic!()
    };
    assert_eq!(
        field.extension.as_deref(),
        Some(definitions::ENTERPRISE_URN)
    );
    assert_eq!(
        (
            field.name.as_str(),
            field.sub.as_deref(),
            field.multi_valued
        ),
        ("manager", Some("value"), false)
    );
    let text = r#"urn:ietf:params:scim:schemas:core:2.0:user:EMAILS[TYPE eq "Work"]"#;
    let Predicate::Element { field, predicate } = bind(text, &user_type(), Strict) else {
        panic!()
    };
    assert_eq!(
        (field.name.as_str(), field.sub, field.r#type),
        ("emails", None, Type::Complex)
    );
    let Predicate::Test { field, operand, .. } = *predicate else {
        panic!()
    };
    assert_eq!(
        (field.name.as_str(), field.extension, field.sub),
        ("type", None, None)
    );
    assert_eq!(operand, Operand::Text("work".to_owned()));
}

fn gadget() -> ResourceType {
    let attributes = vec![
        Attribute::new("size", Type::Integer, ""),
        Attribute::new("weights", Type::Decimal, "").multi_valued(),
        Attribute::new("tags", Type::String, "").multi_valued(),
        Attribute::complex(
            "parts",
            "",
            vec![
                Attribute::new("codes", Type::String, "")
                    .multi_valued()
                    .case_exact(),
            ],
        )
        .multi_valued(),
    ];
    let schema = Schema {
        id: "urn:x:1.0:Gadget".to_owned(),
        name: String::new(),
        description: String::new(),
        attributes,
    };
    let (name, endpoint) = ("Gadget".to_owned(), "/Gadgets".to_owned());
    ResourceType {
        name,
        endpoint,
        description: String::new(),
        schema,
        extensions: Vec::new(),
    }
}

/// R-MV-08, R-EXT-05, R-FILTER-34.
#[test]
fn custom_types_with_numbers_and_simple_arrays() {
    let gadget_type = gadget();
    let resource = object(json!({
        "size": 9_007_199_254_740_993_i64, "weights": [1.5, 2, -0.0], "tags": ["A", "b"],
        "parts": [{"codes": ["x", "Y"]}, {"codes": ["z"]}],
    }));
    check(
        &resource,
        &gadget_type,
        &[
            ("size eq 9007199254740993", true),
            ("size eq 9007199254740992", false),
            ("size gt 9007199254740992.0", true),
            ("size lt 1e300", true),
            ("size gt -1.5", true),
            ("weights eq 2.0", true),
            ("weights eq 0.0", true),
            ("weights eq 0", true),
            ("weights lt 0.0", false),
            ("weights lt 1.5", true),
            ("weights le 1.5", true),
            ("weights ne 2", true),
            (r#"tags eq "B""#, true),
            (r#"tags ne "a""#, true),
            (r#"not (tags eq "c")"#, true),
            (r#"parts.codes eq "Y""#, true),
            (r#"parts.codes eq "y""#, false),
            (r#"parts[codes eq "x" and codes eq "Y"]"#, true),
            (r#"parts[codes eq "x" and codes eq "z"]"#, false),
            (r#"urn:X:1.0:gadget:tags eq "a""#, true),
        ],
    );
    let filter = filter::parse(r#"value eq "a" or value eq "c""#, Strict).unwrap();
    let predicate = filter::bind_element(
        &filter,
        gadget_type.schema.attribute("tags").unwrap(),
        Strict,
    )
    .unwrap();
    assert!(filter::matches_element(&predicate, &json!("A")));
    assert!(!filter::matches_element(&predicate, &json!("b")));
}

/// R-MV-08, RFC 7643 §2.4: simple values in the forms of complex ones.
#[test]
fn simple_arrays_as_if_they_were_complex() {
    let gadget_type = gadget();
    let resource = object(json!({"weights": [1.5, 2], "tags": ["A", "b"]}));
    check(
        &resource,
        &gadget_type,
        &[
            (r#"tags.value eq "B""#, true),
            (r#"tags.VALUE ne "a""#, true),
            (r#"urn:X:1.0:gadget:tags.value eq "c""#, false),
            ("tags.value pr", true),
            (r#"tags[value eq "a"]"#, true),
            (r#"tags[value sw "a" and value ew "b"]"#, false),
            (r#"tags[not (value eq "a")]"#, true),
            (r#"tags[value ne "c"]"#, true),
            ("tags[value pr]", true),
            ("weights[value gt 1 and value lt 2]", true),
            ("weights.value gt 2", false),
        ],
    );
    for text in [
        "size co 1",
        "size eq \"1\"",
        "size.value eq 1",
        "tags[size eq 1]",
        "tags.type eq \"a\"",
        "schemas[value pr]",
    ] {
        let filter = filter::parse(text, Lenient).unwrap();
        assert!(
            filter::bind(&filter, &gadget_type, Lenient).is_err(),
            "{text}"
        );
    }
}
