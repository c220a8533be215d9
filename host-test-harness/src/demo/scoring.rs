//! Scoring of findings against the known attacks. A finding counts for an attack only on a record of that attack; on any other record it is a false alarm.

use super::{Attack, Event};
use crate::evaluated::{Evaluated, Finding};
use auditward_core::severity::Severity;
use auditward_core::time::Millis;
use std::collections::BTreeSet;

/// Maximum number of false alarms that are shown.
const SHOWN: usize = 20;

/// The truth beside the findings.
pub struct Score {
    pub attacks: Vec<Course>,
    /// Benign records with an alert.
    pub false_alarms: u64,
    /// The first of them: when, which finding, on what.
    pub shown: Vec<(Millis, Finding, String)>,
    pub benign: u64,
}

/// How an attack went.
pub struct Course {
    pub attack: Attack,
    pub records: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    /// By whom it was found first, after how long and how many of its records.
    pub found: Option<(String, Millis, u64)>,
    /// Detectors that spoke of it with an alert, expected or not.
    pub spoke: BTreeSet<String>,
}

impl Score {
    pub fn new(attacks: &[Attack]) -> Score {
        let course = |attack: &Attack| Course {
            attack: attack.clone(),
            records: 0,
            first: None,
            last: None,
            found: None,
            spoke: BTreeSet::new(),
        };
        Score {
            attacks: attacks.iter().map(course).collect(),
            false_alarms: 0,
            shown: Vec::new(),
            benign: 0,
        }
    }

    /// One line and what the filter made of it. Only alerts count: what is below medium wakes nobody.
    pub fn add(&mut self, event: &Event, evaluated: &Evaluated) {
        let alerts: Vec<&Finding> = evaluated
            .findings
            .iter()
            .filter(|finding| Severity::from_name(&finding.severity) >= Severity::Medium)
            .collect();
        match event.attack.and_then(|index| self.attacks.get_mut(index)) {
            Some(course) => course.add(event.time, &alerts),
            None => {
                self.benign += 1;
                self.false_alarms += u64::from(!alerts.is_empty());
                if let Some(first) = alerts.first().filter(|_| self.shown.len() < SHOWN) {
                    let about = [
                        evaluated.actor.as_deref(),
                        evaluated.action.as_deref(),
                        evaluated.origin.as_deref(),
                    ];
                    self.shown.push((
                        event.time,
                        (*first).clone(),
                        about.into_iter().flatten().collect::<Vec<_>>().join(", "),
                    ));
                }
            }
        }
    }

    pub fn missed(&self) -> Vec<&Course> {
        self.attacks.iter().filter(|course| course.found.is_none()).collect()
    }
}

impl Course {
    fn add(&mut self, time: Millis, alerts: &[&Finding]) {
        self.records += 1;
        let first = *self.first.get_or_insert(time);
        self.last = Some(time);
        self.spoke.extend(alerts.iter().map(|finding| finding.detector.clone()));
        let expected = alerts
            .iter()
            .find(|finding| self.attack.detectors.contains(&finding.detector.as_str()));
        if let Some(finding) = expected.filter(|_| self.found.is_none()) {
            self.found = Some((finding.detector.clone(), time - first, self.records));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACK: Attack =
        Attack { name: "a", actor: "b", origin: "c", detectors: &["brute-force"] };

    fn event(time: Millis, attack: Option<usize>) -> Event {
        Event { time, line: String::new(), attack }
    }

    fn found(detector: &str, severity: &str) -> Evaluated {
        Evaluated {
            findings: vec![Finding {
                detector: detector.into(),
                severity: severity.into(),
                ..Finding::default()
            }],
            ..Evaluated::default()
        }
    }

    #[test]
    fn only_what_stands_on_its_own_records_counts_for_an_attack() {
        let mut score = Score::new(&[ATTACK, ATTACK]);
        score.add(&event(0, Some(0)), &Evaluated::default());
        score.add(&event(10, None), &found("brute-force", "high"));
        score.add(&event(20, Some(1)), &found("brute-force", "high"));
        assert_eq!((score.missed().len(), score.false_alarms, score.benign), (1, 1, 1));
        score.add(&event(5000, Some(0)), &found("brute-force", "medium"));
        score.add(&event(9000, Some(0)), &found("brute-force", "high"));
        assert_eq!(score.attacks[0].found, Some(("brute-force".into(), 5000, 2)));
        assert_eq!(score.attacks[0].records, 3);
        assert!(score.missed().is_empty());
    }

    #[test]
    fn another_detector_or_a_finding_that_is_no_alert_does_not_count() {
        let mut score = Score::new(&[ATTACK]);
        score.add(&event(0, Some(0)), &found("volume", "critical"));
        score.add(&event(1, Some(0)), &found("brute-force", "low"));
        score.add(&event(2, None), &found("brute-force", "low"));
        assert_eq!((score.missed().len(), score.false_alarms), (1, 0));
        assert_eq!(score.attacks[0].spoke.iter().collect::<Vec<_>>(), ["volume"]);
    }

    #[test]
    fn false_alarms_are_all_counted_and_few_are_kept() {
        let mut score = Score::new(&[]);
        (0..50).for_each(|time| score.add(&event(time, None), &found("volume", "medium")));
        assert_eq!((score.false_alarms, score.shown.len()), (50, SHOWN));
    }
}
