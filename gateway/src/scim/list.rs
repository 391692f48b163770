//! Lists of one resource type.

use ::scim::{Map, schema::ResourceType};
use axum::response::Response;

use super::{query::Search, response};

/// Which part of a list is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// How many matches to skip.
    pub(crate) skip: i64,
    /// The most to return; 0: the total alone.
    pub(crate) size: i32,
    /// Where the page before ended; empty: the first page by tokens; none: no tokens.
    pub(crate) token: Option<String>,
    /// Whether attributes that the type does not have count as having no value.
    pub(crate) across_types: bool,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The resources of this part in full, so that they can still be sorted by what is not shown.
    pub(crate) resources: Vec<Map>,
    /// How many match in all.
    pub(crate) total: i64,
    /// Where the next page begins; empty: there is none, or no tokens were asked for.
    pub(crate) next: String,
}

impl Part {
    /// The page of a query over one type.
    pub(crate) fn of(search: &Search) -> Part {
        Part {
            skip: search.skip(),
            size: search.count,
            token: search.cursor.clone(),
            across_types: false,
        }
    }
}

impl Found {
    /// The resources as the client wants to see them.
    pub(crate) fn projected(self, search: &Search, resource_type: &ResourceType) -> Vec<Map> {
        let projection = &search.selection.projection;
        let resources = self.resources.into_iter();
        resources
            .map(|resource| projection.apply(resource_type, resource))
            .collect()
    }

    /// The answer to a query over one type.
    pub(crate) fn answer(self, search: &Search, resource_type: &ResourceType) -> Response {
        let (total, next) = (self.total, self.next.clone());
        response::page(search, total, &next, self.projected(search, resource_type))
    }
}
