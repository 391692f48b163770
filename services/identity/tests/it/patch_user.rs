use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::{Value, json};

use crate::fixture::{App, STRANGERS, admin, email, operation, refusal, scim, user};

/// R-PATCH-20 to 24, R-PATCH-29, R-PATCH-52: a real change raises the version and is logged.
#[tokio::test]
async fn operations_are_applied_in_order() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let department = format!("{}:department", scim::definitions::ENTERPRISE_URN);
    let license = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User:licenseType";
    let patched = app
        .patch(
            &created.id,
            vec![
                operation(Op::Replace, "userName", json!("Anna")),
                operation(Op::Add, "name.givenName", json!("Anna")),
                operation(
                    Op::Add,
                    "emails",
                    json!([{ "value": "a@x.test", "type": "work" }]),
                ),
                operation(
                    Op::Replace,
                    "emails[type eq \"work\"].value",
                    json!("b@x.test"),
                ),
                operation(Op::Add, &department, json!("IT")),
                operation(Op::Replace, license, json!("analyst")),
                operation(Op::Replace, "", json!({ "title": "Boss" })),
            ],
        )
        .await
        .expect("patched");
    assert_eq!(patched, app.get(&created.id).await.expect("read"));
    assert_eq!(patched.etag, "W/\"2\"");
    assert_eq!(patched.user_name, "Anna");
    assert_eq!(patched.emails[0].value, "b@x.test");
    assert_eq!(patched.license_type, "analyst");
    assert_eq!(patched.create_time, created.create_time);
    assert_eq!(
        app.select("userName eq \"ANNA\"").await.expect("a list"),
        ["Anna"]
    );
    assert!(
        app.select("userName eq \"ann\"")
            .await
            .expect("a list")
            .is_empty()
    );

    let change = &app.changes(1, 1).await[0];
    assert_eq!(change.kind, "user.updated");
    let mut names = change.changed_attributes.clone();
    names.sort();
    let mut expected = vec!["emails", "name", "title", license, &department, "userName"];
    expected.sort_unstable();
    assert_eq!(names, expected);
}

/// R-PATCH-09, R-COMMON-06: nothing changes, so neither do version, time and log.
#[tokio::test]
async fn a_patch_that_changes_nothing_leaves_no_trace() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let same = vec![
        operation(Op::Replace, "userName", json!("ann")),
        operation(Op::Add, "active", json!(true)),
        operation(Op::Remove, "title", Value::Null),
    ];
    assert_eq!(
        app.patch(&created.id, same).await.expect("patched"),
        created
    );
    assert_eq!(
        app.patch(&created.id, Vec::new()).await.expect("patched"),
        created
    );
    app.delete(&created.id).await.expect("deleted");
    let kinds: Vec<_> = app
        .changes(0, 2)
        .await
        .into_iter()
        .map(|change| change.kind)
        .collect();
    assert_eq!(kinds, ["user.created", "user.deleted"]);
}

/// R-PATCH-06: the third operation fails, so the first two are not done.
#[tokio::test]
async fn a_failing_operation_changes_nothing() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    for (bad, expected) in [
        (
            operation(Op::Replace, "id", json!("x")),
            ErrorReason::Mutability,
        ),
        (
            operation(Op::Remove, "userName", Value::Null),
            ErrorReason::Mutability,
        ),
        (
            operation(Op::Replace, "shoeSize", json!("44")),
            ErrorReason::InvalidPath,
        ),
        (
            operation(Op::Remove, "", Value::Null),
            ErrorReason::NoTarget,
        ),
        (
            operation(Op::Replace, "userName", json!({})),
            ErrorReason::InvalidValue,
        ),
        (
            operation(Op::Replace, "emails[type eq]", json!("x")),
            ErrorReason::InvalidFilter,
        ),
        (
            operation(Op::Unspecified, "title", json!("x")),
            ErrorReason::InvalidSyntax,
        ),
    ] {
        let title = operation(Op::Add, "title", json!("Boss"));
        let nick_name = operation(Op::Add, "nickName", json!("A"));
        let refused = app
            .patch(&created.id, vec![title, nick_name, bad.clone()])
            .await;
        assert_eq!(refusal(refused), expected, "{bad:?}");
    }
    assert_eq!(app.get(&created.id).await.expect("read"), created);
}

