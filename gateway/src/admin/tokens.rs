//! `/scim-config/tokens/` and `/admin-tokens/`: the SCIM tokens of an account, and its admin tokens.

use axum::{extract::State, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use proto::token::v1::{
    CreateTokenRequest, DeleteTokenRequest, GetTokenRequest, ListTokensRequest, Token, TokenKind,
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{Fields, required},
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// How long before its end a token is said to end soon.
pub(crate) const WARNING: TimeDelta = TimeDelta::days(30);

/// `GET /scim-config/tokens/`.
pub(crate) async fn list_tokens(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    list(&gateway, &caller, &query, TokenKind::Scim).await
}

/// `GET /admin-tokens/`.
pub(crate) async fn list_admin_tokens(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    list(&gateway, &caller, &query, TokenKind::Admin).await
}

async fn list(
    gateway: &Gateway,
    caller: &AdminCaller,
    query: &Query,
    kind: TokenKind,
) -> Result<Response, Fault> {
    let page = query.page(&["id"])?;
    let request = ListTokensRequest {
        account_id: caller.account_id,
        kind: kind.into(),
        skip: page.offset,
        page_size: page.limit,
    };
    let mut client = gateway.clients.token.clone();
    let found = client.list_tokens(request).await?.into_inner();
    let now = Utc::now();
    let tokens = found.tokens.iter();
    let tokens = tokens.map(|token| describe(caller, token, now)).collect();
    Ok(envelope::page(tokens, &page, found.total_size))
}

/// `POST /scim-config/tokens/`: the only answer that has the secret.
pub(crate) async fn create_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    fields: Fields,
) -> Result<Response, Fault> {
    create(&gateway, &caller, fields, TokenKind::Scim).await
}

/// `POST /admin-tokens/`: the only answer that has the secret.
pub(crate) async fn create_admin_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    fields: Fields,
) -> Result<Response, Fault> {
    create(&gateway, &caller, fields, TokenKind::Admin).await
}

async fn create(
    gateway: &Gateway,
    caller: &AdminCaller,
    mut fields: Fields,
    kind: TokenKind,
) -> Result<Response, Fault> {
    let name = fields.text("name")?;
    let expire_time = fields.instant("expires_at")?;
    let read_only = fields.boolean("read_only")?;
    let never_expires = fields.boolean("never_expires")?;
    fields.finish()?;
    let request = CreateTokenRequest {
        account_id: caller.account_id,
        kind: kind.into(),
        name: required("name", name)?,
        expire_time: expire_time.map(proto::time::timestamp),
        read_only: read_only.unwrap_or_default(),
        never_expires: never_expires.unwrap_or_default(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.token.clone();
    let created = client.create_token(request).await?.into_inner();
    let mut data = describe(caller, &created.token.unwrap_or_default(), Utc::now());
    data["token_string"] = Value::String(created.secret);
    Ok(envelope::success(data))
}

/// `GET /scim-config/tokens/{id}/`.
pub(crate) async fn get_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    get(&gateway, &caller, &id, TokenKind::Scim).await
}

/// `GET /admin-tokens/{id}/`.
pub(crate) async fn get_admin_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    get(&gateway, &caller, &id, TokenKind::Admin).await
}

async fn get(
    gateway: &Gateway,
    caller: &AdminCaller,
    id: &str,
    kind: TokenKind,
) -> Result<Response, Fault> {
    let request = GetTokenRequest {
        account_id: caller.account_id,
        id: token_id(id)?,
        kind: kind.into(),
    };
    let mut client = gateway.clients.token.clone();
    let token = client.get_token(request).await?.into_inner();
    Ok(envelope::success(describe(caller, &token, Utc::now())))
}

/// `DELETE /scim-config/tokens/{id}/`.
pub(crate) async fn delete_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<StatusCode, Fault> {
    delete(&gateway, &caller, &id, (TokenKind::Scim, false)).await
}

/// `DELETE /admin-tokens/{id}/`; with `?confirm=true` also the last.
pub(crate) async fn delete_admin_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    query: Query,
) -> Result<StatusCode, Fault> {
    let confirm = query.is_true("confirm")?;
    delete(&gateway, &caller, &id, (TokenKind::Admin, confirm)).await
}

async fn delete(
    gateway: &Gateway,
    caller: &AdminCaller,
    id: &str,
    (kind, confirm): (TokenKind, bool),
) -> Result<StatusCode, Fault> {
    let request = DeleteTokenRequest {
        account_id: caller.account_id,
        id: token_id(id)?,
        kind: kind.into(),
        actor: Some(caller.actor()),
        confirm,
    };
    gateway.clients.token.clone().delete_token(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no number is no token.
fn token_id(text: &str) -> Result<i64, Fault> {
    text.parse().map_err(|_| Fault::not_found())
}

/// An admin token says besides whether it is the one of the request.
fn describe(caller: &AdminCaller, token: &Token, now: DateTime<Utc>) -> Value {
    let mut data = describe_any(token, now);
    if token.kind() == TokenKind::Admin {
        data["is_current"] = Value::Bool(token.id == caller.token_id);
    }
    data
}

fn describe_any(token: &Token, now: DateTime<Utc>) -> Value {
    let end = token.expire_time.as_ref().map(proto::time::date_time);
    json!({
        "id": token.id,
        "name": token.name,
        "created_at": instant(token.create_time.as_ref()),
        "last_used": instant(token.last_use_time.as_ref()),
        "expires_at": instant(token.expire_time.as_ref()),
        "read_only": token.read_only,
        // So that it is replaced in time.
        "expires_soon": end.is_some_and(|end| end - now <= WARNING),
    })
}

#[cfg(test)]
mod tests;
