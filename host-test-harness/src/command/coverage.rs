//! `auditward coverage`: what the records of each source hold, and how that meets what frameworks ask.

use super::Outcome;
use crate::chosen::Chosen;
use crate::coverage::{Coverage, page, text};
use crate::lines::{next_line, unbundled};
use crate::report;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// Count what the records of each source say (who, what, when, where, target, outcome, why) and hold it against what frameworks ask
///
/// SOC 2 CC6 and CC7, PCI DSS 10.2, HIPAA 164.312(b), ISO 27001 A.8.15, GDPR articles 30 and 32, and CCPA. Values are counted, not flags. Also reported are
/// sources whose own audit level is too low, as far as their records show it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Logs, one record a line; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The policy (auditward.toml), for its mappings and packs; defaults without one
    #[arg(long)]
    policy: Option<PathBuf>,
    /// The tag that the records come under: mappings may ask for one
    #[arg(long, default_value = "")]
    tag: String,
    /// Make a record of each element of a CloudTrail file's `{"Records":[...]}`
    #[arg(long)]
    unwrap: bool,
    /// JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Write one HTML page that needs nothing else, too
    #[arg(long, value_name = "FILE.html")]
    html: Option<PathBuf>,
}

/// Counts and reports.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    arguments.html.iter().try_for_each(|path| report::may_write(path, &arguments.files))?;
    let mut coverage = Coverage::new(Chosen::read(arguments.policy.as_deref())?)?;
    for path in &arguments.files {
        let mut reader = open(path)?;
        let (mut buffer, mut number) = (Vec::new(), 0u64);
        while let Some(line) = next_line(&mut reader, &mut buffer).with_context(|| format!("{} can't be read on after line {number}", path.display()))? {
            number += 1;
            let records = if arguments.unwrap { unbundled(line) } else { vec![line] };
            records.into_iter().filter(|record| !record.is_empty()).try_for_each(|record| coverage.add(&arguments.tag, record))?;
        }
    }
    let found = coverage.report();
    let written = if arguments.json { format!("{}\n", serde_json::to_string_pretty(&found)?) } else { text::text(&found) };
    io::stdout().write_all(written.as_bytes())?;
    if let Some(path) = &arguments.html {
        fs::write(path, page::page(&found))
            .with_context(|| format!("{} can't be written: is the directory there, and is it yours to write?", path.display()))?;
    }
    Ok(Outcome::Fine)
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).with_context(|| format!("{} can't be read: is the path right?", path.display()))?;
    Ok(Box::new(BufReader::with_capacity(256 << 10, file)))
}
