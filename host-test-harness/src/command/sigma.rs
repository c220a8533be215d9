//! `auditward sigma`: Sigma rules as a pack of rules.

use super::Outcome;
use crate::mode::native;
use crate::sigma::choice::{self, Choice};
use crate::sigma::compile::{Collection, Item, State};
use crate::sigma::explain::{self, Event};
use crate::wording::table;
use crate::{output, policy_file, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use auditward_core::similar::nearest;
use auditward_core::write::Output;
use auditward_core::{Engine, Raw, Secret, policy_text};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Compile, list, explain and test Sigma rules
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// Which rules.
#[derive(clap::Args)]
struct Rules {
    /// Sigma rules: files, directories, or patterns with `*` and `**`
    #[arg(value_name = "RULES")]
    paths: Vec<String>,
    /// Policy file whose `[[sigma]]` tables select the rules
    #[arg(long, conflicts_with = "paths")]
    policy: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Compile the rules to a pack, to be listed in `packs` of a policy
    Compile {
        #[command(flatten)]
        rules: Rules,
        /// Pack file; without it, standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the rules with their state: compiled, or refused with the reason
    List {
        #[command(flatten)]
        rules: Rules,
        /// List only refused rules
        #[arg(long)]
        refused: bool,
        /// Write JSON, one rule per line
        #[arg(long)]
        json: bool,
    },
    /// Show which parts of a rule's condition an event meets
    Explain {
        /// Id or title of the rule
        id: String,
        /// Events, one per line; `-` is standard input
        event: PathBuf,
        #[command(flatten)]
        rules: Rules,
    },
    /// Run the rules against events: NAME.fires.ndjson and NAME.silent.ndjson beside NAME.yml, or a file of events
    ///
    /// Exit status 1 if a rule is refused, does not fire on an event of NAME.fires, or fires on one of NAME.silent.
    Test {
        #[command(flatten)]
        rules: Rules,
        /// Events, one per line: count the matches of each rule
        #[arg(long, value_name = "FILE")]
        events: Option<PathBuf>,
    },
}

/// Runs the task.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.task {
        Task::Compile { rules, out } => {
            let collection = rules.collect()?;
            let files = collection.items.iter().map(|item| PathBuf::from(&item.file));
            let inputs: Vec<PathBuf> = files.chain(rules.policy).collect();
            output::check_apart(&out, &inputs)?;
            out.iter().try_for_each(|path| output::check(path))?;
            compile(&collection, out.as_deref())
        }
        Task::List { rules, refused, json } => list(&rules.collect()?, refused, json),
        Task::Explain { id, event, rules } => explain(&rules.collect()?, &id, &event),
        Task::Test { rules, events: Some(events) } => count(&rules.collect()?, &events),
        Task::Test { rules, events: None } => test(&rules.collect()?),
    }
}

impl Rules {
    fn collect(&self) -> Result<Collection> {
        if let Some(path) = &self.policy {
            let text = fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read as text", path.display()))?;
            let root = path.parent().unwrap_or(Path::new(""));
            return crate::sigma::of_policy(&text, root)?
                .with_context(|| format!("{} has no `[[sigma]]`", path.display()));
        }
        if self.paths.is_empty() {
            bail!("name the rules, or a policy with `[[sigma]]` by --policy");
        }
        let mut files = Vec::new();
        for path in &self.paths {
            files.extend(choice::files(Path::new(""), path)?);
        }
        let mut collection = Collection::default();
        collection.add(&Choice::default(), &files);
        Ok(collection)
    }
}

/// `12 compiled, 1 refused`, on standard error.
fn tell(collection: &Collection) {
    let (compiled, refused) = collection.counts();
    terminal::say(format_args!("{compiled} compiled, {refused} refused"));
}

fn compile(collection: &Collection, out: Option<&Path>) -> Result<Outcome> {
    for item in &collection.items {
        if let State::Refused(why) = &item.state {
            terminal::say(format_args!("refused {}: {}: {why}", item.file, item.title));
        }
    }
    let pack = collection.pack();
    match out {
        Some(path) => fs::write(path, pack)
            .with_context(|| format!("{} cannot be written", path.display()))?,
        None => io::stdout().write_all(pack.as_bytes())?,
    }
    tell(collection);
    Ok(Outcome::Fine)
}

fn list(collection: &Collection, refused: bool, as_json: bool) -> Result<Outcome> {
    let items =
        collection.items.iter().filter(|item| !refused || matches!(item.state, State::Refused(_)));
    let mut out = io::stdout().lock();
    if as_json {
        for item in items {
            let (state, why) = item.state.in_words();
            writeln!(
                out,
                "{}",
                serde_json::json!({ "id": item.id, "title": item.title, "level": item.level, "state": state, "reason": why, "file": item.file })
            )?;
        }
    } else {
        let row = |item: &Item| {
            let (state, why) = item.state.in_words();
            vec![
                item.id.clone(),
                item.level.clone(),
                item.title.clone(),
                if why.is_empty() { state.to_owned() } else { format!("{state}: {why}") },
            ]
        };
        out.write_all(table(&items.map(row).collect::<Vec<_>>(), 0).as_bytes())?;
    }
    tell(collection);
    Ok(Outcome::Fine)
}

