//! Inspection: what detectors did with one record, for people who ask why. Natively alone: in the module nothing of it is kept, and the calls vanish.

use super::Subject;
use crate::time::Millis;

/// Activity of the detectors on a record.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// The places of the detectors that look at records of its kind, and whether they evaluated it: `only` and `except` may say otherwise.
    pub looked: Vec<(usize, bool)>,
    /// The places of the detectors whose baselines evaluated the record.
    pub learned: Vec<usize>,
    /// The counts that the record was added to.
    pub counts: Vec<Progress>,
}

/// A count beside its threshold.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The place of the detector in the list of all.
    pub detector: usize,
    /// The count, by its name in snapshots, or the rule by its id.
    pub what: String,
    /// Whom it counts: `account`, `origin`; empty where it is something else.
    pub entity: &'static str,
    pub observed: u64,
    pub threshold: u64,
    /// 0 where there is none.
    pub window: Millis,
    /// All of which the count has to be a share, and that share in percent.
    pub share: Option<(u64, u64)>,
}

impl Subject<'_> {
    /// The entity that a key stands for, of those that were asked for already.
    pub fn entity_of(&self, key: u64) -> &'static str {
        let is_it = |held: Option<(&[u8], u64)>| held.is_some_and(|(_, held)| held == key);
        match (is_it(self.actor.get()), is_it(self.origin.get())) {
            (true, _) => "account",
            (_, true) => "origin",
            _ => "",
        }
    }
}
