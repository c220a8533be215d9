//! Histories of a small clinic, seeded: what must be found, and what must not.

mod accounts;
mod failures;
mod metrics;
mod streams;

use super::off_hours::is_outside;
use super::*;
use crate::detect::testing::{Harness, Made};
use crate::event::{Class, Outcome};
use crate::severity::Severity;
use crate::snapshot::{Snapshotter, restore};
use crate::time::{DAY, HOUR, SECOND, parse};

const OFFICE: &str = "198.51.100.";
const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0";
const STAFF: usize = 12;

/// A Monday.
fn monday() -> Millis {
    parse(b"2026-01-12T00:00:00Z").unwrap()
}

/// A clinic whose staff is at work from Monday to Friday.
struct Clinic {
    harness: Harness,
    random: u64,
    /// Findings of baselines so far, as they are written.
    found: Vec<String>,
    /// By how much the staff's hours are moved.
    shift: Millis,
}

/// Something that happens.
type Happening = (Millis, Made);

impl Clinic {
    fn new(options: &str) -> Clinic {
        Clinic {
            harness: Harness::new("new-value", options),
            random: 14,
            found: Vec::new(),
            shift: 0,
        }
    }

    fn random(&mut self, below: u64) -> i64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.random >> 33) % below) as i64
    }

    fn see_at(&mut self, made: Made, time: Millis, now: Millis) -> bool {
        self.harness.see_at(made, time, now);
        let json = self.harness.json().to_owned();
        let learned = json.contains("\"bits\":");
        if learned {
            self.found.push(json);
        }
        learned
    }

    fn see(&mut self, made: Made, time: Millis) -> bool {
        self.see_at(made, time, time)
    }

    /// Events of the staff on a day, in order: each forty events between eight and five, six of them on patients' records.
    fn workday(&mut self, day: i64) -> Vec<Happening> {
        let midnight = monday() + day * DAY;
        let mut happenings = Vec::new();
        if day % 7 < 5 {
            for person in 0..STAFF {
                for n in 0..40 {
                    let time = midnight
                        + 8 * HOUR
                        + self.random(9 * 60) * MINUTE
                        + self.random(60) * SECOND
                        + self.shift;
                    happenings.push((
                        time,
                        work(
                            &format!("staff{person}"),
                            &format!("{OFFICE}{person}"),
                            BROWSER,
                            if n < 6 { "phi" } else { "" },
                        ),
                    ));
                }
            }
        }
        happenings
    }

    /// A day with more than what the staff does.
    fn day_with(&mut self, day: i64, more: Vec<Happening>) {
        let mut happenings = self.workday(day);
        happenings.extend(more);
        happenings.sort_by_key(|(time, _)| *time);
        for (time, made) in happenings {
            self.see(made, time);
        }
    }

    fn days(&mut self, days: std::ops::Range<i64>) {
        days.for_each(|day| self.day_with(day, Vec::new()));
    }

    /// Nothing was found.
    fn is_quiet(&self) {
        assert!(
            self.found.is_empty(),
            "{} found: {:#?}",
            self.found.len(),
            &self.found[..self.found.len().min(3)]
        );
    }

    fn last(&self) -> &str {
        self.found.last().map_or("", String::as_str)
    }
}

fn act(class: Class, actor: &str, address: &str, client: &str) -> Made {
    let made = Made::new(class, Outcome::Success)
        .with(Field::ActorName, actor)
        .with(Field::ActorType, "user")
        .with(Field::OriginIp, address);
    made.with(Field::OriginUserAgent, client)
        .with(Field::EnvService, "records")
        .with(Field::TargetType, "chart")
        .with(Field::ActionName, "GetChart")
}

fn work(actor: &str, address: &str, client: &str, data_class: &str) -> Made {
    act(Class::Read, actor, address, client).with(Field::TargetDataClass, data_class)
}

fn export(actor: &str) -> Made {
    act(Class::Export, actor, "198.51.100.77", BROWSER)
        .with(Field::TargetDataClass, "pii")
        .with(Field::ActionName, "ExportCandidates")
}

