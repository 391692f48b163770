use ::scim::patch::Op;
use proto::identity::v1::{Email, Name, User};
use serde_json::{Value, json};

use super::{Edit, describe, email};

fn user() -> User {
    let address = |value: &str, primary| Email {
        value: value.to_owned(),
        r#type: "work".to_owned(),
        primary,
        display: String::new(),
    };
    User {
        id: "0193".to_owned(),
        number: 7,
        user_name: "Ann@acme.test".to_owned(),
        emails: vec![
            address("a@home.test", None),
            address("ann@acme.test", Some(true)),
        ],
        license_type: "developer".to_owned(),
        name: Some(Name {
            given_name: "Ann".to_owned(),
            ..Name::default()
        }),
        ..User::default()
    }
}

fn operations(edit: &Edit, user: &User) -> Vec<(Op, String, Value)> {
    let operations = edit.operations(user, "urn:x").into_iter();
    let plain = operations.map(|operation| {
        let path = operation.path.unwrap_or_default();
        (operation.op, path, operation.value.unwrap_or_default())
    });
    plain.collect()
}

#[test]
fn a_user_is_described() {
    let described = describe(&user());
    assert_eq!(
        (&described["id"], &described["scim_id"]),
        (&json!(7), &json!("0193"))
    );
    assert_eq!(described["email"], "ann@acme.test");
    assert_eq!(described["fullname"], "Ann");
    assert_eq!(described["is_active"], true);
    assert_eq!(described["external_id"], Value::Null);
    assert_eq!(
        described["license"],
        json!({"id": 7, "license_type": "developer"})
    );

    let bare = User {
        user_name: "ann".to_owned(),
        ..User::default()
    };
    assert_eq!(
        (email(&bare), &describe(&bare)["fullname"]),
        ("ann", &json!("ann"))
    );
}

#[test]
fn an_edit_changes_what_it_names() {
    assert_eq!(operations(&Edit::default(), &user()), []);
    let edit = Edit {
        first_name: Some("Anna".to_owned()),
        last_name: Some(String::new()),
        ..Edit::default()
    };
    let expected = [
        (Op::Replace, "name.givenName".to_owned(), json!("Anna")),
        (Op::Remove, "name.familyName".to_owned(), Value::Null),
    ];
    assert_eq!(operations(&edit, &user()), expected);
    let licence = Edit {
        license_type: Some("it".to_owned()),
        is_active: Some(false),
        ..Edit::default()
    };
    let expected = [
        (Op::Replace, "urn:x:licenseType".to_owned(), json!("it")),
        (Op::Replace, "active".to_owned(), json!(false)),
    ];
    assert_eq!(operations(&licence, &user()), expected);
}

#[test]
fn a_new_address_takes_the_user_name_along() {
    let edit = Edit {
        email: Some("anna@acme.test".to_owned()),
        ..Edit::default()
    };
    let emails = json!([
        {"value": "a@home.test", "type": "work"},
        {"value": "anna@acme.test", "type": "work", "primary": true},
    ]);
    let expected = [
        (Op::Replace, "emails".to_owned(), emails),
        (Op::Replace, "userName".to_owned(), json!("anna@acme.test")),
    ];
    assert_eq!(operations(&edit, &user()), expected);

    let other = User {
        user_name: "ann".to_owned(),
        emails: Vec::new(),
        ..User::default()
    };
    let emails = json!([{"value": "anna@acme.test", "type": "work", "primary": true}]);
    let expected = [(Op::Replace, "emails".to_owned(), emails)];
    assert_eq!(operations(&edit, &other), expected);
}
