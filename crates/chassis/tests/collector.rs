//! A collector that is away, frozen or slow neither slows nor fails the process, nor fills its log. A panic
//! is logged once, without its message.
//!
//! Telemetry is set up once per process, so each case runs in a process of its own: this test, started again
//! with the collector's address in its environment.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    net::TcpListener,
    process::Command,
    time::{Duration, Instant},
};

const CHILD: &str = "child_process";
const SPANS: usize = 20_000;

/// Runs the child against a collector; its log lines and how long it took in all.
fn run(endpoint: &str) -> (Vec<String>, Duration) {
    let start = Instant::now();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_BSP_SCHEDULE_DELAY", "100")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = stdout
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(str::to_owned);
    (lines.collect(), start.elapsed())
}

fn check(endpoint: &str) {
    let (lines, time) = run(endpoint);
    let complaints = lines.iter().filter(|line| line.contains("WARN")).count();
    let panics = lines
        .iter()
        .filter(|line| line.contains("panicked"))
        .count();
    assert_eq!((lines.len(), complaints, panics), (3, 1, 1), "{lines:#?}");
    // A second of work and at most five for what is left.
    assert!(time < Duration::from_secs(9), "{time:?}");
}

#[test]
fn a_collector_that_is_away() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    check(&format!("http://{address}"));
}

#[test]
fn a_collector_that_accepts_and_never_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            held.push(stream);
        }
    });
    check(&format!("http://{address}"));
}

#[test]
fn a_collector_that_does_not_even_accept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    check(&format!("http://{}", listener.local_addr().unwrap()));
}

#[test]
#[ignore = "runs in the processes that the other tests start"]
fn child_process() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut env = chassis::env::Env::from_process();
        let guard = chassis::telemetry::init("child", &mut env).unwrap();
        let start = Instant::now();
        for _ in 0..SPANS {
            tracing::info_span!("span").in_scope(|| ());
        }
        let time = start.elapsed();
        assert!(time < Duration::from_secs(2), "{time:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        tracing::info!(micros = time.as_micros().to_string(), "worked");
        std::panic::catch_unwind(|| panic!("a value")).unwrap_err();
        drop(guard);
    });
}
