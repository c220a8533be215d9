//! Baseline of all actors together: the traffic, how often values are new, when there is activity, how much actors take and change.

use super::actor::Ended;
use super::scores::{FOUND_OF_ACTORS, LEAST_LIMIT, OF_ACTORS, Scores};
use super::shares::Shares;
use super::tails::Tails;
use super::{DAY_SCALE, KINDS, QUANTITIES, SCALES};
use crate::sketch::decayed::weight;
use crate::sketch::hours::WEEK;
use crate::sketch::logarithm::{exp2, log2};
use crate::sketch::{Words, pack, unpack};

/// The newest hour, and the first; then decayed sums, a word each.
const PERIOD: usize = 0;
const TRAFFIC: usize = 1;
/// Days that the traffic was summed over.
const DAYS: usize = 2;
/// The third is free.
const VALUES: usize = 4;
const LOGARITHMS: usize = VALUES + KINDS * 2;
const EXPOSURES: usize = LOGARITHMS + QUANTITIES * SCALES;
const HOURS: usize = EXPOSURES + SCALES;
/// Logarithms of the distinct targets of days.
const TARGETS: usize = HOURS + WEEK as usize;
const LEN: usize = TARGETS + 1;

/// The least a threshold is: traffic of 64 minutes for each alert of the budget.
const LEAST_RATIO: f64 = 64.0;
/// Bits by which a threshold rises at most while more is found than the budget has.
const MOST_RISE: f64 = 8.0;
/// By how many times one of counts does.
const MOST_TIMES: f64 = 4.0;

/// Bits that are this much rarer than the budget has.
fn rise(over: f64) -> f64 {
    if over > 1.0 { (2.0 * log2(over)).min(MOST_RISE) } else { 0.0 }
}

fn threshold_of(minutes: f64, alerts_per_day: f64) -> f64 {
    log2((minutes / alerts_per_day).max(LEAST_RATIO)) + log2(super::TESTS)
}

pub struct Fleet {
    pub words: Words,
    pub shares: Shares,
    pub tails: Tails,
    pub scores: Scores,
    /// In hours.
    half_life: u32,
}

impl Fleet {
    /// Bytes held.
    pub fn memory(&self) -> usize {
        let words = [&self.words, &self.shares.words, &self.scores.words];
        let words = words.into_iter().chain([&self.tails.words, &self.tails.gradual]);
        words.map(Words::memory).fold(0, usize::saturating_add)
    }

    pub fn new(id: &'static str, half_life: u32, alerts_per_day: f64) -> Fleet {
        Fleet {
            words: Words::new(id, 2, LEN),
            shares: Shares::new("baseline.fleet-shares"),
            tails: Tails::new(["baseline.fleet-counts", "baseline.fleet-gradual"]),
            scores: Scores::new(
                "baseline.scores",
                alerts_per_day,
                &OF_ACTORS,
                (0, FOUND_OF_ACTORS),
            ),
            half_life,
        }
    }

    fn get(&self, index: usize) -> f64 {
        self.words.sum(index)
    }

    fn add(&mut self, index: usize, more: f64) {
        self.words.add_sum(index, more);
    }

    /// Moves on to the hour, where it is newer: forgets.
    pub fn advance(&mut self, hour: u32) {
        let (newest, first) = unpack(self.words.get(PERIOD));
        if hour > newest {
            self.turn(hour, newest, first);
        }
    }

    #[inline(never)]
    fn turn(&mut self, hour: u32, newest: u32, first: u32) {
        self.words.set(PERIOD, pack(hour, if first == 0 { hour } else { first }));
        if first == 0 {
            return;
        }
        let passed = hour.wrapping_sub(newest);
        let left = weight(passed, self.half_life);
        for index in TRAFFIC..LEN {
            let sum = self.get(index) * left;
            self.words.set(index, sum.to_bits());
        }
        self.scores.pass(passed);
        self.shares.fade(left);
        self.tails.fade(left);
        let days = (hour / 24).wrapping_sub(newest / 24);
        if days > 0 {
            self.scores.turn(weight(days.saturating_mul(24), self.half_life));
        }
        self.add(DAYS, f64::from(passed.min(24)) / 24.0);
    }

