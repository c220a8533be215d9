//! CachedLayouts: what stands between the values of records, learned as they pass.
//!
//! The records of one source mostly differ in their values alone. What lies between two values (`,"eventTime":`) is kept as it stood in a record
//! that was read in full, together with the rows that the next value fills. A record whose text fits, piece by piece, up to its end is the same
//! JSON with other scalars: its values are read on the way, with neither keys to look up nor a tape to write. Whatever does not fit is read in full.
//! CachedLayouts are a matter of speed alone: a record means the same with them and without.
//!
//! A layout is learned when it comes a second time: most of a mixed stream's come once.
//! They form a tree, for records that begin alike; of the pieces that may follow a value only so many are tried. When the room is used up, no more are learned.
//!
//! A record that fits no layout costs more than without them. So they are on trial: where too few records fit, all are forgotten, and many records pass
//! before the next trial.

use crate::event::{Cell, Form};
use crate::parse::spelling::Spelling;
use crate::source::Via;
use crate::text::is_same;
use std::ops::Range;

/// A row as it is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub(crate) cell: Cell,
    pub(crate) rank: u8,
    pub(crate) form: Form,
    pub(crate) via: Via,
    /// Plain text goes in as it stands.
    pub(crate) takes_text: bool,
}

impl Target {
    #[cfg(test)]
    pub(crate) const NONE: Target =
        Target { cell: Cell::kept(0), rank: 0, form: Form::Any, via: Via::Keep, takes_text: false };
}

/// Records of more values leave no layout.
pub const MOST_STEPS: usize = 128;
/// Pieces of all layouts together.
const MOST_PIECES: usize = 2048;
/// Bytes of all pieces.
const MOST_TEXT: usize = 48 << 10;
/// How many pieces are tried behind one value.
const MOST_TRIED: usize = 8;
/// CachedLayouts that were seen once, as digests.
const MOST_SEEN: usize = 1024;

/// Records of a trial; those that must fit a layout, else the others cost more than these save; and records that pass without layouts after a trial that failed.
const TRIAL: u16 = 256;
const LEAST_HITS: u16 = TRIAL / 2;
const REST: u16 = 16 * TRIAL;

/// More sources than one.
const MANY: u16 = u16::MAX;
/// In place of a source's index: none.
pub const NOBODY: u16 = u16::MAX - 1;

/// Which rows a value fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub first: u16,
    pub count: u16,
    /// Within an array: the same path comes once per element.
    pub repeats: bool,
    /// It is one row, once, that takes text as it stands.
    pub is_text: bool,
    /// The same, and a source keeps the value as it stands.
    pub is_kept: bool,
    /// It has one row, which takes whole numbers as they stand.
    pub is_number: bool,
    /// The row itself, where it is just one.
    pub only: Target,
}

/// Information in the end of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub source: u16,
    /// The conditions of a mapping that hold by the layout alone, as bits.
    pub stands: u64,
}

/// Text before a value, or at the end.
#[derive(Clone, Copy, Default)]
pub struct Piece {
    /// Its text, where it is short and a value follows.
    spelling: Spelling,
    start: u32,
    len: u32,
    /// Alternative byte at this position; 0 for none.
    other: u16,
    /// Byte that may follow the value; 0 for none.
    pub then: u16,
    pub step: Step,
    /// The source whose records it stands in; `MANY` where there are several.
    pub owner: u16,
    /// Nothing follows: the record ends here, and is of a source.
    pub end: Option<End>,
}

impl Piece {
    /// Where the value behind it begins, if the piece stands at `at`; it may be missed.
    #[inline(always)]
    pub fn value_at(&self, record: &[u8], at: usize) -> Option<usize> {
        self.spelling.is_at(record, at).then(|| at.wrapping_add(self.len as usize))
    }
}

pub struct CachedLayouts {
    /// The first one stands before all records.
    pieces: Vec<Piece>,
    text: Vec<u8>,
    /// Each in the one place that its digest names.
    seen: Vec<u64>,
    /// Of the trial that goes on: records, and those that fitted a layout.
    tried: u16,
    hits: u16,
    /// Records that pass before the next trial.
    rest: u16,
}

impl CachedLayouts {
    const START: u16 = 0;

    /// The piece tried first at the beginning of a record; 0 where nothing was learned.
    pub fn first(&self) -> u16 {
        self.pieces.first().map_or(0, |start| start.then)
    }

    #[inline(always)]
    pub fn piece(&self, index: u16) -> Option<&Piece> {
        self.pieces.get(usize::from(index))
    }

