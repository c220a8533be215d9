//! Shares of failures: a service that fails, or an actor whose calls fail, far more often than it has learned.
//!
//! An hour's failures are expected to be the learned share of its requests, or of those of a usual hour where it has fewer. How far hours differ from that
//! is learned too. A service is held from its first request on; an actor from its first failure on, with its active minutes as calls that did not fail.

use super::actor::{Actor, is_due, minute_of, stated};
use super::fleet::Fleet;
use super::scores::{Reached, Scores, Test};
use super::statement::{write_experience, write_usual};
use super::{ERROR_RATE, Surprise};
use crate::detect::{Facts, Subject, shorten};
use crate::event::{Field, Outcome};
use crate::sketch::decayed::{half, number, weight};
use crate::sketch::table::Table;
use crate::sketch::{Words, pack, tail, unpack};
use crate::text::Sink;
use crate::time::HOUR;
use crate::write::Writer;

/// The kinds of entities, which are the tests too.
const SERVICE: usize = 0;
const ACTOR: usize = 1;
const KINDS: usize = 2;
static TESTS: [Test; KINDS] = [
    Test { learner: ERROR_RATE, times: 4.0, rare: 400.0, least: 0.0 },
    Test { learner: ERROR_RATE, times: 4.0, rare: 400.0, least: 0.0 },
];
/// Part of the budget of alerts that is theirs.
const BUDGET: f64 = 0.25;
/// Newest hour and day of the first; requests and failures of that hour; both learned; spread, in two words; newest finding and flags.
const ENTRY: usize = 6;
const KEEPS: u32 = 60 * 24 * 60;
/// Role of an actor's key here.
const ROLE: u64 = 6;
/// Fewer failures within an hour are no finding.
const LEAST: [u32; KINDS] = [20, 10];
/// Requests of the fleet's experience that an entity begins with.
const PRIOR: f64 = 50.0;
/// A service is evaluated after so many requests, the first of them so many days ago.
const LEAST_REQUESTS: f64 = 200.0;
const LEAST_DAYS: u32 = 7;
/// Failures of an actor are usual up to so many times what is expected, learned over so many days.
const USUAL_TIMES: f64 = 2.0;
const USUAL_DAYS: u32 = 3;
/// How steady counts may be at most, by hours of experience for each.
const STEADIEST: f64 = 16.0;
const HOURS_OF_SHAPE: f64 = 8.0;
const LEAST_SHAPE: f64 = 0.25;
/// The hour was surprising; so was an hour of the day, and one of the day before it.
const HOT: u32 = 1;
const TODAY: u32 = 1 << 1;
const BEFORE: u32 = 1 << 2;
/// Bits from here on are the callers whose requests failed within the hour. A service fails if it does for so many: else its caller is what fails.
const CALLERS: u32 = 8;
const LEAST_CALLERS: u32 = 3;
/// By how many times too many findings raise the threshold at most.
const MOST_TIMES: f64 = 4.0;

/// All that is held.
pub struct Failures {
    pub table: Table,
    pub scores: Scores,
    /// Requests and failures of each kind of entity, decayed, behind the newest hour.
    pub shares: Words,
    is_on: [bool; KINDS],
    /// In days.
    half_life: u32,
    cooldown: u32,
    /// The event's service fails more than usual, which explains its actor's failures.
    is_service_hot: bool,
    /// The failures of the event's actor are as many as it has regularly.
    pub is_usual: bool,
}

/// An entity that fails more than usual.
#[derive(Clone, Copy, Debug)]
pub struct Failing {
    pub is_service: bool,
    requests: u32,
    pub surprise: Surprise,
    key: u64,
}

/// The parts of an entry.
#[derive(Clone, Copy, Debug, Default)]
struct Entity {
    hour: u32,
    first_day: u32,
    requests: u32,
    failures: u32,
    all_requests: f64,
    all_failures: f64,
    /// Sums over the hours that are over: of squares of the distance from what was expected, of that, and of its squares.
    squares: f64,
    expected: f64,
    expected_squares: f64,
    hours: f64,
    stated: u32,
    flags: u32,
}

