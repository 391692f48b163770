use std::time::Duration;

use axum::{Router, body::Body, extract::Request, middleware::from_fn, routing::get};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use super::{bound_time, normalise};
use crate::error::Fault;

/// R-HTTP-10.
#[test]
fn slashes_too_many_do_not_matter() {
    let table = [
        ("/v2/Users", "/v2/Users"),
        ("/v2/Users/", "/v2/Users"),
        ("/v2//Users", "/v2/Users"),
        ("//v2///Users//", "/v2/Users"),
        ("/v2/Users/?filter=a%2Fb//", "/v2/Users?filter=a%2Fb//"),
        ("/", "/"),
        ("//", "/"),
        (
            "https://example.test/v2/Users/",
            "https://example.test/v2/Users",
        ),
        ("*", "*"),
    ];
    for (uri, expected) in table {
        let request = Request::builder().uri(uri).body(()).unwrap();
        assert_eq!(normalise(request).uri().to_string(), expected, "{uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_ended() {
    let slow = || sleep(Duration::from_secs(3600));
    let router = Router::new()
        .route("/", get(slow))
        .layer(from_fn(bound_time));
    let started = Instant::now();
    let request = Request::new(Body::empty());
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.extensions().get(), Some(&Fault::timed_out()));
    assert_eq!(started.elapsed().as_secs(), 30);
}
