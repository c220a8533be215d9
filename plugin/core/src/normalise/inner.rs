//! Work after the walk: elements of arrays by condition, JSON inside text. The walk remembers them and goes there when it is through.

use super::Normaliser;
use crate::event::Event;
use crate::note::Note;
use crate::parse::atom::Atom;
use crate::parse::json::{Fault, scan};
use crate::parse::tape::Tape;
use crate::pattern::Glob;
use crate::text::{is_same, unescape, word_within};
use crate::value::{Doc, Kind, Span};

/// Elements and texts of one record that are gone into.
pub(super) const MOST: usize = 32;
/// Elements of one array that are looked at for one that meets a condition.
const MOST_ELEMENTS: usize = 256;

/// Where the rows of an element or of JSON in text stand.
pub(super) struct Way {
    /// The condition on the element; none for JSON in text.
    pub(super) met: Option<Met>,
    pub(super) root: u16,
    /// The text is the event itself.
    pub(super) is_event: bool,
}

/// The condition that an element meets: a member of that name has that value.
pub(super) struct Met {
    names: Vec<Atom>,
    value: String,
    /// By which most other values are told from it.
    print: u64,
    glob: Option<Glob>,
}

/// Elements of one array, with the values of the members of one name: many conditions ask for another value each.
pub(super) struct Named {
    /// The way whose condition asks for that name.
    of: Option<usize>,
    elements: Vec<Element>,
}

struct Element {
    at: u32,
    value: Span,
    print: u64,
}

/// A place that a walk came by.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    at: u32,
    trie: u16,
    /// On the tape of JSON in text.
    is_inner: bool,
    repeats: bool,
}

impl Met {
    pub(super) fn new(names: Vec<Atom>, value: &str) -> Met {
        let glob = value.contains('*').then(|| Glob::of(value));
        Met { names, value: value.to_owned(), print: print(value.as_bytes()), glob }
    }

    fn has_names_of(&self, other: &Met) -> bool {
        let is_one = |met: &Met| met.names.len() == 1;
        self.names.first() == other.names.first()
            && (is_one(self) && is_one(other) || self.names == other.names)
    }

    fn is_met(&self, element: &Element, input: &[u8], event: &Event) -> bool {
        let content = || event.texts(input).content(element.value);
        match &self.glob {
            Some(glob) => glob.is_match(content()),
            None => element.print == self.print && is_same(content(), self.value.as_bytes()),
        }
    }
}

/// A text as a number, which others may have too.
fn print(text: &[u8]) -> u64 {
    word_within(text, 0) ^ (text.len() as u64).rotate_left(56)
}

impl Named {
    pub(super) fn new() -> Named {
        Named { of: None, elements: Vec::with_capacity(MOST_ELEMENTS) }
    }

    /// Looks at the names of the elements anew.
    fn list(&mut self, met: &Met, tape: &Tape, at: u32, input: &[u8], event: &Event) {
        self.elements.clear();
        let is_list = tape.node(at).is_some_and(|node| node.kind == Kind::Array);
        let one = Some(at).filter(|_| !is_list);
        let all = tape.children(at).take(if is_list { MOST_ELEMENTS } else { 0 });
        for element in all.chain(one) {
            let found = met.names.iter().try_fold(element, |at, name| tape.member(at, *name));
            let named = found
                .and_then(|found| tape.node(found))
                .filter(|node| !node.is_container() && node.kind != Kind::Null);
            if let Some(node) = named {
                let (at, value) = (element, node.span());
                let print = print(event.texts(input).content(value));
                self.elements.push(Element { at, value, print });
            }
        }
    }
}

impl Way {
    pub(super) fn is_same(&self, met: Option<&Met>) -> bool {
        match (&self.met, met) {
            (None, None) => true,
            (Some(one), Some(other)) => one.names == other.names && one.value == other.value,
            _ => false,
        }
    }
}

impl Normaliser {
    /// Remembers the ways behind the node; where a list is asked for and one value stands in its place, its rows are that value's.
    #[inline(never)]
    #[allow(clippy::too_many_arguments)]
    pub(super) fn turn_off(
        &mut self,
        trie: u16,
        element: u16,
        tape: &Tape,
        at: u32,
        repeats: bool,
        input: &[u8],
        event: &mut Event,
    ) -> u16 {
        let Some(node) = tape.node(at) else {
            return trie;
        };
        let Some((first_way, ways)) =
            self.nodes.get(usize::from(trie)).map(|node| (node.first_way, node.ways))
        else {
            return trie;
        };
        let is_inner = self.is_inner;
        let has_way = (first_way..first_way.wrapping_add(u16::from(ways))).any(|way| {
            let is_json = self.picks.get(usize::from(way)).is_some_and(|way| way.met.is_none());
            is_json == (node.kind == Kind::String) && (is_json || node.is_container())
        });
        if has_way {
            self.is_singular = true;
            if self.ahead.len() < MOST {
                self.ahead.push(Visit { at, trie, is_inner, repeats })
            } else {
                event.note(Note::PartLimit)
            }
        }
        if element == 0 || node.kind == Kind::Array || node.kind == Kind::Null {
            return trie;
        }
        self.is_singular = true;
        let (first, count) =
            self.nodes.get(usize::from(element)).map_or((0, 0), |node| (node.first, node.count));
        self.filler.put_rows(
            first..first.wrapping_add(count),
            node.scalar(),
            repeats,
            Some((tape, at)),
            input,
            event,
        );
        element
    }

