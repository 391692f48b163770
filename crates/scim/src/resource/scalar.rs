//! Values of the simple data types (RFC 7643 §2.3).

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Number, Value};

use crate::date_time;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::{Attribute, Type};

const BASE64: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

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
        (r#type, Value::String(text)) => {
            fits(r#type, &text, lenient).then_some(Value::String(text))
        }
        _ => None,
    };
    match read {
        Some(value) => Ok(Some(value)),
        None => Err(Error::invalid_value(format!(
            "{} must be {}.",
            attribute.name,
            expected(attribute.r#type)
        ))),
    }
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

/// R-ATTR-04: `5.0` is no integer, but in the lenient dialect it means one.
fn integer(number: Number, lenient: bool) -> Option<Number> {
    /// Up to here every integer has its own f64.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.is_i64() || number.is_u64() {
        return Some(number);
    }
    let float = number
        .as_f64()
        .filter(|float| lenient && float.fract() == 0.0 && float.abs() <= EXACT)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction and is in range"
    )]
    Some(Number::from(float as i64))
}

fn fits(r#type: Type, text: &str, lenient: bool) -> bool {
    match r#type {
        Type::DateTime => date_time::parse(text).is_some(),
        Type::Binary => is_base64(text),
        Type::Reference => {
            let is_clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
            (lenient || is_clean) && !is_script(text)
        }
        Type::String | Type::Boolean | Type::Decimal | Type::Integer | Type::Complex => true,
    }
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

/// R-ATTR-06: padding may be missing, and the alphabet may be the one for URLs.
fn is_base64(text: &str) -> bool {
    [STANDARD, URL_SAFE]
        .iter()
        .any(|alphabet| GeneralPurpose::new(alphabet, BASE64).decode(text).is_ok())
}
