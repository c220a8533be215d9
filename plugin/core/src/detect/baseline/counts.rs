//! Records taken, deleted or changed, beyond what an actor reaches in an hour or a day.

use super::actor::Actor;
use super::learner::{Learner, is_person};
use super::statement::{write_experience, write_usual};
use super::surprise::{Standing, Surprise};
use super::{
    DAY_SCALE, DELETES, HOUR_SCALE, MASS_CHANGE, RECORDS, SCALES, UPDATES, VOLUME, WAIT, scores,
};
use crate::detect::{Facts, Subject, shorten};
use crate::event::Field;
use crate::sketch::logarithm::log2;
use crate::sketch::tail;
use crate::text::Sink;
use crate::time::{DAY, HOUR};
use crate::write::Writer;

/// A count is usual up to so many times what an hour with any has, where that hour has at least so many and as much was counted on about so many days.
const USUAL_TIMES: f64 = 4.0;
const USUAL_DAYS: f64 = 2.5;
const USUAL_LEAST: f64 = 10.0;

/// Records at once from which on they are a bulk.
const BULK: u64 = 8;
/// A count below this is nothing to state, however few are usual.
const LEAST_COUNT: u32 = 20;

impl Learner<'_> {
    /// A count beyond what the actor reaches in an hour or a day, and how it stands beside the baseline. What is late belongs to a period that is closed.
    pub(super) fn count(
        &mut self,
        actor: &mut Actor<'_>,
        (quantity, key): (usize, u64),
        subject: &Subject<'_>,
    ) -> (Option<Surprise>, Standing) {
        if self.when.hour != actor.hour() {
            return (None, Standing::Open);
        }
        let more = subject.number(Field::TargetCount).unwrap_or(subject.times());
        let counts = actor.count(quantity, more);
        let [hour, day] = counts;
        if quantity == RECORDS && more >= BULK && !actor.is_bulk() {
            actor.set_bulk();
        }
        let is_learned = self.options.quantities.get(quantity).copied().unwrap_or_default();
        let is_judged = is_learned && actor.age().is_mature();
        let is_person = is_person(subject);
        let (surprise, standing) = if !is_judged || day < LEAST_COUNT {
            // Who is not evaluated yet borrows what is usual from others.
            let tails = &self.fleet.tails;
            let is_known = || tails.is_known(is_person, quantity, f64::from(hour));
            let is_usual = is_learned && (is_usual(actor, quantity, counts) || is_known());
            (None, if is_usual { Standing::Usual } else { Standing::Open })
        } else {
            self.unusual_count(actor, quantity, counts, is_person)
        };
        if standing != Standing::Found {
            let before = hour.saturating_sub(u32::try_from(more).unwrap_or(u32::MAX));
            self.fleet.tails.reach((is_person, quantity), (before, hour), key);
            if quantity == RECORDS && !actor.is_bulk() {
                self.fleet.tails.reach_gradually(is_person, (before, hour));
            }
        }
        (surprise, standing)
    }

    #[inline(never)]
    fn unusual_count(
        &mut self,
        actor: &mut Actor<'_>,
        quantity: usize,
        counts: [u32; SCALES],
        is_person: bool,
    ) -> (Option<Surprise>, Standing) {
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
            let mut of_others = self.fleet.tails.bits(is_person, quantity, scale, count);
            if scale == HOUR_SCALE && quantity == RECORDS && !actor.is_bulk() {
                // Another test.
                of_others = of_others.max(self.fleet.tails.gradual_bits(is_person, count) - 1.0);
            }
            let as_others = begins + of_others;
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
            let is_usual = bits < self.own_threshold() || is_usual(actor, quantity, counts);
            return (None, if is_usual { Standing::Usual } else { Standing::Open });
        }
        actor.set_alerted(quantity, HOUR_SCALE);
        actor.set_alerted(quantity, DAY_SCALE);
        if actor.is_repeated_count(quantity, (count, self.when.minute, WAIT)) {
            return (None, Standing::Usual);
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
        (surprise, Standing::Found)
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

/// Kind of count of an event.
pub(super) fn quantity(facts: Facts) -> Option<usize> {
    [(Facts::TOOK_RESTRICTED, RECORDS), (Facts::DELETED, DELETES), (Facts::UPDATED, UPDATES)]
        .into_iter()
        .find(|(fact, _)| facts.has_any(*fact))
        .map(|(_, quantity)| quantity)
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
    out.put(b"; ");
    write_usual(surprise, out);
    let unit = if surprise.window == DAY { b" active days of " } else { &b" active hours on "[..] };
    write_experience(surprise, unit, out);
    out.put(b")");
}
