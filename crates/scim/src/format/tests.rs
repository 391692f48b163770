use super::*;

fn check(format: Format, good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(format.fits(text, Dialect::Strict), "{format:?} {text}");
    }
    for text in bad {
        assert!(!format.fits(text, Dialect::Strict), "{format:?} {text}");
    }
    for text in good.iter().chain(bad) {
        assert!(format.fits(text, Dialect::Lenient), "{format:?} {text}");
    }
}

/// R-USER-06.
#[test]
fn countries() {
    assert_eq!(COUNTRIES.split(' ').count(), 249);
    check(
        Format::Country,
        &["NO", "no", "ZW", "GB", "XK", "AA", "QM"],
        &[
            "Norway", "NOR", "UK", "N", "", "QL", "ZY", "A A", "ÅX", "NO ",
        ],
    );
}

/// R-USER-08.
#[test]
fn languages() {
    check(
        Format::Languages,
        &[
            "en",
            "en-US",
            "da, en-gb;q=0.8, en;q=0.7",
            "*",
            "de;q=0",
            "fr-CH, fr;q=0.9, *;q=0.500",
            "en ; q=1.000",
            ", en,,de",
        ],
        &[
            "",
            ",",
            "en_US",
            "English please",
            "en;q=1.1",
            "en;q=0.1234",
            "en;q=",
            "en;v=1",
            "abcdefghi",
            "1en",
            "en-",
            "en;q=0.8;q=0.7",
        ],
    );
}

/// R-USER-08.
#[test]
fn language_tags() {
    check(
        Format::LanguageTag,
        &[
            "en",
            "en-US",
            "en_US",
            "zh-Hant-TW",
            "sr_Latn_RS",
            "de-CH-1901",
            "sl-rozaj-biske",
            "es-419",
            "zh-cmn-Hans",
            "de-DE-u-co-phonebk",
            "en-a-bbb-x-a-ccc",
            "x-whatever",
            "i-klingon",
            "art-lojban",
            "qaa-Qaaa-QM-x-southern",
        ],
        &[
            "",
            "e",
            "english language",
            "en-US.UTF-8",
            "en--US",
            "en-",
            "de-419-DE",
            "a-DE",
            "en-a",
            "x-",
            "x",
            "C",
            "en-u-x-y",
            "abcdefghi",
            "1",
            "日本",
        ],
    );
}

/// R-USER-08.
#[test]
fn time_zones() {
    check(
        Format::TimeZone,
        &[
            "America/Los_Angeles",
            "europe/paris",
            "UTC",
            "Etc/GMT+5",
            "Asia/Calcutta",
            "CET",
        ],
        &[
            "CET or so",
            "Europe/Atlantis",
            "GMT+1",
            "+01:00",
            "",
            "Pacific Standard Time",
        ],
    );
}

/// R-USER-07: one SEQUENCE of the length it says; what is no certificate passes in the lenient dialect, several in
/// one value in neither.
#[test]
fn certificates_are_whole_and_alone() {
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let short = [0x30, 0x03, 1, 2, 3].to_vec();
    let sized = |prefix: &[u8], size: usize| [prefix, &vec![7; size]].concat();
    let long = sized(&[0x30, 0x82, 0x01, 0x00], 256);
    let strict: &[Vec<u8>] = &[
        short.clone(),
        vec![0x30, 0],
        sized(&[0x30, 0x7f], 127),
        sized(&[0x30, 0x81, 0x80], 128),
        long.clone(),
        sized(&[0x30, 0x83, 0x01, 0x00, 0x00], 65536),
    ];
    for bytes in strict {
        assert_eq!(certificates(&base64(bytes)), Some(1), "{bytes:02x?}");
    }
    let lenient: &[Vec<u8>] = &[
        vec![],
        b"any bytes".to_vec(),
        vec![0x30],
        vec![0x30, 0x04, 1, 2, 3],
        vec![0x30, 0x03, 1, 2, 3, 4],
        vec![0x31, 0x03, 1, 2, 3],
        vec![0x30, 0x80, 0, 0],
        // Not the shortest form of the length.
        sized(&[0x30, 0x81, 0x03], 3),
        sized(&[0x30, 0x82, 0x00, 0x80], 128),
        vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        sized(&[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0], 64),
    ];
    for bytes in lenient {
        let text = base64(bytes);
        assert!(
            !Format::Certificate.fits(&text, Dialect::Strict),
            "{bytes:02x?}"
        );
        assert!(
            Format::Certificate.fits(&text, Dialect::Lenient),
            "{bytes:02x?}"
        );
    }
    for bytes in [
        [short.clone(), short.clone()].concat(),
        [long, short].concat(),
    ] {
        for dialect in [Dialect::Lenient, Dialect::Strict] {
            assert!(!Format::Certificate.fits(&base64(&bytes), dialect));
        }
    }
    assert!(from_base64("-_-_").is_some() && from_base64("+/+/").is_some());
}
