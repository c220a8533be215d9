//! Summary of a replay, for people.

use crate::calendar::rfc3339;
use crate::evaluated::Evaluated;
use crate::filter::TRAP_NOTE;
use crate::incident::{BySeverity, Event, Incident, Incidents};
use crate::wording::{counted, grouped, listed, table};
use auditward_core::severity::Severity;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts over all records.
pub struct Summary {
    pub records: u64,
    pub elapsed: Duration,
    /// Which mode and clock, in words.
    pub setting: String,
    sources: BTreeMap<String, u64>,
    notes: BTreeMap<String, u64>,
    findings: BySeverity,
    /// Findings of redelivered records, which were counted before.
    again: u64,
    detectors: BTreeMap<String, u64>,
    rules: BTreeMap<String, u64>,
    incidents: Incidents,
    lists_incidents: bool,
    traps: Vec<String>,
    /// The source that was asked for, and how many records are of another.
    expected: Option<(String, u64)>,
}

/// Incidents and traps that are shown.
const SHOWN: usize = 10;
/// Incidents that are kept at least.
const ROOM: usize = 200;

impl Summary {
    /// With the source that all records should be of, where one was named.
    pub fn new(setting: String, expected: Option<String>) -> Summary {
        Summary {
            records: 0,
            elapsed: Duration::ZERO,
            setting,
            sources: BTreeMap::new(),
            notes: BTreeMap::new(),
            findings: [0; 5],
            again: 0,
            detectors: BTreeMap::new(),
            rules: BTreeMap::new(),
            incidents: Incidents::new(ROOM),
            lists_incidents: true,
            traps: Vec::new(),
            expected: expected.map(|source| (source, 0)),
        }
    }

    /// Counts one record.
    pub fn add(&mut self, evaluated: Evaluated) {
        self.records += 1;
        if let Some((expected, others)) = &mut self.expected {
            *others += u64::from(evaluated.source.as_ref() != Some(expected));
        }
        count(&mut self.sources, evaluated.source.as_deref().unwrap_or("not recognised"));
        evaluated.notes.iter().for_each(|note| count(&mut self.notes, note));
        for finding in &evaluated.findings {
            let severity = Severity::from_name(&finding.severity) as usize;
            self.findings.get_mut(severity).into_iter().for_each(|count| *count += 1);
            count(&mut self.detectors, &finding.detector);
            finding.rule.iter().for_each(|rule| count(&mut self.rules, rule));
        }
        if !evaluated.findings.is_empty() {
            self.incidents.add(&Event::of(&evaluated), &evaluated.findings, &|_| None);
        }
    }

    /// Counts findings that a redelivered record has again.
    pub fn found_again(&mut self, findings: usize) {
        self.again += findings as u64;
    }

    /// Remembers where the module trapped.
    pub fn trapped(&mut self, place: String) {
        self.traps.push(place);
    }

    /// The counts alone, where incidents are reported in another way.
    pub fn without_incidents(&mut self) -> &Summary {
        self.lists_incidents = false;
        self
    }

    fn speed(&self) -> String {
        let per_second = self.records as f64 / self.elapsed.as_secs_f64().max(1e-9);
        format!(
            "{} in {:.2} s, {} per second",
            counted(self.records, "record"),
            self.elapsed.as_secs_f64(),
            grouped(per_second as u64)
        )
    }

    /// The incidents that need a look, the worst first.
    fn alerts(&self) -> Vec<&Incident> {
        let is_alert = |incident: &&Incident| incident.severity >= Severity::Medium as usize;
        self.incidents.sorted().into_iter().filter(is_alert).collect()
    }