    /// Adds what another part of the fleet did, at the same time or before or after it.
    pub fn merge(&mut self, other: &Fleet) {
        let ((newest, first), (more_newest, more_first)) =
            (unpack(self.words.get(PERIOD)), unpack(other.words.get(PERIOD)));
        if first == 0 || more_first == 0 {
            if first == 0 {
                self.words.words.clone_from(&other.words.words);
                self.shares.words.words.clone_from(&other.shares.words.words);
                self.tails.words.words.clone_from(&other.tails.words.words);
                self.tails.gradual.words.clone_from(&other.tails.gradual.words);
                self.scores.words.words.clone_from(&other.scores.words.words);
            }
            return;
        }
        let latest = newest.max(more_newest);
        let mut more = Fleet::new(other.words.id, self.half_life, 0.0);
        more.words.words.clone_from(&other.words.words);
        more.shares.words.words.clone_from(&other.shares.words.words);
        more.tails.words.words.clone_from(&other.tails.words.words);
        more.tails.gradual.words.clone_from(&other.tails.gradual.words);
        more.scores.words.words.clone_from(&other.scores.words.words);
        self.advance(latest);
        more.advance(latest);
        let is_parallel = first <= more_newest && more_first <= newest;
        let days = self.get(DAYS).max(more.get(DAYS));
        for index in TRAFFIC..LEN {
            self.add(index, more.get(index));
        }
        self.shares.merge(&more.shares);
        self.tails.merge(&more.tails);
        self.scores.merge(&more.scores, is_parallel);
        if is_parallel {
            self.words.set(DAYS, days.to_bits());
        }
        self.words.set(PERIOD, pack(latest, first.min(more_first)));
    }

    /// Counts a minute in which an actor was active.
    pub fn see(&mut self) {
        self.add(TRAFFIC, 1.0);
    }

    /// By how much the threshold of a detector is higher because it found more actors of late than the budget has. Counts have long tails: their bits are
    /// so many times as high.
    pub fn raised(&self, learner: usize, chance: f64) -> f64 {
        chance * self.scores.over(learner).clamp(1.0, MOST_TIMES)
    }

    /// From how many bits on something is a finding: as rare as the budget allows in the traffic seen.
    pub fn threshold(&self, alerts_per_day: f64) -> f64 {
        threshold_of(self.get(TRAFFIC) / self.get(DAYS).max(1.0), alerts_per_day)
    }

    /// The threshold of an actor with so many active minutes a day. Actors share the budget equally, so that one busy machine does not hide people.
    pub fn own_threshold(&self, minutes: f64, alerts_per_day: f64) -> f64 {
        let days = self.get(DAYS).max(1.0);
        let actors = (self.get(EXPOSURES.saturating_add(DAY_SCALE)) / days).max(1.0);
        let all = self.get(TRAFFIC) / days;
        threshold_of(all.min(minutes * actors), alerts_per_day)
    }

    /// The threshold of a test whose events are scored: the bits that are really as rare as its share of the budget, at most a few more than what
    /// chance says; that alone at first. Limits count on what was found, but only from the next day on: beyond twice the budget they rise at once.
    pub fn threshold_for(&self, test: usize, chance: f64) -> f64 {
        let over = self.scores.over_in(test);
        let Some(limit) = self.scores.limit(test) else { return chance + rise(over) };
        // Where less than the budget is found from the least limit on, chance may allow more.
        let least = self.scores.least(test);
        let limit =
            if limit > LEAST_LIMIT { limit } else { limit.min(chance) }.max(least.min(chance));
        (limit + rise(over / 2.0)).min(chance + MOST_RISE)
    }

    pub fn see_value(&mut self, kind: usize, is_new: bool) {
        self.add(VALUES.saturating_add(kind.saturating_mul(2)), 1.0);
        if is_new {
            self.add(VALUES.saturating_add(kind.saturating_mul(2)).saturating_add(1), 1.0);
        }
    }

    /// How often a value of the kind is new to its actor.
    pub fn novelty(&self, kind: usize) -> f64 {
        let at = VALUES.saturating_add(kind.saturating_mul(2));
        self.get(at.saturating_add(1)) / self.get(at).max(1.0)
    }

    pub fn see_hour(&mut self, hour: u32) {
        self.add(HOURS.saturating_add((hour % WEEK) as usize), 1.0);
    }

    /// The share of all activity, but for the actor's own, at hours of the week that are no busier than this one and its neighbours.
    pub fn hour_tail(&self, hour: u32, own: f64) -> f64 {
        let at = |hour: u32| self.get(HOURS.saturating_add((hour % WEEK) as usize));
        let here = [WEEK - 1, 0, 1]
            .into_iter()
            .map(|step| at(hour.wrapping_add(step)))
            .fold(0.0, f64::max);
        let (mut quieter, mut all) = (0.0, 0.0);
        for count in (0..WEEK).map(at) {
            all += count;
            quieter += if count <= here { count } else { 0.0 };
        }
        ((quieter + 1.0) / ((all - own).max(0.0) + 1.0)).min(1.0)
    }

    /// Learns the counts of periods that ended.
    pub fn finish(&mut self, ended: &Ended, is_person: bool) {
        self.shares.finish(ended);
        self.tails.finish(ended, is_person);
        if let Some(targets) = ended.targets {
            self.add(TARGETS, log2(targets + 1.0));
        }
        for (scale, counts) in ended.counts.iter().enumerate() {
            let Some(counts) = counts else { continue };
            self.add(EXPOSURES.saturating_add(scale), 1.0);
            for (quantity, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let at = LOGARITHMS
                    .saturating_add(quantity.saturating_mul(SCALES))
                    .saturating_add(scale);
                self.add(at, log2(f64::from(*count) + 1.0));
            }
        }
    }

