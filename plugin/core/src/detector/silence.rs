//! Sources and hosts that fall silent.

use super::{Detector, ENABLED, Spec, flat_cooldown};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::pattern::Patterns;
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::sketch::table::Table;
use crate::time::{DAY, MINUTE};

pub const ID: &str = "silence";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "A source or host that always reports, and has fallen silent.",
    doc: "Learns of up to 128 sources and hosts (`source`, `env.host`) when they report, as records arrive. One that reported in 200 minutes over seven days, and was never silent for more than 36 hours in the last 28 days, is a finding when it is silent for longer than `after` and for so much longer than ever that the budget of alerts allows it: twice as long is two bits more. It matters because whoever turns off logging, stops an agent or cuts a host off is seen by nothing else. It is found on the next record of any kind, and stated once, until the entity reports again. Time passes only while something is logged: an outage of the shipper, or of all sources together, silences nobody. Blind spots: the only source of a stream; more entities than there is room for; slow thinning out. Tune `after`; `only` and `except` name sources and hosts here. Example: the audit log of a database, which never was silent for more than 20 minutes, stops at 02:10.",
    technique: "T1562.008",
    options: &[
        ENABLED,
        Opt::new(
            "after",
            Kind::Duration(MINUTE, 7 * DAY),
            "\"1h\"",
            "Time without a record below which nothing is a finding.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding; it rises at 4 and at 8 bits above the threshold.",
        ),
        flat_cooldown("\"1d\""),
        Opt::new(
            "only",
            Kind::Patterns,
            "[]",
            "Evaluates these sources and hosts alone, with `*` for any text.",
        ),
        Opt::new("except", Kind::Patterns, "[]", "Does not evaluate these sources and hosts."),
    ],
    share: 0,
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

    fn filters(&self) -> bool {
        true
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let passes = |name: &[u8]| {
            (self.only.is_empty() || self.only.is_match(name)) && !self.except.is_match(name)
        };
        baseline::state_silence(&SPEC, self.severity, passes, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
