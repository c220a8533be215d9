//! A short text to be looked for at a given place, compared by its first, middle and last eight bytes.

use super::text::{partial_word, word_at};

#[derive(Clone, Copy, Debug, Default)]
pub struct Spelling {
    first: u64,
    /// Which bits of the first word count, where the whole is shorter.
    mask: u64,
    middle: u64,
    last: u64,
    /// 0 where it is too long to be compared so.
    len: u32,
}

impl Spelling {
    /// Of at most 24 bytes; a longer one, and none at all, is nowhere.
    pub fn of(text: &[u8]) -> Spelling {
        let len = text.len();
        let word = |at: usize| word_at(text, at).unwrap_or_default();
        match len {
            1..=8 => {
                let mask = u64::MAX.wrapping_shr(64u32.wrapping_sub((len as u32).wrapping_mul(8)));
                Spelling { first: partial_word(text), mask, middle: 0, last: 0, len: len as u32 }
            }
            9..=24 => Spelling { first: word(0), mask: u64::MAX, middle: word(8), last: word(len.wrapping_sub(8)), len: len as u32 },
            _ => Spelling::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it stands at `at`. Near the end of the text it may be missed.
    #[inline(always)]
    pub fn is_at(&self, text: &[u8], at: usize) -> bool {
        let Some(first) = word_at(text, at) else { return false };
        if (first ^ self.first) & self.mask != 0 || self.len == 0 {
            return false;
        }
        if self.len <= 8 {
            return true;
        }
        let last = word_at(text, at.wrapping_add(self.len as usize).wrapping_sub(8)) == Some(self.last);
        last && (self.len <= 16 || word_at(text, at.wrapping_add(8)) == Some(self.middle))
    }
}
