//! What a list is sorted by (RFC 7644 section 3.4.2.3).

use diesel::sql_types::Text;
use scim::{
    path::AttributePath,
    schema::{ResourceType, Returned, Type},
};

use crate::{error::Error, fragment::Fragment};

/// An expression to sort by, with its direction; those without a value come last, or first where descending.
pub(crate) type Order = Fragment<Text>;

/// The order by an attribute; an empty path: by id, which is the order of creation.
pub(crate) fn read(
    path: &str,
    descending: bool,
    resource_type: &ResourceType,
) -> Result<Order, Error> {
    let order = if path.is_empty() {
        Order::new("groups.id")
    } else {
        attribute(path, resource_type)?
    };
    Ok(order.sql(if descending { " desc" } else { " asc" }))
}

fn attribute(path: &str, resource_type: &ResourceType) -> Result<Order, Error> {
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
    let column = match (target.extension, target.attribute.name.as_str(), sub) {
        (None, "id", _) => "groups.id",
        (None, "displayName", _) => "groups.display_name_key",
        (None, "externalId", _) => "groups.external_id",
        (None, "meta", Some("created")) => "groups.created_at",
        (None, "meta", Some("lastModified")) => "groups.updated_at",
        (None, "meta", Some("version")) => "groups.version",
        // The same for all, or ending in the id.
        (None, "meta", _) => "groups.id",
        (extension, name, sub) => {
            let path = extension.map(|schema| schema.id.as_str()).into_iter();
            let path = path.chain([name]).chain(sub).map(str::to_owned).collect();
            return Ok(Order::new("(groups.search #>> ")
                .texts(path)
                .sql(r#") collate "C""#));
        }
    };
    Ok(Order::new(column))
}

fn unknown(path: &str) -> Error {
    Error::InvalidValue(format!("groups have no attribute {path} to sort by"))
}
