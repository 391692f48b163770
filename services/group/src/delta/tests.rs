use std::collections::HashMap;

use proto::group::v1::MemberType;
use scim::{dialect::Dialect, filter, members::GroupChange};
use uuid::Uuid;

use super::{Delta, Required, Steps};
use crate::{error::Error, references::References};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn texts(numbers: &[u128]) -> Vec<String> {
    numbers.iter().map(|n| id(*n).to_string()).collect()
}

/// Ids from 100 on are groups.
fn delta(changes: Vec<GroupChange>) -> Result<Delta, Error> {
    let (steps, operations) = Steps::of_patch(changes)?;
    assert!(operations.is_empty());
    let references = References {
        groups: steps
            .named
            .iter()
            .copied()
            .filter(|named| *named >= id(100))
            .collect(),
        ..References::default()
    };
    steps.delta(&references)
}

fn of_type(name: &str) -> GroupChange {
    let group = scim::definitions::group();
    let members = group
        .schema
        .attributes
        .iter()
        .find(|attribute| attribute.name == "members");
    let parsed = filter::parse(&format!("type eq \"{name}\""), Dialect::Lenient).unwrap();
    let predicate = filter::bind_element(&parsed, members.unwrap(), Dialect::Lenient).unwrap();
    GroupChange::RemoveMatchingMembers(predicate)
}

/// Whether all go first, how many go by what they are, who goes, and who joins.
fn told(delta: &Delta) -> (bool, usize, Vec<Uuid>, Vec<Uuid>) {
    let mut removed: Vec<Uuid> = delta.removed.iter().copied().collect();
    removed.sort_unstable();
    (
        delta.cleared,
        delta.matching.len(),
        removed,
        delta.added.clone(),
    )
}

/// R-PATCH-05: what the steps come to is what they do one after the other.
#[test]
fn steps_come_to_a_delta() {
    use GroupChange::{
        AddMembers as Add, ClearMembers, RemoveMembers as Remove, ReplaceMembers as Replace,
    };
    let add = |numbers: &[u128]| Add(texts(numbers));
    let remove = |numbers: &[u128]| Remove(texts(numbers));
    let cases = [
        (
            vec![add(&[2, 1]), add(&[1, 3])],
            (false, 0, vec![], vec![2, 1, 3]),
        ),
        (vec![add(&[1]), remove(&[1])], (false, 0, vec![1], vec![])),
        (vec![remove(&[1]), add(&[1])], (false, 0, vec![], vec![1])),
        (
            vec![remove(&[1]), add(&[2]), Replace(texts(&[3]))],
            (true, 0, vec![], vec![3]),
        ),
        (vec![add(&[1]), ClearMembers], (true, 0, vec![], vec![])),
        (
            vec![ClearMembers, add(&[1]), remove(&[1, 2])],
            (true, 0, vec![1, 2], vec![]),
        ),
        (
            vec![add(&[1, 100]), of_type("Group"), add(&[101])],
            (false, 1, vec![], vec![1, 101]),
        ),
        (
            vec![add(&[1, 100]), of_type("user")],
            (false, 1, vec![], vec![100]),
        ),
    ];
    for (changes, (cleared, matching, removed, added)) in cases {
        let shown = format!("{changes:?}");
        let ids = |numbers: Vec<u128>| numbers.into_iter().map(id).collect::<Vec<_>>();
        let expected = (cleared, matching, ids(removed), ids(added));
        assert_eq!(told(&delta(changes).unwrap()), expected, "{shown}");
    }
}

#[test]
fn every_id_to_add_is_named_once_even_if_removed_again() {
    let changes = vec![
        GroupChange::AddMembers(texts(&[1, 2])),
        GroupChange::RemoveMembers(texts(&[1, 9])),
        GroupChange::AddMembers([texts(&[2]), vec!["Nobody".to_owned(), "x".to_owned()]].concat()),
    ];
    let (steps, _) = Steps::of_patch(changes).unwrap();
    assert_eq!(steps.named, [id(1), id(2)]);
    assert_eq!(steps.malformed.as_deref(), Some("Nobody"));
}

/// R-PATCH-28: who has to be a member is looked for among the members there are, unless a step before has decided it.
#[test]
fn some_must_be_members() {
    use GroupChange::{
        AddMembers as Add, ClearMembers, RemoveMembers as Remove, RequireMember as Require,
    };
    let require = |n: u128| Require(id(n).to_string());
    for (changes, required) in [
        (vec![require(1)], vec![1]),
        (vec![require(1), Remove(texts(&[1]))], vec![1]),
        (vec![require(1), ClearMembers], vec![1]),
        (vec![Add(texts(&[1])), require(1)], vec![]),
        (vec![Remove(texts(&[2])), require(1)], vec![1]),
    ] {
        let shown = format!("{changes:?}");
        let required: Vec<Required> = required
            .into_iter()
            .map(|n| Required {
                id: id(n),
                after: 0,
            })
            .collect();
        assert_eq!(delta(changes).unwrap().required, required, "{shown}");
    }
    for changes in [
        vec![ClearMembers, require(1)],
        vec![Remove(texts(&[1])), require(1)],
        vec![Require("nobody".to_owned())],
    ] {
        let Err(Error::Scim(error)) = delta(changes) else {
            panic!("refused");
        };
        assert_eq!(error.kind, scim::error::Kind::NoTarget);
    }
}

/// R-PATCH-05: whom a filter before has taken out is no member any more, and one after does not matter.
#[test]
fn who_must_be_a_member_must_have_been_spared_by_the_filters_before() {
    let require = GroupChange::RequireMember(id(1).to_string());
    let present = |member_type| HashMap::from([(id(1), member_type)]);
    for (changes, user, group) in [
        (vec![of_type("User"), require.clone()], false, true),
        (vec![of_type("Group"), require.clone()], true, false),
        (vec![require.clone(), of_type("User")], true, true),
        (
            vec![of_type("User"), of_type("Group"), require.clone()],
            false,
            false,
        ),
    ] {
        let delta = delta(changes).unwrap();
        assert_eq!(delta.is_met(&present(MemberType::User)), user);
        assert_eq!(delta.is_met(&present(MemberType::Group)), group);
        assert!(!delta.is_met(&HashMap::new()));
    }
}

#[test]
fn a_member_must_have_a_value() {
    let result = Steps::adding([String::new()]);
    assert!(matches!(result, Err(Error::InvalidValue(_))));
}
