//! `auditward rules`: the rules that come with the module, and the tests of rules.

use super::Outcome;
use crate::format::{self, Division};
use crate::input_file::Given;
use crate::mode::native;
use crate::policy_file::PolicyFile;
use crate::problems::{self, Shown};
use crate::reach::{self, Lacks, Reach};
use crate::rule_pack::guidance::{Class, guidance};
use crate::rule_pack::{self, RuleDoc};
use crate::wording::{alike, counted, grouped, table, wrap};
use crate::{logs, technique, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use auditward_core::policy_text::{self, bundle, mapping};
use auditward_core::severity::Severity;
use auditward_core::{Engine, Secret};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// List, show and test detection rules
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// List the built-in rules, or with --against those that cannot fire
    List {
        /// List only rules whose id, source, title, class, technique or control contains this text
        filter: Option<String>,
        /// List only rules of this severity and above
        #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical"], conflicts_with = "against")]
        severity: Option<String>,
        /// Write JSON, one rule per line
        #[arg(long)]
        json: bool,
        /// List the rules in use that cannot fire on these logs, because no record is of their source, or no record has a field that the rule reads.
        /// Logs in any format that `replay` reads; `-` is standard input
        #[arg(long, value_name = "FILE", num_args = 1..)]
        against: Vec<PathBuf>,
        /// Policy whose rules and packs are in use; without it, the built-in rules
        #[arg(long, value_name = "POLICY", requires = "against")]
        policy: Option<PathBuf>,
        /// Tag assigned to all records, matched by `tag` in mappings
        #[arg(long, default_value = "", requires = "against")]
        tag: String,
        /// Split a record that holds a list, such as `{"Records":[...]}`, into one record per element
        #[arg(long, requires = "against")]
        unwrap: bool,
    },
    /// Show one rule: why it matters, blind spots, tuning, controls, an exception to start from, the rule itself
    Show {
        /// Id of the rule, such as `aws.cloudtrail-logging-stopped`
        id: String,
        /// Show the records that it is tested with, too
        #[arg(long)]
        examples: bool,
        /// Write JSON
        #[arg(long, conflicts_with = "examples")]
        json: bool,
    },
    /// Run the examples of the built-in rules, or of packs of your own
    Test {
        /// Rule packs (TOML files with `[[rule]]`), and packs of the sources that they name
        #[arg(value_name = "PACK")]
        packs: Vec<PathBuf>,
        /// Policy whose sources the rules may name
        #[arg(long, value_name = "POLICY", requires = "packs")]
        policy: Option<PathBuf>,
    },
}

/// Runs the task.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.task {
        Task::List { filter, severity, json, against, policy, tag, unwrap } => {
            let filter = filter.unwrap_or_default().to_lowercase();
            if against.is_empty() {
                let minimum = severity.as_deref().map_or(Severity::Info, Severity::from_name);
                return list(&filter, minimum, json);
            }
            let policy_file = PolicyFile::read(policy.as_deref())?;
            let division = unwrap.then(|| Division::new(&policy_file.policy));
            let mut reach = Reach::new(policy_file.text.as_deref())?;
            let now = native::now_ms();
            format::each(&Given::of(&against)?.files, division.as_ref(), &mut |record| {
                reach.add(&tag, record, now);
                Ok(())
            })?;
            if reach.records == 0 {
                bail!("the files hold no record, so all rules would be listed");
            }
            list_unreached(&reach, &filter, json)
        }
        Task::Show { id, examples, json } => show(&id, examples, json),
        Task::Test { packs, policy } => test(&packs, policy.as_deref()),
    }
}

/// The rules that cannot fire, in words or as JSON.
fn list_unreached(reach: &Reach, filter: &str, as_json: bool) -> Result<Outcome> {
    let has = |text: &str| text.to_lowercase().contains(filter);
    let of_source = |lacks: &Lacks| match lacks {
        Lacks::Source(names) => names.iter().any(|name| has(name)),
        Lacks::Fields(_) => false,
    };
    let mut unreached = reach.unreached();
    unreached.retain(|rule| has(&rule.id) || has(&rule.title) || of_source(&rule.lacks));
    let mut out = io::stdout().lock();
    if as_json {
        for rule in &unreached {
            let (lacks, names) = match &rule.lacks {
                Lacks::Source(names) => ("source", names),
                Lacks::Fields(names) => ("fields", names),
            };
            writeln!(
                out,
                "{}",
                serde_json::json!({ "id": rule.id, "title": rule.title, "lacks": lacks, "names": names })
            )?;
        }
        return Ok(Outcome::Fine);
    }
    let (sources, fields) = reach::by_reason(&unreached);
    if !sources.is_empty() {
        let rows: Vec<Vec<String>> = sources
            .iter()
            .map(|(source, rules)| vec![shortened(source), counted(*rules, "rule")])
            .collect();
        write!(out, "no record of the source\n{}", table(&rows, 2))?;
    }
    if !fields.is_empty() {
        let rows: Vec<Vec<String>> =
            fields.iter().map(|(rule, names)| vec![rule.id.clone(), names.clone()]).collect();
        write!(out, "no record of the source with the field\n{}", table(&rows, 2))?;
    }
    terminal::say(format_args!(
        "{} of {} cannot fire on these {}; `auditward rules show ID` explains one, --json lists each",
        grouped(unreached.len() as u64),
        counted(reach.rules() as u64, "rule"),
        counted(reach.records, "record")
    ));
    Ok(Outcome::Fine)
}

