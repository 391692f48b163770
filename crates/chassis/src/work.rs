//! Work that keeps a processor busy, off the threads that serve everybody.

use std::{future, num::NonZero, panic, sync::LazyLock, thread};

use tokio::{sync::Semaphore, task::spawn_blocking};

/// What costs less is done in place: it takes a millisecond or two.
pub const LARGE: usize = 4_096;

/// Half of the processors stay for what is small.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    Semaphore::new((processors / 2).max(1))
});

/// Does work that costs about so much: the number of values looked at, a text counted once for each 32 bytes. What is
/// large runs on a thread of its own, with few at a time; it goes on there if nobody waits for it any more.
pub async fn run<T: Send + 'static>(cost: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if cost < LARGE {
        return work();
    }
    // Nobody closes it.
    let place = PLACES.acquire().await.ok();
    let working = spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    match working
        .await
        .map_err(tokio::task::JoinError::try_into_panic)
    {
        Ok(done) => done,
        Err(Ok(panicked)) => panic::resume_unwind(panicked),
        // The runtime is shutting down, this future with it.
        Err(Err(_)) => future::pending().await,
    }
}

#[cfg(test)]
mod tests;
