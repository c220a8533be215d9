//! A week in a company of forty, made up from a seed: what its systems log while people work, and what a few attackers do in between.
//!
//! Lines are in the formats that the vendors document. Which lines belong to an attack is known here alone: nothing in a line says so.

pub mod attack;
pub mod cloudtrail;
pub mod company;
pub mod crm;
pub mod life;
pub mod platforms;
pub mod scoring;
pub mod shop;
pub mod syslog;

use crate::calendar::instant;
use auditward_core::time::{Millis, SECOND};
use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use fastrand::Rng;

/// The policy that the demo runs with.
pub const POLICY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/policies/demo.toml"));
/// The first day.
pub const MONDAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
/// Berlin's clocks in that week.
pub const BERLIN: FixedOffset = FixedOffset::east_opt(3600).unwrap();

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub time: Millis,
    pub line: String,
    /// Which of the attacks it belongs to, where it does.
    pub attack: Option<usize>,
}

/// An attack, and the detectors that should find it.
#[derive(Clone, Debug)]
pub struct Attack {
    pub name: &'static str,
    pub actor: &'static str,
    pub origin: &'static str,
    /// Any of them will do.
    pub detectors: &'static [&'static str],
}

/// The week: lines in order of time, and the truth about them.
pub struct Week {
    pub events: Vec<Event>,
    pub attacks: Vec<Attack>,
}

/// Generates the week of a seed.
pub fn week(seed: u64) -> Week {
    let mut log = Log {
        events: Vec::new(),
        attacks: Vec::new(),
        attack: None,
        chance: Rng::with_seed(seed),
        count: 0,
    };
    life::write(&mut log);
    attack::write(&mut log);
    // Chances of their own, so that platforms change nothing of the rest of a week.
    log.chance = Rng::with_seed(!seed);
    life::platforms::write(&mut log);
    attack::platforms::write(&mut log);
    log.events.sort_by_key(|event| event.time);
    Week { events: log.events, attacks: log.attacks }
}

/// A moment of the week by Berlin's clocks; day 0 is Monday.
pub fn at(day: i64, hour: i64, minute: i64) -> Millis {
    let since = TimeDelta::minutes((day * 24 + hour) * 60 + minute);
    instant(MONDAY.and_time(NaiveTime::MIN) + since, BERLIN)
}

/// Output.
pub struct Log {
    events: Vec<Event>,
    attacks: Vec<Attack>,
    attack: Option<usize>,
    pub chance: Rng,
    count: u64,
}

impl Log {
    pub fn add(&mut self, time: Millis, line: String) {
        self.events.push(Event { time, line, attack: self.attack });
    }

    /// Marks the lines that `write` writes as part of the attack.
    pub fn attack(&mut self, attack: Attack, write: impl FnOnce(&mut Log)) {
        self.attack = Some(self.attacks.len());
        self.attacks.push(attack);
        write(self);
        self.attack = None;
    }

    /// A number that no other event has.
    pub fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// An id that no other event has.
    pub fn uuid(&mut self) -> String {
        uuid(&mut self.chance)
    }

    /// Between `least` and `most` seconds later.
    pub fn later(&mut self, time: Millis, least: i64, most: i64) -> Millis {
        time + self.chance.i64(least * SECOND..=most * SECOND)
    }

    pub fn is_chance(&mut self, percent: u32) -> bool {
        self.chance.u32(..100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.chance.usize(..from.len())]
    }
}

/// An id as random UUIDs look.
pub fn uuid(chance: &mut Rng) -> String {
    let (high, low) = (chance.u64(..), chance.u64(..));
    let group = |word: u64, shift: u32, mask: u64| word >> shift & mask;
    let (first, second, third) =
        (group(high, 32, 0xffff_ffff), group(high, 16, 0xffff), group(high, 0, 0xfff));
    format!(
        "{first:08x}-{second:04x}-4{third:03x}-{:04x}-{:012x}",
        0x8000 | group(low, 48, 0x3fff),
        group(low, 0, 0xffff_ffff_ffff)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::read;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_gives_the_same_week_and_another_another() {
        let (one, again, other) = (week(1), week(1), week(2));
        assert!(one.events == again.events && one.events != other.events);
    }

    #[test]
    fn a_week_is_in_order_of_a_size_to_show_and_within_its_days() {
        assert_eq!(Some(at(0, 0, 0)), read("2026-03-02T00:00:00+01:00"));
        for seed in 0..4 {
            let events = week(seed).events;
            assert!((30_000..60_000).contains(&events.len()), "{}", events.len());
            assert!(events.windows(2).all(|pair| pair[0].time <= pair[1].time));
            let strays: Vec<&Event> = events
                .iter()
                .filter(|event| !(at(0, 0, 0)..at(7, 1, 0)).contains(&event.time))
                .collect();
            assert!(strays.is_empty(), "{strays:?}");
        }
    }

    #[test]
    fn every_attack_has_lines_and_no_line_tells() {
        let week = week(1);
        for (index, attack) in week.attacks.iter().enumerate() {
            let lines: Vec<&Event> =
                week.events.iter().filter(|event| event.attack == Some(index)).collect();
            assert!(lines.len() >= 5, "{}: {}", attack.name, lines.len());
            assert!(
                attack.origin == "everywhere"
                    || lines.iter().any(|event| event.line.contains(attack.origin)),
                "{}",
                attack.name
            );
        }
        assert!(!week.events.iter().any(|event| event.line.contains("attack")));
        let benign = week.events.iter().filter(|event| event.attack.is_none()).count();
        assert!(benign * 10 > week.events.len() * 8, "{benign} of {}", week.events.len());
    }

    /// Parts of the lines, so that an error in a format shows.
    #[test]
    fn lines_are_of_the_forms_that_are_promised() {
        let mut forms = BTreeSet::new();
        for event in week(3).events {
            let parsed: Option<serde_json::Value> = serde_json::from_str(&event.line).ok();
            let form = match &parsed {
                Some(value) if value["eventVersion"].is_string() => "cloudtrail",
                Some(value) if value["app"] == "crm" => "crm",
                Some(value) if value["eventType"].is_string() => "okta",
                Some(value) if value["_document_id"].is_string() => "github",
                Some(value) if value["tenantId"].is_string() => "entra",
                Some(value) if value["protoPayload"].is_object() => "google cloud",
                Some(value) if value["auditID"].is_string() => "kubernetes",
                Some(value)
                    if value["log"].as_str().is_some_and(|log| {
                        log.contains("HTTP/1.1\"") || log.contains("HTTP/2.0\"")
                    }) =>
                {
                    "nginx"
                }
                Some(value) if value["log"].is_string() => "syslog in log",
                None if event.line.starts_with('<') => "syslog 5424",
                None if event.line.starts_with("Mar  ") => "syslog 3164",
                _ => panic!("{}", event.line),
            };
            assert!(!event.line.contains('\n'));
            forms.insert(form);
        }
        assert_eq!(forms.len(), 11, "{forms:?}");
    }
}
