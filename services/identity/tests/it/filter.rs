//! Filters: those of the requirements, and random ones against the reference evaluator.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use scim::{
    Map,
    definitions::{ENTERPRISE_URN, LicenseExtension},
    dialect::Dialect,
    filter::{self, Filter, Literal, Operator},
    path::AttributePath,
};
use serde_json::{Value, json};

use crate::fixture::{App, admin, email, refusal, user};

/// R-FILTER-03, 04, 08 to 13, 15 to 20, 29: a table of what selects whom.
#[tokio::test]
async fn filters_select_as_the_requirements_say() {
    let app = App::start().await;
    let ann = pb::User {
        external_id: "00U1".to_owned(),
        display_name: "100% Ann_\\".to_owned(),
        name: Some(pb::Name {
            family_name: "O'Malley".to_owned(),
            ..Default::default()
        }),
        emails: vec![
            pb::Email {
                r#type: "work".to_owned(),
                ..email("ann@work.test")
            },
            pb::Email {
                r#type: "home".to_owned(),
                ..email("ann@home.test")
            },
        ],
        attributes_json: json!({
            "title": "Boss",
            "roles": [{ "value": "admin", "primary": true }],
            ENTERPRISE_URN: { "department": "IT", "manager": { "value": "M1" } },
        })
        .to_string(),
        ..user("Ann@x.test")
    };
    let ann = app.create(ann).await.expect("created");
    let bob = pb::User {
        active: Some(false),
        ..user("b\"ob and, or ] [ \\")
    };
    app.create(bob).await.expect("created");
    let shouted = format!("id eq \"{}\"", ann.id.to_uppercase());
    let id = format!("id eq \"{}\"", ann.id);
    let by_id = [(id.as_str(), ANN), (shouted.as_str(), NONE)];
    for (filter, expected) in by_id.iter().chain(SELECTIONS) {
        let selected = app.select(filter).await.expect(filter);
        assert_eq!(selected, *expected, "{filter}");
    }
    for bad in REFUSED {
        let refused = refusal(app.select(bad).await);
        assert_eq!(refused, ErrorReason::InvalidFilter, "{bad}");
    }
}

const ANN: &[&str] = &["Ann@x.test"];
const BOB: &[&str] = &["b\"ob and, or ] [ \\"];
const BOTH: &[&str] = &[ANN[0], BOB[0]];
const NONE: &[&str] = &[];

/// A filter, and whom of the two it selects.
const SELECTIONS: &[(&str, &[&str])] = &[
    ("id ne \"x\"", BOTH),
    ("userName eq \"ANN@x.test\"", ANN),
    ("userName eq \"b\\\"ob and, or ] [ \\\\\"", BOB),
    ("externalId eq \"00U1\"", ANN),
    ("externalId eq \"00u1\"", NONE),
    ("externalId ne \"00U1\"", BOB),
    ("displayName co \"%\"", ANN),
    ("displayName co \"_\"", ANN),
    ("displayName sw \"1_0\"", NONE),
    ("displayName ew \"\\\\\"", ANN),
    ("userName co \"%\"", NONE),
    ("name.familyName co \"O'mAlley\"", ANN),
    ("name pr", ANN),
    ("not (name pr)", BOB),
    ("active eq true", ANN),
    ("active eq \"False\"", BOB),
    ("title eq \"boss\" and active eq true", ANN),
    ("title ne \"boss\"", BOB),
    ("title eq null", BOB),
    ("title pr or userName sw \"b\"", BOTH),
    (
        "emails.type eq \"work\" and emails.value ew \"home.test\"",
        ANN,
    ),
    ("emails[type eq \"work\" and value ew \"home.test\"]", NONE),
    (
        "emails[type eq \"work\" and value eq \"ANN@work.test\"]",
        ANN,
    ),
    ("emails[type eq \"work\"].value eq \"ann@work.test\"", ANN),
    ("emails[not (type eq \"work\")]", ANN),
    ("emails co \"HOME\"", ANN),
    ("emails.value ne \"ann@work.test\"", BOTH),
    ("not (emails.value eq \"ann@work.test\")", BOB),
    ("roles[primary eq \"True\"].value eq \"admin\"", ANN),
    (
        "urn:ietf:params:scim:schemas:core:2.0:user:userName sw \"A\"",
        ANN,
    ),
    (
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"it\"",
        ANN,
    ),
    (
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq \"m1\"",
        ANN,
    ),
    (
        "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User:licenseType eq \"developer\"",
        BOTH,
    ),
    (
        "schemas eq \"URN:ietf:params:scim:schemas:extension:enterprise:2.0:user\"",
        ANN,
    ),
    (
        "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\"",
        BOTH,
    ),
    ("meta.resourceType eq \"User\"", BOTH),
    ("meta.resourceType eq \"Group\"", NONE),
    ("meta.created gt \"0001-01-03T00:00:00.0000000Z\"", BOTH),
    ("meta.lastModified lt \"2024-05-13T04:42:34Z\"", NONE),
    ("meta.version eq \"W/\\\"1\\\"\"", BOTH),
];

