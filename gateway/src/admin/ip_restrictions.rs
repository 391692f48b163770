//! `/ip-restrictions/` and `/ip-restrictions-set/`: which addresses may call. The rules of an account are one
//! set; each is written on its own.

use axum::{extract::State, response::Response};
use http::StatusCode;
use ipnet::IpNet;
use proto::settings::v1::{
    CreateIpRuleRequest, DeleteIpRuleRequest, GetIpRestrictionsRequest, IpRestrictions, IpRule,
    IpRuleInSet, UpdateIpRestrictionsEnabledRequest, UpdateIpRuleRequest, ip_rule::Type,
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, invalid, required},
    invites::number,
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `GET /ip-restrictions/`.
pub(crate) async fn list_ip_restrictions(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let page = query.page(&["id"])?;
    let set = get(&gateway, &caller).await?;
    let total = i64::try_from(set.rules.len()).unwrap_or(i64::MAX);
    let rules = page.cut(set.rules).into_iter();
    let rules = rules.map(|rule| describe(&caller, set.enabled, &rule));
    Ok(envelope::page(rules.collect(), &page, total))
}

/// `GET /ip-restrictions/{id}/`.
pub(crate) async fn get_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let (enabled, rule) = find(&gateway, &caller, number(&id)?).await?;
    Ok(envelope::success(describe(&caller, enabled, &rule)))
}

/// `POST /ip-restrictions/`.
pub(crate) async fn create_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    fields: Fields,
) -> Result<Response, Fault> {
    let written = Written::read(fields, &caller)?;
    let request = CreateIpRuleRequest {
        account_id: caller.account_id,
        ip_rule: Some(IpRule {
            name: required("name", written.name)?,
            r#type: required("type", written.kind)?.into(),
            cidrs: required("cidrs", written.cidrs)?,
            description: written.description.unwrap_or_default(),
            ..IpRule::default()
        }),
        enabled: written.rule_set_enabled,
        actor: Some(caller.actor()),
        confirm: written.confirm,
    };
    let mut client = gateway.clients.account.clone();
    let created = client.create_ip_rule(request).await?.into_inner();
    Ok(answer(&caller, created))
}

