//! Recovery of the engine from snapshots and journal, and writing of snapshots.

use super::{Evaluator, Instance};
use crate::ledger::{Entry, Ledger};
use crate::numbering::Record;
use crate::terminal;
use crate::wording::counted;
use anyhow::{Context, Result};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A journal longer than this takes too long to read again.
const MOST_JOURNAL: u64 = 32 << 20;
/// Maximum number of findings of the journal that are reported again at the start: the newest.
const MOST_FOUND: usize = 10_000;

/// An answer with findings from before the start, read again from the journal.
pub struct Found {
    pub time_ms: i64,
    pub line: Vec<u8>,
}

/// An instance, and the snapshots whose journals are to be read again.
type Restored = (Box<dyn Instance>, Vec<Vec<u8>>);

impl Evaluator {
    /// Replaces an instance after a trap, because its memory may be corrupt. The new instance loads the state from before.
    pub(super) fn trapped(&mut self, trap: &anyhow::Error) -> Result<()> {
        self.failures.traps += 1;
        terminal::say(format_args!(
            "the module trapped; a fresh instance goes on from the last snapshot: {trap:#}"
        ));
        self.renew()?;
        // Should it trap again soon, there is less to read again. Where that cannot be written, it has said so.
        if self.snapshot_traps == 0 {
            let _ = self.checkpoint();
        }
        Ok(())
    }

    /// A fresh instance with all that was learned: from the snapshot, and from the journal behind it. Gives what was found on the way.
    pub(super) fn renew(&mut self) -> Result<VecDeque<Found>> {
        self.instance = None;
        let (mut instance, followed) = self.restored()?;
        let entries = self
            .ledger
            .iter()
            .flat_map(|ledger| followed.iter().flat_map(|snapshot| ledger.entries(snapshot)));
        let found = match self.read_again(instance.as_mut(), entries) {
            Ok(found) => found,
            Err(why) => {
                terminal::say(format_args!(
                    "the journal cannot be read again; what was learned since the last snapshot is lost: {why:#}"
                ));
                (instance, _) = self.restored()?;
                VecDeque::new()
            }
        };
        self.instance = Some(instance);
        Ok(found)
    }

    /// An instance with the newest snapshot that can be used, and the snapshots whose journals tell what was evaluated since, in order:
    /// those of damaged ones are whole all the same.
    fn restored(&self) -> Result<Restored> {
        let mut instance = self.start()?;
        let Some(ledger) = &self.ledger else {
            if !self.snapshot.is_empty() {
                instance.restore(&self.snapshot)?;
            }
            return Ok((instance, Vec::new()));
        };
        let mut followed: Vec<Vec<u8>> =
            ledger.set_aside().into_iter().map(|(_, snapshot)| snapshot).collect();
        for (path, snapshot) in ledger.snapshots() {
            let restored = instance.restore(&snapshot);
            followed.push(snapshot);
            let Err(why) = restored else { break };
            terminal::say(format_args!(
                "{}: {why:#}; set aside as {}",
                path.display(),
                auditward_state::set_aside(&path).display()
            ));
            // Where it trapped, its memory may be anything.
            instance = self.start()?;
        }
        followed.reverse();
        Ok((instance, followed))
    }

    pub(super) fn start(&self) -> Result<Box<dyn Instance>> {
        let mut instance = (self.open)(self.cap).context("starting the module")?;
        if let Some(text) = &self.text {
            instance.configure(text)?;
        }
        Ok(instance)
    }

    /// Evaluates the journal's records again under the same clock, which restores the same state; their answers are not sent again.
    fn read_again(
        &self,
        instance: &mut dyn Instance,
        entries: impl Iterator<Item = Entry>,
    ) -> Result<VecDeque<Found>> {
        let now = self.clock.load(Ordering::Relaxed);
        let (mut records, mut found) = (0u64, VecDeque::new());
        for entry in entries {
            self.clock.store(entry.time_ms, Ordering::Relaxed);
            let again: Vec<Record<'_>> = entry
                .records
                .iter()
                .map(|(nonce, bytes)| Record { nonce: *nonce, bytes })
                .collect();
            let answers = instance.evaluate(entry.time_ms, &again)?;
            found.extend(
                answers
                    .iter()
                    .filter(|answer| answer.is_flagged)
                    .map(|answer| Found { time_ms: entry.time_ms, line: answer.line.to_vec() }),
            );
            found.drain(..found.len().saturating_sub(MOST_FOUND));
            records += again.len() as u64;
        }
        self.clock.store(now, Ordering::Relaxed);
        if records > 0 {
            terminal::say(format_args!(
                "{} read again from the journal: what they taught is back",
                counted(records, "record")
            ));
        }
        Ok(found)
    }

    /// Replaces the instance, because a memory limit cannot be raised: a new instance takes over with the policy of the old one. Until then, the old one stays.
    pub(super) fn make_room(&mut self, cap: usize) -> Result<()> {
        let snapshot = self.take_snapshot()?;
        let before = std::mem::replace(&mut self.cap, cap);
        let larger = self.start().and_then(|mut larger| larger.restore(&snapshot).map(|()| larger));
        self.instance = Some(larger.inspect_err(|_| self.cap = before)?);
        Ok(())
    }

    /// Writes a snapshot where one is due.
    pub fn tick(&mut self) -> Result<()> {
        let every = Duration::from_millis(u64::try_from(self.policy.state.every).unwrap_or(60_000));
        // Each one that traps costs an instance, and all of the journal to have it back.
        let every = every.saturating_mul(1 << self.snapshot_traps.min(6));
        let ledger = self.ledger.as_ref();
        let is_long = self.snapshot_traps == 0
            && ledger.is_some_and(|ledger| ledger.written() >= MOST_JOURNAL);
        // What could not be written is not there yet, though nothing came since.
        let is_due = self.records_since > 0 || ledger.is_some_and(Ledger::is_failing);
        if is_due && (is_long || self.checked_at.elapsed() >= every) {
            self.checkpoint()
        } else {
            Ok(())
        }
    }

    /// Between batches the engine is whole: so is the snapshot.
    pub fn checkpoint(&mut self) -> Result<()> {
        if self.instance.is_none() {
            return Ok(());
        }
        (self.checked_at, self.records_since) = (Instant::now(), 0);
        let snapshot = self.take_snapshot()?;
        let status = self.status();
        match &mut self.ledger {
            Some(ledger) => ledger.checkpoint(&snapshot, status.as_deref())?,
            None => self.snapshot = snapshot,
        }
        self.checkpoints += 1;
        Ok(())
    }

    fn take_snapshot(&mut self) -> Result<Vec<u8>> {
        match self.instance.as_mut().context("an instance")?.snapshot() {
            Ok(snapshot) => {
                self.snapshot_traps = 0;
                Ok(snapshot)
            }
            Err(trap) => {
                // It goes on without: the journal has what it learned.
                self.instance = None;
                self.failures.traps += 1;
                self.snapshot_traps += 1;
                Err(trap.context("the module trapped over a snapshot"))
            }
        }
    }
}
