//! `auditward evaluate`: recall per attack and benign alerts per day, on histories made up from a seed.

use super::Outcome;
use crate::calendar::length;
use crate::evaluation::Evaluation;
use crate::history::attack::Strength;
use crate::history::catalogue::SPECS;
use crate::history::{History, POLICY, Plan};
use crate::policy_file::PolicyFile;
use crate::terminal;
use crate::wording::{counted, grouped, table};
use anyhow::Result;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Replay generated histories with attacks and report recall, time to detect, and benign alerts per day
///
/// A history has shift work, holidays, new hires, a reorganisation, batch jobs, VPN use, AI agents and polled batches; two identities cause 90 % of the
/// records, and a third of the event ids repeat. The engine runs natively. The history is the same for the same options.
#[derive(clap::Args)]
pub struct Arguments {
    /// Size of the company: 10, 500 or 20,000 actors; the largest has a budget of 10 alerts per day and 32 MiB for baselines
    #[arg(long, value_enum, default_value = "small")]
    size: Size,
    /// Length of a history in days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(10..=365))]
    days: i64,
    /// Seed of the generator: another seed generates another history
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Policy file in place of the history's own policy, which has a mapping for its application
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Format of the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Exit with status 1 if recall is below 0.9 for strong or 0.6 for weak attacks, if benign alerts exceed twice the budget, or if they do so for more than
    /// two half-lives after the reorganisation
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Size {
    Small,
    Medium,
    Large,
}

impl Size {
    fn actors(self) -> usize {
        match self {
            Size::Small => 10,
            Size::Medium => 500,
            Size::Large => 20_000,
        }
    }

    /// Lines of the policy that hold for the size: memory for all accounts (20,000 people have 35,000 in the application, the sign-in, the cloud account and
    /// the code host, each with a baseline of 505 bytes), and a budget for the people who look at alerts of so many.
    fn policy(self) -> &'static str {
        match self {
            Size::Small | Size::Medium => "",
            Size::Large => "\n[baseline]\nalerts_per_day = 10\nmemory = \"32 MiB\"\n",
        }
    }

    /// Histories that the attacks are spread over, so that a small company is not attacked all the time.
    fn histories(self) -> usize {
        match self {
            Size::Small => 8,
            Size::Medium | Size::Large => 1,
        }
    }

    /// How often each attack is injected at each strength.
    fn times(self) -> usize {
        match self {
            Size::Small => 1,
            Size::Medium => 3,
            Size::Large => 10,
        }
    }
}

/// The share of strong and weak attacks that must be found.
const TARGETS: [(Strength, f64); 2] = [(Strength::Strong, 0.9), (Strength::Weak, 0.6)];

/// Plays and reports.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let policy = match &arguments.policy {
        Some(path) => PolicyFile::read(Some(path))?,
        None => PolicyFile::checked(
            "the history's policy",
            format!("{POLICY}{}", arguments.size.policy()),
        )?,
    };
    let started = Instant::now();
    let plan = Plan {
        actors: arguments.size.actors(),
        days: arguments.days,
        seed: arguments.seed,
        skew: 9.0,
    };
    let size = arguments.size;
    let attacks = History::all_attacks(size.times());
    let evaluation = Evaluation::of(plan, size.histories(), &attacks, &policy)?;
    let text = match arguments.format {
        Format::Table => in_words(&evaluation),
        Format::Json => format!("{:#}\n", evaluation.json()),
    };
    io::stdout().write_all(text.as_bytes())?;
    terminal::say(format_args!(
        "{} in {:.1} s",
        counted(evaluation.records, "record"),
        started.elapsed().as_secs_f64()
    ));
    let is_good = evaluation.keeps_budget()
        && evaluation.recovers()
        && TARGETS.iter().all(|&(strength, target)| {
            let (found, injected) = evaluation.recall(None, strength);
            found as f64 >= injected as f64 * target
        });
    Ok(if arguments.strict && !is_good { Outcome::Found } else { Outcome::Fine })
}

fn in_words(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{} in {}, alerts_per_day {}\n",
        counted(evaluation.records, "record"),
        counted(evaluation.histories, "history"),
        evaluation.budget
    );
    let parts = [
        ("attacks", attacks(evaluation)),
        ("recall by time and by identity", recall_by_time_and_identity(evaluation)),
        ("benign alerts a day", benign_alerts_a_day(evaluation)),
        ("benign alerts by identity", benign_alerts_by_identity(evaluation)),
        ("benign alerts by detector", benign_alerts_by_detector(evaluation)),
    ];
    for (title, part) in parts {
        text.push_str(&format!("\n{title}\n{part}"));
    }
    text
}

fn head<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// How many of how many.
fn share((found, all): (usize, usize)) -> String {
    if all == 0 { "-".to_owned() } else { format!("{found}/{all}") }
}

