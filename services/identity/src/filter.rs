//! SCIM filters (RFC 7644 section 3.4.2.2) as conditions on `users`. They select what
//! `scim::filter::matches` does on the resource as it is returned.
//!
//! A comparison with a missing value may give null, which WHERE, AND and OR treat as false; NOT is
//! written `IS NOT TRUE`, so that a null never turns into a match and plain comparisons stay open to indexes.

mod column;
mod json;
mod text;

use scim::{
    Map,
    definitions::{ENTERPRISE_URN, USER_URN},
    error::Error,
    filter::{Field, Operand, Predicate},
};
use serde_json::json;

use crate::sql::Condition;

/// The condition for a predicate.
///
/// # Errors
/// `invalidFilter`: the predicate asks for what this service does not keep.
pub(crate) fn compile(predicate: &Predicate, license_urn: &str) -> Result<Condition, Error> {
    let mut compiler = Compiler {
        sql: Condition::new(),
        license_urn,
        in_element: false,
    };
    compiler.predicate(predicate)?;
    Ok(match predicate {
        // What identity providers ask all day; of these there are few texts.
        Predicate::Test { .. } | Predicate::Present(_) => compiler.sql,
        _ => compiler.sql.uncacheable(),
    })
}

struct Compiler<'a> {
    sql: Condition,
    license_urn: &'a str,
    /// Whether fields are sub-attributes of one element, as in a value path.
    in_element: bool,
}

impl Compiler<'_> {
    fn predicate(&mut self, predicate: &Predicate) -> Result<(), Error> {
        match predicate {
            Predicate::And(all) => self.join(all, " AND ", "TRUE"),
            Predicate::Or(any) => self.join(any, " OR ", "FALSE"),
            Predicate::Not(inner) => {
                self.sql.raw("((");
                self.predicate(inner)?;
                self.sql.raw(") IS NOT TRUE)");
                Ok(())
            }
            Predicate::Present(field) => self.leaf(field, predicate),
            // Postgres has no such character, so it could not even be bound.
            Predicate::Test {
                operand: Operand::Text(text),
                ..
            } if text.contains('\0') => Err(Error::invalid_filter(
                "a filter value must not contain the character U+0000",
            )),
            Predicate::Test { field, .. } => self.leaf(field, predicate),
            Predicate::Element { field, predicate } => self.element(field, predicate),
        }
    }

    fn join(
        &mut self,
        predicates: &[Predicate],
        separator: &'static str,
        empty: &'static str,
    ) -> Result<(), Error> {
        self.sql.raw("(");
        if predicates.is_empty() {
            self.sql.raw(empty);
        }
        for (i, predicate) in predicates.iter().enumerate() {
            if i > 0 {
                self.sql.raw(separator);
            }
            self.predicate(predicate)?;
        }
        self.sql.raw(")");
        Ok(())
    }

    /// A comparison or `pr`.
    fn leaf(&mut self, field: &Field, predicate: &Predicate) -> Result<(), Error> {
        if self.in_element {
            return json::compile_in_element(&mut self.sql, field, predicate);
        }
        if field.extension.is_none() {
            match (field.name.as_str(), field.sub.as_deref()) {
                ("groups", _) => return Err(groups_held_elsewhere()),
                ("schemas", _) => {
                    self.schemas(predicate);
                    return Ok(());
                }
                ("meta", None | Some("resourceType")) => {
                    let meta = json!({ "meta": { "resourceType": "User" } });
                    self.constant(evaluate(predicate, meta));
                    return Ok(());
                }
                _ => {}
            }
        }
        match column::of(field, self.license_urn)? {
            Some(column) => column.compile(&mut self.sql, predicate),
            None => json::compile(&mut self.sql, field, predicate),
        }
    }

    /// The base schema and that of the licence are in every user, the enterprise one in some.
    fn schemas(&mut self, predicate: &Predicate) {
        let matches = |urn: &str| evaluate(predicate, json!({ "schemas": [urn] }));
        if matches(USER_URN) || matches(self.license_urn) {
            self.constant(true);
        } else if matches(ENTERPRISE_URN) {
            self.sql.raw("jsonb_exists(users.search, ");
            self.sql.bind_text(ENTERPRISE_URN).raw(")");
        } else {
            self.constant(false);
        }
    }

    fn constant(&mut self, value: bool) {
        self.sql.raw(if value { "TRUE" } else { "FALSE" });
    }

    /// A value path: one element satisfies the whole inner predicate.
    fn element(&mut self, field: &Field, predicate: &Predicate) -> Result<(), Error> {
        if field.extension.is_none() && field.name == "groups" {
            return Err(groups_held_elsewhere());
        }
        self.sql.raw("(");
        // The elements have no index; an address that one of them must have does.
        if field.extension.is_none()
            && field.name == "emails"
            && let Some(address) = json::required_value(predicate)
        {
            self.sql.raw("users.email_keys @> ");
            self.sql.bind_texts(vec![address.to_owned()]).raw(" AND ");
        }
        json::open_elements(&mut self.sql, field);
        self.in_element = true;
        self.predicate(predicate)?;
        self.in_element = false;
        self.sql.raw(")))");
        Ok(())
    }
}

fn evaluate(predicate: &Predicate, resource: serde_json::Value) -> bool {
    let resource = match resource {
        serde_json::Value::Object(resource) => resource,
        _ => Map::new(),
    };
    scim::filter::matches(predicate, &resource)
}

fn groups_held_elsewhere() -> Error {
    Error::invalid_filter(
        "groups is read-only and cannot be filtered on users; filter groups by members.value instead",
    )
}
