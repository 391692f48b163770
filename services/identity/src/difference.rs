//! What a write changes, in the words of the change log.

use scim::Map;

use crate::users::State;

#[cfg(test)]
mod tests;

/// The names of the attributes that differ: those of the core as they are, those of extensions after
/// their URN and a colon. Empty: the write changes nothing.
pub(crate) fn changed_attributes(before: &State, next: &State, license_urn: &str) -> Vec<String> {
    let mut names = changed_names(&before.resource, &next.resource);
    if before.license_type != next.license_type || before.license_shown != next.license_shown {
        names.push(format!("{license_urn}:licenseType"));
    }
    if before.scim_managed != next.scim_managed {
        names.push("scimManaged".to_owned());
    }
    names
}

/// The names of the attributes of a new user.
pub(crate) fn attributes(next: &State, license_urn: &str) -> Vec<String> {
    let mut names = changed_names(&Map::new(), &next.resource);
    names.push(format!("{license_urn}:licenseType"));
    names
}

/// The kind of a change: what matters most of it, since there is one entry for each write. Others end
/// sessions by `user.deactivated`, so that one comes first.
pub(crate) fn kind(before: &State, next: &State) -> &'static str {
    match (before.is_active(), next.is_active()) {
        (true, false) => "user.deactivated",
        (false, true) => "user.activated",
        _ if before.scim_managed != next.scim_managed => "user.linked",
        _ => "user.updated",
    }
}

/// The names of the attributes that differ in two canonical resources.
pub(crate) fn changed_names(before: &Map, after: &Map) -> Vec<String> {
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    let mut names = Vec::new();
    for name in after.keys().chain(removed) {
        let (one, other) = (before.get(name), after.get(name));
        if one == other {
            continue;
        }
        // Core attributes have no colon in their name; an extension is an object of attributes.
        if !name.contains(':') {
            names.push(name.clone());
            continue;
        }
        let none = Map::new();
        let one = one.and_then(|value| value.as_object()).unwrap_or(&none);
        let other = other.and_then(|value| value.as_object()).unwrap_or(&none);
        names.extend(
            changed_names(one, other)
                .into_iter()
                .map(|inner| format!("{name}:{inner}")),
        );
    }
    names
}
