//! The rows of `invitations` and every query on them. A user has one open invitation at most; whoever
//! changes one holds the lock on its user's row.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{LtEq, now},
    pg::Pg,
    prelude::*,
    sql_types::{Bool, Nullable, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::Sql;
use proto::identity::v1::invitation::{State, Type};
use storage::postgres::{among, prepared};
use uuid::Uuid;

use crate::schema::{invitations, users};

/// An invitation as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = invitations, check_for_backend(Pg))]
pub(crate) struct Invitation {
    pub(crate) account_id: i64,
    pub(crate) id: i64,
    pub(crate) user_id: Uuid,
    pub(crate) email: String,
    type_: String,
    group_ids: Vec<Option<String>>,
    pub(crate) created_at: DateTime<Utc>,
    /// When a mail, or the account's webhook, last took it.
    pub(crate) handed_over_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) redeemed_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    /// Whether its time is over, by the clock of the database.
    #[diesel(select_expression = invitations::expires_at.le(now))]
    #[diesel(select_expression_type = LtEq<invitations::expires_at, now>)]
    is_over: bool,
}

/// What is to be stored of an invitation.
#[derive(Debug)]
pub(crate) struct NewInvitation<'a> {
    pub(crate) account_id: i64,
    pub(crate) user_id: Uuid,
    pub(crate) email: &'a str,
    pub(crate) r#type: Type,
    pub(crate) group_ids: &'a [String],
    /// How many days it is good for.
    pub(crate) days: u32,
}

/// Which invitations a list holds, and which part of it is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection {
    pub(crate) account_id: i64,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) state: State,
    pub(crate) skip: i64,
    pub(crate) limit: i64,
}

impl Invitation {
    pub(crate) fn state(&self) -> State {
        match (self.redeemed_at, self.revoked_at, self.is_over) {
            (Some(_), _, _) => State::Redeemed,
            (None, Some(_), _) => State::Revoked,
            (None, None, true) => State::Expired,
            (None, None, false) => State::Pending,
        }
    }

    pub(crate) fn r#type(&self) -> Type {
        match self.type_.as_str() {
            "scim" => Type::Scim,
            _ => Type::Standard,
        }
    }

    /// The groups an administrator named.
    pub(crate) fn group_ids(&self) -> impl Iterator<Item = &String> {
        self.group_ids.iter().flatten()
    }
}

/// Adds an invitation.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    new: NewInvitation<'_>,
) -> QueryResult<Invitation> {
    let type_ = match new.r#type {
        Type::Scim => "scim",
        Type::Standard | Type::Unspecified => "standard",
    };
    diesel::insert_into(invitations::table)
        .values((
            invitations::account_id.eq(new.account_id),
            invitations::user_id.eq(new.user_id),
            invitations::email.eq(new.email),
            invitations::type_.eq(type_),
            invitations::group_ids.eq(new.group_ids),
            invitations::expires_at.eq(in_days(new.days)),
        ))
        .returning(written())
        .get_result(connection)
        .await
}

/// One invitation, with the licence of its user.
pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
) -> QueryResult<Option<(Invitation, String)>> {
    invitations::table
        .inner_join(
            users::table.on(users::account_id
                .eq(invitations::account_id)
                .and(users::id.eq(invitations::user_id))),
        )
        .filter(invitations::account_id.eq(account_id))
        .filter(invitations::id.eq(id))
        .select((Invitation::as_select(), users::license_type))
        .first(connection)
        .await
        .optional()
}

