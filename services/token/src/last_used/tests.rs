use super::*;

const A: Id = (1, 1);
const B: Id = (2, 9);

#[test]
fn a_first_use_is_due_at_once_and_then_once_a_minute() {
    let uses = LastUsed::default();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);

    uses.touch_at(A, at(0));
    uses.touch_at(A, at(1));
    let due = uses.due(at(2), REST);
    assert_eq!(due, [(A, at(1))]);
    uses.written(&due, at(2));
    assert!(uses.due(at(7), REST).is_empty());

    for second in 8..=61 {
        uses.touch_at(A, at(second));
        assert!(uses.due(at(second), REST).is_empty());
    }
    assert_eq!(uses.due(at(62), REST), [(A, at(61))]);
}

#[test]
fn a_use_during_the_write_is_kept() {
    let uses = LastUsed::default();
    let start = Instant::now();
    uses.touch_at(A, start);
    let due = uses.due(start, REST);
    let during = start + Duration::from_millis(5);
    uses.touch_at(A, during);
    uses.written(&due, during);
    assert!(uses.due(during, REST).is_empty());
    assert_eq!(uses.due(during, Duration::ZERO), [(A, during)]);
}

#[test]
fn a_write_that_failed_is_tried_again() {
    let uses = LastUsed::default();
    let start = Instant::now();
    uses.touch_at(A, start);
    assert_eq!(uses.due(start, REST).len(), 1);
    assert_eq!(uses.due(start, REST).len(), 1);
}

#[test]
fn tokens_at_rest_take_no_memory() {
    let uses = LastUsed::default();
    let start = Instant::now();
    uses.touch_at(B, start);
    uses.touch_at(A, start);
    let due = uses.due(start, REST);
    assert_eq!(due, [(A, start), (B, start)]);
    uses.written(&due, start);
    assert!(uses.due(start + REST, REST).is_empty());
    assert!(uses.usages().is_empty());
}
