//! `auditward state`: snapshot files, shown, merged, compared, and without a person.

use super::Outcome;
use crate::calendar::rfc3339;
use crate::snapshot_file::{self, SnapshotFile};
use crate::wording::{counted, grouped, kib, table};
use crate::{output, profile, snapshot_file::find, terminal};
use anyhow::{Result, bail};
use auditward_core::calendar::Zone;
use auditward_core::detect::baseline::profile::Profile;
use auditward_core::detection::Detect;
use auditward_core::detector;
use auditward_state::PREVIOUS;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Show, merge or compare snapshots of learned state, or forget a person
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Show the content of a snapshot: actors, detectors, sizes
    Show {
        #[command(flatten)]
        snapshot: One,
        /// Show what is usual for this actor instead, named as findings write it
        #[arg(long, value_name = "NAME")]
        actor: Option<String>,
        /// Environment of the actor: `env.account` of its records
        #[arg(long, default_value = "", requires = "actor")]
        account: String,
        /// Format of the result
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Merge snapshots of instances that saw different actors, or different times
    ///
    /// Baselines are merged. Windows of minutes to days, and the events seen, are those of the newest snapshot. All snapshots must have the same hash key: the
    /// instances were started from one snapshot. The order of the snapshots does not matter; name all of them at once,
    /// because a merge of merges may differ.
    Merge {
        /// Snapshots, or directories that hold one
        #[arg(required = true, num_args = 2..)]
        snapshots: Vec<PathBuf>,
        /// File for the result
        #[arg(long)]
        out: PathBuf,
        /// Policy that the snapshots were written under; without it, the one beside the first snapshot
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// Compare two snapshots: actors that are new, gone or changed, and changed parts
    Diff {
        /// Snapshot, or directory that holds one
        before: PathBuf,
        /// Snapshot, or directory that holds one
        after: PathBuf,
        /// Policy that the snapshots were written under; without it, the one beside the first snapshot
        #[arg(long)]
        policy: Option<PathBuf>,
        /// Format of the result
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Forget a person: remove what was learned and counted for an account from a snapshot and the previous snapshot
    ///
    /// Removes the account's baseline and counts, and all past findings, since their text may name it. Counts of pairs, such as an account at an origin, remain
    /// until their window ends. Records that are redelivered later keep their flag `repeated` but lose their findings.
    Forget {
        /// Name of the account or person, as findings write it
        actor: String,
        #[command(flatten)]
        snapshot: One,
        /// Environment of the account: `env.account` of its records
        #[arg(long, default_value = "")]
        account: String,
    },
}

#[derive(clap::Args)]
struct One {
    /// Snapshot, or directory that holds one
    snapshot: PathBuf,
    /// Policy that the snapshot was written under; without it, the one beside the state directory
    #[arg(long)]
    policy: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Runs the action.
pub fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.action {
        Action::Show { snapshot, actor, account, format } => {
            let mut file = snapshot.read()?;
            terminal::print(match (actor, format) {
                (Some(actor), format) => {
                    actor_shown(&profile_of(&mut file, &actor, &account)?, format)
                }
                (None, Format::Table) => shown(&mut file),
                (None, Format::Json) => format!("{:#}\n", shown_json(&mut file)),
            })?;
        }
        Action::Merge { snapshots, out, policy } => {
            terminal::say(merge(&snapshots, &out, policy.as_deref())?);
        }
        Action::Diff { before, after, policy, format } => {
            let mut files = read_all(&[before, after], policy.as_deref())?.into_iter();
            if let (Some(mut before), Some(mut after)) = (files.next(), files.next()) {
                let difference = Difference::of(&mut before, &mut after);
                terminal::print(match format {
                    Format::Table => difference.text(),
                    Format::Json => format!("{:#}\n", difference.json()),
                })?;
            }
        }
        Action::Forget { actor, snapshot, account } => {
            terminal::say(forget(&actor, &account, &snapshot)?);
        }
    }
    Ok(Outcome::Fine)
}

impl One {
    fn read(&self) -> Result<SnapshotFile> {
        let path = find(&self.snapshot)?;
        Ok(SnapshotFile::read(&path, &snapshot_file::policy(&path, self.policy.as_deref())?)?)
    }
}

fn read_all(paths: &[PathBuf], policy: Option<&Path>) -> Result<Vec<SnapshotFile>> {
    let paths = paths.iter().map(|path| find(path)).collect::<std::result::Result<Vec<_>, _>>()?;
    let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
    let policy = snapshot_file::policy(first, policy)?;
    paths.iter().map(|path| Ok(SnapshotFile::read(path, &policy)?)).collect()
}

/// A sketch with its bytes, those in use, and its keys if it is a table.
struct Row {
    id: &'static str,
    bytes: usize,
    in_use: usize,
    keys: Option<(u64, u64)>,
}

fn rows(detect: &mut Detect) -> Vec<Row> {
    let actors = &detect.baselines.actors;
    let mut keys = BTreeMap::from([(actors.words.id, (actors.held(), actors.capacity()))]);
    for index in 0..detector::ALL.len() {
        detect.tables(index, |table| {
            keys.insert(table.words.id, (table.held(), table.capacity()));
        });
    }
    let (mut rows, mut index) = (Vec::new(), 0);
    while let Some(words) = detect.words(index) {
        let in_use = words.words.iter().filter(|word| **word != 0).count() * 8;
        rows.push(Row {
            id: words.id,
            bytes: words.words.len() * 8,
            in_use,
            keys: keys.get(words.id).copied(),
        });
        index += 1;
    }
    rows
}

fn watermark(file: &SnapshotFile) -> String {
    if file.contents.watermark <= 0 {
        return "no event yet".to_owned();
    }
    rfc3339(file.contents.watermark)
}

fn shown(file: &mut SnapshotFile) -> String {
    let row = |name: &str, what: String| vec![name.to_owned(), what];
    let baselines = &file.engine.learned().baselines;
    let actors = format!(
        "{} of {}, {} bytes each",
        grouped(baselines.actors.held()),
        grouped(baselines.actors.capacity()),
        baselines.bytes_per_actor()
    );
    let mut text = table(
        &[
            row("snapshot", format!("{}, {}", file.path.display(), kib(file.bytes as u64))),
            row("written by", format!("version {}", file.contents.version)),
            row("newest event", watermark(file)),
            row("actors", actors),
        ],
        0,
    );
    let head = ["sketch", "size", "in use", "keys"].map(str::to_owned).to_vec();
    let rows = rows(file.engine.learned()).into_iter().map(|row| {
        let keys = row.keys.map(|(held, room)| format!("{} of {}", grouped(held), grouped(room)));
        vec![
            row.id.to_owned(),
            kib(row.bytes as u64),
            kib(row.in_use as u64),
            keys.unwrap_or_default(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    text.push_str(&format!("\n{}", table(&rows, 0)));
    text
}

fn profile_of(file: &mut SnapshotFile, actor: &str, account: &str) -> Result<Profile> {
    match file.engine.learned().profile(account, actor) {
        Some(profile) => Ok(profile),
        None => bail!(
            "{} has no baseline of `{actor}`: is it the name that findings write, and does the account belong to an environment (--account)?",
            file.path.display()
        ),
    }
}

fn actor_shown(profile: &Profile, format: Format) -> String {
    match format {
        Format::Json => format!("{:#}\n", profile::json(profile)),
        Format::Table => {
            let facts = profile::facts(profile, Zone::UTC).into_iter();
            let rows: Vec<Vec<String>> =
                facts.map(|(name, what)| vec![name.to_owned(), what]).collect();
            table(&rows, 0)
        }
    }
}

fn shown_json(file: &mut SnapshotFile) -> Value {
    let sketches: Vec<Value> = rows(file.engine.learned())
        .into_iter()
        .map(|row| {
            let keys = row.keys.map(|(held, room)| json!({ "held": held, "room": room }));
            json!({ "id": row.id, "bytes": row.bytes, "bytes_in_use": row.in_use, "keys": keys })
        })
        .collect();
    let newest = watermark(file);
    let baselines = &file.engine.learned().baselines;
    let actors = json!({
        "held": baselines.actors.held(), "room": baselines.actors.capacity(), "bytes_each": baselines.bytes_per_actor(),
    });
    json!({
        "snapshot": file.path.display().to_string(), "bytes": file.bytes, "version": file.contents.version, "newest_event": newest,
        "actors": actors, "sketches": sketches,
    })
}

fn merge(paths: &[PathBuf], out: &Path, policy: Option<&Path>) -> Result<String> {
    output::check_apart([&out.to_owned()], paths)?;
    output::check(out)?;
    let mut files = read_all(paths, policy)?;
    // Sums of floating point depend on the order: that of their digests is the same however the files are named.
    files.sort_by_key(|file| file.digest);
    let mut files = files.into_iter();
    let Some(mut whole) = files.next() else {
        bail!("no snapshot is named");
    };
    for mut part in files {
        if !whole.engine.learned().merge(part.engine.learned()) {
            bail!(
                "{} and {} have different hash keys, so the same names are different keys: merge snapshots of instances that were started from one snapshot",
                whole.path.display(),
                part.path.display()
            );
        }
    }
    whole.write(out)?;
    let actors = &whole.engine.learned().baselines.actors;
    Ok(format!(
        "{}: {} merged, {}",
        out.display(),
        counted(paths.len() as u64, "snapshot"),
        counted(actors.held(), "actor")
    ))
}

/// Baselines by key.
fn actors(detect: &Detect) -> BTreeMap<u64, Vec<u64>> {
    detect.baselines.actors.entries().map(|held| (held.key, held.words.to_vec())).collect()
}

/// Differences of two snapshots.
struct Difference {
    newest: [String; 2],
    added: usize,
    gone: usize,
    changed: usize,
    same: usize,
    /// Words that differ, by sketch.
    sketches: Vec<(&'static str, usize)>,
}

impl Difference {
    fn of(before: &mut SnapshotFile, after: &mut SnapshotFile) -> Difference {
        let newest = [watermark(before), watermark(after)];
        let (before, after) = (before.engine.learned(), after.engine.learned());
        let (old, new) = (actors(before), actors(after));
        let is_changed =
            |(key, words): &(&u64, &Vec<u64>)| new.get(*key).is_some_and(|held| held != *words);
        let changed = old.iter().filter(is_changed).count();
        let kept = old.keys().filter(|key| new.contains_key(*key)).count();
        let (mut sketches, mut index) = (Vec::new(), 0);
        while let (Some(one), Some(two)) = (before.words(index), after.words(index)) {
            let differing =
                one.words.iter().zip(&two.words).filter(|(one, two)| one != two).count();
            if differing > 0 {
                sketches.push((one.id, differing));
            }
            index += 1;
        }
        Difference {
            newest,
            added: new.len() - kept,
            gone: old.len() - kept,
            changed,
            same: kept - changed,
            sketches,
        }
    }

    fn text(&self) -> String {
        let row = |name: &str, what: String| vec![name.to_owned(), what];
        let [before, after] = &self.newest;
        let mut text = table(
            &[
                row("newest event", format!("{before}, then {after}")),
                row(
                    "actors",
                    format!(
                        "{} new, {} gone, {} changed, {} equal",
                        self.added, self.gone, self.changed, self.same
                    ),
                ),
            ],
            0,
        );
        let rows: Vec<Vec<String>> = self
            .sketches
            .iter()
            .map(|(id, words)| row(id, format!("{} differ", counted(*words as u64, "word"))))
            .collect();
        if !rows.is_empty() {
            text.push_str(&format!("\n{}", table(&rows, 0)));
        }
        text
    }

    fn json(&self) -> Value {
        let sketches: BTreeMap<&str, usize> = self.sketches.iter().copied().collect();
        json!({
            "newest_event": self.newest,
            "actors": { "new": self.added, "gone": self.gone, "changed": self.changed, "equal": self.same },
            "differing_words": sketches,
        })
    }
}

fn forget(actor: &str, account: &str, one: &One) -> Result<String> {
    let path = find(&one.snapshot)?;
    let directory = path.parent().unwrap_or(Path::new("")).to_owned();
    snapshot_file::is_free(&directory)?;
    let policy = snapshot_file::policy(&path, one.policy.as_deref())?;
    let previous = directory.join(PREVIOUS);
    let paths: Vec<&Path> =
        [path.as_path(), previous.as_path()].into_iter().filter(|path| path.is_file()).collect();
    let mut forgotten = 0;
    for path in paths {
        let mut file = SnapshotFile::read(path, &policy)?;
        let places = file.engine.learned().forget_account(account, actor);
        if places > 0 {
            file.write(path)?;
            forgotten += places;
        }
    }
    if forgotten == 0 {
        bail!(
            "{} has nothing about `{actor}`: is it the name that findings write, and does the account belong to an environment (--account)?",
            path.display()
        );
    }
    Ok(format!(
        "{}: `{actor}` is forgotten in {}",
        path.display(),
        counted(forgotten as u64, "place")
    ))
}