/// The invitation of a user that is neither redeemed nor revoked.
pub(crate) async fn find_open(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_id: Uuid,
) -> QueryResult<Option<Invitation>> {
    invitations::table
        .filter(invitations::account_id.eq(account_id))
        .filter(invitations::user_id.eq(user_id))
        .filter(invitations::redeemed_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .order(invitations::id.desc())
        .select(Invitation::as_select())
        .first(connection)
        .await
        .optional()
}

/// Those of these users whose open invitation has expired, by id.
pub(crate) async fn find_expired_users(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_ids: &[Uuid],
) -> QueryResult<Vec<Uuid>> {
    invitations::table
        .filter(invitations::account_id.eq(account_id))
        .filter(among(invitations::user_id, user_ids))
        .filter(in_state(State::Expired))
        .order(invitations::user_id)
        .select(invitations::user_id)
        .distinct()
        .load(connection)
        .await
}

/// A page, the newest first, each with the licence of its user, and how many there are in all.
pub(crate) async fn list(
    connection: &mut AsyncPgConnection,
    selection: Selection,
) -> QueryResult<(Vec<(Invitation, String)>, i64)> {
    let selected = || {
        let query = invitations::table
            .inner_join(
                users::table.on(users::account_id
                    .eq(invitations::account_id)
                    .and(users::id.eq(invitations::user_id))),
            )
            .filter(invitations::account_id.eq(selection.account_id))
            .filter(in_state(selection.state))
            .into_boxed();
        match selection.user_id {
            Some(user_id) => query.filter(invitations::user_id.eq(user_id)),
            None => query,
        }
    };
    let total = selected().count().get_result(connection).await?;
    let rows = selected()
        .select((Invitation::as_select(), users::license_type))
        .order(invitations::id.desc())
        .offset(selection.skip)
        .limit(selection.limit)
        .load(connection)
        .await?;
    Ok((rows, total))
}

/// Gives an open invitation a new time to expire.
pub(crate) async fn renew(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
    days: u32,
) -> QueryResult<Invitation> {
    let update = diesel::update(invitations::table.find((account_id, id)))
        .set((
            invitations::expires_at.eq(in_days(days)),
            invitations::expiry_logged.eq(false),
        ))
        .returning(written());
    prepared(update).get_result(connection).await
}

/// Notes that a mail, or the account's webhook, has taken an invitation, if it is still good.
pub(crate) async fn note_handed_over(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
) -> QueryResult<()> {
    diesel::update(invitations::table.find((account_id, id)))
        .filter(in_state(State::Pending))
        .set(invitations::handed_over_at.eq(in_days::<Nullable<Timestamptz>>(0)))
        .execute(connection)
        .await
        .map(drop)
}

/// Takes an open invitation back.
pub(crate) async fn revoke(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
) -> QueryResult<Invitation> {
    let update = diesel::update(invitations::table.find((account_id, id)))
        .set(invitations::revoked_at.eq(in_days(0)))
        .returning(written());
    prepared(update).get_result(connection).await
}

/// Takes the invitation of a user back that is neither redeemed nor revoked.
pub(crate) async fn revoke_open(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_id: Uuid,
) -> QueryResult<Option<Invitation>> {
    let open = invitations::table
        .filter(invitations::account_id.eq(account_id))
        .filter(invitations::user_id.eq(user_id))
        .filter(invitations::redeemed_at.is_null())
        .filter(invitations::revoked_at.is_null());
    let update = diesel::update(open)
        .set(invitations::revoked_at.eq(in_days(0)))
        .returning(written());
    prepared(update).get_result(connection).await.optional()
}

/// Marks an open invitation as redeemed.
pub(crate) async fn redeem(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
) -> QueryResult<Invitation> {
    let update = diesel::update(invitations::table.find((account_id, id)))
        .set(invitations::redeemed_at.eq(in_days(0)))
        .returning(written());
    prepared(update).get_result(connection).await
}

/// The columns of an [`Invitation`] as an insert or update leaves them, of one that is open for its time or
/// closed for good. Whether its time is over is not asked of the clock: a distributed PostgreSQL takes no
/// function of time in RETURNING.
#[diesel::dsl::auto_type]
fn written() -> _ {
    (
        invitations::account_id,
        invitations::id,
        invitations::user_id,
        invitations::email,
        invitations::type_,
        invitations::group_ids,
        invitations::created_at,
        invitations::handed_over_at,
        invitations::expires_at,
        invitations::redeemed_at,
        invitations::revoked_at,
        false.into_sql::<Bool>(),
    )
}

/// Notes that invitations have expired, a hundred at most; the account, number and address of each.
/// Those another process has noted meanwhile are left out.
pub(crate) async fn note_expired(
    connection: &mut AsyncPgConnection,
) -> QueryResult<Vec<(i64, i64, String)>> {
    let candidates = invitations::table
        .filter(in_state(State::Expired))
        .filter(invitations::expiry_logged.eq(false))
        .select((invitations::account_id, invitations::id, invitations::email))
        .limit(100)
        .load::<(i64, i64, String)>(connection)
        .await?;
    // One order for all processes, so that no two of them wait for each other.
    let candidates: BTreeSet<(i64, i64, String)> = candidates.into_iter().collect();
    let mut noted = Vec::new();
    for candidate in candidates {
        let key = (candidate.0, candidate.1);
        let changed = diesel::update(invitations::table.find(key))
            .filter(in_state(State::Expired))
            .filter(invitations::expiry_logged.eq(false))
            .set(invitations::expiry_logged.eq(true))
            .execute(connection)
            .await?;
        if changed > 0 {
            noted.push(candidate);
        }
    }
    Ok(noted)
}

/// In so many days, by the clock of the database.
fn in_days<T>(days: u32) -> Sql<T> {
    let mut sql = Sql::new();
    sql.raw("date_trunc('milliseconds', now()) + ");
    sql.bind_text(format!("{days} days"));
    sql.raw("::interval");
    sql
}

/// Unspecified: any.
fn in_state(state: State) -> Sql<Bool> {
    let mut sql = Sql::new();
    sql.raw(match state {
        State::Unspecified => "TRUE",
        State::Redeemed => "redeemed_at IS NOT NULL",
        State::Revoked => "(redeemed_at IS NULL AND revoked_at IS NOT NULL)",
        State::Expired => "(redeemed_at IS NULL AND revoked_at IS NULL AND expires_at <= now())",
        State::Pending => "(redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > now())",
    });
    sql
}
