//! The commands, one file each and one line here.

use crate::problems::Told;
use crate::terminal;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

macro_rules! commands {
    ($($module:ident $name:ident),+ $(,)?) => {
        $(pub mod $module;)+

        /// Every command with its arguments; what each does stands with them.
        #[derive(Subcommand)]
        pub enum Command { $($name($module::Arguments)),+ }

        impl Command {
            fn run(self) -> anyhow::Result<Outcome> {
                match self { $(Command::$name(arguments) => $module::run(arguments)),+ }
            }
        }
    };
}

commands! {
    demo Demo,
    replay Replay,
    pipe Pipe,
    test Test,
    serve Serve,
    check Check,
    module Module,
    source Source,
    status Status,
    explain Explain,
    explain_record ExplainRecord,
    rules Rules,
    coverage Coverage,
    sigma Sigma,
    feedback Feedback,
    completions Completions,
    man Man,
}

/// How a command ended that did what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Fine,
    /// Something was found where that is the question.
    Found,
}

/// Audit records from log records: the auditward filter on this machine, through the very same module that runs in Fluent Bit.
#[derive(Parser)]
#[command(name = "auditward", version, after_help = EXIT)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const EXIT: &str = "Data goes to standard output, words for people to standard error; `-` is standard input.\n\
                    Exit status: 0 fine, 1 findings or failures where that is the question, 2 usage, or files that can't be read or written.";
const TROUBLE: u8 = 2;

/// The whole command line, as completions and manual pages describe it.
fn command_line() -> clap::Command {
    <CommandLine as clap::CommandFactory>::command()
}

/// Runs the command that the arguments ask for.
pub fn main() -> ExitCode {
    match CommandLine::parse().command.run() {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::FAILURE,
        // Whoever read our output has seen enough.
        Err(error) if terminal::is_closed_output(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<Told>() {
                terminal::say(format_args!("auditward: {}", in_words(&error)));
            }
            ExitCode::from(TROUBLE)
        }
    }
}

/// An error without a file's name is one of standard output, which commands write to as they go.
fn in_words(error: &anyhow::Error) -> String {
    match error.is::<std::io::Error>() && error.chain().count() == 1 {
        true => format!("{}: {error}", terminal::UNWRITABLE_OUTPUT),
        false => format!("{error:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn the_command_line_is_sound_and_every_command_says_what_it_does() {
        let mut command_line = command_line();
        command_line.build();
        command_line.clone().debug_assert();
        for command in command_line.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
