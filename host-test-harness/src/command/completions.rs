//! `auditward completions`: completions of the command line for shells.

use super::{Outcome, command_line};
use crate::terminal;
use anyhow::Result;
use clap_complete::Shell;

/// Write a completion script for a shell to standard output
///
/// For bash, for example: `auditward completions bash > ~/.local/share/bash-completion/completions/auditward`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Shell
    shell: Shell,
}

/// Writes.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command_line(), "auditward", &mut script);
    terminal::print(script)?;
    Ok(Outcome::Fine)
}
