//! What the gateway is told by its environment.

use ::scim::{configuration::Configuration, definitions::LicenseExtension};
use chassis::env::Env;
use http::Uri;
use ipnet::IpNet;

use crate::address;

/// The configuration of the gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// The URL under which clients reach the gateway, without a slash at the end; builds every location.
    pub public_url: String,
    /// The identity service, `http://host:port`.
    pub identity_url: String,
    /// The group service, `http://host:port`.
    pub group_url: String,
    /// The token service, `http://host:port`.
    pub token_url: String,
    /// The settings service, `http://host:port`.
    pub settings_url: String,
    /// The schema extension that carries the licence of a user.
    pub license: LicenseExtension,
    /// The operator's own schemas and resource types.
    pub schemas: Configuration,
    /// The networks of proxies whose word on the client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
}

impl Config {
    /// Reads the configuration; faults are noted in `env`.
    pub fn from_env(env: &mut Env) -> Config {
        let license = LicenseExtension::default();
        let types: Vec<&str> = license.types.iter().map(String::as_str).collect();
        Config {
            public_url: public_url(env),
            trusted_proxies: trusted_proxies(env),
            identity_url: env.required("IDENTITY_URL"),
            group_url: env.required("GROUP_URL"),
            token_url: env.required("TOKEN_URL"),
            settings_url: env.required("SETTINGS_URL"),
            schemas: env.file("SCIM_SCHEMAS").unwrap_or_default(),
            license: LicenseExtension {
                types: env.list("LICENSE_TYPES", &types),
                urn: env.or("LICENSE_EXTENSION_URN", license.urn.clone()),
            },
        }
    }
}

fn trusted_proxies(env: &mut Env) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for text in env.list("TRUSTED_PROXIES", &[]) {
        match address::network(&text) {
            Some(network) => networks.push(network),
            None => env.fault("TRUSTED_PROXIES", "must be CIDRs such as 10.0.0.0/8"),
        }
    }
    networks
}

fn public_url(env: &mut Env) -> String {
    let text: String = env.required("PUBLIC_URL");
    let text = text.trim_end_matches('/');
    let usable = text.parse::<Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@'))
            && url.query().is_none()
    });
    if !text.is_empty() && !usable {
        env.fault("PUBLIC_URL", "must be an http or https URL without a query");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests;
