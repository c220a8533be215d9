//! A quantile sketch: how many values lie between the powers of the square root of two.
//!
//! A quantile is found within a factor of 2^(1/4), a fifth, for values from 2^-10 to 2^38; what is below or above counts as the least or the greatest of
//! these. Counts have eight bits. When one is full, all are halved and rounded up, so that a value that was seen stays; `fade` halves them and rounds down.

use super::logarithm::{exp2, log2};

/// Words of a sketch.
pub const WORDS: usize = 12;
const BINS: usize = WORDS * 8;
/// Bins of a factor of two, and the logarithm of the least value.
const PER_OCTAVE: f64 = 2.0;
const LEAST: f64 = -10.0;
/// How steep the tail beyond all values seen is, in bits for a factor of two.
const SLOPES: (f64, f64) = (1.0, 8.0);

/// The words of a sketch.
pub struct Quantiles<'a>(pub &'a mut [u64; WORDS]);

/// The logarithm as it is held: within the bins.
fn logarithm(value: f64) -> f64 {
    let most = LEAST + BINS as f64 / PER_OCTAVE;
    if value > 0.0 && value <= f64::MAX { log2(value).clamp(LEAST, most) } else { LEAST }
}

fn bin(value: f64) -> usize {
    (((logarithm(value) - LEAST) * PER_OCTAVE) as usize).min(BINS.wrapping_sub(1))
}

/// The logarithm of the lower edge of a bin.
fn edge(bin: usize) -> f64 {
    LEAST + bin as f64 / PER_OCTAVE
}

