//! Learned baselines: what each actor does usually, in bounded memory, and how surprising an event is, in bits. Detectors state what is surprising.
//!
//! Time is counted in minutes in which an actor was active, so that one busy hour of a script is no long experience. An event is surprising from a threshold
//! on that follows from the traffic and the budget of alerts (`Fleet::threshold`). What is surprising waits to be learned until it is repeated over more
//! than a day; everything else is learned at once.

pub mod actor;
pub mod countries;
pub mod dormant;
pub mod failures;
pub mod fleet;
mod merge;
pub mod metrics;
pub mod position;
#[cfg(not(target_family = "wasm"))]
pub mod profile;
pub mod risk;
pub mod scope;
pub mod scores;
pub mod sequence;
pub mod shares;
pub mod silence;
mod steps;
pub mod tails;
pub mod takeover;
pub mod travel;
pub mod values;

use super::finding::Mark;
use super::threshold::Due;
use super::{Facts, Finding, Findings, Spec, Subject, shorten, suppress};
use crate::calendar::Zone;
use crate::event::{Class, Field, Outcome};
use crate::policy::{Policy, Settings, Verdict};
use crate::severity::Severity;
use crate::sketch::evidence::Chain;
use crate::sketch::frequency::Frequency;
use crate::sketch::hours::{WEEK, WEIGHT};
use crate::sketch::logarithm::log2;
use crate::sketch::table::Table;
use crate::sketch::{Words, tail};
use crate::text::Sink;
use crate::time::{DAY, HOUR, MINUTE, Millis};
use crate::write::Writer;
use actor::{Actor, ENTRY};
use failures::{Failing, Failures};
use fleet::Fleet;
use metrics::{Metrics, Odd};
use scores::Reached;
use sequence::Sequence;
use silence::{Silence, Silent};
use std::cell::Cell;
use values::{mixed, shown, values};

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
/// Values of one of these groups depend on each other: the most surprising of them counts.
const GROUPS: [&[usize]; 3] = [&[NETWORK, COUNTRY], &[CLIENT], &[SERVICE, ACTION, TARGET]];

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

/// Bits of new values from which on an act at an unusual hour is stated whatever it is.
const NEW_PLACE: f64 = 2.0;
/// Minutes of the fleet's experience that an actor begins with.
const PRIOR_MINUTES: f64 = 8.0;
/// A kind is evaluated once so many minutes of an actor had a value of it.
const LEAST_MINUTES: f64 = 10.0;
/// An hour of the day is settled when it was active on two days.
const SETTLED: u64 = WEIGHT + 1;
/// Active hours of the fleet's experience that an actor begins with, and how many of its own it is evaluated from on.
const PRIOR_HOURS: f64 = 8.0;
const LEAST_HOURS: f64 = 16.0;
/// A count is usual up to so many times what an hour with any has, where that hour has at least so many and as much was counted on about so many days.
const USUAL_TIMES: f64 = 4.0;
const USUAL_DAYS: f64 = 2.5;
const USUAL_LEAST: f64 = 10.0;
/// A count below this is nothing to state, however few are usual.
const LEAST_COUNT: u32 = 20;
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
/// An event with such facts proves nothing about who acted.
const UNPROVED: Facts = Facts::FAILED_LOGIN;

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
    pub window: Millis,
    /// The kinds of values that are new, as bits.
    kinds: u8,
    /// Active minutes, hours or days that it is held against, and over how many days.
    pub over: u32,
    pub days: u32,
    /// Days without activity before this one.
    pub gap: u32,
    /// The hours of the day between which the actor is usually active.
    pub usual: (u32, u32),
    pub quantity: usize,
    local: Millis,
    /// Minutes since what it is held against.
    minutes: u32,
    /// The severity follows from signs alone, so many steps above the least one.
    is_fixed: bool,
    more: usize,
    /// How grave it is beside others of its actor; 0 where the bits say that.
    level: f64,
    is_odd: bool,
    /// Other values were new shortly before.
    is_among_others: bool,
    /// From a network or with a client that is new too.
    is_elsewhere: bool,
    is_parallel: bool,
    is_sensitive: bool,
    is_same: bool,
    is_step: bool,
}

/// Surprises of an event by detector, and those that were reported.
#[derive(Debug, Default)]
pub struct Surprises {
    list: [Option<Surprise>; LEARNERS],
    /// Found when the other detectors are through.
    risk: Cell<Option<Surprise>>,
    /// Of another entity than the event's actor.
    silent: Option<Silent>,
    failing: Option<Failing>,
    odd: Option<Odd>,
    /// Verdict on a finding.
    verdict: Cell<Verdict>,
    is_any: Cell<bool>,
    /// Quantities whose count is usual for the event's actor, as bits, though it may be beyond a fixed threshold; beside them failures.
    usual: u8,
    stated: Cell<u16>,
    /// The event changed the logging of its source: minutes of silence that are a finding now; else 0.
    watch: Cell<u32>,
}

