//! How surprising events really are: for each detector that holds every event against chance, how many actors reach how many bits in a day. From that
//! follows from how many bits on there are no more findings than the detector's share of the budget. Chances are bounds, mostly far from exact: without
//! this, most of the budget is left over.
//!
//! An actor counts once a day for a test, with its most surprising event: a busy actor teaches no more than another. Beside each actor stands how far it
//! came today (`Reached`), so that the count is exact however many actors there are. Kept apart from `Fleet`, so that older snapshots keep what that learned.

use super::{NEW_VALUE, OFF_HOURS, SEQUENCE, SILENCE, VOLUME};
use crate::sketch::Words;
use crate::sketch::decayed::weight;

/// Something that every event is held against.
#[derive(Debug)]
pub struct Test {
    /// The detector that has it.
    pub learner: usize,
    /// Bits of counts have long tails: their steps are so many times as long.
    pub times: f64,
    /// At most one of so many days of entities is a finding, however much budget a small fleet has.
    pub rare: f64,
    /// Less is no finding, however few reach it, unless chance allows it.
    pub least: f64,
}

/// Tests of actors, which share the budget: new values of where an actor comes from and with what, those of what it does, unusual hours, steps left out, and
/// records taken or changed. People come from new places for many harmless reasons.
pub const PLACE: usize = 0;
pub const WORK: usize = 1;
pub const HOURS: usize = 2;
pub const SKIPPED: usize = 3;
pub const TAKEN: usize = 4;
pub static OF_ACTORS: [Test; 5] = [
    Test { learner: NEW_VALUE, times: 1.0, rare: 200.0, least: 0.0 },
    Test { learner: NEW_VALUE, times: 1.0, rare: 40.0, least: 0.0 },
    Test { learner: OFF_HOURS, times: 1.0, rare: 40.0, least: 0.0 },
    Test { learner: SEQUENCE, times: 1.0, rare: 40.0, least: 0.0 },
    Test { learner: VOLUME, times: 4.0, rare: 40.0, least: 10.0 },
];
const MOST_TESTS: usize = OF_ACTORS.len();
/// Detectors whose findings are counted beside the tests of actors.
pub const FOUND_OF_ACTORS: usize = SILENCE + 1;
/// Steps of half a bit from `LEAST_LIMIT` on; the last has all that is above.
const STEPS: usize = 62;
const STEP: f64 = 0.5;
/// Less is no finding, however quiet a fleet is: a person with a laptop and a phone reaches 9 bits.
pub const LEAST_LIMIT: f64 = 4.0;
/// Days that were scored, decayed; 0 before an actor was evaluated.
const DAYS: usize = 0;
/// Days of actors that were evaluated, decayed.
const ACTOR_DAYS: usize = 1;
/// Then the steps of each test, the limits of the current day, and how many actors each detector found of late.
const COUNTS: usize = 2;
/// They are forgotten by half within so many hours.
const FOUND_HALF_LIFE: u32 = 24;
/// Of a count that is seen n times in all, at least this much more is expected.
const UNSEEN: f64 = 1.0;

/// How far an actor came on its newest day, in the 32 bits beside its stamp in the table: six for each test, which are the step above 0, or `EXCLUDED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached(pub u32);

const REACHED_BITS: u32 = 6;
/// The actor was found by other detectors on the day.
const EXCLUDED: u32 = (1 << REACHED_BITS) - 1;
const _: () = assert!(STEPS < EXCLUDED as usize && MOST_TESTS as u32 * REACHED_BITS <= u32::BITS);

impl Reached {
    fn shift(test: usize) -> u32 {
        ((test % MOST_TESTS) as u32).wrapping_mul(REACHED_BITS)
    }

    fn get(self, test: usize) -> u32 {
        self.0.wrapping_shr(Reached::shift(test)) & EXCLUDED
    }

    fn set(&mut self, test: usize, value: u32) {
        let shift = Reached::shift(test);
        self.0 = self.0 & !EXCLUDED.wrapping_shl(shift) | (value & EXCLUDED).wrapping_shl(shift);
    }
}

pub struct Scores {
    pub words: Words,
    alerts_per_day: f64,
    tests: &'static [Test],
    /// The first of the detectors whose findings are counted.
    first: usize,
}

impl Scores {
    /// Of these tests, and of so many detectors from the first on.
    pub fn new(
        id: &'static str,
        alerts_per_day: f64,
        tests: &'static [Test],
        (first, learners): (usize, usize),
    ) -> Scores {
        let len = tests.len().saturating_mul(STEPS.saturating_add(1));
        let len = len.saturating_add(COUNTS).saturating_add(learners);
        Scores { words: Words::new(id, 3, len), alerts_per_day, tests, first }
    }

