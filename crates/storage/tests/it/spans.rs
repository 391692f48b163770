use std::sync::{Arc, Mutex};

use diesel::{IntoSql, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, RunQueryDsl};
use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use storage::postgres::connect;
use testkit::Database;
use tracing::{Instrument, instrument::WithSubscriber};
use tracing_subscriber::layer::SubscriberExt;

use crate::pool;

#[derive(Debug, Clone, Default)]
struct Exporter(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// The spans that a piece of work makes within a request's span.
async fn spans(work: impl Future<Output = ()>) -> Vec<SpanData> {
    let exporter = Exporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
    async {
        let request = tracing::info_span!("request");
        work.instrument(request).await;
    }
    .with_subscriber(subscriber)
    .await;
    let spans = exporter.0.lock().unwrap();
    spans.clone()
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let found = span
        .attributes
        .iter()
        .find(|pair| pair.key.as_str() == name)?;
    Some(found.value.to_string())
}

#[tokio::test]
async fn a_statement_has_a_span_without_values() {
    let database = Database::empty().await;
    let pool = pool(database.url());
    let spans = spans(async {
        let mut connection = connect(&pool).await.unwrap();
        connection
            .transaction(async |connection| {
                let echo = diesel::select("babs@example.com".into_sql::<Text>());
                let echo: String = echo.get_result(connection).await?;
                assert_eq!(echo, "babs@example.com");
                Ok::<_, diesel::result::Error>(())
            })
            .await
            .unwrap();
    })
    .await;
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["BEGIN", "SELECT", "COMMIT", "request"]);
    let request = &spans[3];
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    for span in &spans[..3] {
        assert_eq!(span.parent_span_id, request.span_context.span_id());
        assert_eq!(span.span_kind, SpanKind::Client);
        assert_eq!(span.status, Status::Unset);
        assert_eq!(attribute(span, "db.system.name").unwrap(), "postgresql");
        assert_eq!(attribute(span, "error.type"), None);
    }
    let select = &spans[1];
    assert_eq!(attribute(select, "db.query.text").unwrap(), "SELECT $1");
    assert_eq!(attribute(select, "db.operation.name").unwrap(), "SELECT");
    assert_eq!(attribute(select, "db.query.summary").unwrap(), "SELECT");
    assert!(!format!("{spans:?}").contains("babs"));
}

#[tokio::test]
async fn a_failed_statement_says_how() {
    let database = Database::create(crate::MIGRATIONS).await;
    let pool = pool(database.url());
    let spans = spans(async {
        let mut connection = connect(&pool).await.unwrap();
        for _ in 0..2 {
            let _ =
                sql_query("INSERT INTO accounts (account_id, name, plan) VALUES (1, $1, 'team')")
                    .bind::<Text, _>("babs")
                    .execute(&mut connection)
                    .await;
        }
    })
    .await;
    let failed = &spans[1];
    assert_eq!(failed.name, "INSERT accounts");
    assert!(matches!(failed.status, Status::Error { .. }));
    assert_eq!(attribute(failed, "db.collection.name").unwrap(), "accounts");
    assert_eq!(
        attribute(failed, "db.response.status_code").unwrap(),
        "23505"
    );
    assert_eq!(attribute(failed, "error.type").unwrap(), "23505");
    assert!(!format!("{spans:?}").contains("babs"));
}

#[tokio::test]
async fn a_redis_command_has_a_span_without_keys() {
    let spans = spans(async {
        let client = storage::redis::Client::new(&testkit::redis_url()).unwrap();
        let mut command = redis::cmd("GET");
        command.arg("babs");
        client.run::<Option<String>>(&command).await.unwrap();
        let mut command = redis::cmd("nonsense");
        command.arg("babs");
        client.run::<Option<String>>(&command).await.unwrap_err();
    })
    .await;
    assert_eq!(spans[0].name, "GET");
    assert_eq!(spans[0].span_kind, SpanKind::Client);
    assert_eq!(spans[0].parent_span_id, spans[2].span_context.span_id());
    assert_eq!(attribute(&spans[0], "db.system.name").unwrap(), "redis");
    assert_eq!(spans[1].name, "NONSENSE");
    assert!(matches!(spans[1].status, Status::Error { .. }));
    assert!(!format!("{spans:?}").contains("babs"));
}
