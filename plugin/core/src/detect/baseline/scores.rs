//! How surprising events really are: for each detector that holds every event against chance, how many actors reach how many bits in a day. From that
//! follows from how many bits on there are no more findings than the detector's share of the budget. Chances are bounds, mostly far from exact: without
//! this, most of the budget is left over.
//!
//! An actor counts once a day for a detector, with its most surprising event: a busy actor teaches no more than another. Kept apart from `Fleet`, so that
//! older snapshots keep what that learned.

use super::{NEW_VALUE, OFF_HOURS};
use crate::sketch::{Words, pack, unpack};

/// The detectors whose events are scored, which share the budget: their bits are limited by how much is known of an actor, while those of counts and
/// of transitions are not.
const SCORED: [usize; 2] = [NEW_VALUE, OFF_HOURS];
/// Steps of half a bit from `LEAST_LIMIT` on; the last has all that is above.
const STEPS: usize = 64;
const STEP: f64 = 0.5;
/// Less is no finding, however quiet a fleet is: a person with a laptop and a phone reaches 9 bits.
pub const LEAST_LIMIT: f64 = 11.0;
/// Days that were scored, decayed; 0 before an actor was evaluated.
const DAYS: usize = 0;
const IS_BEGUN: usize = 1;
const COUNTS: usize = 2;
/// The limits of the current day.
const LIMITS: usize = COUNTS + SCORED.len() * STEPS;
/// What the actors of the current day reached: the print of actor and detector; day and step.
const REACHED: usize = LIMITS + SCORED.len();
const PLACES: usize = 512;
const LEN: usize = REACHED + PLACES;
/// Of a count that is seen n times in all, at least this much more is expected.
const UNSEEN: f64 = 2.0;

pub struct Scores {
    pub words: Words,
    alerts_per_day: f64,
}

impl Scores {
    pub fn new(id: &'static str, alerts_per_day: f64) -> Scores {
        Scores { words: Words::new(id, 1, LEN), alerts_per_day }
    }

    /// Reads any word, also of a foreign snapshot.
    fn get(&self, index: usize) -> f64 {
        let sum = f64::from_bits(self.words.get(index));
        if sum > 0.0 && sum.is_finite() { sum } else { 0.0 }
    }

    fn set(&mut self, index: usize, sum: f64) {
        self.words.set(index, sum.to_bits());
    }

    fn add(&mut self, index: usize, more: f64) {
        self.set(index, (self.get(index) + more).max(0.0));
    }

    /// Moves on to another day: forgets all but the weight, and finds the limits.
    pub fn turn(&mut self, weight: f64) {
        for index in COUNTS..LIMITS {
            self.set(index, self.get(index) * weight);
        }
        if self.words.get(IS_BEGUN) != 0 {
            self.set(DAYS, self.get(DAYS) * weight + 1.0);
        }
        self.find_limits();
    }

    /// Adds what another part of the fleet reached, in the same days or in others. Either order gives the same.
    pub fn merge(&mut self, other: &Scores, is_parallel: bool) {
        let (days, more) = (self.get(DAYS), other.get(DAYS));
        self.set(DAYS, if is_parallel { days.max(more) } else { days + more });
        self.words.set(IS_BEGUN, self.words.get(IS_BEGUN).max(other.words.get(IS_BEGUN)));
        for index in COUNTS..LIMITS {
            self.add(index, other.get(index));
        }
        for index in REACHED..LEN {
            self.words.set(index, self.words.get(index).max(other.words.get(index)));
        }
        self.find_limits();
    }

    /// Has days counted from now on: an actor is evaluated.
    pub fn begin(&mut self) {
        self.words.set(IS_BEGUN, 1);
    }

