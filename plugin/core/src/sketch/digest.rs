//! A keyed digest of a whole record, cheap in an interpreter: by it an event is known when it comes again.
//!
//! As in UMAC (RFC 4418) the universal hash NH shrinks each kilobyte to a word, under a key that no input's author knows; SipHash-1-3 makes the
//! digest of these words and the length. Two records of anyone's choice collide with a chance of 2^-32, others with 2^-64.
//! SipHash alone would cost three times as many operations a byte.

use super::HashKey;
use crate::parse::text::word_at;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Words of the key, and so of a block.
const WORDS: usize = 128;
const BLOCK: usize = WORDS * 8;

/// The key of the universal hash, drawn out of a short one.
pub struct Digest {
    key: HashKey,
    words: Box<[u64; WORDS]>,
}

impl Digest {
    pub fn new(key: HashKey) -> Digest {
        let mut words = Box::new([0u64; WORDS]);
        for (index, word) in words.iter_mut().enumerate() {
            *word = HashKey(!key.0, !key.1).hash(&(index as u64).to_le_bytes());
        }
        Digest { key, words }
    }

    pub fn key(&self) -> HashKey {
        self.key
    }

    /// The digest of the bytes.
    pub fn of(&self, bytes: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        for block in bytes.chunks(BLOCK) {
            hasher.write_u64(self.shrink(block));
        }
        hasher.write_u64(bytes.len() as u64);
        hasher.finish()
    }

    /// NH: the sum of the products of pairs of 32 bit words, each with its part of the key added.
    #[inline]
    fn shrink(&self, block: &[u8]) -> u64 {
        let mut sum = 0u64;
        let mut chunks = block.chunks_exact(8);
        for (chunk, key) in chunks.by_ref().zip(self.words.iter()) {
            sum = sum.wrapping_add(product(chunk.first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word)), *key));
        }
        let rest = chunks.remainder();
        if let Some(key) = self.words.get(block.len() / 8).filter(|_| !rest.is_empty()) {
            // The last word overlaps the one before it where it can, so that it is read at once.
            let last = block.len().checked_sub(8).and_then(|at| word_at(block, at));
            let word = last.unwrap_or_else(|| rest.iter().fold(0, |word, &byte| word.wrapping_shl(8) | u64::from(byte)));
            sum = sum.wrapping_add(product(word, *key));
        }
        sum
    }
}

#[inline(always)]
fn product(word: u64, key: u64) -> u64 {
    let low = (word as u32).wrapping_add(key as u32);
    let high = (word.wrapping_shr(32) as u32).wrapping_add(key.wrapping_shr(32) as u32);
    u64::from(low).wrapping_mul(u64::from(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_changed_byte_changes_it() {
        let digest = Digest::new(HashKey(1, 2));
        for len in [1usize, 7, 8, 9, 15, 16, 577, 1023, 1024, 1025, 3000] {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
            let mut seen = HashSet::from([digest.of(&bytes)]);
            for at in 0..len {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                assert!(seen.insert(digest.of(&changed)), "{len} {at}");
            }
            assert!(seen.insert(digest.of(&bytes[..len - 1])));
        }
    }

    #[test]
    fn keys_matter() {
        assert_ne!(Digest::new(HashKey(1, 2)).of(b"record"), Digest::new(HashKey(1, 3)).of(b"record"));
    }
}
