//! Rule 11 in the console: what SCIM manages is not offered for change, and a form made by hand is refused.

use serde_json::json;

use super::{Browser, user};
use crate::harness::{App, unique};

/// Everything that rule 11 refuses, as forms: path and fields.
fn refused<'a>(
    user: &'a str,
    other: &'a str,
    group: &str,
) -> Vec<(String, Vec<(&'a str, &'a str)>)> {
    let users = |path: &str| format!("/users/{user}{path}");
    let groups = |path: &str| format!("/groups/{group}{path}");
    vec![
        (users(""), vec![("first_name", "By hand")]),
        (users(""), vec![("email", "by-hand@acme.test")]),
        (users(""), vec![("license_type", "analyst")]),
        (
            users("/activation"),
            vec![("active", "false"), ("confirmed", "true")],
        ),
        (users("/delete"), vec![("confirmed", "true")]),
        (groups(""), vec![("name", "By hand")]),
        (groups("/members"), vec![("user", other)]),
        (
            groups("/members/remove"),
            vec![("member_id", user), ("confirmed", "true")],
        ),
        (groups("/delete"), vec![("confirmed", "true")]),
        (
            "/invitations".to_owned(),
            vec![("emails", "new@acme.test"), ("license_type", "developer")],
        ),
    ]
}

#[tokio::test]
async fn what_scim_manages_is_locked() {
    let app = App::start().await;
    let other = "other@acme.test";
    let id = user(&app, "ann@acme.test").await;
    user(&app, other).await;
    let group = app.scim.create_group("Managed", &[&id]).await;
    let browser = Browser::sign_in(&app).await;

    let page = browser.get(&format!("/users/{id}")).await.expect(200);
    page.says("Managed over SCIM")
        .says("<fieldset disabled")
        .says("manual updates are off");
    let page = browser
        .get(&format!("/users/{id}/delete"))
        .await
        .expect(200);
    page.says("disabled>Delete user");
    let page = browser.get(&format!("/groups/{group}")).await.expect(200);
    page.says("disabled>Rename")
        .says("disabled>Add")
        .lacks("/members/remove");
    browser
        .get("/invitations")
        .await
        .expect(200)
        .says("<fieldset disabled");

    let before = app.scim.get(&format!("/Users/{id}")).await.expect(200);
    for (path, fields) in refused(&id, other, &group) {
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, 403, "{path} {fields:?}: {}", page.text);
        page.says("role=\"alert\"").says("managed over SCIM");
    }
    let after = app.scim.get(&format!("/Users/{id}")).await.expect(200);
    assert_eq!(after.body, before.body);
    assert_eq!(app.scim.members(&group).await, std::slice::from_ref(&id));

    // Permission sets, and who joins by itself, stay editable.
    let permission = [
        ("permission_set", "account_admin"),
        ("environment", "staging"),
        ("environment", "other"),
    ];
    let path = format!("/groups/{group}/permissions");
    browser.post(&path, &permission).await.expect(303);
    let page = browser.get(&format!("/groups/{group}")).await.expect(200);
    page.says("account_admin").says("staging, other");
    let settings = [
        ("assign_by_default", "true"),
        ("sso_mapping_groups", "One\r\nTwo, three\r\n"),
    ];
    let path = format!("/groups/{group}/settings");
    assert_eq!(
        browser.post(&path, &settings).await.leads(),
        format!("/groups/{group}?done=saved")
    );
    let page = browser.get(&format!("/groups/{group}")).await.expect(200);
    let page = page.says("One\nTwo, three</textarea>");
    let id_of = page.between("name=\"permission_id\" value=\"", "\"");
    let gone = [("permission_id", id_of), ("confirmed", "true")];
    browser
        .post(&format!("/groups/{group}/permissions/remove"), &gone)
        .await
        .expect(303);
    let page = browser.get(&format!("/groups/{group}")).await.expect(200);
    page.lacks("<th scope=\"row\">account_admin");
    let unknown = [("permission_set", "emperor")];
    let page = browser
        .post(&format!("/groups/{group}/permissions"), &unknown)
        .await;
    page.expect(400).says("emperor");
    // What is offered is what the group service knows.
    browser
        .get(&format!("/groups/{group}"))
        .await
        .says("<option value=\"notification_manager\">");

    // With manual updates the same forms do what they say.
    app.allow_manual_updates(true).await;
    browser
        .get(&format!("/users/{id}"))
        .await
        .expect(200)
        .lacks("<fieldset disabled");
    let mut forms = refused(&id, other, &group);
    forms.sort_by_key(|(path, _)| path.ends_with("/delete"));
    for (path, fields) in forms {
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, 303, "{path} {fields:?}: {}", page.text);
    }
    app.scim.get(&format!("/Users/{id}")).await.expect(404);
    app.scim.get(&format!("/Groups/{group}")).await.expect(404);
}

