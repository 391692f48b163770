//! The enterprise extension of users (RFC 7643 §4.3).

use super::ENTERPRISE_URN;
use crate::schema::{Attribute, Mutability, Schema, Type};

pub(super) fn schema() -> Schema {
    let text = |name, description| Attribute::new(name, Type::String, description);
    let manager = vec![
        text("value", "The id of the manager's User resource."),
        Attribute::reference("$ref", "The URI of the manager's User resource.", &["User"]),
        text("displayName", "The display name of the manager.").mutability(Mutability::ReadOnly),
    ];
    let attributes = vec![
        text(
            "employeeNumber",
            "An identifier that the organisation gave the person.",
        ),
        text("costCenter", "The cost centre."),
        text("organization", "The organisation."),
        text("division", "The division."),
        text("department", "The department."),
        Attribute::complex(
            "manager",
            "The person's manager, another User of the same account.",
            manager,
        ),
    ];
    super::schema(
        ENTERPRISE_URN,
        "EnterpriseUser",
        "Enterprise User",
        attributes,
    )
}
