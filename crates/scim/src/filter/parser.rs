//! Builds a filter from its tokens, by recursive descent no deeper than the limit.

use super::{
    Filter, Literal, MAX_DEPTH, MAX_NODES, Operator,
    lexer::{self, Token},
};
use crate::{
    dialect::Dialect,
    error::Error,
    path::{AttributePath, shortened},
};

/// Where a filter stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// On its own.
    Top,
    /// In the brackets of a value path, where no other value path may stand.
    ValuePath,
}

pub(super) fn parse(text: &str, dialect: Dialect, place: Place) -> Result<Filter, Error> {
    let tokens = lexer::tokens(text)?;
    let mut parser = Parser {
        tokens: tokens.into_iter().peekable(),
        dialect,
        place,
        depth: 0,
        deepest: 0,
        nodes: 0,
    };
    let filter = parser.or()?;
    match parser.tokens.next() {
        None => Ok(filter),
        Some(token) => Err(unexpected(Some(&token), "\"and\", \"or\" or the end")),
    }
}

struct Parser<'t> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'t>>>,
    dialect: Dialect,
    place: Place,
    depth: usize,
    /// How deep the value path goes that was read last.
    deepest: usize,
    nodes: usize,
}

impl<'t> Parser<'t> {
    fn or(&mut self) -> Result<Filter, Error> {
        let first = self.and()?;
        let mut all = vec![first];
        while self.take_word("or") {
            all.push(self.and()?);
        }
        self.join(all, Filter::Or)
    }

    fn and(&mut self) -> Result<Filter, Error> {
        let first = self.unary()?;
        let mut all = vec![first];
        while self.take_word("and") {
            all.push(self.unary()?);
        }
        self.join(all, Filter::And)
    }

