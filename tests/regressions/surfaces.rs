//! R2, R3: whatever a path is dressed up as, it opens no more than its plain form. Requests go over a bare
//! connection, for HTTP libraries tidy paths up.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{App, unique};

/// Sends one request as it stands and returns status and text of the answer.
async fn send(authority: &str, method: &str, target: &str, token: Option<&str>) -> (u16, String) {
    let mut stream = TcpStream::connect(authority).await.expect("a connection");
    let bearer = token.map_or(String::new(), |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{bearer}Content-Type: application/scim+json\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // What is refused before it is read may be cut off.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (
        status.unwrap_or_else(|| panic!("{method} {target}: {answer:?}")),
        answer,
    )
}

/// The same path in every disguise.
fn disguises(authority: &str, path: &str) -> Vec<String> {
    let (head, last) = path.rsplit_once('/').unwrap();
    let first = last.as_bytes()[0];
    let mut all = vec![
        path.to_owned(),
        format!("{head}/%{first:02x}{}", &last[1..]),
        format!("{head}/%{first:02X}{}", &last[1..]),
        format!("{head}/%25{first:02x}{}", &last[1..]),
        format!("{head}%2F{last}"),
        format!("{head}%2f{last}"),
        format!("{head}%252F{last}"),
        format!("{head}//{last}"),
        format!("{head}/./{last}"),
        format!("{head}/%2e/{last}"),
        format!("{head}/x/../{last}"),
        format!("{head}/x/%2e%2e/{last}"),
        format!("{head}/x/%252e%252e/{last}"),
        format!("{head}/..;/{last}"),
        format!("{head}/{last};x"),
        format!("{head}/{last};/x"),
        format!("{head}/{last}/"),
        format!("{head}/{last}//"),
        format!("{head}/{last}/."),
        format!("{head}/{last}%20"),
        format!("{head}/{last}%00"),
        format!("{head}/{last}.json"),
        format!("{head}/{last}.scim"),
        format!("{head}/{last}?token=x"),
        format!("{head}/{last}%3Fx"),
        format!("{head}/{}", last.to_lowercase()),
        format!("{head}/{}", last.to_uppercase()),
        format!("/{path}"),
        format!("/livez/..{path}"),
        format!("/livez/%2e%2e{path}"),
        format!("/livez;{path}"),
        format!("/readyz/%2F..{path}"),
        format!("/console/..{path}"),
        format!("http://{authority}{path}"),
        format!("http://elsewhere.test{path}"),
        format!("http://elsewhere.test/{path}"),
        path.replacen("/api", "/%61pi", 1),
        path.replacen("/api", "/API", 1),
        path.replace("/v3/", "/v3%2F"),
    ];
    if path.contains("/scim/v2") {
        all.push(path.replace("/scim/v2", "/scim%2Fv2"));
        all.push(path.replace("/scim/v2", "/s%63im/v2"));
        all.push(path.replace("/scim/v2", "/scim/v2/ServiceProviderConfig/.."));
        all.push(path.replace("/scim/v2", "/scim/v2/Schemas%2F.."));
        all.push(path.replace("/scim/v2", "/SCIM/V2"));
    }
    all
}

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Nothing succeeds with such a token, and nothing says what is stored.
async fn nothing_opens(app: &App, paths: &[String], token: Option<&str>, canary: &str) {
    let base = app
        .scim
        .base_url
        .strip_prefix("http://")
        .expect("plain HTTP");
    let (authority, _) = base.split_once('/').expect("a path");
    for path in paths {
        for target in disguises(authority, path) {
            for method in METHODS {
                let (status, answer) = send(authority, method, &target, token).await;
                assert!(
                    matches!(status, 400 | 401 | 404 | 405),
                    "{method} {target}: {status}"
                );
                assert!(!answer.contains(canary), "{method} {target}");
            }
        }
    }
}

/// The paths of one account: those of SCIM that need a token, and those of the admin API.
async fn paths(app: &App, name: &str) -> (Vec<String>, Vec<String>) {
    let account = format!("/api/v3/accounts/{}", app.id());
    let user = app.scim.create_user(name).await;
    let group = app.scim.create_group(name, &[&user]).await;
    let scim = [
        "Users".to_owned(),
        "Groups".to_owned(),
        format!("Users/{user}"),
        format!("Groups/{group}"),
        "Users/.search".to_owned(),
        ".search".to_owned(),
        "Bulk".to_owned(),
        "Me".to_owned(),
    ];
    let admin = [
        "scim-config",
        "scim-config/tokens",
        "scim-config/tokens/1",
        "account-options",
    ];
    (
        scim.iter()
            .map(|path| format!("{account}/scim/v2/{path}"))
            .collect(),
        admin
            .iter()
            .map(|path| format!("{account}/{path}"))
            .collect(),
    )
}

#[tokio::test]
async fn r02_no_disguise_opens_a_path_without_a_token() {
    let app = App::start().await;
    let name = unique("canary");
    let (scim, admin) = paths(&app, &name).await;
    nothing_opens(&app, &scim, None, &name).await;
    nothing_opens(&app, &admin, None, &name).await;
    // The plain form with the right token is served on the same kind of connection.
    let authority = app
        .scim
        .base_url
        .strip_prefix("http://")
        .expect("plain HTTP");
    let (authority, _) = authority.split_once('/').expect("a path");
    for (paths, token) in [(&scim, &app.scim.token), (&admin, &app.admin().token)] {
        let (status, _) = send(authority, "GET", &paths[0], Some(token)).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn r03_no_disguise_opens_a_path_with_the_wrong_kind_of_token() {
    let app = App::start().await;
    let name = unique("canary");
    let (scim, admin) = paths(&app, &name).await;
    nothing_opens(&app, &scim, Some(&app.admin().token), &name).await;
    nothing_opens(&app, &admin, Some(&app.scim.token), &name).await;
    // Nor with the right kind of another account.
    let other = App::start().await;
    nothing_opens(&app, &scim[..4], Some(&other.scim.token), &name).await;
    nothing_opens(&app, &admin[..2], Some(&other.admin().token), &name).await;
}

/// R-AUTH-08, R38: what may be read without a token is this and no more, and holds nobody's data.
#[tokio::test]
async fn r38_only_discovery_is_open() {
    let app = App::start().await;
    let name = unique("canary");
    paths(&app, &name).await;
    for path in [
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/Schemas",
        "/ResourceTypes/User",
    ] {
        let read = app.scim.with_token("").get(path).await.expect(200);
        assert!(!read.body.to_string().contains(&name));
        for method in [
            reqwest::Method::POST,
            reqwest::Method::PUT,
            reqwest::Method::DELETE,
        ] {
            let request = app
                .scim
                .with_token("")
                .request(method, path)
                .json(&serde_json::json!({}));
            app.scim.send(request).await.expect_error(405, None);
        }
    }
}