    fn trap_line(&self) -> String {
        let shown: Vec<&str> = self.traps.iter().take(SHOWN).map(String::as_str).collect();
        let more = if self.traps.len() > SHOWN { " ..." } else { "" };
        format!(
            "{} ({}{more}): these lines were written as `raw` with the flag `{TRAP_NOTE}`; please report them",
            counted(self.traps.len() as u64, "trap"),
            shown.join(", ")
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![
            vec!["replayed".to_owned(), self.speed()],
            vec!["through".to_owned(), self.setting.clone()],
        ];
        rows.push(vec!["sources".to_owned(), listed(by_count(&self.sources))]);
        if let Some((expected, others)) = self.expected.as_ref().filter(|(_, others)| *others > 0) {
            rows.push(vec![
                "".to_owned(),
                format!("{} not of {expected}, which --source names", counted(*others, "record")),
            ]);
        }
        let mut findings = listed(by_severity(&self.findings));
        if self.again > 0 {
            findings +=
                &format!("; {} on redelivered records not counted again", grouped(self.again));
        }
        rows.push(vec!["findings".to_owned(), findings]);
        if !self.incidents.is_empty() {
            rows.push(vec![
                "incidents".to_owned(),
                listed(by_severity(&self.incidents.by_severity())),
            ]);
        }
        if !self.detectors.is_empty() {
            rows.push(vec!["detectors".to_owned(), listed(by_count(&self.detectors))]);
        }
        if !self.rules.is_empty() {
            rows.push(vec!["rules".to_owned(), first_of(&by_count(&self.rules))]);
        }
        rows.push(vec!["flags".to_owned(), listed(by_count(&self.notes))]);
        if !self.traps.is_empty() {
            rows.push(vec!["traps".to_owned(), self.trap_line()]);
        }
        f.write_str(&table(&rows, 0))?;
        if !self.lists_incidents || self.incidents.alerts() == 0 {
            return Ok(());
        }
        let shown: Vec<Vec<String>> = self.alerts().into_iter().take(SHOWN).map(row).collect();
        write!(f, "incidents to look at, the worst first\n{}", table(&shown, 2))?;
        match self.incidents.alerts().saturating_sub(shown.len() as u64) {
            0 => Ok(()),
            more => writeln!(f, "  and {} more", grouped(more)),
        }
    }
}

/// When it began, how severe it is, which detectors found it, and what the worst finding says.
fn row(incident: &Incident) -> Vec<String> {
    let time = incident.first.map_or_else(String::new, rfc3339);
    let severity = Severity::NAMES.get(incident.severity).copied().unwrap_or_default().to_owned();
    let detectors: Vec<&str> = incident.detectors.keys().map(String::as_str).collect();
    vec![time, severity, detectors.join(", "), incident.worst.reason.clone()]
}

/// The worst first, without what there is none of.
fn by_severity(counts: &BySeverity) -> Vec<(String, u64)> {
    Severity::NAMES
        .iter()
        .zip(counts)
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

/// The most frequent first.
fn by_count(counts: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut sorted: Vec<(String, u64)> =
        counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

/// The first of them, and how many more there are.
fn first_of(counts: &[(String, u64)]) -> String {
    let (shown, rest) = counts.split_at(counts.len().min(SHOWN));
    match rest.len() {
        0 => listed(shown.iter().map(|(name, count)| (name, *count))),
        more => format!(
            "{} and {}",
            listed(shown.iter().map(|(name, count)| (name, *count))),
            counted(more as u64, "more rule")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluated::Finding;

    #[test]
    fn a_summary_is_aligned_and_short() {
        let mut summary = Summary::new("raw mode".into(), Some("aws.cloudtrail".into()));
        let finding = |reason: &str, severity: &str, account: &str| Finding {
            detector: "brute-force".into(),
            severity: severity.into(),
            reason: reason.into(),
            key: [("account".to_owned(), account.into())].into(),
            ..Finding::default()
        };
        for number in 0..12 {
            let severity = if number == 11 { "high" } else { "medium" };
            let found = finding(&format!("{number} failed"), severity, &number.to_string());
            let of_rule = Finding { rule: Some(format!("test.{number:02}")), ..found.clone() };
            // Found twice, once for each way of counting: one incident.
            summary.add(Evaluated {
                time: Some("2026-01-05T10:00:00Z".into()),
                findings: vec![of_rule, found],
                ..Evaluated::default()
            });
        }
        summary.found_again(3);
        summary.trapped("a.ndjson:3".into());
        let text = summary.to_string();
        for part in [
            "sources    not recognised 12\n",
            "12 records not of aws.cloudtrail",
            "findings   high 2, medium 22; 3 on redelivered records not counted again\n",
            "incidents  high 1, medium 11\n",
            "detectors  brute-force 24\n",
            "rules      test.00 1, test.01 1,",
            "test.09 1 and 2 more rules\n",
            "flags      none\n",
            "1 trap (a.ndjson:3)",
            "incidents to look at, the worst first\n  2026-01-05T10:00:00.000Z  high    brute-force  11 failed\n",
            "  2026-01-05T10:00:00.000Z  medium  brute-force  0 failed\n",
            "  and 2 more\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}
