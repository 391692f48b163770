use chassis::{env::Env, metrics};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tonic::Code;

use crate::probe::{Act, METHOD, Running, call};

/// What Prometheus reads.
async fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A call of a method that the server does not have.
async fn call_unknown(running: &Running) {
    let mut client = tonic::client::Grpc::new(running.channel());
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/made.up/Name");
    let codec = tonic_prost::ProstCodec::<ExportTraceServiceRequest, ()>::default();
    let request = tonic::Request::new(ExportTraceServiceRequest::default());
    let status = client.unary(request, path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

/// One test, since there is one recorder in a process.
#[tokio::test]
async fn calls_are_counted_by_method_and_code_alone() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let mut env = Env::from_pairs([("METRICS_ADDR", &address)]);
    let at = metrics::address(&mut env);
    env.finish().unwrap();
    metrics::serve("probe", at).await.unwrap();

    let running = Running::start(Act::Answer).await;
    call(running.channel()).await.unwrap();
    call(running.channel()).await.unwrap();
    call_unknown(&running).await;
    let failing = Running::start(Act::Fail).await;
    call(failing.channel()).await.unwrap_err();

    let text = scrape(&address).await;
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    for line in [
        r#"build_info{service_name="probe",version=""#.to_owned(),
        format!(
            r#"rpc_server_call_duration_seconds_count{{rpc_method="{METHOD}",rpc_response_status_code="OK"}}"#
        ),
        format!(
            r#"rpc_client_call_duration_seconds_bucket{{rpc_method="{METHOD}",rpc_response_status_code="FAILED_PRECONDITION",le="30"}}"#
        ),
        r#"rpc_server_call_duration_seconds_count{rpc_method="_OTHER",rpc_response_status_code="UNIMPLEMENTED"}"#
            .to_owned(),
    ] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
    assert!(!text.contains("made.up"), "{text}");
}

#[tokio::test]
async fn without_an_address_nothing_is_served_and_a_bad_one_is_named() {
    let mut env = Env::from_pairs([("METRICS_ADDR", "")]);
    assert_eq!(metrics::address(&mut env), None);
    env.finish().unwrap();
    metrics::serve("probe", None).await.unwrap();
    let mut env = Env::from_pairs([("METRICS_ADDR", "everywhere")]);
    assert_eq!(metrics::address(&mut env), None);
    let faults = env.finish().unwrap_err().faults;
    assert_eq!(faults[0].name, "METRICS_ADDR");
}
