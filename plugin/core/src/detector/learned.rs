//! Detectors that report what a learner of the baselines found surprising, and count nothing of their own.

use super::{Detector, Spec};
use crate::detect::{Facts, Findings, Severity, Subject, baseline};
use crate::policy::Settings;
use crate::sketch::Words;
use crate::sketch::table::Table;

pub(super) struct Learned {
    /// Number of the learner.
    learner: usize,
    spec: &'static Spec,
    severity: Severity,
}

impl Learned {
    pub(super) fn new(learner: usize, spec: &'static Spec, settings: &Settings) -> Learned {
        Learned { learner, spec, severity: Severity::from_name(settings.text("severity")) }
    }
}

impl Detector for Learned {
    fn interest(&self) -> Facts {
        Facts::UNUSUAL
    }

    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings) {
        baseline::state(self.learner, self.spec, None, self.severity, subject, findings);
    }

    fn words(&mut self, _: usize) -> Option<&mut Words> {
        None
    }

    fn table(&self, _: usize) -> Option<&Table> {
        None
    }
}
