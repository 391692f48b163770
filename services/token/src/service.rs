//! The RPCs of `muster.token.v1.TokenService`.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use proto::protocol::v1::Actor;
use proto::request;
use proto::token::v1 as pb;
use proto::token::v1::token_service_server::TokenService;
use secrecy::{ExposeSecret, SecretString};
use storage::changes;
use storage::postgres::Pool;
use tokio::time::Instant;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::cache::Key;
use crate::error::Error;
use crate::last_used::LastUsed;
use crate::lookup::Lookup;
use crate::secret::{Sha256, generate};
use crate::tokens::{self, Kind, NewToken, Token};

mod sessions;

pub use sessions::Sessions;

/// How long an admin token works unless its maker says otherwise.
const ADMIN_LIFETIME: TimeDelta = TimeDelta::days(90);
const NAME_MAX: usize = 255;

/// The service.
pub struct Service {
    pool: Pool,
    lookup: Lookup,
    last_used: LastUsed,
}

impl Service {
    /// A service over this database.
    pub fn new(pool: Pool, lookup: Lookup, last_used: LastUsed) -> Self {
        Self {
            pool,
            lookup,
            last_used,
        }
    }
}

#[tonic::async_trait]
impl TokenService for Service {
    async fn authenticate_token(
        &self,
        request: Request<pb::AuthenticateTokenRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        let request = request.into_inner();
        let kind = kind(request.kind())?;
        let secret = secret(&request.secret_sha256)?;
        let found = self
            .lookup
            .find(Key {
                account_id: request.account_id,
                secret,
            })
            .await?
            .filter(|found| found.token.kind == kind)
            .ok_or(Error::TokenInvalid)?;
        self.last_used.touch(&found.token);
        let lease = found.lease.try_into().ok();
        Ok(Response::new(pb::Token {
            lease,
            ..to_pb(found.token)
        }))
    }

    async fn create_token(
        &self,
        request: Request<pb::CreateTokenRequest>,
    ) -> Result<Response<pb::CreateTokenResponse>, Status> {
        let request = request.into_inner();
        let (token, secret) = create(
            &self.pool,
            &Creation {
                account_id: request.account_id,
                kind: kind(request.kind())?,
                name: &request.name,
                expires_at: request.expire_time.as_ref().map(expiry).transpose()?,
                never_expires: request.never_expires,
                read_only: request.read_only,
            },
            &proto::actor::required(request.actor)?,
        )
        .await?;
        Ok(Response::new(pb::CreateTokenResponse {
            token: Some(to_pb(token)),
            secret: secret.expose_secret().to_owned(),
        }))
    }

    async fn get_token(
        &self,
        request: Request<pb::GetTokenRequest>,
    ) -> Result<Response<pb::Token>, Status> {
        let request = request.into_inner();
        let kind = kind(request.kind())?;
        let mut connection = storage::postgres::connect(&self.pool)
            .await
            .map_err(Error::from)?;
        let token = tokens::find(&mut connection, request.account_id, request.id, kind)
            .await
            .map_err(Error::from)?
            .ok_or(Error::NotFound)?;
        Ok(Response::new(to_pb(token)))
    }

    async fn list_tokens(
        &self,
        request: Request<pb::ListTokensRequest>,
    ) -> Result<Response<pb::ListTokensResponse>, Status> {
        let request = request.into_inner();
        let kind = kind(request.kind())?;
        let skip = request::skip(request.skip)?;
        let limit = request::page_size(request.page_size)?;
        let mut connection = storage::postgres::connect(&self.pool)
            .await
            .map_err(Error::from)?;
        let (page, total_size) =
            tokens::list(&mut connection, request.account_id, kind, skip, limit)
                .await
                .map_err(Error::from)?;
        Ok(Response::new(pb::ListTokensResponse {
            tokens: page.into_iter().map(to_pb).collect(),
            total_size,
        }))
    }

