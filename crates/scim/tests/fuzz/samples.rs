//! What the checks try things on.

use std::sync::LazyLock;

use scim::{
    Map, configuration::Configuration, definitions::LicenseExtension, dialect::Dialect::Lenient,
    resource, schema::ResourceType,
};
use serde_json::{Value, json};

/// A resource type and a resource of it.
pub(crate) struct Sample {
    pub(crate) resource_type: ResourceType,
    /// Canonical.
    pub(crate) resource: Map,
    /// With what the server adds.
    pub(crate) whole: Map,
}

/// `User` and `Group`, both extended, and two types of an operator's own that have every data type.
pub(crate) static SAMPLES: LazyLock<[Sample; 4]> = LazyLock::new(|| {
    let configuration: Configuration = include_str!("../../../../tests/schemas.json")
        .parse()
        .expect("a configuration");
    let user = configuration
        .user(&LicenseExtension::default())
        .expect("no URN twice");
    let [device, app] = configuration.resource_types() else {
        panic!("two resource types");
    };
    [
        sample(user, user_body()),
        sample(configuration.group(), group_body()),
        sample(device.clone(), device_body()),
        sample(app.clone(), app_body()),
    ]
});

fn sample(resource_type: ResourceType, body: Value) -> Sample {
    let Value::Object(body) = body else {
        panic!("an object");
    };
    let resource = resource::read(&resource_type, body, Lenient).expect("a resource");
    let mut whole = resource.clone();
    whole.insert("id".to_owned(), json!("5d0A"));
    whole.insert(
        "schemas".to_owned(),
        json!(resource::schemas(&resource_type, &resource)),
    );
    whole.insert(
        "meta".to_owned(),
        json!({"resourceType": resource_type.name, "created": "2026-01-31T08:00:00.5Z",
            "lastModified": "2026-02-01T00:00:00+02:00", "version": "W/\"3\""}),
    );
    if resource_type.name == "User" {
        whole.insert(
            "groups".to_owned(),
            json!([{"value": "g1", "display": "Straße", "type": "direct"}]),
        );
    }
    Sample {
        resource_type,
        resource,
        whole,
    }
}

fn user_body() -> Value {
    json!({
        "userName": "Ann@Acme.test", "externalId": "x-1", "title": "", "active": true, "nickName": "Ａnn",
        "name": {"givenName": "Ann", "familyName": "Straße"}, "profileUrl": "https://acme.test/ann",
        "emails": [
            {"value": "ann@acme.test", "type": "work", "primary": true},
            {"value": "ann@home.test", "type": "home", "primary": false}, {"value": "a@b.test"}],
        "phoneNumbers": [{"value": "+1 2", "type": "work"}], "roles": [{"value": "reader"}],
        "addresses": [{"type": "work", "locality": "Köln", "primary": true}, {"country": "DE"}],
        "x509Certificates": [{"value": "MAMCAQE="}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
            {"department": "R&D", "employeeNumber": "007", "manager": {"value": "26", "$ref": "../Users/26"}},
        "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User": {"licenseType": "developer"},
        "urn:example:acme:2.0:User": {"badge": 7, "nickname": "A", "skills": ["rust", "sql"],
            "firstDay": "2020-01-01T00:00:00Z", "desks": [{"value": "12", "floor": 3}]},
    })
}

fn group_body() -> Value {
    json!({
        "displayName": "Sales", "externalId": "g-1",
        "members": [{"value": "a", "type": "User"}, {"value": "B", "type": "Group", "$ref": "../Groups/B"}],
        "urn:example:acme:2.0:Group": {"costCentre": "C1"},
    })
}

fn device_body() -> Value {
    json!({
        "displayName": "Door", "active": false, "serialNumber": "S-1", "weight": 1.5, "ports": [22, 443],
        "tags": ["Lab", "west"], "manufactured": "2020-02-29T23:59:59.123456789+01:00", "certificate": "AQID",
        "notes": "behind the door", "fingerprint": "f", "owner": {"value": "u1"},
        "interfaces": [{"value": "aa:bb", "type": "wired", "speed": 1000, "primary": true}, {"speed": 54}],
        "urn:ietf:params:scim:schemas:extension:ble:2.0:Device":
            {"versionSupport": ["5.3"], "deviceMacAddress": "aa", "isRandom": false, "irk": "k"},
    })
}

fn app_body() -> Value {
    json!({
        "applicationType": "telemetry", "applicationName": "Probe",
        "urn:example:acme:2.0:Audit": {"class": "high", "due": "2027-01-01T00:00:00Z"},
    })
}
