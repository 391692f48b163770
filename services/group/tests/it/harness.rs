//! A group service of its own for each test, and words for what tests do with it.

use std::time::Duration;

use diesel::{QueryableByName, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use proto::{
    group::v1::{
        self as pb, GroupView, group_admin_service_client::GroupAdminServiceClient,
        group_service_client::GroupServiceClient,
    },
    protocol::v1::{Actor, ErrorReason, PatchOperation, actor::Kind, patch_operation::Op},
    settings::v1::{
        Account, AccountOptions, CreateAccountRequest, Plan, ScimConfiguration,
        UpdateAccountOptionsRequest, UpdateScimConfigurationRequest,
        settings_service_client::SettingsServiceClient,
    },
};
use secrecy::ExposeSecret;
use serde_json::Value;
use storage::postgres::{Connection, Pool};
use tonic::{Status, transport::Channel};

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
            cursor_key: Some("a key for tests".to_owned().into()),
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
                .unwrap(),
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

    pub(crate) async fn get(&self, id: &str) -> Result<pb::Group, Status> {
        self.get_view(id, GroupView::Full).await
    }

    pub(crate) async fn get_view(&self, id: &str, view: GroupView) -> Result<pb::Group, Status> {
        let request = pb::GetGroupRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            view: view.into(),
        };
        Ok(self.client.clone().get_group(request).await?.into_inner())
    }

    pub(crate) async fn create(
        &self,
        request: pb::CreateGroupRequest,
    ) -> Result<pb::Group, Status> {
        Ok(self
            .client
            .clone()
            .create_group(request)
            .await?
            .into_inner())
    }

    /// A group made over SCIM.
    pub(crate) async fn group(&self, name: &str, members: &[String]) -> pb::Group {
        self.create(creation(name, members)).await.unwrap()
    }

    /// A group made by hand.
    pub(crate) async fn manual_group(&self, name: &str, members: &[String]) -> pb::Group {
        let request = pb::CreateGroupRequest {
            actor: Some(admin_actor()),
            ..creation(name, members)
        };
        self.create(request).await.unwrap()
    }

    pub(crate) async fn replace(
        &self,
        request: pb::ReplaceGroupRequest,
    ) -> Result<pb::Group, Status> {
        Ok(self
            .client
            .clone()
            .replace_group(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn patch(
        &self,
        id: &str,
        operations: Vec<PatchOperation>,
    ) -> Result<pb::Group, Status> {
        self.patch_with(patching(id, operations)).await
    }

    pub(crate) async fn patch_with(
        &self,
        request: pb::PatchGroupRequest,
    ) -> Result<pb::Group, Status> {
        Ok(self.client.clone().patch_group(request).await?.into_inner())
    }

    pub(crate) async fn delete(&self, request: pb::DeleteGroupRequest) -> Result<(), Status> {
        self.client.clone().delete_group(request).await?;
        Ok(())
    }

    pub(crate) async fn list(
        &self,
        request: pb::ListGroupsRequest,
    ) -> Result<pb::ListGroupsResponse, Status> {
        Ok(self.client.clone().list_groups(request).await?.into_inner())
    }

    /// The names of the groups that match, sorted by name.
    pub(crate) async fn matches(&self, filter: &str) -> Result<Vec<String>, Status> {
        let request = pb::ListGroupsRequest {
            filter: filter.to_owned(),
            order_by: "displayName".to_owned(),
            ..listing()
        };
        let response = self.list(request).await?;
        let names = response.groups.into_iter().map(|group| group.display_name);
        Ok(names.collect())
    }

    pub(crate) async fn configure(&self, configuration: ScimConfiguration) {
        let request = UpdateScimConfigurationRequest {
            account_id: ACCOUNT,
            scim_configuration: Some(configuration),
            actor: Some(admin_actor()),
        };
        let mut settings = self.settings.clone();
        settings.update_scim_configuration(request).await.unwrap();
    }

    /// Switches SCIM on, and manual updates off.
    pub(crate) async fn close_manual_updates(&self) {
        self.configure(ScimConfiguration {
            enabled: true,
            ..ScimConfiguration::default()
        })
        .await;
    }

    pub(crate) async fn make_strict(&self) {
        self.set_options(AccountOptions {
            strict: true,
            ..AccountOptions::default()
        })
        .await;
    }

    pub(crate) async fn set_options(&self, options: AccountOptions) {
        let request = UpdateAccountOptionsRequest {
            account_id: ACCOUNT,
            options: Some(options),
            actor: Some(admin_actor()),
        };
        let mut settings = self.settings.clone();
        settings.update_account_options(request).await.unwrap();
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

    /// Gives a group one permission set for all projects, or none.
    pub(crate) async fn permit(&self, group: &str, set: Option<&str>) -> pb::GroupSettings {
        let permission = |set: &str| pb::Permission {
            permission_set: set.to_owned(),
            all_projects: true,
            ..pb::Permission::default()
        };
        let request = pb::ReplaceGroupPermissionsRequest {
            account_id: ACCOUNT,
            group_id: group.to_owned(),
            permissions: set.map(permission).into_iter().collect(),
            actor: Some(admin_actor()),
        };
        let mut admin = self.admin.clone();
        let response = admin.replace_group_permissions(request).await;
        response.unwrap().into_inner()
    }

    pub(crate) async fn update_settings(
        &self,
        request: pb::UpdateGroupSettingsRequest,
    ) -> Result<pb::GroupSettings, Status> {
        let mut admin = self.admin.clone();
        Ok(admin.update_group_settings(request).await?.into_inner())
    }

    /// Makes a group one that users join by default.
    pub(crate) async fn make_default(&self, group: &str) {
        let request = pb::UpdateGroupSettingsRequest {
            assign_by_default: Some(true),
            ..settings_update(group)
        };
        self.update_settings(request).await.unwrap();
    }

    /// Maps identity provider groups to a group.
    pub(crate) async fn map(&self, group: &str, names: &[&str]) {
        let request = pb::UpdateGroupSettingsRequest {
            sso_mapping_groups: Some(pb::StringList {
                values: names.iter().copied().map(str::to_owned).collect(),
            }),
            ..settings_update(group)
        };
        self.update_settings(request).await.unwrap();
    }

    /// Records a sign-in, and returns the names of the groups the user is in, and whether it was mapped.
    pub(crate) async fn sign_in(
        &self,
        user: &str,
        idp_groups: &[&str],
    ) -> Result<(Vec<String>, bool), Status> {
        let request = pb::RecordSignInRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            idp_groups: idp_groups.iter().copied().map(str::to_owned).collect(),
            actor: Some(service_actor()),
        };
        let response = self.admin.clone().record_sign_in(request).await?;
        let response = response.into_inner();
        let memberships = response.memberships.into_iter();
        let names = memberships.map(|membership| membership.display_name);
        Ok((names.collect(), response.mapped))
    }

    /// Puts a user into exactly these groups, and returns their names.
    pub(crate) async fn assign(&self, user: &str, groups: &[&str]) -> Result<Vec<String>, Status> {
        let request = pb::AssignUserGroupsRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            group_ids: groups.iter().copied().map(str::to_owned).collect(),
            actor: Some(admin_actor()),
        };
        let response = self.admin.clone().assign_user_groups(request).await?;
        let groups = response.into_inner().groups.into_iter();
        Ok(groups.map(|group| group.display_name).collect())
    }

    /// Switches SCIM on, with manual updates.
    pub(crate) async fn enable_scim(&self) {
        self.configure(ScimConfiguration {
            enabled: true,
            manual_updates_allowed: true,
            ..ScimConfiguration::default()
        })
        .await;
    }

    /// Waits until the follower has applied all that the identity service has logged.
    pub(crate) async fn caught_up(&self) {
        let last = self.identity.last();
        eventually(async || self.number("select sequence as n from feed_position").await >= last)
            .await;
    }
}

pub(crate) async fn spawn_settings(database: &testkit::Database) -> testkit::Running {
    let environment = [("DATABASE_URL", database.url().expose_secret().to_owned())];
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

pub(crate) fn scim_actor() -> Actor {
    actor(Kind::ScimToken)
}

pub(crate) fn admin_actor() -> Actor {
    actor(Kind::AdminToken)
}

pub(crate) fn service_actor() -> Actor {
    actor(Kind::Service)
}

fn actor(kind: Kind) -> Actor {
    Actor {
        kind: kind.into(),
        id: "1".to_owned(),
        name: "Okta".to_owned(),
        request_id: "r-1".to_owned(),
        ip_address: String::new(),
    }
}

pub(crate) fn named(name: &str, members: &[String]) -> pb::Group {
    let members = members.iter().map(|id| pb::Member {
        value: id.clone(),
        ..pb::Member::default()
    });
    pb::Group {
        display_name: name.to_owned(),
        members: members.collect(),
        ..pb::Group::default()
    }
}

pub(crate) fn creation(name: &str, members: &[String]) -> pb::CreateGroupRequest {
    pb::CreateGroupRequest {
        account_id: ACCOUNT,
        group: Some(named(name, members)),
        view: GroupView::Full.into(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn replacing(id: &str, name: &str, members: &[String]) -> pb::ReplaceGroupRequest {
    pb::ReplaceGroupRequest {
        account_id: ACCOUNT,
        id: id.to_owned(),
        group: Some(named(name, members)),
        etags: Vec::new(),
        view: GroupView::Full.into(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn patching(id: &str, operations: Vec<PatchOperation>) -> pb::PatchGroupRequest {
    pb::PatchGroupRequest {
        account_id: ACCOUNT,
        id: id.to_owned(),
        operations,
        etags: Vec::new(),
        view: GroupView::Basic.into(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn deletion(id: &str) -> pb::DeleteGroupRequest {
    pb::DeleteGroupRequest {
        account_id: ACCOUNT,
        id: id.to_owned(),
        etags: Vec::new(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn settings_update(id: &str) -> pb::UpdateGroupSettingsRequest {
    pb::UpdateGroupSettingsRequest {
        account_id: ACCOUNT,
        group_id: id.to_owned(),
        actor: Some(admin_actor()),
        ..pb::UpdateGroupSettingsRequest::default()
    }
}

pub(crate) fn listing() -> pb::ListGroupsRequest {
    pb::ListGroupsRequest {
        account_id: ACCOUNT,
        page_size: 100,
        ..pb::ListGroupsRequest::default()
    }
}

pub(crate) fn operation(op: Op, path: Option<&str>, value: Option<Value>) -> PatchOperation {
    PatchOperation {
        op: op.into(),
        path: path.map(str::to_owned),
        value_json: value.map(|value| value.to_string()),
    }
}

pub(crate) fn add_members(ids: &[String]) -> PatchOperation {
    operation(Op::Add, Some("members"), Some(values(ids)))
}

pub(crate) fn remove_members(ids: &[String]) -> PatchOperation {
    operation(Op::Remove, Some("members"), Some(values(ids)))
}

/// Member elements as clients send them.
pub(crate) fn values(ids: &[String]) -> Value {
    ids.iter()
        .map(|id| serde_json::json!({ "value": id }))
        .collect()
}

/// The ids of the members, in the order of the answer.
pub(crate) fn member_ids(group: &pb::Group) -> Vec<String> {
    group
        .members
        .iter()
        .map(|member| member.value.clone())
        .collect()
}

pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Status>) -> ErrorReason {
    let status = result.expect_err("refused");
    proto::error::reason(&status).unwrap_or_else(|| panic!("no reason: {status:?}"))
}
