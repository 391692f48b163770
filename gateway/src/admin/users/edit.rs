//! What an administrator changes of a user.

use ::scim::{
    patch::{Op, Operation},
    text::fold,
};
use proto::{
    identity::v1::{Email, PatchUserRequest, User},
    protocol::v1::ErrorReason as Reason,
};
use serde_json::{Map, Value, json};

use super::{
    super::fields::{Fields, invalid},
    email,
};
use crate::{auth::AdminCaller, error::Fault, scim::users::follow_activity, state::Gateway};

/// How often an edit is repeated where somebody else changed the user in between.
const ATTEMPTS: usize = 3;

/// The fields given.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) user_name: Option<String>,
    pub(crate) is_active: Option<bool>,
    /// Set by the licence's own endpoint.
    pub(crate) license_type: Option<String>,
}

impl Edit {
    /// Takes the fields of a user; those that cannot be changed here are ignored as clients send them back.
    pub(super) fn read(mut fields: Fields, caller: &AdminCaller) -> Result<Edit, Fault> {
        let edit = Edit {
            first_name: fields.text("first_name")?,
            last_name: fields.text("last_name")?,
            email: fields.text("email")?,
            user_name: fields.text("user_name")?,
            is_active: fields.boolean("is_active")?,
            license_type: None,
        };
        fields.account(caller.account_id)?;
        fields.ignore(&[
            "id",
            "scim_id",
            "external_id",
            "fullname",
            "email_verified",
            "license",
            "is_staff",
            "scim_managed",
            "permissions",
            "created_at",
            "updated_at",
        ]);
        fields.finish()?;
        if edit
            .email
            .as_deref()
            .is_some_and(|text| text.trim().is_empty())
        {
            return Err(invalid("email must not be empty"));
        }
        Ok(edit)
    }

    /// Writes the edit; the user as it is then.
    pub(crate) async fn apply(
        &self,
        gateway: &Gateway,
        caller: &AdminCaller,
        id: String,
    ) -> Result<User, Fault> {
        let mut attempt = 1;
        loop {
            let user = super::get(gateway, caller, id.clone()).await?;
            let operations = self.operations(&user, &gateway.license_urn);
            if operations.is_empty() {
                return Ok(user);
            }
            let request = PatchUserRequest {
                account_id: caller.account_id,
                id: id.clone(),
                operations: operations.into_iter().map(proto::patch::to_pb).collect(),
                // The list of addresses is written whole.
                etags: vec![user.etag],
                actor: Some(caller.actor()),
                ..PatchUserRequest::default()
            };
            let mut client = gateway.clients.identity.clone();
            match client.patch_user(request).await {
                Err(status)
                    if attempt < ATTEMPTS
                        && proto::error::reason(&status) == Some(Reason::EtagMismatch) =>
                {
                    attempt += 1;
                }
                answer => {
                    let user = answer?.into_inner();
                    follow_activity(gateway, &user, caller.actor()).await;
                    return Ok(user);
                }
            }
        }
    }

    /// What to do to the user as it is.
    pub(super) fn operations(&self, user: &User, license_urn: &str) -> Vec<Operation> {
        let mut operations = Vec::new();
        let mut text = |path: &str, value: Option<&str>| match value {
            Some("") => operations.push(operation(Op::Remove, path, None)),
            Some(value) => operations.push(operation(Op::Replace, path, Some(json!(value)))),
            None => {}
        };
        text("name.givenName", self.first_name.as_deref());
        text("name.familyName", self.last_name.as_deref());
        let mut user_name = self.user_name.as_deref();
        if let Some(new) = self.email.as_deref().filter(|new| *new != email(user)) {
            if user_name.is_none() && signs_in_by_email(user) {
                user_name = Some(new);
            }
            let emails = emails(user, new);
            operations.push(operation(Op::Replace, "emails", Some(emails)));
        }
        if let Some(user_name) = user_name {
            operations.push(operation(Op::Replace, "userName", Some(json!(user_name))));
        }
        if let Some(license_type) = &self.license_type {
            let path = format!("{license_urn}:licenseType");
            operations.push(operation(Op::Replace, &path, Some(json!(license_type))));
        }
        if let Some(active) = self.is_active {
            operations.push(operation(Op::Replace, "active", Some(json!(active))));
        }
        operations
    }
}

/// Whether the user name is the address. Somebody who signs in by the address goes on doing so when it changes.
pub(crate) fn signs_in_by_email(user: &User) -> bool {
    !user.emails.is_empty() && fold(&user.user_name) == fold(email(user))
}

fn operation(op: Op, path: &str, value: Option<Value>) -> Operation {
    Operation {
        op,
        path: Some(path.to_owned()),
        value,
    }
}

/// The addresses with the one the user is known by replaced; a user without any gets a first.
fn emails(user: &User, new: &str) -> Value {
    let mut emails = user.emails.clone();
    let place = emails.iter().position(|email| email.primary == Some(true));
    match place.or((!emails.is_empty()).then_some(0)) {
        Some(place) => new.clone_into(&mut emails[place].value),
        None => emails.push(Email {
            value: new.to_owned(),
            r#type: "work".to_owned(),
            primary: Some(true),
            ..Email::default()
        }),
    }
    emails.iter().map(element).collect()
}

fn element(email: &Email) -> Value {
    let mut element = Map::new();
    for (name, text) in [
        ("value", &email.value),
        ("type", &email.r#type),
        ("display", &email.display),
    ] {
        if !text.is_empty() {
            element.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(primary) = email.primary {
        element.insert("primary".to_owned(), json!(primary));
    }
    Value::Object(element)
}
