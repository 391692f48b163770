use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{sync::Semaphore, task::yield_now};
use tonic::{Code, Status};

use super::{Found, Loader};

/// Calls that end as they are let, with each key as its own value; keys that begin with `-` are nowhere.
#[derive(Default)]
struct Peer {
    calls: Mutex<Vec<(i64, Vec<String>)>>,
    failing: Mutex<bool>,
}

/// A peer, a loader of it, and what lets one call after the other end.
fn start() -> (Arc<Peer>, Loader<i64, String, String>, Arc<Semaphore>) {
    let (peer, ends) = (Arc::<Peer>::default(), Arc::new(Semaphore::new(0)));
    let (of_call, let_end) = (Arc::clone(&peer), Arc::clone(&ends));
    let loader = Loader::new(move |lane, keys: Vec<String>| {
        let (peer, ends) = (Arc::clone(&of_call), Arc::clone(&let_end));
        Box::pin(async move {
            let mut sorted = keys.clone();
            sorted.sort();
            peer.calls.lock().expect("calls").push((lane, sorted));
            ends.acquire().await.expect("open").forget();
            if *peer.failing.lock().expect("failing") {
                return Err(chassis::client::panicked());
            }
            let there = keys.into_iter().filter(|key| !key.starts_with('-'));
            Ok(there.map(|key| (key.clone(), key)).collect::<Found<_, _>>())
        })
    });
    (peer, loader, ends)
}

impl Peer {
    fn calls(&self) -> Vec<(i64, Vec<String>)> {
        self.calls.lock().expect("calls").clone()
    }
}

type Answer = Result<Option<Arc<String>>, Status>;

/// Starts a look-up and lets it go as far as it can.
async fn look_up(
    loader: &Loader<i64, String, String>,
    lane: i64,
    key: &str,
) -> tokio::task::JoinHandle<Answer> {
    let (loader, key) = (loader.clone(), key.to_owned());
    let task = tokio::spawn(async move { loader.load(lane, key).await });
    settle().await;
    task
}

async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

fn keys(lane: i64, keys: &[&str]) -> (i64, Vec<String>) {
    (lane, keys.iter().map(|key| (*key).to_owned()).collect())
}

#[tokio::test]
async fn what_comes_while_two_calls_are_under_way_is_asked_for_by_one() {
    let (peer, loader, ends) = start();
    let mut tasks = Vec::new();
    for key in ["a", "b", "c", "d", "-e", "c"] {
        tasks.push((key, look_up(&loader, 1, key).await));
    }
    assert_eq!(peer.calls(), [keys(1, &["a"]), keys(1, &["b"])]);
    ends.add_permits(1);
    settle().await;
    assert_eq!(peer.calls().last(), Some(&keys(1, &["-e", "c", "d"])));
    ends.add_permits(2);
    for (key, task) in tasks {
        let found = task.await.expect("no panic").expect("an answer");
        let expected = (key != "-e").then(|| key.to_owned());
        assert_eq!(found.map(|found| (*found).clone()), expected);
    }
    assert!(loader.lanes().is_empty());
}

#[tokio::test]
async fn lanes_do_not_wait_for_each_other() {
    let (peer, loader, ends) = start();
    let mut tasks = Vec::new();
    for (lane, key) in [(1, "a"), (1, "b"), (1, "c"), (2, "d"), (3, "e")] {
        tasks.push(look_up(&loader, lane, key).await);
    }
    let begun = [(1, "a"), (1, "b"), (2, "d"), (3, "e")];
    assert_eq!(peer.calls(), begun.map(|(lane, key)| keys(lane, &[key])));
    ends.add_permits(5);
    for task in tasks {
        assert!(task.await.expect("no panic").expect("an answer").is_some());
    }
}

/// Whoever asks after a write must see it.
#[tokio::test]
async fn no_answer_is_older_than_its_question() {
    let (peer, loader, ends) = start();
    let first = look_up(&loader, 1, "a").await;
    let second = look_up(&loader, 1, "b").await;
    let again = look_up(&loader, 1, "a").await;
    assert_eq!(peer.calls().len(), 2);
    ends.add_permits(3);
    for task in [first, second, again] {
        assert!(task.await.expect("no panic").is_ok());
    }
    assert_eq!(peer.calls().last(), Some(&keys(1, &["a"])));
}

#[tokio::test]
async fn a_failure_is_everybodys_and_the_next_call_is_made() {
    let (peer, loader, ends) = start();
    let mut tasks = Vec::new();
    for key in ["a", "b", "c", "d"] {
        tasks.push(look_up(&loader, 1, key).await);
    }
    *peer.failing.lock().expect("failing") = true;
    ends.add_permits(3);
    for task in tasks {
        let failed = task.await.expect("no panic").expect_err("a failure");
        assert_eq!(failed.code(), Code::Internal);
    }
    *peer.failing.lock().expect("failing") = false;
    ends.add_permits(1);
    assert!(loader.load(1, "e".to_owned()).await.is_ok());
}

#[tokio::test]
async fn whoever_goes_away_takes_nobody_along() {
    let (peer, loader, ends) = start();
    let mut tasks = Vec::new();
    for key in ["a", "b", "c", "d"] {
        tasks.push(look_up(&loader, 1, key).await);
    }
    // One that waits, and one whose call is under way.
    tasks[2].abort();
    settle().await;
    tasks[0].abort();
    settle().await;
    assert_eq!(peer.calls().last(), Some(&keys(1, &["d"])));
    ends.add_permits(2);
    for task in [tasks.remove(3), tasks.remove(1)] {
        assert!(task.await.expect("no panic").expect("an answer").is_some());
    }
    settle().await;
    assert!(loader.lanes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_request_has_left() {
    let (_peer, loader, _ends) = start();
    let _first = look_up(&loader, 1, "a").await;
    let _second = look_up(&loader, 1, "b").await;
    let waiting = loader.load(1, "c".to_owned());
    let failed = chassis::deadline::within(Duration::from_secs(3), waiting).await;
    let code = failed.expect_err("no answer").code();
    assert_eq!(code, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_call_has_a_bounded_number_of_keys() {
    let (peer, loader, ends) = start();
    let mut tasks = Vec::new();
    for number in 0..super::KEYS + 3 {
        tasks.push(look_up(&loader, 1, &number.to_string()).await);
    }
    ends.add_permits(tasks.len());
    for task in tasks {
        assert!(task.await.expect("no panic").expect("an answer").is_some());
    }
    let sizes: Vec<_> = peer.calls().iter().map(|(_, keys)| keys.len()).collect();
    assert_eq!(sizes, [1, 1, super::KEYS, 1]);
}

/// A process that ends drops what is under way; what waits for it must not hold it up.
#[test]
fn an_end_is_not_held_up() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    let _kept = runtime.block_on(async {
        let (_, loader, ends) = start();
        for key in ["a", "b"] {
            look_up(&loader, 1, key).await;
        }
        let waiting = loader.clone();
        let mut waiting = Box::pin(async move { waiting.load(1, "c".to_owned()).await });
        assert!(futures::poll!(&mut waiting).is_pending());
        (ends, waiting)
    });
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(runtime);
        ended.send(())
    });
    end.recv_timeout(Duration::from_secs(10)).expect("an end");
}
