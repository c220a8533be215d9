//! Detectors that report what a learner of the baselines found surprising, and count nothing of their own.

use super::{Detector, Learns, Spec};
use crate::detect::baseline::{self, Reason};
use crate::detect::{Facts, Findings, Subject};
use crate::policy::Settings;
use crate::severity::Severity;

pub(super) struct Learned {
    pub(super) spec: &'static Spec,
    /// Number of the learner.
    pub(super) learner: usize,
    /// Facts of the events that it evaluates.
    pub(super) evaluates: Facts,
    pub(super) reason: Reason,
}

impl Learned {
    /// At work, with the severity of its settings.
    pub(super) fn build(self, settings: &Settings) -> Box<dyn Detector> {
        let severity = Severity::from_name(settings.text("severity"));
        Box::new(Stating { of: self, severity })
    }
}

struct Stating {
    of: Learned,
    severity: Severity,
}

impl Detector for Stating {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn learns(&self) -> Learns {
        Learns::OfActor(self.of.evaluates)
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        let Learned { learner, spec, reason, .. } = self.of;
        baseline::state((learner, spec, reason), None, self.severity, subject, findings);
    }
}
