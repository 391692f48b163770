//! Signing in and out, and what guards a session.

use proto::{
    settings::v1::{Account, Plan},
    token::v1::{
        CreateTokenRequest, DeleteTokenRequest, ListTokensRequest, TokenKind,
        token_service_client::TokenServiceClient,
    },
};
use reqwest::{
    Method,
    header::{COOKIE, ORIGIN},
};
use serde_json::json;

use super::Browser;
use crate::harness::{App, actor, required};

/// Rule 12: an admin token opens the console, a SCIM token does not; what the browser keeps is not the token.
#[tokio::test]
async fn signing_in_and_out() {
    let app = App::start().await;
    let browser = Browser::new();
    for path in ["", "/", "/scim", "/users/1"] {
        assert_eq!(browser.get(path).await.leads(), "/sign-in", "{path}");
    }
    browser
        .get("/sign-in")
        .await
        .expect(200)
        .says("Admin token");
    let token = &app.admin().token;
    for (account_id, token) in [
        (app.id(), "wrong"),
        (app.id(), ""),
        (app.id(), &*app.scim.token),
        (app.id() + 1, &**token),
        (0, &**token),
    ] {
        let refused = browser.try_sign_in(account_id, token).await.expect(401);
        refused.says("This is not an admin token of that account.");
    }
    let page = browser.try_sign_in(app.id(), token).await;
    assert_eq!(page.leads(), "/scim");
    let cookie = page.header("set-cookie");
    let (value, flags) = cookie.split_once(';').unwrap();
    assert_eq!(flags, " Path=/; Max-Age=28800; HttpOnly; SameSite=Strict");
    assert!(!value.contains(&**token));

    let browser = Browser::sign_in(&app).await;
    assert_eq!(browser.get("").await.leads(), "/scim");
    let page = browser.post("/sign-out", &[]).await;
    assert_eq!(page.leads(), "/sign-in");
    assert!(page.header("set-cookie").contains("Max-Age=0"));
}

/// A form needs the token of its session and must come from this site; nothing is changed otherwise.
#[tokio::test]
async fn forms_of_other_sites_change_nothing() {
    let app = App::start().await;
    let (browser, other) = (Browser::sign_in(&app).await, Browser::sign_in(&app).await);
    let fields = [
        ("switch", "enabled"),
        ("on", "false"),
        ("confirmed", "true"),
    ];
    let with = |csrf: &'static str| [fields.as_slice(), &[("csrf", csrf)]].concat();
    browser
        .send(browser.form("/scim", &fields))
        .await
        .expect(403);
    browser
        .send(browser.form("/scim", &with("")))
        .await
        .expect(403);
    let theirs = [fields.as_slice(), &[("csrf", &*other.csrf)]].concat();
    browser
        .send(browser.form("/scim", &theirs))
        .await
        .expect(403);
    let ours = [fields.as_slice(), &[("csrf", &*browser.csrf)]].concat();
    for origin in ["https://evil.example", "null"] {
        let request = browser.request(Method::POST, "/scim");
        let form = reqwest::Url::parse_with_params("http://form", &ours).unwrap();
        let request = request
            .header(ORIGIN, origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap().to_owned());
        browser.send(request).await.expect(403).says("another site");
    }
    let config = app.admin().get("/scim-config/").await.expect(200);
    assert_eq!(config.body["data"]["enabled"], json!(true));
    assert_eq!(
        browser.send(browser.form("/scim", &ours)).await.leads(),
        "/scim?done=off"
    );
}

/// Deletes the admin tokens of the account.
async fn delete_admin_tokens(app: &App) {
    let client = TokenServiceClient::connect(required("TOKEN_URL")).await;
    let mut client = client.expect("token service");
    let list = ListTokensRequest {
        account_id: app.id(),
        kind: TokenKind::Admin.into(),
        ..Default::default()
    };
    let found = client.list_tokens(list).await.expect("tokens");
    for token in found.into_inner().tokens {
        let delete = DeleteTokenRequest {
            account_id: app.id(),
            id: token.id,
            kind: TokenKind::Admin.into(),
            actor: actor(),
            confirm: true,
        };
        client.delete_token(delete).await.expect("deleted");
    }
}

