//! R-REG-ERR-01 and 03, R-REG-AUTH-01 to 05: errors, the configuration, tokens. (R-REG-ERR-02 is
//! `scim::bulk`; R-REG-ERR-04, nothing that a client sends gives a 5xx, is `idp`.)

use reqwest::Method;
use serde_json::{Value, json};

use super::users;
use crate::harness::{App, unique};

/// R-ERR-01/03/05/06/07, R-HTTP-14, R-OKTA-20, R-TEST-09: of every kind of failure, the body is a SCIM Error of its media type.
#[tokio::test]
async fn r_reg_err_01_every_error_is_a_scim_error() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let name = unique("taken");
    app.scim.create_user(&name).await;
    let schemas = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    let taken = json!({"schemas": schemas, "userName": name}).to_string();
    let one = format!("/Users/{user}");
    let scim_json = ("content-type", "application/scim+json");
    let cases = vec![
        (Method::GET, "/Nothing/here", vec![], String::new(), 404),
        (Method::GET, "/Users/unknown", vec![], String::new(), 404),
        (Method::GET, "/Users/%FF", vec![], String::new(), 404),
        (Method::TRACE, "/Users", vec![], String::new(), 405),
        (Method::PUT, "/Users", vec![scim_json], "{}".to_owned(), 405),
        (
            Method::from_bytes(b"QUERY").unwrap(),
            "/Users",
            vec![],
            String::new(),
            405,
        ),
        (
            Method::POST,
            "/Users",
            vec![scim_json],
            "<xml/>".to_owned(),
            400,
        ),
        (Method::POST, "/Users", vec![scim_json], taken, 409),
        (
            Method::POST,
            "/Users",
            vec![("content-type", "text/csv")],
            "a,b".to_owned(),
            415,
        ),
        (
            Method::PATCH,
            &one,
            vec![scim_json, ("if-match", "W/\"77\"")],
            "{\"Operations\":[]}".to_owned(),
            412,
        ),
        (
            Method::POST,
            "/Users",
            vec![scim_json],
            format!("{{\"a\":\"{}\"}}", "x".repeat(5 << 20)),
            413,
        ),
        (
            Method::GET,
            "/Users?filter=nonsense",
            vec![],
            String::new(),
            400,
        ),
        (Method::GET, "/Users?count=x", vec![], String::new(), 400),
        (Method::GET, "/Me", vec![], String::new(), 501),
        (
            Method::GET,
            "/Schemas?filter=id+pr",
            vec![],
            String::new(),
            403,
        ),
    ];
    for (method, path, headers, body, status) in cases {
        let mut request = app.scim.request(method.clone(), path).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = app.scim.send(request).await;
        let scim_type = answer.body["scimType"].as_str().map(str::to_owned);
        let answer = answer.expect_error(status, scim_type.as_deref());
        assert!(
            answer.body["detail"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{method} {path}"
        );
        assert!(!answer.header("x-request-id").is_empty(), "R-ERR-06");
        let text = answer.body.to_string();
        for inside in [
            "tonic",
            "postgres",
            "SELECT",
            "diesel",
            "panicked",
            "src/",
            "127.0.0.1",
        ] {
            assert!(!text.contains(inside), "R-ERR-05: {text}");
        }
    }
    let unknown = uuid::Uuid::now_v7();
    for (collection, filter) in [
        ("/Users", format!("userName eq \"{unknown}\"")),
        ("/Groups", format!("displayName eq \"{unknown}\"")),
    ] {
        let body = app.scim.find(collection, &filter).await.expect(200).body;
        assert_eq!(
            body["totalResults"],
            json!(0),
            "R-LIST-02: Entra's connection test"
        );
    }
}

#[tokio::test]
async fn r_reg_err_03_bulk_limits_are_integers() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    assert!(config["bulk"]["supported"].is_boolean());
    for limit in [
        "/bulk/maxOperations",
        "/bulk/maxPayloadSize",
        "/filter/maxResults",
    ] {
        assert!(
            config.pointer(limit).is_some_and(Value::is_u64),
            "{limit}: {config:#}"
        );
    }
}

/// R-AUTH-01: every shape of a header that names no live token.
#[tokio::test]
async fn r_reg_auth_01_no_token_is_401_with_a_challenge() {
    let app = App::start().await;
    let token = app.scim.token.clone();
    let anonymous = app.scim.with_token("");
    let cut = &token[..token.len() - 1];
    let values = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {token}"),
        token.clone(),
        format!("Bearer {cut}"),
        format!("Bearer {token}x"),
        format!("Bearer {token} {token}"),
        format!("Bearer,{token}"),
        "Bearer null".to_owned(),
        "Bearer undefined".to_owned(),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {}", "x".repeat(6_000)),
    ];
    for value in &values {
        for (method, path) in [
            (Method::GET, "/Users"),
            (Method::POST, "/Groups"),
            (Method::DELETE, "/Users/x"),
        ] {
            let request = anonymous
                .request(method.clone(), path)
                .header("authorization", value)
                .json(&json!({}));
            let answer = anonymous.send(request).await.expect_error(401, None);
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{value}"
            );
        }
    }
    let twice = app
        .scim
        .request(Method::GET, "/Users")
        .header("authorization", "Bearer other");
    app.scim.send(twice).await.expect_error(401, None);
    // The scheme's case does not matter (RFC 7235).
    let lower = anonymous
        .request(Method::GET, "/Users")
        .header("authorization", format!("bearer {token}"));
    anonymous.send(lower).await.expect(200);
    // Not in the query either.
    anonymous
        .get(&format!("/Users?access_token={token}"))
        .await
        .expect_error(401, None);
}

