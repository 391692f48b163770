//! What must hold whatever is sent. The same code runs under libFuzzer (`crates/scim/fuzz`) and, on a stable
//! compiler, over the seeds and variations of them (`main.rs`). A check panics where it fails.

use std::collections::BTreeSet;

use scim::{
    Map,
    dialect::Dialect::{self, Lenient, Strict},
    error::Kind,
    filter::{self, Filter},
    json,
    members::{self, GroupChange},
    patch::{self, Operation},
    path::{self, AttributePath, Path},
    resource,
    schema::ResourceType,
    search, unique,
};
use serde_json::{Value, json};

// Said so that it is found from the fuzz targets too.
#[path = "samples.rs"]
mod samples;

use samples::{SAMPLES, Sample};

/// Lenient first: what is read besides in it is the greater part.
const DIALECTS: [Dialect; 2] = [Lenient, Strict];

/// Checks an input of the target of that name.
pub(crate) fn check(target: &str, input: &[u8]) {
    let text = std::str::from_utf8(input);
    match (target, text) {
        ("filter", Ok(text)) => check_filter(text),
        ("path", Ok(text)) => check_path(text),
        ("filter" | "path", Err(_)) => {}
        ("patch", _) => check_patch(input),
        ("resource", _) => check_body(input),
        _ => panic!("there is no target {target}"),
    }
}

/// A filter that is printed is read as the same filter, what it means does not depend on the dialect that accepts
/// it, and storage, which compares search forms, finds what the reference finds.
fn check_filter(text: &str) {
    let mut accepted = None;
    for dialect in DIALECTS {
        let parsed = match filter::parse(text, dialect) {
            Ok(parsed) => parsed,
            Err(error) => {
                assert!(error.detail.len() < 2048, "too much is repeated");
                continue;
            }
        };
        let printed = parsed.to_string();
        // Spaces and parentheses that were left out may lead beyond the limit.
        if printed.len() <= filter::MAX_LENGTH {
            assert_eq!(filter::parse(&printed, dialect).as_ref(), Ok(&parsed));
        }
        let found: Vec<Option<bool>> = SAMPLES
            .iter()
            .map(|sample| found(sample, &parsed, dialect))
            .collect();
        match &accepted {
            None => accepted = Some((parsed, found)),
            Some((in_lenient, found_in_lenient)) => {
                assert_eq!(&parsed, in_lenient);
                for (strict, lenient) in found.iter().zip(found_in_lenient) {
                    assert!(strict.is_none() || strict == lenient);
                }
            }
        }
    }
}

/// Whether the filter finds the sample; none: it does not fit its type.
fn found(sample: &Sample, filter: &Filter, dialect: Dialect) -> Option<bool> {
    let resource_type = &sample.resource_type;
    let across = filter::bind_across(filter, resource_type, dialect);
    let predicate = filter::bind(filter, resource_type, dialect).ok()?;
    assert_eq!(across.as_ref(), Ok(&predicate));
    let found = filter::matches(&predicate, &sample.whole);
    let form = search::search_form(resource_type, &sample.whole);
    assert_eq!(filter::matches(&predicate, &form), found);
    assert!(!filter::matches(&predicate, &Map::new()) || !matches!(filter, Filter::Present(_)));
    Some(found)
}

/// A path that is written canonically is read as the same path, and any operation on it leaves a canonical resource.
fn check_path(text: &str) {
    if let Some(path) = AttributePath::parse(text) {
        assert_eq!(
            AttributePath::parse(&path.to_string()).as_ref(),
            Some(&path)
        );
    }
    for sample in SAMPLES.iter() {
        let resource_type = &sample.resource_type;
        let [lenient, strict] = DIALECTS.map(|dialect| {
            let parsed = path::parse(text, resource_type, dialect);
            let _ = search::sort_field(text, resource_type, dialect);
            if let Ok(path) = &parsed {
                let written = written(path);
                if written.len() <= filter::MAX_LENGTH {
                    assert_eq!(
                        path::parse(&written, resource_type, dialect).as_ref(),
                        Ok(path)
                    );
                }
                for operation in operations_on(text) {
                    check_operations(sample, &[operation], dialect);
                }
            }
            parsed
        });
        assert!(strict.is_err() || strict == lenient);
    }
}

fn written(path: &Path) -> String {
    match path {
        Path::Attribute(path) => path.to_string(),
        Path::Element {
            attribute,
            filter,
            sub: None,
        } => format!("{attribute}[{filter}]"),
        Path::Element {
            attribute,
            filter,
            sub: Some(sub),
        } => format!("{attribute}[{filter}].{sub}"),
        Path::Extension(urn) => urn.clone(),
    }
}

fn operations_on(path: &str) -> Vec<Operation> {
    let values = [
        Value::Null,
        json!(true),
        json!("x"),
        json!(5),
        json!(["a", {"value": "b", "primary": "True"}]),
        json!({"value": "b", "type": "work", "$ref": "c", "givenName": "d", "department": "e", "class": ""}),
    ];
    let operation = |op, value| Operation {
        op,
        path: Some(path.to_owned()),
        value,
    };
    let all = [patch::Op::Add, patch::Op::Replace, patch::Op::Remove];
    let with_value = values.into_iter().flat_map(|value| {
        all.into_iter()
            .map(move |op| operation(op, Some(value.clone())))
    });
    std::iter::once(operation(patch::Op::Remove, None))
        .chain(with_value)
        .collect()
}

