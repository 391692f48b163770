//! Which users a list has.

use ::scim::text::fold;
use proto::{
    group::v1::{GetGroupRequest, GroupView, MemberType},
    identity::v1::{BatchGetUsersRequest, ListUsersRequest, User},
};

use super::{super::query::Page, email, full_name};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// What users can be ordered by; the first is the default.
pub(super) const ORDERS: &[&str] = &[
    "id",
    "email",
    "first_name",
    "last_name",
    "fullname",
    "is_active",
    "created_at",
    "updated_at",
];
/// The most users in one `BatchGetUsers`.
const BATCH: usize = 1000;

/// Users of the account, and how many there are in all.
pub(super) async fn of_account(
    gateway: &Gateway,
    caller: &AdminCaller,
    search: Option<String>,
    page: &Page,
) -> Result<(Vec<User>, i64), Fault> {
    let (order_by, descending) = page.order();
    let request = ListUsersRequest {
        account_id: caller.account_id,
        search: search.unwrap_or_default(),
        order_by: attribute(order_by).to_owned(),
        descending,
        skip: page.offset.into(),
        page_size: page.limit,
        ..ListUsersRequest::default()
    };
    page_of(gateway, request).await
}

/// A page of users by number, as long as it is asked for though its users may be large, and how many there are in all.
/// They come without what neither the API nor a list of the console shows.
pub(crate) async fn page_of(
    gateway: &Gateway,
    request: ListUsersRequest,
) -> Result<(Vec<User>, i64), Fault> {
    let mut users = Vec::new();
    loop {
        let taken = i32::try_from(users.len()).unwrap_or(i32::MAX);
        let request = ListUsersRequest {
            skip: request.skip + i64::from(taken),
            page_size: request.page_size - taken,
            ..request.clone()
        };
        let (skip, size) = (request.skip, request.page_size);
        let mut client = gateway.clients.identity.clone();
        let found = client.list_users(request).await?.into_inner();
        let count = i32::try_from(found.users.len()).unwrap_or(i32::MAX);
        users.extend(found.users.into_iter().map(short));
        if count == 0 || count >= size || skip + i64::from(count) >= found.total_size {
            return Ok((users, found.total_size));
        }
    }
}

fn short(mut user: User) -> User {
    user.attributes_json = String::new();
    user
}

/// The SCIM attribute of a field.
fn attribute(field: &str) -> &'static str {
    match field {
        "email" => "emails.value",
        "first_name" => "name.givenName",
        "last_name" => "name.familyName",
        "fullname" => "name.formatted",
        "is_active" => "active",
        "created_at" => "meta.created",
        "updated_at" => "meta.lastModified",
        _ => "id",
    }
}

/// Users who are members of a group themselves, and how many they are. The cost grows with the group only.
pub(super) async fn of_group(
    gateway: &Gateway,
    caller: &AdminCaller,
    group_id: &str,
    search: Option<String>,
    page: &Page,
) -> Result<(Vec<User>, i64), Fault> {
    let request = GetGroupRequest {
        account_id: caller.account_id,
        id: group_id.to_owned(),
        view: GroupView::Full.into(),
    };
    let mut client = gateway.clients.group.clone();
    let group = client.get_group(request).await?.into_inner();
    let members = group.members.into_iter();
    let users = members.filter(|member| member.r#type() == MemberType::User);
    let mut ids: Vec<String> = users.map(|member| member.value).collect();
    ids.sort();
    if search.is_none() && page.order_by == "id" {
        let total = ids.len();
        let users = batch_get(gateway, caller, page.cut(ids), "").await?;
        return Ok((users, i64::try_from(total).unwrap_or(i64::MAX)));
    }
    let mut users = batch_get(gateway, caller, ids, &search.unwrap_or_default()).await?;
    let (order_by, descending) = page.order();
    users.sort_by_cached_key(|user| key(user, order_by));
    if descending {
        users.reverse();
    }
    let total = i64::try_from(users.len()).unwrap_or(i64::MAX);
    Ok((page.cut(users), total))
}

/// Those of the users that a search finds, in the order of the ids.
pub(crate) async fn batch_get(
    gateway: &Gateway,
    caller: &AdminCaller,
    ids: Vec<String>,
    search: &str,
) -> Result<Vec<User>, Fault> {
    let mut users = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let mut left = ids.to_vec();
        while !left.is_empty() {
            let request = BatchGetUsersRequest {
                account_id: caller.account_id,
                ids: left,
                search: search.to_owned(),
                ..BatchGetUsersRequest::default()
            };
            let mut client = gateway.clients.identity.clone();
            let found = client.batch_get_users(request).await?.into_inner();
            users.extend(found.users.into_iter().map(short));
            left = found.left_ids;
        }
    }
    users.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(users)
}

fn key(user: &User, order_by: &str) -> (String, String) {
    let name = user.name.clone().unwrap_or_default();
    let millis = |time: Option<prost_types::Timestamp>| {
        let time = time.unwrap_or_default();
        format!("{:020}{:09}", time.seconds, time.nanos)
    };
    let key = match order_by {
        "email" => fold(email(user)),
        "first_name" => fold(&name.given_name),
        "last_name" => fold(&name.family_name),
        "fullname" => fold(&full_name(user)),
        "is_active" => user.active.unwrap_or(true).to_string(),
        "created_at" => millis(user.create_time),
        "updated_at" => millis(user.update_time),
        _ => String::new(),
    };
    (key, user.id.clone())
}
