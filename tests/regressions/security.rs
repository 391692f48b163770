//! R-REG-SEC-01 to 09 and the incidents R1, R5, R6, R7, R10 to R12, R14, R18, R19, R23, R31, R38.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER, sorted, users};
use crate::{
    client::Response,
    harness::{App, unique},
};

/// R1: an `externalId` that looks like a key is no key.
#[tokio::test]
async fn r_reg_sec_01_an_external_id_addresses_nothing() {
    let app = App::start().await;
    let victim = app.scim.create_user(&unique("victim")).await;
    let before = app
        .scim
        .get(&format!("/Users/{victim}"))
        .await
        .expect(200)
        .body;
    for external_id in ["1", "0", "admin", &victim, &app.id().to_string()] {
        let name = unique("u");
        let body =
            json!({"schemas": [USER], "userName": name, "externalId": external_id, "id": victim});
        let created = app.scim.post("/Users", &body).await.expect(201);
        assert_ne!(created.id(), victim);
        assert_eq!(created.body["externalId"], json!(external_id));
        let path = format!("/Users/{}", created.id());
        app.scim.put(&path, &body).await.expect(200);
        app.scim
            .patch(
                &path,
                json!([{"op": "replace", "value": {"externalId": external_id}}]),
            )
            .await
            .expect(200);
        if external_id != victim {
            app.scim
                .get(&format!("/Users/{external_id}"))
                .await
                .expect_error(404, None);
            app.scim
                .delete(&format!("/Users/{external_id}"))
                .await
                .expect_error(404, None);
            let member = json!({"schemas": [GROUP], "displayName": unique("g"), "members": [{"value": external_id}]});
            app.scim
                .post("/Groups", &member)
                .await
                .expect_error(400, Some("invalidValue"));
        }
        app.scim.delete(&path).await.expect(204);
    }
    assert_eq!(
        app.scim
            .get(&format!("/Users/{victim}"))
            .await
            .expect(200)
            .body,
        before
    );
}

/// R11, R12: one name in two accounts is two names.
#[tokio::test]
async fn r_reg_sec_05_names_are_unique_in_their_account_only() {
    let (ours, theirs) = (App::start().await, App::start().await);
    let name = unique("same");
    let body = json!({"schemas": [USER], "userName": name, "title": "Theirs", "externalId": "x-1", "emails": [{"value": "a@x.test", "primary": true}]});
    let user = theirs.scim.post("/Users", &body).await.expect(201);
    let group = theirs.scim.create_group(&name, &[&user.id()]).await;
    let mut mine = body.clone();
    mine["title"] = json!("Mine");
    let created = ours.scim.post("/Users", &mine).await.expect(201);
    assert_ne!(created.id(), user.id());
    assert_eq!(created.body.get("groups"), None);
    ours.scim.create_group(&name, &[]).await;
    ours.scim
        .patch(
            &format!("/Users/{}", created.id()),
            json!([{"op": "replace", "path": "active", "value": false}]),
        )
        .await
        .expect(200);
    ours.scim
        .delete(&format!("/Users/{}", created.id()))
        .await
        .expect(204);
    let read = theirs
        .scim
        .get(&format!("/Users/{}", user.id()))
        .await
        .expect(200);
    assert_eq!(read.body["title"], json!("Theirs"));
    assert_eq!(read.header("etag"), user.header("etag"));
    assert_eq!(theirs.scim.members(&group).await, [user.id()]);
}

/// R14: the same e-mail makes another user, not that one.
#[tokio::test]
async fn r_reg_sec_06_nobody_is_taken_over_by_email() {
    let app = App::start().await;
    let email = format!("{}@x.test", unique("ceo"));
    let body = |name: &str, title: &str| json!({"schemas": [USER], "userName": name, "title": title, "emails": [{"value": email, "primary": true}]});
    let ceo = app
        .scim
        .post("/Users", &body(&unique("ceo"), "CEO"))
        .await
        .expect(201);
    let other = app
        .scim
        .post("/Users", &body(&unique("guest"), "Guest"))
        .await
        .expect(201);
    assert_ne!(ceo.id(), other.id());
    assert_eq!(
        app.scim
            .get(&format!("/Users/{}", ceo.id()))
            .await
            .expect(200)
            .body,
        ceo.body
    );
}

