//! Templates: what stood around the values of events written before.
//!
//! Events of one kind fill the same fields. What stood between their values is kept as it was written; an event of the same fields is that text again with its
//! own values in the gaps. A matter of speed alone.

use super::{Sealed, put_made};
use crate::encode::mark::Mark;
use crate::event::{Cell, Event, Field, Tag};
use crate::note::{Note, Notes};
use crate::text::hex16;
use crate::write::Writer;

/// Maximum number of cached kinds; a power of two.
const KINDS: usize = 1 << KIND_BITS;
const KIND_BITS: u32 = 8;
/// Bytes around the values of one kind.
const MOST_TEXT: usize = 1536;
const MOST_SLOTS: usize = 64;

pub struct Templates {
    kinds: Vec<Template>,
    notes: NotesText,
}

/// A record's notes as they are written. Most records have those of the one before.
pub(super) struct NotesText {
    of: Notes,
    /// `"notes":[..],`, or nothing where there are none.
    pub(super) text: Vec<u8>,
    /// Its hash under the mark's key, where records are marked.
    pub(super) hash: u64,
}

/// One kind of event.
struct Template {
    /// The fields of the event that was last written without an template here: what comes a second time is learned.
    seen: u64,
    /// The fields that are filled, as bits.
    filled: u64,
    /// Their places in the text.
    gaps: Vec<Gap>,
    text: Vec<u8>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Gap {
    field: Field,
    /// Its quotes, if it has any, belong to the text around it.
    is_quoted: bool,
    /// How much text stands before it.
    before: u32,
}

impl Templates {
    pub(crate) fn new() -> Templates {
        let empty = || Template {
            seen: 0,
            filled: 0,
            gaps: Vec::with_capacity(MOST_SLOTS),
            text: Vec::with_capacity(MOST_TEXT),
        };
        Templates { kinds: (0..KINDS).map(|_| empty()).collect(), notes: NotesText::new() }
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let of_one = MOST_TEXT.saturating_add(MOST_SLOTS.saturating_mul(size_of::<Gap>()));
        self.kinds
            .capacity()
            .saturating_mul(of_one.saturating_add(size_of::<Template>()))
            .saturating_add(self.notes.text.capacity())
    }

    /// The notes, written anew where they are not those of the record before.
    #[inline]
    pub(super) fn notes(&mut self, notes: Notes, mark: Option<&Mark>) -> &NotesText {
        if notes != self.notes.of {
            self.notes.write(notes, mark);
        }
        &self.notes
    }

    fn place(event: &Event) -> usize {
        let mixed = event.filled().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed.wrapping_shr(u64::BITS.wrapping_sub(KIND_BITS)) as usize
    }

    /// Writes the event's fields, where one of its kind was written before and there is room.
    #[inline]
    pub(super) fn write(&self, sealed: &Sealed<'_>, writer: &mut Writer<'_>) -> bool {
        let Some(template) = self
            .kinds
            .get(Templates::place(sealed.event))
            .filter(|template| template.fits(sealed.event))
        else {
            return false;
        };
        let room = writer.room();
        let all = room.len();
        let left = template.write(sealed, room).map(|rest| rest.len());
        let written = left.and_then(|left| all.checked_sub(left));
        writer.advance(written.unwrap_or_default());
        written.is_some()
    }

    /// Begins to learn the template of an event that is about to be written, if one of its fields came before it: kinds that take turns would cost more than they save.
    pub(super) fn learn(&mut self, event: &Event) -> Option<Learning<'_>> {
        let template = self.kinds.get_mut(Templates::place(event))?;
        if std::mem::replace(&mut template.seen, event.filled()) != event.filled() {
            return None;
        }
        template.gaps.clear();
        template.text.clear();
        // Nothing fits until all of it is learned.
        template.filled = 0;
        Some(Learning { template, from: None })
    }
}

impl NotesText {
    /// With room for all notes there are: none is asked for while records come.
    fn new() -> NotesText {
        let room = Note::ALL
            .iter()
            .map(|note| note.id().len().saturating_add(3))
            .fold(16, usize::saturating_add);
        NotesText { of: Notes::default(), text: Vec::with_capacity(room), hash: 0 }
    }

    #[inline(never)]
    fn write(&mut self, notes: Notes, mark: Option<&Mark>) {
        self.of = notes;
        self.text.clear();
        let mut before = "\"notes\":[";
        for note in notes.iter() {
            for part in [before, "\"", note.id(), "\""] {
                self.text.extend_from_slice(part.as_bytes());
            }
            before = ",";
        }
        if !notes.is_empty() {
            self.text.extend_from_slice(b"],");
        }
        self.hash = mark.map_or(0, |mark| mark.hash(&self.text));
    }
}

