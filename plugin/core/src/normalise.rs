//! Normalise: picks the source of a record and applies its rows, in one walk over the tape.
//!
//! The sources' paths are compiled into one trie over atoms; a walk costs the same however many sources there are.
//! Records of a layout that was walked before need no walk: see `cached_layout`.

mod author;
mod by_layout;
mod compiled;
mod fill;
mod inner;
mod known;
mod lines;
mod mapped;
mod meaning;
mod message;
mod negation;
mod origin;
mod principal;
mod trie;
mod vouching;
mod walk;

use crate::address::Proxies;
use crate::cached_layout::{CachedLayouts, End, MOST_STEPS, Step};
use crate::event::{Event, Field};
use crate::mapping::{Mapping, Path};
use crate::note::Note;
use crate::parse::atom::Atoms;
use crate::parse::authors::Authors;
use crate::parse::json::scan;
use crate::parse::syslog;
use crate::parse::tape::Tape;
use crate::parse::wrap;
use crate::pattern::Patterns;
use crate::pattern::trigrams::Trigrams;
use crate::rule::record::Within;
use crate::source::{self, Fields, InPlace, Product, ReadLine, Source};
use crate::text_form::eventlog;
use crate::time;
use crate::value::{Doc, Val};
use author::{Author, Bound, Writers};
use compiled::{Compiled, Origin};
use fill::{Effort, Filler};
use known::Known;
use lines::Reader;
use mapped::{Mapped, Needs};
use trie::{Edges, TrieNode, products, segments};

/// A larger text of a flat event is given back.
const KEPT_TEXT: usize = 64 << 10;

/// The compiled tables of all mappings and sources.
pub struct Normaliser {
    pub atoms: Atoms,
    /// Which of them a record may be of, by its root's keys.
    known: Known,
    sources: Vec<Compiled>,
    /// For each of them its product.
    products: Vec<Product>,
    nodes: Vec<TrieNode>,
    /// For each node, its children within `children`.
    below: Vec<(u32, u32)>,
    children: Vec<u16>,
    /// The nodes that are still to be forgotten.
    forgotten: Vec<u16>,
    edges: Edges,
    /// Values after elements met by condition and JSON in text, by node.
    picks: Vec<inner::Way>,
    /// Those that the walk came by and has still to go.
    ahead: Vec<inner::Visit>,
    /// The elements of the one that is gone to.
    named: inner::Named,
    /// The values of JSON in text.
    inner: Tape,
    /// The walk is within such.
    is_inner: bool,
    filler: Filler,
    layouts: CachedLayouts,
    /// Those of the sources that read lines of text, and those that read some where they are in the record.
    readers: Vec<Reader<ReadLine>>,
    readers_in_place: Vec<Reader<InPlace>>,
    /// Properties of earlier lines.
    before: syslog::Before,
    /// Whom is believed for whom they ask.
    proxies: Proxies,
    /// The meaning of each key to shippers.
    pub(crate) wrapping: wrap::Keys,
    /// Tags under which text in any record is believed.
    trust: Patterns,
    /// How many of the first sources are mappings and packs.
    mappings: usize,
    /// The forms of lines of text, each with those of them that read it.
    texts: message::TextReaders,
    /// The values of a message that is offered to them.
    message: Tape,
    /// Of forms that are tried on lines.
    effort: Effort,
    /// Who writes and who collects the events of which source.
    writers: Writers,
    /// Who wrote the record at hand, by its wrapping.
    author: Author,
    /// As above, of the line that it wraps, by what stands beside that.
    line_author: Author,
    /// The Windows event at hand as a flat object, where the record has it in another shape; the object on it, and its text.
    flat: Tape,
    flat_object: Option<u32>,
    flat_text: Vec<u8>,
    /// The object on the tape of messages that the record's line was read as, and whether a form made it.
    line: Option<(u32, bool)>,
    /// The event, where it stands in the record as text: an object on the tape of JSON in text.
    event_in_text: Option<u32>,
    /// Action of the last walk on each node after the root.
    steps: Vec<Step>,
    /// The record that was walked last has what its layout would not tell.
    is_singular: bool,
    generation: u32,
}

