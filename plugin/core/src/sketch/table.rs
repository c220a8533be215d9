//! Keys in sets of eight places: a lookup costs the same however many there are, and a new key takes the place of the one longest silent in its set.

use super::{EDITION, Words, pack, unpack};

const WAYS: usize = 8;
/// Words before the first set: how many keys are held, how many made room for others.
const HEADER: usize = 2;
const HELD: usize = 0;
const EVICTED: usize = 1;
/// Words every entry begins with: its key, then a stamp and 32 bits of its own.
pub const FIXED: usize = 2;

/// A table of entries of so many words each.
pub struct Table {
    pub words: Words,
    entry: usize,
    sets: usize,
}

impl Table {
    /// Within `memory` bytes and the header's few more, at least one set.
    pub fn new(id: &'static str, shape: u64, entry: usize, memory: usize) -> Table {
        let entry = entry.max(FIXED);
        let set = entry.saturating_mul(WAYS * 8);
        let sets = memory.checked_div(set).unwrap_or_default().max(1);
        // The largest power of two within the memory, so that a set is found by a mask.
        let sets = if sets.is_power_of_two() { sets } else { sets.next_power_of_two() / 2 };
        let len = sets.saturating_mul(WAYS).saturating_mul(entry).saturating_add(HEADER);
        Table { words: Words::new(id, EDITION | shape, len), entry, sets }
    }

    /// How many keys there is room for.
    pub fn capacity(&self) -> u64 {
        self.sets.saturating_mul(WAYS) as u64
    }

    pub fn held(&self) -> u64 {
        self.words.get(HELD).min(self.capacity())
    }

    pub fn evictions(&self) -> u64 {
        self.words.get(EVICTED)
    }

    fn set_of(&self, key: u64) -> usize {
        (key as usize & self.sets.wrapping_sub(1)).wrapping_mul(WAYS).wrapping_mul(self.entry).wrapping_add(HEADER)
    }

    /// Where the key's entry begins, if it is held.
    #[inline]
    pub fn find(&self, key: u64) -> Option<usize> {
        self.seek(key).ok()
    }

    /// The same; else the first free place of its set, if there is one. Places are taken in order: behind a free one is nothing.
    #[inline]
    fn seek(&self, key: u64) -> Result<usize, Option<usize>> {
        let mut entry = self.set_of(key);
        for _ in 0..WAYS {
            match self.words.get(entry) {
                held if held == key => return Ok(entry),
                0 => return Err(Some(entry)),
                _ => entry = entry.wrapping_add(self.entry),
            }
        }
        Err(None)
    }

    /// The same, taken from the key longest silent in its set and emptied where it is new.
    #[inline]
    pub fn place(&mut self, key: u64) -> usize {
        self.place_known(key).0
    }

    /// The same, and whether it was held.
    #[inline]
    pub fn place_known(&mut self, key: u64) -> (usize, bool) {
        match self.seek(key) {
            Ok(entry) => (entry, true),
            Err(free) => (self.take(key, free), false),
        }
    }

    #[inline(never)]
    fn take(&mut self, key: u64, free: Option<usize>) -> usize {
        let entry = free.unwrap_or_else(|| self.longest_silent(self.set_of(key)));
        let counter = if free.is_some() { HELD } else { EVICTED };
        self.words.set(counter, self.words.get(counter).saturating_add(1));
        self.empty(entry);
        self.words.set(entry, key);
        entry
    }

    fn longest_silent(&self, set: usize) -> usize {
        let (mut oldest, mut oldest_stamp) = (set, u32::MAX);
        for way in 0..WAYS {
            let entry = set.wrapping_add(way.wrapping_mul(self.entry));
            let stamp = self.stamp(entry).max(1);
            if stamp < oldest_stamp {
                (oldest, oldest_stamp) = (entry, stamp);
            }
        }
        oldest
    }

    /// Empties an entry but for its key.
    pub fn empty(&mut self, entry: usize) {
        self.words.words.get_mut(entry.wrapping_add(1)..entry.wrapping_add(self.entry)).unwrap_or_default().fill(0);
    }

    /// When the key was seen last, in the user's own unit.
    pub fn stamp(&self, entry: usize) -> u32 {
        unpack(self.words.get(entry.wrapping_add(1))).0
    }

    pub fn set_stamp(&mut self, entry: usize, stamp: u32) {
        let own = self.own(entry);
        self.words.set(entry.wrapping_add(1), pack(stamp, own));
    }

    /// The 32 bits beside the stamp.
    pub fn own(&self, entry: usize) -> u32 {
        unpack(self.words.get(entry.wrapping_add(1))).1
    }

    pub fn set_own(&mut self, entry: usize, own: u32) {
        let stamp = self.stamp(entry);
        self.words.set(entry.wrapping_add(1), pack(stamp, own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_set_gives_up_the_one_longest_silent() {
        let mut table = Table::new("test", 1, 4, 0);
        assert_eq!(table.capacity(), WAYS as u64);
        for key in 1..=8u64 {
            let entry = table.place(key);
            table.set_stamp(entry, key as u32);
        }
        let first = table.place(1);
        table.set_stamp(first, 9);
        table.words.set(first + 3, 7);
        let new = table.place(99);
        assert_eq!((table.held(), table.evictions()), (8, 1));
        assert_eq!(table.find(2), None, "longest silent: gone");
        assert_eq!(table.find(99), Some(new));
        assert_eq!(table.find(1).map(|entry| table.words.get(entry + 3)), Some(7), "recently seen: kept");
        assert_eq!(table.words.get(new + 3), 0, "and nothing of the old one is left");
    }

    #[test]
    fn it_stays_within_its_memory() {
        for memory in [0, 1000, 4096, 65_536, 100_000] {
            let table = Table::new("test", 1, 20, memory);
            assert!(table.words.memory() <= memory.max(WAYS * 20 * 8) + HEADER * 8, "{memory}");
        }
    }
}