    /// Goes the ways that were remembered, and those that lie behind them.
    pub(super) fn walk_ahead(&mut self, tape: &Tape, input: &[u8], event: &mut Event) {
        if self.ahead.is_empty() {
            return;
        }
        let mut inner = std::mem::replace(&mut self.inner, Tape::new(0));
        inner.clear();
        let mut next = 0usize;
        while let Some(visit) = self.ahead.get(next).copied() {
            next = next.saturating_add(1);
            self.named.of = None;
            let (first, count) = self
                .nodes
                .get(usize::from(visit.trie))
                .map_or((0, 0), |node| (node.first_way, node.ways));
            for way in first..first.wrapping_add(u16::from(count)) {
                self.go(usize::from(way), visit, tape, &mut inner, input, event);
            }
        }
        self.is_inner = false;
        self.ahead.clear();
        self.inner = inner;
    }

    fn go(
        &mut self,
        number: usize,
        visit: Visit,
        tape: &Tape,
        inner: &mut Tape,
        input: &[u8],
        event: &mut Event,
    ) {
        let Some(way) = self.picks.get(number) else {
            return;
        };
        let (root, is_event) = (way.root, way.is_event);
        let Some(met) = &way.met else {
            let scalar = if visit.is_inner { inner.node(visit.at) } else { tape.node(visit.at) }
                .map(|node| node.scalar());
            let Some(scalar) =
                scalar.filter(|scalar| scalar.kind == Kind::String && !scalar.is_broken())
            else {
                return;
            };
            if let Some(at) = self.read_inner(scalar, inner, input, event) {
                self.is_inner = true;
                if is_event {
                    self.event_in_text = Some(at);
                }
                self.visit(root, inner, at, visit.repeats, input, event);
            }
            return;
        };
        let tape = if visit.is_inner { &*inner } else { tape };
        let of = self.named.of.and_then(|of| self.picks.get(of)?.met.as_ref());
        if !of.is_some_and(|of| of.has_names_of(met)) {
            self.named.list(met, tape, visit.at, input, event);
            self.named.of = Some(number);
        }
        let found = self.named.elements.iter().find(|element| met.is_met(element, input, event));
        self.is_inner = visit.is_inner;
        if let Some(element) = found.map(|element| element.at) {
            self.visit(root, tape, element, visit.repeats, input, event);
        }
    }

    /// Applies the rows of a trie's root to a value and to what lies in it.
    fn visit(
        &mut self,
        root: u16,
        tape: &Tape,
        at: u32,
        repeats: bool,
        input: &[u8],
        event: &mut Event,
    ) {
        let Some(node) = tape.node(at).copied() else {
            return;
        };
        let Some((first, count, ways, element)) = self
            .nodes
            .get(usize::from(root))
            .map(|node| (node.first, node.count, node.ways, node.element))
        else {
            return;
        };
        self.filler.put_rows(
            first..first.wrapping_add(count),
            node.scalar(),
            repeats,
            Some((tape, at)),
            input,
            event,
        );
        let is_list = node.kind == Kind::Array;
        let mut trie = root;
        if ways > 0 || element > 0 && !is_list {
            trie = self.turn_off(root, element, tape, at, repeats, input, event);
        }
        if node.is_container() {
            self.walk(trie, tape, at, repeats || is_list, input, event);
        }
    }

    /// Reads the JSON that a text holds onto the tape of such.
    fn read_inner(
        &mut self,
        scalar: crate::parse::tape::Scalar,
        inner: &mut Tape,
        input: &[u8],
        event: &mut Event,
    ) -> Option<u32> {
        let content = event.texts(input).content(scalar.span());
        if !self.filler.effort.spend(content.len()) {
            return None;
        }
        let scratch = &mut self.filler.scratch;
        scratch.clear();
        unescape(content, scratch).ok()?;
        if !matches!(scratch.trim_ascii_start(), [b'{' | b'[', ..]) {
            return None;
        }
        let from = event.arena.len();
        crate::text::put(scratch, &mut event.arena).ok()?;
        match scan(&event.arena, from, Doc::Arena, &self.atoms, inner) {
            Ok(scan) => Some(scan.root),
            Err(fault) => {
                event.arena.truncate(from);
                if fault == Fault::TooManyValues {
                    event.note(Note::PartLimit);
                }
                None
            }
        }
    }
}
