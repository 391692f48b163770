//! A running service with a database of its own and a settings service that holds still.

use std::sync::Arc;

use chassis::{client::Channel, server::Services};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use identity::{Config, Mail};
use proto::{
    error::reason,
    identity::v1::{self as pb, identity_service_client::IdentityServiceClient},
    protocol::v1::{Actor, Change, ErrorReason, PatchOperation, actor::Kind, patch_operation::Op},
    settings::v1::{
        Account, AccountOptions, ScimConfiguration, Webhook,
        account_service_server::AccountServiceServer,
        settings_service_server::SettingsServiceServer,
    },
};
use scim::configuration::Configuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use testkit::{
    Database, Running,
    proxy::{self, Traffic},
    spawn,
};
use tonic::Status;

use crate::settings::Accounts;

pub(crate) type Client = IdentityServiceClient<Channel>;

/// The account of most tests.
pub(crate) const ACCOUNT: i64 = 1;

/// A foreign account, which exists too.
pub(crate) const STRANGERS: i64 = 2;

pub(crate) struct App {
    pub(crate) client: Client,
    /// The connection, for the other services of the process.
    pub(crate) channel: Channel,
    accounts: Accounts,
    service: Running,
    settings: Option<Running>,
    database: Database,
    delivery: delivery::Config,
    mail: Option<Mail>,
}

impl App {
    pub(crate) async fn start() -> App {
        App::start_with(Configuration::default()).await
    }

    /// With schemas of the operator's own.
    pub(crate) async fn start_with(schemas: Configuration) -> App {
        App::launch(schemas, delivery::Config::default(), None, str::to_owned).await
    }

    /// With webhooks.
    pub(crate) async fn start_delivering(delivery: delivery::Config) -> App {
        App::launch(Configuration::default(), delivery, None, str::to_owned).await
    }

    /// With webhooks and mail.
    pub(crate) async fn start_mailing(delivery: delivery::Config, mail: Mail) -> App {
        App::launch(
            Configuration::default(),
            delivery,
            Some(mail),
            str::to_owned,
        )
        .await
    }

    /// With what the service asks of its database.
    pub(crate) async fn observed() -> (App, Arc<Traffic>) {
        let mut traffic = None;
        let through = |url: &str| {
            let (url, noted) = proxy::start(url);
            traffic = Some(noted);
            url
        };
        let (schemas, delivery) = (Configuration::default(), delivery::Config::default());
        let app = App::launch(schemas, delivery, None, through).await;
        (app, traffic.expect("a proxy"))
    }

    /// The service reaches its database by the URL that `through` makes of the real one.
    async fn launch(
        schemas: Configuration,
        delivery: delivery::Config,
        mail: Option<Mail>,
        through: impl FnOnce(&str) -> String,
    ) -> App {
        let accounts = Accounts::default();
        let server = SettingsServiceServer::new(accounts.clone());
        let webhooks = AccountServiceServer::new(accounts.clone());
        let settings = spawn(|listener, shutdown| {
            let services = Services::new(proto::DESCRIPTORS).add(server).add(webhooks);
            chassis::server::serve(listener, services, || async { true }, shutdown)
        })
        .await;
        let database = Database::create(identity::MIGRATIONS).await;
        let url = through(database.url().expose_secret()).into();
        let service = serve(url, &settings, schemas, (&delivery, mail.as_ref())).await;
        let app = App {
            client: IdentityServiceClient::new(channel(&service))
                .max_decoding_message_size(64 << 20),
            channel: channel(&service),
            accounts,
            service,
            settings: Some(settings),
            database,
            delivery,
            mail,
        };
        for id in [ACCOUNT, STRANGERS] {
            app.account(id, |_| {});
        }
        app
    }

    /// Makes an account, or changes it.
    pub(crate) fn account(&self, id: i64, change: impl FnOnce(&mut Account)) {
        let mut accounts = self.accounts.accounts.lock().expect("nobody panicked");
        let account = accounts.entry(id).or_insert_with(|| Account {
            id,
            scim_configuration: Some(ScimConfiguration::default()),
            options: Some(AccountOptions::default()),
            ..Default::default()
        });
        change(account);
    }

