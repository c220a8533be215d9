//! Actors as records show them: what they used, how much, and what deviated. Bounded.

use crate::calendar::{local, rfc3339};
use crate::evaluated::{Circumstances, Evaluated, Finding};
use crate::heavy_hitters::{Few, HeavyHitters, Weight, cut};
use crate::incident::{BySeverity, Event, NAME, bounded, plain};
use auditward_core::calendar::Zone;
use auditward_core::severity::Severity;
use auditward_core::time::Millis;
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Actors that are kept at least.
const ROOM: usize = 1000;
/// Names of a kind that are told apart for one actor.
const FEW: usize = 12;
/// Environments of one actor.
const ENVIRONMENTS: usize = 4;
/// Findings that are kept for one actor; the worst stay.
const FINDINGS: usize = 20;
/// Days whose counts are kept.
const DAYS: usize = 100;

/// Actors by name.
pub struct Actors {
    held: HeavyHitters<Acting>,
}

/// Names with how often each occurred.
#[derive(Clone, Default)]
pub struct Names {
    pub counts: BTreeMap<String, u64>,
    pub has_more: bool,
}

impl Names {
    fn add(&mut self, name: Option<&String>) {
        let Some(name) = name else { return };
        let name = cut(name, NAME);
        if self.counts.len() < FEW || self.counts.contains_key(&name) {
            *self.counts.entry(name).or_default() += 1;
        } else {
            self.has_more = true;
        }
    }

    /// The most frequent first.
    pub fn sorted(&self) -> Vec<(&str, u64)> {
        let mut sorted: Vec<(&str, u64)> =
            self.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        sorted
    }
}

/// A finding about an actor.
#[derive(Clone, Default)]
pub struct Deviation {
    pub time: Option<Millis>,
    pub severity: usize,
    pub finding: Finding,
}

/// One actor.
#[derive(Clone, Default)]
pub struct Acting {
    pub environments: Few,
    pub kinds: Few,
    pub roles: Few,
    pub persons: Few,
    pub records: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    pub origins: Names,
    pub countries: Names,
    pub services: Names,
    pub actions: Names,
    /// Records of each of the last days, local.
    days: BTreeMap<NaiveDate, u64>,
    pub findings: BySeverity,
    pub worst: usize,
    /// The worst first, then the earliest.
    pub deviations: Vec<Deviation>,
}

impl Weight for Acting {
    fn weight(&self) -> (u64, u64) {
        let findings: u64 = self.findings.iter().sum();
        let alerts: u64 = self.findings.iter().skip(Severity::Medium as usize).sum();
        let is_any = u64::from(findings > 0);
        ((self.worst as u64 + is_any) << 40 | alerts.min(1 << 39), findings.max(self.records))
    }
}

impl Default for Actors {
    fn default() -> Actors {
        Actors { held: HeavyHitters::new(ROOM) }
    }
}

/// Whom a finding is about, if that is an actor; else who acted.
pub fn about(event: &Event, finding: &Finding) -> Option<String> {
    let key = ["actor", "account"].into_iter().find_map(|role| finding.key.get(role));
    key.map(|name| cut(&plain(name), NAME)).or_else(|| event.actor.clone())
}

impl Actors {
    /// One record; days are those of the clocks.
    pub fn add(&mut self, event: &Event, evaluated: &Evaluated, clocks: Zone) {
        let acts = &evaluated.about;
        let person = acts.person.as_deref().map(|person| cut(person, NAME));
        if let Some(name) = person.as_ref().or(event.actor.as_ref()) {
            self.held.entry(name).record(event, acts, clocks);
        }
        for finding in &evaluated.findings {
            if let Some(name) = about(event, finding) {
                self.held.entry(&name).finding(event.time, finding);
            }
        }
    }

    /// Those with a finding, the worst first.
    pub fn found(&self) -> Vec<(&str, &Acting)> {
        let mut sorted = self.held.sorted();
        sorted.retain(|(_, acting)| !acting.deviations.is_empty());
        sorted
    }
}

impl Acting {
    /// Counts a record.
    pub fn record(&mut self, event: &Event, acts: &Circumstances, clocks: Zone) {
        self.records += 1;
        let few = [
            (&mut self.environments, &acts.environment),
            (&mut self.kinds, &acts.kind),
            (&mut self.roles, &acts.role),
            (&mut self.persons, &acts.person),
        ];
        for (few, name) in few {
            name.iter().for_each(|name| few.add(&cut(name, NAME), ENVIRONMENTS));
        }
        self.origins.add(event.origin.as_ref());
        self.countries.add(acts.country.as_ref());
        self.services.add(acts.service.as_ref());
        self.actions.add(event.action.as_ref());
        let Some(time) = event.time else { return };
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.max(Some(time));
        *self.days.entry(local(time, clocks).date()).or_default() += 1;
        if self.days.len() > DAYS {
            self.days.pop_first();
        }
    }

