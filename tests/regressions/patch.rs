//! R-REG-PATCH-01 to 19: PATCH.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER, sorted, users};
use crate::harness::{App, unique};

/// A user with two e-mails and an employer; returns its path.
async fn ann(app: &App) -> String {
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": unique("ann"), "active": true,
        "name": {"givenName": "Ann", "familyName": "Lee"}, "title": "Engineer", "nickName": "A",
        "emails": [{"value": "ann@work.test", "type": "work", "primary": true}, {"value": "ann@home.test", "type": "home"}],
        ENTERPRISE: {"department": "IT", "employeeNumber": "7"}});
    format!(
        "/Users/{}",
        app.scim.post("/Users", &body).await.expect(201).id()
    )
}

async fn patched(app: &App, path: &str, operations: Value) -> Value {
    let answer = app.scim.patch(path, operations).await.expect(200).body;
    assert_eq!(
        app.scim.get(path).await.expect(200).body,
        answer,
        "R-PATCH-53"
    );
    answer
}

#[tokio::test]
async fn r_reg_patch_01_users_and_groups_have_patch() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let rename = |name: String| json!([{"op": "replace", "path": "displayName", "value": name}]);
    app.scim
        .patch(&format!("/Users/{user}"), rename("New".to_owned()))
        .await
        .expect(200);
    app.scim
        .patch(&format!("/Groups/{group}"), rename(unique("new")))
        .await
        .expect(204);
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    assert_eq!(config["patch"]["supported"], json!(true));
}

/// The member is gone in the group, in the user's `groups`, and in a filter.
#[tokio::test]
async fn r_reg_patch_02_filtered_remove_takes_the_member_out() {
    let app = App::start().await;
    let ids = users(&app, 2).await;
    let group = app
        .scim
        .create_group(&unique("g"), &[&ids[0], &ids[1]])
        .await;
    let path = format!("members[value eq \"{}\"]", ids[0]);
    app.scim
        .patch(
            &format!("/Groups/{group}"),
            json!([{"op": "remove", "path": path}]),
        )
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await, ids[1..]);
    let user = app
        .scim
        .get(&format!("/Users/{}", ids[0]))
        .await
        .expect(200);
    assert_eq!(user.body.get("groups"), None);
    for (id, count) in [(&ids[0], 0), (&ids[1], 1)] {
        let found = app
            .scim
            .find("/Groups", &format!("members.value eq \"{id}\""))
            .await
            .expect(200);
        assert_eq!(found.body["totalResults"], json!(count));
    }
}

/// In every shape in which a client names them.
#[tokio::test]
async fn r_reg_patch_03_remove_with_values_removes_only_those() {
    let app = App::start().await;
    let ids = sorted(&users(&app, 4).await);
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let group = app.scim.create_group(&unique("g"), &all).await;
    for (gone, value) in [
        json!([{"value": ids[0]}]),
        json!({"value": ids[1]}),
        json!([{"$ref": null, "value": ids[2], "display": "?"}]),
    ]
    .into_iter()
    .enumerate()
    {
        let operation = json!([{"op": "Remove", "path": "members", "value": value}]);
        app.scim
            .patch(&format!("/Groups/{group}"), operation)
            .await
            .expect(204);
        assert_eq!(app.scim.members(&group).await, ids[gone + 1..]);
    }
}

#[tokio::test]
async fn r_reg_patch_04_add_members_appends() {
    let app = App::start().await;
    let ids = users(&app, 3).await;
    let group = app.scim.create_group(&unique("g"), &[&ids[0]]).await;
    let path = format!("/Groups/{group}");
    app.scim
        .patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": ids[1]}]}]),
        )
        .await
        .expect(204);
    // R23: also without a path.
    app.scim
        .patch(
            &path,
            json!([{"op": "add", "value": {"members": [{"value": ids[2]}]}}]),
        )
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await, sorted(&ids));
}

