use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use crate::harness::*;

/// R-GRP-06
#[tokio::test]
async fn a_deleted_user_leaves_every_group() {
    let service = Service::start().await;
    let users = service.users(2);
    let a = service.group("A", &users).await.id;
    let b = service.group("B", &users[..1]).await.id;
    service.identity.delete(ACCOUNT, &users[0]);
    service.caught_up().await;
    let rows = "select count(*) as n from group_members";
    assert_eq!(service.number(rows).await, 1);
    assert_eq!(service.get(&a).await.unwrap().etag, "W/\"2\"");
    assert_eq!(service.get(&b).await.unwrap().member_count, 0);
    let (kind, changed) = service.last_change(&b).await;
    assert_eq!(
        (kind.as_str(), changed.as_slice()),
        ("group.members_changed", &["members".to_owned()][..])
    );
}

#[tokio::test]
async fn it_catches_up_when_it_starts_later() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users).await.id;
    service.caught_up().await;
    let changes = service.changes().await;
    service.running.stop().await.unwrap();
    service.identity.delete(ACCOUNT, &users[0]);
    service.identity.add(ACCOUNT, "new@x.test");
    // Two replicas at once: each change is applied once.
    let replicas = [
        spawn_group(&service.config).await,
        spawn_group(&service.config).await,
    ];
    let pool = service.pool.clone();
    let connection = async || storage::postgres::connect(&pool).await.unwrap();
    eventually(async || {
        let row: Position = diesel::sql_query("select sequence from feed_position")
            .get_result(&mut connection().await)
            .await
            .unwrap();
        row.sequence >= service.identity.last()
    })
    .await;
    let mut client = client(&replicas[1]).await;
    let request = proto::group::v1::GetGroupRequest {
        account_id: ACCOUNT,
        id: group,
        view: proto::group::v1::GroupView::Full.into(),
    };
    let group = client.get_group(request).await.unwrap().into_inner();
    assert_eq!(member_ids(&group), users[1..]);
    assert_eq!(group.etag, "W/\"2\"");
    let mut connection = connection().await;
    let count: i64 = diesel_async::RunQueryDsl::get_result(
        diesel::QueryDsl::count(storage::changes::changes::table),
        &mut connection,
    )
    .await
    .unwrap();
    assert_eq!(count, changes + 1);
}

#[derive(diesel::QueryableByName)]
struct Position {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    sequence: i64,
}

/// What has come meanwhile is applied together; who has groups to leave (rule 7) makes the others wait, not get lost.
#[tokio::test]
async fn switches_that_come_together_are_all_applied() {
    let service = Service::start().await;
    let users = service.users(4);
    let [back, placed, other, gone] = users.as_slice() else {
        panic!("four users")
    };
    let group = service.manual_group("By hand", &users).await.id;
    let default = service.manual_group("By default", &[]).await.id;
    service.make_default(&default).await;
    service.sign_in(placed, &[]).await.unwrap();
    service.caught_up().await;
    service.running.stop().await.unwrap();
    service.identity.set_active(back, false);
    service.identity.set_active(placed, false);
    service.identity.set_active(other, false);
    service.identity.set_active(back, true);
    service.identity.delete(ACCOUNT, gone);
    let _running = spawn_group(&service.config).await;
    let pool = service.pool.clone();
    let number = async |query: &str| {
        let mut connection = storage::postgres::connect(&pool).await.unwrap();
        let query = diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!("({query})"));
        let number = diesel::select(query).get_result::<i64>(&mut connection);
        number.await.unwrap()
    };
    let last = service.identity.last();
    eventually(async || number("select sequence from feed_position").await == last).await;
    let known = |state: &str, user: &str| {
        format!("select count(*) from known_users where {state} and user_id = '{user}'")
    };
    for (state, user) in [
        ("active and not deleted", back),
        ("not active", placed),
        ("not active", other),
        ("deleted", gone),
    ] {
        assert_eq!(number(&known(state, user)).await, 1, "{state}");
    }
    let members =
        |group: &str| format!("select count(*) from group_members where group_id = '{group}'");
    // The sign-in took the one who is placed out of it.
    assert_eq!(number(&members(&group)).await, 2);
    assert_eq!(number(&members(&default)).await, 0);
}

