//! Hints for arguments that people try and that have another name here.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// Options that people try, each with those that may be meant, in order of preference.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (&["--json"], &["format"]),
    (&["--format", "--output-format"], &["json", "schema", "alerts-format"]),
    (&["--output", "--out", "--out-file", "-o", "--file"], &["out", "report", "html"]),
    (&["--html", "--report"], &["report", "html"]),
    (&["--config", "--conf", "-c", "--rules", "--packs", "--pack"], &["policy"]),
    (&["--severity", "--level", "--min-severity"], &["severity"]),
    (&["--port", "-p", "--host", "--bind", "--address", "--addr"], &["listen"]),
    (&["--url", "--to", "--upstream", "--downstream", "--sink"], &["forward"]),
    (&["--token"], &["token-file"]),
    (&["--cert"], &["tls-cert"]),
    (&["--key"], &["tls-key"]),
    (&["--time", "--clock", "--date"], &["now"]),
    (&["--state-dir", "--data-dir"], &["state"]),
    (&["--split"], &["unwrap"]),
    (&["--silent"], &["quiet"]),
    (&["--type", "--format-id", "--id"], &["source"]),
    (&["--alert"], &["alerts"]),
];

/// Commands that people try, each with what does it.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["validate", "lint", "verify"],
        "`auditward check POLICY` checks a policy, `auditward source lint PACK` a pack; records are not sealed, so there is nothing to verify in them",
    ),
    (&["version"], "`auditward --version`"),
    (
        &["list", "ls", "search", "find"],
        "`auditward source list WORD` and `auditward rules list WORD`",
    ),
    (
        &["run", "filter", "process", "analyze", "analyse", "scan"],
        "`auditward replay FILE` reads files, `auditward pipe` standard input, `auditward serve` HTTP",
    ),
    (
        &["report", "html"],
        "`auditward replay FILE --report report.html`, `auditward coverage FILE --html coverage.html`",
    ),
    (
        &["init", "config", "new", "setup", "install"],
        "`auditward module --out DIR` writes the module and a policy to start from, `auditward source new SAMPLE` drafts a pack",
    ),
    (&["policy", "policies"], "`auditward check POLICY`"),
    (&["pack", "packs", "mapping", "mappings"], "`auditward source`"),
    (
        &["detectors", "detector", "fields", "flags", "options", "docs"],
        "`auditward explain` lists all topics, `auditward explain detectors` those of a kind",
    ),
    (&["suppress", "mute"], "`auditward feedback benign FINGERPRINT`"),
    (&["compliance", "gaps"], "`auditward coverage FILE`"),
    (&["completion"], "`auditward completions SHELL`"),
];

/// Names within a command, each with what does it.
const WITHIN: &[(&str, &[&str], &str)] = &[
    ("source", &["search", "find", "ls"], "`auditward source list WORD`"),
    ("source", &["check", "validate", "test"], "`auditward source lint FILE`"),
    ("source", &["explain", "get", "info"], "`auditward source show ID`"),
    ("rules", &["search", "find", "ls"], "`auditward rules list WORD`"),
    ("rules", &["check", "validate", "lint"], "`auditward rules test PACK`"),
    ("rules", &["explain", "get", "info"], "`auditward rules show ID`"),
    ("state", &["list", "ls", "info"], "`auditward state show DIR`"),
    ("state", &["delete", "remove", "rm"], "`auditward state forget NAME DIR`"),
    (
        "sigma",
        &["check", "lint", "validate"],
        "`auditward sigma list RULES`, `auditward sigma test RULES`",
    ),
    ("sigma", &["convert"], "`auditward sigma compile RULES`"),
];

/// The error with a hint in place of the parser's, where one is known.
pub(super) fn improve(mut error: Error, command_line: &Command, arguments: &[String]) -> Error {
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let command = asked(command_line, arguments);
            let tried = text(&error, ContextKind::InvalidArg);
            let near =
                matches!(error.get(ContextKind::SuggestedArg), Some(ContextValue::String(_)));
            match of_option(command, &tried) {
                Some(hint) => {
                    error.remove(ContextKind::SuggestedArg);
                    with(error, hint)
                }
                // Nobody means a file of this name.
                None if !near && tried.starts_with('-') => {
                    error.remove(ContextKind::Suggested);
                    error
                }
                None => error,
            }
        }
        ErrorKind::InvalidSubcommand => {
            let tried = text(&error, ContextKind::InvalidSubcommand);
            match of_command(asked(command_line, arguments).get_name(), &tried) {
                Some(hint) => {
                    error.remove(ContextKind::SuggestedSubcommand);
                    with(error, hint.to_owned())
                }
                None => error,
            }
        }
        _ => error,
    }
}

