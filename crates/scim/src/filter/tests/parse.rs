use proptest::prelude::*;

use crate::{
    dialect::Dialect::{self, Lenient, Strict},
    filter::{self, Filter, Literal, MAX_DEPTH, MAX_LENGTH, MAX_NODES},
};

fn printed(text: &str, dialect: Dialect) -> String {
    filter::parse(text, dialect)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_string()
}

fn check(text: &str, expected: &str) {
    for dialect in [Lenient, Strict] {
        assert_eq!(printed(text, dialect), expected, "{text} {dialect:?}");
    }
}

/// The figure of RFC 7644 §3.4.2.2 and the sample lists of the requirements.
#[test]
fn the_samples_of_the_rfc_parse() {
    for text in [
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        r#"title pr"#,
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and emails.type eq "work""#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        r#"emails[type eq "work" or type eq "home" and value ew "@x.test"]"#,
        r#"emails[(type eq "work" or type eq "home") and value ew "@x.test"]"#,
        r#"id eq "5d0a" and members eq "9b1c""#,
        r#"active eq true and (meta.lastModified ge "0001-01-03T00:00:00.0000000Z" and meta.lastModified le "2026-01-01T00:00:00.0000000Z")"#,
        r#"members[value eq "id"] or emails[value eq "a@x.test"]"#,
        r#"members.$ref pr"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"]"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager eq "26""#,
    ] {
        check(text, text);
    }
    check(
        r#"emails[type eq "work" or (type eq "home" and value ew "@x.test")]"#,
        r#"emails[type eq "work" or type eq "home" and value ew "@x.test"]"#,
    );
}

/// R-FILTER-01, R-FILTER-27, R-PING-01.
#[test]
fn keywords_have_no_case_and_spaces_do_not_count() {
    check(
        r#"  USERNAME   Eq "x"  AND  active EQ true "#,
        r#"USERNAME eq "x" and active eq true"#,
    );
    check(
        r#"(title PR)or(userName Sw "a")"#,
        r#"title pr or userName sw "a""#,
    );
    check(
        r#"emails [ type EQ "work" ]AND title pr"#,
        r#"emails[type eq "work"] and title pr"#,
    );
    assert_eq!(
        printed("active eq TRUE or a eq False or b ne NULL", Lenient),
        "active eq true or a eq false or b ne null"
    );
    assert!(filter::parse("active eq True", Strict).is_err());
}

/// R-FILTER-02.
#[test]
fn and_binds_tighter_than_or() {
    let Filter::Or(parts) = filter::parse("a eq 1 or b eq 2 and c eq 3", Strict).unwrap() else {
        panic!()
    };
    assert_eq!(
        parts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["a eq 1", "b eq 2 and c eq 3"]
    );
}

