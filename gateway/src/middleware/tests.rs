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

/// R-VER-01, R-VER-02: without a version the newest; one that is named stays as it is.
#[test]
fn a_path_without_a_version_means_the_newest() {
    let base = "/api/v3/accounts/1/scim";
    for (path, expected) in [
        ("", "/v2"),
        ("/", "/v2"),
        ("/Users", "/v2/Users"),
        ("//Users/7?count=1", "/v2/Users/7?count=1"),
        ("/.search", "/v2/.search"),
        ("/vx/Users", "/v2/vx/Users"),
        ("/v2/Users", "/v2/Users"),
        ("/v2", "/v2"),
        ("/v1/Users", "/v1/Users"),
        ("/V3", "/V3"),
    ] {
        let uri = format!("{base}{path}");
        let request = Request::builder().uri(&uri).body(()).unwrap();
        let expected = format!("{base}{expected}");
        assert_eq!(normalise(request).uri().to_string(), expected, "{uri}");
    }
    for uri in ["/api/v3/accounts/1/scim-config", "/api/v3/accounts/1"] {
        let request = Request::builder().uri(uri).body(()).unwrap();
        assert_eq!(normalise(request).uri(), uri);
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
