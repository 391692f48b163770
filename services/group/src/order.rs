//! What a list is sorted by (RFC 7644 section 3.4.2.3): those without a value come last, or first where
//! descending, equals by id, which is the order of creation.

use diesel::sql_types::{Bool, Nullable, Text};
use scim::{
    path::AttributePath,
    schema::{ResourceType, Returned, Type},
};
use storage::cursor::Position;

use crate::{error::Error, fragment::Fragment};

/// How a list is sorted.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// None: by id alone.
    key: Option<Key>,
    descending: bool,
}

#[derive(Debug, Clone)]
struct Key {
    expression: Fragment<Text>,
    /// From the text of a key back to its type.
    cast: &'static str,
}

impl Order {
    /// The order by an attribute; an empty path: by id.
    pub(crate) fn read(
        path: &str,
        descending: bool,
        resource_type: &ResourceType,
    ) -> Result<Order, Error> {
        let key = if path.is_empty() {
            None
        } else {
            key(path, resource_type)?
        };
        Ok(Order { key, descending })
    }

    /// The order by an attribute that groups do not have.
    pub(crate) fn by_nothing() -> Order {
        Order {
            key: None,
            descending: false,
        }
    }

    /// What follows `order by`, before the id.
    pub(crate) fn clause(&self) -> Fragment<Text> {
        let order = match &self.key {
            Some(key) => key.expression.clone(),
            None => Fragment::new("groups.id"),
        };
        order.sql(if self.descending { " desc" } else { " asc" })
    }

    /// The sort key as text, to be selected.
    pub(crate) fn key(&self) -> Fragment<Nullable<Text>> {
        match &self.key {
            Some(key) => Fragment::new("(")
                .then(key.expression.clone())
                .sql(")::text"),
            None => Fragment::new("null::text"),
        }
    }

    /// The rows that come after a position.
    pub(crate) fn after(&self, position: &Position) -> Fragment<Bool> {
        let Some(Key { expression, cast }) = &self.key else {
            let comes_after = if self.descending {
                "groups.id < "
            } else {
                "groups.id > "
            };
            return Fragment::new(comes_after).uuid(position.id);
        };
        let key = || expression.clone();
        let condition = Fragment::new("(").then(key());
        let condition = match &position.key {
            Some(text) => {
                let comes_after = if self.descending { " < " } else { " > " };
                let condition = condition.sql(comes_after).text(text).sql(cast);
                let condition = condition.sql(" or (").then(key()).sql(" = ");
                let condition = condition.text(text).sql(cast);
                let condition = condition
                    .sql(" and groups.id > ")
                    .uuid(position.id)
                    .sql(")");
                if self.descending {
                    condition
                } else {
                    condition.sql(" or ").then(key()).sql(" is null")
                }
            }
            None => {
                let condition = condition.sql(" is null and groups.id > ").uuid(position.id);
                if self.descending {
                    condition.sql(" or ").then(key()).sql(" is not null")
                } else {
                    condition
                }
            }
        };
        condition.sql(")")
    }
}

/// The sort key of an attribute; none where it grows with the id or all groups have the same.
fn key(path: &str, resource_type: &ResourceType) -> Result<Option<Key>, Error> {
    let parsed = AttributePath::parse(path).ok_or_else(|| unknown(path))?;
    let target = resource_type
        .resolve(&parsed)
        .ok_or_else(|| unknown(path))?;
    let leaf = target.sub_attribute.unwrap_or(target.attribute);
    let sortable = leaf.r#type != Type::Complex
        && leaf.returned != Returned::Never
        && !target.attribute.multi_valued;
    if !sortable {
        return Err(Error::InvalidValue(format!(
            "groups cannot be sorted by {path}"
        )));
    }
    let sub = target.sub_attribute.map(|sub| sub.name.as_str());
    let (column, cast) = match (target.extension, target.attribute.name.as_str(), sub) {
        (None, "displayName", _) => ("groups.display_name_key", ""),
        (None, "externalId", _) => ("groups.external_id", ""),
        (None, "meta", Some("created")) => ("groups.created_at", "::timestamptz"),
        (None, "meta", Some("lastModified")) => ("groups.updated_at", "::timestamptz"),
        (None, "meta", Some("version")) => ("groups.version", "::bigint"),
        (None, "id" | "meta", _) => return Ok(None),
        (extension, name, sub) => {
            let path = extension.map(|schema| schema.id.as_str()).into_iter();
            let path = path.chain([name]).chain(sub).map(str::to_owned).collect();
            // Numbers sort as JSON does them.
            let is_number = matches!(leaf.r#type, Type::Decimal | Type::Integer);
            let (operator, end, cast) = if is_number {
                ("((groups.search #> ", "))", "::jsonb")
            } else {
                ("((groups.search #>> ", r#") collate "C")"#, "")
            };
            let expression = Fragment::new(operator).texts(path).sql(end);
            return Ok(Some(Key { expression, cast }));
        }
    };
    Ok(Some(Key {
        expression: Fragment::new(column),
        cast,
    }))
}

fn unknown(path: &str) -> Error {
    Error::InvalidValue(format!("groups have no attribute {path} to sort by"))
}
