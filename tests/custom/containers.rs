//! What a rule says of an attribute holds also where a request names the extension that the attribute stands in.

use serde_json::{Value, json};

use super::{ACME_USER, APP, AUDIT, BLE, DEVICE, USER};
use crate::{
    client::Response,
    harness::{App, unique},
};

async fn set_strict(app: &App, strict: bool) {
    let options = json!({"strict": strict});
    app.admin()
        .post("/account-options/", &options)
        .await
        .expect(200);
}

async fn create(app: &App, extension: Value) -> Response {
    let body = json!({"schemas": [USER, ACME_USER], "userName": unique("u"), ACME_USER: extension});
    app.scim.post("/Users", &body).await.expect(201)
}

fn path_of(created: &Response) -> String {
    format!("/Users/{}", created.id())
}

/// R-ATTR-12, R-PATCH-32, R-PUT-06: in both dialects, by every way to name the extension.
pub(super) async fn what_is_immutable_outlives_its_extension(app: &App) {
    let first_day = "2026-01-31T08:00:00Z";
    let created = create(app, json!({"firstDay": first_day, "nickname": "A"})).await;
    let path = path_of(&created);
    for strict in [false, true] {
        set_strict(app, strict).await;
        for operation in [
            json!({"op": "remove", "path": ACME_USER}),
            json!({"op": "replace", "path": ACME_USER, "value": null}),
            json!({"op": "replace", "value": {ACME_USER: null}}),
            json!({"op": "replace", "path": "schemas", "value": [USER]}),
            json!({"op": "remove", "path": format!("{ACME_USER}:firstDay")}),
        ] {
            let set = json!({"op": "add", "path": format!("{ACME_USER}:firstDay"), "value": "2020-01-01T00:00:00Z"});
            let refused = app.scim.patch(&path, json!([operation, set])).await;
            refused.expect_error(400, Some("mutability"));
        }
        // The rest of the extension goes, by PATCH and by PUT.
        let nickname = json!([{"op": "remove", "path": format!("{ACME_USER}:nickname")}]);
        let left = app.scim.patch(&path, nickname).await.expect(200).body;
        assert_eq!(left[ACME_USER], json!({"firstDay": first_day}));
        let bare = json!({"schemas": [USER], "userName": created.body["userName"]});
        let left = app.scim.put(&path, &bare).await.expect(200).body;
        assert_eq!(left[ACME_USER], json!({"firstDay": first_day}));
        // The same moment is no change, however it is written.
        let same = json!([{"op": "add", "path": format!("{ACME_USER}:firstDay"), "value": "2026-01-31T09:00:00+01:00"}]);
        assert_eq!(app.scim.patch(&path, same).await.expect(200).body, left);
    }
}

/// R-ATTR-16, R-PATCH-30, R-PATCH-34, R-EXT-02: an extension goes whole or not at all.
pub(super) async fn what_an_extension_requires_goes_with_it_only(app: &App) {
    let ble = json!({"versionSupport": ["5.3"], "deviceMacAddress": unique("mac"), "isRandom": false, "mobility": true});
    let device = json!({"schemas": [DEVICE, BLE], "active": true, BLE: ble});
    let endpoint_app = json!({"schemas": [APP, AUDIT], "applicationType": "telemetry",
        "applicationName": unique("app"), AUDIT: {"class": "A", "due": "2026-12-31T00:00:00Z"}});
    let device = app.scim.post("/Devices", &device).await.expect(201);
    let device_path = format!("/Devices/{}", device.id());
    let must = app
        .scim
        .post("/EndpointApps", &endpoint_app)
        .await
        .expect(201);
    let must_path = format!("/EndpointApps/{}", must.id());
    for strict in [false, true] {
        set_strict(app, strict).await;
        for (operation, kind) in [
            (
                json!({"op": "remove", "path": format!("{BLE}:deviceMacAddress")}),
                "mutability",
            ),
            (
                json!({"op": "replace", "path": format!("{BLE}:deviceMacAddress"), "value": null}),
                "invalidValue",
            ),
            (
                json!({"op": "replace", "path": format!("{BLE}:deviceMacAddress"), "value": ""}),
                "invalidValue",
            ),
        ] {
            let refused = app.scim.patch(&device_path, json!([operation])).await;
            refused.expect_error(400, Some(kind));
        }
        for operation in [
            json!({"op": "remove", "path": AUDIT}),
            json!({"op": "replace", "path": AUDIT, "value": null}),
            json!({"op": "replace", "path": "schemas", "value": [APP]}),
        ] {
            let refused = app.scim.patch(&must_path, json!([operation])).await;
            refused.expect_error(400, Some("mutability"));
        }
    }
    assert_eq!(app.scim.get(&device_path).await.body, device.body);
    assert_eq!(app.scim.get(&must_path).await.body, must.body);
    let whole = json!([{"op": "remove", "path": BLE}]);
    let left = app.scim.patch(&device_path, whole).await.expect(200).body;
    assert_eq!((left.get(BLE), &left["schemas"]), (None, &json!([DEVICE])));
}