    async fn delete_token(
        &self,
        request: Request<pb::DeleteTokenRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let kind = kind(request.kind())?;
        let actor = proto::actor::required(request.actor)?;
        let deletion = Deletion {
            account_id: request.account_id,
            id: request.id,
            kind,
            confirm: request.confirm,
        };
        let (pool, lookup) = (self.pool.clone(), self.lookup.clone());
        // In a task of its own: a caller who goes away between the commit and the tombstone must not
        // leave a deleted token in the cache.
        let deletion = async move { delete(&pool, &lookup, &deletion, &actor).await };
        tokio::spawn(deletion.in_current_span())
            .await
            .unwrap_or(Err(Error::Internal("a deletion panicked")))?;
        Ok(Response::new(()))
    }
}

/// A token to be created.
pub struct Creation<'a> {
    /// The account.
    pub account_id: i64,
    /// The surface it is to open.
    pub kind: Kind,
    /// The name for people to read.
    pub name: &'a str,
    /// When it is to stop working; `None`: an admin token after 90 days, a SCIM token never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is never to stop working.
    pub never_expires: bool,
    /// Whether it is to open its surface for reading alone.
    pub read_only: bool,
}

/// Creates a token and returns it with its secret, which nobody can return again.
///
/// # Errors
/// [`Error::InvalidValue`] for the name, the account or the expiry; a fault of the database.
pub async fn create(
    pool: &Pool,
    creation: &Creation<'_>,
    actor: &Actor,
) -> Result<(Token, SecretString), Error> {
    if creation.account_id <= 0 {
        return Err(Error::InvalidValue("account_id is required"));
    }
    check_name(creation.name)?;
    let expires_at = match (creation.expires_at, creation.never_expires) {
        (Some(_), true) => {
            return Err(Error::InvalidValue(
                "expire_time and never_expires exclude each other",
            ));
        }
        (None, false) if creation.kind == Kind::Admin => {
            Some(whole_milliseconds(Utc::now() + ADMIN_LIFETIME))
        }
        (expires_at, _) => expires_at,
    };
    let secret = generate(creation.kind, creation.account_id)
        .map_err(|_| Error::Internal("the operating system gives no randomness"))?;
    let hash = Sha256::of(&secret);
    let new = NewToken {
        account_id: creation.account_id,
        kind: creation.kind,
        name: creation.name,
        secret_sha256: hash.as_bytes(),
        expires_at,
        read_only: creation.read_only,
    };
    let mut connection = storage::postgres::connect(pool).await?;
    let token = connection
        .transaction(async |connection| {
            let token = tokens::insert(connection, &new).await?;
            // By the clock that will judge it.
            if token
                .expires_at
                .is_some_and(|expiry| expiry <= token.created_at)
            {
                return Err(Error::InvalidValue("expire_time must be in the future"));
            }
            let change = (creation.kind.created(), token.id, &*token.name);
            record(connection, token.account_id, change, actor).await?;
            Ok(token)
        })
        .await?;
    Ok((token, secret))
}

/// A token to be deleted.
pub struct Deletion {
    /// The account.
    pub account_id: i64,
    /// The token.
    pub id: i64,
    /// The kind it must have.
    pub kind: Kind,
    /// Whether it may be the last with which the account is administered.
    pub confirm: bool,
}

/// Deletes a token, with its sessions, and returns when nobody may take it for live any more.
///
/// # Errors
/// There is no such token, or it is the last of the account's admin tokens and that is not confirmed; a fault of
/// the database.
pub async fn delete(
    pool: &Pool,
    lookup: &Lookup,
    deletion: &Deletion,
    actor: &Actor,
) -> Result<(), Error> {
    let deleted = delete_row(pool, deletion, actor).await;
    let committed = Instant::now();
    match &deleted {
        Ok(secret) => {
            let account_id = deletion.account_id;
            let secret = *secret;
            lookup.forget(Key { account_id, secret }).await;
        }
        // Perhaps it was deleted a moment ago.
        Err(Error::NotFound) => {}
        Err(_) => return deleted.map(drop),
    }
    lookup.term().run_out(committed).await;
    deleted.map(drop)
}

