//! The RPCs that read.

use diesel_async::AsyncPgConnection;
use directory::{Columns, Listing, Selection};
use futures::{StreamExt, stream};
use prost::Message;
use proto::{enumeration, identity::v1 as pb, request};
use scim::dialect::Dialect;
use storage::{cursor::Query, page::MAX_BYTES, postgres};
use uuid::Uuid;

use super::{Identity, user_id};
use crate::{
    columns::Users,
    error::Error,
    managers,
    users::{self, Reference},
    words,
};

/// The most ids in one `BatchGetUsers`.
const BATCH_LIMIT: usize = 10_000;
/// The most lists in one `BatchListUsers`, and how many of them are asked of the database at a time.
const LISTS_LIMIT: usize = 100;
const PIPELINED: usize = 8;

impl Identity {
    pub(super) async fn get(&self, request: pb::GetUserRequest) -> Result<pb::User, Error> {
        let id = user_id(&request.id)?;
        let mut connection = postgres::connect(&self.pool).await?;
        let user = users::find(&mut connection, request.account_id, id).await?;
        let mut user = user.ok_or(Error::NotFound)?;
        if request.manager_names {
            let users = std::slice::from_mut(&mut user);
            managers::add_names(&connection, request.account_id, users).await?;
        }
        Ok(self.answer(user))
    }

    pub(super) async fn batch_get(
        &self,
        request: pb::BatchGetUsersRequest,
    ) -> Result<pb::BatchGetUsersResponse, Error> {
        let account_id = request::account(request.account_id)?;
        let numbers = &request.numbers;
        let view: pb::UserView = enumeration::read("view", request.view)?;
        if request.ids.len() > BATCH_LIMIT || numbers.len() > BATCH_LIMIT {
            return Err(Error::InvalidValue(format!(
                "ids and numbers must not be more than {BATCH_LIMIT}"
            )));
        }
        let ids = request.ids.iter().filter_map(|id| user_id(id).ok());
        let mut ids: Vec<Uuid> = ids.collect();
        let mut connection = postgres::connect(&self.pool).await?;
        if !numbers.is_empty() {
            ids.extend(users::find_numbers(&mut connection, account_id, numbers).await?);
        }
        if view == pb::UserView::Reference && request.search.is_empty() {
            let references = users::find_references(&mut connection, account_id, &ids).await?;
            let answer = |reference| answer_reference(account_id, reference);
            return Ok(pb::BatchGetUsersResponse {
                users: references.into_iter().map(answer).collect(),
                left_ids: Vec::new(),
            });
        }
        let condition = words::condition(&request.search)?;
        let (mut users, left) =
            users::find_all(&mut connection, account_id, &ids, condition).await?;
        if request.manager_names {
            managers::add_names(&connection, account_id, &mut users).await?;
        }
        // They come in the order of their ids.
        let last = users.last().map(|user| user.id).filter(|_| left);
        let left_ids = ids
            .into_iter()
            .filter(|id| last.is_some_and(|last| *id > last));
        Ok(pb::BatchGetUsersResponse {
            left_ids: left_ids.map(|id| id.to_string()).collect(),
            users: users.into_iter().map(|user| self.answer(user)).collect(),
        })
    }

    pub(super) async fn batch_list(
        &self,
        request: pb::BatchListUsersRequest,
    ) -> Result<pb::BatchListUsersResponse, Error> {
        let account_id = request::account(request.account_id)?;
        if request.lists.len() > LISTS_LIMIT {
            return Err(Error::InvalidValue(format!(
                "lists must not be more than {LISTS_LIMIT}"
            )));
        }
        let connection = postgres::connect(&self.pool).await?;
        let number = request.lists.len();
        let connection: &AsyncPgConnection = &connection;
        let lists = request.lists.into_iter().map(|list| {
            let list = pb::ListUsersRequest { account_id, ..list };
            async move { self.list_on(connection, list).await.ok() }
        });
        // Some at a time are sent to the database one behind the other, without waiting for answers between.
        let mut lists = stream::iter(lists).buffered(PIPELINED);
        let (mut bytes, mut results) = (0, Vec::with_capacity(number));
        while bytes <= MAX_BYTES
            && let Some(list) = lists.next().await
        {
            bytes += list.as_ref().map_or(0, Message::encoded_len);
            results.push(pb::ListUsersResult { list });
        }
        results.resize(number, pb::ListUsersResult::default());
        Ok(pb::BatchListUsersResponse { results })
    }

    pub(super) async fn list(
        &self,
        request: pb::ListUsersRequest,
    ) -> Result<pb::ListUsersResponse, Error> {
        let connection = postgres::connect(&self.pool).await?;
        self.list_on(&connection, request).await
    }

    async fn list_on(
        &self,
        connection: &AsyncPgConnection,
        request: pb::ListUsersRequest,
    ) -> Result<pb::ListUsersResponse, Error> {
        let columns = Users {
            user_type: &self.user_type,
            license_urn: &self.license.urn,
        };
        let listing = listing(&request, &columns);
        // A token is for a filter, and would open another search.
        if !request.search.is_empty() && listing.uses_tokens() {
            return Err(Error::InvalidValue(
                "a search must not stand together with page tokens".to_owned(),
            ));
        }
        let account_id = request::account(request.account_id)?;
        let mut condition = listing.condition(self.dialect(account_id)).await?;
        if !request.search.is_empty() {
            let mut both = words::condition(&request.search)?;
            both.raw(" AND (").append(&condition).raw(")");
            condition = both.uncacheable();
        }
        let selection = Selection::new(&columns, account_id, condition);
        let page = listing.page(&self.cursors)?;
        if request.page_size == 0 {
            let total_size = users::count(connection, &selection).await?;
            return Ok(pb::ListUsersResponse {
                total_size,
                ..Default::default()
            });
        }
        let (rows, total_size) = users::list(connection, &selection, &page).await?;
        let (mut rows, next_page_token) = listing.cut(&self.cursors, rows, |user| user.id);
        if request.manager_names {
            managers::add_names(connection, request.account_id, &mut rows).await?;
        }
        Ok(pb::ListUsersResponse {
            users: rows.into_iter().map(|user| self.answer(user)).collect(),
            total_size,
            next_page_token,
        })
    }

    /// What an account accepts in filters.
    pub(super) async fn dialect(&self, account_id: i64) -> Result<Dialect, Error> {
        Ok(self.settings.policy(account_id).await?.dialect)
    }
}

fn listing<'a>(request: &'a pb::ListUsersRequest, columns: &'a dyn Columns) -> Listing<'a> {
    Listing {
        columns,
        query: Query {
            kind: "users",
            account_id: request.account_id,
            filter: &request.filter,
            order_by: &request.order_by,
            descending: request.descending,
            across_types: request.across_types,
            page_size: i64::from(request.page_size),
        },
        skip: request.skip,
        page_token: &request.page_token,
        use_page_tokens: request.use_page_tokens,
        take: request.take,
    }
}

fn answer_reference(account_id: i64, reference: Reference) -> pb::User {
    pb::User {
        id: reference.id.to_string(),
        number: reference.number,
        account_id,
        user_name: reference.user_name,
        display_name: reference.display_name.unwrap_or_default(),
        active: reference.active,
        ..Default::default()
    }
}
