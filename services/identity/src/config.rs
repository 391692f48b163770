//! What the process is told by its environment.

use chassis::{client, env::Env};
use scim::{configuration::Configuration, definitions::LicenseExtension};
use secrecy::SecretString;

use crate::mail::Mail;

/// The licence types whose holders administer nothing, where none are named.
const WITHOUT_RIGHTS: &[&str] = &["read_only", "it"];

/// The configuration of the identity service.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the users are kept.
    pub database: storage::postgres::Config,
    /// The base URL of the settings service.
    pub settings_url: String,
    /// The schema extension that holds the licence, and the licence types there are.
    pub license: LicenseExtension,
    /// Licence types whose holders administer nothing, whatever their groups give them.
    pub licenses_without_rights: Vec<String>,
    /// The operator's own schemas and resource types.
    pub schemas: Configuration,
    /// Authenticates page tokens, the same for all replicas; none: a random one, so that tokens end with
    /// the process and are good on this replica alone.
    pub cursor_key: Option<SecretString>,
    /// How many days an invitation is good for.
    pub invitation_days: u32,
    /// How changes are delivered.
    pub delivery: delivery::Config,
    /// How invitations are mailed; none: not at all.
    pub mail: Option<Mail>,
    /// The link to accept an invitation by; `{account_id}` and `{invitation_id}` stand for those.
    pub invitation_url: Option<String>,
}

impl Config {
    /// Reads `DATABASE_URL`, `DATABASE_MAX_CONNECTIONS`, `SETTINGS_URL`, `LICENSE_EXTENSION_URN`,
    /// `LICENSE_TYPES`, `LICENSE_TYPES_WITHOUT_ADMIN`, `SCIM_SCHEMAS`, `CURSOR_KEY`,
    /// `INVITATION_DAYS`, `WEBHOOK_ALLOW_PRIVATE` and, for mail, `SMTP_URL`, `MAIL_FROM` and `INVITATION_URL`.
    pub fn from_env(env: &mut Env) -> Config {
        let standard = LicenseExtension::default();
        let types: Vec<&str> = standard.types.iter().map(String::as_str).collect();
        let types = env.names("LICENSE_TYPES", &types);
        let mail = mail(env);
        // Without mail an administrator hands the link over.
        let invitation_url = match &mail {
            Some(mail) => Some(mail.invitation_url.clone()),
            None => env.optional("INVITATION_URL"),
        };
        let url = invitation_url.as_deref().unwrap_or_default();
        if !url.is_empty() && !url.contains("{invitation_id}") {
            env.fault("INVITATION_URL", "must hold {invitation_id}");
        }
        Config {
            database: storage::postgres::Config::from_env(env),
            settings_url: client::url(env, "SETTINGS_URL"),
            licenses_without_rights: without_rights(env, &types),
            license: LicenseExtension {
                types,
                urn: env.urn("LICENSE_EXTENSION_URN", standard.urn),
            },
            schemas: env.file("SCIM_SCHEMAS").unwrap_or_default(),
            cursor_key: env.key("CURSOR_KEY"),
            invitation_days: invitation_days(env),
            delivery: delivery::Config::from_env(env),
            mail,
            invitation_url,
        }
    }
}

/// Those that are named have to be there; those that are not named here need not.
fn without_rights(env: &mut Env, types: &[String]) -> Vec<String> {
    let without_rights = env.list("LICENSE_TYPES_WITHOUT_ADMIN", WITHOUT_RIGHTS);
    let is_there = |one: &String| types.contains(one) || WITHOUT_RIGHTS.contains(&one.as_str());
    if !without_rights.iter().all(is_there) {
        env.fault("LICENSE_TYPES_WITHOUT_ADMIN", "must be of LICENSE_TYPES");
    }
    without_rights
}

fn invitation_days(env: &mut Env) -> u32 {
    let days = env.or("INVITATION_DAYS", 7);
    if !(1..=3650).contains(&days) {
        env.fault("INVITATION_DAYS", "must be from 1 to 3650");
    }
    days
}

/// Mail needs a server, a sender and a link; without a server there is none.
fn mail(env: &mut Env) -> Option<Mail> {
    let smtp_url: String = env.optional("SMTP_URL")?;
    let mail = Mail {
        smtp_url: smtp_url.into(),
        from: env.required("MAIL_FROM"),
        invitation_url: env.required("INVITATION_URL"),
    };
    if mail.transport().is_none() {
        env.fault("SMTP_URL", "must be like smtps://user:password@host");
    }
    if !mail.from.is_empty() && mail.sender().is_none() {
        env.fault("MAIL_FROM", "must be an e-mail address");
    }
    Some(mail)
}
