//! A gateway in front of stubs, asked without a network.

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderName, HeaderValue, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::stub::{self, LookUps, ON, Refreshes, SECRET};
use crate::{Config, router::service, state::Gateway};

pub(crate) const PUBLIC_URL: &str = "https://muster.test";

/// A gateway in front of stubs, how often it had a token looked up, and how often a user refreshed.
pub(crate) struct App(pub(crate) Gateway, pub(crate) LookUps, pub(crate) Refreshes);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: HeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that it is an error in the words of SCIM (R-ERR-01).
    pub(crate) fn is_scim_error(&self, status: u16) {
        let body = self.json();
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header(header::CONTENT_TYPE), "application/scim+json");
        let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:Error"]);
        assert_eq!(
            (&body["schemas"], &body["status"]),
            (&schemas, &json!(status.to_string()))
        );
        assert!(!body["detail"].as_str().unwrap().is_empty());
    }

    /// Checks that it is an error in the envelope.
    pub(crate) fn is_admin_error(&self, status: u16) {
        let body = self.json();
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(body["status"]["code"], json!(status));
        assert_eq!(body["status"]["is_success"], json!(false));
    }
}

fn config(url: &str) -> Config {
    Config {
        public_url: PUBLIC_URL.to_owned(),
        identity_url: url.to_owned(),
        group_url: url.to_owned(),
        token_url: url.to_owned(),
        settings_url: url.to_owned(),
        license: Default::default(),
        schemas: Default::default(),
        trusted_proxies: vec!["192.0.2.0/24".parse().unwrap()],
        cors_allowed_origins: Vec::new(),
        rate_limit_per_second: None,
        documentation_url: None,
        console_key: None,
        drain: std::time::Duration::ZERO,
    }
}

impl App {
    pub(crate) async fn start() -> App {
        App::start_with(|_| {}).await
    }

    /// With another configuration.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> App {
        let (url, look_ups, refreshes) = stub::spawn().await;
        let mut config = config(&url);
        change(&mut config);
        App(Gateway::new(config).unwrap(), look_ups, refreshes)
    }

    pub(crate) fn with_services(url: &str) -> App {
        let gateway = Gateway::new(config(url)).unwrap();
        App(gateway, LookUps::default(), Refreshes::default())
    }

    /// Sends a request, to the host of [`PUBLIC_URL`] if it names none.
    pub(crate) async fn send(&self, mut request: Request) -> Answer {
        let host = HeaderValue::from_static("muster.test");
        request.headers_mut().entry(header::HOST).or_insert(host);
        self.send_as_it_is(request).await
    }

    pub(crate) async fn send_as_it_is(&self, request: Request) -> Answer {
        let response: Response = service(self.0.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        assert!(headers.contains_key("x-request-id"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status,
            headers,
            text,
        }
    }

    /// A request with the token, to a path of SCIM.
    pub(crate) async fn scim(&self, method: &str, path: &str, body: Value) -> Answer {
        self.scim_with(method, path, body, &[]).await
    }

    pub(crate) async fn scim_with(
        &self,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let uri = format!("/api/v3/accounts/{ON}/scim/v2{path}");
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header("Authorization", format!("Bearer {SECRET}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn admin(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v3/accounts/{ON}{path}"))
            .header("Authorization", format!("Token {SECRET}"));
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }
}
