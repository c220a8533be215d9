//! Counts per key over a sliding window of event time.
//!
//! Sixteen buckets a key; the window is at least as long as asked and at most a fifteenth longer. Keys live in sets of eight places:
//! a lookup costs the same however many there are, and a new key takes the place of the one longest silent in its set.

use super::{Words, pack, unpack};
use crate::time::Millis;

const WAYS: usize = 8;
const BUCKETS: usize = 16;
/// Words of one key: key, head bucket and alert level, four words of counts, last alert, evidence.
const ENTRY: usize = 8;
const COUNTS: usize = 2;
const ALERT: usize = 6;
const EVIDENCE: usize = 7;

/// A table of keys, each with its counts.
pub struct Window {
    pub words: Words,
    bucket_ms: Millis,
    sets: usize,
    pub evictions: u64,
}

/// What one key's window holds after an event was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How many within the window that ends with the newest event of the key.
    pub count: u32,
    entry: usize,
}

/// What is remembered of a key's last alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Event time in seconds; 0 for none.
    pub at_s: u32,
    pub count: u32,
}

impl Window {
    /// For windows of `length`, within `memory` bytes, at least one set.
    pub fn new(id: &'static str, length: Millis, memory: usize) -> Window {
        let sets = (memory / (ENTRY * WAYS * 8)).max(1);
        // The largest power of two within the memory, so that a set is found by a mask.
        let sets = if sets.is_power_of_two() { sets } else { sets.next_power_of_two() / 2 };
        let steps = (BUCKETS as Millis).saturating_sub(1);
        let bucket_ms = length.saturating_add(steps).saturating_sub(1).max(1).checked_div(steps).unwrap_or(1);
        let bucket_ms = bucket_ms.max(1);
        let len = sets.saturating_mul(WAYS * ENTRY);
        Window { words: Words::new(id, bucket_ms as u64, len), bucket_ms, sets, evictions: 0 }
    }

    /// How many keys there is room for.
    pub fn capacity(&self) -> usize {
        self.sets.saturating_mul(WAYS)
    }

    /// Counts `n` at `time` for the key; `None` if that is before what its window still reaches.
    pub fn count(&mut self, key: u64, time: Millis, n: u32) -> Option<Reading> {
        let bucket = u32::try_from(time.max(0).checked_div(self.bucket_ms).unwrap_or_default()).unwrap_or(u32::MAX);
        let entry = self.place(key);
        let (head, level) = unpack(self.words.get(entry.wrapping_add(1)));
        let head = self.turn_to(entry, head, bucket);
        if head.wrapping_sub(bucket) as usize >= BUCKETS {
            return None;
        }
        self.words.set(entry.wrapping_add(1), pack(head, level));
        let lane = bucket as usize % BUCKETS;
        let at = entry.wrapping_add(COUNTS).wrapping_add(lane / 4);
        let shift = (lane % 4).wrapping_mul(16) as u32;
        let word = self.words.get(at);
        let old = word.wrapping_shr(shift) & 0xffff;
        let new = old.saturating_add(u64::from(n)).min(0xffff);
        self.words.set(at, word ^ (old ^ new).wrapping_shl(shift));
        Some(Reading { count: self.total(entry), entry })
    }

    /// Empties the buckets between the old head and the new one; gives the later of the two.
    fn turn_to(&mut self, entry: usize, head: u32, bucket: u32) -> u32 {
        if bucket <= head {
            return head;
        }
        let steps = (bucket.wrapping_sub(head) as usize).min(BUCKETS);
        for step in 0..steps {
            let lane = (bucket as usize).wrapping_sub(step) % BUCKETS;
            let at = entry.wrapping_add(COUNTS).wrapping_add(lane / 4);
            let mask = 0xffffu64.wrapping_shl((lane % 4).wrapping_mul(16) as u32);
            self.words.set(at, self.words.get(at) & !mask);
        }
        bucket
    }

    fn total(&self, entry: usize) -> u32 {
        let from = entry.wrapping_add(COUNTS);
        let counts = self.words.words.get(from..from.wrapping_add(BUCKETS / 4)).unwrap_or_default();
        let in_word = |word: &u64| (0..4u32).map(|lane| (word.wrapping_shr(lane.wrapping_mul(16)) & 0xffff) as u32).sum::<u32>();
        counts.iter().map(in_word).sum()
    }

