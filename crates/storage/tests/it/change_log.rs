//! The change log as callers read it.

use diesel::sql_query;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use prost::Message;
use prost_types::Timestamp;
use proto::{
    error::reason,
    protocol::v1::{
        Actor, BatchGetResourceNamesRequest, Change, ErrorReason, ListChangesRequest,
        ListChangesResponse, ResourceName, change_log_service_server::ChangeLogService,
    },
};
use secrecy::{ExposeSecret, SecretString};
use storage::{
    changes::{Details, Entry, Log, Name, Sequencer, record},
    cursor::Cursors,
    postgres::{Pool, connect},
};
use testkit::Database;
use tonic::{Request, Status};

use crate::{MIGRATIONS, pool};

struct World {
    log: Log,
    pool: Pool,
    _database: Database,
}

impl World {
    async fn create() -> World {
        let database = Database::create(MIGRATIONS).await;
        let pool = pool(database.url());
        World {
            log: Log::new(pool.clone(), Cursors::new(None)),
            pool,
            _database: database,
        }
    }

    /// Ten changes of account 1, two of them at each instant, and one of account 2.
    async fn fill(&self) {
        let rows = "INSERT INTO changes
            SELECT account, gen_random_uuid(), NULL, (ARRAY['user.created', 'user.updated'])[1 + n % 2],
                   'KIND_SCIM_TOKEN', (n % 3)::text, 'Okta', 'r', '192.0.2.7', 'u' || n, '{}',
                   timestamptz '2026-01-01 00:00:00.000001Z' + n / 2 * interval '1 microsecond'
            FROM (SELECT 1 AS account, n FROM generate_series(0, 9) AS n UNION SELECT 2, 99) AS made";
        let mut connection = connect(&self.pool).await.unwrap();
        connection.batch_execute(rows).await.unwrap();
    }

    async fn list(&self, request: ListChangesRequest) -> Result<ListChangesResponse, Status> {
        let response = self.log.list_changes(Request::new(request)).await?;
        Ok(response.into_inner())
    }

    async fn resources(&self, request: ListChangesRequest) -> Vec<String> {
        let page = self.list(request).await.unwrap();
        assert_eq!(page.next_page_token, "");
        let mut resources = names(&page.changes);
        resources.sort();
        resources
    }
}

fn names(changes: &[Change]) -> Vec<String> {
    let changes = changes.iter();
    changes.map(|change| change.resource_id.clone()).collect()
}

fn all() -> ListChangesRequest {
    ListChangesRequest {
        account_id: 1,
        ..ListChangesRequest::default()
    }
}

/// So many microseconds into 2026.
fn at(micros: i32) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: 1_767_225_600,
        nanos: micros * 1000,
    })
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, Status>, with: ErrorReason) {
    assert_eq!(reason(&result.unwrap_err()), Some(with));
}

#[tokio::test]
async fn the_newest_comes_first_and_alone_its_accounts() {
    let world = World::create().await;
    assert_eq!(
        world.list(all()).await.unwrap(),
        ListChangesResponse::default()
    );
    world.fill().await;
    let page = world.list(all()).await.unwrap();
    assert_eq!(page.changes.len(), 10);
    assert!(page.changes.iter().all(|change| change.account_id == 1));
    let times: Vec<_> = page.changes.iter().map(|one| one.create_time).collect();
    let expected = (0..10).rev().map(|n| at(1 + n / 2));
    assert_eq!(times, expected.collect::<Vec<_>>());
    let actor = page.changes[0].actor.clone().unwrap();
    assert_eq!(actor.ip_address, "192.0.2.7");
}