impl Surprises {
    #[inline]
    pub fn get(&self, learner: usize) -> Option<Surprise> {
        if learner == RISK { self.risk.get() } else { self.list.get(learner).copied().flatten() }
    }

    fn put(&mut self, learner: usize, surprise: Option<Surprise>) {
        if let (Some(place), Some(_)) = (self.list.get_mut(learner), &surprise) {
            *place = surprise;
            self.is_any.set(true);
        }
    }

    /// Forgets all, in place: a whole one is large for a small stack.
    #[cold]
    #[inline(never)]
    fn clear(&mut self) {
        self.list.iter_mut().for_each(|place| *place = None);
        self.risk.set(None);
        self.silent = None;
        self.failing = None;
        self.odd = None;
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

    /// The event's count of records, deletions or updates is one that its actor reaches regularly.
    pub fn is_usual_count(&self, quantity: usize) -> bool {
        self.usual & bit(quantity) != 0
    }

    /// As above, for its failures.
    pub fn is_usual_failure(&self) -> bool {
        self.is_usual_count(FAILURES)
    }

    fn set_usual(&mut self, quantity: usize, is_usual: bool) {
        if is_usual {
            self.usual |= bit(quantity);
        }
    }

    fn fail(&mut self, failing: Option<Failing>) {
        if failing.is_some() {
            self.failing = failing;
            self.is_any.set(true);
        }
    }

    fn set_stated(&self, learner: usize) {
        self.stated.set(self.stated.get() | 1u16.wrapping_shl(learner as u32));
        self.is_any.set(true);
    }

    fn is_stated_by(&self, learner: usize) -> bool {
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
    fn steps(&self) -> usize {
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

/// Writes the reason of a finding on this actor, up to its bits.
pub type Reason = fn(&Surprise, &[u8], &Subject<'_>, &mut Writer<'_>);

/// Adds the finding of a surprise.
#[cold]
#[inline(never)]
pub fn state(
    (learner, spec, write): (usize, &'static Spec, Reason),
    technique: Option<&'static str>,
    least: Severity,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some((surprises, surprise)) =
        subject.surprises.and_then(|surprises| Some((surprises, surprises.get(learner)?)))
    else {
        return;
    };
    let (surprise, (key, _)) = (&surprise, subject.actor());
    let mut finding = Finding {
        detector: spec,
        rule: None,
        technique,
        severity: least.raised(surprise.steps()),
        observed: surprise.observed,
        limit: surprise.expected,
        window: surprise.window,
        role: "actor",
        key,
        reason: &|out| {
            write(surprise, key, subject, out);
            write_bits(surprise, out);
        },
        evidence: Chain::only(subject.serial()),
        due: Due::Now,
    };
    let verdict = suppress::verdict(subject, &finding);
    if verdict != Verdict::Accepted {
        surprises.verdict.set(verdict);
        surprises.is_any.set(true);
    }
    if verdict == Verdict::Malicious {
        finding.severity = finding.severity.raised(1);
    }
    if findings.add_learned(
        subject,
        &finding,
        Learned { bits: surprise.bits as u32, over: surprise.over },
    ) {
        surprises.set_stated(learner);
    }
}

/// By how much it is a finding, where chance decides.
fn write_bits(surprise: &Surprise, out: &mut Writer<'_>) {
    if surprise.threshold > 0.0 {
        out.put(b"; ");
        out.number(surprise.bits as i64);
        out.put(b" bits (threshold ");
        out.number(surprise.threshold as i64);
        out.put(b")");
    }
}

/// Adds the finding of an entity that fell silent, after its logging was changed or without that, if its name passes.
#[cold]
#[inline(never)]
pub fn state_silence(
    spec: &'static Spec,
    is_after_change: bool,
    least: Severity,
    passes: impl Fn(&[u8]) -> bool,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some(silent) = subject.surprises.and_then(|surprises| surprises.silent.as_ref()) else {
        return;
    };
    if silent.is_after_change != is_after_change || !passes(silent.name()) {
        return;
    }
    let role = if silent.is_host { "host" } else { "source" };
    let reason = |out: &mut Writer<'_>| silence::write(silent, out);
    let of = OfEntity { learner: SILENCE, role, key: silent.name(), technique: None };
    state_entity(&of, &silent.surprise, &reason, (spec, least), subject, findings);
}

/// Adds the finding of a service or an actor that fails more than usual.
#[cold]
#[inline(never)]
pub fn state_failures(
    spec: &'static Spec,
    least: Severity,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some(failing) = subject.surprises.and_then(|surprises| surprises.failing.as_ref()) else {
        return;
    };
    let role = if failing.is_service { "service" } else { "actor" };
    let (key, _) = subject.keyed(role);
    let technique = if failing.is_service { "T1499" } else { "T1526" };
    let reason = |out: &mut Writer<'_>| failures::write(failing, key, out);
    let of = OfEntity { learner: ERROR_RATE, role, key, technique: Some(technique) };
    state_entity(&of, &failing.surprise, &reason, (spec, least), subject, findings);
}

/// Adds the finding of an unusual metric.
#[cold]
#[inline(never)]
pub fn state_metric(
    spec: &'static Spec,
    least: Severity,
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let Some(odd) = subject.surprises.and_then(|surprises| surprises.odd.as_ref()) else {
        return;
    };
    let (key, _) = metrics::entity(subject, odd.role);
    let reason = |out: &mut Writer<'_>| metrics::write(odd, key, out);
    let of = OfEntity { learner: METRIC, role: odd.role, key, technique: None };
    state_entity(&of, &odd.surprise, &reason, (spec, least), subject, findings);
}

/// Whose finding it is, where that need not be the event's actor.
struct OfEntity<'a> {
    learner: usize,
    role: &'static str,
    key: &'a [u8],
    technique: Option<&'static str>,
}

fn state_entity(
    of: &OfEntity<'_>,
    surprise: &Surprise,
    reason: &dyn Fn(&mut Writer<'_>),
    (spec, least): (&'static Spec, Severity),
    subject: &Subject<'_>,
    findings: &mut Findings,
) {
    let finding = Finding {
        detector: spec,
        rule: None,
        technique: of.technique,
        severity: least.raised(surprise.steps()),
        observed: surprise.observed,
        limit: surprise.expected,
        window: surprise.window,
        role: of.role,
        key: of.key,
        reason: &|out| {
            reason(out);
            write_bits(surprise, out);
        },
        evidence: Chain::only(subject.serial()),
        due: Due::Now,
    };
    let learned = Learned { bits: surprise.bits as u32, over: surprise.over };
    if findings.add_learned(subject, &finding, learned)
        && let Some(surprises) = subject.surprises
    {
        surprises.set_stated(of.learner);
    }
}

/// Additional values of a baseline finding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Learned {
    pub bits: u32,
    /// Active minutes, hours or days that the baseline was learned over.
    pub over: u32,
}

pub fn write_new_value(
    surprise: &Surprise,
    key: &[u8],
    subject: &Subject<'_>,
    out: &mut Writer<'_>,
) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' has a new ");
    let mut before: &[u8] = b"";
    for kind in (0..KINDS).filter(|kind| surprise.kinds & 1u8.wrapping_shl(*kind as u32) != 0) {
        let (name, value) = shown(subject, kind);
        out.put(before);
        out.put(name);
        out.put(b"'");
        out.put(crate::text::cut(value, 96));
        out.put(b"'");
        before = b", ";
    }
    out.put(b": not seen in ");
    write_experience(surprise, b" minutes of activity on ", out);
    out.put(b", which had ");
    out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    out.put(b" such values");
    if surprise.is_among_others {
        out.put(b"; others were new within the hour before");
    }
}

pub fn write_off_hours(
    surprise: &Surprise,
    key: &[u8],
    subject: &Subject<'_>,
    out: &mut Writer<'_>,
) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' acted at ");
    let (from, to) = surprise.usual;
    out.put(&crate::calendar::clock_text(surprise.local));
    if surprise.gap >= INACTIVE_DAYS {
        out.put(b" after ");
        out.number(i64::from(surprise.gap));
        out.put(b" days of silence");
    }
    out.put(b": ");
    out.put(shorten(subject.text(Field::ActionName)));
    if to.saturating_sub(from) >= 24 {
        out.put(b"; usually active at all hours, ");
    } else {
        out.put(b"; usually active between ");
        write_hour(from, out);
        out.put(b" and ");
        write_hour(to, out);
        out.put(b", ");
    }
    write_experience(surprise, b" hours on ", out);
}

/// `06:00` of an hour that may be on the next day.
fn write_hour(hour: u32, out: &mut Writer<'_>) {
    let hour = hour % 24;
    if hour < 10 {
        out.put(b"0");
    }
    out.number(i64::from(hour));
    out.put(b":00");
}

pub fn write_count(surprise: &Surprise, key: &[u8], _: &Subject<'_>, out: &mut Writer<'_>) {
    out.number(i64::try_from(surprise.observed).unwrap_or(i64::MAX));
    let (what, period): (&[u8], &[u8]) = match surprise.quantity {
        RECORDS => (
            b" records of restricted data taken by actor '",
            if surprise.window == DAY { b"a day" } else { b"an hour" },
        ),
        DELETES => {
            (b" deletions by actor '", if surprise.window == DAY { b"a day" } else { b"an hour" })
        }
        _ => (b" updates by actor '", if surprise.window == DAY { b"a day" } else { b"an hour" }),
    };
    out.put(what);
    out.put(shorten(key));
    out.put(b"' within ");
    out.put(period);
    out.put(b"; about ");
    out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    out.put(b" are usual over ");
    write_experience(
        surprise,
        if surprise.window == DAY { b" days, " } else { b" active hours on " },
        out,
    );
}

/// How much the baseline was learned from.
fn write_experience(surprise: &Surprise, unit: &[u8], out: &mut Writer<'_>) {
    out.number(i64::from(surprise.over));
    out.put(unit);
    out.number(i64::from(surprise.days));
    out.put(b" days");
}

/// Classes of acts that matter.
const SENSITIVE: [Class; 7] = [
    Class::Grant,
    Class::Configure,
    Class::Export,
    Class::Share,
    Class::Delete,
    Class::Approve,
    Class::Revoke,
];

fn is_refused(subject: &Subject<'_>) -> bool {
    matches!(subject.event.outcome, Some(Outcome::Failure | Outcome::Denied))
}

fn is_person(subject: &Subject<'_>) -> bool {
    subject.text(Field::ActorType) == b"user"
}

/// A kind of values as a bit.
const fn bit(kind: usize) -> u8 {
    1u8.wrapping_shl(kind as u32)
}

/// Learning settings of the policy.
struct Options {
    alerts_per_day: f64,
    half_life_days: u32,
    zone: Zone,
    /// Which detectors use a baseline, and how many minutes each is quiet after a finding.
    learns: [bool; LEARNERS],
    cooldowns: [u32; LEARNERS],
    /// Quantities whose threshold the policy does not set.
    quantities: [bool; QUANTITIES],
    /// Actions that are stated at unusual hours.
    actions: Facts,
    /// Acts that matter, and those that reach for a target.
    sensitive: Facts,
    reaches: Facts,
    changes: Facts,
    dormant_days: u32,
    /// Kilometres an hour.
    speed: f64,
    /// From how many bits on a sum is a finding, and within how many hours half of it is forgotten.
    risk: (f64, u32),
    /// The place of the detector of sums in the list of all.
    risk_detector: usize,
    silence_after: Millis,
    metric_memory: usize,
    /// Services and actors whose failures are learned, for the policy sets no threshold.
    failures: [bool; 2],
}

/// Finds the place of a detector in the list of all by its id.
pub type PlaceOf = fn(&str) -> Option<usize>;

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
    /// The quarter of an hour whose local time was found last: its hour of the week.
    quarter: (Millis, u32),
}

/// When an event happened.
#[derive(Clone, Copy)]
struct When {
    minute: u32,
    hour: u32,
    /// In local time.
    hour_of_week: u32,
    /// The actor's first event of its newest minute, and of its newest hour.
    is_new_minute: bool,
    is_new_hour: bool,
}

impl Options {
    fn new(policy: &Policy, place_of: PlaceOf) -> Options {
        let settings = |id: &str| place_of(id).and_then(|at| policy.detectors.get(at));
        let number = |learner: usize, key: &str| {
            let settings = IDS.get(learner).copied().and_then(settings);
            settings.map_or(0, |settings| settings.number(key))
        };
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let all = IDS.map(settings);
        let is_given = |learner: usize, key: &str| {
            all.get(learner).copied().flatten().is_some_and(|settings| settings.is_given(key))
        };
        let cooldown = |settings: &Settings| {
            u32::try_from(settings.number("cooldown") / MINUTE).unwrap_or(u32::MAX)
        };
        let mut learns =
            all.map(|settings| settings.is_some_and(|settings| settings.bool("enabled")));
        learns[OFF_HOURS] &= policy.environment.calendar.is_none();
        let off_hours = all[OFF_HOURS];
        let told = Class::ALL.iter().filter(|class| {
            off_hours.is_some_and(|settings| settings.has("actions", class.word()))
        });
        Options {
            alerts_per_day: policy.baseline.alerts_per_day as f64,
            half_life_days: u32::try_from(policy.baseline.half_life / DAY).unwrap_or(30).max(1),
            zone: Zone::read(policy.environment.settings.text("timezone")).unwrap_or(Zone::UTC),
            learns,
            cooldowns: all.map(|settings| settings.map_or(0, cooldown)),
            quantities: [
                !is_given(VOLUME, "records"),
                !is_given(MASS_CHANGE, "deletes"),
                !is_given(MASS_CHANGE, "updates"),
            ],
            actions: told.fold(Facts::NONE, |all, class| all | Facts::class(*class)),
            sensitive: SENSITIVE
                .iter()
                .fold(Facts::RESTRICTED, |all, class| all | Facts::class(*class)),
            reaches: scope::reaches(),
            changes: steps::changes(),
            silence_after: number(SILENCE, "after"),
            metric_memory: usize::try_from(number(METRIC, "memory")).unwrap_or_default(),
            failures: ["service_errors", "denied"].map(|key| !is_given(ERROR_RATE, key)),
            dormant_days: small(number(DORMANT, "after") / DAY).max(1),
            speed: number(TRAVEL, "speed") as f64,
            risk: (number(RISK, "bits") as f64, small(number(RISK, "half_life") / HOUR).max(1)),
            risk_detector: IDS.get(RISK).and_then(|id| place_of(id)).unwrap_or(usize::MAX),
        }
    }
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
        let of_others = of_others.saturating_add(silence.words.memory());
        let of_actors = memory.saturating_sub(of_others);
        let is_failures_on = is_enabled && options.learns[ERROR_RATE];
        let failures = Failures::new(
            if is_failures_on { failure_memory(policy.memory) } else { 0 },
            options.alerts_per_day,
            options.half_life_days.saturating_mul(24),
            options.cooldowns[ERROR_RATE],
            options.failures.map(|is_on| is_on && is_failures_on),
        );
        let is_metric_on = is_enabled && options.learns[METRIC];
        let metrics =
            Metrics::new(policy, is_metric_on, options.metric_memory, options.cooldowns[METRIC]);
        Baselines {
            actors: Table::new("baseline.actors", 2, ENTRY, KEEPS, of_actors),
            fleet: Fleet::new("baseline.fleet", half_life, options.alerts_per_day),
            common: Frequency::new("baseline.values", common),
            options,
            is_enabled,
            silence,
            sequence,
            failures,
            metrics,
            quarter: (Millis::MIN, 0),
        }
    }

    /// How many sketches there are.
    pub const SKETCHES: usize = 15;

    pub fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(&mut self.actors.words),
            1 => Some(&mut self.fleet.words),
            2 => Some(&mut self.common.words),
            3 => Some(&mut self.silence.words),
            4 => Some(&mut self.sequence.last),
            5 => Some(&mut self.sequence.counts.words),
            6 => Some(&mut self.fleet.shares.words),
            7 => Some(&mut self.fleet.scores.words),
            8 => Some(&mut self.failures.table.words),
            9 => Some(&mut self.failures.scores.words),
            10 => Some(&mut self.failures.shares),
            11 => Some(&mut self.metrics.table.words),
            12 => Some(&mut self.metrics.scores.words),
            13 => Some(&mut self.metrics.traffic),
            14 => Some(&mut self.fleet.tails.words),
            _ => None,
        }
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
        surprises.usual = 0;
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
            self.fleet.finish(&ended, is_person(subject), key);
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
        surprises.set_usual(FAILURES, self.failures.is_usual);
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
        surprises.put(SEQUENCE, learner.transition(&mut actor, key, subject));
        surprises.put(SEQUENCE, learner.step(&mut actor, subject));
        if let Some(quantity) = quantity(subject.facts) {
            let (surprise, is_usual) = learner.count(&mut actor, quantity, subject);
            surprises.set_usual(quantity, is_usual);
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

/// Kind of count of an event.
fn quantity(facts: Facts) -> Option<usize> {
    [(Facts::TOOK_RESTRICTED, RECORDS), (Facts::DELETED, DELETES), (Facts::UPDATED, UPDATES)]
        .into_iter()
        .find(|(fact, _)| facts.has_any(*fact))
        .map(|(_, quantity)| quantity)
}

/// By which a value that waits is found again.
fn print(value: u64) -> u32 {
    (value as u32).max(1)
}

/// Evaluates one event of an actor and learns from it.
struct Learner<'a> {
    fleet: &'a mut Fleet,
    common: &'a mut Frequency,
    sequence: &'a mut Sequence,
    options: &'a Options,
    /// How many actors are held.
    actors: f64,
    when: When,
    /// How surprising the actor's day was before.
    reached: Reached,
    /// Bits of the values that were new together.
    novelty: f64,
    /// Active minutes of the actor on one of its active days.
    minutes_a_day: f64,
    /// Changed what was learned.
    verdict: Verdict,
}

impl Learner<'_> {
    /// The threshold by chance alone.
    fn own_threshold(&self) -> f64 {
        self.fleet.own_threshold(self.minutes_a_day, self.options.alerts_per_day)
    }