    pub fn new() -> CachedLayouts {
        let mut layouts = CachedLayouts {
            pieces: Vec::with_capacity(MOST_PIECES),
            text: Vec::with_capacity(MOST_TEXT),
            seen: vec![0; MOST_SEEN],
            tried: 0,
            hits: 0,
            rest: 0,
        };
        layouts.forget();
        layouts
    }

    /// True if layouts are tried on records, and learned from them.
    #[inline(always)]
    pub fn is_tried(&self) -> bool {
        self.rest == 0
    }

    /// Counts a record that could be of a layout.
    pub fn count(&mut self, is_hit: bool) {
        if self.rest > 0 {
            self.rest = self.rest.saturating_sub(1);
            return;
        }
        self.tried = self.tried.saturating_add(1);
        self.hits = self.hits.saturating_add(u16::from(is_hit));
        if self.tried >= TRIAL {
            if self.hits < LEAST_HITS {
                self.forget();
                self.rest = REST;
            }
            (self.tried, self.hits) = (0, 0);
        }
    }

    pub fn forget(&mut self) {
        self.text.clear();
        self.pieces.clear();
        self.pieces.push(Piece::default());
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.pieces
            .capacity()
            .saturating_mul(size_of::<Piece>())
            .saturating_add(self.text.capacity())
            .saturating_add(size_of_val(self.seen.as_slice()))
    }

    /// True if a layout of this digest was seen before; it is from now on.
    pub fn is_seen(&mut self, digest: u64) -> bool {
        let Some(place) = self.seen.get_mut(digest as usize % MOST_SEEN) else {
            return false;
        };
        std::mem::replace(place, digest) == digest
    }

    /// The piece that stands at `at`, `index` or one of those that may stand in its place, and where it ends. The pieces of a source that refused the record are passed over.
    #[inline(never)]
    pub fn find(
        &self,
        index: u16,
        record: &[u8],
        at: usize,
        refused: u16,
    ) -> Option<(&Piece, usize)> {
        let mut index = index;
        for _ in 0..MOST_TRIED {
            let piece = self.piece(index).filter(|_| index != 0)?;
            let text = self
                .text
                .get(piece.start as usize..piece.start.wrapping_add(piece.len) as usize)?;
            let end = at.wrapping_add(text.len());
            if piece.owner != refused && record.get(at..end).is_some_and(|part| is_same(part, text))
            {
                // A bracket opens what is no scalar: another piece may hold it.
                let fits = if piece.end.is_some() {
                    end == record.len()
                } else {
                    !matches!(record.get(end), Some(b'{' | b'[') | None)
                };
                if fits {
                    return Some((piece, end));
                }
            }
            index = piece.other;
        }
        None
    }

    /// Remembers a record's layout: where its scalars stand, in order, and what each fills.
    pub fn learn(
        &mut self,
        told: End,
        record: &[u8],
        scalars: impl Iterator<Item = (Range<usize>, Step)>,
    ) {
        let (mut place, mut from) = (CachedLayouts::START, 0usize);
        for (range, step) in scalars {
            let text = record.get(from..range.start).unwrap_or_default();
            let Some(next) = self.piece_behind(place, text, step, None, told.source) else {
                return;
            };
            (place, from) = (next, range.end);
        }
        let end = record.get(from..).unwrap_or_default();
        self.piece_behind(place, end, Step::default(), Some(told), told.source);
    }

    /// The piece with this text behind `place`, made where there is none; `None` where there is no room.
    fn piece_behind(
        &mut self,
        place: u16,
        text: &[u8],
        step: Step,
        told: Option<End>,
        owner: u16,
    ) -> Option<u16> {
        let mut index = self.pieces.get(usize::from(place))?.then;
        for _ in 0..MOST_TRIED {
            let Some(piece) = self.pieces.get_mut(usize::from(index)).filter(|_| index != 0) else {
                break;
            };
            let held =
                self.text.get(piece.start as usize..piece.start.wrapping_add(piece.len) as usize);
            if held == Some(text) && piece.step == step && piece.end == told {
                piece.owner = if piece.owner == owner { owner } else { MANY };
                return Some(index);
            }
            index = piece.other;
        }
        if self.pieces.len() >= MOST_PIECES
            || self.text.len().saturating_add(text.len()) > MOST_TEXT
        {
            return None;
        }
        let made = u16::try_from(self.pieces.len()).ok()?;
        let before = self.pieces.get_mut(usize::from(place))?;
        let other = std::mem::replace(&mut before.then, made);
        let start = self.text.len() as u32;
        let spelling = if told.is_some() { Spelling::default() } else { Spelling::of(text) };
        // Both within the room reserved at start.
        self.text.extend_from_slice(text);
        self.pieces.push(Piece {
            spelling,
            start,
            len: text.len() as u32,
            other,
            then: 0,
            step,
            owner,
            end: told,
        });
        Some(made)
    }
}

