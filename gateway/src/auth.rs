//! Who calls: bearer tokens made into callers. A handler that takes none of these is open to everybody;
//! the test over the route table guards that.

mod known;

use std::{net::IpAddr, sync::Arc, time::Duration};

use ::scim::dialect::Dialect;
use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, StatusCode, header::AUTHORIZATION, request::Parts};
use proto::{
    protocol::v1::{Actor, ErrorReason, actor},
    settings::v1::Account,
    token::v1::{AuthenticateSessionRequest, Token, TokenKind},
};
use sha2::{Digest, Sha256};

use crate::{
    address,
    error::Fault,
    request::{Context, path_parameter},
    state::Gateway,
};

pub(crate) use known::Known;

/// The most bytes of a token worth looking at.
const TOKEN_LIMIT: usize = 1024;
/// How long a public document waits to learn whether the account keeps the address out.
const PUBLIC_PATIENCE: Duration = Duration::from_millis(100);

/// An identity provider whose account has SCIM switched on.
#[derive(Debug, Clone)]
pub(crate) struct ScimCaller {
    pub(crate) account_id: i64,
    /// How its requests are read.
    pub(crate) dialect: Dialect,
    actor: Actor,
}

/// A script or administrator of an account.
#[derive(Debug)]
pub(crate) struct AdminCaller {
    pub(crate) account_id: i64,
    /// The account as it was when the request came.
    pub(crate) account: Arc<Account>,
    /// The number of the token.
    pub(crate) token_id: i64,
    /// Whether the token may only read.
    pub(crate) reads_only: bool,
    actor: Actor,
}

/// An administrator at an address that names no account: the token says which.
#[derive(Debug)]
pub(crate) struct TokenOwner(pub(crate) AdminCaller);

/// Anybody who reads what an account's SCIM endpoints can do: without a token, or with a valid one.
#[derive(Debug)]
pub(crate) struct DiscoveryCaller {
    pub(crate) account_id: i64,
}

impl ScimCaller {
    /// The caller as the change log shall have it.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }
}

impl AdminCaller {
    fn new(entry: Entry) -> AdminCaller {
        AdminCaller {
            account_id: entry.account_id,
            token_id: entry.token.id,
            reads_only: entry.token.read_only,
            actor: entry.actor(actor::Kind::AdminToken),
            account: entry.account,
        }
    }

    /// The caller as the change log shall have it.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }
}

impl FromRequestParts<Gateway> for ScimCaller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let entry = enter(parts, gateway, &["Bearer"], TokenKind::Scim).await?;
        let account = &entry.account;
        require_enabled(account)?;
        let options = account.options.clone().unwrap_or_default();
        Ok(ScimCaller {
            account_id: entry.account_id,
            dialect: if options.strict {
                Dialect::Strict
            } else {
                Dialect::Lenient
            },
            actor: entry.actor(actor::Kind::ScimToken),
        })
    }
}

impl FromRequestParts<Gateway> for AdminCaller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let entry = enter(parts, gateway, &["Bearer", "Token"], TokenKind::Admin).await?;
        Ok(AdminCaller::new(entry))
    }
}

impl FromRequestParts<Gateway> for TokenOwner {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let token = presented(&parts.headers, &["Bearer", "Token"])?;
        let token = token.ok_or_else(Fault::token_missing)?;
        let account_id = account_of(token).ok_or_else(Fault::token_invalid)?;
        let secret = digest(token)?.to_vec();
        let caller = admin_caller(parts, gateway, account_id, secret).await?;
        Ok(TokenOwner(caller))
    }
}

impl FromRequestParts<Gateway> for DiscoveryCaller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let secret = secret(&parts.headers, &["Bearer"]);
        let account_id = account_id(parts, gateway).await;
        let account_id = account_id.map_err(|fault| secret.clone().err().unwrap_or(fault))?;
        let address = address(parts, gateway);
        let account = admitted(gateway, account_id, address);
        let account = match secret {
            Ok(None) => tokio::time::timeout(PUBLIC_PATIENCE, account)
                .await
                .unwrap_or_else(|_| Err(Fault::unavailable())),
            _ => account.await,
        };
        let (account, secret) = match (account, secret) {
            // What is public anyway does not wait for the settings service to come back.
            (Err(fault), Ok(None)) if fault.status.is_server_error() => (None, None),
            (Err(fault), _) => return Err(fault),
            (Ok(account), secret) => (account, secret?),
        };
        if let Some(secret) = secret {
            let proof = Proof::Token(secret, TokenKind::Scim);
            authenticate(parts, gateway, account_id, proof).await?;
            // Whoever shows no token does not learn how the account stands.
            account.as_deref().map_or(Ok(()), require_enabled)?;
        }
        Ok(DiscoveryCaller { account_id })
    }
}

