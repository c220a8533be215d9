//! Finds which of many pieces of text stand in a text, in one pass over it.

use std::collections::BTreeSet;

/// Shorter pieces stand in too many texts.
pub const SHORTEST: usize = 3;
/// Places of the filter that most windows of a text do not pass.
const BITS: usize = 1 << 14;

/// Pieces with a number each; several may have the same.
#[derive(Debug)]
pub struct Finder {
    filter: Vec<u64>,
    /// Sorted by their first letters, in lower case.
    pieces: Vec<Piece>,
    /// Those added, until all are there.
    added: BTreeSet<Piece>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    window: u32,
    text: Vec<u8>,
    /// Letters count only in their own case.
    is_cased: bool,
    number: u16,
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
        self.0
            .get(usize::from(number / 64))
            .is_some_and(|word| word.wrapping_shr(u32::from(number % 64)) & 1 == 1)
    }

    fn add(&mut self, number: u16) {
        self.0
            .get_mut(usize::from(number / 64))
            .into_iter()
            .for_each(|word| *word |= 1u64.wrapping_shl(u32::from(number % 64)));
    }
}

impl Default for Finder {
    fn default() -> Finder {
        Finder { filter: vec![0; BITS / 64], pieces: Vec::new(), added: BTreeSet::new() }
    }
}

impl Finder {
    /// Adds a piece of at least `SHORTEST` bytes.
    pub fn add(&mut self, text: &[u8], is_cased: bool, number: u16) {
        let window = text.iter().take(SHORTEST).fold(0, |window, byte| next(window, *byte));
        let (word, bit) = place(window);
        self.filter.get_mut(word).into_iter().for_each(|held| *held |= bit);
        self.added.insert(Piece { window, text: text.to_vec(), is_cased, number });
    }

    /// After the last was added.
    pub fn finish(&mut self) {
        self.pieces.extend(std::mem::take(&mut self.added));
    }

    /// Adds the numbers of those that stand in the text.
    pub fn find(&self, text: &[u8], hits: &mut Hits) {
        let mut window = 0;
        for (at, byte) in text.iter().enumerate() {
            window = next(window, *byte);
            let (word, bit) = place(window);
            if self.filter.get(word).is_some_and(|held| held & bit != 0) {
                self.check(
                    window,
                    text.get(at.wrapping_add(1).saturating_sub(SHORTEST)..).unwrap_or_default(),
                    hits,
                );
            }
        }
    }

    #[inline(never)]
    fn check(&self, window: u32, text: &[u8], hits: &mut Hits) {
        let from = self.pieces.partition_point(|piece| piece.window < window);
        for piece in self
            .pieces
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|piece| piece.window == window)
        {
            let held = text.get(..piece.text.len()).unwrap_or_default();
            if if piece.is_cased {
                held == piece.text
            } else {
                held.eq_ignore_ascii_case(&piece.text)
            } {
                hits.add(piece.number);
            }
        }
    }
}

/// The last letters with one more.
#[inline(always)]
fn next(window: u32, byte: u8) -> u32 {
    (window.wrapping_shl(8) | u32::from(byte.to_ascii_lowercase())) & 0x00ff_ffff
}

/// The filter's word and bit of a window.
#[inline(always)]
fn place(window: u32) -> (usize, u64) {
    let hash = window.wrapping_mul(0x9e37_79b1).wrapping_shr(18) as usize;
    (hash / 64 % (BITS / 64), 1u64.wrapping_shl((hash % 64) as u32))
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
    fn many_pieces_beside_one_another() {
        let words: Vec<String> = (0..500).map(|number| format!("w{number:03}")).collect();
        let pieces: Vec<(&str, bool)> = words.iter().map(|word| (word.as_str(), false)).collect();
        assert_eq!(found(&pieces, "w000w123 w499").as_slice(), [0, 123, 499]);
    }
}
