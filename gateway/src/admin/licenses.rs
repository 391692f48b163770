//! `/licenses/`: seats, bought and taken, by licence type.

use axum::{extract::State, response::Response};
use proto::{
    identity::v1::CountLicensesRequest,
    settings::v1::{LicenseSeats, Plan, UpdateLicenseSeatsRequest},
};
use serde_json::{Map, Value, json};

use super::{
    envelope,
    fields::{Fields, required},
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `GET /licenses/`, in version 2 too.
pub(crate) async fn list_licenses(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let in_use = count(&gateway, &caller).await?;
    let seats = caller.account.license_seats.iter();
    let described = seats.map(|seats| {
        let in_use = in_use(&seats.license_type);
        (seats.license_type.clone(), describe(&caller, seats, in_use))
    });
    Ok(envelope::success(Value::Object(
        described.collect::<Map<_, _>>(),
    )))
}

/// `POST /licenses/{license type}/`: sets the number of seats; `total` null means without limit.
pub(crate) async fn update_license(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(license_type): Id,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let total = fields.integer_or_null("total")?;
    fields.account(caller.account_id)?;
    fields.finish()?;
    let request = UpdateLicenseSeatsRequest {
        account_id: caller.account_id,
        license_seats: Some(LicenseSeats {
            license_type,
            total: required("total", total)?,
        }),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let seats = client.update_license_seats(request).await?.into_inner();
    let in_use = count(&gateway, &caller).await?;
    let in_use = in_use(&seats.license_type);
    Ok(envelope::success(describe(&caller, &seats, in_use)))
}

/// How many active users hold a licence of a type.
async fn count(gateway: &Gateway, caller: &AdminCaller) -> Result<impl Fn(&str) -> i64, Fault> {
    let request = CountLicensesRequest {
        account_id: caller.account_id,
    };
    let mut client = gateway.clients.license.clone();
    let counts = client.count_licenses(request).await?.into_inner().counts;
    Ok(move |license_type: &str| {
        let count = counts
            .iter()
            .find(|count| count.license_type == license_type);
        count.map_or(0, |count| count.in_use)
    })
}

fn describe(caller: &AdminCaller, seats: &LicenseSeats, in_use: i64) -> Value {
    let is_enterprise = matches!(
        caller.account.plan(),
        Plan::Enterprise | Plan::EnterprisePlus
    );
    json!({
        "license_type": seats.license_type,
        "limited": seats.total.is_some(),
        "total": seats.total,
        "in_use": in_use,
        "assigned": in_use,
        "available": seats.total.map(|total| (total - in_use).max(0)),
        "over_limit": seats.total.is_some_and(|total| in_use > total),
        "enterprise_plan": is_enterprise,
    })
}
