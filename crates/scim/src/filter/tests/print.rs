use proptest::prelude::*;

use super::tree;
use crate::{
    dialect::Dialect,
    filter::{self, MAX_LENGTH, MAX_NODES},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// R-FILTER-28, R-TEST-01, R-REG-FILTER-01.
    #[test]
    fn a_printed_filter_is_read_as_the_same_filter(filter in tree::filter()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= MAX_LENGTH && text.matches([' ', '(', '[']).count() <= MAX_NODES);
        for dialect in [Dialect::Lenient, Dialect::Strict] {
            prop_assert_eq!(&filter::parse(&text, dialect).unwrap(), &filter, "{}", text);
        }
    }
}

#[test]
fn parentheses_stand_only_where_they_are_needed() {
    for text in [
        r#"a eq 1 or b eq 2 and c eq 3"#,
        r#"(a eq 1 or b eq 2) and c eq 3"#,
        r#"not (not (a pr))"#,
        r#"emails[type eq "work" or not (value pr)]"#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName sw "J\"\\\n""#,
    ] {
        assert_eq!(
            filter::parse(text, Dialect::Strict).unwrap().to_string(),
            text
        );
    }
    let redundant = filter::parse("((a pr)) and ((b pr and ((c pr))))", Dialect::Strict).unwrap();
    assert_eq!(redundant.to_string(), "a pr and (b pr and c pr)");
}
