//! `auditward explain-record`: one record taken apart.

use super::Outcome;
use crate::clock::Times;
use crate::explanation::{Explainer, in_words};
use crate::input_file::{Content, InputFile};
use crate::mode::native;
use crate::policy_file::PolicyFile;
use crate::terminal;
use anyhow::{Context, Result, bail};
use auditward_core::time::Millis;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;

/// Explain one record: framing, sources tried, origin of each field, detectors and their thresholds
///
/// The records before it are evaluated first, so that counts are the same as in `replay`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Log file, in any format that `replay` reads; `-` or no file is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Number of the record, from 1
    #[arg(long, alias = "line", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    record: u64,
    /// Policy file (auditward.toml); without it, defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Tag assigned to the records, matched by `tag` in mappings
    #[arg(long, default_value = "")]
    tag: String,
    /// Current time of the module: RFC 3339 or `now`; without it, the latest event time of the records up to this one
    #[arg(long, value_name = "TIME", value_parser = super::replay::moment)]
    now: Option<Millis>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Explains.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    // The schema that has a place forevery field, whatever the policy asks for.
    let policy_file = PolicyFile::read(arguments.policy.as_deref())?
        .with_output(Some("audit"), Some("record"))?;
    let (name, records) = read(&arguments)?;
    let Some((record, before)) = records.split_last() else { bail!("{name} holds no record") };
    if records.len() < usize::try_from(arguments.record).unwrap_or(usize::MAX) {
        bail!(
            "{name} holds {}: there is no number {}",
            crate::wording::counted(records.len() as u64, "record"),
            arguments.record
        );
    }
    let real = native::now_ms();
    let lines: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let times = Times {
        policy_file: &policy_file,
        tag: &arguments.tag,
        unwraps: false,
        yearless_by: arguments.now.unwrap_or(real),
    };
    let now = match arguments.now {
        Some(now) => now,
        None => times.latest(&lines)?.unwrap_or(real),
    };
    let mut explainer = Explainer::new(&policy_file, &arguments.tag, now)?;
    for record in before {
        explainer.pass(record)?;
    }
    let explanation = explainer.explain(record)?;
    match arguments.json {
        true => terminal::print(format!("{}\n", serde_json::to_string_pretty(&explanation)?))?,
        false => {
            let words = in_words(&explanation, &format!("{} of {name}", arguments.record));
            terminal::print(terminal::fitting(&words, &std::io::stdout()))?
        }
    }
    Ok(Outcome::Fine)
}

/// The records up to the one that is asked for.
fn read(arguments: &Arguments) -> Result<(String, Vec<Vec<u8>>)> {
    let InputFile { name, format, content, .. } = InputFile::open(&arguments.file, false)?;
    let input: Box<dyn Read> = match content {
        Content::File(mut file) => {
            file.rewind()?;
            Box::new(file)
        }
        Content::Closed(path) => Box::new(File::open(path)?),
        Content::Stream(stream) => Box::new(stream.into_bytes()),
    };
    let mut records = format.records(input).with_context(|| format!("{name} cannot be read"))?;
    let mut read = Vec::new();
    while records.count < arguments.record
        && let Some(record) = records.next().with_context(|| format!("{name} cannot be read"))?
    {
        read.push(record.to_vec());
    }
    Ok((name, read))
}