impl Entity {
    fn read(words: &[u64; ENTRY]) -> Entity {
        let [period, now, learned, spread, more, rest] = words.map(unpack);
        Entity {
            hour: period.0,
            first_day: period.1,
            requests: now.0,
            failures: now.1,
            all_requests: number(learned.0),
            all_failures: number(learned.1),
            squares: number(spread.0),
            expected: number(spread.1),
            expected_squares: number(more.0),
            hours: number(more.1),
            stated: rest.0,
            flags: rest.1,
        }
    }

    fn write(self, words: &mut [u64; ENTRY]) {
        *words = [
            pack(self.hour, self.first_day),
            pack(self.requests, self.failures),
            pack(half(self.all_requests), half(self.all_failures)),
            pack(half(self.squares), half(self.expected)),
            pack(half(self.expected_squares), half(self.hours)),
            pack(self.stated, self.flags),
        ];
    }

    fn callers(self) -> u32 {
        self.flags.wrapping_shr(CALLERS).count_ones()
    }

    fn has(self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// The share of requests that fail.
    fn share(self, of_fleet: f64) -> f64 {
        (self.all_failures + PRIOR * of_fleet) / (self.all_requests + PRIOR)
    }

    fn expects(self, of_fleet: f64) -> f64 {
        let usual = self.all_requests / self.hours.max(1.0);
        self.share(of_fleet) * f64::from(self.requests).max(usual)
    }

    /// The hour's failures are as many as its hours have had for days.
    fn is_usual(self, hour: u32, of_fleet: f64) -> bool {
        let days = (hour / 24).saturating_sub(self.first_day);
        days >= USUAL_DAYS
            && !self.has(HOT)
            && f64::from(self.failures) <= USUAL_TIMES * self.expects(of_fleet)
    }

    fn shape(self) -> f64 {
        let most = (self.hours / HOURS_OF_SHAPE).clamp(1.0, STEADIEST);
        let excess = self.squares - self.expected;
        let shape = if excess > 0.0 { self.expected_squares / excess } else { most };
        shape.clamp(LEAST_SHAPE, most)
    }

    /// Moves on to an hour behind its own. Of a surprising hour only what is usual is learned, until the next day is surprising too.
    fn turn(self, hour: u32, of_fleet: f64, half_life: u32) -> Entity {
        let expected = self.share(of_fleet) * f64::from(self.requests);
        let is_guarded = self.has(HOT) && !self.has(BEFORE);
        let failures = f64::from(self.failures);
        let failures = if is_guarded { failures.min(expected) } else { failures };
        let days = (hour / 24).saturating_sub(self.hour / 24);
        let left = weight(days, half_life);
        let flags = match days {
            0 => self.flags & (TODAY | BEFORE),
            1 if self.has(TODAY) => BEFORE,
            _ => 0,
        };
        let distance = failures - expected;
        Entity {
            hour,
            requests: 0,
            failures: 0,
            all_requests: (self.all_requests + f64::from(self.requests)) * left,
            all_failures: (self.all_failures + failures) * left,
            squares: (self.squares + distance * distance) * left,
            expected: (self.expected + expected) * left,
            expected_squares: (self.expected_squares + expected * expected) * left,
            hours: (self.hours + 1.0) * left,
            flags,
            ..self
        }
    }
}

impl Failures {
    /// Within so many bytes; of services, and of actors, where the policy sets no threshold.
    pub fn new(
        memory: usize,
        alerts_per_day: f64,
        half_life: u32,
        cooldown: u32,
        is_on: [bool; KINDS],
    ) -> Failures {
        let scores = "baseline.failure-scores";
        Failures {
            table: Table::new("baseline.failures", 1, ENTRY, KEEPS, memory),
            scores: Scores::new(scores, alerts_per_day * BUDGET, &TESTS, (ERROR_RATE, 1)),
            shares: Words::new("baseline.failure-shares", 1, 1 + 2 * KINDS),
            is_on,
            half_life,
            // Failures that go on are stated once a day, or with twice the bits.
            cooldown: cooldown.max(super::DAY_MINUTES),
            is_service_hot: false,
            is_usual: false,
        }
    }

    fn of_fleet(&self, kind: usize) -> f64 {
        let at = kind.saturating_mul(2).saturating_add(1);
        (self.shares.sum(at.saturating_add(1)) + 1.0) / (self.shares.sum(at) + 100.0)
    }

