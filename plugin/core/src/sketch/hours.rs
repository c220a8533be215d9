//! In how many weeks something was active, for each hour of the week: 168 counts of four bits in eleven words.
//!
//! A week counts 3, exactly up to 15. Halving them now and then forgets, rounded down: of what was seen once nothing is left after the second time.

/// Hours of a week, from Sunday midnight on.
pub const WEEK: u32 = 7 * 24;
pub const WORDS: usize = (WEEK as usize).div_ceil(LANES);
const LANES: usize = 16;
const MOST: u64 = 15;
/// Weight of an active week.
pub const WEIGHT: u64 = 3;

/// The words of a profile.
pub struct Hours<'a>(pub &'a mut [u64; WORDS]);

fn place(hour: u32) -> (usize, u32) {
    let hour = (hour % WEEK) as usize;
    (hour / LANES, ((hour % LANES) as u32).wrapping_mul(4))
}

impl Hours<'_> {
    pub fn get(&self, hour: u32) -> u64 {
        let (word, shift) = place(hour);
        self.0.get(word).map_or(0, |word| word.wrapping_shr(shift) & MOST)
    }

    pub fn add(&mut self, hour: u32) {
        self.raise(hour, WEIGHT);
    }

    fn raise(&mut self, hour: u32, by: u64) {
        let (word, shift) = place(hour);
        if let Some(word) = self.0.get_mut(word) {
            let old = word.wrapping_shr(shift) & MOST;
            *word ^= (old ^ old.saturating_add(by).min(MOST)).wrapping_shl(shift);
        }
    }

    /// True if the hour, or the one before or after it, was active: a change of clocks moves hours by one.
    pub fn is_near(&self, hour: u32) -> bool {
        [WEEK - 1, 0, 1].into_iter().any(|step| self.get(hour.wrapping_add(step)) > 0)
    }

    /// The sum of all counts.
    pub fn total(&self) -> u64 {
        const EVEN: u64 = 0x0f0f_0f0f_0f0f_0f0f;
        let bytes =
            |word: u64| (word & EVEN).wrapping_add(word.wrapping_shr(4) & EVEN).to_le_bytes();
        self.0.iter().flat_map(|word| bytes(*word)).map(u64::from).fold(0, u64::wrapping_add)
    }

    pub fn halve(&mut self) {
        self.0.iter_mut().for_each(|word| *word = word.wrapping_shr(1) & 0x7777_7777_7777_7777);
    }

    /// Joins another profile of the same weeks: of each hour the higher count.
    pub fn join(&mut self, other: &mut [u64; WORDS]) {
        let other = Hours(other);
        (0..WEEK).for_each(|hour| {
            self.raise(hour, other.get(hour).saturating_sub(self.get(hour)));
        });
    }

    /// Adds the counts of another profile.
    pub fn merge(&mut self, other: &mut [u64; WORDS]) {
        let other = Hours(other);
        (0..WEEK).for_each(|hour| self.raise(hour, other.get(hour)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn profile(hours: &[u32]) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        hours.iter().for_each(|hour| Hours(&mut words).add(*hour));
        words
    }

    fn merged(mut one: [u64; WORDS], mut two: [u64; WORDS]) -> [u64; WORDS] {
        Hours(&mut one).merge(&mut two);
        one
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn merging_adds(one in prop::collection::vec(0..WEEK, 0..300), two in prop::collection::vec(0..WEEK, 0..300), three in prop::collection::vec(0..WEEK, 0..300)) {
            let [a, b, c] = [&one, &two, &three].map(|hours| profile(hours));
            prop_assert_eq!(merged(a, b), profile(&[one, two].concat()));
            prop_assert_eq!(merged(a, b), merged(b, a));
            prop_assert_eq!(merged(merged(a, b), c), merged(a, merged(b, c)));
        }
    }

    #[test]
    fn joining_takes_the_higher_count() {
        let joined = |mut one: [u64; WORDS], mut two: [u64; WORDS]| {
            Hours(&mut one).join(&mut two);
            one
        };
        let (one, two) = (profile(&[1, 1, 5, 167]), profile(&[1, 5, 5, 30]));
        assert_eq!(joined(one, two), profile(&[1, 1, 5, 5, 30, 167]));
        assert_eq!(joined(one, two), joined(two, one));
    }

    #[test]
    fn counts_are_exact_up_to_their_limit_and_halve() {
        let mut words = profile(&[0, 167, 5, 5, 5]);
        let mut hours = Hours(&mut words);
        assert_eq!(([0, 1, 5, 167].map(|hour| hours.get(hour)), hours.total()), ([3, 0, 9, 3], 15));
        assert!(
            hours.is_near(6) && hours.is_near(166) && hours.is_near(1) && !hours.is_near(8),
            "around the end of the week too"
        );
        (0..40).for_each(|_| hours.add(5));
        assert_eq!((hours.get(5), hours.total()), (15, 21));
        hours.halve();
        assert_eq!(([0, 5, 167].map(|hour| hours.get(hour)), hours.total()), ([1, 7, 1], 9));
    }
}
