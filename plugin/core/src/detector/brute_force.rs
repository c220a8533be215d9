//! Many failures against one account, or from one origin.

use super::{COOLDOWN, Detector, ENABLED, Spec, severity, window};
use crate::detect::{Finding, Findings, Severity, Subject, shorten, write_duration};
use crate::event::Slot;
use crate::parse::text::Sink;
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::evidence::Evidence;
use crate::sketch::window::{Alert, Reading, Window};
use crate::sketch::Words;
use crate::time::{Millis, SECOND};

pub static SPEC: Spec = Spec {
    id: "brute-force",
    summary: "Many failed authentications against one account or from one origin.",
    doc: "Counts failed authentications (a failed or denied sign-in, a request refused for a bad key, token or signature) \
          per account and per origin over a sliding window of event time. At the threshold it alerts, then keeps quiet on that key until \
          the cooldown is over or the count has doubled. Events out of order count where they belong; what is older than the window is judged \
          but does not reopen it. A key longest silent makes room when the table is full.",
    technique: "T1110",
    options: &[
        ENABLED,
        Opt::new("failures", Kind::Whole(2, 10_000), "5", "How many failures within the window are a finding."),
        window("\"5m\""),
        Opt::new("per", Kind::Many(&["account", "origin"]), "[\"account\", \"origin\"]", "What is counted by."),
        severity("\"medium\""),
        COOLDOWN,
    ],
    share: 20,
    build: |settings, memory| Box::new(BruteForce::new(settings, memory)),
};

/// How many ids a finding names.
const EVIDENCE: usize = 5;

struct BruteForce {
    failures: u32,
    window: Millis,
    cooldown: Millis,
    severity: Severity,
    per_account: bool,
    per_origin: bool,
    counts: Window,
    evidence: Evidence,
}

impl BruteForce {
    fn new(settings: &Settings, memory: usize) -> BruteForce {
        let window = settings.number("window");
        BruteForce {
            failures: u32::try_from(settings.number("failures")).unwrap_or(5),
            window,
            cooldown: settings.number("cooldown"),
            severity: Severity::from_name(settings.text("severity")),
            per_account: settings.has("per", "account"),
            per_origin: settings.has("per", "origin"),
            counts: Window::new("brute-force.counts", window, memory.saturating_sub(memory / 8)),
            evidence: Evidence::new("brute-force.evidence", memory / 8),
        }
    }

    fn judge_key(&mut self, role: &'static str, key: &[u8], subject: &Subject<'_>, findings: &mut Findings) {
        if key.is_empty() {
            return;
        }
        // An account belongs to its environment: `root` here is not `root` there. An address is one wherever it knocks.
        let scope = if role == "account" { subject.key.hash(subject.text(Slot::EnvAccount)) } else { 1 };
        let Some(reading) = self.counts.count(subject.key.hash_as(scope, key), subject.time, subject.event.times) else {
            findings.is_late = true;
            return;
        };
        let serial = self.evidence.keep(subject.text(Slot::Id), self.counts.evidence(reading));
        self.counts.set_evidence(reading, serial);
        if self.is_due(reading, subject.time) {
            let at_s = u32::try_from(subject.time / SECOND).unwrap_or_default();
            self.counts.set_alert(reading, Alert { at_s, count: reading.count });
            self.state(role, key, reading.count, serial, findings);
        }
    }

    /// Above the threshold, and either not yet said, said long ago, or twice as bad by now.
    fn is_due(&self, reading: Reading, time: Millis) -> bool {
        let last = self.counts.alert(reading);
        let quiet_until = Millis::from(last.at_s).saturating_mul(SECOND).saturating_add(self.cooldown);
        reading.count >= self.failures && (last.at_s == 0 || time >= quiet_until || reading.count >= last.count.saturating_mul(2))
    }

    fn severity_of(&self, count: u32) -> Severity {
        let times = count.checked_div(self.failures).unwrap_or_default();
        self.severity.raised(usize::from(times >= 4).saturating_add(usize::from(times >= 16)))
    }