    /// Adds a finding.
    pub fn finding(&mut self, time: Option<Millis>, finding: &Finding) {
        let severity = Severity::from_name(&finding.severity) as usize;
        self.findings.get_mut(severity).into_iter().for_each(|count| *count += 1);
        self.worst = self.worst.max(severity);
        self.deviations.push(Deviation { time, severity, finding: bounded(finding) });
        self.deviations
            .sort_by_key(|held| (std::cmp::Reverse(held.severity), held.time.unwrap_or_default()));
        self.deviations.truncate(FINDINGS);
    }

    /// Findings beyond those that are kept.
    pub fn more_findings(&self) -> u64 {
        self.findings.iter().sum::<u64>().saturating_sub(self.deviations.len() as u64)
    }

    /// Records on a usual active day (the median) and on the busiest one.
    pub fn records_a_day(&self) -> (u64, u64) {
        let mut counts: Vec<u64> = self.days.values().copied().collect();
        counts.sort_unstable();
        let middle = counts.get(counts.len().saturating_sub(1) / 2).copied().unwrap_or_default();
        (middle, counts.last().copied().unwrap_or_default())
    }

    /// The actor as JSON.
    pub fn json(&self) -> Value {
        let at = |time: Option<Millis>| time.map(rfc3339);
        let names = |names: &Names| json!({ "counts": names.counts, "has_more": names.has_more });
        let deviations: Vec<Value> = self
            .deviations
            .iter()
            .map(|held| {
                let finding = &held.finding;
                json!({
                    "time": at(held.time), "detector": finding.detector, "rule": finding.rule, "severity": finding.severity,
                    "reason": finding.reason, "observed": finding.observed, "expected": finding.expected,
                    "threshold": finding.threshold, "bits": finding.bits, "window_s": finding.window_s,
                })
            })
            .collect();
        let (usual, most) = self.records_a_day();
        json!({
            "environments": self.environments.names, "types": self.kinds.names, "roles": self.roles.names,
            "persons": self.persons.names, "records": self.records, "first": at(self.first), "last": at(self.last),
            "origins": names(&self.origins), "countries": names(&self.countries), "services": names(&self.services),
            "actions": names(&self.actions), "records_a_day": { "usual": usual, "largest": most },
            "findings": self.findings.iter().sum::<u64>(), "deviations": deviations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::time::DAY;

    fn event(actor: &str, day: i64, origin: &str) -> Event {
        Event {
            time: Some(day * DAY),
            actor: Some(actor.to_owned()),
            origin: Some(origin.to_owned()),
            ..Event::default()
        }
    }

    fn evaluated(findings: &[(&str, &str)]) -> Evaluated {
        let findings = findings.iter().map(|(severity, about)| Finding {
            severity: (*severity).into(),
            key: [("actor".to_owned(), (*about).into())].into(),
            ..Finding::default()
        });
        Evaluated { findings: findings.collect(), ..Evaluated::default() }
    }

    #[test]
    fn actors_with_findings_come_worst_first_and_stay_under_a_flood_of_names() {
        let mut actors = Actors::default();
        for day in 0..9 {
            for n in 0..if day == 4 { 7 } else { 3 } {
                actors.add(&event("dana", day, &format!("o{}", n % 2)), &evaluated(&[]), Zone::UTC);
            }
        }
        actors.add(
            &event("dana", 9, "o9"),
            &evaluated(&[("high", "dana"), ("low", "carl")]),
            Zone::UTC,
        );
        for n in 0..5000 {
            actors.add(&event(&format!("made up {n}"), 9, "x"), &evaluated(&[]), Zone::UTC);
        }
        let found = actors.found();
        assert_eq!(found.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["dana", "carl"]);
        let dana = found[0].1;
        assert_eq!((dana.records, dana.records_a_day()), (32, (3, 7)));
        assert_eq!(dana.origins.sorted().first(), Some(&("o0", 20)));
        assert_eq!((dana.first, dana.last), (Some(0), Some(9 * DAY)));
        let json = dana.json();
        assert_eq!(json["deviations"][0]["severity"], "high");
        assert_eq!(json["records_a_day"], json!({ "usual": 3, "largest": 7 }));
    }

    #[test]
    fn the_worst_findings_are_kept_and_all_are_counted() {
        let mut acting = Acting::default();
        for n in 0..50 {
            let severity = if n == 40 { "critical" } else { "low" };
            acting.finding(Some(n), &Finding { severity: severity.into(), ..Finding::default() });
        }
        assert_eq!((acting.deviations.len(), acting.more_findings()), (FINDINGS, 30));
        assert_eq!(acting.deviations[0].time, Some(40));
    }
}
