use super::*;

fn one(cidr: &str) -> Result<String, Error> {
    canonical(&[cidr.to_owned()]).map(|mut networks| networks.remove(0))
}

#[test]
fn networks_become_canonical() {
    for (cidr, expected) in [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.77/24 ", "192.0.2.0/24"),
        ("192.0.2.7/32", "192.0.2.7/32"),
        ("10.1.2.3/0", "0.0.0.0/0"),
        ("2001:DB8:0:0::1/32", "2001:db8::/32"),
        ("2001:db8::1/128", "2001:db8::1/128"),
        ("::/0", "::/0"),
        ("::ffff:192.0.2.77/120", "192.0.2.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        // Shorter than the mapped addresses: not IPv4 alone.
        ("::ffff:0:0/95", "::fffe:0:0/95"),
    ] {
        assert_eq!(one(cidr).ok().as_deref(), Some(expected), "{cidr}");
    }
}

#[test]
fn what_is_no_network_is_refused() {
    for cidr in [
        "",
        " ",
        "192.0.2.7",
        "2001:db8::1",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2.0/+24",
        "192.0.2.0/",
        "192.0.2/24",
        "192.0.2.0/24/24",
        "192.000.002.000/24",
        "192.0.2.0/255.255.255.0",
        "192.0.2.0-192.0.2.9",
        "2001:db8::/129",
        "fe80::1%eth0/64",
        "example.com/24",
        "*",
    ] {
        assert!(matches!(one(cidr), Err(Error::InvalidValue(_))), "{cidr}");
    }
}

#[test]
fn each_network_is_kept_once() {
    let cidrs = ["10.0.0.0/8", "192.0.2.0/24", "10.9.9.9/8"].map(str::to_owned);
    let networks = canonical(&cidrs).ok();
    assert_eq!(
        networks,
        Some(vec!["10.0.0.0/8".to_owned(), "192.0.2.0/24".to_owned()])
    );
}
