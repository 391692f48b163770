//! The audit log as CSV (RFC 4180).

use proto::protocol::v1::{Change, MemberChange, ValueChange};
use serde_json::Value;

use super::{
    describe,
    names::{NAMED, Names},
};

const COLUMNS: [&str; 21] = [
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
    "resource_id",
    "changed_attributes",
    "request_id",
    "resource_name",
    "resource_display_name",
    "changed_values",
    "members_joined_count",
    "members_joined",
    "members_left_count",
    "members_left",
];

/// The first line.
pub(super) fn header() -> String {
    write(std::iter::once(COLUMNS.map(str::to_owned)))
}

/// A line for each change.
pub(super) fn lines(changes: &[(&'static str, Change)], names: &Names) -> String {
    write(changes.iter().map(|(service, change)| {
        let event = describe(service, change, names);
        record(&event, change, names)
    }))
}

fn write(records: impl Iterator<Item = [String; COLUMNS.len()]>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("memory takes all");
    }
    let text = writer.into_inner().expect("memory takes all");
    String::from_utf8(text).expect("made of text")
}

/// The values of a line, one to each of [`COLUMNS`].
fn record(event: &Value, change: &Change, names: &Names) -> [String; COLUMNS.len()] {
    let of_event = |name: &str| match &event[name] {
        Value::String(value) => field(value),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let actor = change.actor.clone().unwrap_or_default();
    let count = |moved: &Option<MemberChange>| {
        let count = moved.as_ref().map(|moved| moved.count.to_string());
        count.unwrap_or_default()
    };
    let (joined, left) = (&change.members_joined, &change.members_left);
    COLUMNS.map(|column| match column {
        "resource_id" => field(&change.resource_id),
        "changed_attributes" => field(&change.changed_attributes.join(" ")),
        "request_id" => field(&actor.request_id),
        "resource_name" => field(&change.resource_name),
        "resource_display_name" => field(&change.resource_display_name),
        "changed_values" => field(&values(&change.changed_values)),
        "members_joined_count" => count(joined),
        "members_joined" => field(&members(joined.as_ref(), names)),
        "members_left_count" => count(left),
        "members_left" => field(&members(left.as_ref(), names)),
        of_all => of_event(of_all),
    })
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
fn field(value: &str) -> String {
    let is_formula =
        value.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']);
    match is_formula {
        true => format!("'{value}"),
        false => value.to_owned(),
    }
}