/// A service account's deletions.
fn clean_up(count: i64) -> Made {
    let made = Made::new(Class::Delete, Outcome::Success)
        .with(Field::ActorName, "svc-cleanup")
        .with(Field::ActorType, "service");
    made.with(Field::OriginIp, "10.0.0.9")
        .with(Field::EnvService, "store")
        .with(Field::TargetType, "object")
        .number(Field::TargetCount, count)
}

#[test]
fn an_inactive_account_exports_candidate_records_at_3_am() {
    let mut clinic = Clinic::new("");
    for day in 0..28 {
        let base = monday() + day * DAY + 9 * HOUR;
        let more = if day % 7 < 5 {
            (0..32).map(|n| (base + n * 15 * MINUTE, export("recruiter"))).collect()
        } else {
            Vec::new()
        };
        clinic.day_with(day, more);
    }
    clinic.days(28..70);
    clinic.is_quiet();
    assert!(clinic.see(export("recruiter"), monday() + 70 * DAY + 3 * HOUR));
    let found = clinic.last();
    assert!(found.contains("{\"detector\":\"dormant\",\"severity\":\"critical\""), "{found}");
    assert!(found.contains("'recruiter' acted at Mon 03:00: ExportCandidates; usually active between 09:00 and 16:59 ("), "{found}");
    assert!(
        found.contains("active hours on 21 days); the first activity after 44 days without any; "),
        "{found}"
    );
    assert!(found.contains("\"data_class\":\"pii\",\"history\":{\"known_days\":70,\"active_days\":21,\"inactive_days\":44}"), "{found}");
    assert!(
        !clinic.see(export("recruiter"), monday() + 70 * DAY + 3 * HOUR + MINUTE),
        "quiet for its cooldown"
    );
}

#[test]
fn a_clerk_who_reads_six_records_a_day_reads_43_in_14_minutes() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    clinic.is_quiet();
    let from = monday() + 28 * DAY + 10 * HOUR;
    let seen: Vec<bool> = (0..43)
        .map(|n| clinic.see(work("staff3", "198.51.100.3", BROWSER, "phi"), from + n * 19 * SECOND))
        .collect();
    let first = seen.iter().position(|found| *found).expect("found");
    assert!((19..25).contains(&first), "{first}");
    assert!(clinic.found[0].contains("{\"detector\":\"volume\""), "{}", clinic.found[0]);
    assert!(clinic.found[0].contains("20 records of restricted data taken by actor 'staff3' within an hour; about 1 is usual ("), "{}", clinic.found[0]);
    assert!(clinic.found.len() <= 2, "not with every record: {:#?}", clinic.found);
}

fn steal(clinic: &mut Clinic, day: i64) -> bool {
    clinic.see(
        work("staff5", "203.0.113.50", "python-requests/2.31", ""),
        monday() + day * DAY + 11 * HOUR,
    )
}

#[test]
fn a_token_is_used_from_a_new_network_while_its_owner_works_as_usual() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    clinic.is_quiet();
    let morning: Vec<Happening> = clinic
        .workday(28)
        .into_iter()
        .filter(|(time, _)| *time < monday() + 28 * DAY + 11 * HOUR)
        .collect();
    for (time, made) in morning {
        clinic.see(made, time);
    }
    assert!(steal(&mut clinic, 28));
    let found = clinic.last();
    assert!(
        found.contains("{\"detector\":\"new-value\",\"severity\":\"high\"")
            || found.contains("{\"detector\":\"new-value\",\"severity\":\"medium\""),
        "{found}"
    );
    assert!(found.contains("'staff5' has a new network of '203.0.113.50', client 'python-requests/2.31': not seen in "), "{found}");
    assert!(
        found.contains("\"observed\":1,\"expected\":0,\"bits\":")
            && found.contains("\"evidence\":[\"id-"),
        "{found}"
    );
    assert!(
        !clinic.see(work("staff5", "198.51.100.5", BROWSER, ""), monday() + 28 * DAY + 11 * HOUR),
        "its owner"
    );
}