    fn threshold(&self, test: usize) -> f64 {
        self.fleet.threshold_for(test, self.own_threshold())
    }

    /// Learns how surprising an event of an actor that is evaluated was; gives the threshold.
    fn score(&mut self, actor: &Actor<'_>, test: usize, bits: f64) -> f64 {
        self.see_score(actor, test, bits);
        self.threshold(test)
    }

    /// Of a day that is over, it is not known any more how far the actor came.
    fn see_score(&mut self, actor: &Actor<'_>, test: usize, bits: f64) {
        if self.when.hour / 24 == actor.hour() / 24 {
            self.fleet.scores.see(test, &mut self.reached, bits);
        }
    }

    fn may_state(&self, actor: &Actor<'_>, learner: usize, bits: f64) -> bool {
        let is_learned = self.options.learns.get(learner).copied().unwrap_or_default();
        is_learned
            && actor.is_due(
                learner,
                self.when.minute,
                bits,
                self.options.cooldowns.get(learner).copied().unwrap_or_default(),
            )
    }

    /// Learns from the values that the actor had before; gives the kinds of those that it has for the first time.
    fn learn(&mut self, actor: &mut Actor<'_>, values: &[u64; KINDS]) -> u8 {
        let mut new = 0u8;
        for (kind, value) in values.iter().enumerate().filter(|(_, value)| **value != 0) {
            if !actor.seen.find(*value) {
                new |= 1u8.wrapping_shl(kind as u32);
            } else if self.when.is_new_minute {
                actor.see_value(kind, 1.0, 0.0);
                self.fleet.see_value(kind, false);
            }
        }
        new
    }

