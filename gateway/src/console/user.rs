//! One user: attributes, licence, groups, invitation, and what may be changed.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::{
    group::v1::{BatchListUserGroupsRequest, Membership},
    identity::v1::{ListInvitationsRequest, User},
};

use super::{
    confirm::{Fact, Question},
    form::Form,
    invitations,
    page::{Page, answer},
    session::Session,
    time::{When, when},
    users::Row,
};
use crate::{
    admin::users::{self, Edit},
    error::Fault,
    request::Id,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    page: Page,
    row: Row,
    first_name: String,
    last_name: String,
    external_id: String,
    created: When,
    updated: When,
    /// As indented JSON.
    attributes: String,
    groups: Vec<Membership>,
    invitations: Vec<invitations::Row>,
    license_types: Vec<String>,
    is_locked: bool,
    is_license_locked: bool,
    /// Whether the user signs in by the address, so that both change together.
    signs_in_by_email: bool,
}

/// `GET /console/users/{id}`.
pub(super) async fn show(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
) -> Result<Response, Fault> {
    view(&gateway, &session, id).await
}

async fn view(gateway: &Gateway, session: &Session, id: String) -> Result<Response, Fault> {
    let user = users::get(gateway, &session.caller, id).await?;
    let (groups, invitations) = futures::try_join!(
        groups(gateway, session, &user.id),
        invitations(gateway, session, &user.id)
    )?;
    let configuration = session.configuration();
    let is_locked = user.scim_managed && session.is_locked();
    let name = user.name.clone().unwrap_or_default();
    let row = Row::new(&user);
    let mut license_types = session.license_types();
    if !license_types.contains(&user.license_type) && !user.license_type.is_empty() {
        license_types.push(user.license_type.clone());
    }
    let view = UserPage {
        page: Page::new(session, "users", row.name.clone()),
        first_name: name.given_name,
        last_name: name.family_name,
        external_id: user.external_id.clone(),
        created: when(user.create_time.as_ref(), "unknown"),
        updated: when(user.update_time.as_ref(), "unknown"),
        attributes: attributes(&user),
        signs_in_by_email: users::signs_in_by_email(&user),
        groups,
        invitations,
        license_types,
        is_locked,
        is_license_locked: is_locked
            || (user.scim_managed
                && configuration.enabled
                && configuration.scim_controlled_license_type),
        row,
    };
    answer(view.page.status(), &view)
}

/// What SCIM stored beyond the fields of the form.
fn attributes(user: &User) -> String {
    let value = serde_json::from_str::<serde_json::Value>(&user.attributes_json);
    let text = value.ok().and_then(|value| {
        let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
        serde_json::to_string_pretty(&value)
            .ok()
            .filter(|_| !is_empty)
    });
    text.unwrap_or_default()
}

async fn groups(
    gateway: &Gateway,
    session: &Session,
    user_id: &str,
) -> Result<Vec<Membership>, Fault> {
    let request = BatchListUserGroupsRequest {
        account_id: session.caller.account_id,
        user_ids: vec![user_id.to_owned()],
    };
    let mut client = gateway.clients.group.clone();
    let found = client.batch_list_user_groups(request).await?.into_inner();
    let memberships = found.user_groups.into_iter().flat_map(|of| of.memberships);
    Ok(memberships.collect())
}

async fn invitations(
    gateway: &Gateway,
    session: &Session,
    user_id: &str,
) -> Result<Vec<invitations::Row>, Fault> {
    let request = ListInvitationsRequest {
        account_id: session.caller.account_id,
        user_id: user_id.to_owned(),
        ..ListInvitationsRequest::default()
    };
    let mut client = gateway.clients.invitation.clone();
    let found = client.list_invitations(request).await?.into_inner();
    let rows = found.invitations.iter().map(invitations::Row::new);
    Ok(rows.collect())
}