#[test]
fn how_far_an_actor_came_is_forgotten_on_its_next_day() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    let reached = |clinic: &mut Clinic| {
        let digest = crate::sketch::digest::Digest::new(clinic.harness.detect.key());
        let key = super::super::joined(0, digest.of(b"staff5"));
        clinic.harness.detect.baselines.actors.find(key, ENTRY).map(|entry| entry.own())
    };
    assert_eq!(reached(&mut clinic), Some(0), "nothing was surprising");
    steal(&mut clinic, 28);
    let held = reached(&mut clinic);
    assert!(held > Some(0));
    let home = || work("staff5", "198.51.100.5", BROWSER, "");
    clinic.see(home(), monday() + 28 * DAY + 12 * HOUR);
    assert_eq!(reached(&mut clinic), held, "for the rest of the day");
    clinic.see(home(), monday() + 29 * DAY + 9 * HOUR);
    assert_eq!(reached(&mut clinic), Some(0));
    clinic.see(home(), monday() + 28 * DAY + 13 * HOUR);
    assert_eq!(reached(&mut clinic), Some(0), "what is late changes nothing");
}

#[test]
fn a_surprising_value_is_learned_when_it_is_repeated_after_a_day() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    assert!(steal(&mut clinic, 28));
    clinic.days(29..30);
    assert!(!steal(&mut clinic, 29), "repeated after a day: learned");
    clinic.days(31..33);
    assert!(!steal(&mut clinic, 32));
    assert_eq!(clinic.found.len(), 1);
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    for n in 0..20 {
        let stolen = work("staff5", "203.0.113.50", "python-requests/2.31", "");
        clinic.see(stolen, monday() + 28 * DAY + 9 * HOUR + n * HOUR);
    }
    // At night its hours are found too.
    let of_values = clinic.found.iter().filter(|found| found.contains("\"new-value\"")).count();
    assert_eq!(of_values, 1, "within its cooldown it is neither learned nor stated again");
    assert!(
        !clinic.see(
            work("staff5", "203.0.113.50", "curl/8.5", ""),
            monday() + 29 * DAY + 8 * HOUR + 59 * MINUTE
        ),
        "nor with another client"
    );
}

/// An attack that comes in the middle of forged times is found as without them.
#[test]
fn forged_and_late_times_blind_nothing() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    let now = monday() + 28 * DAY + 10 * HOUR;
    clinic.see_at(work("staff5", "198.51.100.5", BROWSER, ""), now + 300 * DAY, now);
    clinic.see_at(work("staff5", "198.51.100.5", BROWSER, ""), 0, now);
    assert!(steal(&mut clinic, 28));
}

#[test]
fn ten_events_can_not_alarm() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    for day in 0..10 {
        clinic.see(
            work("rare", "198.51.100.90", BROWSER, ""),
            monday() + (28 + day * 2) * DAY + 9 * HOUR,
        );
    }
    clinic.see(
        act(Class::Export, "rare", "203.0.113.1", "curl/8.5").with(Field::OriginCountry, "XX"),
        monday() + 50 * DAY + 9 * HOUR,
    );
    clinic.is_quiet();
}

#[test]
fn relays_that_change_all_the_time_are_usual() {
    let mut clinic = Clinic::new("");
    for day in 0..42 {
        let mut more = Vec::new();
        for n in 0..30 {
            let (relay, minute) = (clinic.random(200), clinic.random(14));
            more.push((
                monday() + day * DAY + 8 * HOUR + n * 15 * MINUTE + minute * MINUTE,
                work("mobile", &format!("203.0.{relay}.9"), BROWSER, ""),
            ));
        }
        clinic.day_with(day, more);
    }
    clinic.see(work("mobile", "192.0.2.9", BROWSER, ""), monday() + 42 * DAY + 9 * HOUR);
    clinic.is_quiet();
}

#[test]
fn a_network_that_others_use_is_no_surprise() {
    let mut clinic = Clinic::new("");
    for day in 0..28 {
        let vpn: Vec<Happening> = (0..6)
            .map(|person| {
                (
                    monday() + day * DAY + 10 * HOUR + person * MINUTE,
                    work(&format!("staff{person}"), "192.0.2.9", BROWSER, ""),
                )
            })
            .collect();
        clinic.day_with(day, if day % 7 < 5 { vpn } else { Vec::new() });
    }
    clinic.see(work("staff9", "192.0.2.9", BROWSER, ""), monday() + 28 * DAY + 9 * HOUR);
    clinic.is_quiet();
}

