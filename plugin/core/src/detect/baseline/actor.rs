//! Baseline of one actor: 60 words in the table of actors.

pub mod merge;

use super::scope::distinct;
use super::statement::History;
use super::takeover::Suspect;
use super::{DAY_SCALE, HOUR_SCALE, KINDS, QUANTITIES, SCALES, TIMED};
use crate::sketch::decayed::{half, number, weight};
use crate::sketch::hours::{self, Hours};
use crate::sketch::logarithm::log2;
use crate::sketch::seen::{self, Seen};
use crate::sketch::tail::Moments;
use crate::sketch::{pack, unpack};

/// Values that wait to be learned.
const PENDING: usize = 4;
const HEAD: usize = 3;
/// Words of an actor.
pub const ENTRY: usize = HEAD
    + QUANTITIES * SCALES
    + QUANTITIES
    + KINDS
    + hours::WORDS
    + seen::WORDS
    + PENDING
    + TIMED.div_ceil(2)
    + PARTS;

/// Words of detectors of their own: the newest place; a suspect place, in two; the day's targets, and counts of them; the sum of risk.
const PARTS: usize = 6;
const PLACE: usize = 0;
const SUSPECT: usize = 1;
const HOME: usize = 2;
const TOUCHED: usize = 3;
const SCOPES: usize = 4;
const RISK: usize = 5;

/// An actor is evaluated when it was active on so many days, the first of them at least so many days ago.
const MATURE_ACTIVE: u16 = 5;
const MATURE_DAYS: u16 = 7;
/// By how many times a period teaches at most what one with anything to count usually has, or what others have, and the least that this is, in an hour and a
/// day: whoever takes a little more each day moves what is usual by as little.
const TAUGHT_TIMES: f64 = 2.0;
const TAUGHT_AT_LEAST: [f64; SCALES] = [2.0, 5.0];
/// Alert times are kept in steps of so many minutes, so that the level fits beside them.
const ALERT_STEP: u32 = 4;
/// Steps of a bit of new values.
const NOVELTY: f64 = 256.0;
/// Marks a count that waits to be learned among the values that do.
const WAITING_COUNT: u32 = 0xc047_0000;
/// Steps of a finding's level between bits and twice as many.
const TWICE: u32 = 16;

/// Entry of an actor in the table.
pub struct Actor<'a> {
    age: &'a mut u64,
    /// The newest hour; bits of values that were new to the actor in it, in steps, and how many days lie between its day and the active day before it.
    period: &'a mut u64,
    /// Active hours and days that are over, decayed.
    exposure: &'a mut u64,
    moments: &'a mut [u64; QUANTITIES * SCALES],
    counts: &'a mut [u64; QUANTITIES],
    values: &'a mut [u64; KINDS],
    pub hours: Hours<'a>,
    pub seen: Seen<'a>,
    pending: &'a mut [u64; PENDING],
    alerts: &'a mut [u64; TIMED.div_ceil(2)],
    parts: &'a mut [u64; PARTS],
}

/// Days since 1970, and what was found surprising lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    pub first: u16,
    pub last: u16,
    /// Active days.
    pub days: u16,
    flags: u16,
}

/// Counts of an hour and of a day that ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ended {
    pub counts: [Option<[u32; QUANTITIES]>; SCALES],
    /// As above, without those that were surprising and have not been repeated.
    pub learned: [Option<[u32; QUANTITIES]>; SCALES],
    /// Distinct targets of the day.
    pub targets: Option<f64>,
}

impl Age {
    fn read(word: u64) -> Age {
        let part = |shift: u32| word.wrapping_shr(shift) as u16;
        Age { first: part(48), last: part(32), days: part(16), flags: part(0) }
    }

    fn word(self) -> u64 {
        [self.first, self.last, self.days, self.flags]
            .into_iter()
            .fold(0, |word, part| word.wrapping_shl(16) | u64::from(part))
    }

    pub fn is_mature(self) -> bool {
        self.days >= MATURE_ACTIVE && self.last.saturating_sub(self.first) >= MATURE_DAYS
    }

    fn has(self, flag: u32) -> bool {
        self.flags & 1u16.wrapping_shl(flag) != 0
    }

    fn with(self, flag: u32, is_set: bool) -> Age {
        let bit = 1u16.wrapping_shl(flag);
        Age { flags: if is_set { self.flags | bit } else { self.flags & !bit }, ..self }
    }
}

