//! `InvitationService`.

use proto::identity::v1::{self as pb, invitation_service_server::InvitationService};
use tonic::{Request, Response, Status};

use super::{Identity, invite::Step};

#[tonic::async_trait]
impl InvitationService for Identity {
    async fn create_invitations(
        &self,
        request: Request<pb::CreateInvitationsRequest>,
    ) -> Result<Response<pb::CreateInvitationsResponse>, Status> {
        let response = self.invite_all(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn get_invitation(
        &self,
        request: Request<pb::GetInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        let response = self.invitation(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn list_invitations(
        &self,
        request: Request<pb::ListInvitationsRequest>,
    ) -> Result<Response<pb::ListInvitationsResponse>, Status> {
        let response = self.invitations(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn resend_invitation(
        &self,
        request: Request<pb::ResendInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        let pb::ResendInvitationRequest {
            account_id,
            id,
            actor,
        } = request.into_inner();
        let advanced = self.advance(account_id, id, actor, Step::Resend).await?;
        Ok(Response::new(advanced))
    }

    async fn revoke_invitation(
        &self,
        request: Request<pb::RevokeInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        let pb::RevokeInvitationRequest {
            account_id,
            id,
            actor,
        } = request.into_inner();
        let advanced = self.advance(account_id, id, actor, Step::Revoke).await?;
        Ok(Response::new(advanced))
    }

    async fn redeem_invitation(
        &self,
        request: Request<pb::RedeemInvitationRequest>,
    ) -> Result<Response<pb::Invitation>, Status> {
        let pb::RedeemInvitationRequest {
            account_id,
            id,
            actor,
        } = request.into_inner();
        let advanced = self.advance(account_id, id, actor, Step::Redeem).await?;
        Ok(Response::new(advanced))
    }

    async fn renew_expired_invitations(
        &self,
        request: Request<pb::RenewExpiredInvitationsRequest>,
    ) -> Result<Response<pb::RenewExpiredInvitationsResponse>, Status> {
        let response = self.renew_expired(request.into_inner()).await?;
        Ok(Response::new(response))
    }
}
