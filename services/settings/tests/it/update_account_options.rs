use proto::{protocol::v1::ErrorReason, settings::v1 as pb};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

async fn update(
    app: &mut App,
    account_id: i64,
    wanted: pb::AccountOptions,
) -> Result<pb::AccountOptions, Status> {
    let request = pb::UpdateAccountOptionsRequest {
        account_id,
        options: Some(wanted),
        actor: Some(actor()),
        update_mask: Some(proto::mask::all()),
    };
    let response = app.client.update_account_options(request).await?;
    Ok(response.into_inner())
}

fn every_option() -> pb::AccountOptions {
    pb::AccountOptions {
        email_user_names: true,
        license_on_redemption: true,
        default_license_type: "read_only".to_owned(),
        allow_admin_lockout: true,
        strict: true,
        unique_external_id: true,
        protect_permission_groups: true,
    }
}

#[tokio::test]
async fn the_options_are_written_whole() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    let wanted = every_option();
    assert_eq!(update(&mut app, 1, wanted.clone()).await.unwrap(), wanted);
    assert_eq!(app.get(1).await.unwrap().options, Some(wanted.clone()));
    let strict = pb::AccountOptions {
        strict: true,
        ..pb::AccountOptions::default()
    };
    update(&mut app, 1, strict.clone()).await.unwrap();
    assert_eq!(app.get(1).await.unwrap().options, Some(strict));
    let all_but_strict =
        "email_user_names license_on_redemption default_license_type allow_admin_lockout";
    let newer = "unique_external_id protect_permission_groups";
    let expected = [
        ("account.created", "name plan".to_owned()),
        (
            "account_options.changed",
            format!("{all_but_strict} strict {newer}"),
        ),
        (
            "account_options.changed",
            format!("{all_but_strict} {newer}"),
        ),
    ];
    let expected = expected.map(|(kind, names)| (kind.to_owned(), names));
    assert_eq!(app.kinds().await, expected);
}

#[tokio::test]
async fn nothing_changed_is_not_recorded() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    update(&mut app, 1, every_option()).await.unwrap();
    let before = app.get(1).await.unwrap();
    update(&mut app, 1, every_option()).await.unwrap();
    assert_eq!(app.get(1).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 2);
}

#[tokio::test]
async fn bad_requests_are_refused_and_change_nothing() {
    let mut app = App::start().await;
    let before = app.create(1, pb::Plan::Team).await.unwrap();
    for license_type in ["Developer", "owner", " "] {
        let wanted = pb::AccountOptions {
            default_license_type: license_type.to_owned(),
            ..every_option()
        };
        assert_refused(update(&mut app, 1, wanted).await, ErrorReason::InvalidValue);
    }
    let result = update(&mut app, 2, every_option()).await;
    assert_refused(result, ErrorReason::ResourceNotFound);
    for (options, actor) in [(None, Some(actor())), (Some(every_option()), None)] {
        let request = pb::UpdateAccountOptionsRequest {
            account_id: 1,
            options,
            actor,
            ..Default::default()
        };
        let result = app.client.update_account_options(request).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    assert_eq!(app.get(1).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 1);
}

#[tokio::test]
async fn updates_at_once_do_not_undo_one_another() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let mut other = app.client.clone();
    let configuration = pb::UpdateScimConfigurationRequest {
        account_id: 1,
        scim_configuration: Some(pb::ScimConfiguration {
            enabled: true,
            ..pb::ScimConfiguration::default()
        }),
        actor: Some(actor()),
        ..Default::default()
    };
    let (first, second) = tokio::join!(
        other.update_scim_configuration(configuration),
        update(&mut app, 1, every_option()),
    );
    first.unwrap();
    second.unwrap();
    let account = app.get(1).await.unwrap();
    assert!(account.scim_configuration.unwrap().enabled);
    assert_eq!(account.options, Some(every_option()));
}
