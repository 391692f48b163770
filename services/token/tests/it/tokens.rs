//! Creating, reading, listing and deleting; validation; the change log.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use proto::protocol::v1::change_log_service_client::ChangeLogServiceClient;
use proto::protocol::v1::{Actor, ErrorReason, ListChangesRequest};
use proto::token::v1::{
    CreateTokenRequest, DeleteTokenRequest, GetTokenRequest, ListTokensRequest, TokenKind,
};
use secrecy::ExposeSecret;

use crate::harness::{ACCOUNT, Issued, Service, creation, operator, refused};

#[tokio::test]
async fn a_token_is_created_read_and_deleted() {
    let service = Service::start().await;
    let issued = service.issue().await;
    assert_eq!(issued.token.account_id, ACCOUNT);
    assert_eq!(issued.token.name, "Okta");
    assert_eq!(issued.token.kind(), TokenKind::Scim);
    assert!(issued.token.id > 0 && issued.token.create_time.is_some());
    assert_eq!(
        (issued.token.last_use_time, issued.token.expire_time),
        (None, None)
    );
    assert!(token::secret::is_well_formed(issued.secret.expose_secret()));
    assert!(issued.secret.expose_secret().starts_with("mst_scim_"));

    let mut client = service.client.clone();
    let get = GetTokenRequest {
        account_id: ACCOUNT,
        id: issued.token.id,
        kind: TokenKind::Scim.into(),
    };
    assert_eq!(
        client.get_token(get).await.unwrap().into_inner(),
        issued.token
    );

    service.delete(&issued).await.unwrap();
    refused(client.get_token(get).await, ErrorReason::ResourceNotFound);
    refused(service.delete(&issued).await, ErrorReason::ResourceNotFound);
}

/// R-AUTH-06: said of the token wherever it is shown, whether Postgres or the cache is asked.
#[tokio::test]
async fn a_token_may_be_for_reading_alone() {
    let service = Service::start().await;
    let mut client = service.client.clone();
    for read_only in [true, false] {
        let request = CreateTokenRequest {
            read_only,
            ..creation(ACCOUNT, "Auditor")
        };
        let created = client.create_token(request).await.unwrap().into_inner();
        let token = created.token.unwrap();
        assert_eq!(token.read_only, read_only);
        let issued = Issued {
            token: token.clone(),
            secret: created.secret.into(),
        };
        for _ in 0..3 {
            let found = service.authenticate(&issued).await.unwrap();
            assert_eq!(found.read_only, read_only);
        }
        let get = GetTokenRequest {
            account_id: ACCOUNT,
            id: token.id,
            kind: TokenKind::Scim.into(),
        };
        assert_eq!(client.get_token(get).await.unwrap().into_inner(), token);
    }
}

#[tokio::test]
async fn another_accounts_or_kinds_token_is_not_found() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let mut client = service.client.clone();
    for (account_id, kind) in [
        (ACCOUNT + 1, TokenKind::Scim),
        (ACCOUNT, TokenKind::Admin),
        (0, TokenKind::Scim),
    ] {
        let id = issued.token.id;
        let get = GetTokenRequest {
            account_id,
            id,
            kind: kind.into(),
        };
        refused(client.get_token(get).await, ErrorReason::ResourceNotFound);
        let delete = DeleteTokenRequest {
            account_id,
            id,
            kind: kind.into(),
            actor: Some(operator()),
            confirm: false,
        };
        refused(
            client.delete_token(delete).await,
            ErrorReason::ResourceNotFound,
        );
    }
    service.authenticate(&issued).await.unwrap();
}

#[tokio::test]
async fn tokens_are_listed_by_id_and_page() {
    let service = Service::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let issued = service
            .issue_for(ACCOUNT, TokenKind::Scim, &format!("t{number}"))
            .await;
        ids.push(issued.token.id);
    }
    service.issue_for(ACCOUNT, TokenKind::Admin, "admin").await;
    service
        .issue_for(ACCOUNT + 1, TokenKind::Scim, "other")
        .await;

    for (skip, page_size, expected) in [
        (0, 0, &ids[..]),
        (0, 2, &ids[..2]),
        (4, 2, &ids[4..]),
        (9, 2, &[]),
        (0, i32::MAX, &ids[..]),
    ] {
        let request = ListTokensRequest {
            account_id: ACCOUNT,
            kind: TokenKind::Scim.into(),
            skip,
            page_size,
        };
        let page = service
            .client
            .clone()
            .list_tokens(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(page.total_size, 5);
        assert_eq!(
            page.tokens.iter().map(|token| token.id).collect::<Vec<_>>(),
            expected
        );
    }
    for (skip, page_size) in [(-1, 0), (0, -1)] {
        let request = ListTokensRequest {
            account_id: ACCOUNT,
            kind: TokenKind::Scim.into(),
            skip,
            page_size,
        };
        refused(
            service.client.clone().list_tokens(request).await,
            ErrorReason::InvalidValue,
        );
    }
}

