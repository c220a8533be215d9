//! Files under the directories that the host opened: the policy, and what is kept over a restart.
//!
//! There is no timer in Fluent Bit: files are seen to while records flow. A snapshot is written a slice per record, under another name first.

use auditward_core::note::Note;
use auditward_core::pattern::Patterns;
use auditward_core::policy::{Log, Policy};
use auditward_core::snapshot::Snapshotter;
use auditward_core::time::{Millis, SECOND};
use auditward_core::{Engine, Secret, policy_text, status};
use auditward_state::files::{self, Links};
use auditward_state::lock::{Lock, Outcome};
use auditward_state::{MOST_FILE, MOST_POLICY, POLICY, PREVIOUS, SNAPSHOT, TEMPORARY};
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

/// How often the policy is looked at, the lock renewed, the status written.
const LOOK_EVERY: Millis = 10 * SECOND;
/// A record that comes so long after the one before takes a block of the snapshot with it for each such time.
const BLOCK_EVERY: Millis = 16;
/// Blocks that one record takes with it at most: some 60,000 operations each, of the two million that a call may cost.
const MOST_BLOCKS: Millis = 24;
/// Slices of a snapshot that go before a status that is due: where records are rarer than the status, each of them would write it.
const SLICES_FIRST: u32 = 3;
/// From the start to the first snapshot; each next one keeps twice the distance, up to `state.every`.
const FIRST_GAP: Millis = SECOND;

pub(crate) struct Store {
    /// The opened directory that the policy is in, or would be.
    root: Option<PathBuf>,
    /// The policy last looked at, then the files that it names; empty if there is no policy.
    seen: Vec<(PathBuf, Option<Stamp>)>,
    level: Log,
    state: Option<State>,
    looked_at: Millis,
    /// Slices that went before the next status.
    slices: u32,
    due_at: Millis,
    /// Records since the start, as far as they are counted: the status is written early for users who test with a few.
    early: u32,
}

/// Length and time of a file.
type Stamp = (u64, SystemTime);

