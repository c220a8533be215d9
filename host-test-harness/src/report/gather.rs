//! What a report is made of, gathered record by record in bounded memory.

use super::chart::{Series, Week};
use super::tally::{Distinct, Few, Tally, Weight, cut};
use crate::judged::{Finding, Judged};
use auditward_core::detect::Severity;
use auditward_core::time::{self, Millis};
use std::collections::BTreeMap;

/// So many incidents, and so many names of each kind, are kept at least.
const ROOM: usize = 1000;
/// So many sources are told apart; a policy has far fewer.
const SOURCES: usize = 64;
/// So many values of a kind are shown for one incident.
const FEW: usize = 5;
/// So many ids of evidence are kept for one incident.
const EVIDENCE: usize = 20;
/// So many characters of a name, and of a sentence, are kept.
const NAME: usize = 200;
const SENTENCE: usize = 600;

/// By severity, from info to critical.
pub type BySeverity = [u64; 5];

/// Everything.
pub struct Gathered {
    pub records: u64,
    pub recognised: u64,
    /// Records with an alert (medium and above).
    pub alerting: u64,
    pub suppressed: u64,
    /// Records whose time could not be used: none of their own, or one ahead of the clock.
    pub untimed: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    pub findings: BySeverity,
    pub detectors: BTreeMap<String, BySeverity>,
    pub sources: BTreeMap<String, Source>,
    pub notes: BTreeMap<String, u64>,
    pub series: Series,
    pub week: Week,
    pub incidents: Tally<Incident>,
    /// Incidents with an alert.
    pub alerts: Distinct,
    pub actors: Tally<Affected>,
    pub origins: Tally<Affected>,
    pub targets: Tally<Affected>,
    /// How far local time is ahead of UTC: what is drawn and told is local.
    pub offset: Millis,
}

/// What is known of one source.
#[derive(Default)]
pub struct Source {
    pub records: u64,
    pub alerting: u64,
    pub notes: BTreeMap<String, u64>,
    pub week: Week,
}

/// Findings with one fingerprint.
#[derive(Default)]
pub struct Incident {
    pub detector: String,
    pub severity: usize,
    pub count: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    /// The worst of its findings, the latest among equals.
    pub worst: Finding,
    pub key: Vec<(String, String)>,
    pub sources: Few,
    pub actors: Few,
    pub origins: Few,
    pub targets: Few,
    pub actions: Few,
    pub data_classes: Few,
    pub evidence: Few,
}

impl Weight for Incident {
    fn weight(&self) -> (u64, u64) {
        (self.severity as u64, self.count)
    }
}

/// A name that findings touched.
#[derive(Default)]
pub struct Affected {
    pub findings: BySeverity,
    pub detectors: Few,
    pub last: Option<Millis>,
}

impl Weight for Affected {
    fn weight(&self) -> (u64, u64) {
        let alerts: u64 = self.findings.iter().skip(Severity::Medium as usize).sum();
        (alerts, self.findings.iter().sum())
    }
}

impl Gathered {
    /// `offset` is how far local time is ahead of UTC.
    pub fn new(offset: Millis) -> Gathered {
        Gathered {
            records: 0,
            recognised: 0,
            alerting: 0,
            suppressed: 0,
            untimed: 0,
            first: None,
            last: None,
            findings: [0; 5],
            detectors: BTreeMap::new(),
            sources: BTreeMap::new(),
            notes: BTreeMap::new(),
            series: Series::default(),
            week: Week::default(),
            incidents: Tally::new(ROOM),
            alerts: Distinct::default(),
            actors: Tally::new(ROOM),
            origins: Tally::new(ROOM),
            targets: Tally::new(ROOM),
            offset,
        }
    }

    /// One record.
    pub fn add(&mut self, judged: &Judged) {
        let has = |note: &str| judged.notes.iter().any(|held| held == note);
        let time = judged.time.as_deref().and_then(|text| time::parse(text.as_bytes())).filter(|_| !has("time-ahead") && !has("no-time"));
        let worst = judged.findings.iter().map(|finding| Severity::from_name(&finding.severity)).max();
        let is_alert = worst >= Some(Severity::Medium);
        self.records += 1;
        self.recognised += u64::from(judged.source.is_some());
        self.alerting += u64::from(is_alert);
        self.suppressed += u64::from(has("suppressed"));
        self.untimed += u64::from(time.is_none());
        judged.notes.iter().for_each(|note| count(&mut self.notes, note));
        self.source(judged, time, is_alert);
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
            self.series.record(time + self.offset);
            self.week.record(time + self.offset, is_alert);
        }
        judged.findings.iter().for_each(|finding| self.finding(judged, finding, time));
    }

    fn source(&mut self, judged: &Judged, time: Option<Millis>, is_alert: bool) {
        let name = judged.source.as_deref().unwrap_or(UNRECOGNISED);
        let name = if self.sources.len() >= SOURCES && !self.sources.contains_key(name) { "others" } else { name };
        let source = self.sources.entry(cut(name, NAME)).or_default();
        source.records += 1;
        source.alerting += u64::from(is_alert);
        judged.notes.iter().for_each(|note| count(&mut source.notes, note));
        if let Some(time) = time {
            source.week.record(time + self.offset, is_alert);
        }
    }

    fn finding(&mut self, judged: &Judged, finding: &Finding, time: Option<Millis>) {
        let severity = Severity::from_name(&finding.severity) as usize;
        raise(&mut self.findings, severity);
        raise(self.detectors.entry(cut(&finding.detector, NAME)).or_default(), severity);
        if let Some(time) = time {
            self.series.finding(time + self.offset, &finding.detector, severity);
        }
        for (tally, name) in [(&mut self.actors, &judged.actor), (&mut self.origins, &judged.origin), (&mut self.targets, &judged.target)] {
            let Some(name) = name else { continue };
            let affected = tally.entry(&cut(name, NAME));
            raise(&mut affected.findings, severity);
            affected.detectors.add(&finding.detector, FEW);
            affected.last = affected.last.max(time);
        }
        let id = finding.fingerprint.clone().unwrap_or_else(|| format!("{}: {}", finding.detector, finding.reason));
        let id = cut(&id, SENTENCE);
        if severity >= Severity::Medium as usize {
            self.alerts.add(&id);
        }
        self.incidents.entry(&id).add(judged, finding, severity, time);
    }
}

