//! Normalise: picks the source of a record and applies its rows, in one walk over the tape.
//!
//! The sources' paths are compiled into one trie over atoms; a walk costs the same however many sources there are.
//! Records of a layout that was walked before need no walk: see `cached_layout`.

mod author;
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

use crate::address::Proxies;
use crate::cached_layout::{CachedLayouts, End, MOST_STEPS, NOBODY, Step};
use crate::event::{Event, Field, Form, Tag};
use crate::mapping::{Mapping, Path};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms, UNKNOWN};
use crate::parse::json::{ScalarReader, whole_number_at};
use crate::parse::syslog::{self, Voucher};
use crate::parse::tape::{Node, Scalar, Tape};
use crate::parse::{shippers, wrap};
use crate::pattern::Patterns;
use crate::pattern::trigrams::Trigrams;
use crate::rule::record::Within;
use crate::source::{self, Fields, InPlace, Product, ReadLine, Source, Via};
use crate::text::word_at;
use crate::time;
use crate::value::{Doc, Kind, Val};
use author::{Author, Bound, Writers};
use fill::{Effort, Filler};
use known::Known;
use lines::Reader;
use mapped::{Mapped, Needs};
use trie::{Edges, products, segments};

/// `null`, as a word holds it.
const NULL: u32 = u32::from_le_bytes(*b"null");
const TRUE: u32 = u32::from_le_bytes(*b"true");
const FALS: u32 = u32::from_le_bytes(*b"fals");
/// Paths are at most this deep; the walk's stack is this long.
const DEPTH: usize = 12;

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
    /// The object at hand says beside its own keys which container wrote it.
    is_of_container: bool,
    /// The object on it that the record's line was read as, and whether a form made it.
    line: Option<(u32, bool)>,
    /// The event, where it stands in the record as text: an object on the tape of JSON in text.
    event_in_text: Option<u32>,
    /// Action of the last walk on each node after the root.
    steps: Vec<Step>,
    /// The record that was walked last has what its layout would not tell.
    is_singular: bool,
    generation: u32,
}

/// A source or a mapping.
struct Compiled {
    origin: Origin,
    root: u16,
    /// Whose word is not enough for its events, and who writes them beside those of its vendor.
    bound: Bound,
    writers: Vec<String>,
}

enum Origin {
    Source(&'static Source),
    Mapped(Box<Mapped>),
}

impl Origin {
    fn id(&self) -> &[u8] {
        match self {
            Origin::Source(source) => source.id.as_bytes(),
            Origin::Mapped(mapped) => mapped.source(),
        }
    }

    /// True if it reads nothing of a line but its header.
    fn is_header_only(&self) -> bool {
        match self {
            Origin::Source(source) => source.lines.is_some_and(|lines| lines.is_header_only),
            Origin::Mapped(_) => false,
        }
    }

    /// True if the object holds several events of its.
    fn has_several(&self, tape: &Tape, object: u32) -> bool {
        match self {
            Origin::Source(_) => false,
            Origin::Mapped(mapped) => mapped.has_several(tape, object),
        }
    }

