use serde_json::{Value, json};

use super::{Dialect, Parameters, Search};
use crate::error::Fault;

fn search(query: &str) -> Result<Search, Fault> {
    Parameters::new(query).search(Dialect::Lenient)
}

fn body(body: Value) -> Result<Search, Fault> {
    let Value::Object(body) = body else {
        panic!("not an object")
    };
    Search::from_body(body, Dialect::Lenient)
}

fn scim_type(result: Result<Search, Fault>) -> Option<&'static str> {
    result.err().and_then(|fault| fault.scim_type)
}

/// R-HTTP-08.
#[test]
fn values_are_decoded_once() {
    let table = [
        (
            "filter=userName+eq+%22a%2Bb%40x.test%22",
            r#"userName eq "a+b@x.test""#,
        ),
        ("filter=userName%20eq%20%22%2525%22", r#"userName eq "%25""#),
        ("FILTER=a%3Db%26c", "a=b&c"),
        ("filter=a=b", "a=b"),
        ("x=1&&aadOptscim062020&filter=id+pr", "id pr"),
        ("filter=%C3%84+pr", "Ä pr"),
    ];
    for (query, filter) in table {
        assert_eq!(search(query).unwrap().filter, filter, "{query}");
    }
}

/// R-FILTER-07: never the whole list for a filter that went missing.
#[test]
fn an_empty_filter_is_a_mistake() {
    for query in ["filter=", "filter", "filter=+%20"] {
        assert_eq!(scim_type(search(query)), Some("invalidFilter"), "{query}");
    }
    assert_eq!(
        scim_type(body(json!({"filter": ""}))),
        Some("invalidFilter")
    );
    assert_eq!(search("").unwrap().filter, "");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let table = [
        "filter=%FF",
        "filter=a+pr&filter=b+pr",
        "sortBy=id&sortOrder=up",
    ];
    for query in table {
        assert_eq!(scim_type(search(query)), Some("invalidValue"), "{query}");
    }
    // R-LIST-08.
    assert!(search("other=%FF&other=2").is_ok());
}

/// R-PAGE-01, R-PAGE-02, R-PAGE-03, R-PAGE-05.
#[test]
fn pages() {
    let table = [
        ("", 1, 100),
        ("startIndex=0&count=0", 1, 0),
        ("startIndex=-7&count=-1", 1, 0),
        ("startindex=3&COUNT=5", 3, 5),
        ("count=1001", 1, 1000),
        (
            "count=99999999999999999999&startIndex=99999999999999999999",
            i64::MAX,
            1000,
        ),
        ("count=-99999999999999999999", 1, 0),
    ];
    for (query, start_index, count) in table {
        let found = search(query).unwrap();
        assert_eq!(
            (found.start_index, found.count),
            (start_index, count),
            "{query}"
        );
    }
    for query in [
        "count=ten",
        "count=",
        "count=1.5",
        "startIndex=1e3",
        "startIndex=--1",
    ] {
        assert_eq!(scim_type(search(query)), Some("invalidValue"), "{query}");
    }
}

/// R-SORT-02.
#[test]
fn order() {
    let table = [
        ("sortBy=name.familyName", "name.familyName", false),
        ("sortBy=id&sortOrder=DESCENDING", "id", true),
        ("sortBy=id&sortOrder=ascending", "id", false),
        ("sortOrder=sideways", "", false),
    ];
    for (query, sort_by, descending) in table {
        let found = search(query).unwrap();
        assert_eq!(
            (&*found.sort_by, found.descending),
            (sort_by, descending),
            "{query}"
        );
    }
}

/// R-CUR-01, R-CUR-05, R-CUR-09.
#[test]
fn cursors() {
    assert_eq!(
        search("cursor&count=5").unwrap().cursor.as_deref(),
        Some("")
    );
    assert_eq!(search("cursor=abc").unwrap().cursor.as_deref(), Some("abc"));
    assert_eq!(search("count=5").unwrap().cursor, None);
    assert_eq!(
        scim_type(search("cursor=&startIndex=1")),
        Some("invalidValue")
    );
    assert_eq!(search("cursor=&count=5000").unwrap().count, 1000);
    let strict = Parameters::new("cursor=&count=5000").search(Dialect::Strict);
    assert_eq!(scim_type(strict), Some("invalidCount"));
}

/// R-PROJ-01, R-PROJ-09.
#[test]
fn a_selection_knows_whether_it_was_made() {
    let given = |query: &str| {
        let selection = Parameters::new(query).selection(Dialect::Lenient);
        selection.unwrap().given
    };
    assert!(given("attributes=userName"));
    assert!(given("attributes=userName&attributes=name,%20emails"));
    assert!(given("excludedattributes=members"));
    assert!(!given(""));
    assert!(!given("attributes="));
}

/// R-SRCH-01…03.
#[test]
fn search_bodies() {
    let found = body(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "attributes": "userName, name",
        "FILTER": "userName pr",
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 3,
        "count": 7,
        "unknown": {},
    }))
    .unwrap();
    assert_eq!(found.filter, "userName pr");
    assert_eq!((&*found.sort_by, found.descending), ("userName", true));
    assert_eq!((found.start_index, found.skip(), found.count), (3, 2, 7));
    assert!(found.selection.given);

    assert!(body(json!({})).is_ok());
    assert!(body(json!({"filter": null, "attributes": null})).is_ok());
    assert_eq!(body(json!({"count": 1e30})).unwrap().count, 1000);
    assert_eq!(
        body(json!({"cursor": ""})).unwrap().cursor.as_deref(),
        Some("")
    );
}

