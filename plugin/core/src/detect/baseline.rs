//! Learned baselines: what each actor does usually, in bounded memory, and how surprising an event is, in bits. Detectors state what is surprising.
//!
//! Time is counted in minutes in which an actor was active, so that one busy hour of a script is no long experience. An event is surprising from a threshold
//! on that follows from the traffic and the budget of alerts (`Fleet::threshold`). What is surprising waits to be learned until it is repeated over more
//! than a day; everything else is learned at once.

pub mod actor;
pub mod countries;
mod counts;
pub mod dormant;
pub mod failures;
pub mod fleet;
mod learner;
mod merge;
pub mod metrics;
mod novelty;
mod off_hours;
mod options;
pub mod origins;
pub mod position;
#[cfg(not(target_family = "wasm"))]
pub mod profile;
pub mod risk;
pub mod scope;
pub mod scores;
pub mod sequence;
pub mod shares;
pub mod silence;
mod statement;
mod steps;
mod surprise;
pub mod tails;
pub mod takeover;
pub mod travel;
pub mod values;

pub use counts::write_count;
pub use novelty::write_new_value;
pub use off_hours::write_off_hours;
pub use options::PlaceOf;
pub use statement::{History, Learned, Reason, state, state_failures, state_metric, state_silence};
pub use surprise::{Standing, Surprise, Surprises};

use super::finding::Mark;
use super::{Facts, Subject};
use crate::event::Field;
use crate::policy::{Policy, Verdict};
use crate::sketch::frequency::Frequency;
use crate::sketch::logarithm::log2;
use crate::sketch::table::Table;
use crate::sketch::{Sketch, Visit};
use crate::time::{MINUTE, Millis};
use actor::{Actor, ENTRY};
use counts::quantity;
use failures::Failures;
use fleet::Fleet;
use learner::{Learner, When, is_person, is_refused, print};
use metrics::Metrics;
use options::Options;
use origins::{Crowd, Origins};
use scores::Reached;
use sequence::Sequence;
use silence::Silence;
use values::values;

/// Numbers the detectors with a learned part, and lists their ids in that order. Snapshots know them by these numbers, so new ones are appended; one that is
/// appended to those of actors gives the sketches of actors another shape.
macro_rules! learners {
    (of_actors: $($actor:ident = $of_actor:literal),+; of_others: $($other:ident = $of_other:literal),+) => {
        #[allow(
            non_camel_case_types,
            clippy::upper_case_acronyms,
            reason = "the variants only number the constants of the same names"
        )]
        enum Number {
            $($actor,)+
            $($other,)+
        }
        $(pub const $actor: usize = Number::$actor as usize;)+
        $(pub const $other: usize = Number::$other as usize;)+
        /// Those whose findings have a cooldown that is kept with the actor.
        const TIMED: usize = [$(Number::$actor),+].len();
        const LEARNERS: usize = TIMED + [$(Number::$other),+].len();
        pub(crate) const IDS: [&str; LEARNERS] = [$($of_actor,)+ $($of_other,)+];
    };
}

learners! {
    of_actors:
        NEW_VALUE = "new-value",
        OFF_HOURS = "off-hours",
        VOLUME = "volume",
        MASS_CHANGE = "mass-change",
        DORMANT = "dormant",
        TAKEOVER = "takeover",
        TRAVEL = "travel",
        SCOPE = "scope",
        RISK = "risk",
        SEQUENCE = "sequence";
    of_others:
        SILENCE = "silence",
        ERROR_RATE = "error-rate",
        METRIC = "metric"
}

const _: () = assert!(LEARNERS <= u16::BITS as usize, "one bit each in `Surprises::stated`");

/// Detectors that hold every event against chance: the budget of alerts is theirs together.
const TESTS: f64 = 6.0;

/// Kinds of values.
const NETWORK: usize = 0;
const COUNTRY: usize = 1;
const CLIENT: usize = 2;
const SERVICE: usize = 3;
const ACTION: usize = 4;
const TARGET: usize = 5;
const KINDS: usize = 6;