    /// Sets the SCIM switches.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut ScimConfiguration)) {
        self.account(ACCOUNT, |account| {
            change(account.scim_configuration.get_or_insert_default());
        });
    }

    /// Sets the account's options.
    pub(crate) fn options(&self, change: impl FnOnce(&mut AccountOptions)) {
        self.account(ACCOUNT, |account| {
            change(account.options.get_or_insert_default());
        });
    }

    /// Has the account told of changes.
    pub(crate) fn webhook(&self, url: &str, secret: &str) {
        let mut webhooks = self.accounts.webhooks.lock().expect("nobody panicked");
        let webhook = Webhook {
            url: url.to_owned(),
            secret: secret.to_owned(),
            ..Webhook::default()
        };
        webhooks.insert(ACCOUNT, webhook);
    }

    /// A second process on the same database.
    pub(crate) async fn replica(&self) -> Running {
        let settings = self.settings.as_ref().expect("settings are there");
        let schemas = Configuration::default();
        serve(
            self.database.url(),
            settings,
            schemas,
            (&self.delivery, self.mail.as_ref()),
        )
        .await
    }

    /// Does to the database what no call does.
    pub(crate) async fn sql(&self, text: &str) {
        let url = self.database.url();
        let mut connection = AsyncPgConnection::establish(url.expose_secret())
            .await
            .expect("a connection");
        connection.batch_execute(text).await.expect("done");
    }

    /// The number that a query finds.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        let url = self.database.url();
        let mut connection = AsyncPgConnection::establish(url.expose_secret())
            .await
            .expect("a connection");
        let query = diesel::dsl::sql::<diesel::sql_types::Int8>(&format!("({query})"));
        let number = diesel::select(query).get_result(&mut connection).await;
        number.expect("a number")
    }

    /// Connections past the service.
    pub(crate) fn pool(&self) -> storage::postgres::Pool {
        storage::postgres::pool(&storage::postgres::Config {
            url: self.database.url(),
            max_connections: 2,
        })
        .expect("a pool")
    }

    /// Takes the settings service away.
    pub(crate) async fn stop_settings(&mut self) {
        let settings = self.settings.take().expect("settings are there");
        settings.stop().await.expect("stopped");
    }

    /// Stops the service and waits for that.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.service.stop().await
    }

    pub(crate) async fn create(&self, user: pb::User) -> Result<pb::User, Status> {
        self.create_as(scim(), user).await
    }

    pub(crate) async fn create_as(&self, actor: Actor, user: pb::User) -> Result<pb::User, Status> {
        let request = pb::CreateUserRequest {
            account_id: ACCOUNT,
            user: Some(user),
            actor: Some(actor),
            ..Default::default()
        };
        Ok(self.client.clone().create_user(request).await?.into_inner())
    }

    pub(crate) async fn get(&self, id: &str) -> Result<pb::User, Status> {
        let request = pb::GetUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            ..Default::default()
        };
        Ok(self.client.clone().get_user(request).await?.into_inner())
    }

    pub(crate) async fn replace(&self, id: &str, user: pb::User) -> Result<pb::User, Status> {
        self.replace_as(scim(), id, user).await
    }

    pub(crate) async fn replace_as(
        &self,
        actor: Actor,
        id: &str,
        user: pb::User,
    ) -> Result<pb::User, Status> {
        let request = pb::ReplaceUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            user: Some(user),
            etags: Vec::new(),
            actor: Some(actor),
            ..Default::default()
        };
        Ok(self
            .client
            .clone()
            .replace_user(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn patch(
        &self,
        id: &str,
        operations: Vec<PatchOperation>,
    ) -> Result<pb::User, Status> {
        self.patch_as(scim(), id, operations, Vec::new()).await
    }

    pub(crate) async fn patch_as(
        &self,
        actor: Actor,
        id: &str,
        operations: Vec<PatchOperation>,
        etags: Vec<String>,
    ) -> Result<pb::User, Status> {
        let request = pb::PatchUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            operations,
            etags,
            actor: Some(actor),
            ..Default::default()
        };
        Ok(self.client.clone().patch_user(request).await?.into_inner())
    }

    pub(crate) async fn delete(&self, id: &str) -> Result<(), Status> {
        self.delete_as(scim(), id).await
    }

    pub(crate) async fn delete_as(&self, actor: Actor, id: &str) -> Result<(), Status> {
        let request = pb::DeleteUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            etags: Vec::new(),
            actor: Some(actor),
        };
        self.client.clone().delete_user(request).await.map(drop)
    }

    pub(crate) async fn list(
        &self,
        request: pb::ListUsersRequest,
    ) -> Result<pb::ListUsersResponse, Status> {
        let request = pb::ListUsersRequest {
            account_id: ACCOUNT,
            ..request
        };
        Ok(self.client.clone().list_users(request).await?.into_inner())
    }

    /// The user names that a filter selects, in order of creation.
    pub(crate) async fn select(&self, filter: &str) -> Result<Vec<String>, Status> {
        let response = self
            .list(pb::ListUsersRequest {
                filter: filter.to_owned(),
                page_size: 1000,
                ..Default::default()
            })
            .await?;
        assert_eq!(response.total_size, response.users.len() as i64);
        Ok(response
            .users
            .into_iter()
            .map(|user| user.user_name)
            .collect())
    }

    /// The first changes of the feed after a sequence, which must come, but for those to invitations.
    pub(crate) async fn changes(&self, after_sequence: i64, count: usize) -> Vec<Change> {
        let wanted = |change: &Change| !change.kind.starts_with("invitation.");
        self.changes_that(wanted, after_sequence, count).await
    }

    /// As `changes`, of those that meet a condition.
    pub(crate) async fn changes_that(
        &self,
        wanted: impl Fn(&Change) -> bool,
        after_sequence: i64,
        count: usize,
    ) -> Vec<Change> {
        let request = pb::WatchChangesRequest {
            after_sequence,
            kinds: Vec::new(),
        };
        let mut stream = self
            .client
            .clone()
            .watch_changes(request)
            .await
            .expect("a stream")
            .into_inner();
        let mut changes = Vec::new();
        while changes.len() < count {
            let next = tokio::time::timeout(std::time::Duration::from_secs(10), stream.message());
            let next = next.await.expect("a change in time").expect("no fault");
            changes.extend(Some(next.expect("the stream goes on")).filter(&wanted));
        }
        changes
    }
}