/// R5, R38, R-SEC-05: neither memberships nor anything of ours is written through a user.
#[tokio::test]
async fn r_reg_sec_07_a_user_cannot_be_given_more_than_the_schema_has() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("admins"), &[]).await;
    let path = format!("/Users/{user}");
    let internal = json!({"groups": [{"value": group}], "accountId": 1, "account_id": 1, "scimManaged": false, "isAdmin": true,
        "is_superuser": true, "emailVerified": true, "version": 99, "tenant": "x", "permissions": ["*"], "invitation": {"state": "redeemed"}});
    let mut whole = json!({"schemas": [USER], "userName": unique("u")});
    whole
        .as_object_mut()
        .unwrap()
        .extend(internal.as_object().unwrap().clone());
    let created = app.scim.post("/Users", &whole).await.expect(201);
    let put = app.scim.put(&path, &whole_named(&whole)).await.expect(200);
    let patched = app
        .scim
        .patch(
            &path,
            json!([{"op": "add", "value": internal}, {"op": "replace", "value": internal}]),
        )
        .await
        .expect(200);
    for answer in [created, put, patched] {
        for name in internal.as_object().unwrap().keys() {
            assert_eq!(answer.body.get(name), None, "{name}");
        }
    }
    for (path_in, scim_type) in [
        ("groups", "mutability"),
        (&*format!("groups[value eq \"{group}\"]"), "mutability"),
        ("isAdmin", "invalidPath"),
    ] {
        for op in ["add", "replace"] {
            app.scim
                .patch(
                    &path,
                    json!([{"op": op, "path": path_in, "value": [{"value": group}]}]),
                )
                .await
                .expect_error(400, Some(scim_type));
        }
    }
    assert!(app.scim.members(&group).await.is_empty());
}

fn whole_named(whole: &Value) -> Value {
    let mut whole = whole.clone();
    whole["userName"] = json!(unique("renamed"));
    whole
}

/// An id has one spelling.
#[tokio::test]
async fn r_reg_sec_08_ids_have_one_form() {
    let app = App::start().await;
    let id = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&id]).await;
    for form in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        format!(" {id}"),
        format!("{id}%20"),
        format!("{id}%00"),
    ] {
        app.scim
            .get(&format!("/Users/{form}"))
            .await
            .expect_error(404, None);
        app.scim
            .delete(&format!("/Users/{form}"))
            .await
            .expect_error(404, None);
        let operation = json!([{"op": "add", "path": "members", "value": [{"value": form}]}]);
        app.scim
            .patch(&format!("/Groups/{group}"), operation)
            .await
            .expect_error(400, Some("invalidValue"));
        app.scim
            .patch(
                &format!("/Groups/{group}"),
                json!([{"op": "remove", "path": "members", "value": [{"value": form}]}]),
            )
            .await
            .expect(204);
    }
    assert_eq!(app.scim.members(&group).await, [id]);
}

/// What the answer to a foreign id says, less the id.
fn told(answer: &Response, id: &str) -> (u16, String) {
    (
        answer.status.as_u16(),
        answer.body.to_string().replace(id, "ID"),
    )
}