#[test]
fn phone_and_laptop_together_are_usual() {
    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1";
    let mut clinic = Clinic::new("");
    for day in 0..28 {
        let mut more = Vec::new();
        for n in 0..15 {
            let block = clinic.random(4);
            more.push((
                monday() + day * DAY + 9 * HOUR + n * 30 * MINUTE,
                work("staff2", &format!("203.0.{block}.9"), PHONE, ""),
            ));
        }
        clinic.day_with(day, if day % 7 < 5 { more } else { Vec::new() });
    }
    clinic.see(work("staff2", "203.0.99.9", PHONE, ""), monday() + 28 * DAY + 9 * HOUR);
    clinic.is_quiet();
}

#[test]
fn a_nightly_batch_is_usual_however_much_it_does() {
    let mut clinic = Clinic::new("[detector.mass-change]\nexcept = []");
    for day in 0..42 {
        let (count, late) = (1500 + clinic.random(1500), clinic.random(90));
        let night = monday() + day * DAY + 2 * HOUR + late * MINUTE;
        clinic.day_with(day, (0..10).map(|n| (night + n * MINUTE, clean_up(count / 10))).collect());
    }
    clinic.day_with(42, vec![(monday() + 42 * DAY + 5 * HOUR, clean_up(6000))]);
    clinic.is_quiet();
}

/// An export that a job makes every night is a finding of the fixed threshold until it is known, then none, nor is it one of its origin. Ten times as much is, from a
/// new job too.
#[test]
fn what_a_job_takes_every_night_is_a_finding_only_while_it_is_new() {
    let dump = |count: i64| {
        export("svc-dump").with(Field::ActorType, "service").number(Field::TargetCount, count)
    };
    let mut clinic = Clinic::new("");
    let mut found = Vec::new();
    for day in 0..28 {
        let night = monday() + day * DAY + 2 * HOUR;
        let mut of_night = 0;
        for n in 0..10 {
            clinic.see(dump(90 + 20 * (n % 2)), night + n * MINUTE);
            of_night += clinic.harness.json().matches("{\"detector\":\"volume\"").count();
        }
        found.push(of_night);
        clinic.days(day..day + 1);
    }
    assert!(found[..3].iter().all(|found| *found >= 2), "actor and origin: {found:?}");
    assert!(found[4..].iter().all(|found| *found == 0), "{found:?}");
    let night = monday() + 28 * DAY + 2 * HOUR;
    clinic.see(dump(10_000), night);
    let ten_times = clinic.harness.json().to_owned();
    assert!(
        ten_times.contains("10000 records of restricted data taken by actor 'svc-dump'"),
        "{ten_times}"
    );
    clinic.see(
        dump(100).with(Field::ActorName, "svc-other").with(Field::OriginIp, "192.0.2.9"),
        night + HOUR,
    );
    let other = clinic.harness.json().to_owned();
    assert!(
        other.contains("taken by actor 'svc-other'") && other.contains("(threshold 50)"),
        "{other}"
    );
}

/// As above, of what is deleted and denied; a policy that sets a threshold means it.
#[test]
fn what_is_deleted_and_denied_every_night_is_a_finding_only_while_it_is_new() {
    let refused =
        || act(Class::Read, "svc-scan", "10.0.0.7", "scan/1").with(Field::ActorType, "service");
    let nights = |options: &str| {
        let mut clinic = Clinic::new(options);
        let (mut deleted, mut denied) = (Vec::new(), Vec::new());
        for day in 0..28 {
            let night = monday() + day * DAY + 2 * HOUR;
            let (mut of_deleted, mut of_denied) = (0, 0);
            for n in 0..60 {
                let Made(mut event) = refused();
                event.set_outcome(if n % 2 == 0 { Outcome::Denied } else { Outcome::Success });
                clinic.see(Made(event), night + n * 4 * SECOND);
                of_denied += clinic.harness.json().matches("{\"detector\":\"error-rate\"").count();
                clinic.see(clean_up(2), night + n * 4 * SECOND + SECOND);
                of_deleted +=
                    clinic.harness.json().matches("{\"detector\":\"mass-change\"").count();
            }
            deleted.push(of_deleted);
            denied.push(of_denied);
            clinic.days(day..day + 1);
        }
        [deleted, denied]
    };
    for found in nights("") {
        assert!(found[..2].iter().all(|found| *found > 0), "{found:?}");
        assert!(found[4..].iter().all(|found| *found == 0), "{found:?}");
    }
    let set = "[detector.mass-change]\ndeletes = 30\n[detector.error-rate]\ndenied = 20";
    for found in nights(set) {
        assert!(found.iter().all(|found| *found > 0), "{found:?}");
    }
}

