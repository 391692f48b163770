//! The rows of `ip_rules`, every query on them, and what a rule may be.

use chrono::{DateTime, Utc};
use diesel::{AsChangeset, ExpressionMethods, Insertable, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::{
    admission::admits,
    protocol::v1::{Actor, actor::Kind},
    settings::v1::{self as pb, ip_rule::Type},
};
use serde::Deserialize;

use crate::{
    accounts::{Account, instant, now},
    changed::Changed,
    error::Error,
    networks,
    rules::check_text,
    schema::ip_rules,
    wire,
};

/// The most rules of an account.
const RULE_LIMIT: usize = 100;

/// The most networks of an account: all of them are read and looked through before every request.
const NETWORK_LIMIT: usize = 2000;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct IpRule {
    pub(crate) id: i64,
    #[serde(flatten)]
    pub(crate) content: Content,
    #[serde(deserialize_with = "instant")]
    pub(crate) created_at: DateTime<Utc>,
    #[serde(deserialize_with = "instant")]
    pub(crate) updated_at: DateTime<Utc>,
}

/// What of a rule its writer decides.
#[derive(Debug, Clone, PartialEq, Deserialize, Insertable, AsChangeset)]
#[diesel(table_name = ip_rules)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) allows: bool,
    /// In canonical form.
    pub(crate) cidrs: Vec<String>,
    /// What it is for; may be empty.
    pub(crate) description: String,
}

impl Content {
    pub(crate) fn read(rule: pb::IpRule) -> Result<Content, Error> {
        let allows = match rule.r#type() {
            Type::Allow => true,
            Type::Deny => false,
            Type::Unspecified => {
                return Err(Error::invalid("type of a rule must be allow or deny"));
            }
        };
        check_text("name", &rule.name)?;
        if !rule.description.is_empty() {
            check_text("description", &rule.description)?;
        }
        let cidrs = networks::canonical(&rule.cidrs)?;
        // An allow rule without networks would keep everybody out.
        if cidrs.is_empty() {
            return Err(Error::invalid("cidrs must not be empty"));
        }
        Ok(Content {
            name: rule.name,
            allows,
            cidrs,
            description: rule.description,
        })
    }

    /// The rule without its id and times.
    pub(crate) fn into_pb(self) -> pb::IpRule {
        let r#type = if self.allows { Type::Allow } else { Type::Deny };
        pb::IpRule {
            name: self.name,
            r#type: r#type.into(),
            cidrs: self.cidrs,
            description: self.description,
            ..pb::IpRule::default()
        }
    }
}

/// The rules asked for, each with the id it has or 0.
pub(crate) fn read(rules: Vec<pb::IpRule>) -> Result<Vec<(i64, Content)>, Error> {
    let rules = rules.into_iter();
    let rules = rules.map(|rule| Ok((rule.id, Content::read(rule)?)));
    rules.collect()
}

/// What has to be written so that an account has the rules wanted.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Difference {
    pub(crate) added: Vec<Content>,
    pub(crate) changed: Vec<(i64, Content)>,
    pub(crate) removed: Vec<i64>,
}

impl Difference {
    /// Fails where a rule wanted has an id that the account's rules do not have, or an id is there twice.
    pub(crate) fn between(
        rules: &[IpRule],
        wanted: Vec<(i64, Content)>,
    ) -> Result<Difference, Error> {
        let mut difference = Difference::default();
        let mut kept = Vec::new();
        for (id, content) in wanted {
            if id == 0 {
                difference.added.push(content);
                continue;
            }
            let known = rules.iter().find(|known| known.id == id);
            let known = known.filter(|_| !kept.contains(&id));
            let known = known.ok_or_else(|| {
                Error::invalid("id of a rule must be 0 or that of one of the account's rules, once")
            })?;
            kept.push(id);
            if known.content != content {
                difference.changed.push((id, content));
            }
        }
        let removed = rules.iter().map(|rule| rule.id);
        difference.removed = removed.filter(|id| !kept.contains(id)).collect();
        check_size(rules, &difference)?;
        Ok(difference)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Difference::default()
    }

