//! `auditward status`: what a running module last wrote about itself.

use super::Outcome;
use crate::calendar;
use crate::mode::native;
use crate::wording::{grouped, kib, listed, table};
use crate::{state, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::time::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Show the last status of a running module
#[derive(clap::Args)]
pub struct Arguments {
    /// Directory that the module can access (Fluent Bit's `accessible_paths`), or its state directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Write the JSON of the module
    #[arg(long)]
    json: bool,
}

const FILE: &str = "status.json";

/// As the module writes it.
#[derive(Deserialize)]
struct Status {
    written: String,
    version: String,
    policy: String,
    records: u64,
    passed: u64,
    watermark: Option<String>,
    memory_bytes: u64,
    evictions: u64,
    #[serde(default)]
    detectors: BTreeMap<String, Detector>,
    #[serde(default)]
    rules: Rules,
    findings: BTreeMap<String, u64>,
    notes: BTreeMap<String, u64>,
}

/// Findings of rules.
#[derive(Default, Deserialize)]
struct Rules {
    in_use: u64,
    fired: u64,
    /// Of those with the most findings.
    findings: BTreeMap<String, u64>,
}

/// Findings and state of one detector.
#[derive(Deserialize)]
struct Detector {
    findings: BTreeMap<String, u64>,
    suppressed: u64,
    keys: u64,
    room: u64,
    evictions: u64,
    /// Records that it could evaluate, those of them without a field that it needs, the event time of its last finding.
    #[serde(default)]
    eligible: u64,
    #[serde(default)]
    lacking: u64,
    last_found: Option<String>,
}

/// Shows it.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let path = find(&arguments.directory)?;
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    if arguments.json {
        terminal::print(text)?;
        return Ok(Outcome::Fine);
    }
    let status: Status = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is not a status file of auditward; the module rewrites it within 10 s when records arrive",
            path.display()
        )
    })?;
    let text = describe(&status, native::now_ms());
    terminal::print(terminal::fitting(&text, &io::stdout()))?;
    Ok(Outcome::Fine)
}

fn find(directory: &Path) -> Result<PathBuf> {
    let places = [
        state::directory(directory).join(FILE),
        directory.join("state").join(FILE),
        directory.join(FILE),
    ];
    if !directory.exists() {
        bail!("{}: no such directory", directory.display());
    }
    let Some(path) = places.iter().find(|path| path.is_file()) else {
        bail!(
            "no {FILE} in {} nor in {}.\n\
             The module writes it with its first record, if it has an accessible path with an auditward.toml or a `state` directory in it,\n\
             may write there, and no other instance holds the same directory (its `lock` then names another). Records state it in their flags.",
            directory.display(),
            state::directory(directory).display()
        );
    };
    Ok(path.clone())
}

fn describe(status: &Status, now: Millis) -> String {
    let row = |name: &str, what: String| vec![name.to_owned(), what];
    let age = calendar::read(&status.written)
        .map_or("at an unknown time".to_owned(), |written| ago(now.saturating_sub(written)));
    let mut text = table(
        &[
            row("written", format!("{} ({age})", status.written)),
            row("module", format!("version {}, policy {}", status.version, status.policy)),
            row(
                "records",
                format!(
                    "{} evaluated; {} audit records redelivered and passed through",
                    grouped(status.records),
                    grouped(status.passed)
                ),
            ),
            row("newest event", status.watermark.clone().unwrap_or_else(|| "none yet".to_owned())),
            row("memory", kib(status.memory_bytes)),
            row("evictions", grouped(status.evictions)),
            row("findings", listed(pairs(&status.findings))),
            row("flags", listed(pairs(&status.notes))),
        ],
        0,
    );
    if !status.detectors.is_empty() {
        text.push_str("detectors\n");
        text.push_str(&table(
            &status.detectors.iter().map(|(id, detector)| detector.row(id)).collect::<Vec<_>>(),
            2,
        ));
    }
    if status.rules.in_use > 0 {
        text.push_str(&status.rules.in_words());
    }
    text
}

