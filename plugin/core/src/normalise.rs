//! Normalise: picks the source of a record and applies its rows, in one walk over the tape.
//!
//! The sources' paths are compiled into one trie over atoms; a walk costs the same however many sources there are.
//! Records of a shape that was walked before need no walk: see `shape`.

mod fill;
mod lines;
mod mapped;
mod message;
mod origin;

pub use fill::Target;

use crate::address::Proxies;
use crate::event::{Cell, EMPTY, Event, Form, Slot, Tag};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms, ELEMENT, UNKNOWN};
use crate::parse::json::{ScalarReader, whole_number_at};
use crate::parse::syslog;
use crate::parse::tape::{Scalar, Tape};
use crate::parse::text::word_at;
use crate::parse::wrap;
use crate::policy::mapping::Mapping;
use crate::shape::{End, MOST_STEPS, NOBODY, Shapes, Step};
use crate::source::{self, Fields, Source, Via};
use crate::time;
use crate::value::{Kind, Val};
use fill::Filler;
use lines::Reader;
use mapped::{Mapped, Needs};
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
    /// For each atom, its bits among the keys by which sources are recognised, or 0.
    marks: Vec<u128>,
    sources: Vec<Compiled>,
    nodes: Vec<TrieNode>,
    edges: Vec<Edge>,
    filler: Filler,
    shapes: Shapes,
    /// The source of access logs, whose lines are mostly read where they stand.
    access_logs: Option<u16>,
    /// Those of the sources that read lines of text.
    readers: Vec<Reader>,
    /// What the lines before were like.
    before: syslog::Before,
    /// Whom is believed for whom they ask.
    proxies: Proxies,
    /// How many of the first sources are mappings.
    mappings: usize,
    /// The values of a message that is offered to them.
    message: Tape,
    /// What the last walk did with each node behind the root.
    steps: Vec<Step>,
    /// The record that was walked last has what its shape would not tell.
    is_singular: bool,
    generation: u32,
}

/// A source or a mapping.
struct Compiled {
    origin: Origin,
    /// The alternatives of keys, each as bits.
    keys: Vec<u128>,
    root: u16,
}

enum Origin {
    Source(&'static Source),
    Mapped(Mapped),
}

/// The trie while it grows.
#[derive(Default)]
struct Growth {
    links: BTreeMap<(u16, Atom), u16>,
    rows: Vec<(u16, Target)>,
    marks: BTreeMap<String, u128>,
}

#[derive(Clone, Copy, Default)]
struct TrieNode {
    parent: u16,
    /// This node's rows within `targets`.
    first: u16,
    count: u16,
    has_children: bool,
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
    /// Index of the node behind the container.
    end: u32,
    trie: u16,
    /// Within an array: the same path comes once per element.
    repeats: bool,
}

impl Normaliser {
    /// With the policy's mappings and trusted proxies, the sources' keys, and those that others look for.
    pub fn new(mappings: &[Mapping], proxies: Proxies, more: &[&str]) -> Normaliser {
        let paths = source::ALL.iter().flat_map(|source| source.rows.iter().map(|row| row.path));
        let keys = source::ALL.iter().flat_map(|source| source.keys.iter().copied().flatten().copied());
        let mapped = mappings.iter().flat_map(|mapping| mapping.tests.iter().map(|test| &test.path).chain(mapping.rows.iter().map(|row| &row.path)));
        let mapped = mapped.flat_map(|path| &path.keys).map(|(key, _)| key.as_str());
        let beside = [wrap::HEADER_KEYS.concat(), wrap::CONTAINER_KEYS.to_vec()].concat();
        let ours = keys.chain(wrap::KEYS.iter().copied()).chain(beside.iter().copied()).chain(more.iter().copied());
        let atoms = Atoms::new(paths.flat_map(segments).map(|(key, _)| key).chain(ours).chain(mapped));
        let mut made = Normaliser {
            marks: vec![0; usize::from(atoms.count()).saturating_add(1)],
            atoms,
            sources: Vec::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            filler: Filler { targets: Vec::new(), scratch: Vec::with_capacity(256), needs: Needs::default(), day: time::Day::default(), written_day: None },
            shapes: Shapes::new(),
            access_logs: source::ALL.iter().position(|source| source.id == source::http_access::SOURCE.id).and_then(|index| u16::try_from(index).ok()),
            readers: Vec::new(),
            before: syslog::Before::default(),
            proxies,
            mappings: mappings.len(),
            message: Tape::new(if mappings.is_empty() { 0 } else { message::MOST_VALUES }),
            steps: Vec::with_capacity(MOST_STEPS),
            is_singular: false,
            generation: 0,
        };
        made.compile(mappings);
        made.readers = Reader::of(&made.sources);
        made
    }