#[tokio::test]
async fn pages_of_any_size_have_every_change_once() {
    let world = World::create().await;
    world.fill().await;
    let whole = world.list(all()).await.unwrap().changes;
    for sizes in [[1, 1, 1], [3, 3, 3], [2, 5, 1], [10, 10, 10], [9, 9, 9]] {
        let mut seen = Vec::new();
        let mut request = all();
        for size in sizes.iter().cycle() {
            request.page_size = *size;
            let page = world.list(request.clone()).await.unwrap();
            assert!(page.changes.len() <= usize::try_from(*size).unwrap());
            seen.extend(page.changes);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, whole, "{sizes:?}");
    }
}

/// A change made while somebody pages comes before what they have seen, and so shifts nothing.
#[tokio::test]
async fn what_comes_meanwhile_moves_no_page() {
    let world = World::create().await;
    world.fill().await;
    let whole = world.list(all()).await.unwrap().changes;
    let request = ListChangesRequest {
        page_size: 4,
        ..all()
    };
    let first = world.list(request.clone()).await.unwrap();
    sql_query(
        "INSERT INTO changes SELECT 1, gen_random_uuid(), NULL, 'k', 'KIND_SERVICE', '', '', '', '', '', '{}'
         FROM generate_series(1, 5)",
    )
    .execute(&mut connect(&world.pool).await.unwrap())
    .await
    .unwrap();
    let second = ListChangesRequest {
        page_token: first.next_page_token,
        ..request
    };
    let second = world.list(second).await.unwrap();
    assert_eq!(second.changes, whole[4..8]);
}

#[tokio::test]
async fn filters_narrow_and_combine() {
    let world = World::create().await;
    world.fill().await;
    let found = async |change: &dyn Fn(&mut ListChangesRequest)| {
        let mut request = all();
        change(&mut request);
        world.resources(request).await
    };
    let by_kind = found(&|request| request.kinds = vec!["user.created".to_owned()]).await;
    assert_eq!(by_kind, ["u0", "u2", "u4", "u6", "u8"]);
    let kinds = ["user.created", "user.updated", "none"].map(str::to_owned);
    let by_kinds = found(&|request| request.kinds = kinds.to_vec()).await;
    assert_eq!(by_kinds.len(), 10);
    let by_actor = found(&|request| request.actor_id = "1".to_owned()).await;
    assert_eq!(by_actor, ["u1", "u4", "u7"]);
    let by_resource = found(&|request| request.resource_id = "u5".to_owned()).await;
    assert_eq!(by_resource, ["u5"]);
    let by_time = found(&|request| {
        (request.start_time, request.end_time) = (at(2), at(4));
    })
    .await;
    assert_eq!(by_time, ["u2", "u3", "u4", "u5"]);
    let by_all = found(&|request| {
        (request.start_time, request.end_time) = (at(2), at(4));
        request.kinds = vec!["user.created".to_owned()];
        request.actor_id = "1".to_owned();
    })
    .await;
    assert_eq!(by_all, ["u4"]);
    // Times that no database holds are the nearest that one does.
    let end_of_time = Timestamp {
        seconds: i64::MAX,
        nanos: 0,
    };
    let start_of_time = Timestamp {
        seconds: i64::MIN,
        nanos: 0,
    };
    let always = found(&|request| {
        request.start_time = Some(start_of_time);
        request.end_time = Some(end_of_time);
    })
    .await;
    assert_eq!(always.len(), 10);
    let never = found(&|request| request.start_time = Some(end_of_time)).await;
    assert_eq!(never.len(), 0);
}

/// Names are compared as user names are; what is older than names has none.
#[tokio::test]
async fn a_name_finds_what_was_called_so_then() {
    let world = World::create().await;
    world.fill().await;
    let mut connection = connect(&world.pool).await.unwrap();
    for id in ["a", "b"] {
        crate::changes::write(&mut connection, id).await;
    }
    let found = async |name: &str| {
        let request = ListChangesRequest {
            resource_name: name.to_owned(),
            ..all()
        };
        world.resources(request).await
    };
    for name in ["Ann@acme.test", "ANN@ACME.TEST", "ann@acme.test"] {
        assert_eq!(found(name).await, ["a", "b"], "{name}");
    }
    for name in ["ann", "ann@acme", "%", "Ann Lee"] {
        assert_eq!(found(name).await, [""; 0], "{name}");
    }
    assert_eq!(found("").await.len(), 12);
}

