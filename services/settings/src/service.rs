//! The RPCs: read the request, open the transaction, call, answer.

mod account;
mod ip_rules;
mod webhooks;

use std::time::Duration;

use diesel_async::AsyncConnection;
use lease::Term;
use proto::{
    actor, enumeration,
    protocol::v1::Actor,
    request,
    settings::v1::{self as pb, settings_service_server::SettingsService},
};
use storage::{
    changes::{self, Entry},
    postgres::{Connection, Pool, connect},
};
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::{
    Config,
    accounts::{self, Account, NewAccount, Options, ScimConfiguration},
    changed::Changed,
    error::Error,
    license_seats::{self, LicenseSeats},
    mask::Mask,
    rules,
    wire::{self, plan_name},
};

#[derive(Clone)]
pub(crate) struct Service {
    pool: Pool,
    license_types: Vec<String>,
    /// Whether webhooks may lead to private addresses, and go over plain http.
    allow_private: bool,
    /// How long callers may use what they were told of an account.
    term: Term,
}

impl Service {
    pub(crate) fn new(pool: Pool, config: &Config) -> Service {
        Service {
            pool,
            license_types: config.license_types.clone(),
            allow_private: config.delivery.allow_private,
            term: config.lease,
        }
    }

    /// To be awaited after a change of what `GetAccount` tells has been committed, before it is acknowledged: what
    /// callers were told before has then run out.
    async fn settled(&self, connection: Connection) {
        let committed = Instant::now();
        drop(connection);
        self.term.run_out(committed).await;
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
        Ok(Response::new(pb::Account {
            lease: Some(self.term.grant(Duration::ZERO)),
            ..wire::account(account)
        }))
    }

    async fn create_account(
        &self,
        request: Request<pb::CreateAccountRequest>,
    ) -> Result<Response<pb::Account>, Status> {
        let request = request.into_inner();
        let actor = actor::required(request.actor)?;
        let account = required(request.account, "account")?;
        let plan: pb::Plan = enumeration::read("plan", account.plan)?;
        let account_id = account.id;
        let seats = account.license_seats.iter().cloned();
        let seats = seats.map(LicenseSeats::from).collect();
        let account = NewAccount {
            account_id,
            plan: plan_name(plan),
            name: account.name,
        };
        rules::check_account(&account)?;
        let seats = license_seats::of_new_account(&self.license_types, seats)?;
        let name = account.name.clone();
        let mut changed = Changed::default();
        changed.push("name", None, Some(name.clone()));
        changed.push("plan", None, Some(account.plan.clone()));
        let mut connection = self.connect().await?;
        let account = connection
            .transaction(async |connection| {
                if !accounts::insert(connection, account).await? {
                    return Err(Error::AccountExists);
                }
                license_seats::insert(connection, account_id, &seats).await?;
                let account = (account_id, &*name);
                record(connection, account, "account.created", &changed, &actor).await?;
                Ok::<_, Error>(accounts::find(connection, account_id).await?)
            })
            .await?;
        Ok(Response::new(wire::account(account)))
    }

