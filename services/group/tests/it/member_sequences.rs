//! R-PATCH-05: whatever operations on members a PATCH holds, they come to what they do one after the other on the
//! whole list. Random sequences are held against a model that does just that.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use proto::{
    group::v1 as pb,
    protocol::v1::{Actor, ErrorReason, PatchOperation, patch_operation::Op},
};
use serde_json::{Value, json};

use crate::harness::*;

/// How many sequences are tried; `MEMBER_SEQUENCES` sets another number.
const SEQUENCES: u64 = 240;
/// How many groups are changed at once.
const LANES: u64 = 8;
/// The most operations of a sequence.
const LONGEST: u64 = 6;

/// Numbers that look random and are the same in each run (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one<'a>(&mut self, candidates: &'a [Candidate]) -> &'a Candidate {
        let at = self.below(candidates.len().try_into().unwrap());
        &candidates[usize::try_from(at).unwrap()]
    }

    fn some(&mut self, candidates: &[Candidate]) -> Vec<String> {
        let chosen = candidates.iter().filter(|_| self.below(3) == 0);
        chosen.map(|candidate| candidate.id.clone()).collect()
    }

    fn actor(&mut self) -> Actor {
        if self.below(3) == 0 {
            admin_actor()
        } else {
            scim_actor()
        }
    }
}

/// Who may be a member.
#[derive(Clone)]
struct Candidate {
    id: String,
    kind: &'static str,
}

type Condition = Box<dyn Fn(&Candidate) -> bool + Send + Sync>;

/// What an operation means.
enum Step {
    Add(Vec<String>),
    Remove(Vec<String>),
    RemoveWhere(Condition),
    Replace(Vec<String>),
    /// One that has to be a member.
    Require(String),
}

/// The model: the list of the members, read and written whole.
fn run(
    candidates: &[Candidate],
    mut members: BTreeSet<String>,
    steps: &[Step],
) -> Option<BTreeSet<String>> {
    for step in steps {
        match step {
            Step::Add(ids) => members.extend(ids.iter().cloned()),
            Step::Remove(ids) => members.retain(|id| !ids.contains(id)),
            Step::RemoveWhere(condition) => members.retain(|id| {
                let member = candidates.iter().find(|candidate| candidate.id == *id);
                !condition(member.unwrap())
            }),
            Step::Replace(ids) => members = ids.iter().cloned().collect(),
            Step::Require(id) if members.contains(id) => {}
            Step::Require(_) => return None,
        }
    }
    Some(members)
}

