//! A running service with a database of its own and a settings service that holds still.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use chassis::{client::Channel, server::Services};
use identity::Config;
use proto::{
    error::{reason, status},
    identity::v1::{self as pb, identity_service_client::IdentityServiceClient},
    protocol::v1::{Actor, Change, ErrorReason, PatchOperation, actor::Kind, patch_operation::Op},
    settings::v1::{
        self as settings, Account, AccountOptions, ScimConfiguration,
        settings_service_server::{SettingsService, SettingsServiceServer},
    },
};
use serde_json::Value;
use testkit::{Database, Running, spawn};
use tonic::{Request, Response, Status};

pub(crate) type Client = IdentityServiceClient<Channel>;

/// The account of most tests.
pub(crate) const ACCOUNT: i64 = 1;

/// A foreign account, which exists too.
pub(crate) const STRANGERS: i64 = 2;

pub(crate) struct App {
    pub(crate) client: Client,
    accounts: Accounts,
    service: Running,
    settings: Option<Running>,
    _database: Database,
}

impl App {
    pub(crate) async fn start() -> App {
        let accounts = Accounts::default();
        let server = SettingsServiceServer::new(accounts.clone());
        let settings = spawn(|listener, shutdown| {
            let services = Services::new(proto::DESCRIPTORS).add(server);
            chassis::server::serve(listener, services, || async { true }, shutdown)
        })
        .await;
        let database = Database::create(identity::MIGRATIONS).await;
        let service = serve(&database, &settings).await;
        let app = App {
            client: client(&service),
            accounts,
            service,
            settings: Some(settings),
            _database: database,
        };
        for id in [ACCOUNT, STRANGERS] {
            app.account(id, |_| {});
        }
        app
    }

    /// Makes an account, or changes it.
    pub(crate) fn account(&self, id: i64, change: impl FnOnce(&mut Account)) {
        let mut accounts = self.accounts.0.lock().expect("nobody panicked");
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
        };
        Ok(self.client.clone().create_user(request).await?.into_inner())
    }

    pub(crate) async fn get(&self, id: &str) -> Result<pb::User, Status> {
        let request = pb::GetUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
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

    /// The first changes of the feed after a sequence, which must come.
    pub(crate) async fn changes(&self, after_sequence: i64, count: usize) -> Vec<Change> {
        let request = pb::WatchChangesRequest { after_sequence };
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
            changes.push(next.expect("the stream goes on"));
        }
        changes
    }
}

async fn serve(database: &Database, settings: &Running) -> Running {
    let config = Config {
        database: storage::postgres::Config {
            url: database.url(),
            max_connections: 8,
        },
        settings_url: settings.url(),
        license: scim::definitions::LicenseExtension::default(),
        cursor_key: Some("a key for tests".to_owned().into()),
    };
    spawn(|listener, shutdown| identity::serve(config, listener, shutdown)).await
}

fn client(service: &Running) -> Client {
    let channel = chassis::client::channel(&service.url()).expect("a URL");
    IdentityServiceClient::new(channel)
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

/// Accounts in memory.
#[derive(Debug, Clone, Default)]
struct Accounts(Arc<Mutex<HashMap<i64, Account>>>);

#[tonic::async_trait]
impl SettingsService for Accounts {
    async fn get_account(
        &self,
        request: Request<settings::GetAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let accounts = self.0.lock().expect("nobody panicked");
        let account = accounts.get(&request.get_ref().account_id).cloned();
        let missing = || status(ErrorReason::ResourceNotFound, "there is no such account");
        Ok(Response::new(account.ok_or_else(missing)?))
    }

    async fn create_account(
        &self,
        _: Request<settings::CreateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        unreachable!("identity makes no accounts")
    }

    async fn update_scim_configuration(
        &self,
        _: Request<settings::UpdateScimConfigurationRequest>,
    ) -> Result<Response<ScimConfiguration>, Status> {
        unreachable!("identity configures nothing")
    }

    async fn update_account_options(
        &self,
        _: Request<settings::UpdateAccountOptionsRequest>,
    ) -> Result<Response<AccountOptions>, Status> {
        unreachable!("identity configures nothing")
    }
}
