//! Binds a filter to a resource type: finds its attributes, checks operators and literals against them.

use super::{Field, Filter, Literal, Operand, Operator, Predicate};
use crate::{
    date_time,
    dialect::Dialect,
    error::Error,
    path::{AttributePath, shortened},
    schema::{Attribute, ResourceType, Returned, Target, Type},
    text,
};

/// The most characters of what `co`, `sw` and `ew` search for, in the form that is compared.
pub const MAX_SEARCHED: usize = 512;

/// Binds a filter to a resource type.
///
/// # Errors
///
/// `InvalidFilter`: the type has no such attribute (R-FILTER-24); the attribute is never returned
/// (R-FILTER-25); it is complex and has no `value` to compare (R-FILTER-12); the operator (R-FILTER-05) or the
/// literal (R-FILTER-18, R-FILTER-19) does not fit its type.
pub fn bind(
    filter: &Filter,
    resource_type: &ResourceType,
    dialect: Dialect,
) -> Result<Predicate, Error> {
    Binder {
        scope: Scope::Resource(resource_type),
        dialect,
        unknown: Unknown::Refused,
    }
    .filter(filter)
}

/// Binds a filter that spans several resource types to one of them (RFC 7644 §3.4.2.1): an attribute that
/// this type does not have counts as one without value.
///
/// # Errors
///
/// As [`bind`], but for attributes that the type does not have.
pub fn bind_across(
    filter: &Filter,
    resource_type: &ResourceType,
    dialect: Dialect,
) -> Result<Predicate, Error> {
    Binder {
        scope: Scope::Resource(resource_type),
        dialect,
        unknown: Unknown::WithoutValue,
    }
    .filter(filter)
}

/// Binds the filter of a value path of an attribute, for [`super::matches_element`]. If the attribute is not
/// complex, `value` stands for the element itself (R-MV-08).
///
/// # Errors
///
/// As [`bind`]; `InvalidFilter` too if the filter has brackets itself.
pub fn bind_element(
    filter: &Filter,
    attribute: &Attribute,
    dialect: Dialect,
) -> Result<Predicate, Error> {
    Binder {
        scope: Scope::Element(attribute),
        dialect,
        unknown: Unknown::Refused,
    }
    .filter(filter)
}

/// The field to compare for a target: where that is complex, its `value`. None: it cannot be compared, or
/// nobody may see it.
pub(crate) fn leaf_field(target: &Target<'_>) -> Option<Field> {
    found(target).and_then(Found::leaf).map(|found| found.field)
}

#[derive(Clone, Copy)]
enum Scope<'s> {
    Resource(&'s ResourceType),
    Element(&'s Attribute),
}

/// What becomes of an attribute that the type does not have.
#[derive(Clone, Copy)]
enum Unknown {
    Refused,
    WithoutValue,
}

#[derive(Clone, Copy)]
struct Binder<'s> {
    scope: Scope<'s>,
    dialect: Dialect,
    unknown: Unknown,
}

/// A field and the definition of what it ends in.
struct Found<'s> {
    field: Field,
    leaf: &'s Attribute,
}

impl<'s> Binder<'s> {
    fn filter(self, filter: &Filter) -> Result<Predicate, Error> {
        match filter {
            Filter::And(parts) => self.all(parts).map(Predicate::And),
            Filter::Or(parts) => self.all(parts).map(Predicate::Or),
            Filter::Not(inner) => Ok(not(self.filter(inner)?)),
            Filter::Present(path) => Ok(match self.find(path)? {
                Some(found) => Predicate::Present(found.field),
                None => constant(false),
            }),
            Filter::Compare(path, operator, literal) => self.compare(path, *operator, literal),
            Filter::Element(path, inner) => self.element(path, inner),
        }
    }

    fn all(self, parts: &[Filter]) -> Result<Vec<Predicate>, Error> {
        parts.iter().map(|part| self.filter(part)).collect()
    }

    fn element(self, path: &AttributePath, inner: &Filter) -> Result<Predicate, Error> {
        if let Scope::Element(_) = self.scope {
            return Err(Error::invalid_filter("Brackets do not nest."));
        }
        let Some(Found { field, leaf }) = self.find(path)? else {
            return Ok(constant(false));
        };
        let is_schemas = field.extension.is_none() && field.name == "schemas";
        if field.sub.is_some() || !leaf.multi_valued || is_schemas {
            return Err(Error::invalid_filter(format!(
                "{path} has no elements to put in brackets."
            )));
        }
        let within = Binder {
            scope: Scope::Element(leaf),
            ..self
        };
        let predicate = Box::new(within.filter(inner)?);
        Ok(Predicate::Element { field, predicate })
    }

