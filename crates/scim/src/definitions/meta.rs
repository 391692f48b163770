//! The schemas of the discovery documents themselves (RFC 7643 §5–7, §8.7.2).

use crate::schema::{Attribute, Mutability, Schema, Type};

/// The schema of `ServiceProviderConfig`.
pub(crate) const SERVICE_PROVIDER_CONFIG_URN: &str =
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The schema of a resource type.
pub(crate) const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The schema of a schema.
pub(crate) const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The three schemas; everything in them is readOnly.
pub(crate) fn meta_schemas() -> Vec<Schema> {
    vec![
        super::schema(
            SERVICE_PROVIDER_CONFIG_URN,
            "Service Provider Configuration",
            "Schema for representing the service provider's configuration",
            read_only(service_provider_config()),
        ),
        super::schema(
            RESOURCE_TYPE_URN,
            "ResourceType",
            "Specifies the schema that describes a SCIM resource type",
            read_only(resource_type()),
        ),
        super::schema(
            SCHEMA_URN,
            "Schema",
            "Specifies the schema that describes a SCIM schema",
            read_only(schema()),
        ),
    ]
}

fn read_only(attributes: Vec<Attribute>) -> Vec<Attribute> {
    attributes
        .into_iter()
        .map(|attribute| Attribute {
            mutability: Mutability::ReadOnly,
            sub_attributes: read_only(attribute.sub_attributes),
            ..attribute
        })
        .collect()
}

fn service_provider_config() -> Vec<Attribute> {
    let feature = |name, description, mut more: Vec<Attribute>| {
        let supported =
            Attribute::new("supported", Type::Boolean, "Whether the server has it.").required();
        more.insert(0, supported);
        Attribute::complex(name, description, more).required()
    };
    let limit = |name, description| Attribute::new(name, Type::Integer, description).required();
    vec![
        Attribute::reference(
            "documentationUri",
            "Where the documentation is.",
            &["external"],
        ),
        feature("patch", "PATCH.", vec![]),
        feature(
            "bulk",
            "Bulk requests.",
            vec![
                limit("maxOperations", "The most operations in a request."),
                limit("maxPayloadSize", "The most bytes in a request."),
            ],
        ),
        feature(
            "filter",
            "Filters.",
            vec![limit("maxResults", "The most resources in a reply.")],
        ),
        feature("changePassword", "Changes of passwords.", vec![]),
        feature("sort", "Sorting.", vec![]),
        feature("etag", "Entity tags.", vec![]),
        Attribute::complex("pagination", "Paging (RFC 9865).", pagination()),
        Attribute::complex(
            "authenticationSchemes",
            "How clients show who they are.",
            authentication(),
        )
        .multi_valued()
        .required(),
    ]
}

fn pagination() -> Vec<Attribute> {
    vec![
        Attribute::new("cursor", Type::Boolean, "Whether cursors work.").required(),
        Attribute::new("index", Type::Boolean, "Whether startIndex works.").required(),
        Attribute::new(
            "defaultPaginationMethod",
            Type::String,
            "What is used when the client names none.",
        )
        .canonical(&["index", "cursor"]),
        Attribute::new(
            "defaultPageSize",
            Type::Integer,
            "The page size when the client names none.",
        ),
        Attribute::new("maxPageSize", Type::Integer, "The largest page size."),
        Attribute::new(
            "cursorTimeout",
            Type::Integer,
            "How long a cursor lives, in seconds.",
        ),
    ]
}

fn authentication() -> Vec<Attribute> {
    vec![
        Attribute::new("type", Type::String, "The kind of scheme.")
            .required()
            .canonical(&[
                "oauth",
                "oauth2",
                "oauthbearertoken",
                "httpbasic",
                "httpdigest",
            ]),
        Attribute::new("name", Type::String, "The name of the scheme.").required(),
        Attribute::new("description", Type::String, "What the scheme is.").required(),
        Attribute::reference("specUri", "The specification of the scheme.", &["external"]),
        Attribute::reference(
            "documentationUri",
            "How to use the scheme here.",
            &["external"],
        ),
        Attribute::new(
            "primary",
            Type::Boolean,
            "Whether it is the preferred scheme.",
        ),
    ]
}

fn resource_type() -> Vec<Attribute> {
    let extension = vec![
        Attribute::reference("schema", "The URN of the extension.", &["uri"])
            .required()
            .case_exact(),
        Attribute::new(
            "required",
            Type::Boolean,
            "Whether every resource must have it.",
        )
        .required(),
    ];
    vec![
        Attribute::new("name", Type::String, "The name of the resource type.").required(),
        Attribute::new("description", Type::String, "What it is."),
        Attribute::reference("endpoint", "The path under the base URL.", &["uri"])
            .required()
            .case_exact(),
        Attribute::reference("schema", "The URN of the core schema.", &["uri"])
            .required()
            .case_exact(),
        Attribute::complex("schemaExtensions", "The extensions.", extension).multi_valued(),
    ]
}

fn schema() -> Vec<Attribute> {
    let mut characteristics = characteristics();
    // The one place where a complex attribute holds complex ones (R-ATTR-08); one level is all there is.
    characteristics.push(
        Attribute::complex(
            "subAttributes",
            "The parts of a complex attribute.",
            self::characteristics(),
        )
        .multi_valued(),
    );
    vec![
        Attribute::new("name", Type::String, "The name of the schema.").required(),
        Attribute::new("description", Type::String, "What it is for."),
        Attribute::complex("attributes", "The attributes.", characteristics)
            .multi_valued()
            .required(),
    ]
}

fn characteristics() -> Vec<Attribute> {
    let choice = |name, description, values: &[&str]| {
        Attribute::new(name, Type::String, description)
            .case_exact()
            .canonical(values)
    };
    let flag = |name, description| Attribute::new(name, Type::Boolean, description);
    let types = [
        "string",
        "complex",
        "boolean",
        "decimal",
        "integer",
        "dateTime",
        "reference",
        "binary",
    ];
    vec![
        Attribute::new("name", Type::String, "The name.")
            .required()
            .case_exact(),
        choice("type", "The data type.", &types).required(),
        flag("multiValued", "Whether there can be several values.").required(),
        Attribute::new("description", Type::String, "What it means."),
        flag("required", "Whether a resource must have it."),
        Attribute::new("canonicalValues", Type::String, "Suggested values.")
            .multi_valued()
            .case_exact(),
        flag("caseExact", "Whether text is compared with regard to case."),
        choice(
            "mutability",
            "Who may change it.",
            &["readOnly", "readWrite", "immutable", "writeOnly"],
        ),
        choice(
            "returned",
            "When it is returned.",
            &["always", "never", "default", "request"],
        ),
        choice(
            "uniqueness",
            "Whether values must differ.",
            &["none", "server", "global"],
        ),
        Attribute::new(
            "referenceTypes",
            Type::String,
            "What a reference may point to.",
        )
        .multi_valued()
        .case_exact(),
    ]
}
