//! What resources were called last.

use diesel::{
    QueryResult, QueryableByName,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::protocol::v1::ResourceName;

use crate::postgres::statement;

/// One row of the index of resources for each that is asked for, but for rows older than names.
const LAST: &str = "
    SELECT last.resource_id, last.resource_name, last.resource_display_name
    FROM unnest($2) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT resource_id, resource_name, resource_display_name FROM changes
        WHERE account_id = $1 AND resource_id = asked.id AND resource_name <> ''
        ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS last";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    resource_id: String,
    #[diesel(sql_type = Text)]
    resource_name: String,
    #[diesel(sql_type = Text)]
    resource_display_name: String,
}

/// What each of the resources was called when it changed last, if anything.
pub(super) async fn last(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    resource_ids: &[String],
) -> QueryResult<Vec<ResourceName>> {
    let rows: Vec<Row> = statement(LAST)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<Text>, _>(resource_ids)
        .load(connection)
        .await?;
    let names = rows.into_iter().map(|row| ResourceName {
        resource_id: row.resource_id,
        name: row.resource_name,
        display_name: row.resource_display_name,
    });
    Ok(names.collect())
}
