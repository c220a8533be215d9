//! Normalise: picks the source of a record and applies its rows, in one walk over the tape.
//!
//! The sources' paths are compiled into one trie over atoms; a walk costs the same however many sources there are.
//! Records of a shape that was walked before need no walk: see `shape`.

mod author;
mod fill;
mod inner;
mod known;
mod lines;
mod mapped;
mod meaning;
mod message;
mod origin;
pub(crate) mod principal;

pub use fill::Target;

use crate::address::Proxies;
use crate::cached_layout::{CachedLayouts, End, MOST_STEPS, NOBODY, Step};
use crate::event::{Cell, EMPTY, Event, Field, Form, Tag};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms, ELEMENT, UNKNOWN};
use crate::parse::json::{ScalarReader, whole_number_at};
use crate::parse::shippers;
use crate::parse::syslog;
use crate::parse::syslog::Voucher;
use crate::parse::tape::{Node, Scalar, Tape};
use crate::parse::text::word_at;
use crate::parse::wrap;
use crate::pattern::Patterns;
use crate::policy::mapping::{Key, Mapping, Path, Pick};
use crate::rule::record::Within;
use crate::source::{self, Fields, InPlace, ReadLine, Source, Via};
use crate::time;
use crate::value::{Doc, Kind, Val};
use author::{Author, Bound, Writers};
use fill::{Effort, Filler};
use known::Known;
use lines::Reader;
pub(crate) use mapped::Table;
use mapped::{Cells, Mapped, Needs};
use std::collections::BTreeMap;

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
    nodes: Vec<TrieNode>,
    /// For each node, its children within `children`.
    below: Vec<(u32, u32)>,
    children: Vec<u16>,
    /// The nodes that are still to be forgotten.
    forgotten: Vec<u16>,
    edges: Vec<Edge>,
    /// Values after elements met by condition and JSON in text, by node.
    picks: Vec<inner::Way>,
    /// Those that the walk came by and has still to go.
    ahead: Vec<inner::Visit>,
    /// The values of JSON in text.
    inner: Tape,
    /// The walk is within such.
    is_inner: bool,
    filler: Filler,
    shapes: CachedLayouts,
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
    /// The record that was walked last has what its shape would not tell.
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
}

/// The trie while it grows.
#[derive(Default)]
struct Growth {
    links: BTreeMap<(u16, Atom), u16>,
    rows: Vec<(u16, Target)>,
    picks: BTreeMap<u16, Vec<inner::Way>>,
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
struct Edge {
    from_atom: u32,
    to: u16,
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
            nodes: Vec::new(),
            below: Vec::new(),
            children: Vec::new(),
            forgotten: Vec::new(),
            edges: Vec::new(),
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
                proxies: proxies.clone(),
                day: time::Day::default(),
                written_day: None,
            },
            shapes: CachedLayouts::new(),
            readers: Vec::new(),
            readers_in_place: Vec::new(),
            before: syslog::Before::default(),
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

