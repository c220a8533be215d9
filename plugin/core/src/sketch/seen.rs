//! A set of values in two generations: whether a value was seen lately.
//!
//! Each generation is a Bloom filter of 512 bits with four probes a value. When 192 bits are set (about 60 values), or its time is over, the older one is
//! dropped and the newer one becomes the older; a value that is seen again moves on into the newer. A value that was added is found; one that was not is
//! found by mistake with a chance of at most 4 %, and of less than 0.1 % up to 20 values.

/// Words of a set: the newer generation, then the older.
pub const WORDS: usize = 16;
const GENERATION: usize = WORDS / 2;
const PROBES: u32 = 4;
const PLACES: u64 = 64 * GENERATION as u64;
/// Bits of a probe within the hash.
const PROBE_BITS: u32 = PLACES.trailing_zeros();
/// Number of set bits at which a generation is full.
const FULL: u32 = 192;

/// The words of a set.
pub struct Seen<'a>(pub &'a mut [u64; WORDS]);

/// The word and the bit of each probe.
#[inline(always)]
fn probes(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    (0..PROBES).map(move |probe| {
        let place = hash.wrapping_shr(probe.wrapping_mul(PROBE_BITS)) % PLACES;
        ((place / 64) as usize, 1u64.wrapping_shl(place as u32 % 64))
    })
}

fn holds(generation: &[u64], hash: u64) -> bool {
    probes(hash).all(|(word, bit)| generation.get(word).is_some_and(|word| word & bit != 0))
}

impl Seen<'_> {
    /// Finds a value, known by its hash; one of the older generation alone moves on into the newer.
    #[inline]
    pub fn find(&mut self, hash: u64) -> bool {
        let (newer, older) = self.0.split_at(GENERATION);
        if holds(newer, hash) {
            return true;
        }
        let is_held = holds(older, hash);
        if is_held {
            self.add(hash);
        }
        is_held
    }

    #[inline(never)]
    pub fn add(&mut self, hash: u64) {
        let set: u32 = self.0.iter().take(GENERATION).map(|word| word.count_ones()).sum();
        if set >= FULL {
            self.turn();
        }
        for (word, bit) in probes(hash) {
            self.0.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
    }

    /// Drops the older generation.
    pub fn turn(&mut self) {
        let (newer, older) = self.0.split_at_mut(GENERATION);
        older.copy_from_slice(newer);
        newer.fill(0);
    }

    /// Adds the values of another set, generation by generation.
    pub fn merge(&mut self, other: &[u64; WORDS]) {
        self.0.iter_mut().zip(other).for_each(|(word, more)| *word |= more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::HashKey;
    use proptest::prelude::*;

    fn hash(value: u64) -> u64 {
        HashKey(1, 2).hash(&value.to_le_bytes())
    }

    fn set_of(values: &[u64]) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        values.iter().for_each(|value| Seen(&mut words).add(hash(*value)));
        words
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn merging_is_a_union(one in prop::collection::vec(any::<u64>(), 0..30), two in prop::collection::vec(any::<u64>(), 0..30), three in prop::collection::vec(any::<u64>(), 0..30)) {
            let [a, b, c] = [&one, &two, &three].map(|values| set_of(values));
            let merged = |mut into: [u64; WORDS], more: &[u64; WORDS]| { Seen(&mut into).merge(more); into };
            prop_assert_eq!(merged(a, &b), merged(b, &a));
            prop_assert_eq!(merged(merged(a, &b), &c), merged(a, &merged(b, &c)));
            prop_assert_eq!(merged(a, &a), a);
            let mut all = merged(merged(a, &b), &c);
            prop_assert!(one.iter().chain(&two).chain(&three).all(|value| Seen(&mut all).find(hash(*value))));
        }
    }

    #[test]
    fn mistakes_stay_within_their_bound() {
        let mistaken = |values: u64| {
            let (mut mistakes, rounds) = (0, 200u64);
            for round in 0..rounds {
                let mut words =
                    set_of(&(0..values).map(|value| value + round * 1_000_000).collect::<Vec<_>>());
                let held = words;
                for stranger in 0..500 {
                    words = held;
                    mistakes += u64::from(
                        Seen(&mut words).find(hash(500_000 + stranger + round * 1_000_000)),
                    );
                }
            }
            mistakes as f64 / (rounds * 500) as f64
        };
        let few = mistaken(20);
        assert!(few < 0.001, "{few}");
        for values in [60, 100, 130, 1000] {
            let share = mistaken(values);
            assert!(share < 0.04, "{values}: {share}");
        }
    }

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten() {
        let mut words = set_of(&[1, 2]);
        let mut seen = Seen(&mut words);
        seen.turn();
        assert!(seen.find(hash(1)));
        seen.turn();
        assert!(seen.find(hash(1)) && !seen.find(hash(2)));
    }
}
