//! An attack in a history: which, how strong, on whom, when.

use super::catalogue::{Spec, Victim};
use super::population::{Actor, Kind};
use super::{Group, Plan, calendar};
use fastrand::Rng;

/// How loud an attack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// As a hurried attacker or a tool does it.
    Strong,
    /// As somebody careful does it.
    Weak,
}

impl Strength {
    /// Both.
    pub const ALL: [Strength; 2] = [Strength::Strong, Strength::Weak];

    /// The name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Strength::Strong => "strong",
            Strength::Weak => "weak",
        }
    }

    /// The value for this strength.
    pub fn of<T>(self, strong: T, weak: T) -> T {
        match self {
            Strength::Strong => strong,
            Strength::Weak => weak,
        }
    }
}

/// One attack.
#[derive(Clone, Debug)]
pub struct Attack {
    pub spec: &'static Spec,
    pub strength: Strength,
    /// The index of the actor that it is about.
    pub victim: usize,
    pub day: i64,
}

/// The first day of attacks: what is learned must have had time to be learned.
const FIRST: i64 = 8;

/// Finds a victim and a day; `None` where the company has no such actor. A victim is used again only where there is no other.
pub fn place(
    spec: &'static Spec,
    strength: Strength,
    plan: &Plan,
    actors: &[Actor],
    taken: &mut Vec<usize>,
    chance: &mut Rng,
) -> Option<Attack> {
    let last = plan.days - 1;
    let first = FIRST.min(last);
    let is_fit = |actor: &Actor, day: i64| match spec.victim {
        // Gone for longer than a holiday, so that nobody expects the account.
        Victim::Dormant => actor.is_person() && (1..=day - 16).contains(&actor.tenure.1),
        Victim::Person => actor.is_person() && is_established(actor, day),
        Victim::Desk => {
            matches!(actor.kind, Kind::Clerk | Kind::Manager) && is_established(actor, day)
        }
        Victim::Of(kind) => actor.kind == kind && is_established(actor, day),
    };
    // Days at random until there is somebody, preferably somebody without an attack so far.
    for attempt in 0..200 {
        let day = chance.i64(first..=last);
        let fit: Vec<usize> = (0..actors.len())
            .filter(|index| is_fit(&actors[*index], day))
            .filter(|index| attempt >= 100 || !taken.contains(index))
            .collect();
        let is_day = !spec.is_on_working_day || calendar::is_working(day) || attempt >= 150;
        if let Some(&victim) = fit.get(chance.usize(..fit.len().max(1))).filter(|_| is_day) {
            taken.push(victim);
            return Some(Attack { spec, strength, victim, day });
        }
    }
    None
}

impl Attack {
    /// Who the attack is about, as benign alerts are split by.
    pub fn group(&self, actors: &[Actor]) -> Option<Group> {
        actors.get(self.victim).map(|actor| actor.group(self.day))
    }
}

fn is_established(actor: &Actor, day: i64) -> bool {
    actor.tenure.0 == 0 && actor.is_here(day)
}
