//! An entry as it is read.

use chrono::{DateTime, Utc};
use diesel::{QueryResult, Queryable, Selectable};
use futures::{Stream, TryStreamExt};
use proto::protocol::v1::{Actor, Change, MemberChange, actor::Kind};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{changes, entry::Value};

/// About how many bytes of entries are read at once: less than half of what a message may have where nobody says
/// otherwise.
const PAGE_BYTES: usize = 2 << 20;

#[derive(Queryable, Selectable)]
#[diesel(table_name = changes)]
pub(super) struct Row {
    account_id: i64,
    pub(super) id: Uuid,
    sequence: Option<i64>,
    kind: String,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    request_id: String,
    actor_ip: String,
    resource_id: String,
    changed_attributes: Vec<String>,
    pub(super) created_at: DateTime<Utc>,
    resource_name: String,
    resource_display_name: String,
    changed_values: Option<Json>,
    members_joined: Option<Vec<Uuid>>,
    members_joined_count: Option<i64>,
    members_left: Option<Vec<Uuid>>,
    members_left_count: Option<i64>,
}

impl Row {
    /// About its bytes on the wire, as far as they vary much.
    fn size(&self) -> usize {
        const SMALL: usize = 512;
        const ID: usize = 38;
        let ids = |ids: &Option<Vec<Uuid>>| ids.as_ref().map_or(0, |ids| ids.len() * ID);
        let attributes: usize = self.changed_attributes.iter().map(String::len).sum();
        let values = self.changed_values.as_ref();
        SMALL
            + attributes
            + self.resource_name.len()
            + self.resource_display_name.len()
            + values.map_or(0, |values| values.to_string().len())
            + ids(&self.members_joined)
            + ids(&self.members_left)
    }
}

/// The first of the rows, at least one: as many as are not too large together. Says also whether these are all.
pub(super) async fn page(
    rows: impl Stream<Item = QueryResult<Row>>,
) -> QueryResult<(Vec<Row>, bool)> {
    let mut rows = std::pin::pin!(rows);
    let (mut page, mut size) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        size += row.size();
        if size > PAGE_BYTES && !page.is_empty() {
            return Ok((page, false));
        }
        page.push(row);
    }
    Ok((page, true))
}

impl From<Row> for Change {
    fn from(row: Row) -> Change {
        let kind = Kind::from_str_name(&row.actor_kind).unwrap_or(Kind::Unspecified);
        Change {
            sequence: row.sequence.unwrap_or_default(),
            account_id: row.account_id,
            id: row.id.to_string(),
            kind: row.kind,
            actor: Some(Actor {
                kind: kind.into(),
                id: row.actor_id,
                name: row.actor_name,
                request_id: row.request_id,
                ip_address: row.actor_ip,
            }),
            resource_id: row.resource_id,
            changed_attributes: row.changed_attributes,
            create_time: Some(proto::time::timestamp(row.created_at)),
            resource_name: row.resource_name,
            resource_display_name: row.resource_display_name,
            changed_values: Value::all_from_json(row.changed_values),
            members_joined: members(row.members_joined, row.members_joined_count),
            members_left: members(row.members_left, row.members_left_count),
        }
    }
}

fn members(ids: Option<Vec<Uuid>>, count: Option<i64>) -> Option<MemberChange> {
    Some(MemberChange {
        member_ids: ids?.iter().map(Uuid::to_string).collect(),
        count: count?,
    })
}
