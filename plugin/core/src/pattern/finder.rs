//! Finds which of many pieces of text stand in a text, in one pass over it that reads eight bytes at a time.

use super::hashed::Hashed;
use super::{FOLD, Head};
use crate::text::{is_same, partial_word, word_at, word_within};

/// Shorter pieces stand in too many texts.
pub const SHORTEST: usize = 3;
/// Places of the filter that most windows of a text do not pass; a power of two.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 14;
/// A word of eight bytes has six windows, of three bytes each.
const WINDOWS: usize = 6;
/// Pieces that are looked for: each has at most three windows, which are numbered in sixteen bits.
const MOST: usize = u16::MAX as usize / 3;

/// Groups that pieces are looked for in, as bits: a text costs by the pieces of its own groups.
pub type Groups = u16;
pub const ALL_GROUPS: Groups = Groups::MAX;

/// Pieces with their numbers; several may have the same.
#[derive(Debug)]
pub struct Finder {
    /// For each hash of a window, the groups with a piece that has such a one.
    filter: Box<[Groups; PLACES]>,
    /// For each hash of a window, the first in `windows`.
    firsts: Vec<u16>,
    windows: Vec<Window>,
    pieces: Vec<Piece>,
    /// Of each piece.
    heads: Vec<Head>,
    /// Those added, until all are there.
    added: Hashed<u16>,
    /// Numbers of pieces that there was no room for: they count as found in every text.
    always: Vec<u16>,
    /// Every so many bytes a window of the text is looked at: of each piece as many windows are known.
    stride: usize,
}

#[derive(Debug)]
struct Piece {
    text: Vec<u8>,
    /// Letters count only in their own case.
    is_cased: bool,
    groups: Groups,
    numbers: Vec<u16>,
}

/// A window of a piece, and how far behind the piece's beginning it stands.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    hash: u16,
    piece: u16,
    offset: u16,
    groups: Groups,
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
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < u64::BITS).then(|| first.wrapping_add(bit as u16))
            })
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
            added: Hashed::default(),
            always: Vec::new(),
            stride: 1,
        }
    }
}

/// Made on the heap: it is large for a module's stack.
fn unset() -> Box<[Groups; PLACES]> {
    match vec![0; PLACES].into_boxed_slice().try_into() {
        Ok(filter) => filter,
        Err(_) => Box::new([0; PLACES]),
    }
}

impl Finder {
    /// Adds a piece of at least `SHORTEST` bytes, for texts of these groups.
    pub fn add(&mut self, text: &[u8], is_cased: bool, groups: Groups, number: u16) {
        let hash = hash_of(text, 0);
        let is_it = |piece: &Piece| piece.is_cased == is_cased && is_same(&piece.text, text);
        let is_there = |at: &u16| self.pieces.get(usize::from(*at)).is_some_and(is_it);
        let known = self.added.find(hash, is_there).copied();
        if let Some(piece) = known.and_then(|at| self.pieces.get_mut(usize::from(at))) {
            piece.groups |= groups;
            piece.numbers.push(number);
            return;
        }
        if self.pieces.len() >= MOST {
            self.always.push(number);
            return;
        }
        self.added.add(hash, self.pieces.len() as u16);
        self.pieces.push(Piece { text: text.to_vec(), is_cased, groups, numbers: vec![number] });
    }

    /// After the last was added.
    pub fn finish(&mut self) {
        self.added = Hashed::default();
        let shortest = self.pieces.iter().map(|piece| piece.text.len()).min();
        self.heads.extend(self.pieces.iter().map(|piece| Head::of(&piece.text)));
        // A number that divides the windows of a word.
        self.stride = shortest.unwrap_or(SHORTEST).saturating_sub(2).clamp(1, 3);
        let mut windows = Vec::new();
        for (piece, Piece { text, groups, .. }) in (0u16..).zip(&self.pieces) {
            let first = rarest(text, self.stride);
            for offset in first..first.saturating_add(self.stride) {
                let tail = text.get(offset..).unwrap_or_default();
                let head = Head::of(tail);
                let (bytes, mask) = (head.word as u32, head.mask as u32);
                let hash = hash::<PLACE_BITS>(partial_word(tail) | FOLD) as u16;
                let (offset, groups) = (offset as u16, *groups);
                windows.push(Window { hash, piece, offset, groups, bytes, mask });
            }
        }
        self.sort(&windows);
    }

