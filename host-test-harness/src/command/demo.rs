//! `auditward demo`: a made-up week with attacks in it, through the filter, and what became of them.

use super::Outcome;
use crate::calendar::{length, local_at, moment, zone};
use crate::demo::scoring::{Course, Score};
use crate::demo::{self, BERLIN, Event};
use crate::evaluated::Reader;
use crate::filter::Filter;
use crate::mode::{Input, Kind, Setup};
use crate::policy_file::{self, PolicyFile};
use crate::reach::Reach;
use crate::report::list::badge;
use crate::report::page::part;
use crate::report::{self, Basis, Gathered, Heading, Section};
use crate::summary::Summary;
use crate::wording::{counted, grouped, table};
use crate::{output, profile, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::policy::Policy;
use auditward_core::severity::Severity;
use auditward_core::time::HOUR;
use maud::{Markup, html};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// Replay a generated week of a company with forty employees, attacks included, and report which attacks were found
///
/// With --strict, the exit status is 1 if an attack is missed or more than five benign records raise an alert.
#[derive(clap::Args)]
pub struct Arguments {
    /// Seed of the generator: another seed generates another week
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the report, log, records, list of attacks and policy to this directory
    #[arg(long, value_name = "DIR", conflicts_with = "report")]
    out: Option<PathBuf>,
    /// Report file
    #[arg(long, alias = "html", value_name = "FILE.html", default_value = "auditward-demo.html")]
    report: PathBuf,
    /// Policy file in place of the demo's own policy
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Execution mode: raw (Fluent Bit's ABI), component (WIT) or native (without WebAssembly)
    #[arg(long, value_enum, default_value = "raw")]
    mode: Kind,
    /// Write the generated log to a file, one line per record
    #[arg(long, value_name = "FILE")]
    keep_log: Option<PathBuf>,
    /// Exit with status 1 if an attack is missed or more than five benign records raise an alert
    #[arg(long)]
    strict: bool,
}

/// Maximum number of benign records that may raise an alert.
const TOLERATED: u64 = 5;

/// Runs the week.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    let policy_file = match &arguments.policy {
        Some(path) => PolicyFile::read(Some(path))?,
        None => PolicyFile::checked("the demo's policy", demo::POLICY.to_owned())?,
    };
    let places = Places::new(&arguments)?;
    let policy = policy_file::files_of(arguments.policy.as_deref());
    report::may_write(&places.report, &policy)?;
    let logs =
        || [&arguments.keep_log, &places.log, &places.records, &places.truth].into_iter().flatten();
    output::check_apart(std::iter::once(&places.report).chain(logs()), &policy)?;
    logs().try_for_each(|path| output::check(path))?;
    places.policy.iter().try_for_each(|path| is_ours(path, &policy_file))?;
    let week = demo::week(arguments.seed);
    let kept = [arguments.keep_log.as_ref(), places.log.as_ref()];
    kept.into_iter()
        .flatten()
        .try_for_each(|path| keep(path, week.events.iter().map(|event| event.line.as_bytes())))?;
    let mut show = Show::new(&policy_file, arguments.mode, &week, arguments.seed)?;
    let mut records = places
        .records
        .as_ref()
        .map(|path| File::create(path).map(BufWriter::new).with_context(|| unwritable(path)))
        .transpose()?;
    for event in &week.events {
        let answer = show.process(event)?;
        if let Some(records) = &mut records {
            records.write_all(&answer)?;
            records.write_all(b"\n")?;
        }
    }
    records.map_or(Ok(()), |mut records| records.flush())?;
    if let Some(path) = &places.policy {
        fs::write(path, policy_file.text.as_deref().unwrap_or_default())
            .with_context(|| unwritable(path))?;
    }
    if let Some(path) = &places.truth {
        fs::write(path, truth(&week)).with_context(|| unwritable(path))?;
    }
    show.report(&places.report)?;
    let is_failed = !show.score.missed().is_empty() || show.score.false_alarms > TOLERATED;
    Ok(if arguments.strict && is_failed { Outcome::Found } else { Outcome::Fine })
}

