use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{Actor, ErrorReason},
};
use serde_json::{Value, json};

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, email, refusal, scim, user};

/// R-POST-01, R-COMMON-06, R-COMMON-10, R-USER-10.
#[tokio::test]
async fn a_user_is_created_with_all_attributes_and_read_back_the_same() {
    let app = App::start().await;
    let enterprise = scim::definitions::ENTERPRISE_URN;
    let attributes = json!({
        "nickName": "Annie",
        "phoneNumbers": [{ "value": "+44 1", "type": "work" }],
        enterprise: { "department": "IT", "manager": { "value": "anybody" } },
    });
    let sent = pb::User {
        external_id: "00u1".to_owned(),
        name: Some(pb::Name {
            given_name: "Ann".to_owned(),
            family_name: "Ünal".to_owned(),
            ..Default::default()
        }),
        display_name: "Ann Ünal".to_owned(),
        emails: vec![email("Ann@x.test")],
        attributes_json: attributes.to_string(),
        ..user("Ann@x.test")
    };
    let created = app.create(sent.clone()).await.expect("created");
    assert_eq!(created, app.get(&created.id).await.expect("read"));
    assert_eq!(created.account_id, ACCOUNT);
    assert_eq!(created.etag, "W/\"1\"");
    assert_eq!(created.create_time, created.update_time);
    assert_eq!(created.create_time.expect("a time").nanos % 1_000_000, 0);
    assert_eq!(created.license_type, "developer");
    assert_eq!(created.active, Some(true));
    assert!(created.scim_managed);
    assert_eq!(created.user_name, sent.user_name);
    assert_eq!(created.name, sent.name);
    assert_eq!(created.emails, sent.emails);
    let stored: Value = serde_json::from_str(&created.attributes_json).expect("JSON");
    assert_eq!(stored, attributes);

    let [change] = &app.changes(0, 1).await[..] else {
        panic!("one change");
    };
    assert_eq!(change.kind, "user.created");
    assert_eq!(change.resource_id, created.id);
    assert_eq!(change.account_id, ACCOUNT);
    assert_eq!(change.actor, Some(scim()));
    let department = format!("{enterprise}:department");
    assert!(change.changed_attributes.contains(&department));
    assert!(change.changed_attributes.contains(&"userName".to_owned()));
}

/// R-POST-02, R-REG-SEC-02: what only the server sets is ignored.
#[tokio::test]
async fn id_and_times_are_the_servers() {
    let app = App::start().await;
    let first = app.create(user("first")).await.expect("created");
    let sent = pb::User {
        id: first.id.clone(),
        etag: "W/\"9\"".to_owned(),
        scim_managed: true,
        ..user("second")
    };
    let second = app.create_as(admin(), sent).await.expect("created");
    assert_ne!(second.id, first.id);
    assert_eq!(second.etag, "W/\"1\"");
    assert!(!second.scim_managed);
}

/// R-POST-04, R-USER-01, R-STR-01, R-STR-03.
#[tokio::test]
async fn user_names_are_unique_without_regard_to_case_width_or_composition() {
    let app = App::start().await;
    for (one, other) in [
        ("Ann@x.test", "ann@X.test"),
        ("Straße", "STRASSE"),
        ("Ｂｏｂ", "bob"),
        ("Jose\u{301}", "José"),
    ] {
        app.create(user(one)).await.expect("created");
        for actor in [scim(), admin()] {
            let again = app.create_as(actor, user(other)).await;
            assert_eq!(refusal(again), ErrorReason::Uniqueness, "{other}");
        }
    }
    let again = app.create(user("ann@x.test")).await.expect_err("refused");
    assert_eq!(again.message(), "userName is taken by another user");
}

/// R-TEST-06, R-REG-POST-03.
#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_creations_of_one_name_one_wins() {
    let app = App::start().await;
    for actor in [scim(), admin()] {
        let name = &format!("racer{}", actor.kind);
        let results = join_all((0..16).map(|_| app.create_as(actor.clone(), user(name)))).await;
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        for result in lost {
            assert_eq!(refusal(result), ErrorReason::Uniqueness);
        }
    }
    assert_eq!(app.changes(0, 2).await.len(), 2);
}