/// R-TEST-06, R-ETAG-03, R-ETAG-05: the check and the write are one.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_patches_with_one_etag_one_wins() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let patches = (0..32).map(|i| {
        let title = operation(Op::Replace, "title", json!(format!("title {i}")));
        app.patch_as(scim(), &created.id, vec![title], vec![created.etag.clone()])
    });
    let (won, lost): (Vec<_>, Vec<_>) =
        join_all(patches).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for result in lost {
        assert_eq!(refusal(result), ErrorReason::EtagMismatch);
    }
    assert_eq!(app.get(&created.id).await.expect("read").etag, "W/\"2\"");
}

/// R-PATCH-50: without etags all survive.
#[tokio::test(flavor = "multi_thread")]
async fn parallel_patches_lose_nothing() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let patches = (0..16).map(|i| {
        let value = json!([{ "value": format!("{i}@x.test") }]);
        app.patch(&created.id, vec![operation(Op::Add, "emails", value)])
    });
    for result in join_all(patches).await {
        result.expect("patched");
    }
    let user = app.get(&created.id).await.expect("read");
    assert_eq!(user.emails.len(), 16);
    assert_eq!(user.etag, "W/\"17\"");
}

/// R-TEST-05: another account's id is unknown, and nothing happens to it.
#[tokio::test]
async fn a_foreign_id_is_not_found_and_not_changed() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let request = pb::PatchUserRequest {
        account_id: STRANGERS,
        id: created.id.clone(),
        operations: vec![operation(Op::Add, "title", json!("Boss"))],
        etags: Vec::new(),
        actor: Some(scim()),
        ..Default::default()
    };
    let refused = app.client.clone().patch_user(request).await;
    assert_eq!(refusal(refused), ErrorReason::ResourceNotFound);
    assert_eq!(app.get(&created.id).await.expect("read"), created);
    let unknown = app.patch("x", Vec::new()).await;
    assert_eq!(refusal(unknown), ErrorReason::ResourceNotFound);
}

/// R-ATTR-14: uniqueness holds for renaming too; the own name in other letters is no clash.
#[tokio::test]
async fn renaming_is_checked_for_uniqueness() {
    let app = App::start().await;
    app.create(user("ann")).await.expect("created");
    let bob = app.create(user("bob")).await.expect("created");
    let rename = |name| vec![operation(Op::Replace, "userName", json!(name))];
    let refused = app.patch(&bob.id, rename("ANN")).await;
    assert_eq!(refusal(refused), ErrorReason::Uniqueness);
    let renamed = app.patch(&bob.id, rename("Bob")).await.expect("patched");
    assert_eq!(renamed.user_name, "Bob");
}

/// R-PATCH-48, product rule 7: deactivation and activation have kinds of their own.
#[tokio::test]
async fn active_comes_and_goes() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let states = [
        (
            operation(Op::Replace, "active", json!("False")),
            Some(false),
            "user.deactivated",
        ),
        (
            operation(Op::Replace, "", json!({ "active": true })),
            Some(true),
            "user.activated",
        ),
        (
            operation(Op::Add, "active", json!(false)),
            Some(false),
            "user.deactivated",
        ),
    ];
    let mut last = app.changes(0, 1).await[0].sequence;
    for (operation, active, kind) in states {
        let patched = app
            .patch(&created.id, vec![operation])
            .await
            .expect("patched");
        assert_eq!(patched.active, active);
        let change = &app.changes(last, 1).await[0];
        last = change.sequence;
        assert_eq!(change.kind, kind);
        assert_eq!(change.changed_attributes, ["active"]);
    }
    // R-REG-LIFE-01: an inactive user is still there.
    assert_eq!(
        app.select("active eq false").await.expect("a list"),
        ["ann"]
    );
    // R-USER-10: unassigned, it counts as true.
    let remove = operation(Op::Remove, "active", Value::Null);
    let patched = app.patch(&created.id, vec![remove]).await.expect("patched");
    assert_eq!(patched.active, None);
    assert_eq!(app.changes(last, 1).await[0].kind, "user.activated");
}

/// Q17: everybody has a licence. Removing the attribute or the extension changes nothing of it; it is not shown until
/// it is set again.
#[tokio::test]
async fn the_licence_stays_when_it_is_removed() {
    let app = App::start().await;
    let sent = pb::User {
        license_type: "it".to_owned(),
        ..user("ann")
    };
    let created = app.create(sent).await.expect("created");
    let urn = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";
    let attribute = format!("{urn}:licenseType");
    for strict in [false, true] {
        app.options(|options| options.strict = strict);
        for remove in [
            operation(Op::Remove, &attribute, Value::Null),
            operation(Op::Replace, "", json!({ urn: { "licenseType": null } })),
            operation(Op::Remove, urn, Value::Null),
        ] {
            let hidden = app.patch(&created.id, vec![remove]).await.expect("patched");
            assert_eq!(
                (hidden.license_type.as_str(), hidden.license_hidden),
                ("it", true)
            );
            let operations = vec![operation(Op::Replace, &attribute, json!("it"))];
            let shown = app.patch(&created.id, operations).await.expect("patched");
            assert_eq!(
                (shown.license_type.as_str(), shown.license_hidden),
                ("it", false)
            );
        }
    }
}