    /// What is written, and whether the rules act, in the words of the change log.
    pub(crate) fn changes(&self, account: &Account, enabled: bool) -> Changed {
        let mut changed =
            Changed::between([("enabled", &account.ip_restrictions_enabled, &enabled)]);
        if self.is_empty() {
            return changed;
        }
        let ids = self.changed.iter().map(|(id, _)| id);
        let ids: Vec<&i64> = ids.chain(&self.removed).collect();
        let old = account.ip_rules.iter();
        let old = old.filter(|rule| ids.contains(&&rule.id));
        let new = self.changed.iter().map(|(_, content)| content);
        changed.push(
            "rules",
            describe(old.map(|rule| &rule.content)),
            describe(new.chain(&self.added)),
        );
        changed
    }
}

/// Rules for people to read; none: there are none.
fn describe<'a>(rules: impl Iterator<Item = &'a Content>) -> Option<String> {
    let rules = rules.map(|rule| {
        let verb = if rule.allows { "allow" } else { "deny" };
        format!("{}: {verb} {}", rule.name, rule.cidrs.join(", "))
    });
    let rules: Vec<String> = rules.collect();
    (!rules.is_empty()).then(|| rules.join("; "))
}

/// Fails where an account would have too much, unless it has it already.
pub(crate) fn check_size(rules: &[IpRule], difference: &Difference) -> Result<(), Error> {
    let is_untouched = |id: i64| {
        let mut changed = difference.changed.iter();
        !difference.removed.contains(&id) && !changed.any(|(changed, _)| *changed == id)
    };
    let untouched = rules.iter().filter(|rule| is_untouched(rule.id));
    let contents: Vec<&Content> = untouched
        .map(|rule| &rule.content)
        .chain(difference.changed.iter().map(|(_, content)| content))
        .chain(&difference.added)
        .collect();
    if contents.len() > RULE_LIMIT {
        return Err(Error::invalid("rules must be at most 100"));
    }
    let networks: usize = contents.iter().map(|content| content.cidrs.len()).sum();
    if networks > NETWORK_LIMIT {
        return Err(Error::invalid(
            "rules must have at most 2000 networks together",
        ));
    }
    Ok(())
}

/// Fails where the rules let the actor in before and not any more: he could not take that back.
pub(crate) fn check_admits(before: &Account, after: &Account, actor: &Actor) -> Result<(), Error> {
    let is_token = matches!(actor.kind(), Kind::AdminToken | Kind::ScimToken);
    if actor.ip_address.is_empty() && !is_token {
        return Ok(()); // an operator or a service comes by no address that the rules could keep out
    }
    let address = actor.ip_address.parse().ok();
    let admits = |account| admits(&wire::ip_restrictions(account), address);
    if admits(before) && !admits(after) {
        let shown = match address {
            Some(address) => address.to_string(),
            None => "an unknown address".to_owned(),
        };
        return Err(Error::ShutsOut(shown));
    }
    Ok(())
}

/// Writes a difference; the ids of the rules added.
pub(crate) async fn write(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    difference: &Difference,
) -> QueryResult<Vec<i64>> {
    diesel::delete(ip_rules::table)
        .filter(ip_rules::account_id.eq(account_id))
        .filter(ip_rules::id.eq_any(&difference.removed))
        .execute(connection)
        .await?;
    for (id, content) in &difference.changed {
        diesel::update(ip_rules::table.find((account_id, *id)))
            .set((content, ip_rules::updated_at.eq(now())))
            .execute(connection)
            .await?;
    }
    let added: Vec<_> = difference
        .added
        .iter()
        .map(|content| (ip_rules::account_id.eq(account_id), content))
        .collect();
    diesel::insert_into(ip_rules::table)
        .values(added)
        .returning(ip_rules::id)
        .get_results(connection)
        .await
}

#[cfg(test)]
mod tests;
