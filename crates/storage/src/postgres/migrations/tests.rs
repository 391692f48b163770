use super::is_english;

/// Errors are told apart by messages, so a server that translates them is refused at the start.
#[test]
fn messages_must_be_english() {
    for locale in [
        "C",
        "C.UTF-8",
        "POSIX",
        "en_US.utf8",
        "en_GB",
        "en-US",
        "English_United States.1252",
    ] {
        assert!(is_english(locale), "{locale}");
    }
    for locale in ["de_DE.UTF-8", "fr_FR@euro", "ca_ES", "eno", "", "zh_CN"] {
        assert!(!is_english(locale), "{locale}");
    }
}
