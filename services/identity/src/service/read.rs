//! The RPCs that read.

use chrono::Utc;
use proto::identity::v1 as pb;
use scim::{dialect::Dialect, filter};
use storage::postgres;
use uuid::Uuid;

use super::{Identity, account, user_id};
use crate::{
    cursor::Query,
    error::Error,
    filter::compile,
    order::{Order, Position},
    sql::Condition,
    users::{self, Page, Reference, Selection, User},
};

/// The most ids in one `BatchGetUsers`.
const BATCH_LIMIT: usize = 10_000;

/// The most users on a page.
const PAGE_LIMIT: i32 = 1000;

impl Identity {
    pub(super) async fn get(&self, request: pb::GetUserRequest) -> Result<pb::User, Error> {
        let id = user_id(&request.id)?;
        let mut connection = postgres::connect(&self.pool).await?;
        let user = users::find(&mut connection, request.account_id, id).await?;
        Ok(self.answer(user.ok_or(Error::NotFound)?))
    }

    pub(super) async fn batch_get(
        &self,
        request: pb::BatchGetUsersRequest,
    ) -> Result<pb::BatchGetUsersResponse, Error> {
        let account_id = account(request.account_id)?;
        if request.ids.len() > BATCH_LIMIT {
            return Err(Error::InvalidValue(format!(
                "ids must not be more than {BATCH_LIMIT}"
            )));
        }
        let ids = request.ids.iter().filter_map(|id| user_id(id).ok());
        let ids: Vec<Uuid> = ids.collect();
        let mut connection = postgres::connect(&self.pool).await?;
        let users = if request.view() == pb::UserView::Reference {
            let references = users::find_references(&mut connection, account_id, &ids).await?;
            let answer = |reference| answer_reference(account_id, reference);
            references.into_iter().map(answer).collect()
        } else {
            let users = users::find_all(&mut connection, account_id, &ids).await?;
            users.into_iter().map(|user| self.answer(user)).collect()
        };
        Ok(pb::BatchGetUsersResponse { users })
    }

    pub(super) async fn list(
        &self,
        request: pb::ListUsersRequest,
    ) -> Result<pb::ListUsersResponse, Error> {
        let selection = Selection {
            account_id: account(request.account_id)?,
            condition: self.condition(request.account_id, &request.filter).await?,
        };
        let page = self.page(&request)?;
        let mut connection = postgres::connect(&self.pool).await?;
        if request.page_size == 0 {
            let total_size = users::count(&mut connection, selection).await?;
            return Ok(pb::ListUsersResponse {
                total_size,
                ..Default::default()
            });
        }
        let (rows, total_size) = users::list(&connection, selection, &page).await?;
        let (rows, next_page_token) = self.cut(&request, rows);
        Ok(pb::ListUsersResponse {
            users: rows.into_iter().map(|user| self.answer(user)).collect(),
            total_size,
            next_page_token,
        })
    }

    /// What a filter selects.
    async fn condition(&self, account_id: i64, filter: &str) -> Result<Condition, Error> {
        if filter.is_empty() {
            return Ok(Condition::always());
        }
        let bind = |dialect| {
            let filter = filter::parse(filter, dialect)?;
            filter::bind(&filter, &self.user_type, dialect)
        };
        // What the strict dialect accepts means the same in the lenient one, so the account's choice
        // matters, and is asked for, only where the strict one refuses.
        let predicate = match bind(Dialect::Strict) {
            Ok(predicate) => predicate,
            Err(_) => bind(self.settings.policy(account_id).await?.dialect)?,
        };
        Ok(compile(&predicate, &self.license.urn)?)
    }

    /// Which part of the list is asked for.
    fn page(&self, request: &pb::ListUsersRequest) -> Result<Page, Error> {
        let tokens = uses_tokens(request);
        if !(0..=PAGE_LIMIT).contains(&request.page_size) {
            let text = format!("page_size must be from 0 to {PAGE_LIMIT}");
            return Err(if tokens {
                Error::PageSize(text)
            } else {
                Error::InvalidValue(text)
            });
        }
        if request.skip < 0 || (tokens && request.skip > 0) {
            return Err(Error::InvalidValue(
                "skip must not be negative, nor stand together with a page token".to_owned(),
            ));
        }
        let order = if request.order_by.is_empty() {
            Order::by_id()
        } else {
            let field =
                scim::search::sort_field(&request.order_by, &self.user_type, Dialect::Lenient)?;
            Order::by(&field, &self.license.urn, request.descending)?
        };
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
            order,
            after,
            skip: request.skip,
            // One more tells whether there is a next page.
            limit: i64::from(request.page_size) + i64::from(tokens),
        })
    }

    /// The users of the page, and the token for the next page if there is one.
    fn cut(
        &self,
        request: &pb::ListUsersRequest,
        mut rows: Vec<(User, Option<String>)>,
    ) -> (Vec<User>, String) {
        let size = usize::try_from(request.page_size).unwrap_or_default();
        let mut token = String::new();
        if rows.len() > size {
            rows.truncate(size);
            if let Some((user, key)) = rows.last() {
                let (key, id) = (key.clone(), user.id);
                let position = Position { key, id };
                token = self.cursors.write(query(request), &position, Utc::now());
            }
        }
        (rows.into_iter().map(|(user, _)| user).collect(), token)
    }
}

fn uses_tokens(request: &pb::ListUsersRequest) -> bool {
    request.use_page_tokens || !request.page_token.is_empty()
}

fn query(request: &pb::ListUsersRequest) -> Query<'_> {
    Query {
        account_id: request.account_id,
        filter: &request.filter,
        order_by: &request.order_by,
        descending: request.descending,
        page_size: i64::from(request.page_size),
    }
}

fn answer_reference(account_id: i64, reference: Reference) -> pb::User {
    pb::User {
        id: reference.id.to_string(),
        account_id,
        user_name: reference.user_name,
        display_name: reference.display_name.unwrap_or_default(),
        active: reference.active,
        ..Default::default()
    }
}
