//! A company of any size, made up from a seed: what its systems log day by day, and the attacks in between.
//!
//! Used by `evaluate`, `simulate` and tests. No part of it knows a detector's thresholds. Which lines belong to an attack is recorded beside
//! them; nothing in a line says so. Addresses and domains are those reserved for documentation and tests.

pub mod attack;
pub mod behaviour;
pub mod calendar;
pub mod catalogue;
pub mod population;
pub mod staged;
pub mod wire;

use attack::{Attack, Strength};
use auditward_core::time::{Millis, SECOND};
use calendar::{moment, start_of};
use catalogue::{SPECS, Spec};
use fastrand::Rng;
use population::{Actor, population};

/// The policy that a history is evaluated with: a mapping for the company's own application, and its time zone.
pub const POLICY: &str = include_str!("history/policy.toml");

/// Polled sources deliver their events in batches of so many minutes.
const POLL: Millis = 300 * SECOND;

/// Who or what a record is about, to split benign alerts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// People with business hours.
    Person,
    /// People in shifts.
    Shift,
    /// People in their first two weeks.
    NewHire,
    /// Batch jobs.
    Batch,
    /// AI agents.
    Agent,
    /// The two identities that make nine tenths of the rows.
    Heavy,
    /// Visitors of the web site, and the background noise of the internet.
    Visitor,
}

impl Group {
    /// All groups.
    pub const ALL: [Group; 7] = [
        Group::Person,
        Group::Shift,
        Group::NewHire,
        Group::Batch,
        Group::Agent,
        Group::Heavy,
        Group::Visitor,
    ];

    /// The name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Group::Person => "people",
            Group::Shift => "shift workers",
            Group::NewHire => "new hires",
            Group::Batch => "batch jobs",
            Group::Agent => "AI agents",
            Group::Heavy => "heavy identities",
            Group::Visitor => "visitors",
        }
    }
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub time: Millis,
    /// When it reaches the filter: polled sources deliver later.
    pub arrival: Millis,
    pub line: String,
    /// The index of the attack that it belongs to.
    pub attack: Option<usize>,
    pub group: Group,
}

/// Parts of a history.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub actors: usize,
    pub days: i64,
    pub seed: u64,
    /// The two heavy identities make so many rows for each row of all others.
    pub skew: f64,
}

impl Plan {
    /// The day of the reorganisation, when a third of the people changes department.
    pub fn reorganisation(&self) -> i64 {
        self.days * 2 / 3
    }
}

/// A history under way: one day after the other.
pub struct History {
    pub plan: Plan,
    pub actors: Vec<Actor>,
    pub attacks: Vec<Attack>,
    log: Log,
    next: i64,
}

/// Output of behaviours and attacks.
pub struct Log {
    events: Vec<Event>,
    attack: Option<usize>,
    group: Group,
    pub chance: Rng,
}

