//! `/ip-restrictions/` and `/ip-restrictions-set/`: which addresses may call. The rules of an account are one
//! set, which the settings service writes whole.

use axum::{extract::State, response::Response};
use http::StatusCode;
use ipnet::IpNet;
use proto::settings::v1::{
    GetIpRestrictionsRequest, IpRestrictions, IpRule, ReplaceIpRestrictionsRequest, ip_rule::Type,
};
use serde_json::{Value, json};

use super::{
    envelope,
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
    let mut set = get(&gateway, &caller).await?;
    let rules = std::mem::take(&mut set.rules);
    let total = i64::try_from(rules.len()).unwrap_or(i64::MAX);
    let rules = page.cut(rules).into_iter();
    let rules = rules.map(|rule| describe(&caller, &set, &rule));
    Ok(envelope::page(rules.collect(), &page, total))
}

/// `GET /ip-restrictions/{id}/`.
pub(crate) async fn get_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let set = get(&gateway, &caller).await?;
    let rule = set.rules.iter().find(|rule| rule.id == id);
    let rule = rule.ok_or_else(Fault::not_found)?;
    Ok(envelope::success(describe(&caller, &set, rule)))
}

/// `POST /ip-restrictions/`.
pub(crate) async fn create_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    fields: Fields,
) -> Result<Response, Fault> {
    let written = Written::read(fields, &caller)?;
    let rule = IpRule {
        id: 0,
        name: required("name", written.name)?,
        r#type: required("type", written.kind)?.into(),
        cidrs: required("cidrs", written.cidrs)?,
    };
    let mut set = get(&gateway, &caller).await?;
    let known: Vec<i64> = set.rules.iter().map(|rule| rule.id).collect();
    set.enabled = written.rule_set_enabled.unwrap_or(set.enabled);
    set.rules.push(rule);
    let set = replace(&gateway, &caller, set).await?;
    let mut rules = set.rules.iter();
    let rule = rules.find(|rule| !known.contains(&rule.id));
    let rule = rule.ok_or_else(|| Fault::internal("a new IP rule is not in the set"))?;
    Ok(envelope::success(describe(&caller, &set, rule)))
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
    let mut set = get(&gateway, &caller).await?;
    set.enabled = written.rule_set_enabled.unwrap_or(set.enabled);
    let rule = set.rules.iter_mut().find(|rule| rule.id == id);
    let rule = rule.ok_or_else(Fault::not_found)?;
    if let Some(name) = written.name {
        rule.name = name;
    }
    if let Some(kind) = written.kind {
        rule.r#type = kind.into();
    }
    if let Some(cidrs) = written.cidrs {
        rule.cidrs = cidrs;
    }
    let set = replace(&gateway, &caller, set).await?;
    let rule = set.rules.iter().find(|rule| rule.id == id);
    let rule = rule.ok_or_else(Fault::not_found)?;
    Ok(envelope::success(describe(&caller, &set, rule)))
}

/// `DELETE /ip-restrictions/{id}/`.
pub(crate) async fn delete_ip_restriction(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<StatusCode, Fault> {
    let id = number(&id)?;
    let mut set = get(&gateway, &caller).await?;
    let count = set.rules.len();
    set.rules.retain(|rule| rule.id != id);
    if set.rules.len() == count {
        return Err(Fault::not_found());
    }
    replace(&gateway, &caller, set).await?;
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
    fields.account(caller.account_id)?;
    fields.ignore(&["id", "state", "enabled_for_service_tokens"]);
    fields.finish()?;
    let enabled = required("enabled", enabled)?;
    let set = get(&gateway, &caller).await?;
    let set = replace(&gateway, &caller, IpRestrictions { enabled, ..set }).await?;
    Ok(envelope::success(describe_set(&caller, &set)))
}

/// What a client writes of a rule.
struct Written {
    name: Option<String>,
    kind: Option<Type>,
    cidrs: Option<Vec<String>>,
    rule_set_enabled: Option<bool>,
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
            rule_set_enabled: fields.boolean("rule_set_enabled")?,
        };
        fields.account(caller.account_id)?;
        fields.ignore(&[
            "id",
            "ip_restriction_rule_set_id",
            "description",
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

async fn replace(
    gateway: &Gateway,
    caller: &AdminCaller,
    set: IpRestrictions,
) -> Result<IpRestrictions, Fault> {
    let request = ReplaceIpRestrictionsRequest {
        account_id: caller.account_id,
        ip_restrictions: Some(set),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    Ok(client.replace_ip_restrictions(request).await?.into_inner())
}

fn describe(caller: &AdminCaller, set: &IpRestrictions, rule: &IpRule) -> Value {
    let cidrs = rule.cidrs.iter().zip(1..).map(|(cidr, number)| {
        let is_ipv6 = matches!(crate::address::network(cidr), Some(IpNet::V6(_)));
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
        "rule_set_enabled": set.enabled,
        "enabled_for_service_tokens": set.enabled,
        "state": fields::State::Active.number(),
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
