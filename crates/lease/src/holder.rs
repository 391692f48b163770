//! The holder's side: answers kept for as long as they were granted, and a little longer while the owner is away.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use proto::{error::status, protocol::v1::ErrorReason};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::single_flight::SingleFlight;

/// How much longer than granted an answer may be used while its owner does not answer.
const STRETCH: Duration = Duration::from_secs(30);
/// How long an owner who does not answer is waited for where an answer of before may be used.
const PATIENCE: Duration = Duration::from_secs(1);
/// How old a call may be that is joined.
const JOIN: Duration = Duration::from_millis(500);
/// How often an owner who did not answer is asked again, while answers of before are used without waiting for him.
const PROBE: Duration = Duration::from_secs(1);
/// A bound on memory. Beyond it nothing more is kept until something has run out.
const CAPACITY: usize = 10_000;

/// What an owner answered.
#[derive(Debug, Clone)]
pub struct Answer<V> {
    /// The answer.
    pub value: V,
    /// How long it may be used, from before it was asked for.
    pub lease: Duration,
    /// When it ends whatever happens, from now on; `None`: never.
    pub ends_in: Option<Duration>,
}

impl<V> Answer<V> {
    /// An answer as it came over the wire; without a lease, it is good for one request.
    pub fn new(value: V, lease: Option<prost_types::Duration>) -> Answer<V> {
        let lease = lease.and_then(|lease| lease.try_into().ok());
        Answer {
            value,
            lease: lease.unwrap_or_default(),
            ends_in: None,
        }
    }
}

/// The leased answers of one owner; cheap to clone.
pub struct Leases<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    /// The owner's name, for the metrics.
    owner: &'static str,
    calls: SingleFlight<K, Result<Answer<V>, Status>>,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    held: HashMap<K, Held<V>>,
    /// The owner did not answer; none: he is there. When he is to be asked again.
    probe: Option<Instant>,
}

struct Held<V> {
    value: V,
    asked: Instant,
    lease_ends: Instant,
    stretch_ends: Instant,
}

/// What is held for a key.
enum Known<V> {
    Leased(V),
    /// Only while the owner does not answer.
    Stale(V),
    Nothing,
}

impl<K, V> Leases<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// No answers yet.
    pub fn new(owner: &'static str) -> Leases<K, V> {
        Leases(Arc::new(Inner {
            owner,
            calls: SingleFlight::default(),
            state: Mutex::new(State {
                held: HashMap::new(),
                probe: None,
            }),
        }))
    }

    /// The answer for a key: the one that is held while its lease lasts, else what the owner says. Where he does not
    /// answer, the one of before for up to 30 s more. `ask` may be called twice; it runs in a task of its own and must
    /// bound its time.
    ///
    /// # Errors
    /// The owner's refusal, which is never kept; or that he does not answer.
    pub async fn get<F>(&self, key: K, ask: impl Fn() -> F) -> Result<V, Status>
    where
        F: Future<Output = Result<Answer<V>, Status>> + Send + 'static,
    {
        let arrived = Instant::now();
        let stale = match self.0.known(&key, arrived) {
            Known::Leased(value) => return Ok(value),
            Known::Nothing => return self.ask(key, arrived, &ask).await,
            Known::Stale(value) => value,
        };
        if self.0.is_away() {
            if self.0.takes_probe(arrived) {
                let call = self.call(key.clone(), ask());
                let _ = self.0.calls.begin(key, arrived, call);
            }
        } else {
            let asked = tokio::time::timeout(PATIENCE, self.ask(key, arrived, &ask));
            match asked.await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(status)) if !is_outage(&status) => return Err(status),
                Ok(Err(_)) | Err(_) => self.0.went_away(),
            }
        }
        metrics::counter!("leases_stretched_total", "owner" => self.0.owner).increment(1);
        Ok(stale)
    }

    /// What the owner says to somebody who came at `arrived`.
    async fn ask<F>(&self, key: K, arrived: Instant, ask: &impl Fn() -> F) -> Result<V, Status>
    where
        F: Future<Output = Result<Answer<V>, Status>> + Send + 'static,
    {
        // A call of before may be joined; what it brings may be too old for whoever comes later.
        let mut since = arrived.checked_sub(JOIN).unwrap_or(arrived);
        loop {
            let call = self.call(key.clone(), ask());
            let run = self.0.calls.run(key.clone(), since, call).await;
            let Some((started, outcome)) = run else {
                let reason = ErrorReason::InternalFault;
                return Err(status(reason, "asking panicked"));
            };
            let is_new_enough = started >= arrived
                || match &outcome {
                    Ok(answer) => arrived < started + answer.lease,
                    Err(status) => is_outage(status),
                };
            if is_new_enough {
                return outcome.map(|answer| answer.value);
            }
            since = arrived;
        }
    }

    /// Asks, and keeps what is answered.
    fn call<F>(
        &self,
        key: K,
        ask: F,
    ) -> impl Future<Output = Result<Answer<V>, Status>> + Send + use<K, V, F>
    where
        F: Future<Output = Result<Answer<V>, Status>> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        let asked = Instant::now();
        async move {
            let outcome = ask.await;
            inner.note(key, asked, &outcome);
            outcome
        }
    }
}

