//! A settings service of its own for each test.

use chassis::{client::Channel, env::Env};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use proto::{
    error::reason,
    protocol::v1::{Actor, ErrorReason, actor::Kind},
    settings::v1::{
        self as pb, account_service_client::AccountServiceClient,
        settings_service_client::SettingsServiceClient,
    },
};
use secrecy::ExposeSecret;
use settings::{Config, MIGRATIONS};
use storage::{changes::changes, postgres};
use testkit::{Database, Running};
use tonic::Status;

pub(crate) struct App {
    pub(crate) client: SettingsServiceClient<Channel>,
    pub(crate) account: AccountServiceClient<Channel>,
    pub(crate) channel: Channel,
    pub(crate) config: Config,
    _running: Running,
    _database: Database,
}

/// A row of the change log, as far as tests look at it.
#[derive(Debug, PartialEq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = changes)]
pub(crate) struct Change {
    pub(crate) account_id: i64,
    pub(crate) kind: String,
    pub(crate) actor_kind: String,
    pub(crate) actor_name: String,
    pub(crate) request_id: String,
    pub(crate) actor_ip: String,
    pub(crate) resource_id: String,
    pub(crate) changed_attributes: Vec<String>,
}

impl App {
    pub(crate) async fn start() -> App {
        App::start_with(str::to_owned).await
    }

    /// A service that reaches its database by the URL that `url` makes of the real one.
    pub(crate) async fn start_with(url: impl FnOnce(&str) -> String) -> App {
        App::launch(url, "16", "true").await
    }

    /// A service that has one connection to its database.
    pub(crate) async fn start_with_one_connection() -> App {
        App::launch(str::to_owned, "1", "true").await
    }

    /// A service that sends webhooks to the public internet alone.
    pub(crate) async fn start_for_the_public() -> App {
        App::launch(str::to_owned, "16", "false").await
    }

    async fn launch(
        url: impl FnOnce(&str) -> String,
        connections: &str,
        allow_private: &str,
    ) -> App {
        let database = Database::create(MIGRATIONS).await;
        let url = url(database.url().expose_secret());
        let variables = [
            ("DATABASE_URL", url.as_str()),
            ("DATABASE_MAX_CONNECTIONS", connections),
            ("WEBHOOK_ALLOW_PRIVATE", allow_private),
            ("LEASE_MILLISECONDS", "20"),
        ];
        let mut env = Env::from_pairs(variables);
        let config = Config::from_env(&mut env);
        env.finish().unwrap();
        let serving = config.clone();
        let running =
            testkit::spawn(|listener, shutdown| settings::serve(serving, listener, shutdown)).await;
        let channel = chassis::client::channel(&running.url()).unwrap();
        App {
            client: SettingsServiceClient::new(channel.clone()),
            account: AccountServiceClient::new(channel.clone()),
            channel,
            config,
            _running: running,
            _database: database,
        }
    }

    pub(crate) async fn create(&mut self, id: i64, plan: pb::Plan) -> Result<pb::Account, Status> {
        let request = pb::CreateAccountRequest {
            account: Some(pb::Account {
                id,
                name: "Acme".to_owned(),
                plan: plan.into(),
                ..pb::Account::default()
            }),
            actor: Some(actor()),
        };
        Ok(self.client.create_account(request).await?.into_inner())
    }

    /// The account without its lease, as `CreateAccount` answers it.
    pub(crate) async fn get(&mut self, account_id: i64) -> Result<pb::Account, Status> {
        let request = pb::GetAccountRequest { account_id };
        let account = self.client.get_account(request).await?.into_inner();
        assert!(account.lease.is_some());
        Ok(pb::Account {
            lease: None,
            ..account
        })
    }

    /// Runs a statement past the service.
    pub(crate) async fn sql(&self, statement: &str) {
        let pool = postgres::pool(&self.config.database).unwrap();
        let mut connection = postgres::connect(&pool).await.unwrap();
        diesel::sql_query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// The change log, oldest first.
    pub(crate) async fn changes(&self) -> Vec<Change> {
        let pool = postgres::pool(&self.config.database).unwrap();
        let mut connection = postgres::connect(&pool).await.unwrap();
        changes::table
            .order((changes::created_at.asc(), changes::id.asc()))
            .select(Change::as_select())
            .load(&mut connection)
            .await
            .unwrap()
    }

    /// The kinds of the change log and the attributes changed, oldest first.
    pub(crate) async fn kinds(&self) -> Vec<(String, String)> {
        let changes = self.changes().await.into_iter();
        changes
            .map(|change| (change.kind, change.changed_attributes.join(" ")))
            .collect()
    }
}

pub(crate) fn actor() -> Actor {
    Actor {
        kind: Kind::AdminToken.into(),
        id: "7".to_owned(),
        name: "terraform".to_owned(),
        request_id: "r-1".to_owned(),
        ip_address: "192.0.2.7".to_owned(),
    }
}

#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(result: Result<T, Status>, with: ErrorReason) {
    assert_eq!(reason(&result.unwrap_err()), Some(with));
}
