//! How administrators find users: by words, each of which is somewhere in what a user is known by.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::{Condition, filter::text::escape};
use scim::{
    Map,
    text::{search_key, search_words},
};
use serde_json::Value;
use storage::postgres::{Pool, connect};
use uuid::Uuid;

use crate::{error::Error, schema::users};

/// The longest search, in bytes, and the most words of one.
const MAX_BYTES: usize = 1_000;
const MAX_WORDS: usize = 20;

/// How many users are seen to at a time.
const BATCH: i64 = 500;

/// What a user is found by, one a line.
pub(crate) fn text(resource: &Map) -> String {
    let names = ["userName", "externalId", "displayName", "nickName"];
    let parts = ["formatted", "givenName", "middleName", "familyName"];
    let names = names.into_iter().map(|name| resource.get(name));
    let name = resource.get("name");
    let parts = parts
        .into_iter()
        .map(|part| name.and_then(|name| name.get(part)));
    let emails = resource.get("emails").and_then(Value::as_array);
    let emails = emails.into_iter().flatten();
    let emails = emails.map(|email| email.get("value"));
    let all = names.chain(parts).chain(emails).flatten();
    let lines = all.filter_map(Value::as_str).map(search_key);
    lines.collect::<Vec<String>>().join("\n")
}

/// Of which users a search is true: each word is in what they are found by, or is their id.
pub(crate) fn condition(search: &str) -> Result<Condition, Error> {
    let words = search_words(search);
    if search.contains('\0') {
        return Err(Error::InvalidValue(
            "a search must not contain the character U+0000".to_owned(),
        ));
    }
    if search.len() > MAX_BYTES || words.len() > MAX_WORDS {
        return Err(Error::InvalidValue(format!(
            "a search has at most {MAX_BYTES} bytes and {MAX_WORDS} words"
        )));
    }
    let mut condition = Condition::always();
    for word in words {
        condition.raw(" AND (users.search_text LIKE ");
        condition.bind_text(format!("%{}%", escape(&word)));
        if let Ok(id) = Uuid::try_parse(&word) {
            condition.raw(" OR users.id = ").bind_id(id);
        }
        condition.raw(")");
    }
    Ok(condition)
}

/// Writes anew what users are found by, wherever it is not as this version has it: what a migration put there, or an
/// older process. How many users had it otherwise.
///
/// # Errors
/// The database fails; what is done by then is done, and the next run goes on.
pub async fn refresh(pool: &Pool) -> Result<usize, storage::Error> {
    let mut refreshed = 0;
    let mut after = (i64::MIN, Uuid::nil());
    loop {
        let mut connection = connect(pool).await?;
        let rows = batch(&mut connection, after).await?;
        let Some(last) = rows.last() else {
            return Ok(refreshed);
        };
        after = (last.account_id, last.id);
        for row in rows {
            refreshed += row.refresh(&mut connection).await?;
        }
    }
}

#[derive(Queryable)]
struct Row {
    account_id: i64,
    id: Uuid,
    version: i64,
    resource: Value,
    search_text: String,
}

async fn batch(
    connection: &mut AsyncPgConnection,
    (account_id, id): (i64, Uuid),
) -> QueryResult<Vec<Row>> {
    let later = users::account_id.gt(account_id);
    let same = users::account_id.eq(account_id).and(users::id.gt(id));
    users::table
        .filter(later.or(same))
        .order((users::account_id, users::id))
        .limit(BATCH)
        .select((
            users::account_id,
            users::id,
            users::version,
            users::resource,
            users::search_text,
        ))
        .load(connection)
        .await
}

impl Row {
    /// A row that somebody writes meanwhile is left to that write.
    async fn refresh(self, connection: &mut AsyncPgConnection) -> QueryResult<usize> {
        let text = text(self.resource.as_object().unwrap_or(&Map::new()));
        if text == self.search_text {
            return Ok(0);
        }
        diesel::update(users::table.find((self.account_id, self.id)))
            .filter(users::version.eq(self.version))
            .set(users::search_text.eq(text))
            .execute(connection)
            .await
    }
}
