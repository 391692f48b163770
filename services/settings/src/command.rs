//! The commands on accounts: `create-account`, `update-account`, `list-accounts`, `lift-ip-restrictions`.

use std::fmt;

use anyhow::anyhow;
use proto::{
    error::reason,
    name::escape,
    protocol::v1::{Actor, ErrorReason, actor::Kind},
    settings::v1::{
        self as pb, account_service_server::AccountService,
        settings_service_server::SettingsService,
    },
};
use storage::postgres;
use tonic::{Request, Status};

use crate::{
    Config, MIGRATIONS,
    service::Service,
    wire::{plan_name, plan_of},
};

/// The account to create.
#[derive(Debug, Clone, clap::Args)]
pub struct CreateAccount {
    /// The account's number
    #[arg(long)]
    pub id: i64,
    /// The name for people to read
    #[arg(long)]
    pub name: String,
    /// What the account has bought
    #[arg(long, value_parser = ["team", "enterprise", "enterprise_plus"])]
    pub plan: String,
    /// The licence types of its plan, with commas between; all of LICENSE_TYPES unless given
    #[arg(long, value_delimiter = ',')]
    pub license_types: Vec<String>,
    /// Switch SCIM on, also if the account exists
    #[arg(long)]
    pub enable_scim: bool,
}

/// What to change of an account.
#[derive(Debug, Clone, clap::Args)]
pub struct UpdateAccount {
    /// The account's number
    #[arg(long)]
    pub id: i64,
    /// The new name
    #[arg(long, required_unless_present = "plan")]
    pub name: Option<String>,
    /// What the account has bought now; one without SCIM switches SCIM off
    #[arg(long, value_parser = ["team", "enterprise", "enterprise_plus"])]
    pub plan: Option<String>,
}

/// Whose IP rules to switch off.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct LiftIpRestrictions {
    /// The account's number
    #[arg(long, visible_alias = "account-id")]
    pub id: i64,
}

/// What became of [`CreateAccount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// There is a new account.
    New,
    /// There was an account with this id; its name and plan are as they were.
    Existing,
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Created::New => "created",
            Created::Existing => "exists",
        })
    }
}

/// Creates an account, unless one with its id exists, and switches SCIM on if asked to.
///
/// # Errors
/// The database is away, a value is refused, or the plan does not include SCIM.
pub async fn create_account(config: Config, account: CreateAccount) -> anyhow::Result<Created> {
    let service = connect(config).await?;
    let unlimited = |license_type| pb::LicenseSeats {
        license_type,
        total: None,
    };
    let request = pb::CreateAccountRequest {
        account: Some(pb::Account {
            id: account.id,
            name: account.name,
            plan: plan_of(&account.plan).into(),
            license_seats: account.license_types.into_iter().map(unlimited).collect(),
            ..pb::Account::default()
        }),
        actor: Some(operator("settings create-account")),
    };
    let created = match service.create_account(Request::new(request)).await {
        Ok(_) => Created::New,
        Err(status) if reason(&status) == Some(ErrorReason::Uniqueness) => Created::Existing,
        Err(status) => return Err(refused(&status)),
    };
    if account.enable_scim {
        enable_scim(&service, account.id)
            .await
            .map_err(|status| refused(&status))?;
    }
    Ok(created)
}

/// Writes name or plan of an account.
///
/// # Errors
/// The database is away, there is no such account, or a value is refused.
pub async fn update_account(config: Config, update: UpdateAccount) -> anyhow::Result<pb::Account> {
    let service = connect(config).await?;
    let paths = [
        ("name", update.name.is_some()),
        ("plan", update.plan.is_some()),
    ];
    let paths = paths.into_iter().filter(|(_, given)| *given);
    let request = pb::UpdateAccountRequest {
        update_mask: Some(prost_types::FieldMask {
            paths: paths.map(|(path, _)| path.to_owned()).collect(),
        }),
        account: Some(pb::Account {
            id: update.id,
            name: update.name.unwrap_or_default(),
            plan: plan_of(&update.plan.unwrap_or_default()).into(),
            ..pb::Account::default()
        }),
        actor: Some(operator("settings update-account")),
    };
    let written = service.update_account(Request::new(request)).await;
    let written = written.map_err(|status| refused(&status))?;
    Ok(written.into_inner())
}

/// Switches the IP rules of an account off; the rules stay, to be mended and switched on again.
///
/// # Errors
/// The database is away, or there is no such account.
pub async fn lift_ip_restrictions(config: Config, lift: LiftIpRestrictions) -> anyhow::Result<()> {
    let service = connect(config).await?;
    let request = pb::UpdateIpRestrictionsEnabledRequest {
        account_id: lift.id,
        enabled: false,
        actor: Some(operator("settings lift-ip-restrictions")),
        confirm: true,
    };
    let written = service
        .update_ip_restrictions_enabled(Request::new(request))
        .await;
    written.map(drop).map_err(|status| refused(&status))
}

/// The accounts by number, each as a line: number, plan, whether SCIM is on, name, with tabs between.
/// A name from before names were checked is escaped.
///
/// # Errors
/// The database is away.
pub async fn list_accounts(config: Config) -> anyhow::Result<Vec<String>> {
    let service = connect(config).await?;
    let mut lines = Vec::new();
    let mut request = pb::ListAccountsRequest {
        page_size: proto::page::MAX_SIZE,
        page_token: String::new(),
    };
    loop {
        let page = service.list_accounts(Request::new(request.clone())).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        lines.extend(page.accounts.iter().map(line));
        if page.next_page_token.is_empty() {
            return Ok(lines);
        }
        request.page_token = page.next_page_token;
    }
}

fn line(account: &pb::Account) -> String {
    let is_on = account.scim_configuration.unwrap_or_default().enabled;
    let scim = if is_on { "scim" } else { "-" };
    let (id, plan) = (account.id, plan_name(account.plan()));
    let name = escape(&account.name);
    format!("{id}\t{plan}\t{scim}\t{name}")
}

async fn connect(config: Config) -> anyhow::Result<Service> {
    let pool = postgres::pool(&config.database)?;
    postgres::check_schema(&pool, MIGRATIONS).await?;
    Ok(Service::new(pool, &config))
}

async fn enable_scim(service: &Service, account_id: i64) -> Result<(), Status> {
    let request = pb::UpdateScimConfigurationRequest {
        account_id,
        scim_configuration: Some(pb::ScimConfiguration {
            enabled: true,
            ..pb::ScimConfiguration::default()
        }),
        actor: Some(operator("settings create-account")),
        ..Default::default()
    };
    service
        .update_scim_configuration(Request::new(request))
        .await?;
    Ok(())
}

fn operator(command: &str) -> Actor {
    Actor {
        kind: Kind::Operator.into(),
        id: "operator".to_owned(),
        name: command.to_owned(),
        request_id: String::new(),
        ip_address: String::new(),
    }
}

fn refused(status: &Status) -> anyhow::Error {
    anyhow!("{}", status.message())
}
