//! Counts per key over a sliding window of event time.
//!
//! Sixteen buckets a key and track; the window is at least as long as asked and at most a fifteenth longer.

use super::table::{ALERT, Entry, Table};
use super::{Alert, Words};
use crate::time::Millis;
use std::num::NonZeroU64;

const BUCKETS: usize = 16;

/// A table of keys, each with its counts: so many tracks side by side. `LANES` counts share a word: 4 reach 65,535 a bucket, 2 four thousand millions,
/// 1 any number.
pub struct Window<const LANES: usize, const TRACKS: usize = 1> {
    table: Table,
    bucket_ms: NonZeroU64,
}

/// What a key's window holds, at the time it was asked for.
pub struct Counts<'a, const LANES: usize> {
    /// An alert, then the counts of each track. Stamped with the newest bucket; beside it, the key's newest link of evidence.
    entry: Entry<'a>,
    bucket: u32,
}

impl<const LANES: usize, const TRACKS: usize> Window<LANES, TRACKS> {
    /// Words of a key.
    const ENTRY: usize = Counts::<LANES>::TRACK * TRACKS + ALERT;

    /// For windows of `length`, within `memory` bytes, at least one set.
    pub fn new(id: &'static str, length: Millis, memory: usize) -> Window<LANES, TRACKS> {
        let bucket_ms = part_of(length, BUCKETS);
        Window { table: Table::new(id, bucket_ms.get(), Self::ENTRY, memory), bucket_ms }
    }

    pub fn words(&mut self) -> &mut Words {
        &mut self.table.words
    }

    /// The keys held, for how many there is room, how many made room for others.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Counts `n` at `time` for the key; `None` if that is before what its window still reaches.
    #[inline(always)]
    pub fn count(&mut self, key: u64, time: Millis, track: usize, n: u64) -> Option<Counts<'_, LANES>> {
        let bucket = part_at(time, self.bucket_ms);
        let mut counts = Counts { entry: self.table.place(key, Self::ENTRY)?, bucket };
        if counts.entry.is_new {
            counts.begin(track, n);
        } else if counts.turn() {
            counts.add(track, n);
        } else {
            return None;
        }
        Some(counts)
    }

    /// The key as it is held.
    pub fn find(&mut self, key: u64) -> Option<Counts<'_, LANES>> {
        let entry = self.table.find(key, Self::ENTRY)?;
        let bucket = entry.stamp();
        Some(Counts { entry, bucket })
    }

    /// What the key's window holds as of `time`, where the key is held and nothing was counted later.
    #[inline(always)]
    pub fn find_until(&mut self, key: u64, time: Millis) -> Option<Counts<'_, LANES>> {
        let bucket = part_at(time, self.bucket_ms);
        let mut counts = Counts { entry: self.table.find(key, Self::ENTRY)?, bucket };
        (bucket >= counts.entry.stamp() && counts.turn()).then_some(counts)
    }
}

/// How long the parts of a window are, of which all but one reach as far back as asked.
pub fn part_of(length: Millis, parts: usize) -> NonZeroU64 {
    let steps = (parts as u64).saturating_sub(1).max(1);
    NonZeroU64::new(length.unsigned_abs().div_ceil(steps)).unwrap_or(NonZeroU64::MIN)
}

/// The part that a time is in.
#[inline(always)]
pub fn part_at(time: Millis, part: NonZeroU64) -> u32 {
    ((time.max(0) as u64) / part).min(u64::from(u32::MAX)) as u32
}

