//! The RPCs that write: each one transaction, its entry in the change log included.

use std::sync::Arc;

use chassis::work;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use prost::Message;
use proto::{
    actor,
    identity::v1::{self as pb, invitation::Type},
    protocol::v1::Actor,
    request,
};
use scim::{Map, dialect::Dialect, patch::Operation, text::fold};
use serde_json::{Value, json};
use storage::{
    changes::{Details, Entry, Name},
    postgres,
};
use uuid::Uuid;

use super::{Identity, Written, canonical, patched, read_operations, user_id};
use crate::{
    difference,
    error::Error,
    invitations::Invitation,
    managers, rules,
    settings::{Policy, is_scim},
    users::{self, Content, State, User},
};

/// A write on behalf of somebody.
pub(super) struct Write<'a> {
    pub(super) identity: &'a Identity,
    pub(super) account_id: i64,
    pub(super) actor: Actor,
    pub(super) policy: Arc<Policy>,
}

/// The user a write is for, in the version it must have.
struct Target {
    id: Uuid,
    etags: Vec<String>,
}

/// What the change log says of a user that is rewritten.
pub(super) struct Change<'a> {
    pub(super) kind: &'a str,
    /// The attributes that have changed.
    pub(super) names: &'a [String],
    /// The invitation that was taken back for it.
    pub(super) revoked: Option<Invitation>,
}

/// A client's representation: canonical, and the licence apart.
struct Body {
    resource: Map,
    /// None: not given.
    license_type: Option<String>,
    /// Attributes that are to have no value on purpose.
    unassigned: Vec<String>,
}

impl Identity {
    pub(super) async fn create(&self, request: pb::CreateUserRequest) -> Result<pb::User, Error> {
        let write = self.write(request.account_id, request.actor).await?;
        rules::may_create(&write.policy, &write.actor)?;
        let mut body = self.read(request.user, write.policy.dialect).await?;
        body.unassigned = request.unassigned;
        let mut connection = postgres::connect(&self.pool).await?;
        let user = connection
            .transaction(async |connection| {
                let user = write.create(connection, body).await?;
                write.shown(connection, user, request.manager_names).await
            })
            .await?;
        self.sequencer.wake();
        Ok(self.answer_write(user))
    }

    pub(super) async fn replace(&self, request: pb::ReplaceUserRequest) -> Result<pb::User, Error> {
        let target = Target::new(&request.id, request.etags)?;
        let write = self.write(request.account_id, request.actor).await?;
        // Refused only if there is such a user (RFC 7644 section 3.12).
        let body = self.read(request.user, write.policy.dialect).await;
        let mut connection = postgres::connect(&self.pool).await?;
        let user = connection
            .transaction(async |connection| {
                let user = write.lock(connection, &target).await?;
                let user = write.replace(connection, user, body?).await?;
                write.shown(connection, user, request.manager_names).await
            })
            .await?;
        self.sequencer.wake();
        Ok(self.answer_write(user))
    }

    pub(super) async fn patch(&self, request: pb::PatchUserRequest) -> Result<pb::User, Error> {
        let target = Target::new(&request.id, request.etags)?;
        let write = self.write(request.account_id, request.actor).await?;
        // Refused only if there is such a user (RFC 7644 section 3.12).
        let operations = read_operations(request.operations).await;
        let mut connection = postgres::connect(&self.pool).await?;
        let user = connection
            .transaction(async |connection| {
                let user = write.lock(connection, &target).await?;
                let user = write.patch(connection, user, operations?).await?;
                write.shown(connection, user, request.manager_names).await
            })
            .await?;
        self.sequencer.wake();
        Ok(self.answer_write(user))
    }

    pub(super) async fn delete(&self, request: pb::DeleteUserRequest) -> Result<(), Error> {
        let target = Target::new(&request.id, request.etags)?;
        let write = self.write(request.account_id, request.actor).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        connection
            .transaction(async |connection| write.delete(connection, &target).await)
            .await?;
        self.sequencer.wake();
        Ok(())
    }