    fn advance(&mut self, hour: u32) {
        let newest = self.shares.get(0) as u32;
        if hour <= newest {
            return;
        }
        self.shares.set(0, u64::from(hour));
        if newest == 0 {
            return;
        }
        let passed = hour.wrapping_sub(newest);
        self.scores.pass(passed);
        let days = (hour / 24).wrapping_sub(newest / 24);
        if days > 0 {
            let left = weight(days, self.half_life);
            for at in 1..1 + 2 * KINDS {
                let sum = self.shares.sum(at) * left;
                self.shares.set(at, sum.to_bits());
            }
            self.scores.turn(left);
        }
    }

    /// Counts the event at its service. Gives what is found of it.
    #[inline]
    pub fn see_service(
        &mut self,
        subject: &Subject<'_>,
        minute: u32,
        fleet: &Fleet,
        alerts_per_day: f64,
    ) -> Option<Failing> {
        self.is_service_hot = false;
        if !self.is_on.first().copied().unwrap_or_default()
            || subject.event.times == 0
            || subject.facts.has_any(Facts::FAILED_LOGIN)
        {
            return None;
        }
        let is_failure = is_failure_of_service(subject)?;
        let (name, key) = subject.keyed(crate::entity::Entity::Service);
        if name.is_empty() {
            return None;
        }
        let chance = || fleet.threshold(alerts_per_day);
        self.see(SERVICE, key, is_failure, subject, minute, None, chance)
    }

    /// Counts the event of an actor that proved who it is.
    #[inline]
    pub fn see_actor(
        &mut self,
        subject: &Subject<'_>,
        key: u64,
        minute: u32,
        actor: &Actor<'_>,
        chance: impl Fn() -> f64,
    ) -> Option<Failing> {
        self.is_usual = false;
        if !self.is_on.get(ACTOR).copied().unwrap_or_default() {
            return None;
        }
        let is_failure = match subject.event.outcome? {
            Outcome::Failure | Outcome::Denied => true,
            Outcome::Success => false,
            _ => return None,
        };
        let key = crate::detect::joined(ROLE, key);
        self.see(ACTOR, key, is_failure, subject, minute, Some(actor), chance)
    }

    #[allow(clippy::too_many_arguments)]
    fn see(
        &mut self,
        kind: usize,
        key: u64,
        is_failure: bool,
        subject: &Subject<'_>,
        minute: u32,
        actor: Option<&Actor<'_>>,
        chance: impl Fn() -> f64,
    ) -> Option<Failing> {
        let hour = minute / 60;
        let of_fleet = self.of_fleet(kind);
        // What never fails needs no place of its own, but for services, which are few.
        let mut place = if is_failure || kind == SERVICE {
            self.table.place(key, ENTRY, minute)?
        } else {
            self.table.find(key, ENTRY)?
        };
        if place.is_new || minute > place.stamp() {
            place.set_stamp(minute);
        }
        let is_new = place.is_new;
        let words = place.words.first_chunk_mut::<ENTRY>()?;
        let mut entity = Entity::read(words);
        let mut is_other_day = false;
        let mut ended = None;
        if is_new {
            let begun = Entity { hour, first_day: hour / 24, ..Entity::default() };
            entity = actor.map_or(begun, |actor| begun.with_experience_of(actor));
        } else if hour > entity.hour {
            is_other_day = hour / 24 != entity.hour / 24;
            ended = (!entity.has(HOT)).then_some((entity.requests, entity.failures));
            entity = entity.turn(hour, of_fleet, self.half_life);
        } else if hour < entity.hour {
            return None;
        }
        let times = u32::try_from(subject.times()).unwrap_or(u32::MAX);
        entity.requests = entity.requests.saturating_add(times);
        if is_failure {
            entity.failures = entity.failures.saturating_add(times);
            if kind == SERVICE {
                entity.flags |= caller(subject, entity.failures);
            }
        }
        entity.write(words);
        if is_other_day {
            place.set_own(0);
        }
        let reached = Reached(place.own());
        let is_known = match actor {
            Some(actor) => actor.age().is_mature(),
            None => {
                entity.all_requests >= LEAST_REQUESTS
                    && (hour / 24).saturating_sub(entity.first_day) >= LEAST_DAYS
            }
        };
        self.learn(kind, hour, ended, is_other_day && is_known);
        if kind == SERVICE {
            self.is_service_hot = entity.has(HOT);
        }
        let least = LEAST.get(kind).copied().unwrap_or(u32::MAX);
        if is_failure && kind == ACTOR {
            self.is_usual = entity.is_usual(hour, of_fleet);
        }
        let is_one_caller = kind == SERVICE && entity.callers() < LEAST_CALLERS;
        if !is_failure || entity.failures < least || !is_known || is_one_caller {
            return None;
        }
        self.surprise(kind, key, entity, minute, reached, chance())
    }

