//! `/scim-config/tokens/`: the SCIM tokens of an account.

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
    let page = query.page(&["id"])?;
    let request = ListTokensRequest {
        account_id: caller.account_id,
        kind: TokenKind::Scim.into(),
        skip: page.offset,
        page_size: page.limit,
    };
    let mut client = gateway.clients.token.clone();
    let found = client.list_tokens(request).await?.into_inner();
    let now = Utc::now();
    let tokens = found.tokens.iter().map(|token| describe(token, now));
    Ok(envelope::page(tokens.collect(), &page, found.total_size))
}

/// `POST /scim-config/tokens/`: the only answer that has the secret.
pub(crate) async fn create_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let name = fields.text("name")?;
    let expire_time = fields.instant("expires_at")?;
    let read_only = fields.boolean("read_only")?;
    fields.finish()?;
    let request = CreateTokenRequest {
        account_id: caller.account_id,
        kind: TokenKind::Scim.into(),
        name: required("name", name)?,
        expire_time: expire_time.map(proto::time::timestamp),
        read_only: read_only.unwrap_or_default(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.token.clone();
    let created = client.create_token(request).await?.into_inner();
    let mut data = describe(&created.token.unwrap_or_default(), Utc::now());
    data["token_string"] = Value::String(created.secret);
    Ok(envelope::success(data))
}

/// `GET /scim-config/tokens/{id}/`.
pub(crate) async fn get_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let request = GetTokenRequest {
        account_id: caller.account_id,
        id: token_id(&id)?,
        kind: TokenKind::Scim.into(),
    };
    let mut client = gateway.clients.token.clone();
    let token = client.get_token(request).await?.into_inner();
    Ok(envelope::success(describe(&token, Utc::now())))
}

/// `DELETE /scim-config/tokens/{id}/`.
pub(crate) async fn delete_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<StatusCode, Fault> {
    let request = DeleteTokenRequest {
        account_id: caller.account_id,
        id: token_id(&id)?,
        kind: TokenKind::Scim.into(),
        actor: Some(caller.actor()),
    };
    gateway.clients.token.clone().delete_token(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no number is no token.
fn token_id(text: &str) -> Result<i64, Fault> {
    text.parse().map_err(|_| Fault::not_found())
}

fn describe(token: &Token, now: DateTime<Utc>) -> Value {
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
