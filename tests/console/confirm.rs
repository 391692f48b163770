//! What cuts deep is asked about first, however the form came: the question names what happens to whom.

use serde_json::{Value, json};

use super::{Browser, HARM, HOSTILE, user};
use crate::harness::App;

/// A name that means harm, in a page.
const ESCAPED: &str = "&#60;script&#62;alert";

/// A form, the title of the question it is answered with, and what that names.
struct Case {
    path: String,
    fields: Vec<(&'static str, String)>,
    title: &'static str,
    names: Vec<String>,
}

impl Case {
    fn new(
        path: impl Into<String>,
        fields: &[(&'static str, &str)],
        title: &'static str,
        names: &[&str],
    ) -> Case {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Case {
            path: path.into(),
            fields: fields.collect(),
            title,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}

async fn data(app: &App, path: &str) -> Value {
    app.admin().get(path).await.expect(200).body["data"].clone()
}

/// One of everything, and the forms that would end it.
async fn cases(app: &App, browser: &Browser) -> Vec<Case> {
    let ann = user(app, "ann@acme.test").await;
    let bob = user(app, "bob@acme.test").await;
    let group = app.scim.create_group(HOSTILE, &[&ann]).await;
    let path = format!("/groups/{group}");
    let admin = [("permission_set", "account_admin")];
    browser
        .post(&format!("{path}/permissions"), &admin)
        .await
        .expect(303);
    let permission = data(app, &format!("{path}/")).await["group_permissions"][0]["id"].to_string();
    let rule = [
        ("name", HOSTILE),
        ("type", "deny"),
        ("cidrs", "203.0.113.7/32"),
    ];
    browser.post("/ip-restrictions", &rule).await.expect(303);
    let rule = data(app, "/ip-restrictions/").await[0]["id"].to_string();
    let map = [("license_type", "analyst"), ("groups", HOSTILE)];
    browser.post("/licences/maps", &map).await.expect(303);
    let map = data(app, "/license-maps/").await[0]["id"].to_string();
    browser
        .post("/tokens", &[("name", HOSTILE)])
        .await
        .expect(200);
    let tokens = data(app, "/scim-config/tokens/").await;
    let token = tokens
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["name"] == HOSTILE);
    let token = token.unwrap()["id"].to_string();
    let invitation = data(app, "/invites/?status=pending").await;
    // Bob's, the newest, goes with him.
    let (invitation, email) = (&invitation[1]["id"], &invitation[1]["email_address"]);
    let webhook = [("url", "https://hooks.example/muster")];
    browser.post("/webhook", &webhook).await.expect(200);
    vec![
        Case::new(
            "/scim",
            &[("switch", "enabled"), ("on", "false")],
            "Disable SCIM",
            &["403"],
        ),
        Case::new(
            format!("/users/{bob}/activation"),
            &[("active", "false")],
            "Deactivate user",
            &["bob@acme.test", ESCAPED],
        ),
        Case::new(
            format!("/users/{bob}/delete"),
            &[],
            "Delete user",
            &["bob@acme.test", ESCAPED],
        ),
        Case::new(
            format!("{path}/members/remove"),
            &[("member_id", &ann)],
            "Remove member",
            &[ESCAPED, "account_admin", "administer"],
        ),
        Case::new(
            format!("{path}/permissions/remove"),
            &[("permission_id", &permission)],
            "Remove permission set",
            &[ESCAPED, "account_admin", "administer"],
        ),
        Case::new(
            format!("{path}/delete"),
            &[],
            "Delete group",
            &[ESCAPED, "account_admin"],
        ),
        Case::new(
            format!("/ip-restrictions/{rule}/delete"),
            &[],
            "Delete IP rule",
            &[ESCAPED, "203.0.113.7/32"],
        ),
        Case::new(
            format!("/licences/maps/{map}/delete"),
            &[],
            "Delete licence map",
            &[ESCAPED, "analyst"],
        ),
        Case::new(
            format!("/tokens/{token}/delete"),
            &[],
            "Delete SCIM token",
            &[ESCAPED],
        ),
        Case::new(
            format!("/invitations/{invitation}/revoke"),
            &[],
            "Revoke invitation",
            &[email.as_str().unwrap()],
        ),
        Case::new(
            "/webhook",
            &[("url", "")],
            "Remove webhook",
            &["https://hooks.example/muster"],
        ),
        Case::new(
            "/webhook/secret",
            &[],
            "Roll webhook secret",
            &["https://hooks.example/muster"],
        ),
        Case::new(
            "/webhook/dead-deliveries/forget",
            &[],
            "Forget all that was given up",
            &["forget all"],
        ),
    ]
}

#[tokio::test]
async fn what_cuts_deep_is_asked_about_first() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let browser = Browser::sign_in(&app).await;
    let cases = cases(&app, &browser).await;
    let entries = async || data(&app, "/audit-logs/?limit=100").await;
    let before = entries().await;
    for case in &cases {
        let fields: Vec<_> = case
            .fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let page = browser.post(&case.path, &fields).await.expect(200);
        let mut page = page.says(&format!("<h1>{}</h1>", case.title)).lacks(HARM);
        for name in &case.names {
            page = page.says(name);
        }
        // It leads back to the form, with all that was said, and a no leads away.
        let form = page.between(&format!("action=\"/console{}\">", case.path), "</form>");
        assert!(
            form.contains("name=\"csrf\"") && form.contains("class=\"danger\""),
            "{form}"
        );
        assert!(form.contains("name=\"confirmed\" value=\"true\""), "{form}");
        assert!(form.contains(">Cancel</a>"), "{form}");
        for (name, value) in &case.fields {
            assert!(
                form.contains(&format!("name=\"{name}\" value=\"{value}\"")),
                "{form}"
            );
        }
    }
    assert_eq!(entries().await, before, "a question changes nothing");
    // Whoever says yes gets it. SCIM goes last, the user after being deactivated.
    let (first, rest) = cases.split_first().unwrap();
    for case in rest.iter().chain([first]) {
        let typed = match case.title {
            "Delete group" => continue,
            "Forget all that was given up" => "forget all",
            _ => "",
        };
        let fields = case.fields.iter().map(|(name, value)| (*name, &**value));
        let fields: Vec<_> = fields.chain([("typed", typed)]).collect();
        let page = browser.confirm(&case.path, &fields).await;
        let is_secret = case.title == "Roll webhook secret";
        // The webhook was removed before.
        assert_eq!(
            page.status,
            if is_secret { 400 } else { 303 },
            "{}: {}",
            case.path,
            page.text
        );
    }
}

/// A group that allows something goes only when its name is typed.
#[tokio::test]
async fn a_group_with_permission_sets_is_named() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let browser = Browser::sign_in(&app).await;
    let group = app.scim.create_group("Data & Co", &[]).await;
    let path = format!("/groups/{group}");
    let admin = [("permission_set", "account_admin")];
    browser
        .post(&format!("{path}/permissions"), &admin)
        .await
        .expect(303);
    let delete = format!("{path}/delete");
    let page = browser.get(&delete).await.expect(200);
    page.says("account_admin (all projects)")
        .says("Data &#38; Co</em> to go on");
    for typed in ["", "data & co", "Data"] {
        let page = browser
            .confirm(&delete, &[("typed", typed)])
            .await
            .expect(400);
        page.says("role=\"alert\"").says("<h1>Delete group</h1>");
    }
    app.scim
        .get(&path.replace("groups", "Groups"))
        .await
        .expect(200);
    let page = browser.confirm(&delete, &[("typed", "Data & Co")]).await;
    assert_eq!(page.leads(), "/groups?done=deleted");
    let plain = app.scim.create_group("Plain", &[]).await;
    let delete = format!("/groups/{plain}/delete");
    browser
        .get(&delete)
        .await
        .expect(200)
        .lacks("name=\"typed\"");
    assert_eq!(
        browser.confirm(&delete, &[]).await.leads(),
        "/groups?done=deleted"
    );
    let gone = app.scim.get(&format!("/Groups/{plain}")).await;
    assert_eq!(gone.expect(404).body["status"], json!("404"));
}
