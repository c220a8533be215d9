//! How surprising a count is, in bits: the tail of a negative binomial distribution, which is what a Poisson count has whose rate is spread as a gamma
//! distribution. Mean and spread are learned as decayed sums of counts and of their squares.
//!
//! The bits are Chernoff's bound: never more than the exact tail has, and less than it by at most 6 bits and the logarithm of the count to base two.

use super::decayed::{half, number};
use super::logarithm::log2;
use super::{pack, unpack};

/// The sums of counts and of their squares, over periods whose weights are summed elsewhere. In one word.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    pub sum: f64,
    pub squares: f64,
}

/// CachedLayouts of the gamma distribution are kept within these: counts of people and jobs are never steadier than the upper one has them.
const SHAPES: (f64, f64) = (0.25, 1.0);

impl Moments {
    pub fn read(word: u64) -> Moments {
        let (sum, squares) = unpack(word);
        Moments { sum: number(sum), squares: number(squares) }
    }

    pub fn word(self) -> u64 {
        pack(half(self.sum), half(self.squares))
    }

    pub fn with(self, count: f64) -> Moments {
        Moments { sum: self.sum + count, squares: self.squares + count * count }
    }

    /// The count of the period that one of what was counted fell into, on average: what is usual where anything is, however many periods had nothing.
    pub fn typical(self) -> f64 {
        if self.sum > 0.0 { self.squares / self.sum } else { 0.0 }
    }

    /// Over how many periods what was counted is spread: so many equal counts have as large a sum of squares.
    pub fn periods(self) -> f64 {
        if self.squares > 0.0 { self.sum * self.sum / self.squares } else { 0.0 }
    }

    pub fn fade(self, weight: f64) -> Moments {
        Moments { sum: self.sum * weight, squares: self.squares * weight }
    }

    /// The sums over the periods of both, as of the same time.
    pub fn merge(self, other: Moments) -> Moments {
        Moments { sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    /// The shape of the gamma distribution by the method of moments, over periods of so much weight.
    pub fn shape(self, periods: f64) -> f64 {
        self.shape_up_to(SHAPES.1, periods)
    }

    /// As above, of counts that may be steadier.
    pub fn shape_up_to(self, most: f64, periods: f64) -> f64 {
        let mean = self.sum / periods.max(1.0);
        let excess = self.squares / periods.max(1.0) - mean * mean - mean;
        let shape = if excess > 0.0 { mean * mean / excess } else { most };
        shape.clamp(SHAPES.0, most)
    }
}

/// Bits of a count of at least this, where `mean` is expected and rates have the shape.
pub fn bits(count: f64, mean: f64, shape: f64) -> f64 {
    let (mean, shape) = (mean.max(1e-6), shape.max(1e-3));
    if count.is_nan() || mean.is_nan() || count <= mean {
        return 0.0;
    }
    let bits =
        count * log2(count / mean) - (count + shape) * log2((count + shape) / (mean + shape));
    if bits > 0.0 { bits.min(1000.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The exact tail, summed up term by term.
    fn exact(count: u32, mean: f64, shape: f64) -> f64 {
        let q = mean / (mean + shape);
        let mut term = (shape * (shape / (mean + shape)).ln()).exp();
        let mut below = 0.0;
        let mut above = 0.0;
        for n in 0..200_000u32 {
            if n < count {
                below += term
            } else {
                above += term
            }
            term *= (f64::from(n) + shape) / (f64::from(n) + 1.0) * q;
            if n > count && term < above * 1e-15 {
                break;
            }
        }
        assert!((below + above - 1.0).abs() < 1e-6, "{below} {above}");
        -above.log2()
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn bits_are_a_bound_of_the_exact_tail(count in 1u32..400, mean in 0.05f64..60.0, shape in 0.25f64..1.0) {
            let (found, exact) = (bits(f64::from(count), mean, shape), exact(count, mean, shape));
            prop_assert!(found <= exact + 1e-6, "{found} {exact}");
            prop_assert!(f64::from(count) <= mean || exact - found <= 6.0 + f64::from(count).log2(), "{found} {exact}");
        }

        #[test]
        fn more_is_more_surprising(count in 1f64..1e9, more in 1f64..1e9, mean in 0.01f64..1e6, shape in 0.25f64..1.0) {
            prop_assert!(bits(count + more, mean, shape) >= bits(count, mean, shape));
            prop_assert!(bits(count, mean + more, shape) <= bits(count, mean, shape));
        }

        #[test]
        fn merging_adds(one in prop::collection::vec(0u16..1000, 0..50), two in prop::collection::vec(0u16..1000, 0..50)) {
            let of = |counts: &[u16]| counts.iter().fold(Moments::default(), |moments, count| moments.with(f64::from(*count)));
            prop_assert_eq!(of(&one).merge(of(&two)), of(&two).merge(of(&one)));
            prop_assert_eq!(of(&one).merge(of(&two)), of(&[one, two].concat()));
        }

        #[test]
        fn any_word_reads_as_finite_sums(word in any::<u64>()) {
            let moments = Moments::read(word);
            prop_assert!(moments.sum.is_finite() && moments.squares.is_finite());
            prop_assert!((0.25..=1.0).contains(&moments.shape(20.0)));
        }
    }

    #[test]
    fn one_hour_that_repeats_says_how_much_is_typical_and_how_often() {
        let of = |counts: &[f64]| counts.iter().fold(Moments::default(), |all, n| all.with(*n));
        let nightly = of(&[0.0, 500.0, 0.0, 0.0, 500.0, 0.0, 500.0]);
        assert_eq!((nightly.typical(), nightly.periods()), (500.0, 3.0));
        let once = of(&[5.0, 5.0, 5.0, 5.0, 500.0]);
        assert!(once.typical() > 470.0 && once.periods() < 1.1, "{once:?}");
        assert_eq!((of(&[]).typical(), of(&[0.0]).periods()), (0.0, 0.0));
    }

    #[test]
    fn a_clerk_who_reads_six_a_day() {
        let month = (0..20).fold(Moments::default(), |moments, day| {
            moments.with(f64::from([5, 6, 7, 6][day % 4]))
        });
        assert_eq!(month.shape(20.0), 1.0, "steady counts have the steadiest shape");
        assert!(
            bits(43.0, 1.2, 1.0) > 25.0 && bits(60.0, 6.0, 1.0) < 9.0,
            "{} {}",
            bits(43.0, 1.2, 1.0),
            bits(60.0, 6.0, 1.0)
        );
    }
}
