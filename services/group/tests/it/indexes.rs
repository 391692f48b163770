use diesel::{QueryableByName, sql_types::Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use proto::{
    group::v1 as pb,
    protocol::v1::{GetDeliveryStatusRequest, delivery_service_client::DeliveryServiceClient},
};
use storage::postgres::Connection;

use crate::harness::*;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}

/// Some user or group.
const ID: &str = "018f0000-0000-7000-8000-000000000000";

/// A filter (with `ID` put in), what tells its statement, the value bound there, and the index that serves it.
const LOOK_UPS: [(&str, &str, &str, &str); 7] = [
    (
        "displayName eq \"group 7\"",
        "display_name_key =",
        "group 7",
        "groups_display_name_idx",
    ),
    (
        "displayName sw \"group 77\"",
        "display_name_key LIKE",
        "group 77%",
        "groups_display_name_idx",
    ),
    (
        "externalId eq \"ext7\"",
        "external_id =",
        "ext7",
        "groups_external_id_idx",
    ),
    ("id eq \"ID\"", "groups.id =", ID, "groups_pkey"),
    (
        "members.value eq \"ID\"",
        "member_id =",
        ID,
        "group_members_member_idx",
    ),
    (
        "members[value eq \"ID\"]",
        "member_id =",
        ID,
        "group_members_member_idx",
    ),
    (
        "meta.lastModified gt \"2999-01-01T00:00:00Z\"",
        "updated_at >",
        "2999-01-01T00:00:00Z",
        "groups_updated_at_idx",
    ),
];

/// R-FILTER-31: the statements that the service really sends, explained in an account of 100,000 users and groups.
#[tokio::test]
async fn look_ups_are_backed_by_indexes() {
    let (service, traffic) = Service::observed().await;
    fill(&service).await;
    for (filter, mark, value, index) in LOOK_UPS {
        service.matches(&filter.replace("ID", ID)).await.unwrap();
        let statement = traffic.last_with(mark).unwrap();
        // No page is read where the count is none.
        let values = if statement.to_lowercase().contains("count(*)") {
            format!("7, '{value}'")
        } else {
            format!("7, '{value}', 100")
        };
        let plan = explain(&service, &statement, &values).await;
        assert!(plan.contains(index), "{filter}:\n{statement}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{filter}:\n{plan}");
    }
}

/// How PostgreSQL comes to know of the tables what no plan may hang on.
const STATISTICS: [(&str, &str); 3] = [
    ("of when the tables were small", "select 1"),
    (
        "none",
        "delete from pg_statistic where starelid in ('groups'::regclass, 'group_members'::regclass);
         update pg_class set reltuples = -1, relpages = 0, relallvisible = 0
            where oid in ('groups'::regclass, 'group_members'::regclass)",
    ),
    ("fresh", "analyze groups, group_members"),
];

/// The groups of a user are looked up row by row, by an index, whatever is known of the tables, with the values and
/// without; and so are those around a group.
#[tokio::test]
async fn memberships_need_no_statistics() {
    let (service, traffic) = Service::observed().await;
    let statements = "alter table groups set (autovacuum_enabled = off);
        alter table group_members set (autovacuum_enabled = off)";
    let mut connection = service.connection().await;
    connection.batch_execute(statements).await.unwrap();
    fill_some(&service, 1, 40).await;
    // Few members beside the groups: what is taken for granted of the others then is wrong.
    let statements =
        "insert into group_members (account_id, group_id, member_id, member_type, source)
            select account_id, group_id, (select member_id from group_members limit 1), 1, 'scim'
            from group_members on conflict do nothing;
        analyze groups, group_members";
    connection.batch_execute(statements).await.unwrap();
    fill_some(&service, 41, 100_000).await;
    let user = service.users(1).remove(0);
    let group = service.group("G", std::slice::from_ref(&user)).await.id;
    let request = pb::BatchListUserGroupsRequest {
        account_id: ACCOUNT,
        user_ids: vec![user],
    };
    let mut client = service.client.clone();
    client
        .batch_list_user_groups(request.clone())
        .await
        .unwrap();
    let direct = traffic.last_with("as nests").unwrap();
    assert!(!direct.contains("recursive"), "{direct}");
    let outside = service.group("H", &[]).await.id;
    let nest = vec![add_members(&[group])];
    service.patch(&outside, nest).await.unwrap();
    client.batch_list_user_groups(request).await.unwrap();
    let nested = traffic.last_with("bool_or").unwrap();
    let statements = [
        (direct, format!("7, '{{{ID}}}', 7, 7, 7")),
        (nested, format!("'{{{ID}}}', 7, 7, 7")),
    ];
    for (statistics, known) in STATISTICS {
        connection.batch_execute(known).await.unwrap();
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let setting = format!("set plan_cache_mode = {mode}");
            connection.batch_execute(&setting).await.unwrap();
            for (statement, values) in &statements {
                let plan = explain_on(&mut connection, statement, values).await;
                for index in ["group_members_member_idx", "groups_pkey"] {
                    assert!(plan.contains(index), "{statistics}, {mode}\n{plan}");
                }
                for other in ["Seq Scan on group", "Hash Join", "Merge Join"] {
                    assert!(!plan.contains(other), "{statistics}, {mode}\n{plan}");
                }
            }
        }
    }
}

