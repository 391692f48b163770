//! The commands on tokens: `create-token`, `create-admin-token`, `list-tokens`, `delete-token`.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use proto::name::escape;
use proto::protocol::v1::{Actor, actor};
use secrecy::SecretString;
use storage::postgres::{self, Pool};

use crate::cache::Cache;
use crate::config::Config;
use crate::lookup::Lookup;
use crate::service::{self, Creation, Deletion};
use crate::tokens::{self, Kind, Token};

/// How many tokens are read at once.
const PAGE: i64 = 1000;

/// The token to create.
#[derive(Debug, Clone, clap::Args)]
pub struct TokenArguments {
    /// The account the token belongs to.
    #[arg(long)]
    pub account_id: i64,
    /// A name for people to read.
    #[arg(long)]
    pub name: String,
    /// How many days the token works; without it an admin token 90 days, a SCIM token for ever.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub expires_in_days: Option<u32>,
    /// Whether the token works for ever.
    #[arg(long, conflicts_with = "expires_in_days")]
    pub never_expires: bool,
    /// Whether the token may only read.
    #[arg(long)]
    pub read_only: bool,
}

/// The tokens to list.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ListTokens {
    /// The account the tokens belong to.
    #[arg(long)]
    pub account_id: i64,
    /// What the tokens open; without it, both kinds.
    #[arg(long)]
    pub kind: Option<Kind>,
}

/// The token to delete.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct DeleteToken {
    /// The account the token belongs to.
    #[arg(long)]
    pub account_id: i64,
    /// The token's number.
    #[arg(long)]
    pub id: i64,
    /// What the token opens.
    #[arg(long)]
    pub kind: Kind,
    /// Delete it also if it is the account's last admin token.
    #[arg(long)]
    pub confirm: bool,
}

/// Creates a token and returns its secret.
///
/// # Errors
/// The database is away, or a value is refused.
pub async fn create_token(
    database: &postgres::Config,
    kind: Kind,
    create: &TokenArguments,
) -> anyhow::Result<SecretString> {
    let pool = connect(database).await?;
    let days = create.expires_in_days.map(i64::from);
    let creation = Creation {
        account_id: create.account_id,
        kind,
        name: &create.name,
        expires_at: days.map(|days| Utc::now() + TimeDelta::days(days)),
        never_expires: create.never_expires,
        read_only: create.read_only,
    };
    let (_, secret) = service::create(&pool, &creation, &operator()).await?;
    Ok(secret)
}

/// The tokens of an account by number, each as a line: number, kind, when it was created, last used and ends, whether
/// it reads only, name, with tabs between.
///
/// # Errors
/// The database is away.
pub async fn list_tokens(
    database: &postgres::Config,
    list: ListTokens,
) -> anyhow::Result<Vec<String>> {
    let pool = connect(database).await?;
    let mut connection = postgres::connect(&pool).await?;
    let mut found: Vec<Token> = Vec::new();
    for kind in [Kind::Scim, Kind::Admin] {
        if list.kind.is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let mut skip = 0;
        loop {
            let page = tokens::list(&mut connection, list.account_id, kind, skip, PAGE).await?;
            let (page, total) = page;
            skip += PAGE;
            found.extend(page);
            if skip >= total {
                break;
            }
        }
    }
    found.sort_by_key(|token| token.id);
    Ok(found.iter().map(line).collect())
}

fn line(token: &Token) -> String {
    let time = |time: Option<DateTime<Utc>>| {
        time.map_or("never".to_owned(), |time| {
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
        })
    };
    let mode = if token.read_only { "reads" } else { "writes" };
    let columns = [
        token.id.to_string(),
        token.kind.as_str().to_owned(),
        time(Some(token.created_at)),
        time(token.last_used_at),
        time(token.expires_at),
        mode.to_owned(),
        escape(&token.name),
    ];
    columns.join("\t")
}

/// Deletes a token, which is refused from the next request on.
///
/// # Errors
/// The database is away, there is no such token, or it is the last admin token and that is not confirmed.
pub async fn delete_token(config: &Config, delete: DeleteToken) -> anyhow::Result<()> {
    let pool = connect(&config.database).await?;
    let redis = storage::redis::Client::new(&config.redis_url)?;
    let cache = Cache::new(redis, config.cache_key.as_ref(), config.lease)?;
    let lookup = Lookup::new(pool.clone(), cache, config.lease);
    let deletion = Deletion {
        account_id: delete.account_id,
        id: delete.id,
        kind: delete.kind,
        confirm: delete.confirm,
    };
    Ok(service::delete(&pool, &lookup, &deletion, &operator()).await?)
}

async fn connect(database: &postgres::Config) -> anyhow::Result<Pool> {
    let pool = postgres::pool(database)?;
    postgres::check_schema(&pool, crate::MIGRATIONS).await?;
    Ok(pool)
}

fn operator() -> Actor {
    Actor {
        kind: actor::Kind::Operator.into(),
        id: "operator".to_owned(),
        name: "operator".to_owned(),
        request_id: String::new(),
        ip_address: String::new(),
    }
}
