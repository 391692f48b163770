//! The admin tokens of the account, and their sessions.

use askama::Template;
use axum::{extract::State, response::Response};
use chrono::Utc;
use proto::{
    protocol::v1::ErrorReason,
    token::v1::{DeleteTokenRequest, EndSessionsRequest, GetTokenRequest, TokenKind},
};

use super::{
    form::Form,
    page::{Page, Pager, answer, cut, skip},
    session::Session,
    tokens::{Row, all},
};
use crate::{
    admin::{invites::number, query::Query},
    error::Fault,
    request::Id,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "admin_tokens.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    pager: Pager,
    /// The number of the token of this session.
    current: i64,
}

#[derive(Template)]
#[template(path = "delete_admin_token.html")]
struct DeletePage {
    page: Page,
    row: Row,
    is_current: bool,
    /// Whether the deletion was refused since no other token can do what this one can.
    is_last: bool,
}

/// `GET /console/admin-tokens`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    view(&gateway, &session, skip(&query)?).await
}

async fn view(gateway: &Gateway, session: &Session, skip: i32) -> Result<Response, Fault> {
    let tokens = all(gateway, session, TokenKind::Admin).await?;
    let total = i64::try_from(tokens.len()).unwrap_or(i64::MAX);
    let now = Utc::now();
    let url = format!("{}/admin-tokens", session.root);
    let view = ListPage {
        page: Page::new(session, "admin-tokens", "Admin tokens"),
        rows: cut(tokens, skip)
            .iter()
            .map(|token| Row::new(token, now))
            .collect(),
        pager: Pager::new(&url, skip, total, &[]),
        current: session.caller.token_id,
    };
    answer(view.page.status(), &view)
}

/// `GET /console/admin-tokens/{id}/delete`: asks first.
pub(super) async fn confirm_delete(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
) -> Result<Response, Fault> {
    ask(&gateway, &session, number(&id)?, false).await
}

async fn ask(
    gateway: &Gateway,
    session: &Session,
    id: i64,
    is_last: bool,
) -> Result<Response, Fault> {
    let request = GetTokenRequest {
        account_id: session.caller.account_id,
        id,
        kind: TokenKind::Admin.into(),
    };
    let mut client = gateway.clients.token.clone();
    let token = client.get_token(request).await?.into_inner();
    let view = DeletePage {
        page: Page::new(session, "admin-tokens", "Delete admin token"),
        row: Row::new(&token, Utc::now()),
        is_current: id == session.caller.token_id,
        is_last,
    };
    answer(view.page.status(), &view)
}

/// `POST /console/admin-tokens/{id}/delete`: asks once more before the last.
pub(super) async fn delete(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let confirm = form.is_on("confirmed")?;
    let session = form.session;
    let request = DeleteTokenRequest {
        account_id: session.caller.account_id,
        id,
        kind: TokenKind::Admin.into(),
        actor: Some(session.caller.actor()),
        confirm,
    };
    let mut client = gateway.clients.token.clone();
    match client.delete_token(request).await {
        Ok(_) => Ok(session.see("/admin-tokens", "deleted")),
        Err(status) if proto::error::reason(&status) == Some(ErrorReason::ConfirmationRequired) => {
            ask(&gateway, &session, id, true).await
        }
        Err(status) => view(&gateway, &session.refused(status.into())?, 0).await,
    }
}

/// `POST /console/admin-tokens/{id}/end-sessions`: signs out everywhere.
pub(super) async fn end_sessions(
    State(gateway): State<Gateway>,
    Id(id): Id,
    form: Form,
) -> Result<Response, Fault> {
    let session = form.session;
    let request = EndSessionsRequest {
        account_id: session.caller.account_id,
        token_id: number(&id)?,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.session.clone();
    match client.end_sessions(request).await {
        Ok(_) => Ok(session.see("/admin-tokens", "sessions-ended")),
        Err(status) => view(&gateway, &session.refused(status.into())?, 0).await,
    }
}
