//! Many accounts, each tried seldom, from many origins.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::inspect::Progress;
use crate::detect::origin::Network;
use crate::detect::spec;
use crate::detect::threshold::{Description, Due, Reason, Schedule, Threshold};
use crate::detect::{Facts, Findings, Subject, joined, shorten, write_duration};
use crate::entity::Entity;
use crate::event::Field;
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::sketch::Visit;
use crate::sketch::distinct::Distinct;
use crate::sketch::window::Window;
use crate::text::Sink;
use crate::time::Millis;

pub const ID: &str = "credential-stuffing";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Many accounts that fail to sign in from many origins, each account and each origin below its own threshold.",
    doc: "Counts the different accounts that failed to sign in, and the different origins that they failed from, over a sliding window of event time: \
          per source and environment, and per network (/24 of IPv4, /48 of IPv6). It matters because leaked passwords are tried through thousands of \
          addresses, a few failures from each, so that no single account or origin reaches a threshold. An alert also requires that a minimum share of \
          all sign-ins there failed, so that many people who mistype do not alert; of one account at most four successful sign-ins within `window` count \
          for that, so that no robot hides an attack. The numbers of accounts and origins are estimates, close where they \
          are small. One origin that tries many accounts is reported by `password-spray`. Blind spots: attempts spread over much more than `window`. \
          Tune `accounts`, `origins` and `share`. Example: 120 accounts fail from 40 addresses within ten minutes, and 80 % of all sign-ins fail.",
    technique: "T1110.004",
    options: &[
        ENABLED,
        Opt::new(
            "accounts",
            Kind::Whole(2, 400),
            "100",
            "Threshold: different accounts of one source that failed to sign in within `window`.",
        ),
        Opt::new(
            "origins",
            Kind::Whole(2, 400),
            "20",
            "Minimum number of different origins that these accounts failed from.",
        ),
        Opt::new(
            "network_accounts",
            Kind::Whole(2, 400),
            "25",
            "Threshold: different accounts that one network failed to sign in to within `window`.",
        ),
        Opt::new(
            "network_origins",
            Kind::Whole(2, 250),
            "4",
            "Minimum number of different addresses of that network.",
        ),
        Opt::new(
            "share",
            Kind::Whole(1, 100),
            "50",
            "Minimum share of failed sign-ins among all sign-ins of the source or network, in percent.",
        ),
        window("\"10m\""),
        severity("\"high\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 2,
    attributes: Attributes {
        is_of_tried_names: true,
        needs: &[spec::ACTOR, spec::ORIGIN],
        pattern: Some("SURGE"),
        scaled: &["accounts", "origins"],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(CredentialStuffing::new(settings, memory)),
};

struct CredentialStuffing {
    window: Millis,
    source: Scope,
    network: Scope,
    /// Accounts and origins of sources and networks.
    values: Distinct,
    /// Accounts that got in, by scope: who signs in again and again makes no failures of others rarer.
    let_in: Window<4>,
}

/// Where is counted: all of a source, or a network.
struct Scope {
    entity: Entity,
    accounts: u64,
    origins: u64,
    sign_ins: Threshold<4, 2>,
}

/// Successes of one account that count among all sign-ins, at most: people sign in a few times, robots without an end.
const MOST_SUCCESSES: u64 = 4;

/// Which values of a scope are told apart.
const ACCOUNTS: u64 = 11;
const ORIGINS: u64 = 12;

impl CredentialStuffing {
    fn new(settings: &Settings, memory: usize) -> CredentialStuffing {
        let (window, quarter, eighth) = (settings.number("window"), memory / 4, memory / 8);
        let scope = |entity, ids, [accounts, origins]: [&str; 2], memory| Scope {
            entity,
            accounts: settings.number(accounts).unsigned_abs(),
            origins: settings.number(origins).unsigned_abs(),
            sign_ins: Threshold::new(
                ids,
                settings.number(accounts),
                window,
                Schedule::new(settings),
                memory,
            )
            .with_share(settings.number("share")),
        };
        CredentialStuffing {
            window,
            source: scope(
                Entity::Source,
                ["credential-stuffing.sources", "credential-stuffing.sources-evidence"],
                ["accounts", "origins"],
                quarter / 4,
            ),
            network: scope(
                Entity::Network,
                ["credential-stuffing.networks", "credential-stuffing.networks-evidence"],
                ["network_accounts", "network_origins"],
                quarter.saturating_sub(quarter / 4),
            ),
            values: Distinct::new(
                "credential-stuffing.values",
                window,
                memory.saturating_sub(quarter).saturating_sub(eighth),
            ),
            let_in: Window::new("credential-stuffing.let-in", window, eighth),
        }
    }
}

/// Counts a success of the account; true if it is one of the first within the window.
fn is_of_first(let_in: &mut Window<4>, key: u64, subject: &Subject<'_>) -> bool {
    let successes = let_in.count_total(joined(key, subject.actor().1), subject.time, [1]);
    successes.is_none_or(|successes| successes <= MOST_SUCCESSES)
}

/// How many different values the key has had, this one too.
fn add(values: &mut Distinct, key: u64, value: u64, subject: &Subject<'_>) -> u64 {
    let mut placed = values.add(key, subject.time, value);
    if placed.as_ref().is_some_and(|values| values.is_late) {
        placed = values.add_late(key, subject.time, value);
    }
    placed.map_or(0, |values| values.total())
}

impl Scope {
    fn evaluate(
        &mut self,
        name: &[u8],
        key: u64,
        (values, let_in): (&mut Distinct, &mut Window<4>),
        window: Millis,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        if !subject.facts.has_any(Facts::FAILED_LOGIN) {
            if is_of_first(let_in, key, subject) {
                self.sign_ins.count_other(key, 1, subject);
            }
            return;
        }
        let accounts = add(values, joined(ACCOUNTS, key), subject.actor().1, subject);
        let origins = add(values, joined(ORIGINS, key), subject.origin().1, subject);
        findings.inspect(|inspection| {
            for (what, observed, threshold) in
                [("accounts", accounts, self.accounts), ("origins", origins, self.origins)]
            {
                let what = format!("credential-stuffing.{}-{what}", self.entity.name());
                inspection.counts.push(Progress {
                    detector: subject.detector,
                    what,
                    entity: "",
                    observed,
                    threshold,
                    window,
                    share: None,
                });
            }
        });
        if accounts < self.accounts || origins < self.origins {
            self.sign_ins.count_quietly(key, 1, subject);
            return;
        }
        let counted = self.sign_ins.add(key, 1, subject, findings);
        if counted.due == Due::Not {
            return;
        }
        let reason = |out: &mut crate::write::Writer<'_>| {
            let number = |out: &mut crate::write::Writer<'_>, number: u64| {
                out.number(i64::try_from(number).unwrap_or(i64::MAX))
            };
            number(out, counted.count);
            out.put(b" failed authentications against about ");
            number(out, accounts);
            out.put(b" accounts from about ");
            number(out, origins);
            out.put(b" origins, ");
            out.put(self.entity.name().as_bytes());
            out.put(b" '");
            out.put(shorten(name));
            out.put(b"', within ");
            write_duration(window, out);
            out.put(b", of ");
            number(out, counted.all);
            out.put(b" in all (threshold ");
            number(out, self.accounts);
            out.put(b" accounts)");
        };
        let said = Description {
            detector: &SPEC,
            technique: None,
            entity: self.entity,
            key: name,
            reason: Reason::Words(&reason),
        };
        self.sign_ins.state(&counted, &said, subject, findings);
    }
}

