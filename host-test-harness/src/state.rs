//! A state directory in use: whose it is, and what is left in it at the end.
//!
//! In Fluent Bit nobody tells the module that the end has come, so it writes while records flow. This host knows, and writes the rest.

use crate::mode::{Mode, native};
use crate::terminal;
use anyhow::{Context, Result};
use auditward_core::policy::Policy;
use auditward_state::files::{self, Links};
use auditward_state::{MOST_POLICY, POLICY, lock};
use std::fs;
use std::path::{Path, PathBuf};

/// The lock of a state directory, as the instance that was started on it holds it or does not.
pub struct Held {
    directory: PathBuf,
    before: Option<u64>,
    ours: Option<u64>,
}

/// Where the module keeps state under a directory that it was given: as the policy there says.
pub fn directory(root: &Path) -> PathBuf {
    let text =
        files::read_text(&root.join(POLICY), MOST_POLICY, Links::Followed).unwrap_or_default();
    let policy = Policy::parse(&text).unwrap_or_default();
    root.join(policy.state.directory)
}

impl Held {
    /// Before an instance is started on the directory.
    pub fn before(root: &Path) -> Held {
        let directory = directory(root);
        Held { before: holder(&directory), ours: None, directory }
    }

    /// After its first record: it has the lock by now, if it can; where it cannot, the user hears of it.
    pub fn look(&mut self) {
        self.ours = self.taken();
        if self.ours.is_none() {
            let why = match holder(&self.directory) {
                Some(_) => {
                    "another instance keeps its state here, or was killed within the last 30 s; nothing is written until its lock is old"
                }
                None => {
                    "cannot be written, so what is learned is lost at the end: is it yours, and is the disk full?"
                }
            };
            terminal::say(format_args!("{}: {why}", self.directory.display()));
        }
    }

    /// Keeps what the instance learned, and lets the next one in.
    pub fn close(mut self, mode: &mut dyn Mode) -> Result<()> {
        // It may have come by the lock since.
        self.ours = self.ours.or_else(|| self.taken());
        if self.is_ours() {
            self.write(mode).with_context(|| {
                format!(
                    "writing state to {}: is the disk full, or the directory not yours?",
                    self.directory.display()
                )
            })?;
        }
        self.release();
        Ok(())
    }

    /// Takes the lock away that an instance of ours left.
    pub fn release(self) {
        if self.is_ours() {
            // A lock that stays behind is taken over when it is stale.
            let _ = fs::remove_file(self.directory.join(lock::NAME));
        }
    }

    /// The lock, where it is another than before.
    fn taken(&self) -> Option<u64> {
        holder(&self.directory).filter(|now| self.before != Some(*now))
    }

    fn is_ours(&self) -> bool {
        self.ours.is_some() && holder(&self.directory) == self.ours
    }

    fn write(&self, mode: &mut dyn Mode) -> Result<()> {
        let snapshot = mode.learned()?;
        auditward_state::install(&self.directory, &snapshot)?;
        let Some(status) = mode.status() else {
            return Ok(());
        };
        Ok(auditward_state::write_status(&self.directory, &status, native::now_ms())?)
    }
}

/// The instance that the lock names.
fn holder(directory: &Path) -> Option<u64> {
    lock::held(directory).map(|held| held.id)
}
