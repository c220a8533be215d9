//! Incidents: findings of one attack, joined over detectors and records, and over the two ways of counting it (per account and per origin).
//!
//! Findings of one record are one incident. Records are one incident where they name the same actor or the same subject of a finding within an hour of each
//! other, or the same origin where a finding is about that origin. A shared office address alone joins nobody: two people behind it stay two incidents.

use crate::evaluated::{Evaluated, Finding};
use crate::heavy_hitters::{Few, cut};
use auditward_core::detector;
use auditward_core::severity::Severity;
use auditward_core::time::{HOUR, Millis, SECOND};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

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
/// Names that are remembered for joining; the half that was seen longest ago is forgotten.
const LINKS: usize = 40_000;
/// Incidents that one origin is remembered for.
const LINKED: usize = 16;
/// Classes of actions after which a service may fail, and how long a change is remembered as a possible cause.
const CHANGES: [&str; 3] = ["configure", "grant", "revoke"];
const CHANGE_LASTS: Millis = HOUR;
/// Changes that are remembered.
const REMEMBERED: usize = 500;
/// Characters of a name, and of a sentence, that are kept.
pub const NAME: usize = 200;
pub const SENTENCE: usize = 600;

/// Counts by severity, from info to critical.
pub type BySeverity = [u64; 5];

/// One event as people are shown it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    pub time: Option<Millis>,
    pub id: Option<String>,
    pub source: Option<String>,
    /// Who acted; nothing where nobody in particular did.
    pub actor: Option<String>,
    pub action: Option<String>,
    pub target: Option<String>,
    pub data_class: Option<String>,
    pub origin: Option<String>,
    pub outcome: Option<String>,
    /// It changed a configuration or permissions.
    #[serde(skip)]
    pub is_change: bool,
}

impl Event {
    /// The event of a record, its texts cut to a bounded length.
    pub fn of(evaluated: &Evaluated) -> Event {
        let text = |text: &Option<String>| text.as_deref().map(|text| cut(text, NAME));
        Event {
            time: time_of(evaluated),
            id: text(&evaluated.id),
            source: text(&evaluated.source),
            actor: text(&evaluated.actor).filter(|_| !evaluated.is_anonymous),
            action: text(&evaluated.action),
            target: text(&evaluated.target),
            data_class: text(&evaluated.data_class),
            origin: text(&evaluated.origin),
            outcome: text(&evaluated.outcome),
            is_change: evaluated.class.as_deref().is_some_and(|class| CHANGES.contains(&class)),
        }
    }
}

/// The record's own time, where it can be trusted.
pub fn time_of(evaluated: &Evaluated) -> Option<Millis> {
    let has = |note: &str| evaluated.notes.iter().any(|held| held == note);
    evaluated.time_ms().filter(|_| !has("time-ahead") && !has("no-time"))
}

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

/// All incidents, in bounded memory: the most severe are kept, and all are counted.
pub struct Incidents {
    /// Incidents kept at least; at twice as many the less severe half goes.
    room: usize,
    kept: HashMap<u64, Incident>,
    /// The severity of those that were left out, which are counted; what comes to one again is none more.
    left_out: HashMap<u64, usize>,
    /// The names that the next finding is joined by.
    links: HashMap<(Kind, String), Link>,
    /// Incidents that became part of another one.
    merged: HashMap<u64, u64>,
    opened: u64,
    number: u64,
    alerts: BySeverity,
    /// The latest time of a finding, which stands in for those without one.
    latest: Millis,
    /// Changes of the last hour, the newest last.
    changes: VecDeque<Event>,
}

/// Role by which a name is joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Actor,
    Origin,
    Other(String),
}

/// Where a name was seen last.
#[derive(Clone)]
struct Link {
    /// Incidents in which it stands, the newest last: one of an actor, several of an origin that no finding is about.
    incidents: Vec<u64>,
    first: Millis,
    last: Millis,
    /// A finding was about it: an origin that no finding is about joins nothing.
    is_subject: bool,
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

impl Incidents {
    pub fn new(room: usize) -> Incidents {
        Incidents {
            room,
            kept: HashMap::new(),
            left_out: HashMap::new(),
            links: HashMap::new(),
            merged: HashMap::new(),
            opened: 0,
            number: 0,
            alerts: [0; 5],
            latest: Millis::MIN,
            changes: VecDeque::new(),
        }
    }

