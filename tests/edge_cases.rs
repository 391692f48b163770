//! The edge cases of account-behaviour §1K and the rules of the product, each by its number, by HTTP: `f1` to
//! `f18`, `rule_1` to `rule_17`. What a rule allows is seen in its effect; what it refuses changes nothing.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    harness::{App, unique},
};

mod activity;
mod addresses;
mod administrators;
mod audit;
mod configuration;
mod conflicts;
mod direct_calls;
mod disabled;
mod groups;
mod invitations;
mod licenses;
mod linking;
mod lockouts;
mod manual_updates;
mod protected_groups;
mod seats;
mod sign_ins;
mod tokens;
mod users;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LICENSE: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn address(name: &str) -> String {
    format!("{}@acme.test", unique(name))
}

/// A user as an identity provider sends one.
fn user(user_name: &str) -> Value {
    json!({"schemas": [USER], "userName": user_name, "active": true,
        "emails": [{"value": user_name, "type": "work", "primary": true}]})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

fn patch(operations: Value) -> Value {
    let mut message = json!({"schemas": [PATCH]});
    message["Operations"] = operations;
    message
}

/// The operations that switch a user.
fn set_active(active: bool) -> Value {
    json!([{"op": "replace", "path": "active", "value": active}])
}

/// Reads somebody or something by SCIM.
async fn read(app: &App, path: &str) -> Value {
    app.scim.get(path).await.expect(200).body
}

/// What the administrators see of a user.
async fn seen(app: &App, user: &str) -> Value {
    let path = format!("/users/{user}/");
    app.admin().get(&path).await.expect(200).body["data"].clone()
}

/// Sets options of the account.
async fn choose(app: &App, options: Value) {
    let path = "/account-options/";
    app.admin().post(path, &options).await.expect(200);
}

/// Writes the configuration: enabled, manual updates, licences by SCIM.
async fn configure(app: &App, enabled: bool, manual: bool, licenses: bool) {
    let body = json!({"enabled": enabled, "manual_updates_allowed": manual,
        "scim_controlled_license_type": licenses});
    app.admin().post("/scim-config/", &body).await.expect(200);
}

/// Sets the seats of a licence type; `null`: no limit.
async fn set_seats(app: &App, license_type: &str, total: Value) {
    let path = format!("/licenses/{license_type}/");
    app.admin()
        .post(&path, &json!({"total": total}))
        .await
        .expect(200);
}

/// How many seats of a licence type are taken.
async fn seats_in_use(app: &App, license_type: &str) -> Value {
    app.admin().get("/licenses/").await.expect(200).body["data"][license_type]["in_use"].clone()
}

/// A group made by an administrator.
async fn make_group(app: &App, body: Value) -> String {
    let made = app.admin().post("/groups/", &body).await.expect(200);
    made.body["data"]["scim_id"].as_str().unwrap().to_owned()
}

/// Gives a group this permission set.
async fn permit(app: &App, group: &str, permission_set: &str) {
    let body = json!([{"permission_set": permission_set, "all_projects": true}]);
    let path = format!("/group-permissions/{group}/");
    app.admin().post(&path, &body).await.expect(200);
}

/// The permission sets of a group.
async fn permissions(app: &App, group: &str) -> Vec<String> {
    let path = format!("/groups/{group}/");
    let data = app.admin().get(&path).await.expect(200).body["data"].clone();
    let permissions = data["group_permissions"].as_array().unwrap().iter();
    permissions
        .map(|one| one["permission_set"].as_str().unwrap().to_owned())
        .collect()
}

/// The groups a user is in itself, sorted; also while SCIM is off.
async fn groups_of(app: &App, user: &str) -> Vec<String> {
    let data = v2(app)
        .get(&format!("/users/{user}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let groups = data["permissions"][0]["groups"].as_array().unwrap().iter();
    let mut ids: Vec<String> = groups
        .map(|one| one["scim_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort();
    ids
}

/// Somebody whom no identity provider has written yet, invited by hand; the configuration is as before.
async fn unmanaged(app: &App, email: &str) -> String {
    let before = app.admin().get("/scim-config/").await.expect(200).body["data"].clone();
    let mut open = before.clone();
    open["manual_updates_allowed"] = json!(true);
    app.admin().post("/scim-config/", &open).await.expect(200);
    let body = json!({"email_addresses": [email], "license_type": "developer"});
    let sent = app.admin().post("/invites/", &body).await.expect(200).body["data"].clone();
    app.admin().post("/scim-config/", &before).await.expect(200);
    sent["invites"][0]["user_scim_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Somebody signs in with these identity provider groups.
async fn sign_in(app: &App, user: &str, idp_groups: &[&str]) -> Value {
    let body = json!({"user_id": user, "idp_groups": idp_groups});
    app.admin().post("/sign-ins/", &body).await.expect(200).body["data"].clone()
}

/// The newest invitation of a user.
async fn invitation(app: &App, user: &str) -> Value {
    let path = format!("/invites/?user_id={user}&limit=1");
    app.admin().get(&path).await.expect(200).body["data"][0].clone()
}

/// The admin API under its second version.
fn v2(app: &App) -> Client {
    let mut client = app.admin().clone();
    client.base_url = client.base_url.replace("/api/v3/", "/api/v2/");
    client
}

/// All of an account that a refused request must not change.
async fn everything(app: &App) -> Value {
    let mut all = Vec::new();
    for path in ["/Users?count=1000", "/Groups?count=1000"] {
        all.push(read(app, path).await);
    }
    for path in [
        "/users/",
        "/groups/",
        "/invites/",
        "/licenses/",
        "/scim-config/",
        "/account-options/",
    ] {
        all.push(app.admin().get(path).await.expect(200).body["data"].clone());
    }
    Value::Array(all)
}

/// Tries again until it is so: what one service does, another follows.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not come about: {what}");
}

/// One SCIM write, sent alone or as the only one of a bulk request.
#[derive(Debug, Clone)]
struct Write {
    method: Method,
    path: String,
    body: Value,
}

/// What became of a write.
#[derive(Debug)]
struct Outcome {
    status: u16,
    scim_type: String,
    detail: String,
    id: String,
}

impl Write {
    fn new(method: Method, path: &str, body: Value) -> Write {
        Write {
            method,
            path: path.to_owned(),
            body,
        }
    }

    fn post(path: &str, body: Value) -> Write {
        Write::new(Method::POST, path, body)
    }

    fn put(path: &str, body: Value) -> Write {
        Write::new(Method::PUT, path, body)
    }

    fn patch(path: &str, operations: Value) -> Write {
        Write::new(Method::PATCH, path, patch(operations))
    }

    fn delete(path: &str) -> Write {
        Write::new(Method::DELETE, path, Value::Null)
    }

    async fn alone(&self, app: &App) -> Outcome {
        let mut request = app.scim.request(self.method.clone(), &self.path);
        if !self.body.is_null() {
            request = request
                .header("content-type", "application/scim+json")
                .body(self.body.to_string());
        }
        let answer: Response = app.scim.send(request).await;
        Outcome::of(answer.status.as_u16(), &answer.body)
    }

    async fn in_bulk(&self, app: &App) -> Outcome {
        let mut operation =
            json!({"method": self.method.as_str(), "path": self.path, "bulkId": "one"});
        if !self.body.is_null() {
            operation["data"] = self.body.clone();
        }
        let body = json!({"schemas": [BULK], "Operations": [operation]});
        let done = app.scim.post("/Bulk", &body).await.expect(200).body["Operations"][0].clone();
        let status = done["status"].as_str().unwrap().parse().unwrap();
        let mut outcome = Outcome::of(status, &done["response"]);
        if let Some(id) = done["location"]
            .as_str()
            .and_then(|text| text.rsplit('/').next())
        {
            id.clone_into(&mut outcome.id);
        }
        outcome
    }
}

/// All of these are refused, alone and in bulk, with this status, this type and this in the detail; nothing has
/// changed.
async fn all_refused(
    app: &App,
    writes: impl IntoIterator<Item = Write>,
    (status, scim_type, part): (u16, &str, &str),
) {
    let before = everything(app).await;
    for write in writes {
        for outcome in [write.alone(app).await, write.in_bulk(app).await] {
            let kind = (outcome.status, outcome.scim_type.as_str());
            assert_eq!(kind, (status, scim_type), "{write:?}: {outcome:?}");
            assert!(
                outcome.detail.contains(part),
                "{write:?}: {outcome:?} lacks {part:?}"
            );
        }
    }
    assert_eq!(everything(app).await, before);
}

impl Outcome {
    fn of(status: u16, body: &Value) -> Outcome {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Outcome {
            status,
            scim_type: text("scimType"),
            detail: text("detail"),
            id: text("id"),
        }
    }
}
