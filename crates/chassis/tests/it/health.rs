use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio_stream::StreamExt;
use tonic::{Code, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::{v1, v1alpha};

use crate::probe::{Act, NAME, Running};

#[tokio::test]
async fn health_follows_readiness_under_every_name() {
    let running = Running::start(Act::Answer).await;
    let channel = Endpoint::from_shared(running.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    for service in ["", NAME] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let mut changes = HealthClient::new(channel.clone())
            .watch(request)
            .await
            .unwrap()
            .into_inner();
        for ready in [true, false, true] {
            let start = Instant::now();
            running.ready.store(ready, Ordering::Relaxed);
            let expected = if ready {
                ServingStatus::Serving
            } else {
                ServingStatus::NotServing
            };
            while changes.next().await.unwrap().unwrap().status() != expected {}
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "{:?}",
                start.elapsed()
            );
            assert_eq!(running.channel().is_serving().await, ready);
        }
    }
    let request = HealthCheckRequest {
        service: "unknown".to_owned(),
    };
    let status = HealthClient::new(channel).check(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_names_what_is_described() {
    let running = Running::start(Act::Answer).await;
    let names = reflected(&running).await;
    assert!(
        names.contains(&"grpc.health.v1.Health".to_owned()),
        "{names:?}"
    );
    assert!(
        names.contains(&"grpc.reflection.v1.ServerReflection".to_owned()),
        "{names:?}"
    );

    let channel = Endpoint::from_shared(running.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::ListServices(String::new()),
        ),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let mut answers = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    assert!(
        answers
            .next()
            .await
            .unwrap()
            .unwrap()
            .message_response
            .is_some()
    );
}

/// The names of the services that reflection tells.
pub(crate) async fn reflected(running: &Running) -> Vec<String> {
    use v1::{
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let channel = Endpoint::from_shared(running.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel);
    let mut answers = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    match answers.next().await.unwrap().unwrap().message_response {
        Some(MessageResponse::ListServicesResponse(list)) => {
            list.service.into_iter().map(|s| s.name).collect()
        }
        other => panic!("{other:?}"),
    }
}
