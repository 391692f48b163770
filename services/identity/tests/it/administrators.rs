//! Product rule 13: SCIM does not lock the administrators out.

use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, PatchOperation, patch_operation::Op},
};
use serde_json::json;

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, operation, refusal, user};

fn deactivate() -> Vec<PatchOperation> {
    vec![operation(Op::Replace, "active", json!(false))]
}

async fn users(app: &App, names: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(app.create(user(name)).await.expect("created").id);
    }
    ids
}

#[tokio::test]
async fn the_last_active_administrator_stays() {
    let app = App::start().await;
    let ids = users(&app, &["ann", "bob", "carl"]).await;
    let inactive = pb::User {
        active: Some(false),
        ..user("ann")
    };
    app.mark_admins(&[&ids[0], &ids[1]], &[], true)
        .await
        .expect("marked");
    app.patch(&ids[1], deactivate())
        .await
        .expect("not the last");
    for refused in [
        app.patch(&ids[0], deactivate()).await.map(drop),
        app.replace(&ids[0], inactive).await.map(drop),
        app.delete(&ids[0]).await,
        app.mark_admins(&[], &[&ids[0]], true).await,
        // An inactive one is no help.
        app.mark_admins(&[&ids[1]], &[&ids[0]], true).await,
    ] {
        assert_eq!(refusal(refused), ErrorReason::LastAdmin);
    }
    assert_eq!(app.get(&ids[0]).await.expect("read").active, Some(true));
    // Otherwise the user may change, and the inactive one may go.
    let title = vec![operation(Op::Add, "title", json!("Boss"))];
    app.patch(&ids[0], title).await.expect("patched");
    app.delete(&ids[1]).await.expect("deleted");
    // Somebody else takes over.
    app.mark_admins(&[&ids[2]], &[&ids[0]], true)
        .await
        .expect("marked");
    app.delete(&ids[0]).await.expect("deleted");
    app.options(|options| options.allow_admin_lockout = true);
    app.patch(&ids[2], deactivate()).await.expect("allowed");
}

#[tokio::test]
async fn who_is_not_guarded_may_go() {
    let app = App::start().await;
    let ids = users(&app, &["ann", "bob"]).await;
    // An account that has no administrator is not guarded.
    app.mark_admins(&[], &[&ids[0], "nobody"], true)
        .await
        .expect("unmarked");
    app.patch(&ids[1], deactivate()).await.expect("patched");
    // Nor is what an administrator does.
    app.mark_admins(&[&ids[0]], &[], false)
        .await
        .expect("marked");
    app.patch_as(admin(), &ids[0], deactivate(), Vec::new())
        .await
        .expect("patched");
    app.patch(&ids[0], vec![operation(Op::Replace, "active", json!(true))])
        .await
        .expect("patched");
    app.mark_admins(&[], &[&ids[0]], false)
        .await
        .expect("unmarked");
    app.delete(&ids[0]).await.expect("deleted");
}

/// Of the last two who are deactivated at once, one stays; and so with marks.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_two_do_not_go_at_once() {
    let app = App::start().await;
    for round in 0..10 {
        let names = [format!("ann{round}"), format!("bob{round}")];
        let ids = users(&app, &[&names[0], &names[1]]).await;
        app.mark_admins(&[&ids[0], &ids[1]], &[], false)
            .await
            .expect("marked");
        let results = match round % 3 {
            0 => join_all(ids.iter().map(|id| app.delete(id))).await,
            1 => {
                let patches = ids.iter().map(|id| app.patch(id, deactivate()));
                let results = join_all(patches).await;
                results.into_iter().map(|one| one.map(drop)).collect()
            }
            _ => {
                let remove = [ids[1].as_str()];
                let (one, other) = tokio::join!(
                    app.patch(&ids[0], deactivate()),
                    app.mark_admins(&[], &remove, true)
                );
                vec![one.map(drop), other]
            }
        };
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1));
        for result in lost {
            assert_eq!(refusal(result), ErrorReason::LastAdmin);
        }
        app.mark_admins(&[], &[&ids[0], &ids[1]], false)
            .await
            .expect("unmarked");
    }
}

