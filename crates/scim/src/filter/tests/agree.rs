use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Map, definitions,
    dialect::Dialect::Lenient,
    filter::{self, Filter, Literal, Operator},
    path::AttributePath,
    search::search_form,
};

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a", "A", "ß", "SS", "İ", "i\u{307}", "ς", "Σ", "é", "e\u{301}", "Ａ", "%", "ab", "AB",
    ])
    .prop_map(str::to_owned)
}

fn email() -> impl Strategy<Value = Value> {
    (
        word(),
        prop::option::of(word()),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(value, kind, primary)| {
            let mut email = json!({"value": value});
            if let Some(kind) = kind {
                email["type"] = json!(kind);
            }
            if let Some(primary) = primary {
                email["primary"] = json!(primary);
            }
            email
        })
}

fn user() -> impl Strategy<Value = Map> {
    let fields = (
        word(),
        prop::option::of(word()),
        prop::option::of(any::<bool>()),
        0..3_i64,
    );
    (
        fields,
        prop::collection::vec(email(), 0..3),
        prop::option::of(word()),
    )
        .prop_map(
            |((name, external_id, active, second), emails, department)| {
                let mut user = json!({
                    "userName": name,
                    "meta": {"created": format!("2024-01-01T01:00:0{second}+01:00")},
                });
                if let Some(external_id) = external_id {
                    user["externalId"] = json!(external_id);
                }
                if let Some(active) = active {
                    user["active"] = json!(active);
                }
                if !emails.is_empty() {
                    user["emails"] = json!(emails);
                }
                if let Some(department) = department {
                    user[definitions::ENTERPRISE_URN] = json!({"department": department});
                }
                let Value::Object(user) = user else {
                    unreachable!()
                };
                user
            },
        )
}

fn path(text: &str) -> AttributePath {
    AttributePath::parse(text).unwrap()
}

fn test(
    names: &'static [&'static str],
    flags: &'static [&'static str],
) -> impl Strategy<Value = Filter> {
    let text = (
        prop::sample::select(names),
        prop::sample::select(&Operator::ALL[..]),
        word(),
    )
        .prop_map(|(name, operator, word)| {
            Filter::Compare(path(name), operator, Literal::Text(word))
        });
    let flag = (prop::sample::select(flags), any::<bool>(), any::<bool>()).prop_map(
        |(name, equal, value)| {
            let operator = if equal { Operator::Eq } else { Operator::Ne };
            Filter::Compare(path(name), operator, Literal::Boolean(value))
        },
    );
    let presence = (prop::sample::select(names), 0..3_u8).prop_map(|(name, way)| match way {
        0 => Filter::Present(path(name)),
        1 => Filter::Compare(path(name), Operator::Eq, Literal::Null),
        _ => Filter::Compare(path(name), Operator::Ne, Literal::Null),
    });
    prop_oneof![4 => text, 1 => flag, 1 => presence]
}

fn joined(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..3).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    const NAMES: &[&str] = &[
        "userName",
        "externalId",
        "department",
        "emails",
        "emails.value",
        "emails.type",
    ];
    let instant = (
        prop::sample::select(vec![Operator::Eq, Operator::Ne, Operator::Gt, Operator::Le]),
        0..3,
    )
        .prop_map(|(operator, second)| {
            let text = format!("2024-01-01T00:00:0{second}.0000000Z");
            Filter::Compare(path("meta.created"), operator, Literal::Text(text))
        });
    let element = joined(test(&["value", "type"], &["primary"]))
        .prop_map(|inner| Filter::Element(path("emails"), Box::new(inner)));
    joined(prop_oneof![4 => test(NAMES, &["active", "emails.primary"]), 1 => instant, 2 => element])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// R-TEST-01: a filter is true of a resource exactly if it is true of its search form, the print of it
    /// means the same, and its opposite is the opposite.
    #[test]
    fn a_resource_and_its_search_form_agree(user in user(), filter in filter()) {
        let user_type = definitions::user(&definitions::LicenseExtension::default());
        let predicate = filter::bind(&filter, &user_type, Lenient).unwrap();
        let expected = filter::matches(&predicate, &user);
        prop_assert_eq!(filter::matches(&predicate, &search_form(&user_type, &user)), expected, "{}", filter);
        let not = filter::parse(&format!("not ({filter})"), Lenient).unwrap();
        let not = filter::bind(&not, &user_type, Lenient).unwrap();
        prop_assert_eq!(filter::matches(&not, &user), !expected, "{}", filter);
    }
}
