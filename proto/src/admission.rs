//! Whom the IP rules of an account let in (product rule 14): the gateway acts by it, and `settings` foresees it.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::settings::v1::{IpRestrictions, ip_rule::Type};

/// A network, or a single address as one; an IPv4 address in the form of IPv6 is an IPv4 address.
pub fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().into(),
        Err(_) => text.parse().ok()?,
    };
    Some(network)
}

/// Whether an address is let in: a deny rule that matches keeps it out; so does the lack of a match where there
/// are allow rules. An address that is not known, and a deny rule that cannot be read, keep out.
pub fn admits(restrictions: &IpRestrictions, address: Option<IpAddr>) -> bool {
    if !restrictions.enabled {
        return true;
    }
    let matches = |cidr: &String, unreadable: bool| match (network(cidr), address) {
        (Some(network), Some(address)) => network.contains(&address),
        _ => unreadable,
    };
    let of = |kind: Type| {
        let rules = restrictions.rules.iter();
        rules.filter(move |rule| rule.r#type() == kind)
    };
    let mut denied = of(Type::Deny).flat_map(|rule| &rule.cidrs);
    let mut allowed = of(Type::Allow).flat_map(|rule| &rule.cidrs);
    let has_allow_rules = of(Type::Allow).next().is_some();
    address.is_some()
        && !denied.any(|cidr| matches(cidr, true))
        && (!has_allow_rules || allowed.any(|cidr| matches(cidr, false)))
}

#[cfg(test)]
mod tests;
