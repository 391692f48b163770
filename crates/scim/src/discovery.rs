//! The three discovery documents (RFC 7644 §4; RFC 7643 §5–7), made from the same definitions that requests
//! are checked by (R-DISC-12).

use serde_json::{Value, json};

use crate::{
    Map,
    definitions::{RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN, meta_schemas},
    schema::{ResourceType, Schema},
};

#[cfg(test)]
mod tests;

/// What the server offers, for `ServiceProviderConfig`. PATCH, filters and paging by `startIndex` are always
/// there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// The most resources in one page.
    pub max_results: i64,
    /// The page size where the client names none.
    pub default_page_size: i64,
    /// Where the documentation is, as an absolute URL.
    pub documentation_uri: Option<String>,
    /// The most operations and the most bytes of a bulk request; none: no bulk.
    pub bulk: Option<(i64, i64)>,
    /// Whether `sortBy` works.
    pub sort: bool,
    /// Whether entity tags work.
    pub etag: bool,
    /// Whether passwords can be changed.
    pub change_password: bool,
    /// How long a cursor of RFC 9865 lives, in seconds; none: no cursors.
    pub cursor_timeout: Option<i64>,
}

impl Default for Features {
    fn default() -> Self {
        Features {
            max_results: 1000,
            default_page_size: 100,
            documentation_uri: None,
            bulk: None,
            sort: true,
            etag: true,
            change_password: false,
            cursor_timeout: None,
        }
    }
}

/// The body of `GET /ServiceProviderConfig` (RFC 7643 §5). `base_url` has no slash at its end. The limits of
/// bulk are there even without bulk, as 0: clients fail to read the document otherwise (R-DISC-02).
#[must_use]
pub fn service_provider_config(base_url: &str, features: &Features) -> Map {
    let (max_operations, max_payload) = features.bulk.unwrap_or((0, 0));
    let mut pagination = json!({
        "cursor": features.cursor_timeout.is_some(),
        "index": true,
        "defaultPaginationMethod": "index",
        "defaultPageSize": features.default_page_size,
        "maxPageSize": features.max_results,
    });
    if let Some(seconds) = features.cursor_timeout {
        pagination["cursorTimeout"] = json!(seconds);
    }
    let mut config = Map::new();
    let mut set = |name: &str, value: Value| {
        config.insert(name.to_owned(), value);
    };
    set("schemas", json!([SERVICE_PROVIDER_CONFIG_URN]));
    if let Some(uri) = &features.documentation_uri {
        set("documentationUri", json!(uri));
    }
    set("patch", json!({"supported": true}));
    let bulk = features.bulk.is_some();
    set(
        "bulk",
        json!({"supported": bulk, "maxOperations": max_operations, "maxPayloadSize": max_payload}),
    );
    set(
        "filter",
        json!({"supported": true, "maxResults": features.max_results}),
    );
    set(
        "changePassword",
        json!({"supported": features.change_password}),
    );
    set("sort", json!({"supported": features.sort}));
    set("etag", json!({"supported": features.etag}));
    set("pagination", pagination);
    set(
        "authenticationSchemes",
        authentication_schemes(features.documentation_uri.as_deref()),
    );
    set(
        "meta",
        meta(
            "ServiceProviderConfig",
            &format!("{base_url}/ServiceProviderConfig"),
        ),
    );
    config
}

/// The entries of `GET /Schemas` (RFC 7643 §7): those of the resource types, each once, and the three of the
/// discovery documents (R-DISC-09). An entry is also the body of `GET /Schemas/{id}`.
#[must_use]
pub fn schemas(base_url: &str, resource_types: &[ResourceType]) -> Vec<Map> {
    let mut seen: Vec<&str> = Vec::new();
    let mut entries = Vec::new();
    let own = resource_types.iter().flat_map(|resource_type| {
        std::iter::once(&resource_type.schema)
            .chain(resource_type.extensions.iter().map(|it| &it.schema))
    });
    for schema in own.chain(meta_schemas()) {
        if !seen.contains(&schema.id.as_str()) {
            seen.push(&schema.id);
            entries.push(schema_entry(base_url, schema));
        }
    }
    entries
}

/// The entries of `GET /ResourceTypes` (RFC 7643 §6); an entry is also the body of `GET /ResourceTypes/{name}`.
#[must_use]
pub fn resource_types(base_url: &str, resource_types: &[ResourceType]) -> Vec<Map> {
    resource_types
        .iter()
        .map(|resource_type| {
            let extensions: Vec<Value> = resource_type
                .extensions
                .iter()
                .map(|extension| json!({"schema": extension.schema.id, "required": extension.required}))
                .collect();
            let name = &resource_type.name;
            let mut entry = Map::new();
            entry.insert("schemas".to_owned(), json!([RESOURCE_TYPE_URN]));
            entry.insert("id".to_owned(), json!(name));
            entry.insert("name".to_owned(), json!(name));
            entry.insert("endpoint".to_owned(), json!(resource_type.endpoint));
            entry.insert("description".to_owned(), json!(resource_type.description));
            entry.insert("schema".to_owned(), json!(resource_type.schema.id));
            if !extensions.is_empty() {
                entry.insert("schemaExtensions".to_owned(), Value::Array(extensions));
            }
            entry.insert("meta".to_owned(), meta("ResourceType", &format!("{base_url}/ResourceTypes/{name}")));
            entry
        })
        .collect()
}

fn authentication_schemes(documentation_uri: Option<&str>) -> Value {
    let mut scheme = json!({
        "type": "oauthbearertoken",
        "name": "Bearer token",
        "description": "A SCIM token of the account, sent in the Authorization header.",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": true,
    });
    if let Some(uri) = documentation_uri {
        scheme["documentationUri"] = json!(uri);
    }
    json!([scheme])
}

fn meta(resource_type: &str, location: &str) -> Value {
    json!({"resourceType": resource_type, "location": location})
}

fn schema_entry(base_url: &str, schema: &Schema) -> Map {
    // What is accepted only to be dropped, passwords, is not offered (R16).
    let attributes = schema.attributes.iter().filter(|it| !it.discarded);
    let attributes: Vec<Value> = attributes.map(|it| json!(it)).collect();
    let mut entry = Map::new();
    entry.insert("schemas".to_owned(), json!([SCHEMA_URN]));
    entry.insert("id".to_owned(), json!(schema.id));
    entry.insert("name".to_owned(), json!(schema.name));
    entry.insert("description".to_owned(), json!(schema.description));
    entry.insert("attributes".to_owned(), Value::Array(attributes));
    entry.insert(
        "meta".to_owned(),
        meta("Schema", &format!("{base_url}/Schemas/{}", schema.id)),
    );
    entry
}