    /// Windows in the order of their hashes, those of one as they come. Counted, not compared: a sort in place goes deep where there is much.
    fn sort(&mut self, windows: &[Window]) {
        let mut ends = vec![0u16; PLACES];
        for window in windows {
            let hash = usize::from(window.hash);
            self.filter.get_mut(hash).into_iter().for_each(|mark| *mark |= window.groups);
            ends.get_mut(hash).into_iter().for_each(|count| *count = count.wrapping_add(1));
        }
        let mut total = 0u16;
        for end in &mut ends {
            (*end, total) = (total, total.wrapping_add(*end));
        }
        self.firsts.clone_from(&ends);
        self.windows = vec![Window::default(); windows.len()];
        for window in windows {
            if let Some(end) = ends.get_mut(usize::from(window.hash)) {
                let place = self.windows.get_mut(usize::from(*end));
                place.into_iter().for_each(|place| *place = *window);
                *end = end.wrapping_add(1);
            }
        }
    }

    /// Adds the numbers of those of one of the groups that stand in the text; it may add those of others.
    pub fn find(&self, text: &[u8], groups: Groups, hits: &mut Hits) {
        self.always.iter().for_each(|number| hits.add(usize::from(*number)));
        match self.stride {
            1 => self.pass::<1>(text, groups, hits),
            2 => self.pass::<2>(text, groups, hits),
            _ => self.pass::<3>(text, groups, hits),
        }
    }

    #[inline(never)]
    fn pass<const STRIDE: usize>(&self, text: &[u8], groups: Groups, hits: &mut Hits) {
        let mut at = 0usize;
        let mut spent = Spent::default();
        while let Some(word) = word_at(text, at) {
            let word = word | FOLD;
            let mut marks = 0;
            for step in 0..WINDOWS.div_ceil(STRIDE) {
                marks |= self.mark(hash::<PLACE_BITS>(
                    word.wrapping_shr(step.wrapping_mul(STRIDE.wrapping_mul(8)) as u32),
                ));
            }
            if marks & groups != 0 {
                self.check(word, at, text, groups, &mut spent, hits);
            }
            at = at.wrapping_add(WINDOWS);
        }
        let rest = text.get(at..).unwrap_or_default();
        if rest.len() >= SHORTEST {
            self.check(partial_word(rest) | FOLD, at, text, groups, &mut spent, hits);
        }
    }

    #[inline(always)]
    fn mark(&self, hash: usize) -> Groups {
        self.filter.get(hash).copied().unwrap_or_default()
    }

    /// Looks at the windows of the word that stands at `at`.
    #[inline(never)]
    fn check(
        &self,
        word: u64,
        at: usize,
        text: &[u8],
        groups: Groups,
        spent: &mut Spent,
        hits: &mut Hits,
    ) {
        for step in (0..WINDOWS).step_by(self.stride) {
            let hash = hash::<PLACE_BITS>(word.wrapping_shr((step as u32).wrapping_mul(8)));
            if self.mark(hash) & groups == 0 {
                continue;
            }
            let here = (word_within(text, at.wrapping_add(step)) | FOLD) as u32;
            if spent.has(hash, here) {
                continue;
            }
            let first = self.firsts.get(hash).copied().unwrap_or_default();
            let windows = self.windows.get(usize::from(first)..).unwrap_or_default();
            let mut are_found = true;
            for window in windows.iter().take_while(|window| usize::from(window.hash) == hash) {
                if here & window.mask != window.bytes || window.groups & groups == 0 {
                    continue;
                }
                let Some(piece) = self.pieces.get(usize::from(window.piece)) else { continue };
                let start = at.wrapping_add(step).checked_sub(usize::from(window.offset));
                let head = self.heads.get(usize::from(window.piece));
                if let Some((start, head)) = start.zip(head)
                    && head.stands_at(text, start)
                    && piece.stands_at(text.get(start..).unwrap_or_default())
                {
                    piece.numbers.iter().for_each(|number| hits.add(usize::from(*number)));
                } else {
                    are_found = are_found && piece.numbers.iter().all(|number| hits.has(*number));
                }
            }
            if are_found {
                spent.add(hash, here);
            }
        }
    }
}

/// Bytes of a text of which nothing is to be had any more: no piece has a window like them, or those that have were found.
/// In a text that repeats itself they come again and again.
#[derive(Default)]
struct Spent([u32; 16]);

