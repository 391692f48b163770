//! The process as a whole: health, load, panics.

use axum::{body::Body, extract::Request};
use http::{Method, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::{
    app::App,
    stub::{ON, SECRET},
};

#[tokio::test]
async fn health() {
    let app = App::start().await;
    assert_eq!(app.get("/livez", None).await.status, 200);
    assert_eq!(app.get("/readyz", None).await.status, 200);
    let away = App::with_services("http://127.0.0.1:9");
    assert_eq!(away.get("/livez", None).await.status, 200);
    assert_eq!(away.get("/readyz", None).await.status, 503);
}

#[tokio::test]
async fn load_is_shed_but_probes_are_answered() {
    let app = App::start().await;
    let slots = app.0.slots.acquire_many(1024).await.unwrap();
    let users = format!("/api/v3/accounts/{ON}/scim/v2/Users");
    let answer = app.get(&users, Some(SECRET)).await;
    answer.is_scim_error(503);
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
    assert_eq!(app.get("/livez", None).await.status, 200);
    drop(slots);
    assert_eq!(app.get(&users, Some(SECRET)).await.status, 200);
}

/// R-ERR-04, R-ERR-05, R-ERR-06.
#[tokio::test]
async fn a_panic_costs_one_request_and_says_nothing() {
    use crate::middleware::{catch_panic, observe, render};
    use axum::{
        Router,
        middleware::{from_fn, from_fn_with_state},
        routing::get,
    };

    let gateway = App::with_services("http://127.0.0.1:9").0;
    async fn fail() -> StatusCode {
        panic!("a secret")
    }
    let router = Router::new()
        .route("/api/v3/accounts/1/scim/v2/Users", get(fail))
        .layer(from_fn(catch_panic))
        .layer(from_fn_with_state(gateway.clone(), render))
        .layer(from_fn_with_state(gateway, observe));
    let request = Request::builder()
        .method(Method::GET)
        .uri("/api/v3/accounts/1/scim/v2/Users");
    let response = router
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 500);
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(&id) && !text.contains("secret"), "{text}");
}
