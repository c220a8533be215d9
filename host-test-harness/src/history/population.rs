//! Who works there: departments, shifts, places, times of joining and leaving.

use super::{Group, Plan};
use fastrand::Rng;

/// One act of a person or machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads and edits records in the company's application, in business hours.
    Clerk,
    /// As above, in shifts, nights and weekends included.
    Nurse,
    Developer,
    Operator,
    Manager,
    /// Runs at its own time every night.
    Batch,
    /// An AI agent that acts on behalf of people.
    Agent,
}

/// The kinds of twenty actors; a smaller company has those of its first ten.
const MIX: [Kind; 20] = [
    Kind::Clerk,
    Kind::Developer,
    Kind::Nurse,
    Kind::Operator,
    Kind::Manager,
    Kind::Batch,
    Kind::Agent,
    Kind::Clerk,
    Kind::Developer,
    Kind::Nurse,
    Kind::Clerk,
    Kind::Developer,
    Kind::Nurse,
    Kind::Clerk,
    Kind::Manager,
    Kind::Developer,
    Kind::Clerk,
    Kind::Nurse,
    Kind::Clerk,
    Kind::Manager,
];

/// Types of records that departments work on.
pub const UNITS: [&str; 6] = ["patient", "invoice", "contact", "candidate", "contract", "asset"];

/// One actor.
#[derive(Clone, Debug)]
pub struct Actor {
    pub login: String,
    pub number: u32,
    pub kind: Kind,
    /// The department before and after the reorganisation.
    pub units: (usize, usize),
    /// The first and the last day of work.
    pub tenure: (i64, i64),
    /// Days away, the second one excluded.
    pub vacation: (i64, i64),
    /// Days of a business trip abroad.
    pub trip: (i64, i64),
    /// When the day begins, in minutes.
    pub begins: i64,
    /// How much more or less than others of the kind.
    pub pace: f64,
    /// Works from home on these days of the week.
    pub home_days: [bool; 7],
    pub has_phone: bool,
}

impl Actor {
    pub fn email(&self) -> String {
        format!("{}@acme.example", self.login)
    }

    pub fn unit(&self, plan_day: i64, reorganisation: i64) -> usize {
        if plan_day < reorganisation { self.units.0 } else { self.units.1 }
    }

    pub fn is_here(&self, day: i64) -> bool {
        (self.tenure.0..=self.tenure.1).contains(&day)
            && !(self.vacation.0..self.vacation.1).contains(&day)
    }

    pub fn is_person(&self) -> bool {
        !matches!(self.kind, Kind::Batch | Kind::Agent)
    }

    pub fn group(&self, day: i64) -> Group {
        match self.kind {
            Kind::Batch => Group::Batch,
            Kind::Agent => Group::Agent,
            _ if self.tenure.0 > 0 && day < self.tenure.0 + 14 => Group::NewHire,
            Kind::Nurse => Group::Shift,
            _ => Group::Person,
        }
    }

    /// The address of the flat: every actor has another network.
    pub fn home(&self) -> String {
        format!("198.18.{}.{}", self.number / 200 % 256, 10 + self.number % 200)
    }

    /// The address in the office.
    pub fn office(&self) -> String {
        format!("10.{}.{}.{}", 20 + self.units.0, self.number / 200 % 256, 10 + self.number % 200)
    }
}

/// The company of a plan.
pub fn population(plan: &Plan, chance: &mut Rng) -> Vec<Actor> {
    (0..plan.actors).map(|number| actor(number, plan, chance)).collect()
}

fn actor(number: usize, plan: &Plan, chance: &mut Rng) -> Actor {
    const NAMES: [&str; 12] = [
        "anna", "bruno", "clara", "david", "emil", "frida", "hanna", "ines", "jonas", "lars",
        "mara", "olga",
    ];
    let kind = MIX[number % MIX.len()];
    let prefix = match kind {
        Kind::Batch => "svc-batch",
        Kind::Agent => "agent",
        _ => NAMES[number % NAMES.len()],
    };
    let percent = |chance: &mut Rng, percent: u32| chance.u32(..100) < percent;
    let unit = number % UNITS.len();
    // The first ten have been there for long, or a company of ten would have nobody to learn from.
    let is_new = number >= 10 && percent(chance, 8);
    // Some leave; in each twenty one does so early, so that there are accounts that have been inactive for long.
    let has_left = number % MIX.len() == 14;
    let leaves = has_left || number >= 10 && percent(chance, 4);
    let days = plan.days.max(8);
    let away = chance.i64(2..days - 2);
    let trip = chance.i64(2..days - 2);
    let is_moved = percent(chance, 33);
    let (length, trip_length) = (chance.i64(3..10), chance.i64(2..5));
    Actor {
        login: format!("{prefix}{number}"),
        number: number as u32,
        kind,
        units: (unit, if is_moved { (unit + 1 + number % 3) % UNITS.len() } else { unit }),
        tenure: (
            if is_new && !has_left { chance.i64(3..days - 2) } else { 0 },
            match leaves {
                true if has_left => days / 3,
                true => chance.i64(days / 2..days),
                false => i64::MAX,
            },
        ),
        vacation: if percent(chance, 30) { (away, away + length) } else { (0, 0) },
        trip: if percent(chance, 6) { (trip, trip + trip_length) } else { (0, 0) },
        begins: chance.i64(6 * 60 + 30..9 * 60 + 30),
        pace: (chance.f64() + chance.f64() - chance.f64()).exp().clamp(0.3, 4.0),
        home_days: std::array::from_fn(|_| percent(chance, 35)),
        has_phone: percent(chance, 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_of_ten_has_every_kind_and_all_have_names_of_their_own() {
        let plan = Plan { actors: 500, days: 30, seed: 1, skew: 9.0 };
        let actors = population(&plan, &mut Rng::with_seed(1));
        let kinds = actors[..10].iter().fold(Vec::new(), |mut kinds, actor| {
            if !kinds.contains(&actor.kind) {
                kinds.push(actor.kind);
            }
            kinds
        });
        assert_eq!(kinds.len(), 7);
        let mut logins: Vec<&str> = actors.iter().map(|actor| actor.login.as_str()).collect();
        logins.sort_unstable();
        logins.dedup();
        assert_eq!(logins.len(), 500);
        let moved = actors.iter().filter(|actor| actor.units.0 != actor.units.1).count();
        assert!((120..220).contains(&moved), "{moved}");
        assert!(actors.iter().any(|actor| actor.group(actor.tenure.0 + 1) == Group::NewHire));
    }
}
