//! Detectors: what is looked for. One file each: documentation, configuration, state, logic, tests.

use crate::detect::{Facts, Findings, Severity, Subject};
use crate::policy::option::{Kind, Opt};
use crate::policy::{Policy, Settings};
use crate::sketch::Words;
use crate::sketch::table::Table;
use crate::time::{DAY, SECOND};

macro_rules! detectors {
    ($($module:ident),+ $(,)?) => {
        $(pub mod $module;)+
        /// Every detector, in the order they evaluate. New ones are appended: snapshots know them by their places.
        pub static ALL: &[&Spec] = &[$(&$module::SPEC),+];
        /// Their ids, as the policy names them.
        pub const IDS: &[&str] = &[$($module::ID),+];
    };
}

#[cfg(test)]
mod forged;

detectors! {
    brute_force,
    password_spray,
    credential_stuffing,
    fail_then_success,
    volume,
    mass_change,
    error_rate,
    watch,
    off_hours,
    rules,
    new_value,
    dormant,
    takeover,
    travel,
    scope,
    sequence,
    silence,
    risk,
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
    /// How much of `budget.memory` it takes, in 64ths; 0 where it keeps nothing beside the baselines.
    pub share: usize,
    pub build: fn(&Settings, policy: &Policy, memory: usize) -> Box<dyn Detector>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// A detector at work.
pub trait Detector: Send {
    /// Which events it looks at: those of which any of these holds. None where it has nothing to look for.
    fn interest(&self) -> Facts;

    /// Looks at one event, in the order they come; adds what it finds.
    fn evaluate(&mut self, subject: &Subject<'_>, findings: &mut Findings);

    /// Evaluates what the others found, when they are through.
    fn is_last(&self) -> bool {
        false
    }

    /// Its `only` and `except` name something else than actors, and it applies them itself.
    fn filters(&self) -> bool {
        false
    }

    /// Its state, one sketch after the other.
    fn words(&mut self, index: usize) -> Option<&mut Words>;

    /// Its tables of keys, one after the other.
    fn table(&self, index: usize) -> Option<&Table>;
}

/// Options that every detector has.
pub const ENABLED: Opt = Opt::new("enabled", Kind::Bool, "true", "Whether it evaluates at all.");
pub const COOLDOWN: Opt = Opt::new(
    "cooldown",
    Kind::Duration(0, 7 * DAY),
    "\"15m\"",
    "After an alert, quiet on the same key for so long, unless the count has doubled.",
);

pub const ONLY: Opt = Opt::new(
    "only",
    Kind::Patterns,
    "[]",
    "Evaluates these actors alone: ids, names, mail addresses or roles, with `*` for any text.",
);
pub const EXCEPT: Opt = Opt::new(
    "except",
    Kind::Patterns,
    "[]",
    "Does not evaluate these actors. Of a session of an AWS role, whose name its bearer chooses, only the role's name or principal matches.",
);

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
    Opt::new(
        "window",
        Kind::Duration(SECOND, 7 * DAY),
        default,
        "How far back is counted, in event time; up to a fifteenth more is.",
    )
}

/// The severity option of a detector whose findings do not grow.
pub const fn flat_severity(default: &'static str) -> Opt {
    Opt::new("severity", Kind::Choice(Severity::NAMES), default, "How severe a finding is.")
}

/// The cooldown option of a detector whose findings do not grow.
pub const fn flat_cooldown(default: &'static str) -> Opt {
    Opt::new(
        "cooldown",
        Kind::Duration(0, 7 * DAY),
        default,
        "After a finding, quiet on the same key for so long.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Snapshots keep findings with the places of their detectors.
    #[test]
    fn detectors_keep_their_places() {
        let first = [
            "brute-force",
            "password-spray",
            "credential-stuffing",
            "fail-then-success",
            "volume",
            "mass-change",
            "error-rate",
            "watch",
            "off-hours",
            "rules",
        ];
        assert_eq!(IDS[..10], first);
    }

    #[test]
    fn every_detector_has_the_options_that_all_have() {
        for spec in ALL {
            for key in ["enabled", "severity", "cooldown", "only", "except"] {
                assert!(
                    spec.options.iter().any(|option| option.key == key),
                    "{} has no `{key}`",
                    spec.id
                );
            }
            let mut of_baselines = IDS.iter().skip_while(|id| **id != new_value::ID);
            assert!(spec.share > 0 || of_baselines.any(|id| *id == spec.id));
            assert!(spec.technique.starts_with('T') && !spec.summary.is_empty(), "{}", spec.id);
        }
    }
}