/// Quantities that are counted.
pub const RECORDS: usize = 0;
pub const DELETES: usize = 1;
pub const UPDATES: usize = 2;
const QUANTITIES: usize = 3;
/// Beside them, failures.
const FAILURES: usize = QUANTITIES;
/// Over which they are.
const HOUR_SCALE: usize = 0;
const DAY_SCALE: usize = 1;
const SCALES: usize = 2;

/// A surprising value is learned when it is repeated after so many minutes.
const WAIT: u32 = DAY_MINUTES;
const DAY_MINUTES: u32 = 24 * 60;
/// An account that was silent for so many days is inactive.
pub const INACTIVE_DAYS: u32 = 30;
/// Actors make room for others after so many minutes of silence.
const KEEPS: u32 = 180 * 24 * 60;
/// Part of the memory that counts how many actors have a value.
const COMMON_SHARE: usize = 16;
/// Part of it for transitions between actions.
const SEQUENCE_SHARE: usize = 8;
/// Part of it for origins that many share.
const ORIGIN_SHARE: usize = 256;
/// An event with such facts proves nothing about who acted.
const UNPROVED: Facts = Facts::FAILED_LOGIN;

/// A kind of values as a bit.
const fn bit(kind: usize) -> u8 {
    1u8.wrapping_shl(kind as u32)
}

/// Share of `budget.memory` of the detector of failures, in 64ths, and which part of it the baselines of failures have.
pub(crate) const FAILURE_SHARE: usize = 7;
pub(crate) const FAILURES_LEARNED: usize = 4;

/// Bytes of a budget that the baselines of failures have.
pub(crate) fn failure_memory(budget: usize) -> usize {
    (budget / 64).saturating_mul(FAILURE_SHARE) / FAILURES_LEARNED
}

/// The baselines of all actors.
pub struct Baselines {
    pub actors: Table,
    fleet: Fleet,
    /// How many actors learned a value.
    common: Frequency,
    options: Options,
    is_enabled: bool,
    silence: Silence,
    sequence: Sequence,
    failures: Failures,
    metrics: Metrics,
    origins: Origins,
    /// The quarter of an hour whose local time was found last: its hour of the week.
    quarter: (Millis, u32),
}

impl Baselines {
    #[inline(never)]
    pub fn new(policy: &Policy, place_of: PlaceOf) -> Baselines {
        let options = Options::new(policy, place_of);
        let is_enabled = options.alerts_per_day > 0.0 && options.learns.contains(&true);
        let memory = if is_enabled { policy.baseline.memory } else { 0 };
        let common = memory / COMMON_SHARE;
        let half_life = options.half_life_days.saturating_mul(24);
        let (after, is_silence_on) = (options.silence_after, is_enabled && options.learns[SILENCE]);
        let silence =
            Silence::new("baseline.silence", after, options.cooldowns[SILENCE], is_silence_on);
        let sequence = Sequence::new(memory / SEQUENCE_SHARE);
        let of_others = common.saturating_add(memory / SEQUENCE_SHARE);
        let fleet = Fleet::new("baseline.fleet", half_life, options.alerts_per_day);
        let of_others =
            of_others.saturating_add(silence.words.memory()).saturating_add(fleet.memory());
        let origins = Origins::new(memory / ORIGIN_SHARE, options.half_life_days);
        let of_actors = memory.saturating_sub(of_others);
        let is_failures_on = is_enabled && options.learns[ERROR_RATE];
        let failures = Failures::new(
            if is_failures_on { failure_memory(policy.memory) } else { 0 },
            options.alerts_per_day,
            options.half_life_days,
            options.cooldowns[ERROR_RATE],
            options.failures.map(|is_on| is_on && is_failures_on),
        );
        let is_metric_on = is_enabled && options.learns[METRIC];
        let metrics =
            Metrics::new(policy, is_metric_on, options.metric_memory, options.cooldowns[METRIC]);
        Baselines {
            actors: Table::new("baseline.actors", 2, ENTRY, KEEPS, of_actors),
            fleet,
            // What origins take is taken from values: actors keep their places.
            common: Frequency::new(
                "baseline.values",
                common.saturating_sub(origins.table.words.memory()),
            ),
            options,
            is_enabled,
            silence,
            sequence,
            failures,
            metrics,
            origins,
            quarter: (Millis::MIN, 0),
        }
    }

