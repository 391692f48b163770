use proptest::prelude::*;

use super::{fold, search_key, search_words};

/// R-STR-01…03.
#[test]
fn what_looks_the_same_folds_to_the_same() {
    for same in [
        &["ann", "ANN", "ａｎｎ", "ＡＮＮ"][..],
        &["straße", "STRASSE", "Straẞe"],
        &["όσος", "ΌΣΟΣ", "όσοσ"],
        &["é", "e\u{301}", "É", "E\u{301}"],
        &["i\u{307}", "İ", "I\u{307}"],
        &["ﬁ", "fi", "FI"],
        &["Å", "\u{212b}", "å"],
        &["tm", "™"],
        &["ᾳ", "ᾼ", "αι", "α\u{345}"],
        &["𐐀", "𐐨"],
    ] {
        for text in same {
            assert_eq!(fold(text), fold(same[0]), "{text}");
        }
    }
}

/// R-STR-03: no locale, so the Turkish letters are four.
#[test]
fn what_differs_stays_different() {
    for [left, right] in [
        ["İ", "i"],
        ["ı", "i"],
        ["a", "á"],
        ["a b", "ab"],
        ["a", "a\u{200b}"],
        ["ss", "s"],
        ["%", "_"],
    ] {
        assert_ne!(fold(left), fold(right), "{left} {right}");
    }
}

#[test]
fn every_character_folds_to_a_fixed_point() {
    for c in '\0'..=char::MAX {
        let once = fold(&c.to_string());
        assert_eq!(fold(&once), once, "{c:?}");
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn case_does_not_matter(text in "[a-zA-Z0-9àÀßẞσΣςéÉﬀ ]{0,20}") {
        prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
        prop_assert_eq!(fold(&text.to_lowercase()), fold(&text));
    }
}

#[test]
fn names_are_found_without_accents() {
    for (text, expected) in [
        ("García", "garcia"),
        ("Garci\u{301}a", "garcia"),
        ("Müller-LÜDENSCHEIDT", "muller-ludenscheidt"),
        ("Große Łódź", "grosse lodz"),
        ("Ðorđe Sørensen Æsir Þór", "dorde sorensen aesir thor"),
        ("Νίκος Йосиф", "νικοσ иосиф"),
        // Marks that are letters stay.
        ("がぎ", "がぎ"),
        ("हिन्दी", "हिन्दी"),
        ("ＡＢＣ", "abc"),
        ("plain", "plain"),
        ("", ""),
    ] {
        let key = search_key(text);
        assert_eq!(key, search_key(expected), "{text}");
        assert_eq!(search_key(&key), key, "{text}");
    }
    assert_eq!(search_key("García"), "garcia");
}

#[test]
fn a_search_is_words() {
    assert_eq!(search_words("Fischer, Jana"), ["fischer", "jana"]);
    assert_eq!(search_words(" ,\u{a0}a\tb,,c， d "), ["a", "b", "c", "d"]);
    assert_eq!(search_words(" , "), [""; 0]);
}
