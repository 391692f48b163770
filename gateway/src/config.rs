//! What the gateway is told by its environment.

use std::{num::NonZeroU32, time::Duration};

use ::scim::{configuration::Configuration, definitions::LicenseExtension};
use chassis::{client, env::Env};
use http::{HeaderValue, Uri};
use ipnet::IpNet;
use proto::admission::network;
use secrecy::SecretString;

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
    /// The origins whose pages may call, `https://host[:port]`, or `*` for all; empty: CORS is off.
    pub cors_allowed_origins: Vec<HeaderValue>,
    /// The most requests per second that a token may make; none: no limit.
    pub rate_limit_per_second: Option<NonZeroU32>,
    /// Where people read about this service; shown in `ServiceProviderConfig`.
    pub documentation_url: Option<String>,
    /// What the sessions of the console are sealed with; none: a key that lasts as long as the process.
    pub console_key: Option<SecretString>,
    /// How long, after it was asked to stop, the gateway still takes connections.
    pub drain: Duration,
}

impl Config {
    /// Reads the configuration; faults are noted in `env`.
    pub fn from_env(env: &mut Env) -> Config {
        let license = LicenseExtension::default();
        let types: Vec<&str> = license.types.iter().map(String::as_str).collect();
        Config {
            public_url: public_url(env),
            trusted_proxies: trusted_proxies(env),
            cors_allowed_origins: cors_allowed_origins(env),
            rate_limit_per_second: env.optional("RATE_LIMIT_PER_SECOND"),
            documentation_url: documentation_url(env),
            console_key: env.key("CONSOLE_KEY"),
            drain: drain(env),
            identity_url: client::url(env, "IDENTITY_URL"),
            group_url: client::url(env, "GROUP_URL"),
            token_url: client::url(env, "TOKEN_URL"),
            settings_url: client::url(env, "SETTINGS_URL"),
            schemas: env.file("SCIM_SCHEMAS").unwrap_or_default(),
            license: LicenseExtension {
                types: env.names("LICENSE_TYPES", &types),
                urn: env.urn("LICENSE_EXTENSION_URN", license.urn.clone()),
            },
        }
    }
}

/// Long enough for what spreads the load to hear of the stop; what is in hand comes on top.
fn drain(env: &mut Env) -> Duration {
    let seconds = env.or("DRAIN_SECONDS", 2);
    if seconds > 300 {
        env.fault("DRAIN_SECONDS", "must be from 0 to 300");
    }
    Duration::from_secs(seconds)
}

fn trusted_proxies(env: &mut Env) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for text in env.list("TRUSTED_PROXIES", &[]) {
        match network(&text) {
            Some(network) => networks.push(network),
            None => env.fault("TRUSTED_PROXIES", "must be CIDRs such as 10.0.0.0/8"),
        }
    }
    networks
}

/// The value of `Origin` that a browser sends (RFC 6454 section 7), or `*`.
fn cors_allowed_origins(env: &mut Env) -> Vec<HeaderValue> {
    let mut origins = Vec::new();
    for text in env.list("CORS_ALLOWED_ORIGINS", &[]) {
        let is_origin = is_url(&text) && text.matches('/').count() == 2;
        match HeaderValue::from_str(&text.to_ascii_lowercase()) {
            Ok(origin) if is_origin || text == "*" => origins.push(origin),
            _ => env.fault(
                "CORS_ALLOWED_ORIGINS",
                "must be origins such as https://example.com, or *",
            ),
        }
    }
    origins
}

fn documentation_url(env: &mut Env) -> Option<String> {
    let url: Option<String> = env.optional("DOCUMENTATION_URL");
    if url.as_deref().is_some_and(|url| !is_url(url)) {
        env.fault("DOCUMENTATION_URL", "must be an http or https URL");
    }
    url
}

fn public_url(env: &mut Env) -> String {
    let text: String = env.required("PUBLIC_URL");
    let text = text.trim_end_matches('/');
    if !text.is_empty() && (!is_url(text) || text.contains('?')) {
        env.fault("PUBLIC_URL", "must be an http or https URL without a query");
    }
    text.to_owned()
}

/// An absolute URL without user information (R-SEC-09).
fn is_url(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|url| {
        let authority = url.authority();
        matches!(url.scheme_str(), Some("http" | "https"))
            && authority.is_some_and(|authority| !authority.as_str().contains('@'))
    })
}

#[cfg(test)]
mod tests;