const REFUSED: &[&str] = &[
    "userName",
    "userName regex \"x\"",
    "shoeSize eq \"1\"",
    "password eq \"x\"",
    "name eq \"x\"",
    "active gt true",
    "groups pr",
    "groups.value eq \"x\"",
    "groups[value eq \"x\"]",
    "meta.location eq \"x\"",
    "userName eq \"nul\\u0000\"",
    "emails[value eq \"nul\\u0000\"]",
];

/// R-FILTER-18: what only the lenient dialect accepts.
#[tokio::test]
async fn the_accounts_dialect_decides() {
    let app = App::start().await;
    app.create(user("5")).await.expect("created");
    assert_eq!(app.select("userName eq 5").await.expect("a list"), ["5"]);
    app.options(|options| options.strict = true);
    assert_eq!(
        refusal(app.select("userName eq 5").await),
        ErrorReason::InvalidFilter
    );
    assert_eq!(
        app.select("userName eq \"5\"").await.expect("a list"),
        ["5"]
    );
}

/// A user with e-mails of any form, which only an identity provider may write.
async fn create(app: &App, user: pb::User) -> pb::User {
    let without = pb::User {
        emails: Vec::new(),
        ..user.clone()
    };
    let created = app.create_as(admin(), without).await.expect("created");
    app.replace(&created.id, user).await.expect("replaced")
}

/// R-TEST-01: SQL and the reference evaluator select the same users.
#[test]
fn sql_agrees_with_the_evaluator() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::default();
    let (app, users) = runtime.block_on(async {
        let app = App::start().await;
        let mut users = Vec::new();
        for i in 0..60 {
            let user = users_strategy(i)
                .new_tree(&mut runner)
                .expect("a user")
                .current();
            users.push(create(&app, user).await);
        }
        // One whose `active` is not stated, which no creation makes.
        let removal = crate::fixture::operation(Op::Remove, "active", Value::Null);
        let id = &users.last().expect("users").id;
        app.patch(id, vec![removal]).await.expect("patched");
        // Half of them report to another.
        for (i, user) in users.iter().enumerate().step_by(2) {
            let manager = json!({ "value": users[(i * 7 + 1) % users.len()].id });
            let path = format!("{ENTERPRISE_URN}:manager");
            let operation = crate::fixture::operation(Op::Add, &path, manager);
            app.patch(&user.id, vec![operation]).await.expect("patched");
        }
        let request = pb::ListUsersRequest {
            page_size: 1000,
            manager_names: true,
            ..Default::default()
        };
        let users = app.list(request).await.expect("a list").users;
        (app, users)
    });
    let license = LicenseExtension::default();
    let user_type = scim::definitions::user(&license);
    let users: Vec<(String, Map)> = users
        .into_iter()
        .map(|user| {
            (
                user.user_name.clone(),
                representation(&user, &license.urn, &user_type),
            )
        })
        .collect();
    let mut config = ProptestConfig::with_cases(1000);
    config.failure_persistence = None;
    let mut runner = TestRunner::new(config);
    let result = runner.run(&filters(), |filter| {
        let Ok(predicate) = filter::bind(&filter, &user_type, Dialect::Lenient) else {
            return Err(TestCaseError::reject("the filter does not bind"));
        };
        let matching = users
            .iter()
            .filter(|(_, user)| filter::matches(&predicate, user));
        let expected: Vec<&String> = matching.map(|(name, _)| name).collect();
        let text = filter.to_string();
        let selected = runtime.block_on(app.select(&text));
        let selected = selected.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(selected.iter().collect::<Vec<_>>(), expected, "{}", text);
        Ok(())
    });
    runtime.block_on(async { drop(app) });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// A user as a client sees it.
fn representation(user: &pb::User, urn: &str, user_type: &scim::schema::ResourceType) -> Map {
    let mut resource = proto::user::to_scim(user, urn).expect("a resource");
    let schemas = scim::resource::schemas(user_type, &resource);
    let time = |time: &Option<prost_types::Timestamp>| {
        proto::time::date_time(time.as_ref().expect("a time")).to_rfc3339()
    };
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), json!(user.id));
    let meta = json!({
        "resourceType": "User",
        "created": time(&user.create_time),
        "lastModified": time(&user.update_time),
        "version": user.etag,
    });
    resource.insert("meta".to_owned(), meta);
    resource
}

/// Few letters, so that random comparisons meet: case, folding, wildcards, a line break.
fn texts() -> impl Strategy<Value = String> {
    const LETTERS: &[&str] = &[
        "a", "B", "b", "ß", "ss", "%", "_", "\\", "\"", "\n", "'", "İ",
    ];
    prop::collection::vec(prop::sample::select(LETTERS), 1..4).prop_map(|all| all.concat())
}