    /// Remembers an event that changed something, whether or not it has a finding.
    pub fn see(&mut self, event: &Event) {
        if event.is_change && event.time.is_some() {
            self.changes.push_back(event.clone());
            if self.changes.len() > REMEMBERED {
                self.changes.pop_front();
            }
        }
    }

    /// Changes in the hour before a service began to fail, the newest first.
    fn before(&self, start: Millis) -> Vec<Event> {
        let is_before = |event: &&Event| {
            event.time.is_some_and(|time| time <= start && start - time <= CHANGE_LASTS)
        };
        self.changes.iter().rev().filter(is_before).take(FEW).cloned().collect()
    }

    /// The findings of one record; `evidence` gives an event by its id, where it is still known.
    pub fn add(
        &mut self,
        event: &Event,
        findings: &[Finding],
        evidence: &dyn Fn(&str) -> Option<Event>,
    ) {
        if findings.is_empty() {
            return;
        }
        let time = event.time.unwrap_or(if self.latest == Millis::MIN { 0 } else { self.latest });
        self.latest = self.latest.max(time);
        let window = findings
            .iter()
            .filter_map(|finding| finding.window_s.as_ref()?.as_i64())
            .max()
            .unwrap_or_default();
        let start = time.saturating_sub(window.saturating_mul(SECOND).clamp(0, LOOK_BACK));
        let names = names(event, findings);
        let joined: HashSet<u64> = names
            .iter()
            .flat_map(|(name, is_subject)| self.joined_by(name, *is_subject, start, time))
            .collect();
        let number = self.join(joined);
        let before = self
            .kept
            .get(&number)
            .map(|incident| incident.severity)
            .or_else(|| self.left_out.remove(&number));
        let fails = |finding: &Finding| {
            detector::find(finding.detector.as_bytes())
                .is_some_and(|spec| spec.attributes.is_of_failures)
                && ["service", "host", "source"].iter().any(|role| finding.key.contains_key(*role))
        };
        let is_failure = findings.iter().any(fails);
        let changes = if is_failure { self.before(time) } else { Vec::new() };
        let incident = self.kept.entry(number).or_default();
        incident.add(event, findings, evidence);
        if incident.changes.is_empty() {
            incident.changes = changes;
        }
        let severity = incident.severity;
        self.count(before, severity);
        names
            .into_iter()
            .for_each(|(name, is_subject)| self.link(name, is_subject, number, start, time));
        self.bound();
    }

    /// The incidents that a name belongs to at that time.
    fn joined_by(
        &self,
        name: &(Kind, String),
        is_subject: bool,
        start: Millis,
        time: Millis,
    ) -> Vec<u64> {
        let Some(link) = self.links.get(name).filter(|link| link.is_near(start, time)) else {
            return Vec::new();
        };
        let is_meant = name.0 != Kind::Origin || is_subject || link.is_subject;
        let is_near = |number: &u64| {
            self.kept
                .get(number)
                .and_then(|incident| incident.last)
                .is_none_or(|last| start <= last.saturating_add(GAP))
        };
        link.incidents
            .iter()
            .filter(|_| is_meant)
            .map(|number| root(&self.merged, *number))
            .filter(is_near)
            .collect()
    }

    fn link(
        &mut self,
        name: (Kind, String),
        is_subject: bool,
        number: u64,
        start: Millis,
        time: Millis,
    ) {
        let fresh = || Link { incidents: vec![number], first: start, last: time, is_subject };
        let merged = &self.merged;
        let link = self.links.entry(name).or_insert_with(fresh);
        if !link.is_near(start, time) {
            // After a pause it begins anew.
            *link = fresh();
            return;
        }
        link.incidents.iter_mut().for_each(|held| *held = root(merged, *held));
        link.incidents.retain(|held| *held != number);
        link.incidents.push(number);
        link.incidents.dedup();
        if link.incidents.len() > LINKED {
            link.incidents.remove(0);
        }
        (link.first, link.last, link.is_subject) =
            (link.first.min(start), link.last.max(time), link.is_subject || is_subject);
    }