/// R6, R10, R-TEN-04: in paths, references and filters a foreign id is as good as one made up, in
/// every request that takes one. (Single resources by id: `admin::accounts_do_not_see_each_other`.)
#[tokio::test]
async fn r10_another_accounts_ids_are_unknown_everywhere() {
    let (ours, theirs) = (App::start().await, App::start().await);
    let user = theirs.scim.create_user(&unique("their")).await;
    let group = theirs.scim.create_group(&unique("their"), &[&user]).await;
    let before = (
        theirs.scim.get(&format!("/Users/{user}")).await.body,
        theirs.scim.get(&format!("/Groups/{group}")).await.body,
    );
    let mine = ours.scim.create_user(&unique("my")).await;
    let name = unique("my");
    let my_group = ours.scim.create_group(&name, &[&mine]).await;
    let (my_user_path, my_group_path) = (format!("/Users/{mine}"), format!("/Groups/{my_group}"));
    let nobody = uuid::Uuid::now_v7().to_string();
    for foreign in [&user, &group] {
        let answers = async |id: &str| {
            let scim = &ours.scim;
            let member = json!([{"value": id}]);
            let mut told_all = vec![
                told(&scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": name.replace("my", "new"), "members": member})).await, id),
                told(&scim.put(&my_group_path, &json!({"schemas": [GROUP], "displayName": name, "members": member})).await, id),
                told(&scim.patch(&my_group_path, json!([{"op": "replace", "path": "members", "value": member}])).await, id),
                told(&scim.patch(&my_group_path, json!([{"op": "add", "value": {"members": member}}])).await, id),
                told(&scim.patch(&my_group_path, json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}])).await, id),
                told(&scim.patch(&my_user_path, json!([{"op": "replace", "value": {"groups": member}}])).await, id),
            ];
            for (collection, filter) in [
                ("/Users", format!("id eq \"{id}\"")),
                ("/Users", format!("groups.value eq \"{id}\"")),
                ("/Users", format!("{ENTERPRISE}:manager.value eq \"{id}\"")),
                ("/Groups", format!("id eq \"{id}\"")),
                ("/Groups", format!("members.value eq \"{id}\"")),
                ("/Groups", format!("members[value eq \"{id}\"]")),
                ("/Groups", format!("id eq \"{id}\" and members eq \"{id}\"")),
            ] {
                told_all.push(told(&scim.find(collection, &filter).await, id));
            }
            told_all
        };
        let (of_foreign, of_nobody) = (answers(foreign).await, answers(&nobody).await);
        assert_eq!(of_foreign, of_nobody);
        assert!(of_foreign.iter().all(|(status, _)| *status < 500));
    }
    assert_eq!(ours.scim.members(&my_group).await, [mine]);
    assert_eq!(
        before,
        (
            theirs.scim.get(&format!("/Users/{user}")).await.body,
            theirs.scim.get(&format!("/Groups/{group}")).await.body
        )
    );

    // R10: a token opens its own account on no other path.
    for (method, path) in [
        (Method::GET, "/Users".to_owned()),
        (Method::POST, "/Users".to_owned()),
        (Method::POST, "/Users/.search".to_owned()),
        (Method::GET, format!("/Users/{user}")),
        (Method::PUT, format!("/Users/{user}")),
        (Method::PATCH, format!("/Users/{user}")),
        (Method::DELETE, format!("/Users/{user}")),
        (Method::GET, "/Groups".to_owned()),
        (Method::POST, "/Groups".to_owned()),
        (Method::GET, format!("/Groups/{group}")),
        (Method::PUT, format!("/Groups/{group}")),
        (Method::PATCH, format!("/Groups/{group}")),
        (Method::DELETE, format!("/Groups/{group}")),
        (Method::POST, "/Bulk".to_owned()),
        (Method::POST, "/.search".to_owned()),
        (Method::GET, "/ServiceProviderConfig".to_owned()),
        (Method::GET, "/Schemas".to_owned()),
    ] {
        let request = theirs
            .scim
            .with_token(&ours.scim.token)
            .request(method.clone(), &path)
            .json(&json!({}));
        let answer = theirs.scim.send(request).await;
        assert!(
            matches!(answer.status.as_u16(), 401 | 404),
            "{method} {path}: {}",
            answer.status
        );
    }
}

/// R7: what is never returned can be neither asked for, nor looked for, nor sorted by.
#[tokio::test]
async fn r07_a_password_is_no_oracle() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    for form in [
        "password",
        "PASSWORD",
        "urn:ietf:params:scim:schemas:core:2.0:User:password",
    ] {
        let read = app
            .scim
            .get(&format!("/Users/{user}?attributes={form}"))
            .await
            .expect(200);
        assert!(
            read.body
                .as_object()
                .unwrap()
                .keys()
                .all(|name| name == "id" || name == "schemas")
        );
        app.scim
            .get(&format!("/Users?sortBy={form}"))
            .await
            .expect_error(400, Some("invalidValue"));
        app.scim
            .find("/Users", &format!("{form} sw \"a\""))
            .await
            .expect_error(400, Some("invalidFilter"));
    }
}