/// Output paths.
struct Places {
    report: PathBuf,
    log: Option<PathBuf>,
    records: Option<PathBuf>,
    truth: Option<PathBuf>,
    policy: Option<PathBuf>,
}

impl Places {
    fn new(arguments: &Arguments) -> Result<Places> {
        if let Some(directory) = &arguments.out {
            if !directory.exists() && directory.extension().is_some_and(|end| end == "html") {
                bail!(
                    "--out names a directory for all files of the demo; for the report alone: --report {}",
                    directory.display()
                );
            }
            fs::create_dir_all(directory).with_context(|| unwritable(directory))?;
        }
        let within = |name: &str| arguments.out.as_ref().map(|directory| directory.join(name));
        Ok(Places {
            report: within("report.html").unwrap_or_else(|| arguments.report.clone()),
            log: within("log.ndjson"),
            records: within("records.ndjson"),
            truth: within("truth.ndjson"),
            policy: within("auditward.toml"),
        })
    }
}

/// Whoever changed the policy that lies there wants to keep it.
fn is_ours(path: &Path, policy_file: &PolicyFile) -> Result<()> {
    let is_other = path.exists()
        && fs::read(path).map_or(true, |held| {
            held != policy_file.text.as_deref().unwrap_or_default().as_bytes()
        });
    if is_other {
        bail!(
            "{} exists already and is a different policy: name another directory, remove it, or use it with --policy",
            path.display()
        );
    }
    Ok(())
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

fn keep<'l>(path: &Path, lines: impl Iterator<Item = &'l [u8]>) -> Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| unwritable(path))?);
    for line in lines {
        file.write_all(line)?;
        file.write_all(b"\n")?;
    }
    file.flush().with_context(|| unwritable(path))
}

/// Line numbers of each attack, as JSON: beside the log, never in it.
fn truth(week: &demo::Week) -> String {
    let describe = |(index, attack): (usize, &demo::Attack)| {
        let lines: Vec<usize> = (1..)
            .zip(&week.events)
            .filter(|(_, event)| event.attack == Some(index))
            .map(|(number, _)| number)
            .collect();
        let detectors = attack.detectors;
        format!(
            "{}\n",
            serde_json::json!({ "attack": attack.name, "actor": attack.actor, "origin": attack.origin, "detectors": detectors, "lines": lines })
        )
    };
    week.attacks.iter().enumerate().map(describe).collect()
}

/// The week under way.
struct Show {
    filter: Filter,
    policy: Policy,
    clock: Arc<AtomicI64>,
    reader: Reader,
    summary: Summary,
    gathered: Gathered,
    reach: Reach,
    score: Score,
    started: Instant,
}

impl Show {
    fn new(policy_file: &PolicyFile, mode: Kind, week: &demo::Week, seed: u64) -> Result<Show> {
        // The filter lives through the week: its clock is the end of the record's hour.
        let clock = Arc::new(AtomicI64::new(demo::at(0, 0, 0)));
        let setup = Setup {
            policy: policy_file.text.clone(),
            clock: Some(clock.clone()),
            ..Setup::default()
        };
        let setting =
            format!("mode {}, policy {}, week {seed}", mode.name(), policy_file.policy.digest);
        Ok(Show {
            filter: Filter::new(mode, setup, false)?,
            clock,
            reader: Reader::new(&policy_file.policy),
            policy: policy_file.policy.clone(),
            summary: Summary::new(setting, None),
            gathered: Gathered::new(Basis::new(&policy_file.policy)),
            reach: Reach::new(policy_file.text.as_deref())?,
            score: Score::new(&week.attacks),
            started: Instant::now(),
        })
    }

