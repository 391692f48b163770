//! Sends spans to a collector, off the path of requests: from a bounded queue, by a thread of its own.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use opentelemetry_otlp::{WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter},
};
use tonic::transport::Endpoint;

const EXPORT_TIME: Duration = Duration::from_secs(5);

/// A processor that exports to `endpoint` each `delay`, else as often as the specification says (5 s). When
/// its queue is full, spans are dropped.
pub(super) fn processor(
    endpoint: Endpoint,
    delay: Option<Duration>,
) -> anyhow::Result<BatchSpanProcessor> {
    let channel = endpoint.timeout(EXPORT_TIME).connect_lazy();
    let inner = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_channel(channel)
        .with_timeout(EXPORT_TIME)
        .build()
        .context("the exporter of spans cannot be set up")?;
    let config = BatchConfigBuilder::default();
    let config = match delay {
        Some(delay) => config.with_scheduled_delay(delay),
        None => config,
    };
    let exporter = Reporting {
        inner,
        failing: AtomicBool::new(false),
    };
    Ok(BatchSpanProcessor::builder(exporter)
        .with_batch_config(config.build())
        .build())
}

/// Logs when exports begin to fail and when they succeed again, rather than each failure.
struct Reporting<E> {
    inner: E,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Reporting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.inner.export(batch).await;
        match (
            &result,
            self.failing.swap(result.is_err(), Ordering::Relaxed),
        ) {
            (Err(_), false) => {
                tracing::warn!("the collector does not take spans; they are dropped until it does")
            }
            (Ok(()), true) => tracing::info!("the collector takes spans again"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E> fmt::Debug for Reporting<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporting")
            .field("failing", &self.failing)
            .finish_non_exhaustive()
    }
}
