//! Product rules 4 and 11: who changes what SCIM manages, and what linking keeps.

use proto::{
    identity::v1 as pb,
    protocol::v1::{Actor, ErrorReason, actor::Kind, patch_operation::Op},
};
use serde_json::json;

use crate::fixture::{App, admin, email, operation, refusal, user};

fn manual_actors() -> [Actor; 3] {
    [Kind::AdminToken, Kind::Service, Kind::Operator].map(|kind| Actor {
        kind: kind.into(),
        ..admin()
    })
}

fn title(text: &str) -> Vec<proto::protocol::v1::PatchOperation> {
    vec![operation(Op::Add, "title", json!(text))]
}

/// M1 to M3: off, only SCIM edits what it manages; unmanaged users stay editable.
#[tokio::test]
async fn only_scim_edits_what_it_manages() {
    let app = App::start().await;
    let managed = app.create(user("managed")).await.expect("created");
    let unmanaged = app.create_as(admin(), user("unmanaged")).await;
    let unmanaged = unmanaged.expect("created");
    app.configure(|configuration| configuration.enabled = true);
    let licence = |license_type: &str| pb::User {
        license_type: license_type.to_owned(),
        ..user("managed")
    };
    for actor in manual_actors() {
        for refused in [
            app.create_as(actor.clone(), user("new")).await.map(drop),
            app.patch_as(actor.clone(), &managed.id, title("x"), Vec::new())
                .await
                .map(drop),
            app.replace_as(actor.clone(), &managed.id, licence("it"))
                .await
                .map(drop),
            app.delete_as(actor.clone(), &managed.id).await,
        ] {
            assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
        }
        let kind = actor.kind().as_str_name();
        let edited = app.patch_as(actor, &unmanaged.id, title(kind), Vec::new());
        edited.await.expect("unmanaged users stay editable");
    }
    assert_eq!(app.get(&managed.id).await.expect("read"), managed);
    // M5, M6, F11: on, edits are allowed, and the next push wins.
    app.configure(|configuration| configuration.manual_updates_allowed = true);
    app.patch_as(admin(), &managed.id, title("by hand"), Vec::new())
        .await
        .expect("allowed");
    let replaced = app.replace_as(admin(), &managed.id, licence("it")).await;
    assert!(replaced.expect("allowed").scim_managed);
    let pushed = app.replace(&managed.id, licence("developer")).await;
    let pushed = pushed.expect("pushed");
    assert_eq!(pushed.attributes_json, managed.attributes_json);
    assert_eq!(pushed.license_type, "developer");
    // L4: the licence belongs to SCIM alone, if the account says so.
    app.configure(|configuration| configuration.scim_controlled_license_type = true);
    let refused = app.replace_as(admin(), &managed.id, licence("it")).await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
    app.delete_as(admin(), &unmanaged.id)
        .await
        .expect("deleted");
    // Q1: off, it is as if there were no SCIM.
    app.configure(|configuration| configuration.enabled = false);
    app.replace_as(admin(), &managed.id, licence("it"))
        .await
        .expect("allowed");
    app.delete_as(admin(), &managed.id).await.expect("deleted");
}

/// E13, F3, F17: enabling converts nobody; the first write of any verb links, and keeps the licence.
#[tokio::test]
async fn any_write_links_and_keeps_the_licence() {
    let app = App::start().await;
    app.seats(&[("it", Some(3)), ("developer", Some(0))]);
    let mut ids = Vec::new();
    for name in ["post", "put", "patch"] {
        let sent = pb::User {
            license_type: "it".to_owned(),
            ..user(name)
        };
        let created = app.create_as(admin(), sent).await.expect("created");
        ids.push(created.id);
    }
    app.configure(|configuration| configuration.enabled = true);
    for id in &ids {
        assert!(!app.get(id).await.expect("read").scim_managed);
    }
    let sent = |name: &str| pb::User {
        external_id: format!("00u-{name}"),
        emails: vec![email(&format!("{name}@x.test"))],
        ..user(name)
    };
    app.create(sent("post")).await.expect("linked");
    app.replace(&ids[1], sent("put")).await.expect("linked");
    let emails = json!([{ "value": "patch@x.test", "type": "work" }]);
    let emails = vec![operation(Op::Replace, "emails", emails)];
    app.patch(&ids[2], emails).await.expect("linked");
    for (id, name) in ids.iter().zip(["post", "put", "patch"]) {
        let user = app.get(id).await.expect("read");
        assert!(user.scim_managed, "{name}");
        assert_eq!(user.license_type, "it");
        assert_eq!(user.emails[0].value, format!("{name}@x.test"));
        assert_eq!(app.invitations_of(id).await, []);
    }
    assert_eq!(app.in_use("it").await, 3);
    // Now it is SCIM's.
    let refused = app.patch_as(admin(), &ids[0], title("x"), Vec::new()).await;
    assert_eq!(refusal(refused), ErrorReason::ManagedByScim);
}
