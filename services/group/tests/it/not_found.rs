//! RFC 7644 section 3.12: that there is no such group comes before all that may be wrong with the change of it.

use proto::{
    group::v1 as pb,
    protocol::v1::{ErrorReason, PatchOperation, patch_operation::Op},
    settings::v1::AccountOptions,
};
use serde_json::json;
use uuid::Uuid;

use crate::harness::*;

/// A service with a group, and the ids of groups that are not there.
async fn start() -> (Service, pb::Group, [String; 2]) {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    (service, group, [Uuid::now_v7().to_string(), "x".to_owned()])
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of refusals")]
async fn a_patch_is_not_refused_before_its_group_is_found() {
    let (service, group, absent) = start().await;
    let nobody = Uuid::now_v7().to_string();
    let only = |op, path: &str, value| vec![operation(op, Some(path), value)];
    let same = format!("members[value eq \"{nobody}\"]");
    let cases: Vec<(ErrorReason, Vec<PatchOperation>)> = vec![
        (ErrorReason::Mutability, only(Op::Remove, "id", None)),
        (
            ErrorReason::Mutability,
            only(Op::Remove, "members.value", None),
        ),
        (
            ErrorReason::InvalidPath,
            only(Op::Replace, "nothing", Some(json!(1))),
        ),
        (
            ErrorReason::InvalidPath,
            only(Op::Add, "members[", Some(json!(1))),
        ),
        (
            ErrorReason::NoTarget,
            vec![operation(Op::Remove, None, None)],
        ),
        (
            ErrorReason::NoTarget,
            [
                only(Op::Remove, "members", None),
                only(Op::Replace, &same, Some(json!({"value": nobody}))),
            ]
            .concat(),
        ),
        (
            ErrorReason::NoTarget,
            only(
                Op::Replace,
                "members[value eq \"x\"]",
                Some(json!({"value": "x"})),
            ),
        ),
        (
            ErrorReason::InvalidFilter,
            only(Op::Remove, "members[display eq \"x\"]", None),
        ),
        (
            ErrorReason::InvalidValue,
            only(Op::Add, "members", Some(json!([{"display": "x"}]))),
        ),
        (ErrorReason::InvalidValue, vec![add_members(&[nobody])]),
        (
            ErrorReason::InvalidValue,
            vec![add_members(&["x".to_owned()])],
        ),
        (
            ErrorReason::InvalidValue,
            only(Op::Replace, "displayName", Some(json!(""))),
        ),
        (
            ErrorReason::InvalidSyntax,
            vec![PatchOperation {
                value_json: Some("{".to_owned()),
                ..operation(Op::Replace, Some("displayName"), None)
            }],
        ),
    ];
    for (expected, operations) in cases {
        let shown = format!("{operations:?}");
        let result = service.patch(&group.id, operations.clone()).await;
        assert_eq!(reason(result), expected, "{shown}");
        for id in &absent {
            let result = service.patch(id, operations.clone()).await;
            assert_eq!(reason(result), ErrorReason::ResourceNotFound, "{shown}");
        }
    }
}

#[tokio::test]
async fn a_replacement_is_not_refused_before_its_group_is_found() {
    let (service, group, absent) = start().await;
    let nobody = Uuid::now_v7().to_string();
    let attributes = |text: &str| pb::Group {
        attributes_json: text.to_owned(),
        ..named("B", &[])
    };
    let cases = [
        None,
        Some(named("", &[])),
        Some(named("B\0", &[])),
        Some(named(&"b".repeat(3_000), &[])),
        Some(named("B", &[nobody])),
        Some(named("B", &["x".to_owned()])),
        Some(named("B", &[String::new()])),
        Some(attributes("[]")),
        Some(attributes("{")),
    ];
    for group_sent in cases {
        let replacement = |id: &str| pb::ReplaceGroupRequest {
            group: group_sent.clone(),
            ..replacing(id, "", &[])
        };
        let refused = reason(service.replace(replacement(&group.id)).await);
        assert_ne!(refused, ErrorReason::ResourceNotFound, "{group_sent:?}");
        for id in &absent {
            let result = service.replace(replacement(id)).await;
            assert_eq!(
                reason(result),
                ErrorReason::ResourceNotFound,
                "{group_sent:?}"
            );
        }
    }
}

/// Rule 8: a push of users without a licence is refused, to a group that is there.
#[tokio::test]
async fn licences_are_not_asked_for_before_the_group_is_found() {
    let (service, group, absent) = start().await;
    let users = service.users(1);
    service.identity.set_licensed(&users[0], false);
    service
        .set_options(AccountOptions {
            license_on_redemption: true,
            ..AccountOptions::default()
        })
        .await;
    let add = vec![add_members(&users)];
    let result = service.patch(&group.id, add.clone()).await;
    assert_eq!(reason(result), ErrorReason::NoLicense);
    for id in &absent {
        let result = service.patch(id, add.clone()).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound);
        let result = service.replace(replacing(id, "B", &users)).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    }
}

#[tokio::test]
async fn demands_of_etags_are_not_looked_at_before_the_group_is_found() {
    let (service, _, absent) = start().await;
    let etags = vec!["W/\"9\"".to_owned()];
    for id in &absent {
        let patch = pb::PatchGroupRequest {
            etags: etags.clone(),
            ..patching(id, Vec::new())
        };
        let replace = pb::ReplaceGroupRequest {
            etags: etags.clone(),
            ..replacing(id, "B", &[])
        };
        let delete = pb::DeleteGroupRequest {
            etags: etags.clone(),
            ..deletion(id)
        };
        for result in [
            service.patch_with(patch).await.map(drop),
            service.replace(replace).await.map(drop),
            service.delete(delete).await,
        ] {
            assert_eq!(reason(result), ErrorReason::ResourceNotFound);
        }
    }
}
