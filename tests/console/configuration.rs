//! The switches, the options and the tokens.

use std::time::Duration;

use serde_json::json;

use super::Browser;
use crate::{
    client::Client,
    harness::{App, unique},
};

/// M7, rule 11: turning manual updates on asks first, however the form came; turning them off does not.
#[tokio::test]
async fn manual_updates_ask_for_confirmation() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let allowed = async || {
        let config = app.admin().get("/scim-config/").await.expect(200);
        config.body["data"]["manual_updates_allowed"].clone()
    };
    let title = "<h1>Allow manual updates</h1>";
    browser
        .get("/scim")
        .await
        .expect(200)
        .says("/console/scim/manual-updates");
    browser
        .get("/scim/manual-updates")
        .await
        .expect(200)
        .says(title);
    assert_eq!(allowed().await, json!(false));
    let on = [("switch", "manual_updates_allowed"), ("on", "true")];
    browser.post("/scim", &on).await.expect(200).says(title);
    assert_eq!(allowed().await, json!(false));
    let confirmed = [on.as_slice(), &[("confirmed", "true")]].concat();
    assert_eq!(
        browser.post("/scim", &confirmed).await.leads(),
        "/scim?done=on"
    );
    assert_eq!(allowed().await, json!(true));
    let off = [("switch", "manual_updates_allowed"), ("on", "false")];
    assert_eq!(browser.post("/scim", &off).await.leads(), "/scim?done=off");
    assert_eq!(allowed().await, json!(false));
}

