use proto::{
    group::v1::{self as pb, group_admin_service_client::GroupAdminServiceClient},
    protocol::v1::ErrorReason,
};

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

/// Additions and removals of many at once are all there; what is there already, or gone already, is no change.
#[tokio::test(flavor = "multi_thread")]
async fn added_and_removed_at_once() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let mut admin = service.admin.clone();
    let old: Vec<_> = (0..16).map(|id| project("analyst", id)).collect();
    let before = admin
        .replace_group_permissions(replacing(&group, &old))
        .await;
    let before = before.unwrap().into_inner().permissions;
    let mut tasks = Vec::new();
    for (id, gone) in (100..).zip(&before[..8]) {
        for twice in [false, true] {
            let adding = pb::AddGroupPermissionRequest {
                account_id: ACCOUNT,
                group_id: group.clone(),
                permission: Some(project("developer", if twice { 7 } else { id })),
                actor: Some(admin_actor()),
            };
            let removing = pb::RemoveGroupPermissionRequest {
                account_id: ACCOUNT,
                group_id: group.clone(),
                permission_id: gone.id,
                actor: Some(admin_actor()),
            };
            let mut admin = service.admin.clone();
            tasks.push(tokio::spawn(async move {
                admin.add_group_permission(adding).await?;
                admin.remove_group_permission(removing).await
            }));
        }
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let request = pb::GetGroupSettingsRequest {
        account_id: ACCOUNT,
        group_id: group.clone(),
    };
    let after = admin
        .get_group_settings(request)
        .await
        .unwrap()
        .into_inner();
    let mut projects: Vec<_> = after.permissions.iter().map(|one| one.project_id).collect();
    projects.sort_unstable();
    let expected = [7].into_iter().chain(8..16).chain(100..108);
    assert_eq!(projects, expected.map(Some).collect::<Vec<_>>());
    assert_eq!(
        after.permissions[..8],
        before[8..],
        "what stays keeps its number"
    );
    // The group, the first list, and each addition and removal that changed something.
    assert_eq!(service.changes().await, 2 + 9 + 8);
}

/// The group administers the account as soon as it has the permission set, and no longer than that.
#[tokio::test]
async fn one_permission_makes_and_ends_administrators() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let administers = "select count(*) as n from groups where administers";
    let mut admin = service.admin.clone();
    let adding = |permission| pb::AddGroupPermissionRequest {
        account_id: ACCOUNT,
        group_id: group.clone(),
        permission,
        actor: Some(admin_actor()),
    };
    let request = adding(Some(project("account_admin", 1)));
    let added = admin
        .add_group_permission(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(service.number(administers).await, 1);
    let request = pb::RemoveGroupPermissionRequest {
        account_id: ACCOUNT,
        group_id: group.clone(),
        permission_id: added.permissions[0].id,
        actor: Some(admin_actor()),
    };
    admin
        .remove_group_permission(request.clone())
        .await
        .unwrap();
    assert_eq!(service.number(administers).await, 0);
    for refused in [None, Some(project("king", 1))] {
        let result = admin.add_group_permission(adding(refused)).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue);
    }
    for (account_id, group_id) in [(OTHER_ACCOUNT, &*group), (ACCOUNT, "nothing")] {
        let request = pb::RemoveGroupPermissionRequest {
            account_id,
            group_id: group_id.to_owned(),
            ..request.clone()
        };
        let result = admin.remove_group_permission(request).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    }
}

/// C12: the permission sets of dbt, all of which its Terraform provider and its documentation know.
const DBT: &[&str] = &[
    "account_admin",
    "account_viewer",
    "admin",
    "analyst",
    "analyst_read",
    "billing_admin",
    "cost_insights_admin",
    "cost_insights_viewer",
    "cost_management_admin",
    "cost_management_viewer",
    "database_admin",
    "developer",
    "fusion_admin",
    "git_admin",
    "job_admin",
    "job_creator",
    "job_runner",
    "job_viewer",
    "manage_marketplace_apps",
    "member",
    "metadata_only",
    "notification_manager",
    "owner",
    "project_creator",
    "readonly",
    "security_admin",
    "semantic_layer_only",
    "stakeholder",
    "team_admin",
    "webhooks_only",
];

#[tokio::test]
async fn dbts_whole_list_is_taken() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let all: Vec<_> = DBT.iter().map(|set| project(set, 1)).collect();
    let mut admin = service.admin.clone();
    let replaced = admin
        .replace_group_permissions(replacing(&group, &all))
        .await;
    assert_eq!(replaced.unwrap().into_inner().permissions.len(), DBT.len());
}

/// A file of the operator's says which sets there are and which of them make administrators, from the next start on.
#[tokio::test]
async fn the_operators_file_takes_effect_at_start() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.group("A", &users).await.id;
    let had = [project("analyst", 1), project("developer", 1)];
    let mut admin = service.admin.clone();
    admin
        .replace_group_permissions(replacing(&group, &had))
        .await
        .unwrap();
    assert_eq!(service.identity.administrators(), [""; 0]);
    let file = r#"{"permissionSets": [{"name": "developer", "administers": true}, {"name": "x"}]}"#;
    let config = group::Config {
        permission_sets: file.parse().unwrap(),
        ..service.config.clone()
    };
    let second = spawn_group(&config).await;
    eventually(async || service.identity.administrators() == users).await;
    let mut admin = GroupAdminServiceClient::connect(second.url())
        .await
        .unwrap();
    let sets = admin
        .list_permission_sets(pb::ListPermissionSetsRequest {})
        .await;
    let sets = sets.unwrap().into_inner().permission_sets;
    let sets: Vec<_> = sets
        .iter()
        .map(|set| (&*set.name, set.administers))
        .collect();
    assert_eq!(sets, [("developer", true), ("x", false)]);
    // A set that is no longer known stays where it is, and is given to nobody.
    let mut replace = async |permissions: &[pb::Permission]| {
        let replaced = admin
            .replace_group_permissions(replacing(&group, permissions))
            .await;
        replaced.map(|settings| settings.into_inner().permissions.len())
    };
    let kept = [project("analyst", 1), project("x", 1)];
    assert_eq!(replace(&kept).await.unwrap(), 2);
    assert_eq!(service.identity.administrators(), [""; 0]);
    let refused = replace(&[project("analyst", 2)]).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    assert_eq!(replace(&[]).await.unwrap(), 0);
    second.stop().await.unwrap();
}
