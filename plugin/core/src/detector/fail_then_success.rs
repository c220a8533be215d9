//! A success right after a run of failures.

use super::{Attributes, COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::inspect::Progress;
use crate::detect::spec;
use crate::detect::threshold::{Counted, Due, Schedule};
use crate::detect::{Facts, Finding, Findings, Subject, joined, shorten, write_duration};
use crate::entity::Entity;
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::sketch::evidence::{Chain, Evidence};
use crate::sketch::table::Table;
use crate::sketch::window::Window;
use crate::sketch::{Sketch, Visit, pack, unpack};
use crate::text::Sink;
use crate::time::{HOUR, Millis};

pub const ID: &str = "fail-then-success";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "A successful sign-in right after many failures: a password may have been guessed.",
    doc: "Counts consecutive failed authentications in three ways: per account and origin, per origin over all accounts, and per account over all \
          origins. A success resets the count. If the count was at the threshold, the success is reported once, for the most specific of the three. It \
          matters because it is the moment at which guessing succeeded. The threshold of an account rises, within limits, with the number of failures \
          that it usually has before a success, so that people who often mistype do not alert. Failures from other origins do not count when the \
          account signs in from an origin that it used before. Blind spots: a password that is guessed below the threshold, or known to the attacker. \
          Tune `failures` and `window`. Example: `dana` signs in after eight failures within 30 minutes.",
    technique: "T1110",
    options: &[
        ENABLED,
        Opt::new(
            "failures",
            Kind::Whole(2, 10_000),
            "5",
            "Threshold: failures before a success. It rises for accounts that often fail.",
        ),
        window("\"30m\""),
        severity("\"high\""),
        COOLDOWN,
        ONLY,
        EXCEPT,
    ],
    share: 8,
    attributes: Attributes {
        pattern: Some("RARE"),
        scaled: &["failures"],
        needs: &[spec::ACTOR],
        ..Attributes::COUNTING
    },
    build: |settings, _, memory| Box::new(FailThenSuccess::new(settings, memory)),
};

/// Of a failure, in which it is kept what an account usually takes to get in.
const UNIT: u32 = 256;
/// Words of a habit.
const HABIT: usize = 1;
/// Habits rise at most once in so many hours, so that no one trains them in an afternoon.
const PATIENCE: u32 = 12;
/// Hours without a sign-in after which a habit can be evicted: a month.
const KEPT: u32 = 720;

struct FailThenSuccess {
    failures: u64,
    window: Millis,
    schedule: Schedule,
    runs: Window<4>,
    /// Usual number of failures of an account before a success, and the hour it was last raised; for an account and origin, that a sign-in succeeded.
    habits: Table,
    evidence: Evidence,
}

/// One of the three runs that an authentication belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// Of the account from this origin.
    Pair,
    /// Of the origin, over all accounts.
    Origin,
    /// Of the account, over all origins.
    Account,
}

/// A success, as it ends its runs.
struct Success {
    /// Number of failures before the success at which it is a finding.
    needed: u64,
    /// The account got in from this origin before.
    is_at_home: bool,
    /// The failures of the account that it ended.
    longest: u64,
    is_stated: bool,
}

impl FailThenSuccess {
    fn new(settings: &Settings, memory: usize) -> FailThenSuccess {
        let window = settings.number("window");
        FailThenSuccess {
            failures: u64::try_from(settings.number("failures")).unwrap_or(5),
            window,
            schedule: Schedule::new(settings),
            runs: Window::new("fail-then-success.runs", window, memory / 2),
            habits: Table::new("fail-then-success.habits", 1, HABIT, KEPT, memory / 4),
            evidence: Evidence::new("fail-then-success.evidence", memory / 8),
        }
    }

    #[inline(never)]
    fn fail(
        &mut self,
        (is_there, hash): (bool, u64),
        times: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        if !is_there || times == 0 {
            return;
        }
        let mut placed = self.runs.count(hash, subject.time, [times]);
        if placed.as_ref().is_some_and(|counts| counts.is_late) {
            placed = self.runs.count_late(hash, subject.time, [times]);
            findings.is_late |= placed.as_ref().is_some_and(|counts| counts.is_late);
        }
        let Some(mut counts) = placed else {
            findings.is_uncounted = true;
            return;
        };
        let serial = self.evidence.keep(subject.serial(), counts.link());
        counts.set_link(serial);
        findings.inspect(|inspection| {
            let (what, observed) = ("fail-then-success.runs".to_owned(), counts.total(0));
            inspection.counts.push(Progress {
                detector: subject.detector,
                what,
                entity: "",
                observed,
                threshold: self.failures,
                window: self.window,
                share: None,
            });
        });
    }

