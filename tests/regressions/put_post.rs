//! R-REG-PUT-01 to 03 and R-REG-POST-01 to 06: what is written whole.

use serde_json::{Value, json};

use super::{GROUP, USER, sorted, users};
use crate::harness::{App, unique};

/// R4: the body's id, meta and groups are somebody else's; the victim stays as it was, byte for byte.
#[tokio::test]
async fn r_reg_put_01_the_url_names_the_resource() {
    let app = App::start().await;
    let ids = users(&app, 2).await;
    let (mine, victim) = (format!("/Users/{}", ids[0]), format!("/Users/{}", ids[1]));
    let before = app.scim.get(&victim).await.expect(200).body;
    let name = unique("mine");
    let body = json!({"schemas": [USER], "id": ids[1], "meta": before["meta"], "userName": name, "title": "Mine",
        "groups": [{"value": ids[1]}]});
    let answer = app.scim.put(&mine, &body).await.expect(200);
    assert_eq!(answer.id(), ids[0]);
    assert_eq!(answer.body["title"], json!("Mine"));
    for value in [
        json!({"id": ids[1], "title": "Mine too"}),
        json!({"meta": before["meta"]}),
    ] {
        let answer = app
            .scim
            .patch(&mine, json!([{"op": "replace", "value": value}]))
            .await
            .expect(200);
        assert_eq!(answer.id(), ids[0]);
    }
    for path in ["id", "meta", "meta.location"] {
        app.scim
            .patch(
                &mine,
                json!([{"op": "replace", "path": path, "value": ids[1]}]),
            )
            .await
            .expect_error(400, Some("mutability"));
    }
    assert_eq!(app.scim.get(&victim).await.expect(200).body, before);
}

/// Members of a PUT are what the group has afterwards, whatever the client calls itself.
#[tokio::test]
async fn r_reg_put_02_put_of_a_group_sets_its_members() {
    let app = App::start().await;
    let ids = users(&app, 3).await;
    let name = unique("g");
    let group = app.scim.create_group(&name, &[&ids[0]]).await;
    let path = format!("/Groups/{group}");
    for agent in ["", "Okta SCIM Client 1.0.0", "curl/8"] {
        for members in [&ids[1..], &ids[..1], &[], &ids[..]] {
            let list: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
            let body = json!({"schemas": [GROUP], "displayName": name, "members": list});
            let request = app
                .scim
                .request(reqwest::Method::PUT, &path)
                .header("user-agent", agent)
                .json(&body);
            let answer = app.scim.send(request).await.expect(200);
            assert_eq!(
                answer.body["members"].as_array().map_or(0, Vec::len),
                members.len()
            );
            assert_eq!(app.scim.members(&group).await, sorted(members));
        }
    }
    // Left out, they are cleared (R-PUT-03).
    app.scim
        .put(&path, &json!({"schemas": [GROUP], "displayName": name}))
        .await
        .expect(200);
    assert!(app.scim.members(&group).await.is_empty());
}

#[tokio::test]
async fn r_reg_put_03_a_user_name_may_change_its_case() {
    let app = App::start().await;
    let name = unique("Ann@Acme.test");
    let path = format!("/Users/{}", app.scim.create_user(&name).await);
    for other in [
        name.to_uppercase(),
        name.to_lowercase(),
        format!("new-{name}"),
    ] {
        let body = json!({"schemas": [USER], "userName": other});
        let answer = app.scim.put(&path, &body).await.expect(200);
        assert_eq!(answer.body["userName"], json!(other));
        assert_eq!(app.scim.get(&path).await.expect(200).body, answer.body);
        let found = app
            .scim
            .find(
                "/Users",
                &format!("userName eq \"{}\"", other.to_uppercase()),
            )
            .await
            .expect(200);
        assert_eq!(found.body["Resources"][0], answer.body);
    }
}

/// R-POST-08: a repeated POST is refused and the first stays as it was.
#[tokio::test]
async fn r_reg_post_01_a_second_create_changes_nothing() {
    let app = App::start().await;
    for (collection, body) in [
        (
            "/Users",
            json!({"schemas": [USER], "userName": unique("twice"), "title": "First", "externalId": unique("x"),
            "emails": [{"value": "a@x.test"}]}),
        ),
        (
            "/Groups",
            json!({"schemas": [GROUP], "displayName": unique("twice"), "externalId": unique("x"),
            "members": [{"value": app.scim.create_user(&unique("m")).await}]}),
        ),
    ] {
        let first = app.scim.post(collection, &body).await.expect(201);
        let mut less = body.clone();
        less.as_object_mut()
            .unwrap()
            .retain(|name, _| ["schemas", "userName", "displayName"].contains(&name.as_str()));
        for again in [&body, &less] {
            app.scim
                .post(collection, again)
                .await
                .expect_error(409, Some("uniqueness"));
        }
        let path = format!("{collection}/{}", first.id());
        assert_eq!(app.scim.get(&path).await.expect(200).body, first.body);
    }
}

