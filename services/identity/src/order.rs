//! The order of a list (R-SORT-03 to 06): by any attribute, those without it last (first when
//! descending), equals by id, which is the order of creation.

use diesel::sql_types::{Nullable, Text};
use scim::{error::Error, filter::Field};
use uuid::Uuid;

use crate::sql::{Condition, Ordering, Sql};

/// How a list is sorted.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// None: by id alone.
    key: Option<Key>,
    descending: bool,
}

#[derive(Debug, Clone)]
struct Key {
    expression: Sql<Nullable<Text>>,
    /// From the text of a key back to its type.
    cast: &'static str,
}

/// A place in a list: after the row with this key and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The sort key as text; none: the row has none, or the list is sorted by id.
    pub(crate) key: Option<String>,
    pub(crate) id: Uuid,
}

impl Order {
    /// The order of creation.
    pub(crate) fn by_id() -> Order {
        Order {
            key: None,
            descending: false,
        }
    }

    /// The order by a field as `scim::search::sort_field` gives it.
    ///
    /// # Errors
    /// `invalidValue`: the field is not kept here.
    pub(crate) fn by(field: &Field, license_urn: &str, descending: bool) -> Result<Order, Error> {
        Ok(Order {
            key: key(field, license_urn)?,
            descending,
        })
    }

    /// The sort key as text, to be selected.
    pub(crate) fn key(&self) -> Sql<Nullable<Text>> {
        let mut sql = Sql::new();
        match &self.key {
            Some(key) => sql.raw("(").append(&key.expression).raw(")::text"),
            None => sql.raw("NULL::text"),
        };
        sql
    }

    /// What follows ORDER BY.
    pub(crate) fn clause(&self) -> Ordering {
        let mut sql = Ordering::new();
        if let Some(key) = &self.key {
            sql.append(&key.expression).raw(if self.descending {
                " DESC NULLS FIRST, "
            } else {
                " ASC NULLS LAST, "
            });
        }
        sql.raw("users.id");
        sql
    }

    /// The rows that come after a position.
    pub(crate) fn after(&self, position: &Position) -> Condition {
        let mut sql = Condition::new();
        let Some(key) = &self.key else {
            sql.raw("(users.id > ").bind_id(position.id).raw(")");
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
                sql.raw(" AND users.id > ").bind_id(position.id).raw(")");
                if !self.descending {
                    sql.raw(" OR ").append(&key.expression).raw(" IS NULL");
                }
            }
            None => {
                sql.append(&key.expression).raw(" IS NULL AND users.id > ");
                sql.bind_id(position.id);
                if self.descending {
                    sql.raw(" OR ").append(&key.expression).raw(" IS NOT NULL");
                }
            }
        }
        sql.raw(")");
        sql
    }
}

/// The sort key of a field; none where all users have the same, or it grows with the id.
fn key(field: &Field, license_urn: &str) -> Result<Option<Key>, Error> {
    let column = |text: &'static str, cast| {
        let mut expression = Sql::new();
        expression.raw(text);
        Ok(Some(Key { expression, cast }))
    };
    if let Some(urn) = &field.extension {
        if urn == license_urn && field.name == "licenseType" {
            return column("users.license_type", "");
        }
        return Ok(Some(json(field)));
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("schemas", _) | ("meta", Some("resourceType")) => Ok(None),
        ("groups", _) => Err(Error::invalid_value("groups cannot be sorted by on users")),
        ("id", _) | ("meta", Some("location")) => column("users.id", "::uuid"),
        ("externalId", _) => column("users.external_id", ""),
        ("userName", _) => column("users.user_name_key", ""),
        ("active", _) => column("users.active", "::boolean"),
        ("displayName", _) => column("users.display_name_key", ""),
        ("name", Some("familyName")) => column("users.family_name_key", ""),
        ("meta", Some("created")) => column("users.created_at", "::timestamptz"),
        ("meta", Some("lastModified")) => column("users.updated_at", "::timestamptz"),
        ("meta", Some("version")) => {
            column("(('W/\"' || users.version || '\"') COLLATE \"C\")", "")
        }
        _ => Ok(Some(json(field))),
    }
}

/// A text of `search`; of several elements the primary one, else the first.
fn json(field: &Field) -> Key {
    let mut sql = Sql::new();
    let attribute = |sql: &mut Sql<Nullable<Text>>, last: &'static str| {
        sql.raw("users.search");
        if let Some(urn) = &field.extension {
            sql.raw(" -> ").bind_text(urn);
        }
        sql.raw(last).bind_text(&field.name);
    };
    match &field.sub {
        None => {
            sql.raw("((");
            attribute(&mut sql, " ->> ");
            sql.raw(") COLLATE \"C\")");
        }
        Some(sub) if field.multi_valued => {
            sql.raw("((SELECT element.value ->> ").bind_text(sub);
            sql.raw(" FROM jsonb_array_elements(");
            attribute(&mut sql, " -> ");
            sql.raw(
                ") WITH ORDINALITY AS element (value, place) ORDER BY \
                 (element.value -> 'primary') IS NOT DISTINCT FROM 'true'::jsonb DESC, element.place \
                 LIMIT 1) COLLATE \"C\")",
            );
        }
        Some(sub) => {
            sql.raw("((");
            attribute(&mut sql, " -> ");
            sql.raw(" ->> ").bind_text(sub).raw(") COLLATE \"C\")");
        }
    }
    Key {
        expression: sql,
        cast: "",
    }
}
