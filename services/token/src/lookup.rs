//! Whose a secret is: the cache first, then Postgres, once for any number of callers at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::Shared;
use storage::postgres::Pool;
use tokio::sync::oneshot;
use tonic::Status;
use tracing::Instrument;

use crate::cache::{Answer, Cache, Key};
use crate::error::Error;
use crate::tokens::{self, Found, Token};

/// The most a read of Postgres may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds live tokens by their secrets; cheap to clone.
#[derive(Clone)]
pub struct Lookup(Arc<Inner>);

struct Inner {
    pool: Pool,
    cache: Cache,
    flights: Mutex<Flights>,
}

/// The reads of Postgres under way, one at most per key.
#[derive(Default)]
struct Flights {
    taken_off: u64,
    aloft: HashMap<Key, Flight>,
}

struct Flight {
    number: u64,
    landing: Shared<oneshot::Receiver<Outcome>>,
}

// A `Status` because every caller aboard gets a copy.
type Outcome = Result<Option<Token>, Status>;

impl Lookup {
    /// A look-up in this database, with this cache before it.
    pub fn new(pool: Pool, cache: Cache) -> Self {
        Self(Arc::new(Inner {
            pool,
            cache,
            flights: Mutex::default(),
        }))
    }

    /// The live token of a key. Its `last_used_at` may be missing.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE where Postgres had to be asked and is out of reach.
    pub async fn find(&self, key: Key) -> Result<Option<Token>, Status> {
        match self.0.cache.get(&key).await {
            Some(Answer::Token(token)) => Ok(Some(token)),
            Some(Answer::None) => Ok(None),
            None => {
                let landing = self.board(key);
                // The sender is dropped without a word only if the read panicked.
                landing
                    .await
                    .unwrap_or_else(|_| Err(Error::Internal("a look-up panicked").into()))
            }
        }
    }

    /// Makes sure that no look-up that begins after this finds the token, which is deleted already.
    pub async fn forget(&self, key: Key) {
        // First the flights: one that took off before the row was deleted may carry it, and only what
        // boarded before is allowed to see it.
        self.0.flights().aloft.remove(&key);
        self.0.cache.bury(key).await;
    }

    /// Joins the flight for a key, or starts one. It flies in a task of its own, so that it lands even if
    /// the caller who started it goes away.
    fn board(&self, key: Key) -> Shared<oneshot::Receiver<Outcome>> {
        let mut flights = self.0.flights();
        if let Some(flight) = flights.aloft.get(&key) {
            return flight.landing.clone();
        }
        let (sender, receiver) = oneshot::channel();
        let landing = receiver.shared();
        flights.taken_off += 1;
        let number = flights.taken_off;
        flights.aloft.insert(
            key,
            Flight {
                number,
                landing: landing.clone(),
            },
        );
        drop(flights);
        let slot = Slot {
            inner: self.0.clone(),
            key,
            number,
        };
        tokio::spawn(slot.fly(sender).in_current_span());
        landing
    }
}

impl Inner {
    fn flights(&self) -> MutexGuard<'_, Flights> {
        // Nothing panics while holding it.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, key: &Key) -> Result<Option<Found>, storage::Error> {
        let read = async {
            let mut connection = storage::postgres::connect(&self.pool).await?;
            Ok(tokens::find_by_secret(&mut connection, key.account_id, &key.secret).await?)
        };
        // A frozen database keeps none of its own time limits, and whoever comes later boards this flight.
        tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or_else(|_| Err(storage::Error::Unavailable("no answer in time".to_owned())))
    }
}

/// A place among the flights, given up when dropped, even by a panic.
struct Slot {
    inner: Arc<Inner>,
    key: Key,
    number: u64,
}

impl Slot {
    async fn fly(self, sender: oneshot::Sender<Outcome>) {
        let read = self.inner.read(&self.key).await;
        match read {
            Ok(found) => {
                // The callers need not wait for the cache. Late comers board until it is filled.
                let _ = sender.send(Ok(found.as_ref().map(|found| found.token.clone())));
                self.inner.cache.fill(&self.key, found.as_ref()).await;
            }
            Err(fault) => {
                let _ = sender.send(Err(fault.into_status()));
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut flights = self.inner.flights();
        // After a deletion another flight may have taken the place.
        if flights
            .aloft
            .get(&self.key)
            .is_some_and(|flight| flight.number == self.number)
        {
            flights.aloft.remove(&self.key);
        }
    }
}
