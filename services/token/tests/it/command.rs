//! What an operator does on the command line.

use secrecy::SecretString;
use token::command::{
    DeleteToken, ListTokens, TokenArguments, create_token, delete_token, list_tokens,
};
use token::tokens::Kind;

use crate::harness::{ACCOUNT, Service, refused};
use proto::protocol::v1::ErrorReason;
use proto::token::v1::TokenKind;

fn named(name: &str) -> TokenArguments {
    TokenArguments {
        account_id: ACCOUNT,
        name: name.to_owned(),
        expires_in_days: None,
        never_expires: false,
        read_only: false,
    }
}

fn list(kind: Option<Kind>) -> ListTokens {
    ListTokens {
        account_id: ACCOUNT,
        kind,
    }
}

async fn create(service: &Service, kind: Kind, create: &TokenArguments) -> SecretString {
    let created = create_token(&service.config.database, kind, create).await;
    created.unwrap()
}

async fn lines(service: &Service, kind: Option<Kind>) -> Vec<Vec<String>> {
    let lines = list_tokens(&service.config.database, list(kind)).await;
    let lines = lines.unwrap().into_iter();
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

#[tokio::test]
async fn tokens_of_both_kinds_are_listed_without_their_secrets() {
    let service = Service::start().await;
    assert_eq!(lines(&service, None).await, Vec::<Vec<String>>::new());
    create(&service, Kind::Scim, &named("okta")).await;
    create(&service, Kind::Admin, &named("terraform")).await;
    let auditor = TokenArguments {
        never_expires: true,
        read_only: true,
        ..named("auditor")
    };
    create(&service, Kind::Admin, &auditor).await;
    let other = TokenArguments {
        account_id: ACCOUNT + 1,
        ..named("other")
    };
    create(&service, Kind::Admin, &other).await;
    let old = "UPDATE tokens SET name = E'okta\\r\\n9\\tadmin' WHERE name = 'okta'";
    service.sql(old).await;

    let found = lines(&service, None).await;
    let shown: Vec<_> = found
        .iter()
        .map(|line| [&*line[1], &*line[3], &*line[5], &*line[6]])
        .collect();
    assert_eq!(
        shown,
        [
            ["scim", "never", "writes", r"okta\u{d}\u{a}9\u{9}admin"],
            ["admin", "never", "writes", "terraform"],
            ["admin", "never", "reads", "auditor"],
        ]
    );
    assert!(found.iter().all(|line| line.len() == 7));
    assert_eq!((&*found[0][4], &*found[2][4]), ("never", "never"));
    assert!(found[1][4].ends_with('Z'), "{}", found[1][4]);
    assert_eq!(lines(&service, Some(Kind::Scim)).await.len(), 1);
    assert_eq!(lines(&service, Some(Kind::Admin)).await.len(), 2);
}

#[tokio::test]
async fn a_token_is_deleted_and_refused_at_once() {
    let service = Service::start().await;
    for kind in [Kind::Scim, Kind::Admin] {
        let secret = create(&service, kind, &named("leaked")).await;
        let wire = match kind {
            Kind::Scim => TokenKind::Scim,
            Kind::Admin => TokenKind::Admin,
        };
        let token = service.present(ACCOUNT, wire, &secret).await.unwrap();
        let delete = DeleteToken {
            account_id: ACCOUNT,
            id: token.id,
            kind,
            confirm: false,
        };
        if kind == Kind::Admin {
            let refusal = delete_token(&service.config, delete).await.unwrap_err();
            assert!(refusal.to_string().contains("confirm"), "{refusal}");
            service.present(ACCOUNT, wire, &secret).await.unwrap();
        }
        let confirmed = DeleteToken {
            confirm: true,
            ..delete
        };
        delete_token(&service.config, confirmed).await.unwrap();
        refused(
            service.present(ACCOUNT, wire, &secret).await,
            ErrorReason::TokenInvalid,
        );
        let gone = delete_token(&service.config, confirmed).await.unwrap_err();
        assert_eq!(gone.to_string(), "no such token");
    }
    assert_eq!(lines(&service, None).await.len(), 0);
}
