//! Scenarios of `simulate` that need more than the company of every history has: servers with an agent, values that are measured, a watched account.
//! `evaluate` leaves them out, so that its histories stay as they are.

use super::Log;
use super::attack::{Attack, Strength};
use super::calendar::{moment, start_of};
use super::catalogue::{Spec, Victim, dormant, patient_records};
use super::population::{Actor, Kind};
use super::wire::{self, Place};
use auditward_core::time::{DAY, HOUR, MINUTE, Millis};

/// The company's equipment for a scenario.
pub struct Stage {
    /// Follows the history's policy.
    pub policy: &'static str,
    /// Writes a day of what is usual, but for what the attack changes of it.
    pub usual: fn(&mut Log, &Attack, i64),
    /// The name that findings are about, the victim's where it is empty, and how long after the attack's newest record they may be found on records of anybody.
    pub entity: &'static str,
    pub within: Millis,
}

/// Scenarios beside those of `evaluate`.
pub static STAGED: &[Spec] = &[
    Spec {
        id: "agent-stopped",
        title: "A server's audit agent stops",
        detectors: &["silence"],
        words: &["has reported nothing"],
        victim: Victim::Of(Kind::Operator),
        is_on_working_day: true,
        write: session_on_vault,
        stage: Some(&Stage { policy: "", usual: vault, entity: VAULT, within: 2 * DAY }),
    },
    Spec {
        id: "records-removed",
        title: "Records removed from a server's audit log",
        detectors: &["audit-tamper"],
        words: &["missing", "removed", "gap", "numbers"],
        victim: Victim::Of(Kind::Operator),
        is_on_working_day: true,
        write: session_on_database,
        stage: Some(&Stage { policy: "", usual: database, entity: DATABASE, within: 6 * HOUR }),
    },
    Spec {
        id: "miner",
        title: "A server computes for somebody else",
        detectors: &["metric"],
        words: &["load"],
        victim: Victim::Of(Kind::Operator),
        is_on_working_day: false,
        write: load,
        stage: Some(&Stage { policy: METRIC, usual: usual_load, entity: "app3", within: HOUR }),
    },
    Spec {
        id: "break-glass",
        title: "The account for emergencies signs in",
        detectors: &["watch"],
        words: &["break-glass"],
        victim: Victim::Of(Kind::Operator),
        is_on_working_day: false,
        write: emergency,
        stage: Some(&Stage {
            policy: "\n[detector.watch]\nactors = [\"break-glass*\"]\n",
            usual: |_, _, _| {},
            entity: EMERGENCY,
            within: HOUR,
        }),
    },
    Spec {
        id: "two-places",
        title: "An account at work on two continents within an hour",
        detectors: &["travel", "takeover", "new-value"],
        words: &["km", "network", "country"],
        victim: Victim::Of(Kind::Developer),
        is_on_working_day: true,
        write: two_places,
        stage: Some(&Stage { policy: "", usual: |_, _, _| {}, entity: "", within: HOUR }),
    },
    Spec {
        id: "whole-ward",
        title: "A clerk opens the records of a whole ward",
        detectors: &["scope"],
        words: &["distinct targets"],
        victim: Victim::Desk,
        is_on_working_day: true,
        write: patient_records,
        stage: Some(&Stage { policy: "", usual: |_, _, _| {}, entity: "", within: HOUR }),
    },
    Spec {
        id: "inactive",
        title: "An account that was inactive for more than two weeks acts again",
        detectors: &["dormant"],
        words: &["without activity"],
        victim: Victim::Dormant,
        is_on_working_day: false,
        write: dormant,
        stage: Some(&Stage { policy: "", usual: |_, _, _| {}, entity: "", within: HOUR }),
    },
];

const VAULT: &str = "vault1";
const DATABASE: &str = "db1";
const EMERGENCY: &str = "break-glass";
/// A reading of a server's load, and what is learned of it.
const METRIC: &str = r#"
[[mapping]]
source = "acme.load"
match = { app = "load", ts = "*" }
time = { path = "ts", format = "rfc3339" }

