//! HTTP itself, and what no other file has of reading and listing.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{App, unique};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// R-HTTP-01/02/03/04/06: what is accepted and what comes back.
#[tokio::test]
async fn accept_headers() {
    let app = App::start().await;
    for (accept, given) in [
        ("application/scim+json", "application/scim+json"),
        (
            "application/scim+json, application/json;q=0.9",
            "application/scim+json",
        ),
        ("*/*", "application/scim+json"),
        ("application/*", "application/scim+json"),
        ("application/json", "application/json"),
        ("", "application/scim+json"),
    ] {
        let mut request = app.scim.request(Method::GET, "/Users?count=0");
        if !accept.is_empty() {
            request = request.header("accept", accept);
        }
        let answer = app.scim.send(request).await.expect(200);
        assert_eq!(answer.header("content-type"), given, "{accept}");
    }
    for odd in ["text/html", "image/png;q=1", "nonsense", ";;;,"] {
        let request = app
            .scim
            .request(Method::GET, "/Users?count=0")
            .header("accept", odd);
        let status = app.scim.send(request).await.status;
        assert!(matches!(status.as_u16(), 200 | 406), "{odd}: {status}");
    }
    let name = format!("Zoë 👩‍💻 e\u{301} {}", unique("u"));
    let created = app
        .scim
        .post("/Users", &json!({"schemas": [USER], "userName": name}))
        .await
        .expect(201);
    assert_eq!(created.body["userName"], json!(name), "byte for byte");
}

/// R-HTTP-05: a body without a media type is taken for SCIM.
#[tokio::test]
async fn a_media_type_may_be_missing() {
    let app = App::start().await;
    let body = json!({"schemas": [USER], "userName": unique("u")}).to_string();
    let request = app.scim.request(Method::POST, "/Users").body(body);
    app.scim.send(request).await.expect(201);
}

/// R-HTTP-08, R-ENTRA-07: queries are decoded once; `+` is a space, `%2B` a plus.
#[tokio::test]
async fn queries_are_decoded_once() {
    let app = App::start().await;
    let tail = unique("");
    for (name, encoded) in [
        (format!("a+b@x.test{tail}"), format!("a%2Bb@x.test{tail}")),
        (format!("a b{tail}"), format!("a+b{tail}")),
        (format!("a%20b{tail}"), format!("a%2520b{tail}")),
        (
            format!("o'neil&co=#{tail}"),
            format!("o%27neil%26co%3D%23{tail}"),
        ),
    ] {
        let id = app.scim.create_user(&name).await;
        let found = app
            .scim
            .get(&format!("/Users?filter=userName+eq+%22{encoded}%22"))
            .await
            .expect(200);
        assert_eq!(found.body["totalResults"], json!(1), "{encoded}");
        assert_eq!(found.body["Resources"][0]["id"], json!(id), "{encoded}");
    }
    for broken in ["filter=%FF", "filter=userName+eq+%22%C3%28%22"] {
        app.scim.get(&format!("/Users?{broken}")).await.expect(400);
    }
}

/// R-HTTP-09, R-LIST-07/08, R-GET-06: unknown parameters, and on one resource those of lists, mean nothing.
#[tokio::test]
async fn parameters_without_meaning_are_ignored() {
    let app = App::start().await;
    let id = app.scim.create_user(&unique("u")).await;
    let plain = app.scim.get("/Users").await.expect(200).body;
    assert!(
        plain["totalResults"].as_i64() >= Some(1),
        "R-LIST-07: no filter lists all"
    );
    for query in [
        "aadOptscim062020",
        "aadOptscim062020&x=y",
        "noSuch=1",
        "&&",
        "=x",
    ] {
        assert_eq!(
            app.scim
                .get(&format!("/Users?{query}"))
                .await
                .expect(200)
                .body["totalResults"],
            plain["totalResults"],
            "{query}"
        );
    }
    let one = app.scim.get(&format!("/Users/{id}")).await.expect(200).body;
    for query in [
        "filter=userName+eq+%22x%22",
        "sortBy=title&sortOrder=descending",
        "startIndex=7&count=0",
        "cursor=x",
    ] {
        assert_eq!(
            app.scim
                .get(&format!("/Users/{id}?{query}"))
                .await
                .expect(200)
                .body,
            one,
            "{query}"
        );
    }
}