    #[cold]
    #[inline(never)]
    fn new_values(
        &mut self,
        actor: &mut Actor<'_>,
        values: &[u64; KINDS],
        mut new: u8,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        let minute = self.when.minute;
        let (name, _) = subject.actor();
        let verdict = suppress::verdict_on(subject, IDS[NEW_VALUE], name);
        for (kind, value) in values.iter().enumerate() {
            let bit = 1u8.wrapping_shl(kind as u32);
            let since = actor.waits_since(print(*value));
            let is_repeated = since.is_some_and(|since| minute.saturating_sub(since) >= WAIT);
            let is_confirmed = since.is_some() && verdict == Verdict::Benign;
            if new & bit != 0 && (is_repeated && verdict != Verdict::Malicious || is_confirmed) {
                self.verdict = verdict;
                actor.release(print(*value));
                self.learn_value(actor, kind, *value);
                new &= !bit;
            }
        }
        let is_new = |kind: usize| new & 1u8.wrapping_shl(kind as u32) != 0;
        let age = actor.age();
        let (bits, test) =
            if age.is_mature() { self.novelty(actor, values, new) } else { (0.0, scores::PLACE) };
        self.novelty = bits;
        // Of several things that an actor begins with soon after each other, half of what each said counts too.
        let before = if test == scores::WORK && bits > 0.0 { actor.novelty() / 2.0 } else { 0.0 };
        let (own, bits) = (bits, bits + before);
        let threshold =
            if bits > 0.0 { self.score(actor, test, bits) } else { self.threshold(test) };
        if bits < threshold {
            if test == scores::WORK {
                actor.add_novelty(own);
            }
            for (kind, value) in values.iter().enumerate().filter(|(kind, _)| is_new(*kind)) {
                self.learn_value(actor, kind, *value);
            }
            return None;
        }
        for (kind, value) in values.iter().enumerate().filter(|(kind, _)| is_new(*kind)) {
            // A value that waits is known of the actor, so that others who begin with it are less surprising.
            if actor.waits_since(print(*value)).is_none() {
                self.fleet.shares.see_value(kind, self.common.estimate(*value) == 0);
                self.common.add(*value);
            }
            actor.wait(print(*value), minute);
        }
        let held = (0..KINDS).filter(|kind| is_new(*kind)).map(|kind| actor.value(kind));
        let (minutes, known) = held
            .fold((0.0, 0.0), |most: (f64, f64), held| (held.0.max(most.0), held.1.max(most.1)));
        self.may_state(actor, NEW_VALUE, bits).then(|| Surprise {
            bits,
            threshold,
            chance: self.own_threshold(),
            observed: 1,
            expected: known.max(1.0) as u64,
            window: DAY,
            kinds: new,
            is_among_others: before >= 1.0,
            over: minutes as u32,
            days: u32::from(age.days),
            gap: actor.gap(),
            ..Surprise::default()
        })
    }

