//! Several types merged by the order that each comes in.

use std::cmp::Ordering;

use ::scim::{
    Map,
    dialect::Dialect,
    etag,
    filter::Field,
    schema::ResourceType,
    search::{search_form, sort_field},
};
use serde_json::Value;

use super::Query;
use crate::scim::{kind::Kind, list::Found};

/// Something with what it is sorted by.
type Keyed<T> = (Option<Value>, T);

impl Query<'_> {
    /// All in one order; of equals, those of the earlier type come first.
    pub(super) fn merge(self, found: Vec<(Kind, Found)>) -> Vec<Map> {
        let mut merged = Vec::new();
        for (kind, found) in found {
            let keyed = self.keyed(found, kind.resource_type(self.gateway));
            merged = merge(merged, keyed, self.search.descending);
        }
        merged.into_iter().map(|(_, resource)| resource).collect()
    }

    /// How many of each are among the first of all. Where one of which more would come is at its end, nobody knows what
    /// comes next.
    pub(super) fn shares(
        self,
        found: &[(Kind, Found)],
        count: usize,
        goes_on: impl Fn(&Found) -> bool,
    ) -> Vec<usize> {
        let mut merged = Vec::new();
        for (index, (kind, found)) in found.iter().enumerate() {
            let keys = self.keys(found, kind.resource_type(self.gateway));
            let keyed = keys.into_iter().map(|key| (key, index)).collect();
            merged = merge(merged, keyed, self.search.descending);
        }
        let mut shares = vec![0; found.len()];
        for (_, index) in merged.into_iter().take(count) {
            shares[index] += 1;
            let found = &found[index].1;
            if shares[index] == found.resources.len() && goes_on(found) {
                break;
            }
        }
        shares
    }

    /// Each resource as it is shown, with what it is sorted by.
    fn keyed(self, found: Found, resource_type: &ResourceType) -> Vec<Keyed<Map>> {
        let keys = self.keys(&found, resource_type);
        let shown = found.projected(self.search, resource_type);
        keys.into_iter().zip(shown).collect()
    }

    /// What each resource is sorted by.
    fn keys(self, found: &Found, resource_type: &ResourceType) -> Vec<Option<Value>> {
        // An attribute that the type does not have gives no key.
        let field = sort_field(&self.search.sort_by, resource_type, Dialect::Lenient).ok();
        let key = |resource: &Map| {
            let field = field.as_ref()?;
            key(&search_form(resource_type, resource), field)
        };
        found.resources.iter().map(key).collect()
    }
}

fn merge<T>(earlier: Vec<Keyed<T>>, later: Vec<Keyed<T>>, descending: bool) -> Vec<Keyed<T>> {
    let mut merged = Vec::with_capacity(earlier.len() + later.len());
    let (mut earlier, mut later) = (earlier.into_iter().peekable(), later.into_iter().peekable());
    loop {
        let earlier_first = match (earlier.peek(), later.peek()) {
            (Some((one, _)), Some((other, _))) => {
                let order = compare(one.as_ref(), other.as_ref());
                let order = if descending { order.reverse() } else { order };
                order != Ordering::Greater
            }
            (one, _) => one.is_some(),
        };
        let next = if earlier_first {
            earlier.next()
        } else {
            later.next()
        };
        match next {
            Some(next) => merged.push(next),
            None => return merged,
        }
    }
}

/// What a resource in its search form is sorted by: of several values that of the primary element, else the
/// first.
fn key(form: &Map, field: &Field) -> Option<Value> {
    let container = match &field.extension {
        Some(urn) => form.get(urn)?.as_object()?,
        None => form,
    };
    let mut value = container.get(&field.name)?;
    if let Value::Array(elements) = value {
        let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
        value = elements.iter().find(is_primary).or(elements.first())?;
    }
    if let Some(sub) = &field.sub {
        value = value.get(sub)?;
    }
    if let Value::Array(values) = value {
        value = values.first()?;
    }
    // Versions are in the order of their numbers.
    let version = value.as_str().filter(|_| is_version(field));
    let version = version.and_then(etag::version);
    Some(version.map_or_else(|| value.clone(), Value::from))
}

fn is_version(field: &Field) -> bool {
    field.extension.is_none() && field.name == "meta" && field.sub.as_deref() == Some("version")
}

/// Text by code points, as the services do; what has no value comes last.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(Value::String(one)), Some(Value::String(other))) => one.cmp(other),
        (Some(Value::Bool(one)), Some(Value::Bool(other))) => one.cmp(other),
        (Some(Value::Number(one)), Some(Value::Number(other))) => {
            match (one.as_i64(), other.as_i64()) {
                (Some(one), Some(other)) => one.cmp(&other),
                _ => {
                    let order = one.as_f64().partial_cmp(&other.as_f64());
                    order.unwrap_or(Ordering::Equal)
                }
            }
        }
        (Some(one), Some(other)) => one.to_string().cmp(&other.to_string()),
    }
}

#[cfg(test)]
mod tests;
