//! Unique values in the extensions of users; those of the core have columns.

use diesel_async::AsyncPgConnection;
use scim::{Map, unique};
use uuid::Uuid;

use super::write::Write;
use crate::{error::Error, keys, resources::Name};

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
}
