//! A webhook's other side (Standard Webhooks).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

/// A request as it came.
#[derive(Debug)]
pub struct Received {
    /// The headers by their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON.
    pub body: Value,
}

impl Received {
    /// The kind of change.
    ///
    /// # Panics
    /// There is none.
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().expect("a type")
    }

    /// The id of the message, the same for each attempt.
    ///
    /// # Panics
    /// There is none.
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Checks the signature as a receiver does.
    ///
    /// # Panics
    /// The message is not signed with this secret, or lacks a header.
    pub fn verify(&self, secret: &str) {
        let header = |name: &str| self.headers[name].as_str();
        let key = secret.strip_prefix("whsec_").expect("the prefix");
        let key = STANDARD.decode(key).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
        mac.update(format!("{id}.{timestamp}.{}", self.text).as_bytes());
        let is_right = |signature: &str| {
            let signature = signature.strip_prefix("v1,").expect("the version");
            let signature = STANDARD.decode(signature).expect("base64");
            mac.clone().verify_slice(&signature).is_ok()
        };
        let mut signatures = header("webhook-signature").split(' ');
        assert!(signatures.any(is_right), "signed with another secret");
        assert_eq!(header("content-type"), "application/json");
    }
}

/// Which status a request is answered with; none: the connection is closed without an answer.
type Answer = Arc<dyn Fn(&Value) -> Option<u16> + Send + Sync>;

/// Listens, and answers as it is told to.
pub struct Receiver {
    /// What the webhook is to be set to.
    pub url: String,
    answer: Arc<Mutex<Answer>>,
    received: mpsc::UnboundedReceiver<Received>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Listens on a free port of this machine, and answers 200 until told otherwise.
    ///
    /// # Panics
    /// No port is free.
    pub async fn start() -> Receiver {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Arc::new(|_| Some(200))));
        let (sender, received) = mpsc::unbounded_channel();
        let task = tokio::spawn({
            let answer = Arc::clone(&answer);
            async move {
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    let (answer, sender) = (Arc::clone(&answer), sender.clone());
                    tokio::spawn(async move {
                        let _ = serve(stream, &answer, &sender).await;
                    });
                }
            }
        });
        Receiver {
            url: format!("http://localhost:{port}/hook"),
            answer,
            received,
            task,
        }
    }

    /// Answers requests as a function of their bodies says.
    ///
    /// # Panics
    /// An earlier answer panicked.
    pub fn answer(&self, answer: impl Fn(&Value) -> Option<u16> + Send + Sync + 'static) {
        *self.answer.lock().expect("nobody panicked") = Arc::new(answer);
    }

    /// The next request.
    ///
    /// # Panics
    /// None comes within ten seconds.
    pub async fn next(&mut self) -> Received {
        let next = timeout(Duration::from_secs(10), self.received.recv());
        next.await.expect("in time").expect("still listening")
    }

    /// Whether none comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        let next = timeout(Duration::from_millis(500), self.received.recv());
        next.await.is_err()
    }
}

async fn serve(
    stream: TcpStream,
    answer: &Mutex<Answer>,
    sender: &mpsc::UnboundedSender<Received>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    assert_eq!(line, "POST /hook HTTP/1.1\r\n");
    let mut headers = HashMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers["content-length"].parse().expect("a length");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let text = String::from_utf8(body).expect("UTF-8");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    let answer = Arc::clone(&answer.lock().expect("nobody panicked"));
    let status = answer(&body);
    let received = Received {
        headers,
        text,
        body,
    };
    // The test may be over.
    let _ = sender.send(received);
    if let Some(status) = status {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
