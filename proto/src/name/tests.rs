use super::*;

#[test]
fn a_name_is_one_line_in_its_own_order() {
    for plain in [
        "",
        "Acme",
        " two  words ",
        "Dağ \u{e9} e\u{301} 漢字 עברית العربية",
        "a\u{a0}b\u{200b}c\u{200d}d", // spaces and joiners change no line
        "\u{1f469}\u{200d}\u{1f52c}",
        "\\n \\u{202e} %0a",
    ] {
        assert!(is_plain(plain), "{plain:?}");
        assert_eq!(escape(plain), plain);
    }
    for (letter, escaped) in [
        ('\0', "\\u{0}"),
        ('\t', "\\u{9}"),
        ('\n', "\\u{a}"),
        ('\r', "\\u{d}"),
        ('\u{1b}', "\\u{1b}"),
        ('\u{7f}', "\\u{7f}"),
        ('\u{85}', "\\u{85}"),
        ('\u{9b}', "\\u{9b}"),
        ('\u{61c}', "\\u{61c}"),
        ('\u{200e}', "\\u{200e}"),
        ('\u{200f}', "\\u{200f}"),
        ('\u{2028}', "\\u{2028}"),
        ('\u{2029}', "\\u{2029}"),
        ('\u{202a}', "\\u{202a}"),
        ('\u{202e}', "\\u{202e}"),
        ('\u{2066}', "\\u{2066}"),
        ('\u{2069}', "\\u{2069}"),
    ] {
        let name = format!("a{letter}b");
        assert!(!is_plain(&name), "{name:?}");
        assert_eq!(escape(&name), format!("a{escaped}b"));
    }
}
