//! `auditward man`: manual pages.

use super::{Outcome, command_line};
use crate::output;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// Write the manual pages, one for each command
#[derive(clap::Args)]
pub struct Arguments {
    /// Output directory, `man1` of a manual path
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let out = &arguments.out;
    fs::create_dir_all(out).with_context(|| format!("{} cannot be created", out.display()))?;
    output::check_directory(out)?;
    clap_mangen::generate_to(command_line(), out)
        .with_context(|| format!("the pages cannot be written to {}", out.display()))?;
    Ok(Outcome::Fine)
}
