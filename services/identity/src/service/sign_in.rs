//! What a sign-in does (product rules 6 and 8).

use diesel_async::{AsyncConnection, AsyncPgConnection};
use proto::identity::v1::{self as pb, invitation::State as Progress};
use storage::postgres;
use uuid::Uuid;

use super::{
    Identity, user_id,
    write::{Change, Write},
};
use crate::{
    difference,
    error::Error,
    invitations, rules,
    users::{self, State, User},
};

impl Identity {
    pub(super) async fn sign_in(&self, request: pb::ApplySignInRequest) -> Result<pb::User, Error> {
        let id = user_id(&request.user_id)?;
        let write = self.write(request.account_id, request.actor).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        let user = connection
            .transaction(async |connection| {
                write.sign_in(connection, id, &request.idp_groups).await
            })
            .await?;
        self.sequencer.wake();
        Ok(self.answer(user))
    }
}

impl Write<'_> {
    async fn sign_in(
        &self,
        connection: &mut AsyncPgConnection,
        id: Uuid,
        idp_groups: &[String],
    ) -> Result<User, Error> {
        let user = users::lock(connection, self.account_id, id).await?;
        let user = user.ok_or(Error::NotFound)?;
        let before = user.clone().into_state();
        if !before.is_active() {
            return Err(Error::InvalidValue("the user is not active".to_owned()));
        }
        let redeemed = self.redeem_pending(connection, id).await?;
        let license_type = self.mapped_license(&user, idp_groups);
        let next = State {
            licensed: before.licensed || redeemed || !self.policy.license_on_redemption,
            license_type: license_type.unwrap_or_else(|| before.license_type.clone()),
            ..before.clone()
        };
        // Nobody is refused for it here, but whoever counts administrators meanwhile waits.
        self.guard_last_admin(connection, (user.id, user.is_admin), &before, Some(&next))
            .await?;
        self.take_seat(connection, Some(&before), &next).await?;
        let names = difference::changed_attributes(&before, &next, &self.identity.license.urn);
        if !names.is_empty() {
            let kind = "user.signed_in";
            let change = Change {
                kind,
                names: &names,
                revoked: None,
            };
            return self.update(connection, &user, next, change).await;
        }
        if next.licensed != before.licensed {
            users::give_license(connection, self.account_id, id).await?;
        }
        Ok(user)
    }

    /// Whether there was a pending invitation.
    async fn redeem_pending(
        &self,
        connection: &mut AsyncPgConnection,
        user_id: Uuid,
    ) -> Result<bool, Error> {
        let open = invitations::find_open(connection, self.account_id, user_id).await?;
        let Some(open) = open.filter(|open| open.state() == Progress::Pending) else {
            return Ok(false);
        };
        let redeemed = invitations::redeem(connection, self.account_id, open.id).await?;
        self.log(connection, "invitation.redeemed", &redeemed)
            .await?;
        Ok(true)
    }

    /// The licence that the account's maps give; none: they do not act on this user.
    fn mapped_license(&self, user: &User, idp_groups: &[String]) -> Option<String> {
        let license = &self.identity.license;
        let scim_decides = self.policy.manual_licenses_refused && user.scim_managed;
        if scim_decides || self.policy.license_maps.is_empty() {
            return None;
        }
        rules::mapped_license(&self.policy, license, idp_groups)
    }
}