/// The few groups that a sign-in may lead to are found without reading the others.
#[tokio::test]
async fn a_sign_in_is_backed_by_indexes() {
    let (service, traffic) = Service::observed().await;
    fill(&service).await;
    let user = service.users(1).remove(0);
    service
        .sql("update groups set assign_by_default = true where external_id = 'ext7'")
        .await;
    service.sign_in(&user, &["eng"]).await.unwrap();
    let cases = [
        (
            "sso_mapping_groups\" &&",
            "7, '{eng}'",
            "groups_sign_in_idx",
        ),
        (
            "\"group_members\".\"source\" FROM",
            &format!("7, '{ID}'"),
            "group_members_member_idx",
        ),
    ];
    for (mark, values, index) in cases {
        let statement = traffic.last_with(mark).unwrap();
        let plan = explain(&service, &statement, values).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
    }
}

/// How the deliveries of an account are getting on is told by few rows of a hundred thousand.
#[tokio::test]
async fn the_status_of_deliveries_is_backed_by_indexes() {
    let (service, traffic) = Service::observed().await;
    let statements =
        "insert into deliveries (account_id, change_id, channel, resource_id, sequence,
            next_attempt_at, last_error, dead_at)
            select n % 1000, gen_random_uuid(), 'webhook', n::text, n, now() + interval '1 day',
                case when n % 3 = 0 then '' else 'timeout' end, case when n % 2 = 0 then now() end
            from generate_series(1, 100000) n;
        analyze deliveries";
    let mut connection = service.connection().await;
    connection.batch_execute(statements).await.unwrap();
    let url = service.running.url();
    let mut deliveries = DeliveryServiceClient::connect(url).await.unwrap();
    let request = GetDeliveryStatusRequest {
        account_id: ACCOUNT,
    };
    deliveries.get_delivery_status(request).await.unwrap();
    for (mark, values, index) in [
        ("last_error <> ''", "7, 'webhook'", "deliveries_failed_idx"),
        (
            "\"deliveries\".\"sequence\"",
            "7, 'webhook', 1",
            "deliveries_waiting_idx",
        ),
        ("IS NULL LIMIT", "7, 'webhook', 10001", "Index"),
        (
            "IS NOT NULL LIMIT",
            "7, 'webhook', 10001",
            "deliveries_dead_idx",
        ),
    ] {
        let statement = traffic.last_with(mark).unwrap();
        // As planned without the values, which is how it is planned after a few times.
        let mut connection = service.connection().await;
        let setting = "set plan_cache_mode = force_generic_plan";
        connection.batch_execute(setting).await.unwrap();
        let plan = explain_on(&mut connection, &statement, values).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
    }
}

/// A hundred thousand users, and as many groups with one of them each.
async fn fill(service: &Service) {
    fill_some(service, 1, 100_000).await;
    let mut connection = service.connection().await;
    let analyze = "analyze groups, known_users, group_members";
    connection.batch_execute(analyze).await.unwrap();
}

/// Users and groups of these numbers.
async fn fill_some(service: &Service, from: usize, to: usize) {
    let statements = format!(
        "insert into groups select 7, gen_random_uuid(), 'Group ' || n, 'group ' || n, 'ext' || n,
            true, '{{}}', '{{}}', 0, 1, now() - n * interval '1 minute', now() - n * interval '1 minute'
            from generate_series({from}, {to}) n;
        with new as (
            insert into known_users (account_id, user_id)
            select 7, gen_random_uuid() from generate_series({from}, {to}) returning user_id
        ), numbered as (
            select user_id, {from} - 1 + row_number() over () as n from new
        )
        insert into group_members (account_id, group_id, member_id, member_type, source)
            select 7, groups.id, numbered.user_id, 1, 'scim'
            from numbered join groups on groups.external_id = 'ext' || numbered.n"
    );
    let mut connection = service.connection().await;
    connection.batch_execute(&statements).await.unwrap();
}

async fn explain(service: &Service, statement: &str, values: &str) -> String {
    explain_on(&mut service.connection().await, statement, values).await
}

async fn explain_on(connection: &mut Connection, statement: &str, values: &str) -> String {
    connection
        .batch_execute(&format!("deallocate all; prepare asked as {statement}"))
        .await
        .unwrap();
    let lines: Vec<Line> = diesel::sql_query(format!("explain execute asked ({values})"))
        .load(connection)
        .await
        .unwrap();
    let lines: Vec<String> = lines.into_iter().map(|line| line.line).collect();
    lines.join("\n")
}
