use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

#[tokio::test]
async fn flags_are_kept_beside_the_resource() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let request = pb::UpdateGroupSettingsRequest {
        assign_by_default: Some(true),
        sso_mapping_groups: Some(pb::StringList {
            values: ["eng", "Eng", "eng"].map(str::to_owned).to_vec(),
        }),
        ..settings_update(&group.id)
    };
    let settings = service.update_settings(request.clone()).await.unwrap();
    assert!(settings.assign_by_default);
    assert_eq!(settings.sso_mapping_groups, ["eng", "Eng"]);
    let (kind, changed) = service.last_change(&group.id).await;
    assert_eq!(kind, "group_settings.changed");
    assert_eq!(changed, ["assign_by_default", "sso_mapping_groups"]);
    // No part of the SCIM resource, so it keeps its version.
    assert_eq!(service.get(&group.id).await.unwrap().etag, group.etag);
    let changes = service.changes().await;
    service.update_settings(request).await.unwrap();
    service
        .update_settings(settings_update(&group.id))
        .await
        .unwrap();
    assert_eq!(service.changes().await, changes);
    let request = pb::GetGroupSettingsRequest {
        account_id: ACCOUNT,
        group_id: group.id.clone(),
    };
    let read = service.admin.clone().get_group_settings(request).await;
    assert_eq!(read.unwrap().into_inner(), settings);
    let request = pb::GetGroupSettingsRequest {
        account_id: OTHER_ACCOUNT,
        group_id: group.id,
    };
    let elsewhere = service.admin.clone().get_group_settings(request).await;
    assert_eq!(reason(elsewhere), ErrorReason::ResourceNotFound);
}

#[tokio::test]
async fn malformed_settings_are_refused() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    service.group("Taken", &[]).await;
    let long = "x".repeat(2_001);
    let strange = ["a\0b", "a\r\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{2028}b"];
    for value in ["", " ", &long].into_iter().chain(strange) {
        let request = pb::UpdateGroupSettingsRequest {
            sso_mapping_groups: Some(pb::StringList {
                values: vec![value.to_owned()],
            }),
            ..settings_update(&group)
        };
        let result = service.update_settings(request).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue, "{value:?}");
    }
    let renamed = |name: &str| pb::UpdateGroupSettingsRequest {
        display_name: name.to_owned(),
        assign_by_default: Some(true),
        ..settings_update(&group)
    };
    let result = service.update_settings(renamed("TAKEN")).await;
    assert_eq!(reason(result), ErrorReason::Uniqueness);
    let result = service.update_settings(renamed("a\0b")).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    let no_actor = pb::UpdateGroupSettingsRequest {
        actor: None,
        ..renamed("B")
    };
    let result = service.update_settings(no_actor).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    for id in ["nothing", &uuid::Uuid::now_v7().to_string()] {
        let result = service.update_settings(settings_update(id)).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    }
    let defaults = "select count(*) as n from groups where assign_by_default";
    assert_eq!(service.number(defaults).await, 0);
}

/// Rule 11, M4, M11: of a managed group the name is closed, flags and permissions are not.
#[tokio::test]
async fn a_managed_group_keeps_its_name_and_no_more() {
    let service = Service::start().await;
    let managed = service.group("A", &[]).await.id;
    let manual = service.manual_group("M", &[]).await.id;
    let renaming = |id: &str, name: &str| pb::UpdateGroupSettingsRequest {
        display_name: name.to_owned(),
        assign_by_default: Some(true),
        ..settings_update(id)
    };
    service.close_manual_updates().await;
    let result = service.update_settings(renaming(&managed, "B")).await;
    assert_eq!(reason(result), ErrorReason::ManagedByScim);
    let defaults = "select count(*) as n from groups where assign_by_default";
    assert_eq!(service.number(defaults).await, 0);
    // The name it has is no change.
    let same = service.update_settings(renaming(&managed, "A")).await;
    assert!(same.unwrap().assign_by_default);
    service.map(&managed, &["eng"]).await;
    service.permit(&managed, Some("developer")).await;
    let renamed = service.update_settings(renaming(&manual, "N")).await;
    assert_eq!(renamed.unwrap().group.unwrap().display_name, "N");
    service.enable_scim().await;
    service
        .update_settings(renaming(&managed, "B"))
        .await
        .unwrap();
    let etag = service.get(&managed).await.unwrap().etag;
    assert_eq!(etag, "W/\"2\"");
    let renames = "select count(*) as n from changes where kind = 'group.renamed'";
    assert_eq!(service.number(renames).await, 2);
}

/// The names of the groups of a page, each with how many permissions it has, and how many match in all.
async fn list(
    service: &Service,
    request: pb::ListGroupSettingsRequest,
) -> Result<(Vec<String>, i64), tonic::Status> {
    let mut admin = service.admin.clone();
    let response = admin.list_group_settings(request).await?.into_inner();
    let names = response.settings.into_iter().map(|one| {
        let name = one.group.unwrap().display_name;
        format!("{name} {}", one.permissions.len())
    });
    Ok((names.collect(), response.total_size))
}