    /// With nothing learned.
    pub fn empty(&self) -> Scores {
        let words = Words::new(self.words.id, self.words.shape, self.words.words.len());
        Scores { words, ..*self }
    }

    fn len(&self) -> usize {
        self.words.words.len()
    }

    /// Where the limits begin, and the findings of detectors.
    fn limits(&self) -> usize {
        COUNTS.saturating_add(self.tests.len().saturating_mul(STEPS))
    }

    fn findings(&self) -> usize {
        self.limits().saturating_add(self.tests.len())
    }

    fn finding(&self, learner: usize) -> usize {
        self.findings().saturating_add(learner.saturating_sub(self.first))
    }

    /// Bits of a step of a test.
    fn length(&self, test: usize) -> f64 {
        self.tests.get(test).map_or(1.0, |test| test.times) * STEP
    }

    /// Reads any word, also of a foreign snapshot.
    fn get(&self, index: usize) -> f64 {
        let sum = f64::from_bits(self.words.get(index));
        if sum > 0.0 && sum <= f64::MAX { sum } else { 0.0 }
    }

    fn set(&mut self, index: usize, sum: f64) {
        self.words.set(index, sum.to_bits());
    }

    fn add(&mut self, index: usize, more: f64) {
        self.set(index, (self.get(index) + more).max(0.0));
    }

    /// Moves on to another day: forgets all but the part that is left, and finds the limits.
    pub fn turn(&mut self, left: f64) {
        for index in ACTOR_DAYS..self.limits() {
            self.set(index, self.get(index) * left);
        }
        if self.get(ACTOR_DAYS) > 0.0 {
            self.set(DAYS, self.get(DAYS) * left + 1.0);
        }
        self.find_limits();
    }

    /// Forgets what was found so many hours ago.
    pub fn pass(&mut self, hours: u32) {
        let left = weight(hours, FOUND_HALF_LIFE);
        for index in self.findings()..self.len() {
            self.set(index, self.get(index) * left);
        }
    }

    /// A detector found an actor for the first time on a day.
    pub fn found(&mut self, learner: usize) {
        self.add(self.finding(learner), 1.0);
    }

    /// As `over`, for the detector that has the test.
    pub fn over_in(&self, test: usize) -> f64 {
        self.over(self.tests.get(test).map_or(self.first, |test| test.learner))
    }

    /// How many times the budget a detector found of late.
    pub fn over(&self, learner: usize) -> f64 {
        // Of a steady rate, a decayed sum holds a half-life's worth divided by the logarithm of two.
        let found = self.get(self.finding(learner));
        found / (self.alerts_per_day * std::f64::consts::LOG2_E)
    }

    /// Adds what another part of the fleet reached, in the same days or in others. Either order gives the same.
    pub fn merge(&mut self, other: &Scores, is_parallel: bool) {
        let (days, more) = (self.get(DAYS), other.get(DAYS));
        self.set(DAYS, if is_parallel { days.max(more) } else { days + more });
        for index in ACTOR_DAYS..self.limits() {
            self.add(index, other.get(index));
        }
        for index in self.findings()..self.len() {
            self.add(index, other.get(index));
        }
        self.find_limits();
    }

    /// Counts a day of an actor that is evaluated.
    pub fn begin(&mut self) {
        self.add(ACTOR_DAYS, 1.0);
    }

    /// Learns the bits of an actor's event.
    pub fn see(&mut self, test: usize, reached: &mut Reached, bits: f64) {
        if bits < LEAST_LIMIT {
            return;
        }
        let step = ((bits - LEAST_LIMIT) / self.length(test)) as usize;
        let step = step.min(STEPS.wrapping_sub(1));
        let (before, now) = (reached.get(test), (step as u32).saturating_add(1));
        if before >= now {
            return;
        }
        if let Some(before) = before.checked_sub(1) {
            self.add(index(test, before as usize), -1.0);
        }
        self.add(index(test, step), 1.0);
        reached.set(test, now);
    }

    /// From how many bits on there are no more actors a day than the budget has for the detector; `None` as long as too few days are known.
    pub fn limit(&self, test: usize) -> Option<f64> {
        let limit = self.get(self.limits().saturating_add(test));
        (limit >= LEAST_LIMIT).then_some(limit)
    }

