//! SCIM filters (RFC 7644 section 3.4.2.2) as conditions on rows; they say the same as
//! `scim::filter::matches` on the resource. Every condition is true or false, never null, so that `not`
//! means what it says.

mod json;
mod text;

use diesel::sql_types::Bool;
use scim::{
    dialect::Dialect,
    filter::{Field, Operand, Operator, Predicate, bind, bind_across, parse},
    schema::ResourceType,
};

use crate::{error::Error, fragment::Fragment, ids};

/// A condition on a row, of `groups` or of `group_members`.
pub(crate) type Condition = Fragment<Bool>;

/// The condition of a filter as the caller wrote it; an empty one is met by every group. Where the query
/// spans several types, attributes that groups do not have count as having no value.
pub(crate) fn read(
    filter: &str,
    resource_type: &ResourceType,
    dialect: Dialect,
    across_types: bool,
) -> Result<Condition, Error> {
    if filter.is_empty() {
        return Ok(constant(true));
    }
    let filter = parse(filter, dialect)?;
    let bind = if across_types { bind_across } else { bind };
    on_groups(&bind(&filter, resource_type, dialect)?, resource_type)
}

/// The condition on a row of `groups`.
pub(crate) fn on_groups(
    predicate: &Predicate,
    resource_type: &ResourceType,
) -> Result<Condition, Error> {
    combine(predicate, &|leaf| group_leaf(leaf, resource_type))
}

/// The condition on a row of `group_members`; the fields are sub-attributes of `members`.
pub(crate) fn on_members(predicate: &Predicate) -> Result<Condition, Error> {
    combine(predicate, &|leaf| match leaf {
        Predicate::Present(field) => member_attribute(&field.name, field).map(|_| constant(true)),
        Predicate::Test {
            field,
            operator,
            operand,
        } => member_test(&field.name, field, *operator, operand),
        _ => Err(unsupported("a value path within a value path")),
    })
}

/// Joins what `leaf` makes of the leaves of a predicate.
fn combine(
    predicate: &Predicate,
    leaf: &impl Fn(&Predicate) -> Result<Condition, Error>,
) -> Result<Condition, Error> {
    let join = |parts: &[Predicate], word: &'static str, none: bool| {
        let mut parts = parts.iter();
        let Some(first) = parts.next() else {
            return Ok(constant(none));
        };
        let mut joined = Condition::new("(").then(combine(first, leaf)?);
        for part in parts {
            joined = joined.sql(word).then(combine(part, leaf)?);
        }
        Ok(joined.sql(")"))
    };
    match predicate {
        Predicate::And(parts) => join(parts, " and ", true),
        Predicate::Or(parts) => join(parts, " or ", false),
        Predicate::Not(inner) => Ok(Condition::new("not ").then(combine(inner, leaf)?)),
        predicate => leaf(predicate),
    }
}

fn group_leaf(predicate: &Predicate, resource_type: &ResourceType) -> Result<Condition, Error> {
    match predicate {
        Predicate::Present(field) => present(field),
        Predicate::Test {
            field,
            operator,
            operand,
        } if field.extension.is_none() && field.name == "schemas" => {
            schemas(field, *operator, operand, resource_type)
        }
        Predicate::Test {
            field,
            operator,
            operand,
        } => test(field, *operator, operand),
        Predicate::Element { field, predicate } if is_members(field) => {
            Ok(any_member(on_members(predicate)?))
        }
        Predicate::Element { field, predicate } => json::element(field, predicate),
        predicate => on_groups(predicate, resource_type),
    }
}

fn is_members(field: &Field) -> bool {
    field.extension.is_none() && field.name == "members"
}

fn present(field: &Field) -> Result<Condition, Error> {
    if field.extension.is_some() {
        return Ok(json::present(field));
    }
    Ok(match (field.name.as_str(), field.sub.as_deref()) {
        ("externalId", _) => Condition::new("groups.external_id is not null"),
        ("members", sub) => {
            member_attribute(sub.unwrap_or("value"), field)?;
            Condition::new("groups.member_count > 0")
        }
        ("id" | "displayName" | "meta" | "schemas", _) => constant(true),
        _ => json::present(field),
    })
}

