//! The SCIM endpoints (RFC 7644): HTTP and JSON made into calls of the identity and group services.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http::StatusCode;

use ::scim::{
    Map,
    attributes::Written,
    dialect::Dialect,
    patch::{self, Operation},
};
use chassis::work;

use self::kind::Kind;
use crate::{auth::ScimCaller, body, error::Fault, state::Gateway};

pub(crate) mod bulk;
pub(crate) mod discovery;
pub(crate) mod groups;
pub(crate) mod kind;
pub(crate) mod list;
mod look_ups;
pub(crate) mod query;
mod refusal;
pub(crate) mod resources;
pub(crate) mod response;
pub(crate) mod root;
pub(crate) mod users;

pub(crate) use look_ups::LookUps;

/// The one version of the protocol that is spoken here, as a path has it (RFC 7644 section 3.13).
pub(crate) const VERSION: &str = "v2";
/// Where the endpoints of an account stand; everything under it is SCIM.
pub(crate) const BASE: &str = "/api/v3/accounts/{account_id}/scim/v2";

/// The bytes of a body that is said to be JSON. Comes last among a handler's arguments: a body is read only
/// for a caller who may send one.
#[derive(Debug)]
pub(crate) struct Payload(pub(crate) Bytes);

/// A body that is a JSON object; comes last as [`Payload`] does.
#[derive(Debug)]
pub(crate) struct Message(pub(crate) Map);

impl<S: Send + Sync> FromRequest<S> for Payload {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Payload, Fault> {
        // R-HTTP-05: no type at all is fine.
        let media_type = body::media_type(request.headers());
        if !matches!(
            &*media_type,
            "" | "application/scim+json" | "application/json"
        ) {
            return Err(body::unsupported(
                "application/scim+json or application/json",
            ));
        }
        body::read(request).await.map(Payload)
    }
}

impl<S: Send + Sync> FromRequest<S> for Message {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Message, Fault> {
        let Payload(bytes) = Payload::from_request(request, state).await?;
        let parsed = work::run(bytes.len() / 32, move || ::scim::json::parse_object(&bytes));
        Ok(Message(parsed.await?))
    }
}

/// The operations of a PATCH, and what they name of that which is returned on request only.
pub(crate) async fn read_patch(
    gateway: &Gateway,
    kind: Kind,
    body: Map,
    dialect: Dialect,
) -> Result<(Vec<Operation>, Written), ::scim::error::Error> {
    let gateway = gateway.clone();
    // A name costs more than it is long.
    let cost = ::scim::resource::size(&body) / 8;
    let read = work::run(cost, move || {
        let operations = patch::read_request(body, dialect)?;
        let resource_type = kind.resource_type(&gateway);
        let written = Written::in_operations(resource_type, &operations, dialect);
        Ok((operations, written))
    });
    read.await
}

/// A feature of the protocol that is not there (R-HTTP-14): 501 for whoever may call.
pub(crate) async fn not_implemented(_: ScimCaller) -> Fault {
    Fault::new(
        StatusCode::NOT_IMPLEMENTED,
        "This feature of SCIM is not implemented here.",
    )
}