impl Template {
    /// Writes it with the values of this event; gives the room that is left, if there was enough.
    #[inline]
    fn write<'b>(&self, sealed: &Sealed<'_>, room: &'b mut [u8]) -> Option<&'b mut [u8]> {
        let event = sealed.event;
        let line = event.line(sealed.input);
        let (mut text, mut room) = (&*self.text, room);
        for Gap { field, is_quoted, before } in &self.gaps {
            let (piece, rest) = text.split_at_checked(*before as usize)?;
            (text, room) = (rest, put(piece, room)?);
            let cell = Cell::field(*field);
            let (start, end) = event.range(cell);
            room = match event.tag(cell) {
                Tag::Input(_) if !is_quoted => put(sealed.input.get(start..end)?, room)?,
                Tag::Bare if *is_quoted => put(line.get(start..end)?, room)?,
                Tag::Arena(_) if !is_quoted => put(event.arena.get(start..end)?, room)?,
                Tag::Time if *is_quoted => put(&event.time_text(cell), room)?,
                Tag::Digest if *is_quoted => put(&hex16(event.digest(cell)), room)?,
                Tag::Word if *is_quoted => put(event.word(cell).as_bytes(), room)?,
                Tag::Int | Tag::Bool if !is_quoted => {
                    let mut short = [0u8; 32];
                    let mut made = Writer::new(&mut short);
                    put_made(event, *field, b"", &mut made);
                    put(made.written(), room)?
                }
                _ => return None,
            };
        }
        put(text, room)
    }

    fn fits(&self, event: &Event) -> bool {
        self.filled == event.filled() && self.filled != 0
    }
}

/// Copies the bytes to the beginning; gives the room behind them.
#[inline(always)]
fn put<'b>(bytes: &[u8], room: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let (place, rest) = room.split_at_mut_checked(bytes.len())?;
    place.copy_from_slice(bytes);
    Some(rest)
}

/// An template while its event is written.
pub(super) struct Learning<'o> {
    template: &'o mut Template,
    /// Where the text before the next value began.
    from: Option<usize>,
}

impl Learning<'_> {
    /// The fields begin here.
    pub(super) fn begin(&mut self, writer: &Writer<'_>) {
        self.from = Some(writer.len());
    }

    /// A value stands between here and there.
    pub(super) fn value(
        &mut self,
        field: Field,
        is_quoted: bool,
        start: usize,
        end: usize,
        writer: &Writer<'_>,
    ) {
        let quote = usize::from(is_quoted);
        if let Some(before) = self.text(start.wrapping_add(quote), writer)
            && self.template.gaps.len() < MOST_SLOTS
        {
            self.template.gaps.push(Gap { field, is_quoted, before });
            self.from = Some(end.wrapping_sub(quote));
        }
    }

    /// Takes the text before a value; without room for it nothing is learned.
    fn text(&mut self, end: usize, writer: &Writer<'_>) -> Option<u32> {
        let text = writer.written().get(self.from.take()?..end)?;
        if self.template.text.len().saturating_add(text.len()) > MOST_TEXT {
            return None;
        }
        self.template.text.extend_from_slice(text);
        u32::try_from(text.len()).ok()
    }

    /// All fields are written.
    pub(super) fn end(mut self, event: &Event, writer: &Writer<'_>) {
        if self.text(writer.len(), writer).is_some() {
            self.template.filled = event.filled();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Findings;
    use crate::encode::Encoder;
    use crate::parse::tape::Tape;
    use crate::parse::{Carry, Parsed};
    use crate::policy::Policy;
    use crate::text::Sink;
    use crate::value::Val;

    const FIELDS: &[(Field, &[Val])] = &[
        (Field::Time, &[Val::Time(0), Val::Time(1_768_476_600_000)]),
        (Field::Id, &[Val::None, Val::Digest(1), Val::Digest(2)]),
        (Field::Source, &[Val::Word("a.b"), Val::Word("c.d")]),
        (Field::ActorName, &[Val::None, Val::Word("x"), Val::Int(5), Val::Bool(true)]),
        (Field::ActionClass, &[Val::Word("read"), Val::Word("list")]),
        (Field::RequestStatus, &[Val::None, Val::Int(200), Val::Int(-7)]),
    ];

    #[test]
    fn what_is_written_by_outline_is_what_is_written_without() {
        let (encoder, mut templates, tape, findings) = (
            Encoder::new(&Policy::default(), "1"),
            Templates::new(),
            Tape::new(1),
            Findings::new(),
        );
        let mut kinds = 0;
        for round in 0..2000usize {
            let (mut event, mut number) = (Event::new(), round * 7919);
            for (field, vals) in FIELDS {
                event.set(*field, vals[number % vals.len()]);
                number /= vals.len();
            }
            let sealed = Sealed {
                event: &event,
                findings: &findings,
                input: b"{}",
                parsed: Parsed { carry: Carry::Json, object: None, by_layout: false },
                tape: &tape,
                route: "",
                products: &[],
            };
            let written = |templates: &mut Templates, room: usize| {
                let mut buffer = vec![0u8; room];
                let mut writer = Writer::new(&mut buffer);
                writer.put(b"{");
                let _open = encoder.fields(&sealed, templates, &mut writer);
                (writer.len(), writer.written().to_vec())
            };
            // Whatever was learned before, also of what did not fit.
            let expected = written(&mut Templates::new(), 1000);
            assert_eq!(written(&mut templates, 20).0, expected.0);
            assert_eq!(written(&mut templates, 1000), expected);
            kinds += usize::from(templates.kinds[Templates::place(&event)].fits(&event));
            assert_eq!(written(&mut templates, 1000), expected);
            assert_eq!(written(&mut templates, 20).0, expected.0);
        }
        assert_eq!(kinds, 2000, "all are learned");
    }
}
