use std::{fs, path::Path, time::Duration};

use diesel::{QueryableByName, sql_types::BigInt};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures::{StreamExt, future::join_all};
use proto::protocol::v1::{Actor, Change, MemberChange, ValueChange, actor::Kind};
use storage::{
    changes::{Details, Entry, Name, Sequencer, Value, after, find, record},
    postgres::{Pool, connect},
};
use testkit::Database;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{MIGRATIONS, pool};

const PATIENCE: Duration = Duration::from_secs(20);

fn actor() -> Actor {
    Actor {
        kind: Kind::ScimToken.into(),
        id: "7".to_owned(),
        name: "Okta".to_owned(),
        request_id: "r-1".to_owned(),
        ip_address: "2001:db8::7".to_owned(),
    }
}

pub(crate) async fn write(connection: &mut AsyncPgConnection, resource_id: &str) {
    let entry = Entry {
        account_id: 1,
        kind: "user.created",
        resource_id,
        name: Name {
            name: "Ann@acme.test",
            display_name: "Ann Lee",
        },
        changed_attributes: &["userName".to_owned(), "active".to_owned()],
        details: Details {
            values: &[Value::of("active", true, false)],
            joined: &[Uuid::from_u128(1), Uuid::from_u128(2)],
            left: &[Uuid::from_u128(3)],
        },
        actor: &actor(),
    };
    record(connection, entry).await.unwrap();
}

async fn feed(pool: &Pool, sequence: i64) -> Vec<Change> {
    let mut connection = connect(pool).await.unwrap();
    after(&mut connection, sequence, 100).await.unwrap()
}

#[tokio::test]
async fn an_entry_comes_back_as_it_was_written() {
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let mut connection = connect(&pool).await.unwrap();
    write(&mut connection, "u1").await;
    assert_eq!(feed(&pool, 0).await, [], "not numbered yet");

    let sequencer = Sequencer::start(pool.clone());
    let change = timeout(PATIENCE, Box::pin(sequencer.follow(0, Vec::new())).next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(change.sequence, 1);
    assert_eq!(change.account_id, 1);
    assert_eq!(change.kind, "user.created");
    assert_eq!(change.actor, Some(actor()));
    assert_eq!(change.resource_id, "u1");
    assert_eq!(change.changed_attributes, ["userName", "active"]);
    assert_eq!(change.resource_name, "Ann@acme.test");
    assert_eq!(change.resource_display_name, "Ann Lee");
    let value = ValueChange {
        attribute: "active".to_owned(),
        old_value: Some("true".to_owned()),
        new_value: Some("false".to_owned()),
    };
    assert_eq!(change.changed_values, [value]);
    let members = |ids: &[u128]| {
        let ids = ids.iter();
        let ids = ids.map(|id| Uuid::from_u128(*id).to_string());
        Some(MemberChange {
            count: i64::try_from(ids.len()).unwrap(),
            member_ids: ids.collect(),
        })
    };
    assert_eq!(change.members_joined, members(&[1, 2]));
    assert_eq!(change.members_left, members(&[3]));
    assert!(change.create_time.is_some());
    assert_eq!(feed(&pool, 0).await, [change]);
    assert_eq!(*sequencer.subscribe().borrow(), 1);
}

/// Under load many entries share a numbering: ten a second are enough, however many are written.
#[tokio::test]
async fn many_entries_share_a_numbering() {
    const ENTRIES: i64 = 300;
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let sequencer = Sequencer::start(pool.clone());
    let mut last = sequencer.subscribe();
    let counting = tokio::spawn(async move {
        let mut numberings = 0;
        while *last.borrow_and_update() < ENTRIES {
            last.changed().await.unwrap();
            numberings += 1;
        }
        numberings
    });
    let began = tokio::time::Instant::now();
    let mut connection = connect(&pool).await.unwrap();
    for _ in 0..ENTRIES {
        write(&mut connection, "x").await;
        sequencer.wake();
    }
    let numberings = timeout(PATIENCE, counting).await.unwrap().unwrap();
    let most = 3 + began.elapsed().as_millis() / 100;
    assert!(numberings <= most, "{numberings}, at most {most}");
}

#[tokio::test]
async fn an_entry_committed_late_comes_late() {
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let sequencer = Sequencer::start(pool.clone());
    let mut follower = Box::pin(sequencer.follow(0, Vec::new()));

    let (written, early) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let slow = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut connection = connect(&pool).await.unwrap();
            connection
                .transaction(async |connection| {
                    write(connection, "inserted first").await;
                    written.send(()).unwrap();
                    released.await.unwrap();
                    Ok::<_, diesel::result::Error>(())
                })
                .await
                .unwrap();
        }
    });
    early.await.unwrap();
    write(&mut connect(&pool).await.unwrap(), "committed first").await;
    sequencer.wake();
    let first = timeout(PATIENCE, follower.next()).await.unwrap().unwrap();
    release.send(()).unwrap();
    slow.await.unwrap();
    sequencer.wake();
    let second = timeout(PATIENCE, follower.next()).await.unwrap().unwrap();

    let changes = [first.unwrap(), second.unwrap()];
    assert_eq!(changes[0].resource_id, "committed first");
    assert_eq!(changes[1].resource_id, "inserted first");
    assert_eq!([changes[0].sequence, changes[1].sequence], [1, 2]);
}

