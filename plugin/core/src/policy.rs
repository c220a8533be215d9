//! The policy as it is used: what its text, `auditward.toml`, amounts to. `policy_text` reads and checks it.

pub mod metric;
pub mod preset;
pub mod route;
pub mod suppression;

pub use crate::enrich::knowledge::{Actors, Networks, Targets};
pub use route::Route;
pub use suppression::{Suppression, Verdict};

use crate::calendar::Calendar;
use crate::calendar::zone::Zone;
use crate::enrich::files::File;
use crate::enrich::knowledge::Knowledge;
use crate::mapping::Mapping;
use crate::option::{Opt, Value};
use crate::pattern::Patterns;
use crate::rule::{Exception, Rule};
use crate::time::Millis;
use preset::Preset;
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::sync::Arc;

/// A policy that was checked.
#[derive(Clone, Debug)]
pub struct Policy {
    pub input: Input,
    pub output: Output,
    pub environment: Environment,
    pub targets: Targets,
    pub actors: Actors,
    pub networks: Networks,
    /// Files that `[enrich]` names, in that order.
    pub file_names: Vec<String>,
    /// Those of them that are attached.
    pub files: Vec<File>,
    pub memory: usize,
    pub baseline: Baseline,
    pub state: State,
    pub log: Log,
    pub suppressions: Vec<Suppression>,
    pub metrics: Vec<Arc<metric::Metric>>,
    /// In the order they are tried.
    pub routes: Vec<Route>,
    pub exceptions: Vec<Exception>,
    /// For each detector of the list, its settings.
    pub detectors: Vec<Settings>,
    /// In the order they are tried.
    pub mappings: Vec<Mapping>,
    /// The policy's own rules, beside those that come with the module.
    pub rules: Vec<Rule>,
    pub presets: Vec<&'static Preset>,
    /// The first twelve hexadecimal digits of the text's SHA-256; `default` without a text.
    pub digest: String,
}

/// How records are read.
#[derive(Clone, Debug)]
pub struct Input {
    /// As the policy names it.
    pub timezone: String,
    /// The zone of times that say none; nothing for UTC.
    pub zone: Option<Zone>,
    /// How far times may lie ahead of the clock.
    pub clock_skew: Millis,
    /// The built-in sources that are recognised, and those left out.
    pub(crate) sources: (Patterns, Patterns),
    /// Whose word counts for whom they ask, beside one's own networks.
    pub trusted_proxies: Vec<String>,
    /// Tags under which text is believed whatever stands beside it.
    pub trust: Vec<String>,
}

impl Input {
    /// True if the built-in source of that id is recognised.
    pub fn reads(&self, id: &str) -> bool {
        self.sources.0.is_match(id.as_bytes()) && !self.sources.1.is_match(id.as_bytes())
    }
}

#[derive(Clone, Debug)]
pub struct Output {
    /// Index in the list of schemas.
    pub schema: usize,
    pub layout: Layout,
    pub key: String,
    pub raw: KeepRaw,
    pub max_depth: u32,
    pub max_record: usize,
    /// Findings have their routing keys at the root.
    pub routing: bool,
    pub ocsf: Ocsf,
}

/// How `schema = "ocsf"` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ocsf {
    /// Version 1.8.0, not 1.9.0.
    pub is_previous: bool,
    /// A record with findings becomes a Detection Finding.
    pub as_finding: bool,
}

/// Environment settings of the policy.
#[derive(Clone, Debug)]
pub struct Environment {
    pub tag: String,
    /// Where business hours are given.
    pub calendar: Option<Calendar>,
    pub settings: Settings,
}

/// How baselines are learned.
#[derive(Clone, Copy, Debug)]
pub struct Baseline {
    pub alerts_per_day: u32,
    pub half_life: Millis,
    pub memory: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Record,
    Annotate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepRaw {
    Keep,
    OnFinding,
    Drop,
}

#[derive(Clone, Debug)]
pub struct State {
    pub directory: String,
    pub every: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    Off,
    Warn,
    Info,
}

/// The checked values of one section, by option.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) options: &'static [Opt],
    pub(crate) values: Vec<Value>,
    /// The keys that the policy sets.
    pub(crate) given: Vec<&'static str>,
}

impl Settings {
    fn value(&self, key: &str) -> Option<&Value> {
        let index = self.options.iter().position(|option| option.key == key)?;
        self.values.get(index)
    }

    /// True if the policy sets the option, to its default or another value.
    pub fn is_given(&self, key: &str) -> bool {
        self.given.contains(&key)
    }

    pub fn bool(&self, key: &str) -> bool {
        matches!(self.value(key), Some(Value::Bool(true)))
    }

    /// A whole number, a duration in milliseconds or a size in bytes.
    pub fn number(&self, key: &str) -> i64 {
        match self.value(key) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    pub fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn list(&self, key: &str) -> &[String] {
        match self.value(key) {
            Some(Value::Many(words)) => words,
            _ => &[],
        }
    }

    /// Words with the patterns of each.
    pub fn groups(&self, key: &str) -> &[(String, Vec<String>)] {
        match self.value(key) {
            Some(Value::Groups(groups)) => groups,
            _ => &[],
        }
    }

    pub fn has(&self, key: &str, word: &str) -> bool {
        matches!(self.value(key), Some(Value::Many(words)) if words.iter().any(|held| held == word))
    }
}

/// One problem of a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// `detector.brute-force.window`; empty where the text is not TOML.
    pub path: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    pub message: String,
    pub remedy: String,
}

impl Issue {
    /// A problem at these bytes of the text.
    #[inline(never)]
    pub fn at(
        text: &str,
        path: String,
        span: Range<usize>,
        message: String,
        remedy: String,
    ) -> Issue {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count().saturating_add(1);
        let column =
            before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        Issue { path, span, line, column, message, remedy }
    }
}

impl Policy {
    /// What records are enriched by.
    pub fn knowledge(&self) -> Knowledge<'_> {
        Knowledge {
            targets: &self.targets,
            actors: &self.actors,
            networks: &self.networks,
            tag: &self.environment.tag,
            files: &self.files,
        }
    }

    /// Bytes held by the attached files.
    pub fn files_memory(&self) -> usize {
        self.files.iter().map(File::memory).fold(0, usize::saturating_add)
    }

    /// Attaches a file that `[enrich]` names. Returns the problem if the file has one.
    pub fn attach(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        let file = File::read(name, bytes)?;
        let sum =
            Sha256::new().chain_update(&self.digest).chain_update(file.checksum.to_le_bytes());
        self.digest = short(&sum.finalize());
        self.files.push(file);
        Ok(())
    }
}

/// The first bytes of a digest as hexadecimal digits.
pub(crate) fn short(digest: &[u8]) -> String {
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
