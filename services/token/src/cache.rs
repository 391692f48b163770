//! The look-up cache in Redis: never a store, always allowed to be away.
//!
//! Under `token:v1:<account>:<hex SHA-256>` stands what a secret belongs to. Three kinds of value:
//!
//! * *live*, for the term of a lease from before the row was read, written only if the key is absent, and never past
//!   the token's expiry;
//! * *unknown*, 1 s, likewise only if absent;
//! * *deleted*, the tombstone, 60 s, written over whatever is there. A look-up that read the row just before
//!   it was deleted cannot bring the token back, since its fill finds the key taken, and the tombstone
//!   outlives any look-up.
//!
//! Redis is not believed: every value is sealed (see `entry`) with a key that this service alone has, and what
//! is not, or is older than its time, is as good as absent. So whoever writes to Redis can send a look-up to
//! Postgres, and nothing else: a false tombstone shuts nobody out, a false token opens nothing, and the value
//! of a token before its deletion, put back over the tombstone, is good for the rest of its term at most, which the
//! deletion waits out before it is acknowledged. The clocks of the replicas may differ by a quarter of the term.
//!
//! The first fault of Redis opens a circuit: from then on every look-up goes straight to Postgres, at no
//! cost in time, while one task in the background tries Redis each second. It closes the circuit only after
//! all tombstones that could not be written are written, and until then this process trusts no cached value.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use lease::Term;
use redis::{Cmd, FromRedisValue, RedisError};
use secrecy::{ExposeSecret, SecretString};

use crate::secret::Sha256;
use crate::tokens::Found;

mod entry;

pub use entry::Answer;
use entry::{Entry, Sealer};

const UNKNOWN_TTL: Duration = Duration::from_secs(1);
const TOMBSTONE_TTL: Duration = Duration::from_secs(60);
/// The most a look-up waits for Redis.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often Redis is tried while the circuit is open.
const RETRY: Duration = Duration::from_secs(1);

/// What a token is looked up by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The account that the caller addresses.
    pub account_id: i64,
    /// The hash of the secret presented.
    pub secret: Sha256,
}

impl Key {
    fn name(&self) -> String {
        format!("token:v1:{}:{}", self.account_id, self.secret.to_hex())
    }
}

/// The cache; cheap to clone.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    redis: storage::redis::Client,
    sealer: Sealer,
    term: Term,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Redis is not to be asked.
    open: bool,
    /// Deleted tokens whose tombstone is not in Redis yet.
    unburied: HashSet<Key>,
    /// Tokens deleted here, and when: for as long as their tombstones stand, no other word on them is taken.
    buried: HashMap<Key, Instant>,
}

impl Cache {
    /// A cache in this Redis, which may be away, sealed with a given key or one that lasts as long as the process.
    ///
    /// # Errors
    /// No key is given, and the operating system has no randomness to give.
    pub fn new(
        redis: storage::redis::Client,
        key: Option<&SecretString>,
        term: Term,
    ) -> Result<Self, getrandom::Error> {
        let sealer = match key {
            Some(key) => Sealer::new(key.expose_secret().as_bytes()),
            None => {
                let mut key = [0; 32];
                getrandom::fill(&mut key)?;
                Sealer::new(&key)
            }
        };
        metrics::gauge!("redis_up").set(1.0);
        Ok(Self(Arc::new(Inner {
            redis,
            sealer,
            term,
            state: Mutex::default(),
        })))
    }

    /// What the cache knows; `None`: nothing, ask Postgres.
    pub async fn get(&self, key: &Key) -> Option<Answer> {
        if !self.0.trusted(key) {
            return None;
        }
        let value: Result<Option<Vec<u8>>, _> = self.0.run(&Cmd::get(key.name())).await;
        let value = match value {
            Ok(value) => value?,
            // Not a text: somebody else's key, which says nothing of Redis itself.
            Err(Fault::Redis(error)) if error.code() == Some("WRONGTYPE") => return None,
            Err(fault) => {
                self.trip(&fault);
                return None;
            }
        };
        // The state may have changed while Redis was asked.
        let answer = self.0.sealer.open(key, &value, Utc::now())?;
        self.0.trusted(key).then_some(answer)
    }

