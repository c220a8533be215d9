//! What a replay found, for people.

use crate::filter::TRAP_NOTE;
use crate::judged::{Finding, Judged};
use crate::prose::{counted, grouped, table};
use auditward_core::detect::Severity;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts over all records.
#[derive(Default)]
pub struct Summary {
    pub records: u64,
    pub elapsed: Duration,
    /// Which lane and clock, in words.
    pub setting: String,
    sources: BTreeMap<String, u64>,
    notes: BTreeMap<String, u64>,
    severities: BTreeMap<usize, u64>,
    detectors: BTreeMap<String, u64>,
    /// The most severe alerts, those of one severity in the order they came.
    alerts: Vec<(Severity, String, Finding)>,
    more_alerts: u64,
    traps: Vec<String>,
    /// The source that was asked for, and how many records are of another.
    expected: Option<(String, u64)>,
}

/// So many alerts are shown, and so many traps.
const SHOWN: usize = 10;

impl Summary {
    /// With the source that all records should be of, where one was named.
    pub fn new(setting: String, expected: Option<String>) -> Summary {
        Summary { setting, expected: expected.map(|source| (source, 0)), ..Summary::default() }
    }

    /// Counts one record.
    pub fn add(&mut self, judged: Judged) {
        self.records += 1;
        if let Some((expected, others)) = &mut self.expected {
            *others += u64::from(judged.source.as_ref() != Some(expected));
        }
        count(&mut self.sources, judged.source.as_deref().unwrap_or("not recognised"));
        judged.notes.iter().for_each(|note| count(&mut self.notes, note));
        for finding in judged.findings {
            self.find(judged.time.as_deref().unwrap_or_default(), finding);
        }
    }

    /// Remembers where the module trapped.
    pub fn trapped(&mut self, place: String) {
        self.traps.push(place);
    }

    /// The counts alone, where alerts are told of in another way.
    pub fn without_alerts(&mut self) -> &Summary {
        self.alerts.clear();
        self.more_alerts = 0;
        self
    }

    fn find(&mut self, time: &str, finding: Finding) {
        let severity = Severity::from_name(&finding.severity);
        *self.severities.entry(severity as usize).or_default() += 1;
        count(&mut self.detectors, &finding.detector);
        if severity >= Severity::Medium {
            let place = self.alerts.partition_point(|(other, ..)| *other >= severity);
            if place < SHOWN {
                self.alerts.insert(place, (severity, time.to_owned(), finding));
            }
            self.more_alerts += u64::from(place >= SHOWN || self.alerts.len() > SHOWN);
            self.alerts.truncate(SHOWN);
        }
    }

    fn speed(&self) -> String {
        let per_second = self.records as f64 / self.elapsed.as_secs_f64().max(1e-9);
        format!("{} in {:.2} s, {} a second", counted(self.records, "record"), self.elapsed.as_secs_f64(), grouped(per_second as u64))
    }

    fn by_severity(&self) -> Vec<(String, u64)> {
        let named = |(index, count): (&usize, &u64)| (Severity::NAMES.get(*index).copied().unwrap_or_default().to_owned(), *count);
        self.severities.iter().rev().map(named).collect()
    }

    fn trap_line(&self) -> String {
        let shown: Vec<&str> = self.traps.iter().take(SHOWN).map(String::as_str).collect();
        let more = if self.traps.len() > SHOWN { " ..." } else { "" };
        format!(
            "{} ({}{more}): these lines went out as `raw`, with the note `{TRAP_NOTE}`; please report them",
            counted(self.traps.len() as u64, "trap"),
            shown.join(", ")
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![vec!["replayed".to_owned(), self.speed()], vec!["through".to_owned(), self.setting.clone()]];
        rows.push(vec!["sources".to_owned(), listed(&by_count(&self.sources))]);
        if let Some((expected, others)) = self.expected.as_ref().filter(|(_, others)| *others > 0) {
            rows.push(vec!["".to_owned(), format!("{} not of {expected}, which --source names", counted(*others, "record"))]);
        }
        rows.push(vec!["findings".to_owned(), listed(&self.by_severity())]);
        if !self.detectors.is_empty() {
            rows.push(vec!["detectors".to_owned(), listed(&by_count(&self.detectors))]);
        }
        rows.push(vec!["notes".to_owned(), listed(&by_count(&self.notes))]);
        if !self.traps.is_empty() {
            rows.push(vec!["traps".to_owned(), self.trap_line()]);
        }
        f.write_str(&table(&rows, 0))?;
        let alert =
            |(_, time, finding): &(Severity, String, Finding)| vec![time.clone(), finding.severity.clone(), finding.detector.clone(), finding.reason.clone()];
        let alerts: Vec<Vec<String>> = self.alerts.iter().map(alert).collect();
        if !alerts.is_empty() {
            write!(f, "alerts\n{}", table(&alerts, 2))?;
        }
        match self.more_alerts {
            0 => Ok(()),
            more => writeln!(f, "  and {} more", grouped(more)),
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

/// The most frequent first.
fn by_count(counts: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut sorted: Vec<(String, u64)> = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

fn listed(counts: &[(String, u64)]) -> String {
    let named: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_aligned_and_short() {
        let mut summary = Summary::new("raw lane".into(), Some("aws.cloudtrail".into()));
        let finding = Finding { detector: "brute-force".into(), severity: "medium".into(), reason: "5 failed".into(), ..Finding::default() };
        for _ in 0..12 {
            summary.add(Judged { time: Some("t".into()), findings: vec![finding.clone()], ..Judged::default() });
        }
        let high = Finding { severity: "high".into(), reason: "got in".into(), ..finding };
        summary.add(Judged { time: Some("t".into()), findings: vec![high], ..Judged::default() });
        summary.trapped("a.ndjson:3".into());
        let text = summary.to_string();
        for part in [
            "sources    not recognised 13\n",
            "13 records not of aws.cloudtrail",
            "findings   high 1, medium 12\n",
            "detectors  brute-force 13\n",
            "notes      none\n",
            "1 trap (a.ndjson:3)",
            "alerts\n  t  high    brute-force  got in\n  t  medium  brute-force  5 failed\n",
            "  and 3 more\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}
