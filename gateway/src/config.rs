//! What the gateway is told by its environment.

use ::scim::definitions::LicenseExtension;
use chassis::env::Env;
use http::Uri;

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
}

impl Config {
    /// Reads the configuration; faults are noted in `env`.
    pub fn from_env(env: &mut Env) -> Config {
        let license = LicenseExtension::default();
        let types: Vec<&str> = license.types.iter().map(String::as_str).collect();
        Config {
            public_url: public_url(env),
            identity_url: env.required("IDENTITY_URL"),
            group_url: env.required("GROUP_URL"),
            token_url: env.required("TOKEN_URL"),
            settings_url: env.required("SETTINGS_URL"),
            license: LicenseExtension {
                types: env.list("LICENSE_TYPES", &types),
                urn: env.or("LICENSE_EXTENSION_URN", license.urn.clone()),
            },
        }
    }
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
