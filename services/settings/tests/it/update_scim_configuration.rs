use proto::{protocol::v1::ErrorReason, settings::v1 as pb};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

async fn update(
    app: &mut App,
    account_id: i64,
    wanted: pb::ScimConfiguration,
) -> Result<pb::ScimConfiguration, Status> {
    let request = pb::UpdateScimConfigurationRequest {
        account_id,
        scim_configuration: Some(wanted),
        actor: Some(actor()),
        update_mask: Some(proto::mask::all()),
    };
    let response = app.client.update_scim_configuration(request).await?;
    Ok(response.into_inner())
}

const ON: pb::ScimConfiguration = pb::ScimConfiguration {
    enabled: true,
    manual_updates_allowed: false,
    scim_controlled_license_type: true,
};

#[tokio::test]
async fn the_configuration_is_written_whole() {
    let mut app = App::start().await;
    let before = app.create(1, pb::Plan::Enterprise).await.unwrap();
    assert_eq!(update(&mut app, 1, ON).await.unwrap(), ON);
    let account = app.get(1).await.unwrap();
    assert_eq!(account.scim_configuration, Some(ON));
    assert_eq!(account.create_time, before.create_time);
    assert_ne!(account.update_time, before.update_time);

    let manual = pb::ScimConfiguration {
        enabled: true,
        manual_updates_allowed: true,
        ..pb::ScimConfiguration::default()
    };
    update(&mut app, 1, manual).await.unwrap();
    assert_eq!(app.get(1).await.unwrap().scim_configuration, Some(manual));
    let expected = [
        ("account.created", "name plan"),
        (
            "scim_config.changed",
            "enabled scim_controlled_license_type",
        ),
        (
            "scim_config.changed",
            "manual_updates_allowed scim_controlled_license_type",
        ),
    ];
    let expected = expected.map(|(kind, names)| (kind.to_owned(), names.to_owned()));
    assert_eq!(app.kinds().await, expected);
}

#[tokio::test]
async fn nothing_changed_is_not_recorded() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    update(&mut app, 1, ON).await.unwrap();
    let before = app.get(1).await.unwrap();
    assert_eq!(update(&mut app, 1, ON).await.unwrap(), ON);
    assert_eq!(app.get(1).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 2);
}

#[tokio::test]
async fn a_plan_without_scim_cannot_switch_it_on() {
    let mut app = App::start().await;
    let before = app.create(1, pb::Plan::Team).await.unwrap();
    let result = update(&mut app, 1, ON).await;
    assert_refused(result, ErrorReason::PlanNotEligible);
    assert_eq!(app.get(1).await.unwrap(), before);
    // The other switches do nothing while SCIM is off, and so are free.
    let off = pb::ScimConfiguration {
        enabled: false,
        ..ON
    };
    update(&mut app, 1, off).await.unwrap();

    app.create(2, pb::Plan::EnterprisePlus).await.unwrap();
    update(&mut app, 2, ON).await.unwrap();
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    for id in [2, 0, -1] {
        let result = update(&mut app, id, ON).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
    }
    for (configuration, actor) in [(None, Some(actor())), (Some(ON), None)] {
        let request = pb::UpdateScimConfigurationRequest {
            account_id: 1,
            scim_configuration: configuration,
            actor,
            ..Default::default()
        };
        let result = app.client.update_scim_configuration(request).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    assert_eq!(app.changes().await.len(), 1);
}
