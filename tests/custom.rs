//! Schemas and resource types of the operator's own (R-EXT, R-DEV-02), in a stack with `SCIM_SCHEMAS` set.

use std::{path::Path, process::Command};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    harness::{App, unique},
    stack::Stack,
};

const DEVICE: &str = "urn:ietf:params:scim:schemas:core:2.0:Device";
const BLE: &str = "urn:ietf:params:scim:schemas:extension:ble:2.0:Device";
const APP: &str = "urn:ietf:params:scim:schemas:core:2.0:EndpointApp";
const AUDIT: &str = "urn:example:acme:2.0:Audit";
const ACME_USER: &str = "urn:example:acme:2.0:User";
const ACME_GROUP: &str = "urn:example:acme:2.0:Group";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn stack() -> Stack {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas.json");
    Stack::start(&[("SCIM_SCHEMAS", file.to_str().expect("a path"))])
}

async fn query(scim: &Client, path: &str, query: &[(&str, &str)]) -> Response {
    scim.send(scim.request(Method::GET, path).query(query))
        .await
}

async fn conditional(
    scim: &Client,
    method: Method,
    path: &str,
    header: (&str, &str),
    body: &Value,
) -> Response {
    let request = scim.request(method, path).header(header.0, header.1);
    let request = request.header("content-type", scim.media_type);
    scim.send(request.body(body.to_string())).await
}

/// The `displayName`s of a list.
#[track_caller]
fn names(response: Response) -> Vec<String> {
    let body = response.expect(200).body;
    let resources = body["Resources"].as_array().cloned().unwrap_or_default();
    assert_eq!(body["totalResults"], json!(resources.len()), "{body:#}");
    resources
        .iter()
        .map(|it| it["displayName"].as_str().expect("a name").to_owned())
        .collect()
}

/// One stack for all of these stories, since each takes a while to start; each has its own account.
#[tokio::test]
async fn schemas_of_the_operators_own() {
    let stack = stack();
    discovery(&stack.app().await).await;
    a_device(&stack.app().await).await;
    characteristics(&stack.app().await).await;
    queries(&stack.app().await).await;
    required_extension(&stack.app().await).await;
    bulk(&stack.app().await).await;
    across_types(&stack.app().await).await;
    users(&stack.app().await).await;
    groups(&stack.app().await).await;
    strict(&stack.app().await).await;
    let logs = stack.logs();
    for secret in ["5ecret-irk", "f1ngerprint"] {
        assert!(!logs.contains(secret), "{secret} is in a log");
    }
}

/// R-DISC-06, R-DISC-10 to 12: discovery tells what was configured.
async fn discovery(app: &App) {
    let types = app.scim.get("/ResourceTypes").await.expect(200).body;
    assert_eq!(types["totalResults"], 4);
    let device = app.scim.get("/ResourceTypes/Device").await.expect(200).body;
    assert_eq!(device["endpoint"], "/Devices");
    assert_eq!(device["schema"], DEVICE);
    assert_eq!(
        device["schemaExtensions"],
        json!([{"schema": BLE, "required": false}])
    );
    let user = app.scim.get("/ResourceTypes/User").await.expect(200).body;
    let extensions = user["schemaExtensions"].as_array().expect("extensions");
    assert!(extensions.contains(&json!({"schema": ACME_USER, "required": false})));
    let schemas = app.scim.get("/Schemas").await.expect(200).body;
    let schemas = schemas["Resources"].as_array().expect("schemas");
    for urn in [DEVICE, BLE, APP, AUDIT, ACME_USER, ACME_GROUP] {
        let listed = schemas.iter().find(|schema| schema["id"] == urn);
        let one = app.scim.get(&format!("/Schemas/{urn}")).await.expect(200);
        assert_eq!(Some(&one.body), listed);
    }
    let ble = app.scim.get(&format!("/Schemas/{BLE}")).await.body;
    let irk = ble["attributes"].as_array().expect("attributes");
    let irk = irk.iter().find(|one| one["name"] == "irk").expect("irk");
    let expected = json!({"name": "irk", "type": "string", "multiValued": false,
        "description": "The identity resolving key.", "required": false, "caseExact": false,
        "mutability": "writeOnly", "returned": "never", "uniqueness": "none"});
    assert_eq!(*irk, expected);
}

