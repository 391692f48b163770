//! What is written down, and of whom: rule 15.

use proto::group::v1::{RecordSignInRequest, group_admin_service_client::GroupAdminServiceClient};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    LICENSE, address, choose, configure, eventually, group, make_group, permit, set_seats, sign_in,
    unmanaged, user,
};
use crate::harness::{App, actor, required, unique};

/// The events of a query, the newest first.
async fn events(app: &App, query: &str) -> Vec<Value> {
    let page = app
        .admin()
        .get(&format!("/audit-logs/?limit=100&{query}"))
        .await
        .expect(200);
    page.body["data"].as_array().unwrap().clone()
}

/// Waits for this many events of a type by this actor about this resource, and returns the newest.
async fn happened(app: &App, event_type: &str, actor_type: &str, resource: &str) -> Value {
    let query = format!("event_type={event_type}&resource={resource}");
    let by_whom = |event: &Value| event["actor_type"] == json!(actor_type);
    eventually(
        &format!("{event_type} of {resource} by {actor_type}"),
        async || events(app, &query).await.iter().any(by_whom),
    )
    .await;
    let found = events(app, &query).await;
    found.into_iter().find(by_whom).unwrap()
}

/// The token of this kind as it stands in the log: `None` where it has no such number.
fn assert_actor(app: &App, event: &Value, kind: &str) {
    let source = if kind == "scim_token" { "SCIM" } else { "API" };
    assert_eq!(event["source"], json!(source), "{event:#}");
    assert_eq!(
        (&event["actor_name"], &event["actor_ip"]),
        (&json!("test"), &json!("127.0.0.1"))
    );
    assert!(event["actor_id"].as_str().unwrap().parse::<i64>().is_ok());
    assert_eq!(
        event["actor"],
        json!({"id": event["actor_id"], "name": "test", "type": kind})
    );
    assert_eq!(event["account_id"], json!(app.id()));
    assert!(!event["event_label"].as_str().unwrap().is_empty());
    assert!(
        !event["event_context"]["request_id"]
            .as_str()
            .unwrap()
            .is_empty()
    );
}

/// Rule 15: what SCIM does to users and groups, with the names of the API and the token as the actor.
#[tokio::test]
async fn rule_15_what_scim_does() {
    let app = App::start().await;
    let name = address("ann");
    let id = app.scim.post("/Users", &user(&name)).await.expect(201).id();
    let (path, by) = (format!("/Users/{id}"), "scim_token");
    let check = async |event_type: &str, resource: &str, changed: &[&str]| {
        let event = happened(&app, event_type, by, resource).await;
        assert_actor(&app, &event, by);
        assert_eq!(event["event_context"]["resource_id"], json!(resource));
        let names = event["event_context"]["changed_attributes"]
            .as_array()
            .unwrap();
        for name in changed {
            assert!(names.contains(&json!(name)), "{event:#} lacks {name}");
        }
    };
    check("v1.events.account.UserAdded", &id, &["userName", "emails"]).await;
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "value": {"title": "Cook", LICENSE: {"licenseType": "it"}}}]),
        )
        .await
        .expect(200);
    check(
        "v1.events.account.UserUpdated",
        &id,
        &["title", &format!("{LICENSE}:licenseType")],
    )
    .await;
    let title = unique("Sales");
    let held = app.scim.create_group(&title, &[]).await;
    check("v1.events.user_group.Added", &held, &["displayName"]).await;
    let group_path = format!("/Groups/{held}");
    app.scim
        .patch(
            &group_path,
            json!([{"op": "add", "path": "members", "value": [{"value": id}]}]),
        )
        .await
        .expect(204);
    check("v1.events.user_group_user.Changed", &held, &["members"]).await;
    app.scim
        .put(&group_path, &group(&unique("renamed"), &[&id]))
        .await
        .expect(200);
    check("v1.events.user_group.Changed", &held, &["displayName"]).await;
    app.scim.delete(&path).await.expect(204);
    check("v1.events.account.UserRemoved", &id, &[]).await;
    app.scim.delete(&group_path).await.expect(204);
    check("v1.events.user_group.Removed", &held, &[]).await;
    // Links are updates; what changes nothing, and what is refused, is none.
    let email = address("bo");
    let bo = unmanaged(&app, &email).await;
    app.scim.post("/Users", &user(&email)).await.expect(201);
    check("v1.events.account.UserUpdated", &bo, &["scimManaged"]).await;
    let count = events(&app, &format!("resource={bo}")).await.len();
    app.scim
        .put(&format!("/Users/{bo}"), &user(&email))
        .await
        .expect(200);
    app.scim
        .post("/Users", &user(&email))
        .await
        .expect_error(409, Some("uniqueness"));
    app.scim
        .patch(
            &format!("/Users/{bo}"),
            json!([{"op": "replace", "path": "userName", "value": ""}]),
        )
        .await
        .expect_error(400, Some("invalidValue"));
    app.scim
        .patch(
            &format!("/Users/{bo}"),
            json!([{"op": "replace", "path": "title", "value": "Cook"}]),
        )
        .await
        .expect(200);
    eventually("the next change is there", async || {
        events(&app, &format!("resource={bo}")).await.len() > count
    })
    .await;
    assert_eq!(
        events(&app, &format!("resource={bo}")).await.len(),
        count + 1
    );
}