#[tokio::test]
async fn r_reg_patch_05_a_value_path_without_match_creates_the_element() {
    let app = App::start().await;
    for op in ["Add", "Replace", "add", "replace"] {
        let path = ann(&app).await;
        let after = patched(&app, &path, json!([
            {"op": op, "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0100"},
            {"op": op, "path": "addresses[type eq \"work\"].country", "value": "Norway"},
            {"op": op, "path": "addresses[type eq \"work\"].locality", "value": "Oslo"},
            {"op": op, "path": "emails[type eq \"other\"].value", "value": "ann@other.test"},
            {"op": op, "path": "roles[primary eq \"True\"].value", "value": "Admin"},
        ]))
        .await;
        assert_eq!(
            after["phoneNumbers"],
            json!([{"type": "mobile", "value": "+1 555 0100"}])
        );
        assert_eq!(
            after["addresses"],
            json!([{"type": "work", "country": "Norway", "locality": "Oslo"}])
        );
        assert_eq!(after["emails"].as_array().unwrap().len(), 3);
        assert_eq!(after["roles"], json!([{"primary": true, "value": "Admin"}]));
    }
}

/// A request of Entra's that has one of everything is understood as a whole.
#[tokio::test]
async fn r_reg_patch_06_no_operation_of_entra_fails_the_others() {
    let app = App::start().await;
    let path = ann(&app).await;
    let manager = app.scim.create_user(&unique("boss")).await;
    let after = patched(&app, &path, json!([
        {"op": "Replace", "path": "active", "value": "True"},
        {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": manager},
        {"op": "Replace", "path": "name.familyName", "value": "Lee-Wong"},
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "lee@work.test"},
        {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "5"},
        {"op": "Add", "path": "roles", "value": [{"value": "{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]},
        {"op": "Replace", "path": format!("{ENTERPRISE}:department"), "value": "Finance"},
        {"op": "Remove", "path": "nickName"},
        {"op": "Replace", "path": "preferredLanguage", "value": ""},
    ]))
    .await;
    assert_eq!(after["name"]["familyName"], json!("Lee-Wong"));
    assert_eq!(after[ENTERPRISE]["manager"]["value"], json!(manager));
    assert_eq!(after[ENTERPRISE]["department"], json!("Finance"));
    assert_eq!(after["emails"][0]["value"], json!("lee@work.test"));
    assert_eq!(
        (after.get("nickName"), after.get("preferredLanguage")),
        (None, None)
    );
}

#[tokio::test]
async fn r_reg_patch_07_active_by_any_operation_in_any_case() {
    let app = App::start().await;
    let path = ann(&app).await;
    for (n, op) in ["Add", "Replace", "ADD", "replace", "add", "rEPLACE"]
        .into_iter()
        .enumerate()
    {
        let active = n % 2 == 1;
        let after = patched(
            &app,
            &path,
            json!([{"op": op, "path": "active", "value": active}]),
        )
        .await;
        assert_eq!(after["active"], json!(active), "{op}");
    }
}

/// Also R25: `active: false` in each shape in which it is sent, PATCH, PUT and POST alike.
#[tokio::test]
async fn r_reg_patch_08_a_string_false_is_false() {
    let app = App::start().await;
    let path = ann(&app).await;
    for operation in [
        json!({"op": "Replace", "path": "active", "value": "False"}),
        json!({"op": "replace", "value": {"active": "false"}}),
        json!({"op": "replace", "value": {"active": false}}),
        json!({"op": "Add", "path": "active", "value": "FALSE"}),
        json!({"op": "Replace", "path": "active", "value": [{"$ref": null, "value": "False"}]}),
        json!({"op": "replace", "path": format!("{USER}:active"), "value": false}),
    ] {
        let after = patched(&app, &path, json!([operation])).await;
        assert_eq!(after["active"], json!(false), "{operation}");
        let after = patched(
            &app,
            &path,
            json!([{"op": "Replace", "path": "active", "value": "True"}]),
        )
        .await;
        assert_eq!(after["active"], json!(true));
    }
    let mut whole = app.scim.get(&path).await.expect(200).body;
    whole["active"] = json!("False");
    assert_eq!(
        app.scim.put(&path, &whole).await.expect(200).body["active"],
        json!(false)
    );
    let created = app
        .scim
        .post(
            "/Users",
            &json!({"schemas": [USER], "userName": unique("off"), "active": "false"}),
        )
        .await;
    assert_eq!(created.expect(201).body["active"], json!(false));
}

/// R-ENTRA-25: memberships and attributes are there again.
#[tokio::test]
async fn r_reg_patch_09_reactivation_restores_everything() {
    let app = App::start().await;
    let path = ann(&app).await;
    let id = path.trim_start_matches("/Users/");
    let other = app.scim.create_user(&unique("other")).await;
    let group = app.scim.create_group(&unique("g"), &[id, &other]).await;
    let before = app.scim.get(&path).await.expect(200).body;
    for active in ["False", "True"] {
        app.scim
            .patch(
                &path,
                json!([{"op": "Replace", "path": "active", "value": active}]),
            )
            .await
            .expect(200);
        assert_eq!(app.scim.members(&group).await.len(), 2);
    }
    let mut after = app.scim.get(&path).await.expect(200).body;
    after["meta"] = before["meta"].clone();
    assert_eq!(after, before);
    // A replace of something else leaves the members.
    app.scim
        .patch(
            &format!("/Groups/{group}"),
            json!([{"op": "replace", "value": {"displayName": unique("g")}}]),
        )
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await.len(), 2);
}

#[tokio::test]
async fn r_reg_patch_10_groups_take_operations_without_path() {
    let app = App::start().await;
    let ids = sorted(&users(&app, 2).await);
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let path = format!("/Groups/{group}");
    let name = unique("renamed");
    let value = json!({"id": group, "displayName": name, "members": [{"value": ids[0]}, {"value": ids[1]}]});
    app.scim
        .patch(&path, json!([{"op": "replace", "value": value}]))
        .await
        .expect(204);
    assert_eq!(
        app.scim.get(&path).await.expect(200).body["displayName"],
        json!(name)
    );
    assert_eq!(app.scim.members(&group).await, ids);
}

#[tokio::test]
async fn r_reg_patch_11_members_are_emptied_and_need_no_type() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&user]).await;
    let path = format!("/Groups/{group}");
    for operation in [
        json!({"op": "replace", "path": "members", "value": []}),
        json!({"op": "replace", "value": {"members": []}}),
    ] {
        app.scim.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": user, "display": "x"}]}])).await.expect(204);
        assert_eq!(app.scim.members(&group).await.len(), 1);
        app.scim.patch(&path, json!([operation])).await.expect(204);
        assert!(app.scim.members(&group).await.is_empty());
    }
    let kept = app
        .scim
        .post(
            "/Groups",
            &json!({"schemas": [GROUP], "displayName": unique("g"), "members": []}),
        )
        .await;
    kept.expect(201);
}

