//! A keyed digest of a whole record, cheap in an interpreter: by it an event is known when it comes again.
//!
//! As in UMAC (RFC 4418) the universal hash NH shrinks each kilobyte to a word, under a key that no input's author knows; SipHash-1-3 joins the
//! words of longer records. Two records of anyone's choice collide with a chance of 2^-32, others with 2^-64.
//! SipHash alone would cost three times as many operations a byte.

use super::HashKey;
use crate::parse::text::word_within;

/// Halves of words of the key, and so of a block.
const HALVES: usize = 256;
const BLOCK: usize = HALVES * 4;
/// Bytes read at once.
const STRIDE: usize = 32;

/// The key of the universal hash, drawn out of a short one.
pub struct Digest {
    key: HashKey,
    halves: Box<[u32; HALVES]>,
    /// What zeros from each pair of halves on add, up to the end of its stride.
    tails: Box<[u64; HALVES / 2]>,
}

impl Digest {
    pub fn new(key: HashKey) -> Digest {
        let mut halves = Box::new([0u32; HALVES]);
        for (index, half) in halves.iter_mut().enumerate() {
            *half = HashKey(!key.0, !key.1).hash(&(index as u64).to_le_bytes()) as u32;
        }
        let mut tails = Box::new([0u64; HALVES / 2]);
        let (pairs, _) = halves.as_chunks::<2>();
        let mut tail = 0u64;
        for (index, (place, pair)) in tails.iter_mut().zip(pairs).enumerate().rev() {
            tail = if index % (STRIDE / 8) == STRIDE / 8 - 1 { 0 } else { tail }.wrapping_add(product(0, pair));
            *place = if index % (STRIDE / 8) == 0 { 0 } else { tail };
        }
        Digest { key, halves, tails }
    }

    pub fn key(&self) -> HashKey {
        self.key
    }

    /// The digest of the bytes.
    pub fn of(&self, bytes: &[u8]) -> u64 {
        let sum = if bytes.len() <= BLOCK { self.shrink(bytes) } else { self.of_blocks(bytes) };
        // No one sees the digest, and no step from here on makes two of them equal: it only spreads what differs over all bits.
        let mixed = (sum ^ (bytes.len() as u64).rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed.wrapping_shr(32)
    }

    #[inline(never)]
    fn of_blocks(&self, bytes: &[u8]) -> u64 {
        let mut blocks = bytes.chunks(BLOCK);
        let mut sum = blocks.next().map_or(0, |block| self.shrink(block));
        for block in blocks {
            sum = self.seal(sum, self.shrink(block));
        }
        sum
    }

    /// Two words made one.
    fn seal(&self, first: u64, second: u64) -> u64 {
        let mut words = [0u8; 16];
        let (low, high) = words.split_at_mut(8);
        low.copy_from_slice(&first.to_le_bytes());
        high.copy_from_slice(&second.to_le_bytes());
        self.key.hash(&words)
    }

    /// NH: the sum of the products of pairs of 32 bit words, each with its part of the key added. What is missing of the last stride counts as zeros.
    #[inline]
    fn shrink(&self, block: &[u8]) -> u64 {
        let mut sum = 0u64;
        let (strides, rest) = block.as_chunks::<STRIDE>();
        let (keys, _) = self.halves.as_chunks::<{ STRIDE / 4 }>();
        for (stride, key) in strides.iter().zip(keys) {
            sum = sum.wrapping_add(products(stride, key));
        }
        let (words, part) = rest.as_chunks::<8>();
        let (pairs, _) = self.halves.as_chunks::<2>();
        let mut at = strides.len().wrapping_mul(STRIDE / 8);
        for (word, key) in words.iter().zip(pairs.get(at..).unwrap_or_default()) {
            sum = sum.wrapping_add(product(u64::from_le_bytes(*word), key));
        }
        at = at.wrapping_add(words.len());
        if let Some(key) = pairs.get(at).filter(|_| !part.is_empty()) {
            sum = sum.wrapping_add(product(word_within(block, block.len().wrapping_sub(part.len())), key));
            at = at.wrapping_add(1);
        }
        sum.wrapping_add(self.tails.get(at).copied().unwrap_or_default())
    }
}

/// Both halves of a word with their parts of the key.
#[inline(always)]
fn product(word: u64, key: &[u32; 2]) -> u64 {
    let [low, high] = *key;
    u64::from((word as u32).wrapping_add(low)).wrapping_mul(u64::from((word.wrapping_shr(32) as u32).wrapping_add(high)))
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

    /// What is missing of the last stride counts as zeros, which the length tells from real ones.
    #[test]
    fn a_short_stride_is_one_filled_with_zeros() {
        let digest = Digest::new(HashKey(5, 6));
        let bytes: Vec<u8> = (0..2100usize).map(|n| ((n * 7919) >> 3) as u8).collect();
        for len in 0..bytes.len() {
            let block = &bytes[..len.min(BLOCK)];
            let filled = [block, &vec![0; block.len().next_multiple_of(STRIDE) - block.len()]].concat();
            let (strides, _) = filled.as_chunks::<STRIDE>();
            let (keys, _) = digest.halves.as_chunks::<{ STRIDE / 4 }>();
            let sum = strides.iter().zip(keys).fold(0u64, |sum, (stride, key)| sum.wrapping_add(products(stride, key)));
            assert_eq!(digest.shrink(block), sum, "{len}");
        }
    }

    #[test]
    fn keys_matter() {
        assert_ne!(Digest::new(HashKey(1, 2)).of(b"record"), Digest::new(HashKey(1, 3)).of(b"record"));
    }
}
