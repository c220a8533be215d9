//! Counts of what the records of one source hold.

use super::Question;
use super::demands::Level;
use crate::evaluated::{Evaluated, Reader};
use auditward_core::time::Millis;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of events that frameworks ask for.
pub const KINDS: &[&str] = &[
    "sign-in",
    "failed",
    "read",
    "change",
    "access-change",
    "administration",
    "personal-data",
    "export",
    "audit-log",
];

/// One record, as it was normalised and as it came.
pub struct Record<'r> {
    output: Option<Value>,
    input: &'r [u8],
    source: Option<String>,
    answers: Vec<Question>,
    /// The time of the record itself.
    time: Option<Millis>,
}

impl<'r> Record<'r> {
    pub fn new(reader: &Reader, output: &[u8], input: &'r [u8]) -> Record<'r> {
        let evaluated = reader.read(output);
        let time = evaluated.time_ms().filter(|_| evaluated.answers.contains(&Question::When));
        let Evaluated { source, answers, .. } = evaluated;
        Record { output: serde_json::from_slice(output).ok(), input, source, answers, time }
    }

    pub fn time(&self) -> Option<Millis> {
        self.time
    }

    pub fn source(&self) -> Option<String> {
        self.source.clone()
    }

    /// The kinds of event that the record is.
    fn kinds(&self) -> Vec<&'static str> {
        let (class, category, result) =
            (self.text("action.class"), self.text("action.category"), self.text("outcome.result"));
        let data = self.text("target.data_class");
        let is_change = ["create", "update", "delete", "configure"].contains(&class);
        let of_access = ["grant", "revoke", "share"].contains(&class)
            || (["access", "authentication"].contains(&category) && is_change);
        let is = |kind: &str| match kind {
            "sign-in" => class == "login",
            "failed" => ["failure", "denied"].contains(&result),
            "read" => ["read", "list", "export"].contains(&class),
            "change" => is_change,
            "access-change" => of_access,
            "administration" => ["configuration", "access"].contains(&category) || of_access,
            "personal-data" => ["pii", "phi", "pci"].contains(&data),
            "export" => class == "export",
            "audit-log" => data == "audit-log" || self.is_about_audit_log(),
            _ => false,
        };
        KINDS.iter().copied().filter(|kind| is(kind)).collect()
    }

    /// The action or its target names an audit log.
    fn is_about_audit_log(&self) -> bool {
        let texts = [self.text("action.name"), self.text("target.type"), self.text("target.name")]
            .map(str::to_lowercase);
        texts.iter().any(|text| {
            ["audit", "cloudtrail", "trail", "startlogging", "stoplogging"]
                .iter()
                .any(|word| text.contains(word))
        })
    }

    /// A text of the audit record; empty where it has none.
    fn text(&self, path: &str) -> &str {
        self.output
            .as_ref()
            .and_then(|output| at(output, path))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A text at that path of the audit record, or of the original where it begins with `raw.`.
    fn has(&self, field: &str, values: &[String]) -> bool {
        match field.strip_prefix("raw.") {
            None => values.iter().any(|value| value == self.text(field)),
            Some(path) => {
                let original = serde_json::from_slice(self.input).ok().map(unwrapped);
                let found = original
                    .as_ref()
                    .and_then(|original| at(original, path))
                    .and_then(Value::as_str);
                found.is_some_and(|found| values.iter().any(|value| value == found))
            }
        }
    }
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// The record within a shipper's `log` or `message`, where it is JSON.
fn unwrapped(value: Value) -> Value {
    let inner = ["log", "message"].into_iter().filter_map(|key| value.get(key));
    let inner = inner.filter_map(|inner| match inner {
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        Value::Object(_) => Some(inner.clone()),
        _ => None,
    });
    let found = { inner }.next();
    found.unwrap_or(value)
}

/// Counts of the values in the records of one source.
#[derive(Debug, Default)]
pub struct Tally {
    pub records: u64,
    /// How many records answer each question.
    answers: BTreeMap<Question, u64>,
    /// How many records answer these questions together, as bits by question.
    together: BTreeMap<u8, u64>,
    /// How many records are of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// For each level of the source, by its number, whether a record reaches it.
    pub reached: BTreeSet<usize>,
}

impl Tally {
    pub fn add(&mut self, record: &Record<'_>, levels: &[(usize, &Level)]) {
        self.records += 1;
        let mut bits = 0;
        for &question in &record.answers {
            *self.answers.entry(question).or_default() += 1;
            bits |= bit(question);
        }
        *self.together.entry(bits).or_default() += 1;
        record.kinds().into_iter().for_each(|kind| *self.kinds.entry(kind).or_default() += 1);
        for (number, level) in levels {
            if !self.reached.contains(number) && record.has(&level.field, &level.values) {
                self.reached.insert(*number);
            }
        }
    }

    /// Adds the counts of another source.
    pub fn join(&mut self, other: &Tally) {
        self.records += other.records;
        other
            .answers
            .iter()
            .for_each(|(question, count)| *self.answers.entry(*question).or_default() += count);
        other
            .together
            .iter()
            .for_each(|(bits, count)| *self.together.entry(*bits).or_default() += count);
        other.kinds.iter().for_each(|(kind, count)| *self.kinds.entry(kind).or_default() += count);
    }

    /// The share of records that answer each question.
    pub fn shares(&self) -> BTreeMap<&'static str, f64> {
        Question::ALL.iter().map(|question| (question.word(), self.share_of(*question))).collect()
    }

    fn share_of(&self, question: Question) -> f64 {
        share(self.answers.get(&question).copied().unwrap_or_default(), self.records)
    }

    /// How many records answer all of the questions.
    pub fn with_all(&self, questions: &[Question]) -> u64 {
        let wanted = questions.iter().fold(0, |bits, question| bits | bit(*question));
        self.together
            .iter()
            .filter(|(bits, _)| *bits & wanted == wanted)
            .map(|(_, count)| count)
            .sum()
    }

    /// The questions that some record does not answer.
    pub fn missing(&self, questions: &[Question]) -> Vec<&'static str> {
        let is_missing = |question: &&Question| {
            self.answers.get(question).copied().unwrap_or_default() < self.records
        };
        questions.iter().filter(is_missing).map(|question| question.word()).collect()
    }
}

fn bit(question: Question) -> u8 {
    1 << question as u8
}

/// A part of a whole; nothing of nothing.
pub fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}
