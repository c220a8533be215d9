//! Accounts that were inactive for long and act again.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;
use crate::time::DAY;

pub const ID: &str = "dormant";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An account that was inactive for long and acts again.",
    doc: "Learns on which days each actor is active. An account with at least three active days that did nothing for `after`, and for four times what usually lies between two of its active days, is a finding when it acts again and is not refused. It matters because accounts of people who left, of finished projects and of break-glass use are watched by nobody: what an intruder does with them looks like nobody's. The severity rises by a step for an act that matters (grant, configure, export, share, delete, approve, or anything on restricted data) and by another at an hour of the week at which a person was never active. Blind spots: an account that the table of actors has given up (after 180 days, or among more actors than there is room for), one that is older than the first record, and one kept warm by a job. Tune `after`; name accounts that wait on purpose in `except`. Example: a recruiter's account that nobody used for 44 days exports candidates' records at three in the morning: critical.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "after",
            Kind::Duration(DAY, 365 * DAY),
            "\"30d\"",
            "Days without activity from which on an account is inactive.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding; it rises for acts that matter and for unusual hours.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    build: |settings, _, _| Box::new(Dormant::new(settings)),
};

struct Dormant {
    severity: Severity,
}

impl Dormant {
    fn new(settings: &Settings) -> Dormant {
        Dormant { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Dormant {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::DORMANT, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