    pub(super) async fn write(
        &self,
        account_id: i64,
        actor: Option<Actor>,
    ) -> Result<Write<'_>, Error> {
        let account_id = request::account(account_id)?;
        let actor = actor::required(actor)?;
        rules::check_actor(&actor)?;
        Ok(Write {
            identity: self,
            account_id,
            actor,
            policy: self.settings.policy(account_id).await?,
        })
    }

    async fn read(&self, user: Option<pb::User>, dialect: Dialect) -> Result<Body, Error> {
        let user = user.ok_or_else(|| Error::InvalidValue("user is required".to_owned()))?;
        let (user_type, license_urn) = (self.user_type.clone(), self.license.urn.clone());
        let read = work::run(user.encoded_len() / 32, move || {
            let resource = proto::user::to_scim(&user, &license_urn)?;
            canonical(&user_type, resource, dialect)
        });
        let mut resource = read.await?;
        let license_type = self.take_license(&mut resource);
        Ok(Body {
            resource,
            license_type,
            unassigned: Vec::new(),
        })
    }

    /// The licence has a column of its own, so that it can change without the resource.
    fn take_license(&self, resource: &mut Map) -> Option<String> {
        let extension = resource.remove(&self.license.urn)?;
        let license_type = extension.get("licenseType")?.as_str()?;
        Some(license_type.to_owned())
    }
}

impl Target {
    fn new(id: &str, etags: Vec<String>) -> Result<Target, Error> {
        let id = user_id(id)?;
        Ok(Target { id, etags })
    }
}

