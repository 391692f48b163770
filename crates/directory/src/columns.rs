//! Where a table keeps what of a resource.

use scim::{
    error::Error,
    filter::{Field, Predicate},
    schema::ResourceType,
};

use crate::Condition;

/// The columns of a table of resources, one row to each. Every expression is qualified by the name of the table, since
/// sub-selects have tables of their own.
pub trait Columns: Sync {
    /// The table, such as `users`.
    fn table(&self) -> &'static str;

    /// The column of the id, `users.id`.
    fn id(&self) -> &'static str;

    /// The column of the resource in the form of comparison ([`scim::search::search_form`]), as `jsonb`.
    fn search(&self) -> &'static str;

    /// Appends the condition that a row is one of these resources, of this account.
    fn scope(&self, sql: &mut Condition, account_id: i64);

    /// The type of the resources.
    fn resource_type(&self) -> &ResourceType;

    /// Where a field is kept.
    fn place(&self, field: &Field) -> Place;

    /// Whether every row has attributes of this schema.
    fn always_has(&self, urn: &str) -> bool {
        self.resource_type().schema.id == urn
    }

    /// Appends the condition for what is not in a column: a `Present`, `Test` or `Element` on a field at [`Place::Own`]
    /// or [`Place::Elsewhere`].
    ///
    /// # Errors
    /// `invalidFilter`: it cannot be asked for.
    fn compile(&self, sql: &mut Condition, predicate: &Predicate) -> Result<(), Error>;
}

/// Where a field is kept, as SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A `uuid`.
    Id(&'static str),
    /// A text in the form of comparison, null where there is none, that compares by code point.
    Text(&'static str),
    /// The same with an index of trigrams.
    IndexedText(&'static str),
    /// A `boolean`, null where there is none.
    Boolean(&'static str),
    /// A `timestamptz`.
    Instant(&'static str),
    /// The version, a `bigint`, of which the tag is made.
    Version(&'static str),
    /// The URN of the type and those of the extensions a resource has.
    Schemas,
    /// The same in all rows.
    ResourceType,
    /// Made of the id by whoever knows the base URL.
    Location,
    /// In `search` alone.
    Search,
    /// In `search`, and where [`Columns::compile`] finds it sooner.
    Own,
    /// In other rows, which [`Columns::compile`] knows; no list is sorted by it.
    Elsewhere,
}
