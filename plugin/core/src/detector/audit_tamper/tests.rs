//! Histories that must be found, others that must not, and that more evidence never says less.

use super::*;
use crate::detect::testing::{Harness, Made, START, Stated, found};
use crate::time::HOUR;

fn harness(more: &str) -> Harness {
    Harness::new(ID, &format!("after = 100\n{more}"))
}

/// A record with a number, of a host.
fn record(host: &str, number: u64) -> Made {
    Made::new(Class::Execute, Outcome::Success)
        .with(Field::Source, "linux.auditd")
        .with(Field::EnvHost, host)
        .number(Field::SequenceNumber, number as i64)
}

/// A host that logs a record every few seconds.
struct Host {
    harness: Harness,
    now: Millis,
}

impl Host {
    fn new(more: &str) -> Host {
        Host { harness: harness(more), now: START }
    }

    /// Sees these numbers, five seconds apart.
    fn see(&mut self, numbers: impl IntoIterator<Item = u64>) -> Vec<Stated> {
        let mut all = Vec::new();
        for number in numbers {
            self.now += 5 * SECOND;
            all.extend(self.harness.see(record("web1", number), self.now));
        }
        all
    }

    /// A host whose numbers from 1000 on arrived for a while.
    fn known(more: &str) -> Host {
        let mut host = Host::new(more);
        assert_eq!(host.see(1000..2000), []);
        host
    }
}

