//! A proxy in front of Postgres that notes what goes through.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What went through.
#[derive(Debug, Default)]
pub struct Traffic {
    /// The statements in the order they were run.
    run: Mutex<Vec<Statement>>,
    /// The statements that were parsed: each time one is not kept prepared.
    parsed: Mutex<Vec<String>>,
}

/// A statement that was run.
#[derive(Debug, Clone)]
pub struct Statement {
    pub text: String,
    /// How many rows came back.
    pub rows: usize,
}

impl Traffic {
    /// How many statements have been run.
    ///
    /// # Panics
    /// As all here: a proxy that cannot do its work fails the test.
    pub fn count(&self) -> usize {
        self.run.lock().expect("nobody panicked").len()
    }

    /// The statements but for the first ones.
    pub fn since(&self, count: usize) -> Vec<Statement> {
        self.run.lock().expect("nobody panicked")[count..].to_vec()
    }

    /// The statements that were parsed, on whatever connection.
    pub fn parsed(&self) -> Vec<String> {
        self.parsed.lock().expect("nobody panicked").clone()
    }

    /// The last statement that contains a text.
    pub fn last_with(&self, text: &str) -> Option<String> {
        let statements = self.since(0).into_iter().rev();
        let mut texts = statements.map(|statement| statement.text);
        texts.find(|found| found.contains(text))
    }
}

/// A proxy for the server of a `postgres://` URL: the URL through it, and its traffic.
pub fn start(url: &str) -> (String, Arc<Traffic>) {
    let (before, rest) = url.split_once('@').expect("a URL");
    let (server, after) = rest.split_once('/').expect("a URL");
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let through = format!(
        "{before}@{}/{after}",
        listener.local_addr().expect("a socket")
    );
    let traffic = Arc::new(Traffic::default());
    let (server, noted) = (server.to_owned(), traffic.clone());
    tokio::spawn(async move {
        let listener = TcpListener::from_std(listener).expect("a socket");
        while let Ok((client, _)) = listener.accept().await {
            let upstream = TcpStream::connect(&server).await.expect("the server");
            relay(client, upstream, &noted);
        }
    });
    (through, traffic)
}

fn relay(client: TcpStream, server: TcpStream, traffic: &Arc<Traffic>) {
    // Each message is written by itself, and would wait for the one before to be acknowledged.
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a socket");
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (up, down) = (traffic.clone(), traffic.clone());
    // Where the statement that this connection runs is noted.
    let current = Arc::new(Mutex::new(None));
    let running = current.clone();
    tokio::spawn(async move {
        let mut prepared = HashMap::new();
        // The first message has no type.
        let mut first = true;
        while let Some((kind, message)) = read(&mut from_client, first).await {
            first = false;
            let mut strings = message
                .get(5..)
                .unwrap_or_default()
                .split(|byte| *byte == 0);
            let mut next =
                || String::from_utf8_lossy(strings.next().unwrap_or_default()).into_owned();
            match kind {
                b'P' => {
                    let (name, text) = (next(), next());
                    up.parsed
                        .lock()
                        .expect("nobody panicked")
                        .push(text.clone());
                    prepared.insert(name, text);
                }
                b'B' => {
                    let (_portal, name) = (next(), next());
                    let text = prepared.get(&name).cloned().unwrap_or_default();
                    let mut statements = up.run.lock().expect("nobody panicked");
                    *running.lock().expect("nobody panicked") = Some(statements.len());
                    statements.push(Statement { text, rows: 0 });
                }
                _ => {}
            }
            if to_server.write_all(&message).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((kind, message)) = read(&mut from_server, false).await {
            let statement = *current.lock().expect("nobody panicked");
            if let (b'D', Some(statement)) = (kind, statement) {
                down.run.lock().expect("nobody panicked")[statement].rows += 1;
            }
            if to_client.write_all(&message).await.is_err() {
                return;
            }
        }
    });
}

/// One message with its head.
async fn read(stream: &mut (impl AsyncRead + Unpin), first: bool) -> Option<(u8, Vec<u8>)> {
    let mut message = Vec::new();
    let kind = if first {
        0
    } else {
        stream.read_u8().await.ok()?
    };
    if !first {
        message.push(kind);
    }
    let length = stream.read_u32().await.ok()?;
    message.extend(length.to_be_bytes());
    let mut body = vec![0; usize::try_from(length).ok()? - 4];
    stream.read_exact(&mut body).await.ok()?;
    message.extend(body);
    Some((kind, message))
}