fn users_strategy(i: usize) -> impl Strategy<Value = pb::User> {
    let text = || prop::option::of(texts());
    let email = (text(), prop::option::of("work|HOME"), any::<bool>());
    let emails = prop::collection::vec(email, 0..4);
    (texts(), text(), text(), any::<bool>(), emails, (text(), text(), text(), text(), text())).prop_map(
        move |(name, external_id, display_name, active, emails, (family, given, title, role, manager))| {
            let mut primary = true;
            let emails = emails.into_iter().map(|(value, r#type, is_primary)| pb::Email {
                value: value.unwrap_or_default(),
                r#type: r#type.unwrap_or_default(),
                // One at most.
                primary: (is_primary && std::mem::take(&mut primary)).then_some(true),
                display: String::new(),
            });
            let attributes = json!({
                "title": title,
                "roles": role.map(|role| json!([{ "value": role, "type": "x" }, { "display": role }])),
                "photos": manager.as_ref().map(|value| json!([{ "value": value }])),
                ENTERPRISE_URN: { "manager": manager },
            });
            pb::User {
                user_name: format!("{i}{}", name.replace('\n', "")),
                external_id: external_id.unwrap_or_default(),
                display_name: display_name.unwrap_or_default(),
                active: Some(active),
                name: Some(pb::Name {
                    family_name: family.unwrap_or_default(),
                    given_name: given.unwrap_or_default(),
                    formatted: if i.is_multiple_of(5) { "Formatted" } else { "" }.to_owned(),
                    ..Default::default()
                }),
                emails: emails.collect(),
                license_type: if i.is_multiple_of(2) { "it" } else { "" }.to_owned(),
                attributes_json: attributes.to_string(),
                ..Default::default()
            }
        },
    )
}

fn filters() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        4 => (path(TEXTS), operator(), texts().prop_map(Literal::Text)).prop_map(compare),
        1 => (path(BOOLEANS), equality(), any::<bool>().prop_map(Literal::Boolean)).prop_map(compare),
        1 => (path(INSTANTS), operator(), instants().prop_map(Literal::Text)).prop_map(compare),
        1 => (path(FIXED), operator(), fixed().prop_map(Literal::Text)).prop_map(compare),
        1 => (path(TEXTS), equality(), Just(Literal::Null)).prop_map(compare),
        1 => path(PRESENT).prop_map(Filter::Present),
        2 => (path(ELEMENTS), within(inner())).prop_map(|(path, inner)| Filter::Element(path, Box::new(inner))),
    ];
    within(leaf)
}

/// Of the sub-attributes of one element.
fn inner() -> impl Strategy<Value = Filter> {
    prop_oneof![
        4 => (path(&["value", "display"]), operator(), texts().prop_map(Literal::Text)).prop_map(compare),
        2 => (path(&["type"]), operator(), "work|home|x".prop_map(Literal::Text)).prop_map(compare),
        1 => (path(&["primary"]), equality(), any::<bool>().prop_map(Literal::Boolean)).prop_map(compare),
        1 => path(&["value", "type", "display", "primary"]).prop_map(Filter::Present),
    ]
}

fn within(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

const TEXTS: &[&str] = &[
    "userName",
    "externalId",
    "displayName",
    "name.familyName",
    "name.givenName",
    "title",
    "nickName",
    "emails",
    "emails.value",
    "emails.type",
    "roles.value",
    "roles.display",
    "photos",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
];
const BOOLEANS: &[&str] = &["active", "emails.primary", "roles.primary"];
const INSTANTS: &[&str] = &["meta.created", "meta.lastModified"];
const FIXED: &[&str] = &[
    "schemas",
    "id",
    "meta.resourceType",
    "meta.version",
    "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User:licenseType",
];
const PRESENT: &[&str] = &[
    "id",
    "schemas",
    "meta",
    "meta.created",
    "name",
    "name.familyName",
    "externalId",
    "active",
    "title",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "roles",
    "roles.display",
    "addresses",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User:licenseType",
];
const ELEMENTS: &[&str] = &["emails", "roles", "photos"];

fn path(names: &'static [&'static str]) -> impl Strategy<Value = AttributePath> {
    prop::sample::select(names).prop_map(|name| AttributePath::parse(name).expect("a path"))
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    prop::sample::select(&[Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le][..])
}

fn equality() -> impl Strategy<Value = Operator> {
    prop::sample::select(&[Operator::Eq, Operator::Ne][..])
}

fn instants() -> impl Strategy<Value = String> {
    prop::sample::select(&["0001-01-03T00:00:00.0000000Z", "2100-01-01T00:00:00+02:00"][..])
        .prop_map(str::to_owned)
}

fn fixed() -> impl Strategy<Value = String> {
    let values = [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        ENTERPRISE_URN,
        "urn",
        "User",
        "it",
        "W/\"2\"",
        "0",
        "019",
        "",
    ];
    prop::sample::select(values.map(str::to_owned).to_vec())
}

fn compare((path, operator, literal): (AttributePath, Operator, Literal)) -> Filter {
    Filter::Compare(path, operator, literal)
}