/// Product rule 11 and rule 6.
#[tokio::test]
async fn without_manual_updates_only_scim_changes_what_it_manages() {
    let app = App::start().await;
    let managed = app.create(user("managed")).await.expect("created");
    let manual = app
        .create_as(admin(), user("manual"))
        .await
        .expect("created");
    let title = || vec![operation(Op::Add, "title", json!("Boss"))];
    app.configure(|scim| scim.enabled = true);
    let refused = app
        .patch_as(admin(), &managed.id, title(), Vec::new())
        .await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
    let patched = app
        .patch_as(admin(), &manual.id, title(), Vec::new())
        .await
        .expect("patched");
    assert!(!patched.scim_managed);
    app.configure(|scim| {
        scim.manual_updates_allowed = true;
        scim.scim_controlled_license_type = true;
    });
    app.patch_as(admin(), &managed.id, title(), Vec::new())
        .await
        .expect("patched");
    let path = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User:licenseType";
    let license = || vec![operation(Op::Replace, path, json!("it"))];
    let refused = app
        .patch_as(admin(), &managed.id, license(), Vec::new())
        .await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
    assert_eq!(
        app.patch(&managed.id, license())
            .await
            .expect("patched")
            .license_type,
        "it"
    );
}

/// Product rule 5: the rule is asked only where it matters, so old users can still be deactivated.
#[tokio::test]
async fn the_email_rule_does_not_stand_in_the_way_of_deactivation() {
    let app = App::start().await;
    let sent = pb::User {
        emails: vec![email("other@x.test")],
        ..user("no address")
    };
    let created = app.create(sent).await.expect("created");
    app.options(|options| options.email_user_names = true);
    let deactivate = vec![operation(Op::Replace, "active", json!(false))];
    app.patch(&created.id, deactivate).await.expect("patched");
    let rename = vec![operation(Op::Replace, "userName", json!("new@x.test"))];
    assert_eq!(
        refusal(app.patch(&created.id, rename).await),
        ErrorReason::InvalidValue
    );
}

/// Product rule 5, R-USER-11: the only e-mail, where it is the user name, follows it; any other must be named too.
#[tokio::test]
async fn the_email_follows_the_user_name() {
    let app = App::start().await;
    app.options(|options| options.email_user_names = true);
    let created = app.create(user("old@x.test")).await.expect("created");
    let rename = |to: &str| vec![operation(Op::Replace, "userName", json!(to))];
    let renamed = app.patch(&created.id, rename("new@x.test")).await;
    let renamed = renamed.expect("renamed");
    assert_eq!(renamed.emails.len(), 1);
    assert_eq!(renamed.emails[0].value, "new@x.test");
    assert_eq!(renamed.emails[0].primary, created.emails[0].primary);
    let both = vec![
        operation(Op::Replace, "userName", json!("both@x.test")),
        operation(
            Op::Replace,
            "emails",
            json!([{"value": "other@x.test", "primary": true}]),
        ),
    ];
    let contradiction = app.patch(&created.id, both).await;
    assert_eq!(refusal(contradiction), ErrorReason::InvalidValue);
    let second = json!([{"value": "second@x.test", "type": "home"}]);
    app.patch(&created.id, vec![operation(Op::Add, "emails", second)])
        .await
        .expect("two e-mails");
    let ambiguous = app.patch(&created.id, rename("third@x.test")).await;
    assert_eq!(refusal(ambiguous), ErrorReason::InvalidValue);
}

/// R-PATCH-28: what the dialects do differently.
#[tokio::test]
async fn the_strict_dialect_wants_a_match() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let work = || {
        vec![operation(
            Op::Replace,
            "emails[type eq \"work\"].value",
            json!("a@x.test"),
        )]
    };
    app.options(|options| options.strict = true);
    assert_eq!(
        refusal(app.patch(&created.id, work()).await),
        ErrorReason::NoTarget
    );
    app.options(|options| options.strict = false);
    let patched = app.patch(&created.id, work()).await.expect("patched");
    assert_eq!(patched.emails[0].value, "a@x.test");
}
