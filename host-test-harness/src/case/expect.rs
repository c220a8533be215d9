//! What was expected beside what came.

use super::{Case, Line, Outputs};
use crate::judged::Judged;
use auditward_core::event::Slot;
use serde_json::Value;
use std::collections::BTreeMap;

/// One difference.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the log, where it is about one.
    pub line: Option<usize>,
    pub what: String,
    pub expected: String,
    pub found: String,
}

impl Case {
    /// Everything that differs; nothing where the case holds.
    pub fn differences(&self, outputs: &Outputs) -> Vec<Difference> {
        let mut all = self.totals(outputs);
        self.line.iter().for_each(|line| all.extend(line.differences(outputs)));
        all
    }

    fn totals(&self, outputs: &Outputs) -> Vec<Difference> {
        let found = totals(outputs);
        let none = BTreeMap::new();
        let expected: BTreeMap<&str, u64> = match (&self.findings, self.no_findings) {
            (Some(findings), _) => findings.iter().map(|(name, count)| (name.get_ref().as_str(), *count)).filter(|(_, count)| *count > 0).collect(),
            (None, true) => none,
            (None, false) => return Vec::new(),
        };
        let is_same = expected.iter().map(|(name, count)| (*name, *count)).eq(found.iter().map(|(name, count)| (name.as_str(), *count)));
        let told = |counts: Vec<String>| if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        let difference = || Difference {
            line: None,
            what: "findings in all".to_owned(),
            expected: told(expected.iter().map(|(name, count)| format!("{name} {count}")).collect()),
            found: told(found.iter().map(|(name, count)| format!("{name} {count}")).collect()),
        };
        if is_same { Vec::new() } else { vec![difference()] }
    }
}

/// How many findings each detector has.
pub fn totals(outputs: &Outputs) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    outputs.lines.iter().flat_map(|(_, judged)| &judged.findings).for_each(|finding| *totals.entry(finding.detector.clone()).or_default() += 1);
    totals
}

impl Line {
    fn differences(&self, outputs: &Outputs) -> Vec<Difference> {
        let number = *self.number.get_ref();
        let differ = |what: &str, expected: String, found: String| Difference { line: Some(number), what: what.to_owned(), expected, found };
        let Some((output, judged)) = number.checked_sub(1).and_then(|index| outputs.lines.get(index)) else {
            return vec![differ("the line itself", "there".to_owned(), format!("the log has {} lines", outputs.lines.len()))];
        };
        let mut all = Vec::new();
        for (path, expected) in &self.slots {
            let (found, expected) = (slot(outputs, output, path.get_ref()), json(expected));
            if found.as_ref() != Some(&expected) {
                all.push(differ(path.get_ref(), expected.to_string(), found.map_or("absent".to_owned(), |found| found.to_string())));
            }
        }
        for path in &self.absent {
            if let Some(found) = slot(outputs, output, path.get_ref()) {
                all.push(differ(path.get_ref(), "absent".to_owned(), found.to_string()));
            }
        }
        for note in self.notes.iter().filter(|note| !judged.notes.contains(note.get_ref())) {
            all.push(differ("notes", note.get_ref().clone(), listed(&judged.notes)));
        }
        let missing = self.findings.iter().filter(|expected| !judged.findings.iter().any(|found| expected.is_met(found)));
        all.extend(missing.map(|expected| differ("findings", expected.in_words(), in_words(judged))));
        if self.no_findings && !judged.findings.is_empty() {
            all.push(differ("findings", "none".to_owned(), in_words(judged)));
        }
        all
    }
}

/// The slot as the output has it.
pub fn slot(outputs: &Outputs, output: &[u8], path: &str) -> Option<Value> {
    let slot = Slot::ALL.iter().find(|slot| slot.path() == path)?;
    outputs.reader.slot(output, *slot)
}

impl super::Finding {
    fn is_met(&self, found: &crate::judged::Finding) -> bool {
        let severity = |name: &str| auditward_core::detect::Severity::from_name(name) as usize;
        found.detector == *self.detector.get_ref()
            && self.severity.is_none_or(|least| severity(&found.severity) >= least as usize)
            && self.key.iter().all(|(role, value)| found.key.get(role).and_then(Value::as_str) == Some(value))
    }

    fn in_words(&self) -> String {
        let severity = self.severity.map_or(String::new(), |least| format!(" {} or above", format!("{least:?}").to_lowercase()));
        let key: String = self.key.iter().map(|(role, value)| format!(" {role} '{value}'")).collect();
        format!("{}{severity}{key}", self.detector.get_ref())
    }
}

fn in_words(judged: &Judged) -> String {
    let told = |finding: &crate::judged::Finding| {
        let key: String = finding.key.iter().map(|(role, value)| format!(" {role} '{}'", value.as_str().unwrap_or_default())).collect();
        format!("{} {}{key}", finding.detector, finding.severity)
    };
    listed(&judged.findings.iter().map(told).collect::<Vec<_>>())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// TOML has more kinds than JSON: times are text there.
fn json(value: &toml::Value) -> Value {
    serde_json::to_value(value).ok().filter(|value| !value.is_object()).unwrap_or_else(|| Value::String(value.to_string().trim_matches('"').to_owned()))
}
