//! Values that are new to an actor: another network, country, client, service, action or target.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;

pub const ID: &str = "new-value";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An actor from a network or country, with a client, or in a service, action or type of target that are new to it.",
    doc: "Learns which values each actor has (people and workloads alike, a role for its sessions): the origin's autonomous system, else its /24 or /48, its \
          country, the client by its name without version, the service, the class of action, the type of target. How surprising a new one is follows from how \
          long the actor was active without one, and how many others have it: in minutes of activity, n with d values make a new one as likely as d/(n+d). Of \
          values that are new together the most surprising counts, and half of the others. It is a finding from the threshold of `[baseline]` on, where \
          `bits` says by how much: normal traffic has one of b bits in 2^b minutes. Fewer than a hundred minutes of activity find nothing.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "The least severity of a finding; it rises at 4 and at 8 bits above the threshold, and for an account that was silent for 30 days.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    build: |settings, _, _| Box::new(NewValue::new(settings)),
};

struct NewValue {
    severity: Severity,
}

impl NewValue {
    fn new(settings: &Settings) -> NewValue {
        NewValue { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for NewValue {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::NEW_VALUE, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
