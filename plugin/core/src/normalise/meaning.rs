//! Texts without their escapes: several rows of many mappings ask for the same one, which is long only where somebody makes it so.

use crate::text::{Full, is_same, put, unescape};

/// Shorter ones are written anew.
const LONG: usize = 256;
/// Capacity that is kept from text to text.
const KEPT: usize = 64 << 10;

/// The text read last.
#[derive(Debug)]
pub(super) struct Meaning {
    /// As it stood, where it was long: its bytes are compared, whatever place they stand in.
    written: Vec<u8>,
    text: Vec<u8>,
}

impl Meaning {
    pub(super) fn new() -> Meaning {
        Meaning { written: Vec::new(), text: Vec::with_capacity(LONG) }
    }

    /// The text that a string's content stands for. An error where memory is short.
    pub(super) fn of(&mut self, content: &[u8]) -> Result<&[u8], Full> {
        if content.len() < LONG || !is_same(content, &self.written) {
            self.learn(content)?;
        }
        Ok(&self.text)
    }

    #[inline(never)]
    fn learn(&mut self, content: &[u8]) -> Result<(), Full> {
        for held in [&mut self.written, &mut self.text] {
            if held.capacity() > KEPT && content.len() <= KEPT {
                *held = Vec::new();
            }
            held.clear();
        }
        unescape(content, &mut self.text)?;
        if content.len() >= LONG {
            put(content, &mut self.written)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_bytes() {
        let mut meaning = Meaning::new();
        let long = br"a\nb\\".repeat(60);
        let mut other = long.clone();
        other[3] = b'c';
        for content in [&long, &long, &other, &br"x\\y".to_vec(), &long, &Vec::new(), &other] {
            let mut wanted = Vec::new();
            assert!(unescape(content, &mut wanted).is_ok());
            assert_eq!(meaning.of(content), Ok(&wanted[..]));
        }
    }
}