#[test]
fn search_bodies_refused() {
    let foreign = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
    assert_eq!(scim_type(body(foreign)), Some("invalidSyntax"));
    let strict = Search::from_body(Default::default(), Dialect::Strict);
    assert_eq!(scim_type(strict), Some("invalidSyntax"));
    for faulty in [
        json!({"count": "ten"}),
        json!({"count": ""}),
        json!({"count": 1.5}),
        json!({"count": [7]}),
        json!({"startIndex": 15e-1}),
        json!({"startIndex": true}),
        json!({"startIndex": "1.5"}),
        json!({"filter": ["userName pr"]}),
        json!({"attributes": [1]}),
        json!({"attributes": {"a": 1}}),
    ] {
        assert_eq!(
            scim_type(body(faulty.clone())),
            Some("invalidValue"),
            "{faulty}"
        );
    }
}

/// R-PAGE-05, RFC 8259 §6: a number in any spelling is that number, or refused; never another page.
#[test]
fn numbers_of_a_search_body() {
    let rows = [
        ("2", 2, 2),
        ("2.0", 2, 2),
        ("2e0", 2, 2),
        ("20e-1", 2, 2),
        ("-0", 1, 0),
        ("-0.0", 1, 0),
        ("0.0", 1, 0),
        ("-2.0", 1, 0),
        ("-1e30", 1, 0),
        ("-99999999999999999999", 1, 0),
        ("1e30", i64::MAX, 1000),
        ("9007199254740993.0", i64::MAX, 1000),
        ("18446744073709551615", i64::MAX, 1000),
        ("99999999999999999999", i64::MAX, 1000),
    ];
    let read = |text: &str, dialect| {
        let urn = ::scim::list::SEARCH_REQUEST_URN;
        let body = format!(r#"{{"schemas": ["{urn}"], "startIndex": {text}, "count": {text}}}"#);
        Search::from_body(
            ::scim::json::parse_object(body.as_bytes()).unwrap(),
            dialect,
        )
    };
    for dialect in [Dialect::Lenient, Dialect::Strict] {
        for (text, start_index, count) in rows {
            let found = read(text, dialect).unwrap();
            let page = (found.start_index, found.count);
            assert_eq!(page, (start_index, count), "{text}");
        }
        for text in ["2.5", "25e-1", "1e-9", "true", "[2]"] {
            assert_eq!(
                scim_type(read(text, dialect)),
                Some("invalidValue"),
                "{text}"
            );
        }
    }
    // A client of ours writes them as strings.
    for text in [r#""2""#, r#"" 2 ""#] {
        let found = read(text, Dialect::Lenient).unwrap();
        assert_eq!((found.start_index, found.count), (2, 2));
        assert_eq!(scim_type(read(text, Dialect::Strict)), Some("invalidValue"));
    }
}