/// Whatever the rows hold, a page is well below the size of a message, and no change is lost between pages.
#[tokio::test]
async fn large_changes_come_in_smaller_pages() {
    let world = World::create().await;
    let mut connection = connect(&world.pool).await.unwrap();
    sql_query(
        "INSERT INTO changes (account_id, id, kind, actor_kind, actor_id, actor_name, request_id, actor_ip,
             resource_id, changed_attributes, members_joined, members_joined_count)
         SELECT 1, gen_random_uuid(), 'k', 'KIND_SERVICE', '', '', '', '', n::text, '{}',
             (SELECT array_agg(gen_random_uuid()) FROM generate_series(1, 1000)), 5000
         FROM generate_series(1, 200) AS n",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let mut request = ListChangesRequest {
        page_size: 1000,
        ..all()
    };
    let (mut pages, mut seen) = (0, Vec::new());
    loop {
        let page = world.list(request.clone()).await.unwrap();
        assert!(page.encoded_len() < 3 << 20, "{}", page.encoded_len());
        pages += 1;
        seen.extend(names(&page.changes));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(pages > 2, "{pages}");
    seen.sort_by_key(|name| name.parse::<u32>().unwrap());
    let expected = (1..=200).map(|n| n.to_string());
    assert_eq!(seen, expected.collect::<Vec<_>>());
}

/// The last name that there was, of what is gone too; nothing of other accounts.
#[tokio::test]
async fn resources_are_called_as_they_were_last() {
    let world = World::create().await;
    world.fill().await;
    let mut connection = connect(&world.pool).await.unwrap();
    for (account_id, name, display_name) in [
        (1, "old@acme.test", "Old"),
        (1, "new@acme.test", "New"),
        (1, "", ""),
        (2, "x", "x"),
    ] {
        let entry = Entry {
            account_id,
            kind: "user.deleted",
            resource_id: "u1",
            name: Name { name, display_name },
            changed_attributes: &[],
            details: Details::default(),
            actor: &Actor::default(),
        };
        record(&mut connection, entry).await.unwrap();
    }
    let names = async |account_id, ids: Vec<String>| {
        let request = BatchGetResourceNamesRequest {
            account_id,
            resource_ids: ids,
        };
        let answer = world.log.batch_get_resource_names(Request::new(request));
        Ok::<_, Status>(answer.await?.into_inner().names)
    };
    let asked = ["u1", "u2", "nobody", "u1"].map(str::to_owned);
    let found = names(1, asked[..3].to_vec()).await.unwrap();
    let expected = ResourceName {
        resource_id: "u1".to_owned(),
        name: "new@acme.test".to_owned(),
        display_name: "New".to_owned(),
    };
    assert_eq!(found, [expected]);
    assert_eq!(names(3, asked.to_vec()).await.unwrap(), []);
    assert_eq!(names(1, Vec::new()).await.unwrap(), []);
    assert_refused(names(0, asked.to_vec()).await, ErrorReason::InvalidValue);
    let many = vec![String::new(); 10_001];
    assert_refused(names(1, many).await, ErrorReason::InvalidValue);
    let nul = vec!["a\0b".to_owned()];
    assert_refused(names(1, nul).await, ErrorReason::InvalidValue);
}

