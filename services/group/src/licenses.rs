//! The identity service: licences, invitations, sign-ins and marks of administrators.

use directory::id;
use std::time::Duration;

use chassis::client::Channel;
use proto::{
    identity::v1::{
        ApplySignInRequest, BatchCheckLicensesRequest, ListAdministratorsRequest,
        RenewExpiredInvitationsRequest, UpdateAdministratorsRequest, User,
        invitation_service_client::InvitationServiceClient,
        license_service_client::LicenseServiceClient,
    },
    protocol::v1::{Actor, ErrorReason},
};
use tonic::Status;
use uuid::Uuid;

use crate::{error::Error, peer, users::Users};

/// The most users named in one call.
pub(crate) const BATCH: usize = 10_000;
/// How long a write that is done waits for invitations to be renewed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client of the identity service; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Licenses {
    licenses: LicenseServiceClient<Channel>,
    invitations: InvitationServiceClient<Channel>,
    users: Users,
}

impl Licenses {
    pub(crate) fn new(url: &str, users: Users) -> anyhow::Result<Licenses> {
        let channel = chassis::client::channel(url)?;
        Ok(Licenses {
            users,
            licenses: LicenseServiceClient::new(channel.clone()),
            invitations: InvitationServiceClient::new(channel),
        })
    }

    /// Fails with the e-mails of those of the users who have no licence in use.
    pub(crate) async fn require(&self, account_id: i64, users: &[Uuid]) -> Result<(), Error> {
        let mut emails = Vec::new();
        for batch in users.chunks(BATCH) {
            let request = BatchCheckLicensesRequest {
                account_id,
                user_ids: texts(batch),
            };
            let mut client = self.licenses.clone();
            let response = client.batch_check_licenses(request).await;
            let response = response.map_err(|status| peer::failure("identity", &status))?;
            let unlicensed = response.into_inner().unlicensed.into_iter();
            emails.extend(unlicensed.map(|user| user.email));
        }
        if emails.is_empty() {
            Ok(())
        } else {
            Err(Error::NoLicense(emails))
        }
    }

    /// Sends the expired invitations of users again. The users are members by then, so a failure is noted
    /// and no more.
    pub(crate) async fn renew(&self, account_id: i64, users: &[Uuid], actor: &Actor) {
        let renewing = async {
            for batch in users.chunks(BATCH) {
                let request = RenewExpiredInvitationsRequest {
                    account_id,
                    user_ids: texts(batch),
                    actor: Some(actor.clone()),
                };
                let mut client = self.invitations.clone();
                client.renew_expired_invitations(request).await?;
            }
            Ok::<(), Status>(())
        };
        match tokio::time::timeout(PATIENCE, renewing).await {
            Ok(Ok(())) => {}
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "could not renew invitations of new members");
            }
            Err(_) => tracing::warn!("renewing invitations of new members takes too long"),
        }
    }

    /// Notes a sign-in, and returns the user as it is then.
    pub(crate) async fn apply_sign_in(
        &self,
        account_id: i64,
        user: Uuid,
        idp_groups: Vec<String>,
        actor: &Actor,
    ) -> Result<User, Error> {
        let request = ApplySignInRequest {
            account_id,
            user_id: user.to_string(),
            idp_groups,
            actor: Some(actor.clone()),
        };
        let response = self.licenses.clone().apply_sign_in(request).await;
        Ok(response
            .map_err(|status| told_to_the_caller(&status))?
            .into_inner())
    }

    /// Those who are active administrators, as far as one answer holds them.
    pub(crate) async fn administrators(&self, account_id: i64) -> Result<Vec<Uuid>, Error> {
        let request = ListAdministratorsRequest { account_id };
        let response = self.licenses.clone().list_administrators(request).await;
        let response = response.map_err(|status| peer::failure("identity", &status))?;
        let ids = response.into_inner().user_ids;
        Ok(ids.iter().filter_map(|id| id::parse(id)).collect())
    }

    /// Changes marks of administrators; fails with LAST_ADMIN as the identity service words it.
    pub(crate) async fn update_administrators(
        &self,
        account_id: i64,
        marks: Marks<'_>,
    ) -> Result<(), Error> {
        let request = |add: &[Uuid], remove: &[Uuid]| UpdateAdministratorsRequest {
            account_id,
            add_user_ids: texts(add),
            remove_user_ids: texts(remove),
            guarded: marks.guarded,
            exactly: marks.exactly,
            actor: Some(marks.actor.clone()),
        };
        let Marks { add, remove, .. } = marks;
        // One call as a rule; of many users first those that are marked.
        let requests = if add.len() + remove.len() <= BATCH {
            vec![request(add, remove)]
        } else {
            let adding = add.chunks(BATCH).map(|batch| request(batch, &[]));
            let removing = remove.chunks(BATCH).map(|batch| request(&[], batch));
            adding.chain(removing).collect()
        };
        for request in requests {
            self.mark(request).await?;
        }
        Ok(())
    }

    /// Users who have been deleted, which the change log has not told here yet, are left out.
    async fn mark(&self, mut request: UpdateAdministratorsRequest) -> Result<(), Error> {
        loop {
            let mut client = self.licenses.clone();
            let refused = match client.update_administrators(request.clone()).await {
                Ok(_) => return Ok(()),
                Err(status) => status,
            };
            let count = request.add_user_ids.len();
            if proto::error::reason(&refused) == Some(ErrorReason::ResourceNotFound) {
                let ids = request.add_user_ids.iter();
                let ids: Vec<Uuid> = ids.filter_map(|id| id::parse(id)).collect();
                let living = self.users.states(request.account_id, &ids).await?;
                request.add_user_ids = living.iter().map(|(id, _)| id.to_string()).collect();
            }
            if request.add_user_ids.len() == count {
                return Err(told_to_the_caller(&refused).into());
            }
        }
    }
}

/// A change of the marks of administrators.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks<'a> {
    /// Users who are administrators from now on.
    pub add: &'a [Uuid],
    /// Users who are no longer.
    pub remove: &'a [Uuid],
    /// Whether the last administrator must stay.
    pub guarded: bool,
    /// Whether those added are all there are; only of as many as one call takes.
    pub exactly: bool,
    /// Who changed what the marks follow from.
    pub actor: &'a Actor,
}

fn texts(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

/// A refusal that is the caller's to know is passed on in the identity service's words.
fn told_to_the_caller(status: &Status) -> Status {
    match proto::error::reason(status) {
        Some(
            reason @ (ErrorReason::ResourceNotFound
            | ErrorReason::InvalidValue
            | ErrorReason::NoSeat
            | ErrorReason::LastAdmin),
        ) => proto::error::status_with(reason, status.message(), proto::error::metadata(status)),
        _ => peer::failure("identity", status),
    }
}