    fn state(&self, role: &'static str, key: &[u8], count: u32, serial: u32, findings: &mut Findings) {
        findings.add(&Finding {
            detector: &SPEC,
            severity: self.severity_of(count),
            observed: u64::from(count),
            expected: u64::from(self.failures),
            window: self.window,
            role,
            key,
            reason: &|out| {
                out.number(i64::from(count));
                out.put(if role == "account" { b" failed authentications against account '" } else { b" failed authentications from origin '" });
                out.put(shorten(key));
                out.put(b"' within ");
                write_duration(self.window, out);
                out.put(b"; ");
                out.number(i64::from(self.failures));
                out.put(b" are a finding");
            },
            evidence: &|each| self.evidence.recall(serial, EVIDENCE, &mut |id| each(id)),
        });
    }
}

impl Detector for BruteForce {
    fn judge(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        if subject.event.times == 0 || !subject.is_failed_authentication() {
            return;
        }
        if self.per_account {
            let name = subject.text(Slot::ActorName);
            let account = if name.is_empty() { subject.text(Slot::ActorId) } else { name };
            self.judge_key("account", account, subject, findings);
        }
        if self.per_origin {
            self.judge_key("origin", subject.text(Slot::OriginIp), subject, findings);
        }
    }

    fn words(&mut self, index: usize) -> Option<&mut Words> {
        match index {
            0 => Some(&mut self.counts.words),
            1 => Some(&mut self.evidence.words),
            _ => None,
        }
    }

    fn evictions(&self) -> u64 {
        self.counts.evictions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Category, Event, Outcome};
    use crate::policy::Policy;
    use crate::sketch::HashKey;
    use crate::time::MINUTE;
    use crate::value::Val;

    const START: Millis = 1_768_000_000_000;

    /// The detector with its events: each has an account, an origin, and an outcome.
    struct Bench {
        detector: Box<dyn Detector>,
        findings: Findings,
    }

    impl Bench {
        fn new(options: &str) -> Bench {
            let policy = Policy::parse(&format!("[detector.brute-force]\n{options}")).unwrap();
            let settings = policy.detectors.first().unwrap();
            Bench { detector: (SPEC.build)(settings, 256 << 10), findings: Findings::new() }
        }

        fn see(&mut self, account: &str, origin: &str, result: Outcome, time: Millis) -> Vec<Stated> {
            let mut event = Event::new();
            for (slot, text) in [(Slot::ActorName, account), (Slot::OriginIp, origin), (Slot::Id, "id")] {
                if !text.is_empty() {
                    let span = event.quote(text.as_bytes()).unwrap();
                    event.set(slot, Val::Json(span));
                }
            }
            event.set_category(Category::Authentication);
            event.set_outcome(result);
            self.findings.clear();
            self.detector.judge(&Subject { event: &event, input: b"", time, key: HashKey(1, 2) }, &mut self.findings);
            stated(self.findings.json())
        }

        /// Failures of one account from one origin, so far apart; what was found on each.
        fn run(&mut self, failures: usize, apart: Millis) -> Vec<Vec<Stated>> {
            (0..failures).map(|n| self.see("alice", "203.0.113.7", Outcome::Failure, START + n as Millis * apart)).collect()
        }
    }

    /// A finding as the tests look at it.
    #[derive(Debug, PartialEq, Eq)]
    struct Stated {
        role: &'static str,
        severity: String,
        observed: u64,
    }

    fn stated(json: &[u8]) -> Vec<Stated> {
        let text = std::str::from_utf8(json).unwrap();
        let field = |part: &str, name: &str| {
            let rest = part.split(&format!("\"{name}\":")).nth(1).unwrap().to_owned();
            rest.split([',', '}']).next().unwrap().trim_matches('"').to_owned()
        };
        let one = |part: &str| Stated {
            role: if part.contains("{\"account\"") { "account" } else { "origin" },
            severity: field(part, "severity"),
            observed: field(part, "observed").parse().unwrap(),
        };
        text.split("{\"detector\"").skip(1).map(one).collect()
    }

    fn found(role: &'static str, severity: &str, observed: u64) -> Stated {
        Stated { role, severity: severity.to_owned(), observed }
    }

    #[test]
    fn fires_at_the_threshold_once_for_account_and_origin() {
        let seen = Bench::new("").run(6, SECOND);
        assert!(seen[..4].iter().all(Vec::is_empty));
        assert_eq!(seen[4], [found("account", "medium", 5), found("origin", "medium", 5)]);
        assert!(seen[5].is_empty(), "said once");
    }

