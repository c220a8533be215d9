//! Lines of text: offered to the sources that read some, by themselves or out of a member of a record.

use super::{Normaliser, Origin};
use crate::event::{Event, Slot};
use crate::note::Note;
use crate::parse::line::Line;
use crate::parse::syslog::{self, Header};
use crate::parse::tape::Tape;
use crate::parse::text::unescape;
use crate::parse::wrap::{self, Wrapped};
use crate::sketch::Words;
use crate::value::{Doc, Val};
use crate::{Raw, time};

impl Normaliser {
    /// A record that is a line of text itself.
    pub fn read_bare(&self, raw: Raw<'_>, forms: &mut Words, event: &mut Event) -> bool {
        let is_read = self.read(raw, raw.bytes, Header::default(), forms, event);
        if is_read {
            // It was of a known form after all.
            event.notes.remove(Note::NotJson);
            event.notes.remove(Note::NotStrictJson);
        }
        is_read
    }

    /// A line in a member of the object, with what other members say of it.
    pub fn read_wrapped(&self, raw: Raw<'_>, tape: &Tape, object: u32, forms: &mut Words, event: &mut Event) -> bool {
        let Some(text) = wrap::text(tape, object, &self.atoms) else { return false };
        let part = |index: usize| wrap::header_part(tape, object, raw.bytes, wrap::HEADER_KEYS.get(index).copied().unwrap_or_default(), &self.atoms);
        let stamp = part(3);
        let time = time::parse(stamp).or_else(|| time::yearless(stamp, raw.time).map(|(time, _)| time));
        self.read_text(raw, text, Header { time, host: part(0), program: part(1), pid: part(2), message: b"" }, forms, event)
    }

    /// A line that stands in the record between quotes.
    pub fn read_text(&self, raw: Raw<'_>, text: Wrapped, beside: Header<'_>, forms: &mut Words, event: &mut Event) -> bool {
        if !text.is_escaped && text.doc == Doc::Input {
            let Some(line) = raw.bytes.get(..text.content.end).and_then(|head| head.get(text.content.start..)) else { return false };
            return !line.starts_with(b"{") && self.read(raw, line, beside, forms, event);
        }
        // What the text means is written out, and read there.
        let mut held = std::mem::take(&mut event.line);
        held.clear();
        let stands_in = if text.doc == Doc::Input { raw.bytes } else { &event.arena };
        let is_copied = unescape(stands_in.get(text.content).unwrap_or_default(), &mut held).is_ok();
        let is_read = is_copied && !held.starts_with(b"{") && self.read(Raw { bytes: &held, ..raw }, &held, beside, forms, event);
        event.line = held;
        event.has_line = is_read;
        is_read
    }

    /// Offers the line to each source that reads text. Cells point into `raw.bytes`.
    fn read<'a>(&self, raw: Raw<'a>, text: &'a [u8], beside: Header<'a>, forms: &mut Words, event: &mut Event) -> bool {
        let text = text.trim_ascii_end();
        if text.is_empty() {
            return false;
        }
        let own = syslog::read(text, raw.time);
        let message = if own.is_none() { text } else { b"" };
        let header = match own {
            Some(own) => Header { time: own.time.or(beside.time), host: if own.host.is_empty() { beside.host } else { own.host }, ..own },
            None => Header { message, ..beside },
        };
        let sources = self.sources.iter().enumerate().filter_map(|(index, compiled)| match &compiled.origin {
            Origin::Source(source) => Some((index, source, source.text?)),
            Origin::Mapped(_) => None,
        });
        for (index, source, read) in sources {
            let mut line = Line { text: raw.bytes, message: text, program: b"", pid: b"", now: raw.time, tag: raw.tag, forms, event };
            syslog::apply(&header, &mut line);
            if read(&mut line) {
                event.source = u16::try_from(index).ok();
                event.set(Slot::Source, Val::Word(source.id));
                return true;
            }
            event.unfill();
        }
        false
    }
}