    fn compare(
        self,
        path: &AttributePath,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Predicate, Error> {
        let found = self.find(path)?;
        if *literal == Literal::Null {
            let present = found.map_or(constant(false), |found| Predicate::Present(found.field));
            return match operator {
                Operator::Eq => Ok(not(present)),
                Operator::Ne => Ok(present),
                _ => Err(Error::invalid_filter(
                    "null goes with \"eq\" and \"ne\" only.",
                )),
            };
        }
        let Some(found) = found else {
            return Ok(constant(operator == Operator::Ne));
        };
        let Found { field, leaf } = found.leaf().ok_or_else(|| {
            Error::invalid_filter(format!(
                "{path} is complex: name one of its sub-attributes."
            ))
        })?;
        check_operator(leaf.r#type, operator, path)?;
        let operand = operand(leaf, literal, self.dialect).ok_or_else(|| {
            Error::invalid_filter(format!(
                "The value that {path} is compared with is not {}.",
                described(leaf.r#type)
            ))
        })?;
        check_length(operator, &operand)?;
        match operand {
            Operand::Boolean(value) if leaf.name == "primary" => {
                Ok(self.primary(field, operator, value))
            }
            operand => Ok(Predicate::Test {
                field,
                operator,
                operand,
            }),
        }
    }

    /// An element without `primary` counts as not primary: tests for false are turned into tests for true.
    fn primary(self, field: Field, operator: Operator, value: bool) -> Predicate {
        let wants_true = (operator == Operator::Eq) == value;
        let is_true = |field| Predicate::Test {
            field,
            operator: Operator::Eq,
            operand: Operand::Boolean(true),
        };
        if field.sub.is_none() {
            return if wants_true {
                is_true(field)
            } else {
                not(is_true(field))
            };
        }
        let whole = Field {
            sub: None,
            r#type: Type::Complex,
            ..field.clone()
        };
        let within = Field {
            extension: None,
            name: "primary".to_owned(),
            sub: None,
            multi_valued: false,
            ..field.clone()
        };
        let one = if wants_true {
            is_true(field)
        } else {
            Predicate::Element {
                field: whole.clone(),
                predicate: Box::new(not(is_true(within))),
            }
        };
        match operator {
            // `ne` is true as well where there is nothing at all.
            Operator::Ne => Predicate::Or(vec![not(Predicate::Present(whole)), one]),
            _ => one,
        }
    }

    /// The field of a path; none: there is none, and that is no fault.
    fn find(self, path: &AttributePath) -> Result<Option<Found<'s>>, Error> {
        let found = match self.scope {
            Scope::Resource(resource_type) => resource_type
                .resolve_in(path, self.dialect)
                .or_else(|| resource_type.resolve_simple_value(path, self.dialect))
                .map(|target| found(&target)),
            Scope::Element(attribute) => {
                element_attribute(attribute, path).map(|leaf| within_element(attribute, leaf))
            }
        };
        // An attribute that is never returned is answered like one that is not there.
        match (found.flatten(), self.unknown) {
            (None, Unknown::Refused) => Err(Error::invalid_filter(format!(
                "There is no attribute {} to filter by.",
                shortened(&path.to_string())
            ))),
            (found, _) => Ok(found),
        }
    }
}

impl Found<'_> {
    fn leaf(self) -> Option<Self> {
        if self.leaf.r#type != Type::Complex {
            return Some(self);
        }
        let value = self.leaf.sub_attribute("value")?;
        let multi_valued = self.field.multi_valued || value.multi_valued;
        let field = Field {
            sub: Some(value.name.clone()),
            r#type: value.r#type,
            multi_valued,
            case_exact: value.case_exact,
            ..self.field
        };
        Some(Found { field, leaf: value })
    }
}

