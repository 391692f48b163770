//! A collector that keeps what it is sent, and the telemetry of this process, which sends to it.

use std::{sync::LazyLock, time::Duration};

use chassis::{env::Env, telemetry};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::Span,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

pub(crate) struct Collector {
    spans: watch::Sender<Vec<Span>>,
    // Outlives the runtimes of the single tests, as the runtime of a process does.
    _runtime: Runtime,
}

/// The collector of this process; the first use sets telemetry up.
pub(crate) fn collector() -> &'static Collector {
    static COLLECTOR: LazyLock<Collector> =
        LazyLock::new(|| std::thread::spawn(start).join().unwrap());
    &COLLECTOR
}

fn start() -> Collector {
    let runtime = Runtime::new().unwrap();
    let spans = watch::Sender::new(Vec::new());
    let guard = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = TraceServiceServer::new(Keep(spans.clone()));
        tokio::spawn(
            Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpIncoming::from(listener)),
        );
        let pairs = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ];
        telemetry::init("chassis-test", &mut Env::from_pairs(pairs)).unwrap()
    });
    // The hook of telemetry would hide why a test fails.
    drop(std::panic::take_hook());
    std::mem::forget(guard);
    Collector {
        spans,
        _runtime: runtime,
    }
}

impl Collector {
    /// The spans of a trace, once there are so many.
    pub(crate) async fn trace(&self, trace_id: &str, count: usize) -> Vec<Span> {
        let of_trace = |spans: &Vec<Span>| -> Vec<Span> {
            spans
                .iter()
                .filter(|span| hex(&span.trace_id) == trace_id)
                .cloned()
                .collect()
        };
        let mut spans = self.spans.subscribe();
        let wait = spans.wait_for(|spans| of_trace(spans).len() >= count);
        match tokio::time::timeout(Duration::from_secs(10), wait).await {
            Ok(spans) => of_trace(&spans.unwrap()),
            Err(_) => panic!(
                "{count} spans expected: {:#?}",
                of_trace(&self.spans.borrow())
            ),
        }
    }
}

/// The text or number of an attribute.
pub(crate) fn attribute(span: &Span, name: &str) -> Option<String> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == name)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{name} is {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Keep(watch::Sender<Vec<Span>>);

#[tonic::async_trait]
impl TraceService for Keep {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|spans| spans.scope_spans);
        self.0
            .send_modify(|kept| kept.extend(scopes.flat_map(|scope| scope.spans)));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
