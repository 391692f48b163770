//! A TCP proxy in front of the test database, to take it away.

use std::sync::{Arc, Mutex};

use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Forward,
    /// Connections are closed at once, as by a server that is stopped.
    Refuse,
    /// Nothing answers, on connections old and new, as by a server that is frozen.
    Silent,
}

pub(crate) struct Proxy {
    mode: watch::Sender<Mode>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl Proxy {
    /// A proxy in front of the server of `url`, and a URL that leads through it.
    pub(crate) async fn start(url: &SecretString) -> (Proxy, SecretString) {
        let url = url.expose_secret();
        let (start, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        let (user, server) = authority.rsplit_once('@').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let through = format!("{start}://{user}@{here}/{path}").into();
        let (mode, modes) = watch::channel(Mode::Forward);
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        tokio::spawn(accept(
            listener,
            server.to_owned(),
            modes,
            Arc::clone(&connections),
        ));
        (Proxy { mode, connections }, through)
    }

    /// Changes the mode; connections that exist are lost, unless they fall silent.
    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
        if mode != Mode::Silent {
            *self.connections.lock().unwrap() = JoinSet::new();
        }
    }
}

async fn accept(
    listener: TcpListener,
    server: String,
    modes: watch::Receiver<Mode>,
    connections: Arc<Mutex<JoinSet<()>>>,
) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        if *modes.borrow() != Mode::Refuse {
            let carry = carry(client, server.clone(), modes.clone());
            connections.lock().unwrap().spawn(carry);
        }
    }
}

/// Keeps a connection while silent: it is closed when its task is dropped.
async fn carry(mut client: TcpStream, server: String, mut modes: watch::Receiver<Mode>) {
    let silence = async {
        let _ = modes.wait_for(|mode| *mode == Mode::Silent).await;
    };
    let forward = async {
        let mut server = TcpStream::connect(server).await.unwrap();
        let _ = copy_bidirectional(&mut client, &mut server).await;
    };
    tokio::select! {
        biased;
        () = silence => std::future::pending().await,
        () = forward => {}
    }
}
