//! The rows of `license_maps`, every query on them, and what a map may be.

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, Insertable, QueryDsl, QueryResult, Queryable, Selectable, SelectableHelper,
    pg::Pg,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::settings::v1 as pb;
use serde::Deserialize;

use crate::{
    accounts::{instant, now},
    changed::Changed,
    error::Error,
    mask::Mask,
    rules::check_text,
    schema::license_maps,
};

/// The most groups a map may name.
const GROUP_LIMIT: usize = 1000;

#[derive(Debug, Clone, Deserialize, Queryable, Selectable)]
#[diesel(table_name = license_maps, check_for_backend(Pg))]
pub(crate) struct LicenseMap {
    pub(crate) id: i64,
    pub(crate) license_type: String,
    pub(crate) sso_groups: Vec<String>,
    #[serde(deserialize_with = "instant")]
    pub(crate) created_at: DateTime<Utc>,
    #[serde(deserialize_with = "instant")]
    pub(crate) updated_at: DateTime<Utc>,
}

/// What of a map its writer decides.
#[derive(Debug, PartialEq, Insertable, diesel::AsChangeset)]
#[diesel(table_name = license_maps)]
pub(crate) struct Content {
    license_type: String,
    sso_groups: Vec<String>,
}

impl LicenseMap {
    /// The map with the fields of the mask as they are in a message.
    pub(crate) fn with(&self, message: pb::LicenseMap, mask: &Mask) -> pb::LicenseMap {
        let [license_type, groups] = Content::FIELDS;
        let of_map = (self.license_type.clone(), self.sso_groups.clone());
        pb::LicenseMap {
            license_type: mask.pick(license_type, message.license_type, of_map.0),
            sso_license_mapping_groups: mask.pick(
                groups,
                message.sso_license_mapping_groups,
                of_map.1,
            ),
            ..pb::LicenseMap::default()
        }
    }

    /// Whether the fields of the mask are as they are in a message.
    pub(crate) fn is_as(&self, message: pb::LicenseMap, mask: &Mask) -> bool {
        let read = self.with(message, mask);
        read.license_type == self.license_type && read.sso_license_mapping_groups == self.sso_groups
    }
}

impl Content {
    /// The fields a writer may name.
    pub(crate) const FIELDS: &[&str; 2] = &["license_type", "sso_license_mapping_groups"];

    pub(crate) fn read(message: pb::LicenseMap) -> Result<Content, Error> {
        let mut sso_groups: Vec<String> = Vec::new();
        for group in message.sso_license_mapping_groups {
            check_text("sso_license_mapping_groups", &group)?;
            if !sso_groups.contains(&group) {
                sso_groups.push(group);
            }
            if sso_groups.len() > GROUP_LIMIT {
                return Err(Error::invalid(
                    "sso_license_mapping_groups must name at most 1000 groups",
                ));
            }
        }
        Ok(Content {
            license_type: message.license_type,
            sso_groups,
        })
    }

    pub(crate) fn license_type(&self) -> &str {
        &self.license_type
    }

    /// Fails where another of the account's maps than that of this id has the licence type. The account is locked, so
    /// that the maps read with it are those there are: the index would refuse it too, but PostgreSQL would log the type.
    pub(crate) fn check_sole(&self, maps: &[LicenseMap], id: Option<i64>) -> Result<(), Error> {
        let mut others = maps.iter().filter(|map| Some(map.id) != id);
        match others.any(|map| map.license_type == self.license_type) {
            true => Err(Error::LicenseMapExists),
            false => Ok(()),
        }
    }

    /// The attributes in which this differs from the map there is, if there is one.
    pub(crate) fn changes(&self, map: Option<&LicenseMap>) -> Changed {
        let mut changed = Changed::default();
        let old = map.map(|map| map.license_type.clone());
        if old.as_ref() != Some(&self.license_type) {
            changed.push("license_type", old, Some(self.license_type.clone()));
        }
        let old = map.map(|map| &map.sso_groups);
        if old != Some(&self.sso_groups) {
            let old = old.map(|groups| groups.join(", "));
            let new = self.sso_groups.join(", ");
            changed.push("sso_license_mapping_groups", old, Some(new));
        }
        changed
    }
}

/// Inserts a map and returns it.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    content: &Content,
) -> QueryResult<LicenseMap> {
    diesel::insert_into(license_maps::table)
        .values((license_maps::account_id.eq(account_id), content))
        .returning(LicenseMap::as_returning())
        .get_result(connection)
        .await
}

pub(crate) async fn update(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
    content: &Content,
) -> QueryResult<LicenseMap> {
    diesel::update(license_maps::table.find((account_id, id)))
        .set((content, license_maps::updated_at.eq(now())))
        .returning(LicenseMap::as_returning())
        .get_result(connection)
        .await
}

pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: i64,
) -> QueryResult<()> {
    diesel::delete(license_maps::table.find((account_id, id)))
        .execute(connection)
        .await?;
    Ok(())
}