impl Rules {
    /// The rules that fired, the most frequent first.
    fn in_words(&self) -> String {
        let mut text =
            format!("rules: {} in use, {} fired\n", grouped(self.in_use), grouped(self.fired));
        let mut fired: Vec<(&String, u64)> =
            self.findings.iter().map(|(id, count)| (id, *count)).collect();
        fired.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rows: Vec<Vec<String>> =
            fired.into_iter().map(|(id, count)| vec![id.clone(), grouped(count)]).collect();
        text.push_str(&table(&rows, 2));
        text
    }
}

impl Detector {
    fn row(&self, id: &str) -> Vec<String> {
        let suppressed = if self.suppressed == 0 {
            String::new()
        } else {
            format!(", {} suppressed", grouped(self.suppressed))
        };
        let evicted = if self.evictions == 0 {
            String::new()
        } else {
            format!(", {} evicted", grouped(self.evictions))
        };
        vec![
            id.to_owned(),
            format!("{}{suppressed}", listed(pairs(&self.findings))),
            self.reach(),
            match self.room {
                0 => String::new(),
                room => format!("{} of {} entities{evicted}", grouped(self.keys), grouped(room)),
            },
        ]
    }

    /// The records that it could evaluate, and when it found something last.
    fn reach(&self) -> String {
        let lacking = match self.lacking {
            0 => String::new(),
            all if all == self.eligible => ", all without a field that it needs".to_owned(),
            some => format!(", {} without a field that it needs", grouped(some)),
        };
        let last =
            self.last_found.as_ref().map_or(String::new(), |at| format!(", last found {at}"));
        format!("{} eligible{lacking}{last}", grouped(self.eligible))
    }
}

fn ago(age: Millis) -> String {
    let (scale, unit) = calendar::unit(age);
    match age {
        ..0 => "in the future: the clocks of the writer and this machine differ".to_owned(),
        _ => format!("{} {unit} ago", age / scale),
    }
}

fn pairs(counts: &BTreeMap<String, u64>) -> impl Iterator<Item = (&String, u64)> {
    counts.iter().map(|(name, count)| (name, *count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::time::{DAY, HOUR};

    #[test]
    fn rules_are_listed_by_their_findings() {
        let text = r#"{"in_use":312,"fired":2,"findings":{"aws.a":3,"okta.b":1200}}"#;
        let rules: Rules = serde_json::from_str(text).unwrap();
        assert_eq!(rules.in_words(), "rules: 312 in use, 2 fired\n  okta.b  1,200\n  aws.a   3\n");
    }

    #[test]
    fn a_detector_that_cannot_find_anything_is_told_apart() {
        let row = |text: &str| serde_json::from_str::<Detector>(text).unwrap().row("travel");
        let blind = r#"{"findings":{},"suppressed":0,"keys":0,"room":0,"evictions":0,"eligible":1200,"lacking":1200}"#;
        assert_eq!(row(blind)[2], "1,200 eligible, all without a field that it needs");
        let found = r#"{"findings":{"low":1},"suppressed":0,"keys":3,"room":9,"evictions":0,"eligible":12,"lacking":2,"last_found":"2026-01-09T23:06:40.000Z"}"#;
        assert_eq!(
            row(found)[2],
            "12 eligible, 2 without a field that it needs, last found 2026-01-09T23:06:40.000Z"
        );
        let older = r#"{"findings":{},"suppressed":0,"keys":3,"room":9,"evictions":0}"#;
        assert_eq!(row(older)[2], "0 eligible");
    }

    #[test]
    fn ages() {
        for (age, said) in [
            (0, "0 s ago"),
            (119_999, "119 s ago"),
            (120_000, "2 min ago"),
            (3 * HOUR, "3 h ago"),
            (9 * DAY, "9 d ago"),
        ] {
            assert_eq!(ago(age), said);
        }
        assert!(ago(-5).contains("clocks"));
    }
}
