use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::*;

/// What is small is done where it is asked for; what is large elsewhere, and few at a time.
#[tokio::test]
async fn what_is_large_goes_elsewhere() {
    let here = thread::current().id();
    let place = |cost: usize| run(cost, || thread::current().id());
    assert_eq!(place(LARGE - 1).await, here);
    assert_ne!(place(LARGE).await, here);
}

#[tokio::test]
async fn few_are_at_work_at_a_time() {
    let working = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let work = || {
        let (working, most) = (working.clone(), most.clone());
        run(LARGE, move || {
            most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::yield_now();
            working.fetch_sub(1, Ordering::SeqCst);
        })
    };
    futures::future::join_all((0..100).map(|_| work())).await;
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    assert!(most.load(Ordering::SeqCst) <= (processors / 2).max(1));
}

/// A fault goes on to whoever waits, and frees the place.
#[tokio::test]
async fn a_panic_comes_through() {
    for _ in 0..2 * thread::available_parallelism().map_or(1, NonZero::get) {
        let failing = tokio::spawn(run(LARGE, || assert_eq!(1, 2, "on purpose")));
        assert!(failing.await.expect_err("it failed").is_panic());
    }
    assert_eq!(run(LARGE, || 1).await, 1);
}
