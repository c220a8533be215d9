//! The state directory of a service: a snapshot, and a journal of what was evaluated since.
//!
//! A snapshot alone would lose what was learned since it was written, and with it the findings that build on that. The journal holds the records
//! themselves, in the order they were evaluated: after a kill at any moment, snapshot and journal together give the engine as it stood.
//! Files are synchronised with each snapshot; a power failure, unlike a kill, can cost the journal's last seconds.

mod journal;

pub use journal::Entry;

use crate::mode::native;
use crate::numbering::Record;
use crate::{policy_dir, state, terminal};
use auditward_state::files::{self, Links};
use auditward_state::lock::{self, Held};
use auditward_state::{PREVIOUS, SET_ASIDE, SNAPSHOT, TEMPORARY};
use journal::Journal;
use rustix::fs::{FlockOperation, OFlags, flock};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Reason why a state directory cannot be had or written.
#[derive(Debug, Error)]
pub enum LedgerError {
    #[error("another auditward keeps its state in {}; use another directory for this one", .0.display())]
    InUse(PathBuf),
    /// The lock that modules look at names another one, and is not stale.
    #[error(
        "a module keeps its state in {} (in Fluent Bit, or a replay), or was killed within the last 30 s; use another directory for this one, or wait",
        .0.display()
    )]
    InUseByModule(PathBuf),
    #[error("{} cannot be created", .directory.display())]
    Uncreatable { directory: PathBuf, source: io::Error },
    #[error("{} cannot be written", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error(
        "writing state to {}: is the disk full, or the directory not writable?",
        .directory.display()
    )]
    Snapshot { directory: PathBuf, source: Box<LedgerError> },
    #[error(transparent)]
    Io(#[from] io::Error),
}

type Result<T> = std::result::Result<T, LedgerError>;

/// Ours, which the system takes back when we die.
const OWN_LOCK: &str = "serve.lock";
const JOURNAL: &str = "journal.";
const LONGEST_ID: u64 = 64;
/// No budget's snapshot is longer.
const MOST_SNAPSHOT: u64 = 4 << 30;

/// A state directory that is ours.
pub struct Ledger {
    directory: PathBuf,
    own_lock: File,
    id: u64,
    journal: Option<Journal>,
    is_failing: bool,
}

impl Ledger {
    /// Takes the directory, which is made where it is not there. Another that uses it is an error.
    pub fn open(root: &Path) -> Result<Ledger> {
        let directory = state::directory(root);
        let own_lock = take(&directory)?;
        let id = RandomState::new().hash_one(&directory);
        let mut ledger = Ledger { directory, own_lock, id, journal: None, is_failing: false };
        ledger.take_lock()?;
        Ok(ledger)
    }

    /// The lock that modules look at: free, stale, or left by one of us that was killed.
    fn take_lock(&mut self) -> Result<()> {
        // A longer file is none that we wrote.
        let mut before = Vec::new();
        (&self.own_lock).take(LONGEST_ID).read_to_end(&mut before)?;
        let before = String::from_utf8_lossy(&before);
        let others = lock::held(&self.directory).filter(|held| {
            held.id.to_string() != before.trim() && !held.is_stale(native::now_ms())
        });
        if others.is_some() {
            return Err(LedgerError::InUseByModule(self.directory.clone()));
        }
        self.own_lock.set_len(0)?;
        self.own_lock.write_all_at(format!("{}\n", self.id).as_bytes(), 0)?;
        self.renew();
        Ok(())
    }

    /// Tells modules that the directory is in use.
    fn renew(&self) {
        let _ = lock::write(
            &self.directory,
            &Held { id: self.id, renewed: native::now_ms(), epoch: None },
        );
    }

    /// Renews the lock, and sees whether what is written is still to be found.
    pub fn beat(&mut self) {
        if is_at(&self.own_lock, &self.directory.join(OWN_LOCK)) {
            self.renew();
        }
        if self.journal.as_ref().is_some_and(|journal| !journal.is_there()) {
            self.journal = None;
            self.fail("the journal");
        }
    }

    /// Takes a directory again that was removed, or emptied, under our feet.
    fn settle(&mut self) -> Result<()> {
        if is_at(&self.own_lock, &self.directory.join(OWN_LOCK)) {
            return Ok(());
        }
        self.own_lock = take(&self.directory)?;
        self.take_lock()
    }

    /// The directory with the files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The last snapshot, or the one before it where the last one cannot be read, each with the entries evaluated after it.
    pub fn snapshots(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let read = |name: &str| {
            Some(self.directory.join(name))
                .and_then(|path| snapshot(&path).map(|bytes| (path, bytes)))
        };
        [SNAPSHOT, PREVIOUS].into_iter().filter_map(read).collect()
    }