    /// Number of targets of an actor in a day.
    pub fn usual_scope(&self) -> f64 {
        let days = self.get(EXPOSURES.saturating_add(DAY_SCALE)).max(1.0);
        exp2(self.get(TARGETS) / days) - 1.0
    }

    /// Typical count of an actor in a period of the scale: the mean of logarithms, which one busy job does not move.
    pub fn usual(&self, quantity: usize, scale: usize) -> f64 {
        let at = LOGARITHMS.saturating_add(quantity.saturating_mul(SCALES)).saturating_add(scale);
        exp2(self.get(at) / self.get(EXPOSURES.saturating_add(scale)).max(1.0)) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(minutes_a_day: u32) -> Fleet {
        let mut fleet = Fleet::new("test", 720, 2.0);
        for hour in 0..24 * 60u32 {
            fleet.advance(480_000 + hour);
            (0..minutes_a_day / 24).for_each(|_| fleet.see());
        }
        fleet
    }

    #[test]
    fn the_threshold_follows_traffic_and_budget() {
        let near = |found: f64, expected: f64| (found - expected).abs() < 0.1;
        let threshold = |minutes, budget| busy(minutes).threshold(budget);
        assert!(
            near(threshold(24_000, 2.0), (24_000f64 / 2.0).log2() + super::super::TESTS.log2()),
            "{}",
            threshold(24_000, 2.0)
        );
        assert!(near(
            threshold(24_000, 16.0),
            (24_000f64 / 16.0).log2() + super::super::TESTS.log2()
        ));
        assert_eq!(threshold(24, 2.0), 6.0 + log2(super::super::TESTS), "little traffic");
    }

    #[test]
    fn too_many_findings_raise_the_threshold_of_their_detector_for_a_while() {
        use super::super::scores::{HOURS, PLACE};
        use super::super::{NEW_VALUE, SCOPE, VOLUME};
        let mut fleet = busy(2400);
        let thresholds =
            |fleet: &Fleet| (fleet.raised(VOLUME, 10.0), fleet.threshold_for(PLACE, 10.0));
        (0..2).for_each(|_| [VOLUME, NEW_VALUE].into_iter().for_each(|of| fleet.scores.found(of)));
        assert_eq!(thresholds(&fleet), (10.0, 10.0));
        (0..400)
            .for_each(|_| [VOLUME, NEW_VALUE].into_iter().for_each(|of| fleet.scores.found(of)));
        assert_eq!(thresholds(&fleet), (10.0 * MOST_TIMES, 10.0 + MOST_RISE));
        assert_eq!((fleet.raised(SCOPE, 10.0), fleet.threshold_for(HOURS, 10.0)), (10.0, 10.0));
        fleet.advance(480_000 + 24 * 90);
        assert_eq!(thresholds(&fleet), (10.0, 10.0));
    }

    #[test]
    fn merged_parts_have_the_threshold_of_the_whole() {
        let parts = || (busy(1200), busy(1200));
        let ((mut one, two), (three, mut four)) = (parts(), parts());
        one.merge(&two);
        four.merge(&three);
        assert_eq!(one.words.words, four.words.words);
        assert_eq!(one.shares.words.words, four.shares.words.words);
        assert_eq!(one.tails.words.words, four.tails.words.words);
        let (merged, whole) = (one.threshold(2.0), busy(2400).threshold(2.0));
        assert!((merged - whole).abs() < 1e-6, "{merged} {whole}");
        let mut empty = Fleet::new("test", 720, 2.0);
        empty.merge(&one);
        assert_eq!(empty.words.words, one.words.words);
    }

    #[test]
    fn a_busy_machine_hides_nobody_who_does_little() {
        let mut fleet = busy(24_000);
        for _ in 0..600 {
            fleet
                .finish(&Ended { counts: [None, Some([0; QUANTITIES])], ..Ended::default() }, true);
        }
        let (all, own) = (fleet.threshold(2.0), fleet.own_threshold(20.0, 2.0));
        assert!(own < all - 4.0 && fleet.own_threshold(1e9, 2.0) == all, "{own} {all}");
    }

    #[test]
    fn any_words_read_as_finite_numbers() {
        let mut fleet = Fleet::new("test", 720, 2.0);
        for word in [u64::MAX, f64::NAN.to_bits(), f64::NEG_INFINITY.to_bits(), 1] {
            fleet.words.words.fill(word);
            fleet.advance(u32::MAX);
            assert!(
                fleet.threshold(2.0).is_finite()
                    && fleet.hour_tail(3, 7.0).is_finite()
                    && fleet.usual(0, 0).is_finite()
                    && fleet.novelty(5).is_finite()
            );
        }
    }
}
