//! Sessions of the console: they end with the sign-out, with their token, with time.

use proto::protocol::v1::change_log_service_client::ChangeLogServiceClient;
use proto::protocol::v1::{Actor, ErrorReason, ListChangesRequest, actor};
use proto::token::v1::session_service_client::SessionServiceClient;
use proto::token::v1::{
    AuthenticateSessionRequest, CreateSessionRequest, EndSessionRequest, EndSessionsRequest, Token,
    TokenKind,
};
use tonic::Status;
use tonic::transport::Channel;

use crate::harness::{ACCOUNT, Issued, Service, operator, refused};

/// The hashes of two secrets.
const ONE: [u8; 32] = [1; 32];
const TWO: [u8; 32] = [2; 32];

struct Console {
    service: Service,
    client: SessionServiceClient<Channel>,
}

impl Console {
    async fn start() -> Console {
        let service = Service::start().await;
        let client = SessionServiceClient::connect(service.running.url());
        Console {
            client: client.await.unwrap(),
            service,
        }
    }

    async fn admin(&self) -> Issued {
        let kind = TokenKind::Admin;
        self.service.issue_for(ACCOUNT, kind, "Ann").await
    }

    async fn sign_in(&self, issued: &Issued, secret: [u8; 32]) -> Result<(), Status> {
        let request = CreateSessionRequest {
            account_id: issued.token.account_id,
            token_id: issued.token.id,
            secret_sha256: secret.to_vec(),
            actor: Some(ann()),
        };
        let created = self.client.clone().create_session(request).await;
        created.map(drop)
    }

    async fn visit(&self, secret: [u8; 32]) -> Result<Token, Status> {
        self.visit_of(ACCOUNT, secret).await
    }

    async fn visit_of(&self, account_id: i64, secret: [u8; 32]) -> Result<Token, Status> {
        let request = AuthenticateSessionRequest {
            account_id,
            secret_sha256: secret.to_vec(),
        };
        let found = self.client.clone().authenticate_session(request).await;
        Ok(found?.into_inner())
    }

    async fn sign_out(&self, secret: [u8; 32]) -> Result<(), Status> {
        let request = EndSessionRequest {
            account_id: ACCOUNT,
            secret_sha256: secret.to_vec(),
            actor: Some(Actor {
                id: String::new(),
                name: String::new(),
                ..ann()
            }),
        };
        let ended = self.client.clone().end_session(request).await;
        ended.map(drop)
    }

    async fn sign_out_everywhere(&self, token_id: i64) -> Result<i64, Status> {
        let request = EndSessionsRequest {
            account_id: ACCOUNT,
            token_id,
            actor: Some(operator()),
        };
        let ended = self.client.clone().end_sessions(request).await;
        Ok(ended?.into_inner().ended)
    }

    async fn ended(&self, secret: [u8; 32]) {
        refused(self.visit(secret).await, ErrorReason::TokenInvalid);
    }
}

fn ann() -> Actor {
    Actor {
        kind: actor::Kind::AdminToken.into(),
        id: "1".to_owned(),
        name: "Ann".to_owned(),
        request_id: "req-2".to_owned(),
        ip_address: "192.0.2.9".to_owned(),
    }
}

