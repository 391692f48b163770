//! The services behind the gateway.

use chassis::client::{Channel, channel};
use proto::{
    group::v1::{
        group_admin_service_client::GroupAdminServiceClient,
        group_service_client::GroupServiceClient,
    },
    identity::v1::{
        identity_service_client::IdentityServiceClient,
        invitation_service_client::InvitationServiceClient,
        license_service_client::LicenseServiceClient,
        resource_service_client::ResourceServiceClient,
    },
    protocol::v1::{
        change_log_service_client::ChangeLogServiceClient,
        delivery_service_client::DeliveryServiceClient,
    },
    settings::v1::{
        account_service_client::AccountServiceClient,
        settings_service_client::SettingsServiceClient,
    },
    token::v1::{
        session_service_client::SessionServiceClient, token_service_client::TokenServiceClient,
    },
};

use crate::Config;

/// The largest message in either direction, bytes: a group of some hundred thousand members.
const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// One client for each service. Each is a handle on a shared connection: clone it to call.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) identity: IdentityServiceClient<Channel>,
    pub(crate) invitation: InvitationServiceClient<Channel>,
    pub(crate) license: LicenseServiceClient<Channel>,
    pub(crate) resource: ResourceServiceClient<Channel>,
    pub(crate) group: GroupServiceClient<Channel>,
    pub(crate) group_admin: GroupAdminServiceClient<Channel>,
    pub(crate) token: TokenServiceClient<Channel>,
    pub(crate) session: SessionServiceClient<Channel>,
    pub(crate) settings: SettingsServiceClient<Channel>,
    pub(crate) account: AccountServiceClient<Channel>,
    /// The change log of each process, by its name.
    pub(crate) change_logs: [(&'static str, ChangeLogServiceClient<Channel>); 4],
    /// The deliveries of each process that has some, by its name.
    pub(crate) deliveries: [(&'static str, DeliveryServiceClient<Channel>); 3],
    /// The connection to each process, by its name, to ask for its health.
    pub(crate) channels: [(&'static str, Channel); 4],
}

fn change_log(channel: Channel) -> ChangeLogServiceClient<Channel> {
    ChangeLogServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT)
}

impl Clients {
    /// Clients that connect when first used.
    ///
    /// # Errors
    /// A URL is malformed.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Clients> {
        let identity = channel(&config.identity_url)?;
        let group = channel(&config.group_url)?;
        let token = channel(&config.token_url)?;
        let settings = channel(&config.settings_url)?;
        let channels = [
            ("identity", identity.clone()),
            ("group", group.clone()),
            ("token", token.clone()),
            ("settings", settings.clone()),
        ];
        Ok(Clients {
            change_logs: channels
                .clone()
                .map(|(name, channel)| (name, change_log(channel))),
            deliveries: [
                ("identity", DeliveryServiceClient::new(identity.clone())),
                ("group", DeliveryServiceClient::new(group.clone())),
                ("settings", DeliveryServiceClient::new(settings.clone())),
            ],
            channels,
            invitation: InvitationServiceClient::new(identity.clone())
                .max_decoding_message_size(MESSAGE_LIMIT),
            license: LicenseServiceClient::new(identity.clone()),
            resource: ResourceServiceClient::new(identity.clone())
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            identity: IdentityServiceClient::new(identity)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            group_admin: GroupAdminServiceClient::new(group.clone())
                .max_decoding_message_size(MESSAGE_LIMIT),
            group: GroupServiceClient::new(group)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            session: SessionServiceClient::new(token.clone()),
            token: TokenServiceClient::new(token),
            account: AccountServiceClient::new(settings.clone()),
            settings: SettingsServiceClient::new(settings),
        })
    }
}
