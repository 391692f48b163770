//! Filters bound to a resource type, and what they mean.

use chrono::{DateTime, Utc};

use super::Operator;
use crate::schema::Type;

/// A filter bound to a resource type: every name is known and canonical, every operator fits its field, every
/// operand has the field's type. This is what storage compiles to SQL; [`super::matches`] is the reference.
///
/// # Meaning
///
/// A predicate is true or false of a resource, never unknown: where SQL has null, a test is decided by the
/// rules below, and `Not` is the plain opposite of what it holds. `And` and `Or` hold two parts or more, or
/// none: an empty `And` is true and an empty `Or` false of every resource, which is how
/// [`bind_across`](super::bind_across) writes tests of attributes that the type does not have.
///
/// **Values.** The *values* of a field are found in the canonical resource (or its
/// [`search_form`](crate::search::search_form)) thus: start at the resource, or at the member named by
/// `extension`; take the member `name`; if it is an array, go on with each element; if `sub` is given, take
/// that member of each object; if that is an array, take each element. What is absent adds no value. A
/// canonical resource holds no null, no empty string, no empty array and no empty object; where one occurs
/// all the same it counts as absent. So a field of a single-valued attribute has at most one value.
///
/// **`Present`** is true if there is at least one value; for a complex field without `sub`, one that has any
/// member. `false` and `0` are values (R-FILTER-08). `eq null` is bound as `Not(Present)`, `ne null` as
/// `Present` (R-FILTER-11).
///
/// **`Test`** with any operator but `Ne` is true if *any* value compares so with the operand; hence false if
/// there is no value (R-FILTER-09, R-FILTER-11). Two tests joined by `And` may be met by different elements.
///
/// **`Test` with `Ne`** is true if there is no value, or if *any* value is not equal to the operand
/// (R-FILTER-10, R-FILTER-11). It is not the opposite of `Eq`: of two values one may be equal and the other
/// not, then both are true. `Not(Test Eq)` says that no value is equal.
///
/// **`Element`** is true if one element of the attribute `field` (always multi-valued, `sub` none)
/// satisfies the whole inner predicate. Within, resource means element: fields have the name of the
/// sub-attribute in `name`, and neither `extension` nor `sub`. Where `field` is not complex, the element itself is the
/// one value of the field `value` (R-MV-08). Without elements it is false, also where the
/// inner predicate would be true of nothing, such as `Not(…)` or `Ne` (R-FILTER-09). Elements do not nest.
///
/// **Text** operands are already [folded](crate::text::fold) unless the field is `case_exact`; the stored text
/// must be folded in the same way before it is compared, then `eq`, `co`, `sw` and `ew` compare code points:
/// `%`, `_` and `\` mean themselves (R-FILTER-29). `gt`, `ge`, `lt` and `le` order by code points of the
/// folded text, which is the order of its UTF-8 bytes (in SQL: `COLLATE "C"`; R-FILTER-04). The operand may be
/// the empty string, which every value contains, starts with and ends with, and which no value equals.
///
/// **Instants** compare as moments, whatever offset they were written with; the search form writes them so
/// that their text compares likewise ([`date_time::sortable`](crate::date_time::sortable)). **Numbers** compare
/// by value, exactly: 1 and 1.0 are equal. **Booleans** know `eq` and `ne` only; binary fields all but `gt`,
/// `ge`, `lt`, `le`; instants and numbers all but `co`, `sw`, `ew` (R-FILTER-05).
///
/// **`primary`**: an element without it counts as not primary (RFC 7643 §2.4). The binding sees to that: tests
/// of a sub-attribute `primary` are rewritten so that only `primary eq true` occurs.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// All of these; of none: true.
    And(Vec<Predicate>),
    /// Any of these; of none: false.
    Or(Vec<Predicate>),
    /// The opposite.
    Not(Box<Predicate>),
    /// The field has a value.
    Present(Field),
    /// A value of the field compares with the operand as the operator says.
    Test {
        /// What is compared.
        field: Field,
        /// How.
        operator: Operator,
        /// With what; it has the type of the field.
        operand: Operand,
    },
    /// One element of the field matches the inner predicate.
    Element {
        /// The multi-valued attribute.
        field: Field,
        /// What the element must match.
        predicate: Box<Predicate>,
    },
}

impl Predicate {
    /// How many tests it is made of.
    #[must_use]
    pub fn parts(&self) -> usize {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) => {
                parts.iter().map(Predicate::parts).sum()
            }
            Predicate::Not(inner) => inner.parts(),
            Predicate::Present(_) | Predicate::Test { .. } => 1,
            Predicate::Element { predicate, .. } => 1 + predicate.parts(),
        }
    }
}

/// What a predicate looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// The canonical URN of the extension; none for core and common attributes.
    pub extension: Option<String>,
    /// The attribute, in the spelling of the schema; within `Element`, the sub-attribute.
    pub name: String,
    /// The sub-attribute, in the spelling of the schema. A complex attribute compared without one that has a
    /// `value` is compared by that: `emails co "x"`, `manager eq "x"` (R-FILTER-12).
    pub sub: Option<String>,
    /// The type of the values; [`Type::Complex`] in `Present` and `Element` alone.
    pub r#type: Type,
    /// Whether there can be more than one value.
    pub multi_valued: bool,
    /// Whether text is compared as it is. False: stored text must be folded.
    pub case_exact: bool,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// For [`Type::String`], [`Type::Reference`] and [`Type::Binary`]; folded unless the field is case-exact.
    Text(String),
    /// For [`Type::Boolean`].
    Boolean(bool),
    /// For [`Type::Decimal`] and [`Type::Integer`].
    Number(serde_json::Number),
    /// For [`Type::DateTime`].
    Instant(DateTime<Utc>),
}
