//! Comparison of expected and actual results.

use super::{Case, Line, Outputs};
use crate::evaluated::Evaluated;
use crate::wording::counted;
use auditward_core::event::Field;
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
            (Some(findings), _) => findings
                .iter()
                .map(|(name, count)| (name.get_ref().as_str(), *count))
                .filter(|(_, count)| *count > 0)
                .collect(),
            (None, true) => none,
            (None, false) => return Vec::new(),
        };
        let is_same = expected
            .iter()
            .map(|(name, count)| (*name, *count))
            .eq(found.iter().map(|(name, count)| (name.as_str(), *count)));
        let told = |counts: Vec<String>| {
            if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
        };
        let difference = || Difference {
            line: None,
            what: "findings in all".to_owned(),
            expected: told(
                expected.iter().map(|(name, count)| format!("{name} {count}")).collect(),
            ),
            found: told(found.iter().map(|(name, count)| format!("{name} {count}")).collect()),
        };
        if is_same { Vec::new() } else { vec![difference()] }
    }
}

/// How many findings each detector has.
pub fn totals(outputs: &Outputs) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    outputs
        .lines
        .iter()
        .flat_map(|(_, evaluated)| &evaluated.findings)
        .for_each(|finding| *totals.entry(finding.detector.clone()).or_default() += 1);
    totals
}

impl Line {
    fn differences(&self, outputs: &Outputs) -> Vec<Difference> {
        let number = *self.number.get_ref();
        let differ = |what: &str, expected: String, found: String| Difference {
            line: Some(number),
            what: what.to_owned(),
            expected,
            found,
        };
        let Some((output, evaluated)) =
            number.checked_sub(1).and_then(|index| outputs.lines.get(index))
        else {
            return vec![differ(
                "the line",
                "present".to_owned(),
                format!("the log has only {}", counted(outputs.lines.len() as u64, "line")),
            )];
        };
        let mut all = Vec::new();
        for (path, expected) in &self.fields {
            let (found, expected) = (field(outputs, output, path.get_ref()), json(expected));
            if found.as_ref() != Some(&expected) {
                all.push(differ(
                    path.get_ref(),
                    expected.to_string(),
                    found.map_or("absent".to_owned(), |found| found.to_string()),
                ));
            }
        }
        for path in &self.absent {
            if let Some(found) = field(outputs, output, path.get_ref()) {
                all.push(differ(path.get_ref(), "absent".to_owned(), found.to_string()));
            }
        }
        for note in self.notes.iter().filter(|note| !evaluated.notes.contains(note.get_ref())) {
            all.push(differ("notes", note.get_ref().clone(), listed(&evaluated.notes)));
        }
        all.extend(
            unmet(&self.findings, &evaluated.findings)
                .into_iter()
                .map(|expected| differ("findings", expected.in_words(), in_words(evaluated))),
        );
        if self.no_findings && !evaluated.findings.is_empty() {
            all.push(differ("findings", "none".to_owned(), in_words(evaluated)));
        }
        all
    }
}

/// The field as the output has it.
pub fn field(outputs: &Outputs, output: &[u8], path: &str) -> Option<Value> {
    let field = Field::ALL.iter().find(|field| field.path() == path)?;
    outputs.reader.field(output, *field)
}

/// Those expected that nothing is left for, one finding meeting one of them; those that ask most are met first.
fn unmet<'e>(
    expected: &'e [super::Finding],
    found: &[crate::evaluated::Finding],
) -> Vec<&'e super::Finding> {
    let mut order: Vec<&super::Finding> = expected.iter().collect();
    order.sort_by_key(|finding| std::cmp::Reverse((finding.key.len(), finding.severity)));
    let mut met = vec![None; found.len()];
    order
        .into_iter()
        .filter(|expected| !meet(expected, found, &mut met, &mut vec![false; found.len()]))
        .collect()
}

/// Takes a finding for what is expected. One that is taken already is had where what it was taken for can be met by another.
fn meet<'e>(
    expected: &'e super::Finding,
    found: &[crate::evaluated::Finding],
    met: &mut [Option<&'e super::Finding>],
    seen: &mut [bool],
) -> bool {
    (0..found.len()).any(|at| {
        if !expected.is_met(&found[at]) || std::mem::replace(&mut seen[at], true) {
            return false;
        }
        let is_had = met[at].is_none_or(|other| meet(other, found, met, seen));
        if is_had {
            met[at] = Some(expected);
        }
        is_had
    })
}

