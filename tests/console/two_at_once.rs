//! Two administrators at once, or one with two pages open: nobody's change is lost, and none is undone in silence.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Browser, Page};
use crate::harness::App;

/// What a browser sends of a page's form: the hidden fields, and those typed.
fn filled<'a>(
    page: &'a Page,
    action: &str,
    typed: &[(&'a str, &'a str)],
) -> Vec<(&'a str, String)> {
    let form = page.between(&format!("action=\"/console{action}\">"), "</form>");
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1);
    let mut fields: Vec<_> = hidden
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            (name, rest.split_once('"').unwrap().0.to_owned())
        })
        .filter(|(name, _)| *name != "csrf")
        .collect();
    fields.extend(
        typed
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    fields
}

impl Browser {
    /// Sends a page's form.
    async fn fill(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let fields = filled(page, action, typed);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        self.post(action, &fields).await
    }
}

async fn data(app: &App, path: &str) -> Value {
    app.admin().get(path).await.expect(200).body["data"].clone()
}

/// Every permission added at once is there, and one taken at once is gone.
#[tokio::test]
async fn permissions_added_at_once_are_all_there() {
    let app = App::start().await;
    let group = app.scim.create_group("Data", &[]).await;
    let browsers = [Browser::sign_in(&app).await, Browser::sign_in(&app).await];
    let path = format!("/groups/{group}/permissions");
    for round in 0..6 {
        let added = browsers.iter().zip(0..).map(async |(browser, number)| {
            let project = (round * 2 + number).to_string();
            let fields = [("permission_set", "developer"), ("project_id", &*project)];
            browser.post(&path, &fields).await.expect(303);
        });
        join_all(added).await;
    }
    let of = format!("/groups/{group}/");
    let permissions = data(&app, &of).await["group_permissions"].clone();
    assert_eq!(permissions.as_array().unwrap().len(), 12);
    let removed = browsers.iter().zip([0, 1]).map(async |(browser, place)| {
        let id = permissions[place]["id"].to_string();
        let path = format!("{path}/remove");
        let fields = [("permission_id", &*id), ("confirmed", "true")];
        browser.post(&path, &fields).await.expect(303);
    });
    join_all(removed).await;
    let left = data(&app, &of).await["group_permissions"].clone();
    assert_eq!(
        left.as_array().unwrap()[..],
        permissions.as_array().unwrap()[2..]
    );
}

/// A form changes what its administrator changed on it, whatever else has become of the rest.
#[tokio::test]
async fn a_form_changes_what_was_changed_on_it() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let user = app.scim.create_user("ann@acme.test").await;
    let group = app.scim.create_group("Data", &[]).await;
    let browser = Browser::sign_in(&app).await;

    let page = browser.get("/scim").await;
    let ticks = [("strict", "true")];
    browser
        .fill(&page, "/scim/options", &ticks)
        .await
        .expect(303);
    let ticks = [
        ("email_user_names", "true"),
        ("default_license_type", "analyst"),
    ];
    browser
        .fill(&page, "/scim/options", &ticks)
        .await
        .expect(303);
    let options = data(&app, "/account-options/").await;
    assert_eq!(options["strict"], json!(true));
    assert_eq!(options["email_user_names"], json!(true));
    assert_eq!(options["default_license_type"], json!("analyst"));

    let path = format!("/users/{user}");
    let page = browser.get(&path).await;
    let names = |first, last| {
        [
            ("first_name", first),
            ("last_name", last),
            ("email", "ann@acme.test"),
        ]
    };
    browser
        .fill(&page, &path, &names("Ann", ""))
        .await
        .expect(303);
    browser
        .fill(&page, &path, &names("", "Lee"))
        .await
        .expect(303);
    let written = data(&app, &format!("{path}/")).await;
    assert_eq!(
        (&written["first_name"], &written["last_name"]),
        (&json!("Ann"), &json!("Lee"))
    );

    let path = format!("/groups/{group}");
    let action = format!("{path}/settings");
    let page = browser.get(&path).await;
    let ticked = [("assign_by_default", "true")];
    browser.fill(&page, &action, &ticked).await.expect(303);
    browser
        .fill(&page, &action, &[("sso_mapping_groups", "eng")])
        .await
        .expect(303);
    let late = [("sso_mapping_groups", "ops")];
    let refused = browser.fill(&page, &action, &late).await.expect(412);
    refused.says("changed it meanwhile");
    let written = data(&app, &format!("{path}/")).await;
    assert_eq!(written["assign_by_default"], json!(true));
    assert_eq!(written["sso_mapping_groups"], json!(["eng"]));
}

/// The same of IP rules and licence maps, which are lists: the later of two finds out.
#[tokio::test]
async fn lists_are_written_over_what_was_shown() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let rule = [
        ("name", "Office"),
        ("type", "deny"),
        ("cidrs", "203.0.113.0/24"),
    ];
    browser.post("/ip-restrictions", &rule).await.expect(303);
    let rules = data(&app, "/ip-restrictions/").await;
    let path = format!("/ip-restrictions/{}", rules[0]["id"]);
    let page = browser.get(&path).await;
    let form = |name, cidrs| [("name", name), ("type", "deny"), ("cidrs", cidrs)];
    let wider = "203.0.113.0/24\n192.0.2.0/24";
    browser
        .fill(&page, &path, &form("Office", wider))
        .await
        .expect(303);
    browser
        .fill(&page, &path, &form("Home", "203.0.113.0/24"))
        .await
        .expect(303);
    let late = form("Office", "198.51.100.0/24");
    browser
        .fill(&page, &path, &late)
        .await
        .expect(412)
        .says("changed it meanwhile");
    let rules = data(&app, "/ip-restrictions/").await;
    assert_eq!(rules[0]["name"], json!("Home"));
    assert_eq!(rules[0]["cidrs"].as_array().unwrap().len(), 2);

    let map = [("license_type", "analyst"), ("groups", "eng")];
    browser.post("/licences/maps", &map).await.expect(303);
    let id = data(&app, "/license-maps/").await[0]["id"].to_string();
    let path = format!("/licences/maps/{id}");
    let page = browser.get("/licences").await;
    let form = |kind, groups| [("license_type", kind), ("groups", groups)];
    browser
        .fill(&page, &path, &form("analyst", "eng\nops"))
        .await
        .expect(303);
    browser
        .fill(&page, &path, &form("it", "eng"))
        .await
        .expect(303);
    let late = form("analyst", "sales");
    browser
        .fill(&page, &path, &late)
        .await
        .expect(412)
        .says("changed it meanwhile");
    let map = data(&app, "/license-maps/").await[0].clone();
    assert_eq!(map["license_type"], json!("it"));
    assert_eq!(map["sso_license_mapping_groups"], json!(["eng", "ops"]));
}