async fn serve(
    url: SecretString,
    settings: &Running,
    schemas: Configuration,
    (delivery, mail): (&delivery::Config, Option<&Mail>),
) -> Running {
    let config = Config {
        database: storage::postgres::Config {
            url,
            max_connections: 8,
        },
        settings_url: settings.url(),
        license: scim::definitions::LicenseExtension::default(),
        licenses_without_rights: ["read_only", "it"].map(str::to_owned).into(),
        schemas,
        cursor_key: Some("a key for tests".to_owned().into()),
        invitation_days: 7,
        delivery: delivery.clone(),
        mail: mail.cloned(),
        invitation_url: Some("https://x.test/{account_id}/join/{invitation_id}".to_owned()),
    };
    spawn(|listener, shutdown| identity::serve(config, listener, shutdown)).await
}

fn channel(service: &Running) -> Channel {
    chassis::client::channel(&service.url()).expect("a URL")
}

pub(crate) fn scim() -> Actor {
    actor(Kind::ScimToken)
}

pub(crate) fn admin() -> Actor {
    actor(Kind::AdminToken)
}

fn actor(kind: Kind) -> Actor {
    Actor {
        kind: kind.into(),
        id: "7".to_owned(),
        name: "a token".to_owned(),
        request_id: "request-1".to_owned(),
        ip_address: String::new(),
    }
}

pub(crate) fn user(user_name: &str) -> pb::User {
    pb::User {
        user_name: user_name.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn email(value: &str) -> pb::Email {
    pb::Email {
        value: value.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn operation(op: Op, path: &str, value: Value) -> PatchOperation {
    PatchOperation {
        op: op.into(),
        path: (!path.is_empty()).then(|| path.to_owned()),
        value_json: Some(value)
            .filter(|value| !value.is_null())
            .map(|value| value.to_string()),
    }
}

/// The reason of a refusal.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Status>) -> ErrorReason {
    let status = result.expect_err("refused");
    reason(&status).expect("every error carries a reason")
}
