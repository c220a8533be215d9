//! The index of rules: which of them could match a record of this source and action.

use super::condition::{Condition, Wanted};
use super::{Rule, Trigger};
use crate::event::Slot;

/// A rule's condition that a record may meet: the rule's number, and which of its conditions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub rule: u16,
    pub part: Part,
}

/// Which condition of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    When,
    Step(u8),
    Before,
}

/// Entries by source and action; by source where the action is not one of a list; the rest, which every record is held against.
#[derive(Debug, Default)]
pub struct Index {
    /// Sorted by key.
    keyed: Vec<(u64, Entry)>,
    open: Vec<Entry>,
}

impl Index {
    pub fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Index {
        let mut index = Index::default();
        for (number, rule) in (0u16..).zip(rules) {
            let mut add = |part, condition| index.add(Entry { rule: number, part }, condition);
            match &rule.trigger {
                Trigger::Sequence { steps, .. } => (0u8..).zip(steps).for_each(|(step, condition)| add(Part::Step(step), condition)),
                Trigger::Without { before, .. } => {
                    // What came before counts before the match itself.
                    add(Part::When, &rule.when);
                    add(Part::Before, before);
                }
                Trigger::Event | Trigger::Threshold { .. } => add(Part::When, &rule.when),
            }
        }
        index.keyed.sort();
        index.keyed.dedup();
        index
    }

    /// Whether the rule is found by source and action, so that it costs nothing on other records.
    pub fn is_keyed(rule: &Rule) -> bool {
        let is_exact = |condition: &Condition| exact(condition, Slot::Source).is_some() && exact(condition, Slot::ActionName).is_some();
        match &rule.trigger {
            Trigger::Sequence { steps, .. } => steps.iter().all(is_exact),
            Trigger::Without { before, .. } => is_exact(&rule.when) && is_exact(before),
            Trigger::Event | Trigger::Threshold { .. } => is_exact(&rule.when),
        }
    }

    fn add(&mut self, entry: Entry, condition: &Condition) {
        let Some(sources) = exact(condition, Slot::Source) else { return self.open.push(entry) };
        let actions = exact(condition, Slot::ActionName);
        for source in &sources {
            match &actions {
                Some(actions) => self.keyed.extend(actions.iter().map(|action| (key(source, action), entry))),
                None => self.keyed.push((key(source, b""), entry)),
            }
        }
    }

    /// The entries that a record of this source and action may meet.
    pub fn find<'i>(&'i self, source: &[u8], action: &[u8]) -> impl Iterator<Item = Entry> + 'i {
        let by_action = if action.is_empty() { &[] } else { self.keyed_by(key(source, action)) };
        let by_source = self.keyed_by(key(source, b""));
        by_action.iter().chain(by_source).map(|(_, entry)| *entry).chain(self.open.iter().copied())
    }

    fn keyed_by(&self, key: u64) -> &[(u64, Entry)] {
        let from = self.keyed.partition_point(|(held, _)| *held < key);
        let rest = self.keyed.get(from..).unwrap_or_default();
        let len = rest.iter().take_while(|(held, _)| *held == key).count();
        rest.get(..len).unwrap_or_default()
    }

    /// Entries that every record is held against.
    pub fn open(&self) -> usize {
        self.open.len()
    }
}

/// The texts that a field must have, where the condition names them one by one.
fn exact(condition: &Condition, slot: Slot) -> Option<Vec<Vec<u8>>> {
    match condition {
        Condition::Field(field, Wanted::Text(patterns)) if *field == slot => patterns.exact_only(),
        Condition::All(all) => all.iter().find_map(|one| exact(one, slot)),
        // Each alternative must name some.
        Condition::Any(any) => any.iter().map(|one| exact(one, slot)).collect::<Option<Vec<_>>>().map(|lists| lists.concat()).filter(|list| !list.is_empty()),
        _ => None,
    }
}

/// A source and an action as one number, whatever the letters' case. Two that collide cost a look at a rule more.
fn key(source: &[u8], action: &[u8]) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = source.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| mix(hash, byte.to_ascii_lowercase()));
    action.iter().fold(mix(hash, 0), |hash, byte| mix(hash, byte.to_ascii_lowercase()))
}
