//! The console in front of stubs; `tests/console.rs` has it in front of the services.

use std::sync::atomic::Ordering;

use axum::{body::Body, extract::Request};
use http::header;

use super::routes::{OPEN, routes};
use crate::router::tests::{
    app::{Answer, App, PUBLIC_URL},
    stub::{ID, ON, SECRET},
};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(app: &App, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("Content-Type", FORM);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

async fn sign_in(app: &App) -> Answer {
    let form = format!("account_id={ON}&token={SECRET}");
    send(
        app,
        "POST",
        "/console/sign-in",
        &[("Origin", PUBLIC_URL)],
        &form,
    )
    .await
}

/// R-AUTH-12: without a session every page leads to the sign-in page, and nothing is done.
#[tokio::test]
async fn every_page_needs_a_session() {
    let app = App::start().await;
    let mut led = 0;
    for (path, _) in routes() {
        if OPEN.contains(&&*path) {
            continue;
        }
        let path = path.replace("{id}", ID);
        for method in ["GET", "POST"] {
            for cookie in [None, Some("__Host-muster-console=AAAA; a=b")] {
                let cookie: Vec<_> = cookie
                    .map(|cookie| ("Cookie", cookie))
                    .into_iter()
                    .collect();
                let answer = send(&app, method, &path, &cookie, "").await;
                if answer.status == 405 {
                    continue;
                }
                assert_eq!(answer.status, 303, "{method} {path}");
                assert_eq!(answer.header(header::LOCATION), "/console/sign-in");
                led += 1;
            }
        }
    }
    assert!(led > 80, "{led}");
}

/// Over TLS the cookie is bound to the host, and no script sees it.
#[tokio::test]
async fn the_cookie_of_a_session() {
    let app = App::start().await;
    let answer = sign_in(&app).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let cookie = answer.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-muster-console="), "{cookie}");
    let flags = "; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure";
    assert!(cookie.ends_with(flags), "{cookie}");
    assert!(!cookie.contains(SECRET));
    let cookie = cookie.split(';').next().unwrap();
    let page = send(&app, "GET", "/console/scim", &[("Cookie", cookie)], "").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text
            .contains(&format!("{PUBLIC_URL}/api/v3/accounts/{ON}/scim/v2"))
    );
}

/// A form of another site is refused before anything is looked at.
#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = App::start().await;
    let form = format!("account_id={ON}&token={SECRET}");
    for (name, value, status) in [
        ("Origin", "https://evil.test", 403),
        ("Origin", "null", 403),
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "same-origin", 303),
        ("Origin", PUBLIC_URL, 303),
        ("Accept", "text/html", 303),
    ] {
        let answer = send(&app, "POST", "/console/sign-in", &[(name, value)], &form).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let json = [("Content-Type", "application/json")];
    let request = Request::post("/console/sign-in")
        .header(json[0].0, json[0].1)
        .body(Body::from("{}"));
    assert_eq!(app.send(request.unwrap()).await.status, 415);
}

/// R-SEC-04: who is not known yet does not get much memory.
#[tokio::test]
async fn the_forms_without_a_session_are_small() {
    let app = App::start().await;
    let origin = [("Origin", PUBLIC_URL)];
    let form = format!("account_id={ON}&token={}", "a".repeat(16 * 1024));
    for path in ["/console/sign-in", "/console/sign-out"] {
        let answer = send(&app, "POST", path, &origin, &form).await;
        assert_eq!(answer.status, 413, "{path}");
    }
}

/// Whatever goes wrong is a page too, with the same protection.
#[tokio::test]
async fn faults_are_pages() {
    let app = App::start().await;
    let away = App::with_services("http://127.0.0.1:9");
    let cookie = sign_in(&app).await;
    let cookie = cookie
        .header(header::SET_COOKIE)
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let cookie = [("Cookie", &*cookie)];
    for (answer, status) in [
        (
            send(&app, "GET", "/console/nothing", &cookie, "").await,
            404,
        ),
        (send(&app, "PUT", "/console/scim", &cookie, "").await, 405),
        (
            send(&app, "GET", "/console/assets/x.css", &cookie, "").await,
            404,
        ),
        (sign_in(&away).await, 503),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "text/html; charset=utf-8"
        );
        assert!(
            answer.text.starts_with("<!doctype html>"),
            "{}",
            answer.text
        );
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(answer.header(header::RETRY_AFTER).is_empty(), status != 503);
    }
}

/// What the browser keeps is good until the sign-out, and a page costs one look-up.
#[tokio::test]
async fn a_cookie_is_nothing_after_the_sign_out() {
    let app = App::start().await;
    let answer = sign_in(&app).await;
    let cookie = answer.header(header::SET_COOKIE).split(';').next();
    let cookie = [("Cookie", cookie.unwrap())];
    let before = app.1.load(Ordering::Relaxed);
    let page = send(&app, "GET", "/console/scim", &cookie, "").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(app.1.load(Ordering::Relaxed), before + 1);
    let leaving = [cookie[0], ("Origin", PUBLIC_URL)];
    let left = send(&app, "POST", "/console/sign-out", &leaving, "").await;
    assert_eq!(left.header(header::LOCATION), "/console/sign-in");
    for path in ["/console/scim", "/console/users", "/console"] {
        let page = send(&app, "GET", path, &cookie, "").await;
        assert_eq!(page.status, 303, "{path}");
        assert_eq!(page.header(header::LOCATION), "/console/sign-in");
        assert!(page.header(header::SET_COOKIE).contains("Max-Age=0"));
    }
}