    fn learn(&mut self, kind: usize, hour: u32, ended: Option<(u32, u32)>, is_begun: bool) {
        if hour > self.shares.get(0) as u32 {
            self.advance(hour);
        }
        if is_begun {
            self.scores.begin();
        }
        if let Some((requests, failures)) = ended {
            let at = kind.saturating_mul(2).saturating_add(1);
            self.shares.add_sum(at, f64::from(requests));
            self.shares.add_sum(at.saturating_add(1), f64::from(failures));
        }
    }

    /// Holds the failures of the hour against what is usual.
    #[inline(never)]
    fn surprise(
        &mut self,
        kind: usize,
        key: u64,
        entity: Entity,
        minute: u32,
        mut reached: Reached,
        chance: f64,
    ) -> Option<Failing> {
        let expected = entity.expects(self.of_fleet(kind));
        let shape = entity.shape();
        // One of two tests.
        let bits = tail::bits(f64::from(entity.failures), expected, shape) - 1.0;
        let held = reached;
        // Who fails because a service does is no sign of what is usual.
        if !(kind == ACTOR && self.is_service_hot) {
            self.scores.see(kind, &mut reached, bits);
        }
        let chance = chance * self.scores.over(ERROR_RATE).clamp(1.0, MOST_TIMES);
        let threshold = self.scores.limit(kind).map_or(chance, |limit| limit.max(chance));
        let is_found = bits >= threshold;
        let mut place = self.table.find(key, ENTRY)?;
        if reached != held {
            place.set_own(reached.0);
        }
        if !is_found {
            return None;
        }
        let words = place.words.first_chunk_mut::<ENTRY>()?;
        Entity { flags: entity.flags | HOT | TODAY, ..entity }.write(words);
        let is_explained = kind == ACTOR && self.is_service_hot;
        if kind == SERVICE {
            self.is_service_hot = true;
        }
        if is_explained || !is_due(entity.stated, minute, bits, self.cooldown) {
            return None;
        }
        let surprise = Surprise {
            bits,
            threshold,
            observed: u64::from(entity.failures),
            expected: (expected + 0.5) as u64,
            window: HOUR,
            is_fixed: true,
            more: usize::from(bits >= 4.0 * threshold)
                .saturating_add(usize::from(bits >= 16.0 * threshold)),
            over: entity.all_requests as u32,
            days: (minute / super::DAY_MINUTES).saturating_sub(entity.first_day),
            ..Surprise::default()
        };
        Some(Failing { is_service: kind == SERVICE, requests: entity.requests, surprise, key })
    }

    /// Remembers that a finding was stated.
    #[cold]
    #[inline(never)]
    pub fn settle(&mut self, failing: &Failing, minute: u32) {
        let Some(words) = self.table.find(failing.key, ENTRY).map(|entry| entry.words) else {
            return;
        };
        let Some(words) = words.first_chunk_mut::<ENTRY>() else { return };
        let entity = Entity::read(words);
        if minute_of(entity.stated) / super::DAY_MINUTES != minute / super::DAY_MINUTES {
            self.scores.found(ERROR_RATE);
        }
        Entity { stated: stated(minute, failing.surprise.bits), ..entity }.write(words);
    }

    /// Adds what another instance learned.
    pub fn merge(&mut self, other: &Failures) {
        let (newest, more) = (self.shares.get(0) as u32, other.shares.get(0) as u32);
        let half_life = self.half_life;
        let shares =
            [SERVICE, ACTOR].map(|kind| (self.of_fleet(kind) + other.of_fleet(kind)) / 2.0);
        let [_, of_actors] = shares;
        self.table.merge(&other.table, |one, two| merged(one, two, of_actors, half_life));
        if newest == 0 || more == 0 {
            if newest == 0 {
                self.shares.words.clone_from(&other.shares.words);
                self.scores.words.words.clone_from(&other.scores.words.words);
            }
            return;
        }
        let mut one = other.scores.empty();
        one.words.words.clone_from(&other.scores.words.words);
        let left = |from: u32| weight((newest.max(more) / 24).saturating_sub(from / 24), half_life);
        if newest < more {
            self.scores.turn(left(newest));
        } else if more < newest {
            one.turn(left(more));
        }
        self.scores.merge(&one, true);
        for at in 1..1 + 2 * KINDS {
            let sum = self.shares.sum(at) * left(newest) + other.shares.sum(at) * left(more);
            self.shares.set(at, sum.to_bits());
        }
        self.shares.set(0, u64::from(newest.max(more)));
    }

