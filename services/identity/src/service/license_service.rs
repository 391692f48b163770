//! `LicenseService`: licences in use, sign-ins, administrators.

use std::collections::HashSet;

use diesel_async::{AsyncConnection, AsyncPgConnection};
use proto::{
    identity::v1::{self as pb, license_service_server::LicenseService},
    request,
};
use storage::{
    changes::{self, Entry},
    postgres,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Identity, user_id, write::Write};
use crate::{
    administrators::{self, Marked},
    error::Error,
    rules, seats,
};

/// The most users of one call.
const BATCH_LIMIT: usize = 10_000;

/// Whom to mark as administrators and whom no longer.
struct Marks {
    add: Vec<Uuid>,
    remove: Vec<Uuid>,
    /// Whether the last active administrator must stay.
    guarded: bool,
    /// Whether to unmark all others.
    exactly: bool,
}

impl Identity {
    async fn count(
        &self,
        request: pb::CountLicensesRequest,
    ) -> Result<pb::CountLicensesResponse, Error> {
        let account_id = request::account(request.account_id)?;
        let mut connection = postgres::connect(&self.pool).await?;
        let counts = seats::count(&mut connection, account_id).await?;
        let counts = counts.into_iter();
        Ok(pb::CountLicensesResponse {
            counts: counts
                .map(|(license_type, in_use)| pb::LicenseCount {
                    license_type,
                    in_use,
                })
                .collect(),
        })
    }

    async fn batch_check(
        &self,
        request: pb::BatchCheckLicensesRequest,
    ) -> Result<pb::BatchCheckLicensesResponse, Error> {
        let account_id = request::account(request.account_id)?;
        let ids = ids(&request.user_ids)?;
        let mut connection = postgres::connect(&self.pool).await?;
        let users = seats::without(&mut connection, account_id, &ids).await?;
        let unlicensed = users.into_iter().map(|user| pb::UnlicensedUser {
            user_id: user.id.to_string(),
            email: rules::contact(&user.into_state().resource).to_owned(),
        });
        Ok(pb::BatchCheckLicensesResponse {
            unlicensed: unlicensed.collect(),
        })
    }

    async fn administrators(
        &self,
        request: pb::ListAdministratorsRequest,
    ) -> Result<pb::ListAdministratorsResponse, Error> {
        let account_id = request::account(request.account_id)?;
        let mut connection = postgres::connect(&self.pool).await?;
        let without_rights = &self.licenses_without_rights;
        let mut ids = administrators::active(&mut connection, account_id, without_rights).await?;
        ids.sort();
        ids.truncate(BATCH_LIMIT);
        Ok(pb::ListAdministratorsResponse {
            user_ids: ids.iter().map(Uuid::to_string).collect(),
        })
    }

    async fn update_administrators_of(
        &self,
        request: pb::UpdateAdministratorsRequest,
    ) -> Result<(), Error> {
        let write = self.write(request.account_id, request.actor).await?;
        let add = ids(&request.add_user_ids)?;
        if add.len() < request.add_user_ids.len() {
            return Err(Error::NotFound);
        }
        let marks = Marks {
            add,
            remove: ids(&request.remove_user_ids)?,
            guarded: request.guarded && !write.policy.allow_admin_lockout,
            exactly: request.exactly,
        };
        let mut connection = postgres::connect(&self.pool).await?;
        connection
            .transaction(async |connection| write.mark(connection, &marks).await)
            .await?;
        self.sequencer.wake();
        Ok(())
    }
}

impl Write<'_> {
    async fn mark(&self, connection: &mut AsyncPgConnection, marks: &Marks) -> Result<(), Error> {
        let account_id = self.account_id;
        let mut remove = marks.remove.clone();
        if marks.exactly {
            let marked = administrators::marked(connection, account_id).await?;
            let add: HashSet<&Uuid> = marks.add.iter().collect();
            remove.extend(marked.into_iter().filter(|id| !add.contains(id)));
        }
        let all: HashSet<Uuid> = marks.add.iter().chain(&remove).copied().collect();
        let all: Vec<Uuid> = all.into_iter().collect();
        let found = administrators::lock_users(connection, account_id, &all).await?;
        if marks.add.iter().any(|id| !found.contains(id)) {
            return Err(Error::NotFound);
        }
        let without_rights = &self.identity.licenses_without_rights;
        let before = administrators::lock(connection, account_id, without_rights).await?;
        let removed = administrators::mark(connection, account_id, &remove, false).await?;
        let added = administrators::mark(connection, account_id, &marks.add, true).await?;
        if marks.guarded && !before.is_empty() {
            let after = administrators::active(connection, account_id, without_rights).await?;
            if after.is_empty() {
                return Err(Error::LastAdmin);
            }
        }
        self.log_marks(connection, "user.administrator_removed", &removed)
            .await?;
        self.log_marks(connection, "user.administrator_added", &added)
            .await
    }

    async fn log_marks(
        &self,
        connection: &mut AsyncPgConnection,
        kind: &str,
        users: &[Marked],
    ) -> Result<(), Error> {
        let ids: Vec<String> = users.iter().map(|user| user.id.to_string()).collect();
        let entries = users.iter().zip(&ids);
        let entries = entries.map(|(user, id)| self.entry(kind, id, user.name(), &[]));
        let entries: Vec<Entry<'_>> = entries.collect();
        Ok(changes::record_all(connection, &entries).await?)
    }
}

/// Ids of another form name no user.
fn ids(texts: &[String]) -> Result<Vec<Uuid>, Error> {
    if texts.len() > BATCH_LIMIT {
        return Err(Error::InvalidValue(format!(
            "user ids must not be more than {BATCH_LIMIT}"
        )));
    }
    Ok(texts.iter().filter_map(|id| user_id(id).ok()).collect())
}

#[tonic::async_trait]
impl LicenseService for Identity {
    async fn count_licenses(
        &self,
        request: Request<pb::CountLicensesRequest>,
    ) -> Result<Response<pb::CountLicensesResponse>, Status> {
        Ok(Response::new(self.count(request.into_inner()).await?))
    }

    async fn batch_check_licenses(
        &self,
        request: Request<pb::BatchCheckLicensesRequest>,
    ) -> Result<Response<pb::BatchCheckLicensesResponse>, Status> {
        Ok(Response::new(self.batch_check(request.into_inner()).await?))
    }

    async fn apply_sign_in(
        &self,
        request: Request<pb::ApplySignInRequest>,
    ) -> Result<Response<pb::User>, Status> {
        Ok(Response::new(self.sign_in(request.into_inner()).await?))
    }

    async fn update_administrators(
        &self,
        request: Request<pb::UpdateAdministratorsRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        Ok(Response::new(self.update_administrators_of(request).await?))
    }

    async fn list_administrators(
        &self,
        request: Request<pb::ListAdministratorsRequest>,
    ) -> Result<Response<pb::ListAdministratorsResponse>, Status> {
        let response = self.administrators(request.into_inner()).await?;
        Ok(Response::new(response))
    }
}