    fn compile(&mut self, mappings: &[Mapping]) {
        let mut growth = Growth::default();
        for mapping in mappings {
            self.add_mapping(mapping, mappings, &mut growth);
        }
        for source in source::ALL {
            for (name, paths) in source.aliases.iter().filter(|(name, _)| source.keys.iter().any(|keys| keys.contains(name))) {
                self.mark_alias(name, paths, &mut growth);
            }
            let keys = source.keys.iter().map(|keys| keys.iter().fold(0, |all, key| all | self.mark(key, &mut growth))).collect();
            let root = self.add_node(0);
            for (rank, row) in source.rows.iter().enumerate() {
                let node = self.add_path(root, segments(row.path), &mut growth);
                growth.rows.push((node, target(row.cell, rank, row.via)));
            }
            self.sources.push(Compiled { origin: Origin::Source(source), keys, root });
        }
        let Growth { links, mut rows, .. } = growth;
        rows.sort_by_key(|(node, target)| (*node, target.rank));
        for (node, target) in rows {
            let first = self.filler.targets.len() as u16;
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.first = if node.count == 0 { first } else { node.first };
                node.count = node.count.saturating_add(1);
            }
            self.filler.targets.push(target);
        }
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
        }
    }

    fn add_node(&mut self, parent: u16) -> u16 {
        self.nodes.push(TrieNode { parent, ..TrieNode::default() });
        self.nodes.len().saturating_sub(1) as u16
    }

    fn add_mapping(&mut self, mapping: &Mapping, all: &[Mapping], growth: &mut Growth) {
        let first_test = u16::try_from(self.filler.needs.tests.len()).unwrap_or(u16::MAX);
        let keys = mapping.tests.iter().filter_map(|test| test.path.keys.first()).fold(0, |all, (key, _)| all | self.mark(key, growth));
        let root = self.add_node(0);
        for (number, test) in (0u8..).zip(&mapping.tests) {
            let node = self.add_path(root, test.path.keys.iter().map(|(key, is_array)| (key.as_str(), *is_array)), growth);
            let via = self.filler.needs.test(test);
            growth.rows.push((node, target(Cell::kept(number), 0, via)));
        }
        for (rank, row) in mapping.rows.iter().enumerate() {
            let node = self.add_path(root, row.path.keys.iter().map(|(key, is_array)| (key.as_str(), *is_array)), growth);
            let via = self.filler.needs.take(&row.take);
            growth.rows.push((node, target(Cell::slot(row.slot), rank, via)));
        }
        let mapped = Mapped::new(mapping, all, first_test, &self.atoms);
        self.sources.push(Compiled { origin: Origin::Mapped(mapped), keys: vec![keys], root });
    }

    /// The bit of a key, or of an alias, by which sources are recognised. Beyond 128 there is none, which the policy is checked for.
    fn mark(&mut self, key: &str, growth: &mut Growth) -> u128 {
        if let Some(known) = growth.marks.get(key) {
            return *known;
        }
        let bit = 1u128.checked_shl(growth.marks.len() as u32).unwrap_or(0);
        growth.marks.insert(key.to_owned(), bit);
        self.add_mark(key, bit);
        bit
    }

    /// One bit for whichever of the paths that are keys of the root a record has.
    fn mark_alias(&mut self, name: &str, paths: &[&'static str], growth: &mut Growth) {
        let bit = self.mark(name, growth);
        for path in paths {
            let mut keys = source::keys_of(path);
            if let (Some(key), None) = (keys.next(), keys.next()) {
                self.add_mark(key, bit);
            }
        }
    }

    fn add_mark(&mut self, key: &str, bit: u128) {
        let atom = self.atoms.find(key.as_bytes());
        if let Some(marks) = self.marks.get_mut(usize::from(atom)).filter(|_| atom != UNKNOWN) {
            *marks |= bit;
        }
    }

    fn add_path<'p>(&mut self, root: u16, path: impl Iterator<Item = (&'p str, bool)>, growth: &mut Growth) -> u16 {
        let mut at = root;
        for (key, is_array) in path {
            let key = self.atoms.find(key.as_bytes());
            for atom in [Some(key), is_array.then_some(ELEMENT)].into_iter().flatten() {
                if let Some(node) = self.nodes.get_mut(usize::from(at)) {
                    node.has_children = true;
                }
                at = match growth.links.get(&(at, atom)) {
                    Some(known) => *known,
                    None => {
                        let to = self.add_node(at);
                        growth.links.insert((at, atom), to);
                        to
                    }
                };
            }
        }
        at
    }

    /// The recognition keys that the object has, as bits.
    fn marks_of(&self, tape: &Tape, object: u32) -> u128 {
        let mut found = 0u128;
        for child in tape.children(object) {
            let atom = tape.node(child).map_or(UNKNOWN, |node| node.atom);
            if atom != UNKNOWN {
                found |= self.marks.get(usize::from(atom)).copied().unwrap_or_default();
            }
        }
        found
    }

    /// The next mapping or source, from `from` on, whose keys the object has.
    fn recognise(&self, found: u128, from: usize) -> Option<usize> {
        let rest = self.sources.get(from..)?;
        rest.iter().position(|compiled| compiled.keys.iter().any(|keys| found & keys == *keys)).map(|index| index.saturating_add(from))
    }

    /// Fills the event from the object, where a mapping or a source knows it.
    pub fn apply(&mut self, tag: &[u8], tape: &Tape, object: u32, input: &[u8], event: &mut Event) -> bool {
        // What the record before was walked by is no shape of this one, should a source read it as a line.
        self.steps.clear();
        self.apply_first(self.sources.len(), tag, tape, object, input, event)
    }

    /// The same by one of the first so many. A mapping that is walked and does not match after all leaves the event empty.
    #[inline(never)]
    fn apply_first(&mut self, most: usize, tag: &[u8], tape: &Tape, object: u32, input: &[u8], event: &mut Event) -> bool {
        let found = self.marks_of(tape, object);
        let (mut from, mut refused) = (0usize, 0u64);
        while let Some(index) = self.recognise(found, from).filter(|index| *index < most) {
            if self.try_one(index, tag, tape, object, input, event) {
                // Whether those before it match may lie in values alone, which a shape does not tell.
                self.is_singular |= refused & !self.apart(index) != 0;
                return true;
            }
            refused |= 1u64.checked_shl(index as u32).unwrap_or_default();
            from = index.saturating_add(1);
        }
        false
    }

    fn try_one(&mut self, index: usize, tag: &[u8], tape: &Tape, object: u32, input: &[u8], event: &mut Event) -> bool {
        let Some(compiled) = self.sources.get(index) else { return false };
        if let Origin::Mapped(mapped) = &compiled.origin
            && !(mapped.has_tag(tag) && mapped.may_be(tape, object, input, &mut self.filler, event))
        {
            return false;
        }
        event.unfill();
        let (arena, notes) = (event.arena.len(), event.notes);
        let source = u16::try_from(index).unwrap_or(u16::MAX);
        self.generation = self.generation.wrapping_add(1);
        self.is_singular = false;
        self.walk(source, tape, object, input, event);
        let is_met = self.finish(End { source, stands: 0 }, tag, input, event);
        if !is_met {
            mapped::start_over(event, arena, notes);
        }
        is_met
    }

    /// The mappings that no record of this source can match too, as bits.
    fn apart(&self, index: usize) -> u64 {
        match self.sources.get(index).map(|compiled| &compiled.origin) {
            Some(Origin::Mapped(mapped)) => mapped.apart,
            _ => 0,
        }
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
        let notes = event.notes;
        match self.read_by_shape::<false>(NOBODY, tag, input, event) {
            Ok(()) => true,
            Err(NOBODY) => false,
            Err(refused) => {
                event.notes = notes;
                self.apply_by_another_shape(refused, tag, input, event)
            }
        }
    }

    /// The records of several mappings may look the same but for the values that they match on.
    #[cold]
    #[inline(never)]
    fn apply_by_another_shape(&mut self, refused: u16, tag: &[u8], input: &[u8], event: &mut Event) -> bool {
        self.read_by_shape::<true>(refused, tag, input, event).is_ok()
    }

    /// Where it fails, the source that refused the record, for its values are not what it matches on. With `AGAIN`, the pieces of `refused` are passed over.
    #[inline(always)]
    fn read_by_shape<const AGAIN: bool>(&mut self, refused: u16, tag: &[u8], input: &[u8], event: &mut Event) -> Result<(), u16> {
        let mut told = NOBODY;
        let mut index = self.shapes.first();
        if index == 0 {
            // Nothing was learned: lines of text leave no shapes.
            return Err(NOBODY);
        }
        let mut reader = ScalarReader::new(input, &self.atoms);
        let mut at = 0usize;
        while let Some(mut piece) = self.shapes.piece(index) {
            let value = piece.value_at(input, at).filter(|_| !AGAIN || piece.owner != refused).and_then(|start| Some((start, *input.get(start)?)));
            let (start, first) = match value {
                // A bracket opens what is no scalar: another piece may hold it.
                Some((start, first)) if first | 0x20 != b'{' => (start, first),
                _ => {
                    let Some((found, end)) = self.shapes.find(index, input, at, refused) else { break };
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
                let Some((end, flags)) = reader.string(input, start) else { break };
                let Step { count, is_text, only, .. } = &piece.step;
                if *is_text && flags == 0 && end.wrapping_sub(start) > 2 {
                    if event.rank(only.cell) >= only.rank {
                        event.put(only.cell, Tag::Input(Kind::String), start as u64 | (end as u64).wrapping_shl(32), only.rank);
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
                    event.put(only.cell, Tag::Input(kind), start as u64 | (end as u64).wrapping_shl(32), only.rank);
                }
                (at, index) = (end, piece.then);
            } else if let Some(end) = whole_number_at(input, start) {
                let only = &piece.step.only;
                if !piece.step.is_number {
                    if piece.step.count > 0 {
                        self.filler.put_step(&piece.step, Scalar::number(start, end), input, event);
                    }
                } else if event.rank(only.cell) >= only.rank {
                    event.put(only.cell, Tag::Input(Kind::Number), start as u64 | (end as u64).wrapping_shl(32), only.rank);
                }
                (at, index) = (end, piece.then);
            } else {
                let Some(scalar) = reader.scalar(start) else { break };
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

    /// Shapes may be half learned where a call did not finish.
    pub fn forget_shapes(&mut self) {
        self.shapes.forget();
    }

    /// Remembers the shape of the record that was walked last, if nothing but its scalars told what it means.
    pub fn learn_shape(&mut self, tape: &Tape, input: &[u8], event: &Event) {
        let Some(source) = event.source else { return };
        let is_plain = !event.notes.has(Note::DuplicateKey) && !event.notes.has(Note::ValueDropped) && !self.is_singular;
        let stands = match self.sources.get(usize::from(source)).map(|compiled| &compiled.origin) {
            Some(Origin::Mapped(mapped)) => mapped.stands(event),
            _ => 0,
        };
        let nodes = tape.nodes().get(1..).unwrap_or_default();
        if is_plain && nodes.len() == self.steps.len() {
            let scalars = nodes.iter().zip(&self.steps).filter(|(node, _)| !node.is_container());
            self.shapes.learn(End { source, stands }, input, scalars.map(|(node, step)| (node.start as usize..node.end as usize, *step)));
        }
    }

    /// What the rows can't say, and whether the record is one of the source at all.
    fn finish(&self, told: End, tag: &[u8], input: &[u8], event: &mut Event) -> bool {
        let Some(compiled) = self.sources.get(usize::from(told.source)) else { return false };
        match &compiled.origin {
            Origin::Source(source) => {
                let mut fields = Fields { input, proxies: &self.proxies, event };
                if source.is_one.is_some_and(|is_one| !is_one(&fields)) {
                    return false;
                }
                (source.finish)(&mut fields);
                event.set(Slot::Source, Val::Word(source.id));
            }
            Origin::Mapped(mapped) if mapped.has_tag(tag) && mapped.is_met(told.stands, event) => mapped.finish(input, &self.proxies, event),
            Origin::Mapped(_) => return false,
        }
        event.source = Some(told.source);
        true
    }

    fn walk(&mut self, source: u16, tape: &Tape, object: u32, input: &[u8], event: &mut Event) {
        let root = self.sources.get(usize::from(source)).map_or(0, |compiled| compiled.root);
        self.steps.clear();
        let mut stack = [Frame::default(); DEPTH];
        let mut top = Frame { end: tape.node(object).map_or(0, |node| node.link), trie: root, repeats: false };
        let mut depth = 0usize;
        let mut at = object.saturating_add(1);
        loop {
            if at >= top.end {
                // Frames hold where their parents go on; the first holds the root's.
                let Some(above) = depth.checked_sub(1) else { break };
                depth = above;
                top = stack.get(depth).copied().unwrap_or_default();
                continue;
            }
            let Some(node) = tape.node(at) else { break };
            let next = node.link;
            let child = if node.atom == UNKNOWN { None } else { self.edge(top.trie, node.atom) };
            let Some(trie) = child.and_then(|child| self.nodes.get_mut(usize::from(child))) else {
                self.pass_over(at..next);
                at = next;
                continue;
            };
            let child = child.unwrap_or_default();
            let is_duplicate = !top.repeats && trie.seen == self.generation;
            trie.seen = self.generation;
            let (first, count, has_children) = (trie.first, trie.count, trie.has_children);
            if is_duplicate {
                self.forget_below(child, event);
            }
            let only = self.filler.targets.get(usize::from(first)).copied().filter(|_| count == 1).unwrap_or_default();
            let is_text = count == 1 && only.takes_text && !top.repeats;
            let is_kept = is_text && only.via == Via::Keep;
            let takes_number = only.via == Via::Keep || only.via == Via::Slot && matches!(only.form, Form::Number | Form::Any);
            let is_number = count == 1 && takes_number && !top.repeats;
            self.step(Step { first, count, repeats: top.repeats, is_text, is_kept, is_number, only });
            self.filler.put_rows(first..first.wrapping_add(count), node.scalar(), top.repeats, Some((tape, at)), input, event);
            self.is_singular |= count > 0 && node.is_container() && self.fills_by_container(first, count);
            if has_children && node.is_container() && depth < DEPTH {
                if let Some(place) = stack.get_mut(depth) {
                    *place = top;
                }
                depth = depth.wrapping_add(1);
                top = Frame { end: next, trie: child, repeats: top.repeats || node.kind == Kind::Array };
                at = at.wrapping_add(1);
            } else {
                self.pass_over(at.wrapping_add(1)..next);
                at = next;
            }
        }
    }

    /// A shape holds scalars only: what a container fills, it would not.
    #[cold]
    fn fills_by_container(&self, first: u16, count: u16) -> bool {
        let rows = self.filler.targets.get(usize::from(first)..usize::from(first.wrapping_add(count))).unwrap_or_default();
        rows.iter().any(|row| row.via == Via::Slot)
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
        let under = |node: u16| {
            let mut at = node;
            for _ in 0..=DEPTH.saturating_mul(2) {
                if at == index {
                    return true;
                }
                at = self.nodes.get(usize::from(at)).map_or(0, |node| node.parent);
            }
            false
        };
        // Those below came later.
        let below: Vec<u16> = (index..self.nodes.len() as u16).filter(|&node| under(node)).collect();
        for index in below {
            let Some(node) = self.nodes.get_mut(usize::from(index)) else { continue };
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
        FALS if text.get(at.wrapping_add(4)) == Some(&b'e') => Some((at.wrapping_add(5), Kind::False)),
        _ => None,
    }
}

/// A row as it is applied.
fn target(cell: Cell, rank: usize, via: Via) -> Target {
    let form = Slot::ALL.iter().find(|slot| Cell::slot(**slot) == cell).map_or(Form::Any, |slot| slot.form());
    let takes_text = matches!(via, Via::Slot | Via::Keep) && matches!(form, Form::Text | Form::Any);
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
