//! How often each of many values was seen, in fixed memory: a count-min sketch of two rows of sixteen-bit counts with conservative update.
//!
//! An estimate is never below the count of a value (up to 65,535, and but for halving). It is above it by more than three times the number of values added
//! divided by the columns with a chance of at most one in seven. When four times as many values as columns were added, all counts are halved.

use super::Words;

const LANES: u64 = 4;
const MOST: u64 = 0xffff;
/// The first word counts what was added since the last halving.
const HEADER: usize = 1;
/// Additions for each column before the counts are halved.
const LOAD: u64 = 4;

pub struct Frequency {
    pub words: Words,
    /// Columns of each of both rows.
    columns: u64,
}

impl Frequency {
    /// Within `memory` bytes, at least 64 columns.
    pub fn new(id: &'static str, memory: usize) -> Frequency {
        // Two rows, four counts a word.
        let words = (memory / 8).saturating_sub(HEADER).clamp(32, 1 << 24) & !1;
        Frequency {
            words: Words::new(id, super::EDITION | 1, words.saturating_add(HEADER))
                .fitted_by(take_over, 1),
            columns: (words as u64 / 2).saturating_mul(LANES),
        }
    }

    /// The word and the shift of the value's count in each row.
    fn places(&self, hash: u64) -> [(usize, u32); 2] {
        let column = |half: u64| half.wrapping_mul(self.columns).wrapping_shr(32);
        let first = column(hash.wrapping_shr(32));
        let second = column(hash & 0xffff_ffff).wrapping_add(self.columns);
        [first, second]
            .map(|column| ((column / LANES) as usize, (column % LANES) as u32))
            .map(|(word, lane)| (word.saturating_add(HEADER), lane.wrapping_mul(16)))
    }

    fn get(&self, (word, shift): (usize, u32)) -> u64 {
        self.words.get(word).wrapping_shr(shift) & MOST
    }

    /// How often the value was seen, known by its hash; at least as often as it was.
    pub fn estimate(&self, hash: u64) -> u64 {
        let [first, second] = self.places(hash);
        self.get(first).min(self.get(second))
    }

    pub fn add(&mut self, hash: u64) {
        let counts = self.places(hash).map(|place| (place, self.get(place)));
        let [(_, first), (_, second)] = counts;
        let raised = first.min(second).saturating_add(1).min(MOST);
        for ((word, shift), old) in counts {
            if old < raised {
                self.words.set(word, self.words.get(word) ^ (old ^ raised).wrapping_shl(shift));
            }
        }
        let added = self.words.get(0).saturating_add(1);
        self.words.set(0, added);
        if added >= self.columns.saturating_mul(LOAD) {
            self.halve();
        }
    }

    #[cold]
    fn halve(&mut self) {
        if let Some((added, counts)) = self.words.words.split_first_mut() {
            *added /= 2;
            counts.iter_mut().for_each(|word| *word = word.wrapping_shr(1) & 0x7fff_7fff_7fff_7fff);
        }
    }

    /// Adds the counts of another sketch of the same size.
    pub fn merge(&mut self, other: &Frequency) {
        self.words.set(0, self.words.get(0).saturating_add(other.words.get(0)));
        for (word, more) in self.words.words.iter_mut().zip(&other.words.words).skip(HEADER) {
            let sum = |shift: u32| {
                (word.wrapping_shr(shift) & MOST)
                    .saturating_add(more.wrapping_shr(shift) & MOST)
                    .min(MOST)
                    .wrapping_shl(shift)
            };
            *word = [0, 16, 32, 48].into_iter().fold(0, |all, shift| all | sum(shift));
        }
    }
}

