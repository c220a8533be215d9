//! The state directory of a service: a snapshot, and a journal of what was judged since.
//!
//! A snapshot alone would lose what was learned since it was written, and with it the findings that build on that. The journal holds the records
//! themselves, in the order they were judged: after a kill at any moment, snapshot and journal together give the engine as it stood.
//! Files are synchronised with each snapshot; a power failure, unlike a kill, can cost the journal's last seconds.

use crate::judge::Record;
use crate::lane::native;
use crate::policy_dir;
use crate::state;
use crate::terminal;
use anyhow::{Context, Result, bail};
use auditward_core::time;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const SNAPSHOT: &str = "auditward.snapshot";
const PREVIOUS: &str = "auditward.snapshot.1";
/// How modules in Fluent Bit or in `replay` know that the directory is in use.
const LOCK: &str = "lock";
/// Ours, which the system takes back when we die.
const OWN_LOCK: &str = "serve.lock";
const JOURNAL: &str = "journal.";
/// A lock of a module's that was not renewed for so long is stale.
const STALE_MS: i64 = 30_000;
/// No entry is larger: a length above it is damage.
const MOST_ENTRY: u32 = 1 << 30;

/// A state directory that is ours.
pub struct Ledger {
    directory: PathBuf,
    own_lock: File,
    id: u64,
    journal: Option<File>,
    /// Bytes of the journal.
    written: u64,
    is_failing: bool,
    buffer: Vec<u8>,
}

/// What was judged in one call.
pub struct Entry {
    pub time_ms: i64,
    pub records: Vec<(u64, Vec<u8>)>,
}

impl Ledger {
    /// Takes the directory, which is made where it is not there. Another that uses it is an error.
    pub fn open(root: &Path) -> Result<Ledger> {
        let directory = state::directory(root);
        fs::create_dir_all(&directory).with_context(|| format!("{} can't be made: is the path right, and is it yours to write?", directory.display()))?;
        let path = directory.join(OWN_LOCK);
        let own_lock =
            private().read(true).write(true).create(true).truncate(false).open(&path).with_context(|| format!("{} can't be written", path.display()))?;
        if flock(&own_lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("another auditward keeps its state in {}; give this one a directory of its own", directory.display());
        }
        let mut ledger =
            Ledger { directory, own_lock, id: RandomState::new().hash_one(path), journal: None, written: 0, is_failing: false, buffer: Vec::new() };
        ledger.take_lock()?;
        Ok(ledger)
    }

    /// The lock that modules look at: free, stale, or left by one of us that was killed.
    fn take_lock(&mut self) -> Result<()> {
        let mut before = String::new();
        self.own_lock.read_to_string(&mut before)?;
        let held = fs::read_to_string(self.directory.join(LOCK)).unwrap_or_default();
        let (holder, renewed) = held.trim().split_once(' ').unwrap_or_default();
        let is_stale = renewed.parse::<i64>().is_ok_and(|at| native::now_ms().saturating_sub(at).abs() >= STALE_MS);
        if !holder.is_empty() && holder != before.trim() && !is_stale {
            bail!(
                "a module keeps its state in {} (in Fluent Bit, or a replay), or was killed within the last 30 s; give this one a directory of its own, or wait",
                self.directory.display()
            );
        }
        fs::write(self.directory.join(OWN_LOCK), format!("{}\n", self.id))?;
        self.renew();
        Ok(())
    }

    /// Tells modules that the directory is in use.
    pub fn renew(&self) {
        let _ = fs::write(self.directory.join(LOCK), format!("{} {}\n", self.id, native::now_ms()));
    }

    /// The directory with the files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The last snapshot, or the one before it where the last one can't be read, each with the entries judged after it.
    pub fn snapshots(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let read = |name: &str| Some((self.directory.join(name), fs::read(self.directory.join(name)).ok()?));
        [SNAPSHOT, PREVIOUS].into_iter().filter_map(read).collect()
    }

    /// What was judged since that snapshot, in order, up to where the journal was cut short.
    pub fn entries(&self, snapshot: &[u8]) -> impl Iterator<Item = Entry> + use<> {
        let file = File::open(self.journal_of(snapshot)).ok();
        let mut reader = file.map(|file| BufReader::with_capacity(1 << 20, file));
        std::iter::from_fn(move || reader.as_mut().and_then(read_entry))
    }