impl<const LANES: usize> Counts<'_, LANES> {
    /// Bits of one count.
    const WIDTH: u32 = match LANES {
        4 => 16,
        2 => 32,
        _ => 64,
    };
    const MOST: u64 = u64::MAX >> (64 - Self::WIDTH);
    /// Words of one track.
    const TRACK: usize = BUCKETS * Self::WIDTH as usize / 64;

    /// What was counted within this bucket.
    #[inline(always)]
    fn get(&self, track: usize) -> u64 {
        let (at, shift) = Self::lane(self.bucket);
        let word = self.entry.words.get(Self::TRACK.wrapping_mul(track).wrapping_add(at)).copied().unwrap_or_default();
        word.wrapping_shr(shift) & Self::MOST
    }

    /// Counts the first of a key that is new.
    #[inline(always)]
    fn begin(&mut self, track: usize, n: u64) {
        self.entry.set_head(self.bucket, 0);
        let (at, shift) = Self::lane(self.bucket);
        if let Some(word) = self.entry.words.get_mut(Self::TRACK.wrapping_mul(track).wrapping_add(at)) {
            *word = n.min(Self::MOST).wrapping_shl(shift);
        }
    }

    /// Counts more at the same time.
    #[inline(always)]
    pub fn add(&mut self, track: usize, n: u64) {
        let (at, shift) = Self::lane(self.bucket);
        if let Some(word) = self.entry.words.get_mut(Self::TRACK.wrapping_mul(track).wrapping_add(at)) {
            let old = word.wrapping_shr(shift) & Self::MOST;
            let new = old.saturating_add(n).min(Self::MOST);
            *word ^= (old ^ new).wrapping_shl(shift);
        }
    }

    /// How many within the window that ends with the newest event of the key. A key that is new has what was just counted.
    #[inline(always)]
    pub fn total(&self, track: usize) -> u64 {
        let from = Self::TRACK.wrapping_mul(track).wrapping_add(ALERT);
        if self.entry.is_new {
            return self.get(track);
        }
        let counts = self.entry.words.get(from..).and_then(|counts| counts.get(..Self::TRACK)).unwrap_or_default();
        let (fours, _) = counts.as_chunks::<4>();
        match Self::WIDTH {
            // Halves of words that hold two counts each: eight counts of sixteen bits fit one of thirty-two many times over.
            16 => {
                const EVEN: u64 = 0x0000_ffff_0000_ffff;
                let pairs = fours.iter().flatten().fold(0u64, |sum, word| sum.wrapping_add(word & EVEN).wrapping_add(word.wrapping_shr(16) & EVEN));
                (pairs & 0xffff_ffff).wrapping_add(pairs.wrapping_shr(32))
            }
            32 => fours.iter().flatten().fold(0u64, |sum, word| sum.wrapping_add(word & 0xffff_ffff).wrapping_add(word.wrapping_shr(32))),
            _ => fours.iter().flatten().copied().fold(0, u64::saturating_add),
        }
    }

    /// Begins to count anew.
    pub fn reset(&mut self) {
        self.entry.words.get_mut(ALERT..).unwrap_or_default().fill(0);
    }

    /// Which word of a track's a bucket is in, behind the alert, and where.
    #[inline(always)]
    fn lane(bucket: u32) -> (usize, u32) {
        let lane = bucket as usize % BUCKETS;
        let at = lane.checked_div(LANES).unwrap_or_default().wrapping_add(ALERT);
        (at, (lane.checked_rem(LANES).unwrap_or_default() as u32).wrapping_mul(Self::WIDTH))
    }

    /// Empties the buckets between the newest so far and this one; whether this one is still within reach.
    #[inline(always)]
    fn turn(&mut self) -> bool {
        let head = self.entry.stamp();
        if self.bucket <= head {
            return (head.wrapping_sub(self.bucket) as usize) < BUCKETS;
        }
        self.entry.set_stamp(self.bucket);
        let steps = self.bucket.wrapping_sub(head);
        if steps >= BUCKETS as u32 {
            self.reset();
        } else {
            clear::<LANES>(self.entry.words, self.bucket, steps);
        }
        true
    }

    pub fn alert(&self) -> Alert {
        self.entry.alert()
    }

    pub fn set_alert(&mut self, alert: Alert) {
        self.entry.set_alert(alert);
    }

    /// The newest link of evidence.
    #[inline(always)]
    pub fn link(&self) -> u32 {
        self.entry.own()
    }

    #[inline(always)]
    pub fn set_link(&mut self, link: u32) {
        self.entry.set_own(link);
    }
}

/// Empties so many buckets up to this one, in each track.
#[inline(never)]
fn clear<const LANES: usize>(words: &mut [u64], bucket: u32, steps: u32) {
    for step in 0..steps {
        let (at, shift) = Counts::<LANES>::lane(bucket.wrapping_sub(step));
        for word in words.get_mut(at..).unwrap_or_default().iter_mut().step_by(Counts::<LANES>::TRACK) {
            *word &= !Counts::<LANES>::MOST.wrapping_shl(shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE, SECOND};

    fn window() -> Window<4> {
        Window::new("test", 5 * MINUTE, 64 * 1024)
    }

    fn counted(window: &mut Window<4>, time: Millis) -> Option<u64> {
        window.count(7, time, 0, 1).map(|counts| counts.total(0))
    }

    const START: Millis = 1_700_000_000_000;

    #[test]
    fn counts_what_lies_within_and_forgets_what_lies_before() {
        let mut window = window();
        for second in 0..5 {
            assert_eq!(counted(&mut window, START + second * 60 * SECOND), Some(second as u64 + 1));
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
    fn counts_saturate() {
        let mut window = window();
        window.count(7, START, 0, u64::MAX);
        assert_eq!(counted(&mut window, START), Some(0xffff));
    }

    #[test]
    fn wide_counts_hold_bytes_of_hours() {
        let mut window: Window<1> = Window::new("test", HOUR, 0);
        for minute in 0..60 {
            window.count(7, START + minute * MINUTE, 0, 1 << 40);
        }
        let mut counts = window.find_until(7, START + 59 * MINUTE).unwrap();
        assert_eq!(counts.total(0), 60 << 40);
        counts.add(0, u64::MAX);
        assert_eq!(counts.total(0), u64::MAX);
        let mut window: Window<2> = Window::new("test", HOUR, 0);
        assert_eq!(window.count(7, START, 0, 70_000).unwrap().total(0), 70_000);
    }

    #[test]
    fn tracks_are_counted_apart_and_forgotten_together() {
        let mut window: Window<4, 2> = Window::new("test", MINUTE, 0);
        let totals = |counts: &Counts<'_, 4>| (counts.total(0), counts.total(1));
        let mut counts = window.count(7, START, 0, 3).unwrap();
        counts.add(1, 2);
        assert_eq!(totals(&counts), (3, 2));
        window.count(8, START, 1, 9);
        assert_eq!(totals(&window.find_until(7, START).unwrap()), (3, 2), "another key's are its own");
        let mut counts = window.count(7, START + 5 * MINUTE, 1, 1).unwrap();
        assert_eq!(totals(&counts), (0, 1));
        counts.reset();
        assert_eq!(totals(&counts), (0, 0));
    }

    #[test]
    fn looking_makes_no_key() {
        let mut window = window();
        assert!(window.find_until(7, START).is_none());
        assert_eq!(window.table().held(), 0);
    }
}