impl Detector for CredentialStuffing {
    fn interest(&self) -> Facts {
        Facts::FAILED_LOGIN | Facts::LOGIN | Facts::LET_IN
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let ((account, _), (origin, _)) = (subject.actor(), subject.origin());
        // Who fails at `sudo` is in already.
        if account.is_empty()
            || origin.is_empty()
            || subject.event.is_elevation
            || subject.times().max(subject.times_of_origin()) == 0
        {
            return;
        }
        let source = subject.text(Field::Source);
        self.source.evaluate(
            source,
            subject.account_key(source),
            (&mut self.values, &mut self.let_in),
            self.window,
            subject,
            findings,
        );
        if let Some(block) = Network::block(origin) {
            let key = subject.key_in(ORIGINS, block.text());
            self.network.evaluate(
                block.text(),
                key,
                (&mut self.values, &mut self.let_in),
                self.window,
                subject,
                findings,
            );
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        self.source.sign_ins.sketches(visit);
        self.network.sign_ins.sketches(visit);
        visit(self.values.sketch());
        visit(self.let_in.sketch());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated};
    use crate::event::{Class, Outcome};
    use crate::severity::Severity;
    use crate::time::SECOND;

    fn harness() -> Harness {
        Harness::new(ID, "")
    }

    fn address(n: i64) -> String {
        format!("{}.{}.{}.{}", 20 + n % 100, n / 100 % 250, n % 7, 1 + n / 1000 % 250)
    }

    /// Findings on a number of accounts, each from its own origin.
    fn stuff(harness: &mut Harness, accounts: i64, origin: impl Fn(i64) -> String) -> Vec<Stated> {
        let fail = |n| {
            harness
                .see(Made::login(&format!("user{n}"), &origin(n), Outcome::Failure), START + n * 50)
        };
        (0..accounts).flat_map(fail).collect()
    }

    #[test]
    fn a_hundred_thousand_accounts_and_origins_each_once_are_found() {
        let mut harness = harness();
        let seen = stuff(&mut harness, 100_000, |n| {
            format!("{}.{}.{}.9", 11 + n % 180, n / 180 % 250, n / 45_000)
        });
        assert!(!seen.is_empty() && seen.iter().all(|found| found.role == "source"), "{seen:?}");
        assert!(
            seen[0].observed < 130 && seen.len() < 40,
            "early, and not again and again: {seen:?}"
        );
    }

    #[test]
    fn a_network_that_takes_turns_is_found() {
        for origin in [
            |n: i64| format!("203.0.113.{}", n % 9),
            |n: i64| format!("2001:db8:7:{:x}::{:x}", n % 9, n + 1),
        ] {
            let seen = stuff(&mut harness(), 60, origin);
            assert!(
                seen.iter().any(|found| found.role == "network" && found.observed < 40),
                "{seen:?}"
            );
        }
    }

    #[test]
    fn one_origin_one_account_and_few_accounts_are_left_to_others() {
        assert_eq!(stuff(&mut harness(), 300, |_| "203.0.113.7".to_owned()), []);
        assert_eq!(stuff(&mut harness(), 15, address), []);
        let mut harness = harness();
        for n in 0..400 {
            assert_eq!(
                harness.see(Made::login("root", &address(n), Outcome::Failure), START + n * SECOND),
                []
            );
        }
        for n in 0..400 {
            assert_eq!(
                harness.see(Made::login(&format!("user{n}"), "", Outcome::Failure), START + n),
                [],
                "nobody says from where"
            );
        }
    }

    #[test]
    fn many_people_who_mistype_and_get_in_are_not() {
        let mut harness = harness();
        for n in 0..3000 {
            let outcome = if n % 3 == 0 { Outcome::Failure } else { Outcome::Success };
            for origin in [address(n), format!("198.51.100.{}", n % 200)] {
                assert_eq!(
                    harness.see(
                        Made::login(&format!("user{}", n / 3), &origin, outcome),
                        START + n * 200
                    ),
                    []
                );
            }
        }
    }

    /// Findings on 150 accounts, each from its own origin, in ten minutes, beside robots that sign in every few seconds.
    fn beside(robots: i64, seconds: i64) -> usize {
        let mut harness = harness();
        let mut stated = 0;
        for second in 0..600 {
            for robot in 0..robots {
                if (second + robot) % seconds == 0 {
                    let name = format!("robot{robot}");
                    let origin = format!("10.0.{robot}.5");
                    let robot = Made::login(&name, &origin, Outcome::Success);
                    assert_eq!(harness.see(robot, START + second * SECOND), []);
                }
            }
            if second % 4 == 0 {
                let (name, origin) = (format!("user{second}"), address(second));
                let failed = Made::login(&name, &origin, Outcome::Failure);
                stated += harness.see(failed, START + second * SECOND).len();
            }
        }
        stated
    }

    #[test]
    fn accounts_that_sign_in_again_and_again_hide_nothing() {
        for (robots, seconds) in [(0, 1), (1, 1), (1, 3), (5, 3), (20, 10)] {
            assert!(beside(robots, seconds) > 0, "{robots} {seconds}");
        }
        assert_eq!(beside(200, 100), 0, "many people sign in");
    }

    #[test]
    fn far_apart_it_is_what_everybody_sees_all_day() {
        let mut harness = harness();
        for n in 0..500 {
            assert_eq!(
                harness.see(
                    Made::login(&format!("user{n}"), &address(n), Outcome::Failure),
                    START + n * 10 * SECOND
                ),
                []
            );
        }
        for n in 0..200 {
            assert_eq!(
                harness.see(
                    Made::new(Class::Read, Outcome::Denied).with(Field::OriginIp, &address(n)),
                    START + n
                ),
                []
            );
        }
    }

    /// Polarity: the more accounts, the worse.
    #[test]
    fn severity_rises_with_the_number_of_failures() {
        let worst = |accounts| {
            stuff(&mut harness(), accounts, address)
                .iter()
                .map(|found| Severity::from_name(&found.severity))
                .max()
        };
        let severities: Vec<Option<Severity>> = [80, 140, 600].into_iter().map(worst).collect();
        assert_eq!(severities, [None, Some(Severity::High), Some(Severity::Critical)]);
    }
}
