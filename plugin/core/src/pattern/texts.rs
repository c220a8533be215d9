//! Sorted texts in one buffer: a start takes up thousands of them, each list by one copy.

use super::{compare, in_order, lower};
use crate::stored::Stored;
use crate::text::word_within;
use std::cmp::Ordering;

/// Texts in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// Which lengths and first letters they have, as bits: most texts have none of these.
    signs: u64,
}

impl Texts {
    pub(super) fn new(mut texts: Vec<Vec<u8>>) -> Texts {
        texts.sort();
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(texts.len()));
        for text in texts {
            bytes.extend_from_slice(&text);
            ends.push(bytes.len() as u32);
        }
        Texts::of(bytes, ends)
    }

    fn of(bytes: Vec<u8>, ends: Vec<u32>) -> Texts {
        let mut made = Texts { bytes, ends, signs: 0 };
        made.signs = made.iter().fold(0, |signs, text| signs | sign(text));
        made
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|at| self.get(at))
    }

    #[inline(always)]
    fn get(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.end(before));
        self.bytes.get(start..self.end(at)).unwrap_or_default()
    }

    #[inline(always)]
    fn end(&self, at: usize) -> usize {
        self.ends.get(at).map_or(0, |end| *end as usize)
    }

    /// True if the text is among these, whatever the case of its letters.
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        if self.signs & sign(text) == 0 {
            return false;
        }
        // Most differ in their first eight bytes, which are made small letters once.
        let head = lower(word_within(text, 0));
        let (mut from, mut to) = (0, self.ends.len());
        while from < to {
            let middle = from.midpoint(to);
            let held = self.get(middle);
            let order = match word_within(held, 0) {
                own if own != head => in_order(own, head),
                _ => compare(held, text),
            };
            match order {
                Ordering::Equal => return true,
                Ordering::Less => from = middle.wrapping_add(1),
                Ordering::Greater => to = middle,
            }
        }
        false
    }
}

/// The bit of a text's length and first letter, whatever its case.
#[inline(always)]
fn sign(text: &[u8]) -> u64 {
    let first = text.first().map_or(0, |first| u32::from(*first | 0x20));
    1u64.wrapping_shl(first.wrapping_add((text.len() as u32).wrapping_mul(27)))
}

/// The length of each, and then all of them.
impl Stored for Texts {
    fn store(&self, out: &mut Vec<u8>) {
        self.ends.len().store(out);
        self.iter().for_each(|text| text.len().store(out));
        self.bytes.store(out);
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<Texts> {
        let count = usize::load(from)?;
        let mut ends = Vec::with_capacity(count.min(from.len()));
        let mut end = 0u32;
        for _ in 0..count {
            end = end.checked_add(u32::try_from(usize::load(from)?).ok()?)?;
            ends.push(end);
        }
        Some(Texts::of(Vec::load(from)?, ends))
    }
}
