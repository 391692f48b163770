use std::collections::BTreeSet;

use axum::{body::Body, extract::Request};
use serde_json::Value;

use super::{DOCUMENT, PATH};
use crate::router::{routes, tests::app::App};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The document has every route and method of the admin API, and no other.
#[tokio::test]
async fn the_document_is_complete() {
    let app = App::start().await;
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut documented = BTreeSet::new();
    for (path, item) in paths {
        for method in METHODS.iter().filter(|method| item.get(method).is_some()) {
            documented.insert(format!("{method} {}", path.trim_end_matches('/')));
        }
    }
    let mut served = BTreeSet::new();
    let routes = routes().into_iter().map(|route| route.path);
    for path in routes.filter(|path| !path.contains("/scim/")) {
        for method in METHODS {
            let uri = path.replace("{account_id}", "1").replace("{id}", "x");
            let request = Request::builder()
                .method(&*method.to_uppercase())
                .uri(uri)
                .body(Body::empty());
            if app.send(request.unwrap()).await.status != 405 {
                served.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(documented, served);
}

#[tokio::test]
async fn anybody_may_read_it() {
    let app = App::with_services("http://127.0.0.1:9");
    let answer = app.get(PATH, None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["openapi"], "3.1.0");
}
