//! R-TEST-02: random operations against a model, repeated ones, and any JSON at all.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::members;
use crate::resource::tests::{any_json, any_name};

mod model;

use model::{Model, Step};

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![Just(Op::Add), Just(Op::Remove), Just(Op::Replace)]
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Lenient), Just(Dialect::Strict)]
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let value = prop::option::weighted(0.9, any_json());
    (any_op(), prop::option::weighted(0.8, any_name()), value)
        .prop_map(|(op, path, value)| Operation { op, path, value })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// After each step the resource is what the model says, or both refuse.
    #[test]
    fn the_model_agrees(steps in prop::collection::vec(model::any_step(), 1..12), dialect in any_dialect()) {
        let mut model = Model::default();
        let mut resource = model.resource();
        for step in steps {
            let outcome = patched(&user(), &resource, &[step.operation()], dialect);
            match model.after(&step, dialect) {
                Some(next) => {
                    model = next;
                    prop_assert_eq!(outcome.as_ref(), Ok(&model.resource()), "{:?}", step);
                    resource = model.resource();
                }
                None => prop_assert!(outcome.is_err(), "{:?} gave {:?}", step, outcome),
            }
        }
    }

    /// R-PATCH-05: operations in one request do the same as one request each.
    #[test]
    fn one_request_is_as_many(steps in prop::collection::vec(model::any_step(), 1..6), dialect in any_dialect()) {
        let operations: Vec<Operation> = steps.iter().map(Step::operation).collect();
        let at_once = patched(&user(), &ann(), &operations, dialect);
        let one_by_one = operations.iter().try_fold(ann(), |before, operation| {
            patched(&user(), &before, std::slice::from_ref(operation), dialect)
        });
        prop_assert_eq!(at_once.map_err(|error| error.kind), one_by_one.map_err(|error| error.kind));
    }

    /// R-PATCH-09, R-PATCH-45: what is there needs no adding, what is gone no removing.
    #[test]
    fn repeating_changes_nothing(operation in any_operation(), dialect in any_dialect()) {
        if let Ok(once) = patched(&user(), &ann(), std::slice::from_ref(&operation), dialect)
            && let Ok(twice) = patched(&user(), &once, std::slice::from_ref(&operation), dialect)
        {
            prop_assert_eq!(twice, once);
        }
    }

    /// Whatever is sent, the outcome is canonical or an error, and never a panic. What clients may not set stays away.
    #[test]
    fn any_json_is_survived(operations in prop::collection::vec(any_operation(), 0..4), dialect in any_dialect()) {
        if let Ok(after) = patched(&user(), &ann(), &operations, dialect) {
            let mut body = after.clone();
            body.insert("schemas".to_owned(), json!(resource::schemas(&user(), &after)));
            prop_assert_eq!(resource::read(&user(), body, dialect), Ok(after.clone()));
            prop_assert!(["id", "meta", "groups", "schemas", "password"].iter().all(|name| !after.contains_key(*name)));
        }
        let group = definitions::group();
        let sales = object(json!({"displayName": "Sales", "members": [{"value": "a"}]}));
        let _ = patched(&group, &sales, &operations, dialect);
        let _ = members::plan(&group, &operations, dialect);
    }

    /// Nor does the state of the resource matter.
    #[test]
    fn any_resource_is_survived(
        before in prop::collection::vec((any_name(), any_json()), 0..6),
        operations in prop::collection::vec(any_operation(), 0..4),
        dialect in any_dialect(),
    ) {
        let _ = patched(&user(), &before.into_iter().collect(), &operations, dialect);
    }

    #[test]
    fn any_request_is_survived(members in prop::collection::vec((any_name(), any_json()), 0..6), dialect in any_dialect()) {
        let mut body: Map = members.into_iter().collect();
        let _ = crate::patch::read_request(body.clone(), dialect);
        let operations = body.values().cloned().collect();
        body.insert("Operations".to_owned(), operations);
        body.shift_remove("schemas");
        let _ = crate::patch::read_request(body, dialect);
    }
}