#[tokio::test]
async fn r_reg_patch_12_adding_a_member_again_is_no_error_and_no_path_gives_500() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&user]).await;
    let path = format!("/Groups/{group}");
    let again = app
        .scim
        .patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": user}]}]),
        )
        .await
        .expect(204);
    assert_eq!(
        again.header("etag"),
        app.scim.get(&path).await.header("etag")
    );
    for (collection, id) in [("Users", &user), ("Groups", &group)] {
        for odd in [
            "[",
            "]",
            "members[",
            "members[]",
            "members[value eq",
            "members[value eq \"x\"",
            "members[value eq \"x\"]]",
            ".value",
            "members.",
            "members..value",
            "members.value.value",
            "urn:",
            "urn:ietf:params:scim:schemas:core:2.0:",
            " . ",
            "\u{0}",
            "a b",
            "emails[type eq \"work\"].value.x",
            "emails[type eq \"work\"]value",
            "members[value eq \"x\"].display.x",
            "%s",
            "$",
            "💥",
        ] {
            for op in ["add", "replace", "remove"] {
                let mut operation = json!({"op": op, "path": odd});
                if op != "remove" {
                    operation["value"] = json!("x");
                }
                let answer = app
                    .scim
                    .patch(&format!("/{collection}/{id}"), json!([operation]))
                    .await;
                assert_eq!(
                    answer.status.as_u16(),
                    400,
                    "{collection} {op} {odd:?}: {:#}",
                    answer.body
                );
            }
        }
    }
}

