//! `GetGroupSettings`, `ListGroupSettings` and `UpdateGroupSettings`.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use directory::{Condition, Order, Page, Selection, id};
use prost::Message;
use proto::{group::v1 as pb, name::is_plain, request};
use scim::{schema::ResourceType, text::fold};
use storage::{changes, page::MAX_BYTES, postgres};
use uuid::Uuid;

use super::{super::group_id, Service, settings_of, settings_of_one};
use crate::{
    administrators::Administrators,
    attributes::Attributes,
    columns::Groups,
    delta::Delta,
    edit::Edit,
    error::Error,
    groups::{self, Flags, Group},
    mutation::Mutation,
    references::References,
    rules::Writer,
};

/// The most identity provider groups that map to one group, and the longest of their names in bytes.
const MAX_MAPPINGS: usize = 1_000;
const MAX_LENGTH: usize = 2_000;

impl Service {
    pub(super) async fn get_settings(
        &self,
        request: pb::GetGroupSettingsRequest,
    ) -> Result<pb::GroupSettings, Error> {
        let id = group_id(&request.group_id)?;
        let mut connection = postgres::connect(&self.pool).await?;
        connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(async |connection| {
                let group = groups::find(connection, request.account_id, id).await?;
                settings_of_one(connection, group.ok_or(Error::NotFound)?).await
            })
            .await
    }

    pub(super) async fn list_settings(
        &self,
        request: pb::ListGroupSettingsRequest,
    ) -> Result<pb::ListGroupSettingsResponse, Error> {
        let account_id = request.account_id;
        let columns = Groups(&self.resource_type);
        let selection = Selection::new(&columns, account_id, condition(&request));
        let page = Page {
            order: Order::by_id(&columns),
            after: None,
            skip: request::skip(request.skip)?,
            limit: request::page_size(request.page_size)?,
        };
        let mut connection = postgres::connect(&self.pool).await?;
        connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(async |connection| {
                let total_size = groups::count(connection, &selection).await?;
                let view = pb::GroupView::Basic;
                let page = groups::page(connection, &selection, &page, view).await?;
                let groups = page.rows.into_iter().map(|(group, _)| group).collect();
                let settings = settings_of(connection, account_id, groups).await?;
                Ok(pb::ListGroupSettingsResponse {
                    settings: as_far_as_fit(settings),
                    total_size,
                })
            })
            .await
    }

    pub(super) async fn update_settings(
        &self,
        request: pb::UpdateGroupSettingsRequest,
    ) -> Result<pb::GroupSettings, Error> {
        let account_id = request.account_id;
        let writer = self.writer(account_id, request.actor).await?;
        let mappings = request.sso_mapping_groups.map(|list| list.values);
        let expected = request.expected_sso_mapping_groups;
        let update = Update {
            account_id,
            id: group_id(&request.group_id)?,
            display_name: request.display_name,
            assign_by_default: request.assign_by_default,
            sso_mapping_groups: mappings.map(read_mappings).transpose()?,
            expected_mapping: expected.map(|list| list.values),
            scim_allowed: request.scim_allowed,
            administrators: self.administrators(account_id, &writer),
            writer,
            resource_type: self.resource_type.clone(),
        };
        self.commit(&update).await
    }
}

/// As many as a page has room for, mappings and permissions counted too.
fn as_far_as_fit(mut settings: Vec<pb::GroupSettings>) -> Vec<pb::GroupSettings> {
    let mut bytes = 0;
    let fitting = settings.iter().take_while(|settings| {
        bytes += settings.encoded_len();
        bytes <= MAX_BYTES
    });
    let count = fitting.count().max(1);
    settings.truncate(count);
    settings
}

