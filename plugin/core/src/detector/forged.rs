//! Every detector against times that are forged, late or wrong: what is found without them is found with them.

use super::{ALL, IDS};
use crate::detect::testing::{Harness, Made, START};
use crate::event::{Class, Field, Outcome};
use crate::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use crate::value::Val;

/// Events of an attack: the event of each number, how many, how far apart.
struct Attack {
    detector: &'static str,
    options: &'static str,
    event: fn(i64) -> Made,
    events: i64,
    apart: Millis,
    /// One event is a finding, quiet for a cooldown: a forged one tells of it too.
    is_told_at_once: bool,
}

const ATTACKS: &[Attack] = &[
    Attack {
        detector: "brute-force",
        options: "",
        event: |_| fail("alice", "203.0.113.7"),
        events: 30,
        apart: 5 * SECOND,
        is_told_at_once: false,
    },
    Attack {
        detector: "password-spray",
        options: "",
        event: |n| fail(&format!("user{n}"), "203.0.113.7"),
        events: 30,
        apart: 5 * SECOND,
        is_told_at_once: false,
    },
    Attack {
        detector: "credential-stuffing",
        options: "",
        event: |n| fail(&format!("user{n}"), &format!("{}.{}.0.9", 20 + n % 200, n / 200)),
        events: 600,
        apart: SECOND / 4,
        is_told_at_once: false,
    },
    Attack {
        detector: "fail-then-success",
        options: "",
        event: |n| {
            Made::login(
                "alice",
                "203.0.113.7",
                if n == 20 { Outcome::Success } else { Outcome::Failure },
            )
        },
        events: 21,
        apart: 5 * SECOND,
        is_told_at_once: false,
    },
    Attack {
        detector: "volume",
        options: "",
        event: |_| {
            named(Class::Read, Outcome::Success)
                .with(Field::TargetId, "charts")
                .with(Field::TargetDataClass, "phi")
        },
        events: 120,
        apart: SECOND,
        is_told_at_once: false,
    },
    Attack {
        detector: "mass-change",
        options: "",
        event: |_| named(Class::Delete, Outcome::Success),
        events: 60,
        apart: SECOND,
        is_told_at_once: false,
    },
    Attack {
        detector: "error-rate",
        options: "",
        event: |_| {
            Made::new(Class::Read, Outcome::Failure)
                .with(Field::OriginIp, "203.0.113.7")
                .number(Field::RequestStatus, 404)
        },
        events: 250,
        apart: SECOND / 2,
        is_told_at_once: false,
    },
    Attack {
        detector: "watch",
        options: "actors = \"al*\"",
        event: |_| named(Class::Read, Outcome::Success),
        events: 3,
        apart: SECOND,
        is_told_at_once: true,
    },
    Attack {
        detector: "off-hours",
        options: "[environment]\nbusiness_hours = \"Mon-Fri 08:00-18:00\"",
        event: |_| {
            let mut made = named(Class::Login, Outcome::Success);
            made.0.set(Field::ActorType, Val::Word("user"));
            made
        },
        events: 3,
        apart: SECOND,
        is_told_at_once: true,
    },
    Attack {
        detector: "rules",
        options: "[[rule]]\nid = \"test.reads\"\ntitle = \"Reads\"\nwhen = { \"action.class\" = \"read\" }\ncount = 20\nwindow = \"10m\"",
        event: |_| named(Class::Read, Outcome::Success),
        events: 60,
        apart: SECOND,
        is_told_at_once: false,
    },
];

fn fail(account: &str, origin: &str) -> Made {
    Made::login(account, origin, Outcome::Failure)
}

fn named(class: Class, outcome: Outcome) -> Made {
    Made::new(class, outcome).with(Field::ActorName, "alice").with(Field::OriginIp, "203.0.113.7")
}

/// How times go wrong.
struct Trouble {
    name: &'static str,
    /// Events of the attack's kind before it: their times, relative to its begin.
    before: &'static [Millis],
    /// How far behind the clock the attack's records come.
    lag: Millis,
    /// How far its times are off.
    off: Millis,
    /// Every third record, another source tells of the same at this time before the clock.
    other: Option<Millis>,
}

const NONE: Trouble = Trouble { name: "none", before: &[], lag: 0, off: 0, other: None };

