//! Learned baselines: what each actor does usually, in bounded memory, and how surprising an event is, in bits. Detectors state what is surprising.
//!
//! Time is counted in minutes in which an actor was active, so that one busy hour of a script is no long experience. An event is surprising from a threshold
//! on that follows from the traffic and the budget of alerts (`Fleet::threshold`). What is surprising waits to be learned until it is repeated over more
//! than a day; everything else is learned at once.

pub mod actor;
pub mod fleet;
pub mod values;

use super::threshold::Due;
use super::{Facts, Finding, Findings, Severity, Subject, shorten};
use crate::calendar::Zone;
use crate::detector::{self, Spec};
use crate::event::{Class, Field, Outcome};
use crate::parse::text::Sink;
use crate::policy::{Policy, Settings};
use crate::sketch::evidence::Chain;
use crate::sketch::frequency::Frequency;
use crate::sketch::hours::{WEEK, WEIGHT};
use crate::sketch::logarithm::log2;
use crate::sketch::table::Table;
use crate::sketch::{Words, tail};
use crate::time::{DAY, HOUR, MINUTE, Millis};
use crate::write::Writer;
use actor::{Actor, ENTRY};
use fleet::Fleet;
use std::cell::Cell;
use values::{mixed, shown, values};

/// Detectors with a learned part.
pub const NEW_VALUE: usize = 0;
pub const OFF_HOURS: usize = 1;
pub const VOLUME: usize = 2;
pub const MASS_CHANGE: usize = 3;
const LEARNERS: usize = 4;

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
const RECORDS: usize = 0;
const DELETES: usize = 1;
const UPDATES: usize = 2;
const QUANTITIES: usize = 3;
/// Over which they are.
const HOUR_SCALE: usize = 0;
const DAY_SCALE: usize = 1;
const SCALES: usize = 2;

/// Minutes of the fleet's experience that an actor begins with.
const PRIOR_MINUTES: f64 = 8.0;
/// A kind is evaluated once so many minutes of an actor had a value of it.
const LEAST_MINUTES: f64 = 100.0;
/// Active hours of the fleet's experience that an actor begins with, and how many of its own it is evaluated from on.
const PRIOR_HOURS: f64 = 8.0;
const LEAST_HOURS: f64 = 30.0;
/// A count below this is nothing to state, however few are usual.
const LEAST_COUNT: u32 = 20;
/// A surprising value is learned when it is repeated after so many minutes.
const WAIT: u32 = 24 * 60;
/// An account that was silent for so many days is inactive.
pub const INACTIVE_DAYS: u32 = 30;
/// Actors make room for others after so many minutes of silence.
const KEEPS: u32 = 180 * 24 * 60;
/// Part of the memory that counts how many actors have a value.
const COMMON_SHARE: usize = 16;
/// An event with such facts proves nothing about who acted.
const UNPROVED: Facts = Facts::FAILED_LOGIN;

/// What is surprising about an event, for one detector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surprise {
    pub bits: f64,
    /// From how many bits on it is a finding.
    pub threshold: f64,
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
}

/// What is surprising about an event, by detector, and which of them stated it.
#[derive(Debug, Default)]
pub struct Surprises {
    list: [Option<Surprise>; LEARNERS],
    is_any: bool,
    stated: Cell<u8>,
}

impl Surprises {
    #[inline]
    pub fn get(&self, learner: usize) -> Option<&Surprise> {
        self.list.get(learner).and_then(Option::as_ref)
    }

    fn put(&mut self, learner: usize, surprise: Option<Surprise>) {
        if let (Some(place), Some(_)) = (self.list.get_mut(learner), &surprise) {
            (*place, self.is_any) = (surprise, true);
        }
    }

    /// Whether a detector stated one of them.
    pub fn is_stated(&self) -> bool {
        self.stated.get() != 0
    }
}

impl Surprise {
    /// Steps of severity above the least one: by the bits above the threshold, and where an inactive account is back.
    fn steps(&self) -> usize {
        let above = self.bits - self.threshold;
        usize::from(above >= 4.0)
            .saturating_add(usize::from(above >= 8.0))
            .saturating_add(usize::from(self.gap >= INACTIVE_DAYS))
    }
}

