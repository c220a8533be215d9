//! The tape: the values of one record as spans, in the order they stand, containers before what is in them.

use super::atom::{self, Atom, UNKNOWN};
use super::json::Fault;
use crate::value::{Doc, Kind, Span};

/// One value. `link` is the index of the node behind its subtree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Node {
    pub key_start: u32,
    pub key_len: u32,
    pub start: u32,
    pub end: u32,
    pub link: u32,
    /// The index of the container it is in; `NO_PARENT` for a root.
    pub parent: u32,
    /// Its key's, or `ELEMENT` in an array.
    pub atom: Atom,
    pub kind: Kind,
    pub(super) flags: u8,
}

/// A value by itself, or a container: where it stands and of what kind it is.
#[derive(Clone, Copy, Debug)]
pub struct Scalar {
    pub start: u32,
    pub end: u32,
    pub kind: Kind,
    pub(super) flags: u8,
}

impl Scalar {
    /// A string, as the scanner found it.
    pub fn string(start: usize, end: usize, flags: u8) -> Scalar {
        Scalar { start: start as u32, end: end as u32, kind: Kind::String, flags }
    }

    /// A string, not empty, that means what it says.
    #[inline(always)]
    pub fn is_plain_text(self) -> bool {
        self.kind == Kind::String
            && self.flags & (ESCAPED | BROKEN) == 0
            && self.end.wrapping_sub(self.start) > 2
    }

    #[inline(always)]
    pub fn doc(self) -> Doc {
        if self.flags & IN_ARENA == 0 { Doc::Input } else { Doc::Arena }
    }

    /// A whole number that can be copied through.
    pub fn number(start: usize, end: usize) -> Scalar {
        Scalar { start: start as u32, end: end as u32, kind: Kind::Number, flags: 0 }
    }

    pub fn span(self) -> Span {
        Span { start: self.start, end: self.end, doc: self.doc(), kind: self.kind }
    }

    /// The string's content differs from what it means, or is not valid.
    pub fn is_escaped(self) -> bool {
        self.flags & (ESCAPED | BROKEN) != 0
    }

    pub fn is_broken(self) -> bool {
        self.flags & BROKEN != 0
    }

    pub fn is_container(self) -> bool {
        matches!(self.kind, Kind::Array | Kind::Object)
    }
}

/// The value is a string with escapes.
pub(super) const ESCAPED: u8 = 1;
/// The value's token is not valid JSON: it must not be copied through as it stands.
pub(super) const BROKEN: u8 = 2;
/// The key has escapes, or is not a valid string.
pub(super) const KEY_ESCAPED: u8 = 4;
/// The value stands in the arena.
pub(super) const IN_ARENA: u8 = 8;
/// The node has no parent.
pub const NO_PARENT: u32 = u32::MAX;

impl Node {
    /// Where it stands: its container and its key, as one number.
    #[inline(always)]
    pub fn place(&self) -> u64 {
        u64::from(self.parent) | u64::from(self.atom).wrapping_shl(32)
    }

    pub fn span(&self) -> Span {
        self.scalar().span()
    }

    pub fn scalar(&self) -> Scalar {
        Scalar { start: self.start, end: self.end, kind: self.kind, flags: self.flags }
    }

    pub fn doc(&self) -> Doc {
        self.scalar().doc()
    }

    pub fn is_escaped(&self) -> bool {
        self.scalar().is_escaped()
    }

    pub fn is_broken(&self) -> bool {
        self.scalar().is_broken()
    }

    pub fn key_is_escaped(&self) -> bool {
        self.flags & KEY_ESCAPED != 0
    }

    pub fn is_container(&self) -> bool {
        self.scalar().is_container()
    }
}

/// The nodes of one record, reused from record to record.
pub struct Tape {
    pub(super) nodes: Vec<Node>,
    pub(super) len: usize,
    limit: usize,
    /// Line ends stand between the record's tokens.
    pub has_line_ends: bool,
    /// How deep the record is.
    pub depth: u32,
    /// For each atom, the one that followed it last time: records of one source mostly have their keys in one order. Behind them, from `BEHIND` on, for each atom
    /// the one that followed its container. A guess, always checked. None until the first key.
    follow: Option<Box<[Atom; FOLLOW]>>,
}

