//! `/accounts/`: the account that a token is of.

use axum::{extract::State, response::Response};
use proto::settings::v1::{Account, Plan, UpdateAccountRequest};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, invalid, required},
    query::Query,
};
use crate::{
    auth::{AdminCaller, TokenOwner},
    error::Fault,
    state::Gateway,
};

/// `GET /accounts/`, in version 2 too: where dbt's Terraform provider checks its token. A token is of one
/// account, so there is one.
pub(crate) async fn list_accounts(
    TokenOwner(caller): TokenOwner,
    query: Query,
) -> Result<Response, Fault> {
    let page = query.page(&["id"])?;
    let accounts = page.cut(vec![describe(&caller.account)]);
    Ok(envelope::page(accounts, &page, 1))
}

/// `GET /accounts/{account_id}/`.
pub(crate) async fn get_account(caller: AdminCaller) -> Result<Response, Fault> {
    Ok(envelope::success(describe(&caller.account)))
}

/// `POST` and `PATCH /accounts/{account_id}/`: the name; the plan is the operator's to change.
pub(crate) async fn update_account(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let name = fields.text("name")?;
    let state = fields.state()?;
    fields.ignore(&["id", "plan", "docs_job_id", "freshness_job_id"]);
    fields.ignore(SEATS.map(|(field, _)| field).as_slice());
    fields.ignore(&["created_at", "updated_at"]);
    fields.finish()?;
    if state == Some(fields::State::Deleted) {
        return Err(invalid("state must be 1 (active)"));
    }
    let name = required("name", name)?;
    if name.is_empty() {
        return Err(invalid("name must not be empty"));
    }
    let request = UpdateAccountRequest {
        account: Some(Account {
            id: caller.account_id,
            name,
            ..Account::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["name".to_owned()],
        }),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.settings.clone();
    let account = client.update_account(request).await?.into_inner();
    Ok(envelope::success(describe(&account)))
}

/// Fields for the seats of licence types.
const SEATS: [(&str, &str); 4] = [
    ("developer_seats", "developer"),
    ("read_only_seats", "read_only"),
    ("analyst_seats", "analyst"),
    ("it_seats", "it"),
];

/// An account; seats without limit are null.
pub(crate) fn describe(account: &Account) -> Value {
    let plan = match account.plan() {
        Plan::Team => "team",
        Plan::Enterprise => "enterprise",
        Plan::EnterprisePlus => "enterprise_plus",
        Plan::Unspecified => "unknown",
    };
    let mut described = json!({
        "id": account.id,
        "name": account.name,
        "plan": plan,
        "state": fields::State::Active.number(),
        "created_at": instant(account.create_time.as_ref()),
        "updated_at": instant(account.update_time.as_ref()),
    });
    for (field, license_type) in SEATS {
        let mut seats = account.license_seats.iter();
        let seats = seats.find(|seats| seats.license_type == license_type);
        // A type the plan lacks has no seats.
        described[field] = seats.map_or(json!(0), |seats| json!(seats.total));
    }
    described
}