/// Adds the finding of a surprise.
#[cold]
#[inline(never)]
pub fn state(
    learner: usize,
    spec: &'static Spec,
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
    let (key, _) = subject.actor();
    let finding = Finding {
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
            match learner {
                NEW_VALUE => write_new_value(surprise, key, subject, out),
                OFF_HOURS => write_off_hours(surprise, key, subject, out),
                _ => write_count(surprise, key, out),
            }
            out.put(b"; ");
            out.number(surprise.bits as i64);
            out.put(b" bits, ");
            out.number(surprise.threshold as i64);
            out.put(b" are a finding");
        },
        evidence: Chain::only(subject.serial()),
        due: Due::Now,
    };
    if findings.add_learned(
        subject,
        &finding,
        Learned { bits: surprise.bits as u32, over: surprise.over },
    ) {
        surprises.stated.set(surprises.stated.get() | 1u8.wrapping_shl(learner as u32));
    }
}

/// What a finding of a baseline states beside the others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Learned {
    pub bits: u32,
    /// Active minutes, hours or days that the baseline was learned over.
    pub over: u32,
}

fn write_new_value(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
    out.put(b"'");
    out.put(shorten(key));
    out.put(b"' has a new ");
    let mut before: &[u8] = b"";
    for kind in (0..KINDS).filter(|kind| surprise.kinds & 1u8.wrapping_shl(*kind as u32) != 0) {
        let (name, value) = shown(subject, kind);
        out.put(before);
        out.put(name);
        out.put(b"'");
        out.put(crate::parse::text::cut(value, 96));
        out.put(b"'");
        before = b", ";
    }
    out.put(b": not seen in ");
    write_experience(surprise, b" minutes of activity on ", out);
    out.put(b", which had ");
    out.number(i64::try_from(surprise.expected).unwrap_or(i64::MAX));
    out.put(b" such values");
}

fn write_off_hours(surprise: &Surprise, key: &[u8], subject: &Subject<'_>, out: &mut Writer<'_>) {
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
    out.put(b"; usually active between ");
    out.number(i64::from(from));
    out.put(b":00 and ");
    out.number(i64::from(to));
    out.put(b":00, ");
    write_experience(surprise, b" hours on ", out);
}

fn write_count(surprise: &Surprise, key: &[u8], out: &mut Writer<'_>) {
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

/// What is to be learned, by the policy.
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
}

/// The baselines of all actors.
pub struct Baselines {
    pub actors: Table,
    fleet: Fleet,
    /// How many actors learned a value.
    common: Frequency,
    options: Options,
    is_enabled: bool,
    /// Of the event looked at last.
    surprises: Surprises,
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
    fn new(policy: &Policy) -> Options {
        let settings = |id: &str| {
            detector::IDS
                .iter()
                .position(|held| *held == id)
                .and_then(|at| policy.detectors.get(at))
        };
        let ids = [
            detector::new_value::ID,
            detector::off_hours::ID,
            detector::volume::ID,
            detector::mass_change::ID,
        ];
        let all = ids.map(settings);
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
        }
    }
}

impl Baselines {
    pub fn new(policy: &Policy) -> Baselines {
        let options = Options::new(policy);
        let is_enabled = options.alerts_per_day > 0.0 && options.learns.contains(&true);
        let memory = if is_enabled { policy.baseline.memory } else { 0 };
        let common = memory / COMMON_SHARE;
        let half_life = options.half_life_days.saturating_mul(24);
        Baselines {
            actors: Table::new("baseline.actors", 1, ENTRY, KEEPS, memory.saturating_sub(common)),
            fleet: Fleet::new("baseline.fleet", half_life),
            common: Frequency::new("baseline.values", common),
            options,
            is_enabled,
            surprises: Surprises::default(),
            quarter: (Millis::MIN, 0),
        }
    }

    pub fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(&mut self.actors.words),
            1 => Some(&mut self.fleet.words),
            2 => Some(&mut self.common.words),
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

    /// What was found surprising about the event looked at last.
    pub fn surprises(&self) -> &Surprises {
        &self.surprises
    }

    /// Holds the event against its actor's baseline and learns from it; whether something is surprising.
    #[inline]
    pub fn look(&mut self, subject: &Subject<'_>) -> bool {
        if self.surprises.is_any {
            self.surprises = Surprises::default();
        }
        let is_proved = subject.facts.has_any(Facts::ANY)
            && !subject.facts.has_any(UNPROVED)
            && subject.event.times > 0;
        if !self.is_enabled
            || !is_proved
            || subject.event.is_provider
            || subject.event.is(Field::ActorType, "anonymous")
        {
            return false;
        }
        let (name, key) = subject.actor();
        !name.is_empty() && self.look_at(key, subject).is_some() && self.surprises.is_any
    }

