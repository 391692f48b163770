//! What becomes of those who report to a user that is deleted.

use super::*;

/// R-DEL-05: whoever reported to a deleted user has no manager, and everybody can see that.
#[tokio::test]
async fn who_is_deleted_is_nobodys_manager() {
    let app = App::start().await;
    let boss = app.create(user("boss")).await.expect("created");
    let with_more = app.create(report("more", &boss.id)).await.expect("created");
    let only = pb::User {
        attributes_json: json!({ ENTERPRISE_URN: { "manager": { "value": boss.id } } }).to_string(),
        ..user("only")
    };
    let only = app.create_as(admin(), only).await.expect("created");
    let other = app
        .create(report("other", &only.id))
        .await
        .expect("created");
    let stranger = pb::CreateUserRequest {
        account_id: STRANGERS,
        user: Some(report("stranger", &boss.id)),
        actor: Some(scim()),
        ..Default::default()
    };
    let stranger = app
        .client
        .clone()
        .create_user(stranger)
        .await
        .expect("created")
        .into_inner();
    app.patch(&boss.id, set_manager(&boss.id))
        .await
        .expect("one's own manager");
    app.delete(&boss.id).await.expect("deleted");

    let read = app.get(&with_more.id).await.expect("read");
    assert_eq!(
        read.attributes_json,
        json!({ ENTERPRISE_URN: { "department": "IT" } }).to_string()
    );
    assert_eq!(read.etag, "W/\"2\"");
    assert_ne!(read.update_time, with_more.update_time);
    let without = app.get(&only.id).await.expect("read");
    assert_eq!(
        (without.attributes_json.as_str(), without.scim_managed),
        ("", false)
    );
    let nobody = app
        .select(&format!("{ENTERPRISE_URN}:manager eq \"{}\"", boss.id))
        .await;
    assert_eq!(nobody.expect("a list"), [""; 0]);
    let extended = app
        .select(&format!("schemas eq \"{ENTERPRISE_URN}\""))
        .await;
    assert_eq!(extended.expect("a list"), ["more", "other"]);
    assert_eq!(app.get(&other.id).await.expect("read"), other);
    let request = pb::GetUserRequest {
        account_id: STRANGERS,
        id: stranger.id.clone(),
        ..Default::default()
    };
    let read = app.client.clone().get_user(request).await.expect("read");
    assert_eq!(read.into_inner(), stranger);
}

/// R-DEL-05: each who loses the manager is changed for the change log, by whoever deletes.
#[tokio::test]
async fn the_change_log_names_the_reports() {
    let app = App::start().await;
    let boss = app.create(boss()).await.expect("created");
    let mut reports = Vec::new();
    for name in ["ann", "bob"] {
        let report = app.create(report(name, &boss.id)).await;
        reports.push(report.expect("created").id);
    }
    app.delete(&boss.id).await.expect("deleted");
    let changes = &app.changes(0, 6).await[3..];
    let mut updated: Vec<&str> = Vec::new();
    for change in &changes[..2] {
        assert_eq!(
            (change.account_id, change.kind.as_str()),
            (ACCOUNT, "user.updated")
        );
        assert_eq!(
            change.changed_attributes,
            [format!("{ENTERPRISE_URN}:manager")]
        );
        assert_eq!(change.actor, changes[2].actor);
        updated.push(&change.resource_id);
    }
    updated.sort_unstable();
    reports.sort_unstable();
    assert_eq!(updated, reports);
    let deleted = &changes[2];
    assert_eq!(
        (deleted.kind.as_str(), &deleted.resource_id),
        ("user.deleted", &boss.id)
    );
}

