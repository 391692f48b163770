//! A form sent from a page of the console. Taking one checks that it was.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{HeaderMap, StatusCode, header::ORIGIN};
use sha2::{Digest, Sha256};

use super::{
    seal::Site,
    session::{Refusal, Session},
};
use crate::{admin::fields::Fields, body, error::Fault, state::Gateway};

/// The most bytes of a form of somebody who is not known yet, so that few can fill the memory.
const OPEN_LIMIT: usize = 16 * 1024;

/// The fields of a form of the session.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) session: Session,
    fields: Fields,
}

/// A list of a form.
#[derive(Debug)]
pub(super) struct Lines {
    /// None: as the page showed it.
    pub(super) wanted: Option<Vec<String>>,
    /// As the page showed it, where the form says so.
    pub(super) was: Option<Vec<String>>,
}

impl FromRequest<Gateway> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, gateway: &Gateway) -> Result<Form, Refusal> {
        let (mut parts, body) = request.into_parts();
        let session = Session::from_request_parts(&mut parts, gateway).await?;
        let request = Request::from_parts(parts, body);
        check(request.headers(), &gateway.site)?;
        let mut fields = Fields::from_form(&body::read(request).await?)?;
        let given = fields.text("csrf")?.unwrap_or_default();
        // Digests take the same time whatever the texts have in common.
        if Sha256::digest(given) != Sha256::digest(&session.csrf) {
            let detail =
                "The form is not one of this session. Go back, reload the page and try again.";
            return Err(Fault::new(StatusCode::FORBIDDEN, detail).into());
        }
        Ok(Form { session, fields })
    }
}

impl Form {
    /// A text without spaces around it; empty where none was given.
    pub(super) fn text(&mut self, name: &str) -> Result<String, Fault> {
        let text = self.fields.text(name)?.unwrap_or_default();
        Ok(text.trim().to_owned())
    }

    /// A text that may be missing, which is not the same as empty.
    pub(super) fn optional(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let text = self.fields.text(name)?;
        Ok(text.map(|text| text.trim().to_owned()))
    }

    /// Whether a box is ticked, or a switch is to be on.
    pub(super) fn is_on(&mut self, name: &str) -> Result<bool, Fault> {
        Ok(self.text(name)? == "true")
    }

    /// What the page showed in a field, where the form says so.
    pub(super) fn shown(&mut self, name: &str) -> Result<Option<String>, Fault> {
        self.fields.text(&format!("was_{name}"))
    }

    /// A text to write: none where it was not given, or is as the page showed it. What somebody else wrote
    /// meanwhile then stays.
    pub(super) fn changed(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let was = self.shown(name)?;
        let is = self.optional(name)?;
        Ok(is.filter(|is| was.as_deref().map(str::trim) != Some(is)))
    }

    /// As [`Form::changed`], of a box.
    pub(super) fn changed_tick(&mut self, name: &str) -> Result<Option<bool>, Fault> {
        let was = self.shown(name)?.map(|was| was == "true");
        let is = self.is_on(name)?;
        Ok(Some(is).filter(|_| was != Some(is)))
    }

    /// As [`Form::changed`], of a list with a text to each line, and the list as the page showed it.
    pub(super) fn changed_lines(&mut self, name: &str, commas: bool) -> Result<Lines, Fault> {
        let was = self.shown(name)?.map(|text| shown_lines(&text));
        let is = self.lines(name, commas)?;
        let is_as_it_was = was
            .as_ref()
            .is_some_and(|was| was.iter().map(|line| line.trim()).eq(is.iter()));
        Ok(Lines {
            wanted: Some(is).filter(|_| !is_as_it_was),
            was,
        })
    }

    /// The values of a field that may be there several times.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, Fault> {
        Ok(self.fields.texts(name)?.unwrap_or_default())
    }

    /// The lines of a text that are not empty; commas divide too if asked.
    pub(super) fn lines(&mut self, name: &str, commas: bool) -> Result<Vec<String>, Fault> {
        let text = self.text(name)?;
        let lines = text.split(|letter| letter == '\n' || (commas && matches!(letter, ',' | ';')));
        let lines = lines.map(str::trim).filter(|line| !line.is_empty());
        Ok(lines.map(str::to_owned).collect())
    }
}

/// A list as a page showed it, spaces and all.
pub(super) fn shown_lines(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The fields of a form of the sign-in page.
pub(super) async fn read_open(request: Request<Body>, site: &Site) -> Result<Fields, Fault> {
    check(request.headers(), site)?;
    Fields::from_form(&body::read_within(request, OPEN_LIMIT).await?)
}

/// Refuses what no page of this site sent, as far as the browser says, and what is no form.
fn check(headers: &HeaderMap, site: &Site) -> Result<(), Fault> {
    check_origin(headers, site)?;
    let accepted = "application/x-www-form-urlencoded";
    if body::media_type(headers) != accepted {
        return Err(body::unsupported(accepted));
    }
    Ok(())
}

/// Browsers say from where a form comes; what says nothing is no browser that could be misled.
fn check_origin(headers: &HeaderMap, site: &Site) -> Result<(), Fault> {
    let is_ours = match headers.get(ORIGIN) {
        Some(origin) => origin == site.origin.as_str(),
        None => headers
            .get("sec-fetch-site")
            .is_none_or(|from| from == "same-origin"),
    };
    if is_ours {
        return Ok(());
    }
    let detail = format!(
        "The form comes from another site. Open the console at {}{}.",
        site.origin, site.root
    );
    Err(Fault::new(StatusCode::FORBIDDEN, detail))
}
