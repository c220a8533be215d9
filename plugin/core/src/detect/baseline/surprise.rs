//! Surprises of one event by detector, and how its counts stand beside the baseline of its actor.

use super::failures::Failing;
use super::metrics::Odd;
use super::origins::Crowd;
use super::silence::Silent;
use super::statement::History;
use super::{FAILURES, INACTIVE_DAYS, LEARNERS, RISK, bit};
use crate::policy::Verdict;
use crate::sketch::names::Name;
use crate::time::Millis;
use chrono::NaiveDateTime;
use std::cell::Cell;

/// Surprise of an event for one detector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surprise {
    pub bits: f64,
    /// From how many bits on it is a finding.
    pub threshold: f64,
    /// The threshold by chance, where `threshold` follows what was really seen: severity counts from the higher one.
    pub chance: f64,
    pub observed: u64,
    pub expected: u64,
    /// New values that the actor had before.
    pub(super) known: u32,
    /// The fixed threshold of a sum.
    pub(super) bound: u32,
    pub window: Millis,
    /// The kinds of values that are new, as bits.
    pub(super) kinds: u8,
    /// Active minutes, hours or days that it is held against, and over how many days.
    pub over: u32,
    pub days: u32,
    /// Days without activity before this one.
    pub gap: u32,
    /// The hours of the day between which the actor is usually active.
    pub usual: (u32, u32),
    /// As above, on that day of the week; equal where it is active at none.
    pub(super) on_day: (u32, u32),
    pub quantity: usize,
    /// The action before it, as `Names` knows it.
    pub(super) after: u32,
    pub(super) local: NaiveDateTime,
    /// Minutes since what it is held against.
    pub(super) minutes: u32,
    /// The severity follows from signs alone, so many steps above the least one.
    pub(super) is_fixed: bool,
    pub(super) more: usize,
    /// How grave it is beside others of its actor; 0 where the bits say that.
    pub(super) level: f64,
    pub(super) is_odd: bool,
    /// Other values were new shortly before.
    pub(super) is_among_others: bool,
    /// From a network or with a client that is new too.
    pub(super) is_elsewhere: bool,
    pub(super) is_parallel: bool,
    pub(super) is_sensitive: bool,
    pub(super) is_same: bool,
    /// Attempts to sign in that were refused before.
    pub(super) refused: u8,
    pub(super) is_step: bool,
}

/// How a count that may be beyond a fixed threshold stands beside its actor's baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The fixed threshold counts.
    Open,
    /// The actor reaches as much regularly, or others do.
    Usual,
    /// The baseline reports it, or has done so.
    Found,
}

/// Surprises of an event by detector, and those that were reported.
#[derive(Debug, Default)]
pub struct Surprises {
    pub(super) list: [Option<Surprise>; LEARNERS],
    /// Found when the other detectors are through.
    pub(super) risk: Cell<Option<Surprise>>,
    /// Of another entity than the event's actor.
    pub(super) silent: Option<Silent>,
    pub(super) failing: Option<Failing>,
    pub(super) odd: Option<Odd>,
    pub history: History,
    /// The name of the action before the event's.
    pub(super) after: Option<Name>,
    /// Verdict on a finding.
    pub(super) verdict: Cell<Verdict>,
    pub(super) is_any: Cell<bool>,
    /// Quantities whose count is usual for the event's actor, as bits, though it may be beyond a fixed threshold; beside them failures.
    pub(super) usual: u8,
    /// Quantities whose count is a finding of the baseline.
    pub(super) found: u8,
    /// Accounts that fail at the event's origin, where many share it.
    pub crowd: Crowd,
    pub(super) stated: Cell<u16>,
    /// The event changed the logging of its source: minutes of silence that are a finding now; else 0.
    pub(super) watch: Cell<u32>,
}

impl Surprises {
    #[inline]
    pub fn get(&self, learner: usize) -> Option<Surprise> {
        if learner == RISK { self.risk.get() } else { self.list.get(learner).copied().flatten() }
    }

    pub(super) fn put(&mut self, learner: usize, surprise: Option<Surprise>) {
        if let (Some(place), Some(_)) = (self.list.get_mut(learner), &surprise) {
            *place = surprise;
            self.is_any.set(true);
        }
    }

    /// Forgets all, in place: a whole one is large for a small stack.
    #[cold]
    #[inline(never)]
    pub(super) fn clear(&mut self) {
        self.list.iter_mut().for_each(|place| *place = None);
        self.risk.set(None);
        self.silent = None;
        self.failing = None;
        self.odd = None;
        self.after = None;
        self.verdict.set(Verdict::Accepted);
        self.is_any.set(false);
        self.stated.set(0);
        self.watch.set(0);
    }

    /// Has the event's source and host watched: its logging was changed.
    pub fn watch(&self, minutes: u32) {
        self.watch.set(minutes.max(1));
        self.is_any.set(true);
    }

    /// How the event's count of records, deletions or updates stands beside the baseline of its actor.
    pub fn standing(&self, quantity: usize) -> Standing {
        if self.usual & bit(quantity) != 0 {
            Standing::Usual
        } else if self.found & bit(quantity) != 0 {
            Standing::Found
        } else {
            Standing::Open
        }
    }

    /// The event's failures are as many as its actor reaches regularly.
    pub fn is_usual_failure(&self) -> bool {
        self.standing(FAILURES) == Standing::Usual
    }

    pub(super) fn set_standing(&mut self, quantity: usize, standing: Standing) {
        match standing {
            Standing::Open => {}
            Standing::Usual => self.usual |= bit(quantity),
            Standing::Found => self.found |= bit(quantity),
        }
    }

    pub(super) fn fail(&mut self, failing: Option<Failing>) {
        if failing.is_some() {
            self.failing = failing;
            self.is_any.set(true);
        }
    }

    pub(super) fn set_stated(&self, learner: usize) {
        self.stated.set(self.stated.get() | 1u16.wrapping_shl(learner as u32));
        self.is_any.set(true);
    }

    pub(super) fn is_stated_by(&self, learner: usize) -> bool {
        self.stated.get() & 1u16.wrapping_shl(learner as u32) != 0
    }

    /// True if a verdict changes what is learned.
    pub fn is_judged(&self) -> bool {
        self.verdict.get() != Verdict::Accepted
    }

    /// True if a detector stated one of them.
    pub fn is_stated(&self) -> bool {
        self.stated.get() != 0
    }
}

impl Surprise {
    /// Steps of severity above the least one: by the bits above the threshold, and where an inactive account is back.
    pub(super) fn steps(&self) -> usize {
        if self.is_fixed {
            return self.more;
        }
        let above = self.bits - self.threshold.max(self.chance);
        usize::from(above >= 4.0)
            .saturating_add(usize::from(above >= 8.0))
            .saturating_add(usize::from(self.gap >= INACTIVE_DAYS))
            .saturating_add(usize::from(self.is_elsewhere))
    }
}
