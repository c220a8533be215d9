//! Hours at which an actor is not active.

use super::actor::Actor;
use super::learner::{Learner, is_person, print};
use super::statement::write_experience;
use super::surprise::Surprise;
use super::values::mixed;
use super::{KINDS, OFF_HOURS, WAIT, scores};
use crate::detect::{Facts, Subject, shorten};
use crate::event::{Field, Outcome};
use crate::sketch::hours::{WEEK, WEIGHT};
use crate::sketch::logarithm::log2;
use crate::text::Sink;
use crate::time::{HOUR, Millis};
use crate::write::Writer;
use chrono::Timelike;

/// Bits of new values from which on an act at an unusual hour is stated whatever it is.
const NEW_PLACE: f64 = 2.0;

/// An hour of the day is settled when it was active on two days.
const SETTLED: u64 = WEIGHT + 1;

/// Active hours of the fleet's experience that an actor begins with, and how many of its own it is evaluated from on.
const PRIOR_HOURS: f64 = 8.0;
const LEAST_HOURS: f64 = 16.0;

impl Learner<'_> {
    /// An hour at which the actor is not active.
    pub(super) fn hours(
        &mut self,
        actor: &mut Actor<'_>,
        subject: &Subject<'_>,
    ) -> Option<Surprise> {
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

    /// Where clocks change, the hour before or after has another name than the one beside this hour: a job of 01:45 that takes half an hour ends at 03:15.
    fn is_beside(&self, actor: &Actor<'_>, subject: &Subject<'_>) -> bool {
        let local = |time: Millis| crate::calendar::hour_of_week(self.options.zone.local(time));
        let hour = self.when.hour_of_week;
        let beside = [(-HOUR, WEEK.wrapping_sub(1)), (HOUR, 1)];
        beside.into_iter().any(|(by, step)| {
            let there = local(subject.time.saturating_add(by));
            there != hour.wrapping_add(step) % WEEK && actor.hours.get(there) > 0
        })
    }

    #[cold]
    #[inline(never)]
    fn unusual_hour(&mut self, actor: &mut Actor<'_>, subject: &Subject<'_>) -> Option<Surprise> {
        let (hour, minute) = (self.when.hour_of_week, self.when.minute);
        if self.is_beside(actor, subject) {
            self.learn_hour(actor);
            return None;
        }
        let usual = usual_hours(actor);
        let is_outside = is_outside(hour, usual);
        let outside = self.fleet.shares.outside();
        if self.when.is_new_hour {
            self.fleet.shares.see_hour(is_outside);
        }
        let settled = hours_of_day(actor, SETTLED);
        let has_no_rest = length(usual) > MOST || length(settled) >= LONGEST;
        let on_day = hours_on_day(actor, hour);
        // With shifts that change, every week has hours of its own. At an hour that is usual on other days, only a day off is unusual.
        if has_no_rest || on_day != (0, 0) && is_within(hour, settled) {
            self.learn_hour(actor);
            return None;
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
            chance: self.own_threshold(),
            observed: 1,
            expected: 0,
            window: HOUR,
            is_elsewhere: self.novelty >= NEW_PLACE,
            over: own as u32,
            days: u32::from(actor.age().days),
            gap: actor.gap(),
            usual,
            on_day,
            local: self.options.zone.local(subject.time),
            ..Surprise::default()
        })
    }
}

/// The hours of the day between which the actor is active: all but the longest run of those at which it never is.
pub(super) fn usual_hours(actor: &Actor<'_>) -> (u32, u32) {
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

/// An actor that rests for eight hours a day is active for so many at most; with less than five hours without activity it has no rest at all.
const LONGEST: u32 = 16;
const MOST: u32 = 19;

fn length((from, to): (u32, u32)) -> u32 {
    to.saturating_sub(from)
}

/// Hours from one hour of the day to the next time that it is the other.
fn hours_from(from: u32, to: u32) -> u32 {
    (to % 24).wrapping_add(24).wrapping_sub(from % 24) % 24
}

/// True if the hour of the day is one of these.
fn is_within(hour: u32, (from, to): (u32, u32)) -> bool {
    hours_from(from, hour) < length((from, to))
}

/// The hours between which the actor is active on the day of the week of that hour; equal where it is active at none.
fn hours_on_day(actor: &Actor<'_>, hour: u32) -> (u32, u32) {
    let midnight = hour.wrapping_sub(hour % 24);
    let mut active = (0..24).filter(|of_day| actor.hours.get(midnight.wrapping_add(*of_day)) > 0);
    let from = active.next();
    let last = active.next_back().or(from);
    from.zip(last).map_or((0, 0), |(from, last)| (from, last.wrapping_add(1)))
}

/// True for an hour of the week that is more than an hour away from the hours of the day of an actor that rests for eight hours a day.
pub(super) fn is_outside(hour: u32, (from, to): (u32, u32)) -> bool {
    let length = length((from, to));
    let after = hours_from(from, hour);
    length <= LONGEST && after > length && after < 23
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
    out.put(b": ");
    out.put(shorten(subject.text(Field::ActionName)));
    out.put(b"; usually active between ");
    write_hours((from, to), out);
    let hour = surprise.local.hour();
    // Within the hours of other days, the day is what is unusual.
    if is_within(hour, (from, to)) {
        let day = crate::calendar::day_text(surprise.local);
        let (first, last) = surprise.on_day;
        out.put(if first == last { b", but never on " } else { b", but on " });
        out.put(&day);
        if first != last {
            out.put(b" only between ");
            write_hours((first, last), out);
        }
    }
    out.put(b" (");
    write_experience(surprise, b" active hours on ", out);
    out.put(b")");
}

/// `06:00 and 21:59`: 22:00 is an hour that is not usual.
fn write_hours((from, to): (u32, u32), out: &mut Writer<'_>) {
    write_hour(from, out);
    out.put(b":00 and ");
    write_hour(to.saturating_sub(1), out);
    out.put(b":59");
}

/// `06` of an hour that may be on the next day.
fn write_hour(hour: u32, out: &mut Writer<'_>) {
    let hour = hour % 24;
    if hour < 10 {
        out.put(b"0");
    }
    out.number(i64::from(hour));
}
