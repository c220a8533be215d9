//! Records of a layout that was walked before: read without a tape, by what stood between their values.

use super::Normaliser;
use crate::cached_layout::{End, NOBODY, Step, Target};
use crate::event::{Event, Tag};
use crate::note::Note;
use crate::parse::json::{ScalarReader, whole_number_at};
use crate::parse::tape::{Node, Scalar, Tape};
use crate::text::word_at;
use crate::value::Kind;

/// `null`, as a word holds it.
const NULL: u32 = u32::from_le_bytes(*b"null");
const TRUE: u32 = u32::from_le_bytes(*b"true");
const FALS: u32 = u32::from_le_bytes(*b"fals");

impl Normaliser {
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
                    keep(only, Kind::String, start, end, event);
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
                keep(&piece.step.only, kind, start, end, event);
                (at, index) = (end, piece.then);
            } else if let Some(end) = whole_number_at(input, start) {
                if piece.step.is_number {
                    keep(&piece.step.only, Kind::Number, start, end, event);
                } else if piece.step.count > 0 {
                    self.filler.put_step(&piece.step, Scalar::number(start, end), input, event);
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
        let stands = self.mapped(usize::from(source)).map_or(0, |mapped| mapped.stands(event));
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
}

/// A value to its one cell, as it stands.
#[inline(always)]
fn keep(only: &Target, kind: Kind, start: usize, end: usize, event: &mut Event) {
    if event.rank(only.cell) >= only.rank {
        let range = start as u64 | (end as u64).wrapping_shl(32);
        event.put(only.cell, Tag::Input(kind), range, only.rank);
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
