//! Where the tables of this service keep what of a group and of its members.

use std::sync::LazyLock;

use directory::{Columns, Condition, Place, filter};
use scim::{
    error::Error,
    filter::{Field, Operator, Predicate},
    schema::ResourceType,
};

/// The table `groups`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Groups<'a>(pub(crate) &'a ResourceType);

/// The table `group_members`; the fields are sub-attributes of `members`.
#[derive(Debug, Clone, Copy)]
struct Members;

/// What members are an attribute of.
static OWNER: LazyLock<ResourceType> = LazyLock::new(scim::definitions::group);

/// The condition on a row of `group_members`.
///
/// # Errors
/// `invalidFilter`.
pub(crate) fn on_members(predicate: &Predicate) -> Result<Condition, Error> {
    filter::compile(predicate, &Members)
}

impl Columns for Groups<'_> {
    fn table(&self) -> &'static str {
        "groups"
    }

    fn id(&self) -> &'static str {
        "groups.id"
    }

    fn search(&self) -> &'static str {
        "groups.search"
    }

    fn scope(&self, sql: &mut Condition, account_id: i64) {
        sql.raw("groups.account_id = ").bind_number(account_id);
    }

    fn resource_type(&self) -> &ResourceType {
        self.0
    }

    fn place(&self, field: &Field) -> Place {
        if field.extension.is_some() {
            return Place::Search;
        }
        match (field.name.as_str(), field.sub.as_deref()) {
            ("schemas", _) => Place::Schemas,
            ("members", _) => Place::Elsewhere,
            ("id", _) => Place::Id("groups.id"),
            ("externalId", _) => Place::Text("groups.external_id"),
            ("displayName", _) => Place::Text("groups.display_name_key"),
            ("meta", Some("created")) => Place::Instant("groups.created_at"),
            ("meta", Some("lastModified")) => Place::Instant("groups.updated_at"),
            ("meta", Some("version")) => Place::Version("groups.version"),
            ("meta", Some("location")) => Place::Location,
            ("meta", _) => Place::ResourceType,
            _ => Place::Search,
        }
    }

    fn compile(&self, sql: &mut Condition, predicate: &Predicate) -> Result<(), Error> {
        match predicate {
            Predicate::Present(field) => {
                let of_member = Predicate::Present(member_field(field));
                on_members(&of_member)?;
                sql.raw("groups.member_count > 0");
            }
            Predicate::Test {
                field,
                operator,
                operand,
            } => {
                let of_member = Predicate::Test {
                    field: member_field(field),
                    operator: *operator,
                    operand: operand.clone(),
                };
                let condition = on_members(&of_member)?;
                // True also where there is no member at all.
                if *operator == Operator::Ne {
                    sql.raw("(groups.member_count = 0 OR ");
                    any_member(sql, &condition);
                    sql.raw(")");
                } else {
                    any_member(sql, &condition);
                }
            }
            Predicate::Element { predicate, .. } => {
                any_member(sql, &on_members(predicate)?);
            }
            _ => return Err(unsupported("such a part of members")),
        }
        Ok(())
    }
}

/// The sub-attribute of a member that a field of groups names, by itself; `members` alone is the id.
fn member_field(field: &Field) -> Field {
    Field {
        name: field.sub.clone().unwrap_or_else(|| "value".to_owned()),
        sub: None,
        ..field.clone()
    }
}

fn any_member(sql: &mut Condition, condition: &Condition) {
    sql.raw(
        "EXISTS (SELECT 1 FROM group_members WHERE group_members.account_id = groups.account_id \
         AND group_members.group_id = groups.id AND ",
    );
    sql.append(condition).raw(")");
}

impl Columns for Members {
    fn table(&self) -> &'static str {
        "group_members"
    }

    fn id(&self) -> &'static str {
        "group_members.member_id"
    }

    /// A member has nothing but columns.
    fn search(&self) -> &'static str {
        "'{}'::jsonb"
    }

    fn scope(&self, sql: &mut Condition, account_id: i64) {
        sql.raw("group_members.account_id = ")
            .bind_number(account_id);
    }

    fn resource_type(&self) -> &ResourceType {
        &OWNER
    }

    fn place(&self, field: &Field) -> Place {
        match (field.name.as_str(), field.case_exact) {
            ("value", _) => Place::Id("group_members.member_id"),
            ("type", true) => {
                Place::Text("(CASE group_members.member_type WHEN 1 THEN 'User' ELSE 'Group' END)")
            }
            ("type", false) => {
                Place::Text("(CASE group_members.member_type WHEN 1 THEN 'user' ELSE 'group' END)")
            }
            _ => Place::Elsewhere,
        }
    }

    fn compile(&self, _: &mut Condition, predicate: &Predicate) -> Result<(), Error> {
        Err(match predicate {
            // Names are the identity service's, locations the gateway's.
            Predicate::Present(field) | Predicate::Test { field, .. } => {
                unsupported(&format!("members.{}", field.name))
            }
            _ => unsupported("a value path within a value path"),
        })
    }
}

fn unsupported(what: &str) -> Error {
    Error::invalid_filter(format!("groups cannot be filtered by {what}"))
}
