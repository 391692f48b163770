//! A small mutator: like libFuzzer's, but the same input always gives the same variation.

/// xorshift64*: good enough to choose by, and without a dependency.
pub(crate) struct Random(u64);

impl Random {
    /// The seed is any text.
    pub(crate) fn new(seed: &str) -> Random {
        Random(seed.bytes().fold(0x9e37_79b9_7f4a_7c15, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// A number from 0 to `end`, that excluded; `end` is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(drawn).expect("32 bits") % end
    }

    /// Two places in something of that length, in order.
    fn span(&mut self, length: usize) -> (usize, usize) {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        (one.min(other), one.max(other))
    }
}

/// Changes an input in one to four places.
pub(crate) fn vary(input: &[u8], other: &[u8], words: &[String], random: &mut Random) -> Vec<u8> {
    let mut input = input.to_vec();
    for _ in 0..=random.below(4) {
        let (from, to) = random.span(input.len());
        match random.below(8) {
            // A word of the grammar or of the schemas instead of one that is there.
            0..=2 => {
                let (from, to) = word_at(&input, from);
                let word = words[random.below(words.len())].bytes();
                input.splice(from..to, word);
            }
            3 => {
                let word = words[random.below(words.len())].bytes();
                input.splice(from..from, word);
            }
            4 => {
                let (first, last) = random.span(other.len());
                input.splice(from..to, other[first..last].iter().copied());
            }
            5 => {
                let again = input[from..to].to_vec();
                input.splice(to..to, again);
            }
            6 => drop(input.drain(from..to.min(from + 8))),
            _ => {
                if let Some(byte) = input.get_mut(from) {
                    *byte = u8::try_from(random.below(128)).expect("seven bits");
                }
            }
        }
        input.truncate(16 * 1024);
    }
    input
}

/// The word around a place; where there is none, the place.
fn word_at(input: &[u8], place: usize) -> (usize, usize) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"$._-".contains(byte);
    let before = input[..place].iter().rev().take_while(|byte| is_word(byte));
    let after = input[place..].iter().take_while(|byte| is_word(byte));
    (place - before.count(), place + after.count())
}
