use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

use super::*;

fn map(value: Value) -> Map {
    let Value::Object(map) = value else {
        panic!("not an object")
    };
    map
}

#[test]
fn of_members_only_the_ids_come_in_and_all_that_is_known_goes_out() {
    let resource = map(json!({
        "externalId": "g1", "displayName": "Tour Guides",
        "members": [{"value": "1", "display": "Babs", "type": "User", "$ref": "../Users/1"}, {"value": "2"}],
        "urn:example:2.0:Group": {"colour": "red"}
    }));
    let mut group = from_scim(resource);
    assert_eq!(
        group.members,
        [
            pb::Member {
                value: "1".to_owned(),
                ..pb::Member::default()
            },
            pb::Member {
                value: "2".to_owned(),
                ..pb::Member::default()
            },
        ]
    );
    group.members[0].set_type(pb::MemberType::User);
    group.members[0].display = "Babs".to_owned();
    group.members[1].set_type(pb::MemberType::Group);
    let expected = json!({
        "externalId": "g1", "displayName": "Tour Guides",
        "members": [{"value": "1", "display": "Babs", "type": "User"}, {"value": "2", "type": "Group"}],
        "urn:example:2.0:Group": {"colour": "red"}
    });
    assert_eq!(Value::Object(to_scim(&group).unwrap()), expected);
}

#[test]
fn attributes_that_are_no_json_object_are_refused() {
    let group = pb::Group {
        attributes_json: "[]".to_owned(),
        ..pb::Group::default()
    };
    assert!(to_scim(&group).is_err());
}

proptest! {
    #[test]
    fn every_canonical_group_goes_there_and_back(
        display_name in "[^\\x00]{1,12}",
        external_id in option::of("[^\\x00]{1,12}"),
        members in vec("[0-9a-f-]{1,36}", 0..5),
        colour in option::of("[^\\x00]{1,12}"),
    ) {
        let mut resource = map(json!({ "displayName": display_name }));
        if let Some(id) = external_id {
            resource.insert("externalId".to_owned(), id.into());
        }
        if !members.is_empty() {
            let members: Vec<Value> = members.into_iter().map(|id| json!({ "value": id })).collect();
            resource.insert("members".to_owned(), members.into());
        }
        if let Some(colour) = colour {
            resource.insert("urn:example:2.0:Group".to_owned(), json!({ "colour": colour }));
        }
        prop_assert_eq!(to_scim(&from_scim(resource.clone())).unwrap(), resource);
    }
}
