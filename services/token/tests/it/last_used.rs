//! When a token was last used.

use std::time::Duration;

use proto::token::v1::GetTokenRequest;
use token::tokens::{Use, update_last_used};

use crate::harness::{Issued, Service, eventually};

async fn last_use(service: &Service, issued: &Issued) -> Option<prost_types::Timestamp> {
    let request = GetTokenRequest {
        account_id: issued.token.account_id,
        id: issued.token.id,
        kind: issued.token.kind,
    };
    service
        .client
        .clone()
        .get_token(request)
        .await
        .unwrap()
        .into_inner()
        .last_use_time
}

#[tokio::test]
async fn a_use_shows_soon_and_only_on_the_token_used() {
    let service = Service::start().await;
    let (used, idle) = (service.issue().await, service.issue().await);
    service.authenticate(&used).await.unwrap();
    eventually("the use shows", || async {
        last_use(&service, &used).await.is_some()
    })
    .await;
    assert_eq!(last_use(&service, &idle).await, None);
}

#[tokio::test]
async fn a_refused_token_is_not_used() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let wrong = proto::token::v1::TokenKind::Admin;
    service
        .present(issued.token.account_id, wrong, &issued.secret)
        .await
        .unwrap_err();
    let pool = service.pool.clone();
    let Service {
        running, _database, ..
    } = service;
    running.stop().await.unwrap();
    assert_eq!(stored(&pool, &issued).await, None);
}

#[tokio::test]
async fn a_graceful_stop_writes_what_is_left() {
    let service = Service::start().await;
    let issued = service.issue().await;
    service.authenticate(&issued).await.unwrap();
    let pool = service.pool.clone();
    let Service {
        running, _database, ..
    } = service;
    running.stop().await.unwrap();
    assert!(stored(&pool, &issued).await.is_some());
}

#[tokio::test]
async fn a_token_is_written_once_a_minute_at_most_by_all_replicas_together() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let account_id = issued.token.account_id;
    let uses = |ago| {
        [Use {
            account_id,
            id: issued.token.id,
            ago: Duration::from_millis(ago),
        }]
    };
    let mut connection = service.connection().await;
    assert_eq!(
        update_last_used(&mut connection, &uses(0)).await.unwrap(),
        1
    );
    assert_eq!(
        update_last_used(&mut connection, &uses(0)).await.unwrap(),
        0
    );
    service
        .sql("UPDATE tokens SET last_used_at = now() - interval '61 seconds'")
        .await;
    assert_eq!(
        update_last_used(&mut connection, &uses(10)).await.unwrap(),
        1
    );
    // Another account's token of the same number is another token.
    let foreign = [Use {
        account_id: account_id + 1,
        ..uses(0)[0]
    }];
    service.sql("UPDATE tokens SET last_used_at = NULL").await;
    assert_eq!(
        update_last_used(&mut connection, &foreign).await.unwrap(),
        0
    );
    assert_eq!(update_last_used(&mut connection, &[]).await.unwrap(), 0);
}

/// The last use as the table has it.
async fn stored(
    pool: &storage::postgres::Pool,
    issued: &Issued,
) -> Option<chrono::DateTime<chrono::Utc>> {
    let mut connection = storage::postgres::connect(pool).await.unwrap();
    let kind = token::tokens::Kind::Scim;
    let found = token::tokens::find(
        &mut connection,
        issued.token.account_id,
        issued.token.id,
        kind,
    );
    found.await.unwrap().unwrap().last_used_at
}
