//! Which addresses a webhook may be sent to: an account's administrator chooses the URL, and must not
//! reach our own network by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[cfg(test)]
mod tests;

/// Whether an address belongs to the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The special-purpose registry of RFC 6890.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    !(a == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        // Shared (carrier NAT), protocol assignments, 6to4 relays, benchmarking, multicast and beyond.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        // The platform of Azure, which answers there to every machine of its own.
        || [a, b, c, d] == [168, 63, 129, 16]
        || a >= 224)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let last = |at: usize| {
        let [a, b] = segments[at].to_be_bytes();
        let [c, d] = segments[at + 1].to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    // Addresses that hold one of IPv4: mapped, translated (RFC 6052), 6to4.
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(last(6));
    }
    if segments[0] == 0x2002 {
        return is_public_v4(last(1));
    }
    // Global unicast is 2000::/3; within it protocol assignments (Teredo among them) and documentation.
    let assigned = segments[0] == 0x2001 && segments[1] < 0x200;
    let documentation =
        (segments[0] == 0x2001 && segments[1] == 0xdb8) || (segments[0] & 0xfff0) == 0x3ff0;
    (segments[0] & 0xe000) == 0x2000 && !assigned && !documentation
}