/// One of many writers: every fifth transaction is rolled back, and they commit in another order than
/// they insert. Returns how many were committed.
async fn writer(pool: Pool, sequencers: [Sequencer; 2], number: u64) -> usize {
    let mut committed = 0;
    for turn in 0..25_u64 {
        let mut connection = connect(&pool).await.unwrap();
        let result = connection
            .transaction(async |connection| {
                write(connection, &format!("{number}-{turn}")).await;
                sleep(Duration::from_millis((number * 7 + turn * 13) % 23)).await;
                match (number + turn) % 5 {
                    0 => Err(diesel::result::Error::RollbackTransaction),
                    _ => Ok(()),
                }
            })
            .await;
        if result.is_ok() {
            committed += 1;
            sequencers[usize::from(turn % 2 == 0)].wake();
        }
    }
    committed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_feed_has_no_holes_with_two_sequencers_and_many_writers() {
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let sequencers = [
        Sequencer::start(pool.clone()),
        Sequencer::start(crate::pool(database.url())),
    ];
    // A reader that polls as fast as it can would see any number skipped or given too early.
    let reader = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut seen = Vec::<Change>::new();
            while seen.len() < 160 {
                let last = seen.last().map_or(0, |change| change.sequence);
                for (place, change) in (last + 1..).zip(feed(&pool, last).await) {
                    assert_eq!(change.sequence, place, "a hole");
                    seen.push(change);
                }
            }
            seen
        }
    });
    let writers = (0..8).map(|number| {
        let sequencers = sequencers.clone();
        tokio::spawn(writer(pool.clone(), sequencers, number))
    });
    let committed: usize = join_all(writers)
        .await
        .into_iter()
        .map(|n| n.unwrap())
        .sum();
    assert_eq!(committed, 160);
    let seen = timeout(PATIENCE, reader).await.unwrap().unwrap();
    assert_eq!(seen.len(), committed);

    // Entries rolled back are not in it, the others once each.
    let mut resources: Vec<_> = seen.iter().map(|change| &change.resource_id).collect();
    resources.sort_unstable();
    resources.dedup();
    assert_eq!(resources.len(), committed);
    assert_eq!(feed(&pool, 160).await, []);
}

#[tokio::test]
async fn a_backlog_larger_than_a_batch_is_followed_whole() {
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let mut connection = connect(&pool).await.unwrap();
    diesel_async::RunQueryDsl::execute(
        diesel::sql_query(
            "INSERT INTO changes SELECT 1, gen_random_uuid(), NULL, 'k', 'KIND_SERVICE', '', '', '', '', n, '{}'
             FROM generate_series(1, 2500) AS n",
        ),
        &mut connection,
    )
    .await
    .unwrap();
    let sequencer = Sequencer::start(pool);
    let follower = sequencer
        .follow(0, Vec::new())
        .take(2500)
        .map(|change| change.unwrap().sequence);
    let sequences: Vec<i64> = timeout(PATIENCE, follower.collect()).await.unwrap();
    assert_eq!(sequences, (1..=2500).collect::<Vec<_>>());
}

#[tokio::test]
async fn followers_end_when_the_sequencer_stops() {
    let database = Database::create(MIGRATIONS).await;
    let sequencer = Sequencer::start(pool(database.url()));
    let mut follower = Box::pin(sequencer.follow(0, Vec::new()));
    assert!(
        timeout(Duration::from_millis(300), follower.next())
            .await
            .is_err()
    );
    sequencer.stop();
    let end = timeout(PATIENCE, follower.next()).await.unwrap().unwrap();
    assert_eq!(end.unwrap_err().code(), tonic::Code::Unavailable);
}

#[test]
fn every_service_has_the_same_change_log() {
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services");
    for migration in [
        "2026-11-24-000001_create_changes",
        "2026-11-24-000050_index_changes",
        "2026-11-30-000170_name_changes",
        "2026-11-30-000171_index_names_of_changes",
    ] {
        for file in ["up.sql", "down.sql"] {
            let read = |service: &str| {
                let migrations = services.join(service).join("migrations");
                fs::read_to_string(migrations.join(migration).join(file)).unwrap()
            };
            for service in ["identity", "group", "token"] {
                assert_eq!(read(service), read("settings"), "{service}: {migration}");
            }
        }
    }
}

#[derive(QueryableByName)]
struct Statement {
    #[diesel(sql_type = BigInt)]
    custom: i64,
    #[diesel(sql_type = BigInt)]
    generic: i64,
}

/// A plan that is to fit any list may compare each row with each element, so a long list gets one of its own.
#[tokio::test]
async fn a_long_list_is_planned_for_itself() {
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let mut connection = connect(&pool).await.unwrap();
    let ids: Vec<Uuid> = (0..17).map(|_| Uuid::now_v7()).collect();
    let kept = "SELECT custom_plans AS custom, generic_plans AS generic FROM pg_prepared_statements
                WHERE statement ~ 'AN[Y]\\('";
    for (ids, statements) in [(&ids[..], 0), (&ids[..16], 1)] {
        // From the sixth time on Postgres may prefer a plan for any list.
        for _ in 0..10 {
            find(&mut connection, 1, ids).await.unwrap();
        }
        let kept: Vec<Statement> = diesel::sql_query(kept).load(&mut connection).await.unwrap();
        assert_eq!(kept.len(), statements);
        let uses: i64 = kept.iter().map(|one| one.custom + one.generic).sum();
        assert_eq!(uses, 10 * statements as i64, "it is the one that was used");
    }
}
