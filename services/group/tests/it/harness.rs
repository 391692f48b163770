//! A group service of its own for each test, and words for what tests do with it.

mod account;
mod calls;
mod requests;

use std::{sync::Arc, time::Duration};

use diesel::{QueryableByName, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use proto::{
    group::v1::{
        group_admin_service_client::GroupAdminServiceClient,
        group_service_client::GroupServiceClient,
    },
    protocol::v1::ErrorReason,
    settings::v1::{
        Account, CreateAccountRequest, Plan, settings_service_client::SettingsServiceClient,
    },
};
use secrecy::ExposeSecret;
use storage::postgres::{Connection, Pool};
use testkit::proxy::{self, Traffic};
use tonic::{Status, transport::Channel};

pub(crate) use self::requests::*;
use crate::identity::Identity;

pub(crate) const ACCOUNT: i64 = 7;
pub(crate) const OTHER_ACCOUNT: i64 = 8;

pub(crate) struct Service {
    pub(crate) client: GroupServiceClient<Channel>,
    pub(crate) admin: GroupAdminServiceClient<Channel>,
    pub(crate) settings: SettingsServiceClient<Channel>,
    pub(crate) identity: Identity,
    pub(crate) pool: Pool,
    pub(crate) config: group::Config,
    pub(crate) running: testkit::Running,
    _identity: testkit::Running,
    _settings: testkit::Running,
    // Last, so that they go after those who use them.
    pub(crate) _database: testkit::Database,
    _settings_database: testkit::Database,
}

impl Service {
    pub(crate) async fn start() -> Service {
        Service::start_through(str::to_owned).await
    }

    /// A service, and what it asks of its database.
    pub(crate) async fn observed() -> (Service, Arc<Traffic>) {
        let mut traffic = None;
        let service = Service::start_through(|url| {
            let (url, noted) = proxy::start(url);
            traffic = Some(noted);
            url
        })
        .await;
        (service, traffic.unwrap())
    }

    /// A service that reaches its database by the URL that `database` makes of the real one.
    pub(crate) async fn start_through(database: impl FnOnce(&str) -> String) -> Service {
        let identity = Identity::new();
        let identity_running = identity.spawn().await;
        let settings_database = testkit::Database::create(settings::MIGRATIONS).await;
        let settings_running = spawn_settings(&settings_database).await;
        let own = testkit::Database::create(group::MIGRATIONS).await;
        let config = group::Config {
            database: storage::postgres::Config {
                url: database(own.url().expose_secret()).into(),
                max_connections: 8,
            },
            identity_url: identity_running.url(),
            settings_url: settings_running.url(),
            schemas: Default::default(),
            permission_sets: Default::default(),
            cursor_key: Some("a key for tests".to_owned().into()),
            delivery: delivery::Config {
                allow_private: true,
                pauses: vec![Duration::from_millis(20)],
                interval: Duration::from_millis(100),
            },
        };
        let running = spawn_group(&config).await;
        let settings = SettingsServiceClient::connect(settings_running.url())
            .await
            .unwrap();
        let pool = pool(&own);
        for account_id in [ACCOUNT, OTHER_ACCOUNT] {
            create_account(&settings, account_id).await;
        }
        Service {
            client: client(&running).await,
            admin: GroupAdminServiceClient::connect(running.url())
                .await
                .unwrap()
                .max_decoding_message_size(64 << 20),
            settings,
            identity,
            pool,
            config,
            running,
            _identity: identity_running,
            _settings: settings_running,
            _database: own,
            _settings_database: settings_database,
        }
    }

    pub(crate) async fn connection(&self) -> Connection {
        storage::postgres::connect(&self.pool).await.unwrap()
    }

    /// Runs a statement past the service.
    pub(crate) async fn sql(&self, statement: &str) {
        let mut connection = self.connection().await;
        diesel::sql_query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// The number that a query gives as `n`.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let mut connection = self.connection().await;
        let row: Row = diesel::sql_query(query)
            .get_result(&mut connection)
            .await
            .unwrap();
        row.n
    }

    /// How many entries the change log has.
    pub(crate) async fn changes(&self) -> i64 {
        self.number("select count(*) as n from changes").await
    }

    /// The kind and changed attributes of the last entry about a group.
    pub(crate) async fn last_change(&self, id: &str) -> (String, Vec<String>) {
        use diesel::{ExpressionMethods, QueryDsl};
        use storage::changes::changes;
        let mut connection = self.connection().await;
        changes::table
            .filter(changes::resource_id.eq(id))
            .order_by(changes::created_at.desc())
            .select((changes::kind, changes::changed_attributes))
            .first(&mut connection)
            .await
            .unwrap()
    }

    /// Users of the account, new ones.
    pub(crate) fn users(&self, count: usize) -> Vec<String> {
        (0..count)
            .map(|n| {
                let name = format!("user{n}@x.test");
                self.identity
                    .add_named(ACCOUNT, &name, &format!("User {n}"))
            })
            .collect()
    }

    /// The members of a group, each with what it owes its place to, as `user0 scim`.
    pub(crate) async fn sources(&self, group: &str, users: &[String]) -> Vec<String> {
        use diesel::{QueryableByName, sql_types::Text};
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            member: String,
            #[diesel(sql_type = Text)]
            source: String,
        }
        let query = format!(
            "select member_id::text as member, source from group_members where group_id = '{group}'
             order by position"
        );
        let mut connection = self.connection().await;
        let rows: Vec<Row> = diesel::sql_query(query)
            .load(&mut connection)
            .await
            .unwrap();
        let name = |member: &str| users.iter().position(|id| id == member).unwrap();
        let rows = rows.iter();
        rows.map(|row| format!("user{} {}", name(&row.member), row.source))
            .collect()
    }

    /// Waits until the follower has applied all that the identity service has logged.
    pub(crate) async fn caught_up(&self) {
        let last = self.identity.last();
        eventually(async || self.number("select sequence as n from feed_position").await >= last)
            .await;
    }
}

