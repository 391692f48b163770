//! The admin API of SCIM itself.

use http::header;
use serde_json::{Value, json};

use super::app::App;

/// The admin API of dbt: E9, E10, T1, T2, T6.
#[tokio::test]
async fn administration() {
    let app = App::start().await;
    let read = app.admin("GET", "/scim-config/", Value::Null).await;
    let expected = json!({
        "enabled": true,
        "manual_updates_allowed": false,
        "scim_controlled_license_type": true,
    });
    assert_eq!((read.status, &read.json()["data"]), (200, &expected));
    let body = json!({"enabled": true, "manual_updates_allowed": false});
    let written = app.admin("POST", "/scim-config", body).await;
    assert_eq!(written.json()["data"], expected);
    for body in [
        json!({"enabled": true}),
        json!({"enabled": true, "manual_updates_allowed": false, "more": 1}),
        json!({"enabled": "true", "manual_updates_allowed": false}),
    ] {
        app.admin("POST", "/scim-config/", body)
            .await
            .is_admin_error(400);
    }

    let created = app
        .admin("POST", "/scim-config/tokens/", json!({"name": "Okta"}))
        .await;
    let data = &created.json()["data"];
    assert_eq!(
        (created.status, created.header(header::CACHE_CONTROL)),
        (200, "no-store")
    );
    assert_eq!(
        (&data["token_string"], &data["name"]),
        (&json!("shown once"), &json!("Okta"))
    );
    let token = app
        .admin("GET", "/scim-config/tokens/8/", Value::Null)
        .await;
    token.is_admin_error(404);
    assert_eq!(token.json()["error_code"], 12);
    app.admin("GET", "/scim-config/tokens/x/", Value::Null)
        .await
        .is_admin_error(404);
    let deleted = app
        .admin("DELETE", "/scim-config/tokens/8/", Value::Null)
        .await;
    assert_eq!(deleted.status, 204);
    let list = app
        .admin("GET", "/scim-config/tokens/?limit=500", Value::Null)
        .await
        .json();
    assert_eq!(list["extra"]["filters"], json!({"limit": 100, "offset": 0}));
    app.admin("GET", "/scim-config/tokens/?offset=-1", Value::Null)
        .await
        .is_admin_error(400);

    let options = app
        .admin("POST", "/account-options/", json!({"strict": true}))
        .await
        .json();
    assert_eq!(options["data"]["strict"], true);
    assert_eq!(options["data"]["default_license_type"], Value::Null);
}
