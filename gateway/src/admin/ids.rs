//! Users and groups by what the API calls them: a number, as all that dbt's clients know, or their SCIM id.

use std::collections::HashMap;

use proto::{
    group::v1::{GroupSettings, ListGroupSettingsRequest},
    identity::v1::{BatchGetUsersRequest, User, UserView},
};

use super::{fields::invalid, groups};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// The number that a text is; texts that are none are SCIM ids.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // One too large for any user or group is nobody's.
    is_number.then(|| text.parse().unwrap_or_default())
}

/// The SCIM id of a user. Whether there is one of a SCIM id is for the service to say.
pub(crate) async fn user(
    gateway: &Gateway,
    caller: &AdminCaller,
    text: String,
) -> Result<String, Fault> {
    let Some(number) = number(&text) else {
        return Ok(text);
    };
    let mut found = users(gateway, caller, Vec::new(), vec![number]).await?;
    found.pop().map(|user| user.id).ok_or_else(Fault::not_found)
}

/// The SCIM id of a group, as [`user`].
pub(crate) async fn group(
    gateway: &Gateway,
    caller: &AdminCaller,
    text: String,
) -> Result<String, Fault> {
    let found = group_ids(gateway, caller, vec![text]).await?;
    found
        .ok_or_else(Fault::not_found)
        .map(|mut ids| ids.remove(0))
}

/// The SCIM ids of groups that a body names, each of which must be there.
pub(crate) async fn named_groups(
    gateway: &Gateway,
    caller: &AdminCaller,
    field: &str,
    texts: Vec<String>,
) -> Result<Vec<String>, Fault> {
    let found = group_ids(gateway, caller, texts).await?;
    found.ok_or_else(|| invalid(format!("{field} names a group that does not exist")))
}

/// `None`: there is no group of one of the numbers.
async fn group_ids(
    gateway: &Gateway,
    caller: &AdminCaller,
    texts: Vec<String>,
) -> Result<Option<Vec<String>>, Fault> {
    let numbers: Vec<i64> = texts.iter().filter_map(|text| number(text)).collect();
    if numbers.is_empty() {
        return Ok(Some(texts));
    }
    let selection = ListGroupSettingsRequest {
        account_id: caller.account_id,
        numbers,
        ..ListGroupSettingsRequest::default()
    };
    let found = groups::list_all(gateway, selection).await?.into_iter();
    let ids: HashMap<i64, String> = found
        .filter_map(|settings| settings.group)
        .map(|group| (group.number, group.id))
        .collect();
    let ids = texts.into_iter().map(|text| match number(&text) {
        Some(number) => ids.get(&number).cloned(),
        None => Some(text),
    });
    Ok(ids.collect())
}

/// The filter of a list of groups for these ids; what is neither a number nor a SCIM id finds nothing.
pub(crate) fn select(selection: &mut ListGroupSettingsRequest, texts: Vec<String>) {
    for text in texts {
        match number(&text) {
            Some(number) => selection.numbers.push(number),
            None => selection.group_ids.push(text),
        }
    }
}

/// The groups of these SCIM ids, as far as they are there, by id.
pub(crate) async fn settings(
    gateway: &Gateway,
    caller: &AdminCaller,
    group_ids: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, GroupSettings>, Fault> {
    let mut group_ids: Vec<String> = group_ids.into_iter().collect();
    group_ids.sort();
    group_ids.dedup();
    // To the group service no ids means all groups.
    if group_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let selection = ListGroupSettingsRequest {
        account_id: caller.account_id,
        group_ids,
        ..ListGroupSettingsRequest::default()
    };
    let found = groups::list_all(gateway, selection).await?.into_iter();
    let id = |settings: &GroupSettings| settings.group.clone().unwrap_or_default().id;
    Ok(found.map(|settings| (id(&settings), settings)).collect())
}

/// The numbers of users by SCIM id.
pub(crate) async fn user_numbers(
    gateway: &Gateway,
    caller: &AdminCaller,
    ids: Vec<String>,
) -> Result<HashMap<String, i64>, Fault> {
    let found = users(gateway, caller, ids, Vec::new()).await?.into_iter();
    Ok(found.map(|user| (user.id, user.number)).collect())
}

/// Users in short.
async fn users(
    gateway: &Gateway,
    caller: &AdminCaller,
    ids: Vec<String>,
    numbers: Vec<i64>,
) -> Result<Vec<User>, Fault> {
    if ids.is_empty() && numbers.is_empty() {
        return Ok(Vec::new());
    }
    let request = BatchGetUsersRequest {
        account_id: caller.account_id,
        ids,
        numbers,
        view: UserView::Reference.into(),
        ..BatchGetUsersRequest::default()
    };
    let mut client = gateway.clients.identity.clone();
    Ok(client.batch_get_users(request).await?.into_inner().users)
}