/// `POST /console/users/{id}`: changes what differs.
pub(super) async fn edit(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let wanted = Edit {
        first_name: form.changed("first_name")?,
        last_name: form.changed("last_name")?,
        email: form.changed("email")?.filter(|text| !text.is_empty()),
        license_type: form.changed("license_type")?,
        ..Edit::default()
    };
    let user = users::get(&gateway, &form.session.caller, id.clone()).await?;
    let edit = changes(wanted, &user);
    apply(&gateway, form.session, id, &edit, "saved").await
}

/// Without what is as it was: to write it again could be refused.
fn changes(wanted: Edit, user: &User) -> Edit {
    let name = user.name.clone().unwrap_or_default();
    let differs = |wanted: Option<String>, is: &str| wanted.filter(|text| text != is);
    Edit {
        first_name: differs(wanted.first_name, &name.given_name),
        last_name: differs(wanted.last_name, &name.family_name),
        email: differs(wanted.email, users::email(user)),
        license_type: differs(wanted.license_type, &user.license_type),
        ..wanted
    }
}

/// `POST /console/users/{id}/activation`.
pub(super) async fn activate(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let is_active = form.is_on("active")?;
    if !is_active && !form.is_on("confirmed")? {
        return ask(&gateway, &form.session, id, deactivation).await;
    }
    let edit = Edit {
        is_active: Some(is_active),
        ..Edit::default()
    };
    let done = if is_active {
        "activated"
    } else {
        "deactivated"
    };
    apply(&gateway, form.session, id, &edit, done).await
}

async fn apply(
    gateway: &Gateway,
    session: Session,
    id: String,
    edit: &Edit,
    done: &str,
) -> Result<Response, Fault> {
    match edit.apply(gateway, &session.caller, id.clone()).await {
        Ok(user) => Ok(session.see(&format!("/users/{}", user.id), done)),
        Err(fault) => view(gateway, &session.refused(fault)?, id).await,
    }
}

/// Asks a question about a user.
async fn ask(
    gateway: &Gateway,
    session: &Session,
    id: String,
    question: fn(&Row) -> Question,
) -> Result<Response, Fault> {
    let user = users::get(gateway, &session.caller, id).await?;
    let row = Row::new(&user);
    let is_refused = user.scim_managed && session.is_locked();
    let question = Question {
        section: "users",
        warning: is_refused.then(|| {
            "SCIM manages this user and manual updates are off: do it in the identity provider."
                .to_owned()
        }),
        facts: vec![
            ("Name", Fact::Text(row.name.clone())),
            ("E-mail", Fact::Text(row.email.clone())),
        ],
        cancel: format!("/users/{}", row.id),
        is_refused,
        ..question(&row)
    };
    question.ask(session)
}

fn deactivation(row: &Row) -> Question {
    Question {
        title: "Deactivate user".to_owned(),
        effects: vec![
            "The user can no longer sign in, and the seat becomes free. The record stays; activating brings the user back while a seat is free."
                .to_owned(),
        ],
        action: format!("/users/{}/activation", row.id),
        fields: vec![("active", "false".to_owned())],
        button: "Deactivate user",
        ..Question::default()
    }
}

fn deletion(row: &Row) -> Question {
    Question {
        title: "Delete user".to_owned(),
        effects: vec![
            "The user leaves all groups, and the seat becomes free. This cannot be undone; the audit log keeps what was."
                .to_owned(),
        ],
        action: format!("/users/{}/delete", row.id),
        button: "Delete user",
        ..Question::default()
    }
}

/// `GET /console/users/{id}/delete`: asks first.
pub(super) async fn confirm_delete(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
) -> Result<Response, Fault> {
    ask(&gateway, &session, id, deletion).await
}

/// `POST /console/users/{id}/delete`.
pub(super) async fn delete(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    if !form.is_on("confirmed")? {
        return ask(&gateway, &form.session, id, deletion).await;
    }
    let session = form.session;
    match users::delete(&gateway, &session.caller, &id).await {
        Ok(()) => Ok(session.see("/users", "deleted")),
        Err(fault) => view(&gateway, &session.refused(fault)?, id).await,
    }
}
