//! Invitations, as far as the group service sees of them.

use proto::identity::v1::{self as pb, invitation_service_server::InvitationService};
use tonic::{Request, Response, Status};

use super::Identity;

impl Identity {
    /// The users whose expired invitations were to be sent again, since this was last asked.
    pub(crate) fn take_renewed(&self) -> Vec<String> {
        std::mem::take(&mut self.0.renewed.lock().unwrap())
    }
}

/// What the group service does not call.
fn never<T>() -> Result<Response<T>, Status> {
    unreachable!("the group service does not call this")
}

#[tonic::async_trait]
impl InvitationService for Identity {
    async fn renew_expired_invitations(
        &self,
        request: Request<pb::RenewExpiredInvitationsRequest>,
    ) -> Result<Response<pb::RenewExpiredInvitationsResponse>, Status> {
        self.answers()?;
        let request = request.into_inner();
        assert!(request.user_ids.len() <= 10_000);
        assert!(request.actor.is_some());
        self.0.renewed.lock().unwrap().extend(request.user_ids);
        Ok(Response::new(pb::RenewExpiredInvitationsResponse::default()))
    }

    async fn create_invitations(
        &self,
        _: Request<pb::CreateInvitationsRequest>,
    ) -> Result<Response<pb::CreateInvitationsResponse>, Status> {
        never()
    }

    async fn get_invitation(
        &self,
        _: Request<pb::GetInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        never()
    }

    async fn list_invitations(
        &self,
        _: Request<pb::ListInvitationsRequest>,
    ) -> Result<Response<pb::ListInvitationsResponse>, Status> {
        never()
    }

    async fn resend_invitation(
        &self,
        _: Request<pb::ResendInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        never()
    }

    async fn revoke_invitation(
        &self,
        _: Request<pb::RevokeInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        never()
    }

    async fn redeem_invitation(
        &self,
        _: Request<pb::RedeemInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        never()
    }
}