/// What stands for records that no source recognised.
pub const UNRECOGNISED: &str = "not recognised";

impl Incident {
    fn add(&mut self, judged: &Judged, finding: &Finding, severity: usize, time: Option<Millis>) {
        if self.count == 0 || severity >= self.severity {
            self.worst = Finding { reason: cut(&finding.reason, SENTENCE), evidence: Vec::new(), key: BTreeMap::new(), ..finding.clone() };
            self.key = finding.key.iter().take(FEW).map(|(role, value)| (role.clone(), cut(&plain(value), NAME))).collect();
        }
        self.detector = cut(&finding.detector, NAME);
        self.severity = self.severity.max(severity);
        self.count += 1;
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
        }
        let of_record = [
            (&mut self.sources, &judged.source),
            (&mut self.actors, &judged.actor),
            (&mut self.origins, &judged.origin),
            (&mut self.targets, &judged.target),
            (&mut self.actions, &judged.action),
            (&mut self.data_classes, &judged.data_class),
        ];
        for (few, name) in of_record {
            name.iter().for_each(|name| few.add(&cut(name, NAME), FEW));
        }
        finding.evidence.iter().for_each(|id| self.evidence.add(&cut(id, NAME), EVIDENCE));
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn raise(counts: &mut BySeverity, severity: usize) {
    counts.get_mut(severity).into_iter().for_each(|count| *count += 1);
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(cut(name, NAME), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(number: u64, severity: &str) -> Judged {
        let finding = Finding {
            detector: "brute-force".into(),
            severity: severity.into(),
            reason: format!("{number} failed"),
            fingerprint: Some(format!("{:x}", number % 5000)),
            evidence: (0..50).map(|id| format!("{number}-{id}")).collect(),
            ..Finding::default()
        };
        let time = String::from_utf8(time::format(1_767_225_600_000 + number as i64 * 1000).to_vec()).unwrap();
        Judged { time: Some(time), actor: Some(format!("actor {number}")), source: Some("s".into()), findings: vec![finding], ..Judged::default() }
    }

    #[test]
    fn memory_stays_bounded_and_what_was_left_out_is_known() {
        let mut gathered = Gathered::new(0);
        (0..12_000).for_each(|number| gathered.add(&judged(number, if number == 7 { "critical" } else { "low" })));
        assert!(gathered.incidents.len() <= 2 * ROOM && gathered.actors.len() <= 2 * ROOM);
        let counted = [&gathered.incidents.names, &gathered.alerts, &gathered.actors.names].map(Distinct::number);
        assert_eq!(counted, ["5,000", "1", "12,000"]);
        let (_, worst) = gathered.incidents.sorted()[0];
        assert_eq!((worst.severity, worst.evidence.names.len(), worst.evidence.has_more), (4, EVIDENCE, true));
        assert_eq!(gathered.findings, [0, 11_999, 0, 0, 1]);
    }

    #[test]
    fn findings_of_one_fingerprint_are_one_incident_that_tells_its_worst() {
        let mut gathered = Gathered::new(0);
        for (number, severity) in [(1, "medium"), (5001, "high"), (10_001, "medium")] {
            gathered.add(&judged(number, severity));
        }
        let incidents = gathered.incidents.sorted();
        let (id, incident) = incidents[0];
        assert_eq!((incidents.len(), id, incident.count, incident.worst.reason.as_str()), (1, "1", 3, "5001 failed"));
        assert_eq!(incident.last.unwrap() - incident.first.unwrap(), 10_000_000);
        assert_eq!((gathered.alerting, gathered.recognised, gathered.untimed), (3, 3, 0));
    }

    #[test]
    fn times_that_can_not_be_trusted_stay_out_of_the_charts() {
        let mut gathered = Gathered::new(0);
        gathered.add(&Judged { notes: vec!["time-ahead".into()], ..judged(1, "low") });
        gathered.add(&Judged { notes: vec!["no-time".into()], ..judged(1, "low") });
        assert_eq!((gathered.untimed, gathered.first, gathered.records), (2, None, 2));
    }
}
