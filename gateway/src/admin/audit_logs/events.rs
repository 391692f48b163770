//! The names of events: those of the API where it has one, else ours.

/// Kinds of changes, the type of event each is, and its name for people to read.
const EVENTS: &[(&str, &str, &str)] = &[
    ("user.created", USER_ADDED, "User created"),
    ("user.updated", USER_UPDATED, "User updated"),
    ("user.linked", USER_UPDATED, "User linked to SCIM"),
    ("user.activated", USER_UPDATED, "User activated"),
    ("user.deactivated", USER_UPDATED, "User deactivated"),
    ("user.deleted", USER_REMOVED, "User deleted"),
    ("user.signed_in", "user.signed_in", "User signed in"),
    (
        "user.administrator_added",
        "user.administrator_added",
        "User made an administrator",
    ),
    (
        "user.administrator_removed",
        "user.administrator_removed",
        "User no longer an administrator",
    ),
    ("group.created", GROUP_ADDED, "Group created"),
    ("group.updated", GROUP_CHANGED, "Group updated"),
    ("group.renamed", GROUP_CHANGED, "Group renamed"),
    ("group.linked", GROUP_CHANGED, "Group linked to SCIM"),
    (
        "group.members_changed",
        MEMBERS_CHANGED,
        "Group membership changed",
    ),
    ("group.deleted", GROUP_REMOVED, "Group deleted"),
    ("invitation.created", "user.invite.added", "User invited"),
    (
        "invitation.resent",
        "user.invite.resent",
        "Invitation sent again",
    ),
    (
        "invitation.revoked",
        "user.invite.revoked",
        "Invitation revoked",
    ),
    (
        "invitation.redeemed",
        "user.invite.redeemed",
        "Invitation redeemed",
    ),
    (
        "invitation.expired",
        "user.invite.expired",
        "Invitation expired",
    ),
];

const USER_ADDED: &str = "v1.events.account.UserAdded";
const USER_UPDATED: &str = "v1.events.account.UserUpdated";
const USER_REMOVED: &str = "v1.events.account.UserRemoved";
const GROUP_ADDED: &str = "v1.events.user_group.Added";
const GROUP_CHANGED: &str = "v1.events.user_group.Changed";
const GROUP_REMOVED: &str = "v1.events.user_group.Removed";
const MEMBERS_CHANGED: &str = "v1.events.user_group_user.Changed";

/// The type of event that a kind of change is; a kind without another name keeps its own.
pub(super) fn event_type(kind: &str) -> &str {
    let mut events = EVENTS.iter();
    let found = events.find(|(known, _, _)| *known == kind);
    found.map_or(kind, |(_, event_type, _)| event_type)
}

/// The kinds of change that are events of a type, of which the kind itself may be given too.
pub(super) fn kinds(event_type: &str) -> Vec<String> {
    let found = EVENTS.iter().filter(|(_, known, _)| *known == event_type);
    let kinds: Vec<String> = found.map(|(kind, _, _)| (*kind).to_owned()).collect();
    if kinds.is_empty() {
        vec![event_type.to_owned()]
    } else {
        kinds
    }
}

/// The name of a kind of change for people to read.
pub(crate) fn label(kind: &str) -> String {
    if let Some((_, _, label)) = EVENTS.iter().find(|(known, _, _)| *known == kind) {
        return (*label).to_owned();
    }
    let words = kind.replace(['.', '_'], " ");
    let words = words.replace("scim", "SCIM").replace("ip ", "IP ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Kinds whose names are made from their words.
const OTHERS: &[&str] = &[
    "scim_config.changed",
    "account_options.changed",
    "scim_token.created",
    "scim_token.deleted",
    "admin_token.created",
    "admin_token.deleted",
    "console_session.created",
    "console_session.ended",
    "console_sessions.ended",
    "group_settings.changed",
    "group_permissions.changed",
    "license_seats.changed",
    "license_map.created",
    "license_map.updated",
    "license_map.deleted",
    "ip_restrictions.changed",
    "webhook.changed",
    "webhook_deliveries.retried",
    "webhook_deliveries.purged",
];

/// Kinds of changes to choose from, with their names; there may be more.
pub(crate) fn kinds_to_choose() -> Vec<(&'static str, String)> {
    let kinds = EVENTS.iter().map(|(kind, _, _)| *kind);
    kinds
        .chain(OTHERS.iter().copied())
        .map(|kind| (kind, label(kind)))
        .collect()
}
