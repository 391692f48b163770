//! Where a request comes from, and whether the account lets it in (product rule 14).

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, StatusCode, header::FORWARDED};
use ipnet::IpNet;
use proto::{admission, settings::v1::IpRestrictions};

use crate::error::Fault;

/// The other end of the connection; the server puts it into the extensions of each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address of the client: the peer's, or behind trusted proxies the last address that is none of
/// theirs. `None`: not known, since a proxy said nothing that could be read, or two headers disagree, of
/// which the client may have made one up.
pub(crate) fn client(
    peer: Option<Peer>,
    headers: &HeaderMap,
    trusted_proxies: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer?.0.to_canonical();
    let is_trusted = |address: &IpAddr| trusted_proxies.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let by_list = hops(headers, "x-forwarded-for", |element| {
        Some(element.to_owned())
    });
    let by_standard = hops(headers, FORWARDED.as_str(), forwarded_for);
    let nearest = |hops: Vec<Option<IpAddr>>| {
        let first = hops.first().copied().flatten();
        let mut strangers = hops.into_iter().rev();
        let found = strangers.find(|hop| hop.is_none_or(|address| !is_trusted(&address)));
        found.unwrap_or(first)
    };
    match (by_list, by_standard) {
        (None, None) => Some(peer),
        (Some(hops), None) | (None, Some(hops)) => nearest(hops),
        (Some(one), Some(other)) => {
            let (one, other) = (nearest(one), nearest(other));
            one.filter(|_| one == other)
        }
    }
}

/// The addresses of a header, the client's first; `None` for one that cannot be read. `None` as a whole: no
/// such header.
fn hops(
    headers: &HeaderMap,
    name: &str,
    element: impl Fn(&str) -> Option<String>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut found = Vec::new();
    for value in headers.get_all(name) {
        let Ok(text) = value.to_str() else {
            found.push(None);
            continue;
        };
        found.extend(
            text.split(',')
                .map(|part| element(part).as_deref().and_then(node)),
        );
    }
    Some(found).filter(|found| !found.is_empty())
}

/// The `for` of an element of `Forwarded` (RFC 7239 section 4).
fn forwarded_for(element: &str) -> Option<String> {
    let mut pairs = element.split(';');
    let value = pairs.find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| value.trim())
    })?;
    Some(value.trim_matches('"').to_owned())
}

/// An address, with or without port and brackets (RFC 7239 section 6).
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = text.parse().or_else(|_| bracketed.unwrap_or("").parse());
    let address = address.or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// Lets an address in or not, by the rules of the account.
///
/// # Errors
/// 403, which says nothing of the account.
pub(crate) fn admit(
    restrictions: Option<&IpRestrictions>,
    address: Option<IpAddr>,
) -> Result<(), Fault> {
    if restrictions.is_none_or(|restrictions| admission::admits(restrictions, address)) {
        return Ok(());
    }
    let detail = "Requests from this address are not allowed.";
    Err(Fault::new(StatusCode::FORBIDDEN, detail))
}

#[cfg(test)]
mod tests;
