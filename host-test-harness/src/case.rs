//! Cases that authors of pipelines keep beside their policy: lines of a log, and what the filter shall make of them.

pub mod bless;
pub mod expect;

use crate::calendar;
use crate::clock::Times;
use crate::evaluated::{Evaluated, Reader};
use crate::filter::Filter;
use crate::input_file::BLOCK;
use crate::mode::{Input, Kind, Setup, native};
use crate::policy_file::PolicyFile;
use crate::problems::Shown;
use crate::{format, problems, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::detector;
use auditward_core::event::Field;
use auditward_core::note::Note;
use auditward_core::policy::Issue;
use auditward_core::similar::nearest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// One file of expectations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: Option<String>,
    /// A file beside this one, or the policy itself.
    pub policy: Option<PolicyOf>,
    /// The log: a file beside this one, or its lines.
    pub input: Option<PathBuf>,
    pub lines: Option<Vec<String>>,
    /// The tag that the lines come under: mappings may ask for one.
    #[serde(default)]
    pub tag: String,
    /// The clock: without one, the latest event time at the log's ends.
    pub now: Option<Spanned<String>>,
    #[serde(default)]
    pub independent: bool,
    /// How many findings each detector has in all; those not named have none.
    pub findings: Option<BTreeMap<Spanned<String>, u64>>,
    /// No finding in all of the log.
    #[serde(default)]
    pub no_findings: bool,
    #[serde(default)]
    pub line: Vec<Line>,
}

/// Keys that no policy has at its root; `input` is a section there.
const OWN_KEYS: &[&str] =
    &["name", "policy", "lines", "tag", "now", "independent", "findings", "no_findings", "line"];

/// True if a TOML file is meant as a case: one that is misspelt is to be told of, not passed over.
pub fn is_meant(table: &toml::Table) -> bool {
    table.get("input").is_some_and(|input| !input.is_table())
        || OWN_KEYS.iter().any(|key| table.contains_key(*key))
}

/// Where a policy is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum PolicyOf {
    File(PathBuf),
    Inline(toml::Table),
}

/// Expectations on one line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// From 1.
    pub number: Spanned<usize>,
    /// Fields by their paths; others may be there too.
    #[serde(default)]
    pub fields: BTreeMap<Spanned<String>, toml::Value>,
    /// Fields that shall not be there.
    #[serde(default)]
    pub absent: Vec<Spanned<String>>,
    /// Findings that shall be there; others may be there too.
    #[serde(default)]
    pub findings: Vec<Finding>,
    #[serde(default)]
    pub no_findings: bool,
    /// Notes that shall be there.
    #[serde(default)]
    pub notes: Vec<Spanned<String>>,
}

/// Expectations on a finding.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub detector: Spanned<String>,
    /// At least.
    pub severity: Option<Severity>,
    #[serde(default)]
    pub key: BTreeMap<String, String>,
}

/// As in findings, from the least.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// A case that was read, and where from.
pub struct Read {
    pub path: PathBuf,
    pub text: String,
    pub case: Case,
}

/// Result of the filter for each line.
pub struct Outputs {
    pub reader: Reader,
    pub lines: Vec<(Vec<u8>, Evaluated)>,
}

impl Read {
    /// Problems are shown, all that can be told at once.
    pub fn from(path: &Path) -> Result<Read> {
        let name = path.display().to_string();
        let text =
            fs::read_to_string(path).with_context(|| format!("{name} cannot be read as text"))?;
        let issue = |span: std::ops::Range<usize>, message: String, help: &str| {
            issue(&text, span, message, help)
        };
        let case: Case = match toml::from_str(&text) {
            Ok(case) => case,
            Err(error) => {
                return refused(
                    &name,
                    &text,
                    &[issue(
                        error.span().unwrap_or_default(),
                        error.message().to_owned(),
                        "`auditward help test` describes the keys of a test",
                    )],
                );
            }
        };
        let issues: Vec<Issue> = case
            .problems()
            .into_iter()
            .map(|(span, message, help)| issue(span, message, &help))
            .collect();
        if issues.is_empty() {
            Ok(Read { path: path.to_owned(), text, case })
        } else {
            refused(&name, &text, &issues)
        }
    }

    /// As people call it.
    pub fn name(&self) -> String {
        let stem = || self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.case.name.clone().unwrap_or_else(stem)
    }

    /// The case's log through the filter.
    pub fn run(&self, mode: Kind) -> Result<Outputs> {
        let policy_file = self.policy()?;
        let lines = self.lines()?;
        let now = match &self.case.now {
            Some(now) => calendar::read(now.get_ref()),
            // What a case says must not change with the year it is run in.
            None => Times {
                policy_file: &policy_file,
                tag: &self.case.tag,
                unwraps: false,
                yearless_by: 0,
            }
            .latest(&ends(&lines))?,
        };
        let now = now.unwrap_or_else(native::now_ms);
        let setup =
            Setup { policy: policy_file.text.clone(), now_ms: Some(now), ..Setup::default() };
        let (mut filter, reader) =
            (Filter::new(mode, setup, self.case.independent)?, Reader::new(&policy_file.policy));
        let mut outputs = Vec::with_capacity(lines.len());
        for (nonce, bytes) in (0..).zip(&lines) {
            let answer =
                filter.process(Input { tag: &self.case.tag, time_ms: now, nonce, bytes })?;
            let evaluated = reader.read(&answer.bytes);
            outputs.push((answer.bytes, evaluated));
        }
        Ok(Outputs { reader, lines: outputs })
    }

