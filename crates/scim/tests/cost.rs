//! What a caller may repeat costs in proportion, and at most so much: counted, not timed. The count is that of
//! allocations, since all that is folded, hashed, copied or compared in another form makes one.

use scim::{
    Map,
    attributes::Projection,
    definitions::{self, LicenseExtension},
    dialect::Dialect::{self, Lenient},
    filter, json, members, patch, resource,
    schema::ResourceType,
};
use serde_json::{Value, json};

/// Something that a caller may repeat.
struct Input {
    name: &'static str,
    /// A usual number of it.
    number: usize,
    /// The most that is published.
    limit: usize,
    /// The most that this may cost.
    most: u64,
    /// What so many cost.
    cost: fn(usize) -> u64,
}

const INPUTS: &[Input] = &[
    Input {
        name: "operations that add one value each",
        number: 250,
        limit: 1_000,
        most: 30_000,
        cost: adding_operations,
    },
    Input {
        name: "operations that add one value each, to and fro between two attributes",
        number: 250,
        limit: 1_000,
        most: 30_000,
        cost: alternating_operations,
    },
    Input {
        name: "operations that edit one of 50 values",
        number: 250,
        limit: 1_000,
        most: 900_000,
        cost: |number| edits(50, number),
    },
    Input {
        name: "operations that edit one of 1,000 values",
        number: 20,
        limit: 1_000,
        most: 2_000_000,
        cost: |number| edits(1_000, number),
    },
    Input {
        name: "values that 100 operations edit one of",
        number: 20,
        limit: 1_000,
        most: 2_000_000,
        cost: |number| edits(number, 100),
    },
    Input {
        name: "values that one operation adds",
        number: 250,
        limit: 1_000,
        most: 20_000,
        cost: values_added_at_once,
    },
    Input {
        name: "parts of the filter of a path, on 1,000 values",
        number: 20,
        limit: 199,
        most: 2_000_000,
        cost: parts_of_a_path,
    },
    Input {
        name: "names of a value without path",
        number: 250,
        limit: 1_000,
        most: 30_000,
        cost: names_without_path,
    },
    Input {
        name: "operations with 200 names each without path",
        number: 50,
        limit: 1_000,
        most: 4_000_000,
        cost: |number| names_of_operations(number, 200),
    },
    Input {
        name: "names of an object of JSON",
        number: 250,
        limit: 1_000,
        most: 5_000,
        cost: names_of_an_object,
    },
    Input {
        name: "names of a body, 10 to an object",
        number: 20_000,
        limit: 200_000,
        most: 700_000,
        cost: names_of_a_body,
    },
    Input {
        name: "values of a body that is read",
        number: 250,
        limit: 1_000,
        most: 20_000,
        cost: values_of_a_body,
    },
    Input {
        name: "attributes asked for, of 100 resources",
        number: 50,
        limit: 200,
        most: 30_000,
        cost: attributes_asked_for,
    },
    Input {
        name: "resources, of 200 attributes asked for",
        number: 100,
        limit: 1_000,
        most: 100_000,
        cost: resources_projected,
    },
    Input {
        name: "members that a PATCH adds",
        number: 10_000,
        limit: 100_000,
        most: 500_000,
        cost: members_added,
    },
    Input {
        name: "filters of members, after 1,000 were added",
        number: 20,
        limit: 200,
        most: 20_000,
        cost: filters_of_members,
    },
    Input {
        name: "removals of a member, after 1,000 were added",
        number: 100,
        limit: 999,
        most: 20_000,
        cost: removals_of_members,
    },
];