    /// The keys in which records may hold the event.
    fn within(&self) -> &[Vec<Atom>] {
        match self {
            Origin::Source(_) => &[],
            Origin::Mapped(mapped) => &mapped.within,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct TrieNode {
    parent: u16,
    /// This node's rows within `targets`.
    first: u16,
    count: u16,
    /// Its ways within `picks`.
    first_way: u16,
    ways: u8,
    /// The node of an array's elements, 0 for none.
    element: u16,
    has_children: bool,
    /// An array of events, of which the first alone is read.
    is_list: bool,
    /// The record that last came through here: a second time within one record is a duplicate key.
    seen: u32,
}

#[derive(Clone, Copy, Default)]
struct Frame {
    /// Index of the node behind what is walked of the container.
    end: u32,
    /// Index of the node behind the container.
    behind: u32,
    trie: u16,
    /// Within an array: the same path comes once per element.
    repeats: bool,
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
        let mappings = known::in_order(mappings, &enabled);
        let sources: Vec<&'static Source> =
            source::ALL.iter().copied().filter(|source| enabled(source.id)).collect();
        let paths = sources.iter().flat_map(|source| source.rows.iter().map(|row| row.path));
        let keys = sources.iter().flat_map(|source| source.keys.iter().copied().flatten().copied());
        let mapped = mappings.iter().flat_map(|mapping| mapping.paths()).flat_map(Path::names);
        let ours =
            keys.chain(wrap::Keys::all().map(|key| -> &str { key })).chain(more.iter().copied());
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
            is_of_container: false,
            author: Author::NONE,
            line: None,
            event_in_text: None,
            steps: Vec::with_capacity(MOST_STEPS),
            is_singular: false,
            generation: 0,
        };
        made.compile(&mappings, &sources);
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
        let origin = source.and_then(|source| self.origin(usize::from(source)));
        Within {
            keys: origin.map_or(&[], Origin::within),
            line: self.line.map(|(object, _)| (&self.message, object)),
            is_form: self.line.is_some_and(|(_, is_form)| is_form),
            text: self.event_in_text.map(|object| (&self.inner, object)),
        }
    }

    /// Forgets the record before, and makes the tapes anew that a call took and did not give back.
    pub fn begin(&mut self, len: usize) {
        self.line = None;
        self.event_in_text = None;
        self.author = Author::NONE;
        self.effort.begin(len);
        self.filler.effort.begin(len);
        if self.mappings > 0 && self.message.is_lost() {
            self.message = Tape::new(message::MOST_VALUES);
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

    /// Who vouches for a line, of a container or none, that names no program: the tag may name one, else it stands under a key which shippers put lines of files under, or under another.
    pub fn voucher<'a>(
        &self,
        tag: &'a [u8],
        container: Option<&'a [u8]>,
        is_of_tail: bool,
    ) -> Voucher<'a> {
        match container.or_else(|| wrap::container_of(tag)) {
            _ if self.trusts(tag) => Voucher::Shipper,
            Some(name) => Voucher::Container(name),
            None if is_of_tail => Voucher::Shipper,
            None => Voucher::Line,
        }
    }

    /// True if a shipper vouches for the text within an object of its own: what came as text itself must also name its program.
    pub fn vouches(&self, tag: &[u8], tape: &Tape, object: u32) -> bool {
        let is_inner = tape.node(object).is_some_and(|node| node.doc() == Doc::Arena);
        if !is_inner || self.trusts(tag) {
            return true;
        }
        // A line that was wrapped twice, and nothing else.
        if tape.children(object).nth(1).is_none() {
            return wrap::is_of_tail(tape, object, &self.atoms);
        }
        let [_, programs, ..] = shippers::HEADER_KEYS;
        programs.iter().any(|key| tape.member(object, self.atoms.find(key.as_bytes())).is_some())
    }

    /// Remembers who wrote what the object wraps: the container, else the program that the shipper names.
    pub fn learn_author(
        &mut self,
        tag: &[u8],
        tape: &Tape,
        object: u32,
        input: &[u8],
        event: &Event,
    ) {
        if self.author.is_known() || self.trusts(tag) {
            return;
        }
        let is_alone = tape.children(object).nth(1).is_none();
        if !is_alone {
            let container = self.wrapping.container(tape, object);
            self.author.learn_container(container.names(event.texts(input)));
            if self.author.is_known() {
                return;
            }
            self.learn_process(tape, object, input);
        }
        if !self.author.is_known() {
            let container = self.container_by_place(tag, tape, object, input);
            self.author.learn_container(container.into_iter());
        }
        if !is_alone && !self.author.is_known() {
            let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
            self.author.learn_hearsay(shippers::AUTHOR_PATHS.iter().filter_map(within));
        }
    }

    /// Remembers the unit and the program that wrote the record, as the journal or another shipper names them.
    fn learn_process(&mut self, tape: &Tape, object: u32, input: &[u8]) {
        let [_, programs, ..] = shippers::HEADER_KEYS;
        let part = |keys| wrap::header_part(tape, object, input, keys, &self.atoms, Some);
        let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
        let program = part(programs).or_else(|| shippers::PROGRAM_PATHS.iter().find_map(within));
        let (program, _) = syslog::sender(program.unwrap_or_default());
        let Some(unit) = part(shippers::UNIT_KEYS) else {
            return self.author.learn(program);
        };
        let command = part(shippers::COMMAND_KEYS).unwrap_or_default();
        let is_its_own = command.is_empty() || source::is_same_command(program, command);
        match (unit.ends_with(b".scope"), is_its_own) {
            // The unit of a person's session says no more than the program.
            (true, true) => self.author.learn(program),
            (true, false) => self.author.learn_unit(unit, b""),
            (false, _) => {
                let is_told = is_its_own || shippers::RELAY_COMMANDS.contains(&command);
                self.author.learn_unit(unit, if is_told { program } else { b"" });
            }
        }
    }

    /// The container whose file a record is from, by its tag or by the path that the shipper put beside it.
    #[inline(never)]
    fn container_by_place<'a>(
        &self,
        tag: &'a [u8],
        tape: &Tape,
        object: u32,
        input: &'a [u8],
    ) -> Option<&'a [u8]> {
        let by_path = || {
            let keys = shippers::FILE_KEYS;
            wrap::header_part(tape, object, input, keys, &self.atoms, wrap::container_of).or_else(
                || {
                    let path = ["log", "file", "path"];
                    wrap::container_of(wrap::within(tape, object, input, &path, &self.atoms)?)
                },
            )
        };
        wrap::container_of(tag).or_else(by_path)
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
        self.known.look(tape, object);
        // Fluent Bit can put what a container wrote beside its name.
        self.is_of_container =
            self.known.candidate(0).is_some() && self.wrapping.has_container(tape, object);
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
        let mapped = |index: usize| match self.origin(index) {
            Some(Origin::Mapped(mapped)) => Some(&**mapped),
            _ => None,
        };
        mapped(index)
            .zip(other.and_then(|other| mapped(usize::from(other))))
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
        let Some(compiled) = self.sources.get(index) else {
            return false;
        };
        if let Origin::Mapped(mapped) = &compiled.origin
            && !(mapped.has_tag(tag) && mapped.may_be(tape, object, input, event))
        {
            return false;
        }
        let (compiled_root, bound) = (compiled.root, compiled.bound);
        let has_container = bound != Bound::No && self.is_of_container;
        if has_container {
            self.learn_author(tag, tape, object, input, event);
        }
        if self.author.is_known() && !self.may_be_written(index, bound) {
            return false;
        }
        event.unfill();
        let (arena, notes) = (event.arena.len(), event.notes);
        let source = u16::try_from(index).unwrap_or(u16::MAX);
        self.generation = self.generation.wrapping_add(1);
        self.is_singular = false;
        self.event_in_text = None;
        self.steps.clear();
        self.walk(compiled_root, tape, object, false, input, event);
        self.walk_ahead(tape, input, event);
        self.is_singular |= has_container;
        let is_met = self.finish(End { source, stands: 0 }, tag, input, event);
        if is_met && self.has_several(index, tape, object) {
            event.note(Note::SeveralEvents);
            self.is_singular = true;
        }
        if !is_met {
            mapped::start_over(event, arena, notes);
            self.event_in_text = None;
        }
        is_met
    }

