//! The services behind the gateway.

use chassis::client::{Channel, channel};
use proto::{
    group::v1::group_service_client::GroupServiceClient,
    identity::v1::identity_service_client::IdentityServiceClient,
    settings::v1::settings_service_client::SettingsServiceClient,
    token::v1::token_service_client::TokenServiceClient,
};

use crate::Config;

/// The largest message in either direction, bytes: a group of some hundred thousand members.
const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// One client for each service. Each is a handle on a shared connection: clone it to call.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) identity: IdentityServiceClient<Channel>,
    pub(crate) group: GroupServiceClient<Channel>,
    pub(crate) token: TokenServiceClient<Channel>,
    pub(crate) settings: SettingsServiceClient<Channel>,
    /// The connection to each service, by its name, to ask for its health.
    pub(crate) channels: [(&'static str, Channel); 4],
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
        Ok(Clients {
            channels: [
                ("identity", identity.clone()),
                ("group", group.clone()),
                ("token", token.clone()),
                ("settings", settings.clone()),
            ],
            identity: IdentityServiceClient::new(identity)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            group: GroupServiceClient::new(group)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            token: TokenServiceClient::new(token),
            settings: SettingsServiceClient::new(settings),
        })
    }
}