fn explain(collection: &Collection, id: &str, events: &Path) -> Result<Outcome> {
    let is_meant = |item: &&Item| {
        item.id == id
            || item.id.strip_prefix("sigma.") == Some(id)
            || item.title.eq_ignore_ascii_case(id)
    };
    let Some(item) = collection.items.iter().find(is_meant) else {
        let near = nearest(
            id,
            collection.items.iter().flat_map(|item| [item.id.as_str(), item.title.as_str()]),
        );
        bail!(
            "there is no rule `{id}`{}",
            near.map_or("; `auditward sigma list` lists them".to_owned(), |near| format!(
                "; did you mean `{near}`?"
            ))
        );
    };
    let State::Compiled(compiled) = &item.state else {
        let (state, why) = item.state.in_words();
        bail!("{} is {state}: {why}", item.title);
    };
    let Some(expr) = &compiled.expr else {
        bail!(
            "{} is about several records; `auditward sigma test --events` counts what it finds",
            item.title
        )
    };
    let policy = Policy::default();
    let mut out = io::stdout().lock();
    let mut outcome = Outcome::Fine;
    for (number, line) in lines(events)?.iter().enumerate() {
        let event = Event::new(line, &policy)?;
        let (is_met, parts) = explain::explain(expr, &event, &policy)?;
        if !is_met {
            outcome = Outcome::Found;
        }
        let answer = if is_met { "matches" } else { "does not match" };
        write!(
            out,
            "{} {answer} event {}, of source {}\n{parts}",
            item.title,
            number + 1,
            event.source()
        )?;
    }
    Ok(outcome)
}

/// Events of a file, without empty lines.
fn lines(path: &Path) -> Result<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    match path == Path::new("-") {
        true => io::stdin().lock().read_to_end(&mut bytes).map(|_| ())?,
        false => {
            bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?
        }
    }
    Ok(bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.trim_ascii().to_vec())
        .filter(|line| !line.is_empty())
        .collect())
}

/// The compiled rules alone, each finding stated as often as it is found.
fn policy(collection: &Collection) -> Result<Policy> {
    let text = "[detector.rules]\nenable = [\"sigma.*\"]\ncooldown = \"1s\"\n";
    Ok(policy_file::PolicyFile::checked(
        "the compiled rules",
        policy_text::with_packs(text, [(policy_text::SIGMA_PACK, collection.pack().as_str())]),
    )?
    .policy)
}

/// The rules that fired on each event, which one engine reads in their order.
fn fired(policy: &Policy, events: &[Vec<u8>]) -> Result<Vec<Vec<String>>> {
    let mut engine = Engine::new(policy.clone(), Secret::default());
    let (mut out, now) = (Output::default(), native::now_ms());
    let mut all = Vec::new();
    for (bytes, nonce) in events.iter().zip(0u64..) {
        engine.process(Raw { tag: b"", bytes, time: now, now, nonce }, &mut out);
        let record: serde_json::Value =
            serde_json::from_slice(out.bytes()).context("the audit record is JSON")?;
        let rules = record["anomaly"]["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|finding| finding["rule"].as_str());
        all.push(rules.map(str::to_owned).collect());
    }
    Ok(all)
}

fn count(collection: &Collection, events: &Path) -> Result<Outcome> {
    let events = lines(events)?;
    let fired = fired(&policy(collection)?, &events)?;
    let mut rows = Vec::new();
    for (item, _) in collection.compiled() {
        let times = fired.iter().flatten().filter(|id| **id == item.id).count();
        if times > 0 {
            rows.push((
                times,
                vec![times.to_string(), item.level.clone(), item.id.clone(), item.title.clone()],
            ));
        }
    }
    rows.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, row)| row).collect();
    io::stdout().write_all(table(&rows, 0).as_bytes())?;
    terminal::say(format_args!(
        "{} events, {} with findings; {} rules fired",
        events.len(),
        fired.iter().filter(|rules| !rules.is_empty()).count(),
        rows.len()
    ));
    tell(collection);
    Ok(Outcome::Fine)
}

fn test(collection: &Collection) -> Result<Outcome> {
    let policy = policy(collection)?;
    let mut out = io::stdout().lock();
    let (mut run, mut failed) = (0usize, 0usize);
    for item in &collection.items {
        if let State::Refused(why) = &item.state {
            failed += 1;
            writeln!(out, "REFUSED {}: {why}", item.file)?;
            continue;
        }
        for (kind, fires) in [("fires", true), ("silent", false)] {
            let path = Path::new(&item.file).with_extension(format!("{kind}.ndjson"));
            if !matches!(item.state, State::Compiled(_)) || !path.exists() {
                continue;
            }
            run += 1;
            let has_fired =
                fired(&policy, &lines(&path)?)?.iter().flatten().any(|id| *id == item.id);
            if has_fired != fires {
                failed += 1;
                writeln!(
                    out,
                    "FAIL {}: {}: {}",
                    item.title,
                    path.display(),
                    if fires { "should fire, does not" } else { "fires, should not" }
                )?;
            }
        }
    }
    let (compiled, _) = collection.counts();
    writeln!(out, "{compiled} rules, {run} files of events, {failed} wrong")?;
    Ok(if failed == 0 { Outcome::Fine } else { Outcome::Found })
}
