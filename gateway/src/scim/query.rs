//! What a client asks a list or a representation to be: the query string (RFC 7644 section 3.4.2) and the
//! body of a search (section 3.4.3).

use std::{borrow::Cow, convert::Infallible};

use ::scim::{
    Map,
    attributes::{Projection, Written},
    dialect::Dialect,
    json,
    list::SEARCH_REQUEST_URN,
};
use axum::extract::FromRequestParts;
use http::request::Parts;
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::Value;

use crate::{body::decode_form, error::Fault};

/// How many resources a page has if the client does not say, as `ServiceProviderConfig` states it.
pub(crate) const DEFAULT_COUNT: i32 = 100;
/// The most resources of a page, as `ServiceProviderConfig` states it.
pub(crate) const MAX_COUNT: i32 = proto::page::MAX_SIZE;

/// The parameters of a query string, still encoded. Unknown ones are never looked at (R-LIST-08).
#[derive(Debug, Clone)]
pub(crate) struct Parameters(Vec<(String, String)>);

/// Which attributes the representation shall have.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// The attributes to return.
    pub(crate) projection: Projection,
    /// Whether the client chose at all; a PATCH then answers with a body (R-PROJ-09).
    pub(crate) given: bool,
}

impl Selection {
    /// The same for the reply to a write, which shows besides what the client set of that which is returned on request
    /// (R-ATTR-11).
    pub(crate) fn after(self, written: Written) -> Selection {
        Selection {
            projection: self.projection.after(written),
            ..self
        }
    }
}

/// A query over one resource type.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// A SCIM filter; empty: all resources.
    pub(crate) filter: String,
    /// An attribute path; empty: the order of creation.
    pub(crate) sort_by: String,
    pub(crate) descending: bool,
    /// 1-based, as it is echoed.
    pub(crate) start_index: i64,
    /// From 0 to [`MAX_COUNT`].
    pub(crate) count: i32,
    /// The cursor of RFC 9865; empty: the first page by cursor; absent: pages by index.
    pub(crate) cursor: Option<String>,
    pub(crate) selection: Selection,
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Parameters, Infallible> {
        Ok(Parameters::new(parts.uri.query().unwrap_or_default()))
    }
}

impl Parameters {
    pub(crate) fn new(query: &str) -> Parameters {
        let pairs = query.split('&').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode_form(name).unwrap_or_default();
            (name.into_owned(), value.to_owned())
        });
        Parameters(pairs.collect())
    }

    /// The value of a parameter that stands at most once. Its name has any case (R-HTTP-19).
    pub(crate) fn one(&self, name: &str) -> Result<Option<Cow<'_, str>>, Fault> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => value.transpose(),
            (_, Some(_)) => Err(invalid(format!("{name} may be given once"))),
        }
    }

    /// The values of a parameter that may be repeated, joined by commas (R-PROJ-01).
    pub(crate) fn joined(&self, name: &str) -> Result<Option<String>, Fault> {
        let values = self.all(name).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(values.join(",")).filter(|list| !list.trim().is_empty()))
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = Result<Cow<'a, str>, Fault>> {
        let pairs = self.0.iter();
        let named = pairs.filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(key, value)| {
            decode_form(value).ok_or_else(|| invalid(format!("{key} is not UTF-8")))
        })
    }

    /// Whether there is a filter, even an empty one.
    pub(crate) fn has_filter(&self) -> bool {
        self.all("filter").next().is_some()
    }

    /// The projection asked for.
    pub(crate) fn selection(&self, dialect: Dialect) -> Result<Selection, Fault> {
        let attributes = self.joined("attributes")?;
        let excluded = self.joined("excludedAttributes")?;
        Ok(Selection {
            given: attributes.is_some() || excluded.is_some(),
            projection: Projection::parse(attributes.as_deref(), excluded.as_deref(), dialect)?,
        })
    }

    /// The query asked for.
    pub(crate) fn search(&self, dialect: Dialect) -> Result<Search, Fault> {
        let integer = |name: &'static str| -> Result<Option<i64>, Fault> {
            let text = self.one(name)?;
            text.map(|text| parse_integer(name, &text)).transpose()
        };
        Raw {
            filter: self.one("filter")?.map(Cow::into_owned),
            sort_by: self.one("sortBy")?.map(Cow::into_owned),
            sort_order: self.one("sortOrder")?.map(Cow::into_owned),
            start_index: integer("startIndex")?,
            count: integer("count")?,
            cursor: self.one("cursor")?.map(Cow::into_owned),
            selection: self.selection(dialect)?,
        }
        .check(dialect)
    }
}

/// A query as the client stated it.
struct Raw {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    cursor: Option<String>,
    selection: Selection,
}

