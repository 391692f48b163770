//! The client of the settings service, and what of an account matters here.

use std::sync::Arc;

use chassis::client::Channel;
use lease::{Answer, Leases};
use proto::{
    error::{reason, status},
    protocol::v1::{Actor, ErrorReason, actor::Kind},
    settings::v1::{
        Account, GetAccountRequest, LicenseMap, LicenseSeats, Webhook,
        account_service_client::AccountServiceClient,
        settings_service_client::SettingsServiceClient,
    },
};
use scim::dialect::Dialect;
use tonic::{Code, Status};

/// Asks for accounts; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    client: SettingsServiceClient<Channel>,
    accounts: AccountServiceClient<Channel>,
    policies: Leases<i64, Arc<Policy>>,
}

/// What an account allows and prefers.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) dialect: Dialect,
    /// Whether `userName` is an e-mail address, the primary one.
    pub(crate) email_user_names: bool,
    /// Whether no two users may have the same `externalId`.
    pub(crate) unique_external_id: bool,
    /// Whether only SCIM may create users and change those it manages.
    pub(crate) manual_updates_refused: bool,
    /// Whether only SCIM may change the licence of a user it manages.
    pub(crate) manual_licenses_refused: bool,
    /// The licence of a user who is given none, if the account has chosen one.
    pub(crate) default_license: Option<String>,
    /// Whether a licence is given only when the invitation is redeemed.
    pub(crate) license_on_redemption: bool,
    /// Whether SCIM may leave the account without an administrator.
    pub(crate) allow_admin_lockout: bool,
    /// The licences that sign-ins give.
    pub(crate) license_maps: Vec<LicenseMap>,
    /// The licence types the account may use, and their seats; empty: all, without limit.
    pub(crate) seats: Vec<LicenseSeats>,
}

impl Settings {
    pub(crate) fn new(url: &str) -> anyhow::Result<Settings> {
        let channel = chassis::client::channel(url)?;
        Ok(Settings {
            client: SettingsServiceClient::new(channel.clone()),
            accounts: AccountServiceClient::new(channel),
            policies: Leases::new("settings"),
        })
    }

    /// The policy of an account, as it may be used for the length of a lease.
    ///
    /// # Errors
    /// RESOURCE_NOT_FOUND: no such account. DEPENDENCY_UNAVAILABLE.
    pub(crate) async fn policy(&self, account_id: i64) -> Result<Arc<Policy>, Status> {
        let ask = || {
            let mut client = self.client.clone();
            async move {
                let account = client.get_account(GetAccountRequest { account_id }).await?;
                let account = account.into_inner();
                let lease = account.lease;
                Ok(Answer::new(Arc::new(Policy::from(account)), lease))
            }
        };
        let policy = self.policies.get(account_id, ask).await;
        policy.map_err(with_reason)
    }

    /// Where an account is told of changes, with the secret; none: nowhere.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE.
    pub(crate) async fn webhook(&self, account_id: i64) -> Result<Option<Webhook>, Status> {
        delivery::webhook_of(self.accounts.clone(), account_id)
            .await
            .map_err(with_reason)
    }
}

/// A failure of the connection has no reason of ours yet.
fn with_reason(error: Status) -> Status {
    if reason(&error).is_some() {
        return error;
    }
    tracing::warn!(code = ?error.code(), "the settings service does not answer");
    match error.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => status(
            ErrorReason::DependencyUnavailable,
            "the settings service is out of reach",
        ),
        _ => status(ErrorReason::InternalFault, "the settings service failed"),
    }
}

impl From<Account> for Policy {
    fn from(account: Account) -> Policy {
        let configuration = account.scim_configuration.unwrap_or_default();
        let options = account.options.unwrap_or_default();
        Policy {
            dialect: if options.strict {
                Dialect::Strict
            } else {
                Dialect::Lenient
            },
            email_user_names: options.email_user_names,
            unique_external_id: options.unique_external_id,
            manual_updates_refused: configuration.enabled && !configuration.manual_updates_allowed,
            manual_licenses_refused: configuration.enabled
                && configuration.scim_controlled_license_type,
            default_license: Some(options.default_license_type).filter(|one| !one.is_empty()),
            license_on_redemption: options.license_on_redemption,
            allow_admin_lockout: options.allow_admin_lockout,
            license_maps: account.license_maps,
            seats: account.license_seats,
        }
    }
}

/// Whether the caller is an identity provider.
pub(crate) fn is_scim(actor: &Actor) -> bool {
    actor.kind() == Kind::ScimToken
}
