use proto::{protocol::v1::ErrorReason, settings::v1 as pb};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

fn map(license_type: &str, groups: &[&str]) -> pb::LicenseMap {
    pb::LicenseMap {
        license_type: license_type.to_owned(),
        sso_license_mapping_groups: groups.iter().map(|&group| group.to_owned()).collect(),
        ..pb::LicenseMap::default()
    }
}

async fn create(
    app: &mut App,
    account_id: i64,
    map: pb::LicenseMap,
) -> Result<pb::LicenseMap, Status> {
    let request = pb::CreateLicenseMapRequest {
        account_id,
        license_map: Some(map),
        actor: Some(actor()),
    };
    let response = app.account.create_license_map(request).await?;
    Ok(response.into_inner())
}

async fn replace(
    app: &mut App,
    account_id: i64,
    map: pb::LicenseMap,
) -> Result<pb::LicenseMap, Status> {
    let request = pb::ReplaceLicenseMapRequest {
        account_id,
        license_map: Some(map),
        actor: Some(actor()),
        ..pb::ReplaceLicenseMapRequest::default()
    };
    let response = app.account.replace_license_map(request).await?;
    Ok(response.into_inner())
}

async fn delete(app: &mut App, account_id: i64, id: i64) -> Result<(), Status> {
    let request = pb::DeleteLicenseMapRequest {
        account_id,
        id,
        actor: Some(actor()),
    };
    app.account.delete_license_map(request).await?;
    Ok(())
}

async fn list(app: &mut App, account_id: i64) -> Result<Vec<pb::LicenseMap>, Status> {
    let request = pb::ListLicenseMapsRequest { account_id };
    let response = app.account.list_license_maps(request).await?;
    Ok(response.into_inner().license_maps)
}

/// L12: names of groups are kept as they are, to be compared exactly.
#[tokio::test]
async fn a_map_is_created_read_replaced_and_deleted() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let groups = [
        "dbt Developers",
        "dbt developers",
        " ß\u{308} ",
        "dbt Developers",
    ];
    let first = create(&mut app, 1, map("developer", &groups))
        .await
        .unwrap();
    assert!(first.id > 0);
    assert_eq!(first.account_id, 1);
    assert_eq!(first.sso_license_mapping_groups, groups[..3]);
    let second = create(&mut app, 1, map("read_only", &[])).await.unwrap();
    let both = vec![first.clone(), second.clone()];
    assert_eq!(list(&mut app, 1).await.unwrap(), both.clone());
    assert_eq!(app.get(1).await.unwrap().license_maps, both);

    let wanted = pb::LicenseMap {
        id: second.id,
        // The account of the request counts.
        account_id: 99,
        ..map("analyst", &["x"])
    };
    let replaced = replace(&mut app, 1, wanted.clone()).await.unwrap();
    assert_eq!(replaced.account_id, 1);
    assert_eq!(replaced.license_type, "analyst");
    assert_eq!(list(&mut app, 1).await.unwrap()[1], replaced);
    let before = app.get(1).await.unwrap();
    replace(&mut app, 1, wanted).await.unwrap();
    assert_eq!(app.get(1).await.unwrap(), before, "nothing changed");

    delete(&mut app, 1, first.id).await.unwrap();
    assert_eq!(list(&mut app, 1).await.unwrap(), [replaced]);
    let again = delete(&mut app, 1, first.id).await;
    assert_refused(again, ErrorReason::ResourceNotFound);

    let both = "license_type sso_license_mapping_groups";
    let expected = [
        ("account.created", "name plan"),
        ("license_map.created", both),
        ("license_map.created", both),
        ("license_map.updated", both),
        ("license_map.deleted", ""),
    ];
    let expected = expected.map(|(kind, names)| (kind.to_owned(), names.to_owned()));
    assert_eq!(app.kinds().await, expected);
    assert_eq!(app.changes().await[3].resource_id, second.id.to_string());
}