/// The night on which clocks are set forward ends a job of 01:50 after 03:00.
#[test]
fn a_nightly_batch_is_usual_when_clocks_change() {
    for begins in [50, 110, 170] {
        let mut clinic = Clinic::new("[environment]\ntimezone = \"Europe/Berlin\"");
        for day in 0..84 {
            let night = monday() + day * DAY + begins * MINUTE;
            let job = || {
                act(Class::Export, "job", "10.0.0.9", "job/1").with(Field::TargetDataClass, "phi")
            };
            clinic.day_with(day, (0..4).map(|n| (night + n * 5 * MINUTE, job())).collect());
        }
        clinic.is_quiet();
    }
}

#[test]
fn a_month_end_close_is_no_attack() {
    let mut clinic = Clinic::new("");
    for day in 0..90 {
        let is_close = day % 30 >= 28;
        let records = if is_close { 60 } else { 6 };
        let base = monday() + day * DAY + 9 * HOUR;
        clinic.day_with(
            day,
            (0..records)
                .map(|n| (base + n * 8 * MINUTE, work("accounts", "198.51.100.40", BROWSER, "pci")))
                .collect(),
        );
    }
    clinic.is_quiet();
}

#[test]
fn a_new_hires_first_week_is_quiet() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    for day in 28..33 {
        let mut more = Vec::new();
        for n in 0..60 {
            let (minute, network) = (clinic.random(14 * 60), clinic.random(3));
            let class = [Class::Read, Class::List, Class::Update, Class::Export][(n % 4) as usize];
            let made = act(
                class,
                "newcomer",
                &format!("203.0.{network}.8"),
                if n % 5 == 0 { "curl/8.5" } else { BROWSER },
            );
            more.push((
                monday() + day * DAY + 7 * HOUR + minute * MINUTE,
                made.with(Field::TargetDataClass, "phi")
                    .with(Field::TargetType, &format!("type{n}")),
            ));
        }
        clinic.day_with(day, more);
    }
    clinic.is_quiet();
}

#[test]
fn a_change_of_clocks_moves_nobody_off_hours() {
    for options in ["", "[environment]\ntimezone = \"Europe/Berlin\""] {
        let mut clinic = Clinic::new(options);
        clinic.days(0..77);
        // The last Sunday of March was the day before.
        clinic.shift = -HOUR;
        clinic.days(77..91);
        clinic.is_quiet();
    }
}

#[test]
fn a_backlog_that_is_delivered_late_is_no_attack() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    let mut backlog: Vec<Happening> = (28..31).flat_map(|day| clinic.workday(day)).collect();
    backlog.sort_by_key(|(time, _)| *time);
    clinic.days(31..32);
    for (n, (time, made)) in backlog.into_iter().enumerate() {
        clinic.see_at(made, time, monday() + 31 * DAY + 19 * HOUR + n as i64 * 10);
    }
    clinic.days(32..40);
    clinic.is_quiet();
}

