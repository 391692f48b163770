use std::num::NonZeroU32;

use super::{Rates, SWEEP};

fn rates(per_second: u32) -> Rates {
    Rates::new(NonZeroU32::new(per_second))
}

/// How many requests of the token pass at once.
fn burst(rates: &Rates, token_id: i64) -> usize {
    let taken = (0..1000).map(|_| rates.take(token_id));
    taken.take_while(Result::is_ok).count()
}

/// R-SEC-04: twice the rate at once, and a token's budget is its own.
#[test]
fn a_token_uses_up_its_own_budget() {
    let rates = rates(1);
    assert_eq!(burst(&rates, 1), 2);
    let refused = rates.take(1).unwrap_err();
    assert_eq!(refused.status, 429);
    assert_eq!(burst(&rates, 2), 2);
}

#[test]
fn without_a_rate_nothing_is_refused() {
    assert_eq!(burst(&rates(0), 1), 1000);
}

#[test]
fn tokens_at_rest_are_forgotten() {
    let rates = rates(1_000_000_000);
    for token_id in 0..i64::from(4 * SWEEP) {
        rates.take(token_id).unwrap();
    }
    let kept = rates.limits.as_ref().unwrap().tokens.len();
    assert!(kept <= SWEEP as usize, "{kept}");
}
