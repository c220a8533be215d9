//! How many records people take, delete or change in an hour and in a day, and how many machines do: shares of those who do any that reach a count. A few take
//! very many, regularly; a mean and a spread of all do not say how often.
//!
//! Kept apart from `Fleet`, so that older snapshots keep what that learned.

use super::actor::Ended;
use super::{QUANTITIES, SCALES};
use crate::sketch::decayed::{half, number};
use crate::sketch::logarithm::{exp2, log2};
use crate::sketch::{Words, pack, tail, unpack};

/// Half an octave each; the last has all that is above: a million.
const STEPS: usize = 41;
const STEP: f64 = 0.5;
/// People, and machines.
const KINDS: usize = 2;
/// After the sums, for each step of an hour: how often another actor than the one before it came as far and no further, and a part of the newest one's key.
const OTHERS: usize = KINDS * QUANTITIES * SCALES * STEPS;
/// In that part: the newest one was added to the sum.
const ADDED: u32 = 1;
const LEN: usize = OTHERS + KINDS * QUANTITIES * STEPS;
/// Hours that must be known before those are told apart in which records were taken a few at a time.
const LEAST_GRADUAL: f64 = 100.0;
/// A count is known where so many periods reached as much.
const KNOWN: f64 = 8.0;
/// Beyond, how steady counts of an hour and of a day are: a day of one differs more from a day of another.
const SHAPES: [f64; SCALES] = [4.0, 1.0];

pub struct Tails {
    pub words: Words,
    /// Hours of people, and of machines, in which records were taken a few at a time and reached each step, those that reached more included. Kept apart, so
    /// that older snapshots keep the rest.
    pub gradual: Words,
}

/// Where the steps of a quantity and a scale begin.
fn first(is_person: bool, quantity: usize, scale: usize) -> usize {
    let kind = usize::from(!is_person).wrapping_mul(QUANTITIES).wrapping_add(quantity % QUANTITIES);
    kind.wrapping_mul(SCALES).wrapping_add(scale % SCALES).wrapping_mul(STEPS)
}

/// Where its steps of others begin.
fn others(is_person: bool, quantity: usize) -> usize {
    let kind = usize::from(!is_person).wrapping_mul(QUANTITIES).wrapping_add(quantity % QUANTITIES);
    kind.wrapping_mul(STEPS).wrapping_add(OTHERS)
}

fn step(count: f64) -> usize {
    ((log2(count.max(1.0)) / STEP) as usize).min(STEPS.wrapping_sub(1))
}

