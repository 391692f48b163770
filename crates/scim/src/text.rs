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
