use serde_json::{Value, json};

use super::*;
use crate::{
    definitions::{self, ENTERPRISE_URN, LicenseExtension, USER_URN},
    dialect::Dialect::{Lenient, Strict},
    error::Kind,
};

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

fn ann() -> Map {
    let Value::Object(map) = json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "id": "9b1c",
        "meta": {"resourceType": "User", "location": "https://x.test/Users/9b1c"},
        "userName": "ann",
        "password": "secret",
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "active": false,
        "emails": [{"value": "a@x.test", "type": "work"}, {"value": "b@x.test"}],
        ENTERPRISE_URN: {"department": "IT", "manager": {"value": "26", "displayName": "Bo"}},
    }) else {
        panic!()
    };
    map
}

fn project(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    Value::Object(
        Projection::parse(attributes, excluded, Lenient)
            .unwrap()
            .apply(&user(), ann()),
    )
}

fn only(attributes: &str, mut expected: Value) {
    let object = expected.as_object_mut().unwrap();
    object.insert("id".to_owned(), json!("9b1c"));
    object.entry("schemas").or_insert(json!([USER_URN]));
    assert_eq!(project(Some(attributes), None), expected, "{attributes}");
}

/// R-PROJ-03…08, R-PROJ-11, R-HTTP-19.
#[test]
fn attributes_keeps_what_it_names() {
    let both = json!([USER_URN, ENTERPRISE_URN]);
    only("userName", json!({"userName": "ann"}));
    only(
        " USERNAME , active,",
        json!({"userName": "ann", "active": false}),
    );
    only("id", json!({}));
    only("nonsense", json!({}));
    only("password", json!({}));
    only(
        "name",
        json!({"name": {"givenName": "Ann", "familyName": "Lee"}}),
    );
    only("name.GivenName", json!({"name": {"givenName": "Ann"}}));
    only(
        "name.givenName,name",
        json!({"name": {"givenName": "Ann", "familyName": "Lee"}}),
    );
    only("name.middleName", json!({}));
    only(
        "emails.value",
        json!({"emails": [{"value": "a@x.test"}, {"value": "b@x.test"}]}),
    );
    only("emails.type", json!({"emails": [{"type": "work"}]}));
    only(
        "meta.location",
        json!({"meta": {"location": "https://x.test/Users/9b1c"}}),
    );
    only(&format!("{USER_URN}:userName"), json!({"userName": "ann"}));
    only(
        USER_URN,
        json!({"userName": "ann", "name": {"givenName": "Ann", "familyName": "Lee"}, "active": false,
            "emails": [{"value": "a@x.test", "type": "work"}, {"value": "b@x.test"}]}),
    );
    let extension = json!({"department": "IT", "manager": {"value": "26", "displayName": "Bo"}});
    only(
        &ENTERPRISE_URN.to_uppercase(),
        json!({"schemas": both, ENTERPRISE_URN: extension}),
    );
    let manager = json!({"manager": {"displayName": "Bo"}});
    only(
        &format!("{ENTERPRISE_URN}:manager.displayName"),
        json!({"schemas": both, ENTERPRISE_URN: manager}),
    );
    only(
        "manager.displayName",
        json!({"schemas": both, ENTERPRISE_URN: manager}),
    );
    only(&format!("{ENTERPRISE_URN}:division"), json!({}));
}

fn without(excluded: &str, change: impl FnOnce(&mut Map)) {
    let mut expected = ann();
    expected.remove("password");
    change(&mut expected);
    assert_eq!(
        project(None, Some(excluded)),
        Value::Object(expected),
        "{excluded}"
    );
}

/// R-PROJ-03, R-PROJ-06, R-PROJ-11.
#[test]
fn excluded_attributes_drops_what_it_names() {
    without("id,schemas,nonsense", |_| {});
    without("EMAILS,active", |map| {
        map.remove("emails");
        map.remove("active");
    });
    without("name.givenName", |map| {
        map["name"] = json!({"familyName": "Lee"})
    });
    without("name.givenName,name.familyName", |map| {
        map.remove("name");
    });
    without("emails.value", |map| {
        map["emails"] = json!([{"type": "work"}])
    });
    without("meta", |map| {
        map.remove("meta");
    });
    without("meta.location", |map| {
        map["meta"] = json!({"resourceType": "User"})
    });
    without(ENTERPRISE_URN, |map| {
        map.remove(ENTERPRISE_URN);
        map["schemas"] = json!([USER_URN]);
    });
    let rest = format!("{ENTERPRISE_URN}:department,{ENTERPRISE_URN}:manager");
    without(&rest, |map| {
        map.remove(ENTERPRISE_URN);
        map["schemas"] = json!([USER_URN]);
    });
    without(&format!("{ENTERPRISE_URN}:manager.value"), |map| {
        map[ENTERPRISE_URN]["manager"] = json!({"displayName": "Bo"});
    });
}

