//! Follows the change log of the identity service: a user deleted there leaves every group here, whether
//! or not the process that deleted it lived to say so; one deactivated leaves the groups that it is in by
//! default or by a mapping (rule 7).

mod lag;

use directory::id;
use std::{collections::BTreeMap, time::Duration};

use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::{StreamExt, stream::ReadyChunks};
use proto::protocol::v1::{Actor, Change, actor::Kind};
use storage::{
    changes::Sequencer,
    postgres::{self, Pool, prepared},
};
use tonic::Status;
use uuid::Uuid;

use self::lag::Lag;
use crate::{
    administrators::Administrators,
    error::Error,
    known_users,
    licenses::Licenses,
    memberships,
    mutation::{self, Mutation},
    placement, rules,
    schema::feed_position,
    users::Users,
};

/// How many changes that have come already are taken together.
const CHUNK: usize = 1_000;
/// How many events are applied in one transaction.
const BATCH: usize = 200;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The follower; any number of replicas may run one, the row of the position keeps them apart.
pub(crate) struct Follower {
    pool: Pool,
    users: Users,
    licenses: Licenses,
    sequencer: Sequencer,
    lag: Lag,
}

impl Follower {
    pub(crate) fn new(
        pool: Pool,
        users: Users,
        licenses: Licenses,
        sequencer: Sequencer,
    ) -> Follower {
        Follower {
            pool,
            users,
            licenses,
            sequencer,
            lag: Lag::default(),
        }
    }

    /// Follows for ever; after a fault it goes on from the last change applied.
    pub(crate) async fn run(self) {
        tokio::join!(self.follow_for_ever(), self.lag.report());
    }

