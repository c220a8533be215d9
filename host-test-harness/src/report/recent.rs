//! The last events of a log by their ids, so that a finding's evidence can be shown as events. Bounded: the oldest go first.

use crate::incident::Event;
use std::collections::{HashMap, VecDeque};

/// Events that are kept.
const KEPT: usize = 20_000;
/// Bytes of an id that findings name.
const ID: usize = 48;

/// Events by id.
#[derive(Default)]
pub struct Recent {
    events: HashMap<Box<str>, Event>,
    order: VecDeque<Box<str>>,
}

impl Recent {
    /// Keeps an event that has an id.
    pub fn keep(&mut self, event: Event) {
        let Some(id) = event.id.as_deref().map(|id| Box::from(short(id))) else {
            return;
        };
        if self.events.insert(Box::clone(&id), event).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > KEPT {
            self.order.pop_front().and_then(|oldest| self.events.remove(&oldest));
        }
    }

    /// The event of that id; its id alone, where it is no longer kept.
    pub fn find(&self, id: &str) -> Option<Event> {
        Some(
            self.events
                .get(short(id))
                .cloned()
                .unwrap_or_else(|| Event { id: Some(id.to_owned()), ..Event::default() }),
        )
    }
}

/// Findings name the first 48 bytes of an id.
pub fn short(id: &str) -> &str {
    id.get(..id.floor_char_boundary(ID)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_by_what_findings_name_them_and_the_oldest_go() {
        let mut recent = Recent::default();
        let long = "x".repeat(99);
        for number in 0..KEPT + 10 {
            let id = if number == KEPT { long.clone() } else { number.to_string() };
            recent.keep(Event { id: Some(id), time: Some(number as i64), ..Event::default() });
        }
        assert_eq!(recent.events.len(), KEPT);
        assert_eq!(recent.find(&long[..ID]).unwrap().time, Some(KEPT as i64));
        assert_eq!(recent.find("9").unwrap(), Event { id: Some("9".into()), ..Event::default() });
        assert_eq!(recent.find("10").unwrap().time, Some(10));
    }
}
