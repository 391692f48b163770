//! Values of the simple data types (RFC 7643 §2.3).

use serde_json::{Number, Value};

use crate::date_time;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::format;
use crate::json;
use crate::resource::MAX_CHARACTERS;
use crate::schema::{Attribute, Type};
use crate::text;

/// Makes a simple value canonical; none: it means unassigned.
pub(super) fn read(
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, Error> {
    let lenient = dialect == Dialect::Lenient;
    let read = match (attribute.r#type, value) {
        (_, Value::Null) => return Ok(None),
        // An empty text means unassigned (R-ATTR-10), but an empty boolean or number is a mistake: were `active: ""`
        // unassigned, it would switch a user on.
        (Type::Boolean, Value::String(text)) if lenient => boolean(&text).map(Value::Bool),
        (Type::Boolean, value @ Value::Bool(_)) | (Type::Decimal, value @ Value::Number(_)) => {
            Some(value)
        }
        (Type::Integer, Value::Number(number)) => integer(number, lenient).map(Value::Number),
        (Type::Boolean | Type::Decimal | Type::Integer, _) => None,
        (_, Value::String(text)) if text.is_empty() => return Ok(None),
        (Type::DateTime, Value::String(text)) => date_time::to_utc(text).map(Value::String),
        (r#type, Value::String(text)) => {
            fits(r#type, &text, lenient).then_some(Value::String(text))
        }
        _ => None,
    };
    let must_be = |what: &str| {
        let text = format!("{} must be {what}.", attribute.name);
        Err(Error::invalid_value(text))
    };
    let Some(value) = read else {
        return must_be(expected(attribute.r#type));
    };
    if let Some(text) = value.as_str() {
        if is_too_long(attribute.r#type, text) {
            return must_be(&format!("{MAX_CHARACTERS} characters long at most"));
        }
        if let Some(format) = attribute.format
            && !format.fits(text, dialect)
        {
            return must_be(format.expected());
        }
        if !lenient && !is_canonical(attribute, text) {
            let values = attribute.canonical_values.join(", ");
            return must_be(&format!("one of {values}"));
        }
    }
    Ok(Some(value))
}

/// Pictures and certificates are longer by nature: only the resource as a whole bounds them.
fn is_too_long(r#type: Type, text: &str) -> bool {
    let is_bounded = !matches!(r#type, Type::Binary | Type::Reference);
    is_bounded && text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS
}

/// R-INTEROP-04: where an attribute suggests values, the strict dialect takes no others.
fn is_canonical(attribute: &Attribute, text: &str) -> bool {
    let canonical = &attribute.canonical_values;
    let same = |value: &String| {
        *value == text || (!attribute.case_exact && text::fold(value) == text::fold(text))
    };
    canonical.is_empty() || canonical.iter().any(same)
}

fn expected(r#type: Type) -> &'static str {
    match r#type {
        Type::String => "a string",
        Type::Boolean => "true or false",
        Type::Decimal => "a number",
        Type::Integer => "a number without fraction",
        Type::DateTime => "a dateTime such as 2026-01-31T08:00:00Z",
        Type::Binary => "a string in base64",
        Type::Reference => "a URI that is no script",
        Type::Complex => "an object of sub-attributes",
    }
}

/// The boolean that Entra and others write as text (R-ATTR-02).
fn boolean(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// R-ATTR-04: `5.0` is no integer, but in the lenient dialect it means one. `-0` is read as `-0.0`.
fn integer(number: Number, lenient: bool) -> Option<Number> {
    if number.is_i64() || number.is_u64() {
        return Some(number);
    }
    let integer = json::integer(&number).filter(|integer| lenient || *integer == 0)?;
    i64::try_from(integer).ok().map(Number::from)
}

fn fits(r#type: Type, text: &str, lenient: bool) -> bool {
    match r#type {
        Type::Binary => format::from_base64(text).is_some(),
        Type::Reference => (lenient || is_uri(text)) && !is_script(text),
        _ => true,
    }
}

/// R-ATTR-07: a URI or a relative reference (RFC 3986 §4.1), as far as its characters tell.
fn is_uri(text: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let is_escape = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    // Before the first slash, a colon ends a scheme.
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = first.split_once(':').map(|(scheme, _)| scheme);
    text.bytes().all(is_allowed)
        && text.split('%').skip(1).all(is_escape)
        && text.matches('#').count() <= 1
        && scheme.is_none_or(|scheme| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
}

/// R-SEC-07: a URL that runs code in the browser of whoever follows it. Browsers skip white space and control
/// characters in a scheme.
fn is_script(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    let scheme: String = scheme
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    scheme.eq_ignore_ascii_case("javascript") || scheme.eq_ignore_ascii_case("vbscript")
}