impl Raw {
    fn check(self, dialect: Dialect) -> Result<Search, Fault> {
        // R-FILTER-07: to the services an empty filter means all resources, to a client it is a mistake.
        if self
            .filter
            .as_deref()
            .is_some_and(|filter| filter.trim().is_empty())
        {
            return Err(Fault::of(Reason::InvalidFilter, "The filter is empty."));
        }
        if self.cursor.is_some() && self.start_index.is_some() {
            let detail = "cursor and startIndex exclude each other";
            return Err(invalid(detail.to_owned()));
        }
        let sort_by = self.sort_by.unwrap_or_default().trim().to_owned();
        let descending = !sort_by.is_empty() && descending(self.sort_order.as_deref())?;
        let count = self.count.unwrap_or(DEFAULT_COUNT.into());
        // R-CUR-05 has such a count refused, R-PAGE-03 has it lowered.
        if self.cursor.is_some() && dialect == Dialect::Strict && count > MAX_COUNT.into() {
            let detail = format!("count may be {MAX_COUNT} at most");
            return Err(Fault::of(Reason::InvalidCount, detail));
        }
        let count = count.clamp(0, MAX_COUNT.into());
        Ok(Search {
            filter: self.filter.unwrap_or_default(),
            sort_by,
            descending,
            start_index: self.start_index.unwrap_or(1).max(1),
            count: i32::try_from(count).unwrap_or(MAX_COUNT),
            cursor: self.cursor,
            selection: self.selection,
        })
    }
}

fn descending(sort_order: Option<&str>) -> Result<bool, Fault> {
    let order = sort_order.unwrap_or("ascending").trim();
    if order.is_empty() || order.eq_ignore_ascii_case("ascending") {
        Ok(false)
    } else if order.eq_ignore_ascii_case("descending") {
        Ok(true)
    } else {
        Err(invalid("sortOrder is ascending or descending".to_owned()))
    }
}

impl Search {
    /// How many matches come before the page.
    pub(crate) fn skip(&self) -> i64 {
        self.start_index - 1
    }

    /// The query of a search body, whose members have any case (R-SRCH-01…04).
    pub(crate) fn from_body(mut body: Map, dialect: Dialect) -> Result<Search, Fault> {
        check_schemas(take(&mut body, "schemas").as_ref(), dialect)?;
        let attributes = names("attributes", take(&mut body, "attributes"))?;
        let excluded = names("excludedAttributes", take(&mut body, "excludedAttributes"))?;
        let selection = Selection {
            given: attributes.is_some() || excluded.is_some(),
            projection: Projection::from_lists(attributes, excluded, dialect)?,
        };
        Raw {
            filter: text("filter", take(&mut body, "filter"))?,
            sort_by: text("sortBy", take(&mut body, "sortBy"))?,
            sort_order: text("sortOrder", take(&mut body, "sortOrder"))?,
            start_index: integer("startIndex", take(&mut body, "startIndex"), dialect)?,
            count: integer("count", take(&mut body, "count"), dialect)?,
            cursor: text("cursor", take(&mut body, "cursor"))?,
            selection,
        }
        .check(dialect)
    }
}

fn invalid(detail: String) -> Fault {
    Fault::of(Reason::InvalidValue, detail)
}

/// An integer of any size: one that is too large for its type means the same as the largest that is not
/// (R-PAGE-05).
fn parse_integer(name: &str, text: &str) -> Result<i64, Fault> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(format!("{name} must be an integer")));
    }
    let furthest = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Ok(text.parse().unwrap_or(furthest))
}

/// Takes a member out of a body; JSON null is the same as none.
pub(super) fn take(body: &mut Map, name: &str) -> Option<Value> {
    let key = body
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    body.remove(&key).filter(|value| !value.is_null())
}

fn check_schemas(schemas: Option<&Value>, dialect: Dialect) -> Result<(), Fault> {
    let stated = match schemas {
        None => dialect == Dialect::Lenient,
        Some(Value::Array(urns)) => urns.iter().any(|urn| {
            urn.as_str()
                .is_some_and(|urn| urn.eq_ignore_ascii_case(SEARCH_REQUEST_URN))
        }),
        Some(_) => false,
    };
    if stated {
        Ok(())
    } else {
        let detail = format!("schemas must hold {SEARCH_REQUEST_URN}");
        Err(Fault::of(Reason::InvalidSyntax, detail))
    }
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, Fault> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(format!("{name} must be a string"))),
    }
}

/// A number of a body; in the lenient dialect also as text, read as in a query string.
fn integer(name: &str, value: Option<Value>, dialect: Dialect) -> Result<Option<i64>, Fault> {
    let integer = match value {
        None => return Ok(None),
        Some(Value::String(text)) if dialect == Dialect::Lenient => {
            return parse_integer(name, &text).map(Some);
        }
        Some(Value::Number(number)) => json::integer(&number),
        Some(_) => None,
    };
    let integer = integer.ok_or_else(|| invalid(format!("{name} must be an integer")))?;
    let nearest = integer.clamp(i64::MIN.into(), i64::MAX.into());
    Ok(i64::try_from(nearest).ok())
}

/// A list of attribute names, or one string with commas; empty is the same as none.
fn names(name: &str, value: Option<Value>) -> Result<Option<Vec<String>>, Fault> {
    let fault = || invalid(format!("{name} must be a list of attribute names"));
    let list: Vec<String> = match value {
        None => return Ok(None),
        Some(Value::String(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(fault))
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(fault()),
    };
    let list: Vec<_> = list.into_iter().filter(|name| !name.is_empty()).collect();
    Ok(Some(list).filter(|list| !list.is_empty()))
}

#[cfg(test)]
mod tests;
