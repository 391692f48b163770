//! Who calls: bearer tokens made into callers. A handler that takes none of these is open to everybody;
//! the test over the route table guards that.

use std::net::IpAddr;

use ::scim::dialect::Dialect;
use axum::extract::FromRequestParts;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use proto::{
    protocol::v1::{Actor, ErrorReason, actor},
    settings::v1::{Account, GetAccountRequest},
    token::v1::{AuthenticateTokenRequest, Token, TokenKind},
};
use sha2::{Digest, Sha256};

use crate::{
    address,
    error::Fault,
    request::{Context, path_parameter},
    state::Gateway,
};

/// The most bytes of a token worth looking at.
const TOKEN_LIMIT: usize = 1024;

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
    pub(crate) account: Account,
    actor: Actor,
}

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
        if !account.scim_configuration.unwrap_or_default().enabled {
            let detail = "SCIM is switched off for this account.";
            return Err(Fault::of(ErrorReason::ScimDisabled, detail));
        }
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
        Ok(AdminCaller {
            account_id: entry.account_id,
            actor: entry.actor(actor::Kind::AdminToken),
            account: entry.account,
        })
    }
}

impl FromRequestParts<Gateway> for DiscoveryCaller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let secret = secret(&parts.headers, &["Bearer"]);
        let account_id = account_id(parts, gateway).await;
        let account_id = account_id.map_err(|fault| secret.clone().err().unwrap_or(fault))?;
        let address = address::client(
            parts.extensions.get().copied(),
            &parts.headers,
            &gateway.trusted_proxies,
        );
        // What is public anyway does not wait for the settings service to come back.
        if let Ok(account) = get_account(gateway, account_id).await {
            address::admit(account.ip_restrictions.as_ref(), address)?;
        }
        if let Some(secret) = secret? {
            let token = authenticate(gateway, account_id, secret, TokenKind::Scim).await?;
            identify(parts, account_id, &token);
        }
        Ok(DiscoveryCaller { account_id })
    }
}

/// A caller who was let in.
struct Entry {
    account_id: i64,
    account: Account,
    token: Token,
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

/// Lets a caller in: first by the address (rule 14), then by the token.
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
    let address = address::client(
        parts.extensions.get().copied(),
        &parts.headers,
        &gateway.trusted_proxies,
    );
    // Both at once: this stands before every request. What the token is worth goes unsaid to an address that
    // is kept out; to any other it goes before the account, so that nobody learns which accounts there are.
    let token = async { authenticate(gateway, account_id, secret?, kind).await };
    let (token, account) = tokio::join!(token, get_account(gateway, account_id));
    if let Ok(account) = &account {
        address::admit(account.ip_restrictions.as_ref(), address)?;
    }
    let token = token?;
    Ok(Entry {
        account_id,
        account: account?,
        context: identify(parts, account_id, &token),
        token,
        address,
    })
}

/// The SHA-256 of the secret presented; nothing else of it goes further. `None`: no `Authorization`.
fn secret(headers: &HeaderMap, schemes: &[&str]) -> Result<Option<Vec<u8>>, Fault> {
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
    let token = token.trim();
    if token.is_empty() || token.len() > TOKEN_LIMIT {
        return Err(Fault::token_invalid());
    }
    Ok(Some(Sha256::digest(token).to_vec()))
}

/// The account of the path; what is not the plain form of a positive number is no account.
async fn account_id(parts: &mut Parts, gateway: &Gateway) -> Result<i64, Fault> {
    let text = path_parameter(parts, gateway, "account_id").await?;
    parse_account_id(&text).ok_or_else(Fault::not_found)
}

fn parse_account_id(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// The live token of that secret. Every fault but TOKEN_INVALID is the server's and becomes a 503: with
/// 401, 403 or 404 an identity provider would stop its integration.
async fn authenticate(
    gateway: &Gateway,
    account_id: i64,
    secret_sha256: Vec<u8>,
    kind: TokenKind,
) -> Result<Token, Fault> {
    let request = AuthenticateTokenRequest {
        account_id,
        secret_sha256,
        kind: kind.into(),
    };
    let mut client = gateway.clients.token.clone();
    match client.authenticate_token(request).await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) if proto::error::reason(&status) == Some(ErrorReason::TokenInvalid) => {
            Err(Fault::token_invalid())
        }
        Err(status) => Err(server_fault("authenticate_token", &status)),
    }
}

/// The account; one that is not there counts as a token that is not valid.
async fn get_account(gateway: &Gateway, account_id: i64) -> Result<Account, Fault> {
    let mut client = gateway.clients.settings.clone();
    match client.get_account(GetAccountRequest { account_id }).await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) if proto::error::reason(&status) == Some(ErrorReason::ResourceNotFound) => {
            Err(Fault::token_invalid())
        }
        Err(status) => Err(server_fault("get_account", &status)),
    }
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
