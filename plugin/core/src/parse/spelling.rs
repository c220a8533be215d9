//! A short text to be looked for at a given place, compared three words at once.

/// At most so many bytes: three words.
const MOST: usize = 24;

#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    words: [u64; 3],
    /// Which bits count.
    masks: [u64; 3],
    /// 0 where it is too long to be compared so.
    len: u32,
}

impl Default for Spelling {
    fn default() -> Spelling {
        Spelling::NOWHERE
    }
}

impl Spelling {
    /// Of at most 24 bytes; a longer one, and none at all, is nowhere.
    pub fn of(text: &[u8]) -> Spelling {
        if text.is_empty() || text.len() > MOST {
            return Spelling::NOWHERE;
        }
        let (mut bytes, mut counts) = ([0u8; MOST], [0u8; MOST]);
        for (index, byte) in text.iter().enumerate() {
            if let (Some(place), Some(counts)) = (bytes.get_mut(index), counts.get_mut(index)) {
                (*place, *counts) = (*byte, u8::MAX);
            }
        }
        Spelling { words: words(&bytes), masks: words(&counts), len: text.len() as u32 }
    }

    /// Asks for a bit that no mask lets through.
    const NOWHERE: Spelling = Spelling { words: [1, 0, 0], masks: [0; 3], len: 0 };

    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// True if it stands at `at`. Within the last 24 bytes of the text it is missed.
    #[inline(always)]
    pub fn is_at(&self, text: &[u8], at: usize) -> bool {
        let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<MOST>()) else {
            return false;
        };
        let [a, b, c] = words(bytes);
        let [x, y, z] = self.words;
        let [p, q, r] = self.masks;
        ((a & p) ^ x) | ((b & q) ^ y) | ((c & r) ^ z) == 0
    }
}

#[inline(always)]
fn words(bytes: &[u8; MOST]) -> [u64; 3] {
    let (words, _) = bytes.as_chunks::<8>();
    let word = |index: usize| words.get(index).map_or(0, |word| u64::from_le_bytes(*word));
    [word(0), word(1), word(2)]
}