pub(crate) async fn spawn_settings(database: &testkit::Database) -> testkit::Running {
    let environment = [
        ("DATABASE_URL", database.url().expose_secret().to_owned()),
        ("WEBHOOK_ALLOW_PRIVATE", "true".to_owned()),
    ];
    let mut env = chassis::env::Env::from_pairs(environment);
    let config = settings::Config::from_env(&mut env);
    env.finish().unwrap();
    testkit::spawn(|listener, shutdown| settings::serve(config, listener, shutdown)).await
}

pub(crate) async fn spawn_group(config: &group::Config) -> testkit::Running {
    let config = config.clone();
    testkit::spawn(|listener, shutdown| group::serve(config, listener, shutdown)).await
}

pub(crate) async fn client(running: &testkit::Running) -> GroupServiceClient<Channel> {
    GroupServiceClient::connect(running.url())
        .await
        .unwrap()
        .max_decoding_message_size(64 << 20)
        .max_encoding_message_size(64 << 20)
}

pub(crate) fn pool(database: &testkit::Database) -> Pool {
    let config = storage::postgres::Config {
        url: database.url(),
        max_connections: 4,
    };
    storage::postgres::pool(&config).unwrap()
}

pub(crate) async fn create_account(settings: &SettingsServiceClient<Channel>, account_id: i64) {
    let request = CreateAccountRequest {
        account: Some(Account {
            id: account_id,
            name: format!("Account {account_id}"),
            plan: Plan::EnterprisePlus.into(),
            ..Account::default()
        }),
        actor: Some(admin_actor()),
    };
    settings.clone().create_account(request).await.unwrap();
}

/// Waits until something is so, at most some seconds.
pub(crate) async fn eventually(mut condition: impl AsyncFnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..500 {
        if condition().await {
            return;
        }
        tick.tick().await;
    }
    panic!("it has not come about within ten seconds");
}

pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Status>) -> ErrorReason {
    let status = result.expect_err("refused");
    proto::error::reason(&status).unwrap_or_else(|| panic!("no reason: {status:?}"))
}
