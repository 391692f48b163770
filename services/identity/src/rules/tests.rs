use super::*;

#[test]
fn addresses_look_like_addresses() {
    for good in ["a@b", "Ann.O'Malley+x@x.test", "ä@ö.test"] {
        assert!(looks_like_address(good), "{good}");
    }
    for bad in [
        "",
        "ann",
        "@x.test",
        "ann@",
        "a b@x.test",
        "ann@x test",
        "a@b@c",
        "a@b\n",
    ] {
        assert!(!looks_like_address(bad), "{bad}");
    }
}

#[test]
fn the_default_licence_is_the_accounts_else_developer_else_the_first() {
    let policy = |default_license: Option<&str>| Policy {
        dialect: scim::dialect::Dialect::Lenient,
        email_user_names: false,
        unique_external_id: false,
        manual_updates_refused: false,
        manual_licenses_refused: false,
        license_on_redemption: false,
        allow_admin_lockout: false,
        license_maps: Vec::new(),
        default_license: default_license.map(str::to_owned),
        seats: Vec::new(),
    };
    let mut license = LicenseExtension::default();
    assert_eq!(default_license(&policy(Some("it")), &license), "it");
    assert_eq!(default_license(&policy(None), &license), "developer");
    license.types = vec!["gold".to_owned(), "silver".to_owned()];
    assert_eq!(default_license(&policy(None), &license), "gold");
}
