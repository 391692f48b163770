//! What writes have to do with managers.

use diesel_async::AsyncPgConnection;
use directory::id;
use scim::{Map, dialect::Dialect};
use uuid::Uuid;

use super::{Written, write::Write};
use crate::{error::Error, managers};

impl Write<'_> {
    /// R-ENT-04: in the strict dialect a manager that is new has to be a user of the account, who then stays until
    /// the transaction ends. `before`: who the resource is, and what it was.
    pub(super) async fn check_manager(
        &self,
        connection: &mut AsyncPgConnection,
        before: Option<(Uuid, &Map)>,
        next: &Map,
    ) -> Result<(), Error> {
        let Some(value) = managers::value(next) else {
            return Ok(());
        };
        let (own, old) = match before {
            Some((own, before)) => (Some(own), managers::value(before)),
            None => (None, None),
        };
        if self.policy.dialect == Dialect::Lenient || old == Some(value) {
            return Ok(());
        }
        let id = id::parse(value);
        let is_user = match id {
            Some(id) if Some(id) != own => managers::keep(connection, self.account_id, id).await?,
            id => id.is_some(),
        };
        if is_user {
            return Ok(());
        }
        let text = "manager.value is not the id of a user".to_owned();
        Err(Error::InvalidValue(text))
    }

    /// R-ENT-02: a manager that is given by `$ref` alone is the user there, if there is one. One that stays is not
    /// held: who deletes it locks it before its reports.
    pub(super) async fn find_manager(
        &self,
        connection: &mut AsyncPgConnection,
        before: Option<&Map>,
        next: &mut Map,
    ) -> Result<(), Error> {
        let Some(id) = managers::id_in_place(next) else {
            return Ok(());
        };
        let old = before.and_then(managers::value).and_then(id::parse);
        if old == Some(id) || managers::keep(connection, self.account_id, id).await? {
            managers::set(next, id);
        }
        Ok(())
    }

    /// A user as it is answered, if need be with the name of the manager.
    pub(super) async fn shown(
        &self,
        connection: &mut AsyncPgConnection,
        mut written: Written,
        manager_names: bool,
    ) -> Result<Written, Error> {
        if manager_names {
            let users = std::slice::from_mut(&mut written.user);
            managers::add_names(connection, self.account_id, users).await?;
        }
        Ok(written)
    }
}