    /// Learns the bits of an actor's event.
    pub fn see(&mut self, learner: usize, key: u64, day: u32, bits: f64) {
        let Some(test) = SCORED.iter().position(|test| *test == learner) else { return };
        if bits < LEAST_LIMIT {
            return;
        }
        let step = (((bits - LEAST_LIMIT) / STEP) as usize).min(STEPS.wrapping_sub(1));
        let (place, print) = place(test, key);
        let now = day.wrapping_shl(8) | step as u32;
        let (held, reached) = unpack(self.words.get(place));
        let is_today = reached.wrapping_shr(8) == day;
        // Where two actors have one place, the more surprising one counts.
        if is_today && reached >= now {
            return;
        }
        if is_today && held == print {
            self.add(index(test, (reached & 0xff) as usize), -1.0);
        }
        self.words.set(place, pack(print, now));
        self.add(index(test, step), 1.0);
    }

    /// From how many bits on there are no more actors a day than the budget has for the detector; `None` as long as too few days are known.
    pub fn limit(&self, learner: usize) -> Option<f64> {
        let test = SCORED.iter().position(|test| *test == learner)?;
        let limit = self.get(LIMITS.saturating_add(test));
        (limit >= LEAST_LIMIT).then_some(limit)
    }

    /// The actor was found by other detectors: what they did not find themselves is no sign of what is usual, nor is it for the rest of the day.
    #[cold]
    #[inline(never)]
    pub fn exclude(&mut self, key: u64, day: u32, is_stated: impl Fn(usize) -> bool) {
        for (test, _) in SCORED.iter().enumerate().filter(|(_, learner)| !is_stated(**learner)) {
            let (place, print) = place(test, key);
            let (held, reached) = unpack(self.words.get(place));
            let (is_today, step) = (reached.wrapping_shr(8) == day, reached & 0xff);
            if is_today && held == print && step < STEPS as u32 {
                self.add(index(test, step as usize), -1.0);
            }
            self.words.set(place, pack(print, day.wrapping_shl(8) | 0xff));
        }
    }

    fn all(&self, test: usize) -> f64 {
        UNSEEN + (0..STEPS).map(|step| self.get(index(test, step))).sum::<f64>()
    }

    /// How many actors each detector may find in the days that are known: what one has no use for is shared by the others.
    fn share(&self) -> f64 {
        let mut left = self.get(DAYS) * self.alerts_per_day;
        let mut counts = std::array::from_fn::<f64, { SCORED.len() }, _>(|test| self.all(test));
        counts.sort_unstable_by(f64::total_cmp);
        let mut share = 0.0;
        for (before, count) in counts.into_iter().enumerate() {
            share = left / SCORED.len().saturating_sub(before) as f64;
            left -= count.min(share);
        }
        share
    }

    fn find_limits(&mut self) {
        let share = self.share();
        for test in 0..SCORED.len() {
            let mut above = UNSEEN;
            let free = (0..STEPS).rev().take_while(|step| {
                above += self.get(index(test, *step));
                above <= share
            });
            let free = free.count();
            let limit = LEAST_LIMIT + STEPS.saturating_sub(free) as f64 * STEP;
            self.set(LIMITS.saturating_add(test), if free > 0 { limit } else { 0.0 });
        }
    }
}

