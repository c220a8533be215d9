//! Many small findings on one actor: a sum that decays, and is a finding of its own from a bound on.

use super::actor::Actor;
use super::{RISK, Surprise};
use crate::detect::finding::Mark;
use crate::detect::{Subject, shorten};
use crate::sketch::decayed::weight;
use crate::text::Sink;
use crate::time::{DAY, Millis};
use crate::write::Writer;

/// Bits that a finding adds, by its severity.
const BITS: [f64; 5] = [0.5, 2.0, 5.0, 9.0, 14.0];
/// Of a detector that is part of the sum already, only findings from `high` on add more, and so much less.
const AGAIN: [f64; 5] = [0.0, 0.0, 0.0, 0.25, 0.25];
/// Below this the sum is over.
const OVER: f64 = 1.0;
/// A sum needs findings of so many detectors.
const LEAST_DETECTORS: u32 = 2;
/// Parts of a bit that sums are kept in.
const PARTS: f64 = 64.0;
const SUM_BITS: u32 = 16;
const HOUR_BITS: u32 = 24;
const DETECTORS: u32 = 64 - SUM_BITS - HOUR_BITS;
const HOUR_MASK: u32 = (1 << HOUR_BITS) - 1;
const DETECTOR_MASK: u32 = (1 << DETECTORS) - 1;

/// The sum of an actor, as of its hour, and which detectors it is from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Risk {
    pub sum: f64,
    pub hour: u32,
    pub detectors: u32,
}

impl Risk {
    pub fn read(word: u64) -> Risk {
        let sum = word.wrapping_shr(HOUR_BITS.wrapping_add(DETECTORS)) as u16;
        let hour = word.wrapping_shr(DETECTORS) as u32 & HOUR_MASK;
        Risk { sum: f64::from(sum) / PARTS, hour, detectors: word as u32 & DETECTOR_MASK }
    }

    pub fn word(self) -> u64 {
        let sum = (self.sum * PARTS).clamp(0.0, f64::from(u16::MAX)) as u64;
        sum.wrapping_shl(HOUR_BITS.wrapping_add(DETECTORS))
            | u64::from(self.hour & HOUR_MASK).wrapping_shl(DETECTORS)
            | u64::from(self.detectors & DETECTOR_MASK)
    }

    /// The sum with a record's findings added.
    pub fn with(self, marks: &[Mark], own: usize, hour: u32, half_life: u32) -> Risk {
        let hour = hour.max(self.hour);
        let left = self.sum * weight(hour.wrapping_sub(self.hour), half_life);
        let begun = if left < OVER {
            Risk { sum: 0.0, hour, detectors: 0 }
        } else {
            Risk { sum: left, hour, ..self }
        };
        let others =
            marks.iter().filter(|mark| mark.is_of_actor && usize::from(mark.detector) != own);
        others.fold(begun, |risk, mark| {
            let bit = 1u32.wrapping_shl(u32::from(mark.detector).min(DETECTORS.wrapping_sub(1)));
            let of =
                |bits: &[f64; 5]| bits.get(usize::from(mark.severity)).copied().unwrap_or_default();
            let times = if risk.detectors & bit != 0 { of(&AGAIN) } else { 1.0 };
            Risk { sum: risk.sum + of(&BITS) * times, detectors: risk.detectors | bit, ..risk }
        })
    }
}

/// Adds the findings of a record to its actor's sum; a surprise where the sum reaches the bound.
pub fn accumulate(
    actor: &mut Actor<'_>,
    marks: &[Mark],
    own: usize,
    minute: u32,
    (bound, half_life): (f64, u32),
    cooldown: u32,
) -> Option<Surprise> {
    let risk = Risk::read(actor.risk()).with(marks, own, minute / 60, half_life);
    actor.set_risk(risk.word());
    let detectors = risk.detectors.count_ones();
    if risk.sum < bound || detectors < LEAST_DETECTORS {
        return None;
    }
    actor.is_due(RISK, minute, risk.sum, cooldown).then(|| Surprise {
        bits: risk.sum,
        is_fixed: true,
        more: usize::from(risk.sum >= bound * 2.0),
        observed: risk.sum as u64,
        expected: 0,
        bound: bound as u32,
        window: Millis::from(half_life / 24).saturating_mul(DAY),
        over: detectors,
        days: u32::from(actor.age().days),
        gap: actor.gap(),
        ..Surprise::default()
    })
}

pub fn write(surprise: &Surprise, key: &[u8], _: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"findings of ");
    out.number(i64::from(surprise.over));
    out.put(b" detectors on actor '");
    out.put(shorten(key));
    out.put(b"' add up to ");
    out.number(i64::try_from(surprise.observed).unwrap_or(i64::MAX));
    out.put(b" bits, of which half is forgotten every ");
    crate::detect::write_duration(surprise.window, out);
    out.put(b" (threshold ");
    out.number(i64::from(surprise.bound));
    out.put(b")");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::sketch::laws())]

        #[test]
        fn any_word_reads_and_is_written_again(word in any::<u64>()) {
            prop_assert_eq!(Risk::read(word).word(), word);
        }

        #[test]
        fn sums_rise_with_findings_and_fall_with_time(word in any::<u64>(), detector in 0u8..24, severity in 0u8..5, hours in 0u32..1000) {
            let risk = Risk::read(word);
            let mark = Mark { detector, severity, is_of_actor: true, ..Mark::default() };
            let now = risk.with(&[], 99, risk.hour, 168);
            prop_assert!(risk.with(&[mark], 99, risk.hour, 168).sum >= now.sum);
            prop_assert!(risk.with(&[], 99, risk.hour.saturating_add(hours), 168).sum <= now.sum);
        }
    }

    #[test]
    fn one_detector_alone_adds_little_however_often_it_finds_something() {
        let mark = Mark { detector: 3, severity: 2, is_of_actor: true, ..Mark::default() };
        let risk = (0..8).fold(Risk::default(), |risk, n| risk.with(&[mark], 99, 480_000 + n, 168));
        assert!(risk.sum <= 5.0 && risk.detectors == 8, "{risk:?}");
        let over = risk.with(&[], 99, 480_000 + 24 * 60, 168);
        assert_eq!((over.sum, over.detectors), (0.0, 0));
    }
}