fn at(seconds: i64, nanos: i32) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos })
}

#[tokio::test]
async fn a_bad_creation_is_refused_and_leaves_nothing() {
    let service = Service::start().await;
    let changed = |change: fn(&mut CreateTokenRequest)| {
        let mut request = creation(ACCOUNT, "ok");
        change(&mut request);
        request
    };
    let bad = [
        changed(|request| request.account_id = 0),
        changed(|request| request.account_id = -1),
        changed(|request| request.kind = 0),
        changed(|request| request.kind = 99),
        changed(|request| request.name = String::new()),
        changed(|request| request.name = " \t".to_owned()),
        changed(|request| request.name = "a\0b".to_owned()),
        changed(|request| request.name = "a\r\nb".to_owned()),
        changed(|request| request.name = "a\u{1b}[31mb".to_owned()),
        changed(|request| request.name = "a\u{202e}b".to_owned()),
        changed(|request| request.name = "a\u{2028}b".to_owned()),
        changed(|request| request.name = "a\u{2029}b".to_owned()),
        changed(|request| request.name = "é".repeat(256)),
        changed(|request| request.actor = None),
        changed(|request| request.actor = Some(Actor::default())),
        changed(|request| request.expire_time = at(1_000_000_000, 0)),
        changed(|request| request.expire_time = at(i64::MAX, 0)),
        changed(|request| request.expire_time = at(i64::MIN, 0)),
        changed(|request| request.expire_time = at(4_000_000_000, -1)),
        changed(|request| request.expire_time = at(4_000_000_000, i32::MAX)),
        changed(|request| {
            request.expire_time = at(4_000_000_000, 0);
            request.never_expires = true;
        }),
    ];
    for request in bad {
        let shown = format!("{request:?}");
        let result = service.client.clone().create_token(request).await;
        assert!(result.is_err(), "{shown}");
        refused(result, ErrorReason::InvalidValue);
    }
    assert_eq!(service.sql("DELETE FROM tokens").await, 0);
    assert_eq!(service.sql("DELETE FROM changes").await, 0);
}

#[tokio::test]
async fn long_names_and_expiries_are_kept() {
    let service = Service::start().await;
    let name = "é".repeat(255);
    assert_eq!(
        service
            .issue_for(ACCOUNT, TokenKind::Scim, &name)
            .await
            .token
            .name,
        name
    );
    let mut request = creation(ACCOUNT, "ok");
    request.expire_time = at(4_000_000_000, 123_456_789);
    let response = service
        .client
        .clone()
        .create_token(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        response.token.unwrap().expire_time,
        at(4_000_000_000, 123_000_000)
    );
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A4: by the kind of token, with who, from where, and no value.
#[tokio::test]
async fn creation_and_deletion_are_in_the_change_log() {
    let service = Service::start().await;
    let mut expected = Vec::new();
    for (kind, word) in [(TokenKind::Scim, "scim"), (TokenKind::Admin, "admin")] {
        let issued = service.issue_for(ACCOUNT, kind, "Okta").await;
        service.delete(&issued).await.unwrap();
        let id = issued.token.id.to_string();
        expected.insert(0, (format!("{word}_token.created"), id.clone()));
        expected.insert(0, (format!("{word}_token.deleted"), id));
    }
    service
        .issue_for(ACCOUNT + 1, TokenKind::Scim, "other")
        .await;
    let mut log = ChangeLogServiceClient::connect(service.running.url())
        .await
        .unwrap();
    let request = ListChangesRequest {
        account_id: ACCOUNT,
        ..ListChangesRequest::default()
    };
    let page = log.list_changes(request).await.unwrap().into_inner();
    let changes = page.changes.iter();
    let found: Vec<_> = changes
        .map(|change| (change.kind.clone(), change.resource_id.clone()))
        .collect();
    assert_eq!(found, expected);
    for change in page.changes {
        assert_eq!(change.actor, Some(operator()));
        assert_eq!(change.changed_attributes, Vec::<String>::new());
        assert_eq!(change.resource_name, "Okta", "{}", change.kind);
    }
}

#[tokio::test]
async fn the_secret_is_nowhere_in_the_database() {
    let service = Service::start().await;
    let issued = service.issue().await;
    let secret = issued.secret.expose_secret();
    let found: Vec<Row> = diesel::sql_query(
        "SELECT t.*::text AS line FROM tokens t UNION ALL SELECT c.*::text AS line FROM changes c",
    )
    .load(&mut service.connection().await)
    .await
    .unwrap();
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|row| !row.line.contains(secret) && !row.line.contains(&secret[9..]))
    );
}