    /// Bytes of the journal since the last snapshot.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Remembers what was judged. Where that can't be written the service goes on, and says so once.
    pub fn append(&mut self, time_ms: i64, records: &[Record<'_>]) -> bool {
        self.buffer.clear();
        self.buffer.extend_from_slice(&[0; 8]);
        put_entry(&mut self.buffer, time_ms, records);
        let Some((head, body)) = self.buffer.split_at_mut_checked(8) else { return false };
        let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
        head.copy_from_slice(&[len.to_le_bytes(), crc32fast::hash(body).to_le_bytes()].concat());
        let is_written = self.journal.as_mut().is_some_and(|journal| journal.write_all(&self.buffer).is_ok());
        match is_written {
            true => self.written = self.written.saturating_add(self.buffer.len() as u64),
            // What follows a half-written entry could not be read: nothing more goes there until the next snapshot.
            false => self.fail("the journal"),
        }
        is_written
    }

    /// Puts a snapshot in the place of the last one, and begins a journal for what follows.
    pub fn checkpoint(&mut self, snapshot: &[u8], status: Option<&str>) -> Result<()> {
        let written = self.try_checkpoint(snapshot);
        match &written {
            Ok(()) => self.is_failing = false,
            Err(_) => self.fail("a snapshot"),
        }
        if let Some(status) = status {
            let _ = self.write_status(status);
        }
        written.with_context(|| format!("writing state to {}: is the disk full, or the directory not yours?", self.directory.display()))
    }

    fn try_checkpoint(&mut self, snapshot: &[u8]) -> Result<()> {
        let (path, previous) = (self.directory.join(SNAPSHOT), self.directory.join(PREVIOUS));
        let temporary = self.directory.join("auditward.snapshot.tmp");
        let mut file = private().write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(snapshot)?;
        file.sync_all()?;
        // The journal is there before the snapshot that it follows.
        let journal = self.journal_of(snapshot);
        let is_same = fs::read(&path).is_ok_and(|held| held == snapshot) && journal.exists();
        let begun = private().append(true).create(true).open(&journal)?;
        if !is_same {
            begun.set_len(0)?;
            let _ = fs::remove_file(&previous);
            // A second name: at no moment is there no snapshot.
            let _ = fs::hard_link(&path, &previous);
            fs::rename(&temporary, &path)?;
        }
        begun.sync_all()?;
        self.written = begun.metadata()?.len();
        self.journal = Some(begun);
        self.sweep(&journal);
        Ok(())
    }

    /// Journals of older snapshots than the one before have had their day.
    fn sweep(&self, current: &Path) {
        let kept = fs::read(self.directory.join(PREVIOUS)).map(|snapshot| self.journal_of(&snapshot)).unwrap_or_default();
        let Ok(files) = fs::read_dir(&self.directory) else { return };
        let journals = files.flatten().map(|file| file.path()).filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(JOURNAL)));
        for path in journals.filter(|path| path != current && *path != kept) {
            let _ = fs::remove_file(path);
        }
    }

    /// Named by the snapshot's checksum: no journal is taken for another's.
    fn journal_of(&self, snapshot: &[u8]) -> PathBuf {
        let checksum = snapshot.last_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        self.directory.join(format!("{JOURNAL}{checksum:016x}"))
    }

    /// For `auditward status`.
    pub fn write_status(&self, status: &str) -> std::io::Result<()> {
        let written = String::from_utf8_lossy(&time::format(native::now_ms())).into_owned();
        let temporary = self.directory.join("status.tmp");
        fs::write(&temporary, format!("{{\"written\":\"{written}\",{}\n", status.trim_start_matches('{')))?;
        fs::rename(&temporary, self.directory.join("status.json"))
    }

    fn fail(&mut self, what: &str) {
        self.journal = None;
        if !std::mem::replace(&mut self.is_failing, true) {
            let place = self.directory.display();
            terminal::say(format_args!(
                "{place}: {what} can't be written; records flow on, but what is learned now is lost with the process: is the disk full?"
            ));
        }
    }

    /// Whether what is judged now would survive a kill.
    pub fn is_failing(&self) -> bool {
        self.is_failing
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.directory.join(LOCK));
    }
}

