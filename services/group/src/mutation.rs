//! Transactions that change something.

use std::{future::Future, time::Duration};

use diesel_async::{AsyncConnection, AsyncPgConnection};
use storage::postgres::{self, Pool};

use crate::error::Error;

/// How often a transaction that collided with another is run again.
const RETRIES: u32 = 3;

/// The work of one transaction. It may run more than once, each time from the start.
pub(crate) trait Mutation: Sync {
    type Output: Send;

    fn run(
        &self,
        connection: &mut AsyncPgConnection,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// Runs a mutation in a transaction of its own, again where it lost against another one.
pub(crate) async fn commit<M: Mutation>(pool: &Pool, mutation: &M) -> Result<M::Output, Error> {
    let mut collisions = 0;
    loop {
        let mut connection = postgres::connect(pool).await?;
        let result = connection
            .transaction(async |connection| mutation.run(connection).await)
            .await;
        drop(connection);
        match result {
            Err(Error::Storage(storage::Error::Serialization)) if collisions < RETRIES => {
                collisions += 1;
                tokio::time::sleep(Duration::from_millis(5) * collisions).await;
            }
            result => return result,
        }
    }
}
