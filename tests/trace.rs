//! One request is one trace, and no trace or log says who it was about.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::{Span, span::SpanKind},
};
use serde_json::json;
use tonic::{Request, Response, Status};

use crate::{harness::unique, stack::Stack};

/// A span and the service it came from.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) service: String,
    pub(crate) span: Span,
}

impl Received {
    /// Whether it is of a request that the service answered.
    pub(crate) fn is_server(&self) -> bool {
        self.span.kind == SpanKind::Server as i32
    }
}

/// Keeps what the processes export.
#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<Vec<Received>>>);

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut spans = self.0.lock().expect("not poisoned");
        for resource in request.into_inner().resource_spans {
            let service = resource
                .resource
                .iter()
                .flat_map(|resource| &resource.attributes)
                .find(|attribute| attribute.key == "service.name")
                .map(|attribute| format!("{:?}", attribute.value))
                .unwrap_or_default();
            let service = ["gateway", "identity", "group", "token", "settings"]
                .into_iter()
                .find(|name| service.contains(name))
                .expect("a service name")
                .to_owned();
            for span in resource
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans)
            {
                spans.push(Received {
                    service: service.clone(),
                    span,
                });
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Receiver {
    pub(crate) async fn start() -> (Receiver, String) {
        let receiver = Receiver::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        let service = TraceServiceServer::new(receiver.clone());
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming),
        );
        (receiver, url)
    }

    /// The spans of one trace once they have stopped coming.
    pub(crate) async fn trace(&self, id: &[u8]) -> Vec<Received> {
        let mut last = 0;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let spans = self.0.lock().expect("not poisoned");
            let found: Vec<Received> = spans
                .iter()
                .filter(|received| received.span.trace_id == id)
                .cloned()
                .collect();
            if found.len() > 2 && found.len() == last {
                return found;
            }
            last = found.len();
        }
        panic!("no trace came");
    }

    fn everything(&self) -> String {
        format!("{:?}", self.0.lock().expect("not poisoned"))
    }
}

pub(crate) fn attribute(span: &Span, key: &str) -> String {
    span.attributes
        .iter()
        .find(|attribute| attribute.key == key)
        .map(|attribute| format!("{:?}", attribute.value))
        .unwrap_or_default()
}

/// Issue "one PATCH yields one trace", reliability §3.2, R-REG-SEC-10, R-SEC-02/03, R39 and R40.
#[tokio::test]
async fn one_patch_is_one_trace_without_names() {
    let (receiver, url) = Receiver::start().await;
    let stack = Stack::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ("RUST_LOG", "debug"),
        // Every request asks every service.
        ("LEASE_MILLISECONDS", "0"),
    ]);
    let app = stack.app().await;
    let canary = unique("canary");
    let id = app
        .scim
        .create_user(&format!("{canary}@{canary}.test"))
        .await;
    app.scim
        .find(
            "/Users",
            &format!("userName eq \"{canary}\" or emails.value co \"{canary}\""),
        )
        .await
        .expect(200);
    app.scim
        .create_group(&format!("group {canary}"), &[&id])
        .await;
    // R39: what would forge a line or colour a terminal, wherever a client can put it.
    let forged = format!("\u{1b}[31m\r\n{{\"level\":\"ERROR\",\"forged\":\"{canary}\"}}");
    let body = |user_name: &str| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name, "password": canary,
            "title": forged, (forged.clone()): forged})
    };
    let posts = [(&*forged, 400), (&*canary, 201), (&*canary, 409)];
    for (user_name, status) in posts {
        app.scim
            .post("/Users", &body(user_name))
            .await
            .expect(status);
    }
    app.scim.find("/Users", &forged).await.expect(400);
    let paths = ["/Users/%1b%5B31m%0d%0a", "/%0d%0aforged", "/Users?%1b=%0a"];
    for path in paths.map(|path| format!("{path}{canary}")) {
        app.scim.get(&path).await;
        app.scim.with_token(&canary).get(&path).await;
    }

    let trace_id = *uuid::Uuid::now_v7().as_bytes();
    let parent = format!(
        "00-{}-00f067aa0ba902b7-01",
        uuid::Uuid::from_bytes(trace_id).simple()
    );
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "replace", "path": "displayName", "value": canary},
        {"op": "add", "path": "emails[type eq \"work\"].value", "value": format!("{canary}@x.test")}]});
    let request = app
        .scim
        .request(reqwest::Method::PATCH, &format!("/Users/{id}"))
        .header("traceparent", parent)
        .json(&body);
    app.scim.send(request).await.expect(200);

    let spans = receiver.trace(&trace_id).await;
    let by_id: HashMap<&[u8], &Received> = spans
        .iter()
        .map(|received| (received.span.span_id.as_slice(), received))
        .collect();
    let parent_of =
        |received: &Received| by_id.get(received.span.parent_span_id.as_slice()).copied();
    let of = |service: &str, kind: SpanKind| -> Vec<&Received> {
        spans
            .iter()
            .filter(|r| r.service == service && r.span.kind == kind as i32)
            .collect()
    };

    let root = of("gateway", SpanKind::Server);
    assert_eq!(root.len(), 1, "{spans:#?}");
    assert!(
        root[0].span.name.starts_with("PATCH /"),
        "{}",
        root[0].span.name
    );
    assert!(
        root[0].span.name.contains("{account_id}"),
        "a route, not a path: {}",
        root[0].span.name
    );
    assert_eq!(
        root[0].span.parent_span_id,
        [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]
    );
    assert!(attribute(&root[0].span, "http.response.status_code").contains("200"));

    for service in ["token", "settings", "identity"] {
        let servers = of(service, SpanKind::Server);
        assert!(!servers.is_empty(), "{service} has no span");
        for server in servers {
            let client = parent_of(server).unwrap_or_else(|| panic!("{service} has no parent"));
            assert_eq!(client.span.kind, SpanKind::Client as i32);
            assert_ne!(client.service, service);
            assert!(attribute(&server.span, "rpc.method").contains("muster."));
            assert!(attribute(&server.span, "rpc.response.status_code").contains("OK"));
        }
    }
    for (service, system) in [
        ("identity", "postgresql"),
        ("settings", "postgresql"),
        ("token", "redis"),
    ] {
        let stores: Vec<_> = of(service, SpanKind::Client)
            .into_iter()
            .filter(|r| attribute(&r.span, "db.system.name").contains(system))
            .collect();
        assert!(!stores.is_empty(), "{service} has no {system} span");
        for store in stores {
            let mut up = parent_of(store);
            while let Some(received) = up.filter(|r| r.span.kind != SpanKind::Server as i32) {
                up = parent_of(received);
            }
            assert_eq!(
                up.map(|r| r.service.as_str()),
                Some(service),
                "{}",
                store.span.name
            );
        }
    }

    assert!(
        !receiver.everything().contains(&canary),
        "a span says who the request was about"
    );
    let logs = stack.logs();
    assert!(
        !logs.contains(&canary),
        "a log says who the request was about"
    );
    assert!(!logs.contains('\u{1b}') && !logs.contains("forged"), "R39");
    assert!(!logs.contains(&app.scim.token) && !receiver.everything().contains(&app.scim.token));
    let trace_text = uuid::Uuid::from_bytes(trace_id).simple().to_string();
    assert!(logs.contains(&trace_text), "the logs name the trace");
}

/// Issue item 5: a collector that is down never fails a request.
#[tokio::test]
async fn a_collector_that_is_down_does_no_harm() {
    let stack = Stack::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    let app = stack.app().await;
    for _ in 0..20 {
        app.scim.create_user(&unique("u")).await;
    }
}
