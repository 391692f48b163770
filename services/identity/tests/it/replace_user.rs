use proto::{identity::v1 as pb, protocol::v1::ErrorReason};
use serde_json::json;

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, email, refusal, scim, user};

/// R-PUT-02, R-PUT-03, R-PUT-04, product rule 6.
#[tokio::test]
async fn what_is_left_out_goes_but_active_and_licence_stay() {
    let app = App::start().await;
    let sent = pb::User {
        active: Some(false),
        license_type: "it".to_owned(),
        emails: vec![email("a@x.test")],
        external_id: "00u1".to_owned(),
        attributes_json: json!({ "title": "Boss", "nickName": "A" }).to_string(),
        ..user("ann")
    };
    let created = app.create(sent).await.expect("created");
    let sent = pb::User {
        attributes_json: json!({ "title": "Boss" }).to_string(),
        ..user("Ann")
    };
    let replaced = app
        .replace(&created.id, sent.clone())
        .await
        .expect("replaced");
    assert_eq!(replaced, app.get(&created.id).await.expect("read"));
    let expected = pb::User {
        id: created.id.clone(),
        number: created.number,
        account_id: ACCOUNT,
        active: Some(false),
        license_type: "it".to_owned(),
        scim_managed: true,
        etag: "W/\"2\"".to_owned(),
        create_time: created.create_time,
        update_time: replaced.update_time,
        ..sent
    };
    assert_eq!(replaced, expected);
    let change = &app.changes(1, 1).await[0];
    assert_eq!(change.kind, "user.updated");
    let mut names = change.changed_attributes.clone();
    names.sort();
    assert_eq!(names, ["emails", "externalId", "nickName", "userName"]);
}

/// R-PUT-12, R-TEST-03.
#[tokio::test]
async fn replacing_a_user_by_itself_changes_nothing() {
    let app = App::start().await;
    let sent = pb::User {
        emails: vec![email("a@x.test")],
        attributes_json: json!({
            "addresses": [{ "type": "work", "locality": "Ghent" }],
            scim::definitions::ENTERPRISE_URN: { "manager": { "value": "m" } },
        })
        .to_string(),
        ..user("ann")
    };
    let created = app.create(sent).await.expect("created");
    let replaced = app
        .replace(&created.id, created.clone())
        .await
        .expect("replaced");
    assert_eq!(replaced, created);
}

/// R-PUT-05, R-PUT-07, R-PUT-09, R-PUT-10, R-TEST-05.
#[tokio::test]
async fn bad_replacements_are_refused() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created");
    let bob = app.create(user("bob")).await.expect("created");
    let clash = app.replace(&bob.id, user("ANN")).await;
    assert_eq!(refusal(clash), ErrorReason::Uniqueness);
    let nameless = app.replace(&bob.id, user("")).await;
    assert_eq!(refusal(nameless), ErrorReason::InvalidValue);
    // The URL's id decides, not the body's.
    let body = pb::User {
        id: ann.id.clone(),
        ..user("bobby")
    };
    let replaced = app.replace(&bob.id, body).await.expect("replaced");
    assert_eq!(replaced.id, bob.id);
    assert_eq!(app.get(&ann.id).await.expect("read"), ann);

    let request = pb::ReplaceUserRequest {
        account_id: ACCOUNT,
        id: ann.id.clone(),
        user: Some(user("new")),
        etags: vec!["W/\"2\"".to_owned()],
        actor: Some(scim()),
        ..Default::default()
    };
    let mut client = app.client.clone();
    let stale = client.replace_user(request.clone()).await;
    assert_eq!(refusal(stale), ErrorReason::EtagMismatch);
    let etags = Vec::new();
    let foreign = pb::ReplaceUserRequest {
        account_id: STRANGERS,
        etags,
        ..request
    };
    let foreign = client.replace_user(foreign).await;
    assert_eq!(refusal(foreign), ErrorReason::ResourceNotFound);
    assert_eq!(app.get(&ann.id).await.expect("read"), ann);
    let unknown = app
        .replace("0192f0c1-2345-7abc-8def-0123456789ab", user("new"))
        .await;
    assert_eq!(refusal(unknown), ErrorReason::ResourceNotFound);
}

/// Product rule 11.
#[tokio::test]
async fn without_manual_updates_only_scim_replaces_what_it_manages() {
    let app = App::start().await;
    let managed = app.create(user("managed")).await.expect("created");
    app.configure(|scim| scim.enabled = true);
    let refused = app.replace_as(admin(), &managed.id, user("other")).await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
    assert_eq!(app.get(&managed.id).await.expect("read"), managed);
}
