//! `/scim-config/tokens/`: the SCIM tokens of an account.

use std::ops::RangeFrom;

use axum::{extract::State, response::Response};
use http::StatusCode;
use prost_types::Timestamp;
use proto::token::v1::{
    CreateTokenRequest, DeleteTokenRequest, GetTokenRequest, ListTokensRequest, Token, TokenKind,
};
use serde_json::{Value, json};

use super::{
    envelope,
    fields::{Fields, invalid, required},
};
use crate::{
    auth::AdminCaller, error::Fault, request::Id, scim::query::Parameters, state::Gateway,
};

/// The most tokens of a page, and how many it has if the client does not say.
const MAX_LIMIT: i32 = 100;

/// `GET /scim-config/tokens/`.
pub(crate) async fn list_tokens(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    parameters: Parameters,
) -> Result<Response, Fault> {
    let limit = whole(&parameters, "limit", 1..)?
        .unwrap_or(MAX_LIMIT)
        .min(MAX_LIMIT);
    let offset = whole(&parameters, "offset", 0..)?.unwrap_or(0);
    let request = ListTokensRequest {
        account_id: caller.account_id,
        kind: TokenKind::Scim.into(),
        skip: offset,
        page_size: limit,
    };
    let mut client = gateway.clients.token.clone();
    let found = client.list_tokens(request).await?.into_inner();
    let tokens = found.tokens.iter().map(describe).collect();
    Ok(envelope::page(tokens, limit, offset, found.total_size))
}

/// `POST /scim-config/tokens/`: the only answer that has the secret.
pub(crate) async fn create_token(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let name = fields.text("name")?;
    let expire_time = fields.instant("expires_at")?;
    fields.finish()?;
    let request = CreateTokenRequest {
        account_id: caller.account_id,
        kind: TokenKind::Scim.into(),
        name: required("name", name)?,
        expire_time: expire_time.map(proto::time::timestamp),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.token.clone();
    let created = client.create_token(request).await?.into_inner();
    let mut data = describe(&created.token.unwrap_or_default());
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
    Ok(envelope::success(describe(&token)))
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

fn describe(token: &Token) -> Value {
    let mut data = json!({
        "id": token.id,
        "name": token.name,
        "created_at": token.create_time.as_ref().map(time),
        "last_used": token.last_use_time.as_ref().map(time),
    });
    if let Some(expire_time) = &token.expire_time {
        data["expires_at"] = json!(time(expire_time));
    }
    data
}

fn time(timestamp: &Timestamp) -> String {
    let instant = proto::time::date_time(timestamp);
    instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A paging parameter.
fn whole(
    parameters: &Parameters,
    name: &str,
    allowed: RangeFrom<i32>,
) -> Result<Option<i32>, Fault> {
    let Some(text) = parameters.one(name)? else {
        return Ok(None);
    };
    let value = text.trim().parse().ok();
    let value = value.filter(|value| allowed.contains(value));
    let fault = || {
        invalid(format!(
            "{name} must be an integer from {} on",
            allowed.start
        ))
    };
    value.map(Some).ok_or_else(fault)
}
