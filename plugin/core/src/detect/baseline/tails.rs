//! How many records people take, delete or change in an hour and in a day, and how many machines do: shares of those who do any that reach a count. A few take
//! very many, regularly; a mean and a spread of all do not say how often.
//!
//! Kept apart from `Fleet`, so that older snapshots keep what that learned.

use super::actor::Ended;
use super::{HOUR_SCALE, QUANTITIES, SCALES};
use crate::sketch::decayed::{half, number};
use crate::sketch::logarithm::{exp2, log2};
use crate::sketch::{Words, pack, tail, unpack};

/// Half an octave each; the last has all that is above: a million.
const STEPS: usize = 41;
const STEP: f64 = 0.5;
/// People, and machines.
const KINDS: usize = 2;
/// After the sums, for each step of an hour: how often another actor than the one before it reached the step, and a part of the newest one's key.
const OTHERS: usize = KINDS * QUANTITIES * SCALES * STEPS;
const LEN: usize = OTHERS + KINDS * QUANTITIES * STEPS;
/// A count is known where so many periods reached as much.
const KNOWN: f64 = 8.0;
/// Beyond, how steady counts of an hour and of a day are: a day of one differs more from a day of another.
const SHAPES: [f64; SCALES] = [4.0, 1.0];

pub struct Tails {
    pub words: Words,
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
    pub fn new(id: &'static str) -> Tails {
        Tails { words: Words::new(id, 1, LEN) }
    }

    /// Forgets all but the weight.
    pub fn fade(&mut self, weight: f64) {
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
        for index in 0..OTHERS {
            self.words.add_sum(index, other.words.sum(index));
        }
        for index in OTHERS..LEN {
            let ((key, sum), (more_key, more)) =
                (unpack(self.words.get(index)), unpack(other.words.get(index)));
            self.words.set(index, pack(key.max(more_key), half(number(sum) + number(more))));
        }
    }

    /// Learns from counts of periods of an actor that ended: a theft is no sign of how much others take.
    pub fn finish(&mut self, ended: &Ended, is_person: bool, actor: u64) {
        let actor = actor.wrapping_shr(32) as u32;
        for (scale, counts) in ended.learned.iter().enumerate() {
            let counts = counts.iter().flat_map(|counts| counts.iter().enumerate());
            for (quantity, count) in counts.filter(|(_, count)| **count > 0) {
                let step = step(f64::from(*count));
                self.words.add_sum(first(is_person, quantity, scale).wrapping_add(step), 1.0);
                let at = others(is_person, quantity).wrapping_add(step);
                let (newest, sum) = unpack(self.words.get(at));
                if scale == HOUR_SCALE && newest != actor {
                    self.words.set(at, pack(actor, half(number(sum) + 1.0)));
                }
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

    fn ended(count: u32) -> Ended {
        Ended { learned: [Some([count, 0, 0]), None], ..Ended::default() }
    }

    #[test]
    fn a_count_that_one_in_a_hundred_reaches_has_that_many_bits() {
        let mut tails = Tails::new("test");
        for turn in 0..1000u64 {
            let (count, actor) = if turn % 100 == 0 { (150, turn << 32) } else { (3, 1 << 32) };
            tails.finish(&ended(count), true, actor);
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
        let mut tails = Tails::new("test");
        (0..100).for_each(|_| tails.finish(&ended(100), false, 7 << 32));
        assert!(!tails.is_known(false, 0, 100.0));
        (0..10u64).for_each(|actor| tails.finish(&ended(100), false, actor << 32));
        assert!(tails.is_known(false, 0, 100.0) && !tails.is_known(true, 0, 100.0));
    }

    #[test]
    fn merging_adds_and_any_words_read_as_bits() {
        let (mut one, mut two) = (Tails::new("test"), Tails::new("test"));
        one.finish(&ended(7), true, 5 << 32);
        two.finish(&ended(900), true, 6 << 32);
        let (mut both, mut again) = (Tails::new("test"), Tails::new("test"));
        [&one, &two].into_iter().for_each(|part| both.merge(part));
        [&two, &one].into_iter().for_each(|part| again.merge(part));
        assert_eq!(both.words.words, again.words.words);
        for word in [u64::MAX, f64::NAN.to_bits(), f64::NEG_INFINITY.to_bits(), 1] {
            one.words.words.fill(word);
            for count in [0.0, 1.0, 1e18, f64::NAN] {
                assert!(one.bits(true, 2, 1, count).is_finite(), "{word} {count}");
                let _: bool = one.is_known(true, 2, count);
            }
        }
    }
}