/// B1, B3, rule 1: the page shows what to give the identity provider, and turns each switch alone.
#[tokio::test]
async fn switches_and_options() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let page = browser.get("/scim").await.expect(200);
    page.says(&format!(r#"readonly value="{}""#, app.scim.base_url))
        .lacks("SCIM is off");
    for (switch, field) in [
        (
            "scim_controlled_license_type",
            "scim_controlled_license_type",
        ),
        ("enabled", "enabled"),
    ] {
        for on in [true, false] {
            let before = app.admin().get("/scim-config/").await.expect(200).body;
            let on_text = on.to_string();
            let fields = [("switch", switch), ("on", &*on_text)];
            browser.confirm("/scim", &fields).await.expect(303);
            let mut expected = before["data"].clone();
            expected[field] = json!(on);
            let after = app.admin().get("/scim-config/").await.expect(200).body;
            assert_eq!(after["data"], expected);
        }
    }
    browser.get("/scim").await.expect(200).says("SCIM is off");
    browser
        .post("/scim", &[("switch", "other"), ("on", "true")])
        .await
        .expect(400);

    let fields = [
        ("strict", "true"),
        ("email_user_names", "true"),
        ("default_license_type", "analyst"),
    ];
    assert_eq!(
        browser.post("/scim/options", &fields).await.leads(),
        "/scim?done=saved"
    );
    let expected = json!({
        "email_user_names": true, "license_on_redemption": false, "default_license_type": "analyst",
        "allow_admin_lockout": false, "strict": true,
        "unique_external_id": false, "protect_permission_groups": false,
    });
    let options = app.admin().get("/account-options/").await.expect(200);
    assert_eq!(options.body["data"], expected);
    let fields = [("default_license_type", "emperor")];
    browser
        .post("/scim/options", &fields)
        .await
        .expect(400)
        .says("role=\"alert\"");
    let options = app.admin().get("/account-options/").await.expect(200);
    assert_eq!(options.body["data"], expected);
    browser
        .get("/scim?done=saved")
        .await
        .says("role=\"status\">Saved.");
    // Nobody else's words are shown as ours.
    browser
        .get("/scim?done=Send+money")
        .await
        .expect(200)
        .lacks("Send money");
}

/// T2, T7, T8: a token's secret is shown once; the list is searched; deletion asks, and warns where it cuts.
#[tokio::test]
async fn tokens() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let name = unique("okta");
    let page = browser
        .post("/tokens", &[("name", &name), ("expires", "")])
        .await
        .expect(200);
    let secret = page
        .between(r#"<input id="secret" readonly value=""#, "\"")
        .to_owned();
    let scim = Client::new(&app.scim.base_url, &secret);
    let list = browser
        .get("/tokens")
        .await
        .expect(200)
        .says(&name)
        .lacks(&secret);
    let delete = list.between(&format!(r#"{name}</th>"#), "</tr>");
    let delete = delete.split_once(r#"href="/console"#).unwrap().1;
    let delete = delete.split_once('"').unwrap().0.to_owned();
    browser
        .get("/tokens?search=NOTHING")
        .await
        .expect(200)
        .lacks(&name);
    let part = name[..name.len() - 3].to_uppercase();
    browser
        .get(&format!("/tokens?search={part}"))
        .await
        .expect(200)
        .says(&name);
    browser.get("/tokens?page=9").await.expect(200).lacks(&name);
    browser.get("/tokens?page=0").await.expect(400);

    let warning = "This token was used lately";
    browser
        .get(&delete)
        .await
        .expect(200)
        .says(&name)
        .lacks(warning);
    scim.get("/Users").await.expect(200);
    // The use is written a moment later.
    for attempt in 1.. {
        let page = browser.get(&delete).await.expect(200);
        if page.text.contains(warning) {
            break;
        }
        assert!(attempt < 200, "the use of the token is never seen");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        browser.confirm(&delete, &[]).await.leads(),
        "/tokens?done=deleted"
    );
    scim.get("/Users").await.expect(401);
    browser.get(&delete).await.expect(404);

    // Expiry: said, and warned of.
    let soon = (chrono::Utc::now() + chrono::TimeDelta::days(2))
        .format("%Y-%m-%d")
        .to_string();
    let page = browser
        .post("/tokens", &[("name", "short"), ("expires", &soon)])
        .await;
    page.expect(200);
    browser
        .get("/tokens?search=short")
        .await
        .expect(200)
        .says("Soon");
    for (name, expires) in [("", ""), ("x", "soon"), ("x", "2001-01-01")] {
        let page = browser
            .post("/tokens", &[("name", name), ("expires", expires)])
            .await;
        page.expect(400)
            .says("role=\"alert\"")
            .lacks("id=\"secret\"");
    }
}

/// E14: what enabling SCIM may cost is said, and stays there while it is so; the option for it is recommended where no
/// group with permission sets comes over SCIM.
#[tokio::test]
async fn administrators_who_could_get_lost() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let warning = "No active administrator comes from a group";
    let hint = "Recommended here";
    let page = browser.get("/scim").await.expect(200);
    page.says(warning).lacks(hint);
    let made = json!({"name": unique("Owners")});
    let made = app.admin().post("/groups/", &made).await.expect(200);
    let group = made.body["data"]["scim_id"].as_str().unwrap().to_owned();
    let permission = [("permission_set", "account_admin")];
    let path = format!("/groups/{group}");
    browser
        .post(&format!("{path}/permissions"), &permission)
        .await
        .expect(303);
    browser.get("/scim").await.says(warning).says(hint);
    let address = format!("{}@acme.test", unique("admin"));
    app.allow_manual_updates(true).await;
    let body = json!({"email_addresses": [address]});
    app.admin().post("/invites/", &body).await.expect(200);
    browser
        .post(&format!("{path}/members"), &[("user", &*address)])
        .await
        .expect(303);
    browser.get("/scim").await.lacks(warning).says(hint);
    // Protected, SCIM needs leave, which is given on the page of the group.
    browser.get(&path).await.lacks("scim_allowed");
    let options = [("protect_permission_groups", "true")];
    browser.post("/scim/options", &options).await.expect(303);
    browser.get("/scim").await.says(warning).lacks(hint);
    browser
        .get(&path)
        .await
        .says("name=\"scim_allowed\" value=\"true\">");
    let allowed = [("scim_allowed", "true")];
    let saved = browser.post(&format!("{path}/scim"), &allowed).await;
    assert_eq!(saved.leads(), format!("{path}?done=saved"));
    browser
        .get(&path)
        .await
        .says("name=\"scim_allowed\" value=\"true\" checked>");
    browser.get("/scim").await.lacks(warning).lacks(hint);
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": app.admin().get(&format!("/groups/{group}/")).await.body["data"]["name"]});
    app.scim.post("/Groups", &group).await.expect(201);
    browser.get(&path).await.lacks("scim_allowed");
}