    /// The words of the key, taken from the key longest silent in its set where it is new.
    fn place(&mut self, key: u64) -> usize {
        let set = (key as usize & self.sets.wrapping_sub(1)).wrapping_mul(WAYS * ENTRY);
        let (mut oldest, mut oldest_head) = (set, u32::MAX);
        for way in 0..WAYS {
            let entry = set.wrapping_add(way.wrapping_mul(ENTRY));
            let held = self.words.get(entry);
            if held == key {
                return entry;
            }
            let head = if held == 0 { 0 } else { unpack(self.words.get(entry.wrapping_add(1))).0.max(1) };
            if head < oldest_head {
                (oldest, oldest_head) = (entry, head);
            }
        }
        self.evictions = self.evictions.wrapping_add(u64::from(self.words.get(oldest) != 0));
        for word in 1..ENTRY {
            self.words.set(oldest.wrapping_add(word), 0);
        }
        self.words.set(oldest, key);
        oldest
    }

    pub fn alert(&self, reading: Reading) -> Alert {
        let (at_s, count) = unpack(self.words.get(reading.entry.wrapping_add(ALERT)));
        Alert { at_s, count }
    }

    pub fn set_alert(&mut self, reading: Reading, alert: Alert) {
        self.words.set(reading.entry.wrapping_add(ALERT), pack(alert.at_s, alert.count));
    }

    /// The key's newest piece of evidence (see `evidence`).
    pub fn evidence(&self, reading: Reading) -> u32 {
        self.words.get(reading.entry.wrapping_add(EVIDENCE)) as u32
    }

    pub fn set_evidence(&mut self, reading: Reading, serial: u32) {
        self.words.set(reading.entry.wrapping_add(EVIDENCE), u64::from(serial));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MINUTE, SECOND};

    fn window() -> Window {
        Window::new("test", 5 * MINUTE, 64 * 1024)
    }

    fn counted(window: &mut Window, time: Millis) -> Option<u32> {
        window.count(7, time, 1).map(|reading| reading.count)
    }

    const START: Millis = 1_700_000_000_000;

    #[test]
    fn counts_what_lies_within_and_forgets_what_lies_before() {
        let mut window = window();
        for second in 0..5 {
            assert_eq!(counted(&mut window, START + second * 60 * SECOND), Some(second as u32 + 1));
        }
        assert_eq!(counted(&mut window, START + 5 * MINUTE), Some(6), "at least as long as asked");
        assert_eq!(counted(&mut window, START + 11 * MINUTE), Some(1));
    }

    #[test]
    fn order_within_the_window_does_not_matter() {
        let mut window = window();
        counted(&mut window, START + 4 * MINUTE);
        assert_eq!(counted(&mut window, START), Some(2));
        assert_eq!(counted(&mut window, START + 4 * MINUTE), Some(3));
    }

    #[test]
    fn closed_windows_stay_closed() {
        let mut window = window();
        counted(&mut window, START + 30 * MINUTE);
        assert_eq!(counted(&mut window, START), None);
        assert_eq!(counted(&mut window, START + 30 * MINUTE), Some(2));
    }

    #[test]
    fn a_full_set_gives_up_the_one_longest_silent() {
        let mut window = Window::new("test", MINUTE, 0);
        assert_eq!(window.capacity(), WAYS);
        for key in 1..=WAYS as u64 {
            window.count(key, START + key as Millis * MINUTE, 1);
        }
        window.count(1, START + 20 * MINUTE, 1);
        window.count(99, START + 21 * MINUTE, 1);
        assert_eq!(window.evictions, 1);
        assert_eq!(window.count(1, START + 20 * MINUTE, 1).map(|reading| reading.count), Some(2), "recently seen: kept");
        assert_eq!(window.count(2, START + 20 * MINUTE, 1).map(|reading| reading.count), Some(1), "longest silent: gone");
    }

    #[test]
    fn counts_saturate() {
        let mut window = window();
        window.count(7, START, u32::MAX);
        assert_eq!(counted(&mut window, START), Some(0xffff));
    }
}