/// R-POST-13: it names the attribute, not the other's data.
#[tokio::test]
async fn r_reg_post_02_the_user_name_is_what_is_unique() {
    let app = App::start().await;
    let email = format!("{}@x.test", unique("shared"));
    let body = |name: &str| json!({"schemas": [USER], "userName": name, "displayName": "Secret Name", "emails": [{"value": email, "primary": true}]});
    let name = unique("one");
    app.scim.post("/Users", &body(&name)).await.expect(201);
    app.scim
        .post("/Users", &body(&unique("two")))
        .await
        .expect(201);
    let refused = app
        .scim
        .post("/Users", &body(&name))
        .await
        .expect_error(409, Some("uniqueness"));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("userName") && !detail.contains("Secret"),
        "{detail}"
    );
}

/// R-POST-09: it can be found, and made active again by PUT or PATCH.
#[tokio::test]
async fn r_reg_post_04_a_deactivated_user_can_be_taken_up_again() {
    let app = App::start().await;
    for method in ["PUT", "PATCH"] {
        let name = unique("back");
        let path = format!("/Users/{}", app.scim.create_user(&name).await);
        app.scim
            .patch(
                &path,
                json!([{"op": "replace", "value": {"active": false}}]),
            )
            .await
            .expect(200);
        let body = json!({"schemas": [USER], "userName": name, "active": true});
        app.scim
            .post("/Users", &body)
            .await
            .expect_error(409, Some("uniqueness"));
        assert_eq!(
            app.scim.get(&path).await.body["active"],
            json!(false),
            "not implicitly"
        );
        let found = app
            .scim
            .find("/Users", &format!("userName eq \"{name}\""))
            .await
            .expect(200)
            .body;
        let path = format!("/Users/{}", found["Resources"][0]["id"].as_str().unwrap());
        let answer = if method == "PUT" {
            app.scim.put(&path, &body).await
        } else {
            app.scim
                .patch(&path, json!([{"op": "replace", "value": {"active": true}}]))
                .await
        };
        assert_eq!(answer.expect(200).body["active"], json!(true), "{method}");
    }
}

/// R-USER-03/04, R16: any password is taken, none is kept, none can be asked for.
#[tokio::test]
async fn r_reg_post_05_passwords_are_accepted_and_dropped() {
    let app = App::start().await;
    for password in ["", "x", "Okta-pl4ceholder!", &"p".repeat(500)] {
        let body = json!({"schemas": [USER], "userName": unique("u"), "password": password});
        let created = app.scim.post("/Users", &body).await.expect(201);
        let path = format!("/Users/{}", created.id());
        let put = app.scim.put(&path, &body).await.expect(200);
        let patched = app
            .scim
            .patch(
                &path,
                json!([{"op": "replace", "value": {"password": password}}]),
            )
            .await
            .expect(200);
        let asked = app
            .scim
            .get(&format!("{path}?attributes=password,userName"))
            .await
            .expect(200);
        for answer in [created, put, patched, asked] {
            assert!(
                !answer.body.to_string().contains("assword"),
                "{:#}",
                answer.body
            );
        }
    }
    for filter in ["password pr", "password eq \"x\"", "not (password pr)"] {
        app.scim
            .find("/Users", filter)
            .await
            .expect_error(400, Some("invalidFilter"));
    }
}

#[tokio::test]
async fn r_reg_post_06_an_external_id_is_optional() {
    let app = App::start().await;
    for external_id in [json!(null), json!("")] {
        for (collection, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
            let schema = if collection == "/Users" { USER } else { GROUP };
            let body = json!({"schemas": [schema], name: unique("n"), "externalId": external_id});
            let created = app.scim.post(collection, &body).await.expect(201);
            assert_eq!(
                created.body.get("externalId"),
                None,
                "R-COMMON-04: never invented"
            );
        }
    }
}
