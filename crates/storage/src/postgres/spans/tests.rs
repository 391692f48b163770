use diesel::{ExpressionMethods, QueryDsl, debug_query, pg::Pg};

use super::{summarise, text};

diesel::table! {
    people (id) {
        id -> Int8,
        mail -> Text,
    }
}

#[test]
fn values_are_cut_off() {
    let query = people::table
        .filter(people::mail.eq("babs@example.com"))
        .select(people::id);
    let text = text(&debug_query::<Pg, _>(&query));
    assert_eq!(
        text,
        r#"SELECT "people"."id" FROM "people" WHERE ("people"."mail" = $1)"#
    );
}

#[test]
fn a_value_that_looks_like_the_end_is_cut_off_too() {
    let query = people::table.filter(people::mail.eq(" -- binds: babs"));
    assert!(!text(&debug_query::<Pg, _>(&query)).contains("babs"));
}

#[test]
fn statements_are_summarised() {
    for (statement, operation, collection) in [
        (
            r#"SELECT "a"."b" FROM "a" WHERE x IN (SELECT y FROM z)"#,
            "SELECT",
            Some("a"),
        ),
        (r#"INSERT INTO "a" ("b") VALUES ($1)"#, "INSERT", Some("a")),
        (r#"UPDATE "a" SET "b" = $1"#, "UPDATE", Some("a")),
        (r#"DELETE  FROM "a" WHERE b = $1"#, "DELETE", Some("a")),
        (
            "WITH p AS (SELECT x FROM z) UPDATE a SET b = 1 FROM p",
            "UPDATE",
            Some("a"),
        ),
        ("SELECT EXISTS (SELECT FROM a)", "SELECT", None),
        ("SELECT count(*) FROM (SELECT 1 FROM a) s", "SELECT", None),
        ("SELECT 1", "SELECT", None),
        ("BEGIN", "BEGIN", None),
        ("SET TIME ZONE 'UTC'", "SET", None),
        ("", "", None),
    ] {
        let found = summarise(statement);
        let expected = (operation.to_owned(), collection.map(str::to_owned));
        assert_eq!(found, expected, "{statement}");
    }
}
