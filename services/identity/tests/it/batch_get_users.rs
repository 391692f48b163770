use proto::{identity::v1 as pb, protocol::v1::ErrorReason};

use crate::fixture::{ACCOUNT, App, STRANGERS, refusal, user};

/// Those that exist come, in both views; others are left out.
#[tokio::test]
async fn the_users_that_exist_come() {
    let app = App::start().await;
    let ann = pb::User {
        display_name: "Ann".to_owned(),
        ..user("Ann@x.test")
    };
    let ann = app.create(ann).await.expect("created");
    let bob = pb::User {
        active: Some(false),
        ..user("bob")
    };
    let bob = app.create(bob).await.expect("created");
    let mut ids = vec![ann.id.clone(), bob.id.clone(), ann.id.clone()];
    ids.extend(["0192f0c1-2345-7abc-8def-0123456789ab", "x"].map(str::to_owned));
    let batch = async |account_id, view: pb::UserView| {
        let (ids, view) = (ids.clone(), view.into());
        let request = pb::BatchGetUsersRequest {
            account_id,
            ids,
            view,
            ..Default::default()
        };
        let users = app.client.clone().batch_get_users(request).await;
        let mut users = users.expect("users").into_inner().users;
        users.sort_by(|one, other| one.id.cmp(&other.id));
        users
    };
    // R-TEN-04: those of another account are as unknown.
    assert_eq!(batch(STRANGERS, pb::UserView::Full).await, []);
    let short = |user: &pb::User| pb::User {
        id: user.id.clone(),
        number: user.number,
        account_id: ACCOUNT,
        user_name: user.user_name.clone(),
        display_name: user.display_name.clone(),
        active: user.active,
        ..Default::default()
    };
    assert_eq!(
        batch(ACCOUNT, pb::UserView::Reference).await,
        [short(&ann), short(&bob)]
    );
    assert_eq!(batch(ACCOUNT, pb::UserView::Unspecified).await, [ann, bob]);
}

#[tokio::test]
async fn too_many_ids_are_refused() {
    let app = App::start().await;
    let mut client = app.client.clone();
    let request = |count| pb::BatchGetUsersRequest {
        account_id: ACCOUNT,
        ids: vec!["0192f0c1-2345-7abc-8def-0123456789ab".to_owned(); count],
        view: 0,
        ..Default::default()
    };
    client
        .batch_get_users(request(10_000))
        .await
        .expect("users");
    let refused = client.batch_get_users(request(10_001)).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
}

/// The admin API knows users by number, those of its account.
#[tokio::test]
async fn users_are_found_by_number() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created");
    let bob = app.create(user("bob")).await.expect("created");
    assert!(0 < ann.number && ann.number < bob.number);
    let found = async |account_id, view: pb::UserView| {
        let request = pb::BatchGetUsersRequest {
            account_id,
            ids: vec![ann.id.clone()],
            numbers: vec![bob.number, ann.number, bob.number + 1],
            view: view.into(),
            ..Default::default()
        };
        let users = app.client.clone().batch_get_users(request).await;
        let users = users.expect("users").into_inner().users.into_iter();
        let mut found: Vec<_> = users.map(|user| (user.number, user.id)).collect();
        found.sort();
        found
    };
    let both = [(ann.number, ann.id.clone()), (bob.number, bob.id.clone())];
    for view in [pb::UserView::Full, pb::UserView::Reference] {
        assert_eq!(found(ACCOUNT, view).await, both);
        assert_eq!(found(STRANGERS, view).await, []);
    }
}