/// While SCIM is off, every call with a token is refused (product rule 3).
fn require_enabled(account: &Account) -> Result<(), Fault> {
    if account.scim_configuration.unwrap_or_default().enabled {
        return Ok(());
    }
    let detail = "SCIM is switched off for this account.";
    Err(Fault::of(ErrorReason::ScimDisabled, detail))
}

/// What a caller shows.
enum Proof {
    /// The SHA-256 of a token, and what it is to open.
    Token(Vec<u8>, TokenKind),
    /// The SHA-256 of the secret of a session, which belongs to an admin token.
    Session(Vec<u8>),
}

impl Proof {
    fn kind(&self) -> TokenKind {
        match self {
            Proof::Token(_, kind) => *kind,
            Proof::Session(_) => TokenKind::Admin,
        }
    }
}

/// A caller who was let in.
struct Entry {
    account_id: i64,
    account: Arc<Account>,
    token: Arc<Token>,
    context: Context,
    address: Option<IpAddr>,
}

impl Entry {
    fn actor(&self, kind: actor::Kind) -> Actor {
        Actor {
            kind: kind.into(),
            id: self.token.id.to_string(),
            name: self.token.name.clone(),
            request_id: self.context.0.id.clone(),
            ip_address: self
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
        }
    }
}

/// Lets in the administrator of an account whose token has this SHA-256, the same as [`AdminCaller`] does.
pub(crate) async fn admin_caller(
    parts: &Parts,
    gateway: &Gateway,
    account_id: i64,
    secret_sha256: Vec<u8>,
) -> Result<AdminCaller, Fault> {
    let proof = Ok(Proof::Token(secret_sha256, TokenKind::Admin));
    let entry = admit(parts, gateway, account_id, proof);
    entry.await.map(AdminCaller::new)
}

/// Lets in the administrator of an account whose session's secret has this SHA-256.
pub(crate) async fn session_caller(
    parts: &Parts,
    gateway: &Gateway,
    account_id: i64,
    secret_sha256: Vec<u8>,
) -> Result<AdminCaller, Fault> {
    let proof = Ok(Proof::Session(secret_sha256));
    let entry = admit(parts, gateway, account_id, proof);
    entry.await.map(AdminCaller::new)
}

/// Who signs out: whatever has become of the token, so its id and name are for the token service to say.
pub(crate) fn leaving(parts: &Parts, gateway: &Gateway) -> Actor {
    let context = parts.extensions.get::<Context>().cloned();
    let context = context.unwrap_or_else(Context::new);
    let address = address(parts, gateway);
    Actor {
        kind: actor::Kind::AdminToken.into(),
        request_id: context.0.id.clone(),
        ip_address: address
            .map(|address| address.to_string())
            .unwrap_or_default(),
        ..Actor::default()
    }
}

/// Lets in whom the `Authorization` header names, to the account of the path.
async fn enter(
    parts: &mut Parts,
    gateway: &Gateway,
    schemes: &[&str],
    kind: TokenKind,
) -> Result<Entry, Fault> {
    let secret =
        secret(&parts.headers, schemes).and_then(|secret| secret.ok_or_else(Fault::token_missing));
    let account_id = account_id(parts, gateway).await;
    let account_id = account_id.map_err(|fault| secret.clone().err().unwrap_or(fault))?;
    let proof = secret.map(|secret| Proof::Token(secret, kind));
    admit(parts, gateway, account_id, proof).await
}

/// Lets a caller in: first by the address (rule 14), then by the token, last by the account, so that nobody
/// without a token learns which accounts there are. One after the other: to look a token up is to note its use, once
/// for each lease.
async fn admit(
    parts: &Parts,
    gateway: &Gateway,
    account_id: i64,
    proof: Result<Proof, Fault>,
) -> Result<Entry, Fault> {
    let address = address(parts, gateway);
    let account = admitted(gateway, account_id, address).await?;
    let proof = proof?;
    let kind = proof.kind();
    let (token, context) = authenticate(parts, gateway, account_id, proof).await?;
    if token.read_only && !only_reads(&parts.method, parts.uri.path(), kind) {
        let detail = "The token may read, not write.";
        return Err(Fault::new(StatusCode::FORBIDDEN, detail));
    }
    Ok(Entry {
        account_id,
        account: account.ok_or_else(Fault::token_invalid)?,
        context,
        token,
        address,
    })
}

