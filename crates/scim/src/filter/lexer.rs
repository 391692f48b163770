//! Splits the text of a filter into tokens.

use super::MAX_LENGTH;
use crate::error::Error;

/// A part of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// A path, operator, connective, number or name of a literal.
    Word(&'t str),
    /// A string, without its quotes and escapes.
    Text(String),
}

/// Splits a filter. Words and strings must stand apart; nothing need stand between them and brackets.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::invalid_filter(format!(
            "A filter has at most {MAX_LENGTH} bytes."
        )));
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenBracket, 1),
            ']' => (Token::CloseBracket, 1),
            '"' => string(rest)?,
            _ => {
                let length = rest
                    .find(|c| is_space(c) || "()[]\"".contains(c))
                    .unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
        };
        rest = &rest[length..];
        let apart = !matches!(token, Token::Word(_) | Token::Text(_))
            || rest
                .chars()
                .next()
                .is_none_or(|next| is_space(next) || "()[]".contains(next));
        if !apart {
            return Err(Error::invalid_filter(
                "A space is missing before or after a string.",
            ));
        }
        tokens.push(token);
        rest = rest.trim_start_matches(is_space);
    }
    Ok(tokens)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The string at the start of the text, and how many bytes it takes with its quotes.
fn string(text: &str) -> Result<(Token<'_>, usize), Error> {
    let mut escaped = true; // so that the first quote does not count
    let end = text
        .find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })
        .ok_or_else(|| Error::invalid_filter("A string has no closing quote."))?;
    let value: String = serde_json::from_str(&text[..=end]).map_err(|_| {
        Error::invalid_filter("A string is not written as JSON has it (RFC 8259 section 7).")
    })?;
    if value.contains('\0') {
        return Err(Error::invalid_filter("A string holds the character NUL."));
    }
    Ok((Token::Text(value), end + 1))
}
