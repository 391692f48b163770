use super::*;

fn read(text: &str) -> Result<PermissionSets, String> {
    text.parse().map_err(|error: Error| error.to_string())
}

/// Product rule 13: of the file that ships, account admins administer.
#[test]
fn the_file_that_ships_is_read() {
    let standard = PermissionSets::default();
    assert_eq!(standard.0.len(), 30);
    assert_eq!(standard.administering(), ["account_admin"]);
    assert!(standard.contains("notification_manager") && !standard.contains("scim_only"));
}

#[test]
fn a_file_replaces_or_adds() {
    let own = read(r#"{"permissionSets": [{"name": "boss", "administers": true}, {"name": "x"}]}"#);
    let own = own.unwrap();
    assert!(own.contains("boss") && own.contains("x") && !own.contains("account_admin"));
    assert!(own.administers("boss") && !own.administers("x"));
    let added = read(
        r#"{"extendsStandard": true, "permissionSets": [
            {"name": "boss"}, {"name": "owner", "administers": true}, {"name": "account_admin"}]}"#,
    );
    let added = added.unwrap();
    assert!(added.contains("boss") && added.contains("developer"));
    assert_eq!(added.administering(), ["owner"]);
    assert_eq!(added.0.len(), 31);
}

#[test]
fn faults_are_named() {
    let long = format!(
        r#"{{"permissionSets": [{{"name": "{}"}}]}}"#,
        "x".repeat(101)
    );
    for (text, part) in [
        ("", "EOF"),
        ("{}", "permissionSets"),
        (r#"{"permissionSets": [{}]}"#, "name"),
        (
            r#"{"permissionSets": [{"name": "a", "admin": true}]}"#,
            "admin",
        ),
        (r#"{"permissionSets": [], "extends": true}"#, "extends"),
        (r#"{"permissionSets": [{"name": ""}]}"#, "1 to 100"),
        (r#"{"permissionSets": [{"name": "a b"}]}"#, "white space"),
        (&*long, "1 to 100"),
        (
            r#"{"permissionSets": [{"name": "a"}, {"name": "a", "administers": true}]}"#,
            "twice",
        ),
    ] {
        let fault = read(text).expect_err(text);
        assert!(fault.contains(part), "{text}: {fault}");
    }
}
