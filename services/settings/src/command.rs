//! The `create-account` command.

use std::fmt;

use anyhow::anyhow;
use proto::{
    error::reason,
    protocol::v1::{Actor, ErrorReason, actor::Kind},
    settings::v1::{self as pb, settings_service_server::SettingsService},
};
use storage::postgres;
use tonic::{Request, Status};

use crate::{Config, MIGRATIONS, service::Service, wire::plan_of};

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
    let pool = postgres::pool(&config.database)?;
    postgres::check_schema(&pool, MIGRATIONS).await?;
    let service = Service::new(pool, config.license_types);
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
        actor: Some(operator()),
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

async fn enable_scim(service: &Service, account_id: i64) -> Result<(), Status> {
    let request = pb::GetAccountRequest { account_id };
    let account = service
        .get_account(Request::new(request))
        .await?
        .into_inner();
    let request = pb::UpdateScimConfigurationRequest {
        account_id,
        scim_configuration: Some(pb::ScimConfiguration {
            enabled: true,
            ..account.scim_configuration.unwrap_or_default()
        }),
        actor: Some(operator()),
    };
    service
        .update_scim_configuration(Request::new(request))
        .await?;
    Ok(())
}

fn operator() -> Actor {
    Actor {
        kind: Kind::Operator.into(),
        id: "operator".to_owned(),
        name: "settings create-account".to_owned(),
        request_id: String::new(),
        ip_address: String::new(),
    }
}

fn refused(status: &Status) -> anyhow::Error {
    anyhow!("{}", status.message())
}
