//! Follows the change log of the identity service: a user deleted there leaves every group here, whether
//! or not the process that deleted it lived to say so; one deactivated leaves the groups that it is in by
//! default or by a mapping (rule 7).

mod lag;

use std::time::Duration;

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
    ids, known_users,
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
const BATCH: usize = 50;
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
        for change in chunk {
            let change = change?;
            self.lag.at(&change);
            batch.sequence = change.sequence;
            let Some(event) = event(&change) else {
                continue;
            };
            let is_last = matches!(event, Event::Deactivated(_));
            let (change_sequence, account_id) = (change.sequence, change.account_id);
            let actor = actor(change);
            batch
                .events
                .push((change_sequence, account_id, event, actor));
            // What tells of administrators comes last in its transaction.
            if is_last || batch.events.len() == BATCH {
                self.apply(std::mem::take(&mut batch)).await?;
            }
        }
        // Since the last transaction others may have come that do not matter.
        if batch.sequence > 0 {
            self.apply(batch).await?;
        }
        Ok(())
    }

    async fn apply(&self, batch: Batch) -> Result<(), Error> {
        let administrators = batch.events.last().map(|(_, account_id, _, actor)| {
            let (pool, licenses) = (self.pool.clone(), self.licenses.clone());
            // What happened at the identity service has passed its guard.
            Administrators::new(pool, licenses, *account_id, false, actor.clone())
        });
        let apply = Apply {
            batch,
            administrators,
        };
        mutation::commit(&self.pool, &apply).await?;
        if let Some(administrators) = &apply.administrators {
            administrators.settle();
            self.sequencer.wake();
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

#[derive(Debug, Clone, Copy)]
enum Event {
    Deleted(Uuid),
    Deactivated(Uuid),
    Activated(Uuid),
}

fn event(change: &Change) -> Option<Event> {
    let event = match change.kind.as_str() {
        DELETED => Event::Deleted,
        DEACTIVATED => Event::Deactivated,
        ACTIVATED => Event::Activated,
        _ => return None,
    };
    ids::parse(&change.resource_id).map(event)
}

/// Events that are applied together, each with its sequence, account and actor; and the sequence they reach.
#[derive(Default)]
struct Batch {
    sequence: i64,
    events: Vec<(i64, i64, Event, Actor)>,
}

/// Applies a batch unless this or another replica has, and moves the position on.
struct Apply {
    batch: Batch,
    /// Those of the account of the last event, which alone may concern them; none: there is no event.
    administrators: Option<Administrators>,
}

impl Mutation for Apply {
    type Output = ();

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let position: i64 = feed_position::table
            .select(feed_position::sequence)
            .for_update()
            .first(connection)
            .await?;
        if position >= self.batch.sequence {
            return Ok(());
        }
        // Before the events, since what that tells of administrators comes last.
        advance(connection, self.batch.sequence).await?;
        for (sequence, account_id, event, actor) in &self.batch.events {
            if *sequence <= position {
                continue;
            }
            let account_id = *account_id;
            match (*event, &self.administrators) {
                (Event::Deleted(user), _) => {
                    memberships::forget_user(connection, account_id, user, actor).await?;
                }
                (Event::Deactivated(user), Some(administrators)) => {
                    known_users::set_active(connection, account_id, user, false).await?;
                    placement::deactivate(connection, account_id, user, actor, administrators)
                        .await?;
                }
                (Event::Activated(user), _) => {
                    known_users::set_active(connection, account_id, user, true).await?;
                }
                (Event::Deactivated(_), None) => {}
            }
        }
        Ok(())
    }
}

async fn advance(connection: &mut AsyncPgConnection, sequence: i64) -> QueryResult<usize> {
    let update = diesel::update(feed_position::table).set(feed_position::sequence.eq(sequence));
    prepared(update).execute(connection).await
}
