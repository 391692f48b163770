//! R-REG-FILTER-01 to 07, and R8, R9, R26, R32 over the wire.

use serde_json::{Value, json};

use super::{ENTERPRISE, USER, users};
use crate::harness::{App, unique};

/// The nick names that a filter finds among the users of this title.
async fn found(app: &App, title: &str, filter: &str) -> Vec<String> {
    let filter = format!("title eq \"{title}\" and ({filter})");
    let body = app.scim.find("/Users", &filter).await.expect(200).body;
    let mut names: Vec<String> = body["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["nickName"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn create(app: &App, title: &str, nick_name: &str, more: Value) -> String {
    let mut body = json!({"schemas": [USER, ENTERPRISE], "userName": format!("{nick_name}{title}"), "nickName": nick_name, "title": title});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    app.scim.post("/Users", &body).await.expect(201).id()
}

#[tokio::test]
async fn r_reg_filter_01_brackets_and_precedence() {
    let app = App::start().await;
    let title = unique("t");
    for (nick, user_type, locale) in [
        ("a", "x", "en"),
        ("b", "x", "fr"),
        ("c", "y", "en"),
        ("d", "y", "fr"),
    ] {
        create(
            &app,
            &title,
            nick,
            json!({"userType": user_type, "locale": locale}),
        )
        .await;
    }
    let [x, en, a] = ["userType eq \"x\"", "locale eq \"en\"", "nickName eq \"a\""];
    for (filter, expected) in [
        (format!("{a} or {x} and {en}"), "a"),
        (format!("({a} or {x}) and {en}"), "a"),
        (format!("{x} or {en} and {a}"), "ab"),
        (format!("({x} or {en}) and {a}"), "a"),
        (format!("not ({x}) or {en}"), "acd"),
        (format!("not ({x} or {en})"), "d"),
        (format!("not ({x}) and not ({en})"), "d"),
        (
            format!("({x} and ({en} or {a})) or (not ({x}) and not ({en}))"),
            "ad",
        ),
    ] {
        assert_eq!(
            found(&app, &title, &filter).await.concat(),
            expected,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn r_reg_filter_02_values_may_hold_anything() {
    let app = App::start().await;
    let title = unique("t");
    let values = [
        "this and that",
        "a or b",
        "not (x)",
        "]",
        "[type eq \"x\"]",
        "it's",
        "say \"hi\"",
        "back\\slash",
        "  spaced  ",
        "a\tb\nc",
        "100%",
        "under_score",
        "semi;colon",
        "' OR 1=1 --",
        "{json}",
        "\u{1F600}",
        "e\u{301}",
        "/slash/",
        "+plus&amp=1#hash",
    ];
    for (n, value) in values.iter().enumerate() {
        create(&app, &title, &format!("{n}"), json!({"displayName": value})).await;
    }
    for (n, value) in values.iter().enumerate() {
        let filter = format!("displayName eq {}", json!(value));
        assert_eq!(
            found(&app, &title, &filter).await,
            [n.to_string()],
            "{filter}"
        );
    }
}

/// R-FILTER-06: 400, never all and never a part of what was asked.
#[tokio::test]
async fn r_reg_filter_03_a_bad_filter_finds_nothing() {
    let app = App::start().await;
    users(&app, 1).await;
    for filter in [
        "userName eq \"a\" and",
        "userName eq \"a\" and and title pr",
        "userName eq \"a\" title pr",
        "userName eq \"a\" or (title pr",
        "userName eq \"a\")",
        "userName equals \"a\"",
        "userName = \"a\"",
        "userName eq \"a\" && title pr",
        "eq \"a\"",
        "\"a\" eq userName",
        "userName eq \"a\" and noSuch eq \"b\"",
        "userName like \"%\"",
        "1 eq 1",
        "true",
        "()",
        "userName",
        "*",
    ] {
        for collection in ["/Users", "/Groups"] {
            app.scim
                .find(collection, filter)
                .await
                .expect_error(400, Some("invalidFilter"));
        }
    }
}

#[tokio::test]
async fn r_reg_filter_04_leading_not_and_urns() {
    let app = App::start().await;
    let title = unique("t");
    create(
        &app,
        &title,
        "a",
        json!({"active": true, ENTERPRISE: {"department": "IT", "manager": {"value": "m-1"}}}),
    )
    .await;
    create(&app, &title, "b", json!({"active": false})).await;
    for (filter, expected) in [
        ("not (active eq true)".to_owned(), "b"),
        ("not(active eq true)".to_owned(), "b"),
        ("NOT (not (active eq true))".to_owned(), "a"),
        (format!("{ENTERPRISE}:department eq \"it\""), "a"),
        (format!("{}:DEPARTMENT pr", ENTERPRISE.to_uppercase()), "a"),
        (format!("not ({ENTERPRISE}:department pr)"), "b"),
        (format!("{ENTERPRISE}:manager.value eq \"m-1\""), "a"),
        (format!("{ENTERPRISE}.department eq \"IT\""), "a"),
        ("manager eq \"m-1\"".to_owned(), "a"),
        (format!("{USER}:nickName eq \"B\""), "b"),
        (format!("schemas eq \"{ENTERPRISE}\""), "a"),
    ] {
        assert_eq!(
            found(&app, &title, &filter).await.concat(),
            expected,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn r_reg_filter_05_a_value_path_may_have_a_tail() {
    let app = App::start().await;
    let title = unique("t");
    create(&app, &title, "a", json!({"emails": [{"type": "work", "value": "a@x.test"}, {"type": "home", "value": "b@x.test"}]})).await;
    create(
        &app,
        &title,
        "b",
        json!({"emails": [{"type": "home", "value": "a@x.test"}]}),
    )
    .await;
    for filter in [
        "emails[type eq \"work\"].value eq \"A@x.test\"",
        "emails[type eq \"work\"] eq \"a@x.test\"",
        "emails[type eq \"work\" and value eq \"a@x.test\"]",
        "EMAILS[TYPE eq \"Work\"].VALUE Eq \"a@x.test\"",
    ] {
        assert_eq!(found(&app, &title, filter).await, ["a"], "{filter}");
    }
}

/// Case matters for `externalId` and only there.
#[tokio::test]
async fn r_reg_filter_06_external_ids_are_found() {
    let app = App::start().await;
    let id = format!("{}-Guid", uuid::Uuid::now_v7());
    let user = app
        .scim
        .post(
            "/Users",
            &json!({"schemas": [USER], "userName": unique("u"), "externalId": id}),
        )
        .await
        .expect(201);
    let group = app
        .scim
        .post(
            "/Groups",
            &json!({"schemas": [super::GROUP], "displayName": unique("g"), "externalId": id}),
        )
        .await
        .expect(201);
    for (collection, made) in [("/Users", user), ("/Groups", group)] {
        let body = app
            .scim
            .find(collection, &format!("externalId eq \"{id}\""))
            .await
            .expect(200)
            .body;
        assert_eq!(
            body["Resources"],
            json!([app
                .scim
                .get(&format!("{collection}/{}", made.id()))
                .await
                .body])
        );
        let body = app
            .scim
            .find(
                collection,
                &format!("externalId eq \"{}\"", id.to_uppercase()),
            )
            .await
            .expect(200)
            .body;
        assert_eq!(body["totalResults"], json!(0));
    }
}

/// The index behind it is proved by `services/identity` and `services/group`.
#[tokio::test]
async fn r_reg_filter_07_names_match_in_any_case() {
    let app = App::start().await;
    let name = unique("Mixed.Case@Acme.test");
    let user = app.scim.create_user(&name).await;
    let group = app.scim.create_group(&name, &[&user]).await;
    for text in [name.clone(), name.to_uppercase(), name.to_lowercase()] {
        for (collection, attribute, id) in [
            ("/Users", "userName", &user),
            ("/Groups", "displayName", &group),
        ] {
            let body = app
                .scim
                .find(collection, &format!("{attribute} eq \"{text}\""))
                .await
                .expect(200)
                .body;
            assert_eq!(body["Resources"][0]["id"], json!(id), "{text}");
            assert_eq!(
                body["Resources"][0][attribute],
                json!(name),
                "as it was sent"
            );
        }
    }
    let body = app
        .scim
        .find("/Users", &format!("id eq \"{}\"", user.to_uppercase()))
        .await
        .expect(200)
        .body;
    assert_eq!(body["totalResults"], json!(0), "ids are case-exact");
}

/// R8, R9: however a filter or path nests, the answer is a short 400 and the process lives.
#[tokio::test]
async fn r08_r09_nesting_is_refused_and_nobody_dies() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let deep = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let mut corpus = Vec::new();
    for depth in [33, 200, 1_000, 2_000] {
        corpus.extend([
            deep("(", "title pr", ")", depth),
            deep("not (", "title pr", ")", depth),
            deep("not(", "(", "", depth),
            deep("not(", "\u{1}", "", depth),
            deep("emails[", "type pr", "]", depth),
            deep("emails[not (", "type pr", ")]", depth),
            deep("(title pr and ", "title pr", ")", depth),
            deep("title pr or ", "title pr", "", 201 + depth),
            "(".repeat(depth),
            "[".repeat(depth),
        ]);
    }
    corpus.push(format!("title eq \"{}\"", "x".repeat(16_384)));
    for filter in &corpus {
        for collection in ["/Users", "/Groups"] {
            // So long a target is refused by HTTP itself, before SCIM sees it.
            let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter});
            let answer = app
                .scim
                .post(&format!("{collection}/.search"), &body)
                .await
                .expect_error(400, Some("invalidFilter"));
            assert!(
                answer.body["detail"].as_str().unwrap().len() < 300,
                "it does not echo the filter"
            );
            if filter.len() < 6_000 {
                app.scim
                    .find(collection, filter)
                    .await
                    .expect_error(400, Some("invalidFilter"));
            }
        }
        let operation =
            json!([{"op": "replace", "path": format!("emails[{filter}].value"), "value": "x"}]);
        let answer = app
            .scim
            .patch(&format!("/Users/{user}"), operation)
            .await
            .expect(400);
        assert!(
            answer.body["detail"].as_str().unwrap().len() < 300,
            "it does not echo the path"
        );
    }
    // With a bad token as well: what is parsed first must not matter.
    for filter in &corpus[..4] {
        app.scim
            .with_token("wrong")
            .find("/Users", filter)
            .await
            .expect_error(401, None);
    }
    app.scim.get("/Users?count=1").await.expect(200);
}

/// R26: any text that a name can have can be looked for.
#[tokio::test]
async fn r26_filters_take_all_of_unicode() {
    let app = App::start().await;
    let tail = unique("");
    for (stored, asked) in [
        ("Žižek", "ŽIŽEK"),
        ("Ångström", "A\u{30a}ngstro\u{308}m"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İstanbul", "i\u{307}stanbul"),
        ("ｆｕｌｌ", "FULL"),
        ("日本語", "日本語"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("مرحبا", "مرحبا"),
    ] {
        let id = app.scim.create_user(&format!("{stored}{tail}")).await;
        for path in [
            "userName",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
        ] {
            let body = app
                .scim
                .find("/Users", &format!("{path} eq \"{asked}{tail}\""))
                .await
                .expect(200)
                .body;
            assert_eq!(body["Resources"][0]["id"], json!(id), "{asked}");
            assert_eq!(
                body["Resources"][0]["userName"],
                json!(format!("{stored}{tail}"))
            );
        }
        let twin = json!({"schemas": [USER], "userName": format!("{asked}{tail}")});
        app.scim
            .post("/Users", &twin)
            .await
            .expect_error(409, Some("uniqueness"));
    }
    // The Turkish dotless i is another letter.
    app.scim.create_user(&format!("Istanbul{tail}")).await;
    app.scim.create_user(&format!("ıstanbul{tail}")).await;
}

/// R32, R-FILTER-29: nothing in a value or a name reaches SQL as SQL.
#[tokio::test]
async fn r32_filters_cannot_inject() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("victim")).await;
    for value in [
        "' OR '1'='1",
        "'; DROP TABLE users; --",
        "\\'; SELECT pg_sleep(5); --",
        "$1",
        "%",
        "_",
        "\\",
        "%' OR 1=1 --",
        "') OR ('1'='1",
        "\" or \"\"=\"",
        "1; SELECT 1",
        "/**/",
        "0x27",
        "{\"$gt\":\"\"}",
        "*)(uid=*",
        "\u{27}\u{2019}",
    ] {
        let text = json!(format!("none-{value}"));
        for filter in [
            format!("userName eq {text}"),
            format!("userName co {text}"),
            format!("userName sw {text}"),
            format!("emails.value ew {text}"),
            format!("nickName co {text}"),
            format!("emails[type eq {text}]"),
            format!("id eq {text}"),
            format!("externalId eq {text}"),
            format!("{ENTERPRISE}:department co {text}"),
            format!("nickName gt {text} and id eq \"no\""),
        ] {
            let body = app.scim.find("/Users", &filter).await.expect(200).body;
            assert_eq!(body["totalResults"], json!(0), "{filter}");
        }
    }
    for name in [
        "userName'--",
        "user\"Name",
        "user_name;drop",
        "a)or(1",
        "pg_catalog.x",
        "attributes->>'x'",
        "id::text",
    ] {
        app.scim
            .find("/Users", &format!("{name} eq \"x\""))
            .await
            .expect_error(400, Some("invalidFilter"));
        app.scim
            .get(&format!("/Users?sortBy={}", name.replace(';', "%3B")))
            .await
            .expect_error(400, Some("invalidValue"));
    }
    app.scim.get(&format!("/Users/{user}")).await.expect(200);
}
