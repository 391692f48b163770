//! What a name of an account, a token, a rule, a user may hold, the same in every service: whatever prints it shows
//! one line, with its letters in the order they have.

/// Whether a name has no character that would break its line, reorder it or move a cursor.
pub fn is_plain(name: &str) -> bool {
    !name.contains(is_unseen)
}

/// A name as a terminal may have it, also one from before names were checked.
pub fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for letter in name.chars() {
        if is_unseen(letter) {
            escaped.extend(letter.escape_unicode());
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// Unicode's controls (Cc), line and paragraph separators (Zl, Zp), and what controls direction (`Bidi_Control`).
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{2028}'
                | '\u{2029}'
                | '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests;
