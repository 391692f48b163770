//! `/groups/`: the groups of an account. Their ids are numbers; those of SCIM, texts, are taken too.

use axum::{extract::State, response::Response};
use proto::group::v1::{
    CreateGroupSettingsRequest, DeleteGroupRequest, GetGroupSettingsRequest, GroupSettings,
    ListGroupSettingsRequest, StringList, UpdateGroupSettingsRequest,
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, invalid, required},
    group_permissions, ids,
    query::{Page, Query},
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// The most groups in one answer of the group service.
const BATCH: i32 = 1000;
/// What groups can be ordered by; the first is the default.
const ORDERS: &[&str] = &["id", "name", "created_at", "updated_at"];

/// `GET /groups/`.
pub(crate) async fn list_groups(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let page = query.page(ORDERS)?;
    let named = query.list("pk__in")?;
    let named = match query.text("pk")? {
        Some(pk) if named.is_empty() || named.contains(&pk) => vec![pk],
        Some(_) => return Ok(envelope::page(Vec::new(), &page, 0)),
        None => named,
    };
    let mut selection = ListGroupSettingsRequest {
        account_id: caller.account_id,
        name: query.text("name")?.unwrap_or_default(),
        name_contains: query.text("name__icontains")?.unwrap_or_default(),
        ..ListGroupSettingsRequest::default()
    };
    ids::select(&mut selection, named);
    if query.wants_deleted()? {
        return Ok(envelope::page(Vec::new(), &page, 0));
    }
    let (found, total) = if page.order_by == "id" {
        let request = ListGroupSettingsRequest {
            skip: page.offset,
            page_size: page.limit,
            ..selection
        };
        page_of(&gateway, request).await?
    } else {
        let all = list_all(&gateway, selection).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        (page.cut(sorted(all, &page)), total)
    };
    let groups = found
        .into_iter()
        .map(|found| describe(found, caller.account_id));
    Ok(envelope::page(groups.collect(), &page, total))
}

/// The group service knows one order; an account has few groups, so any other is made here.
fn sorted(mut all: Vec<GroupSettings>, page: &Page) -> Vec<GroupSettings> {
    let (order_by, descending) = page.order();
    all.sort_by_cached_key(|settings| {
        let group = settings.group.clone().unwrap_or_default();
        let time = match order_by {
            "created_at" => group.create_time,
            "updated_at" => group.update_time,
            _ => None,
        };
        let time = time.map(|time| (time.seconds, time.nanos));
        let name = match order_by {
            "name" => ::scim::text::fold(&group.display_name),
            _ => String::new(),
        };
        (time, name, group.id)
    });
    if descending {
        all.reverse();
    }
    all
}

/// A page of groups by number, as long as it is asked for though its groups may be large, and how many there are in all.
pub(crate) async fn page_of(
    gateway: &Gateway,
    request: ListGroupSettingsRequest,
) -> Result<(Vec<GroupSettings>, i64), Fault> {
    let mut settings = Vec::new();
    loop {
        let taken = i32::try_from(settings.len()).unwrap_or(i32::MAX);
        let request = ListGroupSettingsRequest {
            skip: request.skip.saturating_add(taken),
            page_size: request.page_size - taken,
            ..request.clone()
        };
        let (skip, size) = (request.skip, request.page_size);
        let mut client = gateway.clients.group_admin.clone();
        let found = client.list_group_settings(request).await?.into_inner();
        let count = i32::try_from(found.settings.len()).unwrap_or(i32::MAX);
        settings.extend(found.settings);
        let end = i64::from(skip) + i64::from(count);
        if count == 0 || count >= size || end >= found.total_size {
            return Ok((settings, found.total_size));
        }
    }
}

/// All the groups of a selection.
pub(super) async fn list_all(
    gateway: &Gateway,
    selection: ListGroupSettingsRequest,
) -> Result<Vec<GroupSettings>, Fault> {
    let mut all = Vec::new();
    let mut client = gateway.clients.group_admin.clone();
    loop {
        let request = ListGroupSettingsRequest {
            skip: i32::try_from(all.len()).unwrap_or(i32::MAX),
            page_size: BATCH,
            ..selection.clone()
        };
        let found = client.list_group_settings(request).await?.into_inner();
        let is_last = found.settings.is_empty();
        all.extend(found.settings);
        if is_last || i64::try_from(all.len()).is_ok_and(|count| count >= found.total_size) {
            return Ok(all);
        }
    }
}

/// The groups of these SCIM ids, as far as they are there.
pub(crate) async fn describe_all(
    gateway: &Gateway,
    caller: &AdminCaller,
    group_ids: Vec<String>,
) -> Result<Vec<Value>, Fault> {
    let mut found: Vec<GroupSettings> = ids::settings(gateway, caller, group_ids)
        .await?
        .into_values()
        .collect();
    found.sort_by_key(|settings| settings.group.clone().unwrap_or_default().id);
    let found = found.into_iter();
    Ok(found
        .map(|settings| describe(settings, caller.account_id))
        .collect())
}

