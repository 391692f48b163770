//! Whose a presented secret is.

use proto::protocol::v1::ErrorReason;
use proto::token::v1::{AuthenticateTokenRequest, TokenKind};
use redis::AsyncCommands;

use crate::harness::{ACCOUNT, Service, eventually, redis, refused};

#[tokio::test]
async fn a_live_token_opens_its_own_account_and_kind_only() {
    let service = Service::start().await;
    let scim = service.issue().await;
    let admin = service
        .issue_for(ACCOUNT, TokenKind::Admin, "Terraform")
        .await;
    // Cold first, then from the cache.
    for _ in 0..2 {
        assert_eq!(service.authenticate(&scim).await.unwrap(), scim.token);
        assert_eq!(service.authenticate(&admin).await.unwrap(), admin.token);
        for (account_id, kind, issued) in [
            (ACCOUNT + 1, TokenKind::Scim, &scim),
            (ACCOUNT, TokenKind::Admin, &scim),
            (ACCOUNT, TokenKind::Scim, &admin),
            (0, TokenKind::Scim, &scim),
            (-ACCOUNT, TokenKind::Scim, &scim),
        ] {
            refused(
                service.present(account_id, kind, &issued.secret).await,
                ErrorReason::TokenInvalid,
            );
        }
        refused(
            service
                .present(ACCOUNT, TokenKind::Scim, &"mst_scim_guess".into())
                .await,
            ErrorReason::TokenInvalid,
        );
    }
}

#[tokio::test]
async fn a_malformed_question_is_the_callers_fault() {
    let service = Service::start().await;
    for (length, kind) in [(0, 1), (31, 1), (33, 1), (32, 0), (32, 7)] {
        let request = AuthenticateTokenRequest {
            account_id: ACCOUNT,
            secret_sha256: vec![1; length],
            kind,
        };
        refused(
            service.client.clone().authenticate_token(request).await,
            ErrorReason::InvalidValue,
        );
    }
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let service = Service::start().await;
    let issued = service.issue().await;
    service
        .sql("UPDATE tokens SET expires_at = now() - interval '1 millisecond'")
        .await;
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}

#[tokio::test]
async fn the_cache_does_not_outlive_the_expiry() {
    let service = Service::start().await;
    let issued = service.issue().await;
    service
        .sql("UPDATE tokens SET expires_at = now() + interval '2 seconds'")
        .await;
    let expiry = tokio::time::Instant::now() + std::time::Duration::from_secs(2);
    assert!(
        service
            .authenticate(&issued)
            .await
            .unwrap()
            .expire_time
            .is_some()
    );
    let mut redis = redis().await;
    eventually("the cache is filled", || {
        let mut redis = redis.clone();
        let key = issued.cache_key();
        async move { redis.exists(key).await.unwrap() }
    })
    .await;
    let left: i64 = redis.pttl(issued.cache_key()).await.unwrap();
    assert!((1..=2000).contains(&left), "{left}");
    tokio::time::sleep_until(expiry + std::time::Duration::from_millis(50)).await;
    refused(
        service.authenticate(&issued).await,
        ErrorReason::TokenInvalid,
    );
}