/// Deletes the row and returns the hash of its secret.
async fn delete_row(pool: &Pool, deletion: &Deletion, actor: &Actor) -> Result<Sha256, Error> {
    let &Deletion {
        account_id,
        id,
        kind,
        confirm,
    } = deletion;
    let mut connection = storage::postgres::connect(pool).await?;
    connection
        .transaction(async |connection| {
            if kind == Kind::Admin && !confirm {
                let live = tokens::lock_live(connection, account_id, kind).await?;
                check_not_last(&live, id)?;
            }
            let (secret, name) = tokens::delete(connection, account_id, id, kind)
                .await?
                .ok_or(Error::NotFound)?;
            let change = (kind.deleted(), id, &*name);
            record(connection, account_id, change, actor).await?;
            Ok(secret)
        })
        .await
}

async fn record(
    connection: &mut diesel_async::AsyncPgConnection,
    account_id: i64,
    (kind, id, name): (&str, i64, &str),
    actor: &Actor,
) -> diesel::QueryResult<()> {
    // A token is made and deleted whole: there are no attributes that change.
    let entry = changes::Entry {
        account_id,
        kind,
        resource_id: &id.to_string(),
        name: name.into(),
        changed_attributes: &[],
        details: changes::Details::default(),
        actor,
    };
    changes::record(connection, entry).await
}

/// Another token must be left that can do what this one can: read, or read and write.
fn check_not_last(live: &[Token], id: i64) -> Result<(), Error> {
    let Some(token) = live.iter().find(|token| token.id == id) else {
        return Ok(()); // it opens nothing as it is
    };
    let mut others = live.iter().filter(|other| other.id != id);
    if others.any(|other| token.read_only || !other.read_only) {
        return Ok(());
    }
    Err(Error::LastToken)
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.trim().is_empty() {
        return Err(Error::InvalidValue("name is required"));
    }
    if name.chars().count() > NAME_MAX {
        return Err(Error::InvalidValue("name must have at most 255 characters"));
    }
    if !proto::name::is_plain(name) {
        return Err(Error::InvalidValue("name must not have control characters"));
    }
    Ok(())
}

fn kind(kind: pb::TokenKind) -> Result<Kind, Error> {
    match kind {
        pb::TokenKind::Scim => Ok(Kind::Scim),
        pb::TokenKind::Admin => Ok(Kind::Admin),
        pb::TokenKind::Unspecified => Err(Error::InvalidValue("kind is required")),
    }
}

/// The SHA-256 that a caller sent.
fn secret(bytes: &[u8]) -> Result<Sha256, Error> {
    Sha256::from_slice(bytes).ok_or(Error::InvalidValue("secret_sha256 must have 32 bytes"))
}

fn expiry(timestamp: &prost_types::Timestamp) -> Result<DateTime<Utc>, Error> {
    let time = u32::try_from(timestamp.nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(timestamp.seconds, nanos))
        .filter(|time| (1..=9999).contains(&time.year()))
        .ok_or(Error::InvalidValue("expire_time is not a time"))?;
    Ok(whole_milliseconds(time))
}

/// As every time here.
fn whole_milliseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}

fn to_pb(token: Token) -> pb::Token {
    pb::Token {
        id: token.id,
        account_id: token.account_id,
        kind: match token.kind {
            Kind::Scim => pb::TokenKind::Scim,
            Kind::Admin => pb::TokenKind::Admin,
        }
        .into(),
        name: token.name,
        create_time: Some(proto::time::timestamp(token.created_at)),
        last_use_time: token.last_used_at.map(proto::time::timestamp),
        expire_time: token.expires_at.map(proto::time::timestamp),
        read_only: token.read_only,
        lease: None,
    }
}
