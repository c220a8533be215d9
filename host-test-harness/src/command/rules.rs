//! `auditward rules`: the rules that come with the module, and the tests of rules.

use super::Outcome;
use crate::rule_pack::{self, RuleDoc};
use crate::terminal;
use crate::wording::{nearest, table, wrap};
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// List, show and test detection rules
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// List the built-in rules
    List {
        /// List only rules whose id, source or title contains this text
        filter: Option<String>,
        /// Write JSON, one rule per line
        #[arg(long)]
        json: bool,
    },
    /// Show one rule: why it matters, blind spots, tuning, the rule itself
    Show { id: String },
    /// Run the examples of the built-in rules, or of packs of your own
    Test {
        /// Packs (TOML files with `[[rule]]`)
        #[arg(value_name = "PACK")]
        packs: Vec<PathBuf>,
    },
}

/// Runs the task.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.task {
        Task::List { filter, json } => list(filter.as_deref().unwrap_or_default(), json),
        Task::Show { id } => show(&id),
        Task::Test { packs } => test(&packs),
    }
}

fn list(filter: &str, as_json: bool) -> Result<Outcome> {
    let filter = filter.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&filter);
    let rules: Vec<RuleDoc> = rule_pack::all()?;
    let rules = rules.iter().filter(|rule| {
        has(&rule.id) || has(&rule.title) || rule.sources.iter().any(|source| has(source))
    });
    let mut out = io::stdout().lock();
    if as_json {
        for rule in rules {
            let line = serde_json::json!({
                "id": rule.id, "title": rule.title, "severity": rule.severity, "technique": rule.technique, "sources": rule.sources, "controls": rule.controls,
            });
            writeln!(out, "{line}")?;
        }
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = rules
        .map(|rule| vec![rule.id.clone(), rule.severity.clone(), rule.title.clone()])
        .collect();
    out.write_all(table(&rows, 0).as_bytes())?;
    terminal::say(format_args!("{} rules; `auditward rules show ID` explains one", rows.len()));
    Ok(Outcome::Fine)
}

fn show(id: &str) -> Result<Outcome> {
    let rules = rule_pack::all()?;
    let Some(rule) = rules.iter().find(|rule| rule.id == id) else {
        let near = nearest(id, rules.iter().map(|rule| rule.id.as_str()))
            .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        bail!("there is no rule `{id}`{near} `auditward rules list` names them all");
    };
    let mut text = format!(
        "{} ({}, {})\n\n{}\n",
        rule.id,
        rule.severity,
        rule.technique,
        wrap(&rule.title, 2, terminal::width())
    );
    for (heading, part) in
        [("Why it matters", &rule.why), ("Blind spots", &rule.blind), ("Tuning", &rule.tuning)]
    {
        if !part.is_empty() {
            text.push_str(&format!("\n{heading}\n{}\n", wrap(part, 2, terminal::width())));
        }
    }
    if !rule.controls.is_empty() {
        text.push_str(&format!("\nControls\n  {}\n", rule.controls.join(", ")));
    }
    text.push_str("\nThe rule\n");
    for line in rule.text.lines().filter(|line| !line.trim().is_empty()) {
        text.push_str(&format!("  {line}\n"));
    }
    terminal::print(text)?;
    Ok(Outcome::Fine)
}

fn test(packs: &[PathBuf]) -> Result<Outcome> {
    let mut rules = Vec::new();
    let mut policy = String::new();
    for path in packs {
        let text = fs::read_to_string(path)
            .with_context(|| format!("{} can't be read", path.display()))?;
        rules.extend(rule_pack::read(&path.display().to_string(), &text)?);
        policy.push_str(&text);
    }
    let policy = match packs {
        [] => {
            rules = rule_pack::all()?;
            Policy::parse("[detector.rules]\nenable = \"*\"\n").unwrap_or_default()
        }
        _ => Policy::with_rules(&policy).map_err(|issues| {
            anyhow::anyhow!(
                "{}",
                issues.iter().map(|issue| issue.message.clone()).collect::<Vec<_>>().join("; ")
            )
        })?,
    };
    let (mut run, mut failed) = (0usize, 0usize);
    let mut out = io::stdout().lock();
    for rule in &rules {
        run += rule.examples.len();
        if rule.examples.is_empty() {
            terminal::say(format_args!("{} has no example", rule.id));
        }
        for example in rule_pack::wrong_examples(rule, &policy) {
            failed += 1;
            let expected =
                if example.fires { "should fire, does not" } else { "fires, should not" };
            writeln!(
                out,
                "FAIL {}: {expected}: {}",
                rule.id,
                example.input.chars().take(200).collect::<String>()
            )?;
        }
    }
    writeln!(out, "{} rules, {run} examples, {failed} wrong", rules.len())?;
    Ok(if failed == 0 { Outcome::Fine } else { Outcome::Found })
}
