//! The messages around resources: list responses, searches and patches (RFC 7644 §3.4, §3.5.2).

use serde_json::{Value, json};

use crate::Map;

#[cfg(test)]
mod tests;

/// The schema of a list response (RFC 7644 §3.4.2).
pub const LIST_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The schema of the body of `POST …/.search` (RFC 7644 §3.4.3).
pub const SEARCH_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The schema of the body of PATCH (RFC 7644 §3.5.2).
pub const PATCH_OP_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A page of a list: `total` counts all matches, `start_index` is 1-based and says where the page begins,
/// `itemsPerPage` is the number of resources in it. `Resources` is always there, maybe empty.
#[must_use]
pub fn list_response(total: i64, start_index: i64, resources: Vec<Map>) -> Map {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!([LIST_RESPONSE_URN]));
    body.insert("totalResults".to_owned(), json!(total));
    body.insert("startIndex".to_owned(), json!(start_index));
    body.insert("itemsPerPage".to_owned(), json!(resources.len()));
    body.insert(
        "Resources".to_owned(),
        resources.into_iter().map(Value::Object).collect(),
    );
    body
}
