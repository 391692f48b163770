//! The settings service: what an account has configured.

use chassis::client::Channel;
use lease::{Answer, Leases};
use proto::{
    protocol::v1::ErrorReason,
    settings::v1::{
        self as pb, GetAccountRequest, Webhook, account_service_client::AccountServiceClient,
        settings_service_client::SettingsServiceClient,
    },
};
use scim::dialect::Dialect;
use tonic::{Code, Status};

use crate::{error::Error, peer};

/// A client of the settings service; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    client: SettingsServiceClient<Channel>,
    accounts: AccountServiceClient<Channel>,
    known: Leases<i64, Account>,
}

/// What an account has configured, as far as groups need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    /// Whether SCIM is on.
    pub scim_enabled: bool,
    /// Whether a licence is given only when the invitation is redeemed.
    pub license_on_redemption: bool,
    /// How requests are read.
    pub dialect: Dialect,
    /// Whether what SCIM manages is closed to everybody else.
    pub manual_updates_refused: bool,
    /// Whether SCIM is kept out of hand-made groups that have permission sets.
    pub protect_permission_groups: bool,
}

impl Settings {
    pub(crate) fn new(url: &str) -> anyhow::Result<Settings> {
        let channel = chassis::client::channel(url)?;
        Ok(Settings {
            client: SettingsServiceClient::new(channel.clone()),
            accounts: AccountServiceClient::new(channel),
            known: Leases::new("settings"),
        })
    }

    /// What an account has configured, as it may be used for the length of a lease.
    pub(crate) async fn account(&self, account_id: i64) -> Result<Account, Error> {
        let ask = || {
            let mut client = self.client.clone();
            async move {
                let account = client.get_account(GetAccountRequest { account_id }).await?;
                let account = account.into_inner();
                let lease = account.lease;
                Ok(Answer::new(Account::from(account), lease))
            }
        };
        let account = self.known.get(account_id, ask).await;
        Ok(account.map_err(|status| match status.code() {
            Code::NotFound => {
                proto::error::status(ErrorReason::ResourceNotFound, "no such account")
            }
            _ => peer::failure("settings", &status),
        })?)
    }
}

impl From<pb::Account> for Account {
    fn from(account: pb::Account) -> Account {
        let configuration = account.scim_configuration.unwrap_or_default();
        let options = account.options.unwrap_or_default();
        Account {
            scim_enabled: configuration.enabled,
            license_on_redemption: options.license_on_redemption,
            dialect: if options.strict {
                Dialect::Strict
            } else {
                Dialect::Lenient
            },
            manual_updates_refused: configuration.enabled && !configuration.manual_updates_allowed,
            protect_permission_groups: options.protect_permission_groups,
        }
    }
}

/// All that is told of a group's changes is in the change log.
impl delivery::Source for Settings {
    async fn webhook(&self, account_id: i64) -> Result<Option<Webhook>, Status> {
        delivery::webhook_of(self.accounts.clone(), account_id)
            .await
            .map_err(|status| peer::failure("settings", &status))
    }
}