/// Records may hold anything: nobody else reads them.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn put_entry(out: &mut Vec<u8>, time_ms: i64, records: &[Record<'_>]) {
    out.extend_from_slice(&time_ms.to_le_bytes());
    for record in records {
        out.extend_from_slice(&record.nonce.to_le_bytes());
        out.extend_from_slice(&u32::try_from(record.bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(record.bytes);
    }
}

fn read_entry(reader: &mut BufReader<File>) -> Option<Entry> {
    let mut head = [0; 8];
    reader.read_exact(&mut head).ok()?;
    let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let len = Some(u32::from_le_bytes([l0, l1, l2, l3])).filter(|len| *len <= MOST_ENTRY)?;
    let mut body = Vec::new();
    reader.take(u64::from(len)).read_to_end(&mut body).ok().filter(|read| *read == len as usize)?;
    (crc32fast::hash(&body) == u32::from_le_bytes([c0, c1, c2, c3])).then(|| parse_entry(&body))?
}

fn parse_entry(body: &[u8]) -> Option<Entry> {
    let (time, mut rest) = body.split_first_chunk::<8>()?;
    let mut records = Vec::new();
    while let Some((nonce, behind)) = rest.split_first_chunk::<8>() {
        let (len, behind) = behind.split_first_chunk::<4>()?;
        let (bytes, behind) = behind.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        records.push((u64::from_le_bytes(*nonce), bytes.to_vec()));
        rest = behind;
    }
    Some(Entry { time_ms: i64::from_le_bytes(*time), records })
}

/// The policy that lies in a state directory, where none is named.
pub fn policy_in(root: &Path) -> Option<PathBuf> {
    Some(root.join(policy_dir::FILE)).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(ledger: &Ledger) -> Vec<(i64, Vec<(u64, String)>)> {
        let (_, snapshot) = ledger.snapshots().into_iter().next().unwrap();
        let text = |(nonce, bytes): (u64, Vec<u8>)| (nonce, String::from_utf8(bytes).unwrap());
        ledger.entries(&snapshot).map(|entry| (entry.time_ms, entry.records.into_iter().map(text).collect())).collect()
    }

    #[test]
    fn entries_come_back_in_order_up_to_the_cut() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        ledger.checkpoint(b"a snapshot.", None).unwrap();
        assert!(ledger.append(1, &[Record { nonce: 0, bytes: b"a" }, Record { nonce: 7, bytes: b"" }]));
        assert!(ledger.append(2, &[Record { nonce: 0, bytes: b"b" }]));
        let first = (1, vec![(0, "a".to_owned()), (7, String::new())]);
        assert_eq!(held(&ledger), [first.clone(), (2, vec![(0, "b".to_owned())])]);
        let path = ledger.journal_of(b"a snapshot.");
        let whole = fs::read(&path).unwrap();
        for cut in [whole.len() - 1, whole.len() - 20] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(held(&ledger), std::slice::from_ref(&first));
        }
        let mut flipped = whole;
        let last = flipped.len() - 1;
        flipped[last] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert_eq!(held(&ledger), [first]);
    }

    #[test]
    fn a_new_snapshot_begins_a_new_journal_and_old_ones_go() {
        let root = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(root.path()).unwrap();
        for snapshot in [b"snapshot 1", b"snapshot 2", b"snapshot 3", b"snapshot 4"] {
            ledger.checkpoint(snapshot, Some("{\"records\":1}")).unwrap();
            assert!(held(&ledger).is_empty());
            ledger.append(1, &[Record { nonce: 0, bytes: snapshot }]);
        }
        let journals = fs::read_dir(ledger.directory()).unwrap().flatten().filter(|file| file.file_name().to_string_lossy().starts_with(JOURNAL)).count();
        assert_eq!((journals, ledger.snapshots().len()), (2, 2));
        assert!(fs::read_to_string(ledger.directory().join("status.json")).unwrap().contains("\"records\":1"));
    }

    #[test]
    fn one_at_a_time_and_the_next_after_a_kill() {
        let root = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(root.path()).unwrap();
        let refused = Ledger::open(root.path()).err().unwrap().to_string();
        assert!(refused.contains("another auditward keeps its state"), "{refused}");
        // As a kill leaves it: the module's lock behind, the system's gone.
        let lock = fs::read(ledger.directory().join(LOCK)).unwrap();
        let directory = ledger.directory().to_owned();
        drop(ledger);
        fs::write(directory.join(LOCK), &lock).unwrap();
        drop(Ledger::open(root.path()).unwrap());
        fs::write(directory.join(LOCK), format!("7 {}\n", native::now_ms())).unwrap();
        assert!(Ledger::open(root.path()).err().unwrap().to_string().contains("a module keeps its state"));
    }
}
