//! Incidents: findings of one attack, joined over detectors and records, and over the two ways of counting it (per account and per origin).
//!
//! Findings of one record are one incident. Records are one incident where they name the same actor or the same subject of a finding within an hour of each
//! other, or the same origin where a finding is about that origin. A shared office address alone joins nobody: two people behind it stay two incidents.

mod event;
mod joining;

pub use event::{Event, time_of};
pub use joining::Incidents;

use crate::evaluated::Finding;
use crate::heavy_hitters::{Few, cut};
use auditward_core::detector;
use auditward_core::severity::Severity;
use auditward_core::time::{HOUR, Millis};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The longest pause within one incident.
pub const GAP: Millis = HOUR;
/// The longest part of a finding's window that counts as time of its incident.
const LOOK_BACK: Millis = 6 * HOUR;
/// Values of a kind, detectors, subjects and events kept for one incident.
const FEW: usize = 5;
const DETECTORS: usize = 32;
const SUBJECTS: usize = 24;
const EVENTS: usize = 40;
/// The first events of an incident, which are kept when later ones push out others.
const FIRST_EVENTS: usize = 10;
/// Characters of a name, and of a sentence, that are kept.
pub const NAME: usize = 200;
pub const SENTENCE: usize = 600;

/// Counts by severity, from info to critical.
pub type BySeverity = [u64; 5];

/// The finding without what only its record needs, its texts cut to a bounded length.
pub fn bounded(finding: &Finding) -> Finding {
    Finding {
        detector: cut(&finding.detector, NAME),
        rule: finding.rule.as_deref().map(|rule| cut(rule, NAME)),
        reason: cut(&finding.reason, SENTENCE),
        technique: finding.technique.as_deref().map(|technique| cut(technique, NAME)),
        fingerprint: finding.fingerprint.as_deref().map(|fingerprint| cut(fingerprint, NAME)),
        key: finding
            .key
            .iter()
            .take(FEW)
            .map(|(role, value)| (cut(role, NAME), cut(&plain(value), NAME).into()))
            .collect(),
        evidence: finding.evidence.iter().take(SUBJECTS).map(|id| cut(id, NAME)).collect(),
        ..finding.clone()
    }
}

/// True for a finding that only adds up others: the others say what happened.
fn is_sum(finding: &Finding) -> bool {
    detector::find(finding.detector.as_bytes()).is_some_and(|spec| spec.attributes.is_sum)
}

/// Text as it is, any other value as JSON.
pub fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One incident.
#[derive(Clone, Default)]
pub struct Incident {
    pub severity: usize,
    pub findings: u64,
    /// Records with a finding.
    pub records: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    /// The worst of its findings, the latest among equals; one that adds up others only if it is worse than each of them.
    pub worst: Finding,
    pub detectors: BTreeMap<String, u64>,
    /// Findings of the incident: the worst finding of each detector, rule and subject, and how many there were.
    pub subjects: Vec<(Finding, u64)>,
    pub has_more_subjects: bool,
    pub sources: Few,
    pub actors: Few,
    /// Accounts that findings are about: whose sign-ins were tried.
    pub accounts: Few,
    pub origins: Few,
    pub targets: Few,
    pub actions: Few,
    pub data_classes: Few,
    pub techniques: Few,
    /// In the order of time.
    pub events: Vec<Event>,
    /// Events beyond those kept.
    pub more_events: u64,
    /// Changes in the hour before a service began to fail, the newest first.
    pub changes: Vec<Event>,
}

impl Incident {
    fn add(
        &mut self,
        event: &Event,
        findings: &[Finding],
        evidence: &dyn Fn(&str) -> Option<Event>,
    ) {
        self.records += 1;
        if let Some(time) = event.time {
            self.spans(time, time);
        }
        let of_event = [
            (&mut self.sources, &event.source),
            (&mut self.actors, &event.actor),
            (&mut self.origins, &event.origin),
            (&mut self.targets, &event.target),
            (&mut self.actions, &event.action),
            (&mut self.data_classes, &event.data_class),
        ];
        for (few, name) in of_event {
            name.iter().for_each(|name| few.add(name, FEW));
        }
        for finding in findings {
            finding
                .evidence
                .iter()
                .filter_map(|id| evidence(id))
                .for_each(|led| self.evidence(event, led));
            self.finding(finding);
        }
        self.event(event.clone());
    }