    fn process(&mut self, event: &Event) -> Result<Vec<u8>> {
        // The module looks at its files every ten seconds of its clock: a clock that stepped with each record of a week would have it look 40,000 times.
        self.clock.store(event.time - event.time.rem_euclid(HOUR) + HOUR, Ordering::Relaxed);
        let input = Input {
            tag: "demo",
            time_ms: event.time,
            nonce: self.summary.records,
            bytes: event.line.as_bytes(),
        };
        let answer = self.filter.process(input)?;
        if let Some(trap) = answer.trap {
            self.summary.trapped(format!("record {}: {trap:#}", self.summary.records + 1));
        }
        let evaluated = self.reader.read(&answer.bytes);
        self.score.add(event, &evaluated);
        self.gathered.add(&evaluated);
        self.reach.add("demo", event.line.as_bytes(), event.time);
        self.summary.add(evaluated);
        Ok(answer.bytes)
    }

    fn report(&mut self, report: &Path) -> Result<()> {
        self.summary.elapsed = self.started.elapsed();
        let heading = Heading {
            title: "A week at Acme".to_owned(),
            setting: self.summary.setting.clone(),
            section: Some(Section {
                anchor: "#attacks",
                name: "Hidden attacks",
                markup: section(&self.score),
            }),
        };
        let learned = self.filter.learned();
        self.gathered
            .portray(learned.and_then(|learned| profile::restored(&self.policy, &learned)));
        self.gathered.reached(&self.reach);
        report::write(report, &heading, &self.gathered)?;
        terminal::say(self.summary.without_incidents().to_string().trim_end());
        io::stdout()
            .write_all(in_words(&self.score, terminal::is_colourful(&io::stdout())).as_bytes())?;
        terminal::say(format_args!("\nThe report: {}", report.display()));
        Ok(())
    }
}

/// Result of each attack, and the false alarms.
fn in_words(score: &Score, is_colourful: bool) -> String {
    let mut attacks: Vec<&Course> = score.attacks.iter().collect();
    attacks.sort_by_key(|course| course.first);
    let rows: Vec<Vec<String>> = attacks.into_iter().map(row).collect();
    let (found, missed) = (score.attacks.len() - score.missed().len(), score.missed().len());
    let mut text = format!(
        "\nattacks, times in {}\n{}",
        zone(BERLIN),
        coloured(&table(&rows, 2), is_colourful)
    );
    text.push_str(&format!(
        "\nfalse alarms\n  {} of {} benign records raised an alert\n",
        grouped(score.false_alarms),
        grouped(score.benign)
    ));
    let shown = score.shown.iter().map(|(time, finding, about)| {
        vec![
            moment(local_at(*time, BERLIN)),
            finding.severity.clone(),
            finding.detector.clone(),
            format!("{} ({about})", finding.reason),
        ]
    });
    text.push_str(&table(&shown.collect::<Vec<_>>(), 2));
    let more = score.false_alarms.saturating_sub(score.shown.len() as u64);
    if more > 0 {
        text.push_str(&format!("  and {} more\n", grouped(more)));
    }
    text.push_str(&match missed {
        0 => format!("\nAll {found} attacks were found.\n"),
        _ => format!("\n{} of {} attacks MISSED.\n", missed, score.attacks.len()),
    });
    text
}

fn row(course: &Course) -> Vec<String> {
    let attack = &course.attack;
    let when = course.first.map_or_else(String::new, |time| moment(local_at(time, BERLIN)));
    let (sign, how) = match &course.found {
        Some((detector, after, records)) => (
            "found",
            format!(
                "{detector} after {}, at record {} of {}",
                length(*after),
                grouped(*records),
                grouped(course.records)
            ),
        ),
        None => ("MISSED", missed(course)),
    };
    vec![sign.to_owned(), when, attack.name.to_owned(), how]
}

