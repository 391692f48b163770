//! PostgreSQL's log: whatever a request provokes, it tells no value of a client (invariant 9, R40).

use std::{future::Future, process::Command};

use futures::future::join_all;
use proto::{
    group::v1::{CreateGroupRequest, Group, group_service_client::GroupServiceClient},
    settings::v1::{
        Account, CreateAccountRequest, Plan, settings_service_client::SettingsServiceClient,
    },
    token::v1::{CreateSessionRequest, session_service_client::SessionServiceClient},
};
use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    custom,
    harness::{App, actor, unique},
    stack::Stack,
};

/// How many writers race.
const WRITERS: usize = 8;

/// How often they do.
const ROUNDS: usize = 5;

/// At the verbosity that PostgreSQL has by default, where an error shows the values that it is about.
fn stack() -> Stack {
    let options = "-c fsync=off -c log_error_verbosity=default";
    Stack::start(&[
        ("SCIM_SCHEMAS", &custom::schemas()),
        ("POSTGRES_OPTIONS", options),
    ])
}

/// A value that must not be in the log.
fn canary() -> String {
    unique("canary")
}

fn address() -> String {
    format!("{}@acme.test", canary())
}

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": "replace", "path": path, "value": value.into()}])
}

/// Of writers that want the same, one gets it, and the others hear that it is taken.
#[track_caller]
fn one_wins(answers: &[Response]) {
    let won = |answer: &&Response| answer.status.is_success();
    assert_eq!(answers.iter().filter(won).count(), 1, "{answers:#?}");
    let mut others = answers.iter().filter(|answer| !won(answer));
    assert!(others.all(|answer| answer.status == 409), "{answers:#?}");
}

/// Writes as many times as there are writers, at once.
async fn race<F: Future<Output = Response>>(write: impl Fn(usize) -> F) -> Vec<Response> {
    join_all((0..WRITERS).map(write)).await
}

#[tokio::test]
async fn no_conflict_names_anybody() {
    let stack = stack();
    users(&stack.app().await).await;
    users_by_hand(&stack.app().await).await;
    groups(&stack.app().await).await;
    keys(&stack.app().await, "/Devices", "displayName").await;
    license_maps(&stack.app().await).await;
    direct_calls(&stack, &stack.app().await).await;
    let log = stack.postgres_log();
    // What follows a value of ours in a DETAIL or a CONTEXT, and what stands before one.
    let telling = [
        "canary",
        "Key (",
        "Failing row",
        "JSON data",
        "invalid input",
    ];
    let told: Vec<&str> = log
        .lines()
        .filter(|line| telling.iter().any(|part| line.contains(part)))
        .collect();
    assert!(told.is_empty(), "{told:#?}");

    // Otherwise it would show.
    provoke(&stack);
    let log = stack.postgres_log();
    assert!(log.contains("Key (name)=(shown) already exists"), "{log}");
}

/// Breaks a unique index as nobody else does here.
fn provoke(stack: &Stack) {
    let script = r#". deploy/local/stack.sh; "$(postgres_bin)/psql" "$POSTGRES_URL" -qc "$SQL""#;
    let sql =
        "CREATE TEMP TABLE shown (name text UNIQUE); INSERT INTO shown VALUES ('shown'), ('shown')";
    let done = Command::new("bash")
        .args(["-c", script])
        .current_dir(format!("{}/..", env!("CARGO_MANIFEST_DIR")))
        .env("POSTGRES_URL", stack.variable("POSTGRES_URL"))
        .env("SQL", sql)
        .output();
    assert!(!done.expect("psql").status.success());
}

