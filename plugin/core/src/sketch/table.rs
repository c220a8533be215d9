//! Keys in sets of eight places: a lookup costs the same however many there are, and a new key takes the place of the one longest silent in its set.
//!
//! A set is its keys, then a stamp and 32 bits of its own for each, then the words of each.

use super::{Alert, EDITION, Words, pack, unpack};

const WAYS: usize = 8;
/// Words before the first set: how many keys are held, how many made room for others.
const HEADER: usize = 2;
/// Words that entries with an alert begin with: its count and its time.
pub const ALERT: usize = 2;
/// Beside an alert's time.
const SUPPRESSED: u64 = 1 << 63;

/// A table of keys with entries of so many words each. Who asks for an entry says how long those of the table are: what is known when this is
/// compiled needs no check.
pub struct Table {
    pub words: Words,
    /// The highest set.
    last: usize,
}

/// A key's entry.
pub struct Entry<'a> {
    /// When the key was seen last, in the user's own unit, and 32 bits beside it.
    stamp: &'a mut u64,
    pub words: &'a mut [u64],
    /// It was not held before.
    pub is_new: bool,
}

/// The places that a key may be at: their keys and stamps, and the words of each.
struct Set<'a> {
    heads: &'a mut [[u64; WAYS]; 2],
    entries: &'a mut [u64],
}

impl Table {
    /// Within `memory` bytes and the header's few more, at least one set.
    pub fn new(id: &'static str, shape: u64, entry: usize, memory: usize) -> Table {
        let set = entry.saturating_add(2).saturating_mul(WAYS);
        let sets = memory.checked_div(set.saturating_mul(8)).unwrap_or_default().max(1);
        // The largest power of two within the memory, so that a set is found by a mask.
        let sets = if sets.is_power_of_two() { sets } else { sets.next_power_of_two() / 2 };
        Table { words: Words::new(id, EDITION | shape, sets.saturating_mul(set).saturating_add(HEADER)), last: sets.saturating_sub(1) }
    }

    /// How many keys there is room for.
    pub fn capacity(&self) -> u64 {
        self.last.saturating_add(1).saturating_mul(WAYS) as u64
    }

    pub fn held(&self) -> u64 {
        self.words.get(0).min(self.capacity())
    }

    pub fn evictions(&self) -> u64 {
        self.words.get(1)
    }

    /// The key's entry, of so many words, if it is held.
    #[inline(always)]
    pub fn find(&mut self, key: u64, entry: usize) -> Option<Entry<'_>> {
        let (_, set) = self.set_of(key, entry)?;
        let way = set.way_of(key)?;
        set.entry(way, entry)
    }

    /// The same; where the key is new, it takes the place of the key longest silent in its set, and the entry is empty.
    #[inline(always)]
    pub fn place(&mut self, key: u64, entry: usize) -> Option<Entry<'_>> {
        let (counters, set) = self.set_of(key, entry)?;
        if let Some(way) = set.way_of(key) {
            return set.entry(way, entry);
        }
        let way = take(set.heads, key, counters);
        let entry = set.entry(way, entry)?;
        entry.words.fill(0);
        Some(Entry { is_new: true, ..entry })
    }

    #[inline(always)]
    fn set_of(&mut self, key: u64, entry: usize) -> Option<(&mut [u64; HEADER], Set<'_>)> {
        let len = entry.wrapping_add(2).wrapping_mul(WAYS);
        let at = (key as usize & self.last).wrapping_mul(len);
        let (counters, sets) = self.words.words.split_first_chunk_mut()?;
        let (heads, entries) = sets.get_mut(at..)?.get_mut(..len)?.split_at_mut_checked(WAYS * 2)?;
        let (heads, _) = heads.as_chunks_mut::<WAYS>();
        Some((counters, Set { heads: heads.first_chunk_mut()?, entries }))
    }
}

impl<'a> Set<'a> {
    #[inline(always)]
    fn way_of(&self, key: u64) -> Option<usize> {
        let [keys, _] = &*self.heads;
        keys.iter().position(|held| *held == key)
    }

    #[inline(always)]
    fn entry(self, way: usize, len: usize) -> Option<Entry<'a>> {
        let [_, stamps] = self.heads;
        let words = self.entries.get_mut(way.wrapping_mul(len)..)?.get_mut(..len)?;
        Some(Entry { stamp: stamps.get_mut(way)?, words, is_new: false })
    }
}

