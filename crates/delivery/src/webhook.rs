//! Webhooks as <https://www.standardwebhooks.com> describes them.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Uri, header};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use sha2::Sha256;
use tokio::time::timeout;
use tower::Service;

use crate::address::{is_public, literal};

#[cfg(test)]
mod tests;

/// How long an attempt may take, from the name's resolution to the status of the answer.
const ATTEMPT_TIME: Duration = Duration::from_secs(15);

/// How long of it a connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Sends webhooks; follows no redirect and knows no proxy.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    allow_private: bool,
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) url: &'a str,
    /// `whsec_` and the key in base64, of the secret and of the one before; empty: none.
    pub(crate) secrets: [&'a str; 2],
    /// The same for every attempt.
    pub(crate) id: &'a str,
    /// Seconds since 1970, of the attempt.
    pub(crate) timestamp: i64,
    pub(crate) body: String,
}

impl Sender {
    /// # Errors
    /// The system has no root certificates.
    pub(crate) fn new(allow_private: bool) -> io::Result<Sender> {
        let mut http = HttpConnector::new_with_resolver(Resolver { allow_private });
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_TIME));
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Ok(Sender {
            // An idle connection would pin an address that was resolved long ago.
            client: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(connector),
            allow_private,
        })
    }

    /// Sends a message; any status of 2xx counts as received.
    ///
    /// # Errors
    /// What went wrong, in words that hold nothing of the answer.
    pub(crate) async fn send(&self, message: Message<'_>) -> Result<(), String> {
        let uri: Uri = message.url.parse().map_err(|_| "malformed URL")?;
        // A literal address is not resolved, so the resolver does not see it.
        if let Some(address) = literal(&uri)
            && !self.allow_private
            && !is_public(address)
        {
            return Err("the address is not public".to_owned());
        }
        let signature = signatures(&message).ok_or("malformed secret")?;
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "Muster")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", signature)
            .body(Full::from(message.body))
            .map_err(|_| "malformed URL")?;
        match timeout(ATTEMPT_TIME, self.client.request(request)).await {
            Err(_) => Err("timeout".to_owned()),
            Ok(Err(error)) if error.is_connect() => Err("no connection".to_owned()),
            Ok(Err(_)) => Err("no answer".to_owned()),
            // The body is not read: the connection goes with it.
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => Err(format!("HTTP {}", answer.status().as_u16())),
        }
    }
}

/// A signature for each secret, divided by spaces; none: a secret is malformed, or there is none.
fn signatures(message: &Message<'_>) -> Option<String> {
    let secrets = message.secrets.iter().filter(|secret| !secret.is_empty());
    let signatures: Option<Vec<String>> =
        secrets.map(|secret| signature(message, secret)).collect();
    let signatures = signatures.filter(|signatures| !signatures.is_empty());
    signatures.map(|signatures| signatures.join(" "))
}

/// `v1,` and the HMAC-SHA256 of id, timestamp and body in base64; none: the secret is malformed.
fn signature(message: &Message<'_>, secret: &str) -> Option<String> {
    let key = secret.strip_prefix("whsec_")?;
    let key = STANDARD.decode(key).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{}.{}.{}", message.id, message.timestamp, message.body).as_bytes());
    let code = STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("v1,{code}"))
}

/// Resolves names to addresses that may be reached: the very ones that are connected to, so that a name
/// that changes meanwhile gains nothing.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    allow_private: bool,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = addresses
                .filter(|address| allow_private || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(io::Error::other("the address is not public"));
            }
            Ok(allowed.into_iter())
        })
    }
}