    /// Lists its sketches.
    pub fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(Sketch::Table(&mut self.actors));
        visit(Sketch::Words(&mut self.fleet.words));
        visit(Sketch::Words(&mut self.common.words));
        visit(Sketch::Words(&mut self.silence.words));
        visit(Sketch::Words(&mut self.sequence.last));
        visit(Sketch::Words(&mut self.sequence.counts.words));
        visit(Sketch::Words(&mut self.fleet.shares.words));
        visit(Sketch::Words(&mut self.fleet.scores.words));
        visit(Sketch::Words(&mut self.failures.table.words));
        visit(Sketch::Words(&mut self.failures.scores.words));
        visit(Sketch::Words(&mut self.failures.shares));
        visit(Sketch::Words(&mut self.metrics.table.words));
        visit(Sketch::Words(&mut self.metrics.scores.words));
        visit(Sketch::Words(&mut self.metrics.traffic));
        visit(Sketch::Words(&mut self.fleet.tails.words));
        visit(Sketch::Words(&mut self.origins.table.words));
        visit(Sketch::Words(&mut self.fleet.tails.gradual));
        visit(Sketch::Words(&mut self.sequence.names.words));
    }

    /// Bytes that an actor takes, its place in the table included.
    pub fn bytes_per_actor(&self) -> usize {
        usize::try_from(self.actors.capacity())
            .ok()
            .and_then(|actors| self.actors.words.memory().checked_div(actors))
            .unwrap_or_default()
    }

    /// Watches the source and the host of the event for silence, where a detector asked for it.
    pub fn watch(&mut self, subject: &Subject<'_>, surprises: &Surprises) {
        let minutes = surprises.watch.get();
        if minutes > 0 && self.is_enabled {
            self.silence.watch(subject, minutes);
        }
    }

    /// Holds the event against its actor's baseline and learns from it; whether something is surprising.
    #[inline]
    pub fn look(&mut self, subject: &Subject<'_>, surprises: &mut Surprises) -> bool {
        if surprises.is_any.get() {
            surprises.clear();
        }
        (surprises.usual, surprises.found, surprises.crowd) = (0, 0, Crowd::default());
        surprises.history = History::default();
        if subject.facts.has_any(Facts::RETOLD) {
            return false;
        }
        if self.is_enabled {
            let threshold = || {
                let chance = self.fleet.threshold(self.options.alerts_per_day);
                self.fleet.raised(SILENCE, chance)
            };
            let silent = self.silence.see(subject, minute(subject.time), threshold);
            if silent.is_some() {
                surprises.silent = silent;
                surprises.is_any.set(true);
            }
            let alerts = self.options.alerts_per_day;
            let minute = minute(subject.time);
            if subject.facts.has_any(Facts::LOGIN | Facts::FAILED_LOGIN) {
                surprises.crowd = self.origins.see(subject, minute / 60);
            }
            surprises.fail(self.failures.see_service(subject, minute, &self.fleet, alerts));
            if !self.metrics.is_empty() {
                let odd = self.metrics.see(subject, minute);
                if odd.is_some() {
                    surprises.odd = odd;
                    surprises.is_any.set(true);
                }
            }
        }
        if !self.evaluates(subject) {
            if subject.facts.has_any(UNPROVED) && self.is_enabled {
                self.refused(subject);
            }
            return surprises.is_any.get();
        }
        let (name, key) = subject.actor();
        if !name.is_empty() {
            self.look_at(key, subject, surprises);
        }
        surprises.is_any.get()
    }

    /// True if the event is held against the baseline of its actor: it is enabled, and the event proves who acted.
    #[inline]
    pub fn evaluates(&self, subject: &Subject<'_>) -> bool {
        let is_proved = subject.facts.has_any(Facts::ANY)
            && !subject.facts.has_any(UNPROVED)
            && subject.event.times > 0;
        self.is_enabled
            && is_proved
            && !subject.event.is_provider
            && !subject.event.is(Field::ActorType, "anonymous")
    }

    /// Notes a failed sign-in with an actor that is known: names that are made up take no place.
    #[cold]
    #[inline(never)]
    fn refused(&mut self, subject: &Subject<'_>) {
        let (name, key) = subject.actor();
        let [network, ..] = values(subject);
        if name.is_empty() || network == 0 || subject.event.is_provider {
            return;
        }
        let entry = self.actors.find(key, ENTRY);
        if let Some(mut actor) = entry.and_then(|entry| Actor::of(entry.words)) {
            takeover::refused(&mut actor, network, minute(subject.time));
        }
    }

    /// Nothing where the table has no room for the actor.
    #[inline(never)]
    fn look_at(
        &mut self,
        key: u64,
        subject: &Subject<'_>,
        surprises: &mut Surprises,
    ) -> Option<()> {
        let minute = minute(subject.time);
        let hour = minute / 60;
        let hour_of_week = self.hour_of_week(subject.time);
        let actors = self.actors.held().max(1) as f64;
        let mut entry = self.actors.place(key, ENTRY, minute)?;
        let (is_new, newest) = (entry.is_new, entry.stamp());
        let held = Reached(entry.own());
        let mut reached = held;
        let is_new_minute = is_new || minute > newest;
        if is_new_minute {
            entry.set_stamp(minute);
        }
        let mut actor = Actor::of(entry.words)?;
        self.fleet.advance(hour);
        let is_new_hour = is_new || hour > actor.hour();
        if is_new {
            actor.begin(hour);
        } else if is_new_hour {
            let shares = &self.fleet.shares;
            let others = |quantity: usize, scale: usize| shares.usual(quantity, scale);
            let ended = actor.turn(hour, self.options.half_life_days, &others);
            self.fleet.finish(&ended, is_person(subject));
            if ended.targets.is_some() {
                reached = Reached::default();
                if actor.age().is_mature() {
                    self.fleet.scores.begin();
                }
            }
        }
        if is_new_minute {
            self.fleet.see();
        }
        surprises.history = actor.history();
        let when = When { minute, hour, hour_of_week, is_new_minute, is_new_hour };
        let mut learner = Learner {
            fleet: &mut self.fleet,
            common: &mut self.common,
            options: &self.options,
            actors,
            when,
            reached,
            novelty: 0.0,
            minutes_a_day: 0.0,
            verdict: Verdict::Accepted,
            sequence: &mut self.sequence,
        };
        learner.minutes_a_day = actor.minutes_a_day();
        let chance = || learner.own_threshold();
        surprises.fail(self.failures.see_actor(subject, key, minute, &actor, chance));
        if self.failures.is_usual {
            surprises.set_standing(FAILURES, Standing::Usual);
        }
        surprises.put(DORMANT, learner.dormant(&actor, subject));
        let values = values(subject);
        let fresh = learner.learn(&mut actor, &values);
        if fresh != 0 {
            surprises.put(NEW_VALUE, learner.new_values(&mut actor, &values, fresh, subject));
        }
        if learner.verdict != Verdict::Accepted {
            surprises.verdict.set(learner.verdict);
            surprises.is_any.set(true);
        }
        surprises.put(TAKEOVER, learner.takeover(&mut actor, &values, fresh, subject));
        surprises.put(TRAVEL, learner.travel(&mut actor, fresh, subject));
        surprises.put(OFF_HOURS, learner.hours(&mut actor, subject));
        surprises.put(SCOPE, learner.scope(&mut actor, subject));
        let transition = learner.transition(&mut actor, key, subject);
        if let Some(transition) = &transition {
            surprises.after = Some(learner.sequence.names.recall(transition.after));
        }
        surprises.put(SEQUENCE, transition);
        surprises.put(SEQUENCE, learner.step(&mut actor, subject));
        if let Some(quantity) = quantity(subject.facts) {
            let (surprise, standing) = learner.count(&mut actor, (quantity, key), subject);
            surprises.set_standing(quantity, standing);
            surprises.put(if quantity == RECORDS { VOLUME } else { MASS_CHANGE }, surprise);
        }
        let reached = learner.reached;
        if reached != held {
            entry.set_own(reached.0);
        }
        Some(())
    }

    /// Local time changes at quarters of an hour.
    fn hour_of_week(&mut self, time: Millis) -> u32 {
        let quarter = time.wrapping_div_euclid(15 * MINUTE);
        if self.quarter.0 != quarter {
            self.quarter = (quarter, crate::calendar::hour_of_week(self.options.zone.local(time)));
        }
        self.quarter.1
    }

    /// Remembers which findings of the actor were stated.
    #[cold]
    #[inline(never)]
    pub fn settle(&mut self, key: u64, time: Millis, surprises: &Surprises) {
        if surprises.is_stated_by(SILENCE) {
            self.fleet.scores.found(SILENCE);
        }
        if let Some(failing) =
            surprises.failing.as_ref().filter(|_| surprises.is_stated_by(ERROR_RATE))
        {
            self.failures.settle(failing, minute(time));
        }
        if let Some(odd) = surprises.odd.as_ref().filter(|_| surprises.is_stated_by(METRIC)) {
            self.metrics.settle(odd, minute(time));
        }
        let Some(mut actor) = self.actors.find(key, ENTRY).and_then(|entry| Actor::of(entry.words))
        else {
            return;
        };
        for learner in (0..LEARNERS).filter(|learner| surprises.is_stated_by(*learner)) {
            if let Some(surprise) = surprises.get(learner) {
                let level = if surprise.level > 0.0 { surprise.level } else { surprise.bits };
                if actor.set_alert(learner, minute(time), level) {
                    self.fleet.scores.found(learner);
                }
            }
        }
    }
}

