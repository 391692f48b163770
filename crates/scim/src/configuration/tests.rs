use serde_json::{Value, json};

use super::Configuration;
use crate::{
    Map,
    definitions::{ENTERPRISE_URN, LicenseExtension, USER_URN},
    dialect::Dialect,
    error::Kind,
    patch::{self, Op, Operation},
    resource,
    schema::{Mutability, Returned, Type, Uniqueness},
};

const DEVICE: &str = "urn:example:Device";
const RACK: &str = "urn:example:Rack";

/// A file with one schema of one attribute, changed by `change`.
fn file(change: impl FnOnce(&mut Value)) -> Value {
    let mut file = json!({
        "schemas": [
            {"id": DEVICE, "name": "Device", "attributes": [{"name": "serial"}]},
            {"id": RACK, "attributes": [{"name": "row", "type": "integer", "required": true}]},
        ],
        "resourceTypes": [{
            "name": "Device", "endpoint": "/Devices", "schema": DEVICE,
            "schemaExtensions": [{"schema": RACK, "required": true}],
        }],
    });
    change(&mut file);
    file
}

fn read(file: &Value) -> Result<Configuration, String> {
    let read = file.to_string().parse::<Configuration>();
    read.map_err(|error| error.to_string())
}

/// R-EXT-05, and the defaults of RFC 7643 §2.2.
#[test]
fn a_file_defines_types_and_extends_others() {
    let configuration = read(&file(|file| {
        file["schemas"][0]["attributes"] = json!([
            {"name": "serial", "uniqueness": "server", "mutability": "immutable"},
            {"name": "certificate", "type": "binary", "caseExact": false},
            {"name": "owner", "type": "reference", "referenceTypes": ["User"]},
            {"name": "pin", "mutability": "writeOnly"},
            {"name": "ports", "type": "complex", "multiValued": true,
             "subAttributes": [{"name": "value"}, {"name": "$ref", "type": "reference"}]},
        ]);
        let types = file["resourceTypes"].as_array_mut().expect("an array");
        types.push(json!({"name": "User", "schemaExtensions": [{"schema": RACK.to_uppercase()}]}));
        types.push(
            json!({"name": "Group", "endpoint": "/Groups", "schemaExtensions": [{"schema": RACK}]}),
        );
    }))
    .expect("a good file");
    let [device] = configuration.resource_types() else {
        panic!("one type");
    };
    assert_eq!((&*device.name, &*device.endpoint), ("Device", "/Devices"));
    assert!(device.extensions[0].required);
    let [serial, certificate, owner, pin, ports] = &device.schema.attributes[..] else {
        panic!("five attributes");
    };
    assert_eq!((serial.r#type, serial.case_exact), (Type::String, false));
    assert_eq!(serial.uniqueness, Uniqueness::Server);
    assert_eq!(serial.mutability, Mutability::Immutable);
    assert!(certificate.case_exact && owner.case_exact);
    assert_eq!(pin.returned, Returned::Never);
    assert_eq!(ports.sub_attributes.len(), 2);
    let license = LicenseExtension::default();
    let user = configuration.user(&license).expect("no clash");
    let urns: Vec<_> = user.extensions.iter().map(|one| &*one.schema.id).collect();
    assert_eq!(urns, [ENTERPRISE_URN, &license.urn, RACK]);
    assert!(!user.extensions[2].required);
    assert_eq!(configuration.group().extensions.len(), 1);
}

#[test]
fn nothing_is_a_good_file_too() {
    assert_eq!(read(&json!({})), Ok(Configuration::default()));
}

#[test]
fn an_extension_cannot_take_the_place_of_licences() {
    let configuration = read(&file(|file| {
        file["resourceTypes"][0] = json!({"name": "User", "schemaExtensions": [{"schema": RACK}]});
    }))
    .expect("a good file");
    let license = LicenseExtension {
        urn: RACK.to_owned(),
        ..LicenseExtension::default()
    };
    let error = configuration.user(&license).expect_err("a clash");
    assert!(error.to_string().contains(RACK), "{error}");
}

/// A change of the good file, and what the message must name.
type Fault = (fn(&mut Value), &'static [&'static str]);

const FAULTS: &[Fault] = &[
    (|it| it["schemata"] = json!([]), &["schemata", "line 1"]),
    (|it| it["schemas"][0]["colour"] = json!(1), &["colour"]),
    (
        |it| it["schemas"][0]["id"] = json!("Device"),
        &["Device", "URN"],
    ),
    (|it| it["schemas"][0]["id"] = json!("urn:a:b c"), &["URN"]),
    (
        |it| it["schemas"][0]["id"] = json!(USER_URN),
        &["own", USER_URN],
    ),
    (
        |it| it["schemas"][0]["id"] = json!("urn:ietf:params:scim:api:messages:2.0:Error"),
        &["reserved"],
    ),
    (
        |it| it["schemas"][1]["id"] = json!("URN:EXAMPLE:DEVICE"),
        &["twice"],
    ),
    (
        |it| it["schemas"][0]["attributes"] = json!([]),
        &[DEVICE, "no attributes"],
    ),
    (
        |it| attribute(it)["type"] = json!("text"),
        &["`text`", "dateTime"],
    ),
    (|it| attribute(it)["unique"] = json!(true), &["`unique`"]),
    (
        |it| attribute(it)["returned"] = json!("sometimes"),
        &["sometimes"],
    ),
    (|it| attribute(it)["multiValued"] = json!("yes"), &["yes"]),
    (|it| attribute(it)["name"] = json!("a.b"), &[DEVICE, "a.b"]),
    (
        |it| attribute(it)["name"] = json!("Meta"),
        &["Meta", "reserved"],
    ),
    (
        |it| attribute(it)["type"] = json!("complex"),
        &[DEVICE, "serial", "subAttributes"],
    ),
    (
        |it| attribute(it)["subAttributes"] = json!([{"name": "x"}]),
        &["only a complex attribute"],
    ),
    (
        |it| {
            let inner = json!([{"name": "y", "type": "complex", "subAttributes": [{"name": "z"}]}]);
            attribute(it)["type"] = json!("complex");
            attribute(it)["subAttributes"] = inner;
        },
        &["serial", "complex one"],
    ),
    (
        |it| {
            attribute(it)["type"] = json!("complex");
            attribute(it)["subAttributes"] = json!([{"name": "x"}, {"name": "X"}]);
        },
        &["serial", "X is there twice"],
    ),
    (
        |it| {
            attribute(it)["mutability"] = json!("writeOnly");
            attribute(it)["returned"] = json!("default");
        },
        &["writeOnly"],
    ),
    (
        |it| {
            attribute(it)["type"] = json!("boolean");
            attribute(it)["uniqueness"] = json!("server");
        },
        &["unique"],
    ),
    (
        |it| attribute(it)["referenceTypes"] = json!(["User"]),
        &["referenceTypes"],
    ),
    (
        |it| device(it)["schema"] = json!("urn:example:Other"),
        &["Device", "urn:example:Other"],
    ),
    (|it| device(it)["schema"] = json!(RACK), &[RACK, "twice"]),
    (|it| device(it)["schema"] = Value::Null, &["no schema"]),
    (|it| device(it)["endpoint"] = Value::Null, &["no endpoint"]),
    (
        |it| device(it)["endpoint"] = json!("Devices"),
        &["endpoint", "Devices"],
    ),
    (|it| device(it)["endpoint"] = json!("/a/b"), &["endpoint"]),
    (
        |it| device(it)["endpoint"] = json!("/users"),
        &["/users", "reserved"],
    ),
    (|it| device(it)["endpoint"] = json!("/Bulk"), &["reserved"]),
    (
        |it| device(it)["name"] = json!("Schema"),
        &["Schema", "own"],
    ),
    (|it| device(it)["name"] = json!("USER"), &["USER"]),
    (|it| again(it, "name", "Thing"), &["/Devices", "twice"]),
    (|it| again(it, "endpoint", "/Things"), &["Device", "twice"]),
    (
        |it| *device(it) = json!({"name": "User", "endpoint": "/People"}),
        &["User", "cannot be changed"],
    ),
    (
        |it| {
            attribute(it)["uniqueness"] = json!("server");
            *device(it) = json!({"name": "Group", "schemaExtensions": [{"schema": DEVICE}]});
        },
        &["serial", "Group"],
    ),
];

fn attribute(file: &mut Value) -> &mut Value {
    &mut file["schemas"][0]["attributes"][0]
}

fn device(file: &mut Value) -> &mut Value {
    &mut file["resourceTypes"][0]
}

/// The type once more, but for one member.
fn again(file: &mut Value, member: &str, value: &str) {
    let mut other = device(file).clone();
    other[member] = json!(value);
    let types = file["resourceTypes"].as_array_mut().expect("an array");
    types.push(other);
}

/// Each fault is named, so that the operator finds it.
#[test]
fn a_bad_file_is_refused_by_name() {
    for (index, (change, named)) in FAULTS.iter().enumerate() {
        let message = read(&file(change)).expect_err(&format!("fault {index}: {named:?}"));
        for name in *named {
            assert!(message.contains(name), "fault {index}: {message}");
        }
    }
    let message = "{\"schemas\": [".parse::<Configuration>();
    assert!(message.expect_err("no JSON").to_string().contains("line 1"));
}

fn object(value: Value) -> Map {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// R-EXT-02: a required extension must be there, with what is required in it.
#[test]
fn a_required_extension_must_be_there() {
    let configuration = read(&file(|_| {})).expect("a good file");
    let device = &configuration.resource_types()[0];
    let read = |body: Value| resource::read(device, object(body), Dialect::Lenient);
    for body in [json!({"serial": "1"}), json!({"serial": "1", RACK: {}})] {
        let error = read(body).expect_err("without the extension");
        assert_eq!(error.kind, Kind::InvalidValue);
        assert!(error.detail.contains(RACK), "{error}");
    }
    let whole = read(json!({"serial": "1", RACK.to_uppercase(): {"ROW": 3}})).expect("whole");
    assert_eq!(
        Value::Object(whole.clone()),
        json!({"serial": "1", RACK: {"row": 3}})
    );
    let operation = Operation {
        op: Op::Remove,
        path: Some(RACK.to_owned()),
        value: None,
    };
    for dialect in [Dialect::Strict, Dialect::Lenient] {
        let operations = std::slice::from_ref(&operation);
        let removed = patch::apply(device, &mut whole.clone(), operations, dialect);
        assert_eq!(removed.expect_err("required").kind, Kind::Mutability);
    }
}

/// R-ATTR-12, R-PUT-06: what is immutable or writeOnly outlives a replacement that leaves it out.
#[test]
fn a_replacement_keeps_what_is_fixed() {
    let configuration = read(&file(|file| {
        file["schemas"][0]["attributes"] = json!([
            {"name": "serial", "mutability": "immutable"},
            {"name": "pin", "mutability": "writeOnly"},
            {"name": "label"},
            {"name": "place", "type": "complex",
             "subAttributes": [{"name": "site", "mutability": "immutable"}, {"name": "room"}]},
        ]);
    }))
    .expect("a good file");
    let device = &configuration.resource_types()[0];
    let before = object(json!({"serial": "Ab", "pin": "1234", "label": "x",
        "place": {"site": "N", "room": "1"}, RACK: {"row": 1}}));
    let replace = |after: Value| {
        let mut after = object(after);
        resource::keep_fixed(device, &before, &mut after).map(|()| Value::Object(after))
    };
    let kept = replace(json!({"place": {"room": "2"}, RACK: {"row": 2}})).expect("allowed");
    let expected = json!({"serial": "Ab", "pin": "1234",
        "place": {"site": "N", "room": "2"}, RACK: {"row": 2}});
    assert_eq!(kept, expected);
    let same = replace(json!({"serial": "aB", "pin": "9"})).expect("allowed");
    // Also within a complex attribute that is left out.
    let expected = json!({"serial": "Ab", "pin": "9", "place": {"site": "N"}});
    assert_eq!(same, expected);
    for refused in [json!({"serial": "x"}), json!({"place": {"site": "S"}})] {
        assert_eq!(replace(refused).expect_err("fixed").kind, Kind::Mutability);
    }
}

/// R-ATTR-12, R-PUT-06: what is immutable is not given up with what it stands in: what that requires stays with it.
#[test]
fn a_replacement_keeps_what_is_fixed_in_a_whole_extension() {
    let configuration = read(&file(|file| {
        file["schemas"][1]["attributes"] = json!([
            {"name": "row", "type": "integer", "required": true},
            {"name": "place", "type": "complex", "subAttributes": [
                {"name": "site", "mutability": "immutable"}, {"name": "room", "required": true}, {"name": "desk"}]},
            {"name": "label"},
        ]);
        file["resourceTypes"][0]["schemaExtensions"][0]["required"] = json!(false);
    }))
    .expect("a good file");
    let device = &configuration.resource_types()[0];
    let before = object(json!({"serial": "1",
        RACK: {"row": 1, "label": "x", "place": {"site": "N", "room": "7", "desk": "3"}}}));
    let place = json!({"site": "N", "room": "7"});
    for (after, expected) in [
        (json!({}), json!({"row": 1, "place": place})),
        (json!({RACK: {"row": 2}}), json!({"row": 2, "place": place})),
        (
            json!({RACK: {"row": 2, "place": {"room": "8"}}}),
            json!({"row": 2, "place": {"site": "N", "room": "8"}}),
        ),
    ] {
        let mut after = object(after);
        after.insert("serial".to_owned(), json!("1"));
        resource::keep_fixed(device, &before, &mut after).expect("allowed");
        assert_eq!(after[RACK], expected);
        assert_eq!(resource::check(device, &after), Ok(()));
    }
}

/// R-PUT-03: of an extension that is left out stays what is fixed, unless it could not stand alone.
#[test]
fn a_replacement_may_give_up_an_extension() {
    let kept = |row_is_required: bool| {
        let configuration = read(&file(|file| {
            file["schemas"][1]["attributes"] = json!([
                {"name": "row", "type": "integer", "required": row_is_required},
                {"name": "key", "mutability": "writeOnly"},
            ]);
            file["resourceTypes"][0]["schemaExtensions"][0]["required"] = json!(false);
        }))
        .expect("a good file");
        let device = &configuration.resource_types()[0];
        let before = object(json!({"serial": "1", RACK: {"row": 1, "key": "k"}}));
        let mut after = object(json!({"serial": "1"}));
        resource::keep_fixed(device, &before, &mut after).expect("allowed");
        assert_eq!(resource::check(device, &after), Ok(()));
        Value::Object(after)
    };
    assert_eq!(kept(true), json!({"serial": "1"}));
    assert_eq!(kept(false), json!({"serial": "1", RACK: {"key": "k"}}));
}