/// Rule 15: the log names whom it is about as they were, deleted people too, and says who joined and who left. Of
/// people it has no other values.
#[tokio::test]
async fn rule_15_who_it_was() {
    let app = App::start().await;
    let (old, new) = (address("ann"), address("lee"));
    let mut body = user(&old);
    body["displayName"] = json!("Ann Lee");
    body["title"] = json!("Secret title");
    let id = app.scim.post("/Users", &body).await.expect(201).id();
    let inner = app.scim.create_group(&unique("Inner"), &[]).await;
    let title = unique("Cooks");
    let held = app.scim.create_group(&title, &[&id, &inner]).await;
    let path = format!("/Users/{id}");
    let rename = json!([{"op": "replace", "path": "userName", "value": new}]);
    app.scim.patch(&path, rename).await.expect(200);
    app.scim.delete(&path).await.expect(204);
    app.scim
        .delete(&format!("/Groups/{inner}"))
        .await
        .expect(204);

    let context = |event: &Value| event["event_context"].clone();
    let deleted = happened(&app, "v1.events.account.UserRemoved", "scim_token", &id).await;
    assert_eq!(context(&deleted)["resource_name"], json!(new));
    assert_eq!(context(&deleted)["resource_display_name"], json!("Ann Lee"));
    let created = happened(&app, "v1.events.account.UserAdded", "scim_token", &id).await;
    assert_eq!(context(&created)["resource_name"], json!(old));
    for event in events(&app, &format!("resource={id}")).await {
        assert_eq!(context(&event)["changed_values"], json!([]));
        assert!(!event.to_string().contains("Secret title"), "{event:#}");
    }
    // Names of members are those of now, or the last there were.
    let made = happened(&app, "v1.events.user_group.Added", "scim_token", &held).await;
    assert_eq!(context(&made)["resource_name"], json!(title));
    let joined = context(&made)["members_joined"].clone();
    assert_eq!(joined["count"], json!(2));
    let members = joined["members"].as_array().unwrap();
    let ann = members.iter().find(|member| member["id"] == json!(id));
    let expected = json!({"id": id, "type": "User", "name": new, "display_name": "Ann Lee"});
    assert_eq!(ann, Some(&expected));
    let nested = members.iter().find(|member| member["id"] == json!(inner));
    assert_eq!(nested.unwrap()["type"], json!("Group"));
    assert!(
        nested.unwrap()["name"]
            .as_str()
            .unwrap()
            .starts_with("Inner")
    );
    let changed = "event_type=v1.events.user_group_user.Changed";
    let query = format!("resource={held}&{changed}");
    eventually("both have left", async || {
        events(&app, &query).await.len() == 2
    })
    .await;
    let left = events(&app, &query).await;
    let ids = left.iter().map(|event| {
        assert_eq!(context(event)["members_joined"], Value::Null);
        context(event)["members_left"]["members"][0]["id"].clone()
    });
    assert_eq!(ids.collect::<Vec<_>>(), [json!(inner), json!(id)]);

    let found = events(&app, &format!("name={}", new.to_uppercase())).await;
    let types = found
        .iter()
        .map(|event| event["event_context"]["kind"].clone());
    assert_eq!(
        types.collect::<Vec<_>>(),
        [json!("user.deleted"), json!("user.updated")]
    );
    let request = app
        .admin()
        .request(Method::GET, &format!("/audit-logs/export/?resource={held}"));
    let text = request.send().await.unwrap().text().await.unwrap();
    let header = text.lines().next().unwrap();
    assert!(header.ends_with(
        ",request_id,resource_name,resource_display_name,changed_values,\
         members_joined_count,members_joined,members_left_count,members_left"
    ));
    assert!(text.contains(&format!(",1,{new}\r\n")), "{text}");
}

