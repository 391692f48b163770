use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

fn project(set: &str, project_id: i64) -> pb::Permission {
    pb::Permission {
        permission_set: set.to_owned(),
        project_id: Some(project_id),
        ..pb::Permission::default()
    }
}

fn replacing(group: &str, permissions: &[pb::Permission]) -> pb::ReplaceGroupPermissionsRequest {
    pb::ReplaceGroupPermissionsRequest {
        account_id: ACCOUNT,
        group_id: group.to_owned(),
        permissions: permissions.to_vec(),
        actor: Some(admin_actor()),
    }
}

/// G9, TF `scim_group_permissions`: the array replaces all, and no version of the resource.
#[tokio::test]
async fn the_array_replaces_all() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let mut admin = service.admin.clone();
    let mut replace = async |permissions: &[pb::Permission]| {
        let request = replacing(&group.id, permissions);
        let response = admin.replace_group_permissions(request).await.unwrap();
        response.into_inner().permissions
    };
    let writing = pb::Permission {
        writable_environment_categories: vec!["staging".to_owned(), "other".to_owned()],
        ..project("developer", 2)
    };
    let first = replace(&[project("analyst", 1), writing.clone()]).await;
    assert_eq!(first.len(), 2);
    assert_eq!(
        pb::Permission {
            id: 0,
            ..first[1].clone()
        },
        pb::Permission {
            id: 0,
            ..writing.clone()
        }
    );
    // What stays keeps its number; restating all of it is no change.
    let second = replace(&[writing.clone(), project("job_admin", 3)]).await;
    assert_eq!(second[0], first[1]);
    assert_eq!(second[1].permission_set, "job_admin");
    let changes = service.changes().await;
    assert_eq!(replace(&second).await, second);
    assert_eq!(service.changes().await, changes);
    assert_eq!(replace(&[]).await, []);
    assert_eq!(
        service.last_change(&group.id).await,
        (
            "group_permissions.changed".to_owned(),
            vec!["permissions".to_owned()]
        )
    );
    assert_eq!(service.get(&group.id).await.unwrap().etag, group.etag);
}

#[tokio::test]
async fn what_is_unknown_is_refused_whole() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let mut admin = service.admin.clone();
    let cases = [
        (
            vec![project("analyst", 1), project("king", 1)],
            ErrorReason::InvalidValue,
        ),
        (
            vec![pb::Permission {
                project_id: None,
                ..project("analyst", 1)
            }],
            ErrorReason::InvalidValue,
        ),
        (
            vec![pb::Permission {
                all_projects: true,
                ..project("analyst", 1)
            }],
            ErrorReason::InvalidValue,
        ),
    ];
    for (permissions, expected) in cases {
        let result = admin
            .replace_group_permissions(replacing(&group, &permissions))
            .await;
        assert_eq!(reason(result), expected);
    }
    let result = admin
        .replace_group_permissions(replacing("nothing", &[]))
        .await;
    assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    let rows = "select count(*) as n from group_permissions";
    assert_eq!(service.number(rows).await, 0);
}

/// They go with the group.
#[tokio::test]
async fn a_deleted_group_has_none() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    service.permit(&group, Some("owner")).await;
    service.delete(deletion(&group)).await.unwrap();
    let rows = "select count(*) as n from group_permissions";
    assert_eq!(service.number(rows).await, 0);
}

/// G1, F4: linking keeps permissions and flags.
#[tokio::test]
async fn linking_keeps_them() {
    let service = Service::start().await;
    let group = service.manual_group("Data", &[]).await.id;
    service.permit(&group, Some("developer")).await;
    service.map(&group, &["eng"]).await;
    let linked = service.group("DATA", &[]).await;
    assert_eq!(linked.id, group);
    assert!(linked.scim_managed);
    let request = pb::GetGroupSettingsRequest {
        account_id: ACCOUNT,
        group_id: group,
    };
    let settings = service
        .admin
        .clone()
        .get_group_settings(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(settings.permissions.len(), 1);
    assert_eq!(settings.sso_mapping_groups, ["eng"]);
}
