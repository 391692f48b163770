use proto::{
    protocol::v1::{
        ErrorReason, ListChangesRequest, change_log_service_client::ChangeLogServiceClient,
    },
    settings::v1 as pb,
};

use crate::app::{App, actor, assert_refused};

/// A1: what this service recorded can be asked for.
#[tokio::test]
async fn the_change_log_is_served() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    app.create(2, pb::Plan::Enterprise).await.unwrap();
    let request = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: "https://hooks.example.com/".to_owned(),
        actor: Some(actor()),
    };
    app.account.replace_webhook(request).await.unwrap();
    let mut log = ChangeLogServiceClient::new(app.channel.clone());
    let request = ListChangesRequest {
        account_id: 1,
        ..ListChangesRequest::default()
    };
    let page = log
        .list_changes(request.clone())
        .await
        .unwrap()
        .into_inner();
    let kinds: Vec<_> = page.changes.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["webhook.changed", "account.created"]);
    assert_eq!(page.changes[0].actor, Some(actor()));
    assert_eq!(page.next_page_token, "");
    let forged = ListChangesRequest {
        page_token: "x".to_owned(),
        ..request
    };
    assert_refused(log.list_changes(forged).await, ErrorReason::InvalidCursor);
}

/// Rule 15: old and new values of settings, but for what may be a secret.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a row for each setting")]
async fn the_log_has_values() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let actor = Some(actor());
    for url in ["https://hooks.example.com/s3cret", ""] {
        let request = pb::ReplaceWebhookRequest {
            account_id: 1,
            url: url.to_owned(),
            actor: actor.clone(),
        };
        app.account.replace_webhook(request).await.unwrap();
    }
    let configuration = pb::ScimConfiguration {
        enabled: true,
        ..pb::ScimConfiguration::default()
    };
    let request = pb::UpdateScimConfigurationRequest {
        account_id: 1,
        scim_configuration: Some(configuration),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["enabled".to_owned()],
        }),
        actor: actor.clone(),
    };
    app.client.update_scim_configuration(request).await.unwrap();
    let rule = |name: &str| pb::IpRule {
        name: name.to_owned(),
        r#type: pb::ip_rule::Type::Allow.into(),
        cidrs: vec!["192.0.2.0/24".to_owned()],
        ..pb::IpRule::default()
    };
    let create = pb::CreateIpRuleRequest {
        account_id: 1,
        ip_rule: Some(rule("office")),
        actor: actor.clone(),
        ..pb::CreateIpRuleRequest::default()
    };
    app.account.create_ip_rule(create).await.unwrap();
    let map = pb::LicenseMap {
        license_type: "it".to_owned(),
        sso_license_mapping_groups: vec!["a".to_owned(), "b".to_owned()],
        ..pb::LicenseMap::default()
    };
    let create = pb::CreateLicenseMapRequest {
        account_id: 1,
        license_map: Some(map),
        actor: actor.clone(),
    };
    let map = app.account.create_license_map(create).await.unwrap();
    let delete = pb::DeleteLicenseMapRequest {
        account_id: 1,
        id: map.into_inner().id,
        actor: actor.clone(),
    };
    app.account.delete_license_map(delete).await.unwrap();
    let seats = pb::UpdateLicenseSeatsRequest {
        account_id: 1,
        license_seats: Some(pb::LicenseSeats {
            license_type: "it".to_owned(),
            total: Some(3),
        }),
        actor,
    };
    app.account.update_license_seats(seats).await.unwrap();

    let mut log = ChangeLogServiceClient::new(app.channel.clone());
    let request = ListChangesRequest {
        account_id: 1,
        ..ListChangesRequest::default()
    };
    let changes = log
        .list_changes(request)
        .await
        .unwrap()
        .into_inner()
        .changes;
    let name = app.get(1).await.unwrap().name;
    let found = changes.iter().rev().map(|change| {
        let values = change.changed_values.iter().map(|value| {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            let (old, new) = (text(&value.old_value), text(&value.new_value));
            format!("{}: {old} > {new}", value.attribute)
        });
        let values = values.collect::<Vec<_>>().join("; ");
        (&*change.kind, &*change.resource_name, values)
    });
    let created = format!("name: - > {name}; plan: - > enterprise");
    let expected = [
        ("account.created", &*name, &*created),
        ("webhook.changed", &*name, ""),
        ("webhook.changed", &*name, ""),
        ("scim_config.changed", &*name, "enabled: false > true"),
        (
            "ip_restrictions.changed",
            &*name,
            "rules: - > office: allow 192.0.2.0/24",
        ),
        (
            "license_map.created",
            "it",
            "license_type: - > it; sso_license_mapping_groups: - > a, b",
        ),
        ("license_map.deleted", "it", ""),
        ("license_seats.changed", "it", "total: - > 3"),
    ];
    let expected = expected.map(|(kind, name, values)| (kind, name, values.to_owned()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}
