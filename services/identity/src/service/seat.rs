//! Seats, and the guard against losing the last administrator.

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::write::Write;
use crate::{administrators, error::Error, rules, seats, settings::is_scim, users::State};

impl Write<'_> {
    /// Rule 6: seats are counted when a user comes to hold one.
    pub(super) async fn take_seat(
        &self,
        connection: &mut AsyncPgConnection,
        before: Option<&State>,
        next: &State,
    ) -> Result<(), Error> {
        let license_type = &next.license_type;
        let has_one =
            before.is_some_and(|one| one.holds_seat() && one.license_type == *license_type);
        if has_one || !next.holds_seat() {
            return Ok(());
        }
        let who = rules::contact(&next.resource).to_owned();
        self.take_seats(connection, license_type, &[who]).await
    }

    /// Takes a seat for each of these, by their e-mails, or for none.
    pub(super) async fn take_seats(
        &self,
        connection: &mut AsyncPgConnection,
        license_type: &str,
        emails: &[String],
    ) -> Result<(), Error> {
        let Some(total) = rules::seats(&self.policy, license_type) else {
            return Ok(());
        };
        let in_use = seats::lock(connection, self.account_id, license_type).await?;
        let free = usize::try_from(total - in_use).unwrap_or(0);
        if emails.len() <= free {
            return Ok(());
        }
        Err(Error::NoSeat {
            license_type: license_type.to_owned(),
            emails: emails[free..].to_vec(),
        })
    }

    /// Rule 13: SCIM may not take the last active administrator away, by whatever makes a locked user none:
    /// the state that is to come, or that there is to be none.
    pub(super) async fn guard_last_admin(
        &self,
        connection: &mut AsyncPgConnection,
        (id, is_admin): (Uuid, bool),
        before: &State,
        next: Option<&State>,
    ) -> Result<(), Error> {
        let without_rights = &self.identity.licenses_without_rights;
        let administers =
            |state: &State| state.is_active() && !without_rights.contains(&state.license_type);
        if !is_admin || !administers(before) || next.is_some_and(administers) {
            return Ok(());
        }
        // Whoever acts waits for the others, so that each counts what those before have left.
        let administrators =
            administrators::lock(connection, self.account_id, without_rights).await?;
        let is_last = administrators.iter().all(|other| *other == id);
        if is_last && is_scim(&self.actor) && !self.policy.allow_admin_lockout {
            return Err(Error::LastAdmin);
        }
        Ok(())
    }
}
