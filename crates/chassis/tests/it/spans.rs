use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use tracing::{Instrument, info_span};

use crate::{
    collector::{attribute, collector},
    probe::{Act, METHOD, Running, call},
};

/// Makes a call inside a span of its own; the id of the trace and the result.
async fn traced(running: &Running) -> (String, Result<(), tonic::Status>) {
    let call = async {
        (
            chassis::propagation::trace_id().unwrap(),
            call(running.channel()).await,
        )
    };
    call.instrument(info_span!("root")).await
}

fn child_of<'a>(spans: &'a [Span], parent: &Span, kind: SpanKind) -> &'a Span {
    let found: Vec<&Span> = spans
        .iter()
        .filter(|span| span.parent_span_id == parent.span_id)
        .collect();
    assert_eq!(found.len(), 1, "{spans:#?}");
    assert_eq!((found[0].kind(), found[0].name.as_str()), (kind, METHOD));
    found[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_through_two_servers_is_one_trace() {
    let collector = collector();
    let last = Running::start(Act::Answer).await;
    let first = Running::start(Act::CallOn(last.channel())).await;
    let (trace_id, result) = traced(&first).await;
    result.unwrap();

    let spans = collector.trace(&trace_id, 5).await;
    assert_eq!(spans.len(), 5);
    let root = spans.iter().find(|span| span.name == "root").unwrap();
    let client = child_of(&spans, root, SpanKind::Client);
    let server = child_of(&spans, client, SpanKind::Server);
    let inner_client = child_of(&spans, server, SpanKind::Client);
    let inner_server = child_of(&spans, inner_client, SpanKind::Server);
    for span in [client, server, inner_client, inner_server] {
        assert_eq!(attribute(span, "rpc.system.name").as_deref(), Some("grpc"));
        assert_eq!(attribute(span, "rpc.method").as_deref(), Some(METHOD));
        assert_eq!(
            attribute(span, "rpc.response.status_code").as_deref(),
            Some("OK")
        );
        assert_eq!(attribute(span, "error.type"), None);
        assert_eq!(
            span.status.clone().unwrap_or_default().code(),
            StatusCode::Unset
        );
    }
    assert_eq!(
        attribute(client, "server.address").as_deref(),
        Some("127.0.0.1")
    );
    assert_eq!(
        attribute(client, "server.port"),
        Some(first.address.port().to_string())
    );
    assert_eq!(
        attribute(inner_client, "server.port"),
        Some(last.address.port().to_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_caller_is_none_of_the_server() {
    let collector = collector();
    let running = Running::start(Act::Fail).await;
    let (trace_id, result) = traced(&running).await;
    assert_eq!(result.unwrap_err().message(), "as asked");

    for span in collector
        .trace(&trace_id, 3)
        .await
        .iter()
        .filter(|span| span.name == METHOD)
    {
        assert_eq!(
            attribute(span, "rpc.response.status_code").as_deref(),
            Some("FAILED_PRECONDITION")
        );
        let is_error = span.kind() == SpanKind::Client;
        assert_eq!(attribute(span, "error.type").is_some(), is_error);
        assert_eq!(
            span.status.clone().unwrap_or_default().code() == StatusCode::Error,
            is_error
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_an_error_of_the_server() {
    let collector = collector();
    let running = Running::start(Act::Panic).await;
    let (trace_id, result) = traced(&running).await;
    result.unwrap_err();

    let spans = collector.trace(&trace_id, 3).await;
    let server = spans
        .iter()
        .find(|span| span.kind() == SpanKind::Server)
        .unwrap();
    assert_eq!(
        attribute(server, "rpc.response.status_code").as_deref(),
        Some("INTERNAL")
    );
    assert_eq!(attribute(server, "error.type").as_deref(), Some("INTERNAL"));
    assert_eq!(
        server.status.clone().unwrap_or_default().code(),
        StatusCode::Error
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_the_caller_gives_up_is_cancelled() {
    let collector = collector();
    let running = Running::start(Act::AnswerAfter(std::time::Duration::from_secs(20))).await;
    let given_up = async {
        let time = std::time::Duration::from_millis(200);
        tokio::time::timeout(time, call(running.channel()))
            .await
            .unwrap_err();
        chassis::propagation::trace_id().unwrap()
    };
    let trace_id = given_up.instrument(info_span!("root")).await;

    let spans = collector.trace(&trace_id, 3).await;
    for span in spans.iter().filter(|span| span.name == METHOD) {
        assert_eq!(
            attribute(span, "rpc.response.status_code").as_deref(),
            Some("CANCELLED"),
            "{span:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_have_no_spans() {
    let collector = collector();
    let running = Running::start(Act::Answer).await;
    let trace_id = async {
        while !running.channel().is_serving().await {
            tokio::task::yield_now().await;
        }
        crate::health::reflected(&running).await;
        call(running.channel()).await.unwrap();
        chassis::propagation::trace_id().unwrap()
    }
    .instrument(info_span!("root"))
    .await;

    let spans = collector.trace(&trace_id, 3).await;
    assert_eq!(spans.len(), 3, "{spans:#?}");
}
