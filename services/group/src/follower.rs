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
    postgres::{self, Pool},
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
        let changes = self.users.changes(position).await;
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

    /// Applies each change that matters in a transaction of its own; of the others only the position of
    /// the last is noted.
    async fn apply_all(&self, chunk: Vec<Result<Change, Status>>) -> Result<(), Error> {
        let mut passed = None;
        for change in chunk {
            let change = change?;
            self.lag.at(&change);
            let step = self.step(change);
            if step.event.is_some() {
                mutation::commit(&self.pool, &step).await?;
                step.administrators.settle();
                self.sequencer.wake();
                passed = None;
            } else {
                passed = Some(step);
            }
        }
        match passed {
            Some(step) => mutation::commit(&self.pool, &step).await,
            None => Ok(()),
        }
    }

    fn step(&self, change: Change) -> Apply {
        let account_id = change.account_id;
        let event = event(&change);
        let known = change
            .actor
            .filter(|actor| actor.kind() != Kind::Unspecified);
        let actor = known.unwrap_or_else(rules::own_actor);
        let (pool, licenses) = (self.pool.clone(), self.licenses.clone());
        Apply {
            sequence: change.sequence,
            account_id,
            event,
            // What happened at the identity service has passed its guard.
            administrators: Administrators::new(pool, licenses, account_id, false, actor.clone()),
            actor,
        }
    }
}

/// What matters here of what happens there.
#[derive(Debug, Clone, Copy)]
enum Event {
    Deleted(Uuid),
    Deactivated(Uuid),
    Activated(Uuid),
}

fn event(change: &Change) -> Option<Event> {
    let event = match change.kind.as_str() {
        "user.deleted" => Event::Deleted,
        "user.deactivated" => Event::Deactivated,
        "user.activated" => Event::Activated,
        _ => return None,
    };
    ids::parse(&change.resource_id).map(event)
}

/// Applies a change unless this or another replica has, and moves the position on to it.
struct Apply {
    sequence: i64,
    account_id: i64,
    event: Option<Event>,
    actor: Actor,
    administrators: Administrators,
}

impl Mutation for Apply {
    type Output = ();

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let position: i64 = feed_position::table
            .select(feed_position::sequence)
            .for_update()
            .first(connection)
            .await?;
        if position >= self.sequence {
            return Ok(());
        }
        // Before the event, since what that tells of administrators comes last.
        advance(connection, self.sequence).await?;
        let account_id = self.account_id;
        match self.event {
            Some(Event::Deleted(user)) => {
                memberships::forget_user(connection, account_id, user, &self.actor).await?;
            }
            Some(Event::Deactivated(user)) => {
                known_users::set_active(connection, account_id, user, false).await?;
                let (actor, administrators) = (&self.actor, &self.administrators);
                placement::deactivate(connection, account_id, user, actor, administrators).await?;
            }
            Some(Event::Activated(user)) => {
                known_users::set_active(connection, account_id, user, true).await?;
            }
            None => {}
        }
        Ok(())
    }
}

async fn advance(connection: &mut AsyncPgConnection, sequence: i64) -> QueryResult<usize> {
    diesel::update(feed_position::table)
        .set(feed_position::sequence.eq(sequence))
        .execute(connection)
        .await
}
