//! Keeps `grpc.health.v1` up to date.

use std::{future::Future, time::Duration};

use tonic_health::{ServingStatus, server::HealthReporter};

use super::ending::Stop;

const INTERVAL: Duration = Duration::from_secs(1);
/// A slower answer counts as no.
const PATIENCE: Duration = Duration::from_secs(2);
/// One failure may be chance; so many in a row are not.
const FAILURES: u32 = 2;

/// Reports the answers of `ready` under the names until `stop`, then that nothing is served. Never returns.
pub(super) async fn report<R, F>(
    reporter: HealthReporter,
    names: Vec<&'static str>,
    ready: R,
    stop: Stop,
) where
    R: Fn() -> F,
    F: Future<Output = bool>,
{
    set(&reporter, &names, false).await;
    tokio::select! {
        () = follow(&reporter, &names, ready) => {}
        () = stop => set(&reporter, &names, false).await,
    }
    std::future::pending().await
}

async fn follow<R, F>(reporter: &HealthReporter, names: &[&'static str], ready: R)
where
    R: Fn() -> F,
    F: Future<Output = bool>,
{
    let mut serving = false;
    let mut failures = 0;
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let answer = tokio::time::timeout(PATIENCE, ready())
            .await
            .unwrap_or(false);
        failures = if answer { 0 } else { failures + 1 };
        let now = answer || (serving && failures < FAILURES);
        if now != serving {
            serving = now;
            set(reporter, names, serving).await;
            if serving {
                tracing::info!("ready");
            } else {
                tracing::warn!("not ready");
            }
        }
    }
}

async fn set(reporter: &HealthReporter, names: &[&'static str], serving: bool) {
    let status = if serving {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    for name in names {
        reporter.set_service_status(name, status).await;
    }
}
