//! What a program said through syslog, where no source knows it: an object or pairs, which may be a mapping's.

use super::{Normaliser, Origin};
use crate::Raw;
use crate::event::{Event, Slot};
use crate::pack::dissect::Dissect;
use crate::parse::json::scan;
use crate::parse::tape::Tape;
use crate::parse::text::{put, quote, unescape};
use crate::parse::wrap;
use crate::source::system_syslog;
use crate::value::{Doc, Val};

/// Values of one message.
pub(super) const MOST_VALUES: usize = 1024;
/// What says that an object follows.
const COOKIE: &[u8] = b"@cee:";
/// What the header says of a record that is not the program's own to say.
const OF_HEADER: [Slot; 4] = [Slot::Time, Slot::EnvHost, Slot::EnvService, Slot::ActionCount];

impl Normaliser {
    /// Offers the message of a line of syslog to the mappings. `false` where none took it after all, and the line must be read anew.
    #[inline(never)]
    pub(super) fn read_message(&mut self, raw: Raw<'_>, event: &mut Event) -> bool {
        let text = event.text(raw.bytes, Slot::OutcomeReason);
        let scratch = &mut self.filler.scratch;
        scratch.clear();
        if !event.is(Slot::Source, system_syslog::SOURCE.id) || unescape(text, scratch).is_err() {
            return true;
        }
        let text = scratch.strip_prefix(COOKIE).unwrap_or(scratch).trim_ascii();
        let (from, mut tape) = (event.arena.len(), std::mem::replace(&mut self.message, Tape::new(0)));
        tape.clear();
        let object = wrap::object_of(&mut tape, text, &self.atoms, event);
        let mut is_mapped = object.is_some_and(|object| self.map_message(raw, &tape, object, None, event));
        if object.is_none() && !self.text_readers.is_empty() {
            let scratch = std::mem::take(&mut self.filler.scratch);
            let found = self.object_by_pattern(raw.tag, scratch.trim_ascii(), &mut tape, event);
            self.filler.scratch = scratch;
            is_mapped = found.is_some_and(|(index, object)| self.map_message(raw, &tape, object, Some(index), event));
        }
        self.message = tape;
        // What was walked is no shape of the record.
        self.steps.clear();
        if !is_mapped {
            event.arena.truncate(from);
        }
        // Only a mapping that was tried empties the event.
        is_mapped || event.source.is_some()
    }

    /// Offers a line that no source knows to the mappings that read text.
    #[inline(never)]
    pub(super) fn read_by_patterns(&mut self, raw: Raw<'_>, text: &[u8], event: &mut Event) -> bool {
        let (from, mut tape) = (event.arena.len(), std::mem::replace(&mut self.message, Tape::new(0)));
        tape.clear();
        let found = self.object_by_pattern(raw.tag, text.trim_ascii(), &mut tape, event);
        let is_mapped = found.is_some_and(|(index, object)| self.try_one(index, raw.tag, &tape, object, raw.bytes, event));
        self.message = tape;
        self.steps.clear();
        if !is_mapped {
            event.arena.truncate(from);
        }
        is_mapped
    }

    /// The fields of the first pattern that fits, as an object, and whose pattern it is.
    fn object_by_pattern(&self, tag: &[u8], text: &[u8], tape: &mut Tape, event: &mut Event) -> Option<(usize, u32)> {
        std::str::from_utf8(text).ok()?;
        for index in &self.text_readers {
            let Some(Origin::Mapped(mapped)) = self.sources.get(usize::from(*index)).map(|compiled| &compiled.origin) else { continue };
            if !mapped.has_tag(tag) {
                continue;
            }
            for pattern in &mapped.text {
                let from = event.arena.len();
                if let Some(object) = write_object(pattern, text, &mut event.arena) {
                    let read = object.then(|| scan(&event.arena, from, Doc::Arena, &self.atoms, tape).ok()).flatten();
                    if let Some(scan) = read {
                        return Some((usize::from(*index), scan.root));
                    }
                }
                event.arena.truncate(from);
            }
        }
        None
    }

    /// By one of the mappings, or by any of them.
    fn map_message(&mut self, raw: Raw<'_>, tape: &Tape, object: u32, only: Option<usize>, event: &mut Event) -> bool {
        let header = OF_HEADER.map(|slot| held(event, slot));
        let (time, is_local_time, times) = (event.time_ms, event.is_local_time, event.times);
        let is_mapped = match only {
            Some(index) => self.try_one(index, raw.tag, tape, object, raw.bytes, event),
            None => self.apply_first(self.sources.len(), raw.tag, tape, object, raw.bytes, event),
        };
        if is_mapped {
            if event.time_ms.is_none() {
                (event.time_ms, event.is_local_time) = (time, is_local_time);
            }
            event.times = times;
            OF_HEADER.into_iter().zip(header).for_each(|(slot, val)| fill(event, slot, val));
        }
        is_mapped
    }
}

/// Writes the fields of a line as a JSON object; nothing where the line does not fit, `false` where memory is short.
fn write_object(pattern: &Dissect, text: &[u8], arena: &mut Vec<u8>) -> Option<bool> {
    let mut is_full = put(b"{", arena).is_err();
    let mut is_first = true;
    let fits = pattern.read(text, |name, value| {
        let comma: &[u8] = if is_first { b"" } else { b"," };
        is_first = false;
        is_full |= put(comma, arena).is_err() || quote(name.as_bytes(), arena).is_err() || put(b":", arena).is_err() || quote(value, arena).is_err();
    });
    is_full |= put(b"}", arena).is_err();
    fits.then_some(!is_full)
}

/// Not inlined for each of the slots.
#[inline(never)]
fn held(event: &Event, slot: Slot) -> Val {
    event.get(slot)
}

#[inline(never)]
fn fill(event: &mut Event, slot: Slot, val: Val) {
    event.fill(slot, val);
}
