//! Every page, with names that mean harm, and what the pages of the account do.

use serde_json::json;

use super::{Browser, HARM, HOSTILE, user};
use crate::harness::App;

/// Every page shows, and a name is never more than a text.
#[tokio::test]
async fn pages_show_hostile_names_as_text() {
    let app = App::start().await;
    let id = user(&app, "ann@acme.test").await;
    let group = app.scim.create_group(HOSTILE, &[&id]).await;
    let browser = Browser::sign_in(&app).await;
    browser
        .post("/tokens", &[("name", HOSTILE)])
        .await
        .expect(200)
        .lacks(HARM);
    let rule = [
        ("name", HOSTILE),
        ("type", "deny"),
        ("cidrs", "203.0.113.7/32"),
        ("description", HOSTILE),
    ];
    browser.post("/ip-restrictions", &rule).await.expect(303);
    let map = [("license_type", "analyst"), ("groups", HOSTILE)];
    browser.post("/licences/maps", &map).await.expect(303);
    let settings = [("sso_mapping_groups", HOSTILE)];
    browser
        .post(&format!("/groups/{group}/settings"), &settings)
        .await
        .expect(303);

    let escaped = "&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;";
    for (path, names_it) in [
        ("/scim".to_owned(), false),
        ("/scim/manual-updates".to_owned(), false),
        ("/tokens".to_owned(), true),
        ("/users".to_owned(), true),
        (format!("/users/{id}"), true),
        (format!("/users/{id}/delete"), true),
        ("/groups".to_owned(), true),
        (format!("/groups/{group}"), true),
        (format!("/groups/{group}/delete"), true),
        ("/invitations".to_owned(), true),
        ("/licences".to_owned(), true),
        ("/ip-restrictions".to_owned(), true),
        ("/webhook".to_owned(), false),
        ("/audit-log".to_owned(), true),
    ] {
        let page = browser.get(&path).await.expect(200).lacks(HARM);
        assert_eq!(
            page.text.contains(escaped),
            names_it,
            "{path}: {}",
            page.text
        );
        assert!(page.text.contains("aria-current=\"page\""), "{path}");
        assert_eq!(page.text.matches("<h1>").count(), 1, "{path}");
    }
    for path in ["/users", "/tokens", "/groups", "/invitations", "/audit-log"] {
        let names = ["search", "state", "actor", "resource", "event_type"];
        let query: Vec<_> = names
            .map(|name| format!("{name}=%22%3E{}", "%3Cscript%3Ealert(1)"))
            .into();
        let page = browser.get(&format!("{path}?{}", query.join("&"))).await;
        page.expect(200).lacks(HARM);
    }
}

/// Lists are read page by page; what was searched stays.
#[tokio::test]
async fn lists_have_pages() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for number in 0..53 {
        ids.push(
            app.scim
                .create_user(&format!("person{number:02}@acme.test"))
                .await,
        );
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let group = app.scim.create_group("All", &ids).await;
    let browser = Browser::sign_in(&app).await;
    for path in [
        "/users?search=person".to_owned(),
        format!("/groups/{group}"),
    ] {
        let first = browser
            .get(&path)
            .await
            .expect(200)
            .says("1–50 of 53")
            .lacks("rel=\"prev\"");
        let next = first.between("<a href=\"/console", "\" rel=\"next\"");
        let next = next
            .rsplit_once("<a href=\"/console")
            .map_or(next, |(_, next)| next);
        let second = browser.get(&next.replace("&#38;", "&")).await.expect(200);
        second
            .says("51–53 of 53")
            .lacks("rel=\"next\"")
            .says("rel=\"prev\"");
    }
    browser
        .get("/users?search=person07")
        .await
        .says("1–1 of 1")
        .says("person07@acme.test");
}

/// Rule 15: the log says who did what in the console; filters, pages, and the same as CSV.
#[tokio::test]
async fn the_audit_log() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    browser
        .post("/scim/options", &[("strict", "true")])
        .await
        .expect(303);
    for number in 0..52 {
        app.scim.create_user(&format!("person{number}")).await;
    }
    let page = browser
        .get("/audit-log")
        .await
        .expect(200)
        .says("User created");
    let older = page
        .between("<a href=\"?", "\" rel=\"next\"")
        .replace("&#38;", "&");
    let page = browser
        .get(&format!("/audit-log?{older}"))
        .await
        .expect(200);
    page.says("Account options changed").says("Newest");
    let page = browser
        .get("/audit-log?event_type=account_options.changed")
        .await
        .expect(200);
    let page = page.says("strict").lacks("<th scope=\"row\">User created");
    let export = page.between("href=\"/console", "\">Export CSV");
    let export = export
        .rsplit_once("href=\"/console")
        .unwrap()
        .1
        .replace("&#38;", "&");
    let csv = browser.get(&export).await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 2, "{}", csv.text);
    assert!(lines[1].contains("account_options.changed"));
    browser
        .get("/audit-log?logged_at_end=2001-01-01")
        .await
        .expect(200)
        .says("Nothing.");
    browser
        .get("/audit-log?logged_at_start=yesterday")
        .await
        .expect(400)
        .says("role=\"alert\"");
    browser
        .get("/audit-log?cursor=x")
        .await
        .expect(400)
        .says("role=\"alert\"");
}