#[tokio::test]
async fn it_goes_on_after_identity_was_away() {
    let service = Service::start().await;
    service.identity.set_away(true);
    let second = spawn_group(&service.config).await;
    service.identity.set_away(false);
    service.users(3);
    service.caught_up().await;
    second.stop().await.unwrap();
}

/// A deletion between the identity service's answer and the transaction that adds the user.
#[tokio::test]
async fn a_deletion_that_races_an_addition_leaves_no_dangling_member() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let users = service.users(1);
    service.identity.hold();
    let adding = {
        let (mut client, request) = (
            service.client.clone(),
            patching(&group, vec![add_members(&users)]),
        );
        tokio::spawn(async move { client.patch_group(request).await })
    };
    service.identity.held().await;
    service.identity.delete(ACCOUNT, &users[0]);
    service.caught_up().await;
    service.identity.release();
    adding.await.unwrap().unwrap_err();
    let rows = "select count(*) as n from group_members";
    assert_eq!(service.number(rows).await, 0);
}

/// A deletion while the transaction that adds the user is under way: held here by its lock on the group.
#[tokio::test]
async fn a_deletion_waits_for_an_addition_under_way() {
    let service = Service::start().await;
    let users = service.users(1);
    service.group("Makes the user known", &users).await;
    let group = service.group("A", &[]).await.id;
    let mut holder = service.connection().await;
    let pid = backend(&mut holder).await;
    holder
        .batch_execute(&format!(
            "begin; select from groups where id = '{group}' for update"
        ))
        .await
        .unwrap();
    let adding = {
        let (mut client, request) = (
            service.client.clone(),
            patching(&group, vec![add_members(&users)]),
        );
        tokio::spawn(async move { client.patch_group(request).await })
    };
    let blocked = format!(
        "select count(*) as n from pg_stat_activity where {pid} = any(pg_blocking_pids(pid))"
    );
    eventually(async || service.number(&blocked).await > 0).await;
    service.identity.delete(ACCOUNT, &users[0]);
    let blocked_behind = format!(
        "select count(*) as n from pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) b
         where {pid} = any(pg_blocking_pids(b))"
    );
    let position = "select sequence as n from feed_position";
    eventually(async || {
        service.number(&blocked_behind).await > 0
            || service.number(position).await >= service.identity.last()
    })
    .await;
    holder.batch_execute("commit").await.unwrap();
    adding.await.unwrap().unwrap();
    service.caught_up().await;
    assert_eq!(
        service
            .number("select count(*) as n from group_members")
            .await,
        0
    );
    assert_eq!(
        service
            .number("select sum(member_count)::bigint as n from groups")
            .await,
        0
    );
}

/// The process of a connection at the server.
async fn backend(connection: &mut storage::postgres::Connection) -> i32 {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        pid: i32,
    }
    let row: Row = diesel::sql_query("select pg_backend_pid() as pid")
        .get_result(connection)
        .await
        .unwrap();
    row.pid
}

/// The same at any moment of the addition.
#[tokio::test(flavor = "multi_thread")]
async fn deletions_and_additions_at_once_leave_no_dangling_member() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let users = service.users(60);
    let mut tasks = Vec::new();
    for user in &users {
        let request = patching(&group, vec![add_members(std::slice::from_ref(user))]);
        let (mut client, identity) = (service.client.clone(), service.identity.clone());
        tasks.push(tokio::spawn(async move {
            // Either is fine: added and then taken out, or refused.
            let _ = client.patch_group(request).await;
        }));
        let user = user.clone();
        tasks.push(tokio::spawn(async move {
            identity.delete(ACCOUNT, &user);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    service.caught_up().await;
    let rows = "select count(*) as n from group_members";
    assert_eq!(service.number(rows).await, 0);
    assert_eq!(
        service.number("select member_count as n from groups").await,
        0
    );
}