#[test]
fn numbers_that_never_arrive_are_found_once() {
    let mut host = Host::known("");
    assert_eq!(host.see(2005..2100), [], "they are waited for");
    assert_eq!(host.see(2100..2400), [found("host", "medium", 5)]);
    assert_eq!(host.see(2400..4000), []);
    host.harness = harness("");
    host.see(1000..2000);
    host.see(2020..2100);
    let said = (2100..2600)
        .find_map(|number| host.see([number]).pop().map(|_| host.harness.json().to_owned()));
    let said = said.unwrap();
    for part in [
        "record numbers 2000 to 2019 of source 'linux.auditd' on host 'web1' never arrived: 20 missing, at most 0 in a row before",
        "\"threshold\":5",
        "\"key\":{\"host\":\"web1\"}",
        "\"technique\":\"T1070\"",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn few_missing_numbers_and_too_few_records_are_no_finding() {
    let mut host = Host::known("");
    assert_eq!(host.see(2004..2600), [], "4 are fewer than 5");
    let mut host = Host::new("");
    assert_eq!(host.see((1..50).chain(80..500)), [], "not known yet");
}

#[test]
fn records_out_of_order_and_of_several_shippers_are_no_finding() {
    let mut host = Host::known("");
    // Delivered in pieces, the later one first; some of them twice.
    let pieces = (0..40u64).flat_map(|piece| {
        let from = 2000 + 50 * (piece ^ 1);
        (from..from + 50).chain(from + 10..from + 20)
    });
    assert_eq!(host.see(pieces), []);
    // Two shippers, each with every other record, one of them ten minutes behind.
    let both = (0..1500u64).flat_map(|at| [4000 + 2 * at, (4001 + 2 * at).saturating_sub(240)]);
    assert_eq!(host.see(both.filter(|number| *number >= 4000)), []);
}

#[test]
fn several_records_of_one_number_are_no_finding() {
    let mut host = Host::known("");
    assert_eq!(host.see((2000..2600).flat_map(|number| [number; 4])), []);
}

#[test]
fn a_restart_and_a_rotated_file_are_no_finding() {
    let mut host = Host::known("");
    assert_eq!(host.see(1..900), [], "the source counts from 1 again");
    let now = host.now;
    host.now = START;
    assert_eq!(host.see(1200..1400), [], "an old file is read again");
    host.now = now;
    assert_eq!(host.see(900..1500), []);
    assert_eq!(host.see(5_000_000_000..5_000_000_600), [], "and from elsewhere");
}

#[test]
fn a_restart_of_the_filter_is_no_finding() {
    let mut host = Host::known("");
    let words: Vec<Vec<u64>> = (0..)
        .map_while(|at| host.harness.detect.words(at).map(|words| words.words.clone()))
        .collect();
    let mut again = harness("");
    for (at, held) in words.iter().enumerate() {
        again.detect.words(at).unwrap().words.clone_from(held);
    }
    // More than an hour of records went by meanwhile.
    again.number = host.harness.number;
    host.harness = again;
    assert_eq!(host.see(2900..3500), []);
    assert_eq!(host.see(3510..4000).len(), 1, "what is known is known still");
}

#[test]
fn a_shipper_that_samples_is_no_finding_whenever_it_begins() {
    let mut chance = fastrand_like(7);
    let mut host = Host::new("");
    let sampled: Vec<u64> = (0..60_000u64).filter(|_| chance().is_multiple_of(10)).collect();
    assert_eq!(host.see(sampled), []);
    // Filters by type, which leave bursts out.
    let mut host = Host::new("");
    let mut chance = fastrand_like(8);
    let mut number = 0;
    let filtered: Vec<u64> = (0..6000)
        .map(|_| {
            number += 1 + if chance().is_multiple_of(7) { chance() % 90 } else { 0 };
            number
        })
        .collect();
    assert_eq!(host.see(filtered), []);
}

/// Numbers that look random, the same each time.
fn fastrand_like(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

#[test]
fn streams_of_hosts_and_channels_count_by_themselves() {
    let mut harness = harness("");
    let mut all = Vec::new();
    for at in 0..1500u64 {
        let time = START + at as Millis * SECOND;
        for (host, stream, from) in
            [("a", "Security", 10), ("b", "Security", 70_000), ("a", "System", 500)]
        {
            let made = record(host, from + at).with(Field::SequenceStream, stream);
            all.extend(harness.see(made, time));
        }
    }
    assert_eq!(all, []);
}

#[test]
fn only_and_except_name_hosts_and_sources() {
    for (more, count) in [
        ("only = \"db*\"", 0),
        ("only = \"linux.auditd\"", 0),
        ("only = [\"linux.auditd\", \"web1\"]", 1),
        ("except = \"web1\"", 0),
        ("except = \"linux.*\"", 0),
        ("except = \"db1\"", 1),
    ] {
        let mut host = Host::known(more);
        assert_eq!(host.see(2050..2600).len(), count, "{more}");
    }
}

/// Polarity: the more numbers are missing, the more severe.
#[test]
fn the_more_is_missing_the_more_severe() {
    let severities: Vec<String> = [5u64, 19, 20, 79, 80, 5000]
        .into_iter()
        .map(|missing| {
            let mut host = Host::known("");
            host.see(2000 + missing..2600 + missing).remove(0).severity
        })
        .collect();
    assert_eq!(severities, ["medium", "medium", "high", "high", "critical", "critical"]);
}

#[test]
fn state_stays_bounded_whatever_hosts_are_named() {
    let mut harness = harness("");
    let memory = harness.detect.memory();
    for at in 0..20_000u64 {
        harness.see(record(&format!("host-{at}"), at), START + at as Millis);
    }
    assert_eq!(harness.detect.memory(), memory);
}

fn act(actor: &str, class: Class, data: &str) -> Made {
    Made::new(class, Outcome::Success)
        .with(Field::Source, "acme.app")
        .with(Field::ActorName, actor)
        .with(Field::ActionName, "act")
        .with(Field::TargetDataClass, data)
}

#[test]
fn who_changes_something_and_then_the_audit_log_is_found() {
    let mut harness = harness("");
    assert_eq!(
        harness.see(act("ann", Class::Delete, "audit-log"), START),
        [],
        "no change of theirs"
    );
    for (at, class) in (1..).zip([Class::Grant, Class::Configure, Class::Share]) {
        assert_eq!(harness.see(act("ann", class, ""), START + at * MINUTE), []);
    }
    assert_eq!(harness.see(act("bob", Class::Delete, "audit-log"), START + HOUR), [], "not theirs");
    assert_eq!(
        harness.see(act("ann", Class::Read, "audit-log"), START + HOUR),
        [found("actor", "low", 3)]
    );
    assert_eq!(harness.see(act("ann", Class::List, "audit-log"), START + HOUR), [], "said before");
    assert_eq!(
        harness.see(act("ann", Class::Delete, "audit-log"), START + 2 * HOUR),
        [found("actor", "high", 3)]
    );
    assert_eq!(harness.see(act("ann", Class::Delete, "audit-log"), START + 3 * HOUR), []);
    assert!(harness.json().is_empty());
}

#[test]
fn retention_failed_attempts_and_changes_of_long_ago_are_no_finding() {
    let mut harness = harness("");
    for at in 0..500 {
        let made = act("retention", Class::Delete, "audit-log");
        assert_eq!(
            harness.see(made, START + at * SECOND),
            [],
            "old logs are deleted, nothing else"
        );
    }
    harness.see(act("ann", Class::Grant, ""), START);
    let mut failed = act("ann", Class::Delete, "audit-log");
    failed.0.set_outcome(Outcome::Denied);
    assert_eq!(harness.see(failed, START + HOUR), []);
    assert_eq!(harness.see(act("ann", Class::Delete, "audit-log"), START + 2 * DAY), []);
}

const RULE: &str = "[[rule]]\nid = \"test.off\"\ntitle = \"Logging off\"\nseverity = \"low\"\ntechnique = \"T1562.012\"\n\
                    when = { source = \"linux.auditd\", \"action.name\" = \"audit-off\" }\n\
                    [[rule]]\nid = \"test.other\"\ntitle = \"Another tool off\"\ntechnique = \"T1562.001\"\nwhen = { source = \"linux.auditd\", \"action.name\" = \"tool-off\" }\n";

fn change(actor: &str, action: &str) -> Made {
    record("db1", 0)
        .with(Field::ActorName, actor)
        .with(Field::ActionName, action)
        .number(Field::SequenceNumber, -1)
}

/// Two hosts that report every minute; `db1` until its logging is changed.
fn silence_after(action: &str, reports: i64, more: &str) -> Vec<Stated> {
    let mut harness = harness(&format!("{more}\n{RULE}"));
    let mut all = Vec::new();
    let minute = |at: i64| START + at * MINUTE;
    let plain = |host: &str| {
        Made::new(Class::Read, Outcome::Success)
            .with(Field::Source, "test")
            .with(Field::EnvHost, host)
    };
    for at in 0..reports {
        harness.see(plain("web1"), minute(at));
        harness.see(plain("db1"), minute(at));
    }
    all.extend(harness.see(change("eve", action), minute(reports)));
    for at in reports + 1..reports + 180 {
        all.extend(harness.see(plain("web1"), minute(at)));
    }
    all
}

#[test]
fn silence_after_the_logging_was_changed_is_found() {
    assert_eq!(silence_after("audit-off", 120, ""), [found("host", "high", 30)]);
    assert_eq!(silence_after("audit-off", 120, "silent = \"2h\""), [found("host", "high", 120)]);
    assert_eq!(silence_after("audit-off", 120, "except = \"db1\""), []);
}

#[test]
fn silence_without_a_change_of_the_logging_is_no_finding() {
    assert_eq!(silence_after("tool-off", 120, ""), [], "another tool");
    assert_eq!(silence_after("nothing", 120, ""), []);
    assert_eq!(silence_after("audit-off", 10, ""), [], "a host that hardly ever reported");
}

#[test]
fn a_host_that_goes_on_reporting_is_no_finding() {
    let mut harness = harness(RULE);
    for at in 0..600 {
        let made = if at == 200 { change("eve", "audit-off") } else { record("db1", 0) };
        let other = record("web1", 0).number(Field::SequenceNumber, -1);
        let time = START + at * MINUTE;
        assert_eq!(harness.see(made.number(Field::SequenceNumber, -1), time), []);
        assert_eq!(harness.see(other, time), []);
    }
}

#[test]
fn a_rule_on_logging_counts_as_an_act_on_the_log() {
    let mut harness = harness(RULE);
    assert_eq!(harness.see(change("eve", "audit-off"), START), []);
    harness.see(act("ann", Class::Grant, ""), START);
    assert_eq!(harness.see(change("ann", "audit-off"), START + HOUR), [found("actor", "high", 1)]);
    let text = harness.json();
    assert!(
        text.contains("'ann' acted on audit logs (audit-off) after 1 change of their own"),
        "{text}"
    );
}
