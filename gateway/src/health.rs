//! Whether the process lives, and whether it can do its work.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;
use tokio::{sync::Mutex, time::Instant};

use crate::{clients::Clients, state::Gateway};

/// How long an answer is used again, so that probes cannot load the services.
const FRESH: Duration = Duration::from_secs(1);

/// The health of the services, asked at most once a second: which of them failed, and when that was.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Option<(Instant, Vec<&'static str>)>>);

impl Health {
    /// The names of the services that cannot do their work.
    async fn failing(&self, clients: &Clients) -> Vec<&'static str> {
        // Held while asking, so that probes at the same time share one answer.
        let mut last = self.0.lock().await;
        if let Some((asked, failing)) = last.as_ref()
            && asked.elapsed() < FRESH
        {
            return failing.clone();
        }
        let checks = clients.channels.iter();
        let checks = checks
            .map(|(name, channel)| async move { (!channel.is_serving().await).then_some(*name) });
        let checked = futures::future::join_all(checks).await;
        let failing: Vec<_> = checked.into_iter().flatten().collect();
        *last = Some((Instant::now(), failing.clone()));
        failing
    }
}

/// `GET /livez`: the process answers; says nothing of its peers.
pub(crate) async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `GET /readyz`: 200 if all four services serve, else 503.
pub(crate) async fn ready(State(gateway): State<Gateway>) -> Response {
    let failing = gateway.health.failing(&gateway.clients).await;
    if failing.is_empty() {
        Json(json!({"status": "ok"})).into_response()
    } else {
        tracing::debug!(?failing, "not ready");
        let body = Json(json!({"status": "unavailable"}));
        (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
    }
}