/// R-EXT-01, 04, R-DEV-02: a device is created, read, replaced, changed and deleted as a user is.
async fn a_device(app: &App) {
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
async fn characteristics(app: &App) {
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
async fn queries(app: &App) {
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
async fn required_extension(app: &App) {
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
async fn bulk(app: &App) {
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

/// R-LIST-05: queries over all types find these too.
async fn across_types(app: &App) {
    let scim = &app.scim;
    let name = unique("x");
    let user = json!({"userName": name, "displayName": format!("{name}-b")});
    scim.post("/Users", &user).await.expect(201);
    scim.create_group(&format!("{name}-c"), &[]).await;
    for letter in ["a", "d"] {
        let device = json!({"displayName": format!("{name}-{letter}"), "active": true});
        scim.post("/Devices", &device).await.expect(201);
    }
    let filter = format!("displayName sw \"{name}\"");
    let letters = |found: Vec<String>| -> String {
        found
            .iter()
            .filter_map(|name| name.chars().last())
            .collect()
    };
    let in_turn = names(query(scim, "/", &[("filter", &filter)]).await);
    assert_eq!(letters(in_turn), "bcad");
    let sorted = [
        ("filter", &*filter),
        ("sortBy", "displayName"),
        ("sortOrder", "descending"),
    ];
    assert_eq!(letters(names(query(scim, "/", &sorted).await)), "dcba");
    for sort in [&[][..], &[("sortBy", "displayName")][..]] {
        let (mut cursor, mut walked) = (String::new(), Vec::new());
        loop {
            let parameters = [
                &[("filter", &*filter), ("cursor", &*cursor), ("count", "1")],
                sort,
            ]
            .concat();
            let page = query(scim, "/", &parameters).await.expect(200).body;
            for resource in page["Resources"].as_array().into_iter().flatten() {
                walked.push(resource["displayName"].as_str().expect("a name").to_owned());
            }
            match page.get("nextCursor") {
                Some(next) => next.as_str().expect("a text").clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(
            letters(walked),
            if sort.is_empty() { "bcad" } else { "abcd" }
        );
    }
    let devices = format!("{filter} and meta.resourceType eq \"Device\"");
    assert_eq!(
        letters(names(query(scim, "/", &[("filter", &devices)]).await)),
        "ad"
    );
}

/// R-EXT-01 to 04, R-EXT-06 on users.
async fn users(app: &App) {
    let scim = &app.scim;
    let sent = json!({"schemas": [USER], "userName": "ann", "nickName": "core",
        ACME_USER: {"badge": 7, "nickname": "Ext", "skills": ["Rust"], "firstDay": "2026-01-01T00:00:00Z", "allergies": "nuts",
            "desks": [{"value": "A", "floor": 2}]}});
    let ann = scim.post("/Users", &sent).await.expect(201);
    assert!(
        ann.body["schemas"]
            .as_array()
            .expect("schemas")
            .contains(&json!(ACME_USER))
    );
    assert_eq!(ann.body["nickName"], "core");
    assert_eq!(ann.body[ACME_USER]["nickname"], "Ext");
    let path = format!("/Users/{}", ann.id());
    let shown = scim.get(&path).await.expect(200).body;
    assert_eq!(shown[ACME_USER].get("allergies"), None);
    let attributes = format!("{ACME_USER}:allergies,{ACME_USER}:badge");
    let shown = query(scim, &path, &[("attributes", &attributes)])
        .await
        .expect(200)
        .body;
    assert_eq!(shown[ACME_USER], json!({"badge": 7, "allergies": "nuts"}));
    for (filter, found) in [
        (format!("{ACME_USER}:badge ge 7"), 1),
        (format!("{ACME_USER}:badge gt 7"), 0),
        ("badge eq 7".to_owned(), 1),
        (format!("{ACME_USER}:nickname eq \"ext\""), 0),
        (format!("{ACME_USER}:skills eq \"rust\""), 1),
        (
            format!("{ACME_USER}:desks[value eq \"a\" and floor eq 2]"),
            1,
        ),
        ("nickname eq \"CORE\"".to_owned(), 1),
        (format!("schemas eq \"{ACME_USER}\""), 1),
    ] {
        let body = scim.find("/Users", &filter).await.expect(200).body;
        assert_eq!(body["totalResults"], found, "{filter}");
    }
    let bob = scim.create_user("bob").await;
    let badge =
        |number: i64| json!([{"op": "add", "path": format!("{ACME_USER}:badge"), "value": number}]);
    scim.patch(&format!("/Users/{bob}"), badge(7))
        .await
        .expect_error(409, Some("uniqueness"));
    let bob = scim
        .patch(&format!("/Users/{bob}"), badge(8))
        .await
        .expect(200)
        .body;
    assert!(
        bob["schemas"]
            .as_array()
            .expect("schemas")
            .contains(&json!(ACME_USER))
    );
    let sorted = [
        ("sortBy", &*format!("{ACME_USER}:badge")),
        ("sortOrder", "descending"),
    ];
    let sorted = query(scim, "/Users", &sorted).await.expect(200).body;
    assert_eq!(sorted["Resources"][0]["userName"], "bob");
    let later = json!([{"op": "replace", "path": format!("{ACME_USER}:firstDay"), "value": "2027-01-01T00:00:00Z"}]);
    scim.patch(&path, later)
        .await
        .expect_error(400, Some("mutability"));
    let desk = json!([{"op": "replace", "path": format!("{ACME_USER}:desks[floor eq 2].value"), "value": "B"}]);
    let moved = scim.patch(&path, desk).await.expect(200).body;
    assert_eq!(
        moved[ACME_USER]["desks"],
        json!([{"value": "B", "floor": 2}])
    );
    scim.delete(&path).await.expect(204);
    scim.post(
        "/Users",
        &json!({"userName": "eve", ACME_USER: {"badge": 7}}),
    )
    .await
    .expect(201);
}

async fn groups(app: &App) {
    let scim = &app.scim;
    let sent = json!({"schemas": [GROUP, ACME_GROUP], "displayName": "g", ACME_GROUP: {"costCentre": "K1"}});
    let group = scim.post("/Groups", &sent).await.expect(201);
    assert_eq!(group.body[ACME_GROUP], json!({"costCentre": "K1"}));
    assert_eq!(group.body["schemas"], json!([GROUP, ACME_GROUP]));
    let path = format!("/Groups/{}", group.id());
    let operations =
        json!([{"op": "replace", "path": format!("{ACME_GROUP}:costCentre"), "value": "K2"}]);
    scim.patch(&path, operations).await.expect(204);
    let filter = format!("{ACME_GROUP}:costCentre eq \"k2\"");
    assert_eq!(names(scim.find("/Groups", &filter).await), ["g"]);
    let filter = format!("schemas eq \"{ACME_GROUP}\"");
    assert_eq!(names(scim.find("/Groups", &filter).await), ["g"]);
}

/// R-ATTR-18, R-EXT-06 in the strict dialect.
async fn strict(app: &App) {
    let options = json!({"strict": true});
    app.admin()
        .post("/account-options/", &options)
        .await
        .expect(200);
    let scim = &app.scim;
    let unknown = json!({"schemas": [DEVICE], "active": true, "colour": "red"});
    scim.post("/Devices", &unknown)
        .await
        .expect_error(400, Some("invalidSyntax"));
    scim.post("/Devices", &json!({"active": true}))
        .await
        .expect_error(400, Some("invalidSyntax"));
    let device = json!({"schemas": [DEVICE], "active": true});
    scim.post("/Devices", &device).await.expect(201);
    scim.find("/Users", "badge eq 7")
        .await
        .expect_error(400, Some("invalidFilter"));
}

/// A bad file stops each process that reads it, and is named.
#[test]
fn a_bad_file_stops_the_process() {
    let directory = std::env::temp_dir().join(unique("schemas"));
    std::fs::create_dir(&directory).expect("a folder");
    let file = directory.join("schemas.json");
    let schema = json!({"id": "urn:example:X", "attributes": [{"name": "x", "type": "strnig"}]});
    std::fs::write(&file, json!({"schemas": [schema]}).to_string()).expect("a file");
    let binaries = std::env::current_exe().expect("own path");
    let binaries = binaries.ancestors().nth(2).expect("target/debug");
    for process in ["gateway", "identity", "group"] {
        let output = Command::new(binaries.join(process))
            .env("SCIM_SCHEMAS", &file)
            .output()
            .expect(process);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!output.status.success(), "{process}: {text}");
        assert!(
            text.contains("SCIM_SCHEMAS") && text.contains("strnig"),
            "{process}: {text}"
        );
    }
    std::fs::remove_dir_all(&directory).expect("removed");
}
