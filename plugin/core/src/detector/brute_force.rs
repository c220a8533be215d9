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
        let Some(reading) = self.counts.count(subject.key.hash_as(scope, key), subject.time, 1) else {
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
        if !subject.is_failed_authentication() {
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
