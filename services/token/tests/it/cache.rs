//! What stands in Redis, and that nothing wrong in it is believed.

use std::time::Duration;

use lease::Term;
use proto::protocol::v1::ErrorReason;
use proto::token::v1::TokenKind;
use redis::AsyncCommands;
use secrecy::{ExposeSecret, SecretString};
use token::cache::Cache;
use token::lookup::Lookup;

use crate::harness::{ACCOUNT, CACHE_KEY, Issued, Service, eventually, redis, redis_url, refused};

/// Long enough to see what is cached.
const SECOND: Term = Term::new(Duration::from_secs(1));

async fn filled(issued: &Issued) -> Vec<u8> {
    eventually("the cache is filled", || async {
        !issued.cached().await.is_empty()
    })
    .await;
    issued.cached().await
}

/// Writes a value under a token's key, past the service.
async fn plant(issued: &Issued, value: &[u8]) {
    let () = redis()
        .await
        .set_ex(issued.cache_key(), value, 60)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_live_token_is_cached_for_the_term_without_its_secret() {
    let service = Service::start_with_term(SECOND).await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();
    let value = String::from_utf8_lossy(&filled(&issued).await).into_owned();
    assert!(!value.contains(issued.secret.expose_secret()));
    let left: i64 = redis().await.pttl(issued.cache_key()).await.unwrap();
    assert!((1..=1000).contains(&left), "{left}");
    // From here on the answer comes from Redis.
    service.sql("UPDATE tokens SET name = 'renamed'").await;
    assert_eq!(service.authenticate(&issued).await.unwrap().name, "Okta");
}

#[tokio::test]
async fn an_unknown_secret_is_remembered_for_a_second() {
    let service = Service::start_with_term(SECOND).await;
    let issued = service.issue().await;
    service.sql("DELETE FROM tokens").await;
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
    let value = filled(&issued).await;
    assert!(value.ends_with(br#"{"state":"unknown"}]"#), "{value:?}");
    let left: i64 = redis().await.pttl(issued.cache_key()).await.unwrap();
    assert!((1..=1000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_poisoned_value_is_ignored() {
    let service = Service::start_with_term(SECOND).await;
    let issued = service.issue().await;
    let other = service
        .issue_for(ACCOUNT, issued.token.kind(), "other")
        .await;
    service.authenticate(&other).await.unwrap();
    let foreign = filled(&other).await;
    for poison in [
        b"".as_slice(),
        b"null",
        b"{}",
        b"[[[[",
        b"\0",
        br#"{"state":"live","id":1}"#,
        // What a false tombstone would say: it shuts nobody out.
        br#"{"state":"deleted"}"#,
        br#"{"state":"unknown"}"#,
        &foreign,
        &[&foreign[..32], br#"[9000000000000,{"state":"deleted"}]"#].concat(),
    ] {
        plant(&issued, poison).await;
        assert_eq!(service.authenticate(&issued).await.unwrap(), issued.token);
    }
    let mut redis = redis().await;
    let () = redis.del(issued.cache_key()).await.unwrap();
    let () = redis.rpush(issued.cache_key(), "a list").await.unwrap();
    assert_eq!(service.authenticate(&issued).await.unwrap(), issued.token);
    // Nor does it stand in the way of a deletion, or make Redis seem broken.
    service.delete(&issued).await.unwrap();
    assert!(issued.is_buried().await);
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}

/// Whoever writes to Redis makes no token, by any form that an entry ever had.
#[tokio::test]
async fn a_forged_token_opens_nothing() {
    let service = Service::start_with_term(SECOND).await;
    let secret = SecretString::from("whatever its maker likes");
    let hash = token::secret::Sha256::of(&secret).to_hex();
    let plain = format!(
        r#"{{"state":"live","account_id":{ACCOUNT},"secret_sha256":"{hash}","id":1,"kind":"admin","name":"x","created_at_ms":0,"expires_at_ms":null,"read_only":false}}"#
    );
    let json = r#"[9000000000000,{"state":"live","id":1,"kind":"admin","name":"x","created_at_ms":0,"expires_at_ms":null,"read_only":false}]"#;
    let issued = service.issue_for(ACCOUNT, TokenKind::Admin, "real").await;
    service.authenticate(&issued).await.unwrap();
    let real = filled(&issued).await;
    for value in [
        plain.into_bytes(),
        json.as_bytes().to_vec(),
        [&[0; 32], json.as_bytes()].concat(),
        // The MAC of a real one, before another text; and a real one under another key.
        [&real[..32], json.as_bytes()].concat(),
        real.clone(),
    ] {
        let () = redis()
            .await
            .set_ex(format!("token:v1:{ACCOUNT}:{hash}"), &value, 60)
            .await
            .unwrap();
        refused(
            service.present(ACCOUNT, TokenKind::Admin, &secret).await,
            ErrorReason::TokenInvalid,
        );
    }
}

#[tokio::test]
async fn what_stood_before_a_deletion_does_not_bring_the_token_back() {
    let service = Service::start_with_term(SECOND).await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();
    let live = filled(&issued).await;
    service.delete(&issued).await.unwrap();
    let mut redis = redis().await;
    for value in [&live[..], br#"{"state":"live"}"#] {
        plant(&issued, value).await;
        refused(
            service.authenticate(&issued).await,
            ErrorReason::TokenInvalid,
        );
    }
    let () = redis.del(issued.cache_key()).await.unwrap();
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}

/// The life of a value is in it, so that to keep it in Redis does not prolong it.
#[tokio::test]
async fn a_value_kept_in_redis_past_its_time_is_absent() {
    let service = Service::start_with_term(SECOND).await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();
    filled(&issued).await;
    let () = redis().await.persist(issued.cache_key()).await.unwrap();
    service.sql("UPDATE tokens SET name = 'renamed'").await;
    assert_eq!(service.authenticate(&issued).await.unwrap().name, "Okta");
    eventually("it is read from Postgres", || async {
        service.authenticate(&issued).await.unwrap().name == "renamed"
    })
    .await;
}

/// A replica with another key works too: to it, what others cached is absent.
#[tokio::test]
async fn a_replica_with_another_key_believes_nothing_of_the_others() {
    let service = Service::start_with_term(SECOND).await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();
    filled(&issued).await;
    let replica = |key: Option<SecretString>| {
        let client = storage::redis::Client::new(&redis_url().into()).unwrap();
        let cache = Cache::new(client, key.as_ref(), SECOND).unwrap();
        (
            cache.clone(),
            Lookup::new(service.pool.clone(), cache, SECOND),
        )
    };
    let (same, _) = replica(Some(CACHE_KEY.into()));
    assert!(same.get(&issued.key()).await.is_some());
    for key in [None, Some("another key of thirty-two characters".into())] {
        let (cache, lookup) = replica(key);
        assert_eq!(cache.get(&issued.key()).await, None);
        assert!(lookup.find(issued.key()).await.unwrap().is_some());
    }
    service.delete(&issued).await.unwrap();
    let (cache, lookup) = replica(None);
    assert_eq!(cache.get(&issued.key()).await, None);
    assert!(lookup.find(issued.key()).await.unwrap().is_none());
}