    /// Nothing where the table has no room for the actor.
    #[inline(never)]
    fn look_at(&mut self, key: u64, subject: &Subject<'_>) -> Option<()> {
        let minute = minute(subject.time);
        let hour = minute / 60;
        let hour_of_week = self.hour_of_week(subject.time);
        let actors = self.actors.held().max(1) as f64;
        let mut entry = self.actors.place(key, ENTRY, minute)?;
        let (is_new, newest) = (entry.is_new, entry.stamp());
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
            let ended = actor.turn(hour, self.options.half_life_days);
            self.fleet.finish(&ended);
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
        };
        self.surprises.put(NEW_VALUE, learner.values(&mut actor, subject));
        self.surprises.put(OFF_HOURS, learner.hours(&mut actor, subject));
        if let Some(quantity) = quantity(subject.facts) {
            self.surprises.put(
                if quantity == RECORDS { VOLUME } else { MASS_CHANGE },
                learner.count(&mut actor, quantity, subject),
            );
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
    pub fn settle(&mut self, key: u64, time: Millis) {
        let Some(mut actor) = self.actors.find(key, ENTRY).and_then(|entry| Actor::of(entry.words))
        else {
            return;
        };
        let stated = self.surprises.stated.get();
        for (learner, surprise) in self.surprises.list.iter().enumerate() {
            if let Some(surprise) =
                surprise.filter(|_| stated & 1u8.wrapping_shl(learner as u32) != 0)
            {
                actor.set_alert(learner, minute(time), surprise.bits);
                self.fleet.alerted();
            }
        }
    }
}

/// The minute since 1970; times before it count as its first.
fn minute(time: Millis) -> u32 {
    u32::try_from(time / MINUTE).unwrap_or_default()
}

/// What an event counts as.
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
    options: &'a Options,
    /// How many actors are held.
    actors: f64,
    when: When,
}

