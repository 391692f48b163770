use super::{format, matches, parse_list};

/// R-ETAG-02…04.
#[test]
fn tags_compare_without_strength_and_quotes() {
    assert_eq!(format(3), "W/\"3\"");
    for (header, expected) in [
        ("W/\"3\"", true),
        ("\"3\"", true),
        ("3", true),
        ("w/\"3\"", true),
        ("*", true),
        ("\"1\", W/\"3\"", true),
        ("\"1\",\"2\"", false),
        ("W/\"33\"", false),
        ("W/\"03\"", false),
        ("\"3", false),
        ("\"1,3\"", false),
        ("\"a,b\" , 3", true),
    ] {
        assert_eq!(matches(&parse_list(header), 3), expected, "{header}");
    }
    assert!(matches(&[], 3));
}

#[test]
fn a_list_is_split_outside_quotes() {
    assert_eq!(
        parse_list(" W/\"1\" ,, \"a,b\",c "),
        ["W/\"1\"", "\"a,b\"", "c"]
    );
    assert!(parse_list(" , ").is_empty());
}
