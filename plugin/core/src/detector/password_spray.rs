//! One origin that fails against many accounts.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::inspect::Progress;
use crate::detect::threshold::{Counted, Due, Schedule};
use crate::detect::{Facts, Finding, Findings, Subject, shorten, write_duration};
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::sketch::Words;
use crate::sketch::distinct::Distinct;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::table::Table;
use crate::text::Sink;
use crate::time::Millis;

pub const ID: &str = "password-spray";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "One origin that fails to sign in to many accounts.",
    doc: "Counts the different accounts that one origin failed to sign in to, over a sliding window of event time. It matters because an attacker who \
          tries one password on many accounts stays below the threshold of each account. Several failures of one account count once. The number is an \
          estimate: close below 100 accounts, a few percent off above. Blind spots: a spray from many origins (see `credential-stuffing`). Tune \
          `accounts`; exempt a gateway that many people share with a `[[suppress]]` for its address. Example: one address fails once on each of five \
          accounts within six minutes.",
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
        severity("\"high\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 6,
    attributes: Attributes {
        is_of_tried_names: true,
        pattern: Some("SURGE"),
        scaled: &["accounts"],
        ..Attributes::NONE
    },
    build: |settings, _, memory| Box::new(PasswordSpray::new(settings, memory)),
};

struct PasswordSpray {
    least: u64,
    window: Millis,
    schedule: Schedule,
    accounts: Distinct,
    evidence: Evidence,
}

impl PasswordSpray {
    fn new(settings: &Settings, memory: usize) -> PasswordSpray {
        let window = settings.number("window");
        PasswordSpray {
            least: u64::try_from(settings.number("accounts")).unwrap_or(5),
            window,
            schedule: Schedule::new(settings),
            accounts: Distinct::new(
                "password-spray.accounts",
                window,
                memory.saturating_sub(memory / 8),
            ),
            evidence: Evidence::new("password-spray.evidence", memory / 8),
        }
    }

    /// Reports the finding; false if it is suppressed.
    #[cold]
    fn state(
        &self,
        origin: &[u8],
        counted: &Counted,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> bool {
        let count = counted.count;
        let finding = Finding {
            detector: &SPEC,
            rule: None,
            technique: None,
            severity: self.schedule.severity_of(count, self.least),
            observed: count,
            limit: self.least,
            window: self.window,
            role: "origin",
            key: origin,
            reason: &|out| {
                out.put(b"failed authentications against ");
                out.number(i64::try_from(count).unwrap_or(i64::MAX));
                out.put(b" accounts from origin '");
                out.put(shorten(origin));
                out.put(b"' within ");
                write_duration(self.window, out);
                out.put(b" (threshold ");
                out.number(i64::try_from(self.least).unwrap_or(i64::MAX));
                out.put(b")");
            },
            evidence: Chain::new(&self.evidence, counted.serial),
            due: counted.due,
        };
        findings.add(subject, &finding)
    }
}

impl Detector for PasswordSpray {
    fn interest(&self) -> Facts {
        Facts::FAILED_LOGIN
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let ((origin, key), (account, value)) = (subject.origin(), subject.actor());
        if origin.is_empty() || account.is_empty() {
            return;
        }
        let mut placed = self.accounts.add(key, subject.time, value);
        if placed.as_ref().is_some_and(|values| values.is_late) {
            findings.is_late = true;
            placed = self.accounts.add_late(key, subject.time, value);
        }
        let Some(mut values) = placed else {
            findings.is_uncounted = true;
            return;
        };
        let key = values.key;
        let serial = self.evidence.keep(subject.serial(), values.entry.own());
        values.entry.set_own(serial);
        let count = values.total();
        findings.inspect(|inspection| {
            let (threshold, window) = (self.least, self.window);
            inspection.counts.push(Progress {
                detector: subject.detector,
                what: "password-spray.accounts".to_owned(),
                entity: "origin",
                observed: count,
                threshold,
                window,
                share: None,
            });
        });
        if count < self.least {
            return;
        }
        let last = values.entry.alert();
        let due = self.schedule.due(last, count, subject.time);
        if due == Due::Not {
            return;
        }
        values.entry.set_alert(self.schedule.alert(last, count, subject.time));
        let counted = Counted { key, count, serial, due, last, ..Counted::default() };
        if !self.state(origin, &counted, subject, findings)
            && let Some(mut entry) = self.accounts.find(key)
        {
            entry.set_alert(self.schedule.suppressed(&counted, subject.time));
        }
    }

    fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(self.accounts.words()),
            1 => Some(&mut self.evidence.words),
            _ => None,
        }
    }

    fn table(&self, index: usize) -> Option<&Table> {
        (index == 0).then(|| self.accounts.table())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::Outcome;
    use crate::severity::Severity;
    use crate::time::{MINUTE, SECOND};

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
            spray(&mut self::harness(""), 40, 4 * MINUTE).iter().all(Vec::is_empty),
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