    /// From how many bits on something is a finding at all.
    pub fn least(&self, test: usize) -> f64 {
        self.tests.get(test).map_or(0.0, |test| test.least)
    }

    /// The actor was found by other detectors: what they did not find themselves is no sign of what is usual, nor is it for the rest of the day.
    #[cold]
    #[inline(never)]
    pub fn exclude(&mut self, reached: &mut Reached, is_stated: impl Fn(usize) -> bool) {
        for (at, _) in self.tests.iter().enumerate().filter(|(_, test)| !is_stated(test.learner)) {
            let held = reached.get(at);
            if held != EXCLUDED
                && let Some(step) = held.checked_sub(1)
            {
                self.add(index(at, step as usize), -1.0);
            }
            reached.set(at, EXCLUDED);
        }
    }

    fn all(&self, test: usize) -> f64 {
        UNSEEN + (0..STEPS).map(|step| self.get(index(test, step))).sum::<f64>()
    }

    /// How many actors each detector may find in the days that are known: what one has no use for is shared by the others.
    fn share(&self) -> f64 {
        // Real attacks are among what was scored: as many again are left to them.
        let mut left = 2.0 * self.get(DAYS) * self.alerts_per_day;
        let mut counts = [f64::INFINITY; MOST_TESTS];
        for (test, count) in counts.iter_mut().enumerate().take(self.tests.len()) {
            *count = self.all(test);
        }
        counts.sort_unstable_by(f64::total_cmp);
        let mut share = 0.0;
        for (before, count) in counts.into_iter().enumerate().take(self.tests.len()) {
            share = left / self.tests.len().saturating_sub(before) as f64;
            left -= count.min(share);
        }
        share
    }

    fn find_limits(&mut self) {
        let (shared, actor_days) = (self.share(), self.get(ACTOR_DAYS));
        for (test, Test { rare, .. }) in self.tests.iter().enumerate() {
            let share = shared.min(actor_days / rare);
            let mut above = UNSEEN;
            let free = (0..STEPS).rev().take_while(|step| {
                above += self.get(index(test, *step));
                above <= share
            });
            let free = free.count();
            let limit = LEAST_LIMIT + STEPS.saturating_sub(free) as f64 * self.length(test);
            self.set(self.limits().saturating_add(test), if share >= UNSEEN { limit } else { 0.0 });
        }
    }
}

