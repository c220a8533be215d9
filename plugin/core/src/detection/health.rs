//! Health of detectors: how many records each could evaluate, how many of those lacked a field that it needs, and when it found something last.
//!
//! Records are counted by their kind: their facts, and which of the fields that any detector needs they have. Which kinds are a detector's is asked when
//! somebody reads the status, so a record costs one count for all detectors.

use crate::detect::{Detector, Facts, Learns, Spec};
use crate::detector;
use crate::event::Field;
use crate::time::Millis;

/// Kinds that are counted apart, and how many places one may have.
const KINDS: usize = 512;
const WAYS: usize = 4;

fn any_of(fields: &[Field]) -> u64 {
    fields.iter().fold(0, |bits, field| bits | 1u64.wrapping_shl(*field as u32))
}

/// Records of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    facts: Facts,
    fields: u64,
    /// Held against the baseline of its actor.
    is_judged: bool,
    records: u64,
}

/// Counts since the start.
pub(super) struct Health {
    /// Fields that any detector needs, as bits.
    needed: u64,
    kinds: Vec<Kind>,
    /// Records of kinds that had no place.
    uncounted: u64,
    last: [Option<Millis>; detector::IDS.len()],
}

/// Health of one detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Records that it evaluates by what they are about.
    pub eligible: u64,
    /// Those of them that lack a field that it needs.
    pub lacking: u64,
    /// Event time of its last finding.
    pub last: Option<Millis>,
}

impl Health {
    pub(super) fn new() -> Health {
        let needs = detector::ALL.iter().flat_map(|spec| spec.attributes.needs);
        Health {
            needed: needs.fold(0, |bits, any| bits | any_of(any)),
            kinds: vec![Kind::default(); KINDS],
            uncounted: 0,
            last: [None; detector::IDS.len()],
        }
    }

    /// Counts a record.
    #[inline]
    pub(super) fn count(&mut self, facts: Facts, filled: u64, is_judged: bool) {
        let fields = filled & self.needed;
        let mixed = (u64::from(facts.word()) ^ fields.rotate_left(23) ^ u64::from(is_judged))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = mixed.wrapping_shr(55) as usize;
        for step in 0..WAYS {
            let at = first.wrapping_add(step) % KINDS;
            let Some(kind) = self.kinds.get_mut(at) else { continue };
            if kind.records == 0 {
                *kind = Kind { facts, fields, is_judged, records: 0 };
            }
            if kind.facts == facts && kind.fields == fields && kind.is_judged == is_judged {
                kind.records = kind.records.saturating_add(1);
                return;
            }
        }
        self.uncounted = self.uncounted.saturating_add(1);
    }

    /// A detector found something.
    pub(super) fn found(&mut self, detector: usize, time: Millis) {
        if let Some(last) = self.last.get_mut(detector) {
            *last = Some(last.map_or(time, |last| last.max(time)));
        }
    }

    /// Records whose kind had no place.
    pub(super) fn uncounted(&self) -> u64 {
        self.uncounted
    }

    pub(super) fn of(&self, index: usize, spec: &Spec, detector: &dyn Detector) -> Reach {
        let interest = detector.interest();
        let is_eligible = |kind: &&Kind| {
            kind.facts.has_any(interest)
                || match detector.learns() {
                    Learns::Nothing => false,
                    Learns::OfActor(facts) => kind.is_judged && kind.facts.has_any(facts),
                    Learns::OfAll => true,
                }
        };
        let last = self.last.get(index).copied().flatten();
        let kinds = self.kinds.iter().filter(|kind| kind.records > 0).filter(is_eligible);
        kinds.fold(Reach { last, ..Reach::default() }, |reach, kind| {
            let lacks = spec.attributes.needs.iter().any(|any| kind.fields & any_of(any) == 0);
            Reach {
                eligible: reach.eligible.saturating_add(kind.records),
                lacking: reach.lacking.saturating_add(if lacks { kind.records } else { 0 }),
                ..reach
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START};
    use crate::event::{Class, Outcome};

    fn reach(harness: &Harness, id: &str) -> Reach {
        let (_, _, reach) = harness.detect.health().find(|(_, spec, _)| spec.id == id).unwrap();
        reach
    }

    #[test]
    fn records_are_counted_for_each_detector_that_could_evaluate_them() {
        let mut harness = Harness::new("brute-force", "");
        for n in 0..5 {
            harness.see(Made::login("alice", "203.0.113.7", Outcome::Failure), START + n);
        }
        harness.see(
            Made::new(Class::Login, Outcome::Failure).with(crate::event::Field::ActorName, "bob"),
            START + 9,
        );
        harness.see(Made::new(Class::Delete, Outcome::Success), START + 10);
        let tried = reach(&harness, "brute-force");
        assert_eq!((tried.eligible, tried.lacking), (6, 0), "failed sign-ins");
        assert_eq!(tried.last, Some(START + 4), "the fifth failure");
        let spray = reach(&harness, "password-spray");
        assert_eq!(
            (spray.eligible, spray.lacking, spray.last),
            (6, 1, None),
            "one without an origin"
        );
        let deletions = reach(&harness, "mass-change");
        assert_eq!((deletions.eligible, deletions.lacking), (1, 1), "nobody is named");
    }

    #[test]
    fn kinds_without_a_place_are_counted_together() {
        let mut health = Health::new();
        for fields in 0..100_000u64 {
            health.count(Facts::ANY, fields.wrapping_mul(0x9e37_79b9_7f4a_7c15), false);
        }
        let counted: u64 = health.kinds.iter().map(|kind| kind.records).sum();
        assert_eq!(counted + health.uncounted(), 100_000);
        assert_eq!(health.kinds.len(), KINDS);
    }
}
