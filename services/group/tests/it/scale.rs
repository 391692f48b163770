use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use proto::group::v1::{self as pb, GroupView};

use testkit::proxy::Statement;

use crate::harness::*;

/// Fills a group past the service, which could not tell the difference.
async fn fill(service: &Service, group: &str, count: usize) {
    service
        .sql(&format!(
            "with users as (
                insert into known_users (account_id, user_id)
                select {ACCOUNT}, gen_random_uuid() from generate_series(1, {count})
                returning user_id
            ), members as (
                insert into group_members (account_id, group_id, member_id, member_type, source)
                select {ACCOUNT}, '{group}', user_id, 1, 'scim' from users
            )
            update groups set member_count = {count} where id = '{group}'"
        ))
        .await;
}

/// R-REG-PERF-01, R-GRP-07: adding or removing one takes the same statements and brings back the same
/// rows, however many members there are.
#[tokio::test]
async fn a_patch_of_one_member_costs_the_same_in_any_group() {
    let (service, traffic) = Service::observed().await;
    let users = service.users(3);
    let small = service.group("small", &users[..1]).await.id;
    let large = service.group("large", &users[..1]).await.id;
    fill(&service, &large, 10_000).await;
    let mut costs = Vec::new();
    // The first time also makes the user known.
    for group in [&small, &small, &large] {
        for patch in [add_members(&users[2..]), remove_members(&users[2..])] {
            let before = traffic.count();
            service.patch(group, vec![patch]).await.unwrap();
            costs.push(cost(&traffic.since(before)));
        }
    }
    assert_eq!(costs[2..4], costs[4..6]);
    let (adding, removing) = (&costs[2], &costs[3]);
    assert_eq!((adding.len(), removing.len()), (5, 3), "{costs:#?}");
}

/// Whatever comes again and again is parsed once on each connection, and never after.
#[tokio::test]
async fn statements_stay_prepared() {
    /// More than there are connections.
    const ROUNDS: usize = 10;
    const CONNECTIONS: usize = 8;
    let (service, traffic) = Service::observed().await;
    let users = service.users(4);
    for round in 0..ROUNDS {
        let name = format!("group {round}");
        let group = service.group(&name, &users[..1]).await.id;
        let patches = [add_members(&users[2..]), remove_members(&users[2..])];
        service.patch(&group, patches.to_vec()).await.unwrap();
        service.matches("displayName eq \"group 0\"").await.unwrap();
        let request = pb::BatchListUserGroupsRequest {
            account_id: ACCOUNT,
            user_ids: users.clone(),
        };
        let mut client = service.client.clone();
        client.batch_list_user_groups(request).await.unwrap();
        service.sign_in(&users[3], &["eng"]).await.unwrap();
    }
    let mut parsed: HashMap<String, usize> = HashMap::new();
    for text in traffic.parsed() {
        *parsed.entry(text).or_default() += 1;
    }
    // What the pool itself sends comes seldom.
    parsed.retain(|text, count| *count > CONNECTIONS && text.contains("$1"));
    assert!(parsed.is_empty(), "{parsed:#?}");
}

/// The same of a group of administrators, which the identity service is told of too.
#[tokio::test]
async fn an_administrator_more_costs_the_same_in_any_group() {
    let (service, traffic) = Service::observed().await;
    let users = service.users(3);
    let small = service.group("small", &users[..1]).await.id;
    let large = service.group("large", &users[..1]).await.id;
    for group in [&small, &large] {
        service.permit(group, Some("account_admin")).await;
    }
    fill(&service, &large, 10_000).await;
    let mut costs = Vec::new();
    for group in [&small, &small, &large] {
        for patch in [add_members(&users[2..]), remove_members(&users[2..])] {
            let (before, told) = (traffic.count(), service.identity.updates());
            service.patch(group, vec![patch]).await.unwrap();
            costs.push((
                cost(&traffic.since(before)),
                service.identity.updates() - told,
            ));
        }
    }
    assert_eq!(costs[2..4], costs[4..6]);
    let calls: Vec<usize> = costs.iter().map(|(_, calls)| *calls).collect();
    assert_eq!(calls, [1; 6]);
}

