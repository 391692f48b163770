//! The console (product rules 1, 11, 12, 13, 15; account-behaviour §3), as a browser without scripts sees it.

use reqwest::{
    Method, Url,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE},
    redirect::Policy,
};
use serde_json::json;

use crate::harness::{App, required};

mod configuration;
mod confirm;
mod lock;
mod pages;
mod session;
mod two_at_once;
mod webhook;

/// A browser: it keeps the cookie and the form's token, and goes nowhere by itself.
struct Browser {
    http: reqwest::Client,
    /// Where the console stands.
    url: String,
    cookie: String,
    csrf: String,
}

/// What it got to see.
#[derive(Debug)]
struct Page {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Page {
    /// Itself, if it has this status.
    #[track_caller]
    fn expect(self, status: u16) -> Page {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Itself, if it says this; marks and quotes are as in HTML.
    #[track_caller]
    fn says(self, text: &str) -> Page {
        assert!(self.text.contains(text), "no {text:?} in: {}", self.text);
        self
    }

    /// Itself, if it says this nowhere.
    #[track_caller]
    fn lacks(self, text: &str) -> Page {
        assert!(!self.text.contains(text), "{text:?} in: {}", self.text);
        self
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("a text header"))
    }

    /// Where it leads, under the console's path.
    #[track_caller]
    fn leads(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        let path = self.header(LOCATION.as_str());
        path.strip_prefix("/console")
            .expect("a path of the console")
    }

    /// The text between two others.
    #[track_caller]
    fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| {
            panic!("no {before:?} in: {}", self.text);
        });
        rest.split_once(after).expect("an end").0
    }
}

impl Browser {
    fn new() -> Browser {
        let http = reqwest::Client::builder().redirect(Policy::none());
        Browser {
            http: http.build().expect("a client"),
            url: format!("{}/console", required("PUBLIC_URL")),
            cookie: String::new(),
            csrf: String::new(),
        }
    }

    /// One that is signed in to the account.
    async fn sign_in(app: &App) -> Browser {
        Browser::sign_in_with(app.id(), &app.admin().token).await
    }

    async fn sign_in_with(account_id: i64, token: &str) -> Browser {
        let mut browser = Browser::new();
        let page = browser.try_sign_in(account_id, token).await;
        assert_eq!(page.leads(), "/scim");
        let cookie = page.header(SET_COOKIE.as_str()).split(';').next();
        cookie.unwrap().clone_into(&mut browser.cookie);
        let page = browser.get("/scim").await.expect(200);
        page.between(r#"name="csrf" value=""#, r#"""#)
            .clone_into(&mut browser.csrf);
        browser
    }

    async fn try_sign_in(&self, account_id: i64, token: &str) -> Page {
        let account_id = account_id.to_string();
        let fields = [("account_id", &*account_id), ("token", token)];
        self.send(self.form("/sign-in", &fields)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let response = request.send().await.expect("an answer");
        Page {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("a text"),
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        request.header(COOKIE, &self.cookie)
    }

    async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// A form as a browser sends it from a page of the console.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let form = Url::parse_with_params("http://form", fields).unwrap();
        let request = self.request(Method::POST, path);
        request
            .header(ORIGIN, required("PUBLIC_URL"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned())
    }

    /// As [`Browser::post`], from the page that asks before.
    async fn confirm(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post(path, &[fields, &[("confirmed", "true")]].concat())
            .await
    }

    /// The same with the form's token, sent.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let fields = [fields, &[("csrf", &self.csrf)]].concat();
        self.send(self.form(path, &fields)).await
    }
}

/// A page made with a name that means harm.
const HOSTILE: &str = r#"<script>alert("1")</script>'&"#;
/// What of it a page must never hold.
const HARM: &str = "<script>alert";

/// A user of the account, made over SCIM.
async fn user(app: &App, user_name: &str) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": {"givenName": HOSTILE, "familyName": HOSTILE},
        "displayName": HOSTILE,
        "title": HOSTILE,
        "emails": [{"value": user_name, "primary": true}],
    });
    app.scim.post("/Users", &body).await.expect(201).id()
}
