//! `GetGroup`, `ListGroups` and `BatchListUserGroups`.

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use scim::dialect::Dialect;
use storage::postgres;
use uuid::Uuid;

use super::{Service, answer, group_id};
use crate::{
    error::Error,
    filter::{self, Condition},
    groups, ids, memberships,
    order::{self, Order},
};

/// The most groups on one page.
const MAX_PAGE: i32 = 1_000;
/// The most users asked for at once.
const MAX_USERS: usize = 1_000;

impl Service {
    pub(super) async fn get(&self, request: pb::GetGroupRequest) -> Result<pb::Group, Error> {
        let (id, view) = (group_id(&request.id)?, request.view());
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
        if !request.page_token.is_empty() {
            return Err(Error::InvalidCursor);
        }
        let list = self.read_list(&request).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        let (total_size, loaded) = connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(async |connection| list.run(connection).await)
            .await?;
        drop(connection);
        // Page tokens are not made yet. Without one the caller would take this page for the last.
        let shown = list.skip.saturating_add(list.limit);
        if request.use_page_tokens && list.limit > 0 && shown < total_size {
            return Err(Error::InvalidCursor);
        }
        Ok(pb::ListGroupsResponse {
            groups: self.answer(loaded).await?,
            total_size,
            next_page_token: String::new(),
        })
    }

    async fn read_list(&self, request: &pb::ListGroupsRequest) -> Result<List, Error> {
        if request.page_size < 0 || request.skip < 0 {
            return Err(Error::InvalidValue(
                "page_size and skip must not be negative".to_owned(),
            ));
        }
        let dialect = if request.filter.is_empty() {
            Dialect::Lenient
        } else {
            self.settings.account(request.account_id).await?.dialect
        };
        Ok(List {
            account_id: request.account_id,
            condition: filter::read(&request.filter, &self.resource_type, dialect)?,
            order: order::read(&request.order_by, request.descending, &self.resource_type)?,
            skip: request.skip,
            limit: request.page_size.min(MAX_PAGE).into(),
            view: request.view(),
        })
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
        let users: Vec<Uuid> = request
            .user_ids
            .iter()
            .filter_map(|id| ids::parse(id))
            .collect();
        let mut connection = postgres::connect(&self.pool).await?;
        let rows = memberships::of_users(&mut connection, request.account_id, &users).await?;
        let mut response = pb::BatchListUserGroupsResponse::default();
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

/// A list request, understood.
#[derive(Debug)]
struct List {
    account_id: i64,
    condition: Condition,
    order: Order,
    skip: i64,
    limit: i64,
    view: GroupView,
}

impl List {
    /// The total and the page, of one snapshot.
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
    ) -> Result<(i64, answer::Loaded), Error> {
        let account_id = self.account_id;
        let total = groups::count(connection, account_id, self.condition.clone()).await?;
        let page = if self.limit == 0 || self.skip >= total {
            Vec::new()
        } else {
            let (condition, order) = (self.condition.clone(), self.order.clone());
            groups::page(
                connection,
                account_id,
                condition,
                order,
                (self.skip, self.limit),
            )
            .await?
        };
        let loaded = answer::load(connection, account_id, page, self.view).await?;
        Ok((total, loaded))
    }
}