fn test(field: &Field, operator: Operator, operand: &Operand) -> Result<Condition, Error> {
    if field.extension.is_some() {
        return json::test(field, operator, operand);
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("id", _) => match (operator, operand) {
            (Operator::Eq, Operand::Text(id)) => Ok(match ids::parse(id) {
                Some(id) => Condition::new("groups.id = ").uuid(id),
                None => constant(false),
            }),
            _ => text::compare(
                r#"(groups.id::text collate "C")"#,
                operator,
                text::of(operand)?,
            ),
        },
        ("displayName", _) => {
            text::compare("groups.display_name_key", operator, text::of(operand)?)
        }
        ("externalId", _) => {
            text::compare_nullable("groups.external_id", operator, text::of(operand)?)
        }
        ("meta", Some("resourceType")) => {
            let operand = text::of(operand)?;
            Ok(constant(text::holds(
                &spelt("Group", field),
                operator,
                operand,
            )))
        }
        ("meta", Some("version")) => text::compare(
            r#"(('W/"' || groups.version || '"') collate "C")"#,
            operator,
            text::of(operand)?,
        ),
        ("meta", Some("created")) => instant("groups.created_at", operator, operand),
        ("meta", Some("lastModified")) => instant("groups.updated_at", operator, operand),
        ("meta", _) => Err(unsupported("meta.location")),
        ("members", sub) => {
            let sub = sub.unwrap_or("value");
            let some = any_member(member_test(sub, field, operator, operand)?);
            Ok(match operator {
                // True also where there is no member at all.
                Operator::Ne => Condition::new("(groups.member_count = 0 or ")
                    .then(some)
                    .sql(")"),
                _ => some,
            })
        }
        _ => json::test(field, operator, operand),
    }
}

/// Every group has the base schema, and those have an extension that hold attributes of it.
fn schemas(
    field: &Field,
    operator: Operator,
    operand: &Operand,
    resource_type: &ResourceType,
) -> Result<Condition, Error> {
    let operand = text::of(operand)?;
    let holds = |urn: &str| text::holds(&spelt(urn, field), operator, operand);
    if holds(&resource_type.schema.id) {
        return Ok(constant(true));
    }
    let extensions = resource_type.extensions.iter().map(|one| &one.schema.id);
    let matching: Vec<String> = extensions.filter(|urn| holds(urn)).cloned().collect();
    if matching.is_empty() {
        return Ok(constant(false));
    }
    Ok(Condition::new("jsonb_exists_any(groups.search, ")
        .texts(matching)
        .sql(")"))
}

fn any_member(condition: Condition) -> Condition {
    Condition::new(
        "exists (select 1 from group_members where group_members.account_id = groups.account_id \
         and group_members.group_id = groups.id and ",
    )
    .then(condition)
    .sql(")")
}

fn member_test(
    sub: &str,
    field: &Field,
    operator: Operator,
    operand: &Operand,
) -> Result<Condition, Error> {
    let expression = member_attribute(sub, field)?;
    let operand = text::of(operand)?;
    if sub == "value" && operator == Operator::Eq {
        // An index finds the id, not its text.
        return Ok(match ids::parse(operand) {
            Some(id) => Condition::new("group_members.member_id = ").uuid(id),
            None => constant(false),
        });
    }
    text::compare(expression, operator, operand)
}

/// The text of a sub-attribute of a member, in the form its operand has.
fn member_attribute(sub: &str, field: &Field) -> Result<&'static str, Error> {
    match (sub, field.case_exact) {
        ("value", _) => Ok(r#"(group_members.member_id::text collate "C")"#),
        ("type", true) => {
            Ok("(case group_members.member_type when 1 then 'User' else 'Group' end)")
        }
        ("type", false) => {
            Ok("(case group_members.member_type when 1 then 'user' else 'group' end)")
        }
        // Names are the identity service's, locations the gateway's.
        _ => Err(unsupported(&format!("members.{sub}"))),
    }
}

fn instant(
    column: &'static str,
    operator: Operator,
    operand: &Operand,
) -> Result<Condition, Error> {
    let Operand::Instant(instant) = operand else {
        return Err(unsupported("a comparison of a time with something else"));
    };
    let sign = text::sign(operator).ok_or_else(|| unsupported("a part of a time"))?;
    Ok(Condition::new(column).sql(sign).instant(*instant))
}

fn spelt(constant: &str, field: &Field) -> String {
    if field.case_exact {
        constant.to_owned()
    } else {
        scim::text::fold(constant)
    }
}

fn constant(value: bool) -> Condition {
    Condition::new(if value { "true" } else { "false" })
}

fn unsupported(what: &str) -> Error {
    scim::error::Error::invalid_filter(format!("groups cannot be filtered by {what}")).into()
}
