//! The rows of `ip_rules`, every query on them, and what a rule may be.

use diesel::{AsChangeset, ExpressionMethods, Insertable, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::settings::v1::{self as pb, ip_rule::Type};
use serde::Deserialize;

use crate::{error::Error, networks, rules::check_text, schema::ip_rules};

/// The most rules of an account.
const RULE_LIMIT: usize = 100;

/// The most networks of an account: all of them are read and looked through before every request.
const NETWORK_LIMIT: usize = 2000;

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct IpRule {
    pub(crate) id: i64,
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What of a rule its writer decides.
#[derive(Debug, Clone, PartialEq, Deserialize, Insertable, AsChangeset)]
#[diesel(table_name = ip_rules)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) allows: bool,
    /// In canonical form.
    pub(crate) cidrs: Vec<String>,
}

/// The rules asked for, each with the id it has or 0.
pub(crate) fn read(rules: Vec<pb::IpRule>) -> Result<Vec<IpRule>, Error> {
    if rules.len() > RULE_LIMIT {
        return Err(Error::invalid("rules must be at most 100"));
    }
    let networks: usize = rules.iter().map(|rule| rule.cidrs.len()).sum();
    if networks > NETWORK_LIMIT {
        return Err(Error::invalid(
            "rules must have at most 2000 networks together",
        ));
    }
    rules.into_iter().map(read_one).collect()
}

fn read_one(rule: pb::IpRule) -> Result<IpRule, Error> {
    let allows = match rule.r#type() {
        Type::Allow => true,
        Type::Deny => false,
        Type::Unspecified => return Err(Error::invalid("type of a rule must be allow or deny")),
    };
    check_text("name", &rule.name)?;
    let cidrs = networks::canonical(&rule.cidrs)?;
    // An allow rule without networks would keep everybody out.
    if cidrs.is_empty() {
        return Err(Error::invalid("cidrs must not be empty"));
    }
    Ok(IpRule {
        id: rule.id,
        content: Content {
            name: rule.name,
            allows,
            cidrs,
        },
    })
}

/// What has to be written so that an account has the rules wanted.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Difference {
    pub(crate) added: Vec<Content>,
    pub(crate) changed: Vec<IpRule>,
    pub(crate) removed: Vec<i64>,
}

impl Difference {
    /// Fails where a rule wanted has an id that the account's rules do not have, or an id is there twice.
    pub(crate) fn between(rules: &[IpRule], wanted: Vec<IpRule>) -> Result<Difference, Error> {
        let mut difference = Difference::default();
        let mut kept = Vec::new();
        for rule in wanted {
            if rule.id == 0 {
                difference.added.push(rule.content);
                continue;
            }
            let known = rules.iter().find(|known| known.id == rule.id);
            let known = known.filter(|_| !kept.contains(&rule.id));
            let known = known.ok_or_else(|| {
                Error::invalid("id of a rule must be 0 or that of one of the account's rules, once")
            })?;
            kept.push(rule.id);
            if *known != rule {
                difference.changed.push(rule);
            }
        }
        let removed = rules.iter().map(|rule| rule.id);
        difference.removed = removed.filter(|id| !kept.contains(id)).collect();
        Ok(difference)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Difference::default()
    }
}

pub(crate) async fn write(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    difference: &Difference,
) -> QueryResult<()> {
    diesel::delete(ip_rules::table)
        .filter(ip_rules::account_id.eq(account_id))
        .filter(ip_rules::id.eq_any(&difference.removed))
        .execute(connection)
        .await?;
    for rule in &difference.changed {
        diesel::update(ip_rules::table.find((account_id, rule.id)))
            .set(&rule.content)
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
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
