//! The feed of changes of all accounts.

use futures::{Stream, StreamExt, stream};
use proto::{
    error::status,
    identity::v1::WatchChangesRequest,
    protocol::v1::{Change, ErrorReason},
};
use storage::changes::Sequencer;
use tokio::sync::watch;
use tonic::Status;

/// The changes of some kinds, or of all, after a sequence, and on as they come. Once the process is told to stop the stream ends with
/// DEPENDENCY_UNAVAILABLE, never with OK: a follower that saw OK would follow no more.
pub(crate) fn changes(
    sequencer: &Sequencer,
    request: WatchChangesRequest,
    mut stopped: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Change, Status>> + Send + use<> {
    let changes = sequencer.follow(request.after_sequence, request.kinds);
    let changes = changes.take_until(async move {
        // An error means that nobody is left to say so.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    });
    changes.chain(stream::once(async {
        let reason = ErrorReason::DependencyUnavailable;
        Err(status(reason, "the service is stopping"))
    }))
}
