use serde_json::{Value, json};

use super::*;
use crate::{
    definitions::{self, ENTERPRISE_URN, LicenseExtension, USER_URN},
    dialect::Dialect::{Lenient, Strict},
    error::Kind,
    patch::{Op, Operation},
    schema::{Extension, Type},
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
    assert!(!all.apply(&user(), ann()).contains_key("password"));
    assert_eq!(
        Projection::parse(Some(" , "), Some(""), Strict),
        Ok(all.clone())
    );
    assert_ne!(Projection::parse(Some("nonsense"), None, Strict), Ok(all));
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

/// R-PROJ-10: whether the names of managers are worth reading.
#[test]
fn what_of_an_extension_is_wanted() {
    let manager = &format!("{ENTERPRISE_URN}:manager");
    let name = &format!("{manager}.displayName");
    let value = &format!("{manager}.value");
    for (attributes, excluded, wanted) in [
        (None, None, true),
        (Some("id"), None, false),
        (Some(ENTERPRISE_URN), None, true),
        (Some(manager.as_str()), None, true),
        (Some(name), None, true),
        (Some("manager.displayname"), None, true),
        (Some(value), None, false),
        (None, Some("userName"), true),
        (None, Some(ENTERPRISE_URN), false),
        (None, Some(manager), false),
        (None, Some(name), false),
        (None, Some(value), true),
    ] {
        let projection = Projection::parse(attributes, excluded, Lenient).unwrap();
        let wants = projection.wants_in(&user(), ENTERPRISE_URN, "manager", "displayName");
        assert_eq!(wants, wanted, "{attributes:?} {excluded:?}");
    }
}

const LAB: &str = "urn:example:lab:2.0:User";

/// Users with attributes and sub-attributes that are returned on request.
fn lab() -> ResourceType {
    let text = |name: &str| Attribute::new(name, Type::String, "");
    let hidden = |name: &str| text(name).returned(Returned::Request);
    let parts = || vec![text("open"), hidden("hidden")];
    let mut user = user();
    user.schema.attributes.extend([
        hidden("notes"),
        Attribute::complex("key", "", parts()),
        Attribute::complex("keys", "", parts()).multi_valued(),
    ]);
    user.extensions.push(Extension {
        schema: Schema {
            id: LAB.to_owned(),
            name: String::new(),
            description: String::new(),
            attributes: vec![hidden("secret"), text("public")],
        },
        required: false,
    });
    user
}

fn full() -> Map {
    let Value::Object(map) = json!({
        "userName": "ann", "notes": "n", "key": {"open": "o", "hidden": "h"},
        "keys": [{"open": "o", "hidden": "h"}], LAB: {"secret": "s", "public": "p"},
    }) else {
        panic!()
    };
    map
}

/// What a reply shows of that which is returned on request.
fn shown(projection: Projection, written: Written) -> Vec<&'static str> {
    let reply = Value::Object(projection.after(written).apply(&lab(), full()));
    let at = |pointer: &str| reply.pointer(pointer).is_some();
    let secret = format!("/{LAB}/secret");
    [
        ("notes", at("/notes")),
        ("key.hidden", at("/key/hidden")),
        ("keys.hidden", at("/keys/0/hidden")),
        ("secret", at(&secret)),
    ]
    .into_iter()
    .filter_map(|(name, is_there)| is_there.then_some(name))
    .collect()
}

fn all() -> Projection {
    Projection::parse(None, None, Lenient).unwrap()
}

/// An empty array that is there says something (RFC 7643 §2.5); one whose elements show nothing does not.
#[test]
fn an_empty_array_stays() {
    let group = crate::definitions::group();
    let Value::Object(empty) = json!({"id": "1", "displayName": "g", "members": []}) else {
        panic!()
    };
    let Value::Object(nameless) =
        json!({"id": "1", "displayName": "g", "members": [{"value": "2"}]})
    else {
        panic!()
    };
    for (only, resource, expected) in [
        (None, &empty, Some(json!([]))),
        (Some("members"), &empty, Some(json!([]))),
        (Some("members.value"), &empty, Some(json!([]))),
        (Some("displayName"), &empty, None),
        (Some("members.display"), &nameless, None),
    ] {
        let projection = Projection::parse(only, None, Lenient).unwrap();
        let shown = projection.apply(&group, resource.clone());
        assert_eq!(shown.get("members"), expected.as_ref(), "{only:?}");
    }
}

/// R-ATTR-11, RFC 7643 §7: what a body sets is in the reply to it, and in no other.
#[test]
fn what_a_body_sets_is_returned() {
    assert!(shown(all(), Written::default()).is_empty());
    let written = Written::in_body(&lab(), &full());
    let everything = ["notes", "key.hidden", "keys.hidden", "secret"];
    assert_eq!(shown(all(), written.clone()), everything);
    let only = Projection::parse(Some("userName"), None, Lenient).unwrap();
    assert!(shown(only, written.clone()).is_empty());
    let except = Projection::parse(None, Some("notes,key.hidden"), Lenient).unwrap();
    assert_eq!(shown(except, written), ["keys.hidden", "secret"]);
    let Value::Object(body) = json!({"userName": "ann", "key": {"open": "o"}}) else {
        panic!()
    };
    assert!(shown(all(), Written::in_body(&lab(), &body)).is_empty());
}

/// The same of the operations of a PATCH.
#[test]
fn what_operations_set_is_returned() {
    let nothing: &[&str] = &[];
    for (op, path, value, expected) in [
        (Op::Add, "notes", json!("n"), &["notes"][..]),
        (Op::Replace, "NOTES", json!("n"), &["notes"]),
        (Op::Add, "userName", json!("ann"), nothing),
        (Op::Add, "key.hidden", json!("h"), &["key.hidden"]),
        (Op::Add, "key.open", json!("o"), nothing),
        (Op::Add, "key", json!({"Hidden": "h"}), &["key.hidden"]),
        (Op::Add, "key", json!({"open": "o"}), nothing),
        (
            Op::Add,
            "keys[open eq \"o\"].hidden",
            json!("h"),
            &["keys.hidden"],
        ),
        (Op::Add, "keys", json!([{"hidden": "h"}]), &["keys.hidden"]),
        (Op::Add, &format!("{LAB}:secret"), json!("s"), &["secret"]),
        (Op::Add, LAB, json!({"secret": "s"}), &["secret"]),
        (Op::Add, LAB, json!({"public": "p"}), nothing),
        (Op::Add, "", json!({"notes": "n"}), &["notes"]),
        (Op::Add, "", json!({LAB: {"secret": "s"}}), &["secret"]),
        (Op::Add, "", json!({"key.hidden": "h"}), &["key.hidden"]),
        (Op::Remove, "notes", Value::Null, &["notes"]),
        (Op::Add, "no such", json!(1), nothing),
    ] {
        let operation = Operation {
            op,
            path: (!path.is_empty()).then(|| path.to_owned()),
            value: Some(value),
        };
        let written = Written::in_operations(&lab(), std::slice::from_ref(&operation), Lenient);
        assert_eq!(shown(all(), written), expected, "{operation:?}");
    }
}
