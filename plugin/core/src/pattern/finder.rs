//! Finds which of many pieces of text stand in a text, in one pass over it that reads eight bytes at a time.

use super::{FOLD, Head};
use crate::text::{partial_word, word_at, word_within};
use std::collections::{BTreeMap, BTreeSet};

/// Shorter pieces stand in too many texts.
pub const SHORTEST: usize = 3;
/// Places of the filter that most windows of a text do not pass; a power of two.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 14;
/// A word of eight bytes has six windows, of three bytes each.
const WINDOWS: usize = 6;

/// Pieces with their numbers; several may have the same.
#[derive(Debug)]
pub struct Finder {
    /// For each hash of a window, if a piece has such a one.
    filter: Box<[u8; PLACES]>,
    /// For each hash of a window, the first in `windows`.
    firsts: Vec<u16>,
    windows: Vec<Window>,
    pieces: Vec<Piece>,
    /// Of each piece.
    heads: Vec<Head>,
    /// Those added, each with its numbers, until all are there.
    added: BTreeMap<(Vec<u8>, bool), Vec<u16>>,
    /// Every so many bytes a window of the text is looked at: of each piece as many windows are known.
    stride: usize,
}

#[derive(Debug)]
struct Piece {
    text: Vec<u8>,
    /// Letters count only in their own case.
    is_cased: bool,
    numbers: Vec<u16>,
}

/// A window of a piece, and how far behind the piece's beginning it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    hash: u16,
    piece: u16,
    offset: u16,
    /// The four bytes of the piece that begin there, folded; beyond the piece's end no bit is set in `mask`.
    bytes: u32,
    mask: u32,
}

/// Numbers that were found, as bits.
#[derive(Clone, Debug, Default)]
pub struct Hits(Vec<u64>);

impl Hits {
    /// Room for numbers below this.
    pub fn new(numbers: usize) -> Hits {
        Hits(vec![0; numbers.div_ceil(64)])
    }

    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    pub fn has(&self, number: u16) -> bool {
        self.bits(usize::from(number / 64)).wrapping_shr(u32::from(number % 64)) & 1 == 1
    }

    /// The bits of 64 numbers, from this many times 64 on.
    pub fn bits(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or_default()
    }

    pub fn add_all(&mut self, other: &Hits) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// Those that were found, in their order.
    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        self.0.iter().zip((0u16..).step_by(64)).flat_map(|(word, first)| {
            (0..if *word == 0 { 0 } else { 64 })
                .filter(|bit| word.wrapping_shr(*bit) & 1 == 1)
                .map(move |bit| first.wrapping_add(bit as u16))
        })
    }

    pub fn add(&mut self, number: usize) {
        let bit = 1u64.wrapping_shl((number % 64) as u32);
        self.0.get_mut(number / 64).into_iter().for_each(|word| *word |= bit);
    }
}

impl Default for Finder {
    fn default() -> Finder {
        Finder {
            filter: unset(),
            firsts: Vec::new(),
            windows: Vec::new(),
            pieces: Vec::new(),
            heads: Vec::new(),
            added: BTreeMap::new(),
            stride: 1,
        }
    }
}

/// Made on the heap: it is large for a module's stack.
fn unset() -> Box<[u8; PLACES]> {
    match vec![0; PLACES].into_boxed_slice().try_into() {
        Ok(filter) => filter,
        Err(_) => Box::new([0; PLACES]),
    }
}

impl Finder {
    /// Adds a piece of at least `SHORTEST` bytes.
    pub fn add(&mut self, text: &[u8], is_cased: bool, number: u16) {
        self.added.entry((text.to_vec(), is_cased)).or_default().push(number);
    }

    /// After the last was added.
    pub fn finish(&mut self) {
        let added = std::mem::take(&mut self.added).into_iter();
        self.pieces.extend(added.map(|((text, is_cased), numbers)| Piece {
            text,
            is_cased,
            numbers,
        }));
        let shortest = self.pieces.iter().map(|piece| piece.text.len()).min();
        self.heads.extend(self.pieces.iter().map(|piece| Head::of(&piece.text)));
        // A number that divides the windows of a word.
        self.stride = shortest.unwrap_or(SHORTEST).saturating_sub(2).clamp(1, 3);
        // Sorting in place goes deep where there is much.
        let mut windows = BTreeSet::new();
        for (piece, Piece { text, .. }) in (0u16..).zip(&self.pieces) {
            let first = rarest(text, self.stride);
            for offset in first..first.saturating_add(self.stride) {
                let tail = text.get(offset..).unwrap_or_default();
                let head = Head::of(tail);
                let (bytes, mask) = (head.word as u32, head.mask as u32);
                let hash = hash::<PLACE_BITS>(partial_word(tail) | FOLD) as u16;
                windows.insert(Window { hash, piece, offset: offset as u16, bytes, mask });
            }
        }
        self.firsts = vec![0; PLACES];
        for (at, window) in (0u16..).zip(&windows) {
            let hash = usize::from(window.hash);
            if let Some(mark) = self.filter.get_mut(hash).filter(|mark| **mark == 0) {
                *mark = 1;
                self.firsts.get_mut(hash).into_iter().for_each(|first| *first = at);
            }
        }
        self.windows.extend(windows);
    }

    /// Adds the numbers of those that stand in the text.
    pub fn find(&self, text: &[u8], hits: &mut Hits) {
        match self.stride {
            1 => self.pass::<1>(text, hits),
            2 => self.pass::<2>(text, hits),
            _ => self.pass::<3>(text, hits),
        }
    }