    async fn follow_for_ever(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let progress = match self.follow().await {
                Ok(progress) => progress,
                Err((progress, error)) => {
                    self.lag.lost();
                    tracing::warn!(error = %error, "lost the change log of the identity service");
                    progress
                }
            };
            pause = if progress {
                FIRST_PAUSE
            } else {
                (pause * 2).min(LONGEST_PAUSE)
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Follows until the stream ends, and says whether it brought anything.
    async fn follow(&self) -> Result<bool, (bool, Error)> {
        let before = |error| (false, error);
        let position = self.position().await.map_err(before)?;
        let changes = self.users.changes(position, KINDS).await;
        let changes = changes.map_err(|status| before(status.into()))?;
        self.lag.connected();
        let mut chunks: ReadyChunks<_> = changes.ready_chunks(CHUNK);
        let mut progress = false;
        while let Some(chunk) = chunks.next().await {
            self.apply_all(chunk)
                .await
                .map_err(|error| (progress, error))?;
            self.lag.caught_up();
            progress = true;
        }
        Ok(progress)
    }

    async fn position(&self) -> Result<i64, Error> {
        let mut connection = postgres::connect(&self.pool).await?;
        let position = feed_position::table
            .select(feed_position::sequence)
            .first(&mut connection)
            .await?;
        Ok(position)
    }

    /// Applies the changes, many in one transaction, and moves the position on.
    async fn apply_all(&self, chunk: Vec<Result<Change, Status>>) -> Result<(), Error> {
        let mut batch = Batch::default();
        let mut end = Ok(());
        for change in chunk {
            match change {
                Ok(change) => {
                    self.lag.at(&change);
                    batch.push(change);
                }
                // What came before it has come.
                Err(status) => {
                    end = Err(status.into());
                    break;
                }
            }
            if batch.events.len() == BATCH {
                self.apply(std::mem::take(&mut batch)).await?;
            }
        }
        if batch.sequence > 0 {
            self.apply(batch).await?;
        }
        end
    }

    /// Applies events together, or one after the other where they change more than what is known of users: what tells
    /// of administrators comes last in its transaction.
    async fn apply(&self, batch: Batch) -> Result<(), Error> {
        let mut apply = Apply {
            batch,
            administrators: None,
        };
        if !mutation::commit(&self.pool, &apply).await? {
            for event in std::mem::take(&mut apply.batch.events) {
                self.apply_one(event).await?;
            }
        }
        self.sequencer.wake();
        Ok(())
    }

    async fn apply_one(&self, event: Event) -> Result<(), Error> {
        let (pool, licenses) = (self.pool.clone(), self.licenses.clone());
        // What happened at the identity service has passed its guard.
        let actor = event.actor.clone();
        let administrators = Administrators::new(pool, licenses, event.account_id, false, actor);
        let apply = Apply {
            batch: Batch {
                sequence: event.sequence,
                events: vec![event],
            },
            administrators: Some(administrators),
        };
        mutation::commit(&self.pool, &apply).await?;
        if let Some(administrators) = &apply.administrators {
            administrators.settle();
        }
        Ok(())
    }
}

/// Who made a change; of what is older than actors, this service itself.
fn actor(change: Change) -> Actor {
    let known = change
        .actor
        .filter(|actor| actor.kind() != Kind::Unspecified);
    known.unwrap_or_else(rules::own_actor)
}

const DELETED: &str = "user.deleted";
const DEACTIVATED: &str = "user.deactivated";
const ACTIVATED: &str = "user.activated";

/// What matters here of what happens there.
const KINDS: &[&str] = &[DELETED, DEACTIVATED, ACTIVATED];

/// What has become of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Deleted,
    Deactivated,
    Activated,
}

/// A change that matters here.
struct Event {
    sequence: i64,
    account_id: i64,
    user: Uuid,
    step: Step,
    actor: Actor,
}

impl Event {
    fn new(change: Change) -> Option<Event> {
        let step = match change.kind.as_str() {
            DELETED => Step::Deleted,
            DEACTIVATED => Step::Deactivated,
            ACTIVATED => Step::Activated,
            _ => return None,
        };
        Some(Event {
            sequence: change.sequence,
            account_id: change.account_id,
            user: id::parse(&change.resource_id)?,
            step,
            actor: actor(change),
        })
    }
}

/// Events that are applied together, and the sequence they reach.
#[derive(Default)]
struct Batch {
    sequence: i64,
    events: Vec<Event>,
}

impl Batch {
    fn push(&mut self, change: Change) {
        self.sequence = change.sequence;
        self.events.extend(Event::new(change));
    }
}

/// Applies a batch unless this or another replica has, and moves the position on. False: an event of several is to
/// be applied alone; the position has not moved.
struct Apply {
    batch: Batch,
    /// Those of the account of the one event; none: they must not be told anything.
    administrators: Option<Administrators>,
}

impl Mutation for Apply {
    type Output = bool;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<bool, Error> {
        let position: i64 = feed_position::table
            .select(feed_position::sequence)
            .for_update()
            .first(connection)
            .await?;
        if position >= self.batch.sequence {
            return Ok(true);
        }
        let events = self.batch.events.iter();
        let mut by_account: BTreeMap<i64, Vec<&Event>> = BTreeMap::new();
        for event in events.filter(|event| event.sequence > position) {
            by_account.entry(event.account_id).or_default().push(event);
        }
        for (account_id, events) in &by_account {
            if !self.switch(connection, *account_id, events).await? {
                return Ok(false);
            }
        }
        let events = by_account.into_values().flatten();
        for event in events.filter(|event| event.step == Step::Deleted) {
            let (account_id, user) = (event.account_id, event.user);
            memberships::forget_user(connection, account_id, user, &event.actor).await?;
        }
        advance(connection, self.batch.sequence).await?;
        self.deactivate(connection).await?;
        Ok(true)
    }
}

impl Apply {
    /// Notes who is active now, of one account; false: somebody has groups to leave for it, and there are other events.
    async fn switch(
        &self,
        connection: &mut AsyncPgConnection,
        account_id: i64,
        events: &[&Event],
    ) -> Result<bool, Error> {
        let switches = events.iter().filter(|event| event.step != Step::Deleted);
        let states: BTreeMap<Uuid, bool> = switches
            .map(|event| (event.user, event.step == Step::Activated))
            .collect();
        known_users::set_active(connection, account_id, states).await?;
        let leaving = events
            .iter()
            .filter(|event| event.step == Step::Deactivated);
        let leaving: Vec<Uuid> = leaving.map(|event| event.user).collect();
        if leaving.is_empty() || self.administrators.is_some() {
            return Ok(true);
        }
        Ok(!placement::is_any_placed(connection, account_id, &leaving).await?)
    }

    /// Last of all, since it may tell of administrators.
    async fn deactivate(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        match (self.batch.events.as_slice(), &self.administrators) {
            ([event], Some(administrators)) if event.step == Step::Deactivated => {
                let (account_id, user) = (event.account_id, event.user);
                placement::deactivate(connection, account_id, user, &event.actor, administrators)
                    .await
            }
            _ => Ok(()),
        }
    }
}

async fn advance(connection: &mut AsyncPgConnection, sequence: i64) -> QueryResult<usize> {
    let update = diesel::update(feed_position::table).set(feed_position::sequence.eq(sequence));
    prepared(update).execute(connection).await
}
