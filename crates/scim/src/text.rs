//! The one comparison form of text.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

#[cfg(test)]
mod tests;

/// The form in which text is compared where `caseExact` is false: compatibility normalisation (NFKC, so that
/// full-width and composed forms are equal) and full Unicode case folding, independent of any locale
/// (R-STR-02, R-STR-03). Folding twice is the same as folding once.
///
/// It is the only folding there is: filters, uniqueness and indexes all use it.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // One round is not always a fixed point: normalising can bring forth letters that fold again.
    let mut folded = fold_once(text);
    loop {
        let again = fold_once(&folded);
        if again == folded {
            return folded;
        }
        folded = again;
    }
}

fn fold_once(text: &str) -> String {
    // NFD first, as Unicode (section 3.13, D145) wants it for the Greek iota subscript.
    text.nfd().default_case_fold().nfkc().collect()
}

/// The form in which people look for names: folded, and without accents, so that `garcia` finds García. Marks of
/// scripts other than Latin, Greek and Cyrillic stay: there they are letters. Doing it twice is the same as once.
#[must_use]
pub fn search_key(text: &str) -> String {
    let folded = fold(text);
    if folded.is_ascii() {
        return folded;
    }
    let bare: String = folded
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect();
    let mut key = String::with_capacity(bare.len());
    for letter in bare.nfc() {
        match spelt_out(letter) {
            Some(spelling) => key.push_str(spelling),
            None => key.push(letter),
        }
    }
    fold(&key)
}

/// The letters that somebody without them on the keyboard writes otherwise, and that are no letter with a mark.
fn spelt_out(letter: char) -> Option<&'static str> {
    match letter {
        'ø' => Some("o"),
        'ł' => Some("l"),
        'đ' | 'ð' => Some("d"),
        'ħ' => Some("h"),
        'ı' => Some("i"),
        'þ' => Some("th"),
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        _ => None,
    }
}

/// The words of what somebody looks for, as [`search_key`] writes them; white space and commas part them.
#[must_use]
pub fn search_words(text: &str) -> Vec<String> {
    let key = search_key(text);
    let words = key.split(|c: char| c.is_whitespace() || c == ',');
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
