//! A deleted token is refused from the next request on, whatever is under way.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl};
use lease::Term;
use proto::protocol::v1::ErrorReason;
use token::cache::{Answer, Cache};
use token::lookup::Lookup;

use crate::harness::{CACHE_KEY, Issued, Service, TERM, eventually, nobody, redis_url, refused};

fn cache(url: &str) -> Cache {
    let redis = storage::redis::Client::new(&url.into()).unwrap();
    Cache::new(redis, Some(&CACHE_KEY.into()), TERM).unwrap()
}

#[tokio::test]
async fn a_deleted_token_is_refused_at_once_even_with_a_warm_cache() {
    let service = Service::start().await;
    for _ in 0..20 {
        let issued = service.issue().await;
        for _ in 0..3 {
            service.authenticate(&issued).await.unwrap();
        }
        service.delete(&issued).await.unwrap();
        refused(
            service.authenticate(&issued).await,
            ErrorReason::TokenInvalid,
        );
    }
}

#[tokio::test]
async fn another_replica_refuses_it_at_once_too() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let replica = Lookup::new(service.pool.clone(), cache(&redis_url()), TERM);
    assert!(replica.find(issued.key()).await.unwrap().is_some());
    service.delete(&issued).await.unwrap();
    assert!(replica.find(issued.key()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_tombstone_beats_a_late_fill() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let key = issued.key();
    // A look-up reads the row …
    let mut connection = service.connection().await;
    let found = token::tokens::find_by_secret(&mut connection, key.account_id, &key.secret)
        .await
        .unwrap();
    assert!(found.is_some());
    // … the token is deleted, and only then does the look-up come to fill the cache.
    service.delete(&issued).await.unwrap();
    let replica = cache(&redis_url());
    replica.fill(&key, found.as_ref(), Duration::ZERO).await;
    assert_eq!(replica.get(&key).await, Some(Answer::None));
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}

#[tokio::test]
async fn a_herd_makes_one_read_and_a_deletion_lets_nobody_aboard_an_old_one() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let term = Term::new(Duration::from_secs(5));
    let lookup = Lookup::new(service.pool.clone(), cache(&redis_url()), term);
    let herd = |count: usize| {
        let (lookup, key) = (lookup.clone(), issued.key());
        tokio::spawn(async move {
            let finds = (0..count).map(|_| lookup.find(key));
            futures::future::join_all(finds).await
        })
    };

    // Nobody reads the table while this transaction lasts.
    let gate = shut_gate(&service).await;
    let before = herd(200);
    eventually("the herd waits", || async { gate.waiting().await == 1 }).await;
    lookup.forget(issued.key()).await;
    // The tombstone would answer; this is about the flights, as with Redis away.
    forget_tombstone(&issued).await;
    let after = herd(200);
    eventually("the second herd waits", || async {
        gate.waiting().await == 2
    })
    .await;
    gate.open().await;

    for found in before
        .await
        .unwrap()
        .into_iter()
        .chain(after.await.unwrap())
    {
        let id = found.unwrap().map(|found| found.token.id);
        assert_eq!(id, Some(issued.token.id));
    }
}

#[tokio::test]
async fn no_look_up_that_begins_after_a_deletion_finds_the_token() {
    for redis in [redis_url(), nobody().await] {
        let service = Service::start_with(str::to_owned, &redis).await;
        for _ in 0..10 {
            let issued = service.issue().await;
            let busy = async {
                loop {
                    if service.authenticate(&issued).await.is_err() {
                        return;
                    }
                }
            };
            let deleted = async {
                service.authenticate(&issued).await.unwrap();
                service.delete(&issued).await.unwrap();
                for _ in 0..20 {
                    refused(
                        service.authenticate(&issued).await,
                        ErrorReason::TokenInvalid,
                    );
                }
            };
            tokio::join!(busy, deleted);
        }
    }
}

async fn forget_tombstone(issued: &Issued) {
    use redis::AsyncCommands;
    let () = crate::harness::redis()
        .await
        .del(issued.cache_key())
        .await
        .unwrap();
}

/// Keeps everybody from reading `tokens`, and counts who waits.
struct Gate {
    open: tokio::sync::oneshot::Sender<()>,
    closed: tokio::task::JoinHandle<()>,
    pool: storage::postgres::Pool,
}

async fn shut_gate(service: &Service) -> Gate {
    let mut connection = service.connection().await;
    let (open, opened) = tokio::sync::oneshot::channel::<()>();
    let (shut, is_shut) = tokio::sync::oneshot::channel();
    let closed = tokio::spawn(async move {
        connection
            .transaction(async |connection| {
                diesel::sql_query("LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE")
                    .execute(connection)
                    .await?;
                shut.send(()).unwrap();
                let _ = tokio::time::timeout(Duration::from_secs(20), opened).await;
                Ok::<(), diesel::result::Error>(())
            })
            .await
            .unwrap();
    });
    is_shut.await.unwrap();
    Gate {
        open,
        closed,
        pool: service.pool.clone(),
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Gate {
    async fn waiting(&self) -> i64 {
        let mut connection = storage::postgres::connect(&self.pool).await.unwrap();
        let count: Count = diesel::sql_query(
            "SELECT count(*) AS count FROM pg_locks WHERE relation = 'tokens'::regclass AND NOT granted",
        )
        .get_result(&mut connection)
        .await
        .unwrap();
        count.count
    }

    async fn open(self) {
        self.open.send(()).unwrap();
        self.closed.await.unwrap();
    }
}