/// A deleted token ends the session at the next click, of pages and of forms.
#[tokio::test]
async fn a_deleted_token_ends_the_session() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    browser.get("/users").await.expect(200);
    delete_admin_tokens(&app).await;
    let page = browser.get("/users").await;
    assert_eq!(page.leads(), "/sign-in");
    assert!(page.header("set-cookie").contains("Max-Age=0"));
    let page = browser.post("/tokens", &[("name", "late")]).await;
    assert_eq!(page.leads(), "/sign-in");
}

/// A token that may read only opens the pages, and none of the forms but that to leave.
#[tokio::test]
async fn a_token_that_reads_changes_nothing() {
    let app = App::start().await;
    let client = TokenServiceClient::connect(required("TOKEN_URL")).await;
    let create = CreateTokenRequest {
        account_id: app.id(),
        kind: TokenKind::Admin.into(),
        name: "auditor".to_owned(),
        read_only: true,
        actor: actor(),
        ..Default::default()
    };
    let created = client.expect("token service").create_token(create).await;
    let secret = created.expect("a token").into_inner().secret;
    let browser = Browser::sign_in_with(app.id(), &secret).await;
    browser
        .get("/users")
        .await
        .expect(200)
        .says("may read, not write");
    let page = browser.post("/tokens", &[("name", "late")]).await;
    page.expect(403).says("The token may read, not write.");
    browser.get("/tokens").await.expect(200).lacks("late");
    assert_eq!(browser.post("/sign-out", &[]).await.leads(), "/sign-in");
}

/// Rule 14: an address that is kept out gets no further with a session than without.
#[tokio::test]
async fn ip_rules_hold_for_the_console() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let rule = json!({"name": "nobody", "type": 2, "cidrs": ["0.0.0.0/0", "::/0"], "rule_set_enabled": true, "confirm": true});
    app.admin()
        .post("/ip-restrictions/", &rule)
        .await
        .expect(200);
    for page in [
        browser.get("/users").await,
        browser.post("/tokens", &[("name", "late")]).await,
        browser.try_sign_in(app.id(), &app.admin().token).await,
        browser.try_sign_in(app.id(), "wrong").await,
    ] {
        assert!(page.header("content-type").starts_with("text/html"));
        page.expect(403).says("/console/sign-out");
    }
    // Out, from wherever.
    assert_eq!(browser.post("/sign-out", &[]).await.leads(), "/sign-in");
}

/// A sign-out ends the session for good, on every gateway: what the browser kept opens nothing, and another session
/// of the token goes on.
#[tokio::test]
async fn a_cookie_kept_after_the_sign_out_opens_nothing() {
    let app = App::start().await;
    let (browser, other) = (Browser::sign_in(&app).await, Browser::sign_in(&app).await);
    browser.get("/users").await.expect(200);
    assert_eq!(browser.post("/sign-out", &[]).await.leads(), "/sign-in");
    for _ in 0..2 {
        let page = browser.get("/users").await;
        assert_eq!(page.leads(), "/sign-in");
        assert!(page.header("set-cookie").contains("Max-Age=0"));
    }
    let late = browser.post("/tokens", &[("name", "late")]).await;
    assert_eq!(late.leads(), "/sign-in");
    other.get("/tokens").await.expect(200).lacks("late");
    // Once more is no fault.
    assert_eq!(browser.post("/sign-out", &[]).await.leads(), "/sign-in");
    let log = other.get("/audit-log").await.expect(200);
    log.says("Console session created")
        .says("Console session ended");
}

/// Sign out everywhere, this session included.
#[tokio::test]
async fn all_sessions_of_a_token_end_at_once() {
    let app = App::start().await;
    let (one, two) = (Browser::sign_in(&app).await, Browser::sign_in(&app).await);
    let id = admin_token(&app).await;
    let path = format!("/admin-tokens/{id}/end-sessions");
    assert_eq!(
        one.post(&path, &[]).await.leads(),
        "/admin-tokens?done=sessions-ended"
    );
    for browser in [&one, &two] {
        assert_eq!(browser.get("/users").await.leads(), "/sign-in");
    }
    app.admin().get("/users/").await.expect(200);
}

