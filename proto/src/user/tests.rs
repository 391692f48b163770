use proptest::{option, prelude::*, sample::subsequence};
use serde_json::json;

use super::*;

const LICENSE: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn map(value: Value) -> Map {
    let Value::Object(map) = value else {
        panic!("not an object")
    };
    map
}

fn round_trip(resource: &Map) -> Map {
    to_scim(&from_scim(resource.clone(), LICENSE), LICENSE).unwrap()
}

#[test]
fn a_full_user_goes_there_and_back() {
    let resource = map(json!({
        "externalId": "00u1",
        "userName": "bjensen@example.com",
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara",
            "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"
        },
        "displayName": "Babs Jensen",
        "nickName": "Babs",
        "active": false,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home", "display": "Babs", "primary": false},
            {"display": "no address"}
        ],
        "phoneNumbers": [{"value": "tel:+1-201-555-0123", "type": "work"}],
        "addresses": [{"locality": "Hollywood", "primary": true}],
        LICENSE: {"licenseType": "read_only"},
        ENTERPRISE: {"employeeNumber": "701984", "manager": {"value": "26118915"}}
    }));
    let user = from_scim(resource.clone(), LICENSE);
    assert_eq!(user.user_name, "bjensen@example.com");
    assert_eq!(user.active, Some(false));
    assert_eq!(user.license_type, "read_only");
    assert_eq!(user.emails[1].primary, Some(false));
    assert_eq!(user.emails[0].display, "");
    let others = scim::json::parse_object(user.attributes_json.as_bytes()).unwrap();
    let names: Vec<&str> = others.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["nickName", "phoneNumbers", "addresses", ENTERPRISE],
        "order is kept"
    );
    assert_eq!(to_scim(&user, LICENSE).unwrap(), resource);
}

#[test]
fn what_is_absent_stays_absent() {
    let resource = map(json!({"userName": "a"}));
    let user = from_scim(resource.clone(), LICENSE);
    let expected = pb::User {
        user_name: "a".to_owned(),
        ..pb::User::default()
    };
    assert_eq!(user, expected);
    assert_eq!(to_scim(&user, LICENSE).unwrap(), resource);
}

#[test]
fn a_typed_field_wins_over_the_same_name_in_the_json() {
    let user = pb::User {
        user_name: "typed".to_owned(),
        license_type: "it".to_owned(),
        attributes_json:
            json!({"userName": "json", LICENSE: {"licenseType": "json"}, "title": "x"}).to_string(),
        ..pb::User::default()
    };
    let expected = json!({"userName": "typed", "title": "x", LICENSE: {"licenseType": "it"}});
    assert_eq!(Value::Object(to_scim(&user, LICENSE).unwrap()), expected);
}

#[test]
fn attributes_that_are_no_json_object_are_refused() {
    for json in ["{", "[]", "null", " "] {
        let user = pb::User {
            attributes_json: json.to_owned(),
            ..pb::User::default()
        };
        assert!(to_scim(&user, LICENSE).is_err(), "{json:?}");
    }
}

fn text() -> impl Strategy<Value = Value> {
    "[^\\x00]{1,12}".prop_map(Value::from)
}

/// An object with some of the named members, at least one.
fn object(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let count = members.len();
    subsequence(members, 1..=count)
        .prop_flat_map(|members| {
            let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
            values.prop_map(move |values| {
                Value::Object(
                    names
                        .iter()
                        .copied()
                        .map(str::to_owned)
                        .zip(values)
                        .collect(),
                )
            })
        })
        .boxed()
}

fn texts(names: &[&'static str]) -> BoxedStrategy<Value> {
    object(names.iter().map(|name| (*name, text().boxed())).collect())
}

fn elements(element: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(element, 1..4)
        .prop_map(Value::from)
        .boxed()
}

fn boolean() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

fn resource() -> impl Strategy<Value = Map> {
    let email = object(vec![
        ("value", text().boxed()),
        ("type", text().boxed()),
        ("display", text().boxed()),
        ("primary", boolean()),
    ]);
    let phone = object(vec![("value", text().boxed()), ("primary", boolean())]);
    let name = [
        "formatted",
        "familyName",
        "givenName",
        "middleName",
        "honorificPrefix",
        "honorificSuffix",
    ];
    let license = text()
        .prop_map(|text| json!({ "licenseType": text }))
        .boxed();
    let manager = texts(&["value", "$ref"]);
    let all = object(vec![
        ("externalId", text().boxed()),
        ("name", texts(&name)),
        ("displayName", text().boxed()),
        ("active", boolean()),
        ("emails", elements(email)),
        ("phoneNumbers", elements(phone)),
        ("title", text().boxed()),
        (LICENSE, license),
        (
            ENTERPRISE,
            object(vec![("manager", manager), ("department", text().boxed())]),
        ),
    ]);
    (text(), option::of(all)).prop_map(|(user_name, all)| {
        let mut resource = all.map(map).unwrap_or_default();
        resource.insert("userName".to_owned(), user_name);
        resource
    })
}

proptest! {
    #[test]
    fn every_canonical_user_goes_there_and_back(resource in resource()) {
        prop_assert_eq!(round_trip(&resource), resource);
    }
}
