//! R-REG-PERF-01, R21, R22, R27: large groups. (That a change costs the same number of statements whatever
//! the size is proved by `services/group/tests/it/scale.rs`.)

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::harness::{App, unique};

const MEMBERS: usize = 2_000;

async fn many_users(app: &App) -> Vec<String> {
    let prefix = unique("m");
    let creates = (0..MEMBERS).map(|n| {
        let scim = app.scim.clone();
        let name = format!("{prefix}-{n}");
        async move { scim.create_user(&name).await }
    });
    let started = Instant::now();
    let ids = stream::iter(creates).buffer_unordered(32).collect().await;
    // R-ENTRA-27, R-IPSIE-03: 25 requests a second at the least, of one account.
    assert!(started.elapsed() < Duration::from_secs(MEMBERS as u64 / 25));
    ids
}

/// Every kind of PATCH on it leaves the others; none takes long.
#[tokio::test]
async fn r22_a_large_group_keeps_its_members_through_single_patches() {
    let app = App::start().await;
    let ids = many_users(&app).await;
    let group = app.scim.create_group(&unique("large"), &[]).await;
    let path = format!("/Groups/{group}");
    let value = |ids: &[String]| {
        ids.iter()
            .map(|id| json!({"value": id}))
            .collect::<Vec<Value>>()
    };
    // R21: as many in one operation as Okta and Entra send, and more.
    let (mut from, sizes) = (0, [1, 100, 256, 1_000]);
    for size in sizes {
        let add =
            json!([{"op": "add", "path": "members", "value": value(&ids[from..from + size])}]);
        app.scim.patch(&path, add).await.expect(204);
        from += size;
        assert_eq!(app.scim.members(&group).await.len(), from);
    }
    let mut expected = super::sorted(&ids[..from]);
    let outsider = app.scim.create_user(&unique("out")).await;
    let gone = ids[7].clone();
    for operations in [
        json!([{"op": "add", "path": "members", "value": [{"value": ids[from]}]}]),
        json!([{"op": "add", "value": {"members": [{"value": ids[from]}]}}]),
        json!([{"op": "replace", "path": "displayName", "value": unique("renamed")}]),
        json!([{"op": "replace", "value": {"externalId": unique("x")}}]),
        json!([{"op": "remove", "path": "members", "value": [{"value": outsider}]}]),
        json!([{"op": "Remove", "path": "members", "value": []}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{gone}\"]")}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{gone}\"]")}, {"op": "add", "path": "members", "value": [{"value": ids[from]}]}]),
    ] {
        let started = Instant::now();
        app.scim.patch(&path, operations.clone()).await.expect(204);
        assert!(started.elapsed() < Duration::from_secs(2), "{operations}");
        let members = app.scim.members(&group).await;
        assert!(
            members.len() >= from - 1,
            "{operations}: {} left",
            members.len()
        );
    }
    expected.retain(|id| *id != gone);
    expected.push(ids[from].clone());
    expected.sort();
    assert_eq!(app.scim.members(&group).await, expected);
    // R-GRP-07: without members, however many there are.
    for query in ["?excludedAttributes=members", "?attributes=displayName"] {
        let read = app.scim.get(&format!("{path}{query}")).await.expect(200);
        assert_eq!(read.body.get("members"), None);
    }
    let found = app
        .scim
        .find(
            "/Groups",
            &format!("id eq \"{group}\" and members eq \"{}\"", ids[3]),
        )
        .await
        .expect(200);
    assert_eq!(found.body["totalResults"], json!(1));

    // R-PUT-14: a PUT is the difference, both ways.
    let name = app
        .scim
        .get(&format!("{path}?excludedAttributes=members"))
        .await
        .body["displayName"]
        .clone();
    let put = |ids: &[String]| json!({"schemas": [super::GROUP], "displayName": name, "members": value(ids)});
    let all = app
        .scim
        .put(&format!("{path}?excludedAttributes=members"), &put(&ids))
        .await
        .expect(200);
    assert_eq!(all.body.get("members"), None);
    assert_eq!(app.scim.members(&group).await, super::sorted(&ids));
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "members", "value": value(&ids[..3])}]),
        )
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await, super::sorted(&ids[..3]));
}