/// R18: an account that nobody has set up refuses everything.
#[tokio::test]
async fn r18_a_fresh_account_refuses_everything() {
    let app = App::start().await;
    app.set_scim(false).await;
    for path in ["/Users", "/Groups", "/Users/x"] {
        app.scim.get(path).await.expect_error(403, None);
        app.scim
            .with_token("")
            .get(path)
            .await
            .expect_error(401, None);
    }
    app.scim
        .post(
            "/Users",
            &json!({"schemas": [USER], "userName": unique("u")}),
        )
        .await
        .expect_error(403, None);
}

/// R19: names that mean something to a JavaScript server mean nothing here.
#[tokio::test]
async fn r19_inherited_names_are_unknown_names() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let path = format!("/Users/{user}");
    let before = app.scim.get(&path).await.expect(200).body;
    for name in [
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "hasOwnProperty",
        "__proto__.admin",
        "constructor.prototype",
        "name.__proto__",
        &format!("{ENTERPRISE}:__proto__"),
        &format!("{ENTERPRISE}:constructor"),
    ] {
        for op in ["add", "replace"] {
            app.scim
                .patch(&path, json!([{"op": op, "path": name, "value": "x"}]))
                .await
                .expect_error(400, Some("invalidPath"));
        }
    }
    let value = json!({"__proto__": {"admin": true}, "constructor": {"prototype": {}}, ENTERPRISE: {"__proto__": {"admin": true}, "toString": "x"}});
    let after = app
        .scim
        .patch(&path, json!([{"op": "add", "value": value}]))
        .await
        .expect(200)
        .body;
    assert_eq!(after, before);
}

/// R23: operations run in order, and all or none take effect.
#[tokio::test]
async fn r23_operations_run_in_order_and_whole() {
    let app = App::start().await;
    let ids = users(&app, 3).await;
    let group = app.scim.create_group(&unique("g"), &[&ids[0]]).await;
    let path = format!("/Groups/{group}");
    let add = |id: &str| json!({"op": "add", "path": "members", "value": [{"value": id}]});
    let remove = |id: &str| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")});
    app.scim
        .patch(
            &path,
            json!([add(&ids[1]), remove(&ids[1]), remove(&ids[2]), add(&ids[2])]),
        )
        .await
        .expect(204);
    assert_eq!(
        app.scim.members(&group).await,
        sorted(&[ids[0].clone(), ids[2].clone()])
    );
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "members", "value": []}, add(&ids[1])]),
        )
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await, ids[1..2]);
    app.scim
        .patch(
            &path,
            json!([add(&ids[0]), {"op": "remove", "path": "members"}]),
        )
        .await
        .expect(204);
    assert!(app.scim.members(&group).await.is_empty());
    let before = app.scim.get(&path).await.expect(200).body;
    let failing = json!([{"op": "replace", "path": "displayName", "value": unique("new")}, add(&ids[0]), {"op": "replace", "path": "displayName", "value": ""}]);
    app.scim
        .patch(&path, failing)
        .await
        .expect_error(400, Some("invalidValue"));
    assert_eq!(app.scim.get(&path).await.expect(200).body, before);
}

/// R31, R-COMMON-09: locations come from the configuration, whatever the headers say.
#[tokio::test]
async fn r31_headers_do_not_make_locations() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let location = format!("{}/Users/{user}", app.scim.base_url);
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.test;proto=https"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
        ("host", "evil.test"),
        ("x-http-method-override", "DELETE"),
    ] {
        let request = app
            .scim
            .request(Method::GET, &format!("/Users/{user}"))
            .header(name, value);
        let read = app.scim.send(request).await.expect(200);
        assert_eq!(read.body["meta"]["location"], json!(location), "{name}");
        assert_eq!(read.header("content-location"), location);
        assert!(!read.body.to_string().contains("evil"));
    }
    app.scim.get(&format!("/Users/{user}")).await.expect(200);
}