/// The first names of a long list, and how many more there are.
fn shortened(names: &str) -> String {
    const MOST: usize = 3;
    let all: Vec<&str> = names.split(" or ").collect();
    match all.get(..MOST) {
        Some(first) if all.len() > MOST + 1 => {
            format!("{} or {} others", first.join(", "), all.len() - MOST)
        }
        _ => names.to_owned(),
    }
}

fn list(filter: &str, minimum: Severity, as_json: bool) -> Result<Outcome> {
    let has = |text: &str| text.to_lowercase().contains(filter);
    let rules = rule_pack::all()?;
    let rules = rules.iter().filter(|rule| {
        let texts = [&rule.id, &rule.title, &rule.class, &rule.technique];
        Severity::from_name(&rule.severity) >= minimum
            && texts.into_iter().chain(&rule.sources).chain(&rule.controls).any(|text| has(text))
    });
    let mut out = io::stdout().lock();
    if as_json {
        for rule in rules {
            writeln!(out, "{}", of_list(rule))?;
        }
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = rules
        .map(|rule| vec![rule.id.clone(), rule.severity.clone(), rule.title.clone()])
        .collect();
    out.write_all(table(&rows, 0).as_bytes())?;
    let hint = match rows.is_empty() {
        true => "no rule has this text in its id, source, title, class, technique or controls",
        false => "`auditward rules show ID` explains one",
    };
    terminal::say(format_args!("{}; {hint}", counted(rows.len() as u64, "rule")));
    Ok(Outcome::Fine)
}

fn of_list(rule: &RuleDoc) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id, "title": rule.title, "severity": rule.severity, "class": rule.class, "technique": rule.technique, "sources": rule.sources, "controls": rule.controls,
    })
}