/// A place for the key: a free one, else that of the key longest silent.
#[inline(never)]
fn take([keys, stamps]: &mut [[u64; WAYS]; 2], key: u64, [held, evicted]: &mut [u64; HEADER]) -> usize {
    let (way, counter) = match first_free(keys) {
        Some(way) => (way, held),
        None => (longest_silent(stamps), evicted),
    };
    *counter = counter.saturating_add(1);
    if let (Some(place), Some(stamp)) = (keys.get_mut(way), stamps.get_mut(way)) {
        (*place, *stamp) = (key, 0);
    }
    way
}

/// Places are taken in order: each look halves what is left of them.
#[inline(always)]
fn first_free([a, b, c, d, e, f, g, h]: &[u64; WAYS]) -> Option<usize> {
    let first_of = |way: usize, a: &u64, b: &u64, c: &u64| match *b {
        0 => way.wrapping_add(usize::from(*a != 0)),
        _ => way.wrapping_add(2).wrapping_add(usize::from(*c != 0)),
    };
    (*h == 0).then(|| if *d == 0 { first_of(0, a, b, c) } else { first_of(4, e, f, g) })
}

#[inline(always)]
fn longest_silent(stamps: &[u64; WAYS]) -> usize {
    stamps.iter().enumerate().fold((0, u64::MAX), |oldest, (way, stamp)| if *stamp < oldest.1 { (way, *stamp) } else { oldest }).0
}

impl Entry<'_> {
    pub fn stamp(&self) -> u32 {
        unpack(*self.stamp).0
    }

    pub fn set_stamp(&mut self, stamp: u32) {
        *self.stamp = pack(stamp, self.own());
    }

    /// The stamp and the 32 bits beside it.
    pub fn set_head(&mut self, stamp: u32, own: u32) {
        *self.stamp = pack(stamp, own);
    }

    /// The 32 bits beside the stamp.
    pub fn own(&self) -> u32 {
        unpack(*self.stamp).1
    }

    pub fn set_own(&mut self, own: u32) {
        *self.stamp = pack(self.stamp(), own);
    }

    /// What is remembered of the last alert, of entries that begin with it.
    pub fn alert(&self) -> Alert {
        let [count, at_s] = self.words.first_chunk::<ALERT>().copied().unwrap_or_default();
        Alert { at_s: at_s & !SUPPRESSED, count, is_suppressed: at_s & SUPPRESSED != 0 }
    }

    pub fn set_alert(&mut self, alert: Alert) {
        if let Some(words) = self.words.first_chunk_mut::<ALERT>() {
            *words = [alert.count, alert.at_s | if alert.is_suppressed { SUPPRESSED } else { 0 }];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_set_gives_up_the_one_longest_silent() {
        let mut table = Table::new("test", 1, 2, 0);
        assert_eq!(table.capacity(), WAYS as u64);
        for key in 1..=8u64 {
            let mut entry = table.place(key, 2).unwrap();
            assert!(entry.is_new);
            entry.set_stamp(key as u32);
        }
        let mut first = table.place(1, 2).unwrap();
        assert!(!first.is_new);
        first.set_stamp(9);
        first.words[1] = 7;
        let new = table.place(99, 2).unwrap();
        assert_eq!((new.is_new, new.stamp(), &*new.words), (true, 0, &[0, 0][..]), "nothing of the old one is left");
        new.words[1] = 8;
        assert_eq!((table.held(), table.evictions()), (8, 1));
        assert!(table.find(2, 2).is_none(), "longest silent: gone");
        assert_eq!(table.find(99, 2).unwrap().words[1], 8);
        assert_eq!(table.find(1, 2).unwrap().words[1], 7, "recently seen: kept");
    }

    #[test]
    fn stamps_and_what_stands_beside_them_are_apart() {
        let mut table = Table::new("test", 1, ALERT, 0);
        let mut entry = table.place(7, 2).unwrap();
        entry.set_own(u32::MAX);
        entry.set_stamp(5);
        for is_suppressed in [false, true] {
            let alert = Alert { at_s: 3, count: 4, is_suppressed };
            table.find(7, 2).unwrap().set_alert(alert);
            let entry = table.find(7, 2).unwrap();
            assert_eq!((entry.stamp(), entry.own(), entry.alert()), (5, u32::MAX, alert));
        }
    }

    #[test]
    fn it_stays_within_its_memory() {
        for memory in [0, 1000, 4096, 65_536, 100_000] {
            let table = Table::new("test", 1, 18, memory);
            assert!(table.words.memory() <= memory.max(WAYS * 20 * 8) + HEADER * 8, "{memory}");
        }
    }
}
