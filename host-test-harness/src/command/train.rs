//! `auditward train`: learns from logs before day one.

use super::Outcome;
use crate::calendar::rfc3339;
use crate::input_file::Given;
use crate::logs::{Logs, Taking, bar};
use crate::mode::native::Native;
use crate::mode::{Input, Mode, Setup};
use crate::policy_file::PolicyFile;
use crate::snapshot_file::{SnapshotFile, install, is_free};
use crate::wording::{counted, grouped, table};
use crate::{state, terminal};
use anyhow::{Context, Result, bail};
use auditward_core::detect::baseline::actor::Actor;
use auditward_state::SNAPSHOT;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

/// Learn baselines from logs before day one: write a snapshot, raise no alerts
///
/// The engine runs natively. An existing snapshot in the state directory is continued. Start the module or `serve` on the same directory afterwards: it knows
/// the actors, and events of the history that are delivered again are not counted twice.
#[derive(clap::Args)]
pub struct Arguments {
    /// Log files, older records first, or directories of them, in any order
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Directory for state and policy (`auditward.toml`, `state/`); created if missing, with a policy template
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Policy file (auditward.toml); without it, the one in --state, else defaults
    #[arg(long)]
    policy: Option<PathBuf>,
    #[command(flatten)]
    taking: Taking,
    /// Seed of the hash key in place of a random one: the same input then gives the same snapshot. Whoever knows the seed can make names that collide
    #[arg(long)]
    seed: Option<u64>,
}

/// Figures of the training.
#[derive(Default)]
struct Learned {
    records: u64,
    recognised: u64,
    with_findings: u64,
    oldest: Option<String>,
}

/// Learns and writes.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    // Before the state directory is created.
    let given = Given::of(&arguments.files)?;
    Logs::check(&given.files)?;
    let asked = arguments
        .policy
        .as_ref()
        .map_or("the default policy".to_owned(), |path| path.display().to_string());
    let policy_file =
        PolicyFile::read(arguments.policy.as_deref())?.settle(&arguments.state, &asked)?;
    let directory = state::directory(&arguments.state);
    fs::create_dir_all(&directory)
        .with_context(|| format!("{} cannot be created", directory.display()))?;
    is_free(&directory)?;
    let logs = Logs::open(given, &policy_file, &arguments.taking)?;
    let setup = Setup {
        policy: policy_file.text.clone(),
        seed: arguments.seed.unwrap_or_else(|| RandomState::new().hash_one(0u8)),
        now_ms: Some(logs.clock),
        ..Setup::default()
    };
    let mut engine = Native::new(&setup)?;
    let continued = restore(&mut engine, &directory.join(SNAPSHOT))?;
    let learned = learn(&mut engine, &logs, &arguments.taking.tag)?;
    if learned.records == 0 {
        bail!("the files hold no record: nothing was learned, and no snapshot was written");
    }
    is_free(&directory)?;
    let path = install(&directory, &engine.learned()?)?;
    terminal::say(in_words(&learned, &mut engine, &path, continued).trim_end());
    Ok(Outcome::Fine)
}

/// Takes over the snapshot that is there; true if there is one.
fn restore(engine: &mut Native, path: &Path) -> Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let policy = engine.engine.policy().clone();
    engine.engine = SnapshotFile::read(path, &policy)?.engine;
    Ok(true)
}

fn learn(engine: &mut Native, logs: &Logs, tag: &str) -> Result<Learned> {
    let (mut learned, bar) = (Learned::default(), bar(logs.len));
    logs.each(&bar, |line| {
        let input = Input { tag, time_ms: logs.clock, nonce: learned.records, bytes: line.bytes };
        engine.process(input)?;
        if learned.records == 0 {
            // A record without a time has that of the end.
            let watermark = engine.engine.learned().watermark;
            learned.oldest = Some(rfc3339(logs.first.unwrap_or(watermark).min(watermark)));
        }
        learned.records += 1;
        learned.recognised += u64::from(engine.engine.is_recognised());
        learned.with_findings += u64::from(engine.engine.has_findings());
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(learned)
}

fn in_words(learned: &Learned, engine: &mut Native, path: &Path, continued: bool) -> String {
    let row = |name: &str, what: String| vec![name.to_owned(), what];
    let detect = engine.engine.learned();
    let newest = rfc3339(detect.watermark);
    let actors = &detect.baselines.actors;
    let mature = actors.entries().filter(|held| {
        let mut words = held.words.to_vec();
        Actor::of(&mut words).is_some_and(|actor| actor.age().is_mature())
    });
    let actors_in_words = format!(
        "{} of at most {}; {} with enough history to be evaluated (active on five days within at least a week)",
        grouped(actors.held()),
        grouped(actors.capacity()),
        grouped(mature.count() as u64)
    );
    let oldest = learned.oldest.as_deref().unwrap_or("no record");
    // With a snapshot, the clock begins at its newest event.
    let period = match continued {
        false => format!("from {oldest} to {newest}"),
        true if oldest == newest => {
            format!(
                "none newer than the snapshot's newest event, {newest}: were these logs learned before?"
            )
        }
        true => format!("the newest of {newest}"),
    };
    table(
        &[
            row(
                "learned",
                format!(
                    "{}, of which {} of a known source, {period}",
                    counted(learned.records, "record"),
                    grouped(learned.recognised)
                ),
            ),
            row("actors", actors_in_words),
            row(
                "findings",
                format!(
                    "{} would have had findings; none was raised",
                    counted(learned.with_findings, "record")
                ),
            ),
            row(
                "snapshot",
                format!(
                    "{}{}",
                    path.display(),
                    if continued { ", in addition to what was there" } else { "" }
                ),
            ),
        ],
        0,
    )
}
