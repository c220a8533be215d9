//! `auditward feedback`: what a finding turned out to be, written into the policy, which the module reads again.

use super::Outcome;
use crate::mode::native;
use crate::problems::{self, Shown};
use crate::{policy_file, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::policy::{Policy, Suppression};
use auditward_core::time::Millis;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Record whether a finding was benign or malicious, so that the module learns from it
///
/// Appends a `[[suppress]]` with the verdict to the policy; a running module and `serve` reload it. `benign`: the finding is suppressed, and its surprising values are learned at once. `malicious`: the severity is raised by one level, and its values are never learned.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(value_enum)]
    verdict: Verdict,
    /// `fingerprint` of the finding: 16 hexadecimal digits
    fingerprint: String,
    /// Policy file to which the verdict is appended
    #[arg(long, default_value = "auditward.toml")]
    policy: PathBuf,
    /// Event time at which the verdict expires, so that no finding stays suppressed for ever: a date, or a time with its zone
    #[arg(long)]
    until: String,
    /// Name of the person who decided
    #[arg(long)]
    by: String,
    /// Reason, for those who read it later
    #[arg(long)]
    why: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Verdict {
    Benign,
    Malicious,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Benign => "benign",
            Verdict::Malicious => "malicious",
        }
    }
}

/// Appends the verdict, once it and the policy with it are valid.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let entry = entry(&arguments);
    let name = arguments.policy.display().to_string();
    let verdict = match Policy::parse(&entry) {
        Ok(policy) => policy.suppressions.into_iter().next(),
        Err(issues) => {
            problems::show_of_part("the verdict", &entry, &issues);
            return Err(Shown.into());
        }
    };
    let text = policy_file::read(&arguments.policy)?;
    let policy = match Policy::parse(&text) {
        Ok(policy) => policy,
        Err(issues) => {
            problems::show(&name, &text, &issues);
            return Err(Shown.into());
        }
    };
    if text.contains(&entry) {
        bail!("{name} has this verdict already");
    }
    let verdict = verdict.context("the verdict is a suppression")?;
    let now = native::now_ms();
    if let Some(earlier) = conflicting(&policy, &verdict, now) {
        bail!(
            "{name} has the opposite verdict on {} ({}), which holds at the same time; remove that `[[suppress]]` first",
            arguments.fingerprint,
            earlier.reason
        );
    }
    let mut file = OpenOptions::new()
        .append(true)
        .open(&arguments.policy)
        .with_context(|| format!("{name} cannot be written"))?;
    file.write_all(format!("\n{entry}").as_bytes())
        .with_context(|| format!("{name} cannot be written"))?;
    terminal::say(format_args!(
        "{name}: {} is {} until {}",
        arguments.fingerprint,
        arguments.verdict.name(),
        arguments.until
    ));
    if verdict.until <= now {
        terminal::say(format_args!(
            "--until {} is before now: the verdict affects only records before that time, as in the replay of an older log",
            arguments.until
        ));
    }
    Ok(Outcome::Fine)
}

/// An earlier verdict on the same finding that says otherwise and holds for records that this one is about. Verdicts expire by event time: one that is over by
/// the clock is in the way of one that is over too.
fn conflicting<'p>(
    policy: &'p Policy,
    verdict: &Suppression,
    now: Millis,
) -> Option<&'p Suppression> {
    policy.suppressions.iter().find(|held| {
        held.fingerprint == verdict.fingerprint
            && held.verdict != verdict.verdict
            && (held.until > now || verdict.until <= now)
    })
}

/// The verdict as the policy has it.
fn entry(arguments: &Arguments) -> String {
    format!(
        "[[suppress]]\nverdict = \"{}\"\nfingerprint = {}\nuntil = {}\nreason = {}\n",
        arguments.verdict.name(),
        toml_text(&arguments.fingerprint),
        toml_text(&arguments.until),
        toml_text(&format!("{} ({})", arguments.why, arguments.by)),
    )
}

/// A basic string of TOML.
fn toml_text(value: &str) -> String {
    let mut text = String::from("\"");
    for letter in value.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            control if control.is_control() => {
                text.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(fingerprint: &str, why: &str) -> Arguments {
        Arguments {
            verdict: Verdict::Benign,
            fingerprint: fingerprint.to_owned(),
            policy: PathBuf::new(),
            until: "2027-01-01".to_owned(),
            by: "anna".to_owned(),
            why: why.to_owned(),
        }
    }

    #[test]
    fn what_is_appended_is_a_valid_policy_whatever_the_reason_holds() {
        for why in ["ticket 4711", "a \"quoted\" \\ one", "two\nlines\u{7f}"] {
            let policy = Policy::parse(&entry(&arguments("0123456789abcdef", why))).unwrap();
            let held = &policy.suppressions[0];
            assert_eq!(held.reason, format!("{why} (anna)"));
            assert_eq!(held.fingerprint, Some(0x0123_4567_89ab_cdef));
        }
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        assert!(Policy::parse(&entry(&arguments("alice", "ticket"))).is_err());
    }
}
