//! The audit log as CSV (RFC 4180).

use proto::protocol::v1::{Change, MemberChange, ValueChange};
use serde_json::Value;

use super::{
    describe,
    names::{NAMED, Names},
};

/// The first line.
pub(super) const HEADER: &str = "id,account_id,created_at,event_type,event_label,source,service,actor_type,actor_id,actor_name,actor_ip,resource_id,changed_attributes,request_id,resource_name,resource_display_name,changed_values,members_joined_count,members_joined,members_left_count,members_left\r\n";

/// A line for each change.
pub(super) fn lines(changes: &[(&'static str, Change)], names: &Names) -> String {
    let mut text = String::new();
    for (service, change) in changes {
        let event = describe(service, change, names);
        line(&mut text, &event, change, names);
    }
    text
}

fn line(text: &mut String, event: &Value, change: &Change, names: &Names) {
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
    for value in [
        change.resource_name.clone(),
        change.resource_display_name.clone(),
        values(&change.changed_values),
    ] {
        text.push(',');
        field(text, &value);
    }
    for moved in [&change.members_joined, &change.members_left] {
        text.push(',');
        if let Some(moved) = moved {
            text.push_str(&moved.count.to_string());
        }
        text.push(',');
        field(text, &members(moved.as_ref(), names));
    }
    text.push_str("\r\n");
}

fn values(values: &[ValueChange]) -> String {
    let values = values.iter().map(|value| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let (old, new) = (text(&value.old_value), text(&value.new_value));
        format!("{}: {old} → {new}", value.attribute)
    });
    values.collect::<Vec<_>>().join("; ")
}

/// The first members, by name where it is known.
fn members(members: Option<&MemberChange>, names: &Names) -> String {
    let ids = members.map_or(&[][..], |members| &members.member_ids);
    let texts = ids.iter().take(NAMED).map(|id| match names.get(id) {
        Some(named) => named.name.as_str(),
        None => id,
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// A value. One that a spreadsheet would take for a formula gets an apostrophe before it: names are their makers'
/// choice. Some spreadsheets take the full-width forms of the signs for the signs.
fn field(text: &mut String, value: &str) {
    let is_formula =
        value.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']);
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