/// `GET /groups/{id}/`.
pub(crate) async fn get_group(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let id = ids::group(&gateway, &caller, id).await?;
    let settings = get(&gateway, &caller, id).await?;
    Ok(envelope::success(describe(settings, caller.account_id)))
}

async fn get(gateway: &Gateway, caller: &AdminCaller, id: String) -> Result<GroupSettings, Fault> {
    let request = GetGroupSettingsRequest {
        account_id: caller.account_id,
        group_id: id,
    };
    let mut client = gateway.clients.group_admin.clone();
    Ok(client.get_group_settings(request).await?.into_inner())
}

/// What a client writes of a group.
struct Written {
    name: Option<String>,
    state: Option<fields::State>,
    assign_by_default: Option<bool>,
    sso_mapping_groups: Option<Vec<String>>,
    scim_allowed: Option<bool>,
}

impl Written {
    fn read(mut fields: Fields, caller: &AdminCaller) -> Result<Written, Fault> {
        let written = Written {
            name: fields.text("name")?,
            state: fields.state()?,
            assign_by_default: fields.boolean("assign_by_default")?,
            sso_mapping_groups: fields.texts("sso_mapping_groups")?,
            scim_allowed: fields.boolean("scim_allowed")?,
        };
        fields.account(caller.account_id)?;
        // Permissions have an endpoint of their own; the rest is not the client's to write.
        fields.ignore(&[
            "id",
            "scim_id",
            "scim_managed",
            "member_count",
            "group_permissions",
            "created_at",
            "updated_at",
        ]);
        fields.finish()?;
        if written.name.as_deref().is_some_and(str::is_empty) {
            return Err(invalid("name must not be empty"));
        }
        Ok(written)
    }

    fn request(self, caller: &AdminCaller, group_id: String) -> UpdateGroupSettingsRequest {
        UpdateGroupSettingsRequest {
            account_id: caller.account_id,
            group_id,
            display_name: self.name.unwrap_or_default(),
            assign_by_default: self.assign_by_default,
            sso_mapping_groups: self.sso_mapping_groups.map(|values| StringList { values }),
            expected_sso_mapping_groups: None,
            actor: Some(caller.actor()),
            scim_allowed: self.scim_allowed,
        }
    }
}

/// `POST /groups/`.
pub(crate) async fn create_group(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    fields: Fields,
) -> Result<Response, Fault> {
    let written = Written::read(fields, &caller)?;
    if written.state == Some(fields::State::Deleted) {
        return Err(invalid("state must be 1 (active)"));
    }
    let request = CreateGroupSettingsRequest {
        account_id: caller.account_id,
        display_name: required("name", written.name)?,
        assign_by_default: written.assign_by_default.unwrap_or_default(),
        sso_mapping_groups: written.sso_mapping_groups.unwrap_or_default(),
        scim_allowed: written.scim_allowed.unwrap_or_default(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    let settings = client.create_group_settings(request).await?.into_inner();
    Ok(envelope::success(describe(settings, caller.account_id)))
}

/// `POST /groups/{id}/`: changes what is given; `state` 2 deletes.
pub(crate) async fn update_group(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    fields: Fields,
) -> Result<Response, Fault> {
    let written = Written::read(fields, &caller)?;
    let id = ids::group(&gateway, &caller, id).await?;
    if written.state == Some(fields::State::Deleted) {
        let settings = get(&gateway, &caller, id.clone()).await?;
        let request = DeleteGroupRequest {
            account_id: caller.account_id,
            id,
            etags: Vec::new(),
            actor: Some(caller.actor()),
        };
        let mut client = gateway.clients.group.clone();
        client.delete_group(request).await?;
        let mut data = describe(settings, caller.account_id);
        data["state"] = json!(fields::State::Deleted.number());
        return Ok(envelope::success(data));
    }
    let request = written.request(&caller, id);
    let mut client = gateway.clients.group_admin.clone();
    let settings = client.update_group_settings(request).await?.into_inner();
    Ok(envelope::success(describe(settings, caller.account_id)))
}

pub(super) fn describe(settings: GroupSettings, account_id: i64) -> Value {
    let permissions = group_permissions::describe_all(&settings, account_id);
    let group = settings.group.unwrap_or_default();
    json!({
        "id": group.number,
        "scim_id": group.id,
        "account_id": account_id,
        "name": group.display_name,
        "state": fields::State::Active.number(),
        "assign_by_default": settings.assign_by_default,
        "sso_mapping_groups": settings.sso_mapping_groups,
        "scim_managed": group.scim_managed,
        "scim_allowed": settings.scim_allowed,
        "member_count": group.member_count,
        "group_permissions": permissions,
        "created_at": instant(group.create_time.as_ref()),
        "updated_at": instant(group.update_time.as_ref()),
    })
}
