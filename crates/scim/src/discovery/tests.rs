use serde_json::{Value, json};

use super::*;
use crate::definitions::{self, ENTERPRISE_URN, GROUP_URN, LicenseExtension, USER_URN};
use crate::schema::{Attribute, Type};

const BASE: &str = "https://x.test/api/v3/accounts/1/scim/v2";

fn types() -> Vec<ResourceType> {
    vec![
        definitions::user(&LicenseExtension::default()),
        definitions::group(),
    ]
}

fn no_nulls(value: &Value) {
    match value {
        Value::Null => panic!("null in a discovery document (R-DISC-13)"),
        Value::Array(elements) => elements.iter().for_each(no_nulls),
        Value::Object(members) => members.values().for_each(no_nulls),
        _ => {}
    }
}

/// R-DISC-01…04, R-CUR-11, R-MISC-05.
#[test]
fn the_configuration_states_every_feature() {
    let config = Value::Object(service_provider_config(BASE, &Features::default()));
    no_nulls(&config);
    assert_eq!(
        config["schemas"],
        json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"])
    );
    assert_eq!(config["patch"], json!({"supported": true}));
    assert_eq!(
        config["bulk"],
        json!({"supported": false, "maxOperations": 0, "maxPayloadSize": 0})
    );
    assert_eq!(
        config["filter"],
        json!({"supported": true, "maxResults": 1000})
    );
    assert_eq!(config["changePassword"], json!({"supported": false}));
    assert_eq!(config["pagination"]["cursor"], json!(false));
    assert_eq!(
        config["meta"]["resourceType"],
        json!("ServiceProviderConfig")
    );
    assert_eq!(
        config["meta"]["location"],
        json!(format!("{BASE}/ServiceProviderConfig"))
    );
    let scheme = &config["authenticationSchemes"][0];
    assert!(
        ["type", "name", "description"]
            .into_iter()
            .all(|name| scheme[name].is_string())
    );
    let features = Features {
        bulk: Some((1000, 1 << 20)),
        cursor_timeout: Some(3600),
        documentation_uri: Some("https://x.test/docs".to_owned()),
        ..Features::default()
    };
    let config = Value::Object(service_provider_config(BASE, &features));
    assert_eq!(
        config["bulk"],
        json!({"supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576})
    );
    assert_eq!(config["pagination"]["cursorTimeout"], json!(3600));
    for of in [&config, &config["authenticationSchemes"][0]] {
        assert_eq!(of["documentationUri"], json!("https://x.test/docs"));
    }
}

fn check_attribute(attribute: &Value) {
    for name in ["multiValued", "required", "caseExact"] {
        assert!(attribute[name].is_boolean(), "{attribute}");
    }
    for name in [
        "name",
        "type",
        "description",
        "mutability",
        "returned",
        "uniqueness",
    ] {
        assert!(attribute[name].is_string(), "{attribute}");
    }
    assert_eq!(
        attribute["type"] == "complex",
        attribute.get("subAttributes").is_some()
    );
    assert_eq!(
        attribute["type"] == "reference",
        attribute.get("referenceTypes").is_some()
    );
    for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
        check_attribute(sub);
    }
}

/// R-DISC-08, R-DISC-09, R-DISC-11, R-DISC-16.
#[test]
fn schemas_state_every_characteristic() {
    let schemas = schemas(BASE, &types());
    let ids: Vec<&str> = schemas
        .iter()
        .filter_map(|schema| schema["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        [
            USER_URN,
            ENTERPRISE_URN,
            "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User",
            GROUP_URN,
            "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
            "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
            "urn:ietf:params:scim:schemas:core:2.0:Schema",
        ]
    );
    for schema in &schemas {
        assert_eq!(
            schema["schemas"],
            json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"])
        );
        assert_eq!(schema["meta"]["resourceType"], "Schema");
        assert_eq!(
            schema["meta"]["location"],
            format!("{BASE}/Schemas/{}", schema["id"].as_str().unwrap())
        );
        assert!(schema["name"].is_string() && schema["description"].is_string());
        let attributes = schema["attributes"].as_array().unwrap();
        attributes.iter().for_each(check_attribute);
        assert!(
            attributes
                .iter()
                .all(|attribute| attribute["name"] != "id" && attribute["name"] != "meta")
        );
        no_nulls(&Value::Object(schema.clone()));
    }
    // R16: no use is made of passwords, so none is asked for.
    let of_user = schemas[0]["attributes"].as_array().unwrap();
    assert!(
        of_user
            .iter()
            .all(|attribute| attribute["name"] != "password")
    );
    let user_name = &schemas[0]["attributes"][0];
    assert_eq!(
        (
            &user_name["name"],
            &user_name["uniqueness"],
            &user_name["required"]
        ),
        (&json!("userName"), &json!("server"), &json!(true))
    );
}

/// The documents follow the schemas that describe them: every member has an attribute, of the same type.
#[test]
fn the_documents_follow_their_own_schemas() {
    let features = Features {
        documentation_uri: Some("x".to_owned()),
        cursor_timeout: Some(1),
        ..Features::default()
    };
    let mut documents = vec![service_provider_config(BASE, &features)];
    documents.extend(schemas(BASE, &types()));
    documents.extend(resource_types(BASE, &types()));
    for document in documents {
        let urn = document["schemas"][0].as_str().unwrap().to_owned();
        let schema = meta_schemas()
            .iter()
            .find(|schema| schema.id == urn)
            .unwrap();
        for (name, value) in &document {
            if !["schemas", "id", "meta"].contains(&name.as_str()) {
                follows(
                    schema
                        .attribute(name)
                        .unwrap_or_else(|| panic!("{urn} lacks {name}")),
                    value,
                );
            }
        }
        for attribute in schema
            .attributes
            .iter()
            .filter(|attribute| attribute.required)
        {
            assert!(
                document.contains_key(&attribute.name),
                "{urn}: {}",
                attribute.name
            );
        }
    }
}

fn follows(attribute: &Attribute, value: &Value) {
    match value {
        Value::Array(elements) => {
            assert!(attribute.multi_valued, "{}", attribute.name);
            let single = Attribute {
                multi_valued: false,
                ..attribute.clone()
            };
            elements
                .iter()
                .for_each(|element| follows(&single, element));
        }
        Value::Object(members) => {
            assert!(
                attribute.r#type == Type::Complex && !attribute.multi_valued,
                "{}",
                attribute.name
            );
            for (name, value) in members {
                // The schema of schemas stops one level down, where its own description goes on.
                let again = Some(attribute)
                    .filter(|_| attribute.name == "subAttributes" && name == "subAttributes");
                let single = again.map(|attribute| Attribute {
                    multi_valued: true,
                    ..attribute.clone()
                });
                let sub = attribute
                    .sub_attribute(name)
                    .or(single.as_ref())
                    .unwrap_or_else(|| panic!("{} lacks {name}", attribute.name));
                follows(sub, value);
            }
        }
        Value::Bool(_) => assert_eq!(attribute.r#type, Type::Boolean, "{}", attribute.name),
        Value::Number(_) => assert_eq!(attribute.r#type, Type::Integer, "{}", attribute.name),
        _ => assert!(
            matches!(attribute.r#type, Type::String | Type::Reference),
            "{}",
            attribute.name
        ),
    }
}

/// R-DISC-10, R-INTEROP-02.
#[test]
fn resource_types_refer_to_listed_schemas() {
    let schemas = schemas(BASE, &types());
    let listed = |urn: &Value| schemas.iter().any(|schema| schema["id"] == *urn);
    let entries = resource_types(BASE, &types());
    assert_eq!(entries.len(), 2);
    for entry in &entries {
        assert_eq!(entry["id"], entry["name"]);
        assert!(listed(&entry["schema"]));
        for extension in entry
            .get("schemaExtensions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            assert!(listed(&extension["schema"]) && extension["required"] == false);
        }
        let location = format!("{BASE}/ResourceTypes/{}", entry["name"].as_str().unwrap());
        assert_eq!(
            entry["meta"],
            json!({"resourceType": "ResourceType", "location": location})
        );
        no_nulls(&Value::Object(entry.clone()));
    }
    assert_eq!(
        (&entries[0]["name"], &entries[0]["endpoint"]),
        (&json!("User"), &json!("/Users"))
    );
    assert_eq!(
        (&entries[1]["name"], &entries[1]["endpoint"]),
        (&json!("Group"), &json!("/Groups"))
    );
}

/// RFC 7643 §8.6, §8.7: what validators compare.
#[test]
fn names_and_descriptions_are_those_of_the_rfc() {
    let text = |entry: &Map, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let own = |schemas: Vec<Map>| -> Vec<(String, String)> {
        let rows = schemas.iter();
        rows.map(|it| (text(it, "name"), text(it, "description")))
            .collect()
    };
    let expected = [
        ("User", "User Account"),
        ("EnterpriseUser", "Enterprise User"),
        ("License", "The licence of a user."),
        ("Group", "Group"),
        (
            "Service Provider Configuration",
            "Schema for representing the service provider's configuration",
        ),
        (
            "ResourceType",
            "Specifies the schema that describes a SCIM resource type",
        ),
        (
            "Schema",
            "Specifies the schema that describes a SCIM schema",
        ),
    ]
    .map(|(name, description)| (name.to_owned(), description.to_owned()));
    assert_eq!(own(schemas(BASE, &types())), expected);
    let expected = [("User", "User Account"), ("Group", "Group")]
        .map(|(name, description)| (name.to_owned(), description.to_owned()));
    assert_eq!(own(resource_types(BASE, &types())), expected);
}
