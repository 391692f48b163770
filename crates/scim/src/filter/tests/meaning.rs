use std::collections::HashMap;

use proptest::prelude::*;

use crate::{
    dialect::Dialect,
    filter::{self, Filter},
};

type Assignment = HashMap<String, bool>;

fn evaluate(filter: &Filter, assignment: &Assignment) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| evaluate(part, assignment)),
        Filter::Or(parts) => parts.iter().any(|part| evaluate(part, assignment)),
        Filter::Not(inner) => !evaluate(inner, assignment),
        Filter::Present(path) => assignment[&path.name],
        other => panic!("not generated: {other}"),
    }
}

/// An evaluator that shares nothing with the parser: the shunting-yard method on two stacks.
fn shunting_yard(tokens: &[String], assignment: &Assignment) -> bool {
    fn precedence(token: &str) -> u8 {
        match token {
            "or" => 1,
            "and" => 2,
            "not" => 3,
            _ => 0,
        }
    }
    fn apply(operator: &str, values: &mut Vec<bool>) {
        let right = values.pop().unwrap();
        let value = match operator {
            "not" => !right,
            "and" => values.pop().unwrap() & right,
            "or" => values.pop().unwrap() | right,
            other => panic!("{other}"),
        };
        values.push(value);
    }
    let (mut values, mut operators) = (Vec::new(), Vec::<&str>::new());
    for token in tokens {
        match token.as_str() {
            "(" | "not" => operators.push(token),
            ")" => {
                while let Some(operator) = operators.pop().filter(|operator| *operator != "(") {
                    apply(operator, &mut values);
                }
            }
            "and" | "or" => {
                while operators
                    .last()
                    .is_some_and(|last| precedence(last) >= precedence(token))
                {
                    apply(operators.pop().unwrap(), &mut values);
                }
                operators.push(token);
            }
            name => values.push(assignment[name]),
        }
    }
    while let Some(operator) = operators.pop() {
        apply(operator, &mut values);
    }
    values.pop().unwrap()
}

/// Infix texts, not trees, so that every way of writing occurs.
fn expression() -> impl Strategy<Value = Vec<String>> {
    let name =
        prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(|name| vec![name.to_owned()]);
    name.prop_recursive(5, 30, 3, |inner| {
        let joined = (
            prop::collection::vec(inner.clone(), 2..4),
            prop::collection::vec(any::<bool>(), 3),
        )
            .prop_map(|(parts, ands)| {
                let mut tokens = Vec::new();
                for (part, and) in parts.into_iter().zip(ands) {
                    if !tokens.is_empty() {
                        tokens.push(if and { "and" } else { "or" }.to_owned());
                    }
                    tokens.extend(part);
                }
                tokens
            });
        let wrapped = |open: &'static [&'static str]| {
            inner.clone().prop_map(|tokens| {
                let mut all: Vec<String> = open.iter().map(|token| (*token).to_owned()).collect();
                all.extend(tokens);
                all.push(")".to_owned());
                all
            })
        };
        prop_oneof![joined, wrapped(&["("]), wrapped(&["not", "("])]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// R-FILTER-02: all sixteen rows of the truth table agree with another evaluator.
    #[test]
    fn precedence_agrees_with_an_independent_evaluator(tokens in expression()) {
        let words: Vec<String> = tokens
            .iter()
            .map(|token| if token.len() == 1 && token.chars().all(char::is_alphabetic) { format!("{token} pr") } else { token.clone() })
            .collect();
        let filter = filter::parse(&words.join(" "), Dialect::Strict).unwrap();
        for row in 0..16_u8 {
            let assignment: Assignment =
                ["a", "b", "c", "d"].into_iter().enumerate().map(|(bit, name)| (name.to_owned(), row >> bit & 1 == 1)).collect();
            prop_assert_eq!(evaluate(&filter, &assignment), shunting_yard(&tokens, &assignment), "{}", words.join(" "));
        }
    }
}