    /// True if the source of this number reads nothing but a line's header.
    fn origin(&self, index: usize) -> Option<&Origin> {
        self.sources.get(index).map(|compiled| &compiled.origin)
    }

    fn is_header_only(&self, source: u16) -> bool {
        self.origin(usize::from(source)).is_some_and(Origin::is_header_only)
    }

    fn has_several(&self, index: usize, tape: &Tape, object: u32) -> bool {
        self.origin(index).is_some_and(|origin| origin.has_several(tape, object))
    }

    /// True if whoever wrote the record may pass on events of the source, which is bound so.
    #[cold]
    fn may_be_written(&self, index: usize, bound: Bound) -> bool {
        let may_write = |compiled: &Compiled| {
            self.writers.may_write(&self.author, compiled.origin.id(), &compiled.writers)
        };
        !bound.binds(&self.author)
            || self.sources.get(index).is_some_and(may_write)
            || self.texts.are_programs(index, self.author.names())
    }

    /// The patterns of tags that mappings ask for.
    pub fn tags(&self) -> impl Iterator<Item = &[u8]> {
        self.sources.iter().filter_map(|compiled| match &compiled.origin {
            Origin::Mapped(mapped) => mapped.tag.as_deref(),
            Origin::Source(_) => None,
        })
    }

