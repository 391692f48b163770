//! Forms as `multipart/form-data` (RFC 7578): texts only, no files.

use http::{HeaderMap, header::CONTENT_TYPE};

/// The media type.
pub(super) const MEDIA_TYPE: &str = "multipart/form-data";

/// Names and values in their order; `None` for what is no form of texts.
pub(super) fn read<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<Vec<(String, &'a str)>> {
    let delimiter = format!("\r\n--{}", boundary(headers)?);
    let body = str::from_utf8(body).ok()?;
    // The first delimiter may stand at the very beginning; what is before it and after the last is nothing.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => body.split_once(&delimiter)?.1,
    };
    let mut fields = Vec::new();
    loop {
        if rest.starts_with("--") {
            return Some(fields);
        }
        let part = rest.trim_start_matches([' ', '\t']).strip_prefix("\r\n")?;
        let (part, after) = part.split_once(&delimiter)?;
        fields.push(field(part)?);
        rest = after;
    }
}

/// The name and the value of a part.
fn field(part: &str) -> Option<(String, &str)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Content-Disposition")
            .then_some(value)
    })?;
    let (kind, parameters) = disposition.split_once(';')?;
    let is_text = kind.trim().eq_ignore_ascii_case("form-data")
        && parameter(parameters, "filename").is_none()
        && parameter(parameters, "filename*").is_none();
    let name = parameter(parameters, "name").filter(|_| is_text)?;
    Some((name, value))
}

/// The boundary, 1 to 70 characters.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (_, parameters) = value.split_once(';')?;
    let boundary = parameter(parameters, "boundary")?;
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

/// A parameter of a header, a token or quoted, where `\` and browsers' `%22` stand for what cannot be said.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), next)
            }
        };
        if name
            .trim_matches([' ', '\t', ';'])
            .eq_ignore_ascii_case(wanted)
        {
            return Some(value);
        }
        rest = next;
    }
}

/// The text up to the closing quote, and what follows it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((text.replace("%22", "\""), &quoted[place + 1..])),
            '\\' => text.push(letters.next()?.1),
            _ => text.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests;