/// R-DEL-05: more reports than go into one statement; a deletion that is refused leaves them theirs.
#[tokio::test]
async fn thousands_of_reports() {
    let app = App::start().await;
    let boss = app.create(user("boss")).await.expect("created").id;
    app.sql(&format!(
        "INSERT INTO users (account_id, id, user_name_key, email_keys, email_text, license_type, license_shown,
            scim_managed, resource, search)
        SELECT {ACCOUNT}, gen_random_uuid(), 'user' || n, '{{}}', '', 'developer', true, true,
            jsonb_build_object('userName', 'user' || n, '{ENTERPRISE_URN}',
                jsonb_build_object('manager', jsonb_build_object('value', '{boss}'))), '{{}}'
        FROM generate_series(1, 2500) AS n"
    ))
    .await;
    let reports = "SELECT count(*) FROM users WHERE manager_id IS NOT NULL";
    let entries = "SELECT count(*) FROM changes WHERE kind = 'user.updated'";
    let stale = pb::DeleteUserRequest {
        account_id: ACCOUNT,
        id: boss.clone(),
        etags: vec!["W/\"7\"".to_owned()],
        actor: Some(scim()),
    };
    let refused = app.client.clone().delete_user(stale).await;
    assert_eq!(refusal(refused), ErrorReason::EtagMismatch);
    assert_eq!(
        (app.number(reports).await, app.number(entries).await),
        (2500, 0)
    );
    app.delete(&boss).await.expect("deleted");
    assert_eq!(
        (app.number(reports).await, app.number(entries).await),
        (0, 2500)
    );
    let rewritten = "SELECT count(*) FROM users WHERE version = 2 AND resource - 'userName' = '{}'
            AND search - 'schemas' = resource";
    assert_eq!(app.number(rewritten).await, 2500);
}

/// R-DEL-05: those who are each other's managers are deleted at once without a deadlock.
#[tokio::test(flavor = "multi_thread")]
async fn each_others_managers_are_deleted_at_once() {
    let app = App::start().await;
    for round in 0..10 {
        let names = (0..6)
            .map(|i| app.create(user(&format!("user{round}.{i}"))))
            .collect::<Vec<_>>();
        let users: Vec<pb::User> = join_all(names)
            .await
            .into_iter()
            .map(|user| user.expect("created"))
            .collect();
        for (i, user) in users.iter().enumerate() {
            let next = &users[(i + 1) % users.len()].id;
            app.patch(&user.id, set_manager(next))
                .await
                .expect("patched");
        }
        let deletions = users.iter().map(|user| app.delete(&user.id));
        for deleted in join_all(deletions).await {
            deleted.expect("deleted");
        }
    }
    assert_eq!(app.select("").await.expect("a list"), [""; 0]);
}

/// R-ENT-04, R-DEL-05: no manager that is being deleted can be taken in the strict dialect.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_reports_to_one_who_goes_meanwhile() {
    let app = App::start().await;
    app.options(|options| options.strict = true);
    for round in 0..20 {
        let boss = app
            .create(user(&format!("boss{round}")))
            .await
            .expect("created")
            .id;
        let ann = app
            .create(user(&format!("ann{round}")))
            .await
            .expect("created")
            .id;
        let (taken, deleted) = tokio::join!(app.patch(&ann, set_manager(&boss)), app.delete(&boss));
        deleted.expect("deleted");
        if let Err(refused) = taken {
            assert_eq!(refusal::<()>(Err(refused)), ErrorReason::InvalidValue);
        }
        let read = app.get(&ann).await.expect("read");
        assert_eq!(manager(&read), Value::Null);
    }
}

/// R-ENT-02, R-DEL-05: a PUT that names the manager there is by its place does not stand in the way of who deletes it.
#[tokio::test]
async fn a_manager_that_stays_is_not_held() {
    let app = App::start().await;
    for n in 0..20 {
        let boss = app
            .create(user(&format!("boss-{n}")))
            .await
            .expect("a boss");
        let name = format!("ann-{n}");
        let ann = app.create(report(&name, &boss.id)).await.expect("a report");
        let place = format!("https://scim.test/Users/{}", boss.id);
        let by_place = json!({ ENTERPRISE_URN: { "manager": { "$ref": place } } });
        let again = pb::User {
            attributes_json: by_place.to_string(),
            ..user(&name)
        };
        let (replaced, deleted) = tokio::join!(app.replace(&ann.id, again), app.delete(&boss.id));
        replaced.expect("replaced");
        deleted.expect("deleted");
    }
}