    fn policy(&self) -> Result<PolicyFile> {
        Ok(match &self.case.policy {
            None => PolicyFile::read(None)?,
            Some(PolicyOf::File(file)) => PolicyFile::read(Some(&self.beside(file)))?,
            Some(PolicyOf::Inline(table)) => PolicyFile::checked(
                &format!("{}, its [policy] alone", self.path.display()),
                table.to_string(),
            )?,
        })
    }

    fn lines(&self) -> Result<Vec<Vec<u8>>> {
        let name = self.path.display();
        match (&self.case.input, &self.case.lines) {
            (Some(file), None) => {
                read_lines(&self.beside(file)).with_context(|| format!("the input of {name}"))
            }
            (None, Some(lines)) => Ok(lines.iter().map(|line| line.clone().into_bytes()).collect()),
            _ => bail!(
                "{name} names no input: write `input = \"FILE\"` or `lines = ['...']`, one of them"
            ),
        }
    }

    fn beside(&self, file: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(file)
    }
}

/// Shows the problems of a test file; the error says that they are shown.
fn refused<T>(name: &str, text: &str, issues: &[Issue]) -> Result<T> {
    terminal::show(problems::reports(name, text, issues, &problems::Style::of_stderr()).trim_end());
    Err(Shown.into())
}

fn issue(text: &str, span: std::ops::Range<usize>, message: String, help: &str) -> Issue {
    Issue::at(text, "case".to_owned(), span, message, help.to_owned())
}

fn read_lines(path: &Path) -> Result<Vec<Vec<u8>>> {
    let (file, format) = format::open(path).context("paths are relative to the case")?;
    let (mut records, mut lines) = (format.records(file)?, Vec::new());
    while let Some(line) = records.next()? {
        lines.push(line.to_vec());
    }
    Ok(lines)
}

/// The lines that `replay` would read its clock from: the first, and as many of the last as make up a block.
fn ends(lines: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut bytes = 0u64;
    let fits = |line: &&Vec<u8>| {
        bytes = bytes.saturating_add(line.len() as u64 + 1);
        bytes <= BLOCK.max(line.len() as u64 + 1)
    };
    lines
        .first()
        .into_iter()
        .chain(lines.iter().rev().take_while(fits))
        .map(Vec::as_slice)
        .collect()
}

type Problem = (std::ops::Range<usize>, String, String);

impl Case {
    /// Names that nothing has, and what else cannot be meant.
    fn problems(&self) -> Vec<Problem> {
        let detectors = || detector::ALL.iter().map(|spec| spec.id);
        let fields = || Field::ALL.iter().map(|field| field.path());
        let notes = || Note::ALL.iter().map(|note| note.id());
        let totals = self
            .findings
            .iter()
            .flatten()
            .filter_map(|(name, _)| unknown(name, "detector", detectors()));
        let named = self.line.iter().flat_map(|line| {
            let fields = line
                .fields
                .keys()
                .chain(&line.absent)
                .filter_map(|name| unknown(name, "field", fields()));
            let found = line
                .findings
                .iter()
                .filter_map(|finding| unknown(&finding.detector, "detector", detectors()));
            fields
                .chain(found)
                .chain(line.notes.iter().filter_map(|name| unknown(name, "flag", notes())))
                .collect::<Vec<_>>()
        });
        let now = self.now.iter().filter(|now| calendar::read(now.get_ref()).is_none());
        let now = now.map(|now| {
            (
                now.span(),
                "not a time".to_owned(),
                "write RFC 3339, such as 2026-01-31T23:59:59Z".to_owned(),
            )
        });
        let zero = self.line.iter().filter(|line| *line.number.get_ref() == 0);
        let zero = zero.map(|line| {
            (
                line.number.span(),
                "there is no line 0".to_owned(),
                "lines are counted from 1".to_owned(),
            )
        });
        totals.chain(named).chain(now).chain(zero).collect()
    }
}

fn unknown<'w>(
    name: &Spanned<String>,
    kind: &str,
    known: impl Iterator<Item = &'w str>,
) -> Option<Problem> {
    let known: Vec<&str> = known.collect();
    if known.contains(&name.get_ref().as_str()) {
        return None;
    }
    let help = nearest(name.get_ref(), known).map_or_else(
        || "`auditward explain` lists them".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Some((name.span(), format!("there is no {kind} `{}`", name.get_ref()), help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::policy::Policy;

    #[test]
    fn every_key_of_a_case_tells_it_from_a_policy() {
        let error = toml::from_str::<Case>("imput = 1").unwrap_err();
        let (_, known) = error.message().split_once("expected one of ").unwrap();
        let known: Vec<&str> = known.split(", ").map(|key| key.trim_matches('`')).collect();
        assert_eq!(known.len(), OWN_KEYS.len() + 1, "{known:?}");
        for key in known.iter().filter(|key| **key != "input") {
            assert!(is_meant(&format!("{key} = 1").parse().unwrap()), "{key}");
        }
    }

    #[test]
    fn policies_are_no_cases_and_misspelt_cases_are() {
        let meant = |text: &str| is_meant(&text.parse().unwrap());
        assert!(
            !meant(&Policy::template())
                && !meant("[input]\ntimezone = \"UTC\"\n")
                && !meant("imput = \"a\"")
        );
        assert!(
            meant("input = \"a\"")
                && meant("input = [\"a\"]")
                && meant("imput = \"a\"\nfindings = { brute-force = 1 }")
        );
    }
}
