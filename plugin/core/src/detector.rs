//! Detectors: what is looked for. One file each: documentation, configuration, state, logic, tests.

use crate::detect::{Findings, Severity, Subject};
use crate::policy::Settings;
use crate::policy::option::{Kind, Opt};
use crate::sketch::Words;
use crate::time::{DAY, SECOND};

macro_rules! detectors {
    ($($module:ident),+ $(,)?) => {
        $(pub mod $module;)+
        /// Every detector, in the order they judge.
        pub static ALL: &[&Spec] = &[$(&$module::SPEC),+];
    };
}

detectors! {
    brute_force,
}

/// What is known of a detector without running it.
pub struct Spec {
    /// Its file's stem in kebab-case.
    pub id: &'static str,
    pub summary: &'static str,
    pub doc: &'static str,
    /// MITRE ATT&CK technique.
    pub technique: &'static str,
    pub options: &'static [Opt],
    /// How much of the memory budget it takes, in 64ths.
    pub share: usize,
    pub build: fn(&Settings, memory: usize) -> Box<dyn Detector>,
}

/// A detector at work.
pub trait Detector: Send {
    /// Looks at one event, in the order they come; adds what it finds.
    fn judge(&mut self, subject: &Subject<'_>, findings: &mut Findings);

    /// Its state, one sketch after the other.
    fn words(&mut self, index: usize) -> Option<&mut Words>;

    /// How many keys made room for others.
    fn evictions(&self) -> u64;
}

/// Options that every detector has.
pub const ENABLED: Opt = Opt::new("enabled", Kind::Bool, "true", "Whether it judges at all.");
pub const COOLDOWN: Opt =
    Opt::new("cooldown", Kind::Duration(0, 7 * DAY), "\"15m\"", "After an alert, quiet on the same key for so long, unless the count has doubled.");

/// The severity option with its default.
pub const fn severity(default: &'static str) -> Opt {
    Opt::new(
        "severity",
        Kind::Choice(Severity::NAMES),
        default,
        "The least severity of a finding; it rises as the count outgrows the threshold: one step at 4 times, two at 16 times.",
    )
}

/// The window option with its default.
pub const fn window(default: &'static str) -> Opt {
    Opt::new("window", Kind::Duration(SECOND, 7 * DAY), default, "How far back is counted, in event time; up to a fifteenth more is.")
}