#[tokio::test]
async fn r_reg_patch_13_dotted_keys_and_a_manager_as_text() {
    let app = App::start().await;
    let path = ann(&app).await;
    let boss = app.scim.create_user(&unique("boss")).await;
    let value = json!({"displayName": "Ann L.", "name.givenName": "Anna", "emails[type eq \"work\"].value": "anna@work.test",
        (format!("{ENTERPRISE}:employeeNumber")): "4711", ENTERPRISE: {"manager": boss}});
    let after = patched(&app, &path, json!([{"op": "replace", "value": value}])).await;
    assert_eq!(after["displayName"], json!("Ann L."));
    assert_eq!(
        after["name"],
        json!({"givenName": "Anna", "familyName": "Lee"})
    );
    assert_eq!(after["emails"][0]["value"], json!("anna@work.test"));
    assert_eq!(after[ENTERPRISE]["employeeNumber"], json!("4711"));
    assert_eq!(after[ENTERPRISE]["department"], json!("IT"));
    assert_eq!(after[ENTERPRISE]["manager"]["value"], json!(boss));
    for text in [json!("another"), json!([{"value": "another"}])] {
        let after = patched(
            &app,
            &path,
            json!([{"op": "Replace", "path": "manager", "value": text}]),
        )
        .await;
        assert_eq!(after[ENTERPRISE]["manager"]["value"], json!("another"));
        let after = patched(
            &app,
            &path,
            json!([{"op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": ""}]),
        )
        .await;
        assert_eq!(after[ENTERPRISE].get("manager"), None);
    }
}

#[tokio::test]
async fn r_reg_patch_14_unknown_paths_are_refused_and_no_change_is_success() {
    let app = App::start().await;
    let path = ann(&app).await;
    for unknown in [
        "noSuch",
        "name.noSuch",
        "urn:x:y:2.0:User:thing",
        &format!("{ENTERPRISE}:noSuch"),
    ] {
        for op in ["add", "replace", "remove"] {
            let operation = json!([{"op": op, "path": unknown, "value": "x"}]);
            app.scim
                .patch(&path, operation)
                .await
                .expect_error(400, Some("invalidPath"));
        }
    }
    let before = app.scim.get(&path).await.expect(200).body;
    let same = json!([{"op": "replace", "path": "title", "value": "Engineer"}, {"op": "remove", "path": "timezone"}]);
    assert_eq!(patched(&app, &path, same).await, before);
}

/// R-PATCH-37: a key that is a path no schema has is ignored as any unknown key, so that it blocks no deactivation; the
/// strict dialect refuses it.
#[tokio::test]
async fn r_reg_patch_14_unknown_keys_that_are_paths_are_ignored() {
    let app = App::start().await;
    let strict = crate::strict::strict().await;
    let unknown = [
        "licenses[type eq \"x\"].value".to_owned(),
        "licenses.value".to_owned(),
        "emails[type eq \"work\"].licence".to_owned(),
        format!("{ENTERPRISE}:licenses[type eq \"x\"].value"),
        "urn:x:y:2.0:User:licenses[type eq \"x\"].value".to_owned(),
    ];
    for key in unknown {
        let user = app.scim.create_user(&unique("u")).await;
        let (user, group) = (
            format!("/Users/{user}"),
            format!("/Groups/{}", app.scim.create_group(&unique("g"), &[]).await),
        );
        let operation = json!([{"op": "replace", "value": {"active": false, &key: "E5"}}]);
        let after = patched(&app, &user, operation.clone()).await;
        assert_eq!(after["active"], json!(false), "{key}");
        let name = unique("n");
        let rename = json!([{"op": "replace", "value": {"displayName": name, &key: "E5"}}]);
        app.scim.patch(&group, rename.clone()).await.expect(204);
        let read = app.scim.get(&group).await.expect(200).body;
        assert_eq!(read["displayName"], json!(name));
        let body = json!({"schemas": [USER], "userName": unique("u"), "active": false, &key: "E5"});
        let posted = app.scim.post("/Users", &body).await.expect(201);
        assert_eq!(posted.body["active"], json!(false));
        let mut body = body;
        body["userName"] = json!(unique("u"));
        let put = app.scim.put(&user, &body).await.expect(200);
        assert_eq!(put.body["userName"], body["userName"]);

        let id = strict.scim.create_user(&unique("u")).await;
        let path = format!("/Users/{id}");
        let before = strict.scim.get(&path).await.expect(200).body;
        for refused in [
            strict.scim.patch(&path, operation).await,
            strict.scim.post("/Users", &body).await,
            strict.scim.put(&path, &body).await,
        ] {
            refused.expect_error(400, Some("invalidSyntax"));
        }
        assert_eq!(strict.scim.get(&path).await.expect(200).body, before);
    }
}

