//! Invitations, of people by hand and of those made over SCIM.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::{
    group::v1::ListGroupSettingsRequest,
    identity::v1::{
        GetInvitationRequest, Invitation, ListInvitationsRequest, ResendInvitationRequest,
        RevokeInvitationRequest,
        invitation::{State as Status, Type},
    },
};

use super::{
    confirm::{Fact, Question},
    form::Form,
    page::{PAGE_SIZE, Page, Pager, answer, skip},
    session::Session,
    time::{When, when},
};
use crate::{
    admin::{
        fields::invalid,
        groups::page_of,
        invites::{self, number},
        query::Query,
    },
    error::Fault,
    request::Id,
    state::Gateway,
};

/// The states a list can be of: the word in the query, the title, the state.
const STATES: &[(&str, &str, Status)] = &[
    ("pending", "Pending", Status::Pending),
    ("redeemed", "Redeemed", Status::Redeemed),
    ("expired", "Expired", Status::Expired),
    ("revoked", "Revoked", Status::Revoked),
];
/// The most groups offered for choice.
const GROUPS: i32 = 200;

#[derive(Template)]
#[template(path = "invitations.html")]
struct InvitationsPage {
    page: Page,
    rows: Vec<Row>,
    pager: Pager,
    state: String,
    states: &'static [(&'static str, &'static str, Status)],
    license_types: Vec<String>,
    /// Ids and names.
    groups: Vec<(String, String)>,
    /// What was typed, where it was refused.
    emails: String,
    is_locked: bool,
    are_mailed: bool,
}

/// An invitation in a table.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) user_id: String,
    pub(super) email: String,
    pub(super) license_type: String,
    pub(super) is_scim: bool,
    pub(super) state: &'static str,
    pub(super) is_open: bool,
    pub(super) is_pending: bool,
    pub(super) sent: When,
    /// The link to hand over; empty: a mail has it, or there is none.
    pub(super) link: String,
    pub(super) expires: When,
}

impl Row {
    pub(super) fn new(invitation: &Invitation) -> Row {
        let state = invitation.state();
        let title = STATES.iter().find(|(_, _, known)| *known == state);
        Row {
            id: invitation.id,
            user_id: invitation.user_id.clone(),
            email: invitation.email.clone(),
            license_type: invitation.license_type.clone(),
            is_scim: invitation.r#type() == Type::Scim,
            state: title.map_or("Unknown", |(_, title, _)| title),
            is_open: matches!(state, Status::Pending | Status::Expired),
            is_pending: state == Status::Pending,
            sent: when(invitation.send_time.as_ref(), "not yet"),
            link: if state == Status::Pending && !invitation.is_mailed {
                invitation.link.clone()
            } else {
                String::new()
            },
            expires: when(invitation.expire_time.as_ref(), "never"),
        }
    }
}

/// `GET /console/invitations`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    let state = query.text("state")?.unwrap_or_default();
    view(&gateway, &session, state, skip(&query)?, String::new()).await
}

async fn view(
    gateway: &Gateway,
    session: &Session,
    state: String,
    skip: i32,
    emails: String,
) -> Result<Response, Fault> {
    let wanted = STATES.iter().find(|(word, _, _)| *word == state);
    let wanted = wanted.map_or(Status::Unspecified, |(_, _, wanted)| *wanted);
    let request = ListInvitationsRequest {
        account_id: session.caller.account_id,
        skip,
        page_size: PAGE_SIZE,
        state: wanted.into(),
        ..ListInvitationsRequest::default()
    };
    let mut client = gateway.clients.invitation.clone();
    let found = client.list_invitations(request).await?.into_inner();
    let view = InvitationsPage {
        page: Page::new(session, "invitations", "Invitations"),
        rows: found.invitations.iter().map(Row::new).collect(),
        pager: Pager::new(
            &format!("{}/invitations", session.root),
            skip,
            found.total_size,
            &[("state", &state)],
        ),
        state,
        states: STATES,
        license_types: session.license_types(),
        groups: groups(gateway, session).await?,
        emails,
        is_locked: session.is_locked(),
        are_mailed: found.are_mailed,
    };
    answer(view.page.status(), &view)
}