/// R-ATTR-11, RFC 7643 section 7: what is returned on request is in the answer to the write that sets it.
pub(super) async fn what_is_returned_on_request_is_in_the_answer_to_its_write(app: &App) {
    let created = create(app, json!({"allergies": "nuts", "nickname": "A"})).await;
    assert_eq!(created.body[ACME_USER]["allergies"], json!("nuts"));
    let path = path_of(&created);
    let shown = |body: &Value| body[ACME_USER].get("allergies").cloned();
    assert_eq!(shown(&app.scim.get(&path).await.expect(200).body), None);
    let put = app.scim.put(&path, &created.body).await.expect(200);
    assert_eq!(shown(&put.body), Some(json!("nuts")));
    for (operation, expected) in [
        (
            json!({"op": "add", "path": format!("{ACME_USER}:allergies"), "value": "milk"}),
            Some("milk"),
        ),
        (
            json!({"op": "replace", "value": {ACME_USER: {"allergies": "eggs"}}}),
            Some("eggs"),
        ),
        (
            json!({"op": "replace", "value": {format!("{ACME_USER}:allergies"): "soy"}}),
            Some("soy"),
        ),
        (
            json!({"op": "add", "path": format!("{ACME_USER}:nickname"), "value": "B"}),
            None,
        ),
        (
            json!({"op": "remove", "path": format!("{ACME_USER}:allergies")}),
            None,
        ),
    ] {
        let answer = app.scim.patch(&path, json!([operation])).await.expect(200);
        assert_eq!(
            shown(&answer.body),
            expected.map(|text| json!(text)),
            "{operation}"
        );
    }
    let device = json!({"schemas": [DEVICE], "active": true, "notes": "n"});
    let device = app.scim.post("/Devices", &device).await.expect(201);
    assert_eq!(device.body["notes"], json!("n"));
    let path = format!("/Devices/{}", device.id());
    assert_eq!(
        app.scim.get(&path).await.expect(200).body.get("notes"),
        None
    );
}

/// R-MV-08, R-ATTR-05: filters on simple values in the forms of complex ones; moments are shown in UTC.
pub(super) async fn simple_values_and_moments(app: &App) {
    let user = json!({"skills": ["Rust", "SQL"], "firstDay": "2026-01-31T09:00:00.5+01:00"});
    let created = create(app, user).await;
    assert_eq!(
        created.body[ACME_USER]["firstDay"],
        json!("2026-01-31T08:00:00.500Z")
    );
    for (filter, count) in [
        ("skills.value eq \"rust\"", 1),
        ("skills[value eq \"rust\"]", 1),
        ("skills[value sw \"r\" and value ew \"l\"]", 0),
        ("skills[value ne \"rust\"]", 1),
        ("skills.value eq \"go\"", 0),
        ("firstDay eq \"2026-01-31T08:00:00.500Z\"", 1),
    ] {
        let filter = format!("id eq \"{}\" and {ACME_USER}:{filter}", created.id());
        let found = app.scim.find("/Users", &filter).await.expect(200).body;
        assert_eq!(found["totalResults"], json!(count), "{filter}");
    }
}