impl Quantiles<'_> {
    fn counts(&self) -> impl DoubleEndedIterator<Item = (usize, f64)> + '_ {
        self.0.iter().enumerate().flat_map(|(word, counts)| {
            let counts = counts.to_le_bytes();
            (0..8usize).map(move |byte| {
                let count = counts.get(byte).copied().unwrap_or_default();
                (word.wrapping_mul(8).wrapping_add(byte), f64::from(count))
            })
        })
    }

    fn map(&mut self, change: impl Fn(usize, u8) -> u8) {
        for (word, counts) in self.0.iter_mut().enumerate() {
            let mut bytes = counts.to_le_bytes();
            for (byte, count) in bytes.iter_mut().enumerate() {
                *count = change(word.wrapping_mul(8).wrapping_add(byte), *count);
            }
            *counts = u64::from_le_bytes(bytes);
        }
    }

    pub fn add(&mut self, value: f64) {
        let bin = bin(value);
        let shift = (bin as u32 % 8).wrapping_mul(8);
        let full = self.0.get(bin / 8).is_some_and(|word| word.wrapping_shr(shift) & 0xff == 0xff);
        if full {
            self.map(|_, count| count.div_ceil(2));
        }
        if let Some(word) = self.0.get_mut(bin / 8) {
            *word = word.wrapping_add(1u64.wrapping_shl(shift));
        }
    }

    /// Forgets half of all.
    pub fn fade(&mut self) {
        self.map(|_, count| count / 2);
    }

    /// Adds the values of another; in either order the same.
    pub fn merge(&mut self, other: &[u64; WORDS]) {
        let count = |words: &[u64; WORDS], bin: usize| {
            let word = words.get(bin / 8).copied().unwrap_or_default();
            word.wrapping_shr((bin as u32 % 8).wrapping_mul(8)) as u16 & 0xff
        };
        let own = *self.0;
        let sum = |bin: usize| count(&own, bin).saturating_add(count(other, bin));
        let is_halved = (0..BINS).any(|bin| sum(bin) > 0xff);
        self.map(|bin, _| {
            let sum = if is_halved { sum(bin).div_ceil(2) } else { sum(bin) };
            u8::try_from(sum).unwrap_or(u8::MAX)
        });
    }

    pub fn total(&self) -> f64 {
        self.counts().map(|(_, count)| count).sum()
    }

    /// The value below which such a share of all lies.
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = self.total() * share;
        let mut below = 0.0;
        for (bin, count) in self.counts() {
            below += count;
            if count > 0.0 && below >= wanted {
                return exp2(edge(bin) + 0.5 / PER_OCTAVE);
            }
        }
        0.0
    }

    /// Bits of a value that is at least so large, or at most so small: by the share of values that are, beyond all of them by how steep the tail is.
    pub fn bits(&self, value: f64, is_above: bool) -> f64 {
        let total = self.total();
        let (at, place) = (bin(value), logarithm(value));
        let median = logarithm(self.quantile(0.5));
        let (beyond, last): (f64, _) = if is_above {
            let last = self.counts().rfind(|(_, count)| *count > 0.0);
            (self.counts().filter(|(bin, _)| *bin >= at).map(|(_, count)| count).sum(), last)
        } else {
            let first = self.counts().find(|(_, count)| *count > 0.0);
            (self.counts().filter(|(bin, _)| *bin <= at).map(|(_, count)| count).sum(), first)
        };
        let bits = log2((total + 1.0) / (beyond + 1.0));
        let Some((last, _)) = last.filter(|_| beyond == 0.0) else { return bits };
        let outer = edge(if is_above { last.saturating_add(1) } else { last });
        let (width, farther) = if is_above {
            (outer - median, place - outer)
        } else {
            (median - outer, outer - place)
        };
        let slope = (bits - 1.0) / width.max(1.0 / PER_OCTAVE);
        bits + slope.clamp(SLOPES.0, SLOPES.1) * farther.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        values.iter().for_each(|value| Quantiles(&mut words).add(*value));
        words
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn quantiles_are_within_a_fifth(values in prop::collection::vec(0.001f64..1e11, 1..200), share in 0.01f64..1.0) {
            let mut words = of(&values);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let exact = sorted[((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len()) - 1];
            let found = Quantiles(&mut words).quantile(share);
            prop_assert!((found / exact).log2().abs() <= 0.25 + 1e-6, "{found} {exact}");
        }

        #[test]
        fn merging_is_a_sum_in_either_order(one in prop::collection::vec(0.001f64..1e9, 0..300), two in prop::collection::vec(0.001f64..1e9, 0..300)) {
            let (mut left, mut right) = (of(&one), of(&two));
            Quantiles(&mut left).merge(&of(&two));
            Quantiles(&mut right).merge(&of(&one));
            prop_assert_eq!(left, right);
            if one.len() + two.len() < 255 {
                prop_assert_eq!(left, of(&[one, two].concat()));
            }
        }

        #[test]
        fn farther_is_more_surprising(values in prop::collection::vec(0.1f64..1e6, 1..200), value in 0.01f64..1e9, times in 1f64..1e3) {
            let mut words = of(&values);
            let sketch = Quantiles(&mut words);
            prop_assert!(sketch.bits(value * times, true) >= sketch.bits(value, true));
            prop_assert!(sketch.bits(value / times, false) >= sketch.bits(value, false));
        }

        #[test]
        fn any_words_and_values_give_finite_bits(words in prop::array::uniform12(any::<u64>()), value in any::<f64>()) {
            let mut words = words;
            let mut sketch = Quantiles(&mut words);
            sketch.add(value);
            prop_assert!(sketch.bits(value, true).is_finite() && sketch.bits(value, false).is_finite());
            prop_assert!(sketch.quantile(0.5).is_finite());
        }
    }

    #[test]
    fn a_value_that_was_seen_stays_until_it_fades() {
        let mut words = of(&[1000.0]);
        (0..100_000).for_each(|_| Quantiles(&mut words).add(1.0));
        assert!(
            Quantiles(&mut words).bits(1000.0, true) < Quantiles(&mut words).bits(3000.0, true)
        );
        assert!((128.0..=256.0).contains(&Quantiles(&mut words).total()));
        Quantiles(&mut words).fade();
        assert_eq!(Quantiles(&mut words).quantile(1.0), Quantiles(&mut words).quantile(0.5));
        assert_eq!(std::mem::size_of_val(&words), 96);
    }
}
