//! The ids of the events that led to a finding: a ring of cells, each linked to the one before it of the same key.

use super::{Words, pack, unpack};
use crate::parse::text::{cut, word_within};

/// Words of one cell: serial and link, length, 48 bytes of text.
const CELL: usize = 8;
const TEXT: usize = 48;

pub struct Evidence {
    pub words: Words,
    cells: u32,
}

/// The ids of one key, as a finding names them.
#[derive(Clone, Copy, Default)]
pub struct Chain<'a> {
    ring: Option<&'a Evidence>,
    serial: u32,
}

impl<'a> Chain<'a> {
    pub fn new(ring: &'a Evidence, serial: u32) -> Chain<'a> {
        Chain { ring: Some(ring), serial }
    }

    /// Newest first, at most `most`.
    pub fn recall(&self, most: usize, each: &mut impl FnMut(&[u8])) {
        if let Some(ring) = self.ring {
            ring.recall(self.serial, most, each);
        }
    }
}

/// An id as cells hold it.
#[derive(Clone, Copy, Debug)]
pub struct Id {
    /// Its length, then its text.
    words: [u64; CELL - 1],
}

impl Id {
    /// Cut to 48 bytes.
    pub fn new(id: &[u8]) -> Id {
        let mut words = [0u64; CELL - 1];
        let id = cut(id, TEXT);
        let [len, text @ ..] = &mut words;
        *len = id.len() as u64;
        for (index, word) in text.iter_mut().enumerate().take(id.len().div_ceil(8)) {
            *word = word_within(id, index.wrapping_mul(8));
        }
        Id { words }
    }
}

impl Evidence {
    pub fn new(id: &'static str, memory: usize) -> Evidence {
        let cells = (memory / (CELL * 8)).max(8);
        // The first cell's place of a serial holds the last serial given.
        Evidence { words: Words::new(id, 1, cells.saturating_add(1).saturating_mul(CELL)), cells: cells as u32 }
    }

    fn cell(&self, serial: u32) -> usize {
        (serial.checked_rem(self.cells).unwrap_or_default().wrapping_add(1) as usize).wrapping_mul(CELL)
    }

    /// Keeps an id behind the one with serial `before`; gives its serial.
    pub fn keep(&mut self, id: &Id, before: u32) -> u32 {
        let serial = (self.words.get(0) as u32).wrapping_add(1).max(1);
        self.words.set(0, u64::from(serial));
        let cell = self.cell(serial);
        let Some([link, words @ ..]) = self.words.words.get_mut(cell..).and_then(|cells| cells.first_chunk_mut::<CELL>()) else { return serial };
        *link = pack(serial, before);
        *words = id.words;
        serial
    }

    /// The ids from `serial` back, newest first, at most `most`, as far as they are still held.
    pub fn recall(&self, serial: u32, most: usize, each: &mut impl FnMut(&[u8])) {
        let mut next = serial;
        for _ in 0..most {
            let cell = self.cell(next);
            let (held, before) = unpack(self.words.get(cell));
            if next == 0 || held != next {
                return;
            }
            let mut text = [0u8; TEXT];
            for (index, place) in text.chunks_exact_mut(8).enumerate() {
                place.copy_from_slice(&self.words.get(cell.wrapping_add(2).wrapping_add(index)).to_le_bytes());
            }
            let len = (self.words.get(cell.wrapping_add(1)) as usize).min(TEXT);
            each(text.get(..len).unwrap_or_default());
            next = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recalled(evidence: &Evidence, serial: u32) -> Vec<String> {
        let mut ids = Vec::new();
        evidence.recall(serial, 5, &mut |id| ids.push(String::from_utf8(id.to_vec()).unwrap()));
        ids
    }

    #[test]
    fn chains_of_several_keys_share_the_ring() {
        let mut evidence = Evidence::new("test", 0);
        let (mut a, mut b) = (0, 0);
        for n in 0..3 {
            a = evidence.keep(&Id::new(format!("a{n}").as_bytes()), a);
            b = evidence.keep(&Id::new(format!("b{n}").as_bytes()), b);
        }
        assert_eq!(recalled(&evidence, a), ["a2", "a1", "a0"]);
        for n in 0..8 {
            b = evidence.keep(&Id::new(format!("c{n}").as_bytes()), b);
        }
        assert_eq!(recalled(&evidence, a), Vec::<String>::new(), "overwritten: not mistaken for another's");
        assert_eq!(recalled(&evidence, b).len(), 5);
    }

    #[test]
    fn long_ids_are_cut_between_characters() {
        let mut evidence = Evidence::new("test", 0);
        let serial = evidence.keep(&Id::new("é".repeat(40).as_bytes()), 0);
        assert_eq!(recalled(&evidence, serial), ["é".repeat(24)]);
        let serial = evidence.keep(&Id::new(format!("{}é", "x".repeat(47)).as_bytes()), 0);
        assert_eq!(recalled(&evidence, serial), ["x".repeat(47)]);
        let escaped = evidence.keep(&Id::new(format!("{}\\u0001\\u0002", "x".repeat(45)).as_bytes()), 0);
        assert_eq!(recalled(&evidence, escaped), ["x".repeat(45)]);
    }
}
