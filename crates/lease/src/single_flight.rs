//! One call for any number of callers who want the same at the same time.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{FutureExt, future::Shared};
use tokio::{sync::oneshot, time::Instant};
use tracing::Instrument;

/// The calls under way, one at most for each key that may be joined; cheap to clone.
pub struct SingleFlight<K, V>(Arc<Mutex<HashMap<K, Call<V>>>>);

struct Call<V> {
    started: Instant,
    outcome: Shared<oneshot::Receiver<V>>,
}

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The outcome of the call for this key that is under way, if it started after `since`, else of this one; and
    /// when that one started. The call is made in a task of its own, so that it ends even if its first caller goes
    /// away; it inherits no deadline. `None`: it panicked.
    pub async fn run<F>(&self, key: K, since: Instant, call: F) -> Option<(Instant, V)>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let (started, outcome) = self.begin(key, since, call);
        Some((started, outcome.await.ok()?))
    }

    /// Lets nobody else join the call for this key.
    pub fn forget(&self, key: &K) {
        self.calls().remove(key);
    }

    /// As [`SingleFlight::run`], without waiting for the outcome.
    pub(crate) fn begin<F>(
        &self,
        key: K,
        since: Instant,
        call: F,
    ) -> (Instant, Shared<oneshot::Receiver<V>>)
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut calls = self.calls();
        if let Some(call) = calls.get(&key)
            && call.started > since
        {
            return (call.started, call.outcome.clone());
        }
        let (sender, receiver) = oneshot::channel();
        let (started, outcome) = (Instant::now(), receiver.shared());
        let entry = Call {
            started,
            outcome: outcome.clone(),
        };
        calls.insert(key.clone(), entry);
        drop(calls);
        let place = Place {
            calls: Arc::clone(&self.0),
            key,
            outcome: outcome.clone(),
        };
        let task = async move {
            let value = call.await;
            // First the place: whoever comes from now on shall not get what is already old.
            drop(place);
            let _ = sender.send(value);
        };
        tokio::spawn(task.in_current_span());
        (started, outcome)
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<K, Call<V>>> {
        lock(&self.0)
    }
}

/// The place of a call, given up when dropped, even by a panic.
struct Place<K: Eq + Hash, V> {
    calls: Arc<Mutex<HashMap<K, Call<V>>>>,
    key: K,
    outcome: Shared<oneshot::Receiver<V>>,
}

impl<K: Eq + Hash, V> Drop for Place<K, V> {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        let current = calls.get(&self.key);
        // Another call may have taken the place.
        if current.is_some_and(|call| call.outcome.ptr_eq(&self.outcome)) {
            calls.remove(&self.key);
        }
    }
}

/// Nothing panics while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K, V> Clone for SingleFlight<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}