/// Rule 6: with licence mapping ignored, the licence of a managed user is the identity provider's, even where
/// manual updates are allowed.
#[tokio::test]
async fn licences_that_scim_controls() {
    let app = App::start().await;
    let id = user(&app, "ann@acme.test").await;
    let config = json!({"enabled": true, "manual_updates_allowed": true, "scim_controlled_license_type": true});
    app.admin().post("/scim-config/", &config).await.expect(200);
    let browser = Browser::sign_in(&app).await;
    let path = format!("/users/{id}");
    let page = browser.get(&path).await.expect(200);
    page.says(r#"name="license_type" disabled"#)
        .lacks("<fieldset disabled");
    let page = browser.post(&path, &[("license_type", "analyst")]).await;
    page.expect(403).says("Licences are managed over SCIM.");
    let fields = [("first_name", "Ann"), ("license_type", "developer")];
    assert_eq!(
        browser.post(&path, &fields).await.leads(),
        format!("/users/{id}?done=saved")
    );
}

/// Rule 13 is not for administrators by hand, and rule 3: without SCIM everything is theirs.
#[tokio::test]
async fn without_scim_nothing_is_locked() {
    let app = App::start().await;
    let id = user(&app, "ann@acme.test").await;
    app.set_scim(false).await;
    let browser = Browser::sign_in(&app).await;
    let name = unique("Crew");
    let page = browser
        .post("/groups", &[("name", &name), ("assign_by_default", "true")])
        .await;
    let group = page
        .leads()
        .strip_suffix("?done=created")
        .unwrap()
        .to_owned();
    browser
        .post("/groups", &[("name", &name)])
        .await
        .expect(409)
        .says("role=\"alert\"");
    browser.post("/groups", &[("name", "")]).await.expect(400);

    // One address a line or with commas between; all or none.
    let emails = [
        ("emails", "cy@acme.test\r\ndi@acme.test, "),
        ("license_type", "it"),
    ];
    let page = browser.post("/invitations", &emails).await;
    assert_eq!(page.leads(), "/invitations?done=invited-unsent");
    browser
        .post("/invitations", &[("emails", "cy@acme.test")])
        .await
        .expect(409)
        .says("cy@acme.test</textarea>");
    browser
        .post("/invitations", &[("emails", " ")])
        .await
        .expect(400);
    // They joined the default group.
    browser
        .get(&group)
        .await
        .expect(200)
        .says("cy@acme.test")
        .says("di@acme.test");

    let page = browser.get("/invitations?state=pending").await.expect(200);
    let row = page.between("cy@acme.test</a>", "</tr>");
    let invitation = row.split_once("/console/invitations/").unwrap().1;
    let invitation = format!("/invitations/{}", invitation.split_once('/').unwrap().0);
    for (path, done) in [("resend", "renewed"), ("revoke", "revoked")] {
        let page = browser.confirm(&format!("{invitation}/{path}"), &[]).await;
        assert_eq!(page.leads(), format!("/invitations?done={done}"));
    }
    browser
        .get("/invitations?state=revoked")
        .await
        .expect(200)
        .says("cy@acme.test");

    let members = format!("{group}/members");
    assert_eq!(
        browser
            .post(&members, &[("user", "ANN@acme.test")])
            .await
            .leads(),
        format!("{group}?done=added")
    );
    browser.get(&group).await.expect(200).says(&id);
    let page = browser
        .post(&members, &[("user", "nobody@acme.test")])
        .await;
    page.expect(400)
        .says("There is no user of this address or user name.");
    browser
        .confirm(&format!("{members}/remove"), &[("member_id", &id)])
        .await
        .expect(303);
    browser.get(&group).await.expect(200).lacks(&id);
    browser
        .post(&group, &[("name", "Renamed")])
        .await
        .expect(303);
    browser
        .get(&group)
        .await
        .expect(200)
        .says("<h1>Renamed</h1>");

    for (active, state) in [("false", "inactive"), ("true", "active")] {
        let path = format!("/users/{id}/activation");
        browser
            .confirm(&path, &[("active", active)])
            .await
            .expect(303);
        browser
            .get(&format!("/users?state={state}&search=ann"))
            .await
            .says(&id);
    }
    browser.get("/users?state=inactive").await.lacks(&id);
    let page = browser
        .post(&format!("/users/{id}"), &[("email", "")])
        .await;
    page.expect(303);
    // What is typed has to be an address, and the page says whose name changes with it.
    let page = browser
        .post(&format!("/users/{id}"), &[("email", "not-an-email")])
        .await;
    page.expect(400)
        .says("must be an e-mail address")
        .says("It is the user name too");
    let fields = [
        ("first_name", ""),
        ("last_name", "Lee"),
        ("email", "lee@acme.test"),
        ("license_type", "analyst"),
    ];
    browser
        .post(&format!("/users/{id}"), &fields)
        .await
        .expect(303);
    let data = app
        .admin()
        .get(&format!("/users/{id}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    assert_eq!(
        (
            &data["first_name"],
            &data["last_name"],
            &data["email"],
            &data["license"]["license_type"]
        ),
        (
            &json!(""),
            &json!("Lee"),
            &json!("lee@acme.test"),
            &json!("analyst")
        )
    );
    assert_eq!(
        browser
            .confirm(&format!("/users/{id}/delete"), &[])
            .await
            .leads(),
        "/users?done=deleted"
    );
    browser.get(&format!("/users/{id}")).await.expect(404);
}
