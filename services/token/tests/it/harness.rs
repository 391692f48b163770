//! A service of its own for each test, and words for what tests do with it.

use std::time::Duration;

use diesel_async::RunQueryDsl;
use lease::Term;
use proto::protocol::v1::{Actor, ErrorReason, actor};
use proto::token::v1::token_service_client::TokenServiceClient;
use proto::token::v1::{
    AuthenticateTokenRequest, CreateTokenRequest, DeleteTokenRequest, Token, TokenKind,
};
use redis::AsyncCommands;
use secrecy::{ExposeSecret, SecretString};
use storage::postgres::{Connection, Pool};
use token::cache::Key;
use token::secret::Sha256;
use tonic::Status;
use tonic::transport::Channel;

pub(crate) const ACCOUNT: i64 = 71;

/// Short, since each deletion waits for it.
pub(crate) const TERM: Term = Term::new(Duration::from_millis(200));

/// That of all replicas.
pub(crate) const CACHE_KEY: &str = "a key of the cache, for tests alone";

pub(crate) struct Service {
    pub(crate) client: TokenServiceClient<Channel>,
    pub(crate) config: token::Config,
    pub(crate) pool: Pool,
    pub(crate) running: testkit::Running,
    // Last, so that it goes after those who use it.
    pub(crate) _database: testkit::Database,
}

/// A token and its secret.
pub(crate) struct Issued {
    pub(crate) token: Token,
    pub(crate) secret: SecretString,
}

impl Issued {
    pub(crate) fn key(&self) -> Key {
        Key {
            account_id: self.token.account_id,
            secret: Sha256::of(&self.secret),
        }
    }

    /// The key in Redis.
    pub(crate) fn cache_key(&self) -> String {
        format!(
            "token:v1:{}:{}",
            self.token.account_id,
            Sha256::of(&self.secret).to_hex()
        )
    }

    /// What stands there; empty: nothing.
    pub(crate) async fn cached(&self) -> Vec<u8> {
        let value: Option<Vec<u8>> = redis().await.get(self.cache_key()).await.unwrap();
        value.unwrap_or_default()
    }

    /// Whether its tombstone stands there, behind a MAC.
    pub(crate) async fn is_buried(&self) -> bool {
        self.cached().await.ends_with(br#"{"state":"deleted"}]"#)
    }
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::start_with(|url| url.to_owned(), &redis_url()).await
    }

    /// A service whose answers may be used for so long.
    pub(crate) async fn start_with_term(term: Term) -> Self {
        Self::launch(|url| url.to_owned(), &redis_url(), term).await
    }

    /// A service that reaches its database by the URL that `database` makes of the real one.
    pub(crate) async fn start_with(database: impl FnOnce(&str) -> String, redis: &str) -> Self {
        Self::launch(database, redis, TERM).await
    }

    async fn launch(database: impl FnOnce(&str) -> String, redis: &str, term: Term) -> Self {
        let own = testkit::Database::create(token::MIGRATIONS).await;
        let url = database(own.url().expose_secret());
        let config = token::Config {
            database: storage::postgres::Config {
                url: url.into(),
                max_connections: 4,
            },
            redis_url: redis.into(),
            cache_key: Some(CACHE_KEY.into()),
            cursor_key: None,
            lease: term,
        };
        let served = config.clone();
        let running =
            testkit::spawn(|listener, shutdown| token::serve(served, listener, shutdown)).await;
        let client = TokenServiceClient::connect(running.url()).await.unwrap();
        let direct = storage::postgres::Config {
            url: own.url(),
            max_connections: 4,
        };
        let pool = storage::postgres::pool(&direct).unwrap();
        Self {
            client,
            config,
            pool,
            running,
            _database: own,
        }
    }

    pub(crate) async fn connection(&self) -> Connection {
        storage::postgres::connect(&self.pool).await.unwrap()
    }

    /// Runs a statement past the service.
    pub(crate) async fn sql(&self, statement: &str) -> usize {
        diesel::sql_query(statement)
            .execute(&mut self.connection().await)
            .await
            .unwrap()
    }

    pub(crate) async fn issue(&self) -> Issued {
        self.issue_for(ACCOUNT, TokenKind::Scim, "Okta").await
    }

    pub(crate) async fn issue_for(&self, account_id: i64, kind: TokenKind, name: &str) -> Issued {
        let request = CreateTokenRequest {
            kind: kind.into(),
            ..creation(account_id, name)
        };
        let response = self
            .client
            .clone()
            .create_token(request)
            .await
            .unwrap()
            .into_inner();
        Issued {
            token: response.token.unwrap(),
            secret: response.secret.into(),
        }
    }

    /// Presents a token to its own account and kind.
    pub(crate) async fn authenticate(&self, issued: &Issued) -> Result<Token, Status> {
        self.present(issued.token.account_id, issued.token.kind(), &issued.secret)
            .await
    }

    pub(crate) async fn present(
        &self,
        account_id: i64,
        kind: TokenKind,
        secret: &SecretString,
    ) -> Result<Token, Status> {
        let request = AuthenticateTokenRequest {
            account_id,
            secret_sha256: Sha256::of(secret).as_bytes().to_vec(),
            kind: kind.into(),
        };
        let answer = self.client.clone().authenticate_token(request).await?;
        // As `GetToken` would answer.
        Ok(Token {
            lease: None,
            ..answer.into_inner()
        })
    }

    pub(crate) async fn delete(&self, issued: &Issued) -> Result<(), Status> {
        let request = DeleteTokenRequest {
            account_id: issued.token.account_id,
            id: issued.token.id,
            kind: issued.token.kind,
            actor: Some(operator()),
            confirm: true,
        };
        self.client.clone().delete_token(request).await?;
        Ok(())
    }
}

pub(crate) fn creation(account_id: i64, name: &str) -> CreateTokenRequest {
    CreateTokenRequest {
        account_id,
        kind: TokenKind::Scim.into(),
        name: name.to_owned(),
        expire_time: None,
        actor: Some(operator()),
        read_only: false,
        never_expires: false,
    }
}

pub(crate) fn operator() -> Actor {
    Actor {
        kind: actor::Kind::Operator.into(),
        id: "op-1".to_owned(),
        name: "Operator".to_owned(),
        request_id: "req-1".to_owned(),
        ip_address: "192.0.2.7".to_owned(),
    }
}

pub(crate) fn redis_url() -> String {
    testkit::redis_url().expose_secret().to_owned()
}

/// A port where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("redis://{}", listener.local_addr().unwrap())
}

pub(crate) async fn redis() -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(redis_url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

#[track_caller]
pub(crate) fn refused<T>(result: Result<T, Status>, reason: ErrorReason) {
    let Err(status) = result else {
        panic!("not refused")
    };
    assert_eq!(proto::error::reason(&status), Some(reason), "{status:?}");
}

/// Waits until something holds, for at most 15 s.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let mut ticks = tokio::time::interval(Duration::from_millis(25));
    let waiting = async {
        while !holds().await {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