/// Whatever a PATCH asks for, the resource is canonical afterwards or the PATCH is refused.
fn check_patch(input: &[u8]) {
    let Ok(body) = json::parse_object(input) else {
        return;
    };
    let _ = patch::read_request(body.clone(), Strict);
    let Ok(operations) = patch::read_request(body, Lenient) else {
        return;
    };
    for sample in SAMPLES.iter() {
        for dialect in DIALECTS {
            check_operations(sample, &operations, dialect);
        }
    }
}

fn check_operations(sample: &Sample, operations: &[Operation], dialect: Dialect) {
    let resource_type = &sample.resource_type;
    let mut after = sample.resource.clone();
    let applied = patch::apply(resource_type, &mut after, operations, dialect);
    if resource_type.name == "Group"
        && let Ok(plan) = members::plan(resource_type, operations, dialect)
    {
        let planned = check_plan(sample, &plan, dialect);
        if let (Some(planned), Ok(())) = (planned, &applied) {
            assert_eq!(planned, member_ids(&after));
        }
    }
    if applied.is_err() {
        return;
    }
    check_canonical(resource_type, &after, dialect);
    // R-PATCH-09. A filter may select something else the second time.
    if let [
        Operation {
            path: Some(path), ..
        },
    ] = operations
        && let Ok(Path::Attribute(_)) = path::parse(path, resource_type, dialect)
    {
        let mut again = after.clone();
        if patch::apply(resource_type, &mut again, operations, dialect).is_ok() {
            assert_eq!(again, after, "repeated");
        }
    }
}

fn member_ids(group: &Map) -> BTreeSet<String> {
    let ids = members::member_ids(group.get("members").unwrap_or(&Value::Null), Lenient);
    ids.expect("members have ids").into_iter().collect()
}

/// Ids are named once in a change, and changes other than of members leave a canonical group. Returns who is a member
/// at last; none: that is up to more than ids, or a change is refused.
fn check_plan(sample: &Sample, plan: &[GroupChange], dialect: Dialect) -> Option<BTreeSet<String>> {
    let mut group = sample.resource.clone();
    let mut members = member_ids(&group);
    group.shift_remove("members");
    let mut is_known = true;
    for change in plan {
        match change {
            GroupChange::AddMembers(ids)
            | GroupChange::RemoveMembers(ids)
            | GroupChange::ReplaceMembers(ids) => {
                let distinct: BTreeSet<String> = ids.iter().cloned().collect();
                assert!(!ids.is_empty() && distinct.len() == ids.len());
                match change {
                    GroupChange::AddMembers(_) => members.extend(distinct),
                    GroupChange::RemoveMembers(_) => members.retain(|id| !distinct.contains(id)),
                    _ => members = distinct,
                }
            }
            GroupChange::RemoveMatchingMembers(predicate) => {
                let _ = filter::matches_element(predicate, &json!({"value": "a", "type": "User"}));
                is_known = false;
            }
            GroupChange::ClearMembers => members.clear(),
            GroupChange::RequireMember(id) if members.contains(id) => {}
            GroupChange::RequireMember(_) => return None,
            GroupChange::Attributes(operation) => {
                let operations = std::slice::from_ref(operation);
                patch::apply(&sample.resource_type, &mut group, operations, dialect).ok()?;
                assert!(!group.contains_key("members"));
            }
        }
    }
    check_canonical(&sample.resource_type, &group, dialect);
    is_known.then_some(members)
}

/// What is read from a body is canonical, the strict dialect reads nothing else than the lenient one, and what is
/// written is read as the same.
fn check_body(input: &[u8]) {
    let Ok(body) = json::parse_object(input) else {
        return;
    };
    let written = serde_json::to_vec(&body).expect("it is JSON");
    assert_eq!(json::parse_object(&written).as_ref(), Ok(&body));
    for sample in SAMPLES.iter() {
        let resource_type = &sample.resource_type;
        let [lenient, strict] =
            DIALECTS.map(|dialect| resource::read(resource_type, body.clone(), dialect));
        assert!(strict.is_err() || strict == lenient);
        let Ok(read) = lenient else { continue };
        check_canonical(resource_type, &read, Lenient);
        let form = search::search_form(resource_type, &read);
        assert_eq!(search::search_form(resource_type, &form), form);
        let _ = unique::keys(resource_type, &read);
        let mut after = read.clone();
        if resource::keep_fixed(resource_type, &sample.resource, &mut after).is_ok() {
            check_canonical(resource_type, &after, Lenient);
        }
    }
}

/// A canonical resource reads as itself in both dialects. The lenient one may have let text have any form, which
/// the strict one refuses.
fn check_canonical(resource_type: &ResourceType, resource: &Map, made_in: Dialect) {
    assert_eq!(resource::check(resource_type, resource), Ok(()));
    let mut body = resource.clone();
    body.insert(
        "schemas".to_owned(),
        json!(resource::schemas(resource_type, resource)),
    );
    assert_eq!(
        resource::read(resource_type, body.clone(), Lenient).as_ref(),
        Ok(resource)
    );
    match resource::read(resource_type, body, Strict) {
        Ok(read) => assert_eq!(&read, resource),
        Err(error) => assert!(
            made_in == Lenient && error.kind == Kind::InvalidValue,
            "{error}"
        ),
    }
}
