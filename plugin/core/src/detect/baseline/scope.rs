//! Actors that touch many more distinct targets in a day than they do usually.

use super::actor::Actor;
use super::statement::{write_experience, write_usual};
use super::{Learner, SCOPE, Surprise};
use crate::detect::{Facts, Subject, shorten};
use crate::event::Class;
use crate::sketch::tail;
use crate::text::Sink;
use crate::time::DAY;
use crate::write::Writer;

/// Fewer targets than this are nothing to state, however few are usual.
const LEAST: f64 = 12.0;
/// Distinct targets of a day vary less than counts do.
const STEADIEST: f64 = 2.0;
/// Actions that access a target.
const REACHES: [Class; 7] = [
    Class::Read,
    Class::List,
    Class::Export,
    Class::Share,
    Class::Update,
    Class::Delete,
    Class::Execute,
];

/// The facts of events whose targets count.
pub fn reaches() -> Facts {
    REACHES.iter().fold(Facts::NONE, |all, class| all | Facts::class(*class))
}

/// How many distinct values set those bits (linear counting), within a fifth up to 100 and at most 266.
pub fn distinct(bits: u64) -> f64 {
    let zeros = f64::from(bits.count_zeros()).max(1.0);
    64.0 * (6.0 - super::log2(zeros)) * std::f64::consts::LN_2
}

impl Learner<'_> {
    /// A target beyond those that the actor touches in a day.
    #[inline]
    pub(super) fn scope(
        &mut self,
        actor: &mut Actor<'_>,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let is_learned = self.options.learns.get(SCOPE).copied().unwrap_or_default();
        if !is_learned || !subject.facts.has_any(self.options.reaches) {
            return None;
        }
        let target = subject.target();
        if target.is_empty() || self.when.hour != actor.hour() {
            return None;
        }
        let bit = 1u64.wrapping_shl((subject.digest.of(target) >> 26) as u32);
        let (old, touched) = (actor.touched(), actor.touched() | bit);
        if old == touched {
            return None;
        }
        actor.set_touched(touched);
        let count = distinct(touched);
        if count < LEAST || !actor.age().is_mature() {
            return None;
        }
        self.wide(actor, count)
    }

    #[inline(never)]
    fn wide(&mut self, actor: &mut Actor<'_>, count: f64) -> Option<Surprise> {
        let days = actor.exposure(super::DAY_SCALE);
        let moments = actor.scopes();
        let mean =
            ((moments.sum + self.fleet.usual_scope()) / (days + 1.0)).max(1.0 / (days + 1.0));
        let bits = tail::bits(count, mean, moments.shape_up_to(STEADIEST, days));
        let threshold = self.fleet.raised(SCOPE, self.own_threshold());
        if bits < threshold {
            return None;
        }
        actor.set_wide();
        self.may_state(actor, SCOPE, bits).then(|| Surprise {
            bits,
            threshold,
            observed: count as u64,
            expected: (mean + 0.5) as u64,
            window: DAY,
            over: days as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            ..Surprise::default()
        })
    }
}

pub fn write(surprise: &Surprise, key: &[u8], _: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"about ");
    out.number(i64::try_from(surprise.observed).unwrap_or(i64::MAX));
    out.put(b" distinct targets touched by actor '");
    out.put(shorten(key));
    out.put(b"' within a day; ");
    write_usual(surprise, out);
    write_experience(surprise, b" active days of ", out);
    out.put(b")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_targets_are_counted_within_a_fifth_up_to_a_hundred() {
        let hash = |n: u64| crate::sketch::HashKey(3, 4).hash(&n.to_le_bytes());
        for (count, rounds) in [(1u64, 50u64), (12, 50), (40, 50), (100, 50)] {
            let sum: f64 = (0..rounds)
                .map(|round| {
                    let bits = (0..count).fold(0u64, |bits, n| {
                        bits | 1u64.wrapping_shl((hash(round * 1000 + n) >> 26) as u32)
                    });
                    distinct(bits)
                })
                .sum();
            let mean = sum / rounds as f64;
            assert!((mean - count as f64).abs() <= 0.2 * count as f64 + 0.1, "{mean} {count}");
        }
        assert!(distinct(0) == 0.0 && distinct(u64::MAX) < 267.0);
    }
}
