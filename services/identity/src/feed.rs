//! The feed of changes of all accounts.

use futures::{Stream, StreamExt};
use proto::protocol::v1::Change;
use storage::changes::Sequencer;
use tokio::sync::watch;
use tonic::Status;

/// The changes after a sequence, and on as they come, until the process is told to stop.
pub(crate) fn changes(
    sequencer: &Sequencer,
    after: i64,
    mut stopped: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Change, Status>> + Send + use<> {
    let changes = sequencer.follow(after);
    changes.take_until(async move {
        // An error means that nobody is left to say so.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    })
}