    fn compile(&mut self, mappings: &[&Mapping], sources: &[&'static Source]) {
        let mut growth = Growth::default();
        // No path leads to the first node: it stands for none.
        self.add_node(0);
        for mapping in mappings {
            self.add_mapping(mapping, &mut growth);
        }
        for source in sources {
            let root = self.add_node(0);
            let mut ranks: BTreeMap<usize, usize> = BTreeMap::new();
            for row in source.rows {
                let node = self.add_path(root, segments(row.path), &mut growth);
                // The first of a cell's rows that finds a value wins.
                let ranks = ranks.entry(row.cell.index()).or_default();
                let rank = std::mem::replace(ranks, ranks.saturating_add(1));
                growth.rows.push((node, target(row.cell, form_of(row.cell), rank, row.via)));
            }
            let bound = if source.is_remote { Bound::Programs } else { Bound::No };
            let origin = Origin::Source(source);
            self.sources.push(Compiled { origin, root, bound, writers: Vec::new() });
        }
        let Growth { links, rows, picks } = growth;
        debug_assert!(
            self.nodes.len() < usize::from(u16::MAX) && rows.len() < usize::from(u16::MAX),
            "the policy's checks hold these down"
        );
        for (node, target) in by_node(rows, self.nodes.len()) {
            let first = self.filler.targets.len() as u16;
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.first = if node.count == 0 { first } else { node.first };
                node.count = node.count.saturating_add(1);
            }
            self.filler.targets.push(target);
        }
        for (node, way) in
            picks.into_iter().flat_map(|(node, ways)| ways.into_iter().map(move |way| (node, way)))
        {
            let first = self.picks.len() as u16;
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.first_way = if node.ways == 0 { first } else { node.first_way };
                node.ways = node.ways.saturating_add(1);
            }
            self.picks.push(way);
        }
        self.list_children();
        let size = links.len().saturating_mul(4).next_power_of_two().max(16);
        self.edges = vec![Edge::default(); size];
        for ((from, atom), to) in links {
            let from_atom = edge_key(from, atom);
            let mut place = edge_home(from_atom, size);
            while self.edges.get(place).is_some_and(|edge| edge.from_atom != 0) {
                place = place.wrapping_add(1) & size.wrapping_sub(1);
            }
            if let Some(edge) = self.edges.get_mut(place) {
                *edge = Edge { from_atom, to };
            }
            if let Some(from) = self.nodes.get_mut(usize::from(from)).filter(|_| atom == ELEMENT) {
                from.element = to;
            }
        }
    }

    /// Lists the children of each node, once all are there. Nothing is sorted: sorting goes deeper the more there is, and a module's stack is small.
    fn list_children(&mut self) {
        self.below = vec![(0, 0); self.nodes.len()];
        for node in self.nodes.iter().skip(1).filter(|node| node.parent != 0) {
            if let Some((_, count)) = self.below.get_mut(usize::from(node.parent)) {
                *count = count.saturating_add(1);
            }
        }
        let mut ends: Vec<u32> = Vec::with_capacity(self.below.len());
        let mut total = 0u32;
        for (first, count) in &mut self.below {
            *first = total;
            ends.push(total);
            total = total.saturating_add(*count);
        }
        self.children = vec![0; total as usize];
        for (index, node) in (0u16..).zip(&self.nodes).skip(1).filter(|(_, node)| node.parent != 0)
        {
            if let Some(end) = ends.get_mut(usize::from(node.parent)) {
                if let Some(child) = self.children.get_mut(*end as usize) {
                    *child = index;
                }
                *end = end.saturating_add(1);
            }
        }
        self.forgotten = Vec::with_capacity(self.nodes.len());
    }

    fn add_node(&mut self, parent: u16) -> u16 {
        self.nodes.push(TrieNode { parent, ..TrieNode::default() });
        self.nodes.len().saturating_sub(1) as u16
    }

    fn add_mapping(&mut self, mapping: &Mapping, growth: &mut Growth) {
        let cells = Cells::of(mapping);
        let root = self.add_node(0);
        for (cell, path) in cells.conditions() {
            let node = self.add_keys(root, &path.keys, growth);
            growth.rows.push((node, target(Cell::kept(cell), Form::Any, 0, Via::Condition)));
        }
        let mut before = None;
        for (cell, rank, row) in cells.rows() {
            let node = self.add_keys(root, &row.path.keys, growth);
            let via = self.filler.needs.row(row, &mut before);
            growth.rows.push((node, target(Cell::kept(cell), row.field.form(), rank, via)));
        }
        let mut ranks = [0usize; Field::ALL.len()];
        let mut before = None;
        for row in &mapping.rows {
            let node = self.add_keys(root, &row.path.keys, growth);
            let via = self.filler.needs.row(row, &mut before);
            let rank = ranks
                .get_mut(row.field as usize)
                .map_or(0, |rank| std::mem::replace(rank, rank.saturating_add(1)));
            growth.rows.push((node, target(Cell::field(row.field), row.field.form(), rank, via)));
        }
        for path in mapping.within.iter().filter(|path| path.is_in_text()) {
            let root = self.add_keys(root, &path.keys, growth);
            let ways = growth.picks.values_mut().flatten();
            ways.filter(|way| way.root == root).for_each(|way| way.is_event = true);
        }
        if let Some(path) = &mapping.events {
            let list = self.add_keys(root, &path.keys, growth);
            self.nodes.get_mut(usize::from(list)).into_iter().for_each(|node| node.is_list = true);
        }
        let mapped = Mapped::new(mapping, &cells, &self.atoms);
        let bound = self.writers.bound(mapping);
        let (origin, writers) = (Origin::Mapped(Box::new(mapped)), mapping.writers.clone());
        self.sources.push(Compiled { origin, root, bound, writers });
    }

    /// The node of a path of a mapping: elements by condition and JSON in text have tries of their own.
    fn add_keys(&mut self, root: u16, keys: &[Key], growth: &mut Growth) -> u16 {
        let mut at = root;
        for key in keys {
            at = self.add_path(at, std::iter::once((key.name.as_str(), false)), growth);
            if key.is_json {
                at = self.add_way(at, None, growth);
            }
            at = match &key.pick {
                Pick::Whole => at,
                Pick::First => self.add_edge(at, ELEMENT, growth),
                Pick::Where(names, value) => {
                    let names = names.iter().map(|name| self.atoms.find(name.as_bytes())).collect();
                    self.add_way(at, Some(inner::Met::new(names, value)), growth)
                }
            };
        }
        at
    }

    fn add_way(&mut self, at: u16, met: Option<inner::Met>, growth: &mut Growth) -> u16 {
        let ways = growth.picks.entry(at).or_default();
        if let Some(way) = ways.iter().find(|way| way.is_same(met.as_ref())) {
            return way.root;
        }
        let root = self.add_node(at);
        ways.push(inner::Way { met, root, is_event: false });
        root
    }

    fn add_path<'p>(
        &mut self,
        root: u16,
        path: impl Iterator<Item = (&'p str, bool)>,
        growth: &mut Growth,
    ) -> u16 {
        let mut at = root;
        for (key, is_array) in path {
            let key = self.atoms.find(key.as_bytes());
            for atom in [Some(key), is_array.then_some(ELEMENT)].into_iter().flatten() {
                at = self.add_edge(at, atom, growth);
            }
        }
        at
    }

    fn add_edge(&mut self, from: u16, atom: Atom, growth: &mut Growth) -> u16 {
        if let Some(node) = self.nodes.get_mut(usize::from(from)) {
            node.has_children = true;
        }
        if let Some(known) = growth.links.get(&(from, atom)) {
            return *known;
        }
        let to = self.add_node(from);
        growth.links.insert((from, atom), to);
        to
    }

    /// The event, where the record holds it in a key or in its text: rules look at it as the original record too.
    pub fn within(&self, source: Option<u16>) -> Within<'_> {
        let mapped = source.and_then(|source| self.sources.get(usize::from(source)));
        let keys = match mapped.map(|compiled| &compiled.origin) {
            Some(Origin::Mapped(mapped)) => mapped.within.as_slice(),
            _ => &[],
        };
        Within {
            keys,
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

    /// Who vouches for a line, of a container or none, that names no program: it stands under a key which shippers put lines of files under, or under another.
    pub fn voucher<'a>(
        &self,
        tag: &[u8],
        container: Option<&'a [u8]>,
        is_of_tail: bool,
    ) -> Voucher<'a> {
        match container {
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
        let is_alone = tape.children(object).nth(1).is_none();
        if is_alone || self.author.is_known() || self.trusts(tag) {
            return;
        }
        let container = self.wrapping.container(tape, object);
        self.author.learn_container(container.names(event.texts(input)));
        if self.author.is_known() {
            return;
        }
        let [_, programs, ..] = shippers::HEADER_KEYS;
        let named = wrap::header_part(tape, object, input, programs, &self.atoms, Some);
        let within = |path: &&[&str]| wrap::within(tape, object, input, path, &self.atoms);
        let program = named.or_else(|| shippers::PROGRAM_PATHS.iter().find_map(within));
        let (program, _) = syslog::sender(program.unwrap_or_default());
        self.author.learn(program);
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
        // What the record before was walked by is no shape of this one, should a source read it as a line.
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
                // Whether those before it match may lie in values alone, which a shape does not tell.
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
        let mapped = |index: usize| match self.sources.get(index).map(|compiled| &compiled.origin) {
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
    fn is_header_only(&self, source: u16) -> bool {
        match self.sources.get(usize::from(source)).map(|compiled| &compiled.origin) {
            Some(Origin::Source(known)) => known.lines.is_some_and(|lines| lines.is_header_only),
            _ => false,
        }
    }

    fn has_several(&self, index: usize, tape: &Tape, object: u32) -> bool {
        match self.sources.get(index).map(|compiled| &compiled.origin) {
            Some(Origin::Mapped(mapped)) => mapped.has_several(tape, object),
            _ => false,
        }
    }

    /// True if whoever wrote the record may pass on events of the source, which is bound so.
    #[cold]
    fn may_be_written(&self, index: usize, bound: Bound) -> bool {
        let is_bound = match bound {
            Bound::No => false,
            Bound::Containers => self.author.is_container,
            Bound::Programs => true,
        };
        let may_write = |compiled: &Compiled| {
            self.writers.may_write(&self.author, compiled.origin.id(), &compiled.writers)
        };
        !is_bound
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

    /// Fills the event from a record of a shape that is known, without a tape; the event stays empty where it is not.
    pub fn apply_by_shape(&mut self, tag: &[u8], input: &[u8], event: &mut Event) -> bool {
        if !self.shapes.is_tried() {
            return false;
        }
        let notes = event.notes;
        let is_hit = match self.read_by_shape::<false>(NOBODY, tag, input, event) {
            Ok(()) => true,
            Err(NOBODY) => false,
            Err(refused) => {
                event.notes = notes;
                self.apply_by_another_shape(refused, tag, input, event)
            }
        };
        if is_hit {
            self.shapes.count(true);
        }
        is_hit
    }

    /// Counts a record that no known shape holds; true if its shape may be learned.
    pub fn count_unknown_shape(&mut self) -> bool {
        let is_tried = self.shapes.is_tried();
        self.shapes.count(false);
        is_tried
    }

    /// The records of several mappings may look the same but for the values that they match on.
    #[cold]
    #[inline(never)]
    fn apply_by_another_shape(
        &mut self,
        refused: u16,
        tag: &[u8],
        input: &[u8],
        event: &mut Event,
    ) -> bool {
        self.read_by_shape::<true>(refused, tag, input, event).is_ok()
    }

    /// Where it fails, the source that refused the record, for its values are not what it matches on. With `AGAIN`, the pieces of `refused` are passed over.
    #[inline(always)]
    fn read_by_shape<const AGAIN: bool>(
        &mut self,
        refused: u16,
        tag: &[u8],
        input: &[u8],
        event: &mut Event,
    ) -> Result<(), u16> {
        let mut told = NOBODY;
        let mut index = self.shapes.first();
        if index == 0 {
            // Nothing was learned: lines of text leave no shapes.
            return Err(NOBODY);
        }
        let mut reader = ScalarReader::new(input, &self.atoms);
        let mut at = 0usize;
        while let Some(mut piece) = self.shapes.piece(index) {
            let value = piece
                .value_at(input, at)
                .filter(|_| !AGAIN || piece.owner != refused)
                .and_then(|start| Some((start, *input.get(start)?)));
            let (start, first) = match value {
                // A bracket opens what is no scalar: another piece may hold it.
                Some((start, first)) if first | 0x20 != b'{' => (start, first),
                _ => {
                    let Some((found, end)) = self.shapes.find(index, input, at, refused) else {
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

    /// Bytes held by shapes.
    pub fn memory(&self) -> usize {
        self.shapes.memory().saturating_add(self.message.memory())
    }

    /// CachedLayouts may be half learned where a call did not finish.
    pub fn forget_shapes(&mut self) {
        self.shapes.forget();
    }

    /// Remembers the shape of the record that was walked last, if nothing but its scalars told what it means.
    pub fn learn_shape(&mut self, tape: &Tape, input: &[u8], event: &Event) {
        let Some(source) = event.source else { return };
        let is_plain = !event.notes.has(Note::DuplicateKey)
            && !event.notes.has(Note::ValueDropped)
            && !self.is_singular;
        let stands = match self.sources.get(usize::from(source)).map(|compiled| &compiled.origin) {
            Some(Origin::Mapped(mapped)) => mapped.stands(event),
            _ => 0,
        };
        let nodes = tape.nodes().get(1..).unwrap_or_default();
        if is_plain
            && nodes.len() == self.steps.len()
            && self.shapes.is_seen(digest(source, nodes, &self.steps))
        {
            let scalars = nodes.iter().zip(&self.steps).filter(|(node, _)| !node.is_container());
            self.shapes.learn(
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
        let is_learned = self.shapes.is_tried();
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
            let child = if node.atom == UNKNOWN { None } else { self.edge(top.trie, node.atom) };
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

    /// A shape holds scalars only: what a container fills, it would not.
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

    /// Within the room reserved at start: a record of more values leaves no shape.
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

    #[inline]
    fn edge(&self, from: u16, atom: Atom) -> Option<u16> {
        let wanted = edge_key(from, atom);
        let mut place = edge_home(wanted, self.edges.len());
        loop {
            let edge = self.edges.get(place)?;
            if edge.from_atom == wanted {
                return Some(edge.to);
            }
            if edge.from_atom == 0 {
                return None;
            }
            place = place.wrapping_add(1) & self.edges.len().wrapping_sub(1);
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

fn form_of(cell: Cell) -> Form {
    Field::ALL
        .iter()
        .find(|field| Cell::field(**field) == cell)
        .map_or(Form::Any, |field| field.form())
}

/// A row as it is applied.
fn target(cell: Cell, form: Form, rank: usize, via: Via) -> Target {
    let takes_text = matches!(via, Via::Field | Via::Keep | Via::List | Via::Condition)
        && matches!(form, Form::Text | Form::Any);
    let rank = u8::try_from(rank).unwrap_or(EMPTY).min(EMPTY.saturating_sub(1));
    Target { cell, rank, form, via, takes_text }
}

/// The keys of a path, each with whether its value is an array whose elements are meant.
fn segments(path: &'static str) -> impl Iterator<Item = (&'static str, bool)> {
    source::keys_of(path).map(|segment| match segment.strip_suffix("[]") {
        Some(key) => (key, true),
        None => (segment, false),
    })
}

/// Never 0, which marks a free place.
fn edge_key(from: u16, atom: Atom) -> u32 {
    u32::from(from).wrapping_add(1).wrapping_shl(16) | u32::from(atom)
}

fn edge_home(key: u32, size: usize) -> usize {
    key.wrapping_mul(0x9e37_79b1).wrapping_shr(16) as usize & size.wrapping_sub(1)
}

/// Rows in the order of their nodes, those of one node by rank.
#[inline(never)]
fn by_node(rows: Vec<(u16, Target)>, nodes: usize) -> impl Iterator<Item = (u16, Target)> {
    let mut of_node: Vec<Vec<Target>> = vec![Vec::new(); nodes];
    for (node, target) in rows {
        if let Some(held) = of_node.get_mut(usize::from(node)) {
            let at = held.partition_point(|other| other.rank <= target.rank);
            held.insert(at, target);
        }
    }
    (0u16..)
        .zip(of_node)
        .flat_map(|(node, targets)| targets.into_iter().map(move |target| (node, target)))
}

/// A record's shape as a number: which rows its values fill, and how long its keys are. Two that collide cost speed alone.
fn digest(source: u16, nodes: &[Node], steps: &[Step]) -> u64 {
    nodes.iter().zip(steps).fold(u64::from(source).wrapping_add(1), |digest, (node, step)| {
        let one = u64::from(step.first).wrapping_shl(16) | u64::from(node.key_len);
        (digest.rotate_left(9) ^ one).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
