//! Whose a secret is: the cache first, then Postgres, once for any number of callers at a time.

use std::sync::Arc;
use std::time::Duration;

use lease::{SingleFlight, Term};
use storage::postgres::Pool;
use tokio::time::Instant;
use tonic::Status;

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
    term: Term,
    // A `Status` because every caller gets a copy.
    reads: SingleFlight<Key, Result<Option<Found>, Status>>,
}

/// A live token, and how long that may be believed, from before it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The token. Its `last_used_at` may be missing.
    pub token: Token,
    /// What is left of the term.
    pub lease: Duration,
}

impl Lookup {
    /// A look-up in this database, with this cache before it.
    pub fn new(pool: Pool, cache: Cache, term: Term) -> Self {
        Self(Arc::new(Inner {
            pool,
            cache,
            term,
            reads: SingleFlight::default(),
        }))
    }

    /// The live token of a key.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE where Postgres had to be asked and is out of reach.
    pub async fn find(&self, key: Key) -> Result<Option<Leased>, Status> {
        match self.0.cache.get(&key).await {
            Some(Answer::Token { token, good_for }) => {
                let lease = good_for.min(self.0.term.length());
                Ok(Some(Leased { token, lease }))
            }
            Some(Answer::None) => Ok(None),
            None => self.read(key).await,
        }
    }

    async fn read(&self, key: Key) -> Result<Option<Leased>, Status> {
        // A read that began before the term may not be believed any more.
        let now = Instant::now();
        let since = now.checked_sub(self.0.term.length()).unwrap_or(now);
        let inner = Arc::clone(&self.0);
        let read = async move { inner.read(key).await };
        let read = self.0.reads.run(key, since, read).await;
        let (started, found) = read.ok_or(Error::Internal("a look-up panicked"))?;
        let age = started.elapsed();
        Ok(found?.map(|found| Leased {
            lease: found.good_for(self.0.term).saturating_sub(age),
            token: found.token,
        }))
    }

    /// Makes sure that no look-up here that begins after this finds the token, which is deleted already, and lets the
    /// other replicas know.
    pub async fn forget(&self, key: Key) {
        // First the reads: one that began before the row was deleted may carry it, and only who came before is
        // allowed to see it.
        self.0.reads.forget(&key);
        self.0.cache.bury(key).await;
    }

    /// How long what is found may be believed.
    pub fn term(&self) -> Term {
        self.0.term
    }
}

impl Inner {
    async fn read(self: Arc<Self>, key: Key) -> Result<Option<Found>, Status> {
        let began = Instant::now();
        let read = async {
            let mut connection = storage::postgres::connect(&self.pool).await?;
            Ok(tokens::find_by_secret(&mut connection, key.account_id, &key.secret).await?)
        };
        // A frozen database keeps none of its own time limits, and whoever comes later joins this read.
        let found: Option<Found> = tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or_else(|_| Err(storage::Error::Unavailable("no answer in time".to_owned())))
            .map_err(storage::Error::into_status)?;
        // The callers need not wait for the cache.
        let filled = found.clone();
        let fill = async move {
            let age = began.elapsed();
            self.cache.fill(&key, filled.as_ref(), age).await;
        };
        tokio::spawn(fill);
        Ok(found)
    }
}
