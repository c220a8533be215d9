//! Evaluation of one event of an actor: what is at hand for it, and the thresholds. The files beside this one hold it against chance.

use super::actor::Actor;
use super::fleet::Fleet;
use super::options::Options;
use super::scores::Reached;
use super::sequence::Sequence;
use crate::detect::Subject;
use crate::event::{Field, Outcome};
use crate::policy::Verdict;
use crate::sketch::frequency::Frequency;

/// When an event happened.
#[derive(Clone, Copy)]
pub(super) struct When {
    pub(super) minute: u32,
    pub(super) hour: u32,
    /// In local time.
    pub(super) hour_of_week: u32,
    /// The actor's first event of its newest minute, and of its newest hour.
    pub(super) is_new_minute: bool,
    pub(super) is_new_hour: bool,
}

/// Evaluates one event of an actor and learns from it.
pub(super) struct Learner<'a> {
    pub(super) fleet: &'a mut Fleet,
    pub(super) common: &'a mut Frequency,
    pub(super) sequence: &'a mut Sequence,
    pub(super) options: &'a Options,
    /// How many actors are held.
    pub(super) actors: f64,
    pub(super) when: When,
    /// How surprising the actor's day was before.
    pub(super) reached: Reached,
    /// Bits of the values that were new together.
    pub(super) novelty: f64,
    /// Active minutes of the actor on one of its active days.
    pub(super) minutes_a_day: f64,
    /// Changed what was learned.
    pub(super) verdict: Verdict,
}

impl Learner<'_> {
    /// The threshold by chance alone.
    pub(super) fn own_threshold(&self) -> f64 {
        self.fleet.own_threshold(self.minutes_a_day, self.options.alerts_per_day)
    }

    pub(super) fn threshold(&self, test: usize) -> f64 {
        self.fleet.threshold_for(test, self.own_threshold())
    }

    /// Learns how surprising an event of an actor that is evaluated was; gives the threshold.
    pub(super) fn score(&mut self, actor: &Actor<'_>, test: usize, bits: f64) -> f64 {
        self.see_score(actor, test, bits);
        self.threshold(test)
    }

    /// Of a day that is over, it is not known any more how far the actor came.
    pub(super) fn see_score(&mut self, actor: &Actor<'_>, test: usize, bits: f64) {
        if self.when.hour / 24 == actor.hour() / 24 {
            self.fleet.scores.see(test, &mut self.reached, bits);
        }
    }

    pub(super) fn may_state(&self, actor: &Actor<'_>, learner: usize, bits: f64) -> bool {
        let is_learned = self.options.learns.get(learner).copied().unwrap_or_default();
        is_learned
            && actor.is_due(
                learner,
                self.when.minute,
                bits,
                self.options.cooldowns.get(learner).copied().unwrap_or_default(),
            )
    }
}

pub(super) fn is_refused(subject: &Subject<'_>) -> bool {
    matches!(subject.event.outcome, Some(Outcome::Failure | Outcome::Denied))
}

pub(super) fn is_person(subject: &Subject<'_>) -> bool {
    subject.text(Field::ActorType) == b"user"
}

/// By which a value that waits is found again.
pub(super) fn print(value: u64) -> u32 {
    (value as u32).max(1)
}