    /// Forgets an actor.
    pub fn forget(&mut self, key: u64) {
        let places = self.table.words_of(crate::detect::joined(ROLE, key));
        places.iter().for_each(|place| self.table.words.set(*place, 0));
    }
}

impl Entity {
    /// Of an actor that has not failed until now, or long ago: each active minute had a call at least.
    fn with_experience_of(self, actor: &Actor<'_>) -> Entity {
        let (hours, first) = (actor.exposure(super::HOUR_SCALE), actor.age().first);
        let minutes = actor.minutes_a_day() * actor.exposure(super::DAY_SCALE);
        Entity { all_requests: minutes, hours, first_day: u32::from(first), ..self }
    }
}

/// One entry of two of the same entity. Sums add up, as of the newer day; the spread is that of independent parts.
fn merged(one: &[u64], two: &[u64], of_fleet: f64, half_life: u32) -> Vec<u64> {
    let (Some(left), Some(right)) = (one.first_chunk::<ENTRY>(), two.first_chunk::<ENTRY>()) else {
        return one.to_vec();
    };
    let (one, two) = (Entity::read(left), Entity::read(right));
    let hour = one.hour.max(two.hour);
    let at = |entity: Entity| {
        if entity.hour < hour { entity.turn(hour, of_fleet, half_life) } else { entity }
    };
    let (one, two) = (at(one), at(two));
    let merged = Entity {
        hour,
        first_day: one.first_day.min(two.first_day),
        requests: one.requests.saturating_add(two.requests),
        failures: one.failures.saturating_add(two.failures),
        all_requests: one.all_requests + two.all_requests,
        all_failures: one.all_failures + two.all_failures,
        squares: one.squares + two.squares,
        expected: one.expected + two.expected,
        expected_squares: one.expected_squares + two.expected_squares,
        hours: one.hours.max(two.hours),
        stated: one.stated.max(two.stated),
        flags: one.flags | two.flags,
    };
    let mut words = [0; ENTRY];
    merged.write(&mut words);
    words.to_vec()
}

/// True if a service failed to answer; `None` of an event that is no request. What clients ask for wrongly, or may not do, is not its failure.
fn is_failure_of_service(subject: &Subject<'_>) -> Option<bool> {
    if subject.facts.has_any(Facts::HAS_STATUS)
        && let Some(status @ 100..=599) = subject.number(Field::RequestStatus)
    {
        return Some(status == 429 || status >= 500);
    }
    match subject.event.outcome? {
        Outcome::Failure => Some(true),
        Outcome::Success | Outcome::Denied => Some(false),
        _ => None,
    }
}

/// The caller of a failed request as a bit; one of its own where nobody knows.
fn caller(subject: &Subject<'_>, number: u32) -> u32 {
    let (actor, origin) = (subject.actor(), subject.origin());
    let key = match (actor.0.is_empty(), origin.0.is_empty()) {
        (false, _) => actor.1,
        (_, false) => origin.1,
        _ => u64::from(number),
    };
    1u32.wrapping_shl(
        CALLERS.wrapping_add((key.wrapping_shr(40) ^ key) as u32 % (u32::BITS - CALLERS)),
    )
}

pub fn write(failing: &Failing, key: &[u8], out: &mut Writer<'_>) {
    let surprise = &failing.surprise;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    out.number(number(surprise.observed));
    out.put(b" of ");
    out.number(i64::from(failing.requests));
    out.put(if failing.is_service { b" requests to service '" } else { b" calls by actor '" });
    out.put(shorten(key));
    out.put(b"' failed within an hour; ");
    write_usual(surprise, out);
    write_experience(surprise, b" calls on ", out);
    out.put(b")");
}