    /// Bits of values that are new together, and which test they are held against. Of what is less surprising half counts, for laptops and networks change
    /// together.
    fn novelty(&self, actor: &Actor<'_>, values: &[u64; KINDS], new: u8) -> (f64, usize) {
        let bits_of = |kind: usize| {
            let value = values.get(kind).copied().unwrap_or_default();
            if new & 1u8.wrapping_shl(kind as u32) == 0 {
                0.0
            } else {
                self.bits_of_value(actor, kind, value)
            }
        };
        let groups = GROUPS.map(|kinds| kinds.iter().copied().map(bits_of).fold(0.0, f64::max));
        let most = groups.into_iter().fold(0.0, f64::max);
        let [.., work] = groups;
        let test = if work >= most { scores::WORK } else { scores::PLACE };
        (most + (groups.into_iter().sum::<f64>() - most) / 2.0, test)
    }

    /// A value is new with a chance of as often as values were new before, or as often as other actors have it. Of what no other actor has, times the chance
    /// that a value new to its actor is new to all.
    fn bits_of_value(&self, actor: &Actor<'_>, kind: usize, value: u64) -> f64 {
        let (minutes, new) = actor.value(kind);
        if minutes < LEAST_MINUTES {
            return 0.0;
        }
        let new = new.max(1.0);
        let chance =
            (new + PRIOR_MINUTES * self.fleet.novelty(kind)) / (minutes + new + PRIOR_MINUTES);
        let own = u64::from(actor.waits_since(print(value)).is_some());
        match self.common.estimate(value).saturating_sub(own) {
            0 => {
                // It says no more that nobody had it than that the actor did not: with relays every network is new.
                let own = -log2(chance.min(1.0));
                own + own.min(-log2(self.fleet.shares.first(kind)))
            }
            others => -log2(chance.max(others as f64 / self.actors).min(1.0)),
        }
    }

