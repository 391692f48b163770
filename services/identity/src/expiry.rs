//! Expiry is nobody's write, so the change log hears of it here.

use std::time::Duration;

use diesel_async::AsyncConnection;
use proto::protocol::v1::{Actor, actor::Kind};
use storage::{
    changes::{self, Details, Entry, Sequencer},
    postgres::{Pool, connect},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{error::Error, invitations};

/// Notes the invitations that have expired, at each interval until told to stop; any number of processes
/// may do so at once.
pub(crate) async fn run(
    pool: Pool,
    sequencer: Sequencer,
    pause: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        let noted = tokio::select! {
            () = stop(&mut stopped) => return,
            _ = ticks.tick() => note(&pool).await,
        };
        match noted {
            Ok(any) => {
                failing = false;
                if any {
                    sequencer.wake();
                }
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "expired invitations are not noted for now");
                }
                failing = true;
            }
        }
    }
}

async fn stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to say so.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Whether there were any.
async fn note(pool: &Pool) -> Result<bool, Error> {
    let actor = Actor {
        kind: Kind::Service.into(),
        id: "identity".to_owned(),
        name: "identity".to_owned(),
        ..Default::default()
    };
    let mut connection = connect(pool).await?;
    connection
        .transaction(async |connection| {
            let expired = invitations::note_expired(connection).await?;
            for (account_id, id, email) in &expired {
                let entry = Entry {
                    account_id: *account_id,
                    kind: "invitation.expired",
                    resource_id: &id.to_string(),
                    name: email.as_str().into(),
                    changed_attributes: &[],
                    details: Details::default(),
                    actor: &actor,
                };
                changes::record(connection, entry).await?;
            }
            Ok(!expired.is_empty())
        })
        .await
}