impl Normaliser {
    /// With the policy's mappings, the built-in packs and the sources that `enabled` names, the trusted proxies, and the keys that others look for.
    #[inline(never)]
    pub fn new(
        mappings: &[Mapping],
        enabled: impl Fn(&str) -> bool,
        proxies: Proxies,
        trust: Patterns,
        more: &[&str],
    ) -> Normaliser {
        let own = mappings;
        let packs = known::packs(own, &enabled);
        let mappings: Vec<&Mapping> = own.iter().chain(packs.iter().copied()).collect();
        let sources: Vec<&'static Source> =
            source::ALL.iter().copied().filter(|source| enabled(source.id)).collect();
        let spelled: Vec<Vec<Vec<String>>> = sources
            .iter()
            .map(|source| source.rows.iter().map(|row| (source.spellings)(row.path)).collect())
            .collect();
        let paths = spelled.iter().flatten().flatten().map(String::as_str);
        let authors: Vec<String> = Authors::keys().collect();
        let keys = sources.iter().flat_map(|source| source.keys.iter().copied().flatten().copied());
        let mapped = mappings.iter().flat_map(|mapping| mapping.paths()).flat_map(Path::names);
        let ours = keys
            .chain(wrap::Keys::all().map(|key| -> &str { key }))
            .chain(authors.iter().map(String::as_str))
            .chain(more.iter().copied());
        let atoms =
            Atoms::new(paths.flat_map(segments).map(|(key, _)| key).chain(ours).chain(mapped));
        let wrapping = wrap::Keys::new(&atoms);
        let mut made = Normaliser {
            known: Known::new(&mappings, &sources, &atoms),
            atoms,
            sources: Vec::new(),
            products: products(&mappings, &sources),
            nodes: Vec::new(),
            below: Vec::new(),
            children: Vec::new(),
            forgotten: Vec::new(),
            edges: Edges::default(),
            picks: Vec::new(),
            ahead: Vec::with_capacity(inner::MOST),
            named: inner::Named::new(),
            inner: Tape::new(if mappings.is_empty() { 0 } else { message::MOST_VALUES }),
            is_inner: false,
            filler: Filler {
                targets: Vec::new(),
                scratch: Vec::with_capacity(256),
                is_dropped: false,
                meaning: meaning::Meaning::new(),
                effort: Effort::TEXTS,
                token: Vec::with_capacity(256),
                needs: Needs::default(),
                letters: Trigrams::default(),
                looked_up: mapped::LookedUp::new(),
                proxies: proxies.clone(),
                day: time::Day::default(),
                written_day: None,
            },
            layouts: CachedLayouts::new(),
            readers: Vec::new(),
            readers_in_place: Vec::new(),
            before: syslog::Before::new(&source::PROGRAMS),
            proxies,
            wrapping,
            trust,
            mappings: mappings.len(),
            texts: message::TextReaders::of(&mappings),
            message: Tape::new(if mappings.is_empty() { 0 } else { message::MOST_VALUES }),
            effort: Effort::LINES,
            writers: Writers::new(&mappings),
            author: Author::NONE,
            line_author: Author::NONE,
            flat: Tape::new(if mappings.is_empty() { 0 } else { message::MOST_VALUES }),
            flat_object: None,
            flat_text: Vec::new(),
            line: None,
            event_in_text: None,
            steps: Vec::with_capacity(MOST_STEPS),
            is_singular: false,
            generation: 0,
        };
        made.compile(own, &packs, &sources, &spelled);
        made.readers = Reader::of(&made.sources, |lines| Some(lines.read));
        made.readers_in_place = Reader::of(&made.sources, |lines| lines.in_place);
        made
    }

