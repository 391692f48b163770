//! What an account allows (product rules 5, 6 and 11), and what the columns can hold.

use proto::{name::is_plain, protocol::v1::Actor};
use scim::{Map, definitions::LicenseExtension, text::fold};
use serde_json::{Value, json};

use crate::{
    error::Error,
    managers,
    settings::{Policy, is_scim},
    users::User,
};

#[cfg(test)]
mod tests;

/// The most characters in a value that has an index, and the most bytes of its form of comparison: an
/// index entry has to fit a third of a page.
const INDEXED_CHARACTERS: usize = 512;
const INDEXED_BYTES: usize = 2048;

/// The licence type that outranks the others, where there is one of that name.
const DEVELOPER: &str = "developer";

/// Whoever acts is written into the change log, so what names them must be storable.
pub(crate) fn check_actor(actor: &Actor) -> Result<(), Error> {
    let texts = [&actor.id, &actor.name, &actor.request_id, &actor.ip_address];
    if texts.iter().any(|text| text.contains('\0')) {
        return Err(nul());
    }
    Ok(())
}

/// Rule 11: while manual updates are off, invitations are refused account-wide.
pub(crate) fn may_create(policy: &Policy, actor: &Actor) -> Result<(), Error> {
    if policy.manual_updates_refused && !is_scim(actor) {
        return Err(Error::ManualCreation);
    }
    Ok(())
}

/// Rule 11: while manual updates are off, only SCIM changes what it manages.
pub(crate) fn may_change(policy: &Policy, actor: &Actor, user: &User) -> Result<(), Error> {
    if policy.manual_updates_refused && user.scim_managed && !is_scim(actor) {
        return Err(Error::ManagedByScim);
    }
    Ok(())
}

/// Rule 6: while SCIM controls licences, nobody else changes those of the users it manages.
pub(crate) fn may_change_license(policy: &Policy, actor: &Actor, user: &User) -> Result<(), Error> {
    if policy.manual_licenses_refused && user.scim_managed && !is_scim(actor) {
        return Err(Error::ManagedLicense);
    }
    Ok(())
}

/// The licence of a user who is given none: the account's choice, else `developer`.
pub(crate) fn default_license(policy: &Policy, license: &LicenseExtension) -> String {
    let standard = || {
        let developer = license.types.iter().find(|one| *one == DEVELOPER);
        developer.or(license.types.first()).cloned()
    };
    policy
        .default_license
        .clone()
        .or_else(standard)
        .unwrap_or_default()
}

/// The licence that the account's maps give to the members of these identity provider groups: developer
/// before all others, else that of the oldest map, and without a match the default. None: it is none that
/// the account may use.
pub(crate) fn mapped_license(
    policy: &Policy,
    license: &LicenseExtension,
    idp_groups: &[String],
) -> Option<String> {
    let mut maps: Vec<_> = policy.license_maps.iter().collect();
    maps.sort_by_key(|map| (map.license_type != DEVELOPER, map.id));
    let matched = maps.into_iter().find(|map| {
        let mut names = map.sso_license_mapping_groups.iter();
        names.any(|name| idp_groups.contains(name))
    });
    let license_type = match matched {
        Some(map) => map.license_type.clone(),
        None => default_license(policy, license),
    };
    check_license(policy, license, &license_type)
        .is_ok()
        .then_some(license_type)
}

/// Rule 6: the licence type must be one there is, and one the account's plan has.
pub(crate) fn check_license(
    policy: &Policy,
    license: &LicenseExtension,
    license_type: &str,
) -> Result<(), Error> {
    if !license.types.iter().any(|one| one == license_type) {
        let types = license.types.join(", ");
        return Err(Error::InvalidValue(format!(
            "licenseType must be one of {types}"
        )));
    }
    let in_plan = |one: &proto::settings::v1::LicenseSeats| one.license_type == license_type;
    if !policy.seats.is_empty() && !policy.seats.iter().any(in_plan) {
        return Err(Error::InvalidValue(format!(
            "the account's plan does not include licenseType {license_type}"
        )));
    }
    Ok(())
}

/// Where mail for a user goes, and what the user is called where one is to blame: the primary e-mail, of
/// one the only one, else `userName`.
pub(crate) fn contact(resource: &Map) -> &str {
    let emails = resource.get("emails").and_then(Value::as_array);
    let emails = emails.map(Vec::as_slice).unwrap_or_default();
    let is_primary = |email: &&Value| email.get("primary") == Some(&Value::Bool(true));
    let only = if let [only] = emails {
        Some(only)
    } else {
        None
    };
    let email = emails.iter().find(is_primary).or(only);
    let email = email.map(|email| text(email.get("value")));
    email
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| text(resource.get("userName")))
}

/// The number of seats of a licence type; none: without limit.
pub(crate) fn seats(policy: &Policy, license_type: &str) -> Option<i64> {
    let mut seats = policy.seats.iter();
    seats
        .find(|seats| seats.license_type == license_type)?
        .total
}

/// Brings a resource that is about to be stored in line with the account's rules, or refuses it.
/// `before` is what is stored now. What has not changed is not looked at again, so that a user who was
/// made under other rules can still be changed otherwise, and above all deactivated.
pub(crate) fn settle(
    policy: &Policy,
    before: Option<&Map>,
    resource: &mut Map,
) -> Result<(), Error> {
    let changed =
        |resource: &Map, name: &str| before.and_then(|b| b.get(name)) != resource.get(name);
    if policy.email_user_names && (changed(resource, "userName") || changed(resource, "emails")) {
        email_user_name(resource)?;
    }
    managers::forget_place(resource);
    check_lengths(resource)?;
    scim::resource::check_size(before, resource)?;
    if resource.values().any(has_nul) {
        return Err(nul());
    }
    if changed(resource, "userName") && !is_plain(text(resource.get("userName"))) {
        return Err(Error::InvalidValue(
            "userName must not contain control characters".to_owned(),
        ));
    }
    Ok(())
}

