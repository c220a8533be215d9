//! A keyed digest, cheap in an interpreter: of a whole record, by which an event is known when it is redelivered, and of the names state is kept under.
//!
//! A universal hash (MULTILINEAR-HM of <https://arxiv.org/abs/1202.4961>) shrinks each kilobyte to a word, under a key that no input's author knows;
//! SipHash-1-3 joins the words of longer records. Two records of anyone's choice collide with a chance of 2^-32, others with 2^-64.
//! SipHash alone would cost three times as many operations a byte.

use super::HashKey;

/// Pairs of words of the key, one for each word of a block.
const PAIRS: usize = 128;
const BLOCK: usize = PAIRS * 8;
/// Bytes that are read at once, or two times as many.
const STRIDE: usize = 32;

/// Parts of the key, for both halves of a word.
type Pair = [u64; 2];

/// The key of the universal hash, drawn out of a short one.
pub struct Digest {
    key: HashKey,
    pairs: Box<[Pair; PAIRS]>,
}

impl Digest {
    pub fn new(key: HashKey) -> Digest {
        let mut pairs = Box::new([[0u64; 2]; PAIRS]);
        for (index, part) in pairs.iter_mut().flatten().enumerate() {
            *part = HashKey(!key.0, !key.1).hash(&(index as u64).to_le_bytes());
        }
        Digest { key, pairs }
    }

    pub fn key(&self) -> HashKey {
        self.key
    }

    /// The digest of the bytes.
    #[inline(never)]
    pub fn of(&self, bytes: &[u8]) -> u64 {
        let sum = match bytes.len() {
            0..STRIDE => self.shrink_name(bytes),
            STRIDE..=BLOCK => self.shrink(bytes),
            _ => self.of_blocks(bytes),
        };
        // No one sees the digest, and no step from here on makes two of them equal: it only spreads what differs over all bits.
        let mixed =
            (sum ^ (bytes.len() as u64).rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed.wrapping_shr(32)
    }

    #[inline(never)]
    fn of_blocks(&self, bytes: &[u8]) -> u64 {
        let mut blocks = bytes.chunks(BLOCK);
        let mut sum = blocks.next().map_or(0, |block| self.shrink(block));
        for block in blocks {
            sum = self.seal(
                sum,
                if block.len() < STRIDE { self.shrink_name(block) } else { self.shrink(block) },
            );
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

    /// The sum of the products of both halves of each word, each with its part of the key added. What is left behind the last two strides is read with
    /// the bytes before it: the length tells how they overlap.
    #[inline(never)]
    fn shrink(&self, block: &[u8]) -> u64 {
        let (pairs, rest) = block.as_chunks::<{ STRIDE * 2 }>();
        let (keys, _) = self.pairs.as_chunks::<{ STRIDE / 4 }>();
        let sum = pairs
            .iter()
            .zip(keys)
            .fold(0u64, |sum, (pair, key)| sum.wrapping_add(products(pair, key)));
        let (Some(last), Some(key), false) =
            (block.last_chunk::<STRIDE>(), keys.get(pairs.len()), rest.is_empty())
        else {
            return sum;
        };
        let (keys, _) = key.as_chunks::<{ STRIDE / 8 }>();
        let [first_key, last_key] = keys else {
            return sum;
        };
        let sum = sum.wrapping_add(products(last, last_key));
        match rest.first_chunk::<STRIDE>() {
            Some(first) => sum.wrapping_add(products(first, first_key)),
            None => sum,
        }
    }

    /// As above, of less than a stride: of its beginning and its end.
    #[inline(always)]
    fn shrink_name(&self, bytes: &[u8]) -> u64 {
        let [a, b, c, d, ..] = *self.pairs;
        if let (Some(first), Some(last)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
            products(first, &[a, b]).wrapping_add(products(last, &[c, d]))
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            products(first, &[a]).wrapping_add(products(last, &[b]))
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            product(half(*first), half(*last), a)
        } else {
            product(bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0, a)
        }
    }
}

#[inline(always)]
fn half(bytes: [u8; 4]) -> u64 {
    u64::from(u32::from_le_bytes(bytes))
}

/// Both halves of a word with their parts of the key.
#[inline(always)]
fn product(low: u64, high: u64, [a, b]: Pair) -> u64 {
    low.wrapping_add(a).wrapping_mul(high.wrapping_add(b))
}

#[inline(always)]
fn products<const BYTES: usize, const WORDS: usize>(
    bytes: &[u8; BYTES],
    key: &[Pair; WORDS],
) -> u64 {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().zip(key).fold(0u64, |sum, ([a, b, c, d, e, f, g, h], key)| {
        sum.wrapping_add(product(half([*a, *b, *c, *d]), half([*e, *f, *g, *h]), *key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_changed_byte_changes_it() {
        let digest = Digest::new(HashKey(1, 2));
        for len in
            [1usize, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 577, 1023, 1024, 1025, 3000]
        {
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

    /// Texts of any lengths differ, those that are others' beginnings, ends or repetitions too.
    #[test]
    fn what_overlaps_is_not_mistaken() {
        let digest = Digest::new(HashKey(5, 6));
        let mut texts: Vec<Vec<u8>> = [b'\0', b'a']
            .into_iter()
            .flat_map(|byte| (0..2100usize).map(move |len| vec![byte; len]))
            .collect();
        texts.dedup();
        for len in 1..100usize {
            for at in [0, len / 2, len - 1] {
                let mut text = vec![b'a'; len];
                text[at] ^= 0x80;
                texts.push(text);
            }
        }
        let distinct: BTreeSet<&Vec<u8>> = texts.iter().collect();
        let digests: BTreeSet<u64> = distinct.iter().map(|text| digest.of(text)).collect();
        assert_eq!(digests.len(), distinct.len());
    }

    #[test]
    fn keys_matter() {
        assert_ne!(
            Digest::new(HashKey(1, 2)).of(b"record"),
            Digest::new(HashKey(1, 3)).of(b"record")
        );
    }
}
