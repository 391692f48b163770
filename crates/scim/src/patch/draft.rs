//! A resource under its operations: what these may still cost, and where its elements stand.

use std::collections::HashMap;

use serde_json::Value;

use super::attribute::container;
use crate::Map;
use crate::error::Error;
use crate::resource::elements::{Positions, positions};
use crate::schema::{Schema, Target as Place};

/// The most that the operations of one PATCH may cost. An operation costs the values that it states, and those that
/// its attribute has: once, and once more for each part of its filter. A text costs one more for each 32 bytes. To
/// add to an attribute that was added to before costs no more than what is added.
pub const MAX_COST: usize = 1_000_000;

/// The bytes of a text that cost as much as a value.
const BYTES: usize = 32;

/// The name of an attribute, after that of its extension.
type Key = (Option<String>, String);

pub(crate) struct Draft<'a> {
    pub(super) resource: &'a mut Map,
    left: usize,
    /// Where each element stands of the attributes that were added to; whatever else changes an attribute forgets it.
    positions: HashMap<Key, Positions>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(resource: &'a mut Map) -> Draft<'a> {
        Draft {
            resource,
            left: MAX_COST,
            positions: HashMap::new(),
        }
    }

    /// The part of the resource that holds the attributes of a schema.
    pub(super) fn part(&mut self, extension: Option<&Schema>) -> &mut Map {
        container(self.resource, extension)
    }

    /// # Errors
    /// `TooMany`: the operations cost more than they may.
    pub(super) fn charge(&mut self, cost: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(cost).ok_or_else(too_costly)?;
        Ok(())
    }

    /// Charges an operation that looks at all values of an attribute so many times, and may write what it states to
    /// each of its elements.
    pub(super) fn charge_all(
        &mut self,
        place: &Place<'_>,
        times: usize,
        stated: usize,
    ) -> Result<(), Error> {
        let (weight, elements) = match self.present(place) {
            Some(Value::Array(elements)) => (elements.iter().map(weight).sum(), elements.len()),
            Some(value) => (weight(value), 1),
            None => (0, 1),
        };
        let cost: usize = times.saturating_mul(weight);
        self.charge(cost.saturating_add(stated.saturating_mul(elements)))
    }

    /// Where the elements of an attribute stand, to be put back by [`Draft::keep`] if nothing else changes them.
    pub(super) fn positions(&mut self, place: &Place<'_>) -> Result<Positions, Error> {
        if let Some(positions) = self.positions.remove(&key(place)) {
            return Ok(positions);
        }
        self.charge_all(place, 1, 0)?;
        let elements = self.present(place).and_then(Value::as_array);
        let elements = elements.map(Vec::as_slice).unwrap_or_default();
        Ok(positions(place.attribute, elements))
    }

    pub(super) fn keep(&mut self, place: &Place<'_>, positions: Positions) {
        self.positions.insert(key(place), positions);
    }

    /// To be called before an attribute is changed otherwise than by adding to it.
    pub(super) fn forget(&mut self, place: &Place<'_>) {
        if !self.positions.is_empty() {
            self.positions.remove(&key(place));
        }
    }

    /// The same of a whole extension.
    pub(super) fn forget_extension(&mut self, urn: &str) {
        self.positions
            .retain(|(extension, _), _| extension.as_deref() != Some(urn));
    }

    fn present(&self, place: &Place<'_>) -> Option<&Value> {
        let part = match place.extension {
            None => &*self.resource,
            Some(schema) => self.resource.get(&schema.id)?.as_object()?,
        };
        part.get(&place.attribute.name)
    }
}

fn key(place: &Place<'_>) -> Key {
    let extension = place.extension.map(|schema| schema.id.clone());
    (extension, place.attribute.name.clone())
}

pub(crate) fn too_costly() -> Error {
    Error::too_many(format!(
        "The operations touch too many values: {MAX_COST} in all. Send fewer at a time."
    ))
}

/// What it costs to look at a value once.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / BYTES,
        Value::Array(elements) => elements.iter().map(weight).sum(),
        Value::Object(members) => members.values().map(weight).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}