    /// The newest snapshot, where it was set aside and no other has taken its place.
    pub fn set_aside(&self) -> Option<(PathBuf, Vec<u8>)> {
        let path = self.directory.join(format!("{SNAPSHOT}{SET_ASIDE}"));
        if self.directory.join(SNAPSHOT).exists() {
            None
        } else {
            snapshot(&path).map(|bytes| (path, bytes))
        }
    }

    /// Records evaluated since that snapshot, in order, up to where the journal was cut short.
    pub fn entries(&self, snapshot: &[u8]) -> impl Iterator<Item = Entry> + use<> {
        journal::entries(&self.journal_of(snapshot), seed_of(snapshot))
    }

    /// Bytes of the journal since the last snapshot.
    pub fn written(&self) -> u64 {
        self.journal.as_ref().map_or(0, Journal::written)
    }

    /// Remembers what was evaluated. Where that cannot be written the service goes on, and says so once.
    pub fn append(&mut self, time_ms: i64, records: &[Record<'_>]) -> bool {
        let is_written =
            self.journal.as_mut().is_some_and(|journal| journal.append(time_ms, records).is_ok());
        if !is_written {
            // What follows a half-written entry could not be read: nothing more goes there until the next snapshot.
            self.journal = None;
            self.fail("the journal");
        }
        is_written
    }

    /// Puts a snapshot in the place of the last one, and begins a journal for what follows.
    pub fn checkpoint(&mut self, snapshot: &[u8], status: Option<&str>) -> Result<()> {
        let written = self.settle().and_then(|()| self.try_checkpoint(snapshot));
        match &written {
            Ok(()) => self.is_failing = false,
            // The journal of the snapshot before it goes on, where it is still there.
            Err(_) if self.journal.as_ref().is_some_and(Journal::is_there) => {}
            Err(_) => {
                self.journal = None;
                self.fail("a snapshot");
            }
        }
        if let Some(status) = status {
            let _ = self.write_status(status);
        }
        written.map_err(|source| LedgerError::Snapshot {
            directory: self.directory.clone(),
            source: Box::new(source),
        })
    }

    fn try_checkpoint(&mut self, snapshot: &[u8]) -> Result<()> {
        let (path, previous) = (self.directory.join(SNAPSHOT), self.directory.join(PREVIOUS));
        let temporary = self.directory.join(TEMPORARY);
        let mut file = files::create(&temporary)?;
        file.write_all(snapshot)?;
        file.sync_all()?;
        let held: Vec<(PathBuf, Vec<u8>)> =
            self.snapshots().into_iter().chain(self.set_aside()).collect();
        // The journal is there before the snapshot that it follows.
        let journal = self.journal_of(snapshot);
        if let Some(spare) = self.spare(&held).filter(|_| !journal.exists()) {
            fs::rename(spare, &journal)?;
        }
        let begun = Journal::begin(&journal, seed_of(snapshot))?;
        // Where that snapshot is there already, what was evaluated since has taught nothing.
        if held.iter().any(|(at, bytes)| *at == path && bytes == snapshot) {
            fs::remove_file(&temporary)?;
        } else {
            // Where the newest was set aside, the one before it stays.
            if path.exists() {
                let _ = fs::remove_file(&previous);
                // A second name: at no moment is there no snapshot.
                let _ = fs::hard_link(&path, &previous);
            }
            fs::rename(&temporary, &path)?;
        }
        self.journal = Some(begun);
        Ok(())
    }

    /// A journal that has had its day, to be written over: of none of these snapshots. Where there are more, they go.
    fn spare(&self, held: &[(PathBuf, Vec<u8>)]) -> Option<PathBuf> {
        let files = fs::read_dir(&self.directory).ok()?.flatten().map(|file| file.path());
        let is_journal = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(JOURNAL))
                && files::about(path, Links::Refused).is_ok()
        };
        let mut spares = files
            .filter(is_journal)
            .filter(|path| held.iter().all(|(_, snapshot)| *path != self.journal_of(snapshot)));
        let spare = spares.next();
        spares.for_each(|path| drop(fs::remove_file(path)));
        spare
    }

    /// Named by the snapshot's checksum: no journal is taken for another's.
    fn journal_of(&self, snapshot: &[u8]) -> PathBuf {
        let checksum = snapshot.last_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        self.directory.join(format!("{JOURNAL}{checksum:016x}"))
    }

    /// For `auditward status`.
    pub fn write_status(&self, status: &str) -> io::Result<()> {
        auditward_state::write_status(&self.directory, status, native::now_ms())
    }

    fn fail(&mut self, what: &str) {
        if !std::mem::replace(&mut self.is_failing, true) {
            let place = self.directory.display();
            terminal::say(format_args!(
                "{place}: {what} cannot be written; records are still processed, but state learned from now on is lost when the process ends: is the disk full, or was the directory removed?"
            ));
        }
    }

    /// True if what is evaluated now would survive a kill.
    pub fn is_failing(&self) -> bool {
        self.is_failing
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // It may be another's by now.
        if is_at(&self.own_lock, &self.directory.join(OWN_LOCK)) {
            let _ = fs::remove_file(self.directory.join(lock::NAME));
        }
    }
}

