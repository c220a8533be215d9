//! Joins two baselines of one actor, in either order with the same result.
//!
//! Where their days overlap, each has seen a part of the same days: counts add up, hours and days do not. Else they are periods one after the other, and
//! everything adds up. The spread of counts of two parts is that of independent counts.

use super::{Actor, Age, HOME, PENDING, PLACE, QUANTITIES, RISK, SCALES, SCOPES, SUSPECT, TOUCHED};
use crate::detect::baseline::{DAY_SCALE, HOUR_SCALE, KINDS};
use crate::sketch::decayed::half;
use crate::sketch::tail::Moments;
use crate::sketch::{pack, unpack};
use std::cmp::Reverse;

/// One entry of two of the same actor.
pub fn merged(one: &[u64], two: &[u64], half_life: u32) -> Vec<u64> {
    let hour = |words: &[u64]| words.get(1).map(|period| unpack(*period).0);
    let is_newer = (hour(one), one) >= (hour(two), two);
    let (newer, older) = if is_newer { (one, two) } else { (two, one) };
    let (mut held, mut other) = (newer.to_vec(), older.to_vec());
    if let (Some(mut actor), Some(mut more)) = (Actor::of(&mut held), Actor::of(&mut other)) {
        actor.absorb(&mut more, half_life);
    }
    held
}

/// The sum of two weights, or the larger one where they are of the same days.
fn joined(is_parallel: bool, one: f64, two: f64) -> f64 {
    if is_parallel { one.max(two) } else { one + two }
}

fn joined_moments(is_parallel: bool, one: Moments, two: Moments, periods: f64) -> Moments {
    let both = one.merge(two);
    let cross = if is_parallel { 2.0 * one.sum * two.sum / periods.max(1.0) } else { 0.0 };
    Moments { squares: both.squares + cross, ..both }
}