impl Tape {
    /// A tape that never holds more than `limit` values.
    pub fn new(limit: usize) -> Tape {
        Tape {
            nodes: vec![Node::default(); limit.min(256)],
            len: 0,
            limit,
            has_line_ends: false,
            depth: 0,
            follow: None,
        }
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// True if it stands in for one that was taken, and holds nothing.
    pub fn is_lost(&self) -> bool {
        self.limit == 0
    }

    /// The nodes in order.
    pub fn nodes(&self) -> &[Node] {
        self.nodes.get(..self.len).unwrap_or_default()
    }

    /// Gives back what a large record needed.
    pub fn shrink(&mut self) {
        self.nodes.truncate(256);
        self.nodes.shrink_to(256);
        self.len = 0;
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.nodes.capacity().saturating_mul(size_of::<Node>())
    }

    #[inline]
    pub fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    /// The key that followed this one, or a container, last time.
    #[inline(always)]
    pub(super) fn foreseen(&self, before: usize) -> Atom {
        let follow = self.follow.as_ref();
        follow.and_then(|follow| follow.get(before % FOLLOW)).copied().unwrap_or(UNKNOWN)
    }

    /// Remembers which key followed which.
    #[inline(always)]
    pub(super) fn expect(&mut self, before: usize, atom: Atom) {
        let follow = match &mut self.follow {
            Some(follow) => follow,
            None => match no_guesses() {
                Some(follow) => self.follow.insert(follow),
                None => return,
            },
        };
        if let Some(place) = follow.get_mut(before % FOLLOW) {
            *place = atom;
        }
    }

    /// The nodes directly within a container.
    pub fn children(&self, index: u32) -> Children<'_> {
        let end = self.node(index).filter(|node| node.is_container()).map_or(0, |node| node.link);
        Children { tape: self, at: index.saturating_add(1), end }
    }

    /// The last member of an object with this key.
    pub fn member(&self, object: u32, atom: Atom) -> Option<u32> {
        if atom == UNKNOWN {
            return None;
        }
        // As a plain number it costs less than as an option.
        let has_key = |child: u32| self.node(child).is_some_and(|node| node.atom == atom);
        let last = self
            .children(object)
            .fold(NO_PARENT, |last, child| if has_key(child) { child } else { last });
        (last != NO_PARENT).then_some(last)
    }

    /// How many containers deep the subtree is, counted up to 8.
    pub fn depth_below(&self, index: u32) -> u32 {
        let mut ends = [0u32; 8];
        let (mut open, mut deepest) = (0usize, 0usize);
        let end = self.node(index).map_or(0, |node| node.link);
        for at in index..end {
            let Some(node) = self.node(at).filter(|node| node.is_container()) else {
                continue;
            };
            while open > 0 && ends.get(open.wrapping_sub(1)).is_some_and(|&end| at >= end) {
                open = open.wrapping_sub(1);
            }
            let Some(place) = ends.get_mut(open) else {
                return 9;
            };
            *place = node.link;
            open = open.wrapping_add(1);
            deepest = deepest.max(open);
        }
        deepest as u32
    }

    #[inline(always)]
    pub(super) fn push(&mut self, node: Node) -> Result<(), Fault> {
        let place = match self.nodes.get_mut(self.len) {
            Some(place) => place,
            None => self.grow()?,
        };
        *place = node;
        self.len = self.len.wrapping_add(1);
        Ok(())
    }

    /// Makes room for more; gives the first place of it.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> Result<&mut Node, Fault> {
        let more = self.nodes.len().max(256).min(self.limit.saturating_sub(self.nodes.len()));
        if more == 0 {
            return Err(Fault::TooManyValues);
        }
        self.nodes.try_reserve_exact(more).map_err(|_| Fault::OutOfMemory)?;
        self.nodes.resize(self.nodes.len().saturating_add(more), Node::default());
        self.nodes.get_mut(self.len).ok_or(Fault::OutOfMemory)
    }
}

/// Places of guesses, and where those begin that followed containers.
const FOLLOW: usize = 2 * BEHIND;
pub(super) const BEHIND: usize = atom::MOST;

/// `None` where memory is short: then nothing is guessed.
#[cold]
#[inline(never)]
fn no_guesses() -> Option<Box<[Atom; FOLLOW]>> {
    let mut follow = Vec::new();
    follow.try_reserve_exact(FOLLOW).ok()?;
    follow.resize(FOLLOW, UNKNOWN);
    follow.into_boxed_slice().try_into().ok()
}

/// Iterates over the nodes of one container.
pub struct Children<'t> {
    tape: &'t Tape,
    at: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.at >= self.end {
            return None;
        }
        let index = self.at;
        self.at = self.tape.node(index)?.link;
        Some(index)
    }
}