/// What the group service tells now and then, lest a mark be left of a change that never came about.
#[tokio::test]
async fn marks_can_be_set_exactly() {
    let app = App::start().await;
    let ids = users(&app, &["ann", "bob", "carl"]).await;
    app.mark_admins(&[&ids[0], &ids[1]], &[], false)
        .await
        .expect("marked");
    let exactly = |add: &[&str]| pb::UpdateAdministratorsRequest {
        account_id: ACCOUNT,
        add_user_ids: add.iter().map(|&id| id.to_owned()).collect(),
        exactly: true,
        actor: Some(admin()),
        ..Default::default()
    };
    let mut licenses = app.licenses();
    let request = exactly(&[&ids[1], &ids[2]]);
    licenses
        .update_administrators(request)
        .await
        .expect("marked");
    let marked = "SELECT count(*) FROM users WHERE is_admin";
    assert_eq!(app.number(marked).await, 2);
    let first = format!("{marked} AND id = '{}'", ids[0]);
    assert_eq!(app.number(&first).await, 0);
    licenses
        .update_administrators(exactly(&[]))
        .await
        .expect("unmarked");
    assert_eq!(app.number(marked).await, 0);
}

/// The change log says who made whom an administrator, and says nothing where nobody became or ceased to be one.
#[tokio::test]
async fn marks_are_logged_once_for_each_user() {
    let app = App::start().await;
    let ids = users(&app, &["ann", "bob"]).await;
    let (ann, bob) = (ids[0].as_str(), ids[1].as_str());
    let mut sequence = app.changes(0, 2).await[1].sequence;
    let mut logged = async |count: usize| -> Vec<(String, String)> {
        let changes = app.changes(sequence, count).await;
        sequence = changes.last().expect("a change").sequence;
        assert!(changes.iter().all(|change| change.actor == Some(admin())));
        assert!(
            changes
                .iter()
                .all(|change| !change.resource_name.is_empty())
        );
        let changes = changes.into_iter();
        changes
            .map(|change| (change.kind, change.resource_id))
            .collect()
    };
    let told = |kind: &str, id: &str| (format!("user.administrator_{kind}"), id.to_owned());
    app.mark_admins(&[ann], &[bob], true).await.expect("marked");
    assert_eq!(logged(1).await, [told("added", ann)]);
    // What is so already, and what is refused, is no change.
    app.mark_admins(&[ann], &[bob], true).await.expect("marked");
    let refused = app.mark_admins(&[], &[ann], true).await;
    assert_eq!(refusal(refused), ErrorReason::LastAdmin);
    app.mark_admins(&[bob], &[ann], true).await.expect("marked");
    let expected = [told("removed", ann), told("added", bob)];
    assert_eq!(logged(2).await, expected);
    let rows = "SELECT count(*) FROM changes WHERE kind LIKE 'user.administrator%'";
    assert_eq!(app.number(rows).await, 3);
}

#[tokio::test]
async fn marks_are_of_users_of_the_account_and_by_somebody() {
    let app = App::start().await;
    let ids = users(&app, &["ann"]).await;
    let update = |account_id: i64, add: &str| pb::UpdateAdministratorsRequest {
        account_id,
        add_user_ids: vec![ids[0].clone(), add.to_owned()],
        actor: Some(admin()),
        ..Default::default()
    };
    let nobody = uuid::Uuid::now_v7().to_string();
    let anonymous = pb::UpdateAdministratorsRequest {
        actor: None,
        ..update(ACCOUNT, &ids[0])
    };
    for (request, expected) in [
        (anonymous, ErrorReason::InvalidValue),
        (update(0, &ids[0]), ErrorReason::InvalidValue),
        (update(999, &ids[0]), ErrorReason::ResourceNotFound),
        (update(STRANGERS, &ids[0]), ErrorReason::ResourceNotFound),
        (update(ACCOUNT, &nobody), ErrorReason::ResourceNotFound),
        (update(ACCOUNT, "nobody"), ErrorReason::ResourceNotFound),
    ] {
        let shown = format!("{request:?}");
        let result = app.licenses().update_administrators(request).await;
        assert_eq!(refusal(result), expected, "{shown}");
    }
    let marked = "SELECT count(*) FROM users WHERE is_admin";
    assert_eq!(app.number(marked).await, 0);
    let rows = "SELECT count(*) FROM changes WHERE kind LIKE 'user.administrator%'";
    assert_eq!(app.number(rows).await, 0);
}

fn licensed(license_type: &str) -> Vec<PatchOperation> {
    let path = format!(
        "{}:licenseType",
        scim::definitions::LicenseExtension::default().urn
    );
    vec![operation(Op::Replace, &path, json!(license_type))]
}

