//! `auditward simulate`: one attack on the background of a made-up company, as a log and as what was found in it.

use super::Outcome;
use crate::calendar::length;
use crate::evaluation::Evaluation;
use crate::history::attack::Strength;
use crate::history::catalogue::Spec;
use crate::history::{History, POLICY, Plan};
use crate::policy_file::PolicyFile;
use crate::wording::{alike, counted, table};
use crate::{output, terminal};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Simulate an attack on realistic background traffic: write the log and report the findings
///
/// With the log FILE, it writes FILE.labels.ndjson, the lines that belong to the attack, and FILE.toml, the policy to replay it with.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario; without one, all are listed
    scenario: Option<String>,
    /// List the scenarios, as without SCENARIO
    #[arg(long)]
    list: bool,
    /// Simulate the careful variant of the attack
    #[arg(long)]
    weak: bool,
    /// Seed of the generator: another seed generates another history
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the log, its labels and the policy
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with status 1 if the attack is not found
    #[arg(long)]
    verify: bool,
}

/// Simulates.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let Some(id) = arguments.scenario.filter(|_| !arguments.list) else {
        let row = |spec: &Spec| {
            vec![spec.id.to_owned(), spec.title.to_owned(), spec.detectors.join(", ")]
        };
        io::stdout().write_all(table(&Spec::all().map(row).collect::<Vec<_>>(), 0).as_bytes())?;
        return Ok(Outcome::Fine);
    };
    let Some(spec) = Spec::find(&id) else {
        // A detector is no scenario; those that it finds are.
        let found: Vec<&str> = Spec::all()
            .filter(|spec| spec.detectors.contains(&id.as_str()))
            .map(|spec| spec.id)
            .collect();
        let list = "`auditward simulate --list` lists all";
        let advice = match found.is_empty() {
            true => alike(&id, Spec::all().map(|spec| spec.id), list),
            false => {
                format!(": it is a detector, of the scenarios `{}`; {list}", found.join("`, `"))
            }
        };
        bail!("there is no scenario `{id}`{advice}");
    };
    let strength = if arguments.weak { Strength::Weak } else { Strength::Strong };
    let mut files = arguments.out.as_deref().map(|path| Files::new(path, spec)).transpose()?;
    let evaluation = simulate(spec, strength, arguments.seed, |line, is_attack| {
        files.as_mut().map_or(Ok(()), |files| files.add(line, is_attack, spec, strength))
    })?;
    files.map_or(Ok(()), Files::finish)?;
    let is_found = evaluation.courses.iter().any(|(_, _, course)| course.found.is_some());
    io::stdout().write_all(in_words(&evaluation).as_bytes())?;
    if let Some(path) = &arguments.out {
        terminal::say(format_args!(
            "{0}, {0}.labels.ndjson and {0}.toml are written",
            path.display()
        ));
    }
    Ok(if arguments.verify && !is_found { Outcome::Found } else { Outcome::Fine })
}

/// The history's policy, with what the scenario adds.
fn policy(spec: &Spec) -> String {
    format!("{POLICY}{}", spec.stage.map_or("", |stage| stage.policy))
}

/// Thirty days of a company of sixty, with one attack; the attack's lines are marked.
fn simulate(
    spec: &'static Spec,
    strength: Strength,
    seed: u64,
    mut line: impl FnMut(&str, bool) -> Result<()>,
) -> Result<Evaluation> {
    let policy = PolicyFile::checked("the history's policy", policy(spec))?;
    let plan = Plan { actors: 60, days: 30, seed, skew: 0.2 };
    let history = History::new(plan, &[(spec, strength)]);
    if history.attacks.is_empty() {
        bail!(
            "the company of seed {seed} has no actor that `{}` could be about: take another seed",
            spec.id
        );
    }
    let mut evaluation = Evaluation::new(&plan, &policy);
    evaluation.play(history, &policy, |event, _, _| line(&event.line, event.attack.is_some()))?;
    Ok(evaluation)
}