    #[test]
    fn keeps_quiet_where_failures_are_few_or_far_apart() {
        assert!(Bench::new("").run(4, SECOND).iter().all(Vec::is_empty));
        assert!(Bench::new("").run(40, 2 * MINUTE).iter().all(Vec::is_empty), "five in eight minutes are not five in five");
    }

    #[test]
    fn success_and_other_actions_are_no_failures() {
        let mut bench = Bench::new("");
        for n in 0..50 {
            assert!(bench.see("alice", "203.0.113.7", Outcome::Success, START + n).is_empty());
        }
    }

    #[test]
    fn many_people_behind_one_address_who_mistype_once_are_found_only_by_origin() {
        let mut bench = Bench::new("per = [\"account\"]");
        for n in 0..50 {
            assert!(bench.see(&format!("user{n}"), "203.0.113.7", Outcome::Failure, START + n).is_empty());
        }
    }

    #[test]
    fn one_account_from_many_addresses_is_found() {
        let mut bench = Bench::new("");
        let last = (0..5).map(|n| bench.see("alice", &format!("203.0.113.{n}"), Outcome::Denied, START + n)).last().unwrap();
        assert_eq!(last, [found("account", "medium", 5)]);
    }

    #[test]
    fn speaks_again_when_the_count_doubles_and_after_the_cooldown_more_severely_the_more_there_are() {
        let seen = Bench::new("per = [\"account\"]\ncooldown = \"1h\"").run(160, SECOND);
        let said: Vec<(usize, &Stated)> = seen.iter().enumerate().flat_map(|(n, findings)| findings.iter().map(move |finding| (n + 1, finding))).collect();
        let expected = [(5, "medium"), (10, "medium"), (20, "high"), (40, "high"), (80, "critical"), (160, "critical")];
        assert_eq!(said.len(), expected.len());
        for ((n, finding), (at, severity)) in said.into_iter().zip(expected) {
            assert_eq!((n, finding), (at, &found("account", severity, at as u64)));
        }
        let seen = Bench::new("per = [\"account\"]\ncooldown = \"10m\"").run(30, MINUTE);
        let said: Vec<usize> = (0..30).filter(|&n| !seen[n].is_empty()).collect();
        assert_eq!(said, [4, 14, 24], "a steady attack is said again after each cooldown");
    }

    #[test]
    fn order_does_not_matter_within_the_window_and_what_is_older_does_not_reopen_it() {
        let mut bench = Bench::new("per = [\"account\"]");
        let seconds = [240, 0, 180, 60, 120];
        let last = seconds.map(|second| bench.see("alice", "", Outcome::Failure, START + second * SECOND));
        assert_eq!(last[4], [found("account", "medium", 5)]);
        assert!(bench.see("alice", "", Outcome::Failure, START - 60 * MINUTE).is_empty());
        assert!(bench.findings.is_late);
    }

    /// Polarity: the more failures, the worse the finding, never the less.
    #[test]
    fn severity_rises_with_the_number_of_failures() {
        let severities: Vec<Severity> = [5, 19, 20, 79, 80, 500]
            .into_iter()
            .map(|failures| {
                let seen = Bench::new("per = [\"origin\"]").run(failures, 100);
                let worst = seen.iter().flatten().map(|finding| Severity::from_name(&finding.severity)).max();
                worst.unwrap()
            })
            .collect();
        assert!(severities.is_sorted());
        assert_eq!((severities[0], severities[5]), (Severity::Medium, Severity::Critical));
    }

    #[test]
    fn a_flood_of_names_evicts_and_does_not_grow() {
        let mut bench = Bench::new("");
        let before = bench.detector.words(0).unwrap().memory();
        for n in 0..20_000 {
            bench.see(&format!("user{n}"), "", Outcome::Failure, START + n);
        }
        assert_eq!(bench.detector.words(0).unwrap().memory(), before);
        assert!(bench.detector.evictions() > 0);
        let last = (0..5).map(|n| bench.see("alice", "", Outcome::Failure, START + 20_000 + n)).last().unwrap();
        assert_eq!(last, [found("account", "medium", 5)], "and still finds");
    }
}