/// The lock that the system takes back, in a directory that is made where it is not there.
fn take(directory: &Path) -> Result<File> {
    fs::create_dir_all(directory)
        .map_err(|source| LedgerError::Uncreatable { directory: directory.to_owned(), source })?;
    let path = directory.join(OWN_LOCK);
    let own_lock = private(&path).map_err(|source| LedgerError::Unwritable { path, source })?;
    if flock(&own_lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(LedgerError::InUse(directory.to_owned()));
    }
    Ok(own_lock)
}

/// True if the open file is the one that stands there now.
fn is_at(file: &File, path: &Path) -> bool {
    let place = |about: fs::Metadata| (about.dev(), about.ino());
    file.metadata().ok().map(place).is_some_and(|place_of_ours| {
        fs::metadata(path).is_ok_and(|about| place(about) == place_of_ours)
    })
}

/// A snapshot's bytes, where a regular file stands there.
fn snapshot(path: &Path) -> Option<Vec<u8>> {
    files::read(path, MOST_SNAPSHOT, Links::Refused).ok()
}

/// Opens a file that nobody else reads, made where it is not there; a link or anything but a regular file is refused.
fn private(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// Initial value of the checksums of a snapshot's journal.
fn seed_of(snapshot: &[u8]) -> u32 {
    snapshot.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The policy that lies in a state directory, where none is named. A pipe or a broken link is taken for one too, so that reading it is the error.
pub fn policy_in(root: &Path) -> Option<PathBuf> {
    Some(root.join(policy_dir::FILE)).filter(|path| fs::symlink_metadata(path).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(ledger: &Ledger) -> Vec<Vec<u8>> {
        let (_, snapshot) = ledger.snapshots().into_iter().next().unwrap();
        ledger.entries(&snapshot).flat_map(|entry| entry.records).map(|(_, bytes)| bytes).collect()
    }

    #[test]
    fn special_files_hold_nobody_and_links_are_not_written_through() {
        let root = tempfile::tempdir().unwrap();
        let directory = state::directory(root.path());
        fs::create_dir_all(&directory).unwrap();
        let victim = root.path().join("victim");
        fs::write(&victim, "theirs").unwrap();
        for name in [lock::NAME, SNAPSHOT, PREVIOUS, "journal.0"] {
            assert!(
                std::process::Command::new("mkfifo")
                    .arg(directory.join(name))
                    .status()
                    .unwrap()
                    .success()
            );
        }
        for name in [TEMPORARY, "lock.tmp", "status.tmp"] {
            std::os::unix::fs::symlink(&victim, directory.join(name)).unwrap();
        }
        let mut ledger = Ledger::open(root.path()).unwrap();
        assert!(ledger.snapshots().is_empty());
        ledger.checkpoint(b"snapshot 1", Some("{\"records\":1}")).unwrap();
        assert_eq!(ledger.snapshots().first().unwrap().1, b"snapshot 1");
        drop(ledger);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
        fs::remove_file(directory.join(OWN_LOCK)).unwrap();
        std::os::unix::fs::symlink(&victim, directory.join(OWN_LOCK)).unwrap();
        assert!(Ledger::open(root.path()).is_err(), "a link is no lock");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
    }

    #[test]
    fn a_new_snapshot_begins_a_new_journal_and_old_ones_go() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        for snapshot in [b"snapshot 1", b"snapshot 2", b"snapshot 3", b"snapshot 4"] {
            ledger.checkpoint(snapshot, Some("{\"records\":1}")).unwrap();
            assert!(held(&ledger).is_empty());
            assert!(ledger.append(1, &[Record { nonce: 0, bytes: snapshot }]));
            assert_eq!(held(&ledger), [snapshot]);
        }
        let journals = fs::read_dir(ledger.directory())
            .unwrap()
            .flatten()
            .filter(|file| file.file_name().to_string_lossy().starts_with(JOURNAL))
            .count();
        assert_eq!(
            (journals, ledger.snapshots().len()),
            (3, 2),
            "of two snapshots, and one to be written over"
        );
        assert!(
            fs::read_to_string(ledger.directory().join("status.json"))
                .unwrap()
                .contains("\"records\":1")
        );
    }

    #[test]
    fn a_snapshot_that_cannot_be_written_leaves_the_journal_to_go_on() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        ledger.checkpoint(b"a snapshot.", None).unwrap();
        ledger.append(1, &[Record { nonce: 0, bytes: b"a" }]);
        // A directory stands where the next one would be written.
        fs::create_dir(ledger.directory().join(TEMPORARY)).unwrap();
        assert!(ledger.checkpoint(b"another one", None).is_err() && !ledger.is_failing());
        ledger.append(2, &[Record { nonce: 0, bytes: b"b" }]);
        assert_eq!(held(&ledger), [b"a", b"b"]);
        fs::remove_dir(ledger.directory().join(TEMPORARY)).unwrap();
        ledger.checkpoint(b"another one", None).unwrap();
        assert!(held(&ledger).is_empty());
    }

    #[test]
    fn a_directory_that_was_removed_is_said_to_keep_nothing_and_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        let directory = ledger.directory().to_owned();
        ledger.checkpoint(b"a snapshot.", None).unwrap();
        fs::remove_dir_all(root.path()).unwrap();
        assert!(
            ledger.append(1, &[Record { nonce: 0, bytes: b"a" }]),
            "into a file that nobody finds"
        );
        ledger.beat();
        assert!(ledger.is_failing() && !directory.exists());
        ledger.checkpoint(b"a snapshot of it", None).unwrap();
        ledger.append(2, &[Record { nonce: 0, bytes: b"b" }]);
        assert!(!ledger.is_failing() && directory.join(lock::NAME).exists());
        assert_eq!(held(&ledger), [b"b"]);
        assert!(Ledger::open(root.path()).is_err(), "it is ours again");
        // Where it cannot be made again, the checkpoint itself finds out.
        fs::remove_dir_all(root.path()).unwrap();
        fs::write(root.path(), "a file").unwrap();
        assert!(ledger.checkpoint(b"a third snapshot", None).is_err() && ledger.is_failing());
        fs::remove_file(root.path()).unwrap();
    }

    #[test]
    fn a_directory_that_another_took_is_left_to_it() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        ledger.checkpoint(b"a snapshot.", None).unwrap();
        fs::remove_dir_all(root.path()).unwrap();
        let other = Ledger::open(root.path()).unwrap();
        let lock = fs::read(other.directory().join(lock::NAME)).unwrap();
        ledger.beat();
        assert!(ledger.checkpoint(b"a snapshot of it", None).is_err() && ledger.is_failing());
        let directory = ledger.directory().to_owned();
        drop(ledger);
        assert_eq!(fs::read(directory.join(lock::NAME)).unwrap(), lock);
    }

    #[test]
    fn nobody_else_reads_what_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        ledger.checkpoint(b"a snapshot.", Some("{\"records\":1}")).unwrap();
        for file in fs::read_dir(ledger.directory()).unwrap().flatten() {
            assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", file.file_name());
        }
    }

    /// As `open`, once programs that other tests start have let go of the lock's file: until they run they hold all that is open here.
    fn open_alone(root: &Path) -> Result<Ledger> {
        for _ in 0..100 {
            match Ledger::open(root) {
                Err(why) if why.to_string().contains("another auditward") => {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                opened => return opened,
            }
        }
        Ledger::open(root)
    }

    #[test]
    fn one_at_a_time_and_the_next_after_a_kill() {
        let root = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(root.path()).unwrap();
        let refused = Ledger::open(root.path()).err().unwrap().to_string();
        assert!(refused.contains("another auditward keeps its state"), "{refused}");
        // As a kill leaves it: the module's lock behind, the system's gone.
        let lock = fs::read(ledger.directory().join(lock::NAME)).unwrap();
        let directory = ledger.directory().to_owned();
        drop(ledger);
        fs::write(directory.join(lock::NAME), &lock).unwrap();
        drop(open_alone(root.path()).unwrap());
        fs::write(directory.join(lock::NAME), format!("7 {}\n", native::now_ms())).unwrap();
        let refused = open_alone(root.path()).err().unwrap().to_string();
        assert!(refused.contains("a module keeps its state"), "{refused}");
    }
}