fn in_words(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    for (spec, strength, course) in &evaluation.courses {
        text.push_str(&format!(
            "{} ({}, {})\n",
            spec.title,
            strength.name(),
            counted(course.records, "record")
        ));
        text.push_str(&match &course.found {
            Some((detector, reason, records, after)) => format!(
                "  found by {detector} at record {records}, after {}: {reason}\n",
                length(*after)
            ),
            None => format!("  NOT FOUND by {}\n", spec.detectors.join(" or ")),
        });
        if course.found.is_some() && !course.is_named {
            text.push_str("  no sentence names the reason\n");
        }
        if !course.others.is_empty() {
            let others: Vec<&str> = course.others.iter().map(String::as_str).collect();
            text.push_str(&format!("  also alerted: {}\n", others.join(", ")));
        }
    }
    let (learned, configured) = evaluation.per_day(2, evaluation.days.len() as i64);
    text.push_str(&format!(
        "  benign alerts a day after day 2: {learned:.2} of baselines, {configured:.2} of rules and thresholds, on {}\n",
        counted(evaluation.records, "record")
    ));
    text
}

/// The log and what lies beside it.
struct Files {
    log: BufWriter<File>,
    labels: BufWriter<File>,
    lines: u64,
}

impl Files {
    fn new(path: &Path, spec: &Spec) -> Result<Files> {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let others = [beside(".toml"), beside(".labels.ndjson")];
        output::check_apart(others.iter().chain([&path.to_owned()]), [])?;
        others.iter().map(PathBuf::as_path).chain([path]).try_for_each(output::check)?;
        let create = |path: &Path| {
            File::create(path)
                .map(BufWriter::new)
                .with_context(|| format!("{} cannot be written", path.display()))
        };
        create(&beside(".toml"))?.write_all(policy(spec).as_bytes())?;
        Ok(Files { log: create(path)?, labels: create(&beside(".labels.ndjson"))?, lines: 0 })
    }

    fn add(&mut self, line: &str, is_attack: bool, spec: &Spec, strength: Strength) -> Result<()> {
        self.lines += 1;
        writeln!(self.log, "{line}")?;
        if is_attack {
            let label = serde_json::json!({ "line": self.lines, "attack": spec.id, "strength": strength.name() });
            writeln!(self.labels, "{label}")?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.log.flush()?;
        Ok(self.labels.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::detector;
    use std::collections::BTreeSet;

    /// Each detector has a scenario that is about it, and finds something in it; a new detector without one fails here.
    #[test]
    fn every_detector_has_a_scenario_in_which_it_finds_something() {
        let mut left: BTreeSet<&str> = detector::IDS.iter().copied().collect();
        let mut missed = Vec::new();
        for spec in Spec::all() {
            if spec.detectors.iter().all(|id| !left.contains(id)) {
                continue;
            }
            let evaluation = simulate(spec, Strength::Strong, 3, |_, _| Ok(())).unwrap();
            let (_, _, course) = &evaluation.courses[0];
            left.retain(|id| !(spec.detectors.contains(id) && course.detectors.contains(*id)));
            if course.found.is_none() {
                missed.push(in_words(&evaluation));
            }
        }
        assert!(left.is_empty(), "without a scenario that they find something in: {left:?}");
        assert!(missed.is_empty(), "{missed:#?}");
    }

    #[test]
    fn the_log_and_its_labels_are_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log.ndjson");
        let spec = Spec::find("privilege").unwrap();
        let mut files = Files::new(&path, spec).unwrap();
        simulate(spec, Strength::Strong, 2, |line, is_attack| {
            files.add(line, is_attack, spec, Strength::Strong)
        })
        .unwrap();
        files.finish().unwrap();
        let log = std::fs::read_to_string(&path).unwrap();
        let labels =
            std::fs::read_to_string(directory.path().join("log.ndjson.labels.ndjson")).unwrap();
        let label: serde_json::Value =
            serde_json::from_str(labels.lines().next().unwrap()).unwrap();
        let line = label["line"].as_u64().unwrap() as usize;
        assert!(log.lines().nth(line - 1).unwrap().contains("AttachUserPolicy"));
        assert!(directory.path().join("log.ndjson.toml").exists());
    }
}