/// A sign-in that changes nothing locks no group, and none reads the groups that no sign-in leads to.
#[tokio::test]
async fn a_sign_in_that_changes_nothing_writes_nothing() {
    let (service, traffic) = Service::observed().await;
    let users = service.users(1);
    let group = service.manual_group("Everyone", &[]).await.id;
    service.make_default(&group).await;
    service.sign_in(&users[0], &["eng"]).await.unwrap();
    let before = traffic.count();
    service.sign_in(&users[0], &["eng"]).await.unwrap();
    let statements = cost(&traffic.since(before));
    assert!(statements.len() <= 5, "{statements:#?}");
    let writes = |text: &str| {
        let text = text.to_lowercase();
        text.contains("update \"")
            || text.contains("\"groups\" for update")
            || text.contains("changes")
    };
    let writing: Vec<_> = statements.iter().filter(|(text, _)| writes(text)).collect();
    assert!(writing.is_empty(), "{writing:#?}");
}

/// What the service asked of its own tables, each with the rows that came back; not what the sequencer,
/// the follower and the health check do meanwhile.
fn cost(statements: &[Statement]) -> Vec<(String, usize)> {
    let tables = [
        "groups",
        "group_members",
        "known_users",
        "nesting_locks",
        "INSERT INTO \"changes\"",
    ];
    let own = |statement: &&Statement| tables.iter().any(|table| statement.text.contains(table));
    let own = statements.iter().filter(own);
    own.map(|statement| (statement.text.clone(), statement.rows))
        .collect()
}

/// A group of 100,000 members can be made, read, replaced and deleted in one call each.
#[tokio::test]
async fn a_group_of_a_hundred_thousand() {
    let service = Service::start().await;
    let users = service.users(100_000);
    let group = timed("create", service.create(creation("A", &users)))
        .await
        .unwrap();
    assert_eq!(group.members.len(), 100_000);
    let read = timed("read", service.get(&group.id)).await.unwrap();
    assert_eq!(member_ids(&read), users);
    let wanted = &users[50_000..];
    let request = replacing(&group.id, "A", wanted);
    let same = timed("replace", service.replace(request.clone()))
        .await
        .unwrap();
    assert_eq!(same.members.len(), 50_000);
    timed("replace by the same", service.replace(request))
        .await
        .unwrap();
    let add = vec![add_members(&users[..1])];
    timed("add one", service.patch(&group.id, add))
        .await
        .unwrap();
    let basic = service.get_view(&group.id, GroupView::Basic);
    timed("read without members", basic).await.unwrap();
    timed("delete", service.delete(deletion(&group.id)))
        .await
        .unwrap();
}

/// A plan that Postgres keeps for any list of ids may compare each member with each id; it begins to keep
/// plans when a connection has run a statement five times. Also, no call needs two connections at once.
#[tokio::test]
async fn long_lists_stay_fast_however_often() {
    let service = Service::start().await;
    let users = service.users(40_000);
    let group = service.group("A", &users).await.id;
    let mut config = service.config.clone();
    config.database.max_connections = 1;
    let running = spawn_group(&config).await;
    let mut client = client(&running).await;
    let mut times = Vec::new();
    for _ in 0..8 {
        let start = Instant::now();
        for half in [
            remove_members(&users[20_000..]),
            add_members(&users[20_000..]),
        ] {
            client
                .patch_group(patching(&group, vec![half]))
                .await
                .unwrap();
        }
        times.push(start.elapsed());
    }
    let (first, last) = (times[0], times[7]);
    assert!(last < first * 2 + Duration::from_millis(500), "{times:?}");
    let group = service.get_view(&group, GroupView::Basic).await.unwrap();
    assert_eq!(group.member_count, 40_000);
}

/// R-LIST-06
#[tokio::test]
async fn a_group_that_no_response_could_hold_is_refused() {
    let service = Service::start().await;
    service.group("Group", &[]).await;
    service.sql("update groups set member_count = 400001").await;
    let request = pb::ListGroupsRequest {
        view: GroupView::Full.into(),
        ..listing()
    };
    let result = service.list(request).await;
    assert_eq!(reason(result), proto::protocol::v1::ErrorReason::TooMany);
}

async fn timed<T>(what: &str, call: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let result = call.await;
    eprintln!("{what}: {} ms", start.elapsed().as_millis());
    result
}