/// `active` that a PUT leaves out stays what it was: nobody is re-activated without a word (R-PUT-04).
pub(crate) fn keep_active(before: &Map, resource: &mut Map) {
    if let (None, Some(active)) = (resource.get("active"), before.get("active")) {
        resource.insert("active".to_owned(), active.clone());
    }
}

/// Rule 5 of a PATCH: where the only e-mail is the `userName`, and the operations change that and no e-mail, it
/// follows. Else nobody whose e-mail was derived could be renamed without an e-mail in the request (R-USER-11).
pub(crate) fn follow_user_name(policy: &Policy, before: &Map, resource: &mut Map) {
    let old = text(before.get("userName"));
    let new = text(resource.get("userName")).to_owned();
    if !policy.email_user_names || old == new || before.get("emails") != resource.get("emails") {
        return;
    }
    let emails = resource.get_mut("emails").and_then(Value::as_array_mut);
    if let Some([Value::Object(only)]) = emails.map(Vec::as_mut_slice)
        && fold(text(only.get("value"))) == fold(old)
    {
        only.insert("value".to_owned(), Value::String(new));
    }
}

/// What a row of `resources` can hold; `before` is what it holds now.
pub(crate) fn check_storable(before: Option<&Map>, resource: &Map) -> Result<(), Error> {
    scim::resource::check_size(before, resource)?;
    let external_id = text(resource.get("externalId"));
    if external_id.chars().count() > INDEXED_CHARACTERS {
        return Err(Error::InvalidValue(format!(
            "externalId must not be longer than {INDEXED_CHARACTERS} characters"
        )));
    }
    if resource.values().any(has_nul) {
        return Err(nul());
    }
    Ok(())
}

fn nul() -> Error {
    Error::InvalidValue("a value must not contain the character U+0000".to_owned())
}

/// Rule 5: `userName` is an e-mail address and equals the primary e-mail.
fn email_user_name(resource: &mut Map) -> Result<(), Error> {
    let invalid = |text: &str| Err(Error::InvalidValue(text.to_owned()));
    let user_name = text(resource.get("userName")).to_owned();
    if !looks_like_address(&user_name) {
        return invalid("userName must be an e-mail address");
    }
    let emails = resource.entry("emails").or_insert_with(|| json!([]));
    let Some(emails) = emails.as_array_mut() else {
        return invalid("emails must be an array");
    };
    match emails.as_mut_slice() {
        [] => emails.push(json!({ "value": user_name, "type": "work", "primary": true })),
        [Value::Object(only)] if !only.contains_key("primary") => {
            only.insert("primary".to_owned(), Value::Bool(true));
        }
        _ => {}
    }
    let is_primary = |email: &&Value| email.get("primary") == Some(&Value::Bool(true));
    let mut primary = emails.iter().filter(is_primary);
    match (primary.next(), primary.next()) {
        (Some(only), None) if fold(text(only.get("value"))) == fold(&user_name) => Ok(()),
        (Some(_), None) => invalid("userName must equal the primary e-mail"),
        _ => invalid("exactly one of several e-mails must be primary"),
    }
}

/// Whether mail can be sent there, by the form of the address.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

/// Refuses e-mails that are no addresses, and were not there before: what people type is looked at, what an
/// identity provider pushes is kept as it is (rule 5).
pub(crate) fn check_addresses(before: Option<&Map>, resource: &Map) -> Result<(), Error> {
    let before = before.map(emails).unwrap_or_default();
    let new = emails(resource);
    let wrong = new
        .into_iter()
        .find(|email| !before.contains(email) && !is_address(email));
    match wrong {
        Some(_) => Err(Error::InvalidValue(
            "emails.value must be an e-mail address, such as ann@example.com".to_owned(),
        )),
        None => Ok(()),
    }
}

fn emails(resource: &Map) -> Vec<&str> {
    let emails = resource.get("emails").and_then(Value::as_array);
    let emails = emails.into_iter().flatten();
    emails.map(|email| text(email.get("value"))).collect()
}

pub(crate) fn looks_like_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let strange = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    !local.is_empty() && !domain.is_empty() && !local.contains(strange) && !domain.contains(strange)
}

fn check_lengths(resource: &Map) -> Result<(), Error> {
    let name = resource.get("name").and_then(|name| name.get("familyName"));
    let single = [
        ("userName", resource.get("userName")),
        ("externalId", resource.get("externalId")),
        ("displayName", resource.get("displayName")),
        ("name.familyName", name),
    ];
    let emails = resource.get("emails").and_then(Value::as_array);
    let emails = emails.into_iter().flatten();
    let emails = emails.map(|email| ("emails.value", email.get("value")));
    for (name, value) in single.into_iter().chain(emails) {
        let value = text(value);
        if value.chars().count() > INDEXED_CHARACTERS || fold(value).len() > INDEXED_BYTES {
            return Err(Error::InvalidValue(format!(
                "{name} must not be longer than {INDEXED_CHARACTERS} characters"
            )));
        }
    }
    Ok(())
}

/// Postgres cannot store the character U+0000 (R-STR-04).
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.values().any(has_nul),
        _ => false,
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}
