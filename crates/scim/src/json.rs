//! JSON (RFC 8259): reading it from outside, within limits (R-HTTP-16, R-HTTP-17, R-STR-04), and writing it.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use crate::{
    Map,
    error::{Error, Kind},
};

#[cfg(test)]
mod tests;

/// How deep arrays and objects may nest, the outermost counted.
pub const MAX_DEPTH: usize = 32;
/// How many elements an array may have.
pub const MAX_ARRAY: usize = 10_000;
/// How many elements an array of members may have: that under `members`, that under the `value` of a PATCH
/// operation, and the outermost array of [`parse_value`].
pub const MAX_MEMBERS: usize = 100_000;
/// How many names an object may have.
pub const MAX_NAMES: usize = 1_000;
/// How many names all objects together may have.
pub const MAX_ALL_NAMES: usize = 200_000;
/// How many bytes of UTF-8 a string may have.
pub const MAX_STRING: usize = 1 << 20;

/// The text of an object, without the formatter that `to_string` of a value goes through.
#[must_use]
pub fn write_object(object: &Map) -> String {
    serde_json::to_string(object).expect("the names in an object are text")
}

/// Reads a request body: an object in UTF-8, maybe after a byte order mark.
///
/// # Errors
///
/// [`Kind::InvalidSyntax`] if it is empty, not JSON, not an object, repeats a member name (also in another
/// case, since attribute names have none) or passes a limit; [`Kind::InvalidValue`] if a string holds NUL, a
/// lone surrogate or more than [`MAX_STRING`] bytes.
pub fn parse_object(bytes: &[u8]) -> Result<Map, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::invalid_syntax("The body is not valid UTF-8."))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(Error::invalid_syntax(
            "The body is empty; a JSON object is expected.",
        ));
    }
    match parse(text, MAX_ARRAY)? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid_syntax("The body is not a JSON object.")),
    }
}

/// Reads any JSON value, within the same limits.
///
/// # Errors
///
/// As [`parse_object`].
pub fn parse_value(text: &str) -> Result<Value, Error> {
    parse(text, MAX_MEMBERS)
}

/// The integer that a number is, however it is written: `2.0` and `20e-1` are 2 (RFC 8259 §6); none: it has a fraction.
/// A number beyond 64 bits, or beyond 2^53 and written with a point or an exponent, has lost digits: it is more than
/// every other, `i128::MAX`, or less, `i128::MIN`.
#[must_use]
pub fn integer(number: &Number) -> Option<i128> {
    /// Below, every integer has a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(integer) = number.as_i128() {
        return Some(integer);
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    if float.abs() >= EXACT {
        return Some(if float < 0.0 { i128::MIN } else { i128::MAX });
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction and is in range"
    )]
    Some(float as i128)
}

fn parse(text: &str, max_array: usize) -> Result<Value, Error> {
    let kind = Cell::new(Kind::InvalidSyntax);
    let names = Cell::new(0);
    let seed = Seed {
        kind: &kind,
        names: &names,
        depth: 0,
        max_array,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    seed.deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            let detail = error.to_string();
            // serde_json tells lone surrogates apart from other faults by its text alone.
            let kind = if detail.contains("hex escape") {
                Kind::InvalidValue
            } else {
                kind.get()
            };
            Error::new(kind, format!("The JSON cannot be read: {detail}."))
        })
}

/// Builds a value; `depth` counts the containers around it.
#[derive(Clone, Copy)]
struct Seed<'k> {
    /// The kind of the error, where it is not the usual one.
    kind: &'k Cell<Kind>,
    /// How many names all objects have so far.
    names: &'k Cell<usize>,
    depth: usize,
    max_array: usize,
}

impl Seed<'_> {
    fn inside<E: de::Error>(self, max_array: usize) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested more than {MAX_DEPTH} deep")));
        }
        Ok(Seed {
            depth: self.depth + 1,
            max_array,
            ..self
        })
    }

    /// Counts a name of an object that has so many already.
    fn count_name<E: de::Error>(self, before: usize) -> Result<(), E> {
        let all = self.names.get() + 1;
        self.names.set(all);
        let (of, max) = if before == MAX_NAMES {
            ("an object has", MAX_NAMES)
        } else if all > MAX_ALL_NAMES {
            ("the objects have", MAX_ALL_NAMES)
        } else {
            return Ok(());
        };
        Err(E::custom(format_args!("{of} more than {max} names")))
    }

    fn check_text<E: de::Error>(self, text: &str) -> Result<(), E> {
        let fault = if text.contains('\0') {
            "a string holds the character NUL".to_owned()
        } else if text.len() > MAX_STRING {
            format!("a string is longer than {MAX_STRING} bytes")
        } else {
            return Ok(());
        };
        self.kind.set(Kind::InvalidValue);
        Err(E::custom(fault))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.check_text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.check_text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.inside(MAX_ARRAY)?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            if array.len() == self.max_array {
                return Err(de::Error::custom(format_args!(
                    "an array has more than {} elements",
                    self.max_array
                )));
            }
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            self.count_name(names.len())?;
            self.check_text(&name)?;
            let folded = name.to_ascii_lowercase();
            let max_array = if matches!(folded.as_str(), "members" | "value") {
                MAX_MEMBERS
            } else {
                MAX_ARRAY
            };
            if !names.insert(folded) {
                return Err(de::Error::custom(
                    "an object names a member twice; names have no case",
                ));
            }
            object.insert(name, members.next_value_seed(self.inside(max_array)?)?);
        }
        Ok(Value::Object(object))
    }
}