    /// Remembers what Postgres said of a key when it was asked so long ago, unless something stands there.
    pub async fn fill(&self, key: &Key, found: Option<&Found>, age: Duration) {
        let (entry, ttl) = match found {
            Some(found) => (
                Entry::live(&found.token),
                found.good_for(self.0.term).saturating_sub(age),
            ),
            None => (Entry::Unknown, UNKNOWN_TTL),
        };
        // Redis refuses a life of zero.
        if ttl.as_millis() == 0 || !self.0.trusted(key) {
            return;
        }
        let mut command = self.0.set(key, &entry, ttl);
        command.arg("NX");
        if let Err(fault) = self.0.run::<()>(&command).await {
            self.trip(&fault);
        }
    }

    /// Makes sure that a deleted token is found no more here. Returns once the tombstone stands or, with Redis
    /// away, once this process has ceased to trust the cache; other processes then trust what they find
    /// for up to the term of a lease more.
    pub async fn bury(&self, key: Key) {
        {
            let mut state = self.0.state();
            let now = Instant::now();
            state
                .buried
                .retain(|_, deleted| now - *deleted < TOMBSTONE_TTL);
            state.buried.insert(key, now);
            state.unburied.insert(key);
            if state.open {
                return; // the task that tries Redis will write it
            }
        }
        match self.0.write_tombstone(&key).await {
            Ok(()) => {
                self.0.state().unburied.remove(&key);
            }
            Err(fault) => self.trip(&fault),
        }
    }

    /// Opens the circuit and starts to try Redis, unless that is under way.
    fn trip(&self, fault: &Fault) {
        if std::mem::replace(&mut self.0.state().open, true) {
            return;
        }
        metrics::gauge!("redis_up").set(0.0);
        tracing::warn!(error = %fault, "the token cache is out of reach: tokens are read from Postgres");
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(RETRY).await;
                // Ends with the last handle to the cache.
                let Some(inner) = inner.upgrade() else { return };
                if inner.recover().await {
                    metrics::gauge!("redis_up").set(1.0);
                    tracing::info!("the token cache is back");
                    return;
                }
            }
        });
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding it, and each change is a single step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what Redis says of this key may be believed.
    fn trusted(&self, key: &Key) -> bool {
        let state = self.state();
        let buried = state.buried.get(key);
        let is_buried = buried.is_some_and(|deleted| deleted.elapsed() < TOMBSTONE_TTL);
        !state.open && !state.unburied.contains(key) && !is_buried
    }

    /// Writes what has to be written before the cache may be used again, and closes the circuit; whether
    /// that went well.
    async fn recover(&self) -> bool {
        // A write, since a Redis that is full or a replica answers reads well enough.
        let mut probe = Cmd::new();
        probe
            .arg("SET")
            .arg("token:v1:probe")
            .arg("")
            .arg("PX")
            .arg(1000);
        if self.run::<()>(&probe).await.is_err() {
            return false;
        }
        loop {
            let unburied: Vec<Key> = {
                let mut state = self.state();
                if state.unburied.is_empty() {
                    state.open = false;
                    return true;
                }
                state.unburied.iter().copied().collect()
            };
            for key in unburied {
                if self.write_tombstone(&key).await.is_err() {
                    return false;
                }
                self.state().unburied.remove(&key);
            }
        }
    }

    async fn write_tombstone(&self, key: &Key) -> Result<(), Fault> {
        let command = self.set(key, &Entry::Deleted, TOMBSTONE_TTL);
        self.run(&command).await
    }

    /// The command that writes a value, good for as long as it stands.
    fn set(&self, key: &Key, entry: &Entry, ttl: Duration) -> Cmd {
        let value = self.sealer.seal(key, entry, ttl, Utc::now());
        let mut command = Cmd::set(key.name(), value);
        command
            .arg("PX")
            .arg(u64::try_from(ttl.as_millis()).expect("a minute at most"));
        command
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        match tokio::time::timeout(PATIENCE, self.redis.run(command)).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(Fault::TooSlow),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("no answer in time")]
    TooSlow,
    #[error(transparent)]
    Redis(#[from] RedisError),
}
