//! The life of a resource.

use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::{Value, json};

use super::{
    RACK, attributes, client, create, create_as, delete, get, list, patch, replace, start,
};
use crate::fixture::{ACCOUNT, STRANGERS, refusal};

/// R-EXT-05: the life of a resource, and what the change log says of it.
#[tokio::test]
async fn a_resource_lives_as_a_user_does() {
    let app = start().await;
    let sent =
        json!({"externalId": "x", "SERIAL": "S1", "weight": 1.50, "sizes": 3, RACK: {"row": 7}});
    let created = create(&app, sent).await.expect("created");
    assert_eq!(
        (&*created.resource_type, &*created.etag),
        ("Device", "W/\"1\"")
    );
    assert_eq!(created.account_id, ACCOUNT);
    let expected =
        json!({"externalId": "x", "serial": "S1", "weight": 1.5, "sizes": [3], RACK: {"row": 7}});
    assert_eq!(attributes(&created), expected);
    let id = &created.id;
    assert_eq!(get(&app, id).await.expect("found"), created);
    let same = replace(&app, id, expected.clone())
        .await
        .expect("no change");
    assert_eq!(same, created);
    let changed = patch(
        &app,
        id,
        &created.etag,
        Op::Replace,
        &format!("{RACK}:row"),
        json!(8),
    )
    .await;
    let changed = changed.expect("patched");
    assert_eq!(attributes(&changed)[RACK]["row"], json!(8));
    assert_eq!(changed.etag, "W/\"2\"");
    let stale = patch(&app, id, &created.etag, Op::Remove, RACK, Value::Null).await;
    assert_eq!(refusal(stale), ErrorReason::EtagMismatch);
    delete(&app, id).await.expect("deleted");
    assert_eq!(refusal(get(&app, id).await), ErrorReason::ResourceNotFound);
    assert_eq!(
        refusal(delete(&app, id).await),
        ErrorReason::ResourceNotFound
    );
    let changes = app.changes(0, 3).await;
    let kinds: Vec<&str> = changes.iter().map(|change| &*change.kind).collect();
    assert_eq!(
        kinds,
        ["resource.created", "resource.updated", "resource.deleted"]
    );
    assert!(
        changes
            .iter()
            .all(|change| change.resource_id == format!("Device/{id}"))
    );
    assert_eq!(changes[1].changed_attributes, [format!("{RACK}:row")]);
}

/// R-TEN, R-EP-04: types and accounts are apart, and an id has one spelling.
#[tokio::test]
async fn types_and_accounts_are_apart() {
    let app = start().await;
    let device = json!({"serial": "S1", "name": "one"});
    let created = create(&app, device.clone()).await.expect("created");
    create_as(&app, ACCOUNT, "Gadget", device.clone())
        .await
        .expect("another type");
    create_as(&app, STRANGERS, "Device", device)
        .await
        .expect("another account");
    let all = list(
        &app,
        pb::ListResourcesRequest {
            page_size: 10,
            ..Default::default()
        },
    );
    assert_eq!(all.await.expect("listed").total_size, 1);
    let request = pb::GetResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Gadget".to_owned(),
        id: created.id.clone(),
    };
    let elsewhere = client(&app).get_resource(request).await;
    assert_eq!(refusal(elsewhere), ErrorReason::ResourceNotFound);
    let shouted = get(&app, &created.id.to_uppercase()).await;
    assert_eq!(refusal(shouted), ErrorReason::ResourceNotFound);
    let unknown = create_as(&app, ACCOUNT, "Sensor", json!({"serial": "S"})).await;
    assert_eq!(refusal(unknown), ErrorReason::InvalidValue);
}

/// R-STR-04: what cannot be stored is refused, not a fault.
#[tokio::test]
async fn what_cannot_be_stored_is_refused() {
    let app = start().await;
    let long = "x".repeat(2000);
    for bad in [
        json!({"serial": "S", "name": long}),
        json!({"serial": "S", "externalId": long}),
        json!({"serial": long}),
        json!({"serial": "S", "place": {"site": "a\u{0}b"}}),
        json!({"serial": "S", "made": "yesterday"}),
        json!({"serial": "S", "certificate": "?"}),
    ] {
        assert_eq!(refusal(create(&app, bad).await), ErrorReason::InvalidValue);
    }
}