/// `PUT /ip-restrictions/{id}/`: changes what is given.
pub(crate) async fn replace_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    fields: Fields,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let written = Written::read(fields, &caller)?;
    let given = [
        ("name", written.name.is_some()),
        ("type", written.kind.is_some()),
        ("cidrs", written.cidrs.is_some()),
        ("description", written.description.is_some()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let paths = given.map(|(name, _)| name.to_owned()).collect();
    let rule = IpRule {
        id,
        name: written.name.unwrap_or_default(),
        r#type: written.kind.unwrap_or_default().into(),
        cidrs: written.cidrs.unwrap_or_default(),
        description: written.description.unwrap_or_default(),
        ..IpRule::default()
    };
    let request = UpdateIpRuleRequest {
        account_id: caller.account_id,
        ip_rule: Some(rule),
        update_mask: Some(prost_types::FieldMask { paths }),
        enabled: written.rule_set_enabled,
        expected: None,
        actor: Some(caller.actor()),
        confirm: written.confirm,
    };
    let mut client = gateway.clients.account.clone();
    let updated = client.update_ip_rule(request).await?.into_inner();
    Ok(answer(&caller, updated))
}

/// `DELETE /ip-restrictions/{id}/`; with `?confirm=true` also where it shuts the caller out.
pub(crate) async fn delete_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    query: Query,
) -> Result<StatusCode, Fault> {
    let request = DeleteIpRuleRequest {
        account_id: caller.account_id,
        id: number(&id)?,
        actor: Some(caller.actor()),
        confirm: query.is_true("confirm")?,
    };
    let mut client = gateway.clients.account.clone();
    client.delete_ip_rule(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /ip-restrictions-set/`.
pub(crate) async fn get_ip_restrictions_set(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let set = get(&gateway, &caller).await?;
    Ok(envelope::success(describe_set(&caller, &set)))
}

/// `POST /ip-restrictions-set/`: whether the rules act.
pub(crate) async fn update_ip_restrictions_set(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let enabled = fields.boolean("enabled")?;
    let confirm = fields.boolean("confirm")?;
    fields.account(caller.account_id)?;
    fields.ignore(&["id", "state", "enabled_for_service_tokens"]);
    fields.finish()?;
    let request = UpdateIpRestrictionsEnabledRequest {
        account_id: caller.account_id,
        enabled: required("enabled", enabled)?,
        actor: Some(caller.actor()),
        confirm: confirm.unwrap_or_default(),
    };
    let mut client = gateway.clients.account.clone();
    let set = client.update_ip_restrictions_enabled(request).await?;
    Ok(envelope::success(describe_set(&caller, &set.into_inner())))
}

/// What a client writes of a rule.
struct Written {
    name: Option<String>,
    kind: Option<Type>,
    cidrs: Option<Vec<String>>,
    description: Option<String>,
    rule_set_enabled: Option<bool>,
    /// Whether the caller may be shut out.
    confirm: bool,
}

impl Written {
    fn read(mut fields: Fields, caller: &AdminCaller) -> Result<Written, Fault> {
        let kind = match fields.integer("type")? {
            None => None,
            Some(1) => Some(Type::Allow),
            Some(2) => Some(Type::Deny),
            Some(_) => return Err(invalid("type is 1 (allow) or 2 (deny)")),
        };
        let cidrs = fields.objects("cidrs", "cidr")?;
        let cidrs = cidrs.map(|cidrs| cidrs.into_iter().filter_map(|cidr| read(cidr).transpose()));
        let written = Written {
            name: fields.text("name")?,
            kind,
            cidrs: cidrs.map(Iterator::collect).transpose()?,
            description: fields.text("description")?,
            rule_set_enabled: fields.boolean("rule_set_enabled")?,
            confirm: fields.boolean("confirm")?.unwrap_or_default(),
        };
        fields.account(caller.account_id)?;
        fields.ignore(&[
            "id",
            "ip_restriction_rule_set_id",
            "state",
            "created_by_id",
            "created_by_service_token_id",
            "enabled_for_service_tokens",
            "created_at",
            "updated_at",
        ]);
        fields.finish()?;
        Ok(written)
    }
}

/// One network; none where it is marked as deleted.
fn read(mut fields: Fields) -> Result<Option<String>, Fault> {
    let state = fields.state()?;
    let cidr = fields.text("cidr")?.filter(|text| !text.is_empty());
    let cidr_ipv6 = fields.text("cidr_ipv6")?.filter(|text| !text.is_empty());
    fields.ignore(&[
        "id",
        "ip_restriction_rule_id",
        "enabled",
        "created_at",
        "updated_at",
    ]);
    fields.finish()?;
    if state == Some(fields::State::Deleted) {
        return Ok(None);
    }
    required("cidr", cidr.or(cidr_ipv6)).map(Some)
}

async fn get(gateway: &Gateway, caller: &AdminCaller) -> Result<IpRestrictions, Fault> {
    let request = GetIpRestrictionsRequest {
        account_id: caller.account_id,
    };
    let mut client = gateway.clients.account.clone();
    Ok(client.get_ip_restrictions(request).await?.into_inner())
}

/// Whether the rules act, and one of them.
async fn find(gateway: &Gateway, caller: &AdminCaller, id: i64) -> Result<(bool, IpRule), Fault> {
    let set = get(gateway, caller).await?;
    let mut rules = set.rules.into_iter();
    let rule = rules.find(|rule| rule.id == id);
    Ok((set.enabled, rule.ok_or_else(Fault::not_found)?))
}

fn answer(caller: &AdminCaller, written: IpRuleInSet) -> Response {
    let rule = written.ip_rule.unwrap_or_default();
    envelope::success(describe(caller, written.enabled, &rule))
}

fn describe(caller: &AdminCaller, enabled: bool, rule: &IpRule) -> Value {
    let cidrs = rule.cidrs.iter().zip(1..).map(|(cidr, number)| {
        let is_ipv6 = matches!(proto::admission::network(cidr), Some(IpNet::V6(_)));
        json!({
            "id": number,
            "ip_restriction_rule_id": rule.id,
            "cidr": (!is_ipv6).then_some(cidr),
            "cidr_ipv6": is_ipv6.then_some(cidr),
            "enabled": true,
            "state": fields::State::Active.number(),
        })
    });
    json!({
        "id": rule.id,
        "account_id": caller.account_id,
        "ip_restriction_rule_set_id": caller.account_id,
        "name": rule.name,
        "type": rule.r#type,
        "cidrs": cidrs.collect::<Vec<_>>(),
        "description": rule.description,
        "rule_set_enabled": enabled,
        "enabled_for_service_tokens": enabled,
        "state": fields::State::Active.number(),
        "created_at": instant(rule.create_time.as_ref()),
        "updated_at": instant(rule.update_time.as_ref()),
    })
}

/// The set's id is the account's: there is one.
fn describe_set(caller: &AdminCaller, set: &IpRestrictions) -> Value {
    json!({
        "id": caller.account_id,
        "account_id": caller.account_id,
        "enabled": set.enabled,
        "enabled_for_service_tokens": set.enabled,
        "state": fields::State::Active.number(),
    })
}
