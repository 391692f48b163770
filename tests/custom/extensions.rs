//! Extensions of users and groups, queries over all types, and the strict dialect.

use serde_json::json;

use super::{ACME_GROUP, ACME_USER, DEVICE, GROUP, USER, names, query};
use crate::harness::{App, unique};

/// R-LIST-05: queries over all types find these too.
pub(super) async fn across_types(app: &App) {
    let scim = &app.scim;
    let name = unique("x");
    let user = json!({"userName": name, "displayName": format!("{name}-b")});
    scim.post("/Users", &user).await.expect(201);
    scim.create_group(&format!("{name}-c"), &[]).await;
    for letter in ["a", "d"] {
        let device = json!({"displayName": format!("{name}-{letter}"), "active": true});
        scim.post("/Devices", &device).await.expect(201);
    }
    let filter = format!("displayName sw \"{name}\"");
    let letters = |found: Vec<String>| -> String {
        found
            .iter()
            .filter_map(|name| name.chars().last())
            .collect()
    };
    let in_turn = names(query(scim, "/", &[("filter", &filter)]).await);
    assert_eq!(letters(in_turn), "bcad");
    let sorted = [
        ("filter", &*filter),
        ("sortBy", "displayName"),
        ("sortOrder", "descending"),
    ];
    assert_eq!(letters(names(query(scim, "/", &sorted).await)), "dcba");
    let (mut cursor, mut walked) = (String::new(), Vec::new());
    loop {
        let parameters = [("filter", &*filter), ("cursor", &*cursor), ("count", "1")];
        let page = query(scim, "/", &parameters).await.expect(200).body;
        assert_eq!(page["totalResults"], 4);
        for resource in page["Resources"].as_array().into_iter().flatten() {
            walked.push(resource["displayName"].as_str().expect("a name").to_owned());
        }
        match page.get("nextCursor") {
            Some(next) => next.as_str().expect("a text").clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(letters(walked), "bcad");
    let devices = format!("{filter} and meta.resourceType eq \"Device\"");
    assert_eq!(
        letters(names(query(scim, "/", &[("filter", &devices)]).await)),
        "ad"
    );
}

/// R-EXT-01 to 04, R-EXT-06 on users.
pub(super) async fn users(app: &App) {
    let scim = &app.scim;
    let sent = json!({"schemas": [USER], "userName": "ann", "nickName": "core",
        ACME_USER: {"badge": 7, "nickname": "Ext", "skills": ["Rust"], "firstDay": "2026-01-01T00:00:00Z", "allergies": "nuts",
            "desks": [{"value": "A", "floor": 2}]}});
    let ann = scim.post("/Users", &sent).await.expect(201);
    assert!(
        ann.body["schemas"]
            .as_array()
            .expect("schemas")
            .contains(&json!(ACME_USER))
    );
    assert_eq!(ann.body["nickName"], "core");
    assert_eq!(ann.body[ACME_USER]["nickname"], "Ext");
    let path = format!("/Users/{}", ann.id());
    let shown = scim.get(&path).await.expect(200).body;
    assert_eq!(shown[ACME_USER].get("allergies"), None);
    let attributes = format!("{ACME_USER}:allergies,{ACME_USER}:badge");
    let shown = query(scim, &path, &[("attributes", &attributes)])
        .await
        .expect(200)
        .body;
    assert_eq!(shown[ACME_USER], json!({"badge": 7, "allergies": "nuts"}));
    for (filter, found) in [
        (format!("{ACME_USER}:badge ge 7"), 1),
        (format!("{ACME_USER}:badge gt 7"), 0),
        ("badge eq 7".to_owned(), 1),
        (format!("{ACME_USER}:nickname eq \"ext\""), 0),
        (format!("{ACME_USER}:skills eq \"rust\""), 1),
        (
            format!("{ACME_USER}:desks[value eq \"a\" and floor eq 2]"),
            1,
        ),
        ("nickname eq \"CORE\"".to_owned(), 1),
        (format!("schemas eq \"{ACME_USER}\""), 1),
    ] {
        let body = scim.find("/Users", &filter).await.expect(200).body;
        assert_eq!(body["totalResults"], found, "{filter}");
    }
    let bob = scim.create_user("bob").await;
    let badge =
        |number: i64| json!([{"op": "add", "path": format!("{ACME_USER}:badge"), "value": number}]);
    scim.patch(&format!("/Users/{bob}"), badge(7))
        .await
        .expect_error(409, Some("uniqueness"));
    let bob = scim
        .patch(&format!("/Users/{bob}"), badge(8))
        .await
        .expect(200)
        .body;
    assert!(
        bob["schemas"]
            .as_array()
            .expect("schemas")
            .contains(&json!(ACME_USER))
    );
    let sorted = [
        ("sortBy", &*format!("{ACME_USER}:badge")),
        ("sortOrder", "descending"),
    ];
    let sorted = query(scim, "/Users", &sorted).await.expect(200).body;
    assert_eq!(sorted["Resources"][0]["userName"], "bob");
    let later = json!([{"op": "replace", "path": format!("{ACME_USER}:firstDay"), "value": "2027-01-01T00:00:00Z"}]);
    scim.patch(&path, later)
        .await
        .expect_error(400, Some("mutability"));
    let desk = json!([{"op": "replace", "path": format!("{ACME_USER}:desks[floor eq 2].value"), "value": "B"}]);
    let moved = scim.patch(&path, desk).await.expect(200).body;
    assert_eq!(
        moved[ACME_USER]["desks"],
        json!([{"value": "B", "floor": 2}])
    );
    scim.delete(&path).await.expect(204);
    scim.post(
        "/Users",
        &json!({"userName": "eve", ACME_USER: {"badge": 7}}),
    )
    .await
    .expect(201);
}

pub(super) async fn groups(app: &App) {
    let scim = &app.scim;
    let sent = json!({"schemas": [GROUP, ACME_GROUP], "displayName": "g", ACME_GROUP: {"costCentre": "K1"}});
    let group = scim.post("/Groups", &sent).await.expect(201);
    assert_eq!(group.body[ACME_GROUP], json!({"costCentre": "K1"}));
    assert_eq!(group.body["schemas"], json!([GROUP, ACME_GROUP]));
    let path = format!("/Groups/{}", group.id());
    let operations =
        json!([{"op": "replace", "path": format!("{ACME_GROUP}:costCentre"), "value": "K2"}]);
    scim.patch(&path, operations).await.expect(204);
    let filter = format!("{ACME_GROUP}:costCentre eq \"k2\"");
    assert_eq!(names(scim.find("/Groups", &filter).await), ["g"]);
    let filter = format!("schemas eq \"{ACME_GROUP}\"");
    assert_eq!(names(scim.find("/Groups", &filter).await), ["g"]);
}

/// R-ATTR-18, R-EXT-06 in the strict dialect.
pub(super) async fn strict(app: &App) {
    let options = json!({"strict": true});
    app.admin()
        .post("/account-options/", &options)
        .await
        .expect(200);
    let scim = &app.scim;
    let unknown = json!({"schemas": [DEVICE], "active": true, "colour": "red"});
    scim.post("/Devices", &unknown)
        .await
        .expect_error(400, Some("invalidSyntax"));
    scim.post("/Devices", &json!({"active": true}))
        .await
        .expect_error(400, Some("invalidSyntax"));
    let device = json!({"schemas": [DEVICE], "active": true});
    scim.post("/Devices", &device).await.expect(201);
    scim.find("/Users", "badge eq 7")
        .await
        .expect_error(400, Some("invalidFilter"));
}
