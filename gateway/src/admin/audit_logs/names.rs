//! What those are called whom the log has by id alone: members who joined or left, as they are called now or, once
//! they are gone, as they were called last.

use std::collections::{BTreeSet, HashMap};

use futures::future::try_join;
use proto::{
    group::v1::ListGroupSettingsRequest,
    identity::v1::{BatchGetUsersRequest, UserView},
    protocol::v1::{BatchGetResourceNamesRequest, Change},
};

use crate::{error::Fault, state::Gateway};

/// How many of those who joined or left by one change are named; the others are told by id.
pub(super) const NAMED: usize = 25;

/// How many names are asked for in one call.
const BATCH: usize = 1000;

/// What an id is called.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// `User` or `Group`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) display_name: String,
    is_there: bool,
}

impl Named {
    /// As people read it.
    pub(crate) fn text(&self) -> &str {
        if self.display_name.is_empty() {
            &self.name
        } else {
            &self.display_name
        }
    }
}

/// What ids are called; those that nobody knows are left out.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, Named>);

impl Names {
    pub(crate) fn get(&self, id: &str) -> Option<&Named> {
        self.0.get(id)
    }

    /// Whether there is such a user or group now.
    pub(crate) fn is_there(&self, id: &str) -> bool {
        self.get(id).is_some_and(|named| named.is_there)
    }

    /// The names of the first who joined or left by each change.
    pub(super) async fn of_members(
        gateway: &Gateway,
        account_id: i64,
        changes: &[(&'static str, Change)],
    ) -> Result<Names, Fault> {
        let ids = changes.iter().flat_map(|(_, change)| members(change));
        Names::find(gateway, account_id, ids.cloned().collect()).await
    }

    /// As [`Names::of_members`], and of the users and groups that changed.
    pub(crate) async fn of_all(
        gateway: &Gateway,
        account_id: i64,
        changes: &[(&'static str, Change)],
    ) -> Result<Names, Fault> {
        let targets = changes.iter().map(|(_, change)| change);
        let targets = targets.filter(|change| subject(change).is_some());
        let targets = targets.map(|change| &change.resource_id);
        let ids = changes.iter().flat_map(|(_, change)| members(change));
        Names::find(gateway, account_id, ids.chain(targets).cloned().collect()).await
    }

    async fn find(
        gateway: &Gateway,
        account_id: i64,
        ids: BTreeSet<String>,
    ) -> Result<Names, Fault> {
        let mut names = Names::default();
        let ids = Vec::from_iter(ids);
        for ids in ids.chunks(BATCH) {
            names.add(users(gateway, account_id, ids).await?);
            let rest = names.unknown(ids);
            names.add(groups(gateway, account_id, &rest).await?);
            let rest = names.unknown(ids);
            names.add(gone(gateway, account_id, &rest).await?);
        }
        Ok(names)
    }

    fn add(&mut self, found: Vec<(String, Named)>) {
        self.0.extend(found);
    }

    fn unknown(&self, ids: &[String]) -> Vec<String> {
        let unknown = ids.iter().filter(|id| !self.0.contains_key(*id));
        unknown.cloned().collect()
    }
}

/// What kind of page the resource of a change has, if any.
pub(crate) fn subject(change: &Change) -> Option<&'static str> {
    match change.kind.split('.').next() {
        Some("user") => Some("users"),
        Some("group" | "group_permissions" | "group_settings") => Some("groups"),
        _ => None,
    }
}

async fn users(
    gateway: &Gateway,
    account_id: i64,
    ids: &[String],
) -> Result<Vec<(String, Named)>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let request = BatchGetUsersRequest {
        account_id,
        ids: ids.to_vec(),
        view: UserView::Reference.into(),
        ..BatchGetUsersRequest::default()
    };
    let mut client = gateway.clients.identity.clone();
    let found = client.batch_get_users(request).await?.into_inner().users;
    let named = found.into_iter().map(|user| {
        let named = Named {
            kind: "User",
            name: user.user_name,
            display_name: user.display_name,
            is_there: true,
        };
        (user.id, named)
    });
    Ok(named.collect())
}

async fn groups(
    gateway: &Gateway,
    account_id: i64,
    ids: &[String],
) -> Result<Vec<(String, Named)>, Fault> {
    // To ask for none is to ask for all.
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let request = ListGroupSettingsRequest {
        account_id,
        group_ids: ids.to_vec(),
        page_size: i32::try_from(BATCH).unwrap_or(i32::MAX),
        ..ListGroupSettingsRequest::default()
    };
    let mut client = gateway.clients.group_admin.clone();
    let found = client.list_group_settings(request).await?.into_inner();
    let found = found.settings.into_iter().filter_map(|found| found.group);
    let named = found.map(|group| {
        let named = Named {
            kind: "Group",
            name: group.display_name,
            display_name: String::new(),
            is_there: true,
        };
        (group.id, named)
    });
    Ok(named.collect())
}

/// Those whom only the change logs remember.
async fn gone(
    gateway: &Gateway,
    account_id: i64,
    ids: &[String],
) -> Result<Vec<(String, Named)>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let log = async |service: &str, kind| {
        let mut logs = gateway.clients.change_logs.iter();
        let Some((_, client)) = logs.find(|(name, _)| *name == service) else {
            return Ok(Vec::new());
        };
        let request = BatchGetResourceNamesRequest {
            account_id,
            resource_ids: ids.to_vec(),
        };
        let found = client.clone().batch_get_resource_names(request).await?;
        let named = found.into_inner().names.into_iter().map(|found| {
            let named = Named {
                kind,
                name: found.name,
                display_name: found.display_name,
                is_there: false,
            };
            (found.resource_id, named)
        });
        Ok::<_, Fault>(named.collect::<Vec<_>>())
    };
    let (mut users, groups) = try_join(log("identity", "User"), log("group", "Group")).await?;
    users.extend(groups);
    Ok(users)
}

/// The first who joined and left by a change.
fn members(change: &Change) -> impl Iterator<Item = &String> {
    let moved = [&change.members_joined, &change.members_left];
    let moved = moved.into_iter().flatten();
    moved.flat_map(|members| members.member_ids.iter().take(NAMED))
}
