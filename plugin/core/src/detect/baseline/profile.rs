//! Profile of an actor as people read it: what its baseline holds. Natively alone; the module keeps the words and does not read them for people.

use super::actor::{Actor, ENTRY};
use super::off_hours::usual_hours;
use super::{Baselines, DAY_SCALE, HOUR_SCALE, KINDS, QUANTITIES};
use crate::sketch::hours::{WEEK, WEIGHT};
use crate::time::{DAY, MINUTE, Millis};

/// Kinds of values, in the order in which they are kept.
pub const KIND_NAMES: [&str; KINDS] =
    ["networks", "countries", "clients", "services", "action classes", "target types"];
/// Quantities, in the order in which they are kept.
pub const QUANTITY_NAMES: [&str; QUANTITIES] =
    ["records of restricted data", "deletions", "updates"];

/// What is usual for an actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The first day of activity, and the minute of the newest event.
    pub first: Millis,
    pub last: Millis,
    pub active_days: u16,
    /// Events are compared with the baseline: it is long enough.
    pub is_evaluated: bool,
    /// Weeks in which each hour of the week was active, from Sunday midnight on, in the policy's time zone; decayed.
    pub hours: Vec<u8>,
    /// Hours of the day between which the actor is active; the second may lie beyond 24.
    pub usual_hours: (u32, u32),
    /// Active minutes on an active day, by the kind of value that most events have.
    pub minutes_a_day: f64,
    pub volumes: Vec<Volume>,
    pub values: Vec<Values>,
    /// Distinct targets of a day, as a mean over the days that are over.
    pub targets_a_day: f64,
}

/// A quantity that is counted by hour and by day.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    pub name: &'static str,
    /// Means over the active hours and days that are over; decayed.
    pub an_hour: f64,
    pub a_day: f64,
    /// Counts of the newest hour and of its day.
    pub newest_hour: u32,
    pub newest_day: u32,
}

/// A kind of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    pub name: &'static str,
    /// Active minutes that had a value of the kind, and how many of the values were new; decayed.
    pub minutes: f64,
    pub new: f64,
}

impl Baselines {
    /// The profile under a key; none if nothing is kept.
    pub(crate) fn profile(&mut self, key: u64) -> Option<Profile> {
        let entry = self.actors.find(key, ENTRY)?;
        let newest = entry.stamp();
        let mut words: Vec<u64> = entry.words.to_vec();
        let mut actor = Actor::of(&mut words)?;
        let age = actor.age();
        let mean = |sum: f64, periods: f64| if periods > 0.0 { sum / periods } else { 0.0 };
        let volume = |(quantity, name): (usize, &&'static str)| {
            let [newest_hour, newest_day] = actor.count(quantity, 0);
            let usual =
                |scale: usize| mean(actor.moments(quantity, scale).sum, actor.exposure(scale));
            let (an_hour, a_day) = (usual(HOUR_SCALE), usual(DAY_SCALE));
            Volume { name, an_hour, a_day, newest_hour, newest_day }
        };
        let volumes: Vec<Volume> = QUANTITY_NAMES.iter().enumerate().map(volume).collect();
        let values = KIND_NAMES.iter().enumerate().map(|(kind, name)| {
            let (minutes, new) = actor.value(kind);
            Values { name, minutes, new }
        });
        // A week counts more than once, so that halving forgets.
        let weeks = |hour: u32| actor.hours.get(hour).div_ceil(WEIGHT) as u8;
        Some(Profile {
            first: Millis::from(age.first).wrapping_mul(DAY),
            last: Millis::from(newest).wrapping_mul(MINUTE),
            active_days: age.days,
            is_evaluated: age.is_mature(),
            hours: (0..WEEK).map(weeks).collect(),
            usual_hours: usual_hours(&actor),
            minutes_a_day: actor.minutes_a_day(),
            volumes,
            values: values.collect(),
            targets_a_day: mean(actor.scopes().sum, actor.exposure(DAY_SCALE)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made};
    use crate::event::{Class, Field, Outcome};
    use crate::time::{HOUR, parse};

    #[test]
    fn a_profile_states_what_was_seen() {
        let mut harness = Harness::new("new-value", "");
        // A Monday.
        let monday = parse(b"2026-01-12T00:00:00Z").unwrap();
        for day in 0..10 {
            for n in 0..4 + i64::from(day == 9) {
                let made = Made::new(Class::Read, Outcome::Success)
                    .with(Field::ActorName, "dana")
                    .with(Field::ActorType, "user")
                    .with(Field::OriginIp, "198.51.100.7")
                    .with(Field::TargetDataClass, "phi");
                let time = monday + day * DAY + (9 + n / 2) * HOUR + n * MINUTE;
                harness.see(made.with(Field::EnvAccount, "prod"), time);
            }
        }
        let detect = &mut harness.detect;
        assert!(detect.profile("", "dana").is_none() && detect.profile("prod", "carl").is_none());
        let profile = detect.profile("prod", "dana").unwrap();
        assert_eq!(profile, detect.profile("prod", "dana").unwrap(), "reading changes nothing");
        assert_eq!((profile.first, profile.active_days, profile.is_evaluated), (monday, 10, true));
        assert_eq!(profile.last, monday + 9 * DAY + 11 * HOUR + 4 * MINUTE);
        let active = |hour: usize| profile.hours.get(hour).copied().unwrap_or_default();
        // Hours begin on Sunday; the second Wednesday has eleven o'clock too.
        assert_eq!([24 + 9, 48 + 10, 9 + 6 * 24, 3].map(active), [2, 2, 1, 0]);
        assert_eq!(profile.usual_hours, (9, 12));
        let taken = profile.volumes.first().unwrap();
        assert_eq!((taken.newest_hour, taken.newest_day), (1, 5));
        assert!((taken.a_day - 4.0).abs() < 0.1 && (taken.an_hour - 2.0).abs() < 0.1, "{taken:?}");
        let networks = profile.values.first().unwrap();
        assert!(networks.new > 0.5 && networks.minutes > 30.0, "{networks:?}");
    }
}