#[test]
fn what_may_repeat_costs_in_proportion() {
    let mut faults = Vec::new();
    println!("| input | n | at n | at 2n | limit | at the limit |\n|---|---|---|---|---|---|");
    for Input {
        name,
        number,
        limit,
        most,
        cost,
    } in INPUTS
    {
        let (once, twice, full) = (cost(*number), cost(2 * number), cost(*limit));
        println!("| {name} | {number} | {once} | {twice} | {limit} | {full} |");
        if 2 * twice > 5 * once {
            faults.push(format!("{name}: {once}, of twice as many {twice}"));
        }
        if full > *most {
            faults.push(format!("{name}: {full} at the limit of {limit}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is beyond a limit is refused before it costs much.
#[test]
fn beyond_the_limits_there_is_little_to_pay() {
    let huge: Vec<Value> = (0..10_000).map(role).collect();
    let mut attack = vec![operation("add", "roles", json!(huge))];
    attack.extend((0..60).map(|_| operation("add", "roles", json!([{"value": "zz"}]))));
    let (cost, outcome) = applied(&attack);
    assert_eq!(outcome, Err("invalidValue"));
    assert!(cost < 200_000, "{cost}");
}

/// Runs what is measured; its outcome does not matter here.
fn measured<T>(work: impl FnOnce() -> T) -> u64 {
    allocation_counter::measure(|| drop(std::hint::black_box(work()))).count_total
}

fn user() -> ResourceType {
    definitions::user(&LicenseExtension::default())
}

fn object(value: Value) -> Map {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

fn role(number: usize) -> Value {
    json!({"value": format!("role{number}"), "type": "work"})
}

fn operation(op: &str, path: &str, value: Value) -> Value {
    let mut operation = json!({"op": op});
    operation["value"] = value;
    if !path.is_empty() {
        operation["path"] = json!(path);
    }
    operation
}

/// A user with so many roles.
fn ann(roles: usize) -> Map {
    let roles: Vec<Value> = (0..roles).map(role).collect();
    object(json!({"userName": "ann", "roles": roles}))
}

/// What the operations cost, and how they ended.
fn applied(operations: &[Value]) -> (u64, Result<(), &'static str>) {
    applied_to(ann(0), operations)
}

fn applied_to(mut before: Map, operations: &[Value]) -> (u64, Result<(), &'static str>) {
    let body = object(json!({"Operations": operations}));
    let operations = patch::read_request(body, Lenient).expect("a PATCH");
    let resource_type = user();
    let mut outcome = Ok(());
    let cost = measured(|| {
        outcome = patch::apply(&resource_type, &mut before, &operations, Lenient)
            .map_err(|error| error.kind.scim_type());
    });
    (cost, outcome)
}

fn adding_operations(number: usize) -> u64 {
    let add = |number| operation("add", "roles", json!([role(number)]));
    let operations: Vec<Value> = (0..number).map(add).collect();
    let (cost, outcome) = applied(&operations);
    assert_eq!(outcome, Ok(()));
    cost
}

fn alternating_operations(number: usize) -> u64 {
    let add = |number: usize| {
        let path = ["roles", "entitlements", "title"][number % 3];
        let value = if path == "title" {
            json!("x")
        } else {
            json!([role(number)])
        };
        operation("add", path, value)
    };
    let operations: Vec<Value> = (0..number).map(add).collect();
    let (cost, outcome) = applied(&operations);
    assert_eq!(outcome, Ok(()));
    cost
}

fn edits(values: usize, operations: usize) -> u64 {
    let edit = |number: usize| {
        let path = format!("roles[value eq \"role{}\"].display", number % values);
        operation("replace", &path, json!("x"))
    };
    let operations: Vec<Value> = (0..operations).map(edit).collect();
    let (cost, outcome) = applied_to(ann(values), &operations);
    assert!(matches!(outcome, Ok(()) | Err("tooMany")), "{outcome:?}");
    cost
}

fn values_added_at_once(number: usize) -> u64 {
    let roles: Vec<Value> = (0..number).map(role).collect();
    let (cost, outcome) = applied(&[operation("add", "roles", json!(roles))]);
    assert_eq!(outcome, Ok(()));
    cost
}

fn parts_of_a_path(number: usize) -> u64 {
    let terms = number.div_ceil(2);
    let terms: Vec<String> = (0..terms).map(|n| format!("value co \"x{n}\"")).collect();
    let path = format!("roles[{}]", terms.join(" or "));
    let (cost, outcome) = applied_to(ann(1_000), &[operation("remove", &path, Value::Null)]);
    assert_eq!(outcome, Ok(()));
    cost
}

fn names_without_path(number: usize) -> u64 {
    let names = (0..number).map(|number| (format!("unknown{number}"), json!(1)));
    let value = Value::Object(names.collect());
    let (cost, outcome) = applied(&[operation("add", "", value)]);
    assert_eq!(outcome, Ok(()));
    cost
}

fn names_of_operations(number: usize, names: usize) -> u64 {
    let names = (0..names).map(|number| (format!("unknown{number}"), json!(1)));
    let value = Value::Object(names.collect());
    let operations = vec![operation("add", "", value); number];
    let (cost, outcome) = applied(&operations);
    assert_eq!(outcome, Ok(()));
    cost
}

fn names_of_an_object(number: usize) -> u64 {
    let names = (0..number).map(|number| (format!("name{number}"), json!(1)));
    let body = Value::Object(names.collect()).to_string();
    measured(|| json::parse_object(body.as_bytes()).expect("within the limit"))
}

fn names_of_a_body(number: usize) -> u64 {
    let names = (0..10).map(|number| (format!("name{number}"), json!(1)));
    let one = Value::Object(names.collect()).to_string();
    let objects = vec![one; (number - 1) / 10].join(",");
    let body = format!("{{\"members\":[{objects}]}}");
    measured(|| json::parse_object(body.as_bytes()).expect("within the limit"))
}

fn values_of_a_body(number: usize) -> u64 {
    let (resource_type, body) = (user(), ann(number));
    measured(|| resource::read(&resource_type, body, Lenient).expect("within the limit"))
}

/// Names in so many spellings, of which few mean something else than another.
fn spellings(number: usize) -> String {
    let name = |number: usize| {
        let name = [
            "emails",
            "emails.value",
            "title",
            "nickName",
            "name.givenName",
        ][number % 5];
        let turned = |(place, letter): (usize, char)| {
            if ((number / 5) >> place) & 1 == 1 {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        };
        name.chars().enumerate().map(turned).collect::<String>()
    };
    (0..number).map(name).collect::<Vec<_>>().join(",")
}

fn projected(names: usize, resources: usize) -> u64 {
    let (resource_type, names) = (user(), spellings(names));
    let resources = vec![ann(1); resources];
    measured(|| {
        let projection = Projection::parse(None, Some(&names), Lenient).expect("within the limit");
        let projection = projection.compile(&resource_type);
        let shown = resources.into_iter().map(|it| projection.apply(it));
        shown.collect::<Vec<Map>>()
    })
}

fn attributes_asked_for(number: usize) -> u64 {
    projected(number, 100)
}

fn resources_projected(number: usize) -> u64 {
    projected(200, number)
}

fn planned(operations: &[Value]) -> u64 {
    let body = object(json!({"Operations": operations}));
    let operations = patch::read_request(body, Lenient).expect("a PATCH");
    let group = definitions::group();
    measured(|| members::plan(&group, &operations, Lenient))
}

fn add_members(number: usize) -> Value {
    let members: Vec<Value> = (0..number)
        .map(|number| json!({"value": format!("m{number}")}))
        .collect();
    operation("add", "members", json!(members))
}

fn members_added(number: usize) -> u64 {
    planned(&[add_members(number)])
}

fn filters_of_members(number: usize) -> u64 {
    let mut operations = vec![add_members(1_000)];
    let remove = operation("remove", "members[value co \"zz\"]", Value::Null);
    operations.extend(vec![remove; number]);
    planned(&operations) - members_added(1_000)
}

fn removals_of_members(number: usize) -> u64 {
    let mut operations = vec![add_members(1_000)];
    let remove = |number| {
        operation(
            "remove",
            &format!("members[value eq \"m{number}\"]"),
            Value::Null,
        )
    };
    operations.extend((0..number).map(remove));
    planned(&operations) - members_added(1_000)
}

/// An operand that is searched for in a value is short, in whatever form it is compared.
#[test]
fn operands_that_are_searched_for_are_short() {
    let bound = |operator: &str, operand: String, dialect: Dialect| {
        let text = format!("title {operator} \"{operand}\"");
        let parsed = filter::parse(&text, dialect).expect("a filter");
        filter::bind(&parsed, &user(), dialect).map_err(|error| error.kind.scim_type())
    };
    for dialect in [Lenient, Dialect::Strict] {
        for operator in ["co", "sw", "ew"] {
            for (operand, fits) in [
                ("a".repeat(512), true),
                ("a".repeat(513), false),
                ("é".repeat(512), true),
                ("é".repeat(513), false),
                // Folded, each is eighteen letters.
                ("\u{fdfa}".repeat(28), true),
                ("\u{fdfa}".repeat(29), false),
            ] {
                let outcome = bound(operator, operand, dialect);
                assert_eq!(outcome.is_ok(), fits, "{operator} {outcome:?}");
                assert!(fits || outcome == Err("invalidFilter"));
            }
        }
        for operator in ["eq", "ne", "gt", "ge", "lt", "le"] {
            assert!(bound(operator, "a".repeat(4_000), dialect).is_ok());
        }
    }
}
