//! The rows of `tokens` and every query on them. No query is without the account.

use std::io::Write;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::now;
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, BigInt, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use lease::Term;
use serde::{Deserialize, Serialize};
use storage::postgres::statement;

use crate::schema::tokens;
use crate::secret::Sha256;

/// Which surface a token opens.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    AsExpression,
    FromSqlRow,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The SCIM endpoints of its account.
    Scim,
    /// The admin API of its account.
    Admin,
}

impl Kind {
    /// The word in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Admin => "admin",
        }
    }

    /// What the change log calls the creation of a token of this kind.
    pub fn created(self) -> &'static str {
        match self {
            Self::Scim => "scim_token.created",
            Self::Admin => "admin_token.created",
        }
    }

    /// What the change log calls the deletion of a token of this kind.
    pub fn deleted(self) -> &'static str {
        match self {
            Self::Scim => "scim_token.deleted",
            Self::Admin => "admin_token.deleted",
        }
    }
}

impl ToSql<Text, Pg> for Kind {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.as_str().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Pg> for Kind {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"scim" => Ok(Self::Scim),
            b"admin" => Ok(Self::Admin),
            _ => Err("unknown token kind".into()),
        }
    }
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tokens, check_for_backend(Pg))]
pub struct Token {
    /// The account it belongs to.
    pub account_id: i64,
    /// Its number, unique over all accounts.
    pub id: i64,
    /// The surface it opens.
    pub kind: Kind,
    /// The name for people to read.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it stops working; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it opens its surface for reading alone.
    pub read_only: bool,
}

/// A token to be inserted.
#[derive(Insertable)]
#[diesel(table_name = tokens)]
pub struct NewToken<'a> {
    /// The account.
    pub account_id: i64,
    /// The surface it is to open.
    pub kind: Kind,
    /// 1 to 255 characters.
    pub name: &'a str,
    /// The hash of its secret.
    pub secret_sha256: &'a [u8],
    /// When it is to stop working.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is to open its surface for reading alone.
    pub read_only: bool,
}

/// A token found by its secret, live at that moment.
#[derive(Debug, Clone)]
pub struct Found {
    /// The token.
    pub token: Token,
    /// How much longer it lives by the clock of the database; `None`: for ever.
    pub remaining: Option<Duration>,
}

impl Found {
    /// How long this may be believed, from before it was read: for the term of a lease, not past the expiry.
    pub fn good_for(&self, term: Term) -> Duration {
        let term = term.length();
        self.remaining.map_or(term, |left| left.min(term))
    }
}

/// The live token of this account with this secret. Whether it has expired is for the database's clock to
/// say, which all replicas share.
pub async fn find_by_secret(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    secret: &Sha256,
) -> QueryResult<Option<Found>> {
    // No raw SQL: with it, Diesel would not keep the statement prepared.
    let row: Option<(Token, DateTime<Utc>)> = tokens::table
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::secret_sha256.eq(secret.as_bytes()))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .select((Token::as_select(), now.into_sql::<Timestamptz>()))
        .first(connection)
        .await
        .optional()?;
    Ok(row.map(|(token, instant)| Found {
        remaining: token
            .expires_at
            .map(|expiry| (expiry - instant).to_std().unwrap_or_default()),
        token,
    }))
}

/// The name of a token that is there and live. It then stays there until the transaction ends.
pub async fn hold(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
    kind: Kind,
) -> QueryResult<Option<String>> {
    tokens::table
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::id.eq(id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .select(tokens::name)
        .for_key_share()
        .first(connection)
        .await
        .optional()
}

/// The live tokens of a kind, by id, which stay as they are until the transaction ends.
pub async fn lock_live(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    kind: Kind,
) -> QueryResult<Vec<Token>> {
    tokens::table
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .order(tokens::id)
        .select(Token::as_select())
        .for_update()
        .load(connection)
        .await
}

/// One token, expired or not.
pub async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
    kind: Kind,
) -> QueryResult<Option<Token>> {
    tokens::table
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::id.eq(id))
        .filter(tokens::kind.eq(kind))
        .select(Token::as_select())
        .first(connection)
        .await
        .optional()
}

/// A page of an account's tokens by id, expired ones included, and how many there are in all.
pub async fn list(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    kind: Kind,
    skip: i64,
    limit: i64,
) -> QueryResult<(Vec<Token>, i64)> {
    let all = tokens::table
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::kind.eq(kind));
    let total = all.count().get_result(connection).await?;
    let page = all
        .order(tokens::id)
        .offset(skip)
        .limit(limit)
        .select(Token::as_select())
        .load(connection)
        .await?;
    Ok((page, total))
}

/// Inserts a token and returns it with its number and time of creation.
pub async fn insert(
    connection: &mut AsyncPgConnection,
    token: &NewToken<'_>,
) -> QueryResult<Token> {
    diesel::insert_into(tokens::table)
        .values(token)
        .returning(Token::as_returning())
        .get_result(connection)
        .await
}

/// Deletes a token and returns the hash of its secret and its name; `None` if there is none.
pub async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
    kind: Kind,
) -> QueryResult<Option<(Sha256, String)>> {
    let deleted: Option<(Vec<u8>, String)> = diesel::delete(tokens::table)
        .filter(tokens::account_id.eq(account_id))
        .filter(tokens::id.eq(id))
        .filter(tokens::kind.eq(kind))
        .returning((tokens::secret_sha256, tokens::name))
        .get_result(connection)
        .await
        .optional()?;
    Ok(deleted.and_then(|(hash, name)| Some((Sha256::from_slice(&hash)?, name))))
}

/// That a token was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The account.
    pub account_id: i64,
    /// The token.
    pub id: i64,
    /// How long ago.
    pub ago: Duration,
}

/// Notes when tokens were last used, in one statement. A token noted less than a minute ago, by whichever
/// replica, is left alone, so that a busy token costs one row version a minute. Returns how many were noted.
pub async fn update_last_used(
    connection: &mut AsyncPgConnection,
    uses: &[Use],
) -> QueryResult<usize> {
    // Ages and not times: the database's clock is the one that all replicas share.
    let ages: Vec<i64> = uses
        .iter()
        .map(|used| i64::try_from(used.ago.as_millis()).unwrap_or(i64::MAX))
        .collect();
    statement(
        "WITH used AS MATERIALIZED ( \
             SELECT account_id, id, \
                 date_trunc('milliseconds', now() - ago * interval '1 millisecond') AS used_at, \
                 now() - interval '1 minute' AS rested \
             FROM unnest($1, $2, $3) AS used (account_id, id, ago) \
         ) \
         UPDATE tokens SET last_used_at = greatest(created_at, used.used_at) FROM used \
         WHERE tokens.account_id = used.account_id AND tokens.id = used.id \
           AND (last_used_at IS NULL OR last_used_at <= used.rested)",
    )
    .bind::<Array<BigInt>, _>(uses.iter().map(|used| used.account_id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(uses.iter().map(|used| used.id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(ages)
    .execute(connection)
    .await
}
