//! The audit log as CSV (RFC 4180).

use proto::protocol::v1::Change;
use serde_json::Value;

use super::describe;

/// The first line.
pub(super) const HEADER: &str = "id,account_id,created_at,event_type,event_label,source,service,actor_type,actor_id,actor_name,actor_ip,resource_id,changed_attributes,request_id\r\n";

/// Lines after what stands before them.
pub(super) fn page(before: &str, changes: &[(&'static str, Change)]) -> String {
    let mut text = before.to_owned();
    for (service, change) in changes {
        line(&mut text, &describe(service, change), change);
    }
    text
}

fn line(text: &mut String, event: &Value, change: &Change) {
    let columns = [
        "id",
        "account_id",
        "created_at",
        "event_type",
        "event_label",
        "source",
        "service",
        "actor_type",
        "actor_id",
        "actor_name",
        "actor_ip",
    ];
    for name in columns {
        match &event[name] {
            Value::String(value) => field(text, value),
            Value::Null => {}
            other => text.push_str(&other.to_string()),
        }
        text.push(',');
    }
    let actor = change.actor.clone().unwrap_or_default();
    field(text, &change.resource_id);
    text.push(',');
    field(text, &change.changed_attributes.join(" "));
    text.push(',');
    field(text, &actor.request_id);
    text.push_str("\r\n");
}

/// A value. One that a spreadsheet would take for a formula gets an apostrophe before it: the names of tokens
/// are their makers' choice.
fn field(text: &mut String, value: &str) {
    let is_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let value = if is_formula {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    if value.contains(['"', ',', '\r', '\n']) {
        text.push('"');
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(&value);
    }
}
