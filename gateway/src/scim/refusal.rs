//! What a change of a resource is refused for before a service has looked for it.

use ::scim::{
    Map,
    dialect::Dialect,
    error::{Error, Kind},
    resource::{check_id, read},
    schema::ResourceType,
};
use proto::protocol::v1::ErrorReason as Reason;
use tonic::{Response, Status};

use crate::error::Fault;

/// The resource that a PUT sends to this id.
pub(super) fn replacement(
    resource_type: &ResourceType,
    body: Map,
    id: &str,
    dialect: Dialect,
) -> Result<Map, Error> {
    check_id(&body, id, dialect)?;
    read(resource_type, body, dialect)
}

/// The fault of a change that is refused here. That there is no such resource comes first (RFC 7644 section 3.12):
/// `look` finds out. Only a message that is not the one the endpoint expects is refused unseen.
pub(super) async fn refuse<T>(
    error: Error,
    look: impl Future<Output = Result<Response<T>, Status>>,
) -> Fault {
    if error.kind == Kind::InvalidSyntax {
        return error.into();
    }
    match look.await {
        Err(status) if proto::error::reason(&status) == Some(Reason::ResourceNotFound) => {
            status.into()
        }
        _ => error.into(),
    }
}
