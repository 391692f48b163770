//! `GetGroup`, `ListGroups` and `BatchListUserGroups`.

use std::collections::HashSet;

use diesel_async::AsyncPgConnection;
use directory::{Columns, Listing, Page, Rows, Selection, id};
use proto::{
    enumeration,
    group::v1::{self as pb, GroupView},
};
use storage::{cursor::Query, page, postgres};
use uuid::Uuid;

use super::{Service, answer, group_id};
use crate::{
    columns::Groups,
    error::Error,
    groups::{self, Group},
    memberships,
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
        let view = enumeration::read("view", request.view)?;
        let account_id = request.account_id;
        let columns = Groups(&self.resource_type);
        let listing = listing(&request, &columns);
        let dialect = async {
            let account = self.settings.account(account_id).await?;
            Ok::<_, Error>(account.dialect)
        };
        let condition = listing.condition(dialect).await?;
        let selection = Selection::new(&columns, account_id, condition);
        let page = listing.page(&self.cursors)?;
        let mut connection = postgres::connect(&self.pool).await?;
        // One snapshot, so that the members are those that were counted.
        let (total_size, next_page_token, loaded) = connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(async |connection| {
                let (rows, total) = rows(connection, &selection, &page, view).await?;
                let (groups, next) = listing.cut(&self.cursors, rows, |group| group.id);
                let loaded = answer::load(connection, account_id, groups, view).await?;
                Ok::<_, Error>((total, next, loaded))
            })
            .await?;
        drop(connection);
        Ok(pb::ListGroupsResponse {
            groups: self.answer(loaded).await?,
            total_size,
            next_page_token,
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
        let mut seen = HashSet::new();
        let ids = request.user_ids.iter().filter_map(|id| id::parse(id));
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

fn listing<'a>(request: &'a pb::ListGroupsRequest, columns: &'a dyn Columns) -> Listing<'a> {
    Listing {
        columns,
        query: Query {
            kind: "groups",
            account_id: request.account_id,
            filter: &request.filter,
            order_by: &request.order_by,
            descending: request.descending,
            across_types: request.across_types,
            page_size: request.page_size.into(),
        },
        skip: request.skip,
        page_token: &request.page_token,
        use_page_tokens: request.use_page_tokens,
        take: request.take,
    }
}

/// The rows of a page, and how many are selected in all, which is counted only if the page does not show it.
async fn rows(
    connection: &mut AsyncPgConnection,
    selection: &Selection<'_>,
    page: &Page,
    view: GroupView,
) -> Result<(Rows<Group>, i64), Error> {
    if page.limit == 0 {
        let none = Rows {
            rows: Vec::new(),
            left: false,
        };
        return Ok((none, groups::count(connection, selection).await?));
    }
    let rows = groups::page(connection, selection, page, view).await?;
    let begins = page.skip == 0 && page.after.is_none();
    let known = page::total(&rows.rows, page.limit, rows.left).filter(|_| begins);
    let total = match known {
        Some(total) => total,
        None => groups::count(connection, selection).await?,
    };
    Ok((rows, total))
}
