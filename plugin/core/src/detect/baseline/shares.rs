//! Shares among all actors that say how rare something is beyond one actor's own experience: values that nobody had before, hours outside an actor's own,
//! and counts of those who take or change anything at all. Kept apart from `Fleet`, so that older snapshots keep what that learned.

use super::actor::Ended;
use super::{KINDS, QUANTITIES, SCALES};
use crate::sketch::Words;
use crate::sketch::logarithm::{exp2, log2};

/// Values that were new to their actor, and those of them that no actor had before.
const NEW: usize = 0;
const FIRST: usize = NEW + KINDS;
/// Periods in which an actor had a count of the quantity, and the sum of the logarithms of those counts.
const PERIODS: usize = FIRST + KINDS;
const LOGARITHMS: usize = PERIODS + QUANTITIES * SCALES;
/// Active hours of people, and those of them that were outside the hours of the day at which the actor is active.
const HOURS: usize = LOGARITHMS + QUANTITIES * SCALES;
const OUTSIDE: usize = HOURS + 1;
const LEN: usize = OUTSIDE + 1;

pub struct Shares {
    pub words: Words,
}

impl Shares {
    pub fn new(id: &'static str) -> Shares {
        Shares { words: Words::new(id, 1, LEN) }
    }

    fn get(&self, index: usize) -> f64 {
        self.words.sum(index)
    }

    fn add(&mut self, index: usize, more: f64) {
        self.words.add_sum(index, more);
    }

    /// Forgets all but the weight.
    pub fn fade(&mut self, weight: f64) {
        for index in 0..LEN {
            let sum = self.get(index) * weight;
            self.words.set(index, sum.to_bits());
        }
    }

    /// Adds what another part of the fleet learned.
    pub fn merge(&mut self, other: &Shares) {
        for index in 0..LEN {
            self.add(index, other.get(index));
        }
    }

    /// Learns a value that is new to its actor.
    pub fn see_value(&mut self, kind: usize, is_first: bool) {
        self.add(NEW.saturating_add(kind), 1.0);
        if is_first {
            self.add(FIRST.saturating_add(kind), 1.0);
        }
    }

    /// The chance that a value that is new to its actor is new to all.
    pub fn first(&self, kind: usize) -> f64 {
        let (new, first) =
            (self.get(NEW.saturating_add(kind)), self.get(FIRST.saturating_add(kind)));
        ((first + 1.0) / (new + 2.0)).min(1.0)
    }

    /// Learns an active hour of a person.
    pub fn see_hour(&mut self, is_outside: bool) {
        self.add(HOURS, 1.0);
        if is_outside {
            self.add(OUTSIDE, 1.0);
        }
    }

    /// The chance that an active hour of a person is outside the hours of the day at which that person is active.
    pub fn outside(&self) -> f64 {
        ((self.get(OUTSIDE) + 1.0) / (self.get(HOURS) + 2.0)).min(1.0)
    }

    /// Learns from counts of periods that ended.
    pub fn finish(&mut self, ended: &Ended) {
        for (scale, counts) in ended.counts.iter().enumerate() {
            let counts = counts.iter().flat_map(|counts| counts.iter().enumerate());
            for (quantity, count) in counts.filter(|(_, count)| **count > 0) {
                let at = place(quantity, scale);
                self.add(PERIODS.saturating_add(at), 1.0);
                self.add(LOGARITHMS.saturating_add(at), log2(f64::from(*count) + 1.0));
            }
        }
    }

    /// Typical count of an actor that has any in a period of the scale: the mean of logarithms, which one busy job does not move.
    pub fn usual(&self, quantity: usize, scale: usize) -> f64 {
        let at = place(quantity, scale);
        let periods = self.get(PERIODS.saturating_add(at)).max(1.0);
        exp2(self.get(LOGARITHMS.saturating_add(at)) / periods) - 1.0
    }
}

fn place(quantity: usize, scale: usize) -> usize {
    quantity.saturating_mul(SCALES).saturating_add(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_begins_at_a_half_and_follows_what_is_seen() {
        let mut shares = Shares::new("test");
        assert_eq!((shares.first(2), shares.outside()), (0.5, 0.5));
        for turn in 0..98 {
            shares.see_value(2, turn % 49 == 0);
            shares.see_hour(turn == 0);
        }
        assert_eq!((shares.first(2), shares.outside()), (0.03, 0.02));
        assert_eq!(shares.first(3), 0.5, "of another kind");
        shares.fade(0.0);
        assert_eq!(shares.first(2), 0.5);
    }

    fn ended(counts: [Option<[u32; QUANTITIES]>; SCALES]) -> Ended {
        Ended { counts, ..Ended::default() }
    }

    #[test]
    fn only_periods_with_a_count_say_how_much_is_usual() {
        let mut shares = Shares::new("test");
        for _ in 0..9 {
            shares.finish(&ended([Some([0, 0, 0]), Some([0, 0, 0])]));
        }
        shares.finish(&ended([Some([3, 0, 0]), None]));
        shares.finish(&ended([Some([0, 0, 0]), Some([7, 0, 1])]));
        let usual = |quantity, scale| (shares.usual(quantity, scale) + 0.5) as u32;
        assert_eq!((usual(0, 0), usual(0, 1), usual(1, 0), usual(2, 1)), (3, 7, 0, 1));
    }

    #[test]
    fn any_words_read_as_shares() {
        let mut shares = Shares::new("test");
        for word in [u64::MAX, f64::NAN.to_bits(), f64::NEG_INFINITY.to_bits(), 1] {
            shares.words.words.fill(word);
            let found = [shares.first(5), shares.outside()];
            assert!(shares.usual(0, 1).is_finite());
            assert!(found.iter().all(|share| (0.0..=1.0).contains(share)), "{found:?}");
        }
    }
}