impl Learner<'_> {
    fn threshold(&self) -> f64 {
        self.fleet.threshold(self.options.alerts_per_day)
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

    /// Values that the actor has for the first time.
    fn values(&mut self, actor: &mut Actor<'_>, subject: &Subject<'_>) -> Option<Surprise> {
        let values = values(subject);
        let mut new = 0u8;
        for (kind, value) in values.iter().enumerate().filter(|(_, value)| **value != 0) {
            if !actor.seen.find(*value) {
                new |= 1u8.wrapping_shl(kind as u32);
            } else if self.when.is_new_minute {
                actor.see_value(kind, 1.0, 0.0);
                self.fleet.see_value(kind, false);
            }
        }
        if new == 0 { None } else { self.new_values(actor, &values, new) }
    }

    #[cold]
    #[inline(never)]
    fn new_values(
        &mut self,
        actor: &mut Actor<'_>,
        values: &[u64; KINDS],
        mut new: u8,
    ) -> Option<Surprise> {
        let minute = self.when.minute;
        for (kind, value) in values.iter().enumerate() {
            let bit = 1u8.wrapping_shl(kind as u32);
            let is_repeated = actor
                .waits_since(print(*value))
                .is_some_and(|since| minute.saturating_sub(since) >= WAIT);
            if new & bit != 0 && is_repeated {
                actor.release(print(*value));
                self.learn_value(actor, kind, *value);
                new &= !bit;
            }
        }
        let is_new = |kind: usize| new & 1u8.wrapping_shl(kind as u32) != 0;
        let age = actor.age();
        let threshold = self.threshold();
        let bits = if age.is_mature() { self.novelty(actor, values, new) } else { 0.0 };
        if bits < threshold {
            for (kind, value) in values.iter().enumerate().filter(|(kind, _)| is_new(*kind)) {
                self.learn_value(actor, kind, *value);
            }
            return None;
        }
        values
            .iter()
            .enumerate()
            .filter(|(kind, _)| is_new(*kind))
            .for_each(|(_, value)| actor.wait(print(*value), minute));
        let held = (0..KINDS).filter(|kind| is_new(*kind)).map(|kind| actor.value(kind));
        let (minutes, known) = held
            .fold((0.0, 0.0), |most: (f64, f64), held| (held.0.max(most.0), held.1.max(most.1)));
        self.may_state(actor, NEW_VALUE, bits).then(|| Surprise {
            bits,
            threshold,
            observed: 1,
            expected: known.max(1.0) as u64,
            window: DAY,
            kinds: new,
            over: minutes as u32,
            days: u32::from(age.days),
            gap: actor.gap(),
            ..Surprise::default()
        })
    }

    /// Bits of values that are new together. Of what is less surprising half counts, for laptops and networks change together.
    fn novelty(&self, actor: &Actor<'_>, values: &[u64; KINDS], new: u8) -> f64 {
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
        most + (groups.into_iter().sum::<f64>() - most) / 2.0
    }

    /// A value is new with a chance of as often as values were new before, or as often as other actors have it.
    fn bits_of_value(&self, actor: &Actor<'_>, kind: usize, value: u64) -> f64 {
        let (minutes, new) = actor.value(kind);
        if minutes < LEAST_MINUTES {
            return 0.0;
        }
        let new = new.max(1.0);
        let chance =
            (new + PRIOR_MINUTES * self.fleet.novelty(kind)) / (minutes + new + PRIOR_MINUTES);
        let common = self.common.estimate(value) as f64 / self.actors;
        -log2(chance.max(common).min(1.0))
    }

    fn learn_value(&mut self, actor: &mut Actor<'_>, kind: usize, value: u64) {
        actor.seen.add(value);
        actor.see_value(kind, if self.when.is_new_minute { 1.0 } else { 0.0 }, 1.0);
        self.fleet.see_value(kind, true);
        self.common.add(value);
    }

    /// An hour at which the actor is not active.
    fn hours(&mut self, actor: &mut Actor<'_>, subject: &Subject<'_>) -> Option<Surprise> {
        let hour = self.when.hour_of_week;
        let is_refused = matches!(subject.event.outcome, Some(Outcome::Failure | Outcome::Denied));
        if is_refused || !self.when.is_new_hour && actor.hours.get(hour) > 0 {
            return None;
        }
        let is_judged = self.options.learns[OFF_HOURS]
            && subject.text(Field::ActorType) == b"user"
            && actor.age().is_mature();
        if is_judged && !actor.hours.is_near(hour) {
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
        let waiting = print(mixed(KINDS, u64::from(hour)));
        let since = actor.waits_since(waiting);
        let matters = subject.facts.has_any(self.options.actions | Facts::RESTRICTED);
        if since.is_some_and(|since| minute.saturating_sub(since) < WAIT)
            && !(matters && self.may_state(actor, OFF_HOURS, 0.0))
        {
            return None;
        }
        let own = (actor.hours.total() / WEIGHT) as f64;
        let threshold = self.threshold();
        let bits = if own < LEAST_HOURS {
            0.0
        } else {
            log2((own + PRIOR_HOURS) / PRIOR_HOURS) - log2(self.fleet.hour_tail(hour, own))
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
            over: own as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            usual: usual_hours(actor),
            local: self.options.zone.local(subject.time),
            ..Surprise::default()
        })
    }

    /// A count beyond what the actor reaches in an hour or a day. What is late belongs to a period that is closed.
    fn count(
        &mut self,
        actor: &mut Actor<'_>,
        quantity: usize,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
        if self.when.hour != actor.hour() {
            return None;
        }
        let counts =
            actor.count(quantity, subject.number(Field::TargetCount).unwrap_or(subject.times()));
        let is_judged = self.options.quantities.get(quantity).copied().unwrap_or_default()
            && actor.age().is_mature();
        if !is_judged || counts[DAY_SCALE] < LEAST_COUNT {
            None
        } else {
            self.unusual_count(actor, quantity, counts)
        }
    }

    #[inline(never)]
    fn unusual_count(
        &mut self,
        actor: &mut Actor<'_>,
        quantity: usize,
        counts: [u32; SCALES],
    ) -> Option<Surprise> {
        let means = [HOUR_SCALE, DAY_SCALE].map(|scale| {
            let periods = actor.exposure(scale) + 1.0;
            ((actor.moments(quantity, scale).sum + self.fleet.usual(quantity, scale)) / periods)
                .max(1.0 / periods)
        });
        let bits_of = |scale: usize, count: u32, mean: f64| {
            let shape = actor.moments(quantity, scale).shape(actor.exposure(scale));
            tail::bits(f64::from(count), mean, shape)
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
        let (bits, threshold) = (bits - 1.0, self.threshold());
        if bits < threshold {
            return None;
        }
        actor.set_alerted(quantity, HOUR_SCALE);
        actor.set_alerted(quantity, DAY_SCALE);
        let learner = if quantity == RECORDS { VOLUME } else { MASS_CHANGE };
        self.may_state(actor, learner, bits).then(|| Surprise {
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
        })
    }
}

/// The hours of the day between which the actor is active: all but the longest run of those at which it never is.
fn usual_hours(actor: &Actor<'_>) -> (u32, u32) {
    let is_active = |hour: u32| {
        (0..WEEK / 24).any(|day| actor.hours.get(day.wrapping_mul(24).wrapping_add(hour % 24)) > 0)
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

#[cfg(test)]
mod tests;