impl Spent {
    fn has(&self, hash: usize, bytes: u32) -> bool {
        self.0.get(hash % 16) == Some(&bytes)
    }

    fn add(&mut self, hash: usize, bytes: u32) {
        self.0.get_mut(hash % 16).into_iter().for_each(|place| *place = bytes);
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
    let width = stride.saturating_add(2);
    let mut common = piece.iter().take(width).filter(|byte| is_common(**byte)).count();
    let (mut fewest, mut best) = (common, 0);
    // Each window has one byte that the one before has not, and lacks its first.
    for (at, (gone, come)) in (1usize..).zip(piece.iter().zip(piece.iter().skip(width))) {
        common = common
            .saturating_add(usize::from(is_common(*come)))
            .saturating_sub(usize::from(is_common(*gone)));
        if common < fewest {
            (fewest, best) = (common, at);
        }
    }
    best
}

/// Letters and signs that most texts have.
fn is_common(byte: u8) -> bool {
    let [low, high] = COMMON;
    let bits = if byte < 64 { low } else { high };
    byte < 128 && bits.wrapping_shr(u32::from(byte)) & 1 == 1
}

/// They, as bits.
const COMMON: [u64; 2] = {
    let (mut bits, mut rest) =
        (0u128, b"etaoinsrhldcumpwETAOINSRHLDCUMPW-./: 0123456789".as_slice());
    while let [byte, others @ ..] = rest {
        bits |= 1u128.wrapping_shl(*byte as u32);
        rest = others;
    }
    [bits as u64, bits.wrapping_shr(64) as u64]
};

/// A text as a number, by which equal ones are found; others may have it too. With `FOLD` whatever the letters' case, with 0 in that of the text.
pub(crate) fn hash_of(text: &[u8], fold: u64) -> u64 {
    let mix = |hash: u64, word: u64| (hash ^ (word | fold)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(text.len() as u64, |hash, word| {
        mix(hash, u64::from_le_bytes(*word)).rotate_right(23)
    });
    mix(hash, partial_word(rest))
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

    #[test]
    fn a_piece_without_room_counts_as_found() {
        let mut finder = Finder::default();
        for number in 0..=MOST as u16 {
            finder.add(format!("piece {number}").as_bytes(), false, ALL_GROUPS, number % 7);
        }
        finder.add(b"piece 11", false, ALL_GROUPS, 9);
        finder.add(b"one more", false, ALL_GROUPS, 8);
        finder.finish();
        let mut hits = Hits::new(10);
        finder.find(b"nothing of it", ALL_GROUPS, &mut hits);
        assert_eq!(hits.numbers().collect::<Vec<_>>(), [MOST as u16 % 7, 8]);
        finder.find(b"a piece 11", ALL_GROUPS, &mut hits);
        assert!(hits.has(9) && hits.has(11 % 7), "what had a place is looked for");
    }

    fn found(pieces: &[(&str, bool)], text: &str) -> Vec<u16> {
        let mut finder = Finder::default();
        for (number, (piece, is_cased)) in (0u16..).zip(pieces) {
            finder.add(piece.as_bytes(), *is_cased, ALL_GROUPS, number);
        }
        finder.finish();
        let mut hits = Hits::new(pieces.len());
        finder.find(text.as_bytes(), ALL_GROUPS, &mut hits);
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
    fn pieces_are_found_in_texts_of_their_groups() {
        let mut finder = Finder::default();
        for (number, (piece, groups)) in
            (0u16..).zip([("secret", 1), ("secrets", 2), ("secret", 4), ("token", 8)])
        {
            finder.add(piece.as_bytes(), false, groups, number);
        }
        finder.finish();
        for (groups, wanted) in [(1, vec![0]), (2, vec![1]), (4, vec![2]), (8, vec![3])] {
            let mut hits = Hits::new(4);
            finder.find(b"the secrets of a token", groups, &mut hits);
            assert!(wanted.iter().all(|number| hits.has(*number)), "{groups}");
            assert!(!hits.has(if groups == 8 { 1 } else { 3 }), "{groups}");
        }
    }

    #[test]
    fn many_pieces_beside_one_another() {
        let words: Vec<String> = (0..500).map(|number| format!("w{number:03}")).collect();
        let pieces: Vec<(&str, bool)> = words.iter().map(|word| (word.as_str(), false)).collect();
        assert_eq!(found(&pieces, "w000w123 w499").as_slice(), [0, 123, 499]);
    }
}
