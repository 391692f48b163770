//! Moves attributes between typed fields and JSON objects. An empty text is no value on both sides.

use scim::{Map, error::Error};
use serde_json::Value;

/// The attributes that have no field of their own.
pub(crate) fn read(json: &str) -> Result<Map, Error> {
    if json.is_empty() {
        Ok(Map::new())
    } else {
        scim::json::parse_object(json.as_bytes())
    }
}

/// The text of [`read`].
pub(crate) fn write(attributes: &Map) -> String {
    if attributes.is_empty() {
        String::new()
    } else {
        scim::json::write_object(attributes)
    }
}

pub(crate) fn put_text(object: &mut Map, name: &str, text: &str) {
    if !text.is_empty() {
        object.insert(name.to_owned(), text.into());
    }
}

pub(crate) fn take_text(object: &mut Map, name: &str) -> String {
    match object.shift_remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

pub(crate) fn take_boolean(object: &mut Map, name: &str) -> Option<bool> {
    object.shift_remove(name).as_ref().and_then(Value::as_bool)
}

pub(crate) fn take_object(object: &mut Map, name: &str) -> Map {
    match object.shift_remove(name) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    }
}

/// The objects in a multi-valued complex attribute.
pub(crate) fn take_elements(object: &mut Map, name: &str) -> Vec<Map> {
    let Some(Value::Array(values)) = object.shift_remove(name) else {
        return Vec::new();
    };
    let objects = values.into_iter().filter_map(|value| match value {
        Value::Object(object) => Some(object),
        _ => None,
    });
    objects.collect()
}