/// A quantity's count was surprising in its current hour or day.
fn alerted(quantity: usize, scale: usize) -> u32 {
    quantity.wrapping_mul(SCALES).wrapping_add(scale) as u32
}

/// As above, on the current day, and on the active day before it.
fn today(quantity: usize) -> u32 {
    8u32.wrapping_add(quantity as u32)
}

fn before(quantity: usize) -> u32 {
    12u32.wrapping_add(quantity as u32)
}

/// In the current hour many records were taken at once.
const BULK: u32 = 11;

/// The day's targets were surprisingly many, and those of the active day before it.
const WIDE: u32 = 6;
const WIDE_BEFORE: u32 = 7;

impl<'a> Actor<'a> {
    pub fn of(words: &'a mut [u64]) -> Option<Actor<'a>> {
        let ([age, period, exposure], rest) = words.split_first_chunk_mut::<HEAD>()?;
        let (moments, rest) = rest.split_first_chunk_mut()?;
        let (counts, rest) = rest.split_first_chunk_mut()?;
        let (values, rest) = rest.split_first_chunk_mut()?;
        let (hours, rest) = rest.split_first_chunk_mut()?;
        let (seen, rest) = rest.split_first_chunk_mut()?;
        let (pending, rest) = rest.split_first_chunk_mut()?;
        let (alerts, rest) = rest.split_first_chunk_mut()?;
        let parts = rest.first_chunk_mut()?;
        Some(Actor {
            age,
            period,
            exposure,
            moments,
            counts,
            values,
            hours: Hours(hours),
            seen: Seen(seen),
            pending,
            alerts,
            parts,
        })
    }

    /// Begins with an actor that was not held.
    pub fn begin(&mut self, hour: u32) {
        let day = (hour / 24) as u16;
        *self.age = Age { first: day, last: day, days: 1, flags: 0 }.word();
        *self.period = pack(hour, 0);
    }

    pub fn age(&self) -> Age {
        Age::read(*self.age)
    }

    pub fn history(&self) -> History {
        let age = self.age();
        History {
            known_days: age.last.saturating_sub(age.first),
            active_days: age.days,
            inactive_days: self.gap() as u16,
        }
    }

    pub fn hour(&self) -> u32 {
        unpack(*self.period).0
    }

    /// Days without activity before the current day.
    pub fn gap(&self) -> u32 {
        unpack(*self.period).1 & 0xffff
    }

    /// Bits of values that were new to the actor of late and no finding.
    pub fn novelty(&self) -> f64 {
        f64::from(unpack(*self.period).1.wrapping_shr(16)) / NOVELTY
    }

    /// Notes more of them in the current hour; from hour to hour half is forgotten.
    pub fn add_novelty(&mut self, bits: f64) {
        let steps = ((self.novelty() + bits) * NOVELTY).min(f64::from(u16::MAX)) as u32;
        *self.period = pack(self.hour(), steps.wrapping_shl(16) | self.gap());
    }

    /// Active hours or days that are over.
    pub fn exposure(&self, scale: usize) -> f64 {
        let (hours, days) = unpack(*self.exposure);
        number(if scale == HOUR_SCALE { hours } else { days })
    }

    /// Moves on to an hour behind the newest: closes the counts of the hour and, on another day, of the day, and forgets. `others` tells what others take in a
    /// period.
    #[inline(never)]
    pub fn turn(
        &mut self,
        hour: u32,
        half_life: u32,
        others: &dyn Fn(usize, usize) -> f64,
    ) -> Ended {
        let (held, gap) = (self.hour(), self.gap());
        let novelty = unpack(*self.period).1.wrapping_shr(16);
        let novelty = novelty.checked_shr(hour.wrapping_sub(held)).unwrap_or_default();
        let (day, last) = (hour / 24, held / 24);
        let mut ended = Ended::default();
        self.close(HOUR_SCALE, others, &mut ended);
        if day > last {
            let targets = self.close_targets();
            self.close(DAY_SCALE, others, &mut ended);
            ended.targets = Some(targets);
            self.fade(day, last, half_life);
        }
        let gap = if day > last { day.wrapping_sub(last).saturating_sub(1) } else { gap };
        *self.period = pack(hour, novelty.wrapping_shl(16) | gap.min(0xffff));
        ended
    }

    fn fade(&mut self, day: u32, last: u32, half_life: u32) {
        let half_life = half_life.max(1);
        let left = weight(day.wrapping_sub(last), half_life);
        let halves = |word: u64| {
            let (high, low) = unpack(word);
            pack(half(number(high) * left), half(number(low) * left))
        };
        *self.exposure = halves(*self.exposure);
        let scopes = self.parts.get_mut(SCOPES);
        self.moments
            .iter_mut()
            .chain(scopes)
            .chain(self.values.iter_mut())
            .for_each(|word| *word = halves(*word));
        if day.checked_div(half_life) != last.checked_div(half_life) {
            self.hours.halve();
            self.seen.turn();
        }
        let age = self.age();
        *self.age = Age { last: day as u16, days: age.days.saturating_add(1), ..age }.word();
    }

    /// Ends the period of the scale: its counts are learned. Of a count that was surprising only what is usual is learned, until the next day is surprising too.
    fn close(&mut self, scale: usize, others: &dyn Fn(usize, usize) -> f64, into: &mut Ended) {
        let (mut ended, mut learned, mut age) = ([0; QUANTITIES], [0; QUANTITIES], self.age());
        let (is_evaluated, least) =
            (age.is_mature(), TAUGHT_AT_LEAST.get(scale).copied().unwrap_or_default());
        let exposure = self.exposure(scale);
        for (quantity, (place, learned)) in ended.iter_mut().zip(&mut learned).enumerate() {
            let Some(counts) = self.counts.get_mut(quantity) else {
                continue;
            };
            let (hour, day) = unpack(*counts);
            *place = if scale == HOUR_SCALE { hour } else { day };
            *counts = if scale == HOUR_SCALE { pack(0, day) } else { pack(0, 0) };
            let is_surprising = age.has(alerted(quantity, scale));
            let is_guarded = is_surprising && !age.has(before(quantity));
            *learned = if is_guarded { 0 } else { *place };
            if let Some(word) =
                self.moments.get_mut(quantity.wrapping_mul(SCALES).wrapping_add(scale))
            {
                let (moments, count) = (Moments::read(*word), f64::from(*place));
                let taught = if is_guarded {
                    moments.sum / exposure.max(1.0)
                } else if is_surprising || !is_evaluated || count <= least {
                    count
                } else {
                    let usual = moments.typical().max(others(quantity, scale));
                    count.min((TAUGHT_TIMES * usual).max(least))
                };
                *word = moments.with(taught).word();
            }
            age = age.with(alerted(quantity, scale), false);
            if scale == DAY_SCALE {
                age = age
                    .with(before(quantity), age.has(today(quantity)))
                    .with(today(quantity), false);
            }
        }
        if scale == HOUR_SCALE {
            age = age.with(BULK, false);
        }
        *self.age = age.word();
        let (hours, days) = unpack(*self.exposure);
        *self.exposure = if scale == HOUR_SCALE {
            pack(half(exposure + 1.0), days)
        } else {
            pack(hours, half(exposure + 1.0))
        };
        into.counts.get_mut(scale).into_iter().for_each(|held| *held = Some(ended));
        into.learned.get_mut(scale).into_iter().for_each(|held| *held = Some(learned));
    }

    /// Ends the day of the targets. Of surprisingly many only what is usual is learned, until the next day is surprising too.
    fn close_targets(&mut self) -> f64 {
        let (count, age, days) =
            (distinct(self.touched()), self.age(), self.exposure(DAY_SCALE).max(1.0));
        let is_guarded = age.has(WIDE) && !age.has(WIDE_BEFORE);
        let moments = self.scopes();
        let learned = moments.with(if is_guarded { moments.sum / days } else { count });
        self.set_part(SCOPES, learned.word());
        self.set_touched(0);
        *self.age = age.with(WIDE_BEFORE, age.has(WIDE)).with(WIDE, false).word();
        count
    }

    /// Counts more of a quantity in the current hour and day; gives both counts.
    pub fn count(&mut self, quantity: usize, more: u64) -> [u32; SCALES] {
        let Some(word) = self.counts.get_mut(quantity) else {
            return [0; SCALES];
        };
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let (hour, day) = unpack(*word);
        let counts = [hour.saturating_add(more), day.saturating_add(more)];
        *word = pack(counts[HOUR_SCALE], counts[DAY_SCALE]);
        counts
    }

    pub fn moments(&self, quantity: usize, scale: usize) -> Moments {
        self.moments
            .get(quantity.wrapping_mul(SCALES).wrapping_add(scale))
            .map_or(Moments::default(), |word| Moments::read(*word))
    }

    /// Many records were taken at once in the current hour.
    pub fn is_bulk(&self) -> bool {
        self.age().has(BULK)
    }

    pub fn set_bulk(&mut self) {
        *self.age = self.age().with(BULK, true).word();
    }

    /// The current count is surprising.
    pub fn set_alerted(&mut self, quantity: usize, scale: usize) {
        *self.age =
            self.age().with(alerted(quantity, scale), true).with(today(quantity), true).word();
    }

    /// Minutes of activity that had a value of the kind, and how many values were new, decayed.
    pub fn value(&self, kind: usize) -> (f64, f64) {
        let (minutes, new) = self.values.get(kind).map_or((0, 0), |word| unpack(*word));
        (number(minutes), number(new))
    }

    /// Active minutes on an active day, by the kind of value that most events have.
    pub fn minutes_a_day(&self) -> f64 {
        let minutes = (0..KINDS).map(|kind| self.value(kind).0).fold(0.0, f64::max);
        minutes / self.exposure(DAY_SCALE).max(1.0)
    }

    pub fn see_value(&mut self, kind: usize, minutes: f64, new: f64) {
        let (held_minutes, held_new) = self.value(kind);
        self.values
            .get_mut(kind)
            .into_iter()
            .for_each(|word| *word = pack(half(held_minutes + minutes), half(held_new + new)));
    }

    /// The minute at which a value began to wait.
    pub fn waits_since(&self, print: u32) -> Option<u32> {
        self.pending
            .iter()
            .map(|word| unpack(*word))
            .find(|(held, _)| *held == print)
            .map(|(_, minute)| minute)
    }

    /// Lets a value wait; where there is no room, the one that waits longest is forgotten.
    pub fn wait(&mut self, print: u32, minute: u32) {
        if self.waits_since(print).is_none()
            && let Some(oldest) = self.pending.iter_mut().min_by_key(|word| unpack(**word).1)
        {
            *oldest = pack(print, minute);
        }
    }

    /// A surprising count waits to be repeated: the level that it reached, and the minute at which it began to wait.
    fn waiting_count(&self, quantity: usize) -> Option<(u32, u32)> {
        let of = WAITING_COUNT | (quantity as u32 & 0xff).wrapping_shl(8);
        let held = self.pending.iter().map(|word| unpack(*word));
        held.filter(|(print, _)| print & !0xff == of).map(|(print, at)| (print & 0xff, at)).next()
    }

    /// True if at least half as much was surprising a wait ago: then it is learned, on the current day too. Else it waits from now on, or goes on waiting.
    pub fn is_repeated_count(
        &mut self,
        quantity: usize,
        (count, minute, wait): (u32, u32, u32),
    ) -> bool {
        let level = log2(f64::from(count.max(1))) as u32 & 0xff;
        let of = WAITING_COUNT | (quantity as u32 & 0xff).wrapping_shl(8);
        let (held, since) = self.waiting_count(quantity).unwrap_or((0, 0));
        let is_old = since > 0 && minute.saturating_sub(since) >= wait;
        if is_old && level <= held.saturating_add(1) {
            *self.age = self.age().with(before(quantity), true).word();
            return true;
        }
        if level > held || is_old {
            self.release(of | held);
            self.wait(of | level, if since > 0 && !is_old { since } else { minute });
        }
        false
    }

    /// Has all that waits learned with its next event, and the counts of today as they are.
    pub fn confirm(&mut self) {
        for word in self.pending.iter_mut().filter(|word| **word != 0) {
            *word = pack(unpack(*word).0, 1);
        }
        let known =
            (0..QUANTITIES).fold(self.age(), |age, quantity| age.with(before(quantity), true));
        *self.age = known.with(WIDE_BEFORE, true).word();
        let suspect = self.suspect();
        self.set_suspect(Suspect { network: 0, ..suspect });
    }

    pub fn release(&mut self, print: u32) {
        self.pending.iter_mut().filter(|word| unpack(**word).0 == print).for_each(|word| *word = 0);
    }

    fn alert(&self, learner: usize) -> u32 {
        let (even, odd) = self.alerts.get(learner / 2).map_or((0, 0), |word| unpack(*word));
        if learner.is_multiple_of(2) { even } else { odd }
    }

    fn part(&self, part: usize) -> u64 {
        self.parts.get(part).copied().unwrap_or_default()
    }

    fn set_part(&mut self, part: usize, word: u64) {
        self.parts.get_mut(part).into_iter().for_each(|held| *held = word);
    }

    /// The newest position and its minute.
    pub fn place(&self) -> u64 {
        self.part(PLACE)
    }

    pub fn set_place(&mut self, word: u64) {
        self.set_part(PLACE, word);
    }

    pub fn suspect(&self) -> Suspect {
        let ((network, since), (home, rest)) =
            (unpack(self.part(SUSPECT)), unpack(self.part(HOME)));
        Suspect {
            network,
            since,
            home,
            session: rest.wrapping_shr(16) as u16,
            refused: rest.wrapping_shr(8) as u8,
            bits: rest as u8,
        }
    }

    pub fn set_suspect(&mut self, suspect: Suspect) {
        let rest = u32::from(suspect.session).wrapping_shl(16)
            | u32::from(suspect.refused).wrapping_shl(8)
            | u32::from(suspect.bits);
        self.set_part(SUSPECT, pack(suspect.network, suspect.since));
        self.set_part(HOME, pack(suspect.home, rest));
    }

    /// The targets of the current day, as bits.
    pub fn touched(&self) -> u64 {
        self.part(TOUCHED)
    }

    pub fn set_touched(&mut self, bits: u64) {
        self.set_part(TOUCHED, bits);
    }

    /// Distinct targets of the days that are over.
    pub fn scopes(&self) -> Moments {
        Moments::read(self.part(SCOPES))
    }

    /// The current day's targets are surprisingly many.
    pub fn set_wide(&mut self) {
        *self.age = self.age().with(WIDE, true).word();
    }

    pub fn risk(&self) -> u64 {
        self.part(RISK)
    }

    pub fn set_risk(&mut self, word: u64) {
        self.set_part(RISK, word);
    }

    /// True if a finding may be stated: the last one is a cooldown ago, or had half the bits.
    pub fn is_due(&self, learner: usize, minute: u32, bits: f64, cooldown: u32) -> bool {
        is_due(self.alert(learner), minute, bits, cooldown)
    }

    /// True if a finding on a count is the first one of its day, or has a quarter more bits than the one before: a count that goes on is stated at growing
    /// intervals.
    pub fn is_more(&self, learner: usize, minute: u32, bits: f64) -> bool {
        let held = self.alert(learner);
        let at = minute_of(held);
        day(at) != day(minute) || level(bits) >= (held & 0xff).saturating_add(TWICE / 3)
    }

    /// Notes a finding; true if it is the first one of the detector on a day.
    pub fn set_alert(&mut self, learner: usize, minute: u32, bits: f64) -> bool {
        let before = minute_of(self.alert(learner));
        let held = stated(minute, bits);
        if let Some(word) = self.alerts.get_mut(learner / 2) {
            let (even, odd) = unpack(*word);
            *word = if learner.is_multiple_of(2) { pack(held, odd) } else { pack(even, held) };
        }
        day(before) != day(minute)
    }
}

/// A finding in half a word: when, and how grave.
pub fn stated(minute: u32, bits: f64) -> u32 {
    (minute / ALERT_STEP).wrapping_shl(8) | level(bits)
}

/// The minute of a finding, within `ALERT_STEP`.
pub fn minute_of(stated: u32) -> u32 {
    stated.wrapping_shr(8).wrapping_mul(ALERT_STEP)
}

/// True if a cooldown has passed since a finding, or this one has twice its bits.
pub fn is_due(stated: u32, minute: u32, bits: f64, cooldown: u32) -> bool {
    stated == 0
        || minute.saturating_sub(minute_of(stated)) >= cooldown
        || level(bits) >= (stated & 0xff).saturating_add(TWICE)
}

fn day(minute: u32) -> u32 {
    minute / (24 * 60)
}

/// Bits of a finding on a scale of logarithms, in a byte: they may reach a thousand.
fn level(bits: f64) -> u32 {
    (f64::from(TWICE) * log2(bits.max(1.0))) as u32 & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_goes_on_is_stated_at_growing_intervals() {
        let mut words = [0u64; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        let minutes = 20_000 * 24 * 60..20_001 * 24 * 60;
        // Each minute has a bit more than the one before, up to the most that a count can have.
        let stated = minutes.clone().filter(|minute| {
            let bits = (20.0 + f64::from(minute - minutes.start)).min(1000.0);
            let is_due = actor.is_more(2, *minute, bits) && actor.is_due(2, *minute, bits, 15);
            if is_due {
                actor.set_alert(2, *minute, bits);
            }
            is_due
        });
        let stated = stated.count();
        assert!((8..24).contains(&stated), "{stated}");
        assert!(actor.is_more(2, minutes.end, 20.0), "on the next day again");
        assert!(!actor.is_due(2, minutes.end, 999.0, 600) && actor.is_due(2, minutes.end, 9.0, 0));
    }

    #[test]
    fn an_entry_is_what_its_parts_are() {
        assert_eq!(ENTRY, 60);
        let mut words = [0u64; ENTRY];
        assert!(Actor::of(&mut words).is_some());
        assert!(Actor::of(&mut [0; ENTRY - 1]).is_none());
    }

    #[test]
    fn a_surprising_count_is_learned_when_the_next_day_repeats_it() {
        let mut words = [0u64; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        let mut hour = 480_000;
        actor.begin(hour);
        let mut day = |actor: &mut Actor<'_>, count: u64, is_surprising: bool| {
            actor.count(0, count);
            if is_surprising {
                actor.set_alerted(0, DAY_SCALE);
                actor.set_alerted(0, HOUR_SCALE);
            }
            hour += 24;
            actor.turn(hour, 30, &|_, _| 0.0);
            actor.moments(0, DAY_SCALE).sum / actor.exposure(DAY_SCALE)
        };
        let usual = (0..10).map(|_| day(&mut actor, 6, false)).last().unwrap();
        assert!((usual - 6.0).abs() < 0.01, "{usual}");
        assert!((day(&mut actor, 600, true) - 6.0).abs() < 0.01, "once: not learned");
        assert!(day(&mut actor, 600, true) > 40.0, "on the next day too: learned");
        assert_eq!(actor.age().days, 13);
    }

    #[test]
    fn days_without_activity_are_told_until_the_day_is_over() {
        let mut words = [0u64; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        actor.begin(480_000);
        actor.turn(480_000 + 40 * 24, 30, &|_, _| 0.0);
        actor.turn(480_000 + 40 * 24 + 1, 30, &|_, _| 0.0);
        assert_eq!(actor.gap(), 39);
        actor.turn(480_000 + 41 * 24, 30, &|_, _| 0.0);
        assert_eq!(actor.gap(), 0);
    }

    #[test]
    fn new_values_add_up_and_half_is_forgotten_with_each_hour() {
        let mut words = [0u64; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        actor.begin(480_000);
        actor.turn(480_000 + 40 * 24, 30, &|_, _| 0.0);
        [4.5, 3.5].into_iter().for_each(|bits| actor.add_novelty(bits));
        assert_eq!((actor.novelty(), actor.gap()), (8.0, 39));
        actor.turn(480_002 + 40 * 24, 30, &|_, _| 0.0);
        assert_eq!((actor.novelty(), actor.gap()), (2.0, 39));
        actor.add_novelty(1e9);
        assert!(actor.novelty() < 256.0 && actor.gap() == 39);
        actor.turn(480_000 + 80 * 24, 30, &|_, _| 0.0);
        assert_eq!((actor.novelty(), actor.gap()), (0.0, 39));
    }

    #[test]
    fn a_count_that_is_surprising_again_after_a_wait_is_repeated() {
        let mut words = [0u64; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        let mut is_repeated = |count, minute| actor.is_repeated_count(0, (count, minute, 1440));
        assert!(!is_repeated(100, 10_000) && !is_repeated(150, 10_001), "it goes on");
        assert!(!is_repeated(150, 11_000), "on the same day");
        assert!(is_repeated(200, 20_000) && is_repeated(90, 20_001));
        assert!(!is_repeated(900, 20_002), "far more");
        assert!(!is_repeated(900, 21_000) && is_repeated(900, 22_000));
        assert!(!actor.is_repeated_count(1, (900, 23_000, 1440)), "of another quantity");
    }

    #[test]
    fn four_values_wait_and_alerts_have_a_cooldown() {
        let mut words = [0u64; ENTRY];
        let mut actor = Actor::of(&mut words).unwrap();
        (1..=5).for_each(|print| actor.wait(print, 1000 + print));
        assert_eq!([1, 2, 5].map(|print| actor.waits_since(print)), [None, Some(1002), Some(1005)]);
        actor.release(5);
        assert_eq!(actor.waits_since(5), None);
        assert!(actor.is_due(3, 29_000_000, 12.0, 60));
        actor.set_alert(3, 29_000_000, 12.0);
        assert!(
            !actor.is_due(3, 29_000_059, 23.0, 60)
                && actor.is_due(3, 29_000_060, 12.0, 60)
                && actor.is_due(3, 29_000_001, 24.0, 60)
        );
        assert!(actor.is_due(2, 29_000_001, 12.0, 60), "each detector has its own");
    }
}