/// L17: a licence that gives no rights of an administrator takes them away as leaving the group does.
#[tokio::test]
async fn a_licence_without_rights_is_a_loss() {
    let app = App::start().await;
    let ids = users(&app, &["ann", "bob"]).await;
    app.mark_admins(&[&ids[0], &ids[1]], &[], true)
        .await
        .expect("marked");
    app.patch(&ids[1], licensed("read_only"))
        .await
        .expect("not the last");
    for license_type in ["read_only", "it"] {
        let body = pb::User {
            license_type: license_type.to_owned(),
            ..user("ann")
        };
        for refused in [
            app.patch(&ids[0], licensed(license_type)).await.map(drop),
            app.replace(&ids[0], body).await.map(drop),
        ] {
            assert_eq!(refusal(refused), ErrorReason::LastAdmin, "{license_type}");
        }
    }
    // Whoever has such a licence is no help, and no loss.
    for refused in [
        app.patch(&ids[0], deactivate()).await.map(drop),
        app.delete(&ids[0]).await,
        app.mark_admins(&[&ids[1]], &[&ids[0]], true).await,
    ] {
        assert_eq!(refusal(refused), ErrorReason::LastAdmin);
    }
    app.patch(&ids[1], deactivate()).await.expect("no loss");
    let active = vec![operation(Op::Replace, "active", json!(true))];
    app.patch(&ids[1], active).await.expect("patched");
    // Other licences carry the rights, and the licence given back counts again.
    app.patch(&ids[0], licensed("analyst")).await.expect("kept");
    app.patch(&ids[1], licensed("developer"))
        .await
        .expect("given back");
    app.patch(&ids[0], licensed("it")).await.expect("two");
    app.options(|options| options.allow_admin_lockout = true);
    app.patch(&ids[1], licensed("it")).await.expect("allowed");
}

/// What an administrator does by hand is not guarded, nor is a licence map at a sign-in, which is his too.
#[tokio::test]
async fn licences_by_hand_are_not_guarded() {
    let app = App::start().await;
    let ids = users(&app, &["ann"]).await;
    app.mark_admins(&[&ids[0]], &[], true)
        .await
        .expect("marked");
    app.patch_as(admin(), &ids[0], licensed("it"), Vec::new())
        .await
        .expect("patched");
    app.patch(&ids[0], licensed("developer"))
        .await
        .expect("given back");
    assert_eq!(
        refusal(app.patch(&ids[0], licensed("it")).await),
        ErrorReason::LastAdmin
    );
}

/// Of two who lose the licence at once, or one of them the membership, one stays.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_two_do_not_lose_their_licences_at_once() {
    let app = App::start().await;
    for round in 0..10 {
        let names = [format!("ann{round}"), format!("bob{round}")];
        let ids = users(&app, &[&names[0], &names[1]]).await;
        app.mark_admins(&[&ids[0], &ids[1]], &[], false)
            .await
            .expect("marked");
        let remove = [ids[1].as_str()];
        let results = match round % 3 {
            0 => {
                let patches = ids.iter().map(|id| app.patch(id, licensed("read_only")));
                let results = join_all(patches).await;
                results.into_iter().map(|one| one.map(drop)).collect()
            }
            1 => {
                let (one, other) = tokio::join!(
                    app.patch(&ids[0], licensed("it")),
                    app.mark_admins(&[], &remove, true)
                );
                vec![one.map(drop), other]
            }
            _ => {
                let (one, other) =
                    tokio::join!(app.patch(&ids[0], licensed("it")), app.delete(&ids[1]));
                vec![one.map(drop), other]
            }
        };
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1), "round {round}");
        for result in lost {
            assert_eq!(refusal(result), ErrorReason::LastAdmin);
        }
        app.mark_admins(&[], &[&ids[0], &ids[1]], false)
            .await
            .expect("unmarked");
    }
}

/// Those are told who can administer: marked, active, and with a licence that has the rights.
#[tokio::test]
async fn active_administrators_are_listed() {
    let app = App::start().await;
    let ids = users(&app, &["ann", "bob", "carl", "dora"]).await;
    app.mark_admins(&[&ids[0], &ids[1], &ids[2]], &[], false)
        .await
        .expect("marked");
    app.patch(&ids[1], deactivate()).await.expect("patched");
    app.patch(&ids[2], licensed("it")).await.expect("patched");
    let request = pb::ListAdministratorsRequest {
        account_id: ACCOUNT,
    };
    let listed = app.licenses().list_administrators(request).await;
    assert_eq!(listed.expect("a list").into_inner().user_ids, ids[..1]);
}