    async fn list_accounts(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Result<Response<pb::ListAccountsResponse>, Status> {
        let request = request.into_inner();
        let after = match request.page_token.as_str() {
            "" => 0,
            token => token.parse().map_err(|_| Error::InvalidCursor)?,
        };
        let limit = request::page_size(request.page_size)?;
        let mut connection = self.connect().await?;
        // One more tells whether there is a next page.
        let found = accounts::find_after(&mut connection, after, limit + 1).await;
        let mut found = found.map_err(Error::from)?;
        let limit = usize::try_from(limit).unwrap_or_default();
        let is_last = found.len() <= limit;
        found.truncate(limit);
        let last = found.last().filter(|_| !is_last);
        Ok(Response::new(pb::ListAccountsResponse {
            next_page_token: last.map_or_else(String::new, |last| last.account_id.to_string()),
            accounts: found.into_iter().map(wire::account).collect(),
        }))
    }

    async fn update_account(
        &self,
        request: Request<pb::UpdateAccountRequest>,
    ) -> Result<Response<pb::Account>, Status> {
        let request = request.into_inner();
        let actor = actor::required(request.actor)?;
        let wanted = required(request.account, "account")?;
        let plan: pb::Plan = enumeration::read("plan", wanted.plan)?;
        let id = wanted.id;
        let mask = Mask::read(request.update_mask, &["name", "plan"])?;
        let mut connection = self.connect().await?;
        let account = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, id).await?;
                let wanted = rules::wanted_account(&account, (wanted.name, plan), &mask);
                rules::check_update(&account, &wanted)?;
                write_account(connection, account, &wanted, &actor).await
            })
            .await?;
        self.settled(connection).await;
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
        let mask = Mask::read(request.update_mask, ScimConfiguration::FIELDS)?;
        let mut connection = self.connect().await?;
        let written = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let wanted = wanted.over(account.scim_configuration, &mask);
                rules::check_configuration(&account, &wanted)?;
                let changed = account.scim_configuration.changes(&wanted);
                if !changed.is_empty() {
                    accounts::update_scim_configuration(connection, account_id, &wanted).await?;
                    let kind = "scim_config.changed";
                    let account = (account_id, &*account.name);
                    record(connection, account, kind, &changed, &actor).await?;
                }
                Ok::<_, Error>(wanted)
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(written.into()))
    }

    async fn update_account_options(
        &self,
        request: Request<pb::UpdateAccountOptionsRequest>,
    ) -> Result<Response<pb::AccountOptions>, Status> {
        let request = request.into_inner();
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let wanted = Options::from(required(request.options, "options")?);
        let mask = Mask::read(request.update_mask, Options::FIELDS)?;
        let mut connection = self.connect().await?;
        let written = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let wanted = wanted.over(&account.options, &mask);
                rules::check_options(&wanted, &account.license_seats)?;
                let changed = account.options.changes(&wanted);
                if !changed.is_empty() {
                    accounts::update_options(connection, account_id, &wanted).await?;
                    let kind = "account_options.changed";
                    let account = (account_id, &*account.name);
                    record(connection, account, kind, &changed, &actor).await?;
                }
                Ok::<_, Error>(wanted)
            })
            .await?;
        self.settled(connection).await;
        Ok(Response::new(written.into()))
    }
}

/// Writes name and plan of a locked account; a plan without SCIM switches SCIM off (rule 2).
async fn write_account(
    connection: &mut Connection,
    account: Account,
    wanted: &NewAccount,
    actor: &Actor,
) -> Result<Account, Error> {
    let account_id = account.account_id;
    let changed = Changed::between([
        ("name", &account.name, &wanted.name),
        ("plan", &account.plan, &wanted.plan),
    ]);
    if changed.is_empty() {
        return Ok(account);
    }
    accounts::update(connection, account_id, (&wanted.name, &wanted.plan)).await?;
    let named = (account_id, &*wanted.name);
    record(connection, named, "account.updated", &changed, actor).await?;
    if account.scim_configuration.scim_enabled && !rules::includes_scim(&wanted.plan) {
        let off = ScimConfiguration {
            scim_enabled: false,
            ..account.scim_configuration
        };
        accounts::update_scim_configuration(connection, account_id, &off).await?;
        let changed = account.scim_configuration.changes(&off);
        record(connection, named, "scim_config.changed", &changed, actor).await?;
    }
    Ok(accounts::find(connection, account_id).await?)
}

fn required<T>(message: Option<T>, name: &str) -> Result<T, Error> {
    message.ok_or_else(|| Error::InvalidValue(format!("{name} is required")))
}

/// Writes the change-log entry of the account itself, by its id and name.
async fn record(
    connection: &mut Connection,
    (account_id, name): (i64, &str),
    kind: &str,
    changed: &Changed,
    actor: &Actor,
) -> Result<(), Error> {
    let entry = Entry {
        account_id,
        kind,
        resource_id: &account_id.to_string(),
        name: name.into(),
        changed_attributes: &changed.names,
        details: changed.details(),
        actor,
    };
    Ok(changes::record(connection, entry).await?)
}
