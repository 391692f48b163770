//! Unique values of users: in extensions, and `externalId` where the account wants it so; `userName` has an index.

use diesel_async::AsyncPgConnection;
use scim::{Map, unique};
use serde_json::Value;
use uuid::Uuid;

use super::write::Write;
use crate::{error::Error, keys, resources::Name, users};

impl Write<'_> {
    /// Lets a locked or new user have the unique values of a state, and no others.
    ///
    /// # Errors
    /// Another user has one of them.
    pub(super) async fn exchange_keys(
        &self,
        connection: &mut AsyncPgConnection,
        id: Uuid,
        resource: &Map,
    ) -> Result<(), Error> {
        let user_type = &self.identity.user_type;
        if !unique::in_extensions(user_type) {
            return Ok(());
        }
        let name = Name {
            account_id: self.account_id,
            resource_type: &user_type.name,
            id,
        };
        let keys = unique::extension_keys(user_type, resource);
        keys::exchange(connection, name, &keys).await
    }

    /// Gives a locked or new user a new `externalId`, where the account wants that to be unique only if no other user
    /// has it. To be called last of all that locks, so that no two deadlock.
    ///
    /// # Errors
    /// Another user has it.
    pub(super) async fn claim_external_id(
        &self,
        connection: &mut AsyncPgConnection,
        id: Uuid,
        before: &Map,
        after: &Map,
    ) -> Result<(), Error> {
        let (old, new) = (before.get("externalId"), after.get("externalId"));
        let Some(Value::String(external_id)) = new else {
            return Ok(());
        };
        if !self.policy.unique_external_id || old == new {
            return Ok(());
        }
        let name = Name {
            account_id: self.account_id,
            resource_type: &self.identity.user_type.name,
            id,
        };
        keys::hold(connection, name, "externalId", external_id).await?;
        if users::is_external_id_taken(connection, self.account_id, external_id, id).await? {
            return Err(Error::Taken("externalId"));
        }
        Ok(())
    }
}