    /// One incident out of those: the oldest of them, or a new one.
    fn join(&mut self, joined: HashSet<u64>) -> u64 {
        let Some(number) = joined.iter().copied().min() else {
            self.opened += 1;
            self.number += 1;
            return self.opened;
        };
        for other in joined.into_iter().filter(|other| *other != number) {
            self.merged.insert(other, number);
            self.number -= 1;
            if let Some(count) =
                self.left_out.remove(&other).and_then(|severity| self.alerts.get_mut(severity))
            {
                *count = count.saturating_sub(1);
            }
            let Some(part) = self.kept.remove(&other) else {
                continue;
            };
            if let Some(count) = self.alerts.get_mut(part.severity) {
                *count = count.saturating_sub(1);
            }
            match self.kept.get_mut(&number) {
                Some(incident) => {
                    let before = incident.severity;
                    incident.absorb(part);
                    let after = incident.severity;
                    self.count(Some(before), after);
                }
                None => {
                    let before = self.left_out.remove(&number);
                    self.count(before, part.severity.max(before.unwrap_or_default()));
                    self.kept.insert(number, part);
                }
            }
        }
        number
    }

    fn count(&mut self, before: Option<usize>, after: usize) {
        if let Some(count) = before.and_then(|before| self.alerts.get_mut(before)) {
            *count = count.saturating_sub(1);
        }
        self.alerts.get_mut(after).into_iter().for_each(|count| *count += 1);
    }

    /// Keeps memory within its bounds. What is left out stays counted.
    fn bound(&mut self) {
        if self.kept.len() > self.room.saturating_mul(2) {
            let lightest: Vec<(u64, usize)> = self
                .numbered()
                .into_iter()
                .skip(self.room)
                .map(|(number, incident)| (number, incident.severity))
                .collect();
            lightest.iter().for_each(|(number, _)| drop(self.kept.remove(number)));
            self.left_out.extend(lightest);
        }
        if self.links.len() > LINKS || self.merged.len() > LINKS {
            self.forget();
        }
    }

    /// Forgets the half of the names that was seen longest ago.
    fn forget(&mut self) {
        let mut times: Vec<Millis> = self.links.values().map(|link| link.last).collect();
        times.sort_unstable();
        let from = times.get(times.len() / 2).copied().unwrap_or(Millis::MIN);
        let merged = std::mem::take(&mut self.merged);
        self.links.retain(|_, link| {
            link.incidents.iter_mut().for_each(|held| *held = root(&merged, *held));
            link.last > from
        });
        let linked: HashSet<u64> =
            self.links.values().flat_map(|link| link.incidents.iter().copied()).collect();
        self.left_out.retain(|number, _| linked.contains(number));
    }

    /// How many there were, by severity.
    pub fn by_severity(&self) -> BySeverity {
        self.alerts
    }

    /// How many of medium severity and above there were.
    pub fn alerts(&self) -> u64 {
        self.alerts.iter().skip(Severity::Medium as usize).sum()
    }

    /// How many there were in all.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Those that are kept, the most severe first, then those with the most findings, then the earliest.
    pub fn sorted(&self) -> Vec<&Incident> {
        self.numbered().into_iter().map(|(_, incident)| incident).collect()
    }

    fn numbered(&self) -> Vec<(u64, &Incident)> {
        let mut sorted: Vec<(u64, &Incident)> =
            self.kept.iter().map(|(number, incident)| (*number, incident)).collect();
        sorted.sort_by_key(|(number, incident)| {
            (std::cmp::Reverse((incident.severity, incident.findings)), incident.first, *number)
        });
        sorted
    }

    /// True if there was none.
    pub fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }
}

impl Link {
    fn is_near(&self, start: Millis, time: Millis) -> bool {
        start <= self.last.saturating_add(GAP) && time >= self.first.saturating_sub(GAP)
    }
}

/// The incident that this one became part of.
fn root(merged: &HashMap<u64, u64>, mut number: u64) -> u64 {
    while let Some(into) = merged.get(&number) {
        number = *into;
    }
    number
}

