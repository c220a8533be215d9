//! Metrics: numbers of records that are learned for each entity.

use crate::entity::Entity;
use crate::event::Field;
use crate::rule::record::RawPath;

/// Metrics of a policy, at most: each record is asked for all of them.
pub const MOST: usize = 32;

/// One `[[metric]]` of the policy.
#[derive(Debug)]
pub struct Metric {
    /// As the policy writes it, and as a finding does.
    pub field: String,
    pub place: Place,
    pub entity: Entity,
    pub is_above: bool,
    pub is_below: bool,
    /// As a finding writes it.
    pub why: String,
    /// Tells the metric apart from others in state, in whatever order the policy has them.
    pub id: u64,
}

/// Where the number stands.
#[derive(Debug)]
pub enum Place {
    Field(Field),
    Raw(RawPath),
}

impl Place {
    /// Reads a field or a path into the original record; none if it is neither.
    pub(crate) fn read(text: &str) -> Option<Place> {
        match text.strip_prefix("raw.") {
            Some(path) => RawPath::new(path).map(Place::Raw),
            None => Field::ALL.iter().find(|field| field.path() == text).copied().map(Place::Field),
        }
    }
}
