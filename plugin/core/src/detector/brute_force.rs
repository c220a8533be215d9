//! Many failures against one account, or from one origin.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::threshold::{Beyond, Counted, Description, Due, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject, joined};
use crate::entity::Entity;
use crate::event::Field;
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::Visit;
use crate::time::{DAY, MINUTE, Millis};

pub const ID: &str = "brute-force";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Many failed authentications against one account or from one origin.",
    doc: "Counts failed authentications (a failed or denied sign-in, or a request refused for a bad key, token or signature) per account and per \
          origin, over a sliding window of event time. It matters because guessing is the cheapest way into an account. The detector alerts at the \
          threshold; the same account or origin alerts again after the cooldown, or when the count has doubled. An event that arrives out of order \
          counts in the window of its own time. An origin that fails slowly and never succeeds is counted over the longer `slow_window`: people who \
          mistype succeed in the end, guessing programs do not. Where others sign in from the same origin, or the guesser with an account of its own, the \
          failures there against one account that never gets in are counted over the same window: that is `low`, `medium` from four times the \
          threshold on and `high` from sixteen times. A refused request without an account name counts only there, because many clients send \
          their first request without credentials; what is refused at one place of signing in is counted there, too, so that requests elsewhere that are \
          answered hide nothing. Of an origin through which many accounts sign in (8 or more in its busiest hours, on three days), the \
          failures that are usual there within the window are added to `failures` and `slow_failures`. Blind spots: guessing that stays below both thresholds, and guessing from many origins (see \
          `credential-stuffing`). When the table is full, expired entries are evicted first, then the entries seen least often. Tune `failures` and \
          `window`; exempt a known load test with a `[[suppress]]`. Example: five failed ssh passwords for `root` from one address within 15 seconds.",
    technique: "T1110",
    options: &[
        ENABLED,
        Opt::new(
            "failures",
            Kind::Whole(2, 10_000),
            "5",
            "Threshold: failures of one account or origin within `window`.",
        ),
        window("\"5m\""),
        Opt::new(
            "slow_failures",
            Kind::Whole(2, 10_000),
            "5",
            "Threshold: failures of one origin within `slow_window`, without a successful sign-in. The higher of `slow_failures` and `failures` applies.",
        ),
        Opt::new(
            "slow_window",
            Kind::Duration(MINUTE, 7 * DAY),
            "\"6h\"",
            "Length of the window of `slow_failures`, in event time.",
        ),
        Opt::new(
            "per",
            Kind::Many(&["account", "origin"]),
            "[\"account\", \"origin\"]",
            "Entities that failures are counted for.",
        ),
        severity("\"medium\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 9,
    attributes: Attributes {
        is_of_tried_names: true,
        pattern: Some("SURGE"),
        scaled: &["failures", "slow_failures"],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(BruteForce::new(settings, memory)),
};

/// Who mistypes does so about twice before getting in.
const EACH: f64 = 2.0;

struct BruteForce {
    per_account: bool,
    per_origin: bool,
    failures: Threshold<4>,
    least: u64,
    /// Failures of origins, as a share of all their sign-ins.
    slow: Threshold<4, 2>,
    /// Failures against one account from one origin, or without a name at one place of signing in, likewise: whoever signs in there with another account,
    /// or is answered elsewhere, hides none of them.
    pairs: Threshold<4, 2>,
}

impl BruteForce {
    fn new(settings: &Settings, memory: usize) -> BruteForce {
        let ids = ["brute-force.counts", "brute-force.evidence"];
        let slow_window = settings.number("slow_window");
        let slow_ids = ["brute-force.slow-counts", "brute-force.slow-evidence"];
        let pair_ids = ["brute-force.pair-counts", "brute-force.pair-evidence"];
        let slow_least = settings.number("slow_failures").max(settings.number("failures"));
        let slow_schedule = Schedule::new(settings).with_cooldown(slow_window);
        let (quarter, eighth) = (memory / 4, memory / 8);
        BruteForce {
            per_account: settings.has("per", "account"),
            per_origin: settings.has("per", "origin"),
            failures: Threshold::new(
                ids,
                settings.number("failures"),
                settings.number("window"),
                Schedule::new(settings),
                memory.saturating_sub(quarter).saturating_sub(eighth),
            ),
            least: settings.number("failures").unsigned_abs(),
            slow: Threshold::new(slow_ids, slow_least, slow_window, slow_schedule, quarter)
                .with_share(100),
            pairs: Threshold::new(
                pair_ids,
                slow_least,
                slow_window,
                slow_schedule.with_severity(Severity::Low),
                eighth,
            )
            .with_share(100),
        }
    }

    fn evaluate_key(
        &mut self,
        entity: Entity,
        (name, key): (&[u8], u64),
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> u64 {
        if name.is_empty() {
            return 0;
        }
        let describe = || {
            let reason = if entity == Entity::Account {
                " failed authentications against account '"
            } else {
                " failed authentications from origin '"
            };
            described(entity, name, reason)
        };
        if entity == Entity::Account {
            return self.failures.count(
                key,
                subject.times_of_account(),
                subject,
                findings,
                describe,
            );
        }
        let beyond = Beyond { usual: usual(subject, self.failures.window()), reported: 0 };
        let times = subject.times_of_origin();
        self.failures.count_beyond(beyond, (key, times), subject, findings, describe)
    }

    /// `of_account` is the count of failures against the account.
    fn evaluate_origin(&mut self, of_account: u64, subject: &Subject<'_>, findings: &mut Findings) {
        let (origin, key) = subject.origin();
        if origin.is_empty() {
            return;
        }
        if !subject.facts.has_any(Facts::FAILED_LOGIN) {
            self.slow.count_other(key, 1, subject);
            if subject.facts.has_any(Facts::HAS_STATUS) {
                self.pairs.count_other(joined(key, place_key(subject)), 1, subject);
            }
            // A failure counts against the account, where a success names the person.
            let accounts = [subject.actor().1, subject.account_key(subject.account())];
            for account in accounts.iter().filter(|_| !subject.account().is_empty()) {
                self.pairs.count_other(joined(key, *account), 1, subject);
            }
            return;
        }
        // Clients that ask without credentials at first are let in thereafter: of requests without a name, only those count of whom none was.
        let is_unnamed = subject.facts.has_any(Facts::HAS_STATUS) && subject.account().is_empty();
        let count = if is_unnamed {
            0
        } else {
            self.evaluate_key(Entity::Origin, (origin, key), subject, findings)
        };
        let usual = |window| usual(subject, window);
        let slow = Beyond { usual: usual(self.slow.window()), reported: 0 };
        let times = subject.times_of_origin();
        let slow = self.slow.add_beyond(slow, (key, times), subject, findings);
        let (account, account_key) = subject.actor();
        let pair = match account.is_empty() {
            true if !subject.event.is_guess => Counted::default(),
            true => self.pairs.add(joined(key, place_key(subject)), times, subject, findings),
            false => self.pairs.add(joined(key, account_key), times, subject, findings),
        };
        // A burst was said already.
        let least = self.least.saturating_add(usual(self.failures.window()));
        if count >= least {
            return;
        }
        // By the finding on all failures of the origin, or on all against the account.
        let is_covered = slow.least > 0 && slow.all == slow.count || of_account >= self.least;
        if slow.due != Due::Not {
            let reason = " failed authentications, and no success, from origin '";
            self.slow.state(&slow, &described(Entity::Origin, origin, reason), subject, findings);
        } else if pair.due != Due::Not && !is_covered && account.is_empty() {
            let reason = " failed authentications at one path, and no success there, from origin '";
            self.pairs.state(&pair, &described(Entity::Origin, origin, reason), subject, findings);
        } else if pair.due != Due::Not && !is_covered {
            let reason =
                " failed authentications from one origin, and no success there, against account '";
            self.pairs.state(
                &pair,
                &described(Entity::Account, account, reason),
                subject,
                findings,
            );
        }
    }
}

fn described<'a>(entity: Entity, key: &'a [u8], reason: &'static str) -> Description<'a> {
    Description { detector: &SPEC, technique: None, entity, key, reason: Reason::Count(reason) }
}

/// Sets the keys of paths apart from those of accounts.
const PLACES: u64 = 13;

/// The key of the path that was asked for, whatever host a client names.
fn place_key(subject: &Subject<'_>) -> u64 {
    subject.key_in(PLACES, subject.text(Field::RequestPath))
}

/// Failures within a window that are usual at an origin through which many sign in.
fn usual(subject: &Subject<'_>, window: Millis) -> u64 {
    subject.surprises.map_or(0, |surprises| surprises.crowd.usual(window, EACH))
}

impl Detector for BruteForce {
    fn interest(&self) -> Facts {
        Facts::FAILED_LOGIN | Facts::LOGIN | Facts::LET_IN | Facts::POSTED
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let count = if self.per_account && subject.facts.has_any(Facts::FAILED_LOGIN) {
            self.evaluate_key(Entity::Account, subject.actor(), subject, findings)
        } else {
            0
        };
        if self.per_origin {
            self.evaluate_origin(count, subject, findings);
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.failures.sketches(visit);
        self.slow.sketches(visit);
        self.pairs.sketches(visit);
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::{Class, Field, Outcome};
    use crate::note::Note;
    use crate::severity::Severity;
    use crate::time::{MINUTE, Millis, SECOND};
    use crate::value::Val;

    fn harness(options: &str) -> Harness {
        Harness::new("brute-force", options)
    }

    /// Failures of one account from one origin, so far apart; what was found on each.
    fn run(harness: &mut Harness, failures: usize, apart: Millis) -> Vec<Vec<Stated>> {
        (0..failures)
            .map(|n| {
                harness.see(
                    Made::login("alice", "203.0.113.7", Outcome::Failure),
                    START + n as Millis * apart,
                )
            })
            .collect()
    }

    /// Findings on a number of failures against as many accounts, one per second, each from the next origin.
    fn attack<'o>(origins: impl Iterator<Item = &'o str>, field: Field) -> Vec<(Stated, String)> {
        let mut harness = harness("per = [\"origin\"]");
        let fail = |(n, origin): (i64, &str)| {
            let made = Made::login(&format!("user{n}"), "", Outcome::Failure).with(field, origin);
            let stated = harness.see(made, START + n * SECOND);
            let text = harness.json().to_owned();
            stated.into_iter().map(move |stated| (stated, text.clone())).collect::<Vec<_>>()
        };
        (0..).zip(origins).flat_map(fail).collect()
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_are_one_origin() {
        let network = [
            "2001:db8:1:2::1",
            "2001:db8:1:2:9::8",
            "2001:DB8:1:2:a:b:c:d",
            "2001:db8:1:2::",
            "2001:0db8:0001:0002::7",
        ];
        let found_here = attack(network.into_iter(), Field::OriginIp);
        assert_eq!(found_here.len(), 1);
        assert_eq!(found_here[0].0, found("origin", "medium", 5));
        assert!(
            found_here[0].1.contains("from origin '2001:db8:1:2::/64' within")
                && found_here[0].1.contains("\"origin\":\"2001:db8:1:2::/64\""),
            "{}",
            found_here[0].1
        );
        let mapped = ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"];
        assert_eq!(attack(mapped.into_iter().cycle().take(5), Field::OriginIp).len(), 1);
        let others = [
            "2001:db8:1:2::1",
            "2001:db8:1:3::1",
            "2001:db8:1:4::1",
            "2001:db8:1:5::1",
            "2001:db8:1:6::1",
        ];
        assert!(attack(others.into_iter(), Field::OriginIp).is_empty(), "networks side by side");
        let own = ["fd00::1", "fd00::2", "fd00::3", "fd00::4", "fd00::5"];
        assert!(
            attack(own.into_iter(), Field::OriginIp).is_empty(),
            "hosts of a network of one's own"
        );
    }

    #[test]
    fn who_is_let_in_by_name_with_each_request_does_not_fail_slowly() {
        let run = |lets_in: bool| {
            let mut harness = harness("");
            let mut ask = |n: i64, status: i64| {
                let outcome = if status < 400 { Outcome::Success } else { Outcome::Failure };
                let Made(mut event) = Made::new(Class::Read, outcome)
                    .with(Field::ActorName, "bob")
                    .with(Field::OriginIp, "203.0.113.7")
                    .number(Field::RequestStatus, status);
                event.credential_failure = status == 401;
                harness.see(Made(event), START + n * MINUTE).len()
            };
            (0..300)
                .map(|n| {
                    if n % 50 == 0 {
                        ask(n, 401)
                    } else if lets_in {
                        ask(n, 200)
                    } else {
                        0
                    }
                })
                .sum::<usize>()
        };
        assert_eq!((run(true), run(false)), (0, 1));
    }

    #[test]
    fn a_failed_login_is_one_whatever_its_category() {
        let mut harness = harness("");
        let fail = |n: i64| {
            harness.see(
                Made::new(Class::Login, Outcome::Failure).with(Field::ActorName, "alice"),
                START + n * SECOND,
            )
        };
        assert_eq!((0..5).flat_map(fail).collect::<Vec<_>>(), [found("account", "medium", 5)]);
    }

    #[test]
    fn a_host_is_an_origin_where_no_address_is_said() {
        let found_here = attack(["a.example"].into_iter().cycle().take(5), Field::OriginHost);
        assert_eq!(found_here.len(), 1);
        assert!(found_here[0].1.contains("from origin 'a.example'"), "{}", found_here[0].1);
        assert!(
            attack(["a.example", "b.example"].into_iter().cycle().take(8), Field::OriginHost)
                .is_empty()
        );
    }

    #[test]
    fn an_origin_that_fails_slowly_and_never_succeeds_is_found() {
        let mut harness = harness("");
        let mut see = |account: &str, outcome, hour: i64| {
            harness.see(Made::login(account, "203.0.113.7", outcome), START + hour * 60 * MINUTE)
        };
        let seen: Vec<Vec<Stated>> =
            (0..6).map(|hour| see(&format!("user{hour}"), Outcome::Failure, hour)).collect();
        assert!(seen[..4].iter().all(Vec::is_empty));
        assert_eq!(seen[4], [found("origin", "medium", 5)]);
        assert!(seen[5].is_empty(), "said once");
    }

    #[test]
    fn an_office_whose_people_mistype_and_get_in_is_not() {
        let mut harness = harness("");
        for n in 0..40 {
            let outcome = if n % 4 == 3 { Outcome::Success } else { Outcome::Failure };
            let seen = harness.see(
                Made::login(&format!("user{}", n / 4), "203.0.113.7", outcome),
                START + n * 30 * MINUTE,
            );
            assert!(seen.is_empty(), "{n}: {seen:?}");
        }
    }

    /// An address through which two hundred people sign in within an hour may fail more often than a stranger's; one account may not.
    #[test]
    fn an_address_that_many_share_is_no_stranger() {
        let mut harness = harness("");
        let mut see = |account: &str, outcome, time| {
            harness.see(Made::login(account, "203.0.113.7", outcome), time)
        };
        for day in 0..5i64 {
            for n in 0..200i64 {
                let time = START + day * 24 * 60 * MINUTE + n * 15 * SECOND;
                if n % 12 == 0 {
                    see(&format!("person{n}"), Outcome::Failure, time);
                }
                see(&format!("person{n}"), Outcome::Success, time + 9 * SECOND);
            }
        }
        let morning = START + 5 * 24 * 60 * MINUTE;
        let mistyped: Vec<Stated> = (0..12i64)
            .flat_map(|n| see(&format!("person{n}"), Outcome::Failure, morning + n * 10 * SECOND))
            .collect();
        assert!(mistyped.is_empty(), "{mistyped:?}");
        let guessed: Vec<Stated> = (0..6i64)
            .flat_map(|n| see("person40", Outcome::Failure, morning + (130 + n) * SECOND))
            .collect();
        assert_eq!(guessed, [found("account", "medium", 5)]);
        let many: Vec<Stated> = (0..60i64)
            .flat_map(|n| see(&format!("list{n}"), Outcome::Failure, morning + (140 + n) * SECOND))
            .collect();
        assert!(
            many.first().is_some_and(|stated| (20..=60).contains(&stated.observed)),
            "{many:?}"
        );
    }

    #[test]
    fn who_is_patient_with_bursts_is_no_less_so_with_slow_ones() {
        assert!(run(&mut harness("failures = 20"), 8, MINUTE).iter().all(Vec::is_empty));
    }

    #[test]
    fn a_burst_is_said_once_not_twice() {
        let seen = run(&mut harness("per = [\"origin\"]"), 9, SECOND);
        assert_eq!(seen.iter().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn fires_at_the_threshold_once_for_account_and_origin() {
        let seen = run(&mut harness(""), 6, SECOND);
        assert!(seen[..4].iter().all(Vec::is_empty));
        assert_eq!(seen[4], [found("account", "medium", 5), found("origin", "medium", 5)]);
        assert!(seen[5].is_empty(), "said once");
    }

    #[test]
    fn keeps_quiet_where_failures_are_few_or_far_apart() {
        assert!(run(&mut harness(""), 4, SECOND).iter().all(Vec::is_empty));
        assert!(
            run(&mut harness("slow_failures = 10000"), 40, 2 * MINUTE).iter().all(Vec::is_empty),
            "five in eight minutes are not five in five"
        );
    }

    #[test]
    fn success_and_other_actions_are_no_failures() {
        let mut harness = harness("");
        for n in 0..50 {
            assert!(
                harness
                    .see(Made::login("alice", "203.0.113.7", Outcome::Success), START + n)
                    .is_empty()
            );
        }
    }

    #[test]
    fn many_people_behind_one_address_who_mistype_once_are_found_only_by_origin() {
        let mut harness = harness("per = [\"account\"]");
        for n in 0..50 {
            assert!(
                harness
                    .see(
                        Made::login(&format!("user{n}"), "203.0.113.7", Outcome::Failure),
                        START + n
                    )
                    .is_empty()
            );
        }
    }

    #[test]
    fn one_account_from_many_addresses_is_found() {
        let mut harness = harness("");
        let last = (0..5)
            .map(|n| {
                harness.see(
                    Made::login("alice", &format!("203.0.113.{n}"), Outcome::Denied),
                    START + n,
                )
            })
            .last()
            .unwrap();
        assert_eq!(last, [found("account", "medium", 5)]);
    }

    #[test]
    fn speaks_again_when_the_count_doubles_and_after_the_cooldown_more_severely_the_more_there_are()
    {
        let seen = run(&mut harness("per = [\"account\"]\ncooldown = \"1h\""), 160, SECOND);
        let said: Vec<(usize, &Stated)> = seen
            .iter()
            .enumerate()
            .flat_map(|(n, findings)| findings.iter().map(move |finding| (n + 1, finding)))
            .collect();
        let expected = [
            (5, "medium"),
            (10, "medium"),
            (20, "high"),
            (40, "high"),
            (80, "critical"),
            (160, "critical"),
        ];
        assert_eq!(said.len(), expected.len());
        for ((n, finding), (at, severity)) in said.into_iter().zip(expected) {
            assert_eq!((n, finding), (at, &found("account", severity, at as u64)));
        }
        let seen = run(&mut harness("per = [\"account\"]\ncooldown = \"10m\""), 150, MINUTE);
        let said: Vec<usize> = (0..150).filter(|&n| !seen[n].is_empty()).collect();
        assert_eq!(said, [4, 14, 34, 74], "a steady attack is said again at intervals that double");
    }

    #[test]
    fn order_does_not_matter_within_the_window_and_what_is_older_does_not_reopen_it() {
        let mut harness = harness("per = [\"account\"]");
        let seconds = [240, 0, 180, 60, 120];
        let last = seconds.map(|second| {
            harness.see(Made::login("alice", "", Outcome::Failure), START + second * SECOND)
        });
        assert_eq!(last[4], [found("account", "medium", 5)]);
        assert!(
            harness.see(Made::login("alice", "", Outcome::Failure), START - 60 * MINUTE).is_empty()
        );
        assert!(harness.notes.has(Note::Late));
    }

    /// Polarity: the more failures, the worse the finding, never the less.
    #[test]
    fn severity_rises_with_the_number_of_failures() {
        let severities: Vec<Severity> = [5, 19, 20, 79, 80, 500]
            .into_iter()
            .map(|failures| {
                let seen = run(&mut harness("per = [\"origin\"]"), failures, 100);
                let worst = seen
                    .iter()
                    .flatten()
                    .map(|finding| Severity::from_name(&finding.severity))
                    .max();
                worst.unwrap()
            })
            .collect();
        assert!(severities.is_sorted());
        assert_eq!((severities[0], severities[5]), (Severity::Medium, Severity::Critical));
    }

    #[test]
    fn ids_that_we_made_are_evidence_too() {
        let mut harness = harness("per = [\"account\"]");
        for n in 0..5 {
            let mut failure = Made::login("alice", "203.0.113.7", Outcome::Failure);
            failure.0.set(Field::Id, Val::Digest(0xabc0 + n));
            harness.see(failure, START + n as Millis);
        }
        let ids: Vec<String> = (0..5).rev().map(|n| format!("\"{:016x}\"", 0xabc0 + n)).collect();
        assert!(
            harness.json().contains(&format!("\"evidence\":[{}]", ids.join(","))),
            "{}",
            harness.json()
        );
    }

    /// Ten minutes apart; whoever guesses signs in with an account of its own in between.
    fn guesses(harness: &mut Harness, account: &str, failures: usize) -> Vec<Stated> {
        let mut stated = Vec::new();
        for n in 0..failures {
            let at = START + n as Millis * 10 * MINUTE;
            let own = Made::login("mallory", "203.0.113.7", Outcome::Success);
            assert_eq!(harness.see(own, at), []);
            let guess = Made::login(account, "203.0.113.7", Outcome::Failure);
            stated.extend(harness.see(guess, at + MINUTE));
        }
        stated
    }

    #[test]
    fn an_own_account_that_signs_in_does_not_hide_slow_guessing() {
        let mut harness = harness("");
        let stated = guesses(&mut harness, "alice", 24);
        let all = [("low", 5), ("low", 10), ("medium", 20)];
        assert_eq!(stated, all.map(|(severity, count)| found("account", severity, count)));
    }

    #[test]
    fn who_gets_in_with_the_account_has_mistyped() {
        assert_eq!(guesses(&mut harness(""), "mallory", 30), []);
    }

    #[test]
    fn a_flood_of_names_evicts_and_does_not_grow() {
        let mut harness = harness("");
        let before = harness.detect.memory();
        for n in 0..20_000 {
            harness.see(Made::login(&format!("user{n}"), "", Outcome::Failure), START + n);
        }
        assert_eq!(harness.detect.memory(), before);
        assert!(harness.detect.evictions() > 0);
        let last = (0..5)
            .map(|n| harness.see(Made::login("alice", "", Outcome::Failure), START + 20_000 + n))
            .last()
            .unwrap();
        assert_eq!(last, [found("account", "medium", 5)], "and still finds");
    }
}