/// R-TEN-05: names of one account do not meet those of another.
#[tokio::test]
async fn accounts_do_not_share_user_names() {
    let app = App::start().await;
    app.create(user("ann")).await.expect("created");
    let request = pb::CreateUserRequest {
        account_id: STRANGERS,
        user: Some(user("ann")),
        actor: Some(scim()),
        ..Default::default()
    };
    let other = app
        .client
        .clone()
        .create_user(request)
        .await
        .expect("created");
    assert_eq!(other.into_inner().account_id, STRANGERS);
}

/// R-POST-07, R-ATTR-10, R-STR-04.
#[tokio::test]
async fn bad_users_are_refused_and_leave_nothing() {
    let app = App::start().await;
    for bad in bad_users() {
        assert_eq!(refusal(app.create(bad).await), ErrorReason::InvalidValue);
    }
    let left = app.select("").await.expect("a list");
    assert_eq!(left, [""; 0]);
}

fn bad_users() -> Vec<pb::User> {
    let long = "x".repeat(513);
    let primary = |value| pb::Email {
        primary: Some(true),
        ..email(value)
    };
    let mut bad = vec![
        user(""),
        user("nul\0"),
        user("line\nbreak"),
        user(&long),
        // Few characters, but their form of comparison is long.
        user(&"ﷺ".repeat(300)),
    ];
    let changes: [&dyn Fn(&mut pb::User); 6] = [
        &|user| user.display_name = "nul\0".to_owned(),
        &|user| user.license_type = "emperor".to_owned(),
        &|user| user.external_id = long.clone(),
        &|user| user.emails = vec![email(&long)],
        &|user| user.emails = vec![primary("x"), primary("y")],
        &|user| user.attributes_json = json!({ "title": 5 }).to_string(),
    ];
    bad.extend(changes.map(|change| {
        let mut user = user("ann");
        change(&mut user);
        user
    }));
    bad
}

#[tokio::test]
async fn account_user_and_actor_are_required() {
    let app = App::start().await;
    type Change = fn(&mut pb::CreateUserRequest);
    let changes: [(Change, ErrorReason); 5] = [
        (|request| request.actor = None, ErrorReason::InvalidValue),
        (
            |request| request.actor = Some(Actor::default()),
            ErrorReason::InvalidValue,
        ),
        (|request| request.user = None, ErrorReason::InvalidValue),
        (|request| request.account_id = 0, ErrorReason::InvalidValue),
        (
            |request| request.account_id = 99,
            ErrorReason::ResourceNotFound,
        ),
    ];
    for (change, expected) in changes {
        let mut request = pb::CreateUserRequest {
            account_id: ACCOUNT,
            user: Some(user("ann")),
            actor: Some(scim()),
            ..Default::default()
        };
        change(&mut request);
        let refused = app.client.clone().create_user(request).await;
        assert_eq!(refusal(refused), expected);
    }
}

/// Product rule 6.
#[tokio::test]
async fn the_licence_is_the_one_given_or_the_accounts_default() {
    let app = App::start().await;
    let sent = pb::User {
        license_type: "it".to_owned(),
        ..user("given")
    };
    assert_eq!(app.create(sent).await.expect("created").license_type, "it");
    app.options(|options| options.default_license_type = "analyst".to_owned());
    let defaulted = app.create(user("defaulted")).await.expect("created");
    assert_eq!(defaulted.license_type, "analyst");
}

/// R-USER-03: a password is accepted and dropped.
#[tokio::test]
async fn a_password_is_dropped() {
    let app = App::start().await;
    let sent = pb::User {
        attributes_json: json!({ "password": "hunter2" }).to_string(),
        ..user("ann")
    };
    let created = app.create(sent).await.expect("created");
    assert!(!created.attributes_json.contains("hunter2"));
}