impl Baselines {
    /// Learns what the verdict on a finding of the actor says.
    #[cold]
    #[inline(never)]
    pub fn apply(&mut self, key: u64, surprises: &Surprises) {
        let actor = self.actors.find(key, ENTRY).and_then(|entry| Actor::of(entry.words));
        if let Some(mut actor) = actor.filter(|_| surprises.verdict.get() == Verdict::Benign) {
            actor.confirm();
        }
    }

    /// Adds what was found on the event's actor to its sum of risk; whether that is a finding.
    #[cold]
    #[inline(never)]
    pub fn accumulate(
        &mut self,
        subject: &Subject<'_>,
        marks: &[Mark],
        surprises: &Surprises,
    ) -> bool {
        let (name, key) = subject.actor();
        let is_learned = self.is_enabled && self.options.learns[RISK];
        if name.is_empty() || !is_learned || subject.facts.has_any(UNPROVED) {
            return false;
        }
        let Some(mut entry) = self.actors.find(key, ENTRY) else { return false };
        let mut reached = Reached(entry.own());
        let Some(actor) = Actor::of(entry.words) else { return false };
        let of_others = |mark: &Mark| {
            mark.is_of_actor && usize::from(mark.detector) != self.options.risk_detector
        };
        if marks.iter().any(of_others) && minute(subject.time) / DAY_MINUTES == actor.hour() / 24 {
            let is_stated = |learner| surprises.is_stated_by(learner);
            self.fleet.scores.exclude(&mut reached, is_stated);
            entry.set_own(reached.0);
        }
        let Some(mut actor) = Actor::of(entry.words) else { return false };
        let (risk, cooldown) = (self.options.risk, self.options.cooldowns[RISK]);
        let own = self.options.risk_detector;
        let found = risk::accumulate(&mut actor, marks, own, minute(subject.time), risk, cooldown);
        surprises.risk.set(found);
        if found.is_some() {
            surprises.is_any.set(true);
        }
        found.is_some()
    }
}

/// The minute since 1970; times before it count as its first.
fn minute(time: Millis) -> u32 {
    u32::try_from(time / MINUTE).unwrap_or_default()
}

#[cfg(test)]
mod tests;
