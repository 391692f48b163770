//! The request that an operation stands for.

use ::scim::{Map, list::PATCH_OP_URN};
use axum::{extract::State, response::Response};
use http::{HeaderMap, HeaderValue, header::IF_MATCH};
use serde_json::{Value, json};

use crate::{
    auth::ScimCaller,
    error::Fault,
    request::Id,
    scim::{
        Message, groups,
        kind::{Endpoint, Kind},
        query::Parameters,
        resources, users,
    },
    state::Gateway,
};

/// The request that an operation stands for.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) method: Method,
    pub(super) kind: Kind,
    /// The id of the resource, or a reference to the operation that creates it; empty for POST.
    pub(super) target: String,
    /// The version that the resource must have.
    pub(super) version: Option<String>,
    /// The body; empty for DELETE.
    pub(super) data: Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

/// The message of a PATCH with these operations.
pub(super) fn patch_message(operations: Vec<Value>) -> Map {
    Map::from_iter([
        ("schemas".to_owned(), json!([PATCH_OP_URN])),
        ("Operations".to_owned(), Value::Array(operations)),
    ])
}

impl Task {
    /// Handles it as a request of its own.
    pub(super) async fn send(
        self,
        gateway: &Gateway,
        caller: &ScimCaller,
    ) -> Result<Response, Fault> {
        let (state, caller) = (State(gateway.clone()), caller.clone());
        let (id, body, headers) = (Id(self.target), Message(self.data), headers(self.version));
        let endpoint = Endpoint {
            gateway: gateway.clone(),
            kind: self.kind,
        };
        // Nobody sees the representation, so what only it needs is not read.
        let query = Parameters::new("attributes=id");
        match (self.kind, self.method) {
            (Kind::User, Method::Post) => users::create_user(state, caller, query, body).await,
            (Kind::User, Method::Put) => {
                users::replace_user(state, caller, id, query, headers, body).await
            }
            (Kind::User, Method::Patch) => {
                users::patch_user(state, caller, id, query, headers, body).await
            }
            (Kind::User, Method::Delete) => users::delete_user(state, caller, id, headers).await,
            (Kind::Group, Method::Post) => groups::create_group(state, caller, query, body).await,
            (Kind::Group, Method::Put) => {
                groups::replace_group(state, caller, id, query, headers, body).await
            }
            (Kind::Group, Method::Patch) => {
                groups::patch_group(state, caller, id, query, headers, body).await
            }
            (Kind::Group, Method::Delete) => groups::delete_group(state, caller, id, headers).await,
            (Kind::Other(_), Method::Post) => {
                resources::create_resource(endpoint, caller, query, body).await
            }
            (Kind::Other(_), Method::Put) => {
                resources::replace_resource(endpoint, caller, id, query, headers, body).await
            }
            (Kind::Other(_), Method::Patch) => {
                resources::patch_resource(endpoint, caller, id, query, headers, body).await
            }
            (Kind::Other(_), Method::Delete) => {
                resources::delete_resource(endpoint, caller, id, headers).await
            }
        }
    }
}

/// The version demanded, as the header has it. What no header can hold, no resource has.
fn headers(version: Option<String>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(version) = version {
        let value = HeaderValue::try_from(version);
        headers.insert(IF_MATCH, value.unwrap_or(HeaderValue::from_static("")));
    }
    headers
}