/// The place of an actor for a detector, and by what it is known there.
fn place(test: usize, key: u64) -> (usize, u32) {
    let print = key.wrapping_add(test as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (REACHED.saturating_add(print.wrapping_shr(40) as usize % PLACES), print as u32)
}

fn index(test: usize, step: usize) -> usize {
    COUNTS
        .saturating_add(test.saturating_mul(STEPS))
        .saturating_add(step.min(STEPS.wrapping_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days on each of which so many actors reach bits from the least limit on, each half a bit more than the one before.
    fn scored(days: u32, actors: u64) -> Scores {
        let mut scores = Scores::new("test", 2.0);
        scores.begin();
        for day in 20_000..20_000 + days {
            for actor in 0..actors {
                scores.see(NEW_VALUE, (actor + 1) << 36, day, LEAST_LIMIT + actor as f64 * STEP);
            }
            scores.turn(1.0);
        }
        scores
    }

    #[test]
    fn the_limit_leaves_the_most_surprising_actor_of_a_day() {
        let scores = scored(20, 12);
        // Twelve actors a day in twelve steps: of two alerts a day one is left over by the other detector, in which nothing was surprising.
        let limit = scores.limit(NEW_VALUE).unwrap();
        assert_eq!(limit, LEAST_LIMIT + 11.0 * STEP, "{limit}");
        assert_eq!(scores.limit(OFF_HOURS), Some(LEAST_LIMIT), "nothing was surprising there");
        assert_eq!(scores.limit(super::super::TAKEOVER), None);
    }

    #[test]
    fn nothing_is_known_before_enough_days_are() {
        let mut scores = Scores::new("test", 1.0);
        scores.turn(1.0);
        assert_eq!(scores.limit(NEW_VALUE), None, "nobody was evaluated");
        scores.begin();
        (0..3).for_each(|_| scores.turn(1.0));
        assert_eq!(scores.limit(NEW_VALUE), None, "half an alert in each of three days");
        scores.turn(1.0);
        assert_eq!(scores.limit(NEW_VALUE), Some(LEAST_LIMIT));
    }

    #[test]
    fn an_actor_counts_once_a_day_with_its_most_surprising_event() {
        let mut scores = Scores::new("test", 2.0);
        for bits in [14.0, 25.0, 17.0, 25.0, 12.0] {
            scores.see(OFF_HOURS, 77 << 40, 20_000, bits);
        }
        let sum: f64 = (COUNTS..LIMITS).map(|index| scores.get(index)).sum();
        assert_eq!((sum, scores.get(index(1, 28))), (1.0, 1.0));
        scores.see(OFF_HOURS, 77 << 40, 20_001, 14.0);
        assert_eq!(scores.get(index(1, 6)), 1.0, "on the next day again");
    }

    #[test]
    fn what_others_found_teaches_nothing() {
        let mut scores = Scores::new("test", 6.0);
        let sum = |scores: &Scores| (COUNTS..LIMITS).map(|index| scores.get(index)).sum::<f64>();
        scores.see(NEW_VALUE, 77 << 40, 20_000, 12.0);
        scores.exclude(77 << 40, 20_000, |learner| learner == NEW_VALUE);
        assert_eq!(sum(&scores), 1.0, "its own finding counts");
        scores.exclude(77 << 40, 20_000, |_| false);
        scores.see(NEW_VALUE, 77 << 40, 20_000, 15.0);
        assert_eq!(sum(&scores), 0.0, "nor does the rest of that day");
        scores.see(NEW_VALUE, 77 << 40, 20_001, 15.0);
        assert_eq!(sum(&scores), 1.0);
    }

    #[test]
    fn merged_shards_have_the_limits_of_the_whole() {
        let (mut one, two) = (scored(20, 12), scored(20, 12));
        let other = scored(20, 12);
        one.merge(&two, true);
        assert_eq!(one.get(DAYS), 20.0);
        assert!(one.limit(NEW_VALUE) > other.limit(NEW_VALUE), "twice as many actors a day");
        let (mut left, mut right) = (scored(9, 3), scored(20, 12));
        left.merge(&other, true);
        right.merge(&scored(9, 3), true);
        assert_eq!(left.words.words, right.words.words);
    }

    #[test]
    fn any_words_read_as_limits_in_bounds() {
        let mut scores = Scores::new("test", 2.0);
        for word in [u64::MAX, f64::NAN.to_bits(), f64::NEG_INFINITY.to_bits(), 1] {
            scores.words.words.fill(word);
            scores.see(OFF_HOURS, 5, 20_000, 1e300);
            scores.turn(0.5);
            let most = LEAST_LIMIT + STEPS as f64 * STEP;
            assert!(
                scores.limit(OFF_HOURS).is_none_or(|limit| (LEAST_LIMIT..=most).contains(&limit))
            );
        }
    }
}
