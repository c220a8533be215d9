//! Actions that hardly follow each other.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;

pub const ID: &str = "sequence";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An action that hardly follows the one before it, for the actor and for all.",
    doc: "Learns which actions of an actor (`action.name`) follow each other within an hour, for the actor and for all actors together (a Markov chain of order 1 with backoff). A transition that the actor never made is a finding where its chance is rare enough for the budget of alerts: of n transitions from the action before, with d kinds, anything new has d/(n+d), times the share that all actors have of this one, or of the action itself where nobody made it. It matters because jobs and interfaces act in few orders: whoever holds their credentials, or their bug, does not know them. Evaluated from 50 transitions of the actor from that action and 1,000 of all on. What is found is learned when it is repeated after a day. Blind spots: people whose work has no order, for whom nothing is rare; sequences of usual steps in a new order of three and more; actors whose places in memory collide begin anew. Tune the budget of alerts; exempt with `except`. Example: a deployment job that lists, puts and tags deletes a trail after a tag.",
    technique: "T1059",
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
    build: |settings, _, _| Box::new(Sequence::new(settings)),
};

struct Sequence {
    severity: Severity,
}

impl Sequence {
    fn new(settings: &Settings) -> Sequence {
        Sequence { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Sequence {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::SEQUENCE, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
