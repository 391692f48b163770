//! What a holder does while the owner does not answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use lease::{Answer, Leases};
use proto::{error::status, protocol::v1::ErrorReason};
use tokio::time::{Instant, advance, sleep};
use tonic::Status;

const LEASE: Duration = Duration::from_secs(1);

fn answer(ends_in: Option<Duration>) -> Answer<u8> {
    Answer {
        value: 7,
        lease: LEASE,
        ends_in,
    }
}

fn away() -> Status {
    status(ErrorReason::DependencyUnavailable, "away")
}

/// An owner who answered once, and never again.
async fn known(ends_in: Option<Duration>) -> Leases<u8, u8> {
    let leases = Leases::new("owner");
    let answered = leases.get(1, || async move { Ok(answer(ends_in)) }).await;
    assert_eq!(answered.ok(), Some(7));
    leases
}

#[tokio::test(start_paused = true)]
async fn what_was_known_is_good_for_thirty_seconds_more() {
    let leases = known(None).await;
    advance(LEASE + Duration::from_secs(29)).await;
    assert_eq!(leases.get(1, || async { Err(away()) }).await.ok(), Some(7));
    advance(Duration::from_secs(2)).await;
    assert!(leases.get(1, || async { Err(away()) }).await.is_err());
    // And what was never known is not.
    assert!(leases.get(2, || async { Err(away()) }).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_good_past_its_end() {
    let leases = known(Some(LEASE / 2)).await;
    advance(LEASE / 2).await;
    assert!(leases.get(1, || async { Err(away()) }).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_what_was_known() {
    let leases = known(None).await;
    advance(LEASE).await;
    let refused = || async { Err(status(ErrorReason::TokenInvalid, "deleted")) };
    assert!(leases.get(1, refused).await.is_err());
    assert!(leases.get(1, || async { Err(away()) }).await.is_err());
}

/// The first waits a second; the others do not, and one a second asks for all.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_who_is_away() {
    let leases = known(None).await;
    advance(LEASE).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let frozen = || {
        asked.fetch_add(1, SeqCst);
        async {
            sleep(Duration::from_secs(10)).await;
            Err(away())
        }
    };
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(leases.get(1, frozen).await.ok(), Some(7));
    }
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    assert_eq!(asked.load(SeqCst), 1);
    advance(Duration::from_secs(1)).await;
    assert_eq!(leases.get(1, frozen).await.ok(), Some(7));
    assert_eq!(
        (began.elapsed(), asked.load(SeqCst)),
        (Duration::from_secs(2), 2)
    );
    // It answers again, and is asked as before.
    advance(Duration::from_secs(1)).await;
    leases
        .get(2, || async { Ok(answer(None)) })
        .await
        .expect("an answer");
    let fresh = || async {
        Ok(Answer {
            value: 8,
            ..answer(None)
        })
    };
    assert_eq!(leases.get(1, fresh).await.ok(), Some(8));
}