#[test]
fn a_policy_can_switch_it_off() {
    for options in [
        "[baseline]\nalerts_per_day = 0",
        "enabled = false\n[detector.volume]\nrecords = 50\n[environment]\nbusiness_hours = \"Mon-Fri 08:00-18:00\"",
    ] {
        let mut clinic = Clinic::new(options);
        clinic.days(0..28);
        steal(&mut clinic, 28);
        (0..43).for_each(|n| {
            clinic.see(
                work("staff3", "198.51.100.3", BROWSER, "phi"),
                monday() + 28 * DAY + 12 * HOUR + n * 19 * SECOND,
            );
        });
        clinic.see(export("staff4"), monday() + 29 * DAY + 3 * HOUR);
        clinic.is_quiet();
    }
}

fn bits(found: &str) -> u64 {
    let behind = found.split("\"bits\":").nth(1).expect("a learned finding");
    behind.split(',').next().and_then(|bits| bits.parse().ok()).expect("a number")
}

/// Polarity: longer experience, more new values and more records are more surprising.
#[test]
fn bits_rise_with_what_is_unusual() {
    let stolen = |days: i64, client: &str, country: &str| {
        let mut clinic = Clinic::new("");
        clinic.days(0..days);
        clinic.see(
            work("staff5", "203.0.113.50", client, "").with(Field::TargetType, country),
            monday() + days * DAY + 11 * HOUR,
        );
        clinic.found.last().map_or(0, |found| bits(found))
    };
    let (short, long) = (stolen(14, "curl/8", "chart"), stolen(42, "curl/8", "chart"));
    assert!(0 < short && short < long, "{short} {long}");
    assert!(stolen(42, "curl/8", "chart") < stolen(42, "curl/8", "secret"));
    let taken = |count: i64| {
        let mut clinic = Clinic::new("[detector.volume]\nwindow = \"10m\"");
        clinic.days(0..28);
        clinic.see(
            work("staff3", "198.51.100.3", BROWSER, "phi").number(Field::TargetCount, count),
            monday() + 28 * DAY + 10 * HOUR,
        );
        clinic.found.last().map_or(0, |found| bits(found))
    };
    assert!(
        taken(19) == 0 && 0 < taken(30) && taken(30) < taken(300),
        "{} {}",
        taken(30),
        taken(300)
    );
}

/// Bytes held, but for what failures and metrics take of `budget.memory`.
fn memory_of(baselines: &mut Baselines) -> usize {
    let mut bytes = 0;
    baselines.sketches(&mut |sketch| {
        let words = sketch.words();
        let is_of_budget =
            ["baseline.failure", "baseline.metric"].iter().any(|id| words.id.starts_with(id));
        bytes += if is_of_budget { 0 } else { words.memory() };
    });
    bytes
}

#[test]
fn an_actor_takes_at_most_512_bytes() {
    let harness = Harness::new("new-value", "[baseline]\nmemory = \"16 MiB\"");
    let (bytes, actors) =
        (harness.detect.baselines.bytes_per_actor(), harness.detect.baselines.actors.capacity());
    assert!(bytes <= 512 && actors > 16_384, "{bytes} bytes, {actors} actors");
    let mut detect = harness.detect;
    let held = memory_of(&mut detect.baselines);
    assert!(held <= 16 << 20, "{held}");
}

/// 200,000 actors act for 16 MiB that hold 27,000: none takes more than its share, and those that act each day keep their places.
#[test]
fn two_hundred_thousand_actors_stay_within_16_mib() {
    let mut harness = Harness::new("new-value", "[baseline]\nmemory = \"16 MiB\"");
    let names: Vec<String> = (0..16_384).map(|n| format!("actor{n}")).collect();
    for round in 0..4 {
        for name in &names {
            harness.see(act(Class::Read, name, "198.51.100.1", BROWSER), monday() + round * HOUR);
        }
    }
    let count_held = |harness: &mut Harness| {
        let digest = crate::sketch::digest::Digest::new(harness.detect.key());
        let keys = names.iter().map(|name| super::super::joined(0, digest.of(name.as_bytes())));
        keys.filter(|key| harness.detect.baselines.actors.find(*key, ENTRY).is_some()).count()
    };
    let before = count_held(&mut harness);
    assert!(before * 100 >= names.len() * 98, "{before}");
    for n in 0..200_000 - names.len() as i64 {
        let name = format!("other{n}");
        harness.see(act(Class::Read, &name, "198.51.100.2", BROWSER), monday() + DAY + n * SECOND);
    }
    let after = count_held(&mut harness);
    assert!(after * 100 >= before * 98, "{after} of {before}");
    let baselines = &mut harness.detect.baselines;
    let (bytes, held) = (baselines.bytes_per_actor(), baselines.actors.held());
    assert!(bytes <= 512 && held > 20_000, "{bytes} bytes each, {held} held");
    let memory = memory_of(baselines);
    assert!(memory <= 16 << 20, "{memory}");
}

