//! A small HTTP client: it sends what it is told and keeps what came back.

use reqwest::{
    Method, StatusCode,
    header::{self, HeaderMap},
};
use serde_json::{Value, json};

/// Requests to one base URL with one bearer token.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// What paths are appended to.
    pub(crate) base_url: String,
    /// The bearer token; empty: none is sent.
    pub(crate) token: String,
    /// The media type of bodies.
    pub(crate) media_type: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body as JSON; `null` when there is none.
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(base_url: &str, token: &str) -> Client {
        Client {
            http: reqwest::Client::new(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            media_type: "application/scim+json",
        }
    }

    /// The same with another token.
    pub(crate) fn with_token(&self, token: &str) -> Client {
        Client {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// A request to be built further and given to [`Client::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base_url));
        if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Response {
        let response = request.send().await.expect("an HTTP response");
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.expect("a whole body");
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                panic!("not JSON: {}", String::from_utf8_lossy(&bytes));
            })
        };
        Response {
            status,
            headers,
            body,
        }
    }

    async fn with_body(&self, method: Method, path: &str, body: &Value) -> Response {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, self.media_type)
            .body(body.to_string());
        self.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path)).await
    }

    /// GET of a collection with a filter, percent-encoded.
    pub(crate) async fn find(&self, collection: &str, filter: &str) -> Response {
        let request = self
            .request(Method::GET, collection)
            .query(&[("filter", filter)]);
        self.send(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.with_body(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Response {
        self.with_body(Method::PUT, path, body).await
    }

    /// PATCH with these operations.
    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Response {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.with_body(Method::PATCH, path, &body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Creates a user of this user name and returns its id.
    pub(crate) async fn create_user(&self, user_name: &str) -> String {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": user_name,
        });
        self.post("/Users", &body).await.expect(201).id()
    }

    /// Creates a group with these members and returns its id.
    pub(crate) async fn create_group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "members": members,
        });
        self.post("/Groups", &body).await.expect(201).id()
    }

    /// The member ids of a group, sorted.
    pub(crate) async fn members(&self, group: &str) -> Vec<String> {
        let response = self.get(&format!("/Groups/{group}")).await.expect(200);
        let mut ids: Vec<String> = response.body["members"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|member| member["value"].as_str().expect("a member id").to_owned())
            .collect();
        ids.sort();
        ids
    }
}

impl Response {
    /// Itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Response {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }

    /// Itself, if it is a SCIM Error (R-ERR-01) of this status and scimType.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, scim_type: Option<&str>) -> Response {
        let response = self.expect(status);
        assert_eq!(
            response.body["schemas"],
            json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
            "{:#}",
            response.body
        );
        assert_eq!(response.body["status"], json!(status.to_string()));
        assert_eq!(
            response.body.get("scimType").and_then(Value::as_str),
            scim_type,
            "{:#}",
            response.body
        );
        assert_eq!(response.header("content-type"), "application/scim+json");
        response
    }

    /// The `id` of the body.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    /// A header's text; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a text header"))
    }
}