impl Default for CachedLayouts {
    fn default() -> CachedLayouts {
        CachedLayouts::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: End = End { source: 7, stands: 0 };

    const fn step(first: u16) -> Step {
        Step {
            first,
            count: 1,
            repeats: false,
            is_text: false,
            is_kept: false,
            is_number: false,
            only: Target::NONE,
        }
    }

    fn found(layouts: &CachedLayouts, index: u16, text: &str) -> Option<(u16, usize)> {
        layouts.find(index, text.as_bytes(), 0, NOBODY).map(|(piece, end)| (piece.step.first, end))
    }

    #[test]
    fn finds_what_it_learned_and_nothing_else() {
        let mut layouts = CachedLayouts::new();
        let record = br#"{"time":"x","user":{"name":"y"},"n":1}"#;
        let scalars = [(8..11, step(1)), (27..30, step(2)), (36..37, step(3))];
        layouts.learn(END, record, scalars.clone().into_iter());
        let (mut index, mut at) = (layouts.first(), 0);
        for (range, step) in scalars {
            let (piece, end) = layouts.find(index, record, at, NOBODY).unwrap();
            assert_eq!((end, piece.step, piece.end), (range.start, step, None));
            assert!([None, Some(end)].contains(&piece.value_at(record, at)));
            (index, at) = (piece.then, range.end);
        }
        assert_eq!(layouts.find(index, record, at, NOBODY).unwrap().0.end, Some(END));
        assert!(
            layouts
                .find(index, br#"{"time":"x","user":{"name":"y"},"n":1} "#, at, NOBODY)
                .is_none(),
            "the end is the end"
        );
        assert_eq!(found(&layouts, layouts.first(), "{\"time\":1"), Some((1, 8)));
        assert_eq!(found(&layouts, layouts.first(), "{\"time\":{"), None, "no scalar");
        assert_eq!(found(&layouts, layouts.first(), "{\"time\":"), None, "nothing follows");
        assert_eq!(found(&layouts, layouts.first(), "{\"tine\":1"), None);
    }

    #[test]
    fn records_that_begin_alike_share_their_beginning() {
        let mut layouts = CachedLayouts::new();
        layouts.learn(END, br#"{"a":1,"b":2}"#, [(5..6, step(1)), (11..12, step(2))].into_iter());
        layouts.learn(END, br#"{"a":1,"c":2}"#, [(5..6, step(1)), (11..12, step(3))].into_iter());
        layouts.learn(
            END,
            br#"{"a":1,"b":{"x":2}}"#,
            [(5..6, step(1)), (16..17, step(4))].into_iter(),
        );
        let behind = layouts.find(layouts.first(), br#"{"a":1"#, 0, NOBODY).unwrap().0.then;
        assert_eq!(found(&layouts, behind, r#","b":2"#), Some((2, 5)));
        assert_eq!(found(&layouts, behind, r#","c":2"#), Some((3, 5)));
        assert_eq!(found(&layouts, behind, r#","b":{"x":2"#), Some((4, 10)));
    }

    #[test]
    fn room_is_bounded() {
        let mut layouts = CachedLayouts::new();
        let before = layouts.memory();
        for n in 0..10_000 {
            let record = format!("{{\"key{n}\":1}}");
            let at = record.len() - 2;
            layouts.learn(END, record.as_bytes(), [(at..at + 1, step(1))].into_iter());
        }
        assert_eq!(layouts.memory(), before);
        assert!(layouts.pieces.len() <= MOST_PIECES);
    }

    #[test]
    fn layouts_that_few_records_fit_rest_before_they_are_tried_again() {
        let mut layouts = CachedLayouts::new();
        layouts.learn(END, br#"{"a":1}"#, [(5..6, step(1))].into_iter());
        for number in 0..10 * TRIAL {
            layouts.count(number % 4 != 0);
            assert!(layouts.is_tried());
        }
        assert_ne!(layouts.first(), 0);
        for number in 0..TRIAL {
            assert!(layouts.is_tried());
            layouts.count(number % 4 == 0);
        }
        assert_eq!(layouts.first(), 0, "forgotten");
        for _ in 0..REST {
            assert!(!layouts.is_tried());
            layouts.count(false);
        }
        assert!(layouts.is_tried());
    }
}
