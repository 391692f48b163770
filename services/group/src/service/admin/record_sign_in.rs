//! `RecordSignIn`.

use directory::id;
use std::{collections::HashSet, time::Duration};

use diesel_async::AsyncPgConnection;
use proto::{group::v1 as pb, protocol::v1::Actor};
use storage::postgres;
use uuid::Uuid;

use super::Service;
use crate::{
    administrators::Administrators,
    error::Error,
    groups::{self, Group},
    known_users,
    members::Source,
    memberships::{self, Membership},
    mutation::Mutation,
    placement::{self, Move, Place},
    rules::Writer,
    standing,
};

/// The most identity provider groups of one user.
const MAX_GROUPS: usize = 10_000;
/// How often a sign-in is tried of a user whose activation has not come here yet, and the pause between.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

impl Service {
    pub(super) async fn sign_in(
        &self,
        request: pb::RecordSignInRequest,
    ) -> Result<pb::RecordSignInResponse, Error> {
        let account_id = request.account_id;
        proto::request::account(account_id)?;
        let writer = Writer::new(proto::actor::required(request.actor)?);
        let user = id::parse(&request.user_id).ok_or(Error::NoSuchUser)?;
        if request.idp_groups.len() > MAX_GROUPS {
            return Err(Error::InvalidValue(format!(
                "idp_groups may hold at most {MAX_GROUPS} names"
            )));
        }
        let account = self.settings.account(account_id).await?;
        let mut idp_groups = request.idp_groups;
        let signed_in = self
            .licenses
            .apply_sign_in(account_id, user, idp_groups.clone(), &writer.actor)
            .await?;
        if signed_in.active == Some(false) {
            return Err(Error::InvalidValue("the user is inactive".to_owned()));
        }
        // Rule 10: SCIM says which groups the users it manages are in, while it is on.
        if account.scim_enabled && signed_in.scim_managed {
            let mut connection = postgres::connect(&self.pool).await?;
            let found = memberships::of_users(&mut connection, account_id, &[user]).await?;
            return Ok(response(found, false));
        }
        // No mapping has such a name, and Postgres takes none.
        idp_groups.retain(|name| !name.contains('\0'));
        let sign_in = SignIn {
            account_id,
            user,
            idp_groups,
            administrators: self.administrators(account_id, &writer),
            actor: writer.actor,
        };
        let found = self.place(&sign_in).await?;
        sign_in.administrators.settle();
        Ok(response(found, true))
    }

    /// The identity service has just said that the user is active: where it is not so here, its activation
    /// is on its way, or its deactivation came between. One that counts as deleted here may do so wrongly.
    async fn place(&self, sign_in: &SignIn) -> Result<Vec<Membership>, Error> {
        for _ in 1..ATTEMPTS {
            match self.commit(sign_in).await {
                Err(Error::UserInactive) => tokio::time::sleep(PAUSE).await,
                Err(Error::NoSuchUser) => {
                    let (account_id, ids) = (sign_in.account_id, vec![sign_in.user]);
                    standing::revive(&self.pool, &self.users, account_id, ids).await?;
                    break;
                }
                result => return result,
            }
        }
        self.commit(sign_in).await
    }
}

fn response(found: Vec<Membership>, mapped: bool) -> pb::RecordSignInResponse {
    let memberships = found.into_iter().map(|membership| pb::Membership {
        group_id: membership.group_id.to_string(),
        display_name: membership.display_name,
        direct: membership.direct,
    });
    pb::RecordSignInResponse {
        memberships: memberships.collect(),
        mapped,
    }
}

/// Puts a user into exactly the default groups and those mapped, and leaves what SCIM says.
struct SignIn {
    account_id: i64,
    user: Uuid,
    idp_groups: Vec<String>,
    actor: Actor,
    administrators: Administrators,
}

impl Mutation for SignIn {
    type Output = Vec<Membership>;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Membership>, Error> {
        let (account_id, user) = (self.account_id, self.user);
        known_users::insert(connection, account_id, vec![(user, true)]).await?;
        let state = known_users::lock(connection, account_id, user).await?;
        let state = state.ok_or(Error::NoSuchUser)?;
        if state.deleted {
            return Err(Error::NoSuchUser);
        }
        if !state.active {
            return Err(Error::UserInactive);
        }
        self.move_user(connection).await?;
        Ok(memberships::of_users(connection, account_id, &[user]).await?)
    }
}

impl SignIn {
    /// Most sign-ins change nothing and lock no group: those of a default group would wait for each other.
    async fn move_user(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let (account_id, user) = (self.account_id, self.user);
        let places = placement::places(connection, account_id, user).await?;
        let has: HashSet<Uuid> = places.iter().map(|place| place.group).collect();
        let wanted = groups::at_sign_in(connection, account_id, &self.idp_groups).await?;
        let wants: HashSet<Uuid> = wanted.iter().map(|group| group.id).collect();
        let moved: Vec<Uuid> = places
            .iter()
            .filter(|place| place.source != Source::Scim && !wants.contains(&place.group))
            .map(|place| place.group)
            .chain(wants.difference(&has).copied())
            .collect();
        if moved.is_empty() {
            return Ok(());
        }
        // What counts is what they are once nobody can change them.
        let locked = groups::lock_all(connection, account_id, &moved).await?;
        let mut joins = Vec::new();
        let mut leaves = Vec::new();
        for group in &locked {
            match (self.source(group), has.contains(&group.id)) {
                (Some(source), false) => joins.push(Place {
                    group: group.id,
                    source,
                }),
                (None, true) => leaves.push(group.id),
                (Some(_), true) | (None, false) => {}
            }
        }
        let change = Move {
            account_id,
            user,
            joins: &joins,
            leaves: &leaves,
            actor: &self.actor,
            administrators: &self.administrators,
        };
        change.apply(connection, &locked).await
    }

    /// What a place of the user in the group would be owed to, where it is to have one.
    fn source(&self, group: &Group) -> Option<Source> {
        let is_mapped = |name: &String| self.idp_groups.contains(name);
        if group.sso_mapping_groups.iter().any(is_mapped) {
            Some(Source::Sso)
        } else {
            group.assign_by_default.then_some(Source::Default)
        }
    }
}
