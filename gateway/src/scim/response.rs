//! Representations and the headers around them.

use ::scim::{
    Map, etag, json::write_object, list::list_response, resource::schemas, schema::ResourceType,
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT, CACHE_CONTROL, CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH,
        IF_NONE_MATCH, LOCATION,
    },
};
use prost_types::Timestamp;
use serde_json::{Value, json};

use super::query::Search;
use crate::state::Gateway;

/// The media type of every answer (R-HTTP-02).
pub(crate) const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");
/// The media type for a client that takes no other (R-HTTP-03).
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The SCIM base URL of an account, from the configured public URL and never from the request.
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    pub(crate) fn new(gateway: &Gateway, account_id: i64) -> BaseUrl {
        let path = super::BASE.replace("{account_id}", &account_id.to_string());
        BaseUrl(format!("{}{path}", gateway.public_url))
    }

    #[cfg(test)]
    pub(crate) fn of(text: &str) -> BaseUrl {
        BaseUrl(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of a resource.
    pub(crate) fn location(&self, endpoint: &str, id: &str) -> String {
        format!("{}{endpoint}/{id}", self.0)
    }
}

/// What a representation says about itself (RFC 7643 section 3.1).
#[derive(Debug, Clone)]
pub(crate) struct Meta {
    pub(crate) id: String,
    pub(crate) etag: String,
    pub(crate) location: String,
    pub(crate) created: Option<Timestamp>,
    pub(crate) last_modified: Option<Timestamp>,
}

/// The full representation of a resource, from its canonical attributes.
pub(crate) fn represent(resource_type: &ResourceType, attributes: Map, meta: &Meta) -> Map {
    let mut resource = Map::new();
    resource.insert(
        "schemas".to_owned(),
        json!(schemas(resource_type, &attributes)),
    );
    resource.insert("id".to_owned(), json!(meta.id));
    resource.extend(attributes);
    let time = |timestamp: &Option<Timestamp>| {
        let instant = proto::time::date_time(timestamp.as_ref()?);
        Some(instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    };
    let mut own = Map::new();
    own.insert("resourceType".to_owned(), json!(resource_type.name));
    for (name, instant) in [
        ("created", &meta.created),
        ("lastModified", &meta.last_modified),
    ] {
        if let Some(instant) = time(instant) {
            own.insert(name.to_owned(), Value::String(instant));
        }
    }
    own.insert("location".to_owned(), json!(meta.location));
    own.insert("version".to_owned(), json!(meta.etag));
    resource.insert("meta".to_owned(), Value::Object(own));
    resource
}

/// A response with a representation (R-GET-01, R-POST-01, R-PUT-08).
pub(crate) fn resource(status: StatusCode, meta: &Meta, body: &Map) -> Response {
    let mut headers = resource_headers(meta);
    insert(&mut headers, CONTENT_LOCATION, &meta.location);
    if status == StatusCode::CREATED {
        insert(&mut headers, LOCATION, &meta.location);
    }
    headers.insert(CONTENT_TYPE, SCIM_JSON);
    (status, headers, json_body(body)).into_response()
}

/// 204 for a change whose outcome the client need not see (R-PATCH-08).
pub(crate) fn changed(meta: &Meta) -> Response {
    let mut headers = resource_headers(meta);
    insert(&mut headers, LOCATION, &meta.location);
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// 204 for a deletion.
pub(crate) fn deleted() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// 304 (R-ETAG-09).
pub(crate) fn not_modified(meta: &Meta) -> Response {
    (StatusCode::NOT_MODIFIED, resource_headers(meta)).into_response()
}

/// One page of a list; by cursor there is no index to state (RFC 9865 section 2).
pub(crate) fn page(
    search: &Search,
    total: i64,
    next_cursor: &str,
    resources: Vec<Map>,
) -> Response {
    let mut body = list_response(total, search.start_index, resources);
    if search.cursor.is_some() {
        body.shift_remove("startIndex");
    }
    if !next_cursor.is_empty() {
        body.insert("nextCursor".to_owned(), json!(next_cursor));
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, SCIM_JSON);
    headers.insert(CACHE_CONTROL, NO_STORE);
    (headers, json_body(&body)).into_response()
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

fn resource_headers(meta: &Meta) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, NO_STORE);
    insert(&mut headers, ETAG, &meta.etag);
    headers
}

/// Leaves out what no header can hold: ids and etags come from the services and are plain text.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

pub(crate) fn json_body(body: &Map) -> Body {
    Body::from(write_object(body))
}

/// The etags of `If-Match`, of which the resource must have one; none: any. A header that is there but holds
/// no tag must not mean "any", so it becomes a tag that nothing has; so does `If-None-Match: *`, since what
/// changes a resource never makes one (RFC 9110 section 13.1.2).
pub(crate) fn if_match(headers: &HeaderMap) -> Vec<String> {
    if tags(headers, IF_NONE_MATCH).is_some_and(|tags| tags.iter().any(|tag| tag == "*")) {
        return vec![String::new()];
    }
    match tags(headers, IF_MATCH) {
        None => Vec::new(),
        Some(tags) if tags.is_empty() => vec![String::new()],
        Some(tags) => tags,
    }
}

/// Whether the client has this representation already (R-GET-03).
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let tags = tags(headers, IF_NONE_MATCH).unwrap_or_default();
    let mut tags = tags.iter().map(|tag| opaque(tag));
    tags.any(|tag| tag == "*" || tag == opaque(etag))
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<String>> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    if values.is_empty() {
        return None;
    }
    let texts = values.iter().filter_map(|value| value.to_str().ok());
    Some(texts.flat_map(etag::parse_list).collect())
}

/// A tag without `W/` and quotes (R-ETAG-04).
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(tag)
}

/// The media type of the answer: `application/json` for a client that takes it and excludes the type of
/// SCIM, else the latter, also where the client excludes both (R-HTTP-03, R-HTTP-06).
pub(crate) fn media_type(headers: &HeaderMap) -> HeaderValue {
    let values = headers.get_all(ACCEPT).iter();
    let ranges: Vec<String> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.to_ascii_lowercase().replace([' ', '\t'], ""))
        .collect();
    // The most specific range decides (RFC 9110 section 12.5.1).
    let takes = |full: &str| {
        let found = [full, "application/*", "*/*"]
            .into_iter()
            .find_map(|wanted| {
                let mut ranges = ranges.iter();
                ranges.find(|range| range.split(';').next() == Some(wanted))
            });
        found.is_some_and(|range| !refuses(range))
    };
    if !ranges.is_empty() && takes("application/json") && !takes("application/scim+json") {
        JSON
    } else {
        SCIM_JSON
    }
}

/// What the client would rather have back from a write (RFC 7240 section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    /// No body.
    Minimal,
    /// The resource.
    Representation,
}

/// The preference of the client, the first where it states several.
pub(crate) fn preference(headers: &HeaderMap) -> Option<Preference> {
    let values = headers.get_all("prefer").iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut preferences = texts.flat_map(|text| text.split([',', ';']));
    preferences.find_map(|preference| {
        let preference = preference.replace([' ', '\t', '"'], "");
        match preference.to_ascii_lowercase().as_str() {
            "return=minimal" => Some(Preference::Minimal),
            "return=representation" => Some(Preference::Representation),
            _ => None,
        }
    })
}

/// Whether a range has the quality 0, "not acceptable".
fn refuses(range: &str) -> bool {
    let mut parameters = range.split(';').skip(1);
    parameters.any(|parameter| {
        let quality = parameter.strip_prefix("q=");
        quality.is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0))
    })
}

#[cfg(test)]
mod tests;
