//! The lock of a state directory: one line of the holder's id, the time it was renewed, and its epoch.
//!
//! Each instance begins an epoch above the one that it finds and takes the directory at once: the instance before was stopped, reloaded or
//! killed. Should it still live, it finds the higher epoch and writes no more. A lock without an epoch is one that waits to be released: of a
//! service that also holds a lock of the system's.

use crate::files::{self, Links};
use auditward_core::time::{Millis, SECOND};
use std::path::Path;

/// The file's name.
pub const NAME: &str = "lock";
/// A lock without an epoch that was not renewed for so long belongs to a process that is gone.
const STALE: Millis = 30 * SECOND;
const LONGEST: u64 = 256;

/// A line of the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub id: u64,
    pub renewed: Millis,
    pub epoch: Option<u64>,
}

impl Held {
    /// True if it was not renewed for so long that its holder, if it has no epoch, is gone.
    pub fn is_stale(&self, now: Millis) -> bool {
        now.saturating_sub(self.renewed).saturating_abs() >= STALE
    }
}

/// The lock as one instance sees it.
pub struct Lock {
    id: u64,
    /// Of this instance, from when it first took the lock.
    epoch: Option<u64>,
    /// True if this instance takes a lock from one that may live.
    takes_over: bool,
}

/// Result of an attempt to lock the directory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Ours,
    /// Another instance, which may live, has it.
    Others,
    /// Nobody has it, and it cannot be written.
    Unwritable,
}

impl Lock {
    pub fn new(id: u64, takes_over: bool) -> Lock {
        Lock { id, epoch: None, takes_over }
    }

    /// Takes the lock, or renews it.
    pub fn renew(&mut self, directory: &Path, now: Millis) -> Outcome {
        let held = held(directory);
        if held.is_some_and(|held| !self.may_take(held, now)) {
            return Outcome::Others;
        }
        let found = held.and_then(|held| held.epoch).unwrap_or_default();
        let epoch = self.epoch.unwrap_or(0).max(if self.epoch.is_some() {
            found
        } else {
            found.saturating_add(1)
        });
        if write(directory, &Held { id: self.id, renewed: now, epoch: Some(epoch) }).is_err() {
            return Outcome::Unwritable;
        }
        self.epoch = Some(epoch);
        Outcome::Ours
    }

    /// True if the directory is still this instance's, before a file in it is replaced.
    pub fn is_ours(&self, directory: &Path) -> bool {
        held(directory).is_none_or(|held| held.id == self.id)
    }

    fn may_take(&self, held: Held, now: Millis) -> bool {
        let is_stale = held.is_stale(now);
        match (held.epoch, self.epoch) {
            _ if held.id == self.id => true,
            // A newer instance: it writes nothing while no records come, so its age says nothing.
            (Some(theirs), Some(ours)) => theirs < ours,
            (Some(_), None) => self.takes_over || is_stale,
            (None, _) => is_stale,
        }
    }
}

/// Puts the lock in place.
pub fn write(directory: &Path, held: &Held) -> std::io::Result<()> {
    let epoch = held.epoch.map(|epoch| format!(" {epoch}")).unwrap_or_default();
    let line = format!("{} {}{epoch}\n", held.id, held.renewed);
    files::replace(&directory.join(NAME), &directory.join("lock.tmp"), line.as_bytes())
}

/// The instance that holds the directory, where the lock names one.
pub fn held(directory: &Path) -> Option<Held> {
    let bytes = files::read(&directory.join(NAME), LONGEST, Links::Refused).ok()?;
    let mut fields = std::str::from_utf8(&bytes).ok()?.split_ascii_whitespace();
    let id = fields.next()?.parse().ok().filter(|&id| id != 0)?;
    let renewed = fields.next().and_then(|at| at.parse().ok()).unwrap_or_default();
    Some(Held { id, renewed, epoch: fields.next().and_then(|epoch| epoch.parse().ok()) })
}