    /// The products of all sources, by their numbers in events.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The event, where the record holds it in a key or in its text: rules look at it as the original record too.
    pub fn within(&self, source: Option<u16>) -> Within<'_> {
        let mapped = source.and_then(|source| self.mapped(usize::from(source)));
        Within {
            keys: mapped.map_or(&[], |mapped| &mapped.within),
            line: match self.flat_object {
                Some(object) => Some((&self.flat, object)),
                None => self.line.map(|(object, _)| (&self.message, object)),
            },
            is_form: self.flat_object.is_some() || self.line.is_some_and(|(_, is_form)| is_form),
            text: self.event_in_text.map(|object| (&self.inner, object)),
        }
    }

    /// Forgets the record before, and makes the tapes anew that a call took and did not give back.
    pub fn begin(&mut self, len: usize) {
        self.line = None;
        self.flat_object = None;
        self.event_in_text = None;
        self.author = Author::NONE;
        self.line_author = Author::NONE;
        self.effort.begin(len);
        self.filler.effort.begin(len);
        if self.mappings > 0 && self.message.is_lost() {
            self.message = Tape::new(message::MOST_VALUES);
        }
        if self.mappings > 0 && self.flat.is_lost() {
            self.flat = Tape::new(message::MOST_VALUES);
        }
        if self.mappings > 0 && self.inner.is_lost() {
            self.inner = Tape::new(message::MOST_VALUES);
        }
    }

    /// True if a part of the record was not read, because too many readers had tried it in vain.
    pub fn is_spent(&self) -> bool {
        self.effort.is_spent() || self.filler.effort.is_spent()
    }

    /// True if the policy trusts what comes under this tag.
    pub fn trusts(&self, tag: &[u8]) -> bool {
        self.trust.is_match(tag)
    }

    /// Fills the event from the object, where a mapping or a source knows it.
    pub fn apply(
        &mut self,
        tag: &[u8],
        tape: &Tape,
        object: u32,
        input: &[u8],
        event: &mut Event,
    ) -> bool {
        // What the record before was walked by is no layout of this one, should a source read it as a line.
        self.steps.clear();
        self.apply_first(self.sources.len(), tag, tape, object, input, event)
    }

    /// As above, by one of the first so many. A mapping that is walked and does not match after all leaves the event empty.
    #[inline(never)]
    fn apply_first(
        &mut self,
        most: usize,
        tag: &[u8],
        tape: &Tape,
        object: u32,
        input: &[u8],
        event: &mut Event,
    ) -> bool {
        self.known.look(tape, object, &self.wrapping);
        let mut refused = 0usize;
        while let Some(index) = self.known.candidate(refused).map(usize::from) {
            if index < most && self.try_one(index, tag, tape, object, input, event) {
                // Whether those before it match may lie in values alone, which a layout does not tell.
                self.is_singular |=
                    (0..refused).any(|before| !self.excludes(index, self.known.candidate(before)));
                return true;
            }
            refused = refused.saturating_add(1);
        }
        false
    }

    /// No record of the source can be one of the other's too.
    fn excludes(&self, index: usize, other: Option<u16>) -> bool {
        self.mapped(index)
            .zip(other.and_then(|other| self.mapped(usize::from(other))))
            .is_some_and(|(one, other)| one.excludes(other))
    }

    fn try_one(
        &mut self,
        index: usize,
        tag: &[u8],
        tape: &Tape,
        object: u32,
        input: &[u8],
        event: &mut Event,
    ) -> bool {
        if let Some(Compiled { origin: Origin::Pack(pack), .. }) = self.sources.get(index) {
            self.compile_pack(index, pack);
        }
        let Some(compiled) = self.sources.get(index) else {
            return false;
        };
        if let Some(mapped) = compiled.origin.mapped()
            && !(mapped.has_tag(tag) && mapped.may_be(tape, object, input, event))
        {
            return false;
        }
        let (compiled_root, bound) = (compiled.root, compiled.bound);
        let is_flattened = compiled.origin.mapped().is_some_and(|mapped| mapped.is_flattened);
        let has_container = bound != Bound::No && self.known.is_of_container;
        if has_container {
            self.learn_author(tag, tape, object, input, event);
        }
        if self.author.is_known() && !self.may_be_written(index, bound) {
            return false;
        }
        let (arena, notes) = (event.arena.len(), event.notes);
        self.flat_object = None;
        if is_flattened && !eventlog::is_flat(tape, object, &event.texts(input)) {
            self.flat_object = self.flatten(tape, object, input, event);
            if self.flat_object.is_none() {
                return false;
            }
        }
        event.unfill();
        let source = u16::try_from(index).unwrap_or(u16::MAX);
        self.generation = self.generation.wrapping_add(1);
        self.is_singular = false;
        self.event_in_text = None;
        self.steps.clear();
        match self.flat_object {
            Some(flat) => {
                let tape = std::mem::replace(&mut self.flat, Tape::new(0));
                self.walk(compiled_root, &tape, flat, false, input, event);
                self.walk_ahead(&tape, input, event);
                self.flat = tape;
                self.steps.clear();
                self.is_singular = true;
            }
            None => {
                self.walk(compiled_root, tape, object, false, input, event);
                self.walk_ahead(tape, input, event);
            }
        }
        self.is_singular |= has_container;
        let is_met = self.finish(End { source, stands: 0 }, tag, input, event);
        if is_met && self.mapped(index).is_some_and(|mapped| mapped.has_several(tape, object)) {
            event.note(Note::SeveralEvents);
            self.is_singular = true;
        }
        if !is_met {
            mapped::start_over(event, arena, notes);
            self.event_in_text = None;
            self.flat_object = None;
        }
        is_met
    }

    /// Writes the Windows event that a record holds as a flat object at the end of the arena, and reads it; `None` where it holds none.
    #[inline(never)]
    fn flatten(
        &mut self,
        tape: &Tape,
        object: u32,
        input: &[u8],
        event: &mut Event,
    ) -> Option<u32> {
        let mut text = std::mem::take(&mut self.flat_text);
        text.clear();
        let scratch = &mut self.filler.scratch;
        let is_cut = eventlog::write(tape, object, &event.texts(input), scratch, &mut text);
        let from = event.arena.len();
        let is_written = self.effort.spend(text.len())
            && is_cut.is_some()
            && crate::text::put(&text, &mut event.arena).is_ok();
        if text.capacity() <= KEPT_TEXT {
            self.flat_text = text;
        }
        if !is_written {
            event.arena.truncate(from);
            return None;
        }
        self.flat.clear();
        let read = scan(&event.arena, from, Doc::Arena, &self.atoms, &mut self.flat);
        let Ok(scan) = read else {
            event.arena.truncate(from);
            return None;
        };
        if is_cut == Some(true) {
            event.note(Note::PartLimit);
        }
        Some(scan.root)
    }

    /// The mapping of this number, if it is one.
    fn mapped(&self, index: usize) -> Option<&Mapped> {
        self.sources.get(index)?.origin.mapped()
    }

    /// True if the source of this number reads nothing but a line's header.
    fn is_header_only(&self, source: u16) -> bool {
        let source = self.sources.get(usize::from(source));
        let lines = source.and_then(|compiled| compiled.origin.source()?.lines);
        lines.is_some_and(|lines| lines.is_header_only)
    }

    /// The patterns of tags that mappings ask for.
    pub fn tags(&self) -> impl Iterator<Item = &[u8]> {
        self.sources.iter().filter_map(|compiled| compiled.origin.tag())
    }

    /// Bytes held by layouts.
    pub fn memory(&self) -> usize {
        self.layouts
            .memory()
            .saturating_add(self.message.memory())
            .saturating_add(self.flat.memory())
    }

    /// Sets values that the rows cannot express; false if the record is not of the source.
    fn finish(&self, told: End, tag: &[u8], input: &[u8], event: &mut Event) -> bool {
        let Some(compiled) = self.sources.get(usize::from(told.source)) else {
            return false;
        };
        match &compiled.origin {
            Origin::Source(source) => {
                if event.lacks_any_dropped() {
                    event.note(Note::ValueDropped);
                }
                let mut fields = Fields { input, proxies: &self.proxies, event };
                if source.is_one.is_some_and(|is_one| !is_one(&fields)) {
                    return false;
                }
                (source.finish)(&mut fields);
                event.set(Field::Source, Val::Word(source.id));
            }
            Origin::Mapped(mapped)
                if mapped.has_tag(tag) && mapped.is_met(told.stands, input, event) =>
            {
                mapped.finish(told.stands, input, &self.proxies, event)
            }
            Origin::Mapped(_) | Origin::Pack(_) => return false,
        }
        event.source = Some(told.source);
        true
    }
}
