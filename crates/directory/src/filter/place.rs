//! The fields that are in `search` alone: where they are in the JSON, as SQL. No shape of the JSON makes these
//! fail, for rows may have been written when a schema was another.

use scim::filter::Field;
use serde_json::json;

use crate::{Columns, Sql};

/// Writes the value of a field that has one at most, as JSON.
pub(crate) fn value<T>(sql: &mut Sql<T>, columns: &dyn Columns, field: &Field) {
    sql.raw(columns.search());
    for name in [&field.extension, &Some(field.name.clone()), &field.sub]
        .into_iter()
        .flatten()
    {
        sql.raw(" -> ").bind_text(name);
    }
}

/// Writes the values of a field as a table function of JSON; without `sub` those of the whole attribute.
pub(crate) fn values<T>(sql: &mut Sql<T>, columns: &dyn Columns, field: &Field, sub: Option<&str>) {
    let names = [field.extension.as_deref(), Some(&field.name), sub];
    sql.raw("jsonb_path_query(").raw(columns.search()).raw(", ");
    sql.bind_text(path(names.into_iter().flatten()))
        .raw("::jsonpath)");
}

/// A path to every value under names, whatever arrays are on the way.
pub(crate) fn path<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut path = "lax $".to_owned();
    for name in names {
        // Strings of JSON are strings of paths.
        path.push_str(&format!(".{}", json!(name)));
    }
    path.push_str("[*]");
    path
}
