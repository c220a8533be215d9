//! One origin that fails against many accounts.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::baseline::origins::Crowd;
use crate::detect::inspect::Progress;
use crate::detect::spec;
use crate::detect::threshold::{Counted, Due, Schedule};
use crate::detect::{Facts, Finding, Findings, Subject, shorten, write_duration};
use crate::entity::Entity;
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::sketch::distinct::Distinct;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::{Sketch, Visit};
use crate::text::Sink;
use crate::time::{DAY, MINUTE, Millis};

pub const ID: &str = "password-spray";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "One origin that fails to sign in to many accounts.",
    doc: "Counts the different accounts that one origin failed to sign in to, over a sliding window of event time. It matters because an attacker who \
          tries one password on many accounts stays below the threshold of each account. A patient one is counted over `slow_window`, by the accounts that did \
          not sign in from the origin since: whoever mistypes gets in soon. Several failures of one account count once. The number is an estimate: close below 100 accounts, a few percent off above. \
          For a VPN, an office or a gateway through which many accounts sign in (8 or more in its busiest hours, on three days, or at once where \
          `[enrich]` names the network), as many as are usual there within the window are added to `accounts` and `slow_accounts`: with 50 accounts an hour some 7 within ten \
          minutes, at most 400. \
          Blind spots: a spray from many origins (see `credential-stuffing`), and one through such a gateway that stays below what is usual there. \
          Tune `accounts`, `slow_accounts` and their windows. Example: one address fails once on each of five accounts within six minutes.",
    technique: "T1110.003",
    options: &[
        ENABLED,
        Opt::new(
            "accounts",
            Kind::Whole(2, 400),
            "5",
            "Threshold: different accounts that one origin failed to sign in to within `window`.",
        ),
        window("\"10m\""),
        Opt::new(
            "slow_accounts",
            Kind::Whole(2, 400),
            "8",
            "Threshold: different accounts that one origin failed to sign in to within `slow_window`, and did not sign in to since. The higher of `slow_accounts` and `accounts` applies; the severity is at most medium.",
        ),
        Opt::new(
            "slow_window",
            Kind::Duration(MINUTE, 7 * DAY),
            "\"6h\"",
            "Length of the window of `slow_accounts`, in event time.",
        ),
        severity("\"high\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 6,
    attributes: Attributes {
        is_of_tried_names: true,
        needs: &[spec::ACTOR, spec::ORIGIN],
        pattern: Some("SURGE"),
        scaled: &["accounts", "slow_accounts"],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(PasswordSpray::new(settings, memory)),
};

struct PasswordSpray {
    fast: Accounts,
    /// Those that did not get in since.
    slow: Accounts,
    evidence: Evidence,
}

/// Accounts that origins failed to sign in to within a window.
struct Accounts {
    least: u64,
    window: Millis,
    schedule: Schedule,
    accounts: Distinct,
    /// Follows the origin in a finding's reason.
    and: &'static [u8],
}

/// Accounts of an origin, with what is due.
struct Sprayed {
    counted: Counted,
    crowd: Crowd,
}

impl PasswordSpray {
    fn new(settings: &Settings, memory: usize) -> PasswordSpray {
        let least = |key: &str| settings.number(key).unsigned_abs();
        let (window, slow_window) = (settings.number("window"), settings.number("slow_window"));
        let schedule = Schedule::new(settings);
        let (quarter, eighth) = (memory / 4, memory / 8);
        let rest = memory.saturating_sub(quarter).saturating_sub(eighth);
        PasswordSpray {
            fast: Accounts {
                least: least("accounts"),
                window,
                schedule,
                accounts: Distinct::new("password-spray.accounts", window, rest),
                and: b"",
            },
            slow: Accounts {
                least: least("slow_accounts").max(least("accounts")),
                window: slow_window,
                schedule: schedule.with_cooldown(slow_window).with_severity(
                    Severity::from_name(settings.text("severity")).min(Severity::Medium),
                ),
                accounts: Distinct::new("password-spray.slow", slow_window, quarter),
                and: b", none of which got in since,",
            },
            evidence: Evidence::new("password-spray.evidence", eighth),
        }
    }
}

/// Accounts beyond this number are no longer told apart well.
const MOST_USUAL: u64 = 400;

impl Accounts {
    /// Counts the event's account at its origin. What is due is taken for said.
    fn add(
        &mut self,
        what: &'static str,
        crowd: Crowd,
        evidence: &mut Evidence,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> Option<Sprayed> {
        let ((_, key), (_, value)) = (subject.origin(), subject.actor());
        let mut placed = self.accounts.add(key, subject.time, value);
        if placed.as_ref().is_some_and(|values| values.is_late) {
            placed = self.accounts.add_late(key, subject.time, value);
            findings.is_late |= placed.as_ref().is_some_and(|values| values.is_late);
        }
        let Some(mut values) = placed else {
            findings.is_uncounted = true;
            return None;
        };
        let key = values.key;
        let serial = evidence.keep(subject.serial(), values.entry.own());
        values.entry.set_own(serial);
        let count = values.total();
        let least = self.least.saturating_add(crowd.usual(self.window, 1.0).min(MOST_USUAL));
        findings.inspect(|inspection| {
            let (threshold, window) = (least, self.window);
            inspection.counts.push(Progress {
                detector: subject.detector,
                what: what.to_owned(),
                entity: "origin",
                observed: count,
                threshold,
                window,
                share: None,
            });
        });
        if count < least {
            return None;
        }
        let last = values.entry.alert();
        let due = self.schedule.due(last, count, subject.time);
        if due != Due::Not {
            values.entry.set_alert(self.schedule.alert(last, count, subject.time));
        }
        let counted = Counted { key, count, serial, due, last, least, ..Counted::default() };
        Some(Sprayed { counted, crowd })
    }

    /// Adds the finding that is due.
    #[cold]
    #[inline(never)]
    fn state(
        &mut self,
        sprayed: &Sprayed,
        evidence: &Evidence,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let (origin, _) = subject.origin();
        let Sprayed { counted, crowd } = sprayed;
        let (count, least) = (counted.count, counted.least);
        let finding = Finding {
            detector: &SPEC,
            rule: None,
            technique: None,
            severity: self.schedule.severity_of(count, least),
            observed: count,
            limit: least,
            window: self.window,
            entity: Entity::Origin,
            key: origin,
            reason: &|out| {
                out.put(b"failed authentications against ");
                out.number(i64::try_from(count).unwrap_or(i64::MAX));
                out.put(b" accounts");
                out.put(self.and);
                out.put(b" from origin '");
                out.put(shorten(origin));
                out.put(b"' within ");
                write_duration(self.window, out);
                out.put(b" (threshold ");
                out.number(i64::try_from(least).unwrap_or(i64::MAX));
                out.put(b")");
                crowd.write(out);
            },
            evidence: Chain::new(evidence, counted.serial),
            due: counted.due,
        };
        if !findings.add(subject, &finding)
            && let Some(mut entry) = self.accounts.find(counted.key)
        {
            entry.set_alert(self.schedule.suppressed(counted, subject.time));
        }
    }
}

impl Detector for PasswordSpray {
    fn interest(&self) -> Facts {
        Facts::FAILED_LOGIN | Facts::LOGIN
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let ((origin, key), (account, known)) = (subject.origin(), subject.actor());
        if origin.is_empty() {
            return;
        }
        if !subject.facts.has_any(Facts::FAILED_LOGIN) {
            // A failure counts against the account, where a success names the person.
            for known in [known, subject.account_key(subject.account())] {
                self.slow.accounts.forget(key, subject.time, known);
            }
            return;
        }
        if account.is_empty() {
            return;
        }
        let crowd = subject.surprises.map(|surprises| surprises.crowd).unwrap_or_default();
        let evidence = &mut self.evidence;
        let fast = self.fast.add("password-spray.accounts", crowd, evidence, subject, findings);
        let slow = self.slow.add("password-spray.slow", crowd, evidence, subject, findings);
        match (fast, slow) {
            // A burst is no slow spray beside.
            (Some(fast), _) if fast.counted.due != Due::Not => {
                self.fast.state(&fast, &self.evidence, subject, findings);
            }
            (None, Some(slow)) if slow.counted.due != Due::Not => {
                self.slow.state(&slow, &self.evidence, subject, findings);
            }
            _ => {}
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(self.fast.accounts.sketch());
        visit(Sketch::Words(&mut self.evidence.words));
        visit(self.slow.accounts.sketch());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::{Class, Field, Outcome};
    use crate::time::{HOUR, SECOND};

    fn harness(options: &str) -> Harness {
        Harness::new("password-spray", options)
    }

    /// Failures against one account after the other, so far apart.
    fn spray(harness: &mut Harness, accounts: usize, apart: Millis) -> Vec<Vec<Stated>> {
        (0..accounts)
            .map(|n| {
                harness.see(
                    Made::login(&format!("user{n}"), "203.0.113.7", Outcome::Failure),
                    START + n as Millis * apart,
                )
            })
            .collect()
    }

    #[test]
    fn fires_where_one_origin_fails_against_many_accounts() {
        let seen = spray(&mut harness(""), 7, 30 * SECOND);
        assert!(seen[..4].iter().all(Vec::is_empty));
        assert_eq!(seen[4], [found("origin", "high", 5)]);
        assert!(seen[5].is_empty() && seen[6].is_empty(), "said once");
    }

    #[test]
    fn one_account_however_often_is_no_spray() {
        let mut harness = harness("");
        for n in 0..200 {
            assert!(
                harness
                    .see(
                        Made::login(["alice", "bob"][n % 2], "203.0.113.7", Outcome::Failure),
                        START + n as Millis
                    )
                    .is_empty()
            );
        }
    }

    #[test]
    fn successes_other_origins_and_far_apart_failures_are_no_spray() {
        let mut harness = harness("");
        for n in 0..50 {
            let account = format!("user{n}");
            assert!(
                harness
                    .see(Made::login(&account, "203.0.113.7", Outcome::Success), START + n)
                    .is_empty()
            );
            assert!(
                harness
                    .see(
                        Made::login(&account, &format!("198.51.100.{n}"), Outcome::Failure),
                        START + n
                    )
                    .is_empty()
            );
        }
        assert!(
            spray(&mut self::harness("slow_accounts = 400"), 40, 4 * MINUTE)
                .iter()
                .all(Vec::is_empty),
            "three in ten minutes"
        );
        assert!(harness.see(Made::login("", "203.0.113.7", Outcome::Failure), START).is_empty());
    }

    #[test]
    fn lines_that_only_say_again_do_not_count() {
        let mut harness = harness("");
        for n in 0..50 {
            assert!(
                harness
                    .see(
                        Made::login(&format!("user{n}"), "203.0.113.7", Outcome::Failure).times(0),
                        START
                    )
                    .is_empty()
            );
        }
    }

    #[test]
    fn a_slow_spray_is_found_as_long_as_nobody_gets_in() {
        let seen = spray(&mut harness(""), 12, 20 * MINUTE);
        assert!(seen[..7].iter().all(Vec::is_empty));
        assert_eq!(seen[7], [found("origin", "medium", 8)]);
        assert!(seen[8..].iter().all(Vec::is_empty), "said once");
        assert!(spray(&mut harness(""), 40, HOUR).iter().all(Vec::is_empty), "six in six hours");
        // An office whose people mistype, and get in.
        let mut harness = harness("");
        for n in 0..60i64 {
            for (outcome, after) in [(Outcome::Failure, 0), (Outcome::Success, MINUTE)] {
                let made = Made::login(&format!("user{n}"), "203.0.113.7", outcome);
                assert!(harness.see(made, START + n * 5 * MINUTE + after).is_empty(), "{n}");
            }
        }
        // Whoever sprays signs in with accounts of its own in between.
        let mut harness = self::harness("");
        let mut seen = Vec::new();
        for n in 0..12i64 {
            for (name, outcome) in [
                (format!("user{n}"), Outcome::Failure),
                (format!("own{}", n % 3), Outcome::Success),
            ] {
                let made = Made::login(&name, "203.0.113.7", outcome);
                seen.extend(harness.see(made, START + n * 20 * MINUTE));
            }
        }
        assert_eq!(seen, [found("origin", "medium", 8)]);
        // Whoever sprays asks for pages in between, with a name that nobody checks or none.
        let mut harness = self::harness("");
        let mut seen = Vec::new();
        for n in 0..12i64 {
            let time = START + n * 20 * MINUTE;
            for (class, name) in [(Class::Create, ""), (Class::Read, "zz")] {
                let request = Made::new(class, Outcome::Success)
                    .with(Field::OriginIp, "203.0.113.7")
                    .with(Field::ActorName, name)
                    .with(Field::RequestMethod, "POST")
                    .number(Field::RequestStatus, 200);
                seen.extend(harness.see(request, time));
            }
            seen.extend(
                harness
                    .see(Made::login(&format!("user{n}"), "203.0.113.7", Outcome::Failure), time),
            );
        }
        assert_eq!(seen, [found("origin", "medium", 8)]);
        // A burst is one finding.
        let seen = spray(&mut self::harness(""), 20, SECOND);
        assert!(seen.iter().flatten().all(|stated| stated.severity != "medium"), "{seen:?}");
    }

    /// A VPN through which a thousand people sign in each morning, one in ten of whom mistypes; then somebody tries a list of accounts through it.
    #[test]
    fn what_is_usual_for_an_address_that_many_share_is_no_spray() {
        let mut harness = harness("");
        let mut random = 7u64;
        let mut draw = move |of: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % of
        };
        let mut found_on = Vec::new();
        for day in 0..10i64 {
            let mut people: Vec<(i64, u64)> =
                (0..1000).map(|person| (draw(3 * 3600) as i64 * SECOND, person)).collect();
            people.sort_unstable();
            let mut of_day = 0;
            for (at, person) in people {
                let time = START + day * DAY + at;
                let name = format!("person{person}");
                let mut see = |outcome, time| {
                    let made = Made::login(&name, "203.0.113.7", outcome);
                    of_day += harness.see(made, time).len();
                };
                if draw(10) == 0 {
                    see(Outcome::Failure, time);
                }
                see(Outcome::Success, time + 20 * SECOND);
            }
            found_on.push(of_day);
        }
        assert!(
            found_on[..2].iter().all(|found| *found > 0),
            "a stranger's at first: {found_on:?}"
        );
        assert!(found_on[4..].iter().all(|found| *found == 0), "{found_on:?}");
        let spray: Vec<Stated> = (0..90i64)
            .flat_map(|n| {
                let made = Made::login(&format!("list{n}"), "203.0.113.7", Outcome::Failure);
                harness.see(made, START + 10 * DAY + HOUR + n * 5 * SECOND)
            })
            .collect();
        let first = spray.first().expect("a real spray is found");
        assert!((20..=75).contains(&first.observed), "{first:?}");
        assert!(spray.len() <= 3, "{spray:?}");
    }

    /// Whoever guesses chooses the names that are tried.
    #[test]
    fn a_name_that_was_only_tried_exempts_nobody() {
        let mut harness = harness("except = [\"probe-*\"]");
        let found: usize = (0..50)
            .map(|n| {
                harness
                    .see(Made::login(&format!("probe-{n}"), "203.0.113.7", Outcome::Failure), START)
                    .len()
            })
            .sum();
        assert!(found > 0);
    }

    /// Polarity: the more accounts, the worse the finding, never the less.
    #[test]
    fn severity_rises_with_the_number_of_accounts() {
        let worst = |accounts| {
            spray(&mut harness(""), accounts, 100)
                .iter()
                .flatten()
                .map(|finding| Severity::from_name(&finding.severity))
                .max()
        };
        let severities: Vec<Option<Severity>> =
            [4, 5, 10, 60, 300].into_iter().map(worst).collect();
        assert!(severities.is_sorted());
        assert_eq!(
            (severities[0], severities[1], severities[4]),
            (None, Some(Severity::High), Some(Severity::Critical))
        );
    }
}
