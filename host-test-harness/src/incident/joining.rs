//! Incidents as they are joined: by the names that findings are about, and those of who acted and from where.

use super::{BySeverity, Event, FEW, GAP, Incident, LOOK_BACK, NAME, plain};
use crate::evaluated::Finding;
use crate::heavy_hitters::cut;
use auditward_core::detector;
use auditward_core::severity::Severity;
use auditward_core::time::{HOUR, Millis, SECOND};
use std::collections::{HashMap, HashSet, VecDeque};

/// Names that are remembered for joining; the half that was seen longest ago is forgotten.
const LINKS: usize = 40_000;
/// Incidents that one origin is remembered for.
const LINKED: usize = 16;
/// How long a change is remembered as a possible cause.
const CHANGE_LASTS: Millis = HOUR;
/// Changes that are remembered.
const REMEMBERED: usize = 500;

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

#[cfg(test)]
mod tests;
