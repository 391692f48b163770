//! SCIM filters (RFC 7644 section 3.4.2.2) as conditions on a table. They select what
//! `scim::filter::matches` does on the resource as it is returned.
//!
//! A comparison with a missing value may give null, which WHERE, AND and OR treat as false; NOT is
//! written `IS NOT TRUE`, so that a null never turns into a match and plain comparisons stay open to indexes.

mod column;
mod json;
mod text;

use scim::{
    Map,
    error::Error,
    filter::{Field, Operand, Predicate},
    schema::Type,
};
use serde_json::json;

use crate::{
    sql::Condition,
    table::{Place, Table},
};

pub(crate) use self::text::escape;

/// The condition for a predicate.
///
/// # Errors
/// `invalidFilter`: the predicate asks for what this service does not keep.
pub(crate) fn compile(predicate: &Predicate, table: Table<'_>) -> Result<Condition, Error> {
    let mut compiler = Compiler {
        sql: Condition::new(),
        table,
        element: None,
    };
    compiler.predicate(predicate)?;
    // What identity providers ask all day; of these there are few texts.
    let is_common = match predicate {
        Predicate::Test { .. } | Predicate::Present(_) => true,
        Predicate::Element { field, predicate } => {
            compiler.has_emails(field) && json::email(predicate).is_some()
        }
        _ => false,
    };
    Ok(if is_common {
        compiler.sql
    } else {
        compiler.sql.uncacheable()
    })
}

struct Compiler<'a> {
    sql: Condition,
    table: Table<'a>,
    /// The type of the one element that fields are of, as in a value path.
    element: Option<Type>,
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
        if let Some(r#type) = self.element {
            json::compile_in_element(&mut self.sql, r#type, field, predicate);
            return Ok(());
        }
        match self.table.place(field) {
            Place::Groups => Err(groups_held_elsewhere()),
            Place::Location => Err(Error::invalid_filter("meta.location cannot be filtered")),
            Place::Schemas => {
                self.schemas(predicate);
                Ok(())
            }
            Place::ResourceType => {
                let name = &self.table.resource_type.name;
                let meta = json!({ "meta": { "resourceType": name } });
                self.constant(evaluate(predicate, meta));
                Ok(())
            }
            Place::Search => {
                json::compile(&mut self.sql, self.table, field, predicate);
                Ok(())
            }
            place => column::compile(&mut self.sql, place, predicate),
        }
    }

    /// Some schemas are in every row, others in those that have attributes of them.
    fn schemas(&mut self, predicate: &Predicate) {
        let resource_type = self.table.resource_type;
        let extensions = resource_type.extensions.iter().map(|one| &one.schema);
        let matching = std::iter::once(&resource_type.schema)
            .chain(extensions)
            .map(|schema| schema.id.as_str())
            .filter(|urn| evaluate(predicate, json!({ "schemas": [urn] })));
        let matching: Vec<String> = matching.map(str::to_owned).collect();
        if matching.iter().any(|urn| self.table.always_has(urn)) {
            self.constant(true);
        } else if matching.is_empty() {
            self.constant(false);
        } else {
            self.sql.raw("jsonb_exists_any(").raw(self.table.search());
            self.sql.raw(", ").bind_texts(matching).raw(")");
        }
    }

    fn constant(&mut self, value: bool) {
        self.sql.raw(if value { "TRUE" } else { "FALSE" });
    }

    /// A value path: one element satisfies the whole inner predicate.
    fn element(&mut self, field: &Field, predicate: &Predicate) -> Result<(), Error> {
        if self.table.place(field) == Place::Groups {
            return Err(groups_held_elsewhere());
        }
        self.sql.raw("(");
        if self.has_emails(field) {
            if let Some(email) = json::email(predicate) {
                self.sql.raw("users.email_keys @> ");
                self.sql.bind_texts(vec![email["value"].clone()]);
                self.sql.raw(" AND users.search -> 'emails' @> ");
                let elements = json!([email]).to_string();
                self.sql.bind_text(elements).raw("::jsonb)");
                return Ok(());
            }
            // The elements have no index; an address that one of them must have does.
            if let Some(address) = json::required_value(predicate) {
                self.sql.raw("users.email_keys @> ");
                self.sql.bind_texts(vec![address.to_owned()]).raw(" AND ");
            }
        }
        json::open_elements(&mut self.sql, self.table, field);
        self.element = Some(field.r#type);
        self.predicate(predicate)?;
        self.element = None;
        self.sql.raw(")))");
        Ok(())
    }

    /// Whether the elements of the field are the e-mails of users.
    fn has_emails(&self, field: &Field) -> bool {
        let of_value = Field {
            sub: Some("value".to_owned()),
            ..field.clone()
        };
        self.table.place(&of_value) == Place::Emails
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