fn index(test: usize, step: usize) -> usize {
    COUNTS
        .saturating_add((test % MOST_TESTS).saturating_mul(STEPS))
        .saturating_add(step.min(STEPS.wrapping_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_actors(alerts_per_day: f64) -> Scores {
        Scores::new("test", alerts_per_day, &OF_ACTORS, (0, FOUND_OF_ACTORS))
    }

    /// Days of 4,000 actors on each of which so many reach bits from the least limit on, each half a bit more than the one before.
    fn scored(days: u32, actors: u64) -> Scores {
        let mut scores = of_actors(2.0);
        for _ in 0..days {
            (0..4000).for_each(|_| scores.begin());
            for actor in 0..actors {
                let bits = LEAST_LIMIT + actor as f64 * STEP;
                scores.see(PLACE, &mut Reached::default(), bits);
            }
            scores.turn(1.0);
        }
        scores
    }

    #[test]
    fn the_limit_leaves_the_most_surprising_actors_of_a_day() {
        let scores = scored(20, 12);
        // Twelve actors a day in twelve steps: of twice two alerts a day nearly all are left over by the other tests, in which nothing was surprising.
        let limit = scores.limit(PLACE).unwrap();
        assert_eq!(limit, LEAST_LIMIT + 9.0 * STEP, "{limit}");
        assert_eq!(scores.limit(HOURS), Some(LEAST_LIMIT), "nothing was surprising there");
    }

    #[test]
    fn more_than_the_highest_step_has_is_the_limit_where_too_many_reach_it() {
        let mut scores = scored(20, 0);
        for _ in 1..600 {
            scores.see(TAKEN, &mut Reached::default(), 500.0);
        }
        scores.turn(1.0);
        assert_eq!(scores.limit(TAKEN), Some(LEAST_LIMIT + STEPS as f64 * STEP * 4.0));
    }

    #[test]
    fn nothing_is_known_before_enough_days_are() {
        let mut scores = of_actors(1.0);
        scores.turn(1.0);
        assert_eq!(scores.limit(PLACE), None, "nobody was evaluated");
        (0..800).for_each(|_| scores.begin());
        (0..2).for_each(|_| scores.turn(1.0));
        assert_eq!(scores.limit(PLACE), None, "two fifths of an alert on each of two days");
        scores.turn(1.0);
        assert_eq!(scores.limit(PLACE), Some(LEAST_LIMIT));
        let mut few = of_actors(1.0);
        (0..190).for_each(|_| few.begin());
        (0..9).for_each(|_| few.turn(1.0));
        assert_eq!(few.limit(PLACE), None, "190 days of actors do not show what is one in 200");
    }

    #[test]
    fn an_actor_counts_once_a_day_with_its_most_surprising_event() {
        let mut scores = of_actors(2.0);
        let mut reached = Reached::default();
        for bits in [14.0, 25.0, 17.0, 25.0, 12.0] {
            scores.see(HOURS, &mut reached, bits);
        }
        let sum =
            |scores: &Scores| (COUNTS..scores.limits()).map(|index| scores.get(index)).sum::<f64>();
        assert_eq!((sum(&scores), scores.get(index(HOURS, 42))), (1.0, 1.0));
        scores.see(PLACE, &mut reached, 6.0);
        scores.see(TAKEN, &mut reached, 1e9);
        assert_eq!((sum(&scores), scores.get(index(PLACE, 4))), (3.0, 1.0), "each test apart");
        scores.see(HOURS, &mut Reached::default(), 14.0);
        assert_eq!(scores.get(index(HOURS, 20)), 1.0, "on the next day again");
    }

    #[test]
    fn thousands_of_actors_a_day_are_counted_each() {
        let mut scores = of_actors(10.0);
        let mut actors = vec![Reached::default(); 20_000];
        for reached in &mut actors {
            scores.see(WORK, reached, 20.0);
            scores.see(TAKEN, reached, 5.0);
        }
        let counts = (scores.get(index(WORK, 32)), scores.get(index(TAKEN, 0)));
        assert_eq!(counts, (20_000.0, 20_000.0));
    }

    #[test]
    fn what_others_found_teaches_nothing() {
        let mut scores = of_actors(6.0);
        let sum =
            |scores: &Scores| (COUNTS..scores.limits()).map(|index| scores.get(index)).sum::<f64>();
        let mut reached = Reached::default();
        scores.see(PLACE, &mut reached, 12.0);
        scores.exclude(&mut reached, |learner| learner == NEW_VALUE);
        assert_eq!(sum(&scores), 1.0, "its own finding counts");
        (0..2).for_each(|_| scores.exclude(&mut reached, |_| false));
        scores.see(PLACE, &mut reached, 15.0);
        assert_eq!(sum(&scores), 0.0, "nor does the rest of that day");
        scores.see(PLACE, &mut Reached::default(), 15.0);
        assert_eq!(sum(&scores), 1.0);
    }

    #[test]
    fn a_detector_that_found_more_than_the_budget_says_so_for_a_day_or_two() {
        let mut scores = of_actors(2.0);
        (0..12).for_each(|_| scores.found(VOLUME));
        assert!(scores.over(VOLUME) > 4.0 && scores.over(OFF_HOURS) == 0.0);
        scores.pass(3 * FOUND_HALF_LIFE);
        assert!(scores.over(VOLUME) < 1.0);
    }

    #[test]
    fn merged_shards_have_the_limits_of_the_whole() {
        let (mut one, two) = (scored(20, 12), scored(20, 12));
        let other = scored(20, 12);
        one.merge(&two, true);
        assert_eq!(one.get(DAYS), 20.0);
        assert!(one.limit(PLACE) > other.limit(PLACE), "twice as many actors a day");
        let (mut left, mut right) = (scored(9, 3), scored(20, 12));
        left.merge(&other, true);
        right.merge(&scored(9, 3), true);
        assert_eq!(left.words.words, right.words.words);
    }

    #[test]
    fn any_words_read_as_limits_in_bounds() {
        let mut scores = of_actors(2.0);
        for word in [u64::MAX, f64::NAN.to_bits(), f64::NEG_INFINITY.to_bits(), 1] {
            scores.words.words.fill(word);
            let mut reached = Reached(word as u32);
            scores.see(HOURS, &mut reached, 1e300);
            scores.exclude(&mut reached, |_| false);
            scores.turn(0.5);
            let most = LEAST_LIMIT + STEPS as f64 * STEP;
            assert!(scores.limit(HOURS).is_none_or(|limit| (LEAST_LIMIT..=most).contains(&limit)));
        }
    }
}
