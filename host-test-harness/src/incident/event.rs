//! Events as people are shown them.

use super::NAME;
use crate::evaluated::Evaluated;
use crate::heavy_hitters::cut;
use auditward_core::time::Millis;
use serde::{Deserialize, Serialize};

/// Classes of actions after which a service may fail.
const CHANGES: [&str; 3] = ["configure", "grant", "revoke"];

/// One event as people are shown it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    pub time: Option<Millis>,
    pub id: Option<String>,
    pub source: Option<String>,
    /// Who acted; nothing where nobody in particular did.
    pub actor: Option<String>,
    pub action: Option<String>,
    pub target: Option<String>,
    pub data_class: Option<String>,
    pub origin: Option<String>,
    pub outcome: Option<String>,
    /// It changed a configuration or permissions.
    #[serde(skip)]
    pub is_change: bool,
}

impl Event {
    /// The event of a record, its texts cut to a bounded length.
    pub fn of(evaluated: &Evaluated) -> Event {
        let text = |text: &Option<String>| text.as_deref().map(|text| cut(text, NAME));
        Event {
            time: time_of(evaluated),
            id: text(&evaluated.id),
            source: text(&evaluated.source),
            actor: text(&evaluated.actor).filter(|_| !evaluated.is_anonymous),
            action: text(&evaluated.action),
            target: text(&evaluated.target),
            data_class: text(&evaluated.data_class),
            origin: text(&evaluated.origin),
            outcome: text(&evaluated.outcome),
            is_change: evaluated.class.as_deref().is_some_and(|class| CHANGES.contains(&class)),
        }
    }
}

/// The record's own time, where it can be trusted.
pub fn time_of(evaluated: &Evaluated) -> Option<Millis> {
    let has = |note: &str| evaluated.notes.iter().any(|held| held == note);
    evaluated.time_ms().filter(|_| !has("time-ahead") && !has("no-time"))
}
