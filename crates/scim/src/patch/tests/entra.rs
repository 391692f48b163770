//! What Microsoft Entra ID sends (R-ENTRA-11 to R-ENTRA-23), word for word in shape.

use serde_json::json;

use super::*;

fn body(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn one(op: &str, path: &str, value: Value) -> Map {
    sent(body(json!([{"op": op, "path": path, "value": value}])))
}

fn changed(changes: Value) -> Map {
    with_changes(&ann(), changes)
}

#[test]
fn r_entra_11_12_several_operations_with_capital_names() {
    let after = sent(body(json!([
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ann.lee@contoso.test"},
        {"op": "Replace", "path": "name.familyName", "value": "Lee-Wong"},
        {"op": "Add", "path": format!("{ENTERPRISE_URN}:department"), "value": "Finance"},
        {"op": "Remove", "path": "title"},
    ])));
    let mut enterprise = ann()[ENTERPRISE_URN].clone();
    enterprise["department"] = "Finance".into();
    let expected = changed(json!({
        "emails": [{"value": "ann.lee@contoso.test", "type": "work", "primary": true}, ann()["emails"][1]],
        "name": {"givenName": "Ann", "familyName": "Lee-Wong"},
        "title": null,
        ENTERPRISE_URN: enterprise,
    }));
    assert_eq!(after, expected);
}

#[test]
fn r_entra_13_elements_are_created() {
    for op in ["Add", "Replace"] {
        let phone = one(
            op,
            "phoneNumbers[type eq \"mobile\"].value",
            json!("+1 555 0100"),
        );
        assert_eq!(
            phone,
            changed(json!({"phoneNumbers": [{"type": "mobile", "value": "+1 555 0100"}]}))
        );
        let address = one(op, "addresses[type eq \"work\"].country", json!("Norway"));
        assert_eq!(
            address,
            changed(json!({"addresses": [{"type": "work", "country": "Norway"}]}))
        );
        let mail = one(op, "emails[type eq \"other\"].value", json!("a@c.test"));
        let emails =
            json!([ann()["emails"][0], ann()["emails"][1], {"type": "other", "value": "a@c.test"}]);
        assert_eq!(mail, changed(json!({"emails": emails})));
    }
    // Further attributes of the address go into the element that the first one made.
    let after = sent(body(json!([
        {"op": "Add", "path": "addresses[type eq \"work\"].country", "value": "Norway"},
        {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Oslo"},
    ])));
    assert_eq!(
        after["addresses"],
        json!([{"type": "work", "country": "Norway", "locality": "Oslo"}])
    );
}

#[test]
fn r_entra_14_primary_in_the_filter() {
    for op in ["Add", "Replace"] {
        let mail = one(op, "emails[primary eq true].value", json!("new@work.test"));
        assert_eq!(
            mail["emails"][0],
            json!({"value": "new@work.test", "type": "work", "primary": true})
        );
        let role = one(op, "roles[primary eq \"True\"].value", json!("Admin"));
        assert_eq!(role["roles"], json!([{"primary": true, "value": "Admin"}]));
        let phone = one(op, "phoneNumbers[primary eq true].value", json!("1"));
        assert_eq!(
            phone["phoneNumbers"],
            json!([{"primary": true, "value": "1"}])
        );
    }
}

#[test]
fn r_entra_15_booleans_as_text() {
    for op in ["Add", "Replace", "add", "replace"] {
        for (text, value) in [
            ("False", false),
            ("True", true),
            ("false", false),
            ("TRUE", true),
        ] {
            assert_eq!(one(op, "active", json!(text))["active"], json!(value));
            let pathless = sent(body(json!([{"op": op, "value": {"active": text}}])));
            assert_eq!(pathless["active"], json!(value), "R-PATCH-48");
        }
    }
    assert_eq!(
        one("Replace", "active", json!([{"value": "False"}]))["active"],
        json!(false)
    );
}

#[test]
fn r_entra_16_pathless_replace() {
    let after = sent(body(json!([{"op": "replace", "value": {
        "displayName": "Ann L.", "name.givenName": "Anna", "active": false,
        format!("{ENTERPRISE_URN}:employeeNumber"): "4711",
    }}])));
    let mut enterprise = ann()[ENTERPRISE_URN].clone();
    enterprise["employeeNumber"] = "4711".into();
    let expected = json!({
        "displayName": "Ann L.", "name": {"givenName": "Anna", "familyName": "Lee"}, "active": false,
        ENTERPRISE_URN: enterprise,
    });
    assert_eq!(after, changed(expected));
}

#[test]
fn r_entra_17_cleared_attributes() {
    assert_eq!(
        one("Replace", "title", json!("")),
        changed(json!({"title": null}))
    );
    let removed = sent(body(json!([{"op": "Remove", "path": "name.givenName"}])));
    assert_eq!(removed, changed(json!({"name": {"familyName": "Lee"}})));
}

#[test]
fn r_entra_18_19_manager_is_set() {
    let qualified = format!("{ENTERPRISE_URN}:manager");
    let dotted = format!("{ENTERPRISE_URN}.manager");
    let sub = format!("{ENTERPRISE_URN}:manager.value");
    for path in [
        qualified.as_str(),
        "manager",
        dotted.as_str(),
        sub.as_str(),
        "manager.value",
    ] {
        for op in ["Add", "Replace"] {
            let after = one(op, path, json!("88bb"));
            assert_eq!(
                after[ENTERPRISE_URN],
                json!({"department": "IT", "manager": {"value": "88bb"}}),
                "{op} {path}"
            );
        }
    }
    let reference = json!({"$ref": "https://x.test/Users/88bb", "value": "88bb"});
    let read_only = json!({"value": "88bb", "displayName": "Bo"});
    for value in [json!([reference]), reference.clone()] {
        assert_eq!(
            one("Replace", "manager", value)[ENTERPRISE_URN]["manager"],
            reference
        );
    }
    assert_eq!(
        one("Replace", "manager", read_only)[ENTERPRISE_URN]["manager"],
        json!({"value": "88bb"})
    );
}

#[test]
fn r_entra_20_manager_is_cleared() {
    let cleared = changed(json!({ENTERPRISE_URN: {"department": "IT"}}));
    let qualified = format!("{ENTERPRISE_URN}:manager");
    let dotted = format!("{ENTERPRISE_URN}.manager");
    for path in [qualified.as_str(), "manager", dotted.as_str()] {
        for value in [
            json!(""),
            json!(null),
            json!({}),
            json!({"value": ""}),
            json!({"value": null}),
            json!([]),
        ] {
            assert_eq!(
                one("Replace", path, value.clone()),
                cleared,
                "{path} {value}"
            );
        }
        assert_eq!(
            sent(body(json!([{"op": "Remove", "path": path}]))),
            cleared,
            "{path}"
        );
    }
    let sub = format!("{ENTERPRISE_URN}:manager.value");
    assert_eq!(sent(body(json!([{"op": "Remove", "path": sub}]))), cleared);
}

#[test]
fn r_entra_22_app_roles() {
    let role =
        |name: &str| format!("{{\"id\":\"06b0\",\"value\":\"{name}\",\"displayName\":\"{name}\"}}");
    let expected = json!([{"value": "Admin"}, {"value": "Reader"}]);
    let texts = json!([role("Admin"), role("Reader")]);
    let wrapped = json!([{"value": role("Admin")}, {"value": role("Reader")}]);
    let plain = json!([{"value": "Admin", "displayName": "Admin"}, {"value": "Reader"}]);
    for value in [texts, wrapped, plain] {
        assert_eq!(one("Add", "roles", value.clone())["roles"], expected);
        assert_eq!(one("Replace", "roles", value)["roles"], expected);
    }
    let typed = json!([{"value": role("Admin"), "type": "WindowsAzureActiveDirectoryRole", "primary": "False"}]);
    let expected =
        json!([{"type": "WindowsAzureActiveDirectoryRole", "primary": false, "value": "Admin"}]);
    assert_eq!(one("Add", "roles", typed)["roles"], expected);
}

#[test]
fn r_entra_23_extension_without_schemas() {
    let after = one(
        "Add",
        &format!("{}:licenseType", license_urn()),
        json!("analyst"),
    );
    assert_eq!(after[&license_urn()], json!({"licenseType": "analyst"}));
}
