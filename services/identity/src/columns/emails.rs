//! The e-mails of users, which are found by their addresses: `users.email_keys` has an index.

use std::collections::BTreeMap;

use directory::{
    Condition,
    filter::{append_element, text},
};
use scim::{
    error::Error,
    filter::{Operand, Operator, Predicate},
};
use serde_json::json;

use super::Users;

/// Appends the condition for what is asked of `emails.value`, or of one e-mail.
pub(super) fn compile(
    sql: &mut Condition,
    users: &Users<'_>,
    predicate: &Predicate,
) -> Result<(), Error> {
    match predicate {
        Predicate::Test {
            operator,
            operand: Operand::Text(operand),
            ..
        } => {
            any_address(sql, *operator, operand);
            Ok(())
        }
        Predicate::Element { field, predicate } => {
            sql.raw("(");
            if let Some(email) = texts(predicate) {
                sql.raw("users.email_keys @> ");
                sql.bind_texts(vec![email["value"].clone()]);
                sql.raw(" AND users.search -> 'emails' @> ");
                let elements = json!([email]).to_string();
                sql.bind_text(elements).raw("::jsonb)");
                return Ok(());
            }
            // The elements have no index; an address that one of them must have does.
            if let Some(address) = required_address(predicate) {
                sql.raw("users.email_keys @> ");
                sql.bind_texts(vec![address.to_owned()]).raw(" AND ");
            }
            append_element(sql, users, field, predicate)?;
            sql.raw(")");
            Ok(())
        }
        Predicate::Present(_) => {
            sql.raw("(users.email_keys <> '{}')");
            Ok(())
        }
        _ => Err(Error::invalid_filter(
            "the value does not fit the attribute",
        )),
    }
}

/// Addresses: true if any compares so; `ne` also where there is none (R-FILTER-09 to 11).
fn any_address(sql: &mut Condition, operator: Operator, operand: &str) {
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
            text::compare_indexed(sql, Operator::Co, operand, |sql| {
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

/// The `value` that an element must have to satisfy the predicate of a value path, if it must have one.
fn required_address(predicate: &Predicate) -> Option<&str> {
    match predicate {
        Predicate::And(all) => all.iter().find_map(required_address),
        Predicate::Test {
            field,
            operator: Operator::Eq,
            operand: Operand::Text(text),
        } if field.name == "value" => Some(text),
        _ => None,
    }
}

/// The texts that an e-mail must have to satisfy the predicate of a value path, by sub-attribute, where the predicate
/// says nothing else and the address is among them; such an element is found by containment.
fn texts(predicate: &Predicate) -> Option<BTreeMap<&str, &String>> {
    let tests = match predicate {
        Predicate::And(all) => all.as_slice(),
        test => std::slice::from_ref(test),
    };
    let mut texts = BTreeMap::new();
    for test in tests {
        let Predicate::Test {
            field,
            operator: Operator::Eq,
            operand: Operand::Text(text),
        } = test
        else {
            return None;
        };
        if texts.insert(field.name.as_str(), text).is_some() {
            return None;
        }
    }
    texts.contains_key("value").then_some(texts)
}