/// R-HTTP-21: absent, empty or odd.
#[tokio::test]
async fn r_reg_auth_02_any_user_agent_is_served() {
    let app = App::start().await;
    app.scim.get("/Users").await.expect(200);
    for agent in ["", " ", "-", "Mozilla/5.0", "\u{e9}", &"a".repeat(2_000)] {
        let value = reqwest::header::HeaderValue::from_bytes(agent.as_bytes()).unwrap();
        let request = app
            .scim
            .request(Method::GET, "/Users")
            .header("user-agent", value);
        app.scim.send(request).await.expect(200);
    }
}

/// R13, R17: tokens are minted by an admin token of the account itself, and by nothing else.
#[tokio::test]
async fn r_reg_auth_04_nobody_mints_tokens_for_another_account() {
    let (ours, theirs) = (App::start().await, App::start().await);
    let path = "/scim-config/tokens/";
    let body = json!({"name": "mine"});
    for token in [
        &ours.admin().token,
        &ours.scim.token,
        &theirs.scim.token,
        "",
        "wrong",
    ] {
        let client = theirs.admin().with_token(token);
        client.post(path, &body).await.expect(401);
        client.get(path).await.expect(401);
        client
            .post(
                "/scim-config/",
                &json!({"enabled": true, "manual_updates_allowed": true}),
            )
            .await
            .expect(401);
        client.delete(&format!("{path}1/")).await.expect(401);
    }
    assert_eq!(
        theirs.admin().get(path).await.expect(200).body["extra"]["pagination"]["total_count"],
        json!(1)
    );
    // R13: no account, or none that is a number.
    for account in [
        "",
        "0",
        "-1",
        "abc",
        "9223372036854775808",
        "%31",
        "1.0",
        "01",
    ] {
        let mut nowhere = ours.admin().clone();
        let (head, _) = nowhere.base_url.rsplit_once('/').unwrap();
        nowhere.base_url = format!("{head}/{account}");
        for path in ["/scim-config/", path, "/account-options/"] {
            let status = nowhere.get(path).await.status.as_u16();
            assert!(
                matches!(status, 401 | 403 | 404),
                "{account}{path}: {status}"
            );
        }
    }
}

/// R-AUTH-06: reading counts as use. (That a deleted token is refused at once is `admin::tokens`.)
#[tokio::test]
async fn r_reg_auth_05_reading_counts_as_use() {
    let app = App::start().await;
    let path = "/scim-config/tokens/";
    let made = app
        .admin()
        .post(path, &json!({"name": unique("reader")}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let one = format!("{path}{}/", made["id"]);
    assert_eq!(
        app.admin().get(&one).await.expect(200).body["data"]["last_used"],
        Value::Null
    );
    let reader = app.scim.with_token(made["token_string"].as_str().unwrap());
    for _ in 0..100 {
        reader.get("/Users?count=0").await.expect(200);
        let read = app.admin().get(&one).await.expect(200).body["data"].clone();
        if read["last_used"].is_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the token was never noted as used");
}

/// R36, R-DISC-05, R-TEST-08: each number of the configuration is what is enforced.
#[tokio::test]
async fn r36_limits_are_those_published() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    let number = |pointer: &str| config.pointer(pointer).and_then(Value::as_u64).unwrap();
    let max = number("/filter/maxResults");
    assert!(max >= 200, "R-PAGE-03");
    users(&app, 2).await;
    for count in [max, max + 1, 1_000_000] {
        let body = app
            .scim
            .get(&format!("/Users?count={count}"))
            .await
            .expect(200)
            .body;
        assert!(body["itemsPerPage"].as_u64() <= Some(max));
    }
    for (feature, supported) in [
        ("patch", true),
        ("filter", true),
        ("sort", true),
        ("etag", true),
        ("changePassword", false),
    ] {
        assert_eq!(config[feature]["supported"], json!(supported), "{feature}");
    }
    let bulk = config["bulk"]["supported"] == json!(true);
    let answer = app.scim.post("/Bulk", &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []})).await;
    assert_eq!(
        answer.status.as_u16() != 501,
        bulk,
        "what is on is on, what is off is off"
    );
}
