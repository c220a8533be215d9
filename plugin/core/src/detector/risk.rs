//! Many small findings on one actor.

use super::{Attributes, Detector, ENABLED, EXCEPT, Learns, ONLY, Spec, flat_cooldown};
use crate::detect::baseline::{self, Reason};
use crate::detect::spec;
use crate::detect::{Facts, Findings, Subject};
use crate::option::{Kind, Opt};
use crate::policy::Settings;
use crate::severity::Severity;
use crate::time::DAY;

pub const ID: &str = "risk";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "Several findings on one actor that add up.",
    doc: "Adds up the findings of all other detectors on one actor: 0.5, 2, 5, 9 and 14 bits for `info`, `low`, `medium`, `high` and `critical`. A \
          further finding of a detector that is already part of the sum adds a quarter, and only if it is `high` or `critical`. The sum halves every \
          `half_life`. It is a finding if the sum is at least `bits` and comes from at least two detectors: once per cooldown, or when the sum has \
          doubled. From twice `bits` on, the severity is one level higher. It matters because a careful intruder, or a person about to leave, causes \
          several small findings that nobody looks at one by one. Findings on failed sign-ins do not count: attempts by others are no risk of the \
          account's owner. Blind spots: attacks spread over several accounts or over many half-lives. Tune `bits` and `half_life`; exempt test \
          accounts with `except`. Example: travel (low), a new client (medium), an unusual hour (medium) and a takeover (high) within three days.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new("bits", Kind::Whole(4, 500), "16", "Threshold: sum of bits of one actor."),
        Opt::new("half_life", Kind::Duration(DAY, 90 * DAY), "\"7d\"", "Half-life of the sum."),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"high\"",
            "Minimum severity of a finding. Raised one level from twice `bits` on.",
        ),
        flat_cooldown("\"7d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    attributes: Attributes { is_sum: true, needs: &[spec::ACTOR], ..Attributes::LEARNED },
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

    fn learns(&self) -> Learns {
        Learns::OfActor(Facts::ANY)
    }

    fn is_last(&self) -> bool {
        true
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let of = (baseline::RISK, &SPEC, baseline::risk::write as Reason);
        baseline::state(of, None, self.severity, subject, findings);
    }
}
