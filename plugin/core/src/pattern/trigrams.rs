//! Which three letters stand together in a text: tells without reading the text that most patterns cannot match it.

use super::{FOLD, finder};
use crate::text::{partial_word, word_at, word_within};

/// A word of eight bytes has six windows, of three bytes each.
const WINDOWS: usize = 6;
/// Windows of a piece that are looked up.
const LOOKED_UP: usize = 4;

/// The windows of one text, letters in any case: each sets one bit, which others may set too.
#[derive(Clone, Debug)]
pub struct Trigrams([u64; 1 << (BITS - 6)]);

const BITS: u32 = 12;

impl Default for Trigrams {
    fn default() -> Trigrams {
        Trigrams([0; 1 << (BITS - 6)])
    }
}

impl Trigrams {
    /// Makes them those of this text.
    #[inline(never)]
    pub fn fill(&mut self, text: &[u8]) {
        self.0.fill(0);
        let mut at = 0usize;
        while let Some(word) = word_at(text, at) {
            self.add(word | FOLD, WINDOWS);
            at = at.wrapping_add(WINDOWS);
        }
        let rest = text.get(at..).unwrap_or_default();
        self.add(partial_word(rest) | FOLD, rest.len().saturating_sub(2));
    }

    #[inline(always)]
    fn add(&mut self, word: u64, windows: usize) {
        for step in 0..windows {
            let hash = finder::hash::<BITS>(word.wrapping_shr((step as u32).wrapping_mul(8)));
            if let Some(place) = self.0.get_mut(hash / 64) {
                *place |= 1u64.wrapping_shl(hash as u32);
            }
        }
    }

    /// False if the piece stands nowhere in the text.
    pub fn may_have(&self, piece: &Windows) -> bool {
        piece.0.iter().all(|hash| {
            let hash = usize::from(*hash);
            self.0.get(hash / 64).is_none_or(|place| place.wrapping_shr(hash as u32) & 1 == 1)
        })
    }
}

/// Windows of a piece, by which it is looked for among those of a text; a piece too short to have one has a number that none has.
#[derive(Clone, Copy, Debug)]
pub struct Windows([u16; LOOKED_UP]);

impl Windows {
    pub fn of(piece: &[u8]) -> Windows {
        let Some(last) = piece.len().checked_sub(3) else {
            return Windows([u16::MAX; LOOKED_UP]);
        };
        let mut part = 0usize;
        Windows([(); LOOKED_UP].map(|()| {
            let offset = last.saturating_mul(part).checked_div(LOOKED_UP.wrapping_sub(1));
            part = part.wrapping_add(1);
            let window = word_within(piece, offset.unwrap_or_default());
            finder::hash::<BITS>(window | FOLD) as u16
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// No piece of a text is missed, whatever its letters' case.
        #[test]
        fn every_piece_of_a_text_may_stand_in_it(text in "[a-dA-D*\\\\ é]{0,40}", from in 0usize..40, len in 0usize..20) {
            let mut trigrams = Trigrams::default();
            trigrams.fill(text.as_bytes());
            let end = text.len().min(from.saturating_add(len));
            let piece = text.as_bytes().get(from..end).unwrap_or_default();
            proptest::prop_assert!(trigrams.may_have(&Windows::of(&piece.to_ascii_lowercase())));
        }
    }

    #[test]
    fn most_pieces_are_known_to_be_absent() {
        let mut trigrams = Trigrams::default();
        trigrams.fill(b"GET /index.html?page=2 HTTP/1.1");
        let absent = ["union select", "etc/passwd", "${jndi:", "powershell", "index.php"];
        assert!(absent.iter().all(|piece| !trigrams.may_have(&Windows::of(piece.as_bytes()))));
        assert!(
            [&b"index.html"[..], b"ht"].iter().all(|piece| trigrams.may_have(&Windows::of(piece)))
        );
    }
}
