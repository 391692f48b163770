//! Logs and traces of the process.

use std::{io, panic, str::FromStr, time::Duration};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tonic::transport::Endpoint;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{client, env::Env};

mod export;
mod lines;

const FLUSH_TIME: Duration = Duration::from_secs(5);

/// Keeps telemetry going; when dropped, sends what is left to the collector, for at most 5 s. To be dropped
/// while the tokio runtime still runs, and not on one of its worker threads if there is only one.
#[derive(Debug)]
#[must_use = "telemetry stops when the guard is dropped"]
pub struct Guard {
    provider: SdkTracerProvider,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A collector that does not answer costs the last spans; there is nobody left to tell.
        let _ = self.provider.shutdown_with_timeout(FLUSH_TIME);
    }
}

/// Sets up logs, traces and W3C propagation for the whole process, once, inside a tokio runtime.
///
/// Logs go to standard output, one line per event, as `LOG_FORMAT` says (`json` or `text`) and as far as
/// `RUST_LOG` lets them. Spans of level INFO and above go to `OTEL_EXPORTER_OTLP_ENDPOINT` by OTLP over gRPC,
/// if it is set, every `OTEL_BSP_SCHEDULE_DELAY` milliseconds, under the name in `OTEL_SERVICE_NAME` or the
/// one given. A collector that is away loses spans; it never slows a request.
///
/// # Errors
/// Telemetry is set up already. A malformed variable is noted in `env`.
pub fn init(service_name: &str, env: &mut Env) -> anyhow::Result<Guard> {
    let name = env.or("OTEL_SERVICE_NAME", service_name.to_owned());
    let Filter(filter) = env.or("RUST_LOG", Filter(EnvFilter::new("info")));
    let format = env.or("LOG_FORMAT", Format::Json);
    let endpoint = endpoint(env);
    let listens = endpoint.is_some();
    let provider = provider(name.clone(), endpoint, env)?;

    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    opentelemetry::global::set_tracer_provider(provider.clone());
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(name))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(move |span| is_made(span, listens)));
    // The SDK reports every failed export; `export` says it once.
    let filter = filter.add_directive("opentelemetry=off".parse().expect("a target and a level"));
    let events = filter_fn(|metadata: &Metadata<'_>| metadata.is_event());
    let lines = lines::Lines::new(format, io::stdout).with_filter(events.and(filter));
    tracing_subscriber::registry()
        .with(spans)
        .with(lines)
        .try_init()?;
    panic::set_hook(Box::new(log_panic));
    Ok(Guard { provider })
}

fn provider(
    name: String,
    endpoint: Option<Endpoint>,
    env: &mut Env,
) -> anyhow::Result<SdkTracerProvider> {
    let delay: Option<u64> = env.optional("OTEL_BSP_SCHEDULE_DELAY");
    // Without a collector the span of a request has ids, which stand in the logs and go to peers, but nothing is recorded
    // in it unless a caller asks for it.
    let sampler = if endpoint.is_some() {
        Sampler::AlwaysOn
    } else {
        Sampler::AlwaysOff
    };
    let builder = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .with_resource(Resource::builder().with_service_name(name).build());
    Ok(match endpoint {
        Some(endpoint) => builder
            .with_span_processor(export::processor(
                endpoint,
                delay.map(Duration::from_millis),
            )?)
            .build(),
        None => builder.build(),
    })
}

/// Where the collector is, if there is one.
fn endpoint(env: &mut Env) -> Option<Endpoint> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let url: String = env.optional(NAME)?;
    match client::endpoint(&url) {
        Ok(endpoint) => Some(endpoint),
        Err(error) => {
            env.fault(NAME, error.to_string());
            None
        }
    }
}

/// Whether a span is made: where nobody listens, only those of requests, and not those of what is asked of others.
fn is_made(metadata: &Metadata<'_>, listens: bool) -> bool {
    let has = |name| metadata.fields().field(name).is_some();
    let asks = || has("db.system.name") || (has("rpc.system.name") && has("server.address"));
    metadata.is_span() && *metadata.level() <= Level::INFO && (listens || !asks())
}

/// Which log lines are written.
struct Filter(EnvFilter);

impl FromStr for Filter {
    type Err = &'static str;

    /// A word alone is a level. The parser would take any other for the name of a module and silence the rest.
    fn from_str(text: &str) -> Result<Filter, Self::Err> {
        let is_level = |part: &str| {
            let names_one = part.contains('=') && !part.contains('[');
            names_one || LevelFilter::from_str(part).is_ok()
        };
        if !text.split(',').map(str::trim).all(is_level) {
            return Err("levels expected, such as info or info,hyper=warn");
        }
        let filter = EnvFilter::try_new(text);
        filter
            .map(Filter)
            .map_err(|_| "levels expected, such as info or info,hyper=warn")
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Text,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Format, Self::Err> {
        match text {
            "json" => Ok(Format::Json),
            "text" => Ok(Format::Text),
            _ => Err("json or text expected"),
        }
    }
}

/// Without the message, which may show a value that is nobody's business: the place tells enough.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}

#[cfg(test)]
mod tests;