    fn join(
        &mut self,
        mut all: Vec<Filter>,
        connective: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, Error> {
        if all.len() == 1 {
            return Ok(all.remove(0));
        }
        self.count_node()?;
        Ok(connective(all))
    }

    fn unary(&mut self) -> Result<Filter, Error> {
        match self.tokens.next() {
            Some(Token::Open) => self.group(),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") => self.not(),
            Some(Token::Word(word)) => self.attribute(word),
            token => Err(unexpected(token.as_ref(), "an attribute, \"not\" or \"(\"")),
        }
    }

    fn group(&mut self) -> Result<Filter, Error> {
        self.deeper()?;
        let filter = self.or()?;
        self.expect(&Token::Close)?;
        self.depth -= 1;
        Ok(filter)
    }

    /// The RFC has parentheses after `not`; without them (lenient only) it binds to the next test alone.
    fn not(&mut self) -> Result<Filter, Error> {
        let grouped = self.tokens.peek() == Some(&Token::Open);
        if !grouped && self.dialect == Dialect::Strict {
            return Err(unexpected(self.tokens.peek(), "\"(\" after \"not\""));
        }
        self.count_node()?;
        // One level with parentheses and without: a filter that is read can be printed and read again.
        let filter = if grouped {
            self.unary()?
        } else {
            self.deeper()?;
            let filter = self.unary()?;
            self.depth -= 1;
            filter
        };
        Ok(Filter::Not(Box::new(filter)))
    }

    fn attribute(&mut self, word: &str) -> Result<Filter, Error> {
        let path = AttributePath::parse(word).ok_or_else(|| {
            Error::invalid_filter(format!("{} is not an attribute.", shortened(word)))
        })?;
        if self.tokens.peek() == Some(&Token::OpenBracket) {
            return self.value_path(path);
        }
        self.test(path)
    }

    fn value_path(&mut self, path: AttributePath) -> Result<Filter, Error> {
        self.expect(&Token::OpenBracket)?;
        // Behind a URN a sub-attribute may yet turn out to be the attribute.
        if path.sub.is_some() && path.urn.is_none() {
            return Err(Error::invalid_filter(
                "Brackets stand behind an attribute, not behind a sub-attribute.",
            ));
        }
        if self.place == Place::ValuePath {
            return Err(Error::invalid_filter("Brackets do not nest."));
        }
        self.count_node()?;
        self.deeper()?;
        self.deepest = self.depth;
        self.place = Place::ValuePath;
        let mut filter = self.or()?;
        self.place = Place::Top;
        self.expect(&Token::CloseBracket)?;
        self.depth -= 1;
        if let Some(sub) = self.tail()? {
            let test = self.test(sub)?;
            filter = match filter {
                Filter::And(mut all) => {
                    all.push(test);
                    Filter::And(all)
                }
                // Before the `and` that the tail stands for, an `or` needs parentheses: printed, it lies one deeper.
                Filter::Or(_) if self.deepest == MAX_DEPTH => return Err(too_deep()),
                other => self.join(vec![other, test], Filter::And)?,
            };
        }
        Ok(Filter::Element(path, Box::new(filter)))
    }

    /// What is tested behind the brackets: `.name` or, where an operator follows at once, the value. A `pr`
    /// there says what the brackets say already.
    fn tail(&mut self) -> Result<Option<AttributePath>, Error> {
        let name = match self.tokens.peek() {
            Some(Token::Word(word)) if word.starts_with('.') => &word[1..],
            Some(Token::Word(word)) if operator(word).is_some() => {
                return Ok(Some(AttributePath {
                    urn: None,
                    name: "value".to_owned(),
                    sub: None,
                }));
            }
            _ => {
                self.take_word("pr");
                return Ok(None);
            }
        };
        let path =
            AttributePath::parse(name).filter(|path| path.urn.is_none() && path.sub.is_none());
        let path = path.ok_or_else(|| {
            Error::invalid_filter("Behind brackets a sub-attribute may stand alone.")
        })?;
        self.tokens.next();
        Ok(Some(path))
    }

    fn test(&mut self, path: AttributePath) -> Result<Filter, Error> {
        self.count_node()?;
        match self.tokens.next() {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("pr") => Ok(Filter::Present(path)),
            Some(Token::Word(word)) => match operator(word) {
                Some(operator) => {
                    let literal = self.literal(operator)?;
                    Ok(Filter::Compare(path, operator, literal))
                }
                None => Err(Error::invalid_filter(format!(
                    "There is no operator {}.",
                    shortened(word)
                ))),
            },
            token => Err(unexpected(
                token.as_ref(),
                &format!("an operator after {}", shortened(&path.to_string())),
            )),
        }
    }

    fn literal(&mut self, operator: Operator) -> Result<Literal, Error> {
        let literal = match self.tokens.next() {
            Some(Token::Text(text)) => Some(Literal::Text(text)),
            Some(Token::Word(word)) => self.named(word).or_else(|| number(word)),
            _ => None,
        };
        literal.ok_or_else(|| {
            let operator = operator.word();
            Error::invalid_filter(format!(
                "After \"{operator}\" stands a string in double quotes, a number, true, false or null."
            ))
        })
    }

    fn named(&self, word: &str) -> Option<Literal> {
        let lower = match self.dialect {
            Dialect::Lenient => word.to_ascii_lowercase(),
            Dialect::Strict => word.to_owned(),
        };
        match lower.as_str() {
            "null" => Some(Literal::Null),
            "true" => Some(Literal::Boolean(true)),
            "false" => Some(Literal::Boolean(false)),
            _ => None,
        }
    }

    fn take_word(&mut self, expected: &str) -> bool {
        let is = |token: &Token<'_>| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(expected));
        self.tokens.next_if(is).is_some()
    }

    fn expect(&mut self, expected: &Token<'t>) -> Result<(), Error> {
        match self.tokens.next() {
            Some(token) if token == *expected => Ok(()),
            token => Err(unexpected(token.as_ref(), describe(expected))),
        }
    }

    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.deepest = self.deepest.max(self.depth);
        Ok(())
    }

    fn count_node(&mut self) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Error::invalid_filter(format!(
                "A filter has at most {MAX_NODES} parts."
            )));
        }
        Ok(())
    }
}

fn too_deep() -> Error {
    Error::invalid_filter(format!("A filter nests at most {MAX_DEPTH} deep."))
}

fn operator(word: &str) -> Option<Operator> {
    Operator::ALL
        .into_iter()
        .find(|operator| operator.word().eq_ignore_ascii_case(word))
}

/// A JSON number. Integers keep every digit, so those beyond 64 bits are refused.
fn number(word: &str) -> Option<Literal> {
    let number: serde_json::Number = serde_json::from_str(word).ok()?;
    if !word.contains(['.', 'e', 'E']) {
        return word
            .parse::<i64>()
            .map(Into::into)
            .or_else(|_| word.parse::<u64>().map(Into::into))
            .ok()
            .map(Literal::Number);
    }
    Some(Literal::Number(number))
}

fn unexpected(token: Option<&Token<'_>>, expected: &str) -> Error {
    let found = token.map_or("the end", describe);
    Error::invalid_filter(format!("Expected {expected}, found {found}."))
}

fn describe(token: &Token<'_>) -> &'static str {
    match token {
        Token::Open => "\"(\"",
        Token::Close => "\")\"",
        Token::OpenBracket => "\"[\"",
        Token::CloseBracket => "\"]\"",
        Token::Word(_) => "a word",
        Token::Text(_) => "a string",
    }
}
