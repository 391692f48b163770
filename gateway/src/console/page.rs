//! What all pages have in common.

use askama::Template;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::session::Session;
use crate::{
    admin::{fields::invalid, query::Query},
    error::Fault,
};

/// The media type of pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";
/// How many rows a table has at most.
pub(super) const PAGE_SIZE: i32 = 50;
/// The number of the last page that can be asked for; that of its first row still fits 32 bits.
const LAST_PAGE: i32 = i32::MAX / PAGE_SIZE;

/// What the frame around a page shows.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) title: String,
    /// The entry of the navigation to mark.
    pub(super) section: &'static str,
    pub(super) root: String,
    pub(super) account_id: i64,
    pub(super) account_name: String,
    pub(super) csrf: String,
    /// Whether nothing can be changed in this session.
    pub(super) reads_only: bool,
    pub(super) message: Option<Message>,
    status: StatusCode,
}

/// The navigation: paths under the console's, and titles.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("scim", "SCIM"),
    ("tokens", "Tokens"),
    ("admin-tokens", "Admin tokens"),
    ("users", "Users"),
    ("groups", "Groups"),
    ("invitations", "Invitations"),
    ("licences", "Licences"),
    ("ip-restrictions", "IP restrictions"),
    ("webhook", "Webhook"),
    ("audit-log", "Audit log"),
];

/// What a page says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) is_fault: bool,
    pub(super) text: String,
}

impl Message {
    pub(super) fn fault(detail: &str) -> Message {
        Message {
            is_fault: true,
            text: sentence(detail),
        }
    }
}

/// A message of a service as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// The message of a word in the query; no other text of the query is shown as ours.
pub(super) fn done(word: &str) -> Option<Message> {
    let text = match word {
        "saved" => "Saved.",
        "on" => "Switched on.",
        "off" => "Switched off.",
        "created" => "Created.",
        "deleted" => "Deleted.",
        "sessions-ended" => "Its sessions are ended.",
        "activated" => "The user is active again.",
        "deactivated" => "The user is deactivated.",
        "added" => "Added to the group.",
        "removed" => "Removed from the group.",
        "invited" => "Invited: the mails are on their way.",
        "invited-unsent" => {
            "Invited. No mail is configured, so nobody has heard of it yet: hand over the links."
        }
        "half-invited" => {
            "Invited, but not everybody could be put into the groups. Add them by hand."
        }
        "webhook-removed" => "The webhook is removed: changes are no longer sent.",
        "retried" => "The deliveries are tried again.",
        "forgotten" => "Forgotten.",
        "resent" => "The invitation is good for its full time again, and a new mail is on its way.",
        "renewed" => {
            "The invitation is good for its full time again. No mail is configured, so nothing was sent: hand over the link."
        }
        "revoked" => "The invitation is revoked.",
        _ => return None,
    };
    Some(Message {
        is_fault: false,
        text: text.to_owned(),
    })
}

impl Page {
    pub(super) fn new(session: &Session, section: &'static str, title: impl Into<String>) -> Page {
        Page {
            title: title.into(),
            section,
            root: session.root.clone(),
            account_id: session.caller.account_id,
            account_name: session.caller.account.name.clone(),
            csrf: session.csrf.clone(),
            reads_only: session.caller.reads_only,
            message: session.message.clone(),
            status: session.status,
        }
    }

    /// For templates.
    pub(super) fn sections(&self) -> &'static [(&'static str, &'static str)] {
        SECTIONS
    }

    /// The status that goes with the message.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}

/// A page as an answer.
pub(super) fn answer(status: StatusCode, template: &impl Template) -> Result<Response, Fault> {
    let text = template.render().map_err(Fault::internal)?;
    let media_type = [(CONTENT_TYPE, HeaderValue::from_static(HTML))];
    Ok((status, media_type, Body::from(text)).into_response())
}

/// Which rows of a table are shown, and the way to the others.
#[derive(Debug)]
pub(super) struct Pager {
    pub(super) total: i64,
    /// The numbers of the first and the last row, from 1.
    pub(super) first: i64,
    pub(super) last: i64,
    /// URLs of the pages before and after.
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

/// How many rows come before the page that the query asks for, which is counted from 1.
pub(super) fn skip(query: &Query) -> Result<i32, Fault> {
    let number = match query.text("page")? {
        None => 1,
        Some(text) => {
            let number = text.parse().ok();
            let number = number.filter(|number| (1..=LAST_PAGE).contains(number));
            number.ok_or_else(|| invalid("there is no such page"))?
        }
    };
    Ok((number - 1) * PAGE_SIZE)
}

impl Pager {
    /// Of the table at a URL, with the other parameters of its query, which stay as they are.
    pub(super) fn new(url: &str, skip: i32, total: i64, parameters: &[(&str, &str)]) -> Pager {
        let link = |number: i32| {
            let given = parameters.iter().filter(|(_, value)| !value.is_empty());
            let mut link = format!("{url}?");
            for (name, value) in given {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
                link.push_str(&format!("{name}={value}&"));
            }
            link + &format!("page={number}")
        };
        let number = skip / PAGE_SIZE + 1;
        let end = i64::from(skip) + i64::from(PAGE_SIZE);
        Pager {
            total,
            first: (i64::from(skip) + 1),
            last: end.min(total),
            previous: (number > 1).then(|| link(number - 1)),
            next: (end < total).then(|| link(number + 1)),
        }
    }
}

/// The rows of a page of a list that is there as a whole.
pub(super) fn cut<T>(items: Vec<T>, skip: i32) -> Vec<T> {
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let take = usize::try_from(PAGE_SIZE).unwrap_or_default();
    items.into_iter().skip(skip).take(take).collect()
}

#[cfg(test)]
mod tests;