#[tokio::test]
async fn a_session_opens_what_its_token_opens_until_the_sign_out() {
    let console = Console::start().await;
    let issued = console.admin().await;
    console.sign_in(&issued, ONE).await.unwrap();
    console.sign_in(&issued, TWO).await.unwrap();
    refused(
        console.sign_in(&issued, ONE).await,
        ErrorReason::InvalidValue,
    );
    for secret in [ONE, TWO] {
        assert_eq!(console.visit(secret).await.unwrap(), issued.token);
    }
    refused(
        console.visit_of(ACCOUNT + 1, ONE).await,
        ErrorReason::TokenInvalid,
    );
    console.ended([3; 32]).await;
    // Again is no fault, and the other session goes on.
    for _ in 0..2 {
        console.sign_out(ONE).await.unwrap();
        console.ended(ONE).await;
    }
    console.visit(TWO).await.unwrap();
    // Nor is its secret a token's.
    refused(
        console
            .service
            .present(ACCOUNT, TokenKind::Admin, &"x".into())
            .await,
        ErrorReason::TokenInvalid,
    );
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_sessions_of_one_token() {
    let console = Console::start().await;
    let (one, other) = (console.admin().await, console.admin().await);
    console.sign_in(&one, ONE).await.unwrap();
    console.sign_in(&one, [4; 32]).await.unwrap();
    console.sign_in(&other, TWO).await.unwrap();
    assert_eq!(console.sign_out_everywhere(one.token.id).await.unwrap(), 2);
    assert_eq!(console.sign_out_everywhere(one.token.id).await.unwrap(), 0);
    for secret in [ONE, [4; 32]] {
        console.ended(secret).await;
    }
    console.visit(TWO).await.unwrap();
    let scim = console.service.issue().await;
    for unknown in [0, other.token.id + 100, scim.token.id] {
        refused(
            console.sign_out_everywhere(unknown).await,
            ErrorReason::ResourceNotFound,
        );
    }
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let console = Console::start().await;
    let issued = console.admin().await;
    console.sign_in(&issued, ONE).await.unwrap();
    console.visit(ONE).await.unwrap();
    console.service.delete(&issued).await.unwrap();
    console.ended(ONE).await;
    assert_eq!(console.service.sql("DELETE FROM sessions").await, 0);

    let issued = console.admin().await;
    console.sign_in(&issued, ONE).await.unwrap();
    let expire = "UPDATE tokens SET expires_at = now() - interval '1 millisecond'";
    console.service.sql(expire).await;
    console.ended(ONE).await;
    refused(
        console.sign_in(&issued, TWO).await,
        ErrorReason::TokenInvalid,
    );
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_or_half_an_hour_without_a_request() {
    let console = Console::start().await;
    let issued = console.admin().await;
    for (age, is_good) in [
        ("last_used_at = now() - interval '29 minutes'", true),
        ("last_used_at = now() - interval '30 minutes'", false),
        ("created_at = now() - interval '479 minutes'", true),
        ("created_at = now() - interval '8 hours'", false),
    ] {
        console.service.sql("DELETE FROM sessions").await;
        console.sign_in(&issued, ONE).await.unwrap();
        let statement = format!("UPDATE sessions SET {age}");
        assert_eq!(console.service.sql(&statement).await, 1);
        assert_eq!(console.visit(ONE).await.is_ok(), is_good, "{age}");
    }
    // The one that was over goes with the next sign-in.
    console.sign_in(&issued, TWO).await.unwrap();
    assert_eq!(console.service.sql("DELETE FROM sessions").await, 1);
}

/// Each use counts from then on, and writes once a minute at most.
#[tokio::test]
async fn a_session_in_use_does_not_idle() {
    let console = Console::start().await;
    let issued = console.admin().await;
    console.sign_in(&issued, ONE).await.unwrap();
    let lately = "SELECT 1 FROM sessions WHERE last_used_at > now() - interval '10 seconds'";
    for (ago, is_written) in [("50 seconds", false), ("61 seconds", true)] {
        let age = format!("UPDATE sessions SET last_used_at = now() - interval '{ago}'");
        console.service.sql(&age).await;
        console.visit(ONE).await.unwrap();
        let found = console.service.sql(lately).await;
        assert_eq!(found == 1, is_written, "{ago}");
    }
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let console = Console::start().await;
    let issued = console.admin().await;
    let scim = console.service.issue().await;
    refused(console.sign_in(&scim, ONE).await, ErrorReason::TokenInvalid);
    let request = CreateSessionRequest {
        account_id: ACCOUNT,
        token_id: issued.token.id,
        secret_sha256: ONE.to_vec(),
        actor: Some(ann()),
    };
    for bad in [
        CreateSessionRequest {
            secret_sha256: vec![1; 31],
            ..request.clone()
        },
        CreateSessionRequest {
            actor: None,
            ..request.clone()
        },
    ] {
        let result = console.client.clone().create_session(bad).await;
        refused(result, ErrorReason::InvalidValue);
    }
    for (account_id, token_id) in [(ACCOUNT + 1, issued.token.id), (ACCOUNT, 0)] {
        let bad = CreateSessionRequest {
            account_id,
            token_id,
            ..request.clone()
        };
        let result = console.client.clone().create_session(bad).await;
        refused(result, ErrorReason::TokenInvalid);
    }
    let short = AuthenticateSessionRequest {
        account_id: ACCOUNT,
        secret_sha256: vec![1; 33],
    };
    let result = console.client.clone().authenticate_session(short).await;
    refused(result, ErrorReason::InvalidValue);
    assert_eq!(console.service.sql("DELETE FROM sessions").await, 0);
}

/// Whoever signs out is the token of the session, whatever the request says.
#[tokio::test]
async fn signing_in_and_out_is_in_the_change_log() {
    let console = Console::start().await;
    let issued = console.admin().await;
    for secret in [ONE, TWO] {
        console.sign_in(&issued, secret).await.unwrap();
    }
    console.sign_out(ONE).await.unwrap();
    console.sign_out(ONE).await.unwrap();
    console.sign_out_everywhere(issued.token.id).await.unwrap();
    let url = console.service.running.url();
    let mut log = ChangeLogServiceClient::connect(url).await.unwrap();
    let request = ListChangesRequest {
        account_id: ACCOUNT,
        ..ListChangesRequest::default()
    };
    let page = log.list_changes(request).await.unwrap().into_inner();
    let kinds: Vec<&str> = page.changes.iter().map(|change| &*change.kind).collect();
    assert_eq!(
        kinds,
        [
            "console_sessions.ended",
            "console_session.ended",
            "console_session.created",
            "console_session.created",
            "admin_token.created",
        ]
    );
    let id = issued.token.id.to_string();
    assert!(page.changes.iter().all(|change| change.resource_id == id));
    let mut names = page.changes.iter().map(|change| &*change.resource_name);
    assert!(names.all(|name| name == "Ann"));
    let ended = page.changes[1].actor.clone().unwrap();
    assert_eq!((&*ended.id, &*ended.name), (&*id, "Ann"));
    assert_eq!(
        (&*ended.request_id, &*ended.ip_address),
        ("req-2", "192.0.2.9")
    );
}
