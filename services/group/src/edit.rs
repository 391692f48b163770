//! Changing a group that exists: what replace, patch and linking have in common.

use std::collections::HashSet;

use diesel_async::AsyncPgConnection;
use proto::group::v1::MemberType;
use scim::resource::check_size;
use storage::changes::{Details, Entry};
use uuid::Uuid;

use crate::{
    administrators::{self, Administrators},
    attributes::Attributes,
    columns,
    delta::{Delta, no_such_member},
    error::Error,
    groups::{self, Group, GroupChanges},
    members::{self, Moved, NewMembers},
    memberships, protection,
    references::References,
    rules::Writer,
};

/// What a group shall become.
pub(crate) struct Edit<'a> {
    pub attributes: &'a Attributes,
    pub delta: &'a Delta,
    pub references: &'a References,
    pub writer: &'a Writer,
    pub administrators: &'a Administrators,
}

/// What an edit has come to.
#[derive(Debug)]
pub(crate) struct Edited {
    pub group: Group,
    /// The users that were no members before.
    pub joined: Vec<Uuid>,
}

impl Edit<'_> {
    /// Applies the edit to a group that is locked; one that changes nothing leaves no trace.
    pub(crate) async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        before: Group,
    ) -> Result<Edited, Error> {
        protection::require_open(connection, self.writer, &before).await?;
        self.refuse_cycle(connection, &before).await?;
        self.require_members(connection, &before).await?;
        let (lost, gained) = self.change_members(connection, &before).await?;
        let attributes = before.attributes();
        let mut changed = self.attributes.changed(&attributes);
        if !changed.is_empty() {
            check_size(Some(&attributes.resource()), &self.attributes.resource())?;
        }
        if !lost.is_empty() || !gained.is_empty() {
            changed.push("members".to_owned());
        }
        let links = self.writer.is_scim() && !before.scim_managed;
        if changed.is_empty() && !links {
            return Ok(Edited {
                group: before,
                joined: Vec::new(),
            });
        }
        self.writer.may_change(&before, &changed)?;
        let changes = GroupChanges {
            attributes: self.attributes,
            scim_managed: before.scim_managed || links,
            members: count(gained.len()) - count(lost.len()),
        };
        let entry = Entry {
            account_id: before.account_id,
            kind: kind(links, &changed),
            resource_id: &before.id.to_string(),
            name: self.attributes.display_name.as_str().into(),
            changed_attributes: &changed,
            details: Details {
                values: &self.attributes.values_since(&attributes),
                joined: &ids(&gained),
                left: &ids(&lost),
            },
            actor: &self.writer.actor,
        };
        let updated = groups::update(connection, &before, &changes, entry).await?;
        let (after, is_nested) = updated.ok_or(Error::NameTaken)?;
        let moved: Moved = lost.into_iter().chain(gained.iter().copied()).collect();
        let account_id = after.account_id;
        let matters = !moved.is_empty()
            && (after.administers
                || is_nested
                    && administrators::matter(connection, account_id, &[after.id]).await?);
        if matters {
            self.tell(connection, account_id, &moved).await?;
        }
        Ok(Edited {
            group: after,
            joined: of_type(MemberType::User, &gained),
        })
    }

    /// Tells of those who joined or left a group by which its members administer the account.
    async fn tell(
        &self,
        connection: &mut AsyncPgConnection,
        account_id: i64,
        moved: &Moved,
    ) -> Result<(), Error> {
        let mut users = of_type(MemberType::User, moved);
        let nested = of_type(MemberType::Group, moved);
        if !nested.is_empty() {
            users.extend(administrators::below(connection, account_id, &nested).await?);
        }
        self.administrators.refresh(connection, users).await
    }

    /// Only groups can close a cycle. `References::lock` has kept the nesting of the account still.
    async fn refuse_cycle(
        &self,
        connection: &mut AsyncPgConnection,
        group: &Group,
    ) -> Result<(), Error> {
        let nested: Vec<Uuid> = self
            .delta
            .added
            .iter()
            .copied()
            .filter(|id| self.references.groups.contains(id))
            .collect();
        if nested.is_empty() {
            return Ok(());
        }
        let holder =
            memberships::holder_among(connection, group.account_id, group.id, &nested).await?;
        match holder {
            Some(id) if id == group.id => Err(Error::InvalidValue(
                "members: a group cannot be a member of itself".to_owned(),
            )),
            Some(id) => Err(Error::InvalidValue(format!(
                "members: the group {id} holds this group already, so it cannot become its member"
            ))),
            None => Ok(()),
        }
    }

    async fn require_members(
        &self,
        connection: &mut AsyncPgConnection,
        group: &Group,
    ) -> Result<(), Error> {
        let required = self.delta.required.iter().map(|required| required.id);
        let required: HashSet<Uuid> = required.collect();
        if required.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = required.into_iter().collect();
        let present = members::present(connection, group.account_id, group.id, &ids).await?;
        if self.delta.is_met(&present) {
            return Ok(());
        }
        Err(no_such_member())
    }

    /// Applies the delta of the members, and returns who left and who joined.
    async fn change_members(
        &self,
        connection: &mut AsyncPgConnection,
        group: &Group,
    ) -> Result<(Moved, Moved), Error> {
        let (account_id, id) = (group.account_id, group.id);
        let (mut lost, mut added) = (Moved::new(), self.delta.added.clone());
        let mut removed: Vec<Uuid> = self.delta.removed.iter().copied().collect();
        if self.delta.cleared && added.is_empty() {
            lost = members::clear(connection, account_id, id).await?;
        } else if self.delta.cleared {
            // Compared here, since no plan of an anti-join with a long list is fast for sure.
            let source = self.writer.source();
            let mut gone = members::held(connection, account_id, id, source).await?;
            added.retain(|member| gone.remove(member) != Some(true));
            removed = gone.into_keys().collect();
        }
        if !removed.is_empty() {
            lost.extend(members::delete(connection, account_id, id, &removed).await?);
        }
        if let Some(predicate) = self.delta.matching() {
            let condition = columns::on_members(&predicate)?;
            let matching =
                members::delete_matching(connection, account_id, id, condition, &added).await?;
            lost.extend(matching);
        }
        let mut gained = Moved::new();
        if !added.is_empty() {
            let new = NewMembers {
                account_id,
                group_id: id,
                members: &typed(&added, self.references),
                source: self.writer.source(),
            };
            gained = members::join(connection, &new).await?;
        }
        Ok((lost, gained))
    }
}

fn ids(moved: &Moved) -> Vec<Uuid> {
    moved.iter().map(|(id, _)| *id).collect()
}

fn of_type(wanted: MemberType, moved: &Moved) -> Vec<Uuid> {
    let moved = moved.iter();
    let moved = moved.filter(|(_, member_type)| *member_type == wanted);
    moved.map(|(id, _)| *id).collect()
}

/// The ids, each with what it is.
pub(crate) fn typed(ids: &[Uuid], references: &References) -> Vec<(Uuid, MemberType)> {
    let typed = ids.iter().map(|id| (*id, references.member_type(*id)));
    typed.collect()
}

/// What the change log calls an edit: the most telling of its parts.
fn kind(links: bool, changed: &[String]) -> &'static str {
    let has = |name: &str| changed.iter().any(|changed| changed == name);
    if links {
        "group.linked"
    } else if has("displayName") {
        "group.renamed"
    } else if has("members") && changed.len() == 1 {
        "group.members_changed"
    } else {
        "group.updated"
    }
}

/// A number of rows as the database counts them.
pub(crate) fn count(rows: usize) -> i64 {
    i64::try_from(rows).expect("a statement never touches more than i64::MAX rows")
}