impl Write<'_> {
    /// Adds a user, or links the unmanaged one of that `userName` (product rule 4).
    async fn create(
        &self,
        connection: &mut AsyncPgConnection,
        body: Body,
    ) -> Result<Written, Error> {
        let scim_managed = is_scim(&self.actor);
        if scim_managed && let Some(user) = self.namesake(connection, &body).await? {
            return self.replace(connection, user, body).await;
        }
        let license = &self.identity.license;
        let default = || rules::default_license(&self.policy, license);
        let mut state = State {
            resource: body.resource,
            license_type: body.license_type.unwrap_or_else(default),
            license_shown: true,
            licensed: true,
            scim_managed,
        };
        if !body.unassigned.iter().any(|name| name == "active") {
            state.resource.entry("active").or_insert(Value::Bool(true));
        }
        // Whoever SCIM creates is invited, at once or when activated (product rule 8).
        let invited = scim_managed && state.is_active();
        if scim_managed {
            state.licensed = invited && !self.policy.license_on_redemption;
        }
        rules::check_license(&self.policy, license, &state.license_type)?;
        self.check_addresses(None, &state.resource)?;
        rules::settle(&self.policy, None, &mut state.resource)?;
        self.find_manager(connection, None, &mut state.resource)
            .await?;
        self.check_manager(connection, None, &state.resource)
            .await?;
        self.take_seat(connection, None, &state).await?;
        let email = rules::contact(&state.resource).to_owned();
        let user = self.insert(connection, state).await?;
        if invited {
            self.invite(connection, user.id, &email, Type::Scim).await?;
        }
        Ok(Written {
            user,
            activity_changed: false,
        })
    }

    /// Adds a user.
    pub(super) async fn insert(
        &self,
        connection: &mut AsyncPgConnection,
        state: State,
    ) -> Result<User, Error> {
        let id = Uuid::now_v7();
        self.exchange_keys(connection, id, &state.resource).await?;
        self.claim_external_id(connection, id, &Map::new(), &state.resource)
            .await?;
        let names = difference::attributes(&state, &self.identity.license.urn);
        let resource = state.resource.clone();
        let content = Content::new(&self.identity.user_type, state);
        let text = id.to_string();
        let entry = self.entry("user.created", &text, users::name(&resource), &names);
        let inserted = users::insert(connection, self.account_id, id, content, entry).await?;
        inserted.ok_or(Error::Taken("userName"))
    }

    /// The unmanaged user that a creation over SCIM links.
    async fn namesake(
        &self,
        connection: &mut AsyncPgConnection,
        body: &Body,
    ) -> Result<Option<User>, Error> {
        let user_name = body.resource.get("userName").and_then(Value::as_str);
        let key = fold(user_name.unwrap_or_default());
        match users::lock_namesake(connection, self.account_id, &key).await? {
            Some(user) if user.scim_managed => Err(Error::Taken("userName")),
            namesake => Ok(namesake),
        }
    }

    /// The target, locked, if this actor may change it and it has the version asked for.
    async fn lock(
        &self,
        connection: &mut AsyncPgConnection,
        target: &Target,
    ) -> Result<User, Error> {
        let user = users::lock(connection, self.account_id, target.id).await?;
        let user = user.ok_or(Error::NotFound)?;
        self.check_target(&user, target)?;
        Ok(user)
    }

    fn check_target(&self, user: &User, target: &Target) -> Result<(), Error> {
        rules::may_change(&self.policy, &self.actor, user)?;
        if !scim::etag::matches(&target.etags, user.version) {
            return Err(Error::EtagMismatch);
        }
        Ok(())
    }

    /// Deletes a user; whoever reported to it has no manager then (R-DEL-05).
    async fn delete(
        &self,
        connection: &mut AsyncPgConnection,
        target: &Target,
    ) -> Result<(), Error> {
        let locked = managers::lock_with_reports(connection, self.account_id, target.id).await?;
        let (user, reports): (Vec<User>, Vec<User>) =
            locked.into_iter().partition(|user| user.id == target.id);
        let user = user.into_iter().next().ok_or(Error::NotFound)?;
        self.check_target(&user, target)?;
        let (id, is_admin) = (user.id, user.is_admin);
        let state = user.into_state();
        self.guard_last_admin(connection, (id, is_admin), &state, None)
            .await?;
        let user_type = &self.identity.user_type;
        managers::remove(connection, self.account_id, user_type, reports, &self.actor).await?;
        self.exchange_keys(connection, id, &Map::new()).await?;
        let text = id.to_string();
        let entry = self.entry("user.deleted", &text, users::name(&state.resource), &[]);
        Ok(users::delete(connection, self.account_id, id, entry).await?)
    }

    /// Replaces all but what a client that leaves it out does not mean to change (R-PUT-03, R-PUT-04).
    async fn replace(
        &self,
        connection: &mut AsyncPgConnection,
        user: User,
        body: Body,
    ) -> Result<Written, Error> {
        let before = user.clone().into_state();
        let mut resource = body.resource;
        rules::keep_active(&before.resource, &mut resource);
        scim::resource::keep_fixed(&self.identity.user_type, &before.resource, &mut resource)?;
        let license_shown = before.license_shown || body.license_type.is_some();
        let license_type = body
            .license_type
            .unwrap_or_else(|| before.license_type.clone());
        let next = State {
            resource,
            license_type,
            license_shown,
            licensed: before.licensed,
            scim_managed: before.scim_managed,
        };
        self.store(connection, user, before, next).await
    }

    async fn patch(
        &self,
        connection: &mut AsyncPgConnection,
        user: User,
        operations: Vec<Operation>,
    ) -> Result<Written, Error> {
        let identity = self.identity;
        let before = user.clone().into_state();
        let mut shown = before.resource.clone();
        if before.license_shown {
            let license = json!({ "licenseType": before.license_type });
            shown.insert(identity.license.urn.clone(), license);
        }
        let (user_type, dialect) = (identity.user_type.clone(), self.policy.dialect);
        let mut resource = patched(user_type, shown, operations, dialect).await?;
        rules::follow_user_name(&self.policy, &before.resource, &mut resource);
        // Everybody has a licence: a client that removes the extension no longer sees it.
        let license_type = identity.take_license(&mut resource);
        let next = State {
            resource,
            license_shown: license_type.is_some(),
            license_type: license_type.unwrap_or_else(|| before.license_type.clone()),
            licensed: before.licensed,
            scim_managed: before.scim_managed,
        };
        self.store(connection, user, before, next).await
    }

    /// Writes the new state of a locked user, unless it is the old one.
    async fn store(
        &self,
        connection: &mut AsyncPgConnection,
        user: User,
        before: State,
        mut next: State,
    ) -> Result<Written, Error> {
        let license = &self.identity.license;
        if next.license_type != before.license_type {
            rules::may_change_license(&self.policy, &self.actor, &user)?;
            rules::check_license(&self.policy, license, &next.license_type)?;
        }
        self.check_addresses(Some(&before.resource), &next.resource)?;
        rules::settle(&self.policy, Some(&before.resource), &mut next.resource)?;
        self.find_manager(connection, Some(&before.resource), &mut next.resource)
            .await?;
        next.scim_managed |= is_scim(&self.actor);
        let names = difference::changed_attributes(&before, &next, &license.urn);
        let activity_changed = before.is_active() != next.is_active();
        if names.is_empty() {
            return Ok(Written {
                user,
                activity_changed,
            });
        }
        self.check_manager(
            connection,
            Some((user.id, &before.resource)),
            &next.resource,
        )
        .await?;
        self.guard_last_admin(connection, (user.id, user.is_admin), &before, Some(&next))
            .await?;
        let mut revoked = None;
        match (before.is_active(), next.is_active()) {
            (true, false) => revoked = self.deactivate(connection, &user, &mut next).await?,
            (false, true) => self.activate(connection, &user, &mut next).await?,
            _ => {}
        }
        self.take_seat(connection, Some(&before), &next).await?;
        let change = Change {
            kind: difference::kind(&before, &next),
            names: &names,
            revoked,
        };
        Ok(Written {
            user: self.update(connection, &user, next, change).await?,
            activity_changed,
        })
    }

    fn check_addresses(&self, before: Option<&Map>, resource: &Map) -> Result<(), Error> {
        if is_scim(&self.actor) {
            return Ok(());
        }
        rules::check_addresses(before, resource)
    }

    /// Rewrites a locked user.
    pub(super) async fn update(
        &self,
        connection: &mut AsyncPgConnection,
        user: &User,
        next: State,
        change: Change<'_>,
    ) -> Result<User, Error> {
        self.exchange_keys(connection, user.id, &next.resource)
            .await?;
        if let Value::Object(before) = &user.resource {
            self.claim_external_id(connection, user.id, before, &next.resource)
                .await?;
        }
        let resource = next.resource.clone();
        let content = Content::new(&self.identity.user_type, next);
        let text = user.id.to_string();
        let entry = self.entry(change.kind, &text, users::name(&resource), change.names);
        let updated = match change.revoked {
            None => users::update(connection, user, content, &[entry]).await?,
            Some(revoked) => {
                let id = revoked.id.to_string();
                let before = self.entry(
                    "invitation.revoked",
                    &id,
                    revoked.email.as_str().into(),
                    &[],
                );
                users::update(connection, user, content, &[before, entry]).await?
            }
        };
        updated.ok_or(Error::Taken("userName"))
    }

    pub(super) fn entry<'a>(
        &'a self,
        kind: &'a str,
        id: &'a str,
        name: Name<'a>,
        changed: &'a [String],
    ) -> Entry<'a> {
        Entry {
            account_id: self.account_id,
            kind,
            resource_id: id,
            name,
            changed_attributes: changed,
            details: Details::default(),
            actor: &self.actor,
        }
    }
}