/// Whether a request changes nothing; a search of SCIM is a read in the form of a POST (R-SRCH-05).
fn only_reads(method: &Method, path: &str, kind: TokenKind) -> bool {
    match *method {
        Method::GET | Method::HEAD => true,
        Method::POST => kind == TokenKind::Scim && path.ends_with("/.search"),
        _ => false,
    }
}

fn address(parts: &Parts, gateway: &Gateway) -> Option<IpAddr> {
    let peer = parts.extensions.get().copied();
    address::client(peer, &parts.headers, &gateway.trusted_proxies)
}

/// The account asked for, which lets the address in; `None`: there is no such account.
///
/// # Errors
/// 403 for an address that is kept out, 503 where that cannot be told.
async fn admitted(
    gateway: &Gateway,
    account_id: i64,
    address: Option<IpAddr>,
) -> Result<Option<Arc<Account>>, Fault> {
    match gateway.known.account(account_id).await {
        Ok(account) => {
            address::admit(account.ip_restrictions.as_ref(), address)?;
            Ok(Some(account))
        }
        Err(status) if proto::error::reason(&status) == Some(ErrorReason::ResourceNotFound) => {
            Ok(None)
        }
        Err(status) => Err(server_fault("get_account", &status)),
    }
}

/// The SHA-256 of the secret presented; nothing else of it goes further. `None`: no `Authorization`.
fn secret(headers: &HeaderMap, schemes: &[&str]) -> Result<Option<Vec<u8>>, Fault> {
    let token = presented(headers, schemes)?;
    token.map(|token| digest(token).map(Vec::from)).transpose()
}

/// The account that the secret of an administrator names: `mst_admin_<account>_…`.
fn account_of(token: &str) -> Option<i64> {
    let (account_id, _) = token.strip_prefix("mst_admin_")?.split_once('_')?;
    parse_account_id(account_id)
}

/// The secret presented.
fn presented<'a>(headers: &'a HeaderMap, schemes: &[&str]) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Fault::token_invalid());
    }
    let value = value.to_str().map_err(|_| Fault::token_invalid())?;
    let (scheme, token) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if !schemes
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
    {
        return Err(Fault::token_missing());
    }
    Ok(Some(token.trim()))
}

/// The SHA-256 of a token that could be one.
pub(crate) fn digest(token: &str) -> Result<[u8; 32], Fault> {
    let token = token.trim();
    if token.is_empty() || token.len() > TOKEN_LIMIT {
        return Err(Fault::token_invalid());
    }
    Ok(Sha256::digest(token).into())
}

/// The account of the path; what is not the plain form of a positive number is no account.
async fn account_id(parts: &mut Parts, gateway: &Gateway) -> Result<i64, Fault> {
    let text = path_parameter(parts, gateway, "account_id").await?;
    parse_account_id(&text).ok_or_else(Fault::not_found)
}

/// A positive number in its plain form.
pub(crate) fn parse_account_id(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// The live token of that secret or session, which may make one more request now. Every fault of the look-up but
/// TOKEN_INVALID is the server's and becomes a 503: with 401, 403 or 404 an identity provider would stop its
/// integration.
async fn authenticate(
    parts: &Parts,
    gateway: &Gateway,
    account_id: i64,
    proof: Proof,
) -> Result<(Arc<Token>, Context), Fault> {
    let found = match proof {
        Proof::Token(secret_sha256, kind) => {
            gateway.known.token(account_id, kind, secret_sha256).await
        }
        Proof::Session(secret_sha256) => {
            let request = AuthenticateSessionRequest {
                account_id,
                secret_sha256,
            };
            let mut client = gateway.clients.session.clone();
            let answer = client.authenticate_session(request).await;
            answer.map(|token| Arc::new(token.into_inner()))
        }
    };
    let token = match found {
        Ok(token) => token,
        Err(status) if proto::error::reason(&status) == Some(ErrorReason::TokenInvalid) => {
            return Err(Fault::token_invalid());
        }
        Err(status) => return Err(server_fault("authenticate", &status)),
    };
    let context = identify(parts, account_id, &token);
    gateway.rates.take(token.id)?;
    Ok((token, context))
}

fn server_fault(call: &'static str, status: &tonic::Status) -> Fault {
    tracing::warn!(call, "rpc.response.status_code" = ?status.code(), "cannot authenticate");
    Fault::unavailable()
}

fn identify(parts: &Parts, account_id: i64, token: &Token) -> Context {
    let context = parts.extensions.get::<Context>().cloned();
    let context = context.unwrap_or_else(Context::new);
    context.identify(account_id, token.id);
    context
}

#[cfg(test)]
mod tests;