#[test]
fn made_up_names_flush_at_most_one_in_fifty_actors() {
    let mut harness = Harness::new("new-value", "[baseline]\nmemory = \"1 MiB\"");
    let room = harness.detect.baselines.actors.capacity();
    let names: Vec<String> = (0..room / 2).map(|n| format!("actor{n}")).collect();
    for round in 0..20 {
        for name in &names {
            harness.see(act(Class::Read, name, "198.51.100.1", BROWSER), monday() + round * HOUR);
        }
    }
    let held = |harness: &mut Harness| {
        let digest = crate::sketch::digest::Digest::new(harness.detect.key());
        let keys = names.iter().map(|name| super::super::joined(0, digest.of(name.as_bytes())));
        keys.filter(|key| harness.detect.baselines.actors.find(*key, ENTRY).is_some()).count()
    };
    let before = held(&mut harness);
    // Sets of the table that are full lose some, without any flood.
    assert!(before * 100 >= names.len() * 95, "{before} of {}", names.len());
    for n in 0..200_000i64 {
        harness.see(
            act(Class::Read, &format!("made-up{n}"), "203.0.113.9", "curl/8"),
            monday() + DAY + n * SECOND,
        );
    }
    let after = held(&mut harness);
    assert!(after * 100 >= before * 98, "{after} of {before}");
}

#[test]
fn what_was_learned_survives_a_restart() {
    let mut clinic = Clinic::new("");
    clinic.days(0..28);
    let (mut snapshot, mut snapshotter) = (Vec::new(), Snapshotter::default());
    while !snapshotter.step(&mut clinic.harness.detect, "0.0.0", 64, &mut snapshot) {}
    let mut restarted = Clinic::new("");
    restore(&mut restarted.harness.detect, &snapshot).unwrap();
    (restarted.random, restarted.harness.number) = (clinic.random, clinic.harness.number);
    for clinic in [&mut restarted, &mut clinic] {
        let morning: Vec<Happening> = clinic
            .workday(28)
            .into_iter()
            .filter(|(time, _)| *time < monday() + 28 * DAY + 11 * HOUR)
            .collect();
        for (time, made) in morning {
            clinic.see(made, time);
        }
        assert!(steal(clinic, 28));
    }
    let reason = |found: &str| found.split("\"evidence\"").next().map(str::to_owned);
    assert_eq!(reason(restarted.last()), reason(clinic.last()));
}

/// Who begins with what others do takes about as much as they do: no finding, but far more is one.
#[test]
fn who_begins_to_work_on_patients_like_others_is_no_surprise() {
    let begin = |records: i64, apart: Millis| {
        let mut clinic = Clinic::new("");
        for day in 0..28 {
            let base = monday() + day * DAY + 9 * HOUR;
            let desk =
                |n: i64| (base + n * 11 * MINUTE, work("desk", "198.51.100.40", BROWSER, ""));
            clinic
                .day_with(day, if day % 7 < 5 { (0..30).map(desk).collect() } else { Vec::new() });
        }
        clinic.is_quiet();
        let base = monday() + 28 * DAY + 9 * HOUR;
        let ward = |n: i64| (base + n * apart, work("desk", "198.51.100.40", BROWSER, "phi"));
        clinic.day_with(28, (0..records).map(ward).collect());
        clinic.found.iter().any(|found| found.contains("\"volume\""))
    };
    assert!(!begin(22, 15 * MINUTE));
    assert!(begin(400, 9 * SECOND));
}

