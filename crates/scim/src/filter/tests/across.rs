use serde_json::json;

use crate::{
    Map, definitions,
    dialect::Dialect::Lenient,
    error::Kind,
    filter::{self, bind_across, matches},
    schema::ResourceType,
};

fn user() -> ResourceType {
    definitions::user(&definitions::LicenseExtension::default())
}

fn ann() -> Map {
    let ann = json!({"userName": "ann", "emails": [{"value": "a@x.test"}], "meta": {"resourceType": "User"}});
    ann.as_object().expect("an object").clone()
}

/// R-FILTER-24, R-LIST-05: what the type does not know has no value.
#[test]
fn an_unknown_attribute_has_no_value() {
    let table = [
        (r#"members.value eq "x""#, false),
        (r#"members ne "x""#, true),
        ("members pr", false),
        ("not (members pr)", true),
        ("members eq null", true),
        ("members ne null", false),
        (r#"members[value eq "x"]"#, false),
        (r#"not (members[value eq "x"])"#, true),
        (r#"userName eq "ANN" or members eq "x""#, true),
        (r#"userName eq "ann" and members eq "x""#, false),
        (r#"userName eq "ann" and not (members eq "x")"#, true),
        (r#"emails[unknown eq "x"]"#, false),
        (r#"emails[value eq "a@x.test" or unknown pr]"#, true),
        (r#"name.unknown ne "x""#, true),
        (r#"password eq "x""#, false),
        (r#"urn:x:y:attribute gt 5"#, false),
        (r#"meta.resourceType eq "User""#, true),
        (r#"meta.resourceType eq "Group""#, false),
    ];
    for (text, expected) in table {
        let filter = filter::parse(text, Lenient).expect(text);
        let predicate = bind_across(&filter, &user(), Lenient).expect(text);
        assert_eq!(matches(&predicate, &ann()), expected, "{text}");
    }
}

#[test]
fn other_faults_stay_faults() {
    for text in ["active gt true", r#"name eq "x""#, "members gt null"] {
        let filter = filter::parse(text, Lenient).expect(text);
        let error = bind_across(&filter, &user(), Lenient).expect_err(text);
        assert_eq!(error.kind, Kind::InvalidFilter, "{text}");
    }
}