fn found<'a>(target: &Target<'a>) -> Option<Found<'a>> {
    let Target {
        extension,
        attribute,
        sub_attribute,
    } = *target;
    let leaf = sub_attribute.unwrap_or(attribute);
    if attribute.returned == Returned::Never || leaf.returned == Returned::Never {
        return None;
    }
    let field = Field {
        extension: extension.map(|schema| schema.id.clone()),
        name: attribute.name.clone(),
        sub: sub_attribute.map(|sub| sub.name.clone()),
        r#type: leaf.r#type,
        multi_valued: attribute.multi_valued || leaf.multi_valued,
        case_exact: leaf.case_exact,
    };
    Some(Found { field, leaf })
}

/// What a path within brackets leads to; for an attribute of scalars `value` is the attribute itself.
fn element_attribute<'s>(attribute: &'s Attribute, path: &AttributePath) -> Option<&'s Attribute> {
    if path.urn.is_some() || path.sub.is_some() {
        return None;
    }
    let scalar = attribute.r#type != Type::Complex && path.name.eq_ignore_ascii_case("value");
    if scalar {
        Some(attribute)
    } else {
        attribute.sub_attribute(&path.name)
    }
}

fn within_element<'s>(attribute: &Attribute, leaf: &'s Attribute) -> Option<Found<'s>> {
    let mut found = found(&Target {
        extension: None,
        attribute: leaf,
        sub_attribute: None,
    })?;
    if attribute.r#type != Type::Complex {
        found.field = Field {
            name: "value".to_owned(),
            multi_valued: false,
            ..found.field
        };
    }
    Some(found)
}

/// True or false of every resource.
fn constant(value: bool) -> Predicate {
    if value {
        Predicate::And(Vec::new())
    } else {
        Predicate::Or(Vec::new())
    }
}

fn not(predicate: Predicate) -> Predicate {
    Predicate::Not(Box::new(predicate))
}

fn check_operator(r#type: Type, operator: Operator, path: &AttributePath) -> Result<(), Error> {
    use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    let fits = match r#type {
        Type::String | Type::Reference => true,
        Type::Boolean | Type::Complex => matches!(operator, Eq | Ne),
        Type::Binary => !matches!(operator, Gt | Ge | Lt | Le),
        Type::Decimal | Type::Integer | Type::DateTime => !matches!(operator, Co | Sw | Ew),
    };
    if fits {
        return Ok(());
    }
    let (described, word) = (described(r#type), operator.word());
    Err(Error::invalid_filter(format!(
        "{path} is {described}, which \"{word}\" does not compare."
    )))
}

/// What is searched for within values costs as much as it is long, for each place where it may begin.
fn check_length(operator: Operator, operand: &Operand) -> Result<(), Error> {
    let searches = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
    match operand {
        Operand::Text(text) if searches && text.chars().count() > MAX_SEARCHED => {
            Err(Error::invalid_filter(format!(
                "The value of \"{}\" may have {MAX_SEARCHED} characters.",
                operator.word()
            )))
        }
        _ => Ok(()),
    }
}

fn operand(leaf: &Attribute, literal: &Literal, dialect: Dialect) -> Option<Operand> {
    let lenient = dialect == Dialect::Lenient;
    let folded = |text: &str| {
        Operand::Text(if leaf.case_exact {
            text.to_owned()
        } else {
            text::fold(text)
        })
    };
    match (leaf.r#type, literal) {
        (Type::String | Type::Reference | Type::Binary, Literal::Text(text)) => Some(folded(text)),
        (Type::String | Type::Reference, Literal::Number(number)) if lenient => {
            Some(folded(&number.to_string()))
        }
        (Type::Boolean, Literal::Boolean(value)) => Some(Operand::Boolean(*value)),
        (Type::Boolean, Literal::Text(text)) if lenient => [true, false]
            .into_iter()
            .find(|value| text.eq_ignore_ascii_case(&value.to_string()))
            .map(Operand::Boolean),
        (Type::Decimal | Type::Integer, Literal::Number(number)) => {
            Some(Operand::Number(number.clone()))
        }
        (Type::DateTime, Literal::Text(text)) => date_time::parse(text).map(Operand::Instant),
        _ => None,
    }
}

fn described(r#type: Type) -> &'static str {
    match r#type {
        Type::String => "a string",
        Type::Reference => "a reference",
        Type::Boolean => "a boolean",
        Type::Decimal => "a number",
        Type::Integer => "an integer",
        Type::DateTime => "a date and time",
        Type::Binary => "binary",
        Type::Complex => "complex",
    }
}
