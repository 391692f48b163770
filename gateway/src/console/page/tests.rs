use super::{Pager, sentence};

#[test]
fn messages_of_services_become_sentences() {
    let table = [
        ("the group has changed", "The group has changed."),
        ("Already one.", "Already one."),
        ("ßa", "SSa."),
        ("", ""),
    ];
    for (text, expected) in table {
        assert_eq!(sentence(text), expected);
    }
}

#[test]
fn a_pager_keeps_what_was_asked() {
    let first = Pager::new("/u", 0, 120, &[("search", "a&b"), ("state", "")]);
    assert_eq!((first.first, first.last), (1, 50));
    assert_eq!(first.previous, None);
    assert_eq!(first.next.as_deref(), Some("/u?search=a%26b&page=2"));
    let last = Pager::new("/u", 100, 120, &[]);
    assert_eq!((last.first, last.last), (101, 120));
    assert_eq!(last.previous.as_deref(), Some("/u?page=2"));
    assert_eq!(last.next, None);
    let none = Pager::new("/u", 0, 0, &[]);
    assert_eq!(none.total, 0);
    assert_eq!((none.previous, none.next), (None, None));
}
