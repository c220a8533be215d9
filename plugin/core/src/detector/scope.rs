//! Actors that touch many more targets than they do usually.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;

pub const ID: &str = "scope";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An actor that touches many more distinct targets in a day than it does usually.",
    doc: "Counts the distinct targets (`target.id`, else `target.name`) that an actor reads, lists, exports, shares, updates, deletes or executes in a day, in 64 bits (within a fifth up to 100, at most 266), and holds them against the actor's own days and what all actors reach: from 12 on, a count that is rare enough for the budget of alerts is a finding. It matters because who looks around in records, repositories or buckets that are none of its work rarely takes many from one place. A day that is a finding is not learned unless the next one is a finding too. Blind spots: actors that touch more than 200 targets on most days; one more target a day, for months. Tune the budget of alerts; exempt crawlers and backups with `except`. Example: a clerk who opens six patients' charts a day opens forty.",
    technique: "T1213",
    options: &[
        ENABLED,
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding; it rises at 4 and at 8 bits above the threshold, and for an account that was silent for 30 days.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    build: |settings, _, _| Box::new(Scope::new(settings)),
};

struct Scope {
    severity: Severity,
}

impl Scope {
    fn new(settings: &Settings) -> Scope {
        Scope { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Scope {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::SCOPE, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
