use super::*;
use crate::settings::v1::IpRule;

#[test]
fn a_network_has_several_spellings() {
    for (text, expected) in [
        ("192.0.2.0/24", Some("192.0.2.0/24")),
        (" 192.0.2.7 ", Some("192.0.2.7/32")),
        ("2001:db8::/32", Some("2001:db8::/32")),
        ("::ffff:192.0.2.7", Some("192.0.2.7/32")),
        ("192.0.2.0/33", None),
        ("any", None),
        ("", None),
    ] {
        let expected: Option<IpNet> = expected.map(|text| text.parse().unwrap());
        assert_eq!(network(text), expected, "{text}");
    }
}

fn rules(enabled: bool, rules: &[(Type, &[&str])]) -> IpRestrictions {
    let rules = rules.iter().map(|(kind, cidrs)| IpRule {
        r#type: (*kind).into(),
        cidrs: cidrs.iter().map(|cidr| (*cidr).to_owned()).collect(),
        ..IpRule::default()
    });
    IpRestrictions {
        enabled,
        rules: rules.collect(),
    }
}

/// E16, F15.
#[test]
fn rules_let_in_or_keep_out() {
    let (allow, deny) = (Type::Allow, Type::Deny);
    let office: &[&str] = &["192.0.2.0/24", "2001:db8::/32"];
    let table = [
        (rules(false, &[(deny, office)]), "192.0.2.1", true),
        (rules(true, &[]), "192.0.2.1", true),
        (rules(true, &[(deny, office)]), "192.0.2.1", false),
        (rules(true, &[(deny, office)]), "198.51.100.1", true),
        (rules(true, &[(allow, office)]), "192.0.2.1", true),
        (rules(true, &[(allow, office)]), "2001:db8::9", true),
        (rules(true, &[(allow, office)]), "198.51.100.1", false),
        (
            rules(true, &[(allow, office), (deny, &["192.0.2.1"])]),
            "192.0.2.1",
            false,
        ),
        (
            rules(true, &[(allow, office), (deny, &["192.0.2.1"])]),
            "192.0.2.2",
            true,
        ),
        (rules(true, &[(allow, &[])]), "192.0.2.1", false),
        (rules(true, &[(deny, &["no network"])]), "192.0.2.1", false),
        (rules(true, &[(allow, &["no network"])]), "192.0.2.1", false),
    ];
    for (restrictions, address, expected) in table {
        let address = Some(address.parse().unwrap());
        let admitted = admits(&restrictions, address);
        assert_eq!(admitted, expected, "{restrictions:?} {address:?}");
    }
    assert!(admits(&rules(false, &[]), None));
    assert!(!admits(&rules(true, &[]), None));
}
