//! Unusual values of metrics.

use super::{Attributes, Detector, ENABLED, EXCEPT, Learns, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Subject, baseline};
use crate::option::{Kind, Opt};
use crate::severity::Severity;

pub const ID: &str = "metric";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "A value of a metric that is unusual for its actor, service or host.",
    doc: "Learns the values of each `[[metric]]` of the policy for each entity as quantiles, within 20 %, from 0.001 to 2.7e11. An entity is evaluated \
          once it has 50 values on five days. A value is a finding if it is so far beyond the values seen that it is rare enough for `alerts_per_day` \
          (`[baseline]`), of which metrics get a quarter. A value beyond all that were seen adds 1 to 8 bits for each factor of two, the more the less \
          values vary. It matters because resource use that does not fit the work, such as a query that returns a thousand times the rows, a session of \
          twelve hours or a processor at its limit, often is the only trace. A surprising value is learned when it is repeated after a day. Without a \
          `[[metric]]` the detector does nothing and costs nothing. Blind spots: values that rise slowly; sums over several records; negative numbers, \
          which count as the least value. Tune `alerts_per_day` and the metrics themselves; exempt with `except`. Example: the nightly export of a \
          service account takes 4 GB in place of 30 MB.",
    technique: "T1496",
    options: &[
        ENABLED,
        Opt::new(
            "memory",
            Kind::Size(16 << 10, 1 << 30),
            "\"256 KiB\"",
            "Maximum memory for metrics, in addition to `budget.memory` and `baseline.memory`; about 140 bytes for each metric of each entity.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding. Raised one level at 4 bits above the threshold, two levels at 8 bits.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    attributes: Attributes { is_narrow: true, ..Attributes::LEARNED },
    build: |settings, policy, _| {
        Box::new(Unusual {
            severity: Severity::from_name(settings.text("severity")),
            has_metrics: !policy.metrics.is_empty(),
        })
    },
};

struct Unusual {
    severity: Severity,
    has_metrics: bool,
}

impl Detector for Unusual {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn learns(&self) -> Learns {
        if self.has_metrics { Learns::OfAll } else { Learns::Nothing }
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state_metric(&SPEC, self.severity, subject, findings);
    }
}
