//! `/license-maps/`: which licence a sign-in gives to members of which identity provider groups.

use axum::{extract::State, response::Response};
use http::StatusCode;
use proto::settings::v1::{
    CreateLicenseMapRequest, DeleteLicenseMapRequest, LicenseMap, ListLicenseMapsRequest,
    ReplaceLicenseMapRequest,
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, invalid, required},
    invites::number,
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `GET /license-maps/`.
pub(crate) async fn list_license_maps(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let page = query.page(&["id"])?;
    let mut maps = list(&gateway, &caller).await?;
    if let Some(pk) = query.text("pk")? {
        maps.retain(|map| map.id.to_string() == pk);
    }
    if query.wants_deleted()? {
        maps.clear();
    }
    if page.order().1 {
        maps.reverse();
    }
    let total = i64::try_from(maps.len()).unwrap_or(i64::MAX);
    let maps = page.cut(maps).iter().map(describe).collect();
    Ok(envelope::page(maps, &page, total))
}

/// `GET /license-maps/{id}/`.
pub(crate) async fn get_license_map(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let map = find(&gateway, &caller, number(&id)?).await?;
    Ok(envelope::success(describe(&map)))
}

/// An account has few maps, so there is no call for one.
async fn list(gateway: &Gateway, caller: &AdminCaller) -> Result<Vec<LicenseMap>, Fault> {
    let request = ListLicenseMapsRequest {
        account_id: caller.account_id,
    };
    let mut client = gateway.clients.account.clone();
    Ok(client
        .list_license_maps(request)
        .await?
        .into_inner()
        .license_maps)
}

async fn find(gateway: &Gateway, caller: &AdminCaller, id: i64) -> Result<LicenseMap, Fault> {
    let mut maps = list(gateway, caller).await?.into_iter();
    maps.find(|map| map.id == id).ok_or_else(Fault::not_found)
}

/// What a client writes of a licence map.
struct Written {
    license_type: Option<String>,
    groups: Option<Vec<String>>,
    state: Option<fields::State>,
}

impl Written {
    fn read(mut fields: Fields, caller: &AdminCaller) -> Result<Written, Fault> {
        let written = Written {
            license_type: fields.text("license_type")?,
            groups: fields.texts("sso_license_mapping_groups")?,
            state: fields.state()?,
        };
        fields.account(caller.account_id)?;
        fields.ignore(&["id", "created_at", "updated_at"]);
        fields.finish()?;
        Ok(written)
    }
}

/// `POST /license-maps/`.
pub(crate) async fn create_license_map(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    fields: Fields,
) -> Result<Response, Fault> {
    let written = Written::read(fields, &caller)?;
    if written.state == Some(fields::State::Deleted) {
        return Err(invalid("state must be 1 (active)"));
    }
    let request = CreateLicenseMapRequest {
        account_id: caller.account_id,
        license_map: Some(LicenseMap {
            account_id: caller.account_id,
            license_type: required("license_type", written.license_type)?,
            sso_license_mapping_groups: written.groups.unwrap_or_default(),
            ..LicenseMap::default()
        }),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let map = client.create_license_map(request).await?.into_inner();
    Ok(envelope::success(describe(&map)))
}

/// `POST /license-maps/{id}/`: changes what is given; `state` 2 deletes.
pub(crate) async fn update_license_map(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    fields: Fields,
) -> Result<Response, Fault> {
    let written = Written::read(fields, &caller)?;
    let id = number(&id)?;
    if written.state == Some(fields::State::Deleted) {
        let current = find(&gateway, &caller, id).await?;
        delete(&gateway, &caller, id).await?;
        let mut data = describe(&current);
        data["state"] = json!(fields::State::Deleted.number());
        return Ok(envelope::success(data));
    }
    let given = [
        ("license_type", written.license_type.is_some()),
        ("sso_license_mapping_groups", written.groups.is_some()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let paths: Vec<String> = given.map(|(name, _)| name.to_owned()).collect();
    // To the service none means all.
    if paths.is_empty() {
        let current = find(&gateway, &caller, id).await?;
        return Ok(envelope::success(describe(&current)));
    }
    let request = ReplaceLicenseMapRequest {
        account_id: caller.account_id,
        license_map: Some(LicenseMap {
            id,
            license_type: written.license_type.unwrap_or_default(),
            sso_license_mapping_groups: written.groups.unwrap_or_default(),
            ..LicenseMap::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths }),
        expected: None,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let map = client.replace_license_map(request).await?.into_inner();
    Ok(envelope::success(describe(&map)))
}

/// `DELETE /license-maps/{id}/`.
pub(crate) async fn delete_license_map(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<StatusCode, Fault> {
    delete(&gateway, &caller, number(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete(gateway: &Gateway, caller: &AdminCaller, id: i64) -> Result<(), Fault> {
    let request = DeleteLicenseMapRequest {
        account_id: caller.account_id,
        id,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    client.delete_license_map(request).await?;
    Ok(())
}

fn describe(map: &LicenseMap) -> Value {
    json!({
        "id": map.id,
        "account_id": map.account_id,
        "license_type": map.license_type,
        "sso_license_mapping_groups": map.sso_license_mapping_groups,
        "state": fields::State::Active.number(),
        "created_at": instant(map.create_time.as_ref()),
        "updated_at": instant(map.update_time.as_ref()),
    })
}
