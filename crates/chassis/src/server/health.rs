//! Keeps `grpc.health.v1` up to date.

use std::{future::Future, time::Duration};

use tokio::sync::watch;
use tonic_health::{ServingStatus, server::HealthReporter};

use super::ending::Stop;

const INTERVAL: Duration = Duration::from_secs(1);
/// A slower answer counts as no.
const PATIENCE: Duration = Duration::from_secs(2);
/// One failure may be chance; so many in a row are not.
const FAILURES: u32 = 2;

/// A name under which health is reported.
#[derive(Debug)]
pub(super) struct Name {
    name: &'static str,
    /// Whether what has this name does its work, beside the process as a whole; none: always.
    well: Option<watch::Receiver<bool>>,
    reported: Option<ServingStatus>,
}

impl Name {
    pub(super) fn new(name: &'static str, well: Option<watch::Receiver<bool>>) -> Name {
        Name {
            name,
            well,
            reported: None,
        }
    }

    fn is_well(&self) -> bool {
        self.well.as_ref().is_none_or(|well| *well.borrow())
    }
}

/// Reports the answers of `ready` under the names until `stop`, then that nothing is served. Never returns.
pub(super) async fn report<R, F>(
    reporter: HealthReporter,
    mut names: Vec<Name>,
    ready: R,
    stop: Stop,
) where
    R: Fn() -> F,
    F: Future<Output = bool>,
{
    set(&reporter, &mut names, false).await;
    tokio::select! {
        () = follow(&reporter, &mut names, ready) => {}
        () = stop => {}
    }
    set(&reporter, &mut names, false).await;
    std::future::pending().await
}

async fn follow<R, F>(reporter: &HealthReporter, names: &mut [Name], ready: R)
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
        let changes = now != serving;
        serving = now;
        set(reporter, names, serving).await;
        if changes {
            if serving {
                tracing::info!("ready");
            } else {
                tracing::warn!("not ready");
            }
        }
    }
}

/// The reporter tells watchers each time, so it is told of differences alone.
async fn set(reporter: &HealthReporter, names: &mut [Name], serving: bool) {
    for name in names {
        let status = if serving && name.is_well() {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        if name.reported.replace(status) != Some(status) {
            reporter.set_service_status(name.name, status).await;
        }
    }
}
