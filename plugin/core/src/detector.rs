//! Detectors: what is looked for. One file each: documentation, configuration, state, logic, tests.

use crate::detect::{Facts, Findings, Severity, Subject};
use crate::policy::option::{Kind, Opt};
use crate::policy::{Policy, Settings};
use crate::sketch::Words;
use crate::sketch::table::Table;
use crate::time::{DAY, SECOND};
use std::collections::BTreeMap;

macro_rules! detectors {
    ($($module:ident),+ $(,)?) => {
        $(pub mod $module;)+
        /// Every detector, in the order they evaluate. New ones are appended: snapshots know them by their places.
        pub static ALL: &[&Spec] = &[$(&$module::SPEC),+];
        /// Their ids, as the policy names them.
        pub const IDS: &[&str] = &[$($module::ID),+];
    };
}

mod learned;

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
    audit_tamper,
    metric,
}

/// Static description of a detector.
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
    pub attributes: Attributes,
    pub build: fn(&Settings, policy: &Policy, memory: usize) -> Box<dyn Detector>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// Properties of a detector that other parts ask for.
#[derive(Clone, Copy, Debug)]
pub struct Attributes {
    /// It evaluates by baselines alone.
    pub is_learned: bool,
    /// It evaluates failed sign-ins alone: the actor of a finding is a name that somebody tried.
    pub is_of_tried_names: bool,
    /// A finding on a service, host or source says that this fails: the changes before it may be the cause.
    pub is_of_failures: bool,
    /// Pattern that it looks for, as OCSF names it; none where it looks for several.
    pub pattern: Option<&'static str>,
    /// Options with thresholds that `auditward tune` scales; and those it scales only if the policy sets them, because that turns their learned part off.
    pub scaled: &'static [&'static str],
    pub scaled_if_set: &'static [&'static str],
}

impl Attributes {
    pub const NONE: Attributes = Attributes {
        is_learned: false,
        is_of_tried_names: false,
        is_of_failures: false,
        pattern: None,
        scaled: &[],
        scaled_if_set: &[],
    };
    /// Of a detector that evaluates by baselines alone.
    pub const LEARNED: Attributes = Attributes { is_learned: true, ..Attributes::NONE };

    /// With a pattern, as OCSF names it.
    const fn with_pattern(self, pattern: &'static str) -> Attributes {
        Attributes { pattern: Some(pattern), ..self }
    }
}

/// The detector with this id.
pub fn find(id: &[u8]) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.id.as_bytes() == id)
}

/// Events that a baseline evaluates and learns from for a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learns {
    Nothing,
    /// Those of any of these facts that are held against the baseline of their actor.
    OfActor(Facts),
    /// All, whoever acted.
    OfAll,
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

    /// Events that a baseline evaluates for it: it looks only at those that are unusual by that.
    fn learns(&self) -> Learns {
        Learns::Nothing
    }

    /// Its state, one sketch after the other.
    fn words(&mut self, index: usize) -> Option<&mut Words>;

    /// Its tables of keys, one after the other.
    fn table(&self, index: usize) -> Option<&Table>;

    /// Its rules, one after the other: the id of each, and its findings since the start.
    fn rule(&self, _index: usize) -> Option<(&str, u64)> {
        None
    }

    /// Takes over findings of rules by their ids, from before a change of the policy.
    fn take_over(&mut self, _fired: &BTreeMap<String, u64>) {}
}

/// Options that every detector has.
pub const ENABLED: Opt =
    Opt::new("enabled", Kind::Bool, "true", "Enable or disable this detector.");
pub const COOLDOWN: Opt = Opt::new(
    "cooldown",
    Kind::Duration(0, 7 * DAY),
    "\"15m\"",
    "Time after an alert during which the same entity does not alert again, unless the count has doubled. While the cause lasts, the time doubles with each alert, up to a day, and the reason ends with `continuing`.",
);

pub const ONLY: Opt = Opt::new(
    "only",
    Kind::Patterns,
    "[]",
    "Evaluate only these actors: ids, names, mail addresses or roles, with `*` for any text. Empty: all. A failed sign-in is evaluated whatever name it tries.",
);
pub const EXCEPT: Opt = Opt::new(
    "except",
    Kind::Patterns,
    "[]",
    "Do not evaluate these actors: ids, names, mail addresses or roles, with `*` for any text. For a session of an AWS role, only the name or principal of the role is compared, because the user of the session chooses its name. A failed sign-in is evaluated whatever name it tries.",
);

/// The severity option with its default.
pub const fn severity(default: &'static str) -> Opt {
    Opt::new(
        "severity",
        Kind::Choice(Severity::NAMES),
        default,
        "Minimum severity of a finding. Raised one level when the count reaches 4 times the threshold, two levels at 16 times.",
    )
}

/// The window option with its default.
pub const fn window(default: &'static str) -> Opt {
    Opt::new(
        "window",
        Kind::Duration(SECOND, 7 * DAY),
        default,
        "Length of the sliding window, in event time. Windows are kept in buckets, so the effective window can be up to 1/15 (7 %) longer.",
    )
}

/// The severity option of a detector whose findings do not grow.
pub const fn flat_severity(default: &'static str) -> Opt {
    Opt::new("severity", Kind::Choice(Severity::NAMES), default, "Severity of a finding.")
}

/// The cooldown option of a detector whose findings do not grow.
pub const fn flat_cooldown(default: &'static str) -> Opt {
    Opt::new(
        "cooldown",
        Kind::Duration(0, 7 * DAY),
        default,
        "Time after a finding during which the same entity is not reported again.",
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
            let is_of_baselines = spec.attributes.is_learned || spec.id == audit_tamper::ID;
            assert!(spec.share > 0 || is_of_baselines);
            assert!(spec.technique.starts_with('T') && !spec.summary.is_empty(), "{}", spec.id);
        }
    }
}
