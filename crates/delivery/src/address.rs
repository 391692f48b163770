//! Which addresses a webhook may be sent to: an account's administrator chooses the URL, and must not
//! reach our own network by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

#[cfg(test)]
mod tests;

/// Says why nothing could ever be delivered to a URL, as far as the URL shows it: which addresses a name has
/// is known at delivery only. Whoever allows private addresses allows plain http too.
///
/// # Errors
/// What must be otherwise, for whoever wrote the URL.
pub fn check_url(url: &str, allow_private: bool) -> Result<(), &'static str> {
    let uri: Uri = url.parse().map_err(|_| "url is malformed")?;
    if allow_private {
        return Ok(());
    }
    if uri.scheme_str() != Some("https") {
        return Err(
            "url must begin with https://, since whatever is sent over http can be read on its way",
        );
    }
    let host = uri.host().unwrap_or_default().trim_end_matches('.');
    let is_local =
        host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    if is_local || literal(&uri).is_some_and(|address| !is_public(address)) {
        return Err("url must not lead to this machine or into a private network");
    }
    Ok(())
}

/// The address that a URL has instead of a name.
pub(crate) fn literal(uri: &Uri) -> Option<IpAddr> {
    let host = uri.host().unwrap_or_default();
    host.trim_matches(['[', ']']).parse().ok()
}

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