impl History {
    /// A history with so many of each attack at each strength; the same plan gives the same history.
    pub fn new(plan: Plan, injected: &[(&'static Spec, Strength)]) -> History {
        let mut chance = Rng::with_seed(plan.seed);
        let actors = population(&plan, &mut chance);
        let mut taken = Vec::new();
        let attacks = injected
            .iter()
            .filter_map(|&(spec, strength)| {
                attack::place(spec, strength, &plan, &actors, &mut taken, &mut chance)
            })
            .collect();
        let log = Log { events: Vec::new(), attack: None, group: Group::Person, chance };
        History { plan, actors, attacks, log, next: 0 }
    }

    /// The lines that arrive on the next day, in the order in which they arrive.
    pub fn next_day(&mut self) -> Option<Vec<Event>> {
        let day = self.next;
        if day >= self.plan.days {
            return None;
        }
        self.next += 1;
        behaviour::write(&mut self.log, &self.plan, &self.actors, day);
        for attack in &self.attacks {
            if let Some(stage) = attack.spec.stage {
                self.log.group = Group::Batch;
                (stage.usual)(&mut self.log, attack, day);
            }
        }
        for (index, attack) in self.attacks.iter().enumerate().filter(|(_, at)| at.day == day) {
            self.log.attack = Some(index);
            self.log.group = Group::Person;
            (attack.spec.write)(&mut self.log, attack, &self.actors);
            self.log.attack = None;
        }
        self.log.events.sort_by_key(|event| event.arrival);
        let end = start_of(day + 1);
        let later = self.log.events.partition_point(|event| event.arrival < end);
        let rest = self.log.events.split_off(later);
        Some(std::mem::replace(&mut self.log.events, rest))
    }

    /// Every attack of the catalogue at both strengths, so many times.
    pub fn all_attacks(times: usize) -> Vec<(&'static Spec, Strength)> {
        let of = |spec| Strength::ALL.map(|strength| (spec, strength));
        (0..times).flat_map(|_| SPECS.iter().flat_map(of)).collect()
    }
}

impl Log {
    /// A line that is delivered within seconds.
    pub fn stream(&mut self, time: Millis, line: String) {
        let arrival = time + self.chance.i64(0..3 * SECOND);
        self.add(time, arrival, line);
    }

    /// A line of a polled source: it comes with the next batch, and half of them come with the batch after that again, as overlapping polls give.
    pub fn polled(&mut self, time: Millis, line: String) {
        let batch = time - time.rem_euclid(POLL) + POLL;
        if self.is_chance(50) {
            self.add(time, batch + POLL, line.clone());
        }
        self.add(time, batch, line);
    }

    fn add(&mut self, time: Millis, arrival: Millis, line: String) {
        let (attack, group) = (self.attack, self.group);
        self.events.push(Event { time, arrival, line, attack, group });
    }

    /// An id that no other event has.
    pub fn uuid(&mut self) -> String {
        crate::demo::uuid(&mut self.chance)
    }

    pub fn is_chance(&mut self, percent: u32) -> bool {
        self.chance.u32(..100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.chance.usize(..from.len())]
    }

    /// Between `least` and `most` seconds later.
    pub fn later(&mut self, time: Millis, least: i64, most: i64) -> Millis {
        time + self.chance.i64(least * SECOND..=most * SECOND)
    }

    /// A random time between two minutes of a day.
    pub fn between(&mut self, day: i64, from: i64, to: i64) -> Millis {
        moment(day, self.chance.i64(from..to.max(from + 1))) + self.chance.i64(0..60 * SECOND)
    }

    /// A count around `mean`, with the spread of a busy and of a quiet day.
    pub fn around(&mut self, mean: f64) -> i64 {
        let factor = 0.4 + 0.6 * (self.chance.f64() + self.chance.f64());
        (mean * factor + self.chance.f64()) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auditward_core::time::DAY;
    use std::collections::{BTreeMap, BTreeSet};

    fn plan(seed: u64) -> Plan {
        Plan { actors: 20, days: 6, seed, skew: 9.0 }
    }

    fn played(seed: u64) -> Vec<Event> {
        let mut history = History::new(plan(seed), &[]);
        std::iter::from_fn(|| history.next_day()).flatten().collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_history_in_order_of_arrival() {
        let (one, again, other) = (played(1), played(1), played(2));
        assert!(one == again && one != other);
        assert!(one.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival));
        assert!(one.iter().all(|event| event.arrival >= event.time
            && event.arrival - event.time <= 2 * POLL
            && event.time >= start_of(0)
            && event.time < start_of(6) + DAY));
    }

    #[test]
    fn traffic_has_the_skew_of_real_traffic_and_repeated_ids() {
        let events = played(3);
        let heavy = events.iter().filter(|event| event.group == Group::Heavy).count();
        let share = heavy as f64 / events.len() as f64;
        assert!((0.86..0.94).contains(&share), "{share}");
        let mut lines: BTreeMap<&str, u32> = BTreeMap::new();
        events.iter().for_each(|event| *lines.entry(&event.line).or_default() += 1);
        let repeated = (events.len() - lines.len()) as f64 / events.len() as f64;
        assert!((0.25..0.38).contains(&repeated), "{repeated}");
    }

    #[test]
    fn every_attack_writes_lines_and_no_line_tells() {
        let plan = Plan { actors: 200, days: 30, seed: 4, skew: 0.1 };
        let injected = History::all_attacks(1);
        let mut history = History::new(plan, &injected);
        assert_eq!(history.attacks.len(), injected.len(), "each has a victim");
        let mut held = BTreeSet::new();
        while let Some(events) = history.next_day() {
            assert!(!events.iter().any(|event| event.line.contains("attack")));
            held.extend(events.iter().filter_map(|event| event.attack));
        }
        for (index, attack) in history.attacks.iter().enumerate() {
            assert!(held.contains(&index), "{}", attack.spec.id);
        }
    }
}
