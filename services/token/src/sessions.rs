//! The rows of `sessions` and every query on them. No query is without the account.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::schema::{sessions, tokens};
use crate::secret::Sha256;
use crate::tokens::{Kind, Token};

/// How long a session lasts at most.
const LIFETIME: TimeDelta = TimeDelta::hours(8);
/// How long it lasts without a request.
const IDLE: TimeDelta = TimeDelta::minutes(30);
/// How long a use that was noted stands for those after it.
const REST: TimeDelta = TimeDelta::minutes(1);

/// The live token whose session has this secret; the use of the session is noted, once a minute at most. Times are
/// judged by the clock of the database, which all replicas share.
pub async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    secret: &Sha256,
) -> QueryResult<Option<Token>> {
    type Times = (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>);
    let of_token = tokens::account_id
        .eq(sessions::account_id)
        .and(tokens::id.eq(sessions::token_id));
    let row: Option<(Token, Times)> = sessions::table
        .inner_join(tokens::table.on(of_token))
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::secret_sha256.eq(secret.as_bytes()))
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::kind.eq(Kind::Admin))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .select((
            Token::as_select(),
            (
                sessions::created_at,
                sessions::last_used_at,
                now.into_sql::<Timestamptz>(),
            ),
        ))
        .first(connection)
        .await
        .optional()?;
    let Some((token, (created_at, last_used_at, instant))) = row else {
        return Ok(None);
    };
    if instant - created_at >= LIFETIME || instant - last_used_at >= IDLE {
        return Ok(None);
    }
    if instant - last_used_at >= REST {
        diesel::update(sessions::table.find((account_id, secret.as_bytes())))
            .set(sessions::last_used_at.eq(instant))
            .execute(connection)
            .await?;
    }
    Ok(Some(token))
}

/// Inserts a session of a token, unless one of the account has this secret, and removes those that are over.
pub async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    token_id: i64,
    secret: &Sha256,
) -> QueryResult<bool> {
    let created_at: Option<DateTime<Utc>> = diesel::insert_into(sessions::table)
        .values((
            sessions::account_id.eq(account_id),
            sessions::token_id.eq(token_id),
            sessions::secret_sha256.eq(secret.as_bytes()),
        ))
        .on_conflict_do_nothing()
        .returning(sessions::created_at)
        .get_result(connection)
        .await
        .optional()?;
    let Some(created_at) = created_at else {
        return Ok(false);
    };
    let too_old = sessions::created_at
        .le(created_at - LIFETIME)
        .or(sessions::last_used_at.le(created_at - IDLE));
    diesel::delete(sessions::table)
        .filter(sessions::account_id.eq(account_id))
        .filter(too_old)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Deletes a session and returns the number of its token; `None` if there is none.
pub async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    secret: &Sha256,
) -> QueryResult<Option<i64>> {
    diesel::delete(sessions::table.find((account_id, secret.as_bytes())))
        .returning(sessions::token_id)
        .get_result(connection)
        .await
        .optional()
}

/// Deletes the sessions of a token, and returns how many there were.
pub async fn delete_all(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    token_id: i64,
) -> QueryResult<usize> {
    diesel::delete(sessions::table)
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::token_id.eq(token_id))
        .execute(connection)
        .await
}
