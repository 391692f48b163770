use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, IF_MATCH, IF_NONE_MATCH},
};

use super::{JSON, SCIM_JSON, if_match, is_known, media_type};

fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
    let values = values
        .iter()
        .map(|value| HeaderValue::from_str(value).unwrap());
    values.map(|value| (name.clone(), value)).collect()
}

/// R-GET-03, R-ETAG-04.
#[test]
fn if_none_match() {
    let etag = r#"W/"3""#;
    let table: &[(&[&str], bool)] = &[
        (&[], false),
        (&[""], false),
        (&["*"], true),
        (&[r#"W/"3""#], true),
        (&[r#""3""#], true),
        (&["3"], true),
        (&[r#"W/"2""#], false),
        (&[r#"W/"1", W/"3""#], true),
        (&[r#"W/"1""#, r#"W/"3""#], true),
    ];
    for (values, known) in table {
        assert_eq!(
            is_known(&headers(&IF_NONE_MATCH, values), etag),
            *known,
            "{values:?}"
        );
    }
}

#[test]
fn if_match_without_a_tag_matches_nothing() {
    assert!(if_match(&HeaderMap::new()).is_empty());
    assert_eq!(if_match(&headers(&IF_MATCH, &[""])), [""]);
    assert_eq!(
        if_match(&headers(&IF_MATCH, &[r#"W/"1", "2""#])),
        [r#"W/"1""#, r#""2""#]
    );
    assert!(!::scim::etag::matches(
        &if_match(&headers(&IF_MATCH, &[""])),
        1
    ));
}

/// R-HTTP-02…06.
#[test]
fn the_media_type_follows_accept() {
    let table: &[(&[&str], HeaderValue)] = &[
        (&[], SCIM_JSON),
        (&["*/*"], SCIM_JSON),
        (&["application/scim+json"], SCIM_JSON),
        (
            &["application/json, application/scim+json;q=0.5"],
            SCIM_JSON,
        ),
        (&["application/json"], JSON),
        (&["Application/JSON ; charset=utf-8"], JSON),
        (&["application/json, */*;q=0.1"], SCIM_JSON),
        (&["application/json, application/scim+json;q=0"], JSON),
        (&["application/scim+json; q=0.0", "application/*"], JSON),
        (&["text/html"], SCIM_JSON),
        (&["application/json;q=0"], SCIM_JSON),
    ];
    for (values, expected) in table {
        assert_eq!(
            media_type(&headers(&ACCEPT, values)),
            expected,
            "{values:?}"
        );
    }
}