/// R-ATTR-18, R-ATTR-19.
#[tokio::test]
async fn the_strict_dialect_refuses_unknown_attributes() {
    let app = App::start().await;
    let sent = |name| pb::User {
        attributes_json: json!({ "shoeSize": "44" }).to_string(),
        ..user(name)
    };
    app.create(sent("lenient")).await.expect("created");
    app.options(|options| options.strict = true);
    assert_eq!(
        refusal(app.create(sent("strict")).await),
        ErrorReason::InvalidSyntax
    );
}

/// Product rule 5.
#[tokio::test]
async fn with_email_user_names_the_primary_email_is_the_user_name() {
    let app = App::start().await;
    app.options(|options| options.email_user_names = true);
    let derived = app.create(user("Ann@x.test")).await.expect("created");
    assert_eq!(derived.emails.len(), 1);
    assert_eq!(derived.emails[0].value, "Ann@x.test");
    assert_eq!(derived.emails[0].primary, Some(true));
    let only = pb::User {
        emails: vec![email("BOB@x.test")],
        ..user("bob@x.test")
    };
    let only = app.create(only).await.expect("created");
    assert_eq!(only.emails[0].primary, Some(true));

    let primary = |value| pb::Email {
        primary: Some(true),
        ..email(value)
    };
    for (name, emails, says) in [
        ("carl", vec![], "must be an e-mail address"),
        (
            "carl@x.test",
            vec![email("other@x.test")],
            "must equal the primary e-mail",
        ),
        (
            "carl@x.test",
            vec![email("carl@x.test"), email("b@x.test")],
            "exactly one",
        ),
        (
            "carl@x.test",
            vec![email("carl@x.test"), primary("b@x.test")],
            "must equal",
        ),
    ] {
        let bad = pb::User {
            emails,
            ..user(name)
        };
        let refused = app.create(bad).await.expect_err("refused");
        assert!(refused.message().contains(says), "{}", refused.message());
        assert_eq!(refusal(Err::<(), _>(refused)), ErrorReason::InvalidValue);
    }
}

/// Product rule 11: invitations are refused account-wide.
#[tokio::test]
async fn without_manual_updates_only_scim_creates() {
    let app = App::start().await;
    app.configure(|scim| scim.enabled = true);
    let refused = app.create_as(admin(), user("ann")).await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
    app.create(user("ann")).await.expect("created");
    app.configure(|scim| scim.manual_updates_allowed = true);
    app.create_as(admin(), user("bob")).await.expect("created");
}

/// R-POST-03: what is to have no value on purpose gets no default; everybody has a licence all the same.
#[tokio::test]
async fn on_purpose_without_a_value() {
    let app = App::start().await;
    for (unassigned, active) in [
        (vec!["active".to_owned(), "emails".to_owned()], None),
        (vec!["emails".to_owned()], Some(true)),
    ] {
        let request = pb::CreateUserRequest {
            account_id: ACCOUNT,
            user: Some(user(&format!("user{}", unassigned.len()))),
            actor: Some(scim()),
            unassigned,
            ..Default::default()
        };
        let created = app.client.clone().create_user(request).await;
        let created = created.expect("created").into_inner();
        assert_eq!(created.active, active);
        assert_eq!(created.license_type, "developer");
        // Not stated, it counts as active: invited like everybody.
        let invited = format!(
            "SELECT count(*) FROM invitations WHERE user_id = '{}'",
            created.id
        );
        assert_eq!(app.number(&invited).await, 1);
    }
}

/// R-STR-02: a user name is one line, in the order its letters have.
#[tokio::test]
async fn a_user_name_that_does_not_show_as_it_is_is_refused() {
    let app = App::start().await;
    for name in [
        "a\tb",
        "a\r\nb",
        "a\u{1b}[31mb",
        "a\u{202e}b",
        "a\u{2028}b",
        "a\u{2029}b",
        "a\u{2066}b",
    ] {
        let refused = app.create(user(name)).await;
        assert_eq!(refusal(refused), ErrorReason::InvalidValue, "{name:?}");
    }
    app.create(user("ann b. עברית")).await.expect("created");
}