/// A filter on members, and what it means.
fn filter(random: &mut Random, candidates: &[Candidate]) -> (String, Condition) {
    let one = random.one(candidates).clone();
    let other = random.one(candidates).clone();
    let (id, second) = (one.id.clone(), other.id.clone());
    match random.below(8) {
        0 => (
            r#"type eq "User""#.to_owned(),
            Box::new(|it| it.kind == "User"),
        ),
        1 => (
            r#"type eq "Group""#.to_owned(),
            Box::new(|it| it.kind == "Group"),
        ),
        2 => (
            format!(r#"type ne "User" or value eq "{id}""#),
            Box::new(move |it| it.kind != "User" || it.id == id),
        ),
        3 => (
            format!(r#"type eq "User" and value ne "{id}""#),
            Box::new(move |it| it.kind == "User" && it.id != id),
        ),
        4 => (
            format!(r#"not (value eq "{id}" or value eq "{second}")"#),
            Box::new(move |it| it.id != id && it.id != second),
        ),
        5 => (
            format!(r#"value gt "{id}""#),
            Box::new(move |it| it.id > id),
        ),
        6 => (
            format!(r#"value ew "{}""#, &id[35..]),
            Box::new(move |it| it.id[35..] == id[35..]),
        ),
        _ => ("value pr".to_owned(), Box::new(|_| true)),
    }
}

/// An operation as a client sends it, and what it means.
fn step(random: &mut Random, candidates: &[Candidate]) -> (PatchOperation, Step) {
    let some = random.some(candidates);
    let id = random.one(candidates).id.clone();
    let members = |op, value| operation(op, Some("members"), value);
    let selected = |op, filter: &str, value| {
        let path = format!("members[{filter}]");
        operation(op, Some(&path), value)
    };
    let same = Some(json!({"value": id}));
    let by_id = format!("value eq \"{id}\"");
    match random.below(12) {
        0 => (add_members(&some), Step::Add(some)),
        1 => {
            let value = Value::Object(
                [("members".to_owned(), values(&some))]
                    .into_iter()
                    .collect(),
            );
            (operation(Op::Add, None, Some(value)), Step::Add(some))
        }
        2 => (remove_members(&some), Step::Remove(some)),
        3 => (selected(Op::Remove, &by_id, None), Step::Remove(vec![id])),
        4 | 5 => {
            let (text, condition) = filter(random, candidates);
            let operation = selected(Op::Remove, &text, None);
            (operation, Step::RemoveWhere(condition))
        }
        6 | 7 => {
            let value = Some(values(&some));
            (members(Op::Replace, value), Step::Replace(some))
        }
        8 => (members(Op::Remove, None), Step::Replace(Vec::new())),
        // An `add` that selects nobody adds whom its filter names (R-PATCH-28).
        9 => (selected(Op::Add, &by_id, same), Step::Add(vec![id])),
        _ => (selected(Op::Replace, &by_id, same), Step::Require(id)),
    }
}

/// What one sequence came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Changed,
    Same,
    Refused,
}

async fn ids(service: &Service, group: &str) -> BTreeSet<String> {
    let group = service.get(group).await.unwrap();
    let ids: BTreeSet<String> = member_ids(&group).into_iter().collect();
    assert_eq!(group.member_count, i64::try_from(ids.len()).unwrap());
    ids
}

/// Tries the sequence of a number on a group, from a random list of members on.
async fn attempt(service: &Service, group: &str, candidates: &[Candidate], number: u64) -> Outcome {
    let mut random = Random(number);
    let start = random.some(candidates);
    let replacement = pb::ReplaceGroupRequest {
        actor: Some(random.actor()),
        ..replacing(group, group, &start)
    };
    let before = service.replace(replacement).await.unwrap();
    let length = 1 + random.below(LONGEST);
    let drawn = (0..length).map(|_| step(&mut random, candidates));
    let (operations, steps): (Vec<_>, Vec<_>) = drawn.unzip();
    let shown = format!("sequence {number}, from {start:?}: {operations:#?}");
    let start: BTreeSet<String> = start.into_iter().collect();
    let request = pb::PatchGroupRequest {
        actor: Some(random.actor()),
        ..patching(group, operations)
    };
    let result = service.patch_with(request).await;
    let Some(expected) = run(candidates, start.clone(), &steps) else {
        let status = result.expect_err(&shown);
        assert_eq!(proto::error::reason(&status), Some(ErrorReason::NoTarget));
        assert_eq!(ids(service, group).await, start, "{shown}");
        return Outcome::Refused;
    };
    let patched = result.expect(&shown);
    assert_eq!(ids(service, group).await, expected, "{shown}");
    let same = expected == start;
    assert_eq!(patched.etag == before.etag, same, "{shown}");
    if same {
        Outcome::Same
    } else {
        Outcome::Changed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_come_to_what_their_steps_do() {
    let service = Service::start().await;
    let number = std::env::var("MEMBER_SEQUENCES");
    let sequences = number.map_or(SEQUENCES, |number| number.parse().unwrap());
    let mut candidates = Vec::new();
    for id in service.users(4) {
        candidates.push(Candidate { id, kind: "User" });
    }
    for name in ["X", "Y", "Z"] {
        let id = service.group(name, &[]).await.id;
        candidates.push(Candidate { id, kind: "Group" });
    }
    let mut groups = Vec::new();
    for lane in 0..LANES {
        groups.push(service.group(&format!("Lane {lane}"), &[]).await.id);
    }
    let (service, candidates) = (&service, candidates.as_slice());
    let lanes = stream::iter(groups.iter().zip(0..)).map(|(group, lane)| async move {
        let mut outcomes = Vec::new();
        for number in (lane..sequences).step_by(LANES.try_into().unwrap()) {
            outcomes.push(attempt(service, group, candidates, number).await);
        }
        outcomes
    });
    let outcomes: Vec<Vec<Outcome>> = lanes.buffer_unordered(groups.len()).collect().await;
    let count = |wanted| {
        let outcomes = outcomes.iter().flatten();
        outcomes.filter(|outcome| **outcome == wanted).count()
    };
    let counts = [Outcome::Changed, Outcome::Same, Outcome::Refused].map(count);
    println!("{sequences} sequences: {counts:?} changed, the same, refused");
    assert!(counts.iter().all(|count| *count > 0));
}
