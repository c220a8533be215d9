//! Accounts that were inactive for long and act again.

use super::learned::Learned;
use super::{Attributes, ENABLED, EXCEPT, ONLY, Spec, flat_cooldown};
use crate::detect::{Facts, baseline, spec};
use crate::option::{Kind, Opt};
use crate::severity::Severity;
use crate::time::DAY;

pub const ID: &str = "dormant";

pub static SPEC: Spec = Spec {
    id: ID,
    summary: "An account that was inactive for a long time and becomes active again.",
    doc: "Learns on which days each actor is active. An account with at least three active days is inactive after `after` without activity, and at \
          least four times its usual gap between active days; its next action that is not refused is a finding. It matters because nobody watches the \
          accounts of people who left, of finished projects and of break-glass use, so that nobody notices an intruder there. The severity rises by \
          one level for a sensitive action (grant, configure, export, share, delete, approve, or any action on restricted data) and by another at an \
          hour of the week at which this person was never active. Blind spots: an account that was evicted from the actor table (after 180 days, or \
          when the table is full), one whose last activity is older than the first record, and one that a job keeps active. Tune `after`; list \
          accounts that are inactive on purpose in `except`. Example: a recruiter's account that nobody used for 44 days exports candidates' records \
          at three in the morning: critical.",
    technique: "T1078",
    options: &[
        ENABLED,
        Opt::new(
            "after",
            Kind::Duration(DAY, 365 * DAY),
            "\"30d\"",
            "Time without activity after which an account is inactive.",
        ),
        Opt::new(
            "severity",
            Kind::Choice(Severity::NAMES),
            "\"medium\"",
            "Minimum severity of a finding. Raised one level for a sensitive action, and one for an unusual hour.",
        ),
        flat_cooldown("\"1d\""),
        ONLY,
        EXCEPT,
    ],
    share: 0,
    attributes: Attributes::LEARNED.with_pattern("RARE").needing(&[spec::ACTOR]),
    build: |settings, _, _| {
        Learned {
            spec: &SPEC,
            learner: baseline::DORMANT,
            evaluates: Facts::ANY,
            reason: baseline::dormant::write,
        }
        .build(settings)
    },
};
