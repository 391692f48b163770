//! The SCIM tokens of the account.

use askama::Template;
use axum::{extract::State, response::Response};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::StatusCode;
use proto::token::v1::{
    CreateTokenRequest, DeleteTokenRequest, GetTokenRequest, ListTokensRequest, Token, TokenKind,
};

use super::{
    confirm::{Fact, Question},
    form::Form,
    page::{Page, Pager, answer, cut, skip},
    session::Session,
    time::{When, when},
};
use crate::{
    admin::{fields::invalid, invites::number, query::Query, tokens::WARNING},
    error::Fault,
    request::Id,
    scim,
    state::Gateway,
};

/// The most tokens in one answer of the token service.
const BATCH: i32 = 1000;
/// Who deletes a token used within this time most likely cuts a running integration.
const LATELY: TimeDelta = TimeDelta::days(7);

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    rows: Vec<Row>,
    pager: Pager,
    search: String,
    is_enabled: bool,
}

#[derive(Template)]
#[template(path = "token_created.html")]
struct CreatedPage {
    page: Page,
    name: String,
    secret: String,
    base_url: String,
}

/// A token of either kind in a table.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) created: When,
    pub(super) last_used: When,
    pub(super) expires: When,
    pub(super) reads_only: bool,
    pub(super) is_expired: bool,
    pub(super) expires_soon: bool,
    used_lately: bool,
}

impl Row {
    pub(super) fn new(token: &Token, now: DateTime<Utc>) -> Row {
        let end = token.expire_time.as_ref().map(proto::time::date_time);
        let used = token.last_use_time.as_ref().map(proto::time::date_time);
        Row {
            id: token.id,
            name: token.name.clone(),
            created: when(token.create_time.as_ref(), "unknown"),
            last_used: when(token.last_use_time.as_ref(), "never"),
            expires: when(token.expire_time.as_ref(), "never"),
            reads_only: token.read_only,
            is_expired: end.is_some_and(|end| end <= now),
            expires_soon: end.is_some_and(|end| end > now && end - now <= WARNING),
            used_lately: used.is_some_and(|used| now - used <= LATELY),
        }
    }
}

/// `GET /console/tokens`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    let search = query.text("search")?.unwrap_or_default();
    view(&gateway, &session, search, skip(&query)?).await
}

async fn view(
    gateway: &Gateway,
    session: &Session,
    search: String,
    skip: i32,
) -> Result<Response, Fault> {
    let mut tokens = all(gateway, session, TokenKind::Scim).await?;
    let text = ::scim::text::fold(&search);
    tokens.retain(|token| ::scim::text::fold(&token.name).contains(&text));
    let total = i64::try_from(tokens.len()).unwrap_or(i64::MAX);
    let now = Utc::now();
    let rows = cut(tokens, skip);
    let view = TokensPage {
        page: Page::new(session, "tokens", "SCIM tokens"),
        rows: rows.iter().map(|token| Row::new(token, now)).collect(),
        pager: Pager::new(
            &format!("{}/tokens", session.root),
            skip,
            total,
            &[("search", &search)],
        ),
        search,
        is_enabled: session.configuration().enabled,
    };
    answer(view.page.status(), &view)
}

/// An account has few tokens, and names are searched here.
pub(super) async fn all(
    gateway: &Gateway,
    session: &Session,
    kind: TokenKind,
) -> Result<Vec<Token>, Fault> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut client = gateway.clients.token.clone();
    loop {
        let request = ListTokensRequest {
            account_id: session.caller.account_id,
            kind: kind.into(),
            skip: i32::try_from(tokens.len()).unwrap_or(i32::MAX),
            page_size: BATCH,
        };
        let found = client.list_tokens(request).await?.into_inner();
        let is_last = found.tokens.is_empty();
        tokens.extend(found.tokens);
        if is_last || i64::try_from(tokens.len()).is_ok_and(|count| count >= found.total_size) {
            return Ok(tokens);
        }
    }
}

