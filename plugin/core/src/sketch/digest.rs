//! A keyed digest of a whole record, cheap in an interpreter: by it an event is known when it comes again.
//!
//! As in UMAC (RFC 4418) the universal hash NH shrinks each kilobyte to a word, under a key that no input's author knows; SipHash-1-3 joins the
//! words of longer records. Two records of anyone's choice collide with a chance of 2^-32, others with 2^-64.
//! SipHash alone would cost three times as many operations a byte.

use super::HashKey;

/// Halves of words of the key, and so of a block.
const HALVES: usize = 256;
const BLOCK: usize = HALVES * 4;
/// Bytes read at once.
const STRIDE: usize = 32;

/// The key of the universal hash, drawn out of a short one.
pub struct Digest {
    key: HashKey,
    halves: Box<[u32; HALVES]>,
}

impl Digest {
    pub fn new(key: HashKey) -> Digest {
        let mut halves = Box::new([0u32; HALVES]);
        for (index, half) in halves.iter_mut().enumerate() {
            *half = HashKey(!key.0, !key.1).hash(&(index as u64).to_le_bytes()) as u32;
        }
        Digest { key, halves }
    }

    pub fn key(&self) -> HashKey {
        self.key
    }

    /// The digest of the bytes.
    pub fn of(&self, bytes: &[u8]) -> u64 {
        let mut blocks = bytes.chunks(BLOCK);
        let mut sum = blocks.next().map_or(0, |block| self.shrink(block));
        for block in blocks {
            sum = self.seal(sum, self.shrink(block));
        }
        // No one sees the digest, and no step from here on makes two of them equal: it only spreads what differs over all bits.
        let mixed = (sum ^ (bytes.len() as u64).rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed.wrapping_shr(32)
    }

    /// Two words made one.
    fn seal(&self, first: u64, second: u64) -> u64 {
        let mut words = [0u8; 16];
        let (low, high) = words.split_at_mut(8);
        low.copy_from_slice(&first.to_le_bytes());
        high.copy_from_slice(&second.to_le_bytes());
        self.key.hash(&words)
    }

    /// NH: the sum of the products of pairs of 32 bit words, each with its part of the key added.
    #[inline]
    fn shrink(&self, block: &[u8]) -> u64 {
        let mut sum = 0u64;
        let (strides, rest) = block.as_chunks::<STRIDE>();
        let (keys, _) = self.halves.as_chunks::<{ STRIDE / 4 }>();
        for (stride, key) in strides.iter().zip(keys) {
            sum = sum.wrapping_add(products(stride, key));
        }
        if let Some(key) = keys.get(strides.len()).filter(|_| !rest.is_empty()) {
            let mut last = [0u8; STRIDE];
            if let Some(place) = last.get_mut(..rest.len()) {
                place.copy_from_slice(rest);
            }
            sum = sum.wrapping_add(products(&last, key));
        }
        sum
    }
}

#[inline(always)]
fn products(bytes: &[u8; STRIDE], key: &[u32; STRIDE / 4]) -> u64 {
    let (words, _) = bytes.as_chunks::<4>();
    let half = |index: usize| match (words.get(index), key.get(index)) {
        (Some(word), Some(key)) => u64::from(u32::from_le_bytes(*word).wrapping_add(*key)),
        _ => 0,
    };
    let pair = |index: usize| half(index).wrapping_mul(half(index.wrapping_add(1)));
    pair(0).wrapping_add(pair(2)).wrapping_add(pair(4)).wrapping_add(pair(6))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_changed_byte_changes_it() {
        let digest = Digest::new(HashKey(1, 2));
        for len in [1usize, 7, 8, 9, 15, 16, 577, 1023, 1024, 1025, 3000] {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
            let mut seen = BTreeSet::from([digest.of(&bytes)]);
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