async fn groups(gateway: &Gateway, session: &Session) -> Result<Vec<(String, String)>, Fault> {
    let request = ListGroupSettingsRequest {
        account_id: session.caller.account_id,
        page_size: GROUPS,
        ..ListGroupSettingsRequest::default()
    };
    let (settings, _) = page_of(gateway, request).await?;
    let groups = settings.into_iter().filter_map(|found| found.group);
    Ok(groups.map(|group| (group.id, group.display_name)).collect())
}

/// `POST /console/invitations`: invites all of the addresses or none.
pub(super) async fn create(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let emails = form.lines("emails", true)?;
    let license_type = form.text("license_type")?;
    let group_ids = form.texts("group")?;
    let session = form.session;
    let typed = emails.join("\n");
    let invited = if emails.is_empty() {
        Err(invalid("an invitation needs an e-mail address"))
    } else {
        invites::invite(&gateway, &session.caller, emails, license_type, group_ids).await
    };
    match invited {
        Ok(invited) => {
            let are_mailed = invited.invitations.iter().all(|one| one.is_mailed);
            let done = match (invited.are_assigned, are_mailed) {
                (false, _) => "half-invited",
                (true, true) => "invited",
                (true, false) => "invited-unsent",
            };
            Ok(session.see("/invitations", done))
        }
        Err(fault) => view(&gateway, &session.refused(fault)?, String::new(), 0, typed).await,
    }
}

/// `POST /console/invitations/{id}/resend`.
pub(super) async fn resend(
    State(gateway): State<Gateway>,
    Id(id): Id,
    form: Form,
) -> Result<Response, Fault> {
    let session = form.session;
    let request = ResendInvitationRequest {
        account_id: session.caller.account_id,
        id: number(&id)?,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.invitation.clone();
    let sent = client.resend_invitation(request).await;
    let is_mailed = sent.as_ref().is_ok_and(|sent| sent.get_ref().is_mailed);
    let done = if is_mailed { "resent" } else { "renewed" };
    after(sent.map(drop), &gateway, session, done).await
}

/// `POST /console/invitations/{id}/revoke`: asks first.
pub(super) async fn revoke(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    if !form.is_on("confirmed")? {
        return revocation(&gateway, &form.session, id).await;
    }
    let session = form.session;
    let request = RevokeInvitationRequest {
        account_id: session.caller.account_id,
        id,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.invitation.clone();
    let revoked = client.revoke_invitation(request).await.map(drop);
    after(revoked, &gateway, session, "revoked").await
}

async fn revocation(gateway: &Gateway, session: &Session, id: i64) -> Result<Response, Fault> {
    let request = GetInvitationRequest {
        account_id: session.caller.account_id,
        id,
    };
    let mut client = gateway.clients.invitation.clone();
    let row = Row::new(&client.get_invitation(request).await?.into_inner());
    let question = Question {
        section: "invitations",
        title: "Revoke invitation".to_owned(),
        facts: vec![
            ("E-mail", Fact::Text(row.email)),
            ("Licence", Fact::Text(row.license_type)),
            ("State", row.state.into()),
            ("Expires", Fact::Time(row.expires)),
        ],
        effects: vec![
            "The invitation can no longer be accepted, and cannot be brought back. The user stays as it is, active or not: deactivate or delete it on its own page."
                .to_owned(),
        ],
        action: format!("/invitations/{id}/revoke"),
        cancel: "/invitations".to_owned(),
        button: "Revoke invitation",
        ..Question::default()
    };
    question.ask(session)
}

async fn after(
    result: Result<(), tonic::Status>,
    gateway: &Gateway,
    session: Session,
    done: &str,
) -> Result<Response, Fault> {
    match result {
        Ok(()) => Ok(session.see("/invitations", done)),
        Err(status) => {
            let session = session.refused(status.into())?;
            view(gateway, &session, String::new(), 0, String::new()).await
        }
    }
}
