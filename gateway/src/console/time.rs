//! Instants as people read them.

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, SecondsFormat, Utc};
use prost_types::Timestamp;

/// An instant, or what stands where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    time: Option<DateTime<Utc>>,
    otherwise: &'static str,
}

/// An instant in a page; `otherwise` is our own text.
pub(super) fn when(timestamp: Option<&Timestamp>, otherwise: &'static str) -> When {
    When {
        time: timestamp.map(proto::time::date_time),
        otherwise,
    }
}

impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.time {
            Some(time) => write!(
                formatter,
                r#"<time datetime="{}">{}</time>"#,
                time.to_rfc3339_opts(SecondsFormat::Secs, true),
                time.format("%-d %b %Y, %H:%M UTC"),
            ),
            None => write!(
                formatter,
                r#"<span class="quiet">{}</span>"#,
                self.otherwise
            ),
        }
    }
}

/// Digits, our own words and marks only.
impl HtmlSafe for When {}
