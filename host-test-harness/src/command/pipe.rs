//! `auditward pipe`: the filter between two other programs.

use super::Outcome;
use crate::chosen::Chosen;
use crate::filter::Filter;
use crate::lane::{Input, Kind, Setup, native};
use crate::lines::next_line;
use crate::terminal;
use anyhow::{Context, Result};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

/// Filter standard input to standard output, line by line as they come
///
/// As in `tail -F log | auditward pipe | shipper`: an answer is never held back while no further line is there.
#[derive(clap::Args)]
pub struct Arguments {
    /// The policy (auditward.toml); defaults without one
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Keep what is learned in this directory, beside the policy in use
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Filters until the input ends.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let mut chosen = Chosen::read(arguments.policy.as_deref())?;
    if let Some(state) = &arguments.state {
        chosen = chosen.settle(state, &arguments.policy.as_ref().map_or("the default policy".to_owned(), |path| path.display().to_string()))?;
    }
    let seed = RandomState::new().hash_one(0u8);
    let setup = Setup { policy: chosen.text, directory: arguments.state, seed, ..Setup::default() };
    let mut filter = Filter::new(Kind::Raw, setup, false)?;
    let flow = flow(&mut filter, io::stdin().lock(), io::stdout().lock());
    // What was learned is kept even where nobody reads on.
    filter.close().and(flow)?;
    Ok(Outcome::Fine)
}

fn flow(filter: &mut Filter, input: impl Read, output: impl Write) -> Result<()> {
    let mut reader = BufReader::with_capacity(64 << 10, input);
    let mut out = BufWriter::with_capacity(64 << 10, output);
    let (mut buffer, mut number) = (Vec::new(), 0u64);
    while let Some(line) = next_line(&mut reader, &mut buffer).with_context(|| format!("standard input can't be read on after line {number}"))? {
        number += 1;
        let answer = filter.process(Input { tag: "", time_ms: native::now_ms(), nonce: number, bytes: line })?;
        if let Some(trap) = answer.trap {
            terminal::say(format_args!("line {number}: the module trapped; a fresh instance goes on: {trap:#}"));
        }
        out.write_all(&answer.bytes)?;
        out.write_all(b"\n")?;
        // The next line may be long in coming.
        if !reader.buffer().contains(&b'\n') {
            out.flush()?;
        }
    }
    Ok(out.flush()?)
}