/// Rule 15: what administrators do, and to what: configuration, options, tokens, groups, invitations, seats,
/// maps, addresses, webhook.
#[tokio::test]
async fn rule_15_what_administrators_do() {
    let app = App::start().await;
    let by = "admin_token";
    let account = app.id().to_string();
    let check = async |event_type: &str, resource: &str| {
        let event = happened(&app, event_type, by, resource).await;
        assert_actor(&app, &event, by);
    };
    configure(&app, true, true, true).await;
    check("scim_config.changed", &account).await;
    choose(&app, json!({"allow_admin_lockout": true})).await;
    check("account_options.changed", &account).await;
    let token = app
        .admin()
        .post("/scim-config/tokens/", &json!({"name": "Okta"}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let number = token["id"].to_string();
    check("scim_token.created", &number).await;
    app.admin()
        .delete(&format!("/scim-config/tokens/{number}/"))
        .await
        .expect(204);
    check("scim_token.deleted", &number).await;
    let held = make_group(&app, json!({"name": unique("g")})).await;
    check("v1.events.user_group.Added", &held).await;
    let path = format!("/groups/{held}/");
    let flags = json!({"assign_by_default": true});
    app.admin().post(&path, &flags).await.expect(200);
    check("group_settings.changed", &held).await;
    permit(&app, &held, "developer").await;
    check("group_permissions.changed", &held).await;
    app.admin()
        .post(
            &format!("/groups/{held}/"),
            &json!({"name": unique("renamed")}),
        )
        .await
        .expect(200);
    check("v1.events.user_group.Changed", &held).await;
    let invite =
        |name: &str| json!({"email_addresses": [address(name)], "license_type": "developer"});
    let mut invited = Vec::new();
    for name in ["ann", "bo"] {
        let sent = app
            .admin()
            .post("/invites/", &invite(name))
            .await
            .expect(200)
            .body["data"]["invites"][0]
            .clone();
        invited.push((
            sent["id"].to_string(),
            sent["user_scim_id"].as_str().unwrap().to_owned(),
        ));
    }
    check("v1.events.account.UserAdded", &invited[0].1).await;
    check("user.invite.added", &invited[0].0).await;
    app.admin()
        .post(&format!("/invites/{}/resend/", invited[0].0), &Value::Null)
        .await
        .expect(200);
    check("user.invite.resent", &invited[0].0).await;
    app.admin()
        .delete(&format!("/invites/{}/", invited[0].0))
        .await
        .expect(204);
    check("user.invite.revoked", &invited[0].0).await;
    sign_in(&app, &invited[1].1, &[]).await;
    check("user.invite.redeemed", &invited[1].0).await;
    check("v1.events.user_group_user.Changed", &held).await;
    app.admin()
        .post(
            &format!("/users/{}/", invited[1].1),
            &json!({"first_name": "Bo"}),
        )
        .await
        .expect(200);
    check("v1.events.account.UserUpdated", &invited[1].1).await;
    app.admin()
        .post(&format!("/users/{}/", invited[1].1), &json!({"state": 2}))
        .await
        .expect(200);
    check("v1.events.account.UserRemoved", &invited[1].1).await;
    app.admin()
        .post(&format!("/groups/{held}/"), &json!({"state": 2}))
        .await
        .expect(200);
    check("v1.events.user_group.Removed", &held).await;
    set_seats(&app, "it", json!(3)).await;
    check("license_seats.changed", "it").await;
    let map = json!({"license_type": "it", "sso_license_mapping_groups": ["a"]});
    let map = app
        .admin()
        .post("/license-maps/", &map)
        .await
        .expect(200)
        .body["data"]["id"]
        .to_string();
    check("license_map.created", &map).await;
    app.admin()
        .delete(&format!("/license-maps/{map}/"))
        .await
        .expect(204);
    check("license_map.deleted", &map).await;
    let rule =
        json!({"name": "office", "type": 1, "cidrs": ["192.0.2.0/24"], "rule_set_enabled": false});
    app.admin()
        .post("/ip-restrictions/", &rule)
        .await
        .expect(200);
    check("ip_restrictions.changed", &account).await;
    app.admin()
        .post(
            "/webhook/",
            &json!({"url": "https://hooks.acme.test/muster"}),
        )
        .await
        .expect(200);
    check("webhook.changed", &account).await;
    // Nobody wrote down a secret.
    let all = Value::Array(events(&app, "").await).to_string();
    assert!(!all.contains(token["token_string"].as_str().unwrap()));
}

/// Rule 15: what another service does stands there as that service's; filters and pages agree with the CSV.
#[tokio::test]
async fn rule_15_the_list_and_the_file() {
    let app = App::start().await;
    let id = unmanaged(&app, &address("ann")).await;
    make_group(
        &app,
        json!({"name": unique("g"), "sso_mapping_groups": ["idp"]}),
    )
    .await;
    let mut service = GroupAdminServiceClient::connect(required("GROUP_URL"))
        .await
        .unwrap();
    let request = RecordSignInRequest {
        account_id: app.id(),
        user_id: id.clone(),
        idp_groups: vec!["idp".to_owned()],
        actor: actor(),
    };
    service.record_sign_in(request).await.unwrap();
    eventually("the service's doings are there", async || {
        let found = events(
            &app,
            "actor=tests&event_type=v1.events.user_group_user.Changed",
        )
        .await;
        found.len() == 1
            && found[0]["source"] == json!("gRPC")
            && found[0]["actor_type"] == json!("service")
    })
    .await;
    let redeemed = events(&app, "event_type=user.invite.redeemed").await;
    assert_eq!(redeemed[0]["actor_id"], json!("tests"));

    let all = events(&app, "").await;
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .admin()
            .get(&format!("/audit-logs/?limit=2{cursor}"))
            .await
            .expect(200)
            .body;
        paged.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["extra"]["pagination"]["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
    for query in [
        String::new(),
        format!("?resource={id}"),
        "?event_type=scim_config.changed&actor=tests".to_owned(),
    ] {
        let expected = events(&app, query.trim_start_matches('?')).await;
        let request = app
            .admin()
            .request(Method::GET, &format!("/audit-logs/export/{query}"));
        let text = request.send().await.unwrap().text().await.unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        assert!(!expected.is_empty(), "{query}");
        let column = |name: &str| header.iter().position(|one| *one == name).unwrap();
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), expected.len(), "{query}: {text}");
        for (row, event) in rows.iter().zip(&expected) {
            for name in ["id", "event_type", "actor_id", "actor_name"] {
                assert_eq!(
                    json!(row[column(name)].trim_matches('"')),
                    event[name],
                    "{name} of {text}"
                );
            }
        }
    }
}
