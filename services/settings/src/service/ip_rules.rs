//! One IP rule at a time: what others write meanwhile stays.

use diesel_async::AsyncConnection;
use proto::{
    actor, enumeration,
    protocol::v1::Actor,
    settings::v1::{self as pb, ip_rule::Type},
};
use tonic::Status;

use super::{Service, record, required};
use crate::{
    accounts::{self, Account},
    error::Error,
    ip_rules::{self, Content, Difference, IpRule},
    mask::Mask,
    wire,
};

/// What is to become of the rules.
struct Change {
    account_id: i64,
    step: Step,
    /// Whether they act from now on; none: as before.
    enabled: Option<bool>,
    actor: Actor,
    /// Whether the actor may be shut out.
    confirm: bool,
}

enum Step {
    /// Nothing: only whether the rules act is written.
    Keep,
    Add(Content),
    Write(Box<Write>),
    Remove(i64),
}

/// Some fields of a rule.
struct Write {
    wanted: pb::IpRule,
    mask: Mask,
    /// The rule as the caller read it.
    expected: Option<pb::IpRule>,
}

impl Service {
    pub(super) async fn enable_ip_restrictions(
        &self,
        request: pb::UpdateIpRestrictionsEnabledRequest,
    ) -> Result<pb::IpRestrictions, Status> {
        let change = Change {
            account_id: request.account_id,
            step: Step::Keep,
            enabled: Some(request.enabled),
            actor: actor::required(request.actor)?,
            confirm: request.confirm,
        };
        let (account, _) = self.change_ip_rules(change).await?;
        Ok(wire::ip_restrictions(&account))
    }

    pub(super) async fn add_ip_rule(
        &self,
        request: pb::CreateIpRuleRequest,
    ) -> Result<pb::IpRuleInSet, Status> {
        let rule = required(request.ip_rule, "ip_rule")?;
        let change = Change {
            account_id: request.account_id,
            step: Step::Add(Content::read(rule)?),
            enabled: request.enabled,
            actor: actor::required(request.actor)?,
            confirm: request.confirm,
        };
        let (account, id) = self.change_ip_rules(change).await?;
        Ok(in_set(account, id)?)
    }

    pub(super) async fn write_ip_rule(
        &self,
        request: pb::UpdateIpRuleRequest,
    ) -> Result<pb::IpRuleInSet, Status> {
        let fields = ["name", "type", "cidrs", "description"];
        let mask = Mask::read(request.update_mask, &fields)?;
        let rule = required(request.ip_rule, "ip_rule")?;
        let _: Type = enumeration::read("type", rule.r#type)?;
        let change = Change {
            account_id: request.account_id,
            step: Step::Write(Box::new(Write {
                mask: mask.of([
                    ("name", !rule.name.is_empty()),
                    ("type", rule.r#type() != Type::Unspecified),
                    ("cidrs", !rule.cidrs.is_empty()),
                    ("description", !rule.description.is_empty()),
                ]),
                wanted: rule,
                expected: request.expected,
            })),
            enabled: request.enabled,
            actor: actor::required(request.actor)?,
            confirm: request.confirm,
        };
        let (account, id) = self.change_ip_rules(change).await?;
        Ok(in_set(account, id)?)
    }

    pub(super) async fn remove_ip_rule(
        &self,
        request: pb::DeleteIpRuleRequest,
    ) -> Result<(), Status> {
        let change = Change {
            account_id: request.account_id,
            step: Step::Remove(request.id),
            enabled: None,
            actor: actor::required(request.actor)?,
            confirm: request.confirm,
        };
        self.change_ip_rules(change).await?;
        Ok(())
    }

    /// The account as it is then, and the id of the rule changed.
    async fn change_ip_rules(&self, change: Change) -> Result<(Account, i64), Error> {
        let account_id = change.account_id;
        let mut connection = self.connect().await?;
        let written = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let (difference, id) = change.step.difference(&account.ip_rules)?;
                let enabled = change.enabled.unwrap_or(account.ip_restrictions_enabled);
                let changed = difference.changes(&account, enabled);
                if changed.is_empty() {
                    return Ok((account, id));
                }
                let added = ip_rules::write(connection, account_id, &difference).await?;
                accounts::update_ip_restrictions_enabled(connection, account_id, enabled).await?;
                let kind = "ip_restrictions.changed";
                let named = (account_id, &*account.name);
                record(connection, named, kind, &changed, &change.actor).await?;
                let before = account;
                let account = accounts::find(connection, account_id).await?;
                if !change.confirm {
                    ip_rules::check_admits(&before, &account, &change.actor)?;
                }
                Ok::<_, Error>((account, added.first().copied().unwrap_or(id)))
            })
            .await?;
        self.settled(connection).await;
        Ok(written)
    }
}

impl Step {
    /// What is to be written to rules, and the id of the rule meant.
    fn difference(self, rules: &[IpRule]) -> Result<(Difference, i64), Error> {
        let mut difference = Difference::default();
        let find = |id| {
            let mut rules = rules.iter();
            rules
                .find(|rule| rule.id == id)
                .ok_or(Error::IpRuleNotFound)
        };
        let id = match self {
            Step::Keep => 0,
            Step::Add(content) => {
                difference.added.push(content);
                0
            }
            Step::Write(write) => {
                let id = write.wanted.id;
                let rule = find(id)?;
                let content = write.over(&rule.content.clone().into_pb())?;
                if content != rule.content {
                    difference.changed.push((id, content));
                }
                id
            }
            Step::Remove(id) => {
                find(id)?;
                difference.removed.push(id);
                id
            }
        };
        ip_rules::check_size(rules, &difference)?;
        Ok((difference, id))
    }
}

impl Write {
    /// The rule as it is to be, unless the fields to write are not as the caller read them.
    fn over(self, current: &pb::IpRule) -> Result<Content, Error> {
        let mask = &self.mask;
        let over = |rule: pb::IpRule| {
            let current = current.clone();
            pb::IpRule {
                name: mask.pick("name", rule.name, current.name),
                r#type: mask.pick("type", rule.r#type, current.r#type),
                cidrs: mask.pick("cidrs", rule.cidrs, current.cidrs),
                description: mask.pick("description", rule.description, current.description),
                ..pb::IpRule::default()
            }
        };
        let is_other = |expected: pb::IpRule| over(expected) != *current;
        if self.expected.is_some_and(is_other) {
            return Err(Error::EtagMismatch);
        }
        Content::read(over(self.wanted))
    }
}

fn in_set(account: Account, id: i64) -> Result<pb::IpRuleInSet, Error> {
    let enabled = account.ip_restrictions_enabled;
    let mut rules = account.ip_rules.0.into_iter();
    let rule = rules.find(|rule| rule.id == id);
    Ok(pb::IpRuleInSet {
        ip_rule: Some(rule.ok_or(Error::IpRuleNotFound)?.into()),
        enabled,
    })
}
