//! Whom a request asks.

use axum::{body::Body, extract::Request};
use http::{Version, header::HOST};

use super::app::App;

/// RFC 9112 section 3.2 and RFC 9113 section 8.3.1: one host, well-formed, and no two that differ.
#[tokio::test]
async fn a_request_names_one_host() {
    let app = App::start().await;
    let long = "a".repeat(300);
    let one_one = Version::HTTP_11;
    let table: &[(Version, &str, &[&str], u16)] = &[
        (one_one, "/livez", &["muster.test"], 200),
        (one_one, "/livez", &["muster.test:8080"], 200),
        (one_one, "/livez", &["192.0.2.1"], 200),
        (one_one, "/livez", &["[2001:db8::1]:443"], 200),
        (one_one, "/livez", &[&*long], 200),
        (one_one, "http://muster.test/livez", &["muster.test"], 200),
        (one_one, "/livez", &[], 400),
        (one_one, "http://muster.test/livez", &[], 400),
        (one_one, "/livez", &["muster.test", "muster.test"], 400),
        (one_one, "/livez", &["muster.test", "other.test"], 400),
        (one_one, "/livez", &[""], 400),
        (one_one, "/livez", &["muster test"], 400),
        (one_one, "/livez", &["muster.test/path"], 400),
        (one_one, "/livez", &["http://muster.test"], 400),
        (one_one, "/livez", &["ann@muster.test"], 400),
        (one_one, "/livez", &["muster.test, other.test"], 400),
        (one_one, "/livez", &["[2001:db8::1"], 400),
        (Version::HTTP_10, "/livez", &[], 200),
        (Version::HTTP_10, "/livez", &["a.test", "b.test"], 400),
        (Version::HTTP_2, "http://muster.test/livez", &[], 200),
        (
            Version::HTTP_2,
            "http://muster.test/livez",
            &["MUSTER.test"],
            200,
        ),
        (Version::HTTP_2, "/livez", &["muster.test"], 200),
        (Version::HTTP_2, "/livez", &[], 400),
        (
            Version::HTTP_2,
            "http://muster.test/livez",
            &["other.test"],
            400,
        ),
    ];
    for (version, uri, hosts, status) in table {
        let mut request = Request::builder().version(*version).uri(*uri);
        for host in *hosts {
            request = request.header(HOST, *host);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = app.send_as_it_is(request).await;
        assert_eq!(answer.status, *status, "{version:?} {uri} {hosts:?}");
    }
    let users = format!("/api/v3/accounts/{}/scim/v2/Users", super::stub::ON);
    let request = Request::builder().uri(users).body(Body::empty()).unwrap();
    app.send_as_it_is(request).await.is_scim_error(400);
}
