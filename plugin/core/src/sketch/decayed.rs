//! A sum whose parts lose half their weight every half-life (forward decay), in one word.
//!
//! The sum is kept as of the hour of its newest part, and multiplied when a newer one is added: the same as weights that grow from a fixed hour on, without
//! their overflow. A part that is late is added with the weight it has left. Rounding to 24 bits costs a part in 2^24 each time.

use super::logarithm::exp2;

/// A decayed sum and the hour since 1970 that it holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decayed {
    pub sum: f32,
    pub hour: u32,
}

/// The weight that is left after so many hours.
pub fn weight(hours: u32, half_life: u32) -> f64 {
    if hours == 0 { 1.0 } else { exp2(-f64::from(hours) / f64::from(half_life.max(1))) }
}

/// A number as it is kept in half a word; what is not finite, or negative, counts as 0.
pub fn half(number: f64) -> u32 {
    if number > 0.0 && number <= f64::from(f32::MAX) { (number as f32).to_bits() } else { 0 }
}

/// The number in half a word.
pub fn number(half: u32) -> f64 {
    let number = f64::from(f32::from_bits(half));
    if number > 0.0 && number <= f64::from(f32::MAX) { number } else { 0.0 }
}

impl Decayed {
    pub fn read(word: u64) -> Decayed {
        let (sum, hour) = super::unpack(word);
        Decayed { sum: number(sum) as f32, hour }
    }

    pub fn word(self) -> u64 {
        super::pack(half(f64::from(self.sum)), self.hour)
    }

    /// The sum as of an hour that is not before its own.
    pub fn at(self, hour: u32, half_life: u32) -> f64 {
        f64::from(self.sum) * weight(hour.saturating_sub(self.hour), half_life)
    }

    pub fn add(self, n: f64, hour: u32, half_life: u32) -> Decayed {
        let newest = self.hour.max(hour);
        let sum = self.at(newest, half_life) + n * weight(newest.saturating_sub(hour), half_life);
        Decayed { sum: number(half(sum)) as f32, hour: newest }
    }

    /// The sum over the parts of both.
    pub fn merge(self, other: Decayed, half_life: u32) -> Decayed {
        self.add(f64::from(other.sum), other.hour, half_life)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_near(one: f64, two: f64) -> bool {
        (one - two).abs() <= 1e-5 * one.abs().max(two.abs()).max(1e-30)
    }

    fn sum_of(parts: &[(u16, u16)]) -> Decayed {
        parts.iter().fold(Decayed::default(), |sum, (n, hour)| {
            sum.add(f64::from(*n), u32::from(*hour) % 2000, 720)
        })
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn order_and_merging_do_not_matter(parts in prop::collection::vec(any::<(u16, u16)>(), 1..40), at in any::<prop::sample::Index>()) {
            let (one, two) = parts.split_at(at.index(parts.len()));
            let whole = sum_of(&parts);
            let (merged, swapped) = (sum_of(one).merge(sum_of(two), 720), sum_of(two).merge(sum_of(one), 720));
            prop_assert!(is_near(whole.at(2000, 720), merged.at(2000, 720)) && is_near(merged.at(2000, 720), swapped.at(2000, 720)));
            let exact: f64 = parts.iter().map(|(n, hour)| f64::from(*n) * (-(2000.0 - f64::from(*hour % 2000)) / 720.0).exp2()).sum();
            prop_assert!(is_near(whole.at(2000, 720), exact));
            prop_assert_eq!(Decayed::read(whole.word()), whole);
        }

        #[test]
        fn any_word_reads_as_a_finite_sum(word in any::<u64>()) {
            prop_assert!(Decayed::read(word).sum.is_finite() && Decayed::read(word).sum >= 0.0);
        }
    }

    #[test]
    fn half_is_left_after_a_half_life() {
        let sum = Decayed::default().add(8.0, 100, 24);
        assert_eq!((sum.at(100, 24), sum.at(124, 24), sum.at(172, 24)), (8.0, 4.0, 1.0));
        assert_eq!(std::mem::size_of::<Decayed>(), 8);
    }
}