impl Tails {
    pub fn new(ids: [&'static str; 2]) -> Tails {
        let [counts, gradual] = ids;
        Tails { words: Words::new(counts, 1, LEN), gradual: Words::new(gradual, 1, KINDS * STEPS) }
    }

    /// Forgets all but the weight.
    pub fn fade(&mut self, weight: f64) {
        for index in 0..KINDS * STEPS {
            let sum = self.gradual.sum(index) * weight;
            self.gradual.set(index, sum.to_bits());
        }
        for index in 0..OTHERS {
            let sum = self.words.sum(index) * weight;
            self.words.set(index, sum.to_bits());
        }
        for index in OTHERS..LEN {
            let (key, sum) = unpack(self.words.get(index));
            self.words.set(index, pack(key, half(number(sum) * weight)));
        }
    }

    /// Adds what another part of the fleet learned.
    pub fn merge(&mut self, other: &Tails) {
        for index in 0..KINDS * STEPS {
            self.gradual.add_sum(index, other.gradual.sum(index));
        }
        for index in 0..OTHERS {
            self.words.add_sum(index, other.words.sum(index));
        }
        for index in OTHERS..LEN {
            let ((key, sum), (more_key, more)) =
                (unpack(self.words.get(index)), unpack(other.words.get(index)));
            self.words.set(index, pack(key.max(more_key), half(number(sum) + number(more))));
        }
    }

    /// Learns that an actor's hour grew from one count to another. Nothing waits until the hour is over: jobs of a night run side by side.
    pub fn reach(
        &mut self,
        (is_person, quantity): (bool, usize),
        (from, to): (u32, u32),
        actor: u64,
    ) {
        let (before, now) = (step(f64::from(from)), step(f64::from(to)));
        if to == 0 || from > 0 && before == now {
            return;
        }
        let first = others(is_person, quantity);
        let actor = actor.wrapping_shr(32) as u32 & !ADDED;
        if from > 0 {
            let at = first.wrapping_add(before);
            let (newest, sum) = unpack(self.words.get(at));
            // Only who was the newest there before it came has not been added.
            if newest != actor {
                let newest = if newest == actor | ADDED { actor } else { newest };
                self.words.set(at, pack(newest, half((number(sum) - 1.0).max(0.0))));
            }
        }
        let at = first.wrapping_add(now);
        let (newest, sum) = unpack(self.words.get(at));
        if newest & !ADDED == actor {
            self.words.set(at, pack(actor, sum));
        } else {
            self.words.set(at, pack(actor | ADDED, half(number(sum) + 1.0)));
        }
    }

    /// Learns that an hour's records grew from one count to another, a few at a time.
    pub fn reach_gradually(&mut self, is_person: bool, (from, to): (u32, u32)) {
        let begins = usize::from(!is_person).wrapping_mul(STEPS);
        let passed = match from {
            0 => 0,
            from => step(f64::from(from)).saturating_add(1),
        };
        for step in passed..=step(f64::from(to)) {
            self.gradual.add_sum(begins.wrapping_add(step), 1.0);
        }
    }

    /// Bits of records of an hour that were taken a few at a time: an export of two hundred rows is a common thing to do, two hundred pages in turn are not.
    /// Nothing as long as too little is known.
    pub fn gradual_bits(&self, is_person: bool, count: f64) -> f64 {
        let begins = usize::from(!is_person).wrapping_mul(STEPS);
        let reached = |step: usize| self.gradual.sum(begins.wrapping_add(step));
        let (all, here) = (reached(0), step(count));
        if all < LEAST_GRADUAL {
            return 0.0;
        }
        let of = |reached: f64| log2((all + 1.0) / (reached + 1.0)).max(0.0);
        let highest = (0..STEPS).rev().find(|step| reached(*step) >= KNOWN).unwrap_or_default();
        if highest >= here {
            return of(reached(here));
        }
        let highest = highest as f64 + 1.0;
        of(KNOWN) + tail::bits(count, exp2(highest * STEP), SHAPES.first().copied().unwrap_or(1.0))
    }

    /// Learns from counts of periods of an actor that ended: a theft is no sign of how much others take.
    pub fn finish(&mut self, ended: &Ended, is_person: bool) {
        for (scale, counts) in ended.learned.iter().enumerate() {
            let counts = counts.iter().flat_map(|counts| counts.iter().enumerate());
            for (quantity, count) in counts.filter(|(_, count)| **count > 0) {
                let step = step(f64::from(*count));
                self.words.add_sum(first(is_person, quantity, scale).wrapping_add(step), 1.0);
            }
        }
    }

    /// True if several others reached as much in an hour.
    pub fn is_known(&self, is_person: bool, quantity: usize, count: f64) -> bool {
        let first = others(is_person, quantity);
        let sums = (step(count)..STEPS)
            .map(|step| number(unpack(self.words.get(first.wrapping_add(step))).1));
        sums.sum::<f64>() >= KNOWN
    }

    /// Bits of a count among those who have any: how few periods reached as much. Beyond what is known, the bits of that and of how much more it is.
    pub fn bits(&self, is_person: bool, quantity: usize, scale: usize, count: f64) -> f64 {
        let (first, here) = (first(is_person, quantity, scale), step(count));
        let (mut all, mut above, mut highest) = (0.0, 0.0, None);
        for step in (0..STEPS).rev() {
            let sum = self.words.sum(first.wrapping_add(step));
            all += sum;
            if highest.is_none() && all >= KNOWN {
                highest = Some(step);
            }
            if step >= here {
                above += sum;
            }
        }
        let of =
            |reached: f64| log2((all + 1.0).min(f64::MAX) / (reached + 1.0).min(f64::MAX)).max(0.0);
        if highest.is_some_and(|highest| highest >= here) {
            return of(above);
        }
        let highest = highest.map_or(0.0, |highest| highest as f64 + 1.0);
        let shape = SHAPES.get(scale).copied().unwrap_or(1.0);
        of(KNOWN) + tail::bits(count, exp2(highest * STEP), shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tails() -> Tails {
        Tails::new(["test", "more"])
    }

    #[test]
    fn pages_in_turn_are_rarer_than_an_export_of_as_many_rows() {
        let mut tails = tails();
        for hour in 0..4000u32 {
            // Ten in an hour, now and then twenty; and every tenth hour an export of a hundred.
            let most = if hour % 20 == 0 { 20 } else { 10 };
            (0..most).for_each(|n| tails.reach_gradually(true, (n, n + 1)));
            tails.finish(&ended(if hour % 10 == 0 { 100 } else { most }), true);
        }
        let gradual = |count: f64| tails.gradual_bits(true, count);
        assert!(gradual(8.0) < 0.1 && (4.0..4.5).contains(&gradual(20.0)), "{}", gradual(20.0));
        assert!(gradual(43.0) > 10.0 && gradual(100.0) > gradual(43.0), "{}", gradual(43.0));
        assert!(tails.bits(true, 0, 0, 43.0) < 4.0, "an export of as many is common");
        assert_eq!(tails.gradual_bits(false, 43.0), 0.0, "nothing is known of machines");
    }

    fn ended(count: u32) -> Ended {
        Ended { learned: [Some([count, 0, 0]), None], ..Ended::default() }
    }

    #[test]
    fn a_count_that_one_in_a_hundred_reaches_has_that_many_bits() {
        let mut tails = tails();
        for turn in 0..1000u64 {
            let (count, actor) = if turn % 100 == 0 { (150, turn << 32) } else { (3, 1 << 32) };
            tails.finish(&ended(count), true);
            tails.reach((true, 0), (0, count), actor);
        }
        let bits = |count: f64| tails.bits(true, 0, 0, count);
        assert_eq!((bits(1.0), bits(3.0)), (0.0, 0.0));
        assert!((6.0..7.0).contains(&bits(100.0)) && bits(150.0) == bits(100.0), "{}", bits(100.0));
        assert!(bits(500.0) > 7.0 && bits(5000.0) > bits(500.0) + 10.0, "more than anybody had");
        let is_known = |count: f64| tails.is_known(true, 0, count);
        assert!(is_known(150.0) && !is_known(300.0), "ten reached it");
        assert_eq!(tails.bits(false, 0, 0, 100.0), tails.bits(true, 1, 0, 100.0), "of others");
        tails.fade(0.0);
        assert_eq!(tails.bits(true, 0, 0, 3.0), tails.bits(false, 0, 0, 3.0));
    }

    #[test]
    fn what_one_does_every_night_is_not_known_of_others() {
        let mut tails = tails();
        let mut night = |actors: std::ops::Range<u64>| {
            // Side by side, a part at a time.
            for part in 0..20 {
                for actor in actors.clone() {
                    tails.reach((false, 0), (part * 500, (part + 1) * 500), (actor + 1) << 34);
                }
            }
            tails.is_known(false, 0, 10_000.0)
        };
        assert!((0..100).all(|_| !night(7..8)), "one job");
        assert!((0..3).all(|_| !night(0..2)), "two, on three nights");
        assert!(night(10..30) && !tails.is_known(true, 0, 10_000.0), "twenty in a night");
        assert!(!tails.is_known(false, 0, 100_000.0), "nobody had ten times as much");
    }

    #[test]
    fn merging_adds_and_any_words_read_as_bits() {
        let (mut one, mut two) = (tails(), tails());
        one.finish(&ended(7), true);
        two.finish(&ended(900), true);
        one.reach((true, 0), (0, 7), 5 << 32);
        two.reach((true, 0), (0, 900), 6 << 32);
        let (mut both, mut again) = (tails(), tails());
        [&one, &two].into_iter().for_each(|part| both.merge(part));
        [&two, &one].into_iter().for_each(|part| again.merge(part));
        assert_eq!(both.words.words, again.words.words);
        for word in [u64::MAX, f64::NAN.to_bits(), f64::NEG_INFINITY.to_bits(), 1] {
            one.words.words.fill(word);
            one.gradual.words.fill(word);
            for count in [0.0, 1.0, 1e18, f64::NAN] {
                assert!(one.bits(true, 2, 1, count).is_finite(), "{word} {count}");
                assert!(one.gradual_bits(true, count).is_finite(), "{word} {count}");
                let _: bool = one.is_known(true, 2, count);
            }
        }
    }
}
