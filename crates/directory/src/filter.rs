//! SCIM filters (RFC 7644 section 3.4.2.2) as conditions on a table. They select what
//! `scim::filter::matches` does on the resource as it is returned.
//!
//! A comparison with a missing value may give null, which WHERE, AND and OR treat as false; NOT is
//! written `IS NOT TRUE`, so that a null never turns into a match and plain comparisons stay open to indexes.

mod column;
mod json;
pub(crate) mod place;
pub mod text;

use scim::{
    Map,
    error::Error,
    filter::{Field, Operand, Predicate},
    schema::Type,
};
use serde_json::json;

use crate::{Columns, Condition, Place};

/// The condition for a predicate.
///
/// # Errors
/// `invalidFilter`: the predicate asks for what this service does not keep.
pub fn compile(predicate: &Predicate, columns: &dyn Columns) -> Result<Condition, Error> {
    let mut compiler = Compiler {
        sql: Condition::new(),
        columns,
        element: None,
    };
    compiler.predicate(predicate)?;
    let sql = compiler.sql;
    // Of single tests there are few texts, and identity providers ask them all day.
    Ok(match predicate {
        Predicate::And(_) | Predicate::Or(_) | Predicate::Not(_) => sql.uncacheable(),
        _ => sql,
    })
}

/// Appends the condition that one element of a field satisfies a whole predicate, by the JSON alone.
///
/// # Errors
/// As [`compile`].
pub fn append_element(
    sql: &mut Condition,
    columns: &dyn Columns,
    field: &Field,
    predicate: &Predicate,
) -> Result<(), Error> {
    let mut compiler = Compiler {
        sql: Condition::new(),
        columns,
        element: Some(field.r#type),
    };
    json::open_elements(&mut compiler.sql, columns, field);
    compiler.predicate(predicate)?;
    compiler.sql.raw("))");
    sql.append(&compiler.sql.uncacheable());
    Ok(())
}

struct Compiler<'a> {
    sql: Condition,
    columns: &'a dyn Columns,
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
            Predicate::Element {
                field,
                predicate: inner,
            } => self.element(field, inner, predicate),
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
        match self.columns.place(field) {
            Place::Own | Place::Elsewhere => self.columns.compile(&mut self.sql, predicate),
            Place::Location => Err(Error::invalid_filter("meta.location cannot be filtered")),
            Place::Schemas => {
                self.schemas(predicate);
                Ok(())
            }
            Place::ResourceType => {
                let name = &self.columns.resource_type().name;
                let meta = json!({ "meta": { "resourceType": name } });
                self.constant(evaluate(predicate, meta));
                Ok(())
            }
            Place::Search => {
                json::compile(&mut self.sql, self.columns, field, predicate);
                Ok(())
            }
            place => column::compile(&mut self.sql, place, predicate),
        }
    }

    /// Some schemas are in every row, others in those that have attributes of them.
    fn schemas(&mut self, predicate: &Predicate) {
        let resource_type = self.columns.resource_type();
        let extensions = resource_type.extensions.iter().map(|one| &one.schema);
        let matching = std::iter::once(&resource_type.schema)
            .chain(extensions)
            .map(|schema| schema.id.as_str())
            .filter(|urn| evaluate(predicate, json!({ "schemas": [urn] })));
        let matching: Vec<String> = matching.map(str::to_owned).collect();
        if matching.iter().any(|urn| self.columns.always_has(urn)) {
            self.constant(true);
        } else if matching.is_empty() {
            self.constant(false);
        } else {
            self.sql.raw("jsonb_exists_any(").raw(self.columns.search());
            self.sql.raw(", ").bind_texts(matching).raw(")");
        }
    }

    fn constant(&mut self, value: bool) {
        self.sql.raw(if value { "TRUE" } else { "FALSE" });
    }

    /// A value path: one element satisfies the whole inner predicate.
    fn element(
        &mut self,
        field: &Field,
        inner: &Predicate,
        predicate: &Predicate,
    ) -> Result<(), Error> {
        let of_value = Field {
            sub: Some("value".to_owned()),
            ..field.clone()
        };
        match self.columns.place(&of_value) {
            Place::Own | Place::Elsewhere => self.columns.compile(&mut self.sql, predicate),
            _ => append_element(&mut self.sql, self.columns, field, inner),
        }
    }
}

fn evaluate(predicate: &Predicate, resource: serde_json::Value) -> bool {
    let resource = match resource {
        serde_json::Value::Object(resource) => resource,
        _ => Map::new(),
    };
    scim::filter::matches(predicate, &resource)
}