/// An export of every week is a finding once; then it is what its maker does. Ten times as much is a finding again.
#[test]
fn an_export_of_every_week_is_a_finding_once() {
    let mut clinic = Clinic::new("");
    let weekly = |count: i64| export("head").number(Field::TargetCount, count);
    let mut found = Vec::new();
    for week in 0..9 {
        for day in week * 7..week * 7 + 7 {
            let base = monday() + day * DAY + 9 * HOUR;
            let desk =
                |n: i64| (base + n * 20 * MINUTE, work("head", "198.51.100.77", BROWSER, ""));
            clinic
                .day_with(day, if day % 7 < 5 { (0..20).map(desk).collect() } else { Vec::new() });
        }
        if week >= 4 {
            let more = [150, 170, 120, 160, 2500][(week - 4) as usize];
            let friday = monday() + (week * 7 + 4) * DAY + 17 * HOUR;
            found.push(clinic.see(weekly(more), friday) && clinic.last().contains("\"volume\""));
        }
    }
    assert_eq!(found, [true, false, false, false, true]);
}

#[test]
fn an_unusual_hour_is_graver_from_a_new_network() {
    let of = |is_elsewhere| Surprise {
        bits: 12.0,
        threshold: 11.0,
        is_elsewhere,
        ..Surprise::default()
    };
    assert_eq!((of(false).steps(), of(true).steps()), (0, 1));
}

/// Off-hours findings of a person who works the given hours of each day of a week, on a day of the sixth.
fn hours_of(works: impl Fn(i64) -> std::ops::Range<i64>, at: Millis) -> Vec<String> {
    // A rule counts exports over days: days on which it finds the carer would teach nothing.
    let mut clinic = Clinic::new("\n[detector.rules]\nenabled = false\n");
    for day in 0..35 {
        let begin = monday() + day * DAY;
        let more = works(day).map(|hour| (begin + hour * HOUR, export("carer"))).collect();
        clinic.day_with(day, more);
    }
    clinic.found.clear();
    clinic.see(export("carer"), at);
    let found = std::mem::take(&mut clinic.found);
    found.into_iter().filter(|found| found.contains("{\"detector\":\"off-hours\"")).collect()
}

#[test]
fn an_hour_of_another_day_is_stated_by_its_day() {
    let weekdays = |day: i64| if day % 7 < 5 { 8..18 } else { 0..0 };
    let sunday = hours_of(weekdays, monday() + 41 * DAY + 10 * HOUR);
    assert_eq!(sunday.len(), 1);
    assert!(sunday[0].contains("acted at Sun 10:00: ExportCandidates; usually active between 08:00 and 17:59, but never on Sun ("), "{sunday:#?}");
    let evening = hours_of(weekdays, monday() + 36 * DAY + 23 * HOUR);
    assert!(
        evening[0].contains(
            "acted at Tue 23:00: ExportCandidates; usually active between 08:00 and 17:59 ("
        ),
        "{evening:#?}"
    );
}

#[test]
fn an_actor_whose_shifts_cover_the_day_has_no_unusual_hour() {
    // Each week has a shift of its own: early, late and night.
    let shifts = |day: i64| [6..14, 14..22, 0..6, 16..24, 8..16][(day / 7 % 5) as usize].clone();
    let weekdays = move |day: i64| if day % 7 < 5 { shifts(day) } else { 0..0 };
    let found = hours_of(weekdays, monday() + 41 * DAY + 4 * HOUR);
    assert_eq!(found, [""; 0]);
}

/// Nobody works at night, and one does: an hour outside all hours of the day that an actor works at is rarer than one of another weekday.
#[test]
fn an_hour_outside_all_hours_of_the_day_is_the_rarer() {
    let outside = |hour, usual| is_outside(hour, usual);
    assert!(outside(3, (8, 17)) && outside(24 + 3, (8, 17)) && outside(20, (8, 17)));
    assert!(!outside(12, (8, 17)) && !outside(7, (8, 17)) && !outside(17, (8, 17)));
    assert!(outside(12, (22, 30)) && !outside(2, (22, 30)) && !outside(6, (22, 30)));
    assert!(!outside(3, (0, 24)) && !outside(3, (5, 23)), "who acts at all hours, or nearly");
}
