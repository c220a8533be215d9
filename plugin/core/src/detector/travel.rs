//! Two places of one person, too far apart for the time between them.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;

pub const ID: &str = "travel";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "A person at two places that are too far apart for the time between them.",
    doc: "Takes the place of a person (`actor.type` is `user`) from `origin.geo.lat` and `origin.geo.lon`, else from the middle of `origin.geo.country` and a radius that reaches its borders. An event from a network or country that is new to the actor, at least 500 km from the event before, and farther than `speed` allows for the time between, is a finding. Distances are lower bounds. It matters as a sign beside others, and is no alert of its own: low, medium with a client that is new as well; the detector `risk` adds it up. Quiet for networks that the record names (`origin.network`: VPN, relay, satellite), between places that are both known to the actor, for services, and for actors of fewer than five active days. Blind spots: an intruder in the same region; databases that place an address wrongly. Tune `speed`; exempt with `except`. Example: a sign-in from Brazil twenty minutes after work in Germany.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "speed",
            Kind::Whole(100, 100_000),
            "1000",
            "Kilometres an hour that are travelled at most.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"low\"",
            "Minimum severity of a finding; a step more with a client that is new as well.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    build: |settings, _, _| Box::new(Travel::new(settings)),
};

struct Travel {
    severity: Severity,
}

impl Travel {
    fn new(settings: &Settings) -> Travel {
        Travel { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Travel {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::TRAVEL, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
