//! Bodies as JSON and as forms, paths with and without a slash at the end (account-behaviour §2A).

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};

use crate::{
    client::Response,
    harness::{App, unique},
};

/// One body in each of the three forms.
async fn each(app: &App, path: &str, body: &[(&str, String)]) -> [Response; 3] {
    let fields: Map<String, Value> = body
        .iter()
        .map(|(name, value)| {
            let value = match value.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                text => json!(text),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    [
        app.admin().post(path, &Value::Object(fields)).await,
        send(
            app,
            path,
            "application/x-www-form-urlencoded",
            encoded(body),
        )
        .await,
        send(
            app,
            path,
            "multipart/form-data; boundary=--x",
            multipart(body),
        )
        .await,
    ]
}

async fn send(app: &App, path: &str, media_type: &str, body: String) -> Response {
    let request = app.admin().request(Method::POST, path);
    let request = request.header(CONTENT_TYPE, media_type).body(body);
    app.admin().send(request).await
}

fn encoded(body: &[(&str, String)]) -> String {
    let pairs = body.iter().map(|(name, value)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn multipart(body: &[(&str, String)]) -> String {
    let parts = body.iter().map(|(name, value)| {
        format!("----x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    parts.collect::<String>() + "----x--\r\n"
}

fn pairs<const N: usize>(body: [(&'static str, &str); N]) -> Vec<(&'static str, String)> {
    body.map(|(name, value)| (name, value.to_owned())).into()
}

/// E10, T1: the same from each form; unknown and missing fields are refused in each.
#[tokio::test]
async fn three_media_types() {
    let app = App::start().await;
    for path in ["/scim-config/", "/scim-config"] {
        for (enabled, manual) in [("true", "false"), ("false", "true"), ("true", "true")] {
            let body = pairs([
                ("enabled", enabled),
                ("manual_updates_allowed", manual),
                ("scim_controlled_license_type", manual),
            ]);
            for written in each(&app, path, &body).await {
                let data = &written.expect(200).body["data"];
                assert_eq!(data["enabled"].to_string(), enabled);
                assert_eq!(data["manual_updates_allowed"].to_string(), manual);
                assert_eq!(data["scim_controlled_license_type"].to_string(), manual);
            }
        }
    }
    let name = format!("okta, {}", unique("é+&="));
    for path in ["/scim-config/tokens/", "/scim-config/tokens"] {
        for made in each(&app, path, &pairs([("name", &name)])).await {
            assert_eq!(made.expect(200).body["data"]["name"], json!(name));
        }
    }
    for (path, bad) in [
        ("/scim-config/", pairs([("enabled", "true")])),
        (
            "/scim-config/",
            pairs([("enabled", "yes"), ("manual_updates_allowed", "true")]),
        ),
        (
            "/scim-config/",
            pairs([
                ("enabled", "true"),
                ("manual_updates_allowed", "true"),
                ("more", "1"),
            ]),
        ),
        (
            "/scim-config/tokens/",
            pairs([("name", "x"), ("scope", "all")]),
        ),
        ("/scim-config/tokens/", pairs([("nom", "x")])),
    ] {
        for refused in each(&app, path, &bad).await {
            let body = refused.expect(400).body;
            assert_eq!(body["status"]["is_success"], json!(false));
        }
    }
}

/// A file is no text, and a form that is none is refused.
#[tokio::test]
async fn malformed_forms() {
    let app = App::start().await;
    let file = "--b\r\nContent-Disposition: form-data; name=\"name\"; filename=\"n.txt\"\r\n\r\nokta\r\n--b--";
    for (media_type, body, status) in [
        ("multipart/form-data; boundary=b", file, 400),
        ("multipart/form-data", "--b\r\n", 400),
        ("multipart/form-data; boundary=b", "name=okta", 400),
        ("application/x-www-form-urlencoded", "name=%ff", 400),
        ("text/plain", "name=okta", 415),
        ("multipart/mixed; boundary=b", "--b--", 415),
    ] {
        let path = "/scim-config/tokens/";
        let answer = send(&app, path, media_type, body.to_owned()).await;
        answer.expect(status);
    }
}
