//! Whether the process lives, and whether it can do its work.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::json;
use tokio::{sync::Mutex, time::Instant};

use crate::{clients::Clients, error::RETRY_AFTER_FAULT, state::Gateway};

/// Under this name a service reports whether its changes are numbered, which those who follow it wait for.
const CHANGE_LOG: &str = "muster.protocol.v1.ChangeLogService";

/// How long an answer is used again, so that probes cannot load the services.
const FRESH: Duration = Duration::from_secs(1);

/// The health of the services, asked at most once a second, and of the gateway itself.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// What the services said, and when that was.
    last: Mutex<Option<(Instant, Report)>>,
    stopping: AtomicBool,
}

/// What the services say of themselves, by their names.
#[derive(Debug, Clone, Default)]
struct Report {
    /// Those that cannot do their work.
    failing: Vec<&'static str>,
    /// Those that do, but whose changes do not reach whoever follows them.
    stalled: Vec<&'static str>,
}

impl Health {
    /// From now on the gateway is not ready.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    async fn report(&self, clients: &Clients) -> Report {
        // Held while asking, so that probes at the same time share one answer.
        let mut last = self.last.lock().await;
        if let Some((asked, report)) = last.as_ref()
            && asked.elapsed() < FRESH
        {
            return report.clone();
        }
        let checks = clients.channels.iter().map(|(name, channel)| async move {
            let feed = channel.serves(CHANGE_LOG);
            (*name, tokio::join!(channel.is_serving(), feed))
        });
        let mut report = Report::default();
        for (name, (serves, numbers)) in futures::future::join_all(checks).await {
            match (serves, numbers) {
                (false, _) => report.failing.push(name),
                (true, false) => report.stalled.push(name),
                (true, true) => {}
            }
        }
        *last = Some((Instant::now(), report.clone()));
        report
    }
}

/// `GET /livez`: the process answers; says nothing of its peers.
pub(crate) async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `GET /readyz`: 200 if all four services serve, else 503, as where the gateway is stopping. Where the changes of some are not numbered, as while a
/// node of a distributed PostgreSQL is away, it is still 200 and says so: requests are answered all the same.
pub(crate) async fn ready(State(gateway): State<Gateway>) -> Response {
    if gateway.health.stopping.load(Ordering::Relaxed) {
        return unavailable("stopping");
    }
    let Report { failing, stalled } = gateway.health.report(&gateway.clients).await;
    if !failing.is_empty() {
        tracing::debug!(?failing, "not ready");
        return unavailable("unavailable");
    }
    if !stalled.is_empty() {
        return Json(json!({"status": "degraded", "stalled": stalled})).into_response();
    }
    Json(json!({"status": "ok"})).into_response()
}

fn unavailable(status: &str) -> Response {
    let body = Json(json!({"status": status}));
    let later = [(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_FAULT))];
    (StatusCode::SERVICE_UNAVAILABLE, later, body).into_response()
}
