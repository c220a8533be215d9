//! Many small findings on one actor.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;
use crate::time::DAY;

pub const ID: &str = "risk";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Findings of several detectors on one actor that add up.",
    doc: "Adds up what all other detectors find on an actor: 0.5, 2, 5, 9 and 14 bits for findings from `info` to `critical`, of a detector that is part of the sum already only a quarter, and only from `high` on. Half of the sum is forgotten every `half_life`. From `bits` on, and from two detectors on, it is a finding, once a cooldown or when the sum has doubled; from twice `bits` on it is a step more severe. It matters because a careful intruder, or a person about to leave, is a series of small findings, none of which is looked at. Failed logins do not count: what others try is no risk of the account's owner. Blind spots: attacks spread over several accounts or over many half-lives. Tune `bits` and `half_life`; exempt test accounts with `except`. Example: travel (low), a new client (medium), an unusual hour (medium) and a takeover (high) within three days.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new("bits", Kind::Whole(4, 500), "16", "Sum from which on there is a finding."),
        Opt::new(
            "half_life",
            Kind::Duration(DAY, 90 * DAY),
            "\"7d\"",
            "Time after which half of a sum is forgotten.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"high\"",
            "Minimum severity of a finding; a step more from twice `bits` on.",
        ),
        flat_cooldown("\"7d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    build: |settings, _, _| Box::new(Risk::new(settings)),
};

struct Risk {
    severity: Severity,
}

impl Risk {
    fn new(settings: &Settings) -> Risk {
        Risk { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Risk {
    fn interest(&self) -> Facts {
        Facts::NONE
    }

    fn is_last(&self) -> bool {
        true
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::RISK, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
