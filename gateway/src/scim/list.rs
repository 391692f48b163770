//! Lists of one resource type, whichever it is.

use ::scim::{Map, schema::ResourceType};
use axum::response::Response;
use chassis::work;

use super::{
    Message,
    kind::Endpoint,
    query::{Parameters, Search},
    response,
};
use crate::{auth::ScimCaller, error::Fault};

/// `GET` of the endpoint of a type.
pub(crate) async fn list(
    endpoint: Endpoint,
    caller: ScimCaller,
    parameters: Parameters,
) -> Result<Response, Fault> {
    let search = parameters.search(caller.dialect)?;
    answer(&endpoint, &caller, &search).await
}

/// `POST` to its `.search`.
pub(crate) async fn search(
    endpoint: Endpoint,
    caller: ScimCaller,
    Message(body): Message,
) -> Result<Response, Fault> {
    let search = Search::from_body(body, caller.dialect)?;
    answer(&endpoint, &caller, &search).await
}

async fn answer(
    Endpoint { gateway, kind }: &Endpoint,
    caller: &ScimCaller,
    search: &Search,
) -> Result<Response, Fault> {
    let found = kind.find(gateway, caller, search, Part::of(search)).await?;
    let (gateway, kind, search) = (gateway.clone(), *kind, search.clone());
    let shown = work::run(found.cost(), move || {
        let (total, next) = (found.total, found.next.clone());
        let resources = found.projected(&search, kind.resource_type(&gateway));
        response::page(&search, total, &next, resources)
    });
    Ok(shown.await)
}

/// Which part of a list is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// How many matches to skip.
    pub(crate) skip: i64,
    /// The most to return; 0: the total alone.
    pub(crate) size: i32,
    /// Where the page before ended; empty: the first page by tokens; none: no tokens.
    pub(crate) token: Option<String>,
    /// How many of them to return, with the token for what comes after; 0: all.
    pub(crate) take: i32,
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
            take: 0,
            across_types: false,
        }
    }

    /// The same with so many resources at most.
    pub(crate) fn shortened(self, count: usize) -> Part {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        match self.token {
            Some(_) => Part {
                take: count,
                ..self
            },
            None => Part {
                size: count,
                ..self
            },
        }
    }
}

impl Found {
    /// About what it costs to show it.
    fn cost(&self) -> usize {
        let bytes = self.resources.iter().map(::scim::resource::size);
        bytes.sum::<usize>() / 32
    }

    /// Whether this part of a list by number has fewer than it should, since they are large.
    pub(crate) fn is_cut(&self, skip: i64, size: i32) -> bool {
        let there = (self.total - skip).clamp(0, size.into());
        i64::try_from(self.resources.len()).is_ok_and(|shown| shown < there)
    }

    /// The resources as the client wants to see them.
    pub(crate) fn projected(self, search: &Search, resource_type: &ResourceType) -> Vec<Map> {
        let projection = search.selection.projection.compile(resource_type);
        let resources = self.resources.into_iter();
        resources
            .map(|resource| projection.apply(resource))
            .collect()
    }
}
