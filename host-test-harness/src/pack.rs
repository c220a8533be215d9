//! Source packs with their examples, which are their tests.

use crate::mode::{Factory, Input, Kind, Mode, Setup};
use crate::policy_file::PolicyFile;
use anyhow::{Context, Result, ensure};
use auditward_core::event::Field;
use auditward_core::note::Note;
use auditward_core::policy_text::{self, mapping};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// The clock of examples: 2026-01-15T12:00:00Z.
pub const NOW: i64 = 1_768_478_400_000;

/// The packs that come with the module: name and text.
pub static BUILT_IN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/source_packs.rs"));

/// A pack as its author writes it.
pub struct Pack {
    pub name: String,
    pub text: String,
    pub source: String,
    pub examples: Vec<Example>,
}

/// A record, and what becomes of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub title: String,
    /// One record as it comes.
    pub input: String,
    /// The tag that it comes under.
    #[serde(default)]
    pub tag: String,
    /// Fields of the audit record with their values.
    #[serde(default)]
    pub expect: toml::Table,
    /// Fields that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Flags that the record bears.
    #[serde(default)]
    pub flags: Vec<String>,
}

/// The part of a pack that the engine does not read.
#[derive(Deserialize)]
struct Examples {
    #[serde(default)]
    source: String,
    #[serde(default)]
    example: Vec<Example>,
}

impl Pack {
    /// Reads a pack. Problems are shown, all of them.
    pub fn read(path: &Path) -> Result<Pack> {
        let name = path.display().to_string();
        let text =
            fs::read_to_string(path).with_context(|| format!("{name} cannot be read as text"))?;
        if let Err(issues) = mapping::read_pack(&text) {
            crate::problems::show_of_part(&name, &text, &issues);
            return Err(crate::problems::Shown.into());
        }
        let Examples { source, example } =
            toml::from_str(&text).with_context(|| format!("the examples of {name}"))?;
        for example in &example {
            example.check().with_context(|| format!("{name}, example `{}`", example.title))?;
        }
        Ok(Pack { name, text, source, examples: example })
    }

    /// The policy under which the pack goes before built-in ones.
    pub fn policy(&self) -> Result<PolicyFile> {
        Ok(PolicyFile::checked(
            &self.name,
            policy_text::with_packs("", [(self.name.as_str(), self.text.as_str())]),
        )?)
    }
}

/// True if the text is that of a pack, not of a policy or a test.
pub fn is_pack(table: &toml::Table) -> bool {
    table.contains_key("source") && table.contains_key("fields")
}

impl Example {
    fn check(&self) -> Result<()> {
        for (field, _) in flat(&self.expect) {
            ensure!(
                Field::ALL.iter().any(|known| known.path() == field),
                "there is no field `{field}`"
            );
        }
        for field in &self.absent {
            ensure!(
                Field::ALL.iter().any(|known| known.path() == field),
                "there is no field `{field}`"
            );
        }
        for flag in &self.flags {
            ensure!(Note::ALL.iter().any(|note| note.id() == flag), "there is no flag `{flag}`");
        }
        Ok(())
    }

    /// Differences from the expectations, as text.
    pub fn differences(&self, mode: &mut dyn Mode) -> Result<Vec<String>> {
        let mut differences = Vec::new();
        // The second time it may be read by its cached layout.
        for nonce in 0..2 {
            let input = self.input.trim_end().as_bytes();
            let record = record(mode, Input { tag: &self.tag, time_ms: NOW, nonce, bytes: input })?;
            differences = self.compare(&record);
            if !differences.is_empty() {
                break;
            }
        }
        Ok(differences)
    }

    /// Source as which its input is recognised without a tag: as it stands and, if it is a line of text, as `log` of a shipper's record.
    pub fn sources(&self, mode: &mut dyn Mode) -> Result<[Option<String>; 2]> {
        let mut source = |bytes: &[u8]| {
            let record = record(mode, Input { tag: "", time_ms: NOW, nonce: 0, bytes })?;
            anyhow::Ok(record["source"].as_str().map(str::to_owned))
        };
        let input = self.input.trim_end();
        let is_json = serde_json::from_str::<serde_json::Value>(input).is_ok();
        let wrapped = if is_json {
            input.to_owned()
        } else {
            serde_json::json!({ "log": input }).to_string()
        };
        Ok([source(input.as_bytes())?, source(wrapped.as_bytes())?])
    }

    fn compare(&self, record: &serde_json::Value) -> Vec<String> {
        let mut differences = Vec::new();
        for (field, value) in flat(&self.expect) {
            let found = get(record, &field);
            let expected = serde_json::to_value(&value).unwrap_or_default();
            if found != Some(&expected) {
                differences.push(format!(
                    "{field}: expected {expected}, found {}",
                    found.map_or("nothing".to_owned(), ToString::to_string)
                ));
            }
        }
        for field in &self.absent {
            if let Some(found) = get(record, field) {
                differences.push(format!("{field}: expected nothing, found {found}"));
            }
        }
        let flags: Vec<&str> = record["notes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|flag| flag.as_str())
            .collect();
        for flag in self.flags.iter().filter(|flag| !flags.contains(&flag.as_str())) {
            differences.push(format!("flag {flag}: expected, found {}", flags.join(", ")));
        }
        differences
    }
}

/// A fresh instance with the clock of examples.
pub fn open(factory: &Factory, policy: Option<&str>) -> Result<Box<dyn Mode>> {
    let policy = policy.map(str::to_owned);
    Ok(factory.open(&Setup { policy, now_ms: Some(NOW), ..Setup::default() })?)
}

fn record(mode: &mut dyn Mode, input: Input<'_>) -> Result<serde_json::Value> {
    serde_json::from_slice(&mode.process(input)?).context("the answer is JSON")
}

/// The examples that fail, with what differs, through one interface.
pub fn failures(
    pack: &Pack,
    kind: Kind,
    policy: Option<&str>,
) -> Result<Vec<(String, Vec<String>)>> {
    let factory = Factory::new(kind, false)?;
    let mut failures = Vec::new();
    for example in &pack.examples {
        let differences = example.differences(open(&factory, policy)?.as_mut())?;
        if !differences.is_empty() {
            failures.push((example.title.clone(), differences));
        }
    }
    Ok(failures)
}

fn get<'r>(record: &'r serde_json::Value, field: &str) -> Option<&'r serde_json::Value> {
    field.split('.').try_fold(record, |at, key| at.get(key))
}

/// The fields of a table by dotted names.
fn flat(table: &toml::Table) -> Vec<(String, toml::Value)> {
    let mut open: Vec<(String, &toml::Table)> = vec![(String::new(), table)];
    let mut found = Vec::new();
    while let Some((outer, table)) = open.pop() {
        for (key, value) in table {
            let name = if outer.is_empty() { key.clone() } else { format!("{outer}.{key}") };
            match value {
                toml::Value::Table(inner)
                    if !Field::ALL.iter().any(|field| field.path() == name) =>
                {
                    open.push((name, inner))
                }
                value => found.push((name, value.clone())),
            }
        }
    }
    found
}
