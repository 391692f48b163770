//! What stands in Redis, and that nothing wrong in it is believed.

use proto::protocol::v1::ErrorReason;
use redis::AsyncCommands;
use secrecy::ExposeSecret;

use crate::harness::{ACCOUNT, Issued, Service, eventually, redis, refused};

async fn filled(issued: &Issued) -> String {
    let redis = redis().await;
    eventually("the cache is filled", || {
        let (mut redis, key) = (redis.clone(), issued.cache_key());
        async move { redis.exists(key).await.unwrap() }
    })
    .await;
    redis.clone().get(issued.cache_key()).await.unwrap()
}

#[tokio::test]
async fn a_live_token_is_cached_for_five_seconds_without_its_secret() {
    let service = Service::start().await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();
    let value = filled(&issued).await;
    assert!(!value.contains(issued.secret.expose_secret()));
    let left: i64 = redis().await.pttl(issued.cache_key()).await.unwrap();
    assert!((1..=5000).contains(&left), "{left}");
    // From here on the answer comes from Redis.
    service.sql("UPDATE tokens SET name = 'renamed'").await;
    assert_eq!(service.authenticate(&issued).await.unwrap().name, "Okta");
}

#[tokio::test]
async fn an_unknown_secret_is_remembered_for_a_second() {
    let service = Service::start().await;
    let issued = service.issue().await;
    service.sql("DELETE FROM tokens").await;
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
    assert_eq!(filled(&issued).await, r#"{"state":"unknown"}"#);
    let left: i64 = redis().await.pttl(issued.cache_key()).await.unwrap();
    assert!((1..=1000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_poisoned_value_is_ignored() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let other = service
        .issue_for(ACCOUNT, issued.token.kind(), "other")
        .await;
    service.authenticate(&other).await.unwrap();
    let foreign = filled(&other).await;
    let mut redis = redis().await;
    for poison in [
        "",
        "null",
        "{}",
        "[[[[",
        "\u{0}",
        r#"{"state":"live","id":1}"#,
        foreign.as_str(),
    ] {
        let () = redis.set_ex(issued.cache_key(), poison, 60).await.unwrap();
        assert_eq!(service.authenticate(&issued).await.unwrap(), issued.token);
    }
    let () = redis.del(issued.cache_key()).await.unwrap();
    let () = redis.rpush(issued.cache_key(), "a list").await.unwrap();
    assert_eq!(service.authenticate(&issued).await.unwrap(), issued.token);
    // Nor does it stand in the way of a deletion, or make Redis seem broken.
    service.delete(&issued).await.unwrap();
    let value: String = redis.get(issued.cache_key()).await.unwrap();
    assert_eq!(value, r#"{"state":"deleted"}"#);
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}