    #[inline(never)]
    fn pass<const STRIDE: usize>(&self, text: &[u8], hits: &mut Hits) {
        let mut at = 0usize;
        while let Some(word) = word_at(text, at) {
            let word = word | FOLD;
            let mut marks = 0;
            for step in 0..WINDOWS.div_ceil(STRIDE) {
                marks |= self.mark(hash::<PLACE_BITS>(
                    word.wrapping_shr(step.wrapping_mul(STRIDE.wrapping_mul(8)) as u32),
                ));
            }
            if marks != 0 {
                self.check(word, at, text, hits);
            }
            at = at.wrapping_add(WINDOWS);
        }
        let rest = text.get(at..).unwrap_or_default();
        if rest.len() >= SHORTEST {
            self.check(partial_word(rest) | FOLD, at, text, hits);
        }
    }

    #[inline(always)]
    fn mark(&self, hash: usize) -> u8 {
        self.filter.get(hash).copied().unwrap_or_default()
    }

    /// Looks at the windows of the word that stands at `at`.
    #[inline(never)]
    fn check(&self, word: u64, at: usize, text: &[u8], hits: &mut Hits) {
        // Bytes of which no window is made: in texts of one sign again and again they come at each step.
        let mut barren = None;
        for step in (0..WINDOWS).step_by(self.stride) {
            let hash = hash::<PLACE_BITS>(word.wrapping_shr((step as u32).wrapping_mul(8)));
            if self.mark(hash) == 0 {
                continue;
            }
            let here = (word_within(text, at.wrapping_add(step)) | FOLD) as u32;
            if barren == Some(here) {
                continue;
            }
            let first = self.firsts.get(hash).copied().unwrap_or_default();
            let windows = self.windows.get(usize::from(first)..).unwrap_or_default();
            barren = Some(here);
            for window in windows.iter().take_while(|window| usize::from(window.hash) == hash) {
                if here & window.mask != window.bytes {
                    continue;
                }
                barren = None;
                let start = at.wrapping_add(step).checked_sub(usize::from(window.offset));
                let head = self.heads.get(usize::from(window.piece));
                if let Some((start, head)) = start.zip(head)
                    && head.stands_at(text, start)
                    && let Some(piece) = self.pieces.get(usize::from(window.piece))
                    && piece.stands_at(text.get(start..).unwrap_or_default())
                {
                    piece.numbers.iter().for_each(|number| hits.add(usize::from(*number)));
                }
            }
        }
    }
}

impl Piece {
    fn stands_at(&self, text: &[u8]) -> bool {
        let held = text.get(..self.text.len()).unwrap_or_default();
        if self.is_cased { held == self.text } else { held.eq_ignore_ascii_case(&self.text) }
    }
}

/// Where in a piece the windows begin by which it is found: those with the fewest letters that most texts have.
fn rarest(piece: &[u8], stride: usize) -> usize {
    let parts = piece.windows(stride.saturating_add(2)).enumerate();
    let common =
        |byte: &&u8| b"etaoinsrhldcumpw-./: 0123456789".contains(&byte.to_ascii_lowercase());
    let best = parts.min_by_key(|(_, part)| part.iter().filter(common).count());
    best.map_or(0, |(at, _)| at)
}

/// The window that a word, folded, begins with, as a number of so many bits.
#[inline(always)]
pub(super) fn hash<const BITS: u32>(word: u64) -> usize {
    // What is above the three bytes is shifted out.
    (word as u32).wrapping_mul(0x3779_b100).wrapping_shr(u32::BITS.wrapping_sub(BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pieces: &[(&str, bool)], text: &str) -> Vec<u16> {
        let mut finder = Finder::default();
        for (number, (piece, is_cased)) in (0u16..).zip(pieces) {
            finder.add(piece.as_bytes(), *is_cased, number);
        }
        finder.finish();
        let mut hits = Hits::new(pieces.len());
        finder.find(text.as_bytes(), &mut hits);
        (0u16..).take(pieces.len()).filter(|number| hits.has(*number)).collect()
    }

    #[test]
    fn finds_what_stands_anywhere_and_nothing_else() {
        let pieces = [
            ("../", false),
            ("union select", false),
            ("LOG", true),
            ("abc", false),
            ("abcd", false),
            ("xyz", false),
        ];
        assert_eq!(found(&pieces, "GET /a/../b?q=1 UNION SELECT 2"), [0, 1]);
        assert_eq!(found(&pieces, "a login"), [] as [u16; 0], "cased");
        assert_eq!(found(&pieces, "LOG: abcd"), [2, 3, 4]);
        assert_eq!(found(&pieces, "ABC"), [3]);
        assert_eq!(found(&pieces, "ab"), [] as [u16; 0]);
        assert_eq!(found(&pieces, "xy"), [] as [u16; 0]);
        assert_eq!(found(&pieces, "wxyz"), [5], "at the end");
    }

    #[test]
    fn pieces_are_found_at_every_place_however_far_the_windows_are_apart() {
        for shortest in ["kal", "kali", "pacu-", "nuclei"] {
            let pieces = [(shortest, false), ("enumerate-iam", false), ("CloudGoat", true)];
            for (number, (piece, _)) in (0u16..).zip(pieces) {
                for before in 0..20 {
                    for behind in 0..10 {
                        let text = format!("{}{piece}{}", "~".repeat(before), "~".repeat(behind));
                        assert_eq!(found(&pieces, &text), [number], "{text}");
                        let text = text.replace(piece, &piece[..piece.len() - 1]);
                        assert_eq!(found(&pieces, &text), [] as [u16; 0], "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn many_pieces_beside_one_another() {
        let words: Vec<String> = (0..500).map(|number| format!("w{number:03}")).collect();
        let pieces: Vec<(&str, bool)> = words.iter().map(|word| (word.as_str(), false)).collect();
        assert_eq!(found(&pieces, "w000w123 w499").as_slice(), [0, 123, 499]);
    }
}