[mapping.fields]
"action.name" = { value = "load" }
"action.class" = { value = "other" }
"env.host" = "host"

[[metric]]
field = "raw.load"
entity = "host"
why = "a program that nobody started takes the processor"
"#;

/// When it happens on the attack's day.
fn at(attack: &Attack) -> Millis {
    moment(attack.day, 14 * 60 + 20)
}

fn session(log: &mut Log, attack: &Attack, actors: &[Actor], host: &str) {
    let Some(actor) = actors.get(attack.victim) else { return };
    let (login, ip) = (&actor.login, actor.office());
    wire::sshd(
        log,
        at(attack) - 6 * MINUTE,
        host,
        &format!(
            "Accepted publickey for {login} from {ip} port 50112 ssh2: ED25519 SHA256:Jc1pZ9mV0yQ7r2uYb8sKx4Tq6nLw3eHd5fGa1oRi0Uk"
        ),
    );
}

fn session_on_vault(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    session(log, attack, actors, VAULT);
}

fn session_on_database(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    session(log, attack, actors, DATABASE);
}

/// The agent reports every few minutes, day and night. Stopped for good, or for eight hours.
fn vault(log: &mut Log, attack: &Attack, day: i64) {
    let stopped = at(attack);
    let back = attack.strength.of(Millis::MAX, stopped + 8 * HOUR);
    let (mut time, end, mut number) = (start_of(day), start_of(day + 1), day * 1_000);
    while time < end {
        if !(stopped..back).contains(&time) {
            wire::audit(log, time, VAULT, number, "/usr/bin/backup");
            number += 1;
        }
        time = log.later(time, 240, 540);
    }
}

/// The audit daemon numbers its records. Those of a session are removed: sixty, or eight.
fn database(log: &mut Log, attack: &Attack, day: i64) {
    const A_DAY: i64 = 240;
    let missing = attack.strength.of(60, 8);
    for nth in 0..A_DAY {
        let time = start_of(day) + nth * (DAY / A_DAY);
        let removed = if time > at(attack) { missing } else { 0 };
        wire::audit(log, time, DATABASE, 1_000 + day * A_DAY + nth + removed, "/usr/bin/psql");
    }
}

/// The load of four servers every half an hour, higher in the day.
fn usual_load(log: &mut Log, _: &Attack, day: i64) {
    for nth in 0..48 {
        let time = start_of(day) + nth * 30 * MINUTE;
        let busy = if (16..38).contains(&nth) { 1.1 } else { 0.3 };
        for server in 1..=4 {
            let load = busy * (0.6 + 0.8 * log.chance.f64());
            wire::load(log, time, &format!("app{server}"), load);
        }
    }
}

/// All cores for hours, or a few of them.
fn load(log: &mut Log, attack: &Attack, _: &[Actor]) {
    for nth in 0..10 {
        let load = attack.strength.of(48.0, 9.0) + log.chance.f64();
        wire::load(log, at(attack) + nth * 10 * MINUTE, "app3", load);
    }
}

/// From the office, then from another continent, with a tool or with the same browser.
fn two_places(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let Some(actor) = actors.get(attack.victim) else { return };
    let office = Place::office(actor);
    wire::github(log, at(attack), actor, &office, "git.fetch", "contact-1");
    let agent = attack.strength.of("python-requests/2.32.5", office.agent);
    let place = Place::foreign(log, "BR", agent);
    let mut time = at(attack) + 30 * MINUTE;
    for _ in 0..3 {
        wire::github(log, time, actor, &place, "git.clone", "contact-1");
        time = log.later(time, 20, 90);
    }
}

fn emergency(log: &mut Log, attack: &Attack, actors: &[Actor]) {
    let place = match (attack.strength, actors.get(attack.victim)) {
        (Strength::Weak, Some(actor)) => Place::office(actor),
        _ => Place::foreign(log, "RO", "python-requests/2.32.5"),
    };
    let mut time = at(attack);
    for event in ["user.session.start", "user.authentication.sso"] {
        wire::okta_of(log, time, (EMERGENCY, 800_001), &place, event, "SUCCESS");
        time = log.later(time, 20, 90);
    }
}