/// R-HTTP-15: HEAD is GET without a body, OPTIONS names the methods.
#[tokio::test]
async fn head_and_options() {
    let app = App::start().await;
    let id = app.scim.create_user(&unique("u")).await;
    for path in [
        format!("/Users/{id}"),
        "/Users".to_owned(),
        "/Schemas".to_owned(),
    ] {
        let get = app.scim.get(&path).await.expect(200);
        let head = app
            .scim
            .send(app.scim.request(Method::HEAD, &path))
            .await
            .expect(200);
        assert_eq!(
            (&head.body, head.header("etag")),
            (&Value::Null, get.header("etag"))
        );
        assert_eq!(head.header("content-type"), get.header("content-type"));
        let options = app
            .scim
            .send(app.scim.request(Method::OPTIONS, &path))
            .await;
        assert_eq!(options.status, StatusCode::NO_CONTENT);
        assert!(options.header("allow").contains("GET"), "{path}");
    }
}

/// R-HTTP-18/19: neither order nor case of names matters, in any message.
#[tokio::test]
async fn order_and_case_of_names() {
    let app = App::start().await;
    let name = unique("u");
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let body = json!({"EMAILS": [{"Primary": true, "VALUE": "a@x.test", "tYpe": "work"}], "username": name, (enterprise.to_uppercase()): {"DEPARTMENT": "IT"},
        "SCHEMAS": [enterprise, USER], "Name": {"givenname": "Ann"}});
    let created = app.scim.post("/Users", &body).await.expect(201);
    assert_eq!(created.body["userName"], json!(name));
    assert_eq!(
        created.body["emails"],
        json!([{"value": "a@x.test", "type": "work", "primary": true}])
    );
    assert_eq!(created.body["name"], json!({"givenName": "Ann"}));
    assert_eq!(created.body[enterprise], json!({"department": "IT"}));
    let path = format!("/Users/{}", created.id());
    let patch = json!({"operations": [{"VALUE": "T", "Path": "TITLE", "OP": "ADD"}], "SCHEMAS": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
    let request = app.scim.request(Method::PATCH, &path).json(&patch);
    assert_eq!(
        app.scim.send(request).await.expect(200).body["title"],
        json!("T")
    );
    let read = app
        .scim
        .get(&format!("{path}?ATTRIBUTES=TITLE"))
        .await
        .expect(200);
    assert_eq!(read.body["title"], json!("T"));
}

/// R-HTTP-22: keep-alive, `Expect: 100-continue`, bodies in chunks, and HTTP/2 without an upgrade.
#[tokio::test]
async fn connections() {
    let app = App::start().await;
    let base = app
        .scim
        .base_url
        .strip_prefix("http://")
        .expect("plain HTTP");
    let (authority, path) = base.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(authority).await.expect("a connection");
    let mut answer = Vec::new();
    for n in 0..3 {
        let body = json!({"schemas": [USER], "userName": unique("chunk")}).to_string();
        let (head, tail) = body.split_at(10);
        let last = if n == 2 { "Connection: close\r\n" } else { "" };
        let request = format!(
            "POST /{path}/Users HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json\r\n{last}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
            app.scim.token
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut buffer = [0; 25];
        stream
            .read_exact(&mut buffer)
            .await
            .expect("an interim answer");
        assert_eq!(&buffer, b"HTTP/1.1 100 Continue\r\n\r\n");
        let chunks = format!(
            "{:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n",
            head.len(),
            tail.len()
        );
        stream.write_all(chunks.as_bytes()).await.expect("sent");
        let mut chunk = [0; 8192];
        if n < 2 {
            let length = stream.read(&mut chunk).await.expect("an answer");
            assert!(
                chunk[..length].starts_with(b"HTTP/1.1 201"),
                "{}",
                String::from_utf8_lossy(&chunk[..length])
            );
        }
    }
    stream
        .read_to_end(&mut answer)
        .await
        .expect("the last answer");
    assert!(answer.starts_with(b"HTTP/1.1 201"));

    // The preface of HTTP/2 and an empty SETTINGS frame are answered with SETTINGS.
    let mut stream = TcpStream::connect(authority).await.expect("a connection");
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .expect("sent");
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).await.expect("a frame");
    assert_eq!(frame[3], 4, "SETTINGS");
}

/// R-ERR-01: an answer that does not wait for the body reaches a slow client that reads only when it has sent it.
#[tokio::test]
async fn a_refusal_before_the_body_is_read_is_answered() {
    let app = App::start().await;
    let base = app
        .scim
        .base_url
        .strip_prefix("http://")
        .expect("plain HTTP");
    let (authority, path) = base.split_once('/').expect("a path");
    let token = &app.scim.token;
    for (authorization, media_type, path, status) in [
        (
            "Bearer wrong",
            "application/json",
            format!("{path}/Users"),
            "401",
        ),
        (
            &*format!("Bearer {token}"),
            "text/plain",
            format!("{path}/Users"),
            "415",
        ),
        (
            &*format!("Bearer {token}"),
            "application/json",
            format!("{path}/None"),
            "404",
        ),
    ] {
        let mut stream = TcpStream::connect(authority).await.expect("a connection");
        let head = format!(
            "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: {authorization}\r\nConnection: close\r\nContent-Type: {media_type}\r\nContent-Length: 1048576\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        for _ in 0..64 {
            let chunk = [b' '; 16 * 1024];
            stream.write_all(&chunk).await.expect("sent to its end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        assert!(answer.contains("urn:ietf:params:scim:api:messages:2.0:Error"));
    }
}

/// R-HTTP-17, R-BULK-11: whoever sends too much is answered, not cut off while sending.
#[tokio::test]
async fn a_body_too_long_is_answered() {
    let app = App::start().await;
    let base = app
        .scim
        .base_url
        .strip_prefix("http://")
        .expect("plain HTTP");
    let (authority, path) = base.split_once('/').expect("a path");
    for framing in ["Content-Length: 5242880", "Transfer-Encoding: chunked"] {
        let mut stream = TcpStream::connect(authority).await.expect("a connection");
        let head = format!(
            "POST /{path}/Bulk HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n{framing}\r\n\r\n",
            app.scim.token
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let body = vec![b' '; 5 << 20];
        if framing.ends_with("chunked") {
            stream.write_all(b"500000\r\n").await.expect("sent");
            stream.write_all(&body).await.expect("sent to its end");
            stream.write_all(b"\r\n0\r\n\r\n").await.expect("sent");
        } else {
            stream.write_all(&body).await.expect("sent to its end");
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 413"), "{framing}");
    }
}

/// R-EP-01/02/03, R-HTTP-11: the endpoints are those announced; PUT makes nothing; an empty collection is a list.
#[tokio::test]
async fn endpoints() {
    let app = App::start().await;
    let types = app.scim.get("/ResourceTypes").await.expect(200).body;
    for resource_type in types["Resources"].as_array().expect("types") {
        let endpoint = resource_type["endpoint"].as_str().expect("an endpoint");
        let list = app.scim.get(endpoint).await.expect(200);
        assert_eq!(
            list.body["schemas"],
            json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
        );
        let nobody = format!("{endpoint}/{}", uuid::Uuid::now_v7());
        let body = json!({"schemas": [resource_type["schema"]], "userName": unique("u"), "displayName": unique("d")});
        app.scim.put(&nobody, &body).await.expect_error(404, None);
        app.scim.get(&nobody).await.expect_error(404, None);
    }
    assert!(app.scim.get("/Groups").await.expect(200).body["Resources"].is_array());
    for path in ["/users", "/GROUPS", "/schemas", "/serviceproviderconfig"] {
        app.scim.get(path).await.expect_error(404, None);
    }
}

/// R-GET-01/02, R-PROJ-12: one resource is projected; filters and orders may use what is left out.
#[tokio::test]
async fn projection_of_one_and_of_lists() {
    let app = App::start().await;
    let title = unique("t");
    let mut ids = Vec::new();
    for nick_name in ["b", "a"] {
        let body = json!({"schemas": [USER], "userName": unique("u"), "title": title, "nickName": nick_name});
        ids.push(app.scim.post("/Users", &body).await.expect(201).id());
    }
    let one = app
        .scim
        .get(&format!("/Users/{}?attributes=nickName", ids[0]))
        .await
        .expect(200);
    assert_eq!(
        one.body,
        json!({"schemas": [USER], "id": ids[0], "nickName": "b"})
    );
    assert!(one.header("etag").starts_with("W/\""), "the headers stay");
    let path = format!("/Users?filter=title+eq+%22{title}%22&sortBy=nickName&attributes=userName");
    let list = app.scim.get(&path).await.expect(200).body;
    let found: Vec<&str> = list["Resources"]
        .as_array()
        .expect("resources")
        .iter()
        .filter_map(|user| user["id"].as_str())
        .collect();
    assert_eq!(found, [&ids[1], &ids[0]]);
    assert!(!list.to_string().contains(&title));
}

/// R-DISC-14/15: discovery is read-only, finds URNs in any case, and can be kept by the client.
#[tokio::test]
async fn discovery_can_be_cached() {
    let app = App::start().await;
    for path in [
        "/Schemas",
        &format!("/Schemas/{}", USER.to_uppercase()),
        "/ResourceTypes/Group",
        "/ServiceProviderConfig",
    ] {
        let read = app.scim.get(path).await.expect(200);
        assert!(read.header("cache-control").contains("private"), "{path}");
        let request = app
            .scim
            .request(Method::GET, path)
            .header("if-none-match", read.header("etag"));
        app.scim.send(request).await.expect(304);
    }
    let schema = app
        .scim
        .get(&format!("/Schemas/{}", USER.to_lowercase()))
        .await
        .expect(200);
    assert_eq!(schema.body["id"], json!(USER));
}

/// R-SEC-11, R-SRCH-05, R-PUT-08, R-ETAG-01: resources are not to be kept; each write names version and place.
#[tokio::test]
async fn headers_of_resources() {
    let app = App::start().await;
    let name = unique("u");
    let id = app.scim.create_user(&name).await;
    let path = format!("/Users/{id}");
    let location = format!("{}{path}", app.scim.base_url);
    let put = app
        .scim
        .put(
            &path,
            &json!({"schemas": [USER], "userName": name, "title": "T"}),
        )
        .await
        .expect(200);
    let patch = app
        .scim
        .patch(&path, json!([{"op": "add", "path": "title", "value": "U"}]))
        .await
        .expect(200);
    let get = app.scim.get(&path).await.expect(200);
    for answer in [&put, &patch, &get] {
        assert_eq!(answer.header("content-location"), location);
        assert_eq!(answer.body["meta"]["version"], json!(answer.header("etag")));
    }
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName pr"});
    let found = app.scim.post("/Users/.search", &search).await.expect(200);
    for answer in [&put, &patch, &get, &found, &app.scim.get("/Users").await] {
        let control = answer.header("cache-control");
        assert!(
            control.contains("no-store") || control.contains("no-cache"),
            "{control:?}"
        );
    }
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let patch = app
        .scim
        .patch(
            &format!("/Groups/{group}"),
            json!([{"op": "replace", "path": "externalId", "value": "x"}]),
        )
        .await
        .expect(204);
    assert!(
        patch.header("etag").starts_with("W/\"") && patch.header("location").ends_with(&group)
            || patch.header("content-location").ends_with(&group)
    );
}

/// R-SEC-09: an id never breaks out of a header or a target.
#[tokio::test]
async fn ids_do_not_split_answers() {
    let app = App::start().await;
    for id in [
        "x%0d%0aSet-Cookie:%20a=b",
        "%0d%0a%0d%0aHTTP/1.1%20200%20OK",
        "user:pass@host",
        "%E2%80%AE",
        "..%5c..%5cetc",
        "%3Cscript%3E",
    ] {
        let answer = app
            .scim
            .get(&format!("/Users/{id}"))
            .await
            .expect_error(404, None);
        assert_eq!(answer.header("set-cookie"), "");
    }
    for group in
        [json!({"schemas": [GROUP], "displayName": format!("{}\r\nX-Evil: 1", unique("g"))})]
    {
        let made = app.scim.post("/Groups", &group).await.expect(201);
        assert_eq!(made.header("x-evil"), "");
        assert_eq!(made.body["displayName"], group["displayName"]);
    }
}