    fn learn_value(&mut self, actor: &mut Actor<'_>, kind: usize, value: u64) {
        actor.seen.add(value);
        actor.see_value(kind, if self.when.is_new_minute { 1.0 } else { 0.0 }, 1.0);
        self.fleet.see_value(kind, true);
        // All values are new to a fleet that begins: only those of actors that are evaluated say how rare that is.
        if actor.age().is_mature() {
            self.fleet.shares.see_value(kind, self.common.estimate(value) == 0);
        }
        self.common.add(value);
    }

    /// An hour at which the actor is not active.
    fn hours(&mut self, actor: &mut Actor<'_>, subject: &Subject<'_>) -> Option<Surprise> {
        let hour = self.when.hour_of_week;
        let is_refused = matches!(subject.event.outcome, Some(Outcome::Failure | Outcome::Denied));
        if is_refused || !self.when.is_new_hour && actor.hours.get(hour) > 0 {
            return None;
        }
        let is_judged =
            self.options.learns[OFF_HOURS] && is_person(subject) && actor.age().is_mature();
        // Beyond the hours of the day that are settled, one that was reached today is no neighbour.
        let is_near = actor.hours.get(hour) > 0
            || actor.hours.is_near(hour) && !is_outside(hour, hours_of_day(actor, SETTLED));
        if is_judged && is_near && self.when.is_new_hour {
            self.fleet.shares.see_hour(false);
        }
        if is_judged && !is_near {
            return self.unusual_hour(actor, subject);
        }
        self.learn_hour(actor);
        None
    }