impl Actor<'_> {
    /// Adds a baseline that is not newer.
    fn absorb(&mut self, other: &mut Actor<'_>, half_life: u32) {
        let (age, more) = (self.age(), other.age());
        let is_parallel = age.first <= more.last && more.first <= age.last;
        let gap = if is_parallel { self.gap().min(other.gap()) } else { self.gap() };
        if other.hour() < self.hour() {
            // Its newest count is taken as it is: what others take is not known here.
            other.turn(self.hour(), half_life, &|_, _| f64::MAX);
        }
        *self.period = pack(self.hour(), gap);
        self.absorb_counts(other, is_parallel);
        if is_parallel {
            self.hours.join(other.hours.0);
        } else {
            self.hours.merge(other.hours.0);
        }
        self.seen.merge(other.seen.0);
        self.absorb_pending(other);
        for (held, more) in self.alerts.iter_mut().zip(other.alerts.iter()) {
            let ((even, odd), (more_even, more_odd)) = (unpack(*held), unpack(*more));
            *held = pack(even.max(more_even), odd.max(more_odd));
        }
        self.absorb_parts(other);
        let days =
            if is_parallel { age.days.max(more.days) } else { age.days.saturating_add(more.days) };
        let merged = Age {
            first: age.first.min(more.first),
            last: age.last.max(more.last),
            days,
            flags: age.flags | other.age().flags,
        };
        *self.age = merged.word();
    }

    fn absorb_counts(&mut self, other: &Actor<'_>, is_parallel: bool) {
        let periods = [HOUR_SCALE, DAY_SCALE]
            .map(|scale| joined(is_parallel, self.exposure(scale), other.exposure(scale)));
        let [hours, days] = periods;
        for quantity in 0..QUANTITIES {
            for (scale, periods) in periods.iter().enumerate() {
                let both = (self.moments(quantity, scale), other.moments(quantity, scale));
                let merged = joined_moments(is_parallel, both.0, both.1, *periods);
                let at = quantity.wrapping_mul(SCALES).wrapping_add(scale);
                self.moments.get_mut(at).into_iter().for_each(|word| *word = merged.word());
            }
        }
        let scopes = joined_moments(is_parallel, self.scopes(), other.scopes(), days);
        self.set_part(SCOPES, scopes.word());
        *self.exposure = pack(half(hours), half(days));
        for (held, more) in self.counts.iter_mut().zip(other.counts.iter()) {
            let ((hour, day), (more_hour, more_day)) = (unpack(*held), unpack(*more));
            *held = pack(hour.saturating_add(more_hour), day.saturating_add(more_day));
        }
        for kind in 0..KINDS {
            let ((minutes, new), (more_minutes, more_new)) = (self.value(kind), other.value(kind));
            let (minutes, new) =
                (joined(is_parallel, minutes, more_minutes), joined(is_parallel, new, more_new));
            let word = pack(half(minutes), half(new));
            self.values.get_mut(kind).into_iter().for_each(|held| *held = word);
        }
    }

    /// Of all values that wait, the newest stay.
    fn absorb_pending(&mut self, other: &Actor<'_>) {
        let mut waiting: Vec<(u32, u32)> = Vec::new();
        for word in self.pending.iter().chain(other.pending.iter()).filter(|word| **word != 0) {
            let (print, minute) = unpack(*word);
            match waiting.iter_mut().find(|(held, _)| *held == print) {
                Some((_, since)) => *since = minute.min(*since),
                None => waiting.push((print, minute)),
            }
        }
        waiting.sort_by_key(|(print, minute)| Reverse((*minute, *print)));
        waiting.resize(PENDING, (0, 0));
        for (held, (print, minute)) in self.pending.iter_mut().zip(waiting) {
            *held = pack(print, minute);
        }
    }

    fn absorb_parts(&mut self, other: &Actor<'_>) {
        if self.place() == 0 {
            self.set_part(PLACE, other.place());
        }
        if self.part(SUSPECT) == 0 {
            self.set_part(SUSPECT, other.part(SUSPECT));
            self.set_part(HOME, other.part(HOME));
        }
        self.set_touched(self.part(TOUCHED) | other.part(TOUCHED));
        self.set_risk(self.part(RISK).max(other.part(RISK)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::baseline::actor::ENTRY;
    use proptest::prelude::*;

    const DAY_ZERO: u32 = 480_000;

    /// An actor that was active on days from `first` on, at the hour, with so many records each.
    fn actor(first: u32, days: u32, hour: u32, records: u64) -> [u64; ENTRY] {
        let mut words = [0; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        actor.begin(DAY_ZERO + first * 24 + hour);
        for day in 0..days {
            if day > 0 {
                actor.turn(DAY_ZERO + (first + day) * 24 + hour, 30, &|_, _| 0.0);
            }
            actor.hours.add(hour);
            actor.seen.add(u64::from(hour).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            actor.see_value(1, 10.0, 0.0);
            actor.count(0, records);
        }
        words
    }

    fn mean(words: &[u64]) -> f64 {
        let mut words = words.to_vec();
        let actor = Actor::of(&mut words).unwrap();
        actor.moments(0, DAY_SCALE).sum / actor.exposure(DAY_SCALE)
    }

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn either_order_gives_the_same(one in (0u32..20, 1u32..20, 0u32..24, 0u64..100), two in (0u32..60, 1u32..20, 0u32..24, 0u64..100)) {
            let one = actor(one.0, one.1, one.2, one.3);
            let two = actor(two.0, two.1, two.2, two.3);
            prop_assert_eq!(merged(&one, &two, 30), merged(&two, &one, 30));
        }

        #[test]
        fn any_words_are_merged(one in prop::collection::vec(any::<u64>(), ENTRY), two in prop::collection::vec(any::<u64>(), ENTRY)) {
            prop_assert_eq!(merged(&one, &two, 30), merged(&two, &one, 30));
        }
    }

    #[test]
    fn parts_of_the_same_days_add_their_counts_and_not_their_days() {
        let both = merged(&actor(0, 12, 9, 6), &actor(0, 12, 9, 4), 30);
        assert!((mean(&both) - 10.0).abs() < 0.1, "{}", mean(&both));
        let mut words = both;
        let actor = Actor::of(&mut words).unwrap();
        assert_eq!((actor.age().days, actor.age().is_mature()), (12, true));
        let mut alone = self::actor(0, 12, 9, 6);
        assert_eq!(actor.hours.get(9), Actor::of(&mut alone).unwrap().hours.get(9));
    }

    #[test]
    fn periods_one_after_the_other_add_their_days_and_keep_the_mean() {
        let both = merged(&actor(0, 8, 9, 6), &actor(8, 8, 9, 6), 30);
        assert!((mean(&both) - 6.0).abs() < 0.1, "{}", mean(&both));
        let mut words = both;
        assert_eq!(Actor::of(&mut words).unwrap().age().days, 16);
    }
}
