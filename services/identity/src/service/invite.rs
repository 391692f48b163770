//! Invitations, and what of them follows from writes on users.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use proto::{
    enumeration,
    identity::v1::{
        self as pb,
        invitation::{State as Progress, Type},
    },
    protocol::v1::Actor,
    request,
};
use storage::{changes, postgres};
use uuid::Uuid;

use super::{Identity, user_id, write::Write};
use crate::{
    error::Error,
    invitations::{self, Invitation, NewInvitation, Selection},
    mail, rules,
    users::{self, State, User},
};

mod batch;

/// The most users whose invitations are renewed at once.
const RENEW_LIMIT: usize = 10_000;

/// What is to become of an open invitation.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Resend,
    Revoke,
    Redeem,
}

impl Identity {
    pub(super) async fn invitation(
        &self,
        request: pb::GetInvitationRequest,
    ) -> Result<pb::Invitation, Error> {
        let mut connection = postgres::connect(&self.pool).await?;
        let found = invitations::find(&mut connection, request.account_id, request.id).await?;
        let (invitation, license_type) = found.ok_or(Error::NoInvitation)?;
        Ok(self.invitation_answer(invitation, license_type))
    }

    pub(super) async fn invitations(
        &self,
        request: pb::ListInvitationsRequest,
    ) -> Result<pb::ListInvitationsResponse, Error> {
        let account_id = request::account(request.account_id)?;
        // An id of another form names no user, who then has no invitation.
        let user_id = match request.user_id.as_str() {
            "" => None,
            text => Some(user_id(text).unwrap_or(Uuid::nil())),
        };
        let selection = Selection {
            account_id,
            user_id,
            state: enumeration::read("state", request.state)?,
            skip: request::skip(request.skip)?,
            limit: request::page_size(request.page_size)?,
        };
        let mut connection = postgres::connect(&self.pool).await?;
        let (rows, total_size) = invitations::list(&mut connection, selection).await?;
        let invitations = rows.into_iter();
        Ok(pb::ListInvitationsResponse {
            invitations: invitations
                .map(|(invitation, license_type)| self.invitation_answer(invitation, license_type))
                .collect(),
            total_size,
            are_mailed: self.are_mailed,
        })
    }

    /// Takes an invitation a step on.
    pub(super) async fn advance(
        &self,
        account_id: i64,
        id: i64,
        actor: Option<Actor>,
        step: Step,
    ) -> Result<pb::Invitation, Error> {
        let write = self.write(account_id, actor).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        let advanced = connection
            .transaction(async |connection| {
                let (invitation, user) = write.lock_invitation(connection, id).await?;
                let license_type = user.clone().into_state().license_type;
                let invitation = write.advance(connection, invitation, user, step).await?;
                Ok::<_, Error>(self.invitation_answer(invitation, license_type))
            })
            .await?;
        self.sequencer.wake();
        Ok(advanced)
    }

    pub(super) async fn renew_expired(
        &self,
        request: pb::RenewExpiredInvitationsRequest,
    ) -> Result<pb::RenewExpiredInvitationsResponse, Error> {
        if request.user_ids.len() > RENEW_LIMIT {
            return Err(Error::InvalidValue(format!(
                "user_ids must not be more than {RENEW_LIMIT}"
            )));
        }
        let ids = request.user_ids.iter().filter_map(|id| user_id(id).ok());
        let ids: Vec<Uuid> = ids.collect();
        let write = self.write(request.account_id, request.actor).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        let users =
            invitations::find_expired_users(&mut connection, write.account_id, &ids).await?;
        let mut renewed_count = 0;
        // One transaction each: ten thousand row locks are no good, and each stands for itself.
        for id in users {
            let renewed = connection
                .transaction(async |connection| write.renew_expired(connection, id).await)
                .await?;
            renewed_count += i32::from(renewed);
        }
        self.sequencer.wake();
        Ok(pb::RenewExpiredInvitationsResponse { renewed_count })
    }
}