fn show(id: &str, examples: bool, as_json: bool) -> Result<Outcome> {
    let rules = rule_pack::all()?;
    let Some(rule) = rules.iter().find(|rule| rule.id.eq_ignore_ascii_case(id)) else {
        let ids = rules.iter().map(|rule| rule.id.as_str());
        let advice = alike(id, ids, "`auditward rules list` lists them");
        bail!("there is no built-in rule `{id}`{advice}");
    };
    if as_json {
        terminal::print(format!("{}\n", as_value(rule)))?;
        return Ok(Outcome::Fine);
    }
    let mut text = in_words(rule);
    if examples {
        for (heading, fires) in [("It fires on", true), ("It does not fire on", false)] {
            text.push_str(&format!("\n{heading}\n"));
            for example in rule.examples.iter().filter(|example| example.fires == fires) {
                for line in example.input.lines().filter(|line| !line.trim().is_empty()) {
                    text.push_str(&format!("  {}\n", line.trim()));
                }
                text.push('\n');
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    terminal::print(text)?;
    Ok(Outcome::Fine)
}

fn as_value(rule: &RuleDoc) -> serde_json::Value {
    let texts = |texts: Vec<rule_pack::About>| -> Vec<serde_json::Value> {
        let value = |(about, text): rule_pack::About| match about.is_empty() {
            true => serde_json::json!({ "about": "rule", "text": text }),
            false => serde_json::json!({ "about": about, "text": text }),
        };
        texts.into_iter().map(value).collect()
    };
    let mut value = of_list(rule);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("pack".to_owned(), rule.pack.clone().into());
        fields.insert("why".to_owned(), rule.why.clone().into());
        fields.insert("blind".to_owned(), texts(rule.blind_spots()).into());
        fields.insert("tuning".to_owned(), texts(rule.tunings()).into());
    }
    value
}

/// A built-in rule with its reasons, for `explain` too.
pub(super) fn explained(id: &str) -> Option<String> {
    let rules = rule_pack::all().ok()?;
    rules.iter().find(|rule| rule.id == id).map(in_words)
}

/// A class of rules, for `explain`.
pub(super) fn of_class(class: &Class) -> String {
    let width = terminal::width();
    let rules = rule_pack::all().unwrap_or_default();
    let rules: Vec<&RuleDoc> = rules.iter().filter(|rule| rule.class == class.name).collect();
    format!(
        "\n  Blind spots\n{}\n  Tuning\n{}\n  Controls\n{}\n  {}: `auditward rules list {}`\n",
        wrap(&class.blind, 4, width),
        wrap(&class.tuning, 4, width),
        wrap(&class.controls.join(", "), 4, width),
        counted(rules.len() as u64, "rule"),
        class.name
    )
}

fn in_words(rule: &RuleDoc) -> String {
    let width = terminal::width();
    let technique = match technique::name(&rule.technique) {
        Some(name) => format!("{} {name}", rule.technique),
        None => rule.technique.clone(),
    };
    let mut text =
        format!("{} ({}, {technique})\n\n{}", rule.id, rule.severity, wrap(&rule.title, 2, width));
    if !rule.sources.is_empty() {
        text.push_str(&format!("\nSources\n{}", wrap(&rule.sources.join(", "), 2, width)));
    }
    if let Some(class) = guidance().class(&rule.class) {
        let line = format!("{}: {}", class.name, class.title);
        text.push_str(&format!("\nClass\n{}", wrap(&line, 2, width)));
    }
    if !rule.why.is_empty() {
        text.push_str(&format!("\nWhy it matters\n{}", wrap(&rule.why, 2, width)));
    }
    for (heading, parts) in [("Blind spots", rule.blind_spots()), ("Tuning", rule.tunings())] {
        if !parts.is_empty() {
            text.push_str(&format!("\n{heading}\n"));
        }
        for (about, part) in parts {
            let part = if about.is_empty() { part } else { format!("{about}: {part}") };
            text.push_str(&wrap(&part, 2, width));
        }
    }
    text.push_str(&format!(
        "\nAn exception, for the policy\n  [[exception]]\n  rules = [\"{}\"]\n  when = {{ \"actor.name\" = \"NAME\" }}\n",
        rule.id
    ));
    if !rule.controls.is_empty() {
        text.push_str(&format!("\nControls\n{}", wrap(&rule.controls.join(", "), 2, width)));
    }
    text.push_str("\nThe rule\n");
    for line in rule.text.lines().filter(|line| !line.trim().is_empty()) {
        text.push_str(&format!("  {line}\n"));
    }
    if !rule.context.is_empty() {
        text.push_str("\nIts pack, for all of its rules\n");
        for line in rule.context.lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

fn test(packs: &[PathBuf], policy: Option<&Path>) -> Result<Outcome> {
    let mut rules = Vec::new();
    let mut texts = Vec::new();
    let mut has_problems = false;
    for path in packs {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("{name} cannot be read"))?;
        let keys = text.parse::<toml::Table>().ok();
        if keys
            .as_ref()
            .is_some_and(|keys| !keys.contains_key("rule") && !keys.contains_key("source"))
        {
            bail!("{name} is no pack: it has neither `[[rule]]` nor `source`");
        }
        let is_of_rules = keys.is_none_or(|keys| keys.contains_key("rule"));
        let issues = match is_of_rules {
            true => rule_pack::problems(&text),
            false => mapping::read_pack(&text).err().unwrap_or_default(),
        };
        if !issues.is_empty() {
            problems::show_of_part(&name, &text, &issues);
            has_problems = true;
        } else if is_of_rules {
            rules.extend(rule_pack::read(&name, &text)?);
        }
        texts.push((name, text));
    }
    if has_problems {
        return Err(Shown.into());
    }
    let policy = if packs.is_empty() {
        rules = rule_pack::all()?.to_vec();
        // A small memory is cleared between examples in no time.
        Policy::parse("[budget]\nmemory = \"1 MiB\"\n[detector.rules]\nenable = \"*\"\n")
            .unwrap_or_default()
    } else if rules.is_empty() {
        bail!(
            "none of the files has a `[[rule]]`: `auditward source lint` runs the examples of a source pack"
        );
    } else {
        let base = PolicyFile::read(policy)?.text.unwrap_or_default();
        let (base, _) = bundle::split(&base);
        let texts = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        PolicyFile::checked("the packs", policy_text::with_packs(base, texts))?.policy
    };
    let (mut run, mut failed) = (0usize, 0usize);
    let mut out = io::stdout().lock();
    let mut engine = Engine::new(policy.clone(), Secret::default());
    let bar = logs::counting(rules.len() as u64, "rules");
    for rule in &rules {
        bar.inc(1);
        run += rule.examples.len();
        if rule.examples.is_empty() {
            terminal::say(format_args!("{} has no example", rule.id));
        }
        for example in rule_pack::wrong_examples(rule, &mut engine) {
            failed += 1;
            let expected =
                if example.fires { "should fire, does not" } else { "fires, should not" };
            let mut text = format!(
                "FAIL {}: {expected}: {}\n",
                rule.id,
                example.input.chars().take(200).collect::<String>()
            );
            if example.fires {
                let recognition = rule_pack::recognition(rule, example, &policy);
                text.push_str(&format!("  {recognition}\n"));
            }
            bar.suspend(|| out.write_all(text.as_bytes()))?;
        }
    }
    bar.finish_and_clear();
    writeln!(
        out,
        "{}, {}, {failed} wrong",
        counted(rules.len() as u64, "rule"),
        counted(run as u64, "example")
    )?;
    Ok(if failed == 0 { Outcome::Fine } else { Outcome::Found })
}
