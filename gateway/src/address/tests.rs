use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use proto::settings::v1::{IpRestrictions, IpRule, ip_rule::Type};

use super::{Peer, admit, client, network};

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let value = HeaderValue::from_str(value).unwrap();
        headers.append(HeaderName::from_static(name), value);
    }
    headers
}

/// Lines of the header, and the address expected: none, one that is not known.
type Case<'a> = (&'a str, &'a [(&'static str, &'a str)], &'a str);

const XFF: &str = "x-forwarded-for";

fn check(table: &[Case<'_>]) {
    let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    for (peer, lines, expected) in table {
        let peer = Some(Peer(peer.parse().unwrap()));
        let found = client(peer, &headers(lines), &trusted);
        let found = found.map(|address| address.to_string()).unwrap_or_default();
        assert_eq!(found, *expected, "{peer:?} {lines:?}");
    }
}

/// Rule 14: a header counts only from a trusted proxy.
#[test]
fn a_stranger_is_who_he_is() {
    check(&[
        ("192.0.2.1", &[], "192.0.2.1"),
        ("192.0.2.1", &[(XFF, "198.51.100.7")], "192.0.2.1"),
        ("192.0.2.1", &[("forwarded", "for=10.0.0.1")], "192.0.2.1"),
        ("::ffff:192.0.2.1", &[], "192.0.2.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
    ]);
    assert_eq!(client(None, &headers(&[(XFF, "1.1.1.1")]), &[]), None);
}

/// From a trusted proxy it is the last address that is no proxy's.
#[test]
fn a_proxy_says_who_calls() {
    let last = "1.1.1.1, 198.51.100.7,10.2.3.4";
    check(&[
        ("10.0.0.1", &[(XFF, "198.51.100.7")], "198.51.100.7"),
        ("::ffff:10.0.0.1", &[(XFF, "198.51.100.7")], "198.51.100.7"),
        ("10.0.0.1", &[(XFF, last)], "198.51.100.7"),
        (
            "10.0.0.1",
            &[(XFF, "1.1.1.1"), (XFF, "198.51.100.7")],
            "198.51.100.7",
        ),
        ("10.0.0.1", &[(XFF, "10.9.9.9, 10.2.3.4")], "10.9.9.9"),
        ("10.0.0.1", &[(XFF, "198.51.100.7:4711")], "198.51.100.7"),
        ("10.0.0.1", &[(XFF, "1.1.1.1, nonsense")], ""),
    ]);
}

#[test]
fn a_proxy_may_say_so_by_the_standard() {
    let both = "for=\"[2001:db8::7]\", for=10.1.1.1";
    check(&[
        (
            "10.0.0.1",
            &[("forwarded", "for=198.51.100.7;proto=https")],
            "198.51.100.7",
        ),
        (
            "fd00::1",
            &[("forwarded", "For=\"[2001:db8::7]:4711\"")],
            "2001:db8::7",
        ),
        ("10.0.0.1", &[("forwarded", both)], "2001:db8::7"),
        ("10.0.0.1", &[("forwarded", "for=_hidden")], ""),
        ("10.0.0.1", &[("forwarded", "by=10.0.0.1")], ""),
        (
            "10.0.0.1",
            &[(XFF, "1.1.1.1"), ("forwarded", "for=1.1.1.1")],
            "1.1.1.1",
        ),
        (
            "10.0.0.1",
            &[(XFF, "1.1.1.1"), ("forwarded", "for=9.9.9.9")],
            "",
        ),
    ]);
}

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
        let admitted = admit(Some(&restrictions), address).is_ok();
        assert_eq!(admitted, expected, "{restrictions:?} {address:?}");
    }
    assert!(admit(None, None).is_ok());
    assert!(admit(Some(&rules(false, &[])), None).is_ok());
    assert!(admit(Some(&rules(true, &[])), None).is_err());
}