#[tokio::test]
async fn r_reg_patch_15_remove_needs_a_path_and_attributes_need_a_body() {
    let app = App::start().await;
    let path = ann(&app).await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    for path in [path.clone(), format!("/Groups/{group}")] {
        for operation in [
            json!({"op": "remove"}),
            json!({"op": "remove", "value": {"displayName": "x"}}),
        ] {
            app.scim
                .patch(&path, json!([operation]))
                .await
                .expect_error(400, Some("noTarget"));
        }
        let asked = app
            .scim
            .patch(
                &format!("{path}?attributes=displayName"),
                json!([{"op": "replace", "path": "displayName", "value": unique("n")}]),
            )
            .await
            .expect(200);
        assert!(asked.body["displayName"].is_string());
    }
}

#[tokio::test]
async fn r_reg_patch_16_a_value_path_replaces_what_it_matches_only() {
    let app = App::start().await;
    let path = ann(&app).await;
    let home = json!({"value": "ann@home.test", "type": "home"});
    let work = json!({"value": "new@work.test", "type": "work", "primary": true});
    let after = patched(
        &app,
        &path,
        json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": work}]),
    )
    .await;
    assert_eq!(after["emails"], json!([work, home]));
    // The same again is no change.
    for operation in [
        json!({"op": "replace", "path": "emails", "value": [work, home]}),
        json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@work.test"}),
    ] {
        assert_eq!(patched(&app, &path, json!([operation])).await, after);
    }
}

/// R-PUT-13: what an operation does not name stays, whatever the answer shows.
#[tokio::test]
async fn r_reg_patch_17_patch_leaves_the_rest_alone() {
    let app = App::start().await;
    let path = ann(&app).await;
    let before = app.scim.get(&path).await.expect(200).body;
    let narrow = app
        .scim
        .patch(
            &format!("{path}?attributes=title"),
            json!([{"op": "replace", "path": "title", "value": "Boss"}]),
        )
        .await
        .expect(200);
    assert_eq!(narrow.body.get("emails"), None);
    let mut after = app.scim.get(&path).await.expect(200).body;
    assert_eq!(after["title"], json!("Boss"));
    after["title"] = before["title"].clone();
    after["meta"] = before["meta"].clone();
    assert_eq!(after, before);
}

/// R-REG-PATCH-18, Entra's variants, is `tests/idp/entra_variants.json`.
#[tokio::test]
async fn r_reg_patch_19_no_operations_change_nothing() {
    let app = App::start().await;
    let path = ann(&app).await;
    let before = app.scim.get(&path).await.expect(200);
    let answer = app.scim.patch(&path, json!([])).await.expect(200);
    assert_eq!(answer.body, before.body);
    let group = app.scim.create_group(&unique("g"), &[]).await;
    app.scim
        .patch(&format!("/Groups/{group}"), json!([]))
        .await
        .expect(204);
}
