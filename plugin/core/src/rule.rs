//! Rules: what is flagged, as data. A rule is a condition over fields of the audit record and of the original record; with a threshold or as a sequence it
//! is counted per entity.
//!
//! Rules are found by the kind of the record, so that a record pays for one lookup and for the few rules that could match it.

pub mod condition;
pub mod pieces;
pub mod read;
pub mod record;
pub mod spelling;
pub mod texts;

use crate::entity::Entity;
use crate::event::Field;
use crate::severity::Severity;
use crate::time::Millis;
use condition::Condition;

/// One rule of a pack or of the policy.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `family.what-it-finds`.
    pub id: String,
    /// The sentence that a finding begins with, as JSON text between quotes.
    pub title: String,
    pub severity: Severity,
    /// ATT&CK technique.
    pub technique: String,
    /// Who wrote it and where it is explained, as JSON text between quotes: findings name both.
    pub author: String,
    pub reference: String,
    pub when: Condition,
    /// Known good: a record that meets one of these is not flagged.
    pub unless: Vec<Condition>,
    pub trigger: Trigger,
    /// The entities that findings are about, and counts are kept for. None: each matter of a single record is a finding, see `Rule::key`.
    pub per: Vec<Entity>,
}

/// One `[[exception]]` of the policy: records that some rules do not flag.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// Ids of rules, or patterns of them.
    pub rules: Vec<String>,
    /// A record that meets one of these is not flagged.
    pub when: Vec<Condition>,
}

/// Exceptions of a policy, at most.
pub const MOST_EXCEPTIONS: usize = 1024;

/// Trigger of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// Each record that matches.
    Event,
    /// A number of records, distinct values or units within a window.
    Threshold { measure: Measure, least: u64, window: Millis },
    /// Steps by one entity within a time.
    Sequence { steps: Vec<Condition>, within: Millis, is_ordered: bool },
    /// A match that none of these came before within a time.
    Without { before: Box<Condition>, within: Millis },
}

/// Measure of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Events,
    /// Different values of a field.
    Distinct(Field),
    /// The sum of a field's numbers.
    Sum(Field),
}

/// Steps of one sequence, at most: each has a place in the entity's state.
pub const MOST_STEPS: usize = 8;
/// Different values that a threshold on `distinct` can tell apart, at most.
pub const MOST_DISTINCT: u64 = 16;
/// Rules of a policy and its packs, at most.
pub const MOST_RULES: usize = 8192;

crate::stored::stored!(struct Rule { id, title, severity, technique, author, reference, when, unless, trigger, per });
crate::stored::stored!(enum Trigger { 0 Event {}, 1 Threshold { measure: measure, least: least, window: window }, 2 Sequence { steps: steps, within: within, is_ordered: is_ordered }, 3 Without { before: before, within: within } });
crate::stored::stored!(enum Measure { 0 Events {}, 1 Distinct { 0: field }, 2 Sum { 0: field } });
