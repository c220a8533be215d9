//! Normalise: picks the source of a record and applies its rows, in one walk over the tape.
//!
//! The sources' paths are compiled into one trie over atoms; a walk costs the same however many sources there are.
//! Records of a shape that was walked before need no walk: see `shape`.

mod fill;
mod lines;

pub use fill::Target;

use crate::event::{Cell, EMPTY, Event, Form, Slot, Tag};
use crate::note::Note;
use crate::parse::atom::{Atom, Atoms, ELEMENT, UNKNOWN};
use crate::parse::json::ScalarReader;
use crate::parse::tape::{Scalar, Tape};
use crate::parse::text::word_at;
use crate::parse::wrap;
use crate::shape::{MOST_STEPS, Shapes, Step};
use crate::source::{self, Fields, Row, Source, Via};
use crate::time;
use crate::value::{Kind, Val};
use fill::Filler;

/// `null`, as a word holds it.
const NULL: u32 = u32::from_le_bytes(*b"null");
const TRUE: u32 = u32::from_le_bytes(*b"true");
const FALS: u32 = u32::from_le_bytes(*b"fals");
/// Paths of sources are at most this deep; the walk's stack is this long.
const DEPTH: usize = 12;

/// The compiled tables of all sources.
pub struct Normaliser {
    pub atoms: Atoms,
    /// For each atom, its bit among the keys by which sources are recognised, or 0.
    marks: Vec<u128>,
    sources: Vec<Compiled>,
    nodes: Vec<TrieNode>,
    edges: Vec<Edge>,
    filler: Filler,
    shapes: Shapes,
    /// What the last walk did with each node behind the root.
    steps: Vec<Step>,
    generation: u32,
}

struct Compiled {
    source: &'static Source,
    /// The alternatives of keys, each as bits.
    keys: Vec<u128>,
    root: u16,
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
    /// With the sources' keys, and those that others look for.
    pub fn new(more: &[&str]) -> Normaliser {
        let paths = source::ALL.iter().flat_map(|source| source.rows.iter().map(|row| row.path));
        let keys = source::ALL.iter().flat_map(|source| source.keys.iter().copied().flatten().copied());
        let atoms = Atoms::new(
            paths
                .flat_map(segments)
                .map(|(key, _)| key)
                .chain(keys)
                .chain(wrap::KEYS.iter().chain(wrap::HEADER_KEYS.concat().iter()).copied())
                .chain(more.iter().copied()),
        );
        let mut made = Normaliser {
            marks: vec![0; usize::from(atoms.count()).saturating_add(1)],
            atoms,
            sources: Vec::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            filler: Filler { targets: Vec::new(), scratch: Vec::with_capacity(256), day: time::Day::default() },
            shapes: Shapes::new(),
            steps: Vec::with_capacity(MOST_STEPS),
            generation: 0,
        };
        made.compile();
        made
    }

