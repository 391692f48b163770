//! Redis or Postgres away.

use std::time::{Duration, Instant};

use proto::protocol::v1::ErrorReason;
use proto::token::v1::TokenKind;
use redis::AsyncCommands;

use crate::harness::{ACCOUNT, Service, creation, eventually, nobody, redis, redis_url, refused};
use crate::proxy::{Mode, Proxy, authority};

async fn redis_proxy() -> Proxy {
    Proxy::start(authority(&redis_url()).to_owned()).await
}

#[tokio::test]
async fn without_redis_everything_works() {
    let service = Service::start_with(str::to_owned, &nobody().await).await;
    let issued = service.issue().await;
    let began = Instant::now();
    for _ in 0..200 {
        assert_eq!(service.authenticate(&issued).await.unwrap(), issued.token);
        refused(
            service
                .present(ACCOUNT, TokenKind::Admin, &issued.secret)
                .await,
            ErrorReason::TokenInvalid,
        );
    }
    // Were the time-out paid for each request, this would take two minutes.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    service.delete(&issued).await.unwrap();
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}

#[tokio::test]
async fn a_frozen_redis_costs_one_wait_and_comes_back_by_itself() {
    let proxy = redis_proxy().await;
    let service = Service::start_with(str::to_owned, &proxy.in_front_of(&redis_url())).await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();

    proxy.set(Mode::Freeze);
    let began = Instant::now();
    service.authenticate(&issued).await.unwrap();
    assert!(
        began.elapsed() < Duration::from_millis(900),
        "{:?}",
        began.elapsed()
    );
    let began = Instant::now();
    for _ in 0..50 {
        service.authenticate(&issued).await.unwrap();
    }
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );

    // Deleted while Redis is away, with the token still in the cache: refused at once all the same.
    let deleted = service.issue().await;
    let mut redis = redis().await;
    let began = Instant::now();
    service.delete(&deleted).await.unwrap();
    assert!(
        began.elapsed() < Duration::from_millis(900),
        "{:?}",
        began.elapsed()
    );
    refused(
        service.authenticate(&deleted).await,
        ErrorReason::TokenInvalid,
    );

    proxy.set(Mode::Pass);
    eventually("the tombstone is written", || deleted.is_buried()).await;
    let () = redis.del(issued.cache_key()).await.unwrap();
    eventually("the cache is used again", || {
        let (mut redis, key) = (redis.clone(), issued.cache_key());
        let service = &service;
        let issued = &issued;
        async move {
            service.authenticate(issued).await.unwrap();
            redis.exists(key).await.unwrap()
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_deleted_while_redis_is_away_is_not_believed_when_it_comes_back() {
    let proxy = redis_proxy().await;
    let service = Service::start_with(str::to_owned, &proxy.in_front_of(&redis_url())).await;
    for mode in [Mode::Freeze, Mode::Refuse] {
        let issued = service.issue().await;
        let mut redis = redis().await;
        eventually("the cache is warm", || {
            let (mut redis, key) = (redis.clone(), issued.cache_key());
            let service = &service;
            let issued = &issued;
            async move {
                service.authenticate(issued).await.unwrap();
                redis.exists(key).await.unwrap()
            }
        })
        .await;
        // So that it outlives the outage, as no entry of ours would.
        let () = redis.persist(issued.cache_key()).await.unwrap();
        proxy.set(mode);
        service.delete(&issued).await.unwrap();
        refused(
            service.authenticate(&issued).await,
            ErrorReason::TokenInvalid,
        );
        proxy.set(Mode::Pass);
        eventually("the tombstone is written", || {
            let service = &service;
            let issued = &issued;
            async move {
                refused(
                    service.authenticate(issued).await,
                    ErrorReason::TokenInvalid,
                );
                issued.is_buried().await
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_flushed_redis_is_filled_again() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let mut redis = redis().await;
    for _ in 0..5 {
        service.authenticate(&issued).await.unwrap();
        // As a flush does to this key; the Redis is shared with other tests.
        let () = redis.del(issued.cache_key()).await.unwrap();
    }
}

#[tokio::test]
async fn without_postgres_nothing_is_called_invalid() {
    let target = std::env::var("TEST_DATABASE_URL").unwrap();
    let proxy = Proxy::start(authority(&target).to_owned()).await;
    let service = Service::start_with(|url| proxy.in_front_of(url), &nobody().await).await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();

    proxy.set(Mode::Refuse);
    let mut client = service.client.clone();
    refused(
        service.authenticate(&issued).await,
        ErrorReason::DependencyUnavailable,
    );
    refused(
        service
            .present(ACCOUNT, TokenKind::Scim, &"mst_scim_guess".into())
            .await,
        ErrorReason::DependencyUnavailable,
    );
    refused(
        client.create_token(creation(ACCOUNT, "x")).await,
        ErrorReason::DependencyUnavailable,
    );
    refused(
        service.delete(&issued).await,
        ErrorReason::DependencyUnavailable,
    );

    proxy.set(Mode::Pass);
    eventually("it recovers by itself", || async {
        service.authenticate(&issued).await.is_ok()
    })
    .await;
}
