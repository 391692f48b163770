//! The story that README.md tells: an account comes to SCIM with people it already has.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::{
    client::Client,
    harness::{App, unique},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LICENSE: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

/// A person as Okta sends one.
fn person(address: &str, given_name: &str) -> Value {
    json!({
        "schemas": [USER], "userName": address, "externalId": format!("00u-{address}"), "active": true,
        "name": {"givenName": given_name, "familyName": "Lee"},
        "emails": [{"primary": true, "type": "work", "value": address}],
    })
}

async fn admin_group(app: &App, name: &str, by_default: bool, mapped: &[&str]) -> String {
    let body = json!({"account_id": app.id(), "name": name, "state": 1, "assign_by_default": by_default,
        "sso_mapping_groups": mapped});
    let created = app.admin().post("/groups/", &body).await;
    assert!(created.status.is_success(), "{:#}", created.body);
    created.body["data"]["scim_id"].as_str().unwrap().to_owned()
}

async fn configure(app: &App, enabled: bool, manual_updates_allowed: bool) {
    let body = json!({"enabled": enabled, "manual_updates_allowed": manual_updates_allowed});
    app.admin().post("/scim-config/", &body).await.expect(200);
}

/// The id of the user of this name, as the identity provider finds it.
async fn look_up(app: &App, address: &str) -> String {
    let found = app
        .scim
        .find("/Users", &format!("userName eq \"{address}\""))
        .await
        .expect(200);
    found.body["Resources"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn group_names(app: &App, user: &str) -> Vec<String> {
    let user = app.scim.get(&format!("/Users/{user}")).await.expect(200);
    let mut names: Vec<String> = user.body["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|group| group["display"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn sign_in(app: &App, user: &str, idp_groups: &[&str]) -> Value {
    let body = json!({"user_id": user, "idp_groups": idp_groups});
    app.admin().post("/sign-ins/", &body).await.expect(200).body["data"].clone()
}

/// Asks without a pause until told to stop, with the token of the moment; the count of requests, and of
/// those that failed.
async fn keep_asking(
    client: Client,
    token: Arc<std::sync::Mutex<String>>,
    stop: Arc<AtomicBool>,
) -> (usize, usize) {
    let (asked, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    while !stop.load(Ordering::Relaxed) {
        let client = client.with_token(&token.lock().unwrap().clone());
        let response = client.get("/Users?count=1").await;
        asked.fetch_add(1, Ordering::Relaxed);
        if response.status != 200 {
            failed.fetch_add(1, Ordering::Relaxed);
        }
    }
    (asked.into_inner(), failed.into_inner())
}

#[tokio::test]
async fn an_account_comes_to_scim() {
    let app = App::start().await;
    let tag = unique("story");
    let address = |n: usize| format!("person{n}-{tag}@acme.test");

    // Before SCIM: ten people, invited by hand, join the default group.
    configure(&app, false, false).await;
    admin_group(&app, "Everyone", true, &[]).await;
    admin_group(&app, "Engineering", false, &["eng"]).await;
    let addresses: Vec<String> = (0..10).map(address).collect();
    let invited = app
        .admin()
        .post(
            "/invites/",
            &json!({"email_addresses": addresses, "license_type": "developer"}),
        )
        .await;
    assert!(invited.status.is_success(), "{:#}", invited.body);

    // SCIM is switched on. It converts nobody (E13), and invitations by hand are refused (M1).
    configure(&app, true, false).await;
    let first = look_up(&app, &address(0)).await;
    assert_eq!(group_names(&app, &first).await, ["Everyone"]);
    let read = app
        .admin()
        .get(&format!("/users/{first}/"))
        .await
        .expect(200);
    assert_eq!(read.body["data"]["scim_managed"], json!(false));
    let refused = app.admin().post("/invites/", &json!({"email_addresses": [format!("late-{tag}@acme.test")], "license_type": "developer"})).await;
    assert_eq!(refused.status, 403, "{:#}", refused.body);

    // Okta links five of them and creates five more (U11, U12).
    let mut linked = Vec::new();
    for n in 0..5 {
        let id = look_up(&app, &address(n)).await;
        let put = app
            .scim
            .put(&format!("/Users/{id}"), &person(&address(n), "Ann"))
            .await
            .expect(200);
        assert_eq!(
            (put.id(), &put.body["externalId"]),
            (id.clone(), &json!(format!("00u-{}", address(n))))
        );
        let read = app.admin().get(&format!("/users/{id}/")).await.expect(200);
        assert_eq!(read.body["data"]["scim_managed"], json!(true));
        linked.push(id);
    }
    let mut created = Vec::new();
    for n in 10..15 {
        created.push(
            app.scim
                .post("/Users", &person(&address(n), "Bo"))
                .await
                .expect(201)
                .id(),
        );
    }
    // E11a: users that SCIM creates join no default group; those it links keep theirs.
    assert_eq!(group_names(&app, &created[0]).await, Vec::<String>::new());
    assert_eq!(group_names(&app, &linked[0]).await, ["Everyone"]);

    // It pushes licences and a group.
    for id in linked.iter().chain(&created) {
        let operations =
            json!([{"op": "replace", "value": {LICENSE: {"licenseType": "read_only"}}}]);
        let patched = app
            .scim
            .patch(&format!("/Users/{id}"), operations)
            .await
            .expect(200);
        assert_eq!(patched.body[LICENSE]["licenseType"], json!("read_only"));
    }
    let members: Vec<Value> = linked
        .iter()
        .chain(&created)
        .map(|id| json!({"value": id}))
        .collect();
    let pushed = app
        .scim
        .post(
            "/Groups",
            &json!({"schemas": [GROUP], "displayName": "Okta people", "members": members}),
        )
        .await
        .expect(201);

    // Sign-in: no mapping for those SCIM manages (F8), the mapping for the others (F9).
    let before = group_names(&app, &linked[0]).await;
    assert_eq!(
        sign_in(&app, &linked[0], &["eng"]).await["mapped"],
        json!(false)
    );
    assert_eq!(group_names(&app, &linked[0]).await, before);
    let unmanaged = look_up(&app, &address(7)).await;
    assert_eq!(
        sign_in(&app, &unmanaged, &["eng"]).await["mapped"],
        json!(true)
    );
    assert_eq!(
        group_names(&app, &unmanaged).await,
        ["Engineering", "Everyone"]
    );

    // An edit by hand is refused, allowed once manual updates are, and overwritten by the next push (F11).
    let edit = json!({"first_name": "By hand"});
    let path = format!("/users/{}/", linked[0]);
    assert_eq!(app.admin().post(&path, &edit).await.status, 403);
    configure(&app, true, true).await;
    let edited = app.admin().post(&path, &edit).await.expect(200);
    assert_eq!(edited.body["data"]["first_name"], json!("By hand"));
    let push = app
        .scim
        .put(
            &format!("/Users/{}", linked[0]),
            &person(&address(0), "Ann"),
        )
        .await
        .expect(200);
    assert_eq!(push.body["name"]["givenName"], json!("Ann"));

    the_audit_tells_it(&app, &pushed.id()).await;
    the_token_is_rotated(&app).await;
}

/// Every step stands in the audit log, with whoever did it (A1, A2, Q13).
async fn the_audit_tells_it(app: &App, group: &str) {
    let mut events = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .admin()
            .get(&format!("/audit-logs/?limit=50{cursor}"))
            .await
            .expect(200)
            .body;
        events.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["extra"]["pagination"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let count = |kind: &str, actor: &str| {
        let is = |event: &&Value| event["event_type"] == kind && event["actor_type"] == actor;
        events.iter().filter(is).count()
    };
    let seen: Vec<(&Value, &Value)> = events
        .iter()
        .map(|e| (&e["event_type"], &e["actor_type"]))
        .collect();
    for (kind, actor, at_least) in [
        ("scim_config.changed", "admin_token", 3),
        ("user.invite.added", "admin_token", 10),
        ("v1.events.account.UserAdded", "scim_token", 5),
        ("v1.events.account.UserUpdated", "scim_token", 16),
        ("v1.events.account.UserUpdated", "admin_token", 1),
        ("v1.events.user_group.Added", "scim_token", 1),
        ("v1.events.user_group.Added", "admin_token", 2),
    ] {
        assert!(
            count(kind, actor) >= at_least,
            "{kind} by {actor}: {seen:?}"
        );
    }
    assert!(events.iter().any(|event| event.to_string().contains(group)));
    assert!(
        events
            .iter()
            .all(|event| event["actor"].is_object() || event["actor_name"].is_string())
    );
}

/// A new token, then the old one goes: not one request fails (T5).
async fn the_token_is_rotated(app: &App) {
    let tokens = "/scim-config/tokens/";
    let old = app.admin().get(tokens).await.expect(200).body["data"][0]["id"].clone();
    let token = Arc::new(std::sync::Mutex::new(app.scim.token.clone()));
    let stop = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn(keep_asking(
        app.scim.clone(),
        Arc::clone(&token),
        Arc::clone(&stop),
    ));
    let new = app
        .admin()
        .post(tokens, &json!({"name": "rotated"}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    *token.lock().unwrap() = new["token_string"].as_str().unwrap().to_owned();
    // What was sent with the old one is answered before it goes.
    app.scim.get("/Users?count=1").await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    app.admin()
        .delete(&format!("{tokens}{old}/"))
        .await
        .expect(204);
    app.scim.get("/Users").await.expect_error(401, None);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);
    let (asked, failed) = asking.await.unwrap();
    assert!(asked > 2);
    assert_eq!(failed, 0, "of {asked}");
}