/// A `userName` that is taken, or being taken, by whatever write.
async fn users(app: &App) {
    let scim = &app.scim;
    let taken = address();
    scim.create_user(&taken).await;
    let user = |name: &str| json!({"userName": name});
    scim.post("/Users", &user(&taken)).await.expect(409);
    let mut paths = Vec::new();
    for _ in 0..WRITERS {
        paths.push(format!("/Users/{}", scim.create_user(&address()).await));
    }
    let rename =
        async |path: &String, name: &str| scim.patch(path, replace("userName", name)).await;
    rename(&paths[0], &taken.to_uppercase()).await.expect(409);
    scim.put(&paths[0], &user(&taken)).await.expect(409);
    for _ in 0..ROUNDS {
        let name = address();
        one_wins(&race(async |_| scim.post("/Users", &user(&name)).await).await);
        let name = address();
        one_wins(&race(async |n| rename(&paths[n], &name).await).await);
        let name = address();
        let both = async |n: usize| match n % 2 {
            0 => scim.post("/Users", &user(&name)).await,
            _ => rename(&paths[n], &name).await,
        };
        one_wins(&race(both).await);
        // While whoever has it goes.
        let name = address();
        let path = format!("/Users/{}", scim.create_user(&name).await);
        let gone = async |n: usize| match n {
            0 => scim.delete(&path).await,
            _ => rename(&paths[n], &name).await,
        };
        let answers = race(gone).await;
        let renamed = answers[1..].iter().filter(|answer| answer.status == 200);
        assert!(renamed.count() <= 1, "{answers:#?}");
    }
    // In another case it is the user's own.
    let shouted = scim.get(&paths[0]).await.expect(200).body["userName"].clone();
    let shouted = shouted.as_str().expect("a name").to_uppercase();
    rename(&paths[0], &shouted).await.expect(200);
}

/// The same by administrators.
async fn users_by_hand(app: &App) {
    app.allow_manual_updates(true).await;
    let admin = app.admin();
    let invitation = |email: &str| json!({"email_addresses": [email], "license_type": "it"});
    let invite = async |email: &str| admin.post("/invites/", &invitation(email)).await;
    let taken = address();
    invite(&taken).await.expect(200);
    invite(&taken).await.expect(409);
    let mut paths = Vec::new();
    for _ in 0..WRITERS {
        paths.push(format!(
            "/users/{}/",
            app.scim.create_user(&address()).await
        ));
    }
    let rename =
        async |path: &String, name: &str| admin.post(path, &json!({"user_name": name})).await;
    rename(&paths[0], &taken).await.expect(409);
    for _ in 0..ROUNDS {
        let name = address();
        let all = async |n: usize| match n % 3 {
            0 => invite(&name).await,
            1 => rename(&paths[n], &name).await,
            // Linked if the invitation came first; so it may win too.
            _ => app.scim.post("/Users", &json!({"userName": name})).await,
        };
        let answers = race(all).await;
        let odd = answers
            .iter()
            .find(|answer| answer.status != 409 && !answer.status.is_success());
        assert!(odd.is_none(), "{odd:#?}");
    }
}

/// A `displayName` that is taken, or being taken, over SCIM and by hand.
async fn groups(app: &App) {
    app.allow_manual_updates(true).await;
    let (scim, admin) = (&app.scim, app.admin());
    let taken = canary();
    scim.create_group(&taken, &[]).await;
    let group = |name: &str| json!({"displayName": name});
    scim.post("/Groups", &group(&taken)).await.expect(409);
    admin
        .post("/groups/", &json!({"name": taken}))
        .await
        .expect(409);
    let mut ids = Vec::new();
    for _ in 0..WRITERS {
        ids.push(scim.create_group(&canary(), &[]).await);
    }
    let rename = async |n: usize, name: &str| match n % 2 {
        0 => {
            scim.patch(&format!("/Groups/{}", ids[n]), replace("displayName", name))
                .await
        }
        _ => {
            admin
                .post(&format!("/groups/{}/", ids[n]), &json!({"name": name}))
                .await
        }
    };
    for n in 0..2 {
        rename(n, &taken.to_uppercase()).await.expect(409);
    }
    scim.put(&format!("/Groups/{}", ids[0]), &group(&taken))
        .await
        .expect(409);
    for _ in 0..ROUNDS {
        let name = canary();
        one_wins(&race(async |_| scim.post("/Groups", &group(&name)).await).await);
        let name = canary();
        one_wins(&race(async |n| rename(n, &name).await).await);
        let name = canary();
        let both = async |n: usize| match n {
            0..4 => scim.post("/Groups", &group(&name)).await,
            _ => rename(n, &name).await,
        };
        one_wins(&race(both).await);
    }
}