fn condition(request: &pb::ListGroupSettingsRequest) -> Condition {
    let (name, part) = (fold(&request.name), fold(&request.name_contains));
    // No name has one, and Postgres takes none.
    if name.contains('\0') || part.contains('\0') {
        return Condition::of("FALSE");
    }
    let mut condition = Condition::always();
    if !name.is_empty() {
        condition.raw(" AND groups.display_name_key = ");
        condition.bind_text(name);
    }
    if !part.is_empty() {
        condition.raw(" AND strpos(groups.display_name_key, ");
        condition.bind_text(part).raw(") > 0");
    }
    if !request.group_ids.is_empty() || !request.numbers.is_empty() {
        let ids = request.group_ids.iter().filter_map(|id| id::parse(id));
        condition.raw(" AND (groups.id = ANY (");
        condition.bind_ids(ids.collect());
        condition.raw(") OR groups.number = ANY (");
        condition.bind_numbers(request.numbers.clone()).raw("))");
    }
    condition
}

/// Each name once.
pub(super) fn read_mappings(names: Vec<String>) -> Result<Vec<String>, Error> {
    let mut mappings: Vec<String> = Vec::new();
    for name in names {
        if name.trim().is_empty() || !is_plain(&name) || name.len() > MAX_LENGTH {
            return Err(Error::InvalidValue(format!(
                "sso_mapping_groups: a name has 1 to {MAX_LENGTH} bytes and no control characters"
            )));
        }
        if !mappings.contains(&name) {
            mappings.push(name);
        }
    }
    if mappings.len() > MAX_MAPPINGS {
        return Err(Error::InvalidValue(format!(
            "sso_mapping_groups may hold at most {MAX_MAPPINGS} names"
        )));
    }
    Ok(mappings)
}

struct Update {
    account_id: i64,
    id: Uuid,
    /// Empty: as it is.
    display_name: String,
    assign_by_default: Option<bool>,
    sso_mapping_groups: Option<Vec<String>>,
    /// The mapping as the caller read it.
    expected_mapping: Option<Vec<String>>,
    scim_allowed: Option<bool>,
    writer: Writer,
    administrators: Administrators,
    resource_type: Arc<ResourceType>,
}

impl Mutation for Update {
    type Output = pb::GroupSettings;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<pb::GroupSettings, Error> {
        let group = groups::lock(connection, self.account_id, self.id).await?;
        let expected = self.expected_mapping.as_ref();
        if expected.is_some_and(|expected| *expected != group.sso_mapping_groups) {
            return Err(Error::EtagMismatch);
        }
        let group = self.rename(connection, group).await?;
        let group = self.set_flags(connection, group).await?;
        settings_of_one(connection, group).await
    }
}

impl Update {
    /// The name is SCIM's too, so it is edited as over SCIM, under the same rules.
    async fn rename(
        &self,
        connection: &mut AsyncPgConnection,
        group: Group,
    ) -> Result<Group, Error> {
        if self.display_name.is_empty() {
            return Ok(group);
        }
        let mut resource = group.attributes().resource();
        let name = self.display_name.clone().into();
        resource.insert("displayName".to_owned(), name);
        let edit = Edit {
            attributes: &Attributes::new(&self.resource_type, resource)?,
            delta: &Delta::default(),
            references: &References::default(),
            writer: &self.writer,
            administrators: &self.administrators,
        };
        Ok(edit.apply(connection, group).await?.group)
    }

    async fn set_flags(
        &self,
        connection: &mut AsyncPgConnection,
        group: Group,
    ) -> Result<Group, Error> {
        let before = group.flags();
        let flags = Flags {
            assign_by_default: self.assign_by_default.unwrap_or(before.assign_by_default),
            sso_mapping_groups: self
                .sso_mapping_groups
                .clone()
                .unwrap_or_else(|| before.sso_mapping_groups.clone()),
            scim_allowed: self.scim_allowed.unwrap_or(before.scim_allowed),
        };
        let (changed, values) = flags.changes_since(&before);
        if changed.is_empty() {
            return Ok(group);
        }
        let after = groups::set_flags(connection, &group, &flags).await?;
        let entry = changes::Entry {
            account_id: self.account_id,
            kind: "group_settings.changed",
            resource_id: &self.id.to_string(),
            name: after.display_name.as_str().into(),
            changed_attributes: &changed,
            details: changes::Details {
                values: &values,
                ..changes::Details::default()
            },
            actor: &self.writer.actor,
        };
        changes::record(connection, entry).await?;
        Ok(after)
    }
}
