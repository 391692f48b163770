//! The calls of `InvitationService` and `LicenseService`.

use chassis::client::Channel;
use proto::{
    identity::v1::{
        self as pb, Invitation, invitation_service_client::InvitationServiceClient,
        license_service_client::LicenseServiceClient,
    },
    protocol::v1::{Actor, actor::Kind, delivery_service_client::DeliveryServiceClient},
    settings::v1::LicenseSeats,
};
use tonic::Status;

use crate::fixture::{ACCOUNT, App, admin};

impl App {
    pub(crate) fn deliveries(&self) -> DeliveryServiceClient<Channel> {
        DeliveryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn invitations(&self) -> InvitationServiceClient<Channel> {
        InvitationServiceClient::new(self.channel.clone())
    }

    pub(crate) fn licenses(&self) -> LicenseServiceClient<Channel> {
        LicenseServiceClient::new(self.channel.clone())
    }

    /// Sets the seats of licence types; the others are not in the plan.
    pub(crate) fn seats(&self, seats: &[(&str, Option<i64>)]) {
        self.account(ACCOUNT, |account| {
            account.license_seats = seats
                .iter()
                .map(|(license_type, total)| LicenseSeats {
                    license_type: (*license_type).to_owned(),
                    total: *total,
                })
                .collect();
        });
    }

    pub(crate) async fn invite(
        &self,
        emails: &[&str],
    ) -> Result<pb::CreateInvitationsResponse, Status> {
        let request = pb::CreateInvitationsRequest {
            account_id: ACCOUNT,
            emails: emails.iter().map(|&email| email.to_owned()).collect(),
            actor: Some(admin()),
            ..Default::default()
        };
        self.invite_with(request).await
    }

    pub(crate) async fn invite_with(
        &self,
        request: pb::CreateInvitationsRequest,
    ) -> Result<pb::CreateInvitationsResponse, Status> {
        let invited = self.invitations().create_invitations(request).await?;
        Ok(invited.into_inner())
    }

    pub(crate) async fn invitation(&self, id: i64) -> Result<Invitation, Status> {
        let request = pb::GetInvitationRequest {
            account_id: ACCOUNT,
            id,
        };
        let found = self.invitations().get_invitation(request).await?;
        Ok(found.into_inner())
    }

    pub(crate) async fn resend(&self, id: i64) -> Result<Invitation, Status> {
        let request = pb::ResendInvitationRequest {
            account_id: ACCOUNT,
            id,
            actor: Some(admin()),
        };
        let resent = self.invitations().resend_invitation(request).await?;
        Ok(resent.into_inner())
    }

    pub(crate) async fn revoke(&self, id: i64) -> Result<Invitation, Status> {
        let request = pb::RevokeInvitationRequest {
            account_id: ACCOUNT,
            id,
            actor: Some(admin()),
        };
        let revoked = self.invitations().revoke_invitation(request).await?;
        Ok(revoked.into_inner())
    }

    pub(crate) async fn redeem(&self, id: i64) -> Result<Invitation, Status> {
        let request = pb::RedeemInvitationRequest {
            account_id: ACCOUNT,
            id,
            actor: Some(service()),
        };
        let redeemed = self.invitations().redeem_invitation(request).await?;
        Ok(redeemed.into_inner())
    }

    /// The invitations of a user, the newest first.
    pub(crate) async fn invitations_of(&self, user_id: &str) -> Vec<Invitation> {
        let request = pb::ListInvitationsRequest {
            account_id: ACCOUNT,
            user_id: user_id.to_owned(),
            ..Default::default()
        };
        let listed = self.invitations().list_invitations(request).await;
        listed.expect("a list").into_inner().invitations
    }

    pub(crate) async fn sign_in(&self, id: &str, idp_groups: &[&str]) -> Result<pb::User, Status> {
        let request = pb::ApplySignInRequest {
            account_id: ACCOUNT,
            user_id: id.to_owned(),
            idp_groups: idp_groups.iter().map(|&name| name.to_owned()).collect(),
            actor: Some(service()),
        };
        Ok(self.licenses().apply_sign_in(request).await?.into_inner())
    }

    /// How many seats of a licence type are in use.
    pub(crate) async fn in_use(&self, license_type: &str) -> i64 {
        let request = pb::CountLicensesRequest {
            account_id: ACCOUNT,
        };
        let counts = self.licenses().count_licenses(request).await;
        let counts = counts.expect("counts").into_inner().counts;
        let mut counts = counts.into_iter();
        let count = counts.find(|count| count.license_type == license_type);
        count.map_or(0, |count| count.in_use)
    }

    /// The e-mails of those of the users who hold no licence.
    pub(crate) async fn unlicensed(&self, ids: &[&str]) -> Vec<String> {
        let request = pb::BatchCheckLicensesRequest {
            account_id: ACCOUNT,
            user_ids: ids.iter().map(|&id| id.to_owned()).collect(),
        };
        let checked = self.licenses().batch_check_licenses(request).await;
        let unlicensed = checked.expect("checked").into_inner().unlicensed;
        unlicensed.into_iter().map(|user| user.email).collect()
    }

    pub(crate) async fn mark_admins(
        &self,
        add: &[&str],
        remove: &[&str],
        guarded: bool,
    ) -> Result<(), Status> {
        let owned = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        let request = pb::UpdateAdministratorsRequest {
            account_id: ACCOUNT,
            add_user_ids: owned(add),
            remove_user_ids: owned(remove),
            guarded,
            actor: Some(admin()),
            ..Default::default()
        };
        let marked = self.licenses().update_administrators(request).await;
        marked.map(drop)
    }
}

pub(crate) fn service() -> Actor {
    Actor {
        kind: Kind::Service.into(),
        id: "sso".to_owned(),
        name: "sso".to_owned(),
        ..admin()
    }
}
