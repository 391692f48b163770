use crate::{
    definitions,
    dialect::Dialect::{self, Lenient, Strict},
    error::{Error, Kind},
    filter,
};

fn error(text: &str, dialect: Dialect) -> Error {
    let user = definitions::user(&definitions::LicenseExtension::default());
    filter::parse(text, dialect)
        .and_then(|filter| filter::bind(&filter, &user, dialect))
        .expect_err(&format!("{text} must be refused"))
}

const NO_FILTER_OF_A_USER: &[&str] = &[
    "",
    "   ",
    "userName",
    "userName eq",
    "userName eq bj",
    r#"userName regex "x""#,
    r#"(userName eq "a""#,
    r#"userName eq "a")"#,
    r#"userName eq "a" and"#,
    r#"and userName eq "a""#,
    r#"emails[type eq "work""#,
    r#"emails type eq "work"]"#,
    "emails[]",
    "emails[0]",
    "()",
    "not",
    "not ()",
    "active gt true",
    "active co true",
    r#"name eq "x""#,
    r#"addresses co "x""#,
    r#"meta eq "x""#,
    "userName eq 'a'",
    r#"userName eq "a" xor title pr"#,
    r#"userName eq "a" title pr"#,
    r#"userName eq "a"title pr"#,
    r#"userName eq"a""#,
    r#""a" eq userName"#,
    r#"userName eq "a" "b""#,
    r#"userName pr "a""#,
    r#"userName == "a""#,
    r#"userName eq "a"#,
    r#"userName eq "a\""#,
    r#"userName eq "\x""#,
    r#"userName eq "\ud800""#,
    r#"userName eq "\udc00\ud800""#,
    r#"userName eq "\u0000""#,
    "userName eq \"a\nb\"",
    "userName eq 01",
    "userName eq 1.",
    "userName eq +1",
    "userName eq NaN",
    "userName eq 1e999",
    "userName eq 123456789012345678901234567890",
    "userName eq [1]",
    "userName eq {}",
    "userName gt null",
    "userName eq true",
    r#"active eq "yes""#,
    "active eq 1",
    r#"meta.created gt "yesterday""#,
    r#"meta.created gt "2024-02-30T00:00:00Z""#,
    r#"meta.created gt "2024-01-01""#,
    "meta.created gt 5",
    r#"meta.created co "2024-01-01T00:00:00Z""#,
    r#"x509Certificates.value gt "AA==""#,
    r#"nonsense eq "x""#,
    r#"name.nonsense eq "x""#,
    r#"userName.value eq "x""#,
    r#"members eq "x""#,
    r#"urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq "x""#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName eq "x""#,
    r#"urn:ietf:params:scim:schemas:core:2.0:User eq "x""#,
    r#"urn:nonsense:userName eq "x""#,
    r#"password eq "secret""#,
    "password pr",
    r#"PassWord sw "s""#,
    r#"emails[type eq "work" and emails[value pr]]"#,
    r#"emails.value[type eq "work"]"#,
    r#"name[givenName eq "x"]"#,
    r#"userName[value eq "x"]"#,
    r#"emails[nonsense eq "x"]"#,
    r#"emails[emails.type eq "work"]"#,
    r#"emails[type eq "work"].nonsense eq "x""#,
    r#"emails[type eq "work"].value"#,
    r#"emails[type eq "work"].value.x eq "y""#,
    r#"addresses[type eq "work"] eq "x""#,
    "1abc pr",
    "user@name pr",
    "a..b pr",
    ".value pr",
    "userName; DROP TABLE users",
];

/// R-FILTER-05…07, R-FILTER-12, R-FILTER-17…19, R-FILTER-21, R-FILTER-24, R-FILTER-25, R-REG-FILTER-03.
#[test]
fn what_is_no_filter_of_a_user_is_invalid_filter() {
    for text in NO_FILTER_OF_A_USER {
        for dialect in [Lenient, Strict] {
            assert_eq!(error(text, dialect).kind, Kind::InvalidFilter, "{text}");
        }
    }
}

/// R-FILTER-01, R-FILTER-14, R-FILTER-18, R-EXT-06.
#[test]
fn what_only_the_lenient_dialect_accepts() {
    let user = definitions::user(&definitions::LicenseExtension::default());
    for text in [
        r#"not userName eq "a""#,
        "active eq True",
        r#"active eq "true""#,
        r#"roles[primary eq "True"].value eq "x""#,
        "externalId eq 4711",
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager eq "x""#,
        r#"department eq "x""#,
        r#"manager eq "x""#,
    ] {
        assert_eq!(error(text, Strict).kind, Kind::InvalidFilter, "{text}");
        filter::bind(&filter::parse(text, Lenient).unwrap(), &user, Lenient).unwrap();
    }
}

/// R-FILTER-06, R-FILTER-25.
#[test]
fn errors_name_the_operator_but_no_value() {
    assert!(
        error(r#"userName regex "x""#, Lenient)
            .detail
            .contains("regex")
    );
    for text in [
        "password eq hunter2",
        r#"password eq "hunter2""#,
        r#"active eq "hunter2""#,
        r#"title pr "hunter2""#,
    ] {
        assert!(!error(text, Lenient).detail.contains("hunter2"), "{text}");
    }
}