/// Takes over the counts of a sketch of another size: each column gets the highest of those that its values may have had, so that no estimate is below the
/// count of its value.
fn take_over(own: &mut [u64], old: &[u64], _: usize) -> bool {
    let (Some((added, own)), Some((old_added, old))) = (own.split_first_mut(), old.split_first())
    else {
        return false;
    };
    let columns = |words: &[u64]| (words.len() as u64 / 2).saturating_mul(LANES);
    let (room, held) = (columns(own), columns(old));
    let count = |at: u64| {
        let word = old.get((at / LANES) as usize).copied().unwrap_or_default();
        word.wrapping_shr(((at % LANES) as u32).wrapping_mul(16)) & MOST
    };
    for at in 0..room.saturating_mul(2) {
        let (row, column) = if at < room { (0u64, at) } else { (1, at.wrapping_sub(room)) };
        let first = column.saturating_mul(held).checked_div(room).unwrap_or_default();
        // One more than the last of them.
        let end = column.saturating_add(1).saturating_mul(held).saturating_sub(1);
        let end = end.checked_div(room).unwrap_or_default().saturating_add(1);
        let most = (first..end).map(|at| count(row.saturating_mul(held).saturating_add(at))).max();
        if let Some(word) = own.get_mut((at / LANES) as usize) {
            *word |= most.unwrap_or_default().wrapping_shl(((at % LANES) as u32).wrapping_mul(16));
        }
    }
    *added = (*old_added).min(room.saturating_mul(LOAD / 2));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::HashKey;
    use proptest::prelude::*;

    fn hash(value: u64) -> u64 {
        HashKey(1, 2).hash(&value.to_le_bytes())
    }

    fn counted(values: &[u8]) -> Frequency {
        let mut frequency = Frequency::new("test", 4096);
        values.iter().for_each(|value| frequency.add(hash(u64::from(*value))));
        frequency
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn estimates_are_never_too_low_and_merging_adds(one in prop::collection::vec(any::<u8>(), 0..300), two in prop::collection::vec(any::<u8>(), 0..300)) {
            let (mut merged, mut swapped) = (counted(&one), counted(&two));
            merged.merge(&counted(&two));
            swapped.merge(&counted(&one));
            prop_assert_eq!(&merged.words.words, &swapped.words.words);
            for value in 0..=255u8 {
                let times = [&one, &two].map(|values| values.iter().filter(|held| **held == value).count() as u64);
                prop_assert!(counted(&one).estimate(hash(u64::from(value))) >= times[0]);
                prop_assert!(merged.estimate(hash(u64::from(value))) >= times[0] + times[1]);
            }
        }
    }

    #[test]
    fn estimates_are_seldom_too_high_by_more_than_their_bound() {
        let mut frequency = Frequency::new("test", 4096);
        let columns = frequency.columns;
        let values = columns * 3;
        (0..values).for_each(|value| frequency.add(hash(value)));
        let bound = 1 + 3 * values / columns;
        let above =
            (0..values).filter(|value| frequency.estimate(hash(*value)) > bound).count() as u64;
        assert!(above * 7 <= values, "{above} of {values}");
        assert!(frequency.words.memory() <= 4096);
    }

    #[test]
    fn counts_are_halved_when_there_are_many() {
        let mut frequency = Frequency::new("test", 0);
        (0..100).for_each(|_| frequency.add(hash(7)));
        assert_eq!(frequency.estimate(hash(7)), 100);
        (0..frequency.columns * LOAD - 100).for_each(|n| frequency.add(hash(1000 + n)));
        assert!((50..60).contains(&frequency.estimate(hash(7))), "{}", frequency.estimate(hash(7)));
    }

    #[test]
    fn no_estimate_is_below_its_count_under_another_size() {
        for (before, after) in [(4096, 900), (900, 4096)] {
            let (mut old, mut new) =
                (Frequency::new("test", before), Frequency::new("test", after));
            (0..50u64).for_each(|value| (0..=value % 5).for_each(|_| old.add(hash(value))));
            assert!(new.words.take_over(&old.words.words));
            assert!((0..50u64).all(|value| new.estimate(hash(value)) > value % 5));
        }
    }
}