/// The number of the account's admin token, which is the one in use.
async fn admin_token(app: &App) -> i64 {
    let list = app.admin().get("/admin-tokens/").await.expect(200).body;
    assert_eq!(list["data"][0]["is_current"], json!(true));
    list["data"][0]["id"].as_i64().unwrap()
}

/// Admin tokens are listed and deleted; the last one asks once more, and takes the session with it.
#[tokio::test]
async fn admin_tokens_are_deleted() {
    let app = App::start().await;
    let other = json!({"name": "terraform"});
    let other = app
        .admin()
        .post("/admin-tokens/", &other)
        .await
        .expect(200)
        .body;
    let (own, other) = (admin_token(&app).await, &other["data"]["id"]);
    let browser = Browser::sign_in(&app).await;
    browser
        .get("/admin-tokens")
        .await
        .expect(200)
        .says("In use here")
        .says("terraform");
    let delete = |id: String| format!("/admin-tokens/{id}/delete");
    let (own, other) = (delete(own.to_string()), delete(other.to_string()));
    browser
        .get(&other)
        .await
        .expect(200)
        .says("terraform")
        .lacks("the token of your session");
    let page = browser.post(&other, &[]).await;
    assert_eq!(page.leads(), "/admin-tokens?done=deleted");
    browser.get(&other).await.expect(404);
    browser
        .get(&own)
        .await
        .expect(200)
        .says("the token of your session");
    browser
        .post(&own, &[])
        .await
        .expect(200)
        .says("No other admin token");
    browser.get("/admin-tokens").await.expect(200);
    let page = browser.post(&own, &[("confirmed", "true")]).await;
    assert_eq!(page.leads(), "/admin-tokens?done=deleted");
    assert_eq!(browser.get("/admin-tokens").await.leads(), "/sign-in");
    app.admin().get("/users/").await.expect(401);
}

/// Rule 14: the page asks before rules that keep this very browser out, and names its address.
#[tokio::test]
async fn rules_that_keep_the_browser_out_are_asked_about() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let deny = [
        ("name", "nobody \"here\""),
        ("type", "deny"),
        ("cidrs", "127.0.0.0/8, ::1/128"),
        ("description", "<b>"),
    ];
    browser.post("/ip-restrictions", &deny).await.expect(303);
    let (path, on) = ("/ip-restrictions/switch", ("on", "true"));
    browser
        .post(path, &[on])
        .await
        .expect(200)
        .says("<code>127.0.0.1</code>")
        .says("name=\"on\" value=\"true\"");
    let set = app.admin().get("/ip-restrictions-set/").await.expect(200);
    assert_eq!(set.body["data"]["enabled"], json!(false));

    // A rule is asked about with all its fields, which the page sends once more.
    let rules = app.admin().get("/ip-restrictions/").await.expect(200).body;
    let one = format!("/ip-restrictions/{}", rules["data"][0]["id"]);
    let allow = [
        ("type", "allow"),
        ("name", "here"),
        ("cidrs", "127.0.0.0/8"),
    ];
    browser.post(&one, &allow).await.expect(303);
    browser.post(path, &[on]).await.expect(303);
    let page = browser.post(&one, &deny).await.expect(200);
    let page = page
        .says("action=\"/console/ip-restrictions/")
        .says("value=\"nobody &#34;here&#34;\"")
        .says("value=\"&#60;b&#62;\"")
        .says("value=\"127.0.0.0/8\n::1/128\"")
        .says("name=\"confirmed\" value=\"true\"");
    page.lacks("<b>");
    browser.post("/ip-restrictions", &deny).await.expect(200);
    let elsewhere = [
        ("type", "allow"),
        ("name", "there"),
        ("cidrs", "192.0.2.0/24"),
    ];
    browser
        .post("/ip-restrictions", &elsewhere)
        .await
        .expect(303);
    let delete = format!("{one}/delete");
    browser.post(&delete, &[]).await.expect(200);
    browser.get("/ip-restrictions").await.expect(200);
    // That the rule goes is one question, that its author is shut out by that another.
    let confirmed = ("confirmed", "true");
    browser
        .post(&delete, &[confirmed])
        .await
        .expect(200)
        .says("name=\"shuts_out\"");
    browser.get("/ip-restrictions").await.expect(200);
    let both = [confirmed, ("shuts_out", "true")];
    let page = browser.post(&delete, &both).await;
    assert_eq!(page.leads(), "/ip-restrictions?done=deleted");
    browser
        .get("/ip-restrictions")
        .await
        .expect(403)
        .says("Sign out");
}