    fn learn_hour(&mut self, actor: &mut Actor<'_>) {
        actor.hours.add(self.when.hour_of_week);
        self.fleet.see_hour(self.when.hour_of_week);
    }

    #[cold]
    #[inline(never)]
    fn unusual_hour(&mut self, actor: &mut Actor<'_>, subject: &Subject<'_>) -> Option<Surprise> {
        let (hour, minute) = (self.when.hour_of_week, self.when.minute);
        let usual = usual_hours(actor);
        let is_outside = is_outside(hour, usual);
        let outside = self.fleet.shares.outside();
        if self.when.is_new_hour {
            self.fleet.shares.see_hour(is_outside);
        }
        let waiting = print(mixed(KINDS, u64::from(hour)));
        let since = actor.waits_since(waiting);
        // From a place or with a client that is new to the actor, whatever it does matters.
        let matters = subject.facts.has_any(self.options.actions | Facts::RESTRICTED)
            || self.novelty >= NEW_PLACE;
        if since.is_some_and(|since| minute.saturating_sub(since) < WAIT)
            && !(matters && self.may_state(actor, OFF_HOURS, 0.0))
        {
            return None;
        }
        let own = (actor.hours.total() / WEIGHT) as f64;
        // As rare as hours at which the fleet is no more active, or as people who leave their hours, whichever is rarer.
        let bits = if own < LEAST_HOURS {
            0.0
        } else {
            let tail = self.fleet.hour_tail(hour, own);
            let chance = if is_outside { tail.min(outside) } else { tail };
            // Who works at another time may do so from another place: half of that counts.
            log2((own + PRIOR_HOURS) / PRIOR_HOURS) - log2(chance) + self.novelty / 2.0
        };
        let threshold = if matters {
            self.score(actor, scores::HOURS, bits)
        } else {
            self.threshold(scores::HOURS)
        };
        if bits < threshold || since.is_some_and(|since| minute.saturating_sub(since) >= WAIT) {
            actor.release(waiting);
            self.learn_hour(actor);
            return None;
        }
        actor.wait(waiting, minute);
        (matters && self.may_state(actor, OFF_HOURS, bits)).then(|| Surprise {
            bits,
            threshold,
            observed: 1,
            expected: 0,
            window: HOUR,
            is_elsewhere: self.novelty >= NEW_PLACE,
            over: own as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            usual,
            local: self.options.zone.local(subject.time),
            ..Surprise::default()
        })
    }

    /// A count beyond what the actor reaches in an hour or a day; and whether it is usual for an actor that is evaluated, or one that the actor reaches
    /// regularly. What is late belongs to a period that is closed.
    fn count(
        &mut self,
        actor: &mut Actor<'_>,
        quantity: usize,
        subject: &Subject<'_>,
    ) -> (Option<Surprise>, bool) {
        if self.when.hour != actor.hour() {
            return (None, false);
        }
        let counts =
            actor.count(quantity, subject.number(Field::TargetCount).unwrap_or(subject.times()));
        let is_learned = self.options.quantities.get(quantity).copied().unwrap_or_default();
        let is_judged = is_learned && actor.age().is_mature();
        let is_person = is_person(subject);
        if !is_judged || counts[DAY_SCALE] < LEAST_COUNT {
            // Who is not evaluated yet borrows what is usual from others.
            let [hour, _] = counts;
            let tails = &self.fleet.tails;
            let is_known = || tails.is_known(is_person, quantity, f64::from(hour));
            return (None, is_learned && (is_usual(actor, quantity, counts) || is_known()));
        }
        let (surprise, is_usual) = self.unusual_count(actor, quantity, counts, is_person);
        (surprise, is_usual)
    }