impl<K: Eq + Hash, V: Clone> Inner<K, V> {
    fn known(&self, key: &K, now: Instant) -> Known<V> {
        let state = self.state();
        match state.held.get(key) {
            Some(held) if now < held.lease_ends => Known::Leased(held.value.clone()),
            Some(held) if now < held.stretch_ends => Known::Stale(held.value.clone()),
            _ => Known::Nothing,
        }
    }

    /// Keeps an answer; lets go of it at a refusal.
    fn note(&self, key: K, asked: Instant, outcome: &Result<Answer<V>, Status>) {
        let mut state = self.state();
        // Calls may end in another order than they began.
        let is_old = |held: &Held<V>| held.asked > asked;
        match outcome {
            Ok(answer) => {
                state.probe = None;
                if state.held.get(&key).is_some_and(is_old) {
                    return;
                }
                let now = Instant::now();
                let ends = answer.ends_in.map(|left| now + left);
                let bound = |time: Instant| ends.map_or(time, |ends| ends.min(time));
                let lease_ends = bound(asked + answer.lease);
                let held = Held {
                    value: answer.value.clone(),
                    asked,
                    lease_ends,
                    stretch_ends: bound(lease_ends + STRETCH),
                };
                state.make_room(&key, now);
                if state.held.len() < CAPACITY || state.held.contains_key(&key) {
                    state.held.insert(key, held);
                }
            }
            Err(status) if is_outage(status) => {}
            Err(_) => {
                state.probe = None;
                if !state.held.get(&key).is_some_and(is_old) {
                    state.held.remove(&key);
                }
            }
        }
    }

    fn is_away(&self) -> bool {
        self.state().probe.is_some()
    }

    fn went_away(&self) {
        self.state().probe = Some(Instant::now() + PROBE);
    }

    /// Whether it is time to ask again; others need not then.
    fn takes_probe(&self, now: Instant) -> bool {
        let mut state = self.state();
        let is_due = state.probe.is_some_and(|due| due <= now);
        if is_due {
            state.probe = Some(now + PROBE);
        }
        is_due
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        // Nothing panics while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> State<K, V> {
    /// Drops what is of no more use, first what nothing but an outage could use.
    fn make_room(&mut self, key: &K, now: Instant) {
        if self.held.len() < CAPACITY || self.held.contains_key(key) {
            return;
        }
        self.held.retain(|_, held| now < held.lease_ends);
    }
}

/// Whether nobody answered, rather than the owner refused.
fn is_outage(status: &Status) -> bool {
    !matches!(
        status.code(),
        Code::NotFound
            | Code::Unauthenticated
            | Code::PermissionDenied
            | Code::InvalidArgument
            | Code::FailedPrecondition
    )
}

impl<K, V> Clone for Leases<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> fmt::Debug for Leases<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases")
            .field("owner", &self.0.owner)
            .finish_non_exhaustive()
    }
}
