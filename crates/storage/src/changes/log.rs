//! The change log as callers read it: an account's changes, the newest first.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, SelectableHelper,
    dsl::sql,
    sql_types::{Bool, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::{
    error::status,
    protocol::v1::{
        BatchGetResourceNamesRequest, BatchGetResourceNamesResponse, Change, ErrorReason,
        ListChangesRequest, ListChangesResponse, change_log_service_server::ChangeLogService,
    },
    request,
    time::date_time,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    changes,
    entry::key,
    names,
    row::{self, Row},
};
use crate::{
    Error,
    cursor::{self, Cursors, Position, Query},
    postgres::{Pool, connect},
};

/// The most resources whose names are asked for at once.
const NAMED: usize = 10_000;

/// Serves `muster.protocol.v1.ChangeLogService` over the change log of a service:
/// `ChangeLogServiceServer::new(Log::new(pool, cursors))`.
#[derive(Clone)]
pub struct Log {
    pool: Pool,
    cursors: Cursors,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

impl Log {
    /// Over the change log in this database.
    pub fn new(pool: Pool, cursors: Cursors) -> Log {
        Log { pool, cursors }
    }
}

#[tonic::async_trait]
impl ChangeLogService for Log {
    async fn list_changes(
        &self,
        request: Request<ListChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        let request = request.into_inner();
        request::account(request.account_id)?;
        let limit = request::page_size(request.page_size)?;
        let selection = Selection::from(&request);
        let filter = selection.text();
        let query = query(request.account_id, &filter);
        let now = Utc::now();
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(self.cursors.read(query, token, now).map_err(refused)?),
        };
        let after = after.map(|position| instant(&position)).transpose()?;
        let mut connection = connect(&self.pool).await.map_err(Error::into_status)?;
        // One more than asked for says whether there is a next page.
        let (mut rows, is_whole) = select(
            &mut connection,
            request.account_id,
            &selection,
            after,
            limit + 1,
        )
        .await
        .map_err(|error| Error::from(error).into_status())?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_last = is_whole && rows.len() <= limit;
        rows.truncate(limit);
        let next_page_token = match rows.last() {
            Some(end) if !is_last => self.cursors.write(query, &position(end), now),
            _ => String::new(),
        };
        Ok(Response::new(ListChangesResponse {
            changes: rows.into_iter().map(Change::from).collect(),
            next_page_token,
        }))
    }

    async fn batch_get_resource_names(
        &self,
        request: Request<BatchGetResourceNamesRequest>,
    ) -> Result<Response<BatchGetResourceNamesResponse>, Status> {
        let request = request.into_inner();
        request::account(request.account_id)?;
        if request.resource_ids.len() > NAMED {
            let why = "resource_ids must be at most 10000";
            return Err(status(ErrorReason::InvalidValue, why));
        }
        let mut connection = connect(&self.pool).await.map_err(Error::into_status)?;
        let names = names::last(&mut connection, request.account_id, &request.resource_ids)
            .await
            .map_err(|error| Error::from(error).into_status())?;
        Ok(Response::new(BatchGetResourceNamesResponse { names }))
    }
}

/// Which changes are asked for.
struct Selection<'a> {
    kinds: &'a [String],
    actor_id: &'a str,
    resource_id: &'a str,
    /// In the form that is compared.
    resource_name_key: String,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
}

impl<'a> From<&'a ListChangesRequest> for Selection<'a> {
    fn from(request: &'a ListChangesRequest) -> Selection<'a> {
        // Postgres has fewer years than the wire, and the log has nothing outside these.
        let time = |time| {
            let end = DateTime::from_timestamp_nanos(i64::MAX);
            date_time(time).clamp(DateTime::UNIX_EPOCH, end)
        };
        Selection {
            kinds: &request.kinds,
            actor_id: &request.actor_id,
            resource_id: &request.resource_id,
            resource_name_key: key(&request.resource_name),
            start: request.start_time.as_ref().map(time),
            end: request.end_time.as_ref().map(time),
        }
    }
}

impl Selection<'_> {
    /// What a page token is bound to, besides the account.
    fn text(&self) -> String {
        let times = [self.start, self.end].map(|time| time.map(|time| time.timestamp_micros()));
        let name = &self.resource_name_key;
        serde_json::json!([self.kinds, self.actor_id, self.resource_id, name, times]).to_string()
    }
}

fn query(account_id: i64, filter: &str) -> Query<'_> {
    Query {
        kind: "changes",
        account_id,
        filter,
        order_by: "",
        descending: true,
        across_types: false,
        // Pages of one list may differ in size: nothing is counted by pages.
        page_size: 0,
    }
}

async fn select(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    selection: &Selection<'_>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<(Vec<Row>, bool)> {
    let mut query = changes::table
        .filter(changes::account_id.eq(account_id))
        .order((changes::created_at.desc(), changes::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some((created_at, id)) = after {
        query = query.filter(
            sql::<Bool>("(created_at, id) < (")
                .bind::<Timestamptz, _>(created_at)
                .sql(", ")
                .bind::<SqlUuid, _>(id)
                .sql(")"),
        );
    }
    if let Some(start) = selection.start {
        query = query.filter(changes::created_at.ge(start));
    }
    if let Some(end) = selection.end {
        query = query.filter(changes::created_at.lt(end));
    }
    if !selection.kinds.is_empty() {
        query = query.filter(changes::kind.eq_any(selection.kinds));
    }
    if !selection.actor_id.is_empty() {
        query = query.filter(changes::actor_id.eq(selection.actor_id));
    }
    if !selection.resource_id.is_empty() {
        query = query.filter(changes::resource_id.eq(selection.resource_id));
    }
    if !selection.resource_name_key.is_empty() {
        query = query.filter(changes::resource_name_key.eq(&selection.resource_name_key));
    }
    row::page(query.load_stream(connection).await?).await
}

fn position(row: &Row) -> Position {
    Position {
        // All that Postgres keeps of a time.
        key: Some(row.created_at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        id: row.id,
    }
}

fn instant(position: &Position) -> Result<(DateTime<Utc>, Uuid), Status> {
    let key = position.key.as_deref().and_then(|key| key.parse().ok());
    let key = key.ok_or_else(|| refused(cursor::Error::Invalid))?;
    Ok((key, position.id))
}

fn refused(error: cursor::Error) -> Status {
    let reason = match error {
        cursor::Error::Invalid => ErrorReason::InvalidCursor,
        cursor::Error::Expired => ErrorReason::ExpiredCursor,
        cursor::Error::Count => ErrorReason::InvalidCount,
    };
    status(reason, error.to_string())
}
