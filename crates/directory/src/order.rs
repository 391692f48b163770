//! The order of a list (R-SORT-03 to 06): by any attribute, those without it last (first when
//! descending), equals by id, which is the order of creation.

use diesel::sql_types::{Nullable, Text};
use scim::{error::Error, filter::Field, schema::Type};
use storage::cursor::Position;

use crate::{Columns, Condition, Place, Sql, filter::place, sql::Ordering};

/// How a list is sorted.
#[derive(Debug, Clone)]
pub struct Order {
    /// None: by id alone.
    key: Option<Key>,
    /// The column of the id.
    id: &'static str,
    descending: bool,
}

#[derive(Debug, Clone)]
struct Key {
    expression: Sql<Nullable<Text>>,
    /// From the text of a key back to its type.
    cast: &'static str,
}

impl Order {
    /// The order of creation.
    #[must_use]
    pub fn by_id(columns: &dyn Columns) -> Order {
        Order {
            key: None,
            id: columns.id(),
            descending: false,
        }
    }

    /// The order by a field as `scim::search::sort_field` gives it.
    ///
    /// # Errors
    /// `invalidValue`: the field is not kept here.
    pub fn by(field: &Field, columns: &dyn Columns, descending: bool) -> Result<Order, Error> {
        Ok(Order {
            key: key(field, columns)?,
            id: columns.id(),
            descending,
        })
    }

    /// The sort key as text, to be selected.
    #[must_use]
    pub fn key(&self) -> Sql<Nullable<Text>> {
        let mut sql = Sql::new();
        match &self.key {
            Some(key) => sql.raw("(").append(&key.expression).raw(")::text"),
            None => sql.raw("NULL::text"),
        };
        sql
    }

    /// What follows ORDER BY.
    #[must_use]
    pub fn clause(&self) -> Ordering {
        let mut sql = Ordering::new();
        if let Some(key) = &self.key {
            sql.append(&key.expression).raw(if self.descending {
                " DESC NULLS FIRST, "
            } else {
                " ASC NULLS LAST, "
            });
        }
        sql.raw(self.id);
        sql
    }

    /// The rows that come after a position.
    #[must_use]
    pub fn after(&self, position: &Position) -> Condition {
        let mut sql = Condition::new();
        let Some(key) = &self.key else {
            sql.raw("(").raw(self.id).raw(" > ");
            sql.bind_id(position.id).raw(")");
            return sql;
        };
        sql.raw("(");
        match &position.key {
            Some(text) => {
                sql.append(&key.expression);
                sql.raw(if self.descending { " < " } else { " > " });
                sql.bind_text(text).raw(key.cast).raw(" OR (");
                sql.append(&key.expression)
                    .raw(" = ")
                    .bind_text(text)
                    .raw(key.cast);
                sql.raw(" AND ").raw(self.id).raw(" > ");
                sql.bind_id(position.id).raw(")");
                if !self.descending {
                    sql.raw(" OR ").append(&key.expression).raw(" IS NULL");
                }
            }
            None => {
                sql.append(&key.expression).raw(" IS NULL AND ");
                sql.raw(self.id).raw(" > ").bind_id(position.id);
                if self.descending {
                    sql.raw(" OR ").append(&key.expression).raw(" IS NOT NULL");
                }
            }
        }
        sql.raw(")");
        sql
    }
}

/// The sort key of a field; none where all rows have the same.
fn key(field: &Field, columns: &dyn Columns) -> Result<Option<Key>, Error> {
    let (column, cast) = match columns.place(field) {
        Place::Elsewhere => {
            let detail = format!("a list cannot be sorted by {}", field.name);
            return Err(Error::invalid_value(detail));
        }
        Place::Schemas | Place::ResourceType => return Ok(None),
        Place::Own | Place::Search => return Ok(Some(json(field, columns))),
        Place::Location => (columns.id(), "::uuid"),
        Place::Id(column) => (column, "::uuid"),
        Place::Text(column) | Place::IndexedText(column) => (column, ""),
        Place::Version(column) => (column, "::bigint"),
        Place::Boolean(column) => (column, "::boolean"),
        Place::Instant(column) => (column, "::timestamptz"),
    };
    let mut expression = Sql::new();
    expression.raw(column);
    Ok(Some(Key { expression, cast }))
}

/// A value of `search`; of several elements the primary one, else the first. Numbers sort as JSON does them.
fn json(field: &Field, columns: &dyn Columns) -> Key {
    let is_number = matches!(field.r#type, Type::Decimal | Type::Integer);
    let mut sql = Sql::new();
    sql.raw("((");
    if field.multi_valued {
        preferred(&mut sql, field, columns);
    } else {
        place::value(&mut sql, columns, field);
    }
    sql.raw(if is_number {
        "))"
    } else {
        ") #>> '{}') COLLATE \"C\""
    });
    Key {
        expression: sql,
        cast: if is_number { "::jsonb" } else { "" },
    }
}

fn preferred(sql: &mut Sql<Nullable<Text>>, field: &Field, columns: &dyn Columns) {
    sql.raw("SELECT ");
    match &field.sub {
        None => sql.raw("element.value"),
        Some(sub) => {
            let path = place::path(std::iter::once(sub.as_str()));
            sql.raw("jsonb_path_query_first(element.value, ");
            sql.bind_text(path).raw("::jsonpath)")
        }
    };
    sql.raw(" FROM ");
    place::values(sql, columns, field, None);
    sql.raw(
        " WITH ORDINALITY AS element (value, place) ORDER BY \
         (element.value -> 'primary') IS NOT DISTINCT FROM 'true'::jsonb DESC, element.place \
         LIMIT 1",
    );
}
