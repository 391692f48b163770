//! R-REG-LIFE-01 and 02: switched off is not gone, deleted is. (03, what dies with a user, is proved by the
//! change log of `services/identity`.)

use serde_json::json;

use super::USER;
use crate::harness::{App, unique};

/// R-GET-05, R-LIST-09, R-USER-10: by id, in lists and in filters.
#[tokio::test]
async fn r_reg_life_01_an_inactive_user_is_still_read() {
    let app = App::start().await;
    let name = unique("off");
    let body = json!({"schemas": [USER], "userName": name, "active": false});
    let path = format!(
        "/Users/{}",
        app.scim.post("/Users", &body).await.expect(201).id()
    );
    for round in 0..2 {
        let read = app.scim.get(&path).await.expect(200).body;
        assert_eq!(read["active"], json!(false), "{round}");
        for filter in [
            format!("userName eq \"{name}\""),
            format!("active eq false and userName sw \"{name}\""),
        ] {
            let found = app.scim.find("/Users", &filter).await.expect(200).body;
            assert_eq!(found["Resources"], json!([read]), "{filter}");
        }
        let all = app
            .scim
            .get("/Users?count=200&attributes=active")
            .await
            .expect(200)
            .body;
        let listed = all["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["id"] == read["id"] && user["active"] == json!(false));
        assert!(listed || all["totalResults"].as_i64() > Some(200));
        for active in [true, false] {
            let answer = app
                .scim
                .patch(
                    &path,
                    json!([{"op": "replace", "path": "active", "value": active}]),
                )
                .await
                .expect(200);
            assert_eq!(answer.body["active"], json!(active));
            assert_eq!(
                app.scim.get(&path).await.body["active"],
                json!(active),
                "R-GET-04"
            );
        }
    }
}

/// R-DEL-02, R-DEL-07: out of every list; deactivated before or not.
#[tokio::test]
async fn r_reg_life_02_delete_deletes() {
    let app = App::start().await;
    for first_off in [true, false] {
        let name = unique("gone");
        let id = app.scim.create_user(&name).await;
        let path = format!("/Users/{id}");
        if first_off {
            app.scim
                .patch(
                    &path,
                    json!([{"op": "replace", "path": "active", "value": false}]),
                )
                .await
                .expect(200);
        }
        app.scim.delete(&path).await.expect(204);
        app.scim.get(&path).await.expect_error(404, None);
        for filter in [
            format!("userName eq \"{name}\""),
            format!("id eq \"{id}\""),
            format!("active eq false and userName eq \"{name}\""),
        ] {
            let found = app.scim.find("/Users", &filter).await.expect(200).body;
            assert_eq!(found["totalResults"], json!(0), "{filter}");
        }
        let again = app.scim.create_user(&name).await;
        assert_ne!(again, id);
        app.scim.get(&path).await.expect_error(404, None);
    }
}
