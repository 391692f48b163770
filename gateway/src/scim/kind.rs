//! The types of resources: users, groups, and those that the operator defined.

use ::scim::schema::ResourceType;
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{
    groups,
    list::{Found, Part},
    query::Search,
    resources, users,
};
use crate::{auth::ScimCaller, error::Fault, state::Gateway};

/// The type of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Group,
    /// The one in this place of [`Shared::resource_types`](crate::state::Shared::resource_types).
    Other(usize),
}

impl Kind {
    /// All that there are, in the order that queries over all types have.
    pub(crate) fn all(gateway: &Gateway) -> Vec<Kind> {
        let others = (0..gateway.resource_types.len()).map(Kind::Other);
        [Kind::User, Kind::Group]
            .into_iter()
            .chain(others)
            .collect()
    }

    /// The type whose endpoint has this name, where `others` are those that the operator defined.
    pub(crate) fn at(endpoint: &str, others: &[ResourceType]) -> Option<Kind> {
        let is_there = |it: &ResourceType| it.endpoint.strip_prefix('/') == Some(endpoint);
        match endpoint {
            "Users" => Some(Kind::User),
            "Groups" => Some(Kind::Group),
            _ => others.iter().position(is_there).map(Kind::Other),
        }
    }

    pub(crate) fn resource_type(self, gateway: &Gateway) -> &ResourceType {
        match self {
            Kind::User => &gateway.user,
            Kind::Group => &gateway.group,
            Kind::Other(index) => &gateway.resource_types[index],
        }
    }

    /// Finds a part of the resources of the type that match.
    pub(crate) async fn find(
        self,
        gateway: &Gateway,
        caller: &ScimCaller,
        search: &Search,
        part: Part,
    ) -> Result<Found, Fault> {
        match self {
            Kind::User => users::find(gateway, caller, search, part).await,
            Kind::Group => groups::find(gateway, caller, search, part).await,
            other => resources::find(gateway, caller, other, search, part).await,
        }
    }
}

/// The endpoint of a type; its routes have the kind among their extensions.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) gateway: Gateway,
    pub(crate) kind: Kind,
}

impl FromRequestParts<Gateway> for Endpoint {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Gateway) -> Result<Endpoint, Fault> {
        let kind = parts.extensions.get().copied();
        Ok(Endpoint {
            gateway: state.clone(),
            kind: kind.ok_or_else(Fault::not_found)?,
        })
    }
}
