//! A client span for every SQL statement, by the semantic conventions for databases.

use std::fmt::{self, Write};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use opentelemetry::trace::TraceContextExt;
use tracing::{Level, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::error::sqlstate;

#[cfg(test)]
mod tests;

/// Longer statements are cut in traces.
const TEXT_LIMIT: usize = 4096;

/// Makes the spans of one connection. Statements of a connection follow one another here, they are never
/// pipelined, so there is one span at most.
pub(super) struct Spans {
    database: String,
    current: Option<Span>,
}

impl Spans {
    pub(super) fn new(database: Option<&str>) -> Spans {
        Spans {
            database: database.unwrap_or_default().to_owned(),
            current: None,
        }
    }
}

impl Instrumentation for Spans {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                self.current = is_sampled().then(|| start(query, &self.database));
            }
            InstrumentationEvent::FinishQuery { error, .. } => {
                let Some(span) = self.current.take() else {
                    return;
                };
                if let Some(error) = error {
                    fail(&span, error);
                }
            }
            _ => {}
        }
    }
}

/// Statements outside a sampled trace, such as those of background tasks, need no text.
fn is_sampled() -> bool {
    tracing::span_enabled!(Level::INFO)
        && Span::current().context().span().span_context().is_sampled()
}

fn start(query: &dyn DebugQuery, database: &str) -> Span {
    let text = text(query);
    let (operation, collection) = summarise(&text);
    let summary = match &collection {
        Some(collection) => format!("{operation} {collection}"),
        None => operation.clone(),
    };
    tracing::info_span!(
        "sql",
        otel.name = summary,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "postgresql",
        db.namespace = database,
        db.operation.name = operation,
        db.collection.name = collection,
        db.query.summary = summary,
        db.query.text = text,
        db.response.status_code = Empty,
        "error.type" = Empty,
    )
}

fn fail(span: &Span, error: &diesel::result::Error) {
    span.record("otel.status_code", "ERROR");
    match sqlstate(error) {
        Some(state) => {
            span.record("db.response.status_code", state);
            span.record("error.type", state);
        }
        None => {
            span.record("error.type", "_OTHER");
        }
    }
}

/// The statement with placeholders. Diesel prints `<sql> -- binds: <values>`; the values are never even
/// formatted, since the writer refuses to go on.
fn text(query: &dyn DebugQuery) -> String {
    let mut text = Text(String::new());
    // An error only says that the end was cut off.
    let _ = write!(text, "{query}");
    text.0
}

struct Text(String);

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.push_str(part);
        if let Some(end) = self.0.find(" -- binds:") {
            self.0.truncate(end);
            return Err(fmt::Error);
        }
        if self.0.len() > TEXT_LIMIT {
            let end = self.0.floor_char_boundary(TEXT_LIMIT);
            self.0.truncate(end);
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// The operation (`SELECT`) and the first table (`users`) of a statement; for a statement that begins with
/// `WITH`, those of its main part.
fn summarise(text: &str) -> (String, Option<String>) {
    const MAIN: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    let words = outer_words(text);
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let main = match words.first() {
        Some(first) if is(first, "WITH") => words
            .iter()
            .position(|word| MAIN.iter().any(|main| is(word, main)))
            .unwrap_or_default(),
        _ => 0,
    };
    let operation = words
        .get(main)
        .copied()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let before_table = match operation.as_str() {
        "UPDATE" => "UPDATE",
        "INSERT" => "INTO",
        "SELECT" | "DELETE" => "FROM",
        _ => return (operation, None),
    };
    let collection = words[main..]
        .iter()
        .position(|word| is(word, before_table))
        .and_then(|before| words.get(main + before + 1))
        .map(|name| name.replace('"', ""))
        .filter(|name| !name.starts_with('('));
    (operation, collection)
}

/// The words of a statement, each parenthesis with all that is in it as one word `(`.
fn outer_words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut depth = 0_usize;
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '(' | ')')) {
        let word = piece.trim_end_matches(|c: char| c.is_whitespace() || "(),;".contains(c));
        if depth == 0 && !word.is_empty() {
            words.push(word);
        }
        if piece.ends_with('(') {
            if depth == 0 {
                words.push("(");
            }
            depth += 1;
        } else if piece.ends_with(')') {
            depth = depth.saturating_sub(1);
        }
    }
    words
}
