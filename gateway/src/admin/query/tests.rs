use super::{Page, Query};
use crate::scim::query::Parameters;

fn query(text: &str) -> Query {
    Query(Parameters::new(text))
}

#[test]
fn pages() {
    let page = |text: &str| {
        let page = query(text).page(&["id", "name"])?;
        Ok::<_, crate::error::Fault>((page.limit, page.offset, page.order_by))
    };
    let table = [
        ("", Some((100, 0, "id"))),
        ("limit=5&offset=10&order_by=-name", Some((5, 10, "-name"))),
        ("limit=500", Some((100, 0, "id"))),
        ("limit=&offset=", Some((100, 0, "id"))),
        ("limit=0", None),
        ("offset=-1", None),
        ("limit=ten", None),
        ("limit=1&limit=2", None),
        ("order_by=secret", None),
        ("offset=99999999999", None),
    ];
    for (text, expected) in table {
        let found = page(text).ok();
        let found = found
            .as_ref()
            .map(|(limit, offset, order)| (*limit, *offset, order.as_str()));
        assert_eq!(found, expected, "{text}");
    }
    let page = Page {
        limit: 2,
        offset: 1,
        order_by: "-id".to_owned(),
    };
    assert_eq!(page.cut(vec![1, 2, 3, 4]), [2, 3]);
    assert_eq!(page.order(), ("id", true));
}

#[test]
fn times_and_lists() {
    let instant = |text: &str| {
        let found = query(&format!("at={text}")).instant("at");
        found.map(|instant| instant.map(|instant| instant.to_rfc3339()))
    };
    for (text, expected) in [
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00+00:00"),
        ("2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24T10:00:00%2B01:00", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24", "2026-11-24T00:00:00+00:00"),
    ] {
        assert_eq!(instant(text), Ok(Some(expected.to_owned())), "{text}");
    }
    assert_eq!(instant(""), Ok(None));
    for text in ["yesterday", "2026-13-01", "%00", "1"] {
        assert!(instant(text).is_err(), "{text}");
    }
    assert_eq!(
        query("pk=a,b&pk=%20c").list("pk"),
        Ok(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])
    );
    assert!(query("state=gone").wants_deleted().is_err());
    assert_eq!(query("state=2").wants_deleted(), Ok(true));
}
