use serde_json::json;

use super::{from_scim, to_scim};
use crate::identity::v1 as pb;

#[test]
fn a_resource_comes_back_as_it_went() {
    let resource =
        json!({"externalId": "x-1", "serial": "1", "weight": 1.5, "urn:example:Rack": {"row": 3}});
    let resource = resource.as_object().expect("an object").clone();
    let wire = from_scim(resource.clone());
    assert_eq!(wire.external_id, "x-1");
    assert!(!wire.attributes_json.contains("externalId"));
    assert_eq!(to_scim(&wire).expect("JSON"), resource);
    assert_eq!(from_scim(scim::Map::new()), pb::Resource::default());
}

#[test]
fn what_is_no_object_is_refused() {
    let wire = pb::Resource {
        attributes_json: "[]".to_owned(),
        ..Default::default()
    };
    assert!(to_scim(&wire).is_err());
}