    #[inline(never)]
    fn unusual_count(
        &mut self,
        actor: &mut Actor<'_>,
        quantity: usize,
        counts: [u32; SCALES],
        is_person: bool,
    ) -> (Option<Surprise>, bool) {
        let means = [HOUR_SCALE, DAY_SCALE].map(|scale| {
            let periods = actor.exposure(scale) + 1.0;
            ((actor.moments(quantity, scale).sum + self.fleet.usual(quantity, scale)) / periods)
                .max(1.0 / periods)
        });
        // Either the actor goes on as before, or it begins with what others do, which it did at most once in its days.
        let begins = log2(actor.exposure(DAY_SCALE) + 1.0);
        let bits_of = |scale: usize, count: u32, mean: f64| {
            let shape = actor.moments(quantity, scale).shape(actor.exposure(scale));
            let count = f64::from(count);
            let as_others = begins + self.fleet.tails.bits(is_person, quantity, scale, count);
            tail::bits(count, mean, shape).min(as_others)
        };
        let ([hour, day], [hour_mean, day_mean]) = (counts, means);
        // What fits a day is no more of a surprise in an hour.
        let of_hour = if f64::from(hour) < 2.0 * day_mean {
            0.0
        } else {
            bits_of(HOUR_SCALE, hour, hour_mean)
        };
        let of_day = bits_of(DAY_SCALE, day, day_mean);
        let (scale, count, mean, bits) = if of_hour > of_day {
            (HOUR_SCALE, hour, hour_mean, of_hour)
        } else {
            (DAY_SCALE, day, day_mean, of_day)
        };
        // The more surprising of two.
        let learner = if quantity == RECORDS { VOLUME } else { MASS_CHANGE };
        let bits = bits - 1.0;
        let threshold = self.score(actor, scores::TAKEN, bits);
        if bits < threshold {
            // While thresholds are raised for a flood, fixed ones still count.
            return (None, bits < self.own_threshold() || is_usual(actor, quantity, counts));
        }
        actor.set_alerted(quantity, HOUR_SCALE);
        actor.set_alerted(quantity, DAY_SCALE);
        if actor.is_repeated_count(quantity, (count, self.when.minute, WAIT)) {
            return (None, true);
        }
        let is_due =
            actor.is_more(learner, self.when.minute, bits) && self.may_state(actor, learner, bits);
        let surprise = is_due.then(|| Surprise {
            bits,
            threshold,
            observed: u64::from(count),
            expected: (mean + 0.5) as u64,
            window: if scale == HOUR_SCALE { HOUR } else { DAY },
            over: actor.exposure(scale) as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            quantity,
            ..Surprise::default()
        });
        (surprise, false)
    }
}

/// True if the actor has so many within an hour regularly. Who takes a little more each day does not make that usual: what a period teaches is bounded.
fn is_usual(actor: &Actor<'_>, quantity: usize, counts: [u32; SCALES]) -> bool {
    let [hour, _] = counts;
    let typical = actor.moments(quantity, HOUR_SCALE).typical();
    typical >= USUAL_LEAST
        && f64::from(hour) <= USUAL_TIMES * typical
        && actor.moments(quantity, DAY_SCALE).periods() >= USUAL_DAYS
}

/// The hours of the day between which the actor is active: all but the longest run of those at which it never is.
fn usual_hours(actor: &Actor<'_>) -> (u32, u32) {
    hours_of_day(actor, 1)
}

/// As above, with at least such a weight on all days of the week together.
fn hours_of_day(actor: &Actor<'_>, least: u64) -> (u32, u32) {
    let is_active = |hour: u32| {
        let of_day = |day: u32| actor.hours.get(day.wrapping_mul(24).wrapping_add(hour % 24));
        (0..WEEK / 24).map(of_day).fold(0, u64::wrapping_add) >= least
    };
    let (mut longest, mut run) = ((0, 0), 0u32);
    for hour in 0..48 {
        run = if is_active(hour) { 0 } else { run.saturating_add(1).min(24) };
        if run > longest.0 {
            longest = (run, hour);
        }
    }
    let from = longest.1.wrapping_add(1) % 24;
    (from, from.wrapping_add(24).wrapping_sub(longest.0))
}

/// True for an hour of the week that is more than an hour away from the hours of the day of an actor that rests for eight hours a day.
fn is_outside(hour: u32, (from, to): (u32, u32)) -> bool {
    const LONGEST: u32 = 16;
    let length = to.saturating_sub(from);
    let after = (hour % 24).wrapping_add(24).wrapping_sub(from % 24) % 24;
    length <= LONGEST && after > length && after < 23
}

#[cfg(test)]
mod tests;
