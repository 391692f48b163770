//! R-REG-CONC-03 and R21: versions, and many writers of one group. (R-REG-CONC-01/02 are in `scim::concurrency`.)

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::users;
use crate::harness::{App, unique};

/// The tag of every answer is the one that is checked, projected or not, and other tags are refused.
#[tokio::test]
async fn r_reg_conc_03_the_etag_given_is_the_etag_checked() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        let mut stale = String::from("W/\"0\"");
        for query in [
            "",
            "?attributes=displayName",
            "?excludedAttributes=members,groups",
            "?attributes=id",
        ] {
            let read = app.scim.get(&format!("{path}{query}")).await.expect(200);
            let etag = read.header("etag").to_owned();
            if let Some(version) = read.body.pointer("/meta/version") {
                assert_eq!(version, &json!(etag), "R-COMMON-08");
            }
            let write = async |tag: &str| {
                let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": "displayName", "value": unique("n")}]});
                let request = app
                    .scim
                    .request(Method::PATCH, &path)
                    .header("if-match", tag)
                    .json(&body);
                app.scim.send(request).await
            };
            write(&stale).await.expect_error(412, None);
            let written = write(&etag).await;
            assert!(written.status.is_success(), "{query}: {:#}", written.body);
            assert_ne!(written.header("etag"), etag);
            assert_eq!(
                app.scim.get(&path).await.header("etag"),
                written.header("etag")
            );
            stale = etag;
        }
    }
    // A member more is another version of the group (R-ETAG-06), not of the user.
    let (of_group, of_user) = (
        app.scim
            .get(&format!("/Groups/{group}"))
            .await
            .header("etag")
            .to_owned(),
        app.scim
            .get(&format!("/Users/{user}"))
            .await
            .header("etag")
            .to_owned(),
    );
    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
    app.scim
        .patch(&format!("/Groups/{group}"), add)
        .await
        .expect(204);
    assert_ne!(
        app.scim
            .get(&format!("/Groups/{group}"))
            .await
            .header("etag"),
        of_group
    );
    assert_eq!(
        app.scim.get(&format!("/Users/{user}")).await.header("etag"),
        of_user
    );
}

/// Adding and removing the same members at once: no error, no member twice, those only added are there.
#[tokio::test]
async fn r21_writers_of_the_same_members_do_not_fail() {
    let app = App::start().await;
    let ids = users(&app, 8).await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let path = format!("/Groups/{group}");
    let all: Vec<_> = ids.iter().map(|id| json!({"value": id})).collect();
    let writers = (0..24).map(|n| {
        let operation = match n % 3 {
            0 => json!({"op": "add", "path": "members", "value": all}),
            1 => json!({"op": "add", "path": "members", "value": [all[n % 8]]}),
            _ => json!({"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}),
        };
        app.scim.patch(&path, json!([operation]))
    });
    for answer in join_all(writers).await {
        answer.expect(204);
    }
    let members = app.scim.members(&group).await;
    let kept: Vec<String> = super::sorted(&ids[1..]);
    assert_eq!(
        members
            .iter()
            .filter(|id| **id != ids[0])
            .cloned()
            .collect::<Vec<_>>(),
        kept
    );
}
