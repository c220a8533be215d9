//! The findings of the events judged last, as they were written, so that an event that comes again gets them again.
//!
//! A ring of words; the oldest make room. Two words lead: how many words were ever written, and where the oldest record starts in that count.

use super::{EDITION, Words, pack, unpack};

const HEAD: usize = 0;
const TAIL: usize = 1;
const RING: usize = 2;
/// Findings are kept with the places of their detectors in the list of all.
const SHAPE: u64 = EDITION | (crate::detector::ALL.len() as u64).wrapping_shl(8) | 2;

pub struct Verdicts {
    pub words: Words,
    ring: u64,
}

impl Verdicts {
    pub fn new(memory: usize) -> Verdicts {
        let ring = (memory / 8).max(64);
        Verdicts { words: Words::new("verdicts", SHAPE, ring.saturating_add(RING)), ring: ring as u64 }
    }

    fn place(&self, at: u64) -> usize {
        RING.wrapping_add(at.checked_rem(self.ring).unwrap_or_default() as usize)
    }

    /// Keeps the parts, one behind the other, for the event; what is larger than the whole ring is not kept.
    pub fn keep(&mut self, hash: u64, parts: &[&[u8]]) {
        let bytes = parts.iter().map(|part| part.len()).fold(0, usize::saturating_add);
        let len = bytes.div_ceil(8) as u64;
        let needed = len.saturating_add(2);
        if needed > self.ring {
            return;
        }
        let head = self.words.get(HEAD);
        let mut tail = self.words.get(TAIL).min(head);
        while head.wrapping_add(needed).wrapping_sub(tail) > self.ring && tail < head {
            tail = tail.wrapping_add(self.record_len(tail));
        }
        self.words.set(TAIL, tail.min(head));
        self.words.set(self.place(head), pack(needed as u32, bytes as u32));
        self.words.set(self.place(head.wrapping_add(1)), hash | 1);
        let (mut word, mut filled, mut at) = (0u64, 0u32, head.wrapping_add(2));
        for &byte in parts.iter().copied().flatten() {
            word |= u64::from(byte).wrapping_shl(filled);
            filled = filled.wrapping_add(8);
            if filled == 64 {
                self.words.set(self.place(at), word);
                (word, filled, at) = (0, 0, at.wrapping_add(1));
            }
        }
        if filled > 0 {
            self.words.set(self.place(at), word);
        }
        self.words.set(HEAD, head.wrapping_add(needed));
    }

    /// At least 2, so that a walk over damaged words ends.
    fn record_len(&self, at: u64) -> u64 {
        u64::from(unpack(self.words.get(self.place(at))).0).max(2)
    }

    /// Appends the findings kept for the event to `out`; whether there were any.
    pub fn recall(&self, hash: u64, out: &mut impl FnMut(&[u8])) -> bool {
        let head = self.words.get(HEAD);
        let mut at = self.words.get(TAIL).max(head.saturating_sub(self.ring));
        while at < head {
            if self.words.get(self.place(at.wrapping_add(1))) == hash | 1 {
                let mut left = (unpack(self.words.get(self.place(at))).1 as usize).min((self.ring as usize).saturating_mul(8));
                let mut from = at.wrapping_add(2);
                while left > 0 {
                    let bytes = self.words.get(self.place(from)).to_le_bytes();
                    out(bytes.get(..left.min(8)).unwrap_or_default());
                    left = left.saturating_sub(8);
                    from = from.wrapping_add(1);
                }
                return true;
            }
            at = at.wrapping_add(self.record_len(at));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recalled(verdicts: &Verdicts, hash: u64) -> Option<String> {
        let mut text = Vec::new();
        let found = verdicts.recall(hash, &mut |bytes| text.extend_from_slice(bytes));
        found.then(|| String::from_utf8(text).unwrap())
    }

    #[test]
    fn gives_back_what_was_kept_until_the_ring_is_full() {
        let mut verdicts = Verdicts::new(0);
        let text = |hash: u64| format!("findings of {hash}");
        for hash in (2..400).step_by(2) {
            verdicts.keep(hash, &[text(hash).as_bytes()]);
            assert_eq!(recalled(&verdicts, hash), Some(text(hash)));
            // Each takes four of the ring's 64 words.
            let kept: Vec<u64> = (2..=hash).step_by(2).filter(|&older| recalled(&verdicts, older) == Some(text(older))).collect();
            let newest: Vec<u64> = (2..=hash).step_by(2).filter(|older| older + 32 > hash).collect();
            assert_eq!(kept, newest);
        }
        verdicts.keep(1000, &[&[b'x'; 10_000]]);
        assert_eq!(recalled(&verdicts, 1000), None, "larger than the ring");
        verdicts.keep(1002, &[b""]);
        assert_eq!(recalled(&verdicts, 1002), Some(String::new()));
    }

    #[test]
    fn damaged_words_end_the_walk() {
        let mut verdicts = Verdicts::new(0);
        verdicts.words.words.fill(u64::MAX);
        recalled(&verdicts, 2);
        verdicts.words.words.fill(1);
        recalled(&verdicts, 2);
        verdicts.keep(2, &[b"{", b"}"]);
    }
}