/// Rule 15: the log names whom it is about, who joined and who left, also once they are deleted; what is gone has
/// no link.
#[tokio::test]
async fn the_audit_log_names_the_deleted() {
    let app = App::start().await;
    let ann = user(&app, "ann@acme.test").await;
    let bo = user(&app, "bo@acme.test").await;
    let group = app.scim.create_group("Cooks", &[&ann, &bo]).await;
    app.scim.delete(&format!("/Users/{ann}")).await.expect(204);
    let browser = Browser::sign_in(&app).await;
    let log = browser.get("/audit-log").await.expect(200);
    log.says("ann@acme.test").says("Cooks").says("Joined: ");
    let log = browser.get("/audit-log").await.expect(200);
    log.says("Left: ").says("(deleted)");
    let log = browser.get("/audit-log").await.expect(200);
    log.says(&format!("/users/{bo}\""))
        .says(&format!("/groups/{group}\""))
        .lacks(&format!("/users/{ann}\""));
    let found = browser
        .get("/audit-log?name=ANN%40acme.test&event_type=user.deleted")
        .await
        .expect(200);
    found.says("ann@acme.test").lacks("bo@acme.test");
    let none = browser.get("/audit-log?name=nobody").await.expect(200);
    none.says("Nothing.");
}

/// Seats, licence maps, IP rules and the webhook.
#[tokio::test]
async fn the_account() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    browser
        .post("/licences/seats/analyst", &[("total", "3")])
        .await
        .expect(303);
    let seats = app.admin().get("/licenses/").await.expect(200).body;
    assert_eq!(seats["data"]["analyst"]["total"], json!(3));
    for total in ["many", "-1"] {
        let page = browser
            .post("/licences/seats/analyst", &[("total", total)])
            .await;
        page.expect(400).says("role=\"alert\"");
    }
    browser
        .post("/licences/seats/analyst", &[("total", "")])
        .await
        .expect(303);
    let seats = app.admin().get("/licenses/").await.expect(200).body;
    assert_eq!(seats["data"]["analyst"]["total"], json!(null));

    let map = [("license_type", "it"), ("groups", "Admins\r\nOps, all")];
    browser.post("/licences/maps", &map).await.expect(303);
    let maps = app.admin().get("/license-maps/").await.expect(200).body;
    assert_eq!(
        maps["data"][0]["sso_license_mapping_groups"],
        json!(["Admins", "Ops, all"])
    );
    let one = format!("/licences/maps/{}", maps["data"][0]["id"]);
    browser
        .post(&one, &[("license_type", "analyst"), ("groups", "Ops")])
        .await
        .expect(303);
    let maps = app.admin().get("/license-maps/").await.expect(200).body;
    assert_eq!(maps["data"][0]["license_type"], json!("analyst"));
    browser
        .confirm(&format!("{one}/delete"), &[])
        .await
        .expect(303);
    browser
        .confirm(&format!("{one}/delete"), &[])
        .await
        .expect(404);

    let rule = [
        ("name", "Office"),
        ("type", "allow"),
        ("cidrs", "203.0.113.0/24\r\n2001:db8::/32"),
    ];
    browser.post("/ip-restrictions", &rule).await.expect(303);
    let rules = app.admin().get("/ip-restrictions/").await.expect(200).body;
    let one = format!("/ip-restrictions/{}", rules["data"][0]["id"]);
    browser
        .get(&one)
        .await
        .expect(200)
        .says("203.0.113.0/24\n2001:db8::/32");
    let rule = [
        ("name", "Home"),
        ("type", "allow"),
        ("cidrs", "127.0.0.0/8, ::1/128"),
    ];
    browser.post(&one, &rule).await.expect(303);
    let bad = [("name", "Home"), ("type", "allow"), ("cidrs", "everywhere")];
    browser
        .post(&one, &bad)
        .await
        .expect(400)
        .says("role=\"alert\"");
    browser
        .post("/ip-restrictions/switch", &[("on", "true")])
        .await
        .expect(303);
    browser
        .get("/ip-restrictions")
        .await
        .expect(200)
        .says("127.0.0.0/8")
        .says("Home");
    browser
        .post("/ip-restrictions/switch", &[("on", "false")])
        .await
        .expect(303);
    browser
        .confirm(&format!("{one}/delete"), &[])
        .await
        .expect(303);
    browser
        .get("/ip-restrictions")
        .await
        .expect(200)
        .lacks("Home");

    let url = "https://hooks.example/muster";
    let page = browser
        .post("/webhook", &[("url", url)])
        .await
        .expect(200)
        .says(url);
    let secret = page
        .between(r#"<input id="secret" readonly value=""#, "\"")
        .to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    browser
        .get("/webhook")
        .await
        .expect(200)
        .says(url)
        .lacks(&secret)
        .says("Nothing");
    browser
        .post("/webhook", &[("url", "ftp://x")])
        .await
        .expect(400)
        .says("role=\"alert\"");
    assert_eq!(
        browser.confirm("/webhook", &[("url", "")]).await.leads(),
        "/webhook?done=webhook-removed"
    );
    browser.get("/webhook").await.expect(200).lacks(url);
}
