//! CORS (R-HTTP-15).

use axum::{body::Body, extract::Request};
use http::{HeaderValue, header};

use super::{
    app::{Answer, App},
    stub::{ON, SECRET},
};

const ORIGIN: &str = "https://validator.example.test";

async fn start(origins: &'static [&'static str]) -> App {
    let origins = origins.iter().copied().map(HeaderValue::from_static);
    App::start_with(|config| config.cors_allowed_origins = origins.collect()).await
}

/// What a browser asks before it sends a PATCH with a token.
async fn preflight(app: &App, path: &str, origin: &str) -> Answer {
    let request = Request::options(path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "PATCH")
        .header("Access-Control-Request-Headers", "authorization,if-match");
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn read(app: &App, path: &str, origin: &str, token: &str) -> Answer {
    let request = Request::get(path)
        .header("Origin", origin)
        .header("Authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap()).await
}

fn paths() -> [String; 3] {
    [
        format!("/api/v3/accounts/{ON}/scim/v2/Users"),
        format!("/api/v3/accounts/{ON}/scim/Users"),
        format!("/api/v3/accounts/{ON}/licenses/"),
    ]
}

#[tokio::test]
async fn by_default_no_other_origin_may_call() {
    let app = App::start().await;
    for path in paths() {
        let asked = preflight(&app, &path, ORIGIN).await;
        let answer = read(&app, &path, ORIGIN, SECRET).await;
        assert_eq!((asked.status, answer.status), (204, 200));
        for answer in [asked, answer] {
            assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
        }
    }
}

#[tokio::test]
async fn an_origin_that_is_named_may_call() {
    let app = start(&[ORIGIN, "https://other.example.test"]).await;
    for path in paths() {
        let asked = preflight(&app, &path, ORIGIN).await;
        assert_eq!(asked.status, 200, "without a token");
        assert_eq!(asked.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), ORIGIN);
        let methods = asked.header(header::ACCESS_CONTROL_ALLOW_METHODS);
        assert!(methods.contains("PATCH"), "{methods}");
        let headers = asked.header(header::ACCESS_CONTROL_ALLOW_HEADERS);
        assert_eq!(headers, "authorization,if-match");

        for (token, status) in [(SECRET, 200), ("wrong", 401)] {
            let answer = read(&app, &path, ORIGIN, token).await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), ORIGIN);
            let shown = answer.header(header::ACCESS_CONTROL_EXPOSE_HEADERS);
            for name in [
                "etag",
                "location",
                "content-location",
                "retry-after",
                "x-request-id",
            ] {
                let mut all = shown.split(',');
                assert!(all.any(|it| it == name), "{name} {shown}");
            }
            // A browser sends no cookie and no certificate along.
            let credentials = header::ACCESS_CONTROL_ALLOW_CREDENTIALS;
            assert_eq!(answer.header(credentials), "");
        }
        let stranger = read(&app, &path, "https://evil.example.test", SECRET).await;
        assert_eq!(stranger.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
    }
    let other = preflight(&app, "/livez", ORIGIN).await;
    assert_eq!(other.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
}

#[tokio::test]
async fn every_origin_may_call_where_the_operator_says_so() {
    let app = start(&["*"]).await;
    let [path, ..] = paths();
    let asked = preflight(&app, &path, ORIGIN).await;
    assert_eq!(asked.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    // Without a question about a method OPTIONS means what it meant.
    let request = Request::options(&path).header("Origin", ORIGIN);
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status, answer.header(header::ALLOW)),
        (204, "GET,HEAD,POST")
    );
}