    fn succeed(
        &mut self,
        runs: [(bool, u64); 3],
        account: u64,
        pair: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let now = hours(subject.time);
        let habit = self.habits.place(account, HABIT, now).map_or(0, |mut entry| {
            entry.set_stamp(now);
            entry.words.first().copied().unwrap_or_default()
        });
        let is_at_home = self.has_got_in(pair, now);
        let mut success =
            Success { needed: self.needed(habit), is_at_home, longest: 0, is_stated: false };
        let [of_pair, of_origin, of_account] = runs;
        // The closest first: it is the one that is stated.
        self.end(Run::Pair, of_pair, &mut success, subject, findings);
        self.end(Run::Origin, of_origin, &mut success, subject, findings);
        self.end(Run::Account, of_account, &mut success, subject, findings);
        let learned = self.learned(habit, &success, now);
        if learned != habit
            && let Some(word) =
                self.habits.find(account, HABIT).and_then(|entry| entry.words.first_mut())
        {
            *word = learned;
        }
    }

    /// Ends a run; where it was long, that is a finding.
    #[inline(never)]
    fn end(
        &mut self,
        run: Run,
        (is_there, hash): (bool, u64),
        success: &mut Success,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) {
        let Some(ended) = self.runs.end(hash, subject.time).filter(|_| is_there) else {
            return;
        };
        let (count, last) = (ended.count, ended.alert);
        if run != Run::Origin {
            success.longest = success.longest.max(count);
        }
        // An account whose failures came from elsewhere is under attack, but this is its owner.
        let is_own = !(run == Run::Account && success.is_at_home && !subject.origin().0.is_empty());
        if count < success.needed || !is_own || success.is_stated {
            return;
        }
        success.is_stated = true;
        let due = self.schedule.due(last, count, subject.time);
        if due == Due::Not {
            return;
        }
        let serial = self.evidence.keep(subject.serial(), ended.link);
        let counted = Counted { key: ended.key, count, serial, due, last, ..Counted::default() };
        let is_told = self.state(run, &counted, success.needed, subject, findings);
        if let Some(mut counts) = self.runs.find(ended.key) {
            counts.set_alert(if is_told {
                self.schedule.alert(last, count, subject.time)
            } else {
                self.schedule.suppressed(&counted, subject.time)
            });
        }
    }

    /// Reports the finding; false if it is suppressed.
    #[cold]
    fn state(
        &self,
        run: Run,
        counted: &Counted,
        needed: u64,
        subject: &Subject<'_>,
        findings: &mut Findings,
    ) -> bool {
        let count = counted.count;
        let (account, _) = subject.actor();
        let (entity, key) = if run == Run::Origin {
            (Entity::Origin, subject.origin().0)
        } else {
            (Entity::Account, account)
        };
        let finding = Finding {
            detector: &SPEC,
            rule: None,
            technique: (run == Run::Origin).then_some("T1110.003"),
            severity: self.schedule.severity_of(count, needed),
            observed: count,
            limit: needed,
            window: self.window,
            entity,
            key,
            reason: &|out| {
                match account {
                    b"" => out.put(b"someone got in after "),
                    name => {
                        out.put(b"'");
                        out.put(shorten(name));
                        out.put(b"' got in after ");
                    }
                }
                out.number(i64::try_from(count).unwrap_or(i64::MAX));
                out.put(if run == Run::Origin {
                    b" failed authentications from origin '"
                } else {
                    b" failed authentications against account '"
                });
                out.put(shorten(key));
                out.put(b"' within ");
                write_duration(self.window, out);
                out.put(b" (threshold ");
                out.number(i64::try_from(needed).unwrap_or(i64::MAX));
                out.put(b")");
            },
            evidence: Chain::new(&self.evidence, counted.serial),
            due: counted.due,
        };
        findings.add(subject, &finding)
    }

    /// How many failures before a success are too many for the account: twice what it usually takes, within bounds.
    fn needed(&self, habit: u64) -> u64 {
        let (_, usual) = unpack(habit);
        let twice = u64::from(usual).saturating_mul(2).div_ceil(u64::from(UNIT));
        twice.saturating_add(1).clamp(self.failures, self.failures.saturating_mul(3))
    }

    /// True if the account got in from this origin before; from now on it did.
    fn has_got_in(&mut self, pair: u64, now: u32) -> bool {
        self.habits.place(pair, HABIT, now).is_some_and(|mut entry| {
            entry.set_stamp(now);
            !entry.is_new
        })
    }

