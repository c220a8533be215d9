//! `auditward test`: whether the filter makes of a log what its authors expect.

use super::Outcome;
use crate::case::expect::Difference;
use crate::case::{Outputs, Read, is_meant};
use crate::mode::Kind;
use crate::problems::{self, Shown};
use crate::wording::{counted, visible};
use crate::{pack, terminal};
use anyhow::{Context, Error, Result, bail};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Run your own tests: lines of a log, with the expected fields, findings and flags; also the examples of source packs
///
/// A test is a TOML file: `policy` (a path, or a section), `input` (a path) or `lines`, `tag`, `now`, `independent`; expectations: `findings = { brute-force = 1 }`
/// or `no_findings = true` over all lines, and `[[line]]` with its `number`, `fields`, `absent`, `findings` (`detector`, `severity` at least, `key`),
/// `no_findings`, `notes`. Anything without an expectation is not checked. Exit status 1 if a test fails, 2 if one cannot be read.
#[derive(clap::Args)]
pub struct Arguments {
    /// Test files, or directories of them (every *.toml with a key of a test, at any depth)
    #[arg(value_name = "DIR|FILE", required = true)]
    paths: Vec<PathBuf>,
    /// Update the expectations to the actual results; review the difference before you commit it
    #[arg(long)]
    bless: bool,
    /// Execution mode: raw (Fluent Bit's ABI), component (WIT) or native (without WebAssembly)
    #[arg(long, value_enum, default_value = "raw")]
    mode: Kind,
}

/// Runs them.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let mode = arguments.mode;
    let paths = find(&arguments.paths)?;
    let (mut failed, mut unreadable) = (0u64, 0u64);
    for path in &paths {
        match one(path, mode, arguments.bless) {
            Ok(holds) => failed += u64::from(!holds),
            Err(error) if terminal::is_closed_output(&error) => return Err(error),
            Err(error) => {
                unreadable += 1;
                tell(&error);
            }
        }
    }
    let passed = paths.len() as u64 - failed - unreadable;
    let unread =
        if unreadable > 0 { format!(", {unreadable} could not be run") } else { String::new() };
    writeln!(
        io::stdout(),
        "{}: {passed} passed, {failed} failed{unread}",
        counted(paths.len() as u64, "test")
    )?;
    match (unreadable, failed) {
        (0, 0) => Ok(Outcome::Fine),
        (0, _) => Ok(Outcome::Found),
        _ => Err(Shown.into()),
    }
}

fn tell(error: &Error) {
    if !problems::is_shown(error) {
        terminal::say(format_args!("auditward: {error:#}"));
    }
}

/// True if the case holds, or was made to.
fn one(path: &Path, mode: Kind, is_blessing: bool) -> Result<bool> {
    if is_pack(path) {
        return examples(path, mode);
    }
    let read = Read::from(path)?;
    let outputs = read.run(mode)?;
    let differences = read.case.differences(&outputs);
    let name = format!("{} ({})", read.path.display(), read.name());
    let name = visible(&name);
    let mut out = io::stdout().lock();
    if is_blessing {
        let is_changed = bless(&read, &outputs)?;
        writeln!(out, "{name}: {}", if is_changed { "updated" } else { "unchanged" })?;
        return Ok(true);
    }
    let is_colourful = terminal::is_colourful(&io::stdout());
    out.write_all(in_words(&name, &differences, is_colourful).as_bytes())?;
    Ok(differences.is_empty())
}

fn is_pack(path: &Path) -> bool {
    fs::read_to_string(path)
        .ok()
        .and_then(|text| text.parse::<toml::Table>().ok())
        .is_some_and(|table| pack::is_pack(&table))
}

/// The examples of a pack.
fn examples(path: &Path, mode: Kind) -> Result<bool> {
    let pack = pack::Pack::read(path)?;
    let failures = super::source::examples(&pack, mode)?;
    let mut out = io::stdout().lock();
    super::source::write_failures(&mut out, &pack, &failures)?;
    if failures.is_empty() {
        writeln!(
            out,
            "pass {} ({})",
            visible(&pack.name),
            counted(pack.examples.len() as u64, "example")
        )?;
    }
    Ok(failures.is_empty())
}

fn bless(read: &Read, outputs: &Outputs) -> Result<bool> {
    let text = read.blessed(outputs)?;
    if text == read.text {
        return Ok(false);
    }
    fs::write(&read.path, text)
        .with_context(|| format!("{} cannot be written", read.path.display()))?;
    Ok(true)
}

/// Minus what was expected, plus what came.
fn in_words(name: &str, differences: &[Difference], is_colourful: bool) -> String {
    let paint = |code: &str, text: &str| {
        if is_colourful { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    if differences.is_empty() {
        return format!("{} {name}\n", paint("32", "pass"));
    }
    let mut text = format!("{} {name}\n", paint("1;31", "FAIL"));
    for difference in differences {
        let line = difference.line.map_or(String::new(), |line| format!("line {line}: "));
        text.push_str(&format!("  {line}{}\n", visible(&difference.what)));
        text.push_str(&format!(
            "    {}\n",
            paint("31", &format!("- {}", visible(&difference.expected)))
        ));
        text.push_str(&format!(
            "    {}\n",
            paint("32", &format!("+ {}", visible(&difference.found)))
        ));
    }
    text
}

/// The cases of directories in order of their names; other TOML files there, such as policies, are none.
fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        walk(path, &mut found)?;
        if found.len() == before {
            bail!(
                "{} has no test: a *.toml with `input = \"FILE\"` or `lines = ['...']`",
                path.display()
            );
        }
    }
    Ok(found)
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(directory)
        .with_context(|| format!("{} cannot be listed", directory.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        // A link could lead round in a circle.
        if path.is_dir() && !path.is_symlink() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") && is_case(&path) {
            found.push(path);
        }
    }
    Ok(())
}

/// One that cannot be read as TOML is shown as what it is, not passed over.
fn is_case(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path) else {
        return true;
    };
    text.parse::<toml::Table>().map_or(true, |table| is_meant(&table) || pack::is_pack(&table))
}
