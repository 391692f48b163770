use serde_json::{Value, json};

use super::*;

const URN: &str = "urn:example:licence";

fn state(resource: Value) -> State {
    let Value::Object(resource) = resource else {
        panic!("an object");
    };
    State {
        resource,
        license_type: "it".to_owned(),
        license_shown: true,
        licensed: true,
        scim_managed: false,
    }
}

#[test]
fn every_attribute_that_differs_is_named_once() {
    let before = state(json!({
        "userName": "ann", "title": "Boss", "name": { "givenName": "A" },
        "urn:x": { "a": 1, "b": 2 }, "urn:gone": { "c": 1 },
    }));
    let mut after = state(json!({
        "userName": "ann", "nickName": "A", "name": { "givenName": "B" },
        "urn:x": { "a": 1, "b": 3 }, "urn:new": { "d": 1 },
    }));
    let mut names = changed_attributes(&before, &after, URN);
    names.sort();
    assert_eq!(
        names,
        [
            "name",
            "nickName",
            "title",
            "urn:gone:c",
            "urn:new:d",
            "urn:x:b"
        ]
    );
    assert!(changed_attributes(&before, &before.clone(), URN).is_empty());
    after = before.clone();
    after.license_type = "analyst".to_owned();
    after.scim_managed = true;
    let names = changed_attributes(&before, &after, URN);
    assert_eq!(names, ["urn:example:licence:licenseType", "scimManaged"]);
}

#[test]
fn the_kind_is_what_matters_most() {
    let linked = |mut state: State| {
        state.scim_managed = true;
        state
    };
    let unstated = state(json!({}));
    let active = state(json!({ "active": true }));
    let inactive = state(json!({ "active": false }));
    for (before, after, expected) in [
        (&unstated, active.clone(), "user.updated"),
        (&active, inactive.clone(), "user.deactivated"),
        (&unstated, inactive.clone(), "user.deactivated"),
        (&active, linked(inactive.clone()), "user.deactivated"),
        (&inactive, unstated.clone(), "user.activated"),
        (&inactive, linked(active.clone()), "user.activated"),
        (&active, linked(active.clone()), "user.linked"),
        (&inactive, linked(inactive.clone()), "user.linked"),
    ] {
        assert_eq!(kind(before, &after), expected);
    }
}
