//! Requests at the same moment.

use futures::future::join_all;
use serde_json::json;

use crate::harness::{App, unique};

/// R-TEST-06, R-PATCH-50, R-REG-CONC-01, reliability A16, R20 and R21: 64 parallel PATCHes of one group all land.
#[tokio::test]
async fn parallel_member_patches_all_land() {
    let app = App::start().await;
    let prefix = unique("member");
    let users = join_all((0..64).map(|n| {
        let scim = app.scim.clone();
        let name = format!("{prefix}-{n}");
        async move { scim.create_user(&name).await }
    }))
    .await;
    let group = app.scim.create_group(&unique("crowd"), &[]).await;
    let path = format!("/Groups/{group}");
    let patches = users.iter().map(|user| {
        app.scim.patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": user}]}]),
        )
    });
    for response in join_all(patches).await {
        response.expect(204);
    }
    let mut expected = users.clone();
    expected.sort();
    assert_eq!(app.scim.members(&group).await, expected);

    // Every change raised the version once.
    let version = app.scim.get(&path).await.header("etag").to_owned();
    assert_eq!(version, "W/\"65\"");

    let removals = users.iter().map(|user| {
        app.scim.patch(
            &path,
            json!([{"op": "remove", "path": format!("members[value eq \"{user}\"]")}]),
        )
    });
    for response in join_all(removals).await {
        response.expect(204);
    }
    assert!(app.scim.members(&group).await.is_empty());
}

/// R-POST-04, R-REG-POST-03: of 16 identical creates one wins, fifteen conflict.
#[tokio::test]
async fn parallel_creates_give_one_user() {
    let app = App::start().await;
    for (path, body) in [
        (
            "/Users",
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": unique("race")}),
        ),
        (
            "/Groups",
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": unique("race")}),
        ),
    ] {
        let responses = join_all((0..16).map(|_| app.scim.post(path, &body))).await;
        let count = |status: u16| {
            responses
                .iter()
                .filter(|r| r.status.as_u16() == status)
                .count()
        };
        assert_eq!((count(201), count(409)), (1, 15), "{path}");
    }
}

/// R-ETAG-05, R-REG-CONC-02, R24: of many writers with one etag exactly one wins.
#[tokio::test]
async fn one_etag_has_one_winner() {
    let app = App::start().await;
    let id = app.scim.create_user(&unique("etag")).await;
    let path = format!("/Users/{id}");
    let etag = app.scim.get(&path).await.header("etag").to_owned();
    let writers = (0..32).map(|n| {
        let request = app
            .scim
            .request(reqwest::Method::PATCH, &path)
            .header("if-match", &etag)
            .json(
                &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "title", "value": format!("t{n}")}]}),
            );
        app.scim.send(request)
    });
    let statuses: Vec<u16> = join_all(writers)
        .await
        .iter()
        .map(|r| r.status.as_u16())
        .collect();
    assert_eq!(
        statuses.iter().filter(|s| **s == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|s| **s == 412).count(),
        31,
        "{statuses:?}"
    );
}
