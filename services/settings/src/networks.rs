//! IP networks in canonical form.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::error::Error;

/// The networks in canonical form, each once: no bits beyond the prefix, IPv6 as in RFC 5952, and
/// IPv4-mapped IPv6 as the IPv4 it stands for.
pub(crate) fn canonical(cidrs: &[String]) -> Result<Vec<String>, Error> {
    let mut networks: Vec<String> = Vec::with_capacity(cidrs.len());
    for cidr in cidrs {
        let network = parse(cidr.trim()).ok_or_else(|| not_a_network(cidr))?;
        let network = unmapped(network.trunc()).to_string();
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}

/// The standard library's parser of addresses, since that of `ipnet` takes `010` for 10, which other programs
/// take for 8.
fn parse(cidr: &str) -> Option<IpNet> {
    let (address, prefix) = cidr.split_once('/')?;
    let is_plain = prefix.bytes().all(|byte| byte.is_ascii_digit());
    let prefix = prefix.parse().ok().filter(|_| is_plain)?;
    IpNet::new(address.parse().ok()?, prefix).ok()
}

/// `::ffff:192.0.2.0/120` is `192.0.2.0/24`.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let prefix = v6.prefix_len().checked_sub(96);
    let (Some(prefix), IpAddr::V4(address)) = (prefix, IpAddr::V6(v6.network()).to_canonical())
    else {
        return network;
    };
    Ipv4Net::new(address, prefix).map_or(network, IpNet::V4)
}

fn not_a_network(cidr: &str) -> Error {
    // For the caller alone; cut, since it may be anything.
    let shown: String = cidr.chars().take(50).collect();
    Error::InvalidValue(format!(
        "cidrs must be networks such as 192.0.2.0/24 or 2001:db8::/32, which {shown:?} is not"
    ))
}

#[cfg(test)]
mod tests;