    fn compile(&mut self) {
        let mut links: Vec<(u16, Atom, u16)> = Vec::new();
        let mut rows: Vec<(u16, Target)> = Vec::new();
        let mut next_mark = 0u32;
        for source in source::ALL {
            let mut mark_of = |key: &&str| {
                let Some(mark) = self.marks.get_mut(usize::from(self.atoms.find(key.as_bytes()))) else { return 0 };
                if *mark == 0 {
                    *mark = 1u128.checked_shl(next_mark).unwrap_or(0);
                    next_mark = next_mark.saturating_add(1);
                }
                *mark
            };
            let keys = source.keys.iter().map(|keys| keys.iter().map(&mut mark_of).fold(0, |all, mark| all | mark)).collect();
            let root = self.add_node(0);
            for (rank, row) in source.rows.iter().enumerate() {
                let node = self.add_path(root, row, &mut links);
                let form = Slot::ALL.iter().find(|slot| Cell::slot(**slot) == row.cell).map_or(Form::Any, |slot| slot.form());
                let takes_text = row.via != Via::Time && matches!(form, Form::Text | Form::Any);
                let rank = u8::try_from(rank).unwrap_or(EMPTY).min(EMPTY.saturating_sub(1));
                rows.push((node, Target { cell: row.cell, rank, form, via: row.via, takes_text }));
            }
            self.sources.push(Compiled { source, keys, root });
        }
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
        for (from, atom, to) in links {
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

    fn add_path(&mut self, root: u16, row: &Row, links: &mut Vec<(u16, Atom, u16)>) -> u16 {
        let mut at = root;
        for (key, is_array) in segments(row.path) {
            let key = self.atoms.find(key.as_bytes());
            for atom in [Some(key), is_array.then_some(ELEMENT)].into_iter().flatten() {
                let known = links.iter().find(|(from, by, _)| *from == at && *by == atom).map(|(.., to)| *to);
                if let Some(node) = self.nodes.get_mut(usize::from(at)) {
                    node.has_children = true;
                }
                at = known.unwrap_or_else(|| {
                    let to = self.add_node(at);
                    links.push((at, atom, to));
                    to
                });
            }
        }
        at
    }

    /// The source whose keys the object has, by its index in the list of sources.
    fn recognise(&self, tape: &Tape, object: u32) -> Option<u16> {
        let mut found = 0u128;
        for child in tape.children(object) {
            let atom = tape.node(child).map_or(UNKNOWN, |node| node.atom);
            if atom != UNKNOWN {
                found |= self.marks.get(usize::from(atom)).copied().unwrap_or_default();
            }
        }
        let index = self.sources.iter().position(|compiled| compiled.keys.iter().any(|keys| found & keys == *keys))?;
        u16::try_from(index).ok()
    }

    /// Fills the event from the object, where a source knows it.
    pub fn apply(&mut self, tape: &Tape, object: u32, input: &[u8], event: &mut Event) -> bool {
        let Some(index) = self.recognise(tape, object) else { return false };
        self.generation = self.generation.wrapping_add(1);
        self.walk(index, tape, object, input, event);
        self.finish(index, input, event);
        true
    }

    /// Fills the event from a record of a shape that is known, without a tape; the event stays empty where it is not.
    pub fn apply_by_shape(&mut self, input: &[u8], event: &mut Event) -> bool {
        let mut reader = ScalarReader::new(input, &self.atoms);
        let mut index = self.shapes.first();
        let mut at = 0usize;
        while let Some(mut piece) = self.shapes.piece(index) {
            let start = match piece.value_at(input, at) {
                // A bracket opens what is no scalar: another piece may hold it.
                Some(start) if input.get(start).is_some_and(|byte| byte | 0x20 != b'{') => start,
                _ => {
                    let Some((found, end)) = self.shapes.find(index, input, at) else { break };
                    if let Some(source) = found.source {
                        self.finish(source, input, event);
                        return true;
                    }
                    piece = found;
                    end
                }
            };
            if input.get(start) == Some(&b'"') {
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
            } else {
                let Some(scalar) = reader.scalar(start) else { break };
                if piece.step.count > 0 {
                    self.filler.put_step(&piece.step, scalar, input, event);
                }
                (at, index) = (scalar.end as usize, piece.then);
            }
        }
        event.clear_cells();
        false
    }

    /// Bytes held by shapes.
    pub fn memory(&self) -> usize {
        self.shapes.memory()
    }

    /// Shapes may be half learned where a call did not finish.
    pub fn forget_shapes(&mut self) {
        self.shapes.forget();
    }

    /// Remembers the shape of the record that was walked last, if nothing but its scalars told what it means.
    pub fn learn_shape(&mut self, tape: &Tape, input: &[u8], event: &Event) {
        let Some(source) = event.source else { return };
        let is_plain = !event.notes.has(Note::DuplicateKey) && !event.notes.has(Note::ValueDropped);
        let nodes = tape.nodes().get(1..).unwrap_or_default();
        if is_plain && nodes.len() == self.steps.len() {
            let scalars = nodes.iter().zip(&self.steps).filter(|(node, _)| !node.is_container());
            self.shapes.learn(source, input, scalars.map(|(node, step)| (node.start as usize..node.end as usize, *step)));
        }
    }

    fn finish(&self, index: u16, input: &[u8], event: &mut Event) {
        let Some(compiled) = self.sources.get(usize::from(index)) else { return };
        event.source = Some(index);
        (compiled.source.finish)(&mut Fields { input, event });
        event.set(Slot::Source, Val::Word(compiled.source.id));
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
            self.step(Step { first, count, repeats: top.repeats, is_text, is_kept, only });
            self.filler.put_rows(first..first.wrapping_add(count), node.scalar(), top.repeats, Some((tape, at)), input, event);
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
        let below: Vec<u16> = (0..self.nodes.len() as u16).filter(|&node| under(node)).collect();
        for index in below {
            let Some(node) = self.nodes.get_mut(usize::from(index)) else { continue };
            node.seen = 0;
            let range = usize::from(node.first)..usize::from(node.first.saturating_add(node.count));
            for target in self.filler.targets.get(range).unwrap_or_default() {
                if event.rank(target.cell) == target.rank {
                    event.unset(target.cell);
                    if target.via == Via::Time {
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

/// The keys of a path, each with whether its value is an array whose elements are meant.
fn segments(path: &'static str) -> impl Iterator<Item = (&'static str, bool)> {
    path.split('.').map(|segment| match segment.strip_suffix("[]") {
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
