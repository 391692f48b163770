//! With the real identity service: what the two say to each other.

use chassis::env::Env;
use proto::{
    group::v1::{GetGroupRequest, GroupView},
    identity::v1::{
        CreateUserRequest, DeleteUserRequest, Email, User,
        identity_service_client::IdentityServiceClient,
    },
    settings::v1::settings_service_client::SettingsServiceClient,
};
use secrecy::ExposeSecret;

use crate::harness::*;

async fn spawn_identity(
    database: &testkit::Database,
    settings: &testkit::Running,
) -> testkit::Running {
    let mut env = Env::from_pairs([
        ("DATABASE_URL", database.url().expose_secret().to_owned()),
        ("SETTINGS_URL", settings.url()),
    ]);
    let config = identity::Config::from_env(&mut env);
    env.finish().unwrap();
    testkit::spawn(|listener, shutdown| identity::serve(config, listener, shutdown)).await
}

#[tokio::test]
async fn members_are_named_and_leave_when_deleted() {
    let settings_database = testkit::Database::create(settings::MIGRATIONS).await;
    let settings = spawn_settings(&settings_database).await;
    let client_of_settings = SettingsServiceClient::connect(settings.url())
        .await
        .unwrap();
    create_account(&client_of_settings, ACCOUNT).await;
    let users_database = testkit::Database::create(identity::MIGRATIONS).await;
    let users = spawn_identity(&users_database, &settings).await;
    let database = testkit::Database::create(group::MIGRATIONS).await;
    let config = group::Config {
        database: storage::postgres::Config {
            url: database.url(),
            max_connections: 4,
        },
        identity_url: users.url(),
        settings_url: settings.url(),
    };
    let groups = spawn_group(&config).await;
    let mut identity = IdentityServiceClient::connect(users.url()).await.unwrap();
    let mut client = client(&groups).await;

    let request = CreateUserRequest {
        account_id: ACCOUNT,
        user: Some(ann()),
        actor: Some(scim_actor()),
    };
    let ann = identity.create_user(request).await.unwrap().into_inner().id;
    let request = creation("A", std::slice::from_ref(&ann));
    let group = client.create_group(request).await.unwrap().into_inner();
    assert_eq!(group.members[0].display, "Ann");
    let request = DeleteUserRequest {
        account_id: ACCOUNT,
        id: ann.clone(),
        etags: Vec::new(),
        actor: Some(scim_actor()),
    };
    identity.delete_user(request).await.unwrap();
    eventually(async || {
        let request = GetGroupRequest {
            account_id: ACCOUNT,
            id: group.id.clone(),
            view: GroupView::Basic.into(),
        };
        let group = client.get_group(request).await.unwrap().into_inner();
        group.member_count == 0 && group.etag == "W/\"2\""
    })
    .await;
    let result = client
        .patch_group(patching(&group.id, vec![add_members(&[ann])]))
        .await;
    result.unwrap_err();
}

fn ann() -> User {
    User {
        user_name: "ann@x.test".to_owned(),
        display_name: "Ann".to_owned(),
        emails: vec![Email {
            value: "ann@x.test".to_owned(),
            ..Email::default()
        }],
        ..User::default()
    }
}
