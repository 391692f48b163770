//! Signing in with an admin token, and out.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use chrono::Utc;
use http::{Method, StatusCode};
use proto::token::v1::{CreateSessionRequest, EndSessionRequest};

use super::{
    form,
    page::answer,
    seal::Ticket,
    session::{self, Session, redirect},
};
use crate::{auth, error::Fault, state::Gateway};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    root: &'a str,
    account_id: String,
    message: Option<&'a str>,
}

/// `GET /console`: the first page.
pub(super) async fn home(session: Session) -> Response {
    redirect(&format!("{}/scim", session.root))
}

/// `GET /console/sign-in`.
pub(super) async fn show(State(gateway): State<Gateway>) -> Result<Response, Fault> {
    page(&gateway, StatusCode::OK, String::new(), None)
}

fn page(
    gateway: &Gateway,
    status: StatusCode,
    account_id: String,
    message: Option<&str>,
) -> Result<Response, Fault> {
    let page = SignInPage {
        root: &gateway.site.root,
        account_id,
        message,
    };
    answer(status, &page)
}

/// `POST /console/sign-in`: begins a session if the token is an admin token of the account.
pub(super) async fn sign_in(
    State(gateway): State<Gateway>,
    request: Request<Body>,
) -> Result<Response, Fault> {
    let (mut parts, body) = request.into_parts();
    let copy = Request::from_parts(parts.clone(), body);
    let mut fields = form::read_open(copy, &gateway.site).await?;
    let account = fields.text("account_id")?.unwrap_or_default();
    let token = fields.text("token")?.unwrap_or_default();
    let account = account.trim();
    let refused = || {
        let message = "This is not an admin token of that account.";
        page(
            &gateway,
            StatusCode::UNAUTHORIZED,
            account.to_owned(),
            Some(message),
        )
    };
    let (Some(account_id), Ok(secret)) = (auth::parse_account_id(account), auth::digest(&token))
    else {
        return refused();
    };
    // To sign in changes nothing, so a token that only reads may.
    parts.method = Method::GET;
    let caller = match auth::admin_caller(&parts, &gateway, account_id, secret.to_vec()).await {
        Ok(caller) => caller,
        Err(fault) if fault.status == StatusCode::UNAUTHORIZED => return refused(),
        Err(fault) => return Err(fault),
    };
    let ticket = Ticket::new(account_id, Utc::now());
    let create = CreateSessionRequest {
        account_id,
        token_id: caller.token_id,
        secret_sha256: ticket.secret_sha256(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.session.clone();
    match client.create_session(create).await.map_err(Fault::from) {
        Ok(_) => {}
        // It was deleted a moment ago.
        Err(fault) if fault.status == StatusCode::UNAUTHORIZED => return refused(),
        Err(fault) => return Err(fault),
    }
    let mut response = redirect(&format!("{}/scim", gateway.site.root));
    session::begin(response.headers_mut(), &gateway.site, &ticket);
    Ok(response)
}

/// `POST /console/sign-out`: ends the session, whatever has become of the token: the origin is checked, nothing
/// else. Where the session cannot be ended the browser keeps it, to try again.
pub(super) async fn sign_out(
    State(gateway): State<Gateway>,
    request: Request<Body>,
) -> Result<Response, Fault> {
    let (parts, body) = request.into_parts();
    let copy = Request::from_parts(parts.clone(), body);
    form::read_open(copy, &gateway.site).await?;
    if let Some(ticket) = session::ticket(&parts.headers, &gateway.site) {
        let request = EndSessionRequest {
            account_id: ticket.account_id,
            secret_sha256: ticket.secret_sha256(),
            actor: Some(auth::leaving(&parts, &gateway)),
        };
        gateway.clients.session.clone().end_session(request).await?;
    }
    let mut response = redirect(&format!("{}/sign-in", gateway.site.root));
    session::end(response.headers_mut(), &gateway.site);
    Ok(response)
}
