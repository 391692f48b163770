//! What the endpoints can do (RFC 7644 section 4). The same for every account, read without a token, or with a
//! valid one while SCIM is switched on.

use ::scim::{
    Map,
    discovery::{self, Features},
    json::write_object,
    list::list_response,
    schema::ResourceType,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
};
use sha2::{Digest, Sha256};

use super::{
    bulk::{MAX_OPERATIONS, MAX_PAYLOAD},
    kind::Kind,
    query::{DEFAULT_COUNT, MAX_COUNT, Parameters},
    response::{self, BaseUrl, SCIM_JSON},
};
use crate::{auth::DiscoveryCaller, error::Fault, request::Id, state::Gateway};

/// `GET /ServiceProviderConfig`.
pub(crate) async fn get_service_provider_config(
    State(gateway): State<Gateway>,
    caller: DiscoveryCaller,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    refuse_filter(&parameters)?;
    let number = |limit: usize| i64::try_from(limit).unwrap_or(i64::MAX);
    let cursor_timeout = proto::page::TOKEN_LIFETIME.as_secs();
    let features = Features {
        max_results: MAX_COUNT.into(),
        default_page_size: DEFAULT_COUNT.into(),
        documentation_uri: gateway.documentation_url.clone(),
        bulk: Some((number(MAX_OPERATIONS), number(MAX_PAYLOAD))),
        sort: true,
        etag: true,
        change_password: false,
        cursor_timeout: i64::try_from(cursor_timeout).ok(),
    };
    let base = BaseUrl::new(&gateway, caller.account_id);
    let body = discovery::service_provider_config(base.as_str(), &features);
    Ok(document(&headers, &body))
}

/// `GET /Schemas`.
pub(crate) async fn list_schemas(
    State(gateway): State<Gateway>,
    caller: DiscoveryCaller,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    list(&parameters, &headers, schemas(&gateway, &caller))
}

/// `GET /Schemas/{id}`.
pub(crate) async fn get_schema(
    State(gateway): State<Gateway>,
    caller: DiscoveryCaller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    // R-DISC-14: the case of a URN does not matter.
    let found = schemas(&gateway, &caller).into_iter().find(|schema| {
        let urn = schema.get("id").and_then(|urn| urn.as_str());
        urn.is_some_and(|urn| urn.eq_ignore_ascii_case(&id))
    });
    let schema = found.ok_or_else(Fault::not_found)?;
    Ok(document(&headers, &schema))
}

/// `GET /ResourceTypes`.
pub(crate) async fn list_resource_types(
    State(gateway): State<Gateway>,
    caller: DiscoveryCaller,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    list(&parameters, &headers, resource_types(&gateway, &caller))
}

/// `GET /ResourceTypes/{id}`.
pub(crate) async fn get_resource_type(
    State(gateway): State<Gateway>,
    caller: DiscoveryCaller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let found = resource_types(&gateway, &caller).into_iter().find(|of| {
        let name = of.get("name").and_then(|name| name.as_str());
        name == Some(&*id)
    });
    let resource_type = found.ok_or_else(Fault::not_found)?;
    Ok(document(&headers, &resource_type))
}

fn schemas(gateway: &Gateway, caller: &DiscoveryCaller) -> Vec<Map> {
    let base = BaseUrl::new(gateway, caller.account_id);
    discovery::schemas(base.as_str(), &types(gateway))
}

fn resource_types(gateway: &Gateway, caller: &DiscoveryCaller) -> Vec<Map> {
    let base = BaseUrl::new(gateway, caller.account_id);
    discovery::resource_types(base.as_str(), &types(gateway))
}

fn types(gateway: &Gateway) -> Vec<ResourceType> {
    let kinds = Kind::all(gateway).into_iter();
    kinds
        .map(|kind| kind.resource_type(gateway).clone())
        .collect()
}

/// RFC 7644 section 4 (R-DISC-07).
fn refuse_filter(parameters: &Parameters) -> Result<(), Fault> {
    if parameters.has_filter() {
        let detail = "Discovery takes no filter.";
        return Err(Fault::new(StatusCode::FORBIDDEN, detail));
    }
    Ok(())
}

/// All entries; paging and projection are ignored (R-DISC-06).
fn list(
    parameters: &Parameters,
    headers: &HeaderMap,
    entries: Vec<Map>,
) -> Result<Response, Fault> {
    refuse_filter(parameters)?;
    let total = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    Ok(document(headers, &list_response(total, 1, entries)))
}

/// A document that changes only with the program (R-DISC-15).
fn document(headers: &HeaderMap, body: &Map) -> Response {
    let body = write_object(body);
    let hash = Sha256::digest(&body);
    let digits: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let etag = format!("W/\"{digits}\"");
    let known = response::is_known(headers, &etag);
    let mut headers = HeaderMap::new();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=300"),
    );
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(CONTENT_TYPE, SCIM_JSON);
    (headers, body).into_response()
}
