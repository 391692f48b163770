use proto::{identity::v1 as pb, protocol::v1::ErrorReason};

use crate::fixture::{App, STRANGERS, refusal, user};

/// R-GET-01, R-EP-04, R-REG-SEC-08: an id has one spelling, and one account.
#[tokio::test]
async fn unknown_foreign_and_malformed_ids_are_all_not_found() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    for id in [
        "",
        "x",
        "0192f0c1-2345-7abc-8def-0123456789ab",
        &created.id.to_uppercase(),
        &created.id.replace('-', ""),
        &format!("{{{}}}", created.id),
        &format!("urn:uuid:{}", created.id),
        &format!("{}.scim", created.id),
    ] {
        assert_eq!(
            refusal(app.get(id).await),
            ErrorReason::ResourceNotFound,
            "{id}"
        );
    }
    for account_id in [STRANGERS, 99, 0, -1] {
        let request = pb::GetUserRequest {
            account_id,
            id: created.id.clone(),
            ..Default::default()
        };
        let foreign = app.client.clone().get_user(request).await;
        assert_eq!(refusal(foreign), ErrorReason::ResourceNotFound);
    }
}
