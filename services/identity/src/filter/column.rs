//! The fields that have a column of their own.

use scim::{
    error::Error,
    filter::{Field, Operand, Operator, Predicate},
};
use uuid::Uuid;

use super::text;
use crate::sql::Condition;

/// How a field is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Text(&'static str),
    Boolean(&'static str),
    Instant(&'static str),
    Emails,
}

/// The column of a field; none: it is in `search` alone.
///
/// # Errors
/// `invalidFilter`: the field is not kept at all.
pub(super) fn of(field: &Field, license_urn: &str) -> Result<Option<Column>, Error> {
    if let Some(urn) = &field.extension {
        let is_license = urn == license_urn && field.name == "licenseType";
        return Ok(is_license.then_some(Column::Text("users.license_type")));
    }
    Ok(Some(match (field.name.as_str(), field.sub.as_deref()) {
        ("id", _) => Column::Id,
        ("externalId", _) => Column::Text("users.external_id"),
        ("userName", _) => Column::Text("users.user_name_key"),
        ("active", _) => Column::Boolean("users.active"),
        ("displayName", _) => Column::Text("users.display_name_key"),
        ("name", Some("familyName")) => Column::Text("users.family_name_key"),
        ("emails", Some("value")) => Column::Emails,
        ("meta", Some("created")) => Column::Instant("users.created_at"),
        ("meta", Some("lastModified")) => Column::Instant("users.updated_at"),
        ("meta", Some("version")) => {
            Column::Text("('W/\"' || users.version || '\"') COLLATE \"C\"")
        }
        ("meta", Some(sub)) => {
            return Err(Error::invalid_filter(format!(
                "meta.{sub} cannot be filtered"
            )));
        }
        _ => return Ok(None),
    }))
}

impl Column {
    pub(super) fn compile(self, sql: &mut Condition, predicate: &Predicate) -> Result<(), Error> {
        let Predicate::Test {
            operator, operand, ..
        } = predicate
        else {
            self.present(sql);
            return Ok(());
        };
        match (self, operand) {
            (Column::Id, Operand::Text(operand)) => id(sql, *operator, operand),
            (Column::Text(column), Operand::Text(operand)) => {
                text::compare(sql, *operator, operand, |sql| {
                    sql.raw(column);
                });
            }
            (Column::Emails, Operand::Text(operand)) => emails(sql, *operator, operand),
            (Column::Boolean(column), Operand::Boolean(value)) => {
                let symbol = symbol(*operator)?;
                sql.raw("(")
                    .raw(column)
                    .raw(symbol)
                    .bind_boolean(*value)
                    .raw(")");
            }
            (Column::Instant(column), Operand::Instant(instant)) => {
                let symbol = symbol(*operator)?;
                sql.raw("(")
                    .raw(column)
                    .raw(symbol)
                    .bind_instant(*instant)
                    .raw(")");
            }
            _ => {
                return Err(Error::invalid_filter(
                    "the value does not fit the attribute",
                ));
            }
        }
        Ok(())
    }

    fn present(self, sql: &mut Condition) {
        match self {
            Column::Id | Column::Instant(_) => sql.raw("TRUE"),
            Column::Emails => sql.raw("(users.email_keys <> '{}')"),
            Column::Text(column) | Column::Boolean(column) => {
                sql.raw("(").raw(column).raw(" IS NOT NULL)")
            }
        };
    }
}

fn symbol(operator: Operator) -> Result<&'static str, Error> {
    Ok(match operator {
        Operator::Eq => " = ",
        Operator::Ne => " IS DISTINCT FROM ",
        Operator::Gt => " > ",
        Operator::Ge => " >= ",
        Operator::Lt => " < ",
        Operator::Le => " <= ",
        Operator::Co | Operator::Sw | Operator::Ew => {
            return Err(Error::invalid_filter("co, sw and ew compare text alone"));
        }
    })
}

/// Ids compare as the text that clients see; what is not one, in that very spelling, equals none.
fn id(sql: &mut Condition, operator: Operator, operand: &str) {
    let id = Uuid::parse_str(operand).ok();
    match (operator, id.filter(|id| id.to_string() == operand)) {
        (Operator::Eq, Some(id)) => {
            sql.raw("(users.id = ").bind_id(id).raw(")");
        }
        (Operator::Eq, None) => {
            sql.raw("FALSE");
        }
        _ => text::compare(sql, operator, operand, |sql| {
            sql.raw("users.id::text COLLATE \"C\"");
        }),
    }
}

/// Addresses: true if any compares so; `ne` also where there is none (R-FILTER-09 to 11).
fn emails(sql: &mut Condition, operator: Operator, operand: &str) {
    match operator {
        Operator::Eq => {
            sql.raw("(users.email_keys @> ");
            sql.bind_texts(vec![operand.to_owned()]).raw(")");
            return;
        }
        Operator::Ne => {
            sql.raw("(users.email_keys = '{}' OR ");
        }
        // The trigrams of all addresses together find the users, then each address is looked at.
        Operator::Co | Operator::Sw | Operator::Ew => {
            sql.raw("(");
            text::compare(sql, Operator::Co, operand, |sql| {
                sql.raw("users.email_text");
            });
            sql.raw(" AND ");
        }
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            sql.raw("(");
        }
    }
    sql.raw("EXISTS (SELECT 1 FROM unnest(users.email_keys) AS element (value) WHERE ");
    text::compare(sql, operator, operand, |sql| {
        sql.raw("element.value");
    });
    sql.raw("))");
}
