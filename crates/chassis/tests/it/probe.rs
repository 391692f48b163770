//! A service for tests, which does what a test asks of it. It borrows the interface of the collector, the
//! only one at hand that is none of ours.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chassis::{client::Channel, deadline, server};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_client::TraceServiceClient,
    trace_service_server::{SERVICE_NAME, TraceService, TraceServiceServer},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

pub(crate) const NAME: &str = SERVICE_NAME;
pub(crate) const METHOD: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// What the service does when called.
#[derive(Clone)]
pub(crate) enum Act {
    Answer,
    AnswerAfter(Duration),
    CallOn(Channel),
    Fail,
    Panic,
}

#[derive(Clone)]
struct Probe {
    act: Act,
    remaining: Arc<Mutex<Option<Duration>>>,
}

#[tonic::async_trait]
impl TraceService for Probe {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        *self.remaining.lock().unwrap() = deadline::remaining();
        match &self.act {
            Act::Answer => {}
            Act::AnswerAfter(time) => tokio::time::sleep(*time).await,
            Act::CallOn(channel) => call(channel.clone()).await?,
            Act::Fail => return Err(Status::failed_precondition("as asked")),
            Act::Panic => panic!("as asked"),
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A running server with the service.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) ready: Arc<AtomicBool>,
    /// What was left of the time when the service was last called.
    pub(crate) remaining: Arc<Mutex<Option<Duration>>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    pub(crate) async fn start(act: Act) -> Running {
        Running::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), act).await
    }

    pub(crate) async fn start_at(address: SocketAddr, act: Act) -> Running {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let ready = Arc::new(AtomicBool::new(true));
        let remaining = Arc::default();
        let probe = Probe {
            act,
            remaining: Arc::clone(&remaining),
        };
        let services = server::Services::new(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .add(TraceServiceServer::new(probe));
        let (stop, stopped) = oneshot::channel();
        let asked = Arc::clone(&ready);
        let task = tokio::spawn(server::serve(
            listener,
            services,
            move || std::future::ready(asked.load(Ordering::Relaxed)),
            async { stopped.await.unwrap_or_default() },
        ));
        Running {
            address,
            ready,
            remaining,
            stop,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn channel(&self) -> Channel {
        chassis::client::channel(&self.url()).unwrap()
    }

    /// Asks the server to stop and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

/// One call of the service.
pub(crate) async fn call(channel: Channel) -> Result<(), Status> {
    TraceServiceClient::new(channel)
        .export(ExportTraceServiceRequest::default())
        .await
        .map(|_| ())
}

/// The reason in an error, which must be of our domain.
pub(crate) fn reason(status: &Status) -> String {
    let info = status
        .get_details_error_info()
        .expect("every error has an ErrorInfo");
    assert_eq!(info.domain, "muster");
    info.reason
}
