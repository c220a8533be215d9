//! `auditward source`: the sources that records are recognised as, and packs for new ones.

use super::Outcome;
use crate::pack::{self, Pack};
use crate::terminal;
use crate::wording::{alike, counted, table, visible};
use anyhow::{Context, Result, bail};
use auditward_core::mapping::{self, Mapping};
use auditward_core::policy_text::mapping::read_pack;
use auditward_core::source;
use clap::Subcommand;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

mod draft;
mod lines;

/// List the built-in sources, show one, draft a pack from a sample, or check a pack
///
/// docs/packs.md describes how to write a pack. Exit status 1 if a pack has problems.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the built-in sources with their titles
    List {
        /// List only sources whose id or title contains this text
        filter: Option<String>,
        /// Write JSON, one source per line
        #[arg(long)]
        json: bool,
    },
    /// Show a built-in pack, as a template
    Show {
        /// Id of the source, e.g. okta.system
        id: String,
    },
    /// Draft a pack from a sample: a file of JSON records or lines of text, in any format that `replay` reads
    New {
        /// Sample file
        file: PathBuf,
        /// Id of the new source
        #[arg(long, default_value = "acme.app")]
        source: String,
    },
    /// Check a pack: its format, its examples, and parts that are commonly forgotten
    Lint {
        /// Pack file
        file: PathBuf,
    },
}

/// Does what is asked.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.action {
        Action::List { filter, json } => list(&filter.unwrap_or_default().to_lowercase(), json),
        Action::Show { id } => show(&id),
        Action::New { file, source } => draft::new(&file, &source),
        Action::Lint { file } => lint(&file),
    }
}

fn list(filter: &str, as_json: bool) -> Result<Outcome> {
    let packs = auditward_core::pack::built_in()
        .iter()
        .map(|pack| vec![pack.source.clone(), pack.title.clone()]);
    let written =
        source::ALL.iter().map(|source| vec![source.id.to_owned(), source.summary.to_owned()]);
    let mut rows: Vec<Vec<String>> = packs.chain(written).collect();
    rows.retain(|row| row.iter().any(|cell| cell.to_lowercase().contains(filter)));
    rows.sort();
    if rows.is_empty() {
        bail!(
            "no built-in source has this text in its id or title; `auditward source list` lists all"
        );
    }
    if as_json {
        let lines = rows.iter().filter_map(|row| match row.as_slice() {
            [id, title] => Some(format!("{}\n", serde_json::json!({ "id": id, "title": title }))),
            _ => None,
        });
        terminal::print(lines.collect::<String>())?;
        return Ok(Outcome::Fine);
    }
    terminal::print(table(&rows, 0))?;
    Ok(Outcome::Fine)
}

fn show(id: &str) -> Result<Outcome> {
    if let Some((_, text)) = crate::pack::BUILT_IN.iter().find(|(name, _)| *name == id) {
        terminal::print(text)?;
        return Ok(Outcome::Fine);
    }
    if source::ALL.iter().any(|source| source.id == id) {
        bail!("{id} is written in Rust, not as a pack; `auditward explain {id}` describes it");
    }
    let packs = crate::pack::BUILT_IN.iter().map(|(name, _)| *name);
    let list = format!("`auditward source list {id}` lists sources by their titles");
    let advice = alike(id, packs.chain(source::ALL.iter().map(|source| source.id)), &list);
    bail!("there is no built-in source `{id}`{advice}");
}

fn lint(file: &Path) -> Result<Outcome> {
    let pack = Pack::read(file)?;
    let mapping = read_pack(&pack.text).ok().context("a pack that was just read")?;
    let warnings = warnings(&pack, &mapping);
    let mut out = io::stdout().lock();
    for warning in &warnings {
        let line = crate::warnings::place::line(warning, &pack.text);
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        writeln!(out, "{}{line}: {warning}", pack.name)?;
    }
    let failures = examples(&pack, crate::mode::Kind::Native)?;
    write_failures(&mut out, &pack, &failures)?;
    let failed = match failures.len() {
        0 => String::new(),
        failed => format!(" ({failed} fail)"),
    };
    writeln!(
        out,
        "{}: {}, {}{failed}, {}",
        pack.name,
        counted(mapping.fields().len() as u64, "field"),
        counted(pack.examples.len() as u64, "example"),
        counted(warnings.len() as u64, "warning")
    )?;
    let is_fine = warnings.is_empty() && failures.is_empty();
    Ok(if is_fine { Outcome::Fine } else { Outcome::Found })
}

/// Optional parts that a pack should have.
fn warnings(pack: &Pack, mapping: &Mapping) -> Vec<String> {
    let mut warnings: Vec<String> =
        mapping.gaps().iter().map(|gap| format!("no row sets {}", fields_of(gap))).collect();
    let examples: Vec<_> = pack.examples.iter().collect();
    warnings.extend(crate::warnings::of_mapping(mapping, &examples));
    if mapping.title.is_empty() {
        warnings.push("`title` is missing".to_owned());
    }
    if mapping.docs.strip_prefix("https://").is_none_or(str::is_empty) {
        warnings.push("`docs` names no page of the vendor".to_owned());
    }
    for (index, example) in pack.examples.iter().enumerate() {
        if example.title.is_empty() {
            let nothing = if example.expect.is_empty() { " and expects nothing" } else { "" };
            warnings.push(format!("example {} has no title{nothing}", index + 1));
        }
    }
    if pack.examples.len() < 5 {
        warnings.push(format!(
            "{} of at least five: usual, failure or denial, sparse, wrapped, malformed",
            counted(pack.examples.len() as u64, "example")
        ));
    }
    if mapping.weight() == 1
        && mapping.when.any.iter().flatten().all(|test| test.wanted == [mapping::Wanted::Any])
    {
        warnings.push(
            "only one key identifies its records: another source may have the same key".to_owned(),
        );
    }
    warnings
}

/// The fields that answer a question.
fn fields_of(gap: &str) -> String {
    match gap {
        "who" => "`actor.id`, `actor.name` or `actor.email` (who)".to_owned(),
        "what" => "`action.name` (what)".to_owned(),
        "when" => "`time` (when)".to_owned(),
        "where" => "`origin.ip`, `origin.host` or `origin.device` (where)".to_owned(),
        "outcome" => "`outcome.result` (outcome)".to_owned(),
        other => other.to_owned(),
    }
}

/// A pack's examples as `auditward test` runs them.
pub fn examples(pack: &Pack, mode: crate::mode::Kind) -> Result<Vec<(String, Vec<String>)>> {
    let policy = pack.policy()?;
    pack::failures(pack, mode, policy.text.as_deref())
}

/// Examples that fail, with their differences.
pub fn write_failures(
    out: &mut impl Write,
    pack: &Pack,
    failures: &[(String, Vec<String>)],
) -> Result<()> {
    for (title, differences) in failures {
        writeln!(out, "FAIL {}: {}", visible(&pack.name), visible(title))?;
        for difference in differences {
            writeln!(out, "  {}", visible(difference))?;
        }
    }
    Ok(())
}