/// A token is good for its account and filters, and of one key.
#[tokio::test]
async fn tokens_of_others_are_refused() {
    let world = World::create().await;
    world.fill().await;
    let request = ListChangesRequest {
        page_size: 1,
        ..all()
    };
    let page_token = world.list(request.clone()).await.unwrap().next_page_token;
    assert_ne!(page_token, "");
    let with_token = ListChangesRequest {
        page_token,
        ..request
    };
    world.list(with_token.clone()).await.unwrap();
    let changed = |change: fn(&mut ListChangesRequest)| {
        let mut request = with_token.clone();
        change(&mut request);
        request
    };
    for other in [
        changed(|request| request.account_id = 2),
        changed(|request| request.kinds = vec!["user.created".to_owned()]),
        changed(|request| request.actor_id = "1".to_owned()),
        changed(|request| request.resource_id = "u1".to_owned()),
        changed(|request| request.resource_name = "u1".to_owned()),
        changed(|request| request.start_time = at(1)),
        changed(|request| request.end_time = at(1)),
        changed(|request| request.page_token.push('A')),
        changed(|request| request.page_token = "?".to_owned()),
    ] {
        assert_refused(world.list(other).await, ErrorReason::InvalidCursor);
    }
    let elsewhere = Log::new(world.pool.clone(), Cursors::new(None));
    let result = elsewhere.list_changes(Request::new(with_token)).await;
    assert_refused(result, ErrorReason::InvalidCursor);
}

#[tokio::test]
async fn page_sizes_and_bad_requests() {
    let world = World::create().await;
    sql_query(
        "INSERT INTO changes SELECT 1, gen_random_uuid(), NULL, 'k', 'KIND_SERVICE', '', '', '', '', '', '{}'
         FROM generate_series(1, 1001)",
    )
    .execute(&mut connect(&world.pool).await.unwrap())
    .await
    .unwrap();
    for (page_size, expected) in [(0, 100), (1, 1), (1000, 1000), (i32::MAX, 1000)] {
        let request = ListChangesRequest { page_size, ..all() };
        let page = world.list(request).await.unwrap();
        assert_eq!(page.changes.len(), expected);
        assert_ne!(page.next_page_token, "");
    }
    for (account_id, page_size) in [(0, 0), (-1, 0), (1, -1)] {
        let request = ListChangesRequest {
            account_id,
            page_size,
            ..all()
        };
        assert_refused(world.list(request).await, ErrorReason::InvalidValue);
    }
    let nul = ListChangesRequest {
        actor_id: "a\0b".to_owned(),
        ..all()
    };
    assert_refused(world.list(nul).await, ErrorReason::InvalidValue);
}

/// Issue 4, part 9: the role that writes the log, though it owns it, cannot rewrite it.
#[tokio::test]
async fn the_log_is_append_only_for_its_owner() {
    let database = Database::empty().await;
    connect(&pool(database.url()))
        .await
        .unwrap()
        .batch_execute(
            "DO $$ BEGIN
                 CREATE ROLE muster_test_owner;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN
             END $$;
             DO $$ BEGIN
                 EXECUTE format('GRANT ALL ON SCHEMA %I TO muster_test_owner', current_schema());
             END $$",
        )
        .await
        .unwrap();
    let url = database.url();
    let role = "options=-c%20role%3Dmuster_test_owner%20";
    let url: SecretString = url.expose_secret().replace("options=", role).into();
    storage::postgres::migrate(&url, MIGRATIONS).await.unwrap();
    let pool = pool(url);
    let mut connection = connect(&pool).await.unwrap();
    crate::changes::write(&mut connection, "u1").await;
    for forbidden in [
        "UPDATE changes SET kind = 'x'",
        "UPDATE changes SET actor_name = 'x', sequence = 7",
        "UPDATE changes SET resource_name = 'x'",
        "UPDATE changes SET changed_values = '[]', members_joined = '{}', members_left = '{}'",
        "DELETE FROM changes",
        "TRUNCATE changes",
    ] {
        let error = connection.batch_execute(forbidden).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{error}");
    }
    // It can still be numbered.
    let sequencer = Sequencer::start(pool.clone());
    let mut last = sequencer.subscribe();
    last.wait_for(|last| *last == 1).await.unwrap();
}