/// Account-behaviour section 2C: the filters of the group list.
#[tokio::test]
async fn lists_by_name_part_and_id() {
    let service = Service::start().await;
    let mut ids = Vec::new();
    for name in ["Data Eng", "Data 50%", "Sales"] {
        ids.push(service.group(name, &[]).await.id);
    }
    service.permit(&ids[1], Some("analyst")).await;
    let all = pb::ListGroupSettingsRequest {
        account_id: ACCOUNT,
        ..pb::ListGroupSettingsRequest::default()
    };
    let named = pb::ListGroupSettingsRequest {
        name: "SALES".to_owned(),
        ..all.clone()
    };
    let contains = |part: &str| pb::ListGroupSettingsRequest {
        name_contains: part.to_owned(),
        ..all.clone()
    };
    let by_id = pb::ListGroupSettingsRequest {
        group_ids: vec![ids[0].clone(), "nothing".to_owned(), ids[2].clone()],
        ..all.clone()
    };
    let paged = pb::ListGroupSettingsRequest {
        skip: 1,
        page_size: 1,
        ..all.clone()
    };
    let negative = pb::ListGroupSettingsRequest {
        skip: -1,
        ..all.clone()
    };
    let cases = [
        (all.clone(), vec!["Data Eng 0", "Data 50% 1", "Sales 0"], 3),
        (named, vec!["Sales 0"], 1),
        (contains("data"), vec!["Data Eng 0", "Data 50% 1"], 2),
        (contains("0%"), vec!["Data 50% 1"], 1),
        (contains("\0"), vec![], 0),
        (by_id, vec!["Data Eng 0", "Sales 0"], 2),
        (paged, vec!["Data 50% 1"], 3),
    ];
    for (request, names, total) in cases {
        let told = format!("{request:?}");
        let (found, count) = list(&service, request).await.unwrap();
        assert_eq!(
            (found, count),
            (names.into_iter().map(str::to_owned).collect(), total),
            "{told}"
        );
    }
    let result = list(&service, negative).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

/// Account-behaviour section 2C: a group and what is kept beside it are made at once, or nothing is.
#[tokio::test]
async fn a_group_is_made_with_its_settings() {
    let service = Service::start().await;
    let request = pb::CreateGroupSettingsRequest {
        account_id: ACCOUNT,
        display_name: "Sales".to_owned(),
        assign_by_default: true,
        sso_mapping_groups: vec!["eng".to_owned()],
        actor: Some(admin_actor()),
        ..pb::CreateGroupSettingsRequest::default()
    };
    let mut admin = service.admin.clone();
    let refused = admin.create_group_settings(pb::CreateGroupSettingsRequest {
        sso_mapping_groups: vec![" ".to_owned()],
        ..request.clone()
    });
    assert_eq!(reason(refused.await), ErrorReason::InvalidValue);
    assert_eq!(service.changes().await, 0);

    let made = admin.create_group_settings(request.clone()).await;
    let made = made.unwrap().into_inner();
    let group = made.group.clone().unwrap();
    assert!(made.assign_by_default && !group.scim_managed && group.number > 0);
    assert_eq!(made.sso_mapping_groups, ["eng"]);
    let (kind, changed) = service.last_change(&group.id).await;
    assert_eq!(kind, "group.created");
    assert_eq!(
        changed,
        ["displayName", "assign_by_default", "sso_mapping_groups"]
    );
    assert_eq!(service.changes().await, 1);
    let again = admin.create_group_settings(pb::CreateGroupSettingsRequest {
        display_name: "SALES".to_owned(),
        ..request
    });
    assert_eq!(reason(again.await), ErrorReason::Uniqueness);

    let by_number = pb::ListGroupSettingsRequest {
        account_id: ACCOUNT,
        numbers: vec![group.number, group.number + 1],
        ..pb::ListGroupSettingsRequest::default()
    };
    let found = admin.list_group_settings(by_number.clone()).await.unwrap();
    assert_eq!(found.into_inner().settings, [made]);
    let elsewhere = admin.list_group_settings(pb::ListGroupSettingsRequest {
        account_id: OTHER_ACCOUNT,
        ..by_number
    });
    assert_eq!(elsewhere.await.unwrap().into_inner().total_size, 0);
}

/// A mapping is written over the one that was read, not over what somebody else wrote meanwhile.
#[tokio::test]
async fn a_mapping_is_written_over_what_was_read() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    service.map(&group, &["eng"]).await;
    let list = |names: &[&str]| pb::StringList {
        values: names.iter().copied().map(str::to_owned).collect(),
    };
    let writing = |names: &[&str]| pb::UpdateGroupSettingsRequest {
        sso_mapping_groups: Some(list(names)),
        expected_sso_mapping_groups: Some(list(&["eng"])),
        ..settings_update(&group)
    };
    service
        .update_settings(writing(&["eng", "ops"]))
        .await
        .unwrap();
    let late = service.update_settings(writing(&["eng", "sales"])).await;
    assert_eq!(reason(late), ErrorReason::EtagMismatch);
    let now = service.update_settings(settings_update(&group)).await;
    assert_eq!(now.unwrap().sso_mapping_groups, ["eng", "ops"]);
}
