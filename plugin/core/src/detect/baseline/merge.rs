//! Joins the baselines of two instances, and forgets an actor.

use super::Baselines;
use super::actor::merge::merged;

impl Baselines {
    /// Adds what another instance learned under the same policy and key. Either order gives the same.
    ///
    /// Sources and hosts that report are those of the newer stream: each has a clock of its own.
    pub fn merge(&mut self, other: &Baselines) {
        let half_life = self.options.half_life_days;
        self.actors.merge(&other.actors, |one, two| merged(one, two, half_life));
        self.fleet.merge(&other.fleet);
        if self.common.words.words.len() == other.common.words.words.len() {
            self.common.merge(&other.common);
        }
        self.sequence.merge(&other.sequence);
        self.failures.merge(&other.failures);
        self.metrics.merge(&other.metrics);
        self.origins.merge(&other.origins);
        let (held, more) = (&mut self.silence.words.words, &other.silence.words.words);
        if held.len() == more.len() && *more > *held {
            held.clone_from(more);
        }
    }

    /// Forgets an actor; true if it was known.
    pub fn forget(&mut self, key: u64) -> bool {
        let places = self.actors.words_of(key);
        places.iter().for_each(|place| self.actors.words.set(*place, 0));
        self.sequence.forget(key);
        self.failures.forget(key);
        self.metrics.forget(key);
        !places.is_empty()
    }
}
