//! Invitations by an administrator.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use proto::identity::v1::{self as pb, invitation::Type};
use scim::text::fold;
use serde_json::json;
use storage::postgres;

use super::super::{Identity, user_id, write::Write};
use crate::{
    error::Error,
    invitations::{Invitation, NewInvitation},
    rules,
    users::{self, State, User},
};

/// The most addresses of one call, and the most groups.
const LIMIT: usize = 100;

/// Whom to invite and to what.
struct Batch {
    /// The addresses, each with its form of comparison.
    invitees: Vec<(String, String)>,
    license_type: String,
    group_ids: Vec<String>,
}

impl Identity {
    pub(in crate::service) async fn invite_all(
        &self,
        request: pb::CreateInvitationsRequest,
    ) -> Result<pb::CreateInvitationsResponse, Error> {
        let write = self.write(request.account_id, request.actor).await?;
        rules::may_create(&write.policy, &write.actor)?;
        let license_type = match request.license_type {
            given if given.is_empty() => rules::default_license(&write.policy, &self.license),
            given => given,
        };
        rules::check_license(&write.policy, &self.license, &license_type)?;
        let batch = Batch {
            invitees: invitees(request.emails)?,
            license_type,
            group_ids: groups(request.group_ids)?,
        };
        let mut connection = postgres::connect(&self.pool).await?;
        let invited = connection
            .transaction(async |connection| write.invite_all(connection, &batch).await)
            .await?;
        self.sequencer.wake();
        let (invitations, users) = invited
            .into_iter()
            .map(|(invitation, user)| {
                let license_type = batch.license_type.clone();
                (
                    self.invitation_answer(invitation, license_type),
                    self.answer(user),
                )
            })
            .unzip();
        Ok(pb::CreateInvitationsResponse { invitations, users })
    }
}

impl Write<'_> {
    /// Adds a user and an invitation for each, or for none; in the order of the batch.
    async fn invite_all(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &Batch,
    ) -> Result<Vec<(Invitation, User)>, Error> {
        self.refuse_users(connection, &batch.invitees).await?;
        let licensed = !self.policy.license_on_redemption;
        if licensed {
            let emails = batch.invitees.iter().map(|(email, _)| email.clone());
            let emails: Vec<String> = emails.collect();
            self.take_seats(connection, &batch.license_type, &emails)
                .await?;
        }
        // In one order whatever the caller's, so that batches that share names do not deadlock.
        let mut order: Vec<usize> = (0..batch.invitees.len()).collect();
        order.sort_by_key(|place| &batch.invitees[*place].1);
        let mut invited = Vec::with_capacity(order.len());
        for place in order {
            let email = &batch.invitees[place].0;
            let user = self.insert(connection, self.invitee(batch, email)?).await?;
            let new = NewInvitation {
                account_id: self.account_id,
                user_id: user.id,
                email,
                r#type: Type::Standard,
                group_ids: &batch.group_ids,
                days: self.identity.invitation_days,
            };
            let invitation = self.insert_invitation(connection, new).await?;
            invited.push((place, (invitation, user)));
        }
        invited.sort_by_key(|(place, _)| *place);
        Ok(invited.into_iter().map(|(_, one)| one).collect())
    }

    /// Names those who are users already.
    async fn refuse_users(
        &self,
        connection: &mut AsyncPgConnection,
        invitees: &[(String, String)],
    ) -> Result<(), Error> {
        let keys: Vec<&str> = invitees.iter().map(|(_, key)| key.as_str()).collect();
        let taken = users::find_names(connection, self.account_id, &keys).await?;
        if taken.is_empty() {
            return Ok(());
        }
        let taken = invitees.iter().filter(|(_, key)| taken.contains(key));
        Err(Error::Invited(
            taken.map(|(email, _)| email.clone()).collect(),
        ))
    }

    /// The user an address is to become.
    fn invitee(&self, batch: &Batch, email: &str) -> Result<State, Error> {
        let resource = json!({
            "userName": email,
            "active": true,
            "emails": [{ "value": email, "type": "work", "primary": true }],
        });
        let serde_json::Value::Object(mut resource) = resource else {
            unreachable!("an object is an object");
        };
        rules::settle(&self.policy, None, &mut resource)?;
        Ok(State {
            resource,
            license_type: batch.license_type.clone(),
            license_shown: true,
            licensed: !self.policy.license_on_redemption,
            scim_managed: false,
        })
    }
}

fn invitees(emails: Vec<String>) -> Result<Vec<(String, String)>, Error> {
    let invalid = |why: String| Err(Error::InvalidValue(why));
    if !(1..=LIMIT).contains(&emails.len()) {
        return invalid(format!("emails must be from 1 to {LIMIT}"));
    }
    let mut invitees: Vec<(String, String)> = Vec::with_capacity(emails.len());
    for email in emails {
        if !rules::is_address(&email) {
            return invalid(format!("{email:?} is not an e-mail address"));
        }
        let key = fold(&email);
        if invitees.iter().any(|(_, other)| *other == key) {
            return invalid(format!("{email} is named twice"));
        }
        invitees.push((email, key));
    }
    Ok(invitees)
}

fn groups(group_ids: Vec<String>) -> Result<Vec<String>, Error> {
    if group_ids.len() > LIMIT || group_ids.iter().any(|id| user_id(id).is_err()) {
        return Err(Error::InvalidValue(format!(
            "group_ids must be at most {LIMIT} ids of groups"
        )));
    }
    Ok(group_ids)
}
