//! Detectors: what is looked for. One file each: documentation, configuration, state, logic, tests.

pub use crate::detect::spec::{Attributes, Detector, Learns, Spec};

use crate::option::{Kind, Opt};
use crate::severity::Severity;
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

/// The detector with this id.
pub fn find(id: &[u8]) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.id.as_bytes() == id)
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
    "Evaluate only these actors: ids, names, mail addresses or roles, with `*` for any text. Empty: all. Failed sign-ins are always evaluated, whatever account they name.",
);
pub const EXCEPT: Opt = Opt::new(
    "except",
    Kind::Patterns,
    "[]",
    "Do not evaluate these actors: ids, names, mail addresses or roles, with `*` for any text. For a session of an AWS role, only the name or principal of the role is compared, because the user of the session chooses its name. Failed sign-ins are always evaluated, whatever account they name.",
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

/// The severity option of a detector of what is unusual for an actor.
pub const fn learned_severity(default: &'static str) -> Opt {
    Opt::new(
        "severity",
        Kind::Choice(Severity::NAMES),
        default,
        "Minimum severity of a finding. Raised one level at 4 bits above the threshold, two levels at 8 bits, and one more for an account that was inactive for 30 days.",
    )
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