/// `POST /console/tokens`: the only page that has the secret (T2).
pub(super) async fn create(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let name = form.text("name")?;
    let expires = form.text("expires")?;
    let read_only = form.is_on("read_only")?;
    let session = form.session;
    let created = match end_of(&expires) {
        Ok(end) => make(&gateway, &session, name.clone(), end, read_only).await,
        Err(fault) => Err(fault),
    };
    match created {
        Ok(secret) => {
            let path = scim::BASE.replace("{account_id}", &session.caller.account_id.to_string());
            let view = CreatedPage {
                page: Page::new(&session, "tokens", "SCIM token created"),
                name,
                secret,
                base_url: format!("{}{path}", gateway.public_url),
            };
            answer(StatusCode::OK, &view)
        }
        Err(fault) => view(&gateway, &session.refused(fault)?, String::new(), 0).await,
    }
}

async fn make(
    gateway: &Gateway,
    session: &Session,
    name: String,
    end: Option<DateTime<Utc>>,
    read_only: bool,
) -> Result<String, Fault> {
    if name.is_empty() {
        return Err(invalid("a token needs a name"));
    }
    let request = CreateTokenRequest {
        account_id: session.caller.account_id,
        kind: TokenKind::Scim.into(),
        name,
        expire_time: end.map(proto::time::timestamp),
        read_only,
        never_expires: false,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.token.clone();
    Ok(client.create_token(request).await?.into_inner().secret)
}

/// The end of a day in UTC, which is the last of the token's.
fn end_of(date: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    if date.is_empty() {
        return Ok(None);
    }
    let end = date.parse::<NaiveDate>().ok();
    let end = end.and_then(|date| date.and_hms_opt(23, 59, 59));
    let end = end.ok_or_else(|| invalid("the expiry must be a date such as 2030-12-31"))?;
    Ok(Some(end.and_utc()))
}

/// What is asked before a token goes.
async fn deletion(gateway: &Gateway, session: &Session, id: i64) -> Result<Question, Fault> {
    let request = GetTokenRequest {
        account_id: session.caller.account_id,
        id,
        kind: TokenKind::Scim.into(),
    };
    let mut client = gateway.clients.token.clone();
    let token = client.get_token(request).await?.into_inner();
    let row = Row::new(&token, Utc::now());
    Ok(Question {
        section: "tokens",
        title: "Delete SCIM token".to_owned(),
        warning: row.used_lately.then(|| {
            "This token was used lately. Whatever uses it, most likely your identity provider, is shut out from its next request on."
                .to_owned()
        }),
        facts: vec![
            ("Name", Fact::Text(row.name)),
            ("Created", Fact::Time(row.created)),
            ("Last used", Fact::Time(row.last_used)),
        ],
        effects: vec![
            "A deleted token is refused from the next request on, and cannot be brought back."
                .to_owned(),
        ],
        action: format!("/tokens/{id}/delete"),
        cancel: "/tokens".to_owned(),
        button: "Delete token",
        ..Question::default()
    })
}

/// `GET /console/tokens/{id}/delete`: asks first (T7).
pub(super) async fn confirm_delete(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
) -> Result<Response, Fault> {
    deletion(&gateway, &session, number(&id)?)
        .await?
        .ask(&session)
}

/// `POST /console/tokens/{id}/delete`.
pub(super) async fn delete(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    if !form.is_on("confirmed")? {
        let question = deletion(&gateway, &form.session, number(&id)?).await?;
        return question.ask(&form.session);
    }
    let session = form.session;
    let request = DeleteTokenRequest {
        account_id: session.caller.account_id,
        id: number(&id)?,
        kind: TokenKind::Scim.into(),
        actor: Some(session.caller.actor()),
        confirm: false,
    };
    let mut client = gateway.clients.token.clone();
    match client.delete_token(request).await {
        Ok(_) => Ok(session.see("/tokens", "deleted")),
        Err(status) => {
            let session = session.refused(status.into())?;
            view(&gateway, &session, String::new(), 0).await
        }
    }
}