fn with(mut error: Error, hint: String) -> Error {
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![hint.into()]));
    error
}

fn text(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The command that the arguments name, as deep as they go.
fn asked<'c>(command_line: &'c Command, arguments: &[String]) -> &'c Command {
    arguments
        .iter()
        .try_fold(command_line, |command, word| match command.find_subcommand(word) {
            Some(found) => Ok(found),
            None => Err(command),
        })
        .unwrap_or_else(|command| command)
}

/// The option of the command that may be meant by another name.
fn of_option(command: &Command, tried: &str) -> Option<String> {
    let tried = tried.split('=').next().unwrap_or_default();
    let (_, meant) = OPTIONS.iter().find(|(names, _)| names.contains(&tried))?;
    let named =
        |long: &&&str| command.get_arguments().find(|argument| argument.get_long() == Some(**long));
    let argument = meant.iter().find_map(|long| named(&long))?;
    let long = argument.get_long()?;
    let value = match (tried, long) {
        ("--json", "format") => " json".to_owned(),
        _ if argument.get_action().takes_values() => {
            let names = argument.get_value_names().unwrap_or_default();
            names.iter().map(|name| format!(" <{name}>")).collect()
        }
        _ => String::new(),
    };
    Some(format!("write `--{long}{value}`"))
}

fn of_command(within: &str, tried: &str) -> Option<&'static str> {
    let nested = WITHIN
        .iter()
        .find(|(command, names, _)| *command == within && names.contains(&tried))
        .map(|(.., hint)| *hint);
    let top = || COMMANDS.iter().find(|(names, _)| names.contains(&tried)).map(|(_, hint)| *hint);
    if within == "auditward" { top() } else { nested }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let command_line = super::super::command_line();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let whole = std::iter::once("auditward".to_owned()).chain(words.iter().cloned());
        let error = command_line.clone().try_get_matches_from(whole).unwrap_err();
        improve(error, &command_line, &words).to_string()
    }

    #[test]
    fn what_people_try_leads_to_what_there_is() {
        for (line, hint) in [
            ("coverage x --format json", "write `--json`"),
            ("state show x --json", "write `--format json`"),
            ("coverage x --output y", "write `--html <FILE.html>`"),
            ("serve --port 80", "write `--listen <HOST:PORT>`"),
            ("replay x --config y", "write `--policy"),
            ("verify x", "`auditward check POLICY`"),
            ("validate x", "`auditward check POLICY`"),
            ("rules search okta", "`auditward rules list WORD`"),
            ("source validate x", "`auditward source lint FILE`"),
        ] {
            let said = said(line);
            assert!(said.contains(hint), "{line}: {hint} in\n{said}");
            assert!(!said.contains("as a value") && !said.contains("similar"), "{line}:\n{said}");
        }
        assert!(said("replay --finding").contains("'--findings'"), "{}", said("replay --finding"));
        assert!(!said("replay --verbose").contains("as a value"), "{}", said("replay --verbose"));
    }

    #[test]
    fn hints_name_what_there_is() {
        let command_line = super::super::command_line();
        for (within, ..) in WITHIN {
            assert!(command_line.find_subcommand(within).is_some(), "{within}");
        }
        let all: Vec<&Command> = command_line
            .get_subcommands()
            .flat_map(|command| std::iter::once(command).chain(command.get_subcommands()))
            .collect();
        for long in OPTIONS.iter().flat_map(|(_, meant)| *meant) {
            let has = |command: &&&Command| {
                command.get_arguments().any(|argument| argument.get_long() == Some(*long))
            };
            assert!(all.iter().any(|command| has(&command)), "{long}");
        }
        let hints = COMMANDS.iter().map(|(_, hint)| hint);
        for hint in hints.chain(WITHIN.iter().map(|(.., hint)| hint)) {
            for example in hint.split("`auditward ").skip(1) {
                let name = example.split([' ', '`']).next().unwrap_or_default();
                assert!(
                    name.starts_with("--") || command_line.find_subcommand(name).is_some(),
                    "{example}"
                );
            }
        }
    }
}