    /// Fills the event from a record of a layout that is known, without a tape; the event stays empty where it is not.
    pub fn apply_by_layout(&mut self, tag: &[u8], input: &[u8], event: &mut Event) -> bool {
        if !self.layouts.is_tried() {
            return false;
        }
        let notes = event.notes;
        let is_hit = match self.read_by_layout::<false>(NOBODY, tag, input, event) {
            Ok(()) => true,
            Err(NOBODY) => false,
            Err(refused) => {
                event.notes = notes;
                self.apply_by_another_layout(refused, tag, input, event)
            }
        };
        if is_hit {
            self.layouts.count(true);
        }
        is_hit
    }

    /// Counts a record that no known layout holds; true if its layout may be learned.
    pub fn count_unknown_layout(&mut self) -> bool {
        let is_tried = self.layouts.is_tried();
        self.layouts.count(false);
        is_tried
    }

    /// The records of several mappings may look the same but for the values that they match on.
    #[cold]
    #[inline(never)]
    fn apply_by_another_layout(
        &mut self,
        refused: u16,
        tag: &[u8],
        input: &[u8],
        event: &mut Event,
    ) -> bool {
        self.read_by_layout::<true>(refused, tag, input, event).is_ok()
    }

    /// Where it fails, the source that refused the record, for its values are not what it matches on. With `AGAIN`, the pieces of `refused` are passed over.
    #[inline(always)]
    fn read_by_layout<const AGAIN: bool>(
        &mut self,
        refused: u16,
        tag: &[u8],
        input: &[u8],
        event: &mut Event,
    ) -> Result<(), u16> {
        let mut told = NOBODY;
        let mut index = self.layouts.first();
        if index == 0 {
            // Nothing was learned: lines of text leave no layouts.
            return Err(NOBODY);
        }
        let mut reader = ScalarReader::new(input, &self.atoms);
        let mut at = 0usize;
        while let Some(mut piece) = self.layouts.piece(index) {
            let value = piece
                .value_at(input, at)
                .filter(|_| !AGAIN || piece.owner != refused)
                .and_then(|start| Some((start, *input.get(start)?)));
            let (start, first) = match value {
                // A bracket opens what is no scalar: another piece may hold it.
                Some((start, first)) if first | 0x20 != b'{' => (start, first),
                _ => {
                    let Some((found, end)) = self.layouts.find(index, input, at, refused) else {
                        break;
                    };
                    if let Some(end) = found.end {
                        if self.finish(end, tag, input, event) {
                            return Ok(());
                        }
                        told = end.source;
                        break;
                    }
                    piece = found;
                    (end, input.get(end).copied().unwrap_or_default())
                }
            };
            if first == b'"' {
                // Mostly text that goes to one cell as it stands.
                let Some((end, flags)) = reader.string(input, start) else {
                    break;
                };
                let Step { count, is_text, only, .. } = &piece.step;
                if *is_text && flags == 0 && end.wrapping_sub(start) > 2 {
                    if event.rank(only.cell) >= only.rank {
                        event.put(
                            only.cell,
                            Tag::Input(Kind::String),
                            start as u64 | (end as u64).wrapping_shl(32),
                            only.rank,
                        );
                    }
                } else if *count > 0 || flags != 0 {
                    let text = Scalar::string(start, end, flags);
                    if text.is_broken() {
                        break;
                    }
                    self.filler.put_step(&piece.step, text, input, event);
                }
                (at, index) = (end, piece.then);
            } else if word_at(input, start).is_some_and(|word| word as u32 == NULL) {
                // No value.
                (at, index) = (start.wrapping_add(4), piece.then);
            } else if piece.step.is_kept
                && let Some((end, kind)) = truth_at(input, start)
            {
                let only = &piece.step.only;
                if event.rank(only.cell) >= only.rank {
                    event.put(
                        only.cell,
                        Tag::Input(kind),
                        start as u64 | (end as u64).wrapping_shl(32),
                        only.rank,
                    );
                }
                (at, index) = (end, piece.then);
            } else if let Some(end) = whole_number_at(input, start) {
                let only = &piece.step.only;
                if !piece.step.is_number {
                    if piece.step.count > 0 {
                        self.filler.put_step(&piece.step, Scalar::number(start, end), input, event);
                    }
                } else if event.rank(only.cell) >= only.rank {
                    event.put(
                        only.cell,
                        Tag::Input(Kind::Number),
                        start as u64 | (end as u64).wrapping_shl(32),
                        only.rank,
                    );
                }
                (at, index) = (end, piece.then);
            } else {
                let Some(scalar) = reader.scalar(start) else {
                    break;
                };
                if piece.step.count > 0 {
                    self.filler.put_step(&piece.step, scalar, input, event);
                }
                (at, index) = (scalar.end as usize, piece.then);
            }
        }
        event.clear_cells();
        Err(told)
    }