impl super::Finding {
    fn is_met(&self, found: &crate::evaluated::Finding) -> bool {
        let severity = |name: &str| auditward_core::severity::Severity::from_name(name) as usize;
        found.detector == *self.detector.get_ref()
            && self.severity.is_none_or(|least| severity(&found.severity) >= least as usize)
            && self
                .key
                .iter()
                .all(|(role, value)| found.key.get(role).and_then(Value::as_str) == Some(value))
    }

    fn in_words(&self) -> String {
        let severity = self.severity.map_or(String::new(), |least| {
            format!(" {} or above", format!("{least:?}").to_lowercase())
        });
        let key: String =
            self.key.iter().map(|(role, value)| format!(" {role} '{value}'")).collect();
        format!("{}{severity}{key}", self.detector.get_ref())
    }
}

fn in_words(evaluated: &Evaluated) -> String {
    let told = |finding: &crate::evaluated::Finding| {
        let key: String = finding
            .key
            .iter()
            .map(|(role, value)| format!(" {role} '{}'", value.as_str().unwrap_or_default()))
            .collect();
        format!("{} {}{key}", finding.detector, finding.severity)
    };
    listed(&evaluated.findings.iter().map(told).collect::<Vec<_>>())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// TOML has more kinds than JSON: times are text there.
fn json(value: &toml::Value) -> Value {
    serde_json::to_value(value)
        .ok()
        .filter(|value| !value.is_object())
        .unwrap_or_else(|| Value::String(value.to_string().trim_matches('"').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluated;

    fn unmet_of(expected: &str, found: &[(&str, &str, &str)]) -> Vec<String> {
        let line: Line = toml::from_str(&format!("number = 1\nfindings = [{expected}]")).unwrap();
        let one = |(detector, severity, account): &(&str, &str, &str)| evaluated::Finding {
            detector: (*detector).into(),
            severity: (*severity).into(),
            key: BTreeMap::from([("account".into(), (*account).into())]),
            ..evaluated::Finding::default()
        };
        unmet(&line.findings, &found.iter().map(one).collect::<Vec<_>>())
            .into_iter()
            .map(super::super::Finding::in_words)
            .collect()
    }

    #[test]
    fn a_finding_meets_one_expectation() {
        let any = "{ detector = 'volume' }";
        let two = [("volume", "low", "a"), ("volume", "high", "b")];
        assert!(unmet_of(&format!("{any}, {any}"), &two).is_empty());
        assert_eq!(unmet_of(&format!("{any}, {any}, {any}"), &two), ["volume"]);
        assert_eq!(unmet_of(any, &[("watch", "low", "a")]), ["volume"]);
        assert_eq!(unmet_of(any, &[]), ["volume"]);
        assert!(unmet_of("", &two).is_empty());
    }

    #[test]
    fn what_asks_little_leaves_the_rest_to_what_asks_more() {
        let (any, high, a) = (
            "{ detector = 'volume' }",
            "{ detector = 'volume', severity = 'high' }",
            "{ detector = 'volume', key = { account = 'a' } }",
        );
        for expected in [[any, high], [high, any]] {
            assert!(
                unmet_of(&expected.join(","), &[("volume", "high", "a"), ("volume", "low", "b")])
                    .is_empty()
            );
            assert!(
                unmet_of(&expected.join(","), &[("volume", "low", "b"), ("volume", "high", "a")])
                    .is_empty()
            );
            assert_eq!(unmet_of(&expected.join(","), &[("volume", "high", "a")]), ["volume"]);
        }
        // Only the first can be the high one: the other is for the account.
        assert!(
            unmet_of(&[a, high].join(","), &[("volume", "high", "a"), ("volume", "low", "a")])
                .is_empty()
        );
        assert_eq!(
            unmet_of(&[a, high].join(","), &[("volume", "high", "a"), ("volume", "low", "b")]),
            ["volume high or above"]
        );
    }
}