/// R-FILTER-20, R-REG-FILTER-04.
#[test]
fn not_in_all_its_forms() {
    check("not (title pr)", "not (title pr)");
    check("not(title pr)", "not (title pr)");
    check("NOT (title pr)", "not (title pr)");
    check("not (not (title pr))", "not (not (title pr))");
    check(
        "title pr and not(a pr)or b pr",
        "title pr and not (a pr) or b pr",
    );
    check(
        r#"emails[not (type eq "work") and value pr]"#,
        r#"emails[not (type eq "work") and value pr]"#,
    );
    assert_eq!(
        printed(r#"not userName eq "a" and b pr"#, Lenient),
        r#"not (userName eq "a") and b pr"#
    );
    assert_eq!(
        printed(r#"not emails[type eq "a"]"#, Lenient),
        r#"not (emails[type eq "a"])"#
    );
    assert!(filter::parse(r#"not userName eq "a""#, Strict).is_err());
}

/// R-FILTER-22, R-REG-FILTER-05.
#[test]
fn a_tail_behind_a_value_path_joins_its_filter() {
    check(
        r#"emails[type eq "work"].value eq "a@x.test""#,
        r#"emails[type eq "work" and value eq "a@x.test"]"#,
    );
    check(
        r#"emails[type eq "work"] eq "a@x.test""#,
        r#"emails[type eq "work" and value eq "a@x.test"]"#,
    );
    check(
        r#"emails[a eq 1 or b eq 2].value pr and c pr"#,
        r#"emails[(a eq 1 or b eq 2) and value pr] and c pr"#,
    );
    check(
        r#"roles[primary eq "True"].value eq "x""#,
        r#"roles[primary eq "True" and value eq "x"]"#,
    );
    check(r#"emails[type eq "work"] pr"#, r#"emails[type eq "work"]"#);
}

/// R-FILTER-17, R-REG-FILTER-02.
#[test]
fn strings_are_json_strings() {
    for (text, expected) in [
        (r#"a eq "x\"y\\z\/w""#, "x\"y\\z/w"),
        (r#"a eq "\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t"),
        (r#"a eq "\u00e9\ud83d\ude00""#, "é😀"),
        (r#"a eq "é😀""#, "é😀"),
        (r#"a eq "b and (c] or 'd' eq""#, "b and (c] or 'd' eq"),
        (r#"a eq """#, ""),
        (r#"a eq "\\""#, "\\"),
    ] {
        let Filter::Compare(_, _, Literal::Text(value)) = filter::parse(text, Strict).unwrap()
        else {
            panic!("{text}")
        };
        assert_eq!(value, expected, "{text}");
    }
}

/// R-FILTER-34.
#[test]
fn numbers_are_json_numbers() {
    check(
        "a eq -1 or a eq 1.5 or a eq 9007199254740993",
        "a eq -1 or a eq 1.5 or a eq 9007199254740993",
    );
    check(
        "a eq 1e3 or a eq 1E+3 or a eq -0",
        "a eq 1000.0 or a eq 1000.0 or a eq 0",
    );
    check("a eq 18446744073709551615", "a eq 18446744073709551615");
}

/// R-FILTER-28, R-TEST-08: at the limit it passes, past it it fails.
#[test]
fn the_limits_are_where_they_are_said_to_be() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(filter::parse(&nested(MAX_DEPTH), Strict).is_ok());
    assert!(
        filter::parse(&nested(MAX_DEPTH + 1), Strict)
            .unwrap_err()
            .detail
            .contains("32")
    );
    // A tail goes into the brackets, where an `or` then needs parentheses: one level more than was written.
    let tail = |depth: usize| {
        let (open, close) = ("not (".repeat(depth), ")".repeat(depth));
        filter::parse(&format!("{open}emails[a pr or b pr].c pr{close}"), Strict)
    };
    let deepest = tail(MAX_DEPTH - 2).unwrap();
    assert_eq!(filter::parse(&deepest.to_string(), Strict), Ok(deepest));
    assert!(tail(MAX_DEPTH - 1).unwrap_err().detail.contains("32"));
    let many = |tests: usize| vec!["a pr"; tests].join(" or ");
    assert!(filter::parse(&many(MAX_NODES - 1), Strict).is_ok());
    assert!(
        filter::parse(&many(MAX_NODES), Strict)
            .unwrap_err()
            .detail
            .contains("200")
    );
    let long = |length: usize| format!("a eq \"{}\"", "x".repeat(length - 7));
    assert!(filter::parse(&long(MAX_LENGTH), Strict).is_ok());
    assert!(
        filter::parse(&long(MAX_LENGTH + 1), Strict)
            .unwrap_err()
            .detail
            .contains("8192")
    );
}

/// R-FILTER-28: no stack overflow.
#[test]
fn endless_nesting_is_refused() {
    for open in ["(", "not ", "not (", "a[", "a[(", "[", "((a pr) and "] {
        for repeats in [MAX_LENGTH / open.len(), 100_000] {
            assert!(
                filter::parse(&open.repeat(repeats), Lenient).is_err(),
                "{open}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// R-FILTER-28.
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = filter::parse(&text, Lenient);
    }

    #[test]
    fn no_order_of_tokens_makes_the_parser_panic(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "[", "]", "not", "and", "or", "pr", "eq", "gt", "userName", "emails", ".value", "a.b",
            "urn:a:b:c", "\"x\"", "\"", "\\", "1", "-", "1e", "true", "null", "é", ".", ":",
        ]), 0..30),
        separator in prop::sample::select(vec!["", " "]),
    ) {
        let text = tokens.join(separator);
        for dialect in [Lenient, Strict] {
            if let Ok(filter) = filter::parse(&text, dialect) {
                prop_assert_eq!(filter::parse(&filter.to_string(), dialect).unwrap(), filter);
            }
        }
    }
}