    /// A quarter of the way from what was usual to what it took. A long run counts as no more than twice the threshold, and only from where the account
    /// got in before: what an attacker does is not made usual by doing it.
    fn learned(&self, habit: u64, success: &Success, now: u32) -> u64 {
        let (raised, usual) = unpack(habit);
        let most = self.failures.saturating_mul(2);
        let taken =
            u32::try_from(success.longest.min(most)).unwrap_or(u32::MAX).saturating_mul(UNIT);
        let may_rise = success.is_at_home && now >= raised.saturating_add(PATIENCE);
        if taken <= usual {
            pack(raised, usual.saturating_sub(usual.saturating_sub(taken) / 4))
        } else if may_rise {
            pack(now, usual.saturating_add(taken.saturating_sub(usual) / 4))
        } else {
            habit
        }
    }
}

fn hours(time: Millis) -> u32 {
    u32::try_from(time / HOUR).unwrap_or_default()
}

impl Detector for FailThenSuccess {
    fn interest(&self) -> Facts {
        Facts::FAILED_LOGIN | Facts::LOGIN
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let ((account, account_key), (origin, origin_key)) = (subject.actor(), subject.origin());
        let pair = joined(account_key, origin_key);
        let (has_account, has_origin) = (!account.is_empty(), !origin.is_empty());
        let runs = [
            (has_account && has_origin, pair ^ 1),
            (has_origin, origin_key),
            (has_account, account_key),
        ];
        if subject.facts.has_any(Facts::FAILED_LOGIN) {
            // Who mistypes for sudo is in already: what gets in later has no part in it.
            if subject.event.is_elevation {
                return;
            }
            let [of_pair, of_origin, of_account] = runs;
            let (by_origin, of_name) = (subject.times_of_origin(), subject.times_of_account());
            self.fail(of_pair, by_origin.max(of_name), subject, findings);
            self.fail(of_origin, by_origin, subject, findings);
            self.fail(of_account, of_name, subject, findings);
        } else if has_account || has_origin {
            self.succeed(runs, account_key, pair, subject, findings);
        }
    }

