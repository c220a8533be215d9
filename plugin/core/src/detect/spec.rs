//! Detectors as the rest knows them: their description, and what they do with an event.

use super::{Facts, Findings, Subject};
use crate::event::Field;
use crate::option::Opt;
use crate::policy::{Policy, Settings};
use crate::sketch::Visit;
use std::collections::BTreeMap;

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

/// Fields by which an actor, an origin and a target are known, as detectors need them.
pub const ACTOR: &[Field] =
    &[Field::ActorName, Field::ActorId, Field::ActorPerson, Field::ActorRole];
pub const ORIGIN: &[Field] = &[Field::OriginIp, Field::OriginHost];
pub const TARGET: &[Field] = &[Field::TargetId, Field::TargetName];
pub const ADDRESS: &[Field] = &[Field::OriginIp];
pub const PLACE: &[Field] = &[Field::OriginCountry, Field::OriginLat];
pub const ACTION: &[Field] = &[Field::ActionName];
pub const ACTOR_TYPE: &[Field] = &[Field::ActorType];

/// Properties of a detector that other parts ask for.
#[derive(Clone, Copy, Debug)]
pub struct Attributes {
    /// It evaluates by baselines alone.
    pub is_learned: bool,
    /// It reports by counts and rules of its own, whatever a baseline has learned.
    pub is_counting: bool,
    /// It evaluates what the policy lists or one kind of event, not whatever a source records.
    pub is_narrow: bool,
    /// Fields that it needs: of each list, one. Records without them are counted in the status.
    pub needs: &'static [&'static [Field]],
    /// It evaluates failed sign-ins alone: the actor of a finding is a name that somebody tried.
    pub is_of_tried_names: bool,
    /// A finding on a service, host or source says that this fails: the changes before it may be the cause.
    pub is_of_failures: bool,
    /// It adds up the findings of other detectors.
    pub is_sum: bool,
    /// Pattern that it looks for, as OCSF names it; none where it looks for several.
    pub pattern: Option<&'static str>,
    /// Options with thresholds that `auditward tune` scales; and those it scales only if the policy sets them, because that turns their learned part off.
    pub scaled: &'static [&'static str],
    pub scaled_if_set: &'static [&'static str],
}

impl Attributes {
    pub const NONE: Attributes = Attributes {
        is_learned: false,
        is_counting: false,
        is_narrow: false,
        needs: &[],
        is_of_tried_names: false,
        is_of_failures: false,
        is_sum: false,
        pattern: None,
        scaled: &[],
        scaled_if_set: &[],
    };
    /// Of a detector that evaluates by baselines alone.
    pub const LEARNED: Attributes = Attributes { is_learned: true, ..Attributes::NONE };

    /// Of a detector that evaluates by counts and rules of its own.
    pub const COUNTING: Attributes = Attributes { is_counting: true, ..Attributes::NONE };
    /// Of a detector that evaluates what the policy lists, or one kind of event.
    pub const NARROW: Attributes = Attributes { is_narrow: true, ..Attributes::NONE };

    /// Needing of each list of fields one.
    pub(crate) const fn needing(self, needs: &'static [&'static [Field]]) -> Attributes {
        Attributes { needs, ..self }
    }

    /// With a pattern, as OCSF names it.
    pub(crate) const fn with_pattern(self, pattern: &'static str) -> Attributes {
        Attributes { pattern: Some(pattern), ..self }
    }
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

    /// Lists its sketches. Snapshots know them by their ids.
    fn sketches<'a>(&'a mut self, _visit: Visit<'_, 'a>) {}

    /// Its rules, one after the other: the id of each, and its findings since the start.
    fn rule(&self, _index: usize) -> Option<(&str, u64)> {
        None
    }

    /// Takes over findings of rules by their ids, from before a change of the policy.
    fn take_over(&mut self, _fired: &BTreeMap<String, u64>) {}
}