    /// Bytes held by layouts.
    pub fn memory(&self) -> usize {
        self.layouts.memory().saturating_add(self.message.memory())
    }

    /// CachedLayouts may be half learned where a call did not finish.
    pub fn forget_layouts(&mut self) {
        self.layouts.forget();
    }

    /// Remembers the layout of the record that was walked last, if nothing but its scalars told what it means.
    pub fn learn_layout(&mut self, tape: &Tape, input: &[u8], event: &Event) {
        let Some(source) = event.source else { return };
        let is_plain = !event.notes.has(Note::DuplicateKey)
            && !event.notes.has(Note::ValueDropped)
            && !self.is_singular;
        let stands = match self.origin(usize::from(source)) {
            Some(Origin::Mapped(mapped)) => mapped.stands(event),
            _ => 0,
        };
        let nodes = tape.nodes().get(1..).unwrap_or_default();
        if is_plain
            && nodes.len() == self.steps.len()
            && self.layouts.is_seen(digest(source, nodes, &self.steps))
        {
            let scalars = nodes.iter().zip(&self.steps).filter(|(node, _)| !node.is_container());
            self.layouts.learn(
                End { source, stands },
                input,
                scalars.map(|(node, step)| (node.start as usize..node.end as usize, *step)),
            );
        }
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
            Origin::Mapped(_) => return false,
        }
        event.source = Some(told.source);
        true
    }

    /// Applies the rows below a node of the trie to what lies in a container.
    fn walk(
        &mut self,
        root: u16,
        tape: &Tape,
        object: u32,
        repeats: bool,
        input: &[u8],
        event: &mut Event,
    ) {
        let mut stack = [Frame::default(); DEPTH];
        let end = tape.node(object).map_or(0, |node| node.link);
        let mut top = Frame { end, behind: end, trie: root, repeats };
        let mut depth = 0usize;
        let mut at = object.saturating_add(1);
        // Where layouts are not tried, none is learned of this record.
        let is_learned = self.layouts.is_tried();
        loop {
            if at >= top.end {
                // Frames hold where their parents go on; the first holds the root's.
                let Some(above) = depth.checked_sub(1) else {
                    break;
                };
                depth = above;
                at = top.behind;
                top = stack.get(depth).copied().unwrap_or_default();
                continue;
            }
            let Some(node) = tape.node(at) else { break };
            let next = node.link;
            let child =
                if node.atom == UNKNOWN { None } else { self.edges.find(top.trie, node.atom) };
            let Some(trie) = child.and_then(|child| self.nodes.get_mut(usize::from(child))) else {
                if is_learned {
                    self.pass_over(at..next);
                }
                at = next;
                continue;
            };
            let child = child.unwrap_or_default();
            let is_duplicate = !top.repeats && trie.seen == self.generation;
            trie.seen = self.generation;
            let (first, count, has_children) = (trie.first, trie.count, trie.has_children);
            let (ways, element, is_list) = (trie.ways, trie.element, trie.is_list);
            if is_duplicate {
                self.forget_below(child, event);
            }
            if is_learned {
                self.step_of(first, count, top.repeats);
            }
            self.filler.put_rows(
                first..first.wrapping_add(count),
                node.scalar(),
                top.repeats,
                Some((tape, at)),
                input,
                event,
            );
            self.is_singular |= count > 0
                && node.is_container()
                && self.fills_by_container(first, count, node.kind);
            let mut child = child;
            if ways > 0 || element > 0 && node.kind != Kind::Array {
                child = self.turn_off(child, element, tape, at, top.repeats, input, event);
            }
            if has_children && node.is_container() && depth < DEPTH {
                if let Some(place) = stack.get_mut(depth) {
                    *place = top;
                }
                depth = depth.wrapping_add(1);
                let first = tape.node(at.wrapping_add(1)).map_or(next, |node| node.link);
                top = Frame {
                    end: if is_list && node.kind == Kind::Array { first.min(next) } else { next },
                    behind: next,
                    trie: child,
                    repeats: top.repeats || node.kind == Kind::Array,
                };
                at = at.wrapping_add(1);
            } else {
                if is_learned {
                    self.pass_over(at.wrapping_add(1)..next);
                }
                at = next;
            }
        }
    }

    /// A layout holds scalars only: what a container fills, it would not.
    #[cold]
    fn fills_by_container(&self, first: u16, count: u16, kind: Kind) -> bool {
        let rows = self
            .filler
            .targets
            .get(usize::from(first)..usize::from(first.wrapping_add(count)))
            .unwrap_or_default();
        rows.iter().any(|row| match row.via {
            Via::Keep | Via::Condition => false,
            Via::List => kind == Kind::Array,
            _ => true,
        })
    }

    /// The step of a value that fills these rows.
    #[inline(never)]
    fn step_of(&mut self, first: u16, count: u16, repeats: bool) {
        let only = self
            .filler
            .targets
            .get(usize::from(first))
            .copied()
            .filter(|_| count == 1)
            .unwrap_or_default();
        let is_text = count == 1 && only.takes_text && !repeats;
        let is_kept = is_text && matches!(only.via, Via::Keep | Via::List | Via::Condition);
        let takes_number = matches!(only.via, Via::Keep | Via::List | Via::Condition)
            || only.via == Via::Field && matches!(only.form, Form::Number | Form::Any);
        let is_number = count == 1 && takes_number && !repeats;
        self.step(Step { first, count, repeats, is_text, is_kept, is_number, only });
    }

    /// Within the room reserved at start: a record of more values leaves no layout.
    fn step(&mut self, step: Step) {
        if self.steps.len() < MOST_STEPS {
            self.steps.push(step);
        }
    }

    fn pass_over(&mut self, nodes: std::ops::Range<u32>) {
        for _ in nodes.take(MOST_STEPS) {
            self.step(Step::default());
        }
    }

    /// A key came a second time: what was read below the first one does not count.
    #[cold]
    fn forget_below(&mut self, index: u16, event: &mut Event) {
        event.note(Note::DuplicateKey);
        self.forgotten.clear();
        self.forgotten.push(index);
        while let Some(index) = self.forgotten.pop() {
            let Some(node) = self.nodes.get_mut(usize::from(index)) else {
                continue;
            };
            let (first, count) = self.below.get(usize::from(index)).copied().unwrap_or_default();
            self.forgotten.extend_from_slice(
                self.children
                    .get(first as usize..first.wrapping_add(count) as usize)
                    .unwrap_or_default(),
            );
            node.seen = 0;
            let range = usize::from(node.first)..usize::from(node.first.saturating_add(node.count));
            for target in self.filler.targets.get(range).unwrap_or_default() {
                if event.rank(target.cell) == target.rank {
                    event.unset(target.cell);
                    if matches!(target.via, Via::Time | Via::Timed(_)) {
                        event.time_ms = None;
                    }
                }
            }
        }
        if let Some(node) = self.nodes.get_mut(usize::from(index)) {
            node.seen = self.generation;
        }
    }
}

/// `true` or `false`, and where it ends.
#[inline(always)]
fn truth_at(text: &[u8], at: usize) -> Option<(usize, Kind)> {
    match word_at(text, at)? as u32 {
        TRUE => Some((at.wrapping_add(4), Kind::True)),
        FALS if text.get(at.wrapping_add(4)) == Some(&b'e') => {
            Some((at.wrapping_add(5), Kind::False))
        }
        _ => None,
    }
}

/// A record's layout as a number: which rows its values fill, and how long its keys are. Two that collide cost speed alone.
fn digest(source: u16, nodes: &[Node], steps: &[Step]) -> u64 {
    nodes.iter().zip(steps).fold(u64::from(source).wrapping_add(1), |digest, (node, step)| {
        let one = u64::from(step.first).wrapping_shl(16) | u64::from(node.key_len);
        (digest.rotate_left(9) ^ one).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