/// Name by which the findings of an event are joined, and whether one of them is about this name.
fn names(event: &Event, findings: &[Finding]) -> HashMap<(Kind, String), bool> {
    let mut names = HashMap::new();
    for (role, value) in findings.iter().flat_map(|finding| &finding.key) {
        let kind = match role.as_str() {
            "account" | "actor" => Kind::Actor,
            "origin" => Kind::Origin,
            other => Kind::Other(cut(other, NAME)),
        };
        names.insert((kind, cut(&plain(value), NAME).to_lowercase()), true);
    }
    for (kind, name) in [(Kind::Actor, &event.actor), (Kind::Origin, &event.origin)] {
        if let Some(name) = name {
            names.entry((kind, name.to_lowercase())).or_insert(false);
        }
    }
    names
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

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::time::MINUTE;

    fn finding(detector: &str, severity: &str, role: &str, value: &str) -> Finding {
        Finding {
            detector: detector.into(),
            severity: severity.into(),
            reason: format!("{detector} of {role} {value}"),
            key: [(role.to_owned(), value.into())].into(),
            technique: Some("T1110".into()),
            ..Finding::default()
        }
    }

    fn event(minute: i64, actor: &str, origin: &str) -> Event {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Event {
            time: Some(minute * MINUTE),
            id: Some(format!("{minute}-{actor}-{origin}")),
            actor: text(actor),
            origin: text(origin),
            ..Event::default()
        }
    }

    fn none(_: &str) -> Option<Event> {
        None
    }

    #[test]
    fn a_sum_of_findings_names_an_incident_only_if_it_is_worse_than_each() {
        let mut incidents = Incidents::new(9);
        let mut name = |minute: i64, detector: &str, severity: &str| {
            let found = [finding(detector, severity, "actor", "a")];
            incidents.add(&event(minute, "a", "192.0.2.1"), &found, &none);
            let sorted = incidents.sorted();
            assert_eq!(sorted.len(), 1);
            sorted[0].worst.detector.clone()
        };
        assert_eq!(name(1, "risk", "high"), "risk");
        assert_eq!(name(2, "takeover", "high"), "takeover");
        assert_eq!(name(3, "risk", "high"), "takeover");
        assert_eq!(name(4, "dormant", "medium"), "takeover");
        assert_eq!(name(5, "risk", "critical"), "risk");
    }

    /// A guessed password: both counts of brute force, the sign-in that got in, and a rule on what was done then from elsewhere.
    fn attack(incidents: &mut Incidents, actor: &str, origin: &str) {
        let twins = [
            finding("brute-force", "medium", "account", actor),
            finding("brute-force", "medium", "origin", origin),
        ];
        incidents.add(&event(10, actor, origin), &twins, &none);
        incidents.add(
            &event(12, actor, origin),
            &[finding("fail-then-success", "high", "account", actor)],
            &none,
        );
        incidents.add(
            &event(30, actor, "198.51.100.9"),
            &[finding("rules", "medium", "actor", actor)],
            &none,
        );
    }

    #[test]
    fn one_attack_seen_by_three_detectors_is_one_incident() {
        let mut incidents = Incidents::new(100);
        attack(&mut incidents, "dana", "192.0.2.1");
        let sorted = incidents.sorted();
        let it = sorted[0];
        assert_eq!(
            (incidents.number(), incidents.alerts(), incidents.by_severity()),
            (1, 1, [0, 0, 0, 1, 0])
        );
        assert_eq!(
            (it.findings, it.records, it.severity, it.worst.detector.as_str()),
            (4, 3, 3, "fail-then-success")
        );
        assert_eq!(
            it.detectors.keys().collect::<Vec<_>>(),
            ["brute-force", "fail-then-success", "rules"]
        );
        assert_eq!(
            (it.first, it.last, it.events.len(), it.subjects.len()),
            (Some(10 * MINUTE), Some(30 * MINUTE), 3, 4)
        );
        assert_eq!(it.origins.names, ["192.0.2.1", "198.51.100.9"]);
    }

    #[test]
    fn two_attacks_at_once_stay_two_also_behind_one_address_that_nobody_is_suspicious_of() {
        let mut incidents = Incidents::new(100);
        attack(&mut incidents, "dana", "192.0.2.1");
        attack(&mut incidents, "erik", "192.0.2.2");
        // Both go on from 198.51.100.9, which no finding is about.
        assert_eq!((incidents.number(), incidents.alerts()), (2, 2));
        incidents.add(
            &event(40, "frida", "198.51.100.9"),
            &[finding("volume", "high", "actor", "frida")],
            &none,
        );
        assert_eq!(incidents.number(), 3);
    }

    #[test]
    fn an_origin_that_a_finding_is_about_joins_those_who_came_from_it() {
        let mut incidents = Incidents::new(100);
        incidents.add(
            &event(1, "ada", "192.0.2.1"),
            &[finding("brute-force", "medium", "account", "ada")],
            &none,
        );
        incidents.add(
            &event(2, "bea", "192.0.2.1"),
            &[finding("brute-force", "medium", "account", "bea")],
            &none,
        );
        assert_eq!(incidents.number(), 2, "nothing is said of the address yet");
        incidents.add(
            &event(3, "cleo", "192.0.2.1"),
            &[finding("password-spray", "high", "origin", "192.0.2.1")],
            &none,
        );
        assert_eq!(
            (incidents.number(), incidents.by_severity()),
            (1, [0, 0, 0, 1, 0]),
            "the spray shows that they are one"
        );
        assert_eq!(incidents.sorted()[0].actors.names.len(), 3);
    }

    #[test]
    fn a_pause_ends_an_incident_and_a_window_reaches_back() {
        let mut incidents = Incidents::new(100);
        let found = finding("volume", "high", "actor", "ada");
        incidents.add(&event(0, "ada", ""), std::slice::from_ref(&found), &none);
        incidents.add(&event(60, "ADA", ""), std::slice::from_ref(&found), &none);
        assert_eq!(incidents.number(), 1, "an hour is no pause, names are the same in any case");
        incidents.add(&event(121, "ada", ""), std::slice::from_ref(&found), &none);
        assert_eq!(incidents.number(), 2);
        let slow = Finding { window_s: Some(7200.into()), ..found };
        incidents.add(&event(121 + 170, "ada", ""), &[slow], &none);
        assert_eq!(incidents.number(), 2, "its window reaches back to within an hour");
    }

    #[test]
    fn nobody_in_particular_joins_nothing() {
        let mut incidents = Incidents::new(100);
        for origin in ["192.0.2.1", "192.0.2.2"] {
            let evaluated = Evaluated {
                actor: Some("anonymous".into()),
                is_anonymous: true,
                origin: Some(origin.into()),
                ..Evaluated::default()
            };
            incidents.add(
                &Event::of(&evaluated),
                &[finding("error-rate", "medium", "origin", origin)],
                &none,
            );
        }
        assert_eq!(incidents.number(), 2);
    }

    #[test]
    fn memory_is_bounded_and_all_are_counted() {
        let mut incidents = Incidents::new(100);
        for number in 0..5000 {
            let severity = if number == 7 { "critical" } else { "medium" };
            incidents.add(
                &event(number, &format!("actor {number}"), ""),
                &[finding("volume", severity, "actor", &format!("actor {number}"))],
                &none,
            );
        }
        assert!(incidents.len() <= 201, "{}", incidents.len());
        assert_eq!(
            (incidents.number(), incidents.alerts(), incidents.sorted()[0].severity),
            (5000, 5000, 4)
        );
        for minute in 0..200 {
            incidents.add(
                &event(9000, "one", &format!("192.0.2.{minute}")),
                &[finding("volume", "high", "actor", "one")],
                &none,
            );
        }
        let one = incidents.sorted()[1];
        assert_eq!(
            (one.events.len(), one.more_events, one.origins.names.len(), one.origins.has_more),
            (EVENTS, 160, FEW, true)
        );
        assert!(incidents.links.len() <= LINKS + 10);
        // What was left out and comes again is none more, as long as its name is known.
        incidents.add(
            &event(4000, "actor 4000", ""),
            &[finding("volume", "medium", "actor", "actor 4000")],
            &none,
        );
        assert_eq!(incidents.number(), 5001);
        (0..2 * LINKS as i64).for_each(|number| {
            incidents.add(
                &event(10_000 + number, "", ""),
                &[finding("volume", "low", "actor", &number.to_string())],
                &none,
            )
        });
        assert!(
            incidents.links.len() <= LINKS
                && incidents.left_out.len() <= LINKS
                && incidents.len() <= 201
        );
        assert_eq!((incidents.number(), incidents.alerts()), (5001 + 2 * LINKS as u64, 5001));
    }

    #[test]
    fn events_are_told_in_order_and_once_with_their_evidence() {
        let mut incidents = Incidents::new(100);
        let found = Finding {
            evidence: vec!["a".into(), "b".into(), "gone".into()],
            ..finding("brute-force", "medium", "account", "ada")
        };
        let time = |id: &str| {
            [("a", 2), ("b", 1)].iter().find(|(known, _)| *known == id).map(|(_, time)| *time)
        };
        let known =
            |id: &str| Some(Event { time: time(id), id: Some(id.to_owned()), ..Event::default() });
        incidents.add(
            &Event { id: Some("a".into()), time: Some(2), ..event(0, "ada", "") },
            &[found],
            &known,
        );
        let sorted = incidents.sorted();
        let ids = sorted[0].events.iter().filter_map(|event| event.id.as_deref());
        assert_eq!(ids.collect::<Vec<_>>(), ["b", "a", "gone"]);
        assert_eq!((sorted[0].first, sorted[0].last), (Some(1), Some(2)));
        assert!(
            sorted[0].goes_on(Some(3))
                && !sorted[0].goes_on(Some(3 + 2 * HOUR))
                && !sorted[0].goes_on(None)
        );
    }
}
