//! RFC 7644 section 3.12: that there is no such resource comes before all that may be wrong with the change of it. A
//! message that is not the one the endpoint expects is refused unseen.

use serde_json::{Value, json};

use crate::{
    client::Client,
    harness::{App, unique},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The status of one operation of a bulk request.
async fn in_bulk(scim: &Client, method: &str, path: &str, data: &Value) -> String {
    let operation = json!({"method": method, "path": path, "data": data});
    let request = json!({"schemas": [BULK], "Operations": [operation]});
    let body = scim.post("/Bulk", &request).await.expect(200).body;
    let status = &body["Operations"][0]["status"];
    status.as_str().unwrap_or_default().to_owned()
}

/// Checks that a PUT is refused where there is such a resource and finds none where there is none.
pub(crate) async fn check_put(scim: &Client, there: &str, absent: &[String], body: &Value) {
    let refused = scim.put(there, body).await.status.as_u16();
    assert_eq!(refused, 400, "{body}");
    for path in absent {
        let answer = scim.put(path, body).await;
        assert_eq!(answer.status, 404, "{body}: {}", answer.body);
        assert_eq!(in_bulk(scim, "PUT", path, body).await, "404", "{body}");
    }
}

/// The same of a PATCH.
pub(crate) async fn check_patch(scim: &Client, there: &str, absent: &[String], operations: &Value) {
    let refused = scim.patch(there, operations.clone()).await.status.as_u16();
    assert_eq!(refused, 400, "{operations}");
    let message = json!({"schemas": [PATCH], "Operations": operations});
    for path in absent {
        let answer = scim.patch(path, operations.clone()).await;
        assert_eq!(answer.status, 404, "{operations}: {}", answer.body);
        let status = in_bulk(scim, "PATCH", path, &message).await;
        assert_eq!(status, "404", "{operations}");
    }
}

pub(crate) fn absent(endpoint: &str) -> Vec<String> {
    let ids = [uuid::Uuid::now_v7().to_string(), "x".to_owned()];
    ids.map(|id| format!("{endpoint}/{id}")).to_vec()
}

/// Operations that no type allows.
pub(crate) fn operations() -> Vec<Value> {
    vec![
        json!([{"op": "remove", "path": "id"}]),
        json!([{"op": "replace", "path": "id", "value": "y"}]),
        json!([{"op": "remove"}]),
        json!([{"op": "add", "path": "displayName"}]),
        json!([{"op": "add", "path": 5, "value": 1}]),
        json!([{"op": "add", "path": "displayName[", "value": "x"}]),
        json!([{"op": "replace", "path": "displayName", "value": {"a": 1}}]),
    ]
}

#[tokio::test]
async fn groups() {
    let app = App::start().await;
    let scim = &app.scim;
    let group = scim.create_group(&unique("g"), &[]).await;
    let there = format!("/Groups/{group}");
    let absent = absent("/Groups");
    let nobody = json!([{"value": uuid::Uuid::now_v7().to_string()}]);
    for body in [
        json!({"schemas": [GROUP]}),
        json!({"schemas": [GROUP], "displayName": ""}),
        json!({"schemas": [GROUP], "displayName": {"a": 1}}),
        json!({"schemas": [GROUP], "displayName": "x", "members": 5}),
        json!({"schemas": [GROUP], "displayName": "x", "members": nobody}),
        json!({"schemas": [GROUP], "displayName": "x", "members": [{"value": "x"}]}),
    ] {
        check_put(scim, &there, &absent, &body).await;
    }
    for more in [
        json!([{"op": "remove", "path": "members.value"}]),
        json!([{"op": "add", "path": "members", "value": [{"display": "x"}]}]),
        json!([{"op": "add", "path": "members", "value": nobody}]),
        json!([{"op": "replace", "path": "members[value eq \"x\"]", "value": {"value": "x"}}]),
        json!([{"op": "replace", "path": "members[value eq \"x\"]", "value": {"value": "y"}}]),
        json!([{"op": "remove", "path": "members[display eq \"x\"]"}]),
    ] {
        check_patch(scim, &there, &absent, &more).await;
    }
    for operation in operations() {
        check_patch(scim, &there, &absent, &operation).await;
    }
    // What would be a circle, in a group that is there.
    let circle = json!([{"op": "add", "path": "members", "value": [{"value": group}]}]);
    check_patch(scim, &there, &absent, &circle).await;
    unseen(scim, &absent).await;
}

#[tokio::test]
async fn users() {
    let app = App::start().await;
    let scim = &app.scim;
    let there = format!("/Users/{}", scim.create_user(&unique("u")).await);
    let absent = absent("/Users");
    for body in [
        json!({"schemas": [USER]}),
        json!({"schemas": [USER], "userName": ""}),
        json!({"schemas": [USER], "userName": "x", "active": "maybe"}),
        json!({"schemas": [USER], "userName": "x", "emails": "x"}),
    ] {
        check_put(scim, &there, &absent, &body).await;
    }
    for operation in operations() {
        check_patch(scim, &there, &absent, &operation).await;
    }
    let none = json!([{"op": "replace", "path": "emails[type eq \"x\"].value", "value": 5}]);
    check_patch(scim, &there, &absent, &none).await;
    unseen(scim, &absent).await;
}

/// A body that is no message of the endpoint, whether or not there is such a resource.
pub(crate) async fn unseen(scim: &Client, absent: &[String]) {
    for path in absent {
        let foreign = json!({"schemas": ["urn:example:other"], "userName": "x"});
        let answer = scim.put(path, &foreign).await;
        answer.expect_error(400, Some("invalidSyntax"));
        let answer = scim.patch(path, json!("none")).await;
        answer.expect_error(400, Some("invalidSyntax"));
        let answer = scim.patch(path, json!([{"op": "turn"}])).await;
        answer.expect_error(400, Some("invalidSyntax"));
    }
}
