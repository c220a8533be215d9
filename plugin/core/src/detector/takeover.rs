//! Accounts that somebody else uses beside their owner.

use super::{Detector, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;

pub const ID: &str = "takeover";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An account used from a new network with a new client, while its owner works elsewhere or right before an act that matters.",
    doc: "Watches an actor for a day from the first event of a network (autonomous system, else /24 or /48) and a client that are both new to it; where clients are not known, of a network and a country. Three signs make that a finding, once the bits of the new values and theirs reach the threshold of `[baseline]`: the owner was active in a known network within the last hour (3 bits), the act matters (grant, configure, export, share, delete, approve, restricted data; 3 bits), the session or credential is the one the owner uses (`actor.session`; 4 bits). Two signs raise the severity by a step. It matters because a stolen token or session passes every check of passwords and factors: only the two places give it away. Networks that the record names (`origin.network`: VPN, relay, private endpoint) are nobody's place. A change of network alone (VPN, train, plane, home) never fires, nor does a new client in a known network. Blind spots: an intruder in the owner's network, or with the owner's client; actors of fewer than five active days. Tune the budget of alerts; exempt test accounts with `except`. Example: a token used with `python-requests` from a hosting provider while its owner reads mail in the office.",
    technique: "T1078.004",
    options: &[
        ENABLED,
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"high\"",
            "Minimum severity of a finding; two signs raise it by a step.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    build: |settings, _, _| Box::new(Takeover::new(settings)),
};

struct Takeover {
    severity: Severity,
}

impl Takeover {
    fn new(settings: &Settings) -> Takeover {
        Takeover { severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Takeover {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(baseline::TAKEOVER, &SPEC, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