    fn finding(&mut self, finding: &Finding) {
        let severity = Severity::from_name(&finding.severity) as usize;
        let finding = Finding { evidence: Vec::new(), ..bounded(finding) };
        self.findings += 1;
        if self.findings == 1
            || severity > self.severity
            || severity == self.severity && (!is_sum(&finding) || is_sum(&self.worst))
        {
            self.worst = finding.clone();
        }
        self.severity = self.severity.max(severity);
        if self.detectors.len() < DETECTORS || self.detectors.contains_key(&finding.detector) {
            *self.detectors.entry(finding.detector.clone()).or_default() += 1;
        }
        finding
            .technique
            .iter()
            .filter(|technique| !technique.is_empty())
            .for_each(|technique| self.techniques.add(technique, SUBJECTS));
        finding
            .key
            .get("account")
            .iter()
            .for_each(|account| self.accounts.add(&plain(account), FEW));
        self.subject(finding, 1);
    }

    fn subject(&mut self, finding: Finding, count: u64) {
        let is_same = |held: &Finding| {
            (&held.detector, &held.rule, &held.key)
                == (&finding.detector, &finding.rule, &finding.key)
        };
        let place = self.subjects.iter().position(|(held, _)| is_same(held));
        let Some((held, counted)) = place.and_then(|place| self.subjects.get_mut(place)) else {
            match self.subjects.len() < SUBJECTS {
                true => self.subjects.push((finding, count)),
                false => self.has_more_subjects = true,
            }
            return;
        };
        *counted += count;
        if Severity::from_name(&finding.severity) >= Severity::from_name(&held.severity) {
            *held = finding;
        }
    }

    /// Adds an event that led to the finding on another. What lies longer ago than a window counts is shown, but the incident does not begin with it.
    fn evidence(&mut self, found: &Event, led: Event) {
        let is_part = |time: &Millis| {
            found
                .time
                .is_some_and(|found| *time >= found.saturating_sub(LOOK_BACK) && *time <= found)
        };
        if let Some(time) = led.time.filter(is_part) {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
        }
        self.event(led);
    }

    /// Adds an event in the order of time, once; those of which only the id is known stand last.
    fn event(&mut self, event: Event) {
        if self.events.iter().any(|held| {
            held.time == event.time && held.id == event.id && (event.id.is_some() || *held == event)
        }) {
            return;
        }
        let at = self.events.partition_point(|held| {
            (held.time.is_none(), held.time) <= (event.time.is_none(), event.time)
        });
        self.events.insert(at, event);
        if self.events.len() > EVENTS {
            self.events.remove(FIRST_EVENTS);
            self.more_events += 1;
        }
    }

    fn spans(&mut self, first: Millis, last: Millis) {
        self.first = Some(self.first.map_or(first, |held| held.min(first)));
        self.last = self.last.max(Some(last));
    }

    /// Takes another one over, which turned out to be the same.
    fn absorb(&mut self, other: Incident) {
        let is_sum = [is_sum(&self.worst), is_sum(&other.worst)];
        let is_worse = match (other.severity.cmp(&self.severity), is_sum) {
            (Ordering::Equal, [false, true]) => false,
            (Ordering::Equal, [true, false]) => true,
            (order, _) => order.then(other.last.cmp(&self.last)).is_gt(),
        };
        if is_worse {
            self.worst = other.worst;
        }
        self.severity = self.severity.max(other.severity);
        if self.changes.is_empty() {
            self.changes = other.changes;
        }
        self.findings += other.findings;
        self.records += other.records;
        self.more_events += other.more_events;
        self.has_more_subjects |= other.has_more_subjects;
        if let Some((first, last)) = other.first.zip(other.last) {
            self.spans(first, last);
        }
        for (detector, count) in other.detectors {
            *self.detectors.entry(detector).or_default() += count;
        }
        let both = [
            (&mut self.sources, other.sources),
            (&mut self.actors, other.actors),
            (&mut self.accounts, other.accounts),
            (&mut self.origins, other.origins),
            (&mut self.targets, other.targets),
            (&mut self.actions, other.actions),
            (&mut self.data_classes, other.data_classes),
        ];
        both.into_iter().for_each(|(few, others)| few.absorb(others, FEW));
        self.techniques.absorb(other.techniques, SUBJECTS);
        other.subjects.into_iter().for_each(|(finding, count)| self.subject(finding, count));
        other.events.into_iter().for_each(|event| self.event(event));
    }

    /// True if findings still came within a pause of the end of the log.
    pub fn goes_on(&self, end: Option<Millis>) -> bool {
        self.last.zip(end).is_some_and(|(last, end)| last.saturating_add(GAP) >= end)
    }

    /// Who acted, as far as is known: the actors, else the accounts that were tried.
    pub fn who(&self) -> &Few {
        if self.actors.names.is_empty() { &self.accounts } else { &self.actors }
    }
}
