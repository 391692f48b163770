//! Look-ups that come while others are under way are made by one call (the data-loader pattern): where requests are
//! many, their calls need not be.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::deadline;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tonic::Status;
use tracing::{Instrument, Span};

#[cfg(test)]
mod tests;

/// How many calls of a lane may be under way before look-ups wait for each other.
const CALLS: usize = 2;
/// The most look-ups of one call.
const KEYS: usize = 64;
/// The time a call has, at most what the request that waits longest has left.
const TIME: Duration = Duration::from_secs(10);

/// What a call found, by key; what is not there was not found.
pub(crate) type Found<K, V> = HashMap<K, V>;
/// Makes the call for some keys of a lane.
type Call<L, K, V> =
    dyn Fn(L, Vec<K>) -> BoxFuture<'static, Result<Found<K, V>, Status>> + Send + Sync;

/// Look-ups of one kind by key, in lanes that do not mix, such as accounts; cheap to clone.
///
/// A look-up is made at once if fewer than two calls of its lane are under way, else by the next call, with all that came
/// meanwhile. So no look-up is answered by a call that began before it.
pub(crate) struct Loader<L, K, V>(Arc<Shared<L, K, V>>);

struct Shared<L, K, V> {
    call: Box<Call<L, K, V>>,
    lanes: Mutex<HashMap<L, Lane<K, V>>>,
}

struct Lane<K, V> {
    under_way: usize,
    waiting: Vec<LookUp<K, V>>,
}

/// A look-up that waits for the next call.
struct LookUp<K, V> {
    key: K,
    span: Span,
    time: Duration,
    answer: oneshot::Sender<Result<Option<Arc<V>>, Status>>,
}

impl<L, K, V> Loader<L, K, V>
where
    L: Clone + Eq + Hash + Send + 'static,
    K: Clone + Eq + Hash + Send + 'static,
    V: Send + Sync + 'static,
{
    pub(crate) fn new<F>(call: F) -> Self
    where
        F: Fn(L, Vec<K>) -> BoxFuture<'static, Result<Found<K, V>, Status>>,
        F: Send + Sync + 'static,
    {
        Loader(Arc::new(Shared {
            call: Box::new(call),
            lanes: Mutex::default(),
        }))
    }

    /// What there is under a key of a lane; none: nothing.
    ///
    /// # Errors
    /// As the call; DEADLINE_EXCEEDED: the time left for the request is up.
    pub(crate) async fn load(&self, lane: L, key: K) -> Result<Option<Arc<V>>, Status> {
        let Some(answer) = self.join(&lane, &key) else {
            let turn = Turn(self.clone(), lane.clone());
            let found = (self.0.call)(lane, vec![key.clone()]).await;
            drop(turn);
            return Ok(found?.remove(&key).map(Arc::new));
        };
        let time = deadline::remaining().unwrap_or(TIME);
        match tokio::time::timeout(time, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(chassis::client::panicked()),
            Err(_) => Err(chassis::client::deadline_exceeded()),
        }
    }

    /// Waits for the next call; none: there is to be a call at once.
    fn join(&self, lane: &L, key: &K) -> Option<oneshot::Receiver<Result<Option<Arc<V>>, Status>>> {
        let mut lanes = self.lanes();
        let lane = lanes.entry(lane.clone()).or_default();
        if lane.under_way < CALLS {
            lane.under_way += 1;
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        lane.waiting.push(LookUp {
            key: key.clone(),
            span: Span::current(),
            time: deadline::remaining().unwrap_or(TIME),
            answer: sender,
        });
        Some(receiver)
    }

    /// Makes the next call of a lane if any look-up waits for it, else gives its place up.
    fn go_on(&self, lane: L) {
        let mut lanes = self.lanes();
        let Some(state) = lanes.get_mut(&lane) else {
            return;
        };
        // Nobody waits any longer for the answer to a request that was given up.
        state.waiting.retain(|look_up| !look_up.answer.is_closed());
        let number = state.waiting.len().min(KEYS);
        let look_ups: Vec<_> = state.waiting.drain(..number).collect();
        let Some(span) = look_ups.first().map(|first| first.span.clone()) else {
            state.under_way -= 1;
            if state.under_way == 0 {
                lanes.remove(&lane);
            }
            return;
        };
        // A process that ends drops the task at once, and with it the turn, which takes the lock.
        drop(lanes);
        let answered = answer(Turn(self.clone(), lane), look_ups);
        tokio::spawn(answered.instrument(span));
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<L, Lane<K, V>>> {
        // Nothing panics while holding it.
        let lanes = self.0.lanes.lock();
        lanes.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers look-ups by one call.
async fn answer<L, K, V>(turn: Turn<L, K, V>, look_ups: Vec<LookUp<K, V>>)
where
    L: Clone + Eq + Hash + Send + 'static,
    K: Clone + Eq + Hash + Send + 'static,
    V: Send + Sync + 'static,
{
    let keys: HashSet<_> = look_ups.iter().map(|one| one.key.clone()).collect();
    let keys = keys.into_iter().collect();
    let longest = look_ups.iter().map(|one| one.time).max();
    let call = (turn.0.0.call)(turn.1.clone(), keys);
    let found = deadline::within(longest.unwrap_or(TIME), call).await;
    drop(turn);
    let found = found.map(|found| {
        let shared = found.into_iter().map(|(key, value)| (key, Arc::new(value)));
        shared.collect::<HashMap<_, _>>()
    });
    for LookUp { key, answer, .. } in look_ups {
        let of_key = match &found {
            Ok(found) => Ok(found.get(&key).cloned()),
            Err(status) => Err(status.clone()),
        };
        let _ = answer.send(of_key);
    }
}

/// A call under way; when dropped, whether the call ended, panicked or was given up, it is the turn of the next.
struct Turn<L, K, V>(Loader<L, K, V>, L)
where
    L: Clone + Eq + Hash + Send + 'static,
    K: Clone + Eq + Hash + Send + 'static,
    V: Send + Sync + 'static;

impl<L, K, V> Drop for Turn<L, K, V>
where
    L: Clone + Eq + Hash + Send + 'static,
    K: Clone + Eq + Hash + Send + 'static,
    V: Send + Sync + 'static,
{
    fn drop(&mut self) {
        self.0.go_on(self.1.clone());
    }
}

impl<L, K, V> Clone for Loader<L, K, V> {
    fn clone(&self) -> Self {
        Loader(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Lane<K, V> {
    fn default() -> Self {
        Lane {
            under_way: 0,
            waiting: Vec::new(),
        }
    }
}

impl<L, K, V> fmt::Debug for Loader<L, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}
