//! Admin tokens end by themselves, and the last of them is not deleted by mistake.

use proto::protocol::v1::ErrorReason;
use proto::token::v1::{CreateTokenRequest, DeleteTokenRequest, Token, TokenKind};
use tonic::Status;

use crate::harness::{ACCOUNT, Issued, Service, creation, operator, refused};

async fn create(service: &Service, request: CreateTokenRequest) -> Token {
    let created = service.client.clone().create_token(request).await.unwrap();
    created.into_inner().token.unwrap()
}

fn admin(name: &str) -> CreateTokenRequest {
    CreateTokenRequest {
        kind: TokenKind::Admin.into(),
        ..creation(ACCOUNT, name)
    }
}

async fn delete(service: &Service, token: &Token, confirm: bool) -> Result<(), Status> {
    let request = DeleteTokenRequest {
        account_id: token.account_id,
        id: token.id,
        kind: token.kind,
        actor: Some(operator()),
        confirm,
    };
    let deleted = service.client.clone().delete_token(request).await;
    deleted.map(drop)
}

#[tokio::test]
async fn an_admin_token_works_ninety_days_unless_its_maker_says_otherwise() {
    let service = Service::start().await;
    let ninety_days = 90 * 24 * 60 * 60;
    let token = create(&service, admin("by itself")).await;
    let (begin, end) = (token.create_time.unwrap(), token.expire_time.unwrap());
    let off = end.seconds - begin.seconds - ninety_days;
    assert!((-60..=60).contains(&off), "{off}");
    assert_eq!(end.nanos % 1_000_000, 0);

    let another = Some(prost_types::Timestamp {
        seconds: 4_000_000_000,
        nanos: 0,
    });
    let request = CreateTokenRequest {
        expire_time: another,
        ..admin("another")
    };
    assert_eq!(create(&service, request).await.expire_time, another);
    let request = CreateTokenRequest {
        never_expires: true,
        ..admin("none")
    };
    assert_eq!(create(&service, request).await.expire_time, None);
    // A SCIM token is the identity provider's, whose administrator may never look again.
    let scim = create(&service, creation(ACCOUNT, "Okta")).await;
    assert_eq!(scim.expire_time, None);
}

#[tokio::test]
async fn the_last_admin_token_goes_only_if_that_is_meant() {
    let service = Service::start().await;
    let one = create(&service, admin("one")).await;
    create(&service, creation(ACCOUNT, "Okta")).await;
    let foreign = CreateTokenRequest {
        account_id: ACCOUNT + 1,
        ..admin("of another account")
    };
    create(&service, foreign).await;
    let refusal = delete(&service, &one, false).await;
    let text = refusal.as_ref().unwrap_err().message().to_owned();
    assert!(text.contains("confirm"), "{text}");
    refused(refusal, ErrorReason::ConfirmationRequired);

    // One that reads only is no substitute for one that writes, nor is one that has expired.
    let reader = CreateTokenRequest {
        read_only: true,
        ..admin("auditor")
    };
    let reader = create(&service, reader).await;
    let old = create(&service, admin("old")).await;
    let expire = "UPDATE tokens SET expires_at = now() - interval '1 second' WHERE name = 'old'";
    service.sql(expire).await;
    refused(
        delete(&service, &one, false).await,
        ErrorReason::ConfirmationRequired,
    );
    // Those may go, and with another to write so may the first.
    delete(&service, &old, false).await.unwrap();
    let two = create(&service, admin("two")).await;
    delete(&service, &one, false).await.unwrap();
    delete(&service, &reader, false).await.unwrap();
    refused(
        delete(&service, &two, false).await,
        ErrorReason::ConfirmationRequired,
    );
    delete(&service, &two, true).await.unwrap();
    refused(
        delete(&service, &two, true).await,
        ErrorReason::ResourceNotFound,
    );
}

/// Of two that are each the other's substitute, one stays, whoever comes first.
#[tokio::test]
async fn two_deletions_at_once_leave_one() {
    let service = Service::start().await;
    for _ in 0..8 {
        let one = create(&service, admin("one")).await;
        let two = create(&service, admin("two")).await;
        let (first, second) =
            tokio::join!(delete(&service, &one, false), delete(&service, &two, false));
        assert!(first.is_ok() != second.is_ok());
        let left = if first.is_ok() { &two } else { &one };
        delete(&service, left, true).await.unwrap();
    }
}

/// Deleting SCIM tokens asks nothing: the identity provider's administrator sees at once that they are gone.
#[tokio::test]
async fn the_last_scim_token_may_go() {
    let service = Service::start().await;
    let issued: Issued = service.issue().await;
    delete(&service, &issued.token, false).await.unwrap();
}
