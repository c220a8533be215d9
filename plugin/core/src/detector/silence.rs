//! Sources and hosts that fall silent.

use super::{Attributes, Detector, ENABLED, Learns, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Subject, baseline};
use crate::option::{Kind, Opt};
use crate::pattern::Patterns;
use crate::policy::Settings;
use crate::severity::Severity;
use crate::time::{DAY, MINUTE};

pub const ID: &str = "silence";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "A source or host that reported regularly and has stopped.",
    doc: "Learns when up to 128 sources and hosts (`source`, `env.host`) report, by the arrival of records. A source or host is evaluated if it \
          reported in 200 minutes over seven days and was never silent for more than 36 hours in the last 28 days. It is a finding if it is silent for \
          longer than `after`, and so much longer than ever before that it is rare enough for `alerts_per_day` (`[baseline]`): twice as long adds two \
          bits. It matters because nothing else notices that somebody turned off logging, stopped an agent or disconnected a host. The finding is on \
          the next record of any kind, once until the source or host reports again. Time passes only while records arrive: an outage of the shipper, \
          or of all sources together, is not reported. Blind spots: the only source of a stream; more than 128 sources and hosts; a rate that falls \
          slowly. Tune `after`; here `only` and `except` name sources and hosts. Example: the audit log of a database, which was never silent for more \
          than 20 minutes, stops at 02:10.",
    technique: "T1562.008",
    options: &[
        ENABLED,
        Opt::new(
            "after",
            Kind::Duration(MINUTE, 7 * DAY),
            "\"1h\"",
            "Minimum time without a record.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding. Raised one level at 4 bits above the threshold, two levels at 8 bits.",
        ),
        flat_cooldown("\"1d\""),
        Opt::new(
            "only",
            Kind::Patterns,
            "[]",
            "Evaluate only these sources and hosts, with `*` for any text. Empty: all.",
        ),
        Opt::new(
            "except",
            Kind::Patterns,
            "[]",
            "Do not evaluate these sources and hosts, with `*` for any text.",
        ),
    ],
    share: 0,
    attributes: Attributes::LEARNED,
    build: |settings, _, _| Box::new(Silent::new(settings)),
};

struct Silent {
    severity: Severity,
    only: Patterns,
    except: Patterns,
}

impl Silent {
    fn new(settings: &Settings) -> Silent {
        let [only, except] = ["only", "except"].map(|key| Patterns::new(settings.list(key)));
        Silent { severity: Severity::from_name(settings.text("severity")), only, except }
    }
}

impl Detector for Silent {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn learns(&self) -> Learns {
        Learns::OfAll
    }

    fn filters(&self) -> bool {
        true
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let passes = |name: &[u8]| {
            (self.only.is_empty() || self.only.is_match(name)) && !self.except.is_match(name)
        };
        baseline::state_silence(&SPEC, false, self.severity, passes, subject, findings);
    }
}
