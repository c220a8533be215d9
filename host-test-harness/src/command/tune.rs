//! `auditward tune`: which alert budget and thresholds fit a history.

use super::Outcome;
use crate::input_file::Given;
use crate::logs::{Logs, Taking, bar};
use crate::policy_file::{self, PolicyFile};
use crate::tuning::{self, Labels, Run, Setting};
use crate::wording::{counted, table};
use crate::{output, terminal};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Replay a history with several alert budgets and thresholds; report alerts per day and, with labels, precision and recall
///
/// An alert is a record with a finding of severity medium or above. `alerts_per_day` bounds those of baselines; the factors scale thresholds.
/// The result shows both kinds separately; a record with both counts in each. The engine runs natively, once per setting. One factor scales the thresholds of
/// all counting detectors; those of `volume` and `mass-change` only if the policy sets them, because setting them turns off their learned part.
#[derive(clap::Args)]
pub struct Arguments {
    /// Log files, older records first, or directories of them, in any order
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Records that belong to attacks, a JSON object per line: `{"line": 17, "attack": "name"}`, counted over all files; `auditward simulate --out` writes them
    #[arg(long, value_name = "FILE.ndjson")]
    labels: Option<PathBuf>,
    /// Policy file (auditward.toml) to start from; without it, defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    #[command(flatten)]
    taking: Taking,
    /// Values of `alerts_per_day` to try, separated by commas
    #[arg(long, value_name = "N,N..", value_delimiter = ',', default_values_t = [1, 2, 5, 10], value_parser = clap::value_parser!(i64).range(0..=1000))]
    budgets: Vec<i64>,
    /// Factors of the thresholds to try, separated by commas
    #[arg(long, value_name = "F,F..", value_delimiter = ',', default_values_t = [0.5, 1.0, 2.0], value_parser = factor)]
    factors: Vec<f64>,
    /// Recommend a setting with at most this many alerts per day
    #[arg(long, default_value_t = 5.0)]
    at_most: f64,
    /// Format of the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write the result as a drawing
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,
    /// Write the recommended settings as lines of a policy
    #[arg(long, value_name = "FILE.toml")]
    patch: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if (0.01..=100.0).contains(&factor) => Ok(factor),
        _ => Err("a factor is a number from 0.01 to 100".to_owned()),
    }
}

/// Plays every setting and reports.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let given = Given::of(&arguments.files)?;
    let outputs = || arguments.chart.iter().chain(&arguments.patch);
    let policy = policy_file::files_of(arguments.policy.as_deref());
    output::check_apart(outputs(), given.files.iter().chain(&arguments.labels).chain(&policy))?;
    outputs().try_for_each(|path| output::check(path))?;
    let policy_file = PolicyFile::read(arguments.policy.as_deref())?;
    let labels = arguments.labels.as_deref().map_or(Ok(Labels::new()), tuning::labels)?;
    let logs = Logs::open(given, &policy_file, &arguments.taking)?;
    let settings: Vec<Setting> = arguments
        .factors
        .iter()
        .flat_map(|&scale| {
            arguments.budgets.iter().map(move |&alerts_per_day| Setting { alerts_per_day, scale })
        })
        .collect();
    let bar = bar(logs.len.saturating_mul(settings.len() as u64));
    let mut runs = Vec::new();
    for setting in settings {
        runs.push(tuning::run(
            &logs,
            (&policy_file, &arguments.taking.tag),
            setting,
            &labels,
            &bar,
        )?);
    }
    bar.finish_and_clear();
    let records = runs.first().map_or(0, |run| run.records);
    if records == 0 {
        bail!("the files hold no record: there is nothing to tune by");
    }
    if let Some(beyond) = labels.keys().find(|line| !(1..=records).contains(*line)) {
        bail!("a label is about record {beyond}; the files have {}", counted(records, "record"));
    }
    let best = tuning::best(&runs, arguments.at_most);
    terminal::print(match arguments.format {
        Format::Table => in_words(&runs, best, &logs),
        Format::Json => {
            let all: Vec<_> = runs.iter().map(Run::json).collect();
            format!("{:#}\n", json!({ "runs": all, "recommended": best.map(Run::json) }))
        }
    })?;
    if let Some(path) = &arguments.chart {
        write(path, &tuning::drawing(&runs, best))?;
    }
    match (&arguments.patch, best) {
        (Some(path), Some(best)) => {
            write(path, &tuning::patch(&tuning::changes(&policy_file.policy, best.setting)))?;
        }
        (Some(path), None) => bail!(
            "no setting has at most {} alerts per day, so {} is not written: raise --at-most, or try other --budgets and --factors",
            arguments.at_most,
            path.display()
        ),
        _ => {}
    }
    Ok(Outcome::Fine)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    terminal::say(format_args!("{} is written", path.display()));
    Ok(())
}

fn in_words(runs: &[Run], best: Option<&Run>, logs: &Logs) -> String {
    let Some(first) = runs.first() else {
        return String::new();
    };
    let head = [
        "alerts_per_day",
        "thresholds",
        "alerts per day",
        "of baselines",
        "of rules, thresholds",
        "precision",
        "recall",
        "",
    ];
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.2}"));
    let rows = runs.iter().map(|run| {
        let is_best = best.is_some_and(|best| best.setting == run.setting);
        vec![
            run.setting.alerts_per_day.to_string(),
            format!("x {}", run.setting.scale),
            format!("{:.2}", run.per_day()),
            format!("{:.2}", run.daily(run.learned)),
            format!("{:.2}", run.daily(run.configured)),
            share(run.precision()),
            share(run.recall()),
            if is_best { "recommended".to_owned() } else { String::new() },
        ]
    });
    let rows: Vec<Vec<String>> =
        std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect();
    // With another threshold other events are learned, and other findings are due.
    let rises = runs.iter().any(|run| {
        let mut tighter = runs.iter().filter(|other| {
            other.setting.scale == run.setting.scale
                && other.setting.alerts_per_day < run.setting.alerts_per_day
        });
        tighter.any(|other| other.learned > run.learned)
    });
    let why = "\nA smaller budget gave more alerts of baselines than a larger one: with another threshold other events are learned first, so differences of a few\nalerts are chance. Compare budgets that are further apart, or a longer history.\n";
    format!(
        "{}, {}, {}\n\n{}{}",
        counted(first.records, "record"),
        tuning::span(first, logs),
        match first.attacks {
            0 => "no labels".to_owned(),
            attacks => counted(attacks as u64, "attack"),
        },
        table(&rows, 0),
        if rises { why } else { "" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_bounded() {
        assert_eq!(factor("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "1000", "x", "NaN"] {
            assert!(factor(wrong).is_err(), "{wrong}");
        }
    }
}
