//! `GetGroup`, `ListGroups` and `BatchListUserGroups`.

use std::collections::HashSet;

use chrono::Utc;
use diesel_async::AsyncPgConnection;
use proto::{
    enumeration,
    group::v1::{self as pb, GroupView},
    page::MAX_SIZE,
};
use scim::dialect::Dialect;
use storage::{
    cursor::{Position, Query},
    page, postgres,
};
use uuid::Uuid;

use super::{Service, answer, group_id};
use crate::{
    error::Error,
    filter::{self, Condition},
    groups::{self, Page},
    ids, memberships,
    order::Order,
};

/// The most users asked for at once.
const MAX_USERS: usize = 1_000;

impl Service {
    pub(super) async fn get(&self, request: pb::GetGroupRequest) -> Result<pb::Group, Error> {
        let id = group_id(&request.id)?;
        let view = enumeration::read("view", request.view)?;
        let account_id = request.account_id;
        let mut connection = postgres::connect(&self.pool).await?;
        // One snapshot, so that the etag is that of the members shown.
        let loaded = connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(async |connection| {
                let group = groups::find(connection, account_id, id).await?;
                let group = group.ok_or(Error::NotFound)?;
                answer::load(connection, account_id, vec![group], view).await
            })
            .await?;
        drop(connection);
        self.answer(loaded).await?.pop().ok_or(Error::NotFound)
    }

    pub(super) async fn list(
        &self,
        request: pb::ListGroupsRequest,
    ) -> Result<pb::ListGroupsResponse, Error> {
        let list = self.read_list(&request).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        let (total_size, last, loaded) = connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(async |connection| list.run(connection).await)
            .await?;
        drop(connection);
        let next = last.map(|position| self.cursors.write(query(&request), &position, Utc::now()));
        Ok(pb::ListGroupsResponse {
            groups: self.answer(loaded).await?,
            total_size,
            next_page_token: next.unwrap_or_default(),
        })
    }

    async fn read_list(&self, request: &pb::ListGroupsRequest) -> Result<List, Error> {
        let dialect = if request.filter.is_empty() {
            Dialect::Lenient
        } else {
            self.settings.account(request.account_id).await?.dialect
        };
        let resource_type = &self.resource_type;
        Ok(List {
            account_id: request.account_id,
            condition: filter::read(
                &request.filter,
                resource_type,
                dialect,
                request.across_types,
            )?,
            page: self.page(request)?,
            size: length(request),
            by_tokens: uses_tokens(request),
            view: enumeration::read("view", request.view)?,
        })
    }

    /// Which part of the list is asked for.
    fn page(&self, request: &pb::ListGroupsRequest) -> Result<Page, Error> {
        let tokens = uses_tokens(request);
        if request.page_size < 0 || request.skip < 0 {
            return Err(Error::InvalidValue(
                "page_size and skip must not be negative".to_owned(),
            ));
        }
        if tokens && request.skip > 0 {
            let detail = "skip and page tokens exclude each other";
            return Err(Error::InvalidValue(detail.to_owned()));
        }
        if tokens && request.page_size > MAX_SIZE {
            let detail = format!("page_size may be {MAX_SIZE} at most");
            return Err(Error::PageSize(detail));
        }
        let after = if request.page_token.is_empty() {
            None
        } else {
            let now = Utc::now();
            Some(
                self.cursors
                    .read(query(request), &request.page_token, now)?,
            )
        };
        Ok(Page {
            order: self.order(request)?,
            after,
            skip: request.skip,
            // One more tells whether there is a next page.
            limit: length(request) + i64::from(tokens),
        })
    }

    fn order(&self, request: &pb::ListGroupsRequest) -> Result<Order, Error> {
        let order = Order::read(&request.order_by, request.descending, &self.resource_type);
        match order {
            // No group has a value to sort by.
            Err(_) if request.across_types => Ok(Order::by_nothing()),
            order => order,
        }
    }

    pub(super) async fn list_user_groups(
        &self,
        request: pb::BatchListUserGroupsRequest,
    ) -> Result<pb::BatchListUserGroupsResponse, Error> {
        if request.user_ids.len() > MAX_USERS {
            return Err(Error::InvalidValue(format!(
                "user_ids may hold at most {MAX_USERS} ids"
            )));
        }
        let mut seen = HashSet::new();
        let ids = request.user_ids.iter().filter_map(|id| ids::parse(id));
        let users: Vec<Uuid> = ids.filter(|id| seen.insert(*id)).collect();
        let mut connection = postgres::connect(&self.pool).await?;
        let (rows, left) =
            memberships::of_some(&mut connection, request.account_id, &users).await?;
        let mut response = pb::BatchListUserGroupsResponse {
            left_user_ids: left.iter().map(Uuid::to_string).collect(),
            ..Default::default()
        };
        // The rows come user by user.
        for row in rows {
            let user_id = row.user_id.to_string();
            let membership = pb::Membership {
                group_id: row.group_id.to_string(),
                display_name: row.display_name,
                direct: row.direct,
            };
            match response.user_groups.last_mut() {
                Some(last) if last.user_id == user_id => last.memberships.push(membership),
                _ => response.user_groups.push(pb::UserGroups {
                    user_id,
                    memberships: vec![membership],
                }),
            }
        }
        Ok(response)
    }
}

fn uses_tokens(request: &pb::ListGroupsRequest) -> bool {
    request.use_page_tokens || !request.page_token.is_empty()
}

/// How many groups to return at most.
fn length(request: &pb::ListGroupsRequest) -> i64 {
    let size = request.page_size.min(MAX_SIZE);
    let taken = if request.take > 0 {
        request.take.min(size)
    } else {
        size
    };
    taken.into()
}

fn query(request: &pb::ListGroupsRequest) -> Query<'_> {
    Query {
        kind: "groups",
        account_id: request.account_id,
        filter: &request.filter,
        order_by: &request.order_by,
        descending: request.descending,
        across_types: request.across_types,
        page_size: request.page_size.into(),
    }
}

/// A list request, understood.
#[derive(Debug)]
struct List {
    account_id: i64,
    condition: Condition,
    page: Page,
    /// How many groups to return.
    size: i64,
    /// Whether the next page is found by a token.
    by_tokens: bool,
    view: GroupView,
}

impl List {
    /// The total, where the page ends if another follows, and the page, of one snapshot.
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
    ) -> Result<(i64, Option<Position>, answer::Loaded), Error> {
        let account_id = self.account_id;
        let (mut rows, left) = if self.size == 0 {
            (Vec::new(), false)
        } else {
            let condition = self.condition.clone();
            groups::page(connection, account_id, condition, &self.page, self.view).await?
        };
        let begins = self.page.skip == 0 && self.page.after.is_none();
        let known = page::total(&rows, self.page.limit, left).filter(|_| begins && self.size > 0);
        let total = match known {
            Some(total) => total,
            None => groups::count(connection, account_id, self.condition.clone()).await?,
        };
        let size = usize::try_from(self.size).unwrap_or_default();
        let goes_on = self.by_tokens && (left || rows.len() > size);
        rows.truncate(size);
        let last = rows.last().filter(|_| goes_on);
        let last = last.map(|(group, key)| Position {
            key: key.clone(),
            id: group.id,
        });
        let page = rows.into_iter().map(|(group, _)| group).collect();
        let loaded = answer::load(connection, account_id, page, self.view).await?;
        Ok((total, last, loaded))
    }
}
