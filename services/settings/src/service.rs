//! The RPCs: read the request, open the transaction, call, answer.

mod account;

use diesel_async::AsyncConnection;
use proto::{
    actor,
    protocol::v1::Actor,
    settings::v1::{self as pb, settings_service_server::SettingsService},
};
use storage::{
    changes::{self, Entry},
    postgres::{Connection, Pool, connect},
};
use tonic::{Request, Response, Status};

use crate::{
    accounts::{self, NewAccount, Options, ScimConfiguration},
    error::Error,
    license_seats::{self, LicenseSeats},
    rules,
    wire::{self, plan_name},
};

#[derive(Clone)]
pub(crate) struct Service {
    pool: Pool,
    license_types: Vec<String>,
}

impl Service {
    pub(crate) fn new(pool: Pool, license_types: Vec<String>) -> Service {
        Service {
            pool,
            license_types,
        }
    }

    async fn connect(&self) -> Result<Connection, Error> {
        Ok(connect(&self.pool).await?)
    }
}

#[tonic::async_trait]
impl SettingsService for Service {
    async fn get_account(
        &self,
        request: Request<pb::GetAccountRequest>,
    ) -> Result<Response<pb::Account>, Status> {
        let account_id = request.into_inner().account_id;
        let mut connection = self.connect().await?;
        let account = accounts::find(&mut connection, account_id)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(wire::account(account)))
    }

    async fn create_account(
        &self,
        request: Request<pb::CreateAccountRequest>,
    ) -> Result<Response<pb::Account>, Status> {
        let request = request.into_inner();
        let actor = actor::required(request.actor)?;
        let account = required(request.account, "account")?;
        let account_id = account.id;
        let seats = account.license_seats.iter().cloned();
        let seats = seats.map(LicenseSeats::from).collect();
        let account = NewAccount {
            account_id,
            plan: plan_name(account.plan()),
            name: account.name,
        };
        rules::check_new(&account)?;
        let seats = license_seats::of_new_account(&self.license_types, seats)?;
        let mut connection = self.connect().await?;
        let account = connection
            .transaction(async |connection| {
                accounts::insert(connection, account).await?;
                license_seats::insert(connection, account_id, &seats).await?;
                let changed = ["name", "plan"].map(str::to_owned);
                record(connection, account_id, "account.created", &changed, &actor).await?;
                Ok::<_, Error>(accounts::find(connection, account_id).await?)
            })
            .await?;
        Ok(Response::new(wire::account(account)))
    }

    async fn update_scim_configuration(
        &self,
        request: Request<pb::UpdateScimConfigurationRequest>,
    ) -> Result<Response<pb::ScimConfiguration>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let wanted = required(request.scim_configuration, "scim_configuration")?;
        let wanted = ScimConfiguration::from(wanted);
        let mut connection = self.connect().await?;
        connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                rules::check_configuration(&account, &wanted)?;
                let changed = account.scim_configuration.changes(&wanted);
                if changed.is_empty() {
                    return Ok(());
                }
                accounts::update_scim_configuration(connection, account_id, &wanted).await?;
                let kind = "scim_config.changed";
                record(connection, account_id, kind, &changed, &actor).await
            })
            .await?;
        Ok(Response::new(wanted.into()))
    }

    async fn update_account_options(
        &self,
        request: Request<pb::UpdateAccountOptionsRequest>,
    ) -> Result<Response<pb::AccountOptions>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let wanted = Options::from(required(request.options, "options")?);
        let mut connection = self.connect().await?;
        connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                rules::check_options(&wanted, &account.license_seats)?;
                let changed = account.options.changes(&wanted);
                if changed.is_empty() {
                    return Ok(());
                }
                accounts::update_options(connection, account_id, &wanted).await?;
                let kind = "account_options.changed";
                record(connection, account_id, kind, &changed, &actor).await
            })
            .await?;
        Ok(Response::new(wanted.into()))
    }
}

fn required<T>(message: Option<T>, name: &str) -> Result<T, Error> {
    message.ok_or_else(|| Error::InvalidValue(format!("{name} is required")))
}

/// Writes the change-log entry of the account itself.
async fn record(
    connection: &mut Connection,
    account_id: i64,
    kind: &str,
    changed_attributes: &[String],
    actor: &Actor,
) -> Result<(), Error> {
    let entry = Entry {
        account_id,
        kind,
        resource_id: &account_id.to_string(),
        changed_attributes,
        actor,
    };
    Ok(changes::record(connection, entry).await?)
}
