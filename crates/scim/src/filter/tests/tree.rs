//! Random filters.

use proptest::prelude::*;

use crate::{
    filter::{Filter, Literal, Operator},
    path::AttributePath,
};

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z$][a-zA-Z0-9$_-]{0,8}".prop_filter("a keyword", |name| {
        !["not", "and", "or"].contains(&name.to_ascii_lowercase().as_str())
    })
}

fn path() -> impl Strategy<Value = AttributePath> {
    let urn = "[uU][rR][nN]:[a-z0-9.]{1,8}:2\\.0:[A-Za-z]{1,6}";
    (prop::option::of(urn), name(), prop::option::of(name()))
        .prop_map(|(urn, name, sub)| AttributePath { urn, name, sub })
}

fn attribute() -> impl Strategy<Value = AttributePath> {
    path().prop_map(|path| AttributePath { sub: None, ..path })
}

fn literal() -> impl Strategy<Value = Literal> {
    let float = any::<f64>().prop_filter_map("finite", serde_json::Number::from_f64);
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        any::<u64>().prop_map(|number| Literal::Number(number.into())),
        float.prop_map(Literal::Number),
        ".{0,20}".prop_map(|text| Literal::Text(text.replace('\0', ""))),
        Just(Literal::Text(
            "\"a\\ ] ) and or not \n\t\u{1f} 😀 %_".to_owned()
        )),
    ]
}

fn test() -> impl Strategy<Value = Filter> {
    prop_oneof![
        path().prop_map(Filter::Present),
        (path(), prop::sample::select(&Operator::ALL[..]), literal())
            .prop_map(|(path, operator, literal)| Filter::Compare(path, operator, literal)),
    ]
}

fn joined(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

pub(super) fn filter() -> impl Strategy<Value = Filter> {
    let element = (attribute(), joined(test()))
        .prop_map(|(path, inner)| Filter::Element(path, Box::new(inner)));
    joined(prop_oneof![4 => test(), 1 => element])
}
