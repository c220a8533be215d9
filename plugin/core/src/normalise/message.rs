//! What a program said through syslog, where no source knows it: an object or pairs, which may be a mapping's.

use super::Normaliser;
use crate::Raw;
use crate::event::{Event, Slot};
use crate::parse::tape::Tape;
use crate::parse::text::unescape;
use crate::parse::wrap;
use crate::source::system_syslog;
use crate::value::Val;

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
        let is_mapped = object.is_some_and(|object| self.map_message(raw, &tape, object, event));
        self.message = tape;
        // What was walked is no shape of the record.
        self.steps.clear();
        if !is_mapped {
            event.arena.truncate(from);
        }
        // Only a mapping that was tried empties the event.
        is_mapped || event.source.is_some()
    }

    fn map_message(&mut self, raw: Raw<'_>, tape: &Tape, object: u32, event: &mut Event) -> bool {
        let header = OF_HEADER.map(|slot| held(event, slot));
        let (time, is_local_time, times) = (event.time_ms, event.is_local_time, event.times);
        let is_mapped = self.apply_first(self.mappings, raw.tag, tape, object, raw.bytes, event);
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

/// Not inlined for each of the slots.
#[inline(never)]
fn held(event: &Event, slot: Slot) -> Val {
    event.get(slot)
}

#[inline(never)]
fn fill(event: &mut Event, slot: Slot, val: Val) {
    event.fill(slot, val);
}
