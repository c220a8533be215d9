//! The walk over a record's tape along the trie.

use super::Normaliser;
use crate::cached_layout::{MOST_STEPS, Step};
use crate::event::{Event, Form};
use crate::note::Note;
use crate::parse::atom::UNKNOWN;
use crate::parse::tape::Tape;
use crate::source::Via;
use crate::value::Kind;

/// Paths are at most this deep; the walk's stack is this long.
const DEPTH: usize = 12;

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
    /// Applies the rows below a node of the trie to what lies in a container.
    pub(super) fn walk(
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
            if count > 0 {
                self.filler.put_rows(
                    first..first.wrapping_add(count),
                    node.scalar(),
                    top.repeats,
                    Some((tape, at)),
                    input,
                    event,
                );
                if node.is_container() && self.fills_by_container(first, count, node.kind) {
                    self.is_singular = true;
                }
            }
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
