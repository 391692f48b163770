//! What every request may use; nothing in it changes but the remembered health and the tokens' budgets.

use std::{ops::Deref, sync::Arc};

use ::scim::schema::ResourceType;
use ipnet::IpNet;
use tokio::sync::Semaphore;
use tower_http::cors::CorsLayer;

use crate::{
    Config, auth::Known, clients::Clients, console::Site, cors, health::Health, rates::Rates,
    scim::LookUps,
};

/// The most requests handled at once; further ones are turned away (R-SEC-04).
const CONCURRENT_REQUESTS: usize = 1024;

/// The shared state of the gateway; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Gateway(Arc<Shared>);

/// What [`Gateway`] shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) public_url: String,
    pub(crate) license_urn: String,
    pub(crate) user: ResourceType,
    pub(crate) group: ResourceType,
    /// Those that the operator defined.
    pub(crate) resource_types: Vec<ResourceType>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) clients: Clients,
    pub(crate) look_ups: LookUps,
    pub(crate) known: Known,
    pub(crate) health: Health,
    pub(crate) slots: Semaphore,
    pub(crate) rates: Rates,
    /// The pages of other origins that may call; none: only those of this one.
    pub(crate) cors: Option<CorsLayer>,
    /// Where people read about this service.
    pub(crate) documentation_url: Option<String>,
    pub(crate) site: Site,
}

impl Gateway {
    /// # Errors
    /// A service URL is malformed, or the configured schemas clash with that of licences.
    pub(crate) fn new(config: Config) -> anyhow::Result<Gateway> {
        let clients = Clients::new(&config)?;
        let site = Site::new(&config);
        Ok(Gateway(Arc::new(Shared {
            user: config.schemas.user(&config.license)?,
            group: config.schemas.group(),
            resource_types: config.schemas.resource_types().to_vec(),
            license_urn: config.license.urn,
            public_url: config.public_url,
            trusted_proxies: config.trusted_proxies,
            health: Health::default(),
            known: Known::new(&clients),
            look_ups: LookUps::new(&clients),
            clients,
            slots: Semaphore::new(CONCURRENT_REQUESTS),
            rates: Rates::new(config.rate_limit_per_second),
            cors: cors::layer(&config.cors_allowed_origins),
            documentation_url: config.documentation_url,
            site,
        })))
    }
}

impl Deref for Gateway {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
