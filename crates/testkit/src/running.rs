//! A service within the test's own process.

use std::{future::Future, net::SocketAddr, pin::Pin};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// Completes when a service under test shall stop.
pub type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A service under test; told to stop when dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    // Dropping the sender tells as well as sending does.
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

/// Serves on a free port of this machine:
/// `spawn(|listener, shutdown| settings::serve(config, listener, shutdown))`.
///
/// # Panics
/// No port is free.
pub async fn spawn<F>(serve: impl FnOnce(TcpListener, Shutdown) -> F) -> Running
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port is free");
    let addr = listener.local_addr().expect("the listener is bound");
    let (stop, stopped) = oneshot::channel();
    let shutdown = Box::pin(async move {
        let _ = stopped.await;
    });
    let serving = serve(listener, shutdown);
    let task = tokio::spawn(async move {
        let result = serving.await;
        if let Err(error) = &result {
            // For the output of the failing test, whose calls only see a closed connection.
            eprintln!("the service ended: {error:#}");
        }
        result
    });
    Running { addr, stop, task }
}

impl Running {
    /// The base URL, `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops the service and waits until it has stopped.
    ///
    /// # Errors
    /// The service failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(());
        self.task.await?
    }
}
