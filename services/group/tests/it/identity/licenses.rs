//! Licences, sign-ins and administrators, as far as the group service sees of them.

use std::sync::atomic::Ordering;

use proto::{
    identity::v1::{self as pb, license_service_server::LicenseService},
    protocol::v1::ErrorReason,
};
use tonic::{Request, Response, Status};

use super::Identity;
use crate::harness::ACCOUNT;

impl Identity {
    pub(crate) fn set_licensed(&self, id: &str, licensed: bool) {
        let mut unlicensed = self.0.unlicensed.lock().unwrap();
        if licensed {
            unlicensed.remove(id);
        } else {
            unlicensed.insert(id.to_owned());
        }
    }

    /// How often licences were asked for.
    pub(crate) fn checks(&self) -> usize {
        self.0.checks.load(Ordering::SeqCst)
    }

    /// How often marks of administrators were changed.
    pub(crate) fn updates(&self) -> usize {
        self.0.updates.load(Ordering::SeqCst)
    }

    /// The users of the account that are marked as administrators.
    pub(crate) fn administrators(&self) -> Vec<String> {
        let administrators = self.0.administrators.lock().unwrap();
        administrators.iter().map(|(_, id)| id.clone()).collect()
    }

    /// Sets a mark past the group service.
    pub(crate) fn mark(&self, id: &str) {
        let mut administrators = self.0.administrators.lock().unwrap();
        administrators.insert((ACCOUNT, id.to_owned()));
    }

    /// Takes a mark away past the group service.
    pub(crate) fn unmark(&self, id: &str) {
        let mut administrators = self.0.administrators.lock().unwrap();
        administrators.remove(&(ACCOUNT, id.to_owned()));
    }
}

#[tonic::async_trait]
impl LicenseService for Identity {
    async fn batch_check_licenses(
        &self,
        request: Request<pb::BatchCheckLicensesRequest>,
    ) -> Result<Response<pb::BatchCheckLicensesResponse>, Status> {
        self.answers()?;
        self.0.checks.fetch_add(1, Ordering::SeqCst);
        let request = request.into_inner();
        assert!(request.user_ids.len() <= 10_000);
        let unlicensed = self.0.unlicensed.lock().unwrap();
        let users = self.0.users.lock().unwrap();
        let asked = request.user_ids.into_iter();
        let found = asked.filter(|id| unlicensed.contains(id));
        let unlicensed = found.map(|id| pb::UnlicensedUser {
            email: users[&(request.account_id, id.clone())].user_name.clone(),
            user_id: id,
        });
        Ok(Response::new(pb::BatchCheckLicensesResponse {
            unlicensed: unlicensed.collect(),
        }))
    }

    async fn apply_sign_in(
        &self,
        request: Request<pb::ApplySignInRequest>,
    ) -> Result<Response<pb::User>, Status> {
        self.answers()?;
        let request = request.into_inner();
        let users = self.0.users.lock().unwrap();
        let user = users.get(&(request.account_id, request.user_id)).cloned();
        user.map(Response::new)
            .ok_or_else(|| proto::error::status(ErrorReason::ResourceNotFound, "no such user"))
    }

    async fn update_administrators(
        &self,
        request: Request<pb::UpdateAdministratorsRequest>,
    ) -> Result<Response<()>, Status> {
        self.answers()?;
        self.0.updates.fetch_add(1, Ordering::SeqCst);
        self.wait_if_held().await;
        let request = request.into_inner();
        assert!(request.actor.is_some());
        let account_id = request.account_id;
        let users = self.0.users.lock().unwrap();
        let mut added = request.add_user_ids.iter();
        if !added.all(|id| users.contains_key(&(account_id, id.clone()))) {
            return Err(proto::error::status(
                ErrorReason::ResourceNotFound,
                "no such user",
            ));
        }
        let is_active = |key: &(i64, String)| {
            key.0 == account_id
                && users
                    .get(key)
                    .is_some_and(|user| user.active != Some(false))
        };
        let mut administrators = self.0.administrators.lock().unwrap();
        let mut after = administrators.clone();
        if request.exactly {
            after.retain(|(account, _)| *account != account_id);
        }
        after.extend(request.add_user_ids.into_iter().map(|id| (account_id, id)));
        for id in request.remove_user_ids {
            after.remove(&(account_id, id));
        }
        let had = administrators.iter().any(is_active);
        if request.guarded && had && !after.iter().any(is_active) {
            return Err(proto::error::status(
                ErrorReason::LastAdmin,
                "the account would be left without an administrator",
            ));
        }
        *administrators = after;
        Ok(Response::new(()))
    }

    async fn list_administrators(
        &self,
        request: Request<pb::ListAdministratorsRequest>,
    ) -> Result<Response<pb::ListAdministratorsResponse>, Status> {
        self.answers()?;
        let account_id = request.into_inner().account_id;
        let users = self.0.users.lock().unwrap();
        let administrators = self.0.administrators.lock().unwrap();
        let active = administrators.iter().filter(|key| {
            let user = users.get(key);
            key.0 == account_id && user.is_some_and(|user| user.active != Some(false))
        });
        Ok(Response::new(pb::ListAdministratorsResponse {
            user_ids: active.map(|(_, id)| id.clone()).collect(),
        }))
    }

    async fn count_licenses(
        &self,
        _: Request<pb::CountLicensesRequest>,
    ) -> Result<Response<pb::CountLicensesResponse>, Status> {
        unreachable!("the group service does not call this")
    }
}
