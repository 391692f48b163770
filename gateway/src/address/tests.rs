use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use proto::settings::v1::IpRestrictions;

use super::{Peer, admit, client};

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

/// E16, F15: by the rules of the account, where it has some.
#[test]
fn rules_let_in_or_keep_out() {
    let on = IpRestrictions {
        enabled: true,
        rules: Vec::new(),
    };
    assert!(admit(None, None).is_ok());
    assert!(admit(Some(&IpRestrictions::default()), None).is_ok());
    assert!(admit(Some(&on), Some([192, 0, 2, 1].into())).is_ok());
    let refused = admit(Some(&on), None).unwrap_err();
    assert_eq!(refused.status, http::StatusCode::FORBIDDEN);
}
