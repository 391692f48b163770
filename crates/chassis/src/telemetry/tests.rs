use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Captured;

    fn make_writer(&'a self) -> Captured {
        self.clone()
    }
}

/// What the code writes to the log.
fn log(format: Format, code: impl FnOnce()) -> String {
    let captured = Captured::default();
    let provider = provider("test".to_owned(), None, &mut Env::from_pairs([("", "")])).unwrap();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let lines = lines::Lines::new(format, captured.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(spans).with(lines), code);
    String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
}

fn some_events() {
    tracing::info!(count = 3, name = "a\nb", "outside");
    tracing::info_span!("span").in_scope(|| {
        assert_eq!(crate::propagation::trace_id().map(|id| id.len()), Some(32));
        tracing::warn!(flag = true, "two\nlines");
    });
}

#[test]
fn json_is_one_object_per_line_with_the_ids_of_the_trace() {
    let text = log(Format::Json, some_events);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["message"], "outside");
    assert_eq!(lines[0]["count"], 3);
    assert_eq!(lines[0]["name"], "a\nb");
    assert_eq!(lines[0]["level"], "INFO");
    assert!(lines[0].get("trace_id").is_none());
    assert_eq!(lines[1]["message"], "two\nlines");
    assert_eq!(lines[1]["flag"], true);
    assert_eq!(lines[1]["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(lines[1]["span_id"].as_str().unwrap().len(), 16);
}

#[test]
fn text_is_one_line_per_event_with_the_ids_of_the_trace() {
    let text = log(Format::Text, some_events);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].contains(r#" INFO chassis::telemetry::tests: outside count=3 name="a\nb""#),
        "{text}"
    );
    assert!(
        lines[1].contains(r" WARN chassis::telemetry::tests: two\nlines flag=true trace_id="),
        "{text}"
    );
}

#[test]
fn errors_are_written_with_their_causes() {
    let text = log(Format::Json, || {
        let error = io::Error::other(crate::env::Error { faults: Vec::new() });
        let error = anyhow::Error::from(error).context("outer");
        let error: &(dyn std::error::Error + 'static) = error.as_ref();
        tracing::error!(error, "failed");
    });
    assert!(
        text.contains("outer: the environment is not usable:"),
        "{text}"
    );
}

/// What is asked of others has spans only where somebody listens.
#[test]
fn without_a_collector_a_request_has_one_span() {
    for listens in [true, false] {
        let provider = provider("test".to_owned(), None, &mut Env::from_pairs([("", "")])).unwrap();
        let spans = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("test"))
            .with_filter(filter_fn(move |span| is_made(span, listens)));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(spans), || {
            let server = tracing::info_span!("server", rpc.system.name = "grpc");
            let client =
                tracing::info_span!("client", rpc.system.name = "grpc", server.address = "");
            let sql = tracing::info_span!("sql", db.system.name = "postgresql");
            assert!(!server.is_disabled());
            assert_eq!(client.is_disabled(), !listens);
            assert_eq!(sql.is_disabled(), !listens);
        });
    }
}