/// Each kind of attack, then all of them against the targets.
fn attacks(evaluation: &Evaluation) -> String {
    let mut rows = vec![head([
        "attack",
        "recall strong",
        "weak",
        "reason named",
        "weak",
        "found after, strong",
        "weak",
        "expected detectors",
        "others",
    ])];
    for spec in SPECS {
        let recall = |strength| share(evaluation.recall(Some(spec.id), strength));
        let named = |strength| share(evaluation.named(Some(spec.id), strength));
        let time = |strength| match evaluation.time_to_detect(spec.id, strength) {
            Some((records, seconds)) => {
                format!("{} / {}", counted(records, "record"), length(seconds.saturating_mul(1000)))
            }
            None => "-".to_owned(),
        };
        let others: BTreeSet<&str> = evaluation
            .courses
            .iter()
            .filter(|(at, _, _)| at.id == spec.id)
            .flat_map(|(_, _, course)| course.others.iter().map(String::as_str))
            .collect();
        rows.push(vec![
            spec.id.to_owned(),
            recall(Strength::Strong),
            recall(Strength::Weak),
            named(Strength::Strong),
            named(Strength::Weak),
            time(Strength::Strong),
            time(Strength::Weak),
            spec.detectors.join(", "),
            others.into_iter().collect::<Vec<_>>().join(", "),
        ]);
    }
    let mut text = table(&rows, 2);
    for (strength, target) in TARGETS {
        let (found, injected) = evaluation.recall(None, strength);
        let share = found as f64 / injected.max(1) as f64;
        let (named, _) = evaluation.named(None, strength);
        text.push_str(&format!(
            "  {} attacks: {found} of {injected} found, {share:.2} (target {target}); of {named} a sentence names the reason\n",
            strength.name()
        ));
    }
    text
}

fn recall_by_time_and_identity(evaluation: &Evaluation) -> String {
    let mut rows = vec![head(["attacks", "strong", "weak"])];
    let [strong, weak] = Strength::ALL.map(|strength| evaluation.recall_by_period(strength));
    for ((name, found, injected), (_, found_weak, injected_weak)) in strong.into_iter().zip(weak) {
        rows.push(vec![
            name.to_owned(),
            share((found, injected)),
            share((found_weak, injected_weak)),
        ]);
    }
    let [strong, weak] = Strength::ALL.map(|strength| evaluation.recall_by_group(strength));
    for ((group, found, injected), (_, found_weak, injected_weak)) in strong.into_iter().zip(weak) {
        rows.push(vec![
            group.name().to_owned(),
            share((found, injected)),
            share((found_weak, injected_weak)),
        ]);
    }
    table(&rows, 2)
}

fn benign_alerts_a_day(evaluation: &Evaluation) -> String {
    let mut rows = vec![head(["period", "baselines", "rules and thresholds"])];
    for (name, from, to) in evaluation.periods() {
        let (learned, configured) = evaluation.per_day(from, to);
        rows.push(vec![name.to_owned(), format!("{learned:.2}"), format!("{configured:.2}")]);
    }
    let recovery = match evaluation.days_to_recover() {
        Some(days) => format!("  the budget was met again {days} days after the reorganisation\n"),
        None => "  the budget does not hold again after the reorganisation\n".to_owned(),
    };
    table(&rows, 2) + &recovery
}

fn benign_alerts_by_identity(evaluation: &Evaluation) -> String {
    let mut rows = vec![head(["identity", "baselines", "rules and thresholds"])];
    rows.extend(evaluation.groups.iter().map(|(group, daily)| {
        vec![group.name().to_owned(), grouped(daily.learned), grouped(daily.configured)]
    }));
    table(&rows, 2)
}

/// Each detector with one of its findings.
fn benign_alerts_by_detector(evaluation: &Evaluation) -> String {
    let rows = evaluation.detectors.iter().map(|(name, count)| {
        let example = evaluation.examples.get(name).and_then(|of| of.first());
        vec![name.clone(), grouped(*count), example.cloned().unwrap_or_default()]
    });
    table(&rows.collect::<Vec<_>>(), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_names_every_attack_and_the_budget_in_both_formats() {
        let large = format!("{POLICY}{}", Size::Large.policy());
        let large = PolicyFile::checked("policy", large).unwrap().policy.baseline;
        assert_eq!((large.alerts_per_day, large.memory), (10, 32 << 20));
        let policy = PolicyFile::checked("policy", POLICY.to_owned()).unwrap();
        let plan = Plan { actors: 10, days: 10, seed: 1, skew: 0.5 };
        let mut evaluation = Evaluation::new(&plan, &policy);
        let history = History::new(plan, &History::all_attacks(1)[..6]);
        evaluation.play(history, &policy, |_, _, _| Ok(())).unwrap();
        let text = in_words(&evaluation);
        let json = evaluation.json();
        assert!(SPECS.iter().all(|spec| text.contains(spec.id)), "{text}");
        assert!(text.contains("alerts_per_day 2") && text.contains("after day 2"), "{text}");
        assert_eq!(json["attacks"].as_array().map(Vec::len), Some(SPECS.len() * 2));
        assert_eq!(json["attacks"][0]["injected"], 1);
        assert_eq!(json["benign"]["periods"].as_array().map(Vec::len), Some(4));
    }
}
