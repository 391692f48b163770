//! Metrics for Prometheus, on a port of their own.
//!
//! Every crate records through the facade `metrics`, which does nothing in a process that serves none. Labels have few
//! values, all of them chosen here: a route, a method, a status, never an account, an id or a client's text.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{Router, routing::get};
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::{VERSION, env::Env};

/// The upper bounds of the buckets of durations, seconds: from a look-up in a cache to the time a request is given up.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// How often what was recorded is summed up where nobody asks, so that memory stays bounded.
const UPKEEP: Duration = Duration::from_secs(5);
/// The exposition format of Prometheus.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Where to serve metrics, `METRICS_ADDR`; none: nowhere. A malformed one is noted in `env`.
pub fn address(env: &mut Env) -> Option<SocketAddr> {
    env.optional("METRICS_ADDR")
}

/// Serves `GET /metrics` at an address for as long as the process lives; without one, records nothing. To be called once, inside a tokio runtime, before anything is recorded.
///
/// # Errors
/// The address is taken.
pub async fn serve(service_name: &'static str, address: Option<SocketAddr>) -> anyhow::Result<()> {
    let Some(address) = address else {
        return Ok(());
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    let handle = install()?;
    metrics::gauge!("build_info", "service_name" => service_name, "version" => VERSION).set(1.0);
    tokio::spawn(keep_up(handle.clone()));
    tokio::spawn(async move {
        let router = Router::new().route("/metrics", get(async move || render(&handle)));
        // Serves for ever: a failed accept is tried again.
        let _ = axum::serve(listener, router).await;
    });
    tracing::info!(%address, "serving metrics");
    Ok(())
}

fn install() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics cannot be set up")
}

fn render(handle: &PrometheusHandle) -> ([(http::HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, FORMAT)], handle.render())
}

async fn keep_up(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}