/// A value that must be unique of a configured type.
async fn keys(app: &App, endpoint: &str, attribute: &str) {
    let scim = &app.scim;
    let device = |name: &str| json!({attribute: name, "active": true});
    let mut paths = Vec::new();
    for _ in 0..WRITERS {
        let made = scim.post(endpoint, &device(&canary())).await.expect(201);
        paths.push(format!("{endpoint}/{}", made.id()));
    }
    for _ in 0..ROUNDS {
        let name = canary();
        let both = async |n: usize| match n % 2 {
            0 => scim.post(endpoint, &device(&name)).await,
            _ => scim.patch(&paths[n], replace(attribute, &*name)).await,
        };
        one_wins(&race(both).await);
        scim.post(endpoint, &device(&name)).await.expect(409);
    }
}

/// A licence type has one map.
async fn license_maps(app: &App) {
    let admin: &Client = app.admin();
    let map = |license_type: &str| json!({"license_type": license_type, "sso_license_mapping_groups": [canary()]});
    one_wins(&race(async |_| admin.post("/license-maps/", &map("it")).await).await);
    let other = admin
        .post("/license-maps/", &map("developer"))
        .await
        .expect(200);
    let path = format!("/license-maps/{}/", other.body["data"]["id"]);
    admin.post(&path, &map("it")).await.expect(409);
    admin.post(&path, &map("developer")).await.expect(200);
}

/// What only a caller of the services can do.
async fn direct_calls(stack: &Stack, app: &App) {
    let settings = SettingsServiceClient::connect(stack.variable("SETTINGS_URL").to_owned());
    let settings = settings.await.expect("settings");
    let create = async |_| {
        let account = Account {
            id: 7_777,
            name: canary(),
            plan: Plan::Enterprise.into(),
            ..Account::default()
        };
        let request = CreateAccountRequest {
            account: Some(account),
            actor: actor(),
        };
        settings.clone().create_account(request).await.is_ok()
    };
    let created = join_all((0..WRITERS).map(create)).await;
    assert_eq!(created.iter().filter(|created| **created).count(), 1);

    let sessions = SessionServiceClient::connect(stack.variable("TOKEN_URL").to_owned());
    let sessions = sessions.await.expect("token");
    let tokens = app.admin().get("/admin-tokens/").await.expect(200).body;
    let sign_in = async |_| {
        let request = CreateSessionRequest {
            account_id: app.id(),
            token_id: tokens["data"][0]["id"].as_i64().expect("an id"),
            secret_sha256: vec![7; 32],
            actor: actor(),
        };
        sessions.clone().create_session(request).await.is_ok()
    };
    let signed_in = join_all((0..WRITERS).map(sign_in)).await;
    assert_eq!(signed_in.iter().filter(|done| **done).count(), 1);

    // U+0000 in JSON, which PostgreSQL does not take: it would show what stands before.
    let groups = GroupServiceClient::connect(stack.variable("GROUP_URL").to_owned());
    let cost_centre = format!("{}\\u0000", canary());
    let group = Group {
        display_name: canary(),
        attributes_json: format!(
            r#"{{"{}":{{"costCentre":"{cost_centre}"}}}}"#,
            custom::ACME_GROUP
        ),
        ..Group::default()
    };
    let request = CreateGroupRequest {
        account_id: app.id(),
        group: Some(group),
        actor: actor(),
        ..CreateGroupRequest::default()
    };
    let refused = groups.await.expect("group").create_group(request).await;
    assert_eq!(
        refused.expect_err("refused").code(),
        tonic::Code::InvalidArgument
    );
}
