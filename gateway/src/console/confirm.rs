//! The question before what cuts deep. It says what will happen, and to whom; a form that does not come from it
//! is answered with it.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{
    form::Form,
    page::{Message, Page, answer},
    session::Session,
    time::When,
};
use crate::error::Fault;

/// What is asked.
#[derive(Default)]
pub(super) struct Question {
    /// The entry of the navigation it belongs to.
    pub(super) section: &'static str,
    pub(super) title: String,
    /// Why to think twice.
    pub(super) warning: Option<String>,
    /// What is meant.
    pub(super) facts: Vec<(&'static str, Fact)>,
    /// What will happen, a paragraph each.
    pub(super) effects: Vec<String>,
    /// Where a yes goes, under the console's path, and where a no leads.
    pub(super) action: String,
    pub(super) cancel: String,
    /// What the form says besides.
    pub(super) fields: Vec<(&'static str, String)>,
    /// The words on the button.
    pub(super) button: &'static str,
    /// What has to be typed for a yes; empty: nothing.
    pub(super) typed: String,
    /// Whether it cannot be done.
    pub(super) is_refused: bool,
}

/// One thing of what is meant.
pub(super) enum Fact {
    Text(String),
    Time(When),
    Number(i64),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Fact {
        Fact::Text(text.to_owned())
    }
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    page: Page,
    question: Question,
}

impl Question {
    /// Whether the form says yes to it. One that says so without what had to be typed gets to hear it.
    pub(super) fn is_answered(&self, form: &mut Form) -> Result<bool, Fault> {
        let is_confirmed = form.is_on("confirmed")?;
        let typed = form.text("typed")?;
        let is_answered = is_confirmed && typed == self.typed.trim();
        if is_confirmed && !is_answered {
            let told = format!("type “{}” into the field to go on", self.typed);
            form.session.message = Some(Message::fault(&told));
            form.session.status = StatusCode::BAD_REQUEST;
        }
        Ok(is_answered)
    }

    /// The page that asks it.
    pub(super) fn ask(self, session: &Session) -> Result<Response, Fault> {
        let page = Page::new(session, self.section, self.title.clone());
        let view = ConfirmPage {
            page,
            question: self,
        };
        answer(view.page.status(), &view)
    }
}
