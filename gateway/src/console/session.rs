//! A session: every request of it authenticates again, as one of the admin API does, so that a sign-out, a token
//! deleted or an address kept out ends it at the next click, on whichever gateway.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
    request::Parts,
};
use proto::{
    protocol::v1::ErrorReason as Reason,
    settings::v1::{Plan, ScimConfiguration},
};

use super::{
    page::{Message, done},
    seal::{LIFETIME, Site, Ticket},
};
use crate::{
    admin::query::Query,
    auth::{self, AdminCaller},
    error::Fault,
    state::Gateway,
};

/// An administrator who is signed in.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) caller: AdminCaller,
    /// The path of the console in URLs.
    pub(super) root: String,
    /// What every form repeats.
    pub(super) csrf: String,
    /// What the page says first.
    pub(super) message: Option<Message>,
    /// The status of the answer.
    pub(super) status: StatusCode,
}

/// Why a request is not one of a session.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no session any more; the answer leads to the sign-in page and takes the cookie away.
    SignIn(Response),
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal::Fault(fault)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::SignIn(response) => response,
            Refusal::Fault(fault) => fault.into_response(),
        }
    }
}

impl FromRequestParts<Gateway> for Session {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Refusal> {
        let site = &gateway.site;
        let signed_out = || {
            let mut response = redirect(&format!("{}/sign-in", site.root));
            set_cookie(response.headers_mut(), site, "", 0);
            Refusal::SignIn(response)
        };
        let ticket = ticket(&parts.headers, site).ok_or_else(signed_out)?;
        let secret = ticket.secret_sha256();
        let caller = auth::session_caller(parts, gateway, ticket.account_id, secret).await;
        let caller = match caller {
            Err(fault) if fault.reason == Some(Reason::TokenInvalid) => return Err(signed_out()),
            caller => caller?,
        };
        let query = Query::from_request_parts(parts, gateway).await?;
        Ok(Session {
            caller,
            root: site.root.clone(),
            csrf: URL_SAFE_NO_PAD.encode(ticket.csrf),
            message: query.text("done")?.as_deref().and_then(done),
            status: StatusCode::OK,
        })
    }
}

impl Session {
    /// The same with what went wrong, to show a page again; a fault that is not the administrator's to mend
    /// is given back.
    pub(super) fn refused(mut self, fault: Fault) -> Result<Session, Fault> {
        let is_mendable = fault.status.is_client_error() && fault.status != StatusCode::NOT_FOUND;
        if !is_mendable {
            return Err(fault);
        }
        self.message = Some(Message::fault(&fault.detail));
        self.status = fault.status;
        Ok(self)
    }

    /// Leads to a page of the console, which then says what was done.
    pub(super) fn see(&self, path: &str, done: &str) -> Response {
        redirect(&format!("{}{path}?done={done}", self.root))
    }

    /// The switches as they are.
    pub(super) fn configuration(&self) -> ScimConfiguration {
        let configuration = self.caller.account.scim_configuration;
        configuration.unwrap_or_default()
    }

    /// Whether what SCIM manages is kept from changes by hand. The services decide; this only tells which
    /// fields to offer (rule 11).
    pub(super) fn is_locked(&self) -> bool {
        let configuration = self.configuration();
        configuration.enabled && !configuration.manual_updates_allowed
    }

    /// Whether the account's plan has SCIM; to say so before it is tried (rule 2).
    pub(super) fn is_eligible(&self) -> bool {
        let plan = self.caller.account.plan();
        matches!(plan, Plan::Enterprise | Plan::EnterprisePlus)
    }

    /// The licence types the account may use.
    pub(super) fn license_types(&self) -> Vec<String> {
        let seats = self.caller.account.license_seats.iter();
        seats.map(|seats| seats.license_type.clone()).collect()
    }
}

/// 303 to a path.
pub(super) fn redirect(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response(),
        Err(error) => Fault::internal(error).into_response(),
    }
}

/// Gives the browser the cookie of a session.
pub(super) fn begin(headers: &mut HeaderMap, site: &Site, ticket: &Ticket) {
    let seconds = LIFETIME.num_seconds();
    set_cookie(headers, site, &site.seal(ticket), seconds);
}

/// Takes it away.
pub(super) fn end(headers: &mut HeaderMap, site: &Site) {
    set_cookie(headers, site, "", 0);
}

fn set_cookie(headers: &mut HeaderMap, site: &Site, value: &str, seconds: i64) {
    let secure = if site.is_secure { "; Secure" } else { "" };
    let cookie = format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}",
        site.cookie
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

/// The session that a browser says it has.
pub(super) fn ticket(headers: &HeaderMap, site: &Site) -> Option<Ticket> {
    let text = cookie(headers, site.cookie)?;
    site.open(text, Utc::now())
}

/// The value of a cookie; that of the first where several have the name.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(COOKIE).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut pairs = texts
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| key.trim() == name);
    found.map(|(_, value)| value.trim())
}