/// What the browser is told not to do, on pages, redirects, assets and faults.
#[tokio::test]
async fn headers_of_protection() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let page = browser.get("/scim").await.expect(200);
    let css = page.between("/console/assets/", "\"").to_owned();
    for path in [
        "/sign-in",
        "/scim",
        "",
        "/nothing",
        "/assets/x.css",
        &format!("/assets/{css}"),
    ] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"));
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        let kept = path.ends_with(&*css) && page.status == 200;
        let expected = if kept {
            "public, max-age=31536000, immutable"
        } else {
            "no-store"
        };
        assert_eq!(page.header("cache-control"), expected, "{path}");
        // No style and no script but those of files.
        for inline in ["<style", " style=", "<script>", " onclick="] {
            assert!(!page.text.contains(inline), "{path}: {inline}");
        }
    }
}

/// Rule 2: an account whose plan has no SCIM is told so, before and after.
#[tokio::test]
async fn an_account_without_the_plan() {
    let team = Account {
        plan: Plan::Team.into(),
        ..Default::default()
    };
    let app = App::with(team).await;
    let browser = Browser::sign_in(&app).await;
    let page = browser.get("/scim").await.expect(200);
    page.says("SCIM needs an enterprise plan")
        .says("disabled>Enable SCIM");
    let page = browser
        .post("/scim", &[("switch", "enabled"), ("on", "true")])
        .await;
    page.expect(403).says("role=\"alert\"").says("plan");
}

/// What belongs to another account is not there.
#[tokio::test]
async fn ids_of_other_accounts_are_not_there() {
    let (app, other) = (App::start().await, App::start().await);
    let user = other.scim.create_user("other@acme.test").await;
    let group = other.scim.create_group("Others", &[&user]).await;
    let token = other
        .admin()
        .post("/scim-config/tokens/", &json!({"name": "other"}))
        .await;
    let token = token.expect(200).body["data"]["id"].to_string();
    let browser = Browser::sign_in(&app).await;
    for path in [
        format!("/users/{user}"),
        format!("/users/{user}/delete"),
        format!("/groups/{group}"),
        format!("/groups/{group}/delete"),
        format!("/tokens/{token}/delete"),
        format!("/admin-tokens/{token}/delete"),
        "/users/x".to_owned(),
        "/tokens/x/delete".to_owned(),
        "/ip-restrictions/1".to_owned(),
    ] {
        browser.get(&path).await.expect(404);
    }
    for path in [
        format!("/users/{user}"),
        format!("/users/{user}/activation"),
        format!("/users/{user}/delete"),
        format!("/groups/{group}"),
        format!("/groups/{group}/settings"),
        format!("/groups/{group}/members"),
        format!("/groups/{group}/members/remove"),
        format!("/groups/{group}/permissions"),
        format!("/groups/{group}/delete"),
        format!("/tokens/{token}/delete"),
        format!("/admin-tokens/{token}/delete"),
        format!("/admin-tokens/{token}/end-sessions"),
        "/invitations/1/revoke".to_owned(),
        "/licences/maps/999999999/delete".to_owned(),
    ] {
        let fields = [
            ("name", "x"),
            ("first_name", "x"),
            ("user", "x"),
            ("member_id", &*user),
            ("permission_set", "member"),
            ("active", "false"),
        ];
        let page = browser.post(&path, &fields).await;
        assert!(matches!(page.status, 404 | 400), "{path}: {}", page.status);
    }
    other.scim.get(&format!("/Users/{user}")).await.expect(200);
    assert_eq!(other.scim.members(&group).await, [user]);
    // A session is of one account, whatever its cookie is sent along with.
    let request = browser.request(Method::GET, "/users").header(COOKIE, "x=y");
    browser
        .send(request)
        .await
        .expect(200)
        .lacks("other@acme.test");
}
