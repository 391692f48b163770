use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::router::tests::app::App;

/// What stands for a name, an address or a filter value.
const CANARY: &str = "canary";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// R-SEC-03, R-ERR-06: one line a request, with what finds it again and nothing of what was in it.
#[tokio::test]
async fn requests_are_logged_without_their_content() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("gateway=trace,chassis=trace"))
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let app = App::start().await;
    let list = format!("/Users?filter=userName%20eq%20%22{CANARY}%22");
    let listed = app.scim("GET", &list, Value::Null).await;
    let one = format!("/Users/{CANARY}");
    app.scim("PATCH", &one, json!({"Operations": []})).await;
    app.scim("POST", "/Users", json!({"userName": CANARY}))
        .await;
    app.scim("POST", "/Users", json!({CANARY: [CANARY], "userName": 1}))
        .await;
    app.get(&format!("/{CANARY}"), Some(CANARY)).await;

    let text = log.text();
    assert!(!text.contains(CANARY), "{text}");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<_> = lines
        .filter(|line| line["fields"]["message"] == "request")
        .collect();
    assert_eq!(lines.len(), 5, "{text}");

    let fields = &lines[0]["fields"];
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(fields["http.request.method"], "GET");
    assert_eq!(
        fields["http.route"],
        "/api/v3/accounts/{account_id}/scim/v2/Users"
    );
    assert_eq!(fields["http.response.status_code"], 200);
    assert_eq!(
        (&fields["account.id"], &fields["token.id"]),
        (&json!(1), &json!(7))
    );
    assert_eq!(
        fields["request.id"],
        listed.headers["x-request-id"].to_str().unwrap()
    );
    assert!(fields["duration_ms"].is_u64());

    let span = &lines[0]["span"];
    let name = "GET /api/v3/accounts/{account_id}/scim/v2/Users";
    assert_eq!(
        (&span["otel.name"], &span["otel.kind"]),
        (&json!(name), &json!("server"))
    );
    assert_eq!(
        (&span["url.scheme"], &span["server.address"]),
        (&json!("https"), &json!("muster.test"))
    );
    assert_eq!(lines[3]["span"]["scim.error_type"], "invalidValue");
    assert_eq!(lines[4]["span"]["otel.name"], "GET");
}

/// The names that the stable conventions have for a request that failed.
#[tokio::test]
async fn a_fault_of_ours_is_an_error_of_the_span() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("gateway=info"))
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let app = App::start().await;
    app.scim("GET", "/Me", Value::Null).await.is_scim_error(501);

    let text = log.text();
    let line: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(line["span"]["error.type"], "501", "{text}");
    assert_eq!(line["span"]["otel.status_code"], "ERROR");
    assert_eq!(line["span"]["http.response.status_code"], 501);
}
