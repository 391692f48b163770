use proto::{protocol::v1::ErrorReason, settings::v1 as pb};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

async fn update(
    app: &mut App,
    account_id: i64,
    license_type: &str,
    total: Option<i64>,
) -> Result<pb::LicenseSeats, Status> {
    let request = pb::UpdateLicenseSeatsRequest {
        account_id,
        license_seats: Some(seats(license_type, total)),
        actor: Some(actor()),
    };
    let response = app.account.update_license_seats(request).await?;
    Ok(response.into_inner())
}

fn seats(license_type: &str, total: Option<i64>) -> pb::LicenseSeats {
    pb::LicenseSeats {
        license_type: license_type.to_owned(),
        total,
    }
}

/// Issue 4, part 3: a number, or none for without limit.
#[tokio::test]
async fn seats_are_set_and_freed_of_their_limit() {
    let mut app = App::start().await;
    let before = app.create(1, pb::Plan::EnterprisePlus).await.unwrap();
    for total in [Some(10), Some(0), None, Some(i64::MAX)] {
        let wanted = seats("read_only", total);
        assert_eq!(
            update(&mut app, 1, "read_only", total).await.unwrap(),
            wanted
        );
        let account = app.get(1).await.unwrap();
        let totals: Vec<_> = account.license_seats.iter().map(|one| one.total).collect();
        assert_eq!(totals, [None, None, None, total]);
    }
    assert_ne!(app.get(1).await.unwrap().update_time, before.update_time);

    let changes = app.changes().await;
    assert_eq!(changes.len(), 1 + 4);
    let change = &changes[1];
    assert_eq!(change.kind, "license_seats.changed");
    assert_eq!(change.resource_id, "read_only");
    assert_eq!(change.changed_attributes, ["total"]);
    assert_eq!(change.actor_ip, "192.0.2.7");
}

#[tokio::test]
async fn nothing_changed_is_not_recorded() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    update(&mut app, 1, "it", Some(1)).await.unwrap();
    let before = app.get(1).await.unwrap();
    update(&mut app, 1, "it", Some(1)).await.unwrap();
    update(&mut app, 1, "developer", None).await.unwrap();
    assert_eq!(app.get(1).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 2);
}

/// L9, F13: a plan may lack a type.
#[tokio::test]
async fn an_account_may_be_created_with_fewer_types() {
    let mut app = App::start().await;
    let create = |license_seats| pb::CreateAccountRequest {
        account: Some(pb::Account {
            id: 1,
            name: "Acme".to_owned(),
            plan: pb::Plan::Enterprise.into(),
            license_seats,
            ..pb::Account::default()
        }),
        actor: Some(actor()),
    };
    for bad in [
        seats("owner", None),
        seats("developer", Some(-1)),
        seats("", None),
    ] {
        let result = app.client.create_account(create(vec![bad])).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    let own = vec![seats("developer", Some(5)), seats("read_only", None)];
    app.client
        .create_account(create(own.clone()))
        .await
        .unwrap();
    assert_eq!(app.get(1).await.unwrap().license_seats, own);

    let refused = update(&mut app, 1, "analyst", Some(1)).await.unwrap_err();
    assert!(refused.message().contains("developer, read_only"));
    assert_refused(Err::<(), _>(refused), ErrorReason::InvalidValue);
}

#[tokio::test]
async fn bad_requests_are_refused_and_change_nothing() {
    let mut app = App::start().await;
    let before = app.create(1, pb::Plan::Team).await.unwrap();
    for (license_type, total) in [
        ("owner", None),
        ("Developer", None),
        ("", Some(1)),
        ("it", Some(-1)),
    ] {
        let result = update(&mut app, 1, license_type, total).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    for account_id in [2, 0, -1] {
        let result = update(&mut app, account_id, "it", Some(1)).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
    }
    for (license_seats, actor) in [(None, Some(actor())), (Some(seats("it", Some(1))), None)] {
        let request = pb::UpdateLicenseSeatsRequest {
            account_id: 1,
            license_seats,
            actor,
        };
        let result = app.account.update_license_seats(request).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    assert_eq!(app.get(1).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 1);
}
