//! Log lines: one per event, as JSON or as text, each with the ids of the trace and span it belongs to.

use std::{error::Error, fmt, fmt::Write as _, io::Write as _};

use opentelemetry::trace::TraceContextExt;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        MakeWriter,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context,
};

use super::Format;

pub(super) struct Lines<W> {
    format: Format,
    writer: W,
}

impl<W> Lines<W> {
    pub(super) fn new(format: Format, writer: W) -> Lines<W> {
        Lines { format, writer }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let line = match self.format {
            Format::Json => json(event, fields.0),
            Format::Text => text(event, fields.0),
        };
        // A log that cannot be written cannot be complained about.
        let _ = self.writer.make_writer().write_all(line.as_bytes());
    }
}

fn json(event: &Event<'_>, fields: Map<String, Value>) -> String {
    let mut line = Map::new();
    line.insert("timestamp".to_owned(), now().into());
    line.insert("level".to_owned(), event.metadata().level().as_str().into());
    line.insert("target".to_owned(), event.metadata().target().into());
    line.extend(fields);
    line.extend(ids().map(|(name, id)| (name.to_owned(), Value::from(id))));
    format!("{}\n", Value::Object(line))
}

fn text(event: &Event<'_>, mut fields: Map<String, Value>) -> String {
    let metadata = event.metadata();
    let mut line = format!(
        "{} {:>5} {}:",
        now(),
        metadata.level().as_str(),
        metadata.target()
    );
    if let Some(Value::String(message)) = fields.shift_remove("message") {
        // Escaped, lest a line break in a value forge a line.
        let _ = write!(line, " {}", message.escape_debug());
    }
    for (name, value) in fields {
        let _ = write!(line, " {name}={value}");
    }
    for (name, id) in ids() {
        let _ = write!(line, " {name}={id}");
    }
    line.push('\n');
    line
}

/// The ids of the current trace and span, in the words of OpenTelemetry; none outside any trace.
fn ids() -> impl Iterator<Item = (&'static str, String)> {
    let context = opentelemetry::Context::current();
    let span = context.span().span_context().clone();
    let ids = [
        ("trace_id", span.trace_id().to_string()),
        ("span_id", span.span_id().to_string()),
    ];
    ids.into_iter().filter(move |_| span.is_valid())
}

/// The time in RFC 3339, UTC.
fn now() -> String {
    let mut text = String::new();
    // Fails only where the text does, which never does.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        // `log.*` is how records of the `log` crate carry their place.
        if !field.name().starts_with("log.") {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            let _ = write!(text, ": {error}");
            source = error.source();
        }
        self.set(field, text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}