impl Write<'_> {
    /// Invites a user, with the entry in the change log.
    pub(super) async fn invite(
        &self,
        connection: &mut AsyncPgConnection,
        user_id: Uuid,
        email: &str,
        r#type: Type,
    ) -> Result<Invitation, Error> {
        let new = NewInvitation {
            account_id: self.account_id,
            user_id,
            email,
            r#type,
            group_ids: &[],
            days: self.identity.invitation_days,
        };
        self.insert_invitation(connection, new).await
    }

    pub(super) async fn insert_invitation(
        &self,
        connection: &mut AsyncPgConnection,
        new: NewInvitation<'_>,
    ) -> Result<Invitation, Error> {
        let invitation = invitations::insert(connection, new).await?;
        self.log(connection, "invitation.created", &invitation)
            .await?;
        Ok(invitation)
    }

    /// What goes with a user's deactivation: an open invitation is taken back, and whoever has never
    /// redeemed one is invited anew when activated again. The invitation, which is to be logged.
    pub(super) async fn deactivate(
        &self,
        connection: &mut AsyncPgConnection,
        user: &User,
        next: &mut State,
    ) -> Result<Option<Invitation>, Error> {
        let revoked = invitations::revoke_open(connection, self.account_id, user.id).await?;
        next.licensed &= revoked.is_none();
        Ok(revoked)
    }

    /// What goes with a user's activation: an invitation, if the user has redeemed none.
    pub(super) async fn activate(
        &self,
        connection: &mut AsyncPgConnection,
        user: &User,
        next: &mut State,
    ) -> Result<(), Error> {
        if next.licensed {
            return Ok(());
        }
        next.licensed = !self.policy.license_on_redemption;
        let r#type = match next.scim_managed {
            true => Type::Scim,
            false => Type::Standard,
        };
        let email = rules::contact(&next.resource);
        self.invite(connection, user.id, email, r#type).await?;
        Ok(())
    }

    /// An invitation with its user, both locked.
    async fn lock_invitation(
        &self,
        connection: &mut AsyncPgConnection,
        id: i64,
    ) -> Result<(Invitation, User), Error> {
        let find = async |connection: &mut AsyncPgConnection| {
            let found = invitations::find(connection, self.account_id, id).await?;
            found.ok_or(Error::NoInvitation)
        };
        let (invitation, _) = find(connection).await?;
        let user = users::lock(connection, self.account_id, invitation.user_id).await?;
        let user = user.ok_or(Error::NoInvitation)?;
        // Read again: it may have changed until the lock was ours.
        let (invitation, _) = find(connection).await?;
        Ok((invitation, user))
    }

    async fn advance(
        &self,
        connection: &mut AsyncPgConnection,
        invitation: Invitation,
        user: User,
        step: Step,
    ) -> Result<Invitation, Error> {
        let refused = |why: &str| Err(Error::InvalidValue(format!("the invitation {why}")));
        match (invitation.state(), step) {
            (Progress::Redeemed, _) => return refused("has been redeemed"),
            (Progress::Revoked, _) => return refused("has been revoked"),
            (Progress::Expired, Step::Redeem) => return refused("has expired"),
            _ => {}
        }
        let key = (self.account_id, invitation.id);
        let (kind, invitation) = match step {
            Step::Resend => {
                let days = self.identity.invitation_days;
                let renewed = invitations::renew(connection, key.0, key.1, days).await?;
                ("invitation.resent", renewed)
            }
            Step::Revoke => (
                "invitation.revoked",
                invitations::revoke(connection, key.0, key.1).await?,
            ),
            Step::Redeem => {
                self.give_license(connection, user).await?;
                let redeemed = invitations::redeem(connection, key.0, key.1).await?;
                ("invitation.redeemed", redeemed)
            }
        };
        self.log(connection, kind, &invitation).await?;
        Ok(invitation)
    }

    /// Gives a locked user the licence, unless the user has it.
    async fn give_license(
        &self,
        connection: &mut AsyncPgConnection,
        user: User,
    ) -> Result<(), Error> {
        let id = user.id;
        let before = user.into_state();
        if before.licensed {
            return Ok(());
        }
        let next = State {
            licensed: true,
            ..before.clone()
        };
        self.take_seat(connection, Some(&before), &next).await?;
        Ok(users::give_license(connection, self.account_id, id).await?)
    }

    async fn renew_expired(
        &self,
        connection: &mut AsyncPgConnection,
        user_id: Uuid,
    ) -> Result<bool, Error> {
        if users::lock(connection, self.account_id, user_id)
            .await?
            .is_none()
        {
            return Ok(false);
        }
        let open = invitations::find_open(connection, self.account_id, user_id).await?;
        let Some(open) = open.filter(|open| open.state() == Progress::Expired) else {
            return Ok(false);
        };
        let days = self.identity.invitation_days;
        let renewed = invitations::renew(connection, self.account_id, open.id, days).await?;
        self.log(connection, "invitation.resent", &renewed).await?;
        Ok(true)
    }

    /// An entry in the change log for an invitation.
    pub(super) async fn log(
        &self,
        connection: &mut AsyncPgConnection,
        kind: &str,
        invitation: &Invitation,
    ) -> Result<(), Error> {
        let id = invitation.id.to_string();
        let entry = self.entry(kind, &id, invitation.email.as_str().into(), &[]);
        Ok(changes::record(connection, entry).await?)
    }
}

impl Identity {
    /// An invitation for the wire.
    fn invitation_answer(&self, invitation: Invitation, license_type: String) -> pb::Invitation {
        use proto::time::timestamp;
        let (account_id, id) = (invitation.account_id, invitation.id);
        let url = self.invitation_url.as_deref();
        pb::Invitation {
            id,
            account_id,
            user_id: invitation.user_id.to_string(),
            r#type: invitation.r#type().into(),
            state: invitation.state().into(),
            license_type,
            group_ids: invitation.group_ids().cloned().collect(),
            create_time: Some(timestamp(invitation.created_at)),
            send_time: invitation.handed_over_at.map(timestamp),
            expire_time: Some(timestamp(invitation.expires_at)),
            redeem_time: invitation.redeemed_at.map(timestamp),
            email: invitation.email,
            link: url
                .map(|url| mail::link(url, account_id, id))
                .unwrap_or_default(),
            is_mailed: self.are_mailed,
        }
    }
}
