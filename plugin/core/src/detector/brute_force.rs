//! Many failures against one account, or from one origin.

use super::{COOLDOWN, Detector, ENABLED, EXCEPT, ONLY, Spec, severity, window};
use crate::detect::threshold::{Pace, Reason, Said, Threshold};
use crate::detect::{Facts, Findings, Subject};
use crate::event::Slot;
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;

pub const ID: &str = "brute-force";

pub static SPEC: Spec = Spec {
    id: ID,
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
        ONLY,
        EXCEPT,
    ],
    share: 12,
    build: |settings, _, memory| Box::new(BruteForce::new(settings, memory)),
};

struct BruteForce {
    per_account: bool,
    per_origin: bool,
    failures: Threshold<4>,
}

impl BruteForce {
    fn new(settings: &Settings, memory: usize) -> BruteForce {
        let ids = ["brute-force.counts", "brute-force.evidence"];
        BruteForce {
            per_account: settings.has("per", "account"),
            per_origin: settings.has("per", "origin"),
            failures: Threshold::new(ids, settings.number("failures"), settings.number("window"), Pace::new(settings), memory),
        }
    }

    fn judge_key(&mut self, role: &'static str, name: &[u8], key: u64, subject: &Subject<'_>, findings: &mut Findings) {
        if name.is_empty() {
            return;
        }
        let what = if role == "account" { " failed authentications against account '" } else { " failed authentications from origin '" };
        let said = Said { detector: &SPEC, technique: None, role, key: name, reason: Reason::Count(what) };
        self.failures.count(key, subject.times(), subject, findings, &said);
    }
}

impl Detector for BruteForce {
    fn interest(&self) -> Facts {
        Facts::FAILED_LOGIN
    }

    fn judge(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        if self.per_account {
            let account = subject.account();
            self.judge_key("account", account, subject.account_key(account), subject, findings);
        }
        if self.per_origin {
            let origin = subject.text(Slot::OriginIp);
            self.judge_key("origin", origin, subject.origin_key(origin), subject, findings);
        }
    }

    fn words(&mut self, index: usize) -> Option<&mut Words> {
        self.failures.words(index)
    }

    fn table(&self, index: usize) -> Option<&Table> {
        (index == 0).then(|| self.failures.table())
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::Severity;
    use crate::detect::bench::{Bench, Made, START, Stated, found};
    use crate::event::Outcome;
    use crate::note::Note;
    use crate::time::{MINUTE, Millis, SECOND};

    fn bench(options: &str) -> Bench {
        Bench::new("brute-force", options)
    }

    /// Failures of one account from one origin, so far apart; what was found on each.
    fn run(bench: &mut Bench, failures: usize, apart: Millis) -> Vec<Vec<Stated>> {
        (0..failures).map(|n| bench.see(Made::login("alice", "203.0.113.7", Outcome::Failure), START + n as Millis * apart)).collect()
    }

    #[test]
    fn fires_at_the_threshold_once_for_account_and_origin() {
        let seen = run(&mut bench(""), 6, SECOND);
        assert!(seen[..4].iter().all(Vec::is_empty));
        assert_eq!(seen[4], [found("account", "medium", 5), found("origin", "medium", 5)]);
        assert!(seen[5].is_empty(), "said once");
    }

    #[test]
    fn keeps_quiet_where_failures_are_few_or_far_apart() {
        assert!(run(&mut bench(""), 4, SECOND).iter().all(Vec::is_empty));
        assert!(run(&mut bench(""), 40, 2 * MINUTE).iter().all(Vec::is_empty), "five in eight minutes are not five in five");
    }

    #[test]
    fn success_and_other_actions_are_no_failures() {
        let mut bench = bench("");
        for n in 0..50 {
            assert!(bench.see(Made::login("alice", "203.0.113.7", Outcome::Success), START + n).is_empty());
        }
    }

    #[test]
    fn many_people_behind_one_address_who_mistype_once_are_found_only_by_origin() {
        let mut bench = bench("per = [\"account\"]");
        for n in 0..50 {
            assert!(bench.see(Made::login(&format!("user{n}"), "203.0.113.7", Outcome::Failure), START + n).is_empty());
        }
    }

    #[test]
    fn one_account_from_many_addresses_is_found() {
        let mut bench = bench("");
        let last = (0..5).map(|n| bench.see(Made::login("alice", &format!("203.0.113.{n}"), Outcome::Denied), START + n)).last().unwrap();
        assert_eq!(last, [found("account", "medium", 5)]);
    }

    #[test]
    fn speaks_again_when_the_count_doubles_and_after_the_cooldown_more_severely_the_more_there_are() {
        let seen = run(&mut bench("per = [\"account\"]\ncooldown = \"1h\""), 160, SECOND);
        let said: Vec<(usize, &Stated)> = seen.iter().enumerate().flat_map(|(n, findings)| findings.iter().map(move |finding| (n + 1, finding))).collect();
        let expected = [(5, "medium"), (10, "medium"), (20, "high"), (40, "high"), (80, "critical"), (160, "critical")];
        assert_eq!(said.len(), expected.len());
        for ((n, finding), (at, severity)) in said.into_iter().zip(expected) {
            assert_eq!((n, finding), (at, &found("account", severity, at as u64)));
        }
        let seen = run(&mut bench("per = [\"account\"]\ncooldown = \"10m\""), 30, MINUTE);
        let said: Vec<usize> = (0..30).filter(|&n| !seen[n].is_empty()).collect();
        assert_eq!(said, [4, 14, 24], "a steady attack is said again after each cooldown");
    }

    #[test]
    fn order_does_not_matter_within_the_window_and_what_is_older_does_not_reopen_it() {
        let mut bench = bench("per = [\"account\"]");
        let seconds = [240, 0, 180, 60, 120];
        let last = seconds.map(|second| bench.see(Made::login("alice", "", Outcome::Failure), START + second * SECOND));
        assert_eq!(last[4], [found("account", "medium", 5)]);
        assert!(bench.see(Made::login("alice", "", Outcome::Failure), START - 60 * MINUTE).is_empty());
        assert!(bench.notes.has(Note::Late));
    }

    /// Polarity: the more failures, the worse the finding, never the less.
    #[test]
    fn severity_rises_with_the_number_of_failures() {
        let severities: Vec<Severity> = [5, 19, 20, 79, 80, 500]
            .into_iter()
            .map(|failures| {
                let seen = run(&mut bench("per = [\"origin\"]"), failures, 100);
                let worst = seen.iter().flatten().map(|finding| Severity::from_name(&finding.severity)).max();
                worst.unwrap()
            })
            .collect();
        assert!(severities.is_sorted());
        assert_eq!((severities[0], severities[5]), (Severity::Medium, Severity::Critical));
    }

    #[test]
    fn a_flood_of_names_evicts_and_does_not_grow() {
        let mut bench = bench("");
        let before = bench.detect.memory();
        for n in 0..20_000 {
            bench.see(Made::login(&format!("user{n}"), "", Outcome::Failure), START + n);
        }
        assert_eq!(bench.detect.memory(), before);
        assert!(bench.detect.evictions() > 0);
        let last = (0..5).map(|n| bench.see(Made::login("alice", "", Outcome::Failure), START + 20_000 + n)).last().unwrap();
        assert_eq!(last, [found("account", "medium", 5)], "and still finds");
    }
}