const TROUBLES: &[Trouble] = &[
    NONE,
    Trouble { name: "one ahead", before: &[23 * HOUR], ..NONE },
    Trouble {
        name: "several ahead",
        before: &[4 * MINUTE, 20 * MINUTE, 9 * HOUR, 400 * DAY],
        ..NONE
    },
    Trouble { name: "one behind", before: &[-23 * HOUR], ..NONE },
    Trouble { name: "one of 1969", before: &[-20_600 * DAY], ..NONE },
    Trouble { name: "late by hours", lag: 6 * HOUR, ..NONE },
    Trouble { name: "late, one at the clock's time", before: &[6 * HOUR], lag: 6 * HOUR, ..NONE },
    Trouble {
        name: "late, some in between",
        before: &[6 * HOUR, 3 * HOUR, HOUR, 20 * MINUTE],
        lag: 6 * HOUR,
        ..NONE
    },
    Trouble { name: "late by two days", before: &[2 * DAY], lag: 2 * DAY, ..NONE },
    Trouble { name: "a zone ahead", off: 2 * HOUR, ..NONE },
    Trouble { name: "a zone behind", off: -5 * HOUR, ..NONE },
    Trouble { name: "beside a source on time", lag: 3 * HOUR, other: Some(0), ..NONE },
    Trouble { name: "beside a backlog", other: Some(8 * HOUR), ..NONE },
    Trouble {
        name: "a zone ahead, beside a source on time",
        off: 2 * HOUR,
        other: Some(0),
        ..NONE
    },
];

/// Findings of the attack's own records, or of all where one is told at once.
fn found(attack: &Attack, trouble: &Trouble) -> usize {
    let mut harness = Harness::new(attack.detector, attack.options);
    let mut found = 0;
    let first = |harness: &mut Harness, time, now| {
        harness.see_at((attack.event)(0), time, now).len() * usize::from(attack.is_told_at_once)
    };
    for offset in trouble.before {
        found += first(&mut harness, START + offset, START + trouble.lag);
    }
    for n in 0..attack.events {
        let now = START + n * attack.apart + trouble.lag;
        if let Some(behind) = trouble.other.filter(|_| n % 3 == 0 && n + 1 < attack.events) {
            found += first(&mut harness, now - behind, now);
        }
        found +=
            harness.see_at((attack.event)(n), START + n * attack.apart + trouble.off, now).len();
    }
    found
}

#[test]
fn no_forged_late_or_wrong_time_hides_an_attack() {
    // What learns from a history is tested with one, beside the baselines.
    let tested: std::collections::BTreeSet<&str> = ATTACKS
        .iter()
        .map(|attack| attack.detector)
        .chain(IDS.iter().copied().skip_while(|id| *id != super::new_value::ID))
        .collect();
    assert_eq!(tested.len(), ALL.len(), "each of {IDS:?}");
    for attack in ATTACKS {
        let plain = found(attack, &NONE);
        assert!(plain > 0, "{}", attack.detector);
        for trouble in TROUBLES {
            let seen = found(attack, trouble);
            assert!(
                seen > 0 && seen <= plain * 2 + 2,
                "{}, {}: {seen} of {plain}",
                attack.detector,
                trouble.name
            );
        }
    }
}

/// As above, of events that are no attack: nothing is made up by any of it.
#[test]
fn no_forged_late_or_wrong_time_makes_an_attack_up() {
    let slow = |attack: &Attack| Attack { events: 4, apart: 5 * HOUR, ..*attack };
    for attack in ATTACKS.iter().filter(|attack| !attack.is_told_at_once) {
        for trouble in TROUBLES.iter().filter(|trouble| {
            trouble.before.len() < 2 && trouble.other.is_none() && trouble.off <= 0
        }) {
            assert_eq!(found(&slow(attack), trouble), 0, "{}, {}", attack.detector, trouble.name);
        }
    }
}

#[test]
fn a_cooldown_ends_before_1970_too() {
    for start in [-3 * DAY, -3 * HOUR, START] {
        let mut harness = Harness::new("watch", "actors = \"al*\"");
        let said: Vec<i64> = (0..4 * 60)
            .filter(|minute| {
                !harness
                    .see(named(Class::Read, Outcome::Success), start + minute * MINUTE)
                    .is_empty()
            })
            .collect();
        assert_eq!(said, [0, 60, 180]);
    }
}
