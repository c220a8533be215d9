//! The commands, one file each and one line here.

use crate::{problems, terminal};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod hints;

macro_rules! commands {
    ($($module:ident $name:ident),+ $(,)?) => {
        $(pub mod $module;)+

        /// Every command with its arguments; the doc comments of the arguments describe the command.
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
    evaluate Evaluate,
    simulate Simulate,
    replay Replay,
    pipe Pipe,
    test Test,
    serve Serve,
    check Check,
    geo Geo,
    module Module,
    source Source,
    status Status,
    explain Explain,
    explain_record ExplainRecord,
    rules Rules,
    coverage Coverage,
    sigma Sigma,
    feedback Feedback,
    state State,
    train Train,
    tune Tune,
    completions Completions,
    man Man,
}

/// Outcome of a command that ran without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Fine,
    /// A check or test found a problem.
    Found,
}

/// Turn log records into audit records, with the same WebAssembly module that runs in Fluent Bit.
#[derive(Parser)]
#[command(name = "auditward", version, after_help = EXIT)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const EXIT: &str = "Records go to standard output, messages to standard error; `-` is standard input.\n\
                    Exit status: 0 success; 1 `check` found problems, a test failed, or `demo --strict` missed something; 2 usage or I/O error.";
const TROUBLE: u8 = 2;

/// The whole command line, as completions and manual pages describe it.
fn command_line() -> clap::Command {
    <CommandLine as clap::CommandFactory>::command()
}

/// Runs the command that the arguments ask for.
pub fn main() -> ExitCode {
    let asked = CommandLine::try_parse().unwrap_or_else(|error| {
        let arguments = std::env::args_os().skip(1);
        let arguments: Vec<String> =
            arguments.map(|word| word.to_string_lossy().into_owned()).collect();
        hints::improve(error, &command_line(), &arguments).exit()
    });
    match asked.command.run() {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::FAILURE,
        // The reader closed our output on purpose, as `head` does.
        Err(error) if terminal::is_closed_output(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if !problems::is_shown(&error) {
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
