//! Pieces of text that patterns can't match without. One pass over a field tells which of many patterns could match it; the others are not tried.

use super::condition::{Condition, Look, Wanted};
use super::index::KIND;
use crate::event::Slot;
use crate::parse::text::unescape;
use crate::pattern::finder::{Finder, Hits, SHORTEST};
use crate::value::Val;

/// Fewer patterns than this are tried at less cost than a pass takes.
const WORTHWHILE: usize = 3;

/// The pieces of all triggers, by field.
#[derive(Debug, Default)]
pub struct Pieces {
    fields: Vec<Field>,
    /// For each trigger, the fields of its pieces as bits.
    triggers: Vec<u64>,
    /// Triggers with a piece in the record at hand.
    hits: Hits,
    /// Fields that were looked at, and those that no pass can be made over.
    passed: u64,
    unread: u64,
    scratch: Vec<u8>,
}

/// The pieces looked for in one field.
#[derive(Debug)]
struct Field {
    slot: Slot,
    finder: Finder,
}

/// Of one condition: a record meets it only where one of these pieces stands in its field.
type Needed = Vec<(Slot, Vec<u8>)>;

impl Pieces {
    /// Adds a condition; the number of its trigger where it has one.
    pub fn add(&mut self, condition: &Condition) -> Option<u16> {
        let (needed, patterns) = needed(condition)?;
        let number = u16::try_from(self.triggers.len()).ok().filter(|_| patterns >= WORTHWHILE)?;
        let mut fields = 0u64;
        for (slot, piece) in needed {
            fields |= bit(slot);
            let field = match self.fields.iter_mut().position(|field| field.slot == slot) {
                Some(at) => at,
                None => {
                    self.fields.push(Field { slot, finder: Finder::default() });
                    self.fields.len().wrapping_sub(1)
                }
            };
            if let Some(field) = self.fields.get_mut(field) {
                field.finder.add(&piece, false, number);
            }
        }
        self.triggers.push(fields);
        Some(number)
    }

    /// After the last was added.
    pub fn finish(&mut self) {
        self.fields.iter_mut().for_each(|field| field.finder.finish());
        self.hits = Hits::new(self.triggers.len());
        self.scratch = Vec::with_capacity(256);
    }

    /// Forgets the record before.
    pub fn clear(&mut self) {
        (self.passed, self.unread) = (0, 0);
    }

    /// Whether the record could meet the trigger's condition.
    pub fn may(&mut self, trigger: u16, look: &Look<'_>) -> bool {
        let Some(&fields) = self.triggers.get(usize::from(trigger)) else { return true };
        if fields & !self.passed != 0 {
            self.pass(fields, look);
        }
        self.hits.has(trigger) || fields & self.unread != 0
    }

    fn pass(&mut self, fields: u64, look: &Look<'_>) {
        if self.passed == 0 {
            self.hits.clear();
        }
        for field in self.fields.iter().filter(|field| fields & !self.passed & bit(field.slot) != 0) {
            match look.event.get(field.slot) {
                Val::None => {}
                Val::Int(_) | Val::Bool(_) => self.unread |= bit(field.slot),
                _ => {
                    let text = look.event.text(look.input, field.slot);
                    self.scratch.clear();
                    if !text.contains(&b'\\') {
                        field.finder.find(text, &mut self.hits);
                    } else if unescape(text, &mut self.scratch).is_ok() {
                        field.finder.find(&self.scratch, &mut self.hits);
                    } else {
                        self.unread |= bit(field.slot);
                    }
                }
            }
        }
        self.passed |= fields;
    }
}

fn bit(slot: Slot) -> u64 {
    1u64.wrapping_shl(slot as u32)
}

/// The pieces that a record needs to meet the condition, and how many patterns stand for them; `None` where it could meet it without any.
fn needed(condition: &Condition) -> Option<(Needed, usize)> {
    match condition {
        Condition::Field(slot, Wanted::Text(patterns)) if !KIND.contains(slot) => {
            let pieces = patterns.pieces().map(|piece| Some(piece).filter(|piece| piece.len() >= SHORTEST).map(|piece| (*slot, piece.to_vec())));
            Some((pieces.collect::<Option<Needed>>()?, patterns.globs()))
        }
        Condition::All(all) => all.iter().filter_map(needed).max_by_key(|(_, patterns)| *patterns),
        Condition::Any(any) => {
            let all = any.iter().map(needed).collect::<Option<Vec<_>>>()?;
            let patterns = all.iter().map(|(_, patterns)| *patterns).max()?;
            Some((all.into_iter().flat_map(|(needed, _)| needed).collect(), patterns))
        }
        Condition::Not(_) | Condition::Field(..) | Condition::Raw(..) | Condition::Same(..) => None,
    }
}

const _: () = assert!(Slot::ALL.len() <= 64, "fields are bits");