/// The length and time of a file that is there.
fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some((about.len(), about.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// A policy, with what became of its files.
pub(crate) struct Read {
    pub(crate) policy: Policy,
    pub(crate) faults: Faults,
}

/// Why the policy in use is not the one that was meant.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A directory was opened, and no policy is in it.
    is_missing: bool,
    /// There is a policy file that could not be used.
    is_invalid: bool,
    /// A file that the policy names could not be used.
    is_incomplete: bool,
}

impl Faults {
    /// Flags each record with them from now on.
    pub(crate) fn flag(self, engine: &mut Engine) {
        engine.set_standing(Note::PolicyMissing, self.is_missing);
        engine.set_standing(Note::PolicyInvalid, self.is_invalid);
        engine.set_standing(Note::EnrichmentMissing, self.is_incomplete);
    }
}

/// Records after each of which status is written, from the start on; then whenever their number has doubled, up to the last.
const EARLY: u32 = 64;
const LAST_EARLY: u32 = 1 << 16;

/// The state directory.
struct State {
    directory: PathBuf,
    lock: Lock,
    is_ours: bool,
    /// Last known state of the lock, so that a change is logged once.
    told: Outcome,
    every: Millis,
    /// From the last snapshot to the next one: short at first, `every` in the end.
    gap: Millis,
    is_failing: bool,
    written_at: Millis,
    writing: Option<(File, Snapshotter)>,
    buffer: Vec<u8>,
    stepped_at: Millis,
}

/// A policy is being read.
static IS_READING: AtomicBool = AtomicBool::new(false);

impl Store {
    pub(crate) fn find(preopens: &[String]) -> Store {
        // Whatever stands there: one that cannot be used is said to be invalid.
        let has_policy =
            |root: &&String| fs::symlink_metadata(PathBuf::from(root).join(POLICY)).is_ok();
        let root = preopens.iter().find(has_policy).or(preopens.first()).map(PathBuf::from);
        Store {
            root,
            seen: Vec::new(),
            level: Log::Warn,
            state: None,
            looked_at: 0,
            slices: 0,
            due_at: 0,
            early: LAST_EARLY,
        }
    }

    /// Reads the policy and the files that it names.
    pub(crate) fn policy(&mut self) -> Read {
        const INVALID: Faults =
            Faults { is_missing: false, is_invalid: true, is_incomplete: false };
        let defaults = |faults| Read { policy: Policy::default(), faults };
        let Some(path) = self.root.as_ref().map(|root| root.join(POLICY)) else {
            return defaults(Faults::default());
        };
        let seen = stamp(&path);
        if seen.is_none() {
            self.say(
                Log::Warn,
                format_args!("{}: not there; running on defaults, and nothing is kept: does accessible_paths name its directory?", path.display()),
            );
            return defaults(Faults { is_missing: true, ..Faults::default() });
        }
        self.seen = vec![(path.clone(), seen)];
        // Reading one may need more stack than the host gives: what was cut short once is not tried again with each record.
        if IS_READING.swap(true, Ordering::Relaxed) {
            IS_READING.store(false, Ordering::Relaxed);
            self.say(
                Log::Warn,
                format_args!(
                    "{}: reading it took more stack than the host gives; running on defaults: set `wasm_stack_size: 64K` beside accessible_paths",
                    path.display()
                ),
            );
            return defaults(INVALID);
        }
        let text = files::read_text(&path, MOST_POLICY, Links::Followed).ok();
        let text = text.map(|text| self.with_packs(text));
        let mut faults = Faults::default();
        let read = text.as_deref().map(Policy::parse).map(|read| {
            read.map(|mut policy| {
                faults.is_incomplete = !self.attach(&mut policy);
                policy
            })
        });
        IS_READING.store(false, Ordering::Relaxed);
        match read {
            Some(Ok(policy)) => {
                self.level = policy.log;
                self.say(Log::Info, format_args!("policy {} in use", policy.digest));
                Read { policy, faults }
            }
            Some(Err(issues)) => {
                for issue in &issues {
                    self.say(
                        Log::Warn,
                        format_args!(
                            "{}:{}:{}: {}: {}",
                            path.display(),
                            issue.line,
                            issue.column,
                            issue.message,
                            issue.remedy
                        ),
                    );
                }
                defaults(INVALID)
            }
            None => {
                self.say(Log::Warn, format_args!("{}: no regular file that is readable as text of at most 1 MiB; running on defaults", path.display()));
                defaults(INVALID)
            }
        }
    }

    /// Attaches the files that the policy names. One that cannot be used is logged; false if there is one.
    fn attach(&mut self, policy: &mut Policy) -> bool {
        let Some(root) = self.root.clone() else { return true };
        let mut is_complete = true;
        for name in policy.file_names.clone() {
            let path = root.join(&name);
            self.seen.push((path.clone(), stamp(&path)));
            let read = files::read(&path, MOST_FILE, Links::Followed)
                .map_err(|_| "no regular file that is readable, of at most 128 MiB".to_owned());
            if let Err(why) = read.and_then(|bytes| policy.attach(&name, bytes)) {
                is_complete = false;
                self.say(
                    Log::Warn,
                    format_args!("{}: {why}; records are not enriched from it", path.display()),
                );
            }
        }
        is_complete
    }

    /// The policy's text with the packs that it names behind it. One that cannot be read is an issue of the policy.
    fn with_packs(&self, text: String) -> String {
        let names = policy_text::pack_names(&text);
        let Some(root) = self.root.as_ref().filter(|_| !names.is_empty()) else {
            return text;
        };
        let files = names.iter().flat_map(|name| files(root, name));
        let packs: Vec<(String, String)> =
            files.map(|path| (path.display().to_string(), pack(&path))).collect();
        policy_text::with_packs(
            &text,
            packs.iter().map(|(file, text)| (file.as_str(), text.as_str())),
        )
    }

    /// Looks for the state directory, made where a policy asks for state, and takes over what it holds.
    pub(crate) fn open_state(&mut self, engine: &mut Engine, now: Millis) {
        let Some(root) = &self.root else { return };
        let directory = root.join(&engine.policy().state.directory);
        let is_there = fs::metadata(&directory).is_ok_and(|about| about.is_dir());
        if !is_there && (self.seen.is_empty() || fs::create_dir_all(&directory).is_err()) {
            engine.set_standing(Note::StateUnwritable, !self.seen.is_empty());
            if !self.seen.is_empty() {
                self.say(
                    Log::Warn,
                    format_args!(
                        "{}: cannot be made: what is learned is lost at a restart",
                        directory.display()
                    ),
                );
            }
            return;
        }
        self.state = Some(State {
            directory,
            lock: Lock::new(RandomState::new().hash_one(now).max(1), takes_over()),
            is_ours: false,
            told: Outcome::Ours,
            every: engine.policy().state.every,
            gap: FIRST_GAP,
            is_failing: false,
            written_at: now,
            writing: None,
            buffer: Vec::with_capacity(8192),
            stepped_at: now,
        });
        self.renew_lock(engine, now);
        self.restore(engine);
        self.write_status(engine, now);
        self.early = 0;
        // The first status was written before any record came: the next one follows soon.
        self.looked_at = now.saturating_sub(LOOK_EVERY).saturating_add(SECOND);
        self.due_at = self.next_due();
    }

    /// After a record.
    #[inline]
    pub(crate) fn evaluated(&mut self, engine: &mut Engine, now: Millis) {
        if self.early < LAST_EARLY {
            self.early = self.early.saturating_add(1);
            if self.early <= EARLY || self.early.is_power_of_two() {
                self.write_status(engine, now);
            }
        }
    }

    pub(crate) fn is_due(&self, now: Millis) -> bool {
        // A clock that went back is no reason to wait for it.
        now >= self.due_at || now < self.looked_at
    }

    /// Performs the work that is due: a look at policy and lock; the status or a slice of the snapshot being written, since both would be too much for one call.
    #[inline(never)]
    pub(crate) fn tick(&mut self, engine: &mut Engine, secret: Secret, now: Millis) {
        if now.saturating_sub(self.looked_at) >= LOOK_EVERY || now < self.looked_at {
            self.looked_at = now;
            self.look_at_policy(engine, secret, now);
            self.renew_lock(engine, now);
            if self.slices >= self.slices_before_status(now) {
                self.slices = 0;
                self.write_status(engine, now);
                self.due_at = now;
                return;
            }
            self.slices = self.slices.saturating_add(1);
        }
        let is_writing = self.step_snapshot(engine, now);
        self.due_at = if is_writing { now } else { self.next_due() };
    }

    fn slices_before_status(&self, now: Millis) -> u32 {
        match self.state.as_ref().filter(|state| state.is_ours) {
            Some(state) if state.writing.is_some() => SLICES_FIRST,
            Some(state) => u32::from(state.is_due(now)),
            None => 0,
        }
    }

    fn next_due(&self) -> Millis {
        let look = self.looked_at.saturating_add(LOOK_EVERY);
        self.state.as_ref().filter(|state| state.is_ours).map_or(look, |state| {
            look.min(state.written_at.saturating_add(state.gap.min(state.every)))
        })
    }

    fn look_at_policy(&mut self, engine: &mut Engine, secret: Secret, now: Millis) {
        let Some(path) = self.root.as_ref().map(|root| root.join(POLICY)) else {
            return;
        };
        // A file that is gone leaves what was read of it in use.
        let has_changed = |(path, then): &(PathBuf, Option<Stamp>)| {
            let now = stamp(path);
            now.is_some() && now != *then
        };
        let is_new = self.seen.is_empty() && stamp(&path).is_some();
        if !is_new && !self.seen.iter().any(has_changed) {
            return;
        }
        let Read { policy, faults } = self.policy();
        faults.flag(engine);
        if !faults.is_invalid && !faults.is_incomplete {
            let moves = policy.state.directory != engine.policy().state.directory;
            let every = policy.state.every;
            engine.set_policy(policy, secret);
            match &mut self.state {
                Some(state) if !moves => (state.every, state.writing) = (every, None),
                _ => self.open_state(engine, now),
            }
        }
    }

    /// Takes or renews the lock; a change is told.
    fn renew_lock(&mut self, engine: &mut Engine, now: Millis) {
        let Some(state) = &mut self.state else { return };
        let outcome = state.lock.renew(&state.directory, now);
        state.is_ours = outcome == Outcome::Ours;
        if !state.is_ours {
            state.writing = None;
        }
        engine.set_standing(Note::StateReadOnly, outcome == Outcome::Others);
        engine.set_standing(
            Note::StateUnwritable,
            outcome == Outcome::Unwritable || state.is_failing,
        );
        let has_changed = std::mem::replace(&mut state.told, outcome) != outcome;
        let Some(state) = self.state.as_ref().filter(|_| has_changed) else {
            return;
        };
        let place = state.directory.display();
        match outcome {
            Outcome::Ours => self.say(Log::Warn, format_args!("{place}: written by this instance again")),
            Outcome::Others => {
                self.say(Log::Warn, format_args!("{place}: another instance keeps its state here; this one learns in memory and writes nothing"))
            }
            Outcome::Unwritable => self.say(Log::Warn, format_args!("{place}: cannot be written; what is learned is lost at a restart")),
        }
    }

    /// Takes over the last snapshot, or the one before it where the last cannot be used.
    pub(crate) fn restore(&mut self, engine: &mut Engine) {
        let Some(state) = &self.state else { return };
        let most = auditward_state::most_snapshot(
            engine.policy().memory.saturating_add(engine.policy().baseline.memory),
        );
        for name in [SNAPSHOT, PREVIOUS] {
            let path = state.directory.join(name);
            if fs::symlink_metadata(&path).is_err() {
                continue;
            }
            let read = files::read(&path, most, Links::Refused)
                .map_err(|_| "no readable file, or too large");
            let restored = read
                .and_then(|bytes| engine.restore(&bytes).map_err(|_| "damaged, foreign or newer"));
            match restored {
                Ok(()) => {
                    let lost = engine.not_restored().join(", ");
                    if !lost.is_empty() {
                        self.say(Log::Warn, format_args!("{}: not taken over, as this version or policy keeps them otherwise: {lost}", path.display()));
                    }
                    return self.say(Log::Info, format_args!("{} taken over", path.display()));
                }
                Err(why) => {
                    engine.note_once(Note::StateSetAside);
                    self.say(Log::Warn, format_args!("{}: {why}; set aside", path.display()));
                    if state.is_ours {
                        auditward_state::set_aside(&path);
                    }
                }
            }
        }
    }

    /// The next slice of the snapshot that is due; whether more is to come.
    fn step_snapshot(&mut self, engine: &mut Engine, now: Millis) -> bool {
        let Some(state) = self.state.as_mut().filter(|state| state.is_ours) else {
            return false;
        };
        let stepped = state.step(engine, now);
        let is_failing = stepped.is_err();
        if is_failing {
            // Tried again at the next turn.
            (state.writing, state.written_at) = (None, now);
        }
        let has_changed = std::mem::replace(&mut state.is_failing, is_failing) != is_failing;
        if has_changed {
            engine.set_standing(Note::StateUnwritable, is_failing);
        }
        if let (Err(error), Some(state), true) = (&stepped, &self.state, has_changed) {
            self.say(
                Log::Warn,
                format_args!(
                    "{}: a snapshot cannot be written: {error}",
                    state.directory.display()
                ),
            );
        }
        stepped.unwrap_or_default()
    }

    fn write_status(&self, engine: &mut Engine, now: Millis) {
        let Some(state) = self.state.as_ref().filter(|state| state.is_ours) else {
            return;
        };
        let mut text = vec![0; status::ROOM];
        let len = engine.status(&mut text).unwrap_or_default();
        text.truncate(len);
        text.push(b'}');
        let _ =
            auditward_state::write_status(&state.directory, &String::from_utf8_lossy(&text), now);
    }

    fn say(&self, level: Log, text: std::fmt::Arguments<'_>) {
        if level <= self.level {
            // A host may have closed it; there is nowhere else to say so.
            let _ = writeln!(std::io::stderr(), "auditward: {text}");
        }
    }
}

/// The files that a name with `*` in its last part stands for, in order.
fn files(root: &Path, name: &str) -> Vec<PathBuf> {
    let path = root.join(name);
    let Some(pattern) =
        path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains('*'))
    else {
        return vec![path];
    };
    let pattern = Patterns::new([pattern]);
    let entries = path.parent().and_then(|directory| fs::read_dir(directory).ok());
    let mut files: Vec<PathBuf> =
        entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| {
        path.is_file()
            && path.file_name().is_some_and(|name| pattern.is_match(name.as_encoded_bytes()))
    });
    files.sort();
    files
}

