//! `auditward coverage`: what the records of each source hold, and how that meets what frameworks ask.

use super::Outcome;
use crate::coverage::{Coverage, page, text};
use crate::format::{self, Division};
use crate::input_file::Given;
use crate::mode::native;
use crate::policy_file::{self, PolicyFile};
use crate::report;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// Report, for each source, the share of records that answer each question (who, what, when, where, target, outcome, why), and compare with compliance frameworks
///
/// SOC 2 CC6 and CC7, PCI DSS 10.2, HIPAA 164.312(b), ISO 27001 A.8.15, GDPR articles 30 and 32, and CCPA. A question counts as answered if its
/// field has a value; flags are ignored. The report also lists sources that log too little, if their records show it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Log files or directories of them, in any format that `replay` reads; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Policy file (auditward.toml), for its mappings and packs; without it, defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Tag assigned to all records, matched by `tag` in mappings
    #[arg(long, default_value = "")]
    tag: String,
    /// Split a record that holds a list, such as `{"Records":[...]}`, into one record per element
    #[arg(long)]
    unwrap: bool,
    /// Write JSON in place of tables
    #[arg(long)]
    json: bool,
    /// Also write a self-contained HTML page
    #[arg(long, alias = "report", value_name = "FILE.html")]
    html: Option<PathBuf>,
}

/// Counts and reports.
pub fn run(mut arguments: Arguments) -> Result<Outcome> {
    arguments.files = Given::of(&arguments.files)?.files;
    let policy = policy_file::files_of(arguments.policy.as_deref());
    let inputs = [arguments.files.as_slice(), &policy].concat();
    arguments.html.iter().try_for_each(|path| report::may_write(path, &inputs))?;
    let policy_file = PolicyFile::read(arguments.policy.as_deref())?;
    let division = arguments.unwrap.then(|| Division::new(&policy_file.policy));
    let mut coverage = Coverage::new(policy_file)?;
    let mut add = |record: &[u8]| coverage.add(&arguments.tag, record);
    format::each(&arguments.files, division.as_ref(), &mut add)?;
    let files = arguments.files.iter().map(|file| match file.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => file.display().to_string(),
    });
    let files: Vec<String> = files.collect();
    let found = coverage.report(files);
    if found.records == 0 {
        bail!("{} held no record: there is nothing to report", found.files.join(", "));
    }
    let written = if arguments.json {
        format!("{}\n", serde_json::to_string_pretty(&found)?)
    } else {
        text::text(&found)
    };
    io::stdout().write_all(written.as_bytes())?;
    if let Some(path) = &arguments.html {
        fs::write(path, page::page(&found, native::now_ms()))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(Outcome::Fine)
}
