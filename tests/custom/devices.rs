//! Resource types of the operator's own, by the example of devices (R-DEV-02).

use reqwest::Method;
use serde_json::{Value, json};

use super::{APP, AUDIT, BLE, DEVICE, USER, conditional, names, query};
use crate::{
    harness::{App, unique},
    scim::not_found::{absent, check_patch, check_put, operations, unseen},
};

/// R-EXT-01, 04, R-DEV-02: a device is created, read, replaced, changed and deleted as a user is.
pub(super) async fn a_device(app: &App) {
    let scim = &app.scim;
    let sent = json!({
        "schemas": [DEVICE, BLE], "displayName": "Pump", "active": true, "externalId": "p-1", "weight": 1.25,
        "manufactured": "2026-01-31T08:00:00+01:00", "certificate": "YWJj", "ports": [80, 443],
        "owner": {"value": "someone"}, "interfaces": [{"value": "AA:BB", "type": "wired", "primary": true}],
        BLE: {"versionSupport": ["5.3"], "deviceMacAddress": "2C:54", "isRandom": false, "irk": "5ecret-irk"},
    });
    let created = scim.post("/Devices", &sent).await.expect(201);
    let id = created.id();
    let location = format!("{}/Devices/{id}", scim.base_url);
    assert_eq!(created.header("location"), location);
    assert_eq!(created.header("etag"), created.body["meta"]["version"]);
    let body = &created.body;
    assert_eq!(body["schemas"], json!([DEVICE, BLE]));
    assert_eq!(body["meta"]["resourceType"], "Device");
    assert_eq!(body["meta"]["location"], location);
    for name in [
        "displayName",
        "externalId",
        "weight",
        "certificate",
        "ports",
        "interfaces",
    ] {
        assert_eq!(body[name], sent[name], "{name}");
    }
    assert_eq!(body[BLE].get("irk"), None, "{body:#}");
    let path = format!("/Devices/{id}");
    let read = scim.get(&path).await.expect(200);
    assert_eq!(read.body, created.body);

    // R-PUT-11, R-PUT-12: what was read may be sent back.
    let again = scim.put(&path, &read.body).await.expect(200);
    assert_eq!(again.body, read.body);

    let operations = json!([
        {"op": "replace", "path": format!("{BLE}:mobility"), "value": true},
        {"op": "add", "path": format!("{}:versionSupport", BLE.to_uppercase()), "value": ["5.4"]},
        {"op": "replace", "path": "interfaces[type eq \"wired\"].speed", "value": 1000},
        {"op": "add", "path": "interfaces", "value": [{"value": "CC:DD", "type": "wireless", "primary": true}]},
        {"op": "remove", "path": "ports[value eq 80]"},
        {"op": "add", "value": {"displayName": "Pump 2", BLE: {"isRandom": true}}},
        {"op": "remove", "path": "weight"},
    ]);
    let changed = scim.patch(&path, operations).await.expect(200).body;
    assert_eq!(changed[BLE]["versionSupport"], json!(["5.3", "5.4"]));
    assert_eq!(
        (&changed[BLE]["mobility"], &changed[BLE]["isRandom"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(changed["interfaces"][0]["speed"], 1000);
    assert_eq!(changed["interfaces"][0]["primary"], false);
    assert_eq!(changed["ports"], json!([443]));
    assert_eq!(changed["displayName"], "Pump 2");
    assert_eq!(changed.get("weight"), None);
    assert_eq!(changed["meta"]["version"], "W/\"2\"");
    let gone = scim
        .patch(&path, json!([{"op": "remove", "path": BLE}]))
        .await
        .expect(200)
        .body;
    assert_eq!(gone["schemas"], json!([DEVICE]));
    assert_eq!(gone.get(BLE), None);

    // R-ETAG.
    let version = ("if-match", "W/\"1\"");
    let body = json!({"displayName": "Pump", "active": true});
    conditional(scim, Method::PUT, &path, version, &body)
        .await
        .expect_error(412, None);
    conditional(scim, Method::DELETE, &path, version, &Value::Null)
        .await
        .expect_error(412, None);
    let known = gone["meta"]["version"].as_str().expect("a version");
    let unchanged = scim
        .request(Method::GET, &path)
        .header("if-none-match", known);
    scim.send(unchanged).await.expect(304);
    conditional(scim, Method::PUT, &path, ("if-match", known), &body)
        .await
        .expect(200);

    scim.delete(&path).await.expect(204);
    scim.get(&path).await.expect_error(404, None);
    scim.delete(&path).await.expect_error(404, None);
    scim.get("/Devices/nonsense").await.expect_error(404, None);
    scim.post(&path, &body).await.expect_error(405, None);
    scim.get("/Gadgets").await.expect_error(404, None);
}

/// R-ATTR-01 to 16 on attributes of every kind.
pub(super) async fn characteristics(app: &App) {
    let scim = &app.scim;
    let device = |more: Value| {
        let mut device = json!({"active": true});
        device
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        device
    };
    for bad in [
        json!({"active": "perhaps"}),
        json!({"weight": "heavy"}),
        json!({"ports": [1.5]}),
        json!({"manufactured": "yesterday"}),
        json!({"certificate": "?"}),
        json!({"displayName": {"x": 1}}),
        json!({"interfaces": [{"primary": true, "value": "a"}, {"primary": true, "value": "b"}]}),
        json!({BLE: {"isRandom": true}}),
    ] {
        scim.post("/Devices", &device(bad))
            .await
            .expect_error(400, Some("invalidValue"));
    }
    scim.post("/Devices", &json!({"displayName": "x"}))
        .await
        .expect_error(400, Some("invalidValue"));
    scim.post("/Devices", &device(json!({"schemas": [USER]})))
        .await
        .expect_error(400, Some("invalidSyntax"));
    let sent = device(
        json!({"displayName": "One", "serialNumber": "S1", "firmware": "9", "notes": "n",
        "fingerprint": "f1ngerprint", "unknown": 1}),
    );
    let one = scim.post("/Devices", &sent).await.expect(201);
    let path = format!("/Devices/{}", one.id());
    for hidden in ["firmware", "fingerprint", "unknown"] {
        assert_eq!(one.body.get(hidden), None, "{hidden}");
    }
    // R-ATTR-11: returned `request` only when named.
    assert_eq!(scim.get(&path).await.body.get("notes"), None);
    let shown = query(scim, &path, &[("attributes", "notes,fingerprint")])
        .await
        .expect(200)
        .body;
    assert_eq!(shown["notes"], "n");
    assert_eq!(shown.get("fingerprint"), None);
    // Immutable.
    let again = json!([{"op": "replace", "path": "serialNumber", "value": "S1"}]);
    scim.patch(&path, again).await.expect(200);
    let other = json!([{"op": "replace", "path": "serialNumber", "value": "S2"}]);
    scim.patch(&path, other)
        .await
        .expect_error(400, Some("mutability"));
    scim.put(&path, &device(json!({"serialNumber": "S2"})))
        .await
        .expect_error(400, Some("mutability"));
    let kept = scim
        .put(&path, &device(json!({"displayName": "One"})))
        .await
        .expect(200)
        .body;
    assert_eq!(kept["serialNumber"], "S1");
    // Unique, by the case that the schema says.
    scim.post("/Devices", &device(json!({"displayName": "oNE"})))
        .await
        .expect_error(409, Some("uniqueness"));
    scim.post("/Devices", &device(json!({"serialNumber": "S1"})))
        .await
        .expect_error(409, Some("uniqueness"));
    let two = scim
        .post("/Devices", &device(json!({"serialNumber": "s1"})))
        .await
        .expect(201)
        .id();
    let taken = json!([{"op": "add", "path": "displayName", "value": "ONE"}]);
    scim.patch(&format!("/Devices/{two}"), taken)
        .await
        .expect_error(409, Some("uniqueness"));
    // Required.
    let without = json!([{"op": "remove", "path": "active"}]);
    scim.patch(&path, without)
        .await
        .expect_error(400, Some("mutability"));
    let unknown = json!([{"op": "replace", "path": "colour", "value": "red"}]);
    scim.patch(&path, unknown)
        .await
        .expect_error(400, Some("invalidPath"));
}

/// Filters, sorting, paging, cursors, projection, `.search`.
pub(super) async fn queries(app: &App) {
    let scim = &app.scim;
    for device in [
        json!({"displayName": "a", "weight": 10, "ports": [80], "tags": ["Red"], "manufactured": "2026-01-01T00:00:00Z"}),
        json!({"displayName": "b", "weight": 9.5, "ports": [22, 443], "interfaces": [{"value": "x", "speed": 10}]}),
        json!({"displayName": "c", "weight": 100, "tags": ["blue", "red"],
            "interfaces": [{"value": "x", "type": "wired"}, {"value": "y", "speed": 10}]}),
        json!({"displayName": "d", "active": false, BLE: {"versionSupport": ["5"], "deviceMacAddress": "M", "isRandom": true}}),
    ] {
        let mut device = device;
        if device.get("active").is_none() {
            device["active"] = json!(true);
        }
        scim.post("/Devices", &device).await.expect(201);
    }
    for (filter, expected) in [
        ("displayName eq \"A\"", "a"),
        ("weight gt 9.5", "ac"),
        ("weight le 10.0", "ab"),
        ("ports eq 443 or ports lt 23", "b"),
        ("not (ports pr)", "cd"),
        ("tags co \"RE\"", "ac"),
        ("interfaces[value eq \"x\" and speed eq 10]", "b"),
        ("interfaces.speed ge 10", "bc"),
        ("manufactured lt \"2026-01-01T01:00:00+00:30\"", "a"),
        ("active eq false", "d"),
        (
            "urn:ietf:params:scim:schemas:extension:ble:2.0:Device:isRandom eq true",
            "d",
        ),
        (
            "schemas eq \"urn:ietf:params:scim:schemas:extension:ble:2.0:Device\"",
            "d",
        ),
        ("meta.resourceType eq \"Device\" and weight pr", "abc"),
    ] {
        assert_eq!(
            names(scim.find("/Devices", filter).await).concat(),
            expected,
            "{filter}"
        );
    }
    for bad in [
        "irk eq \"x\"",
        "fingerprint pr",
        "weight co 1",
        "nothing eq 1",
        "weight eq \"1\"",
    ] {
        scim.find("/Devices", bad)
            .await
            .expect_error(400, Some("invalidFilter"));
    }
    for (by, order, expected) in [
        ("weight", "ascending", "bacd"),
        ("weight", "descending", "dcab"),
        ("interfaces", "ascending", "bcad"),
        ("tags", "ascending", "cabd"),
    ] {
        let found = query(scim, "/Devices", &[("sortBy", by), ("sortOrder", order)]).await;
        assert_eq!(names(found).concat(), expected, "{by} {order}");
    }
    let page = query(scim, "/Devices", &[("startIndex", "2"), ("count", "2")])
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"]),
        (&json!(4), &json!(2))
    );
    assert_eq!(page["Resources"][0]["displayName"], "b");
    let mut cursor = String::new();
    let mut walked = String::new();
    loop {
        let parameters = [("cursor", &*cursor), ("count", "1"), ("sortBy", "weight")];
        let page = query(scim, "/Devices", &parameters).await.expect(200).body;
        walked.push_str(
            page["Resources"][0]["displayName"]
                .as_str()
                .expect("a name"),
        );
        match page.get("nextCursor") {
            Some(next) => next.as_str().expect("a text").clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(walked, "bacd");
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "displayName eq \"d\"", "attributes": [BLE]});
    let found = scim
        .post("/Devices/.search", &search)
        .await
        .expect(200)
        .body;
    let only = &found["Resources"][0];
    assert_eq!(only[BLE]["deviceMacAddress"], "M");
    assert_eq!(only.get("active"), None);
    assert_eq!(only["schemas"], json!([DEVICE, BLE]));
    let except = [
        ("excludedAttributes", "interfaces.value,ports,tags"),
        ("filter", "displayName eq \"b\""),
    ];
    let found = query(scim, "/Devices", &except).await.expect(200).body;
    assert_eq!(found["Resources"][0]["interfaces"], json!([{"speed": 10}]));
    assert_eq!(found["Resources"][0].get("ports"), None);
}

/// R-EXT-02.
pub(super) async fn required_extension(app: &App) {
    let scim = &app.scim;
    let mut body =
        json!({"schemas": [APP], "applicationType": "telemetry", "applicationName": "T"});
    scim.post("/EndpointApps", &body)
        .await
        .expect_error(400, Some("invalidValue"));
    body[AUDIT] = json!({"due": "2027-01-01T00:00:00Z"});
    scim.post("/EndpointApps", &body)
        .await
        .expect_error(400, Some("invalidValue"));
    body[AUDIT]["class"] = json!("low");
    let created = scim.post("/EndpointApps", &body).await.expect(201);
    assert_eq!(created.body["schemas"], json!([APP, AUDIT]));
    let path = format!("/EndpointApps/{}", created.id());
    let put = json!({"applicationType": "telemetry", "applicationName": "T"});
    scim.put(&path, &put)
        .await
        .expect_error(400, Some("invalidValue"));
    scim.get(&path.replace("EndpointApps", "Devices"))
        .await
        .expect_error(404, None);
}

/// R-BULK on configured types, with references to what the same request creates.
pub(super) async fn bulk(app: &App) {
    let scim = &app.scim;
    let name = unique("u");
    let operations = json!([
        {"method": "POST", "path": "/Devices", "bulkId": "d",
         "data": {"displayName": "Bulk", "active": true, "owner": {"value": "bulkId:u"}}},
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": name}},
        {"method": "PATCH", "path": "/Devices/bulkId:d",
         "data": {"Operations": [{"op": "add", "path": "tags", "value": ["new"]}]}},
        {"method": "POST", "path": "/Devices", "bulkId": "e", "data": {"displayName": "bulk", "active": true}},
    ]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = scim.post("/Bulk", &body).await.expect(200).body;
    let entries = answer["Operations"].as_array().expect("entries");
    let statuses: Vec<&Value> = entries.iter().map(|entry| &entry["status"]).collect();
    assert_eq!(statuses, ["201", "201", "200", "409"], "{answer:#}");
    let tail = |entry: &Value| {
        let location = entry["location"].as_str().expect("a location");
        location.rsplit('/').next().expect("an id").to_owned()
    };
    let path = format!("/Devices/{}", tail(&entries[0]));
    let device = scim.get(&path).await.expect(200).body;
    assert_eq!(device["owner"]["value"], tail(&entries[1]));
    assert_eq!(device["tags"], json!(["new"]));
    let operations = json!([{"method": "DELETE", "path": path}]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = scim.post("/Bulk", &body).await.expect(200).body;
    assert_eq!(answer["Operations"][0]["status"], "204", "{answer:#}");
    scim.get(&path).await.expect_error(404, None);
}

/// RFC 7644 section 3.12: that there is no such device comes before what is wrong with the change of it.
pub(super) async fn not_found(app: &App) {
    let scim = &app.scim;
    let sent = json!({"schemas": [DEVICE], "displayName": "Pump", "active": true});
    let there = format!(
        "/Devices/{}",
        scim.post("/Devices", &sent).await.expect(201).id()
    );
    let absent = absent("/Devices");
    for body in [
        json!({"schemas": [DEVICE]}),
        json!({"schemas": [DEVICE], "displayName": "x", "active": "maybe"}),
        json!({"schemas": [DEVICE], "displayName": "x", "active": true, "weight": "much"}),
    ] {
        check_put(scim, &there, &absent, &body).await;
    }
    for operation in operations() {
        check_patch(scim, &there, &absent, &operation).await;
    }
    unseen(scim, &absent).await;
}