    fn sketches<'a>(&'a mut self, visit: Visit<'_, 'a>) {
        visit(self.runs.sketch());
        visit(Sketch::Table(&mut self.habits));
        visit(Sketch::Words(&mut self.evidence.words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START, Stated, found};
    use crate::event::Outcome;
    use crate::severity::Severity;
    use crate::time::{DAY, MINUTE, SECOND};

    const HOME: &str = "203.0.113.7";

    fn harness(options: &str) -> Harness {
        Harness::new(ID, options)
    }

    /// Findings on a success after a number of failures, one per second. Asserts that there is no finding before.
    fn get_in(
        harness: &mut Harness,
        account: &str,
        origin: &str,
        failures: i64,
        time: Millis,
    ) -> Vec<Stated> {
        for n in 0..failures {
            assert_eq!(
                harness.see(Made::login(account, origin, Outcome::Failure), time + n * SECOND),
                []
            );
        }
        harness.see(Made::login(account, origin, Outcome::Success), time + failures * SECOND)
    }

    #[test]
    fn fires_on_the_success_after_a_run_and_names_what_led_to_it() {
        let mut harness = harness("");
        assert_eq!(get_in(&mut harness, "alice", HOME, 5, START), [found("account", "high", 5)]);
        assert!(
            harness.json().contains("'alice' got in after 5 failed authentications against account 'alice' within 30 min (threshold 5)"),
            "{}",
            harness.json()
        );
        assert!(
            harness.json().contains("\"evidence\":[\"id-6\",\"id-5\",\"id-4\",\"id-3\",\"id-2\"]"),
            "{}",
            harness.json()
        );
    }

    #[test]
    fn failures_of_those_who_are_in_already_are_no_run() {
        let mut harness = harness("");
        for n in 0..10 {
            let Made(mut event) = Made::login("alice", "", Outcome::Failure);
            event.is_elevation = true;
            assert_eq!(harness.see(Made(event), START + n * SECOND), []);
        }
        assert_eq!(harness.see(Made::login("alice", HOME, Outcome::Success), START + MINUTE), []);
    }

    #[test]
    fn a_success_without_failures_before_it_never_fires() {
        let mut harness = harness("failures = 2");
        for n in 0..500 {
            assert_eq!(
                harness.see(
                    Made::login(
                        &format!("user{}", n % 7),
                        &format!("203.0.113.{}", n % 3),
                        Outcome::Success
                    ),
                    START + n * SECOND
                ),
                []
            );
        }
        assert_eq!(get_in(&mut harness, "alice", HOME, 1, START), []);
    }

    #[test]
    fn few_failures_old_ones_and_those_before_an_earlier_success_do_not_count() {
        let mut harness = harness("");
        assert_eq!(get_in(&mut harness, "alice", HOME, 4, START), []);
        assert_eq!(
            get_in(&mut harness, "alice", HOME, 4, START + MINUTE),
            [],
            "eight in all, but a success lies between"
        );
        for n in 0..10 {
            harness.see(Made::login("bob", "203.0.113.8", Outcome::Failure), START + n * SECOND);
        }
        assert_eq!(
            harness.see(Made::login("bob", "203.0.113.8", Outcome::Success), START + 2 * HOUR),
            []
        );
        for n in 0..10 {
            harness.see(
                Made::login("carol", "203.0.113.9", Outcome::Failure),
                START + HOUR + n * SECOND,
            );
        }
        assert_eq!(
            harness.see(Made::login("carol", "203.0.113.9", Outcome::Success), START + 45 * MINUTE),
            [],
            "the success came before them"
        );
    }

    #[test]
    fn one_origin_over_many_accounts_and_one_account_from_many_origins_are_found() {
        let mut harness = harness("");
        for n in 0..6 {
            harness
                .see(Made::login(&format!("user{n}"), HOME, Outcome::Failure), START + n * SECOND);
        }
        assert_eq!(
            harness.see(Made::login("user9", HOME, Outcome::Success), START + MINUTE),
            [found("origin", "high", 6)]
        );
        for n in 0..6 {
            harness.see(
                Made::login("dana", &format!("198.51.100.{n}"), Outcome::Failure),
                START + n * SECOND,
            );
        }
        assert_eq!(
            harness.see(Made::login("dana", "192.0.2.1", Outcome::Success), START + MINUTE),
            [found("account", "high", 6)]
        );
    }

    #[test]
    fn an_owner_at_home_is_not_blamed_for_attacks_from_elsewhere() {
        let mut harness = harness("");
        assert_eq!(get_in(&mut harness, "root", HOME, 0, START), []);
        for n in 0..200 {
            harness.see(
                Made::login("root", &format!("198.51.100.{}", n % 50), Outcome::Failure),
                START + HOUR + n * SECOND,
            );
        }
        assert_eq!(
            harness.see(Made::login("root", HOME, Outcome::Success), START + HOUR + 4 * MINUTE),
            []
        );
    }

    #[test]
    fn an_owner_at_home_is_found_like_anyone_who_fails_there() {
        for origin in [HOME, ""] {
            let mut harness = harness("");
            for day in 0..3 {
                assert_eq!(get_in(&mut harness, "root", origin, 0, START + day * DAY), []);
            }
            assert_eq!(
                get_in(&mut harness, "root", origin, 6, START + 3 * DAY),
                [found("account", "high", 6)],
                "{origin}"
            );
        }
    }

    #[test]
    fn people_who_often_mistype_are_learned_over_days_and_within_bounds() {
        let mut harness = harness("");
        let seen: Vec<usize> = (0..20)
            .map(|day| get_in(&mut harness, "otto", HOME, 6, START + day * DAY).len())
            .collect();
        assert_eq!(seen[0], 1);
        assert!(seen[6..].iter().all(|&findings| findings == 0), "{seen:?}");
        assert_eq!(
            get_in(&mut harness, "otto", HOME, 15, START + 21 * DAY).len(),
            1,
            "three times the threshold is never usual"
        );
        assert_eq!(
            get_in(&mut harness, "anna", "192.0.2.9", 6, START + 21 * DAY).len(),
            1,
            "what is learned of one holds for no other"
        );
        // Once they stop, it is forgotten.
        (0..20)
            .for_each(|day| drop(get_in(&mut harness, "otto", HOME, 0, START + (22 + day) * DAY)));
        assert_eq!(get_in(&mut harness, "otto", HOME, 6, START + 43 * DAY).len(), 1);
    }

    #[test]
    fn no_one_trains_it_in_an_afternoon() {
        let mut harness = harness("cooldown = \"0s\"");
        let seen: Vec<usize> = (0..10)
            .map(|n| get_in(&mut harness, "eve", HOME, 6, START + n * 31 * MINUTE).len())
            .collect();
        assert!(seen.iter().all(|&findings| findings == 1), "{seen:?}");
    }

    /// Polarity: the longer the run, the worse the finding.
    #[test]
    fn severity_rises_with_the_length_of_the_run() {
        let worst = |failures| {
            get_in(&mut harness(""), "alice", HOME, failures, START)
                .pop()
                .map(|finding| Severity::from_name(&finding.severity))
        };
        assert_eq!(
            [0, 4, 5, 20, 80].map(worst),
            [None, None, Some(Severity::High), Some(Severity::Critical), Some(Severity::Critical)]
        );
    }
}
