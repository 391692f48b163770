//! What must never be in a log line or a span.

use std::io::Write;
use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::harness::{Service, nobody, redis_url};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_secret_nor_hash_nor_name_is_logged() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: what other tests log is captured too, and does no harm.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    for redis in [redis_url(), nobody().await] {
        let service = Service::start_with(str::to_owned, &redis).await;
        let kind = proto::token::v1::TokenKind::Scim;
        let issued = service
            .issue_for(crate::harness::ACCOUNT, kind, "canary-name")
            .await;
        for _ in 0..3 {
            service.authenticate(&issued).await.unwrap();
        }
        service.delete(&issued).await.unwrap();
        service.authenticate(&issued).await.unwrap_err();

        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("AuthenticateToken"), "captured only: {text}");
        let hash = issued.key().secret;
        let bytes = format!("{:?}", hash.as_bytes());
        for forbidden in [
            issued.secret.expose_secret(),
            &hash.to_hex(),
            bytes.trim_matches(['[', ']']),
            "canary-name",
        ] {
            assert!(!text.contains(forbidden), "{forbidden} is logged");
        }
    }
}