fn missed(course: &Course) -> String {
    let wanted = course.attack.detectors.join(" or ");
    match course.spoke.is_empty() {
        true => format!("no finding of {wanted} on {}", counted(course.records, "record")),
        false => format!(
            "no finding of {wanted}, but of {}",
            course.spoke.iter().cloned().collect::<Vec<_>>().join(", ")
        ),
    }
}

fn coloured(table: &str, is_colourful: bool) -> String {
    match is_colourful {
        true => table
            .replace("  found ", "  \u{1b}[32mfound\u{1b}[0m ")
            .replace("  MISSED", "  \u{1b}[1;31mMISSED\u{1b}[0m"),
        false => table.to_owned(),
    }
}

/// As above, for the report.
fn section(score: &Score) -> Markup {
    let mut attacks: Vec<&Course> = score.attacks.iter().collect();
    attacks.sort_by_key(|course| course.first);
    part(
        "attacks",
        "Attacks hidden in this week, and what was found",
        html! {
            p.small { "The week is generated, so all attacks are known. An attack counts as found only if one of its own records has a finding of an expected detector." }
            div.scroll {
                table.stack {
                    thead { tr { th {} th { "since" } th { "attack" } th { "who, from where" } th { "found by" } } }
                    tbody { @for course in attacks { (attack(course)) } }
                }
            }
            p { b { (grouped(score.false_alarms)) } " of " (grouped(score.benign)) " benign records raised an alert." }
            @if !score.shown.is_empty() {
                details {
                    summary { "False alarms" }
                    @for (time, finding, about) in &score.shown {
                        p { (badge(Severity::from_name(&finding.severity) as usize)) " " (moment(local_at(*time, BERLIN))) " " b { (finding.detector) } ": " (finding.reason) " (" (about) ")" }
                    }
                }
            }
        },
    )
}

fn attack(course: &Course) -> Markup {
    html! {
        tr {
            td.beside { @if course.found.is_some() { span.badge.good { "found" } } @else { span.badge.bad { "missed" } } }
            td.nowrap.beside { (course.first.map_or_else(String::new, |time| moment(local_at(time, BERLIN)))) }
            td { (course.attack.name) }
            td { (course.attack.actor) ", " (course.attack.origin) }
            td {
                @match &course.found {
                    Some((detector, after, records)) => { b { (detector) } " after " (length(*after)) ", at record " (grouped(*records)) " of " (grouped(course.records)) }
                    None => (missed(course)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluated::{Evaluated, Finding};

    #[test]
    fn a_missed_attack_is_told_loudly_and_a_false_alarm_with_its_reason() {
        let attack = demo::Attack {
            name: "Guessing",
            actor: "root",
            origin: "192.0.2.1",
            detectors: &["brute-force"],
        };
        let mut score = Score::new(&[attack.clone(), attack]);
        let finding = Finding {
            detector: "brute-force".into(),
            severity: "medium".into(),
            reason: "5 failed".into(),
            ..Finding::default()
        };
        let evaluated = Evaluated {
            findings: vec![finding],
            actor: Some("root".into()),
            ..Evaluated::default()
        };
        let event = |attack| Event { time: demo::at(0, 0, 0), line: String::new(), attack };
        score.add(&event(Some(0)), &evaluated);
        score.add(&event(Some(1)), &Evaluated::default());
        score.add(&event(None), &evaluated);
        let text = in_words(&score, false);
        for part in [
            "\nattacks, times in UTC+1:00\n",
            "  found   2026-03-02 00:00:00  Guessing  brute-force after 0 s, at record 1 of 1\n",
            "  MISSED  2026-03-02 00:00:00  Guessing  no finding of brute-force on 1 record\n",
            "  1 of 1 benign records raised an alert\n",
            "brute-force  5 failed (root)\n",
            "1 of 2 attacks MISSED",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(!text.contains('\u{1b}') && in_words(&score, true).contains("\u{1b}[1;31mMISSED"));
        let page = section(&score).into_string();
        assert!(page.contains("missed") && page.contains("5 failed"));
    }
}