#[tokio::test]
async fn a_type_has_one_map_in_an_account() {
    let mut app = App::start().await;
    for id in [1, 2] {
        app.create(id, pb::Plan::Enterprise).await.unwrap();
        create(&mut app, id, map("it", &["admins"])).await.unwrap();
    }
    let second = create(&mut app, 1, map("it", &["others"])).await;
    assert_refused(second, ErrorReason::Uniqueness);
    let other = create(&mut app, 1, map("analyst", &[])).await.unwrap();
    let wanted = pb::LicenseMap {
        id: other.id,
        ..map("it", &[])
    };
    assert_refused(replace(&mut app, 1, wanted).await, ErrorReason::Uniqueness);
    assert_eq!(list(&mut app, 1).await.unwrap().len(), 2);
    assert_eq!(app.changes().await.len(), 2 + 3);
}

#[tokio::test]
async fn another_accounts_map_is_not_found() {
    let mut app = App::start().await;
    for id in [1, 2] {
        app.create(id, pb::Plan::Enterprise).await.unwrap();
    }
    let own = create(&mut app, 1, map("it", &["a"])).await.unwrap();
    for (account_id, id) in [
        (2, own.id),
        (1, own.id + 1),
        (1, 0),
        (3, own.id),
        (0, own.id),
    ] {
        let wanted = pb::LicenseMap {
            id,
            ..map("it", &["b"])
        };
        let result = replace(&mut app, account_id, wanted).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
        let result = delete(&mut app, account_id, id).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
    }
    assert_refused(list(&mut app, 3).await, ErrorReason::ResourceNotFound);
    assert_eq!(list(&mut app, 2).await.unwrap(), Vec::new());
    assert_eq!(list(&mut app, 1).await.unwrap(), vec![own]);
}

#[tokio::test]
async fn bad_requests_are_refused_and_change_nothing() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let many: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for bad in [
        map("owner", &["a"]),
        map("Developer", &["a"]),
        map("", &["a"]),
        map("it", &[""]),
        map("it", &[" "]),
        map("it", &["a\0b"]),
        map("it", &["a\r\nb"]),
        map("it", &["a\u{202e}b"]),
        map("it", &["a\u{2028}b"]),
        map("it", &["x".repeat(1025).as_str()]),
        map("it", &many),
    ] {
        assert_refused(create(&mut app, 1, bad).await, ErrorReason::InvalidValue);
    }
    for (license_map, actor) in [(None, Some(actor())), (Some(map("it", &["a"])), None)] {
        let request = pb::CreateLicenseMapRequest {
            account_id: 1,
            license_map,
            actor,
        };
        let result = app.account.create_license_map(request).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    let result = create(&mut app, 2, map("it", &["a"])).await;
    assert_refused(result, ErrorReason::ResourceNotFound);
    assert_eq!(app.changes().await.len(), 1);
    create(&mut app, 1, map("it", &many[1..])).await.unwrap();
}

/// What two write at once is not lost: each writes its fields, and only over what it has read.
#[tokio::test]
async fn fields_are_written_over_what_was_read() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let read = create(&mut app, 1, map("it", &["a"])).await.unwrap();
    let mut write = async |field: &str, license_map: pb::LicenseMap| {
        let request = pb::ReplaceLicenseMapRequest {
            account_id: 1,
            license_map: Some(pb::LicenseMap {
                id: read.id,
                ..license_map
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec![field.to_owned()],
            }),
            expected: Some(read.clone()),
            actor: Some(actor()),
        };
        app.account.replace_license_map(request).await
    };
    let groups = "sso_license_mapping_groups";
    write(groups, map("", &["a", "b"])).await.unwrap();
    write("license_type", map("analyst", &[])).await.unwrap();
    let late = write(groups, map("", &["a", "c"])).await;
    assert_refused(late, ErrorReason::EtagMismatch);
    let late = write("license_type", map("developer", &[])).await;
    assert_refused(late, ErrorReason::EtagMismatch);
    let unknown = write("id", map("developer", &[])).await;
    assert_refused(unknown, ErrorReason::InvalidValue);
    let now = list(&mut app, 1).await.unwrap().remove(0);
    assert_eq!(now.license_type, "analyst");
    assert_eq!(now.sso_license_mapping_groups, ["a", "b"]);
    assert_eq!(app.changes().await.len(), 4);
}
