//! Follows the change log of the identity service: a user deleted there leaves every group here, whether
//! or not the process that deleted it lived to say so.

use std::time::Duration;

use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::{StreamExt, stream::ReadyChunks};
use proto::protocol::v1::{Actor, Change};
use storage::{
    changes::Sequencer,
    postgres::{self, Pool},
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    error::Error,
    ids, memberships,
    mutation::{self, Mutation},
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
    sequencer: Sequencer,
}

impl Follower {
    pub(crate) fn new(pool: Pool, users: Users, sequencer: Sequencer) -> Follower {
        Follower {
            pool,
            users,
            sequencer,
        }
    }

    /// Follows for ever; after a fault it goes on from the last change applied.
    pub(crate) async fn run(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let progress = match self.follow().await {
                Ok(progress) => progress,
                Err((progress, error)) => {
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
        let mut chunks: ReadyChunks<_> = changes.ready_chunks(CHUNK);
        let mut progress = false;
        while let Some(chunk) = chunks.next().await {
            self.apply_all(chunk)
                .await
                .map_err(|error| (progress, error))?;
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
            let deleted = deleted_user(&change);
            let step = Apply {
                sequence: change.sequence,
                account_id: change.account_id,
                deleted,
                actor: change.actor.unwrap_or_default(),
            };
            if deleted.is_some() {
                mutation::commit(&self.pool, &step).await?;
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
}

fn deleted_user(change: &Change) -> Option<Uuid> {
    (change.kind == "user.deleted")
        .then(|| ids::parse(&change.resource_id))
        .flatten()
}

/// Applies a change unless this or another replica has, and moves the position on to it.
struct Apply {
    sequence: i64,
    account_id: i64,
    deleted: Option<Uuid>,
    actor: Actor,
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
        if let Some(user) = self.deleted {
            memberships::forget_user(connection, self.account_id, user, &self.actor).await?;
        }
        advance(connection, self.sequence).await?;
        Ok(())
    }
}

async fn advance(connection: &mut AsyncPgConnection, sequence: i64) -> QueryResult<usize> {
    diesel::update(feed_position::table)
        .set(feed_position::sequence.eq(sequence))
        .execute(connection)
        .await
}