/// The text of a pack; what is no pack where it cannot be read.
fn pack(path: &Path) -> String {
    files::read_text(path, MOST_POLICY, Links::Followed).unwrap_or_else(|_| "unreadable".to_owned())
}

impl State {
    /// True if the next snapshot is due.
    fn is_due(&self, now: Millis) -> bool {
        now.saturating_sub(self.written_at) >= self.gap.min(self.every) || now < self.written_at
    }

    /// Writes a slice of the snapshot that is due; whether more is to come.
    fn step(&mut self, engine: &mut Engine, now: Millis) -> io::Result<bool> {
        let temporary = self.directory.join(TEMPORARY);
        if self.writing.is_none() {
            if !self.is_due(now) {
                return Ok(false);
            }
            self.writing = Some((files::create(&temporary)?, Snapshotter::default()));
        }
        // The longer records keep away, the more of it goes with the next one.
        let since = now.saturating_sub(self.stepped_at);
        let blocks = (since / BLOCK_EVERY).clamp(1, MOST_BLOCKS);
        self.stepped_at = now;
        let Some((file, snapshotter)) = &mut self.writing else {
            return Ok(false);
        };
        self.buffer.clear();
        let is_done = engine.snapshot_step(snapshotter, blocks as usize, &mut self.buffer);
        file.write_all(&self.buffer)?;
        if is_done {
            self.writing = None;
            self.written_at = now;
            self.gap = self.gap.saturating_mul(2).min(self.every);
            self.put(&temporary)?;
        }
        Ok(!is_done)
    }

    /// Puts a whole snapshot in its place, unless a newer instance has come: then the next look at the lock says so.
    fn put(&self, temporary: &Path) -> io::Result<()> {
        if !self.lock.is_ours(&self.directory) {
            return Ok(());
        }
        let path = self.directory.join(SNAPSHOT);
        let _ = fs::rename(&path, self.directory.join(PREVIOUS));
        fs::rename(temporary, path)
    }
}

/// True if an instance takes a directory from one that may live. A host that works on copies, as a replay does, leaves it to who has it.
fn takes_over() -> bool {
    std::env::var("AUDITWARD_LOCK").as_deref() != Ok("wait")
}
