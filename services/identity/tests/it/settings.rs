//! A settings service that holds still.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use proto::{
    error::status,
    protocol::v1::ErrorReason,
    settings::v1::{
        self as settings, Account, AccountOptions, ScimConfiguration, Webhook,
        account_service_server::AccountService, settings_service_server::SettingsService,
    },
};
use tonic::{Request, Response, Status};

/// Accounts in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    pub(crate) accounts: Arc<Mutex<HashMap<i64, Account>>>,
    pub(crate) webhooks: Arc<Mutex<HashMap<i64, Webhook>>>,
}

#[tonic::async_trait]
impl SettingsService for Accounts {
    async fn get_account(
        &self,
        request: Request<settings::GetAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let accounts = self.accounts.lock().expect("nobody panicked");
        let account = accounts.get(&request.get_ref().account_id).cloned();
        let missing = || status(ErrorReason::ResourceNotFound, "there is no such account");
        Ok(Response::new(account.ok_or_else(missing)?))
    }

    async fn create_account(
        &self,
        _: Request<settings::CreateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        unreachable!("identity makes no accounts")
    }

    async fn list_accounts(
        &self,
        _: Request<settings::ListAccountsRequest>,
    ) -> Result<Response<settings::ListAccountsResponse>, Status> {
        unreachable!("identity lists no accounts")
    }

    async fn update_account(
        &self,
        _: Request<settings::UpdateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn update_scim_configuration(
        &self,
        _: Request<settings::UpdateScimConfigurationRequest>,
    ) -> Result<Response<ScimConfiguration>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn update_account_options(
        &self,
        _: Request<settings::UpdateAccountOptionsRequest>,
    ) -> Result<Response<AccountOptions>, Status> {
        unreachable!("identity configures nothing")
    }
}

#[tonic::async_trait]
impl AccountService for Accounts {
    async fn get_webhook(
        &self,
        request: Request<settings::GetWebhookRequest>,
    ) -> Result<Response<Webhook>, Status> {
        let request = request.into_inner();
        assert!(request.with_secret);
        let webhooks = self.webhooks.lock().expect("nobody panicked");
        let webhook = webhooks.get(&request.account_id).cloned();
        Ok(Response::new(webhook.unwrap_or_default()))
    }

    async fn update_license_seats(
        &self,
        _: Request<settings::UpdateLicenseSeatsRequest>,
    ) -> Result<Response<settings::LicenseSeats>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn list_license_maps(
        &self,
        _: Request<settings::ListLicenseMapsRequest>,
    ) -> Result<Response<settings::ListLicenseMapsResponse>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn create_license_map(
        &self,
        _: Request<settings::CreateLicenseMapRequest>,
    ) -> Result<Response<settings::LicenseMap>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn replace_license_map(
        &self,
        _: Request<settings::ReplaceLicenseMapRequest>,
    ) -> Result<Response<settings::LicenseMap>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn delete_license_map(
        &self,
        _: Request<settings::DeleteLicenseMapRequest>,
    ) -> Result<Response<()>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn get_ip_restrictions(
        &self,
        _: Request<settings::GetIpRestrictionsRequest>,
    ) -> Result<Response<settings::IpRestrictions>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn replace_ip_restrictions(
        &self,
        _: Request<settings::ReplaceIpRestrictionsRequest>,
    ) -> Result<Response<settings::IpRestrictions>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn update_ip_restrictions_enabled(
        &self,
        _: Request<settings::UpdateIpRestrictionsEnabledRequest>,
    ) -> Result<Response<settings::IpRestrictions>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn create_ip_rule(
        &self,
        _: Request<settings::CreateIpRuleRequest>,
    ) -> Result<Response<settings::IpRuleInSet>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn update_ip_rule(
        &self,
        _: Request<settings::UpdateIpRuleRequest>,
    ) -> Result<Response<settings::IpRuleInSet>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn delete_ip_rule(
        &self,
        _: Request<settings::DeleteIpRuleRequest>,
    ) -> Result<Response<()>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn replace_webhook(
        &self,
        _: Request<settings::ReplaceWebhookRequest>,
    ) -> Result<Response<Webhook>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn rotate_webhook_secret(
        &self,
        _: Request<settings::RotateWebhookSecretRequest>,
    ) -> Result<Response<Webhook>, Status> {
        unreachable!("identity configures nothing")
    }
}
