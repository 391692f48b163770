//! `/audit-logs/` (A1–A4, rule 15).

use serde_json::{Value, json};

use crate::harness::{App, unique};

/// Something of every service; the account for it.
async fn busy_account() -> App {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&user]).await;
    app.scim
        .delete(&format!("/Groups/{group}"))
        .await
        .expect(204);
    let token = app
        .admin()
        .post("/scim-config/tokens/", &json!({"name": "Okta"}))
        .await
        .expect(200)
        .body;
    app.admin()
        .delete(&format!("/scim-config/tokens/{}/", token["data"]["id"]))
        .await
        .expect(204);
    app.allow_manual_updates(true).await;
    app
}

async fn page(app: &App, query: &str) -> Value {
    app.admin()
        .get(&format!("/audit-logs/?{query}"))
        .await
        .expect(200)
        .body
}

#[tokio::test]
async fn all_services_are_one_log() {
    let app = busy_account().await;
    let all = page(&app, "").await["data"].as_array().unwrap().clone();
    let types: Vec<_> = all
        .iter()
        .map(|event| event["event_type"].as_str().unwrap())
        .collect();
    for expected in [
        "v1.events.account.UserAdded",
        "v1.events.user_group.Added",
        "v1.events.user_group.Removed",
        "scim_token.created",
        "scim_token.deleted",
        "scim_config.changed",
        "user.invite.added",
    ] {
        assert!(types.contains(&expected), "{expected} is not in {types:?}");
    }
    let keys: Vec<_> = all
        .iter()
        .map(|event| (event["created_at"].to_string(), event["id"].to_string()))
        .collect();
    assert!(
        keys.is_sorted_by(|one, other| one.0 >= other.0),
        "the newest first"
    );
    let added = all
        .iter()
        .find(|event| event["event_type"] == "v1.events.account.UserAdded")
        .unwrap();
    assert_eq!(
        (&added["actor_type"], &added["source"], &added["service"]),
        (&json!("scim_token"), &json!("SCIM"), &json!("identity"))
    );
    assert_eq!(
        (&added["actor_name"], &added["actor_ip"]),
        (&json!("test"), &json!("127.0.0.1"))
    );
    assert!(
        added["event_context"]["changed_attributes"]
            .as_array()
            .unwrap()
            .contains(&json!("userName"))
    );
    assert!(
        !added["event_context"]["request_id"]
            .as_str()
            .unwrap()
            .is_empty()
    );

    // The same, one at a time: none twice, none missing, also as more comes in between.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let one = page(&app, &format!("limit=1&cursor={cursor}")).await;
        seen.extend(
            one["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["id"].clone()),
        );
        app.admin()
            .post("/scim-config/tokens/", &json!({"name": "later"}))
            .await
            .expect(200);
        match one["extra"]["pagination"]["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    let expected: Vec<_> = all.iter().map(|event| event["id"].clone()).collect();
    assert_eq!(seen, expected);
}

/// A2: as clients of dbt's API read it, by offset, until as many are there as are said to be.
#[tokio::test]
async fn the_log_is_read_by_offset() {
    let app = busy_account().await;
    let all = page(&app, "").await["data"].as_array().unwrap().clone();
    let mut seen = Vec::new();
    loop {
        let one = page(&app, &format!("limit=2&offset={}", seen.len())).await;
        let filters = json!({"limit": 2, "offset": seen.len()});
        assert_eq!(one["extra"]["filters"], filters);
        seen.extend(one["data"].as_array().unwrap().clone());
        let total = one["extra"]["pagination"]["total_count"].as_u64().unwrap();
        if seen.len() as u64 >= total {
            break;
        }
    }
    assert_eq!(seen, all);
    let beyond = page(&app, "offset=5000").await;
    assert_eq!(beyond["data"], json!([]));
    for bad in ["offset=10001", "offset=-1", "offset=1&cursor=AAAA"] {
        let path = format!("/audit-logs/?{bad}");
        app.admin().get(&path).await.expect(400);
    }
}

#[tokio::test]
async fn the_log_is_filtered() {
    let app = busy_account().await;
    let all = page(&app, "").await["data"].as_array().unwrap().clone();
    let count = async |query: String| {
        page(&app, &query).await["extra"]["pagination"]["count"]
            .as_u64()
            .unwrap()
    };
    let of_type = |name: &str| {
        all.iter()
            .filter(|event| event["event_type"] == name)
            .count() as u64
    };
    for name in [
        "v1.events.account.UserAdded",
        "scim_config.changed",
        "nothing.happened",
    ] {
        assert_eq!(
            count(format!("event_type={name}")).await,
            of_type(name),
            "{name}"
        );
    }
    assert_eq!(
        count("event_type=scim_token.created,scim_token.deleted".to_owned()).await,
        of_type("scim_token.created") + of_type("scim_token.deleted")
    );
    let added = all
        .iter()
        .find(|event| event["event_type"] == "v1.events.account.UserAdded")
        .unwrap();
    let user = added["event_context"]["resource_id"].as_str().unwrap();
    assert!(count(format!("resource={user}")).await >= 1);
    let actor = added["actor_id"].as_str().unwrap();
    let by_actor = page(&app, &format!("actor={actor}")).await;
    let services = by_actor["data"].as_array().unwrap().iter();
    assert!(
        services
            .clone()
            .all(|event| event["actor_id"] == json!(actor))
            && services.count() >= 3
    );
    let total = all.len() as u64;
    let middle = all[2]["created_at"].as_str().unwrap();
    let after = count(format!("logged_at_start={middle}")).await;
    let before = count(format!("logged_at_end={middle}")).await;
    assert_eq!(after + before, total, "{middle}");
    let today = chrono::Utc::now().format("%Y-%m-%d");
    assert!(count(format!("logged_at_start={today}&logged_at_end={today}")).await > 0);
    for bad in [
        "logged_at_start=soon",
        "cursor=x",
        "limit=no",
        "logged_at_end=2026-02-30",
    ] {
        app.admin()
            .get(&format!("/audit-logs/?{bad}"))
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn the_log_is_exported() {
    let app = busy_account().await;
    let events = page(&app, "").await["data"].as_array().unwrap().clone();
    for path in ["export", "download"] {
        let request = app
            .admin()
            .request(reqwest::Method::GET, &format!("/audit-logs/{path}/"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
        assert!(
            answer.headers()["content-disposition"]
                .to_str()
                .unwrap()
                .contains(".csv")
        );
        let text = answer.text().await.unwrap();
        let mut lines = text.lines();
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("id,account_id,created_at,event_type,")
        );
        let ids: Vec<_> = lines.map(|line| line.split(',').next().unwrap()).collect();
        let expected: Vec<_> = events
            .iter()
            .map(|event| event["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected);
    }
    let other = App::start().await;
    let request = other
        .admin()
        .with_token(&app.admin().token)
        .request(reqwest::Method::GET, "/audit-logs/export/");
    assert_eq!(request.send().await.unwrap().status(), 401);
}