/// R-ATTR-11, R-REG-SEC: a password leaves in no case.
#[test]
fn without_projection_only_what_is_never_returned_is_dropped() {
    without("", |_| {});
    let all = Projection::parse(None, None, Strict).unwrap();
    assert!(all.is_all());
    assert!(!all.apply(&user(), ann()).contains_key("password"));
    assert!(
        Projection::parse(Some(" , "), Some(""), Strict)
            .unwrap()
            .is_all()
    );
    assert!(
        !Projection::parse(Some("nonsense"), None, Strict)
            .unwrap()
            .is_all()
    );
}

/// R-PROJ-02.
#[test]
fn both_at_once_exclude_each_other() {
    let error = Projection::parse(Some("userName"), Some("emails"), Strict).unwrap_err();
    assert_eq!(error.kind, Kind::InvalidValue);
    let lists = Projection::from_lists(
        Some(vec!["userName".to_owned()]),
        Some(vec!["x".to_owned()]),
        Lenient,
    )
    .unwrap();
    assert_eq!(
        lists,
        Projection::parse(Some("userName"), None, Lenient).unwrap()
    );
}

/// R-ATTR-11, R-PROJ-08: attributes of one's own with other settings.
#[test]
fn returned_always_and_request() {
    let mut user = user();
    for attribute in &mut user.schema.attributes {
        match attribute.name.as_str() {
            "title" => attribute.returned = Returned::Always,
            "nickName" => attribute.returned = Returned::Request,
            "emails" => {
                attribute.sub_attributes[0].returned = Returned::Always;
                attribute.sub_attributes[1].returned = Returned::Request;
            }
            _ => {}
        }
    }
    let Value::Object(resource) = json!({
        "id": "1", "userName": "a", "title": "T", "nickName": "N", "emails": [{"value": "v", "display": "d", "type": "t"}],
    }) else {
        panic!()
    };
    let project = |attributes: Option<&str>, excluded: Option<&str>| {
        let mut map = Projection::parse(attributes, excluded, Strict)
            .unwrap()
            .apply(&user, resource.clone());
        map.remove("schemas");
        Value::Object(map)
    };
    let emails = json!([{"value": "v", "type": "t"}]);
    assert_eq!(
        project(None, None),
        json!({"id": "1", "userName": "a", "title": "T", "emails": emails})
    );
    assert_eq!(
        project(Some("nickName"), None),
        json!({"id": "1", "title": "T", "nickName": "N"})
    );
    assert_eq!(
        project(Some(USER_URN), None),
        json!({"id": "1", "userName": "a", "title": "T", "emails": emails})
    );
    let emails = json!([{"value": "v", "display": "d"}]);
    assert_eq!(
        project(Some("emails.display"), None),
        json!({"id": "1", "title": "T", "emails": emails})
    );
    let emails = json!([{"value": "v", "type": "t"}]);
    assert_eq!(
        project(None, Some("title,emails.value,userName")),
        json!({"id": "1", "title": "T", "emails": emails})
    );
}

/// R-PROJ-10, R-GRP-07, R-ENTRA-04.
#[test]
fn what_is_not_wanted_need_not_be_read() {
    let group = definitions::group();
    for (attributes, excluded, wanted) in [
        (None, None, true),
        (None, Some("members"), false),
        (None, Some("Members, meta"), false),
        (
            None,
            Some("urn:ietf:params:scim:schemas:core:2.0:Group:members"),
            false,
        ),
        (None, Some("members.display"), true),
        (None, Some("displayName"), true),
        (Some("displayName"), None, false),
        (Some("members"), None, true),
        (Some("members.value"), None, true),
        (
            Some("urn:ietf:params:scim:schemas:core:2.0:Group"),
            None,
            true,
        ),
        (Some("nonsense"), None, false),
    ] {
        let projection = Projection::parse(attributes, excluded, Strict).unwrap();
        assert_eq!(
            projection.wants(&group, "members"),
            wanted,
            "{attributes:?} {excluded:?}"
        );
    }
    assert!(
        !Projection::parse(None, None, Strict)
            .unwrap()
            .wants(&user(), "password")
    );
}
