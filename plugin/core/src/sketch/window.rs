//! Counts per key over a sliding window of event time.
//!
//! Sixteen buckets a key and track; the window is at least as long as asked and at most a fifteenth longer.

use super::table::{FIXED, Table};
use super::{Alert, Words};
use crate::time::Millis;

const BUCKETS: usize = 16;
/// Words of one key: key, head bucket and evidence, the last alert's count and time, then the counts.
const ALERT_COUNT: usize = FIXED;
const ALERT_AT: usize = FIXED + 1;
const COUNTS: usize = FIXED + 2;

/// A table of keys, each with its counts. `LANES` counts share a word: 4 reach 65,535 a bucket, 2 four thousand millions, 1 any number.
pub struct Window<const LANES: usize> {
    table: Table,
    bucket_ms: Millis,
    tracks: usize,
}

/// Where a key's counts stand, once an event was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

impl<const LANES: usize> Window<LANES> {
    /// Bits of one count.
    const WIDTH: u32 = match LANES {
        4 => 16,
        2 => 32,
        _ => 64,
    };
    const MOST: u64 = u64::MAX >> (64 - Self::WIDTH);
    /// Words of one track.
    const TRACK: usize = BUCKETS * Self::WIDTH as usize / 64;

    /// For windows of `length`, within `memory` bytes, at least one set; each key has so many counts side by side.
    pub fn new(id: &'static str, length: Millis, tracks: usize, memory: usize) -> Window<LANES> {
        let steps = (BUCKETS as Millis).saturating_sub(1);
        let bucket_ms = length.saturating_add(steps).saturating_sub(1).max(1).checked_div(steps).unwrap_or(1).max(1);
        let entry = Self::TRACK.saturating_mul(tracks).saturating_add(COUNTS);
        Window { table: Table::new(id, bucket_ms as u64, entry, memory), bucket_ms, tracks }
    }

    pub fn words(&mut self) -> &mut Words {
        &mut self.table.words
    }

    /// The keys held, for how many there is room, how many made room for others.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn bucket(&self, time: Millis) -> u32 {
        u32::try_from(time.max(0).checked_div(self.bucket_ms).unwrap_or_default()).unwrap_or(u32::MAX)
    }

    /// Counts `n` at `time` for the key; `None` if that is before what its window still reaches.
    pub fn count(&mut self, key: u64, time: Millis, track: usize, n: u64) -> Option<Place> {
        let bucket = self.bucket(time);
        let entry = self.table.place(key);
        if !self.turn_to(entry, bucket) {
            return None;
        }
        self.add_to(entry, bucket, track, n);
        Some(Place(entry))
    }

    /// Counts more at the same time.
    pub fn add(&mut self, place: Place, time: Millis, track: usize, n: u64) {
        self.add_to(place.0, self.bucket(time), track, n);
    }

    #[inline]
    fn add_to(&mut self, entry: usize, bucket: u32, track: usize, n: u64) {
        let (at, shift) = self.lane(entry, self.track(track), bucket);
        let word = self.table.words.get(at);
        let old = word.wrapping_shr(shift) & Self::MOST;
        let new = old.saturating_add(n).min(Self::MOST);
        self.table.words.set(at, word ^ (old ^ new).wrapping_shl(shift));
    }

    /// Where the key's counts stand as of `time`, where it is held and nothing was counted later.
    pub fn find_until(&mut self, key: u64, time: Millis) -> Option<Place> {
        let entry = self.table.find(key)?;
        let bucket = self.bucket(time);
        if bucket < self.table.stamp(entry) {
            return None;
        }
        self.turn_to(entry, bucket);
        Some(Place(entry))
    }

    /// Begins to count anew.
    pub fn reset(&mut self, place: Place) {
        let from = place.0.wrapping_add(COUNTS);
        let len = Self::TRACK.wrapping_mul(self.tracks);
        self.table.words.words.get_mut(from..from.wrapping_add(len)).unwrap_or_default().fill(0);
    }

    /// One of those there are.
    fn track(&self, track: usize) -> usize {
        track.min(self.tracks.saturating_sub(1))
    }

    fn lane(&self, entry: usize, track: usize, bucket: u32) -> (usize, u32) {
        let lane = bucket as usize % BUCKETS;
        let at = entry.wrapping_add(COUNTS).wrapping_add(Self::TRACK.wrapping_mul(track)).wrapping_add(lane.checked_div(LANES).unwrap_or_default());
        (at, (lane.checked_rem(LANES).unwrap_or_default() as u32).wrapping_mul(Self::WIDTH))
    }

    /// Empties the buckets between the newest so far and this one; whether this one is still within reach.
    fn turn_to(&mut self, entry: usize, bucket: u32) -> bool {
        let head = self.table.stamp(entry);
        if bucket <= head {
            return (head.wrapping_sub(bucket) as usize) < BUCKETS;
        }
        self.table.set_stamp(entry, bucket);
        let steps = bucket.wrapping_sub(head);
        if steps >= BUCKETS as u32 {
            self.reset(Place(entry));
            return true;
        }
        for track in 0..self.tracks {
            for step in 0..steps {
                let (at, shift) = self.lane(entry, track, bucket.wrapping_sub(step));
                self.table.words.set(at, self.table.words.get(at) & !Self::MOST.wrapping_shl(shift));
            }
        }
        true
    }

    /// How many within the window that ends with the newest event of the key.
    pub fn total(&self, place: Place, track: usize) -> u64 {
        let from = place.0.wrapping_add(COUNTS).wrapping_add(Self::TRACK.wrapping_mul(self.track(track)));
        let counts = self.table.words.words.get(from..from.wrapping_add(Self::TRACK)).unwrap_or_default();
        match Self::WIDTH {
            // Halves of words that hold two counts each: eight counts of sixteen bits fit one of thirty-two many times over.
            16 => {
                const EVEN: u64 = 0x0000_ffff_0000_ffff;
                let pairs = counts.iter().fold(0u64, |sum, word| sum.wrapping_add(word & EVEN).wrapping_add(word.wrapping_shr(16) & EVEN));
                (pairs & 0xffff_ffff).wrapping_add(pairs.wrapping_shr(32))
            }
            32 => counts.iter().fold(0u64, |sum, word| sum.wrapping_add(word & 0xffff_ffff).wrapping_add(word.wrapping_shr(32))),
            _ => counts.iter().copied().fold(0, u64::saturating_add),
        }
    }

    pub fn alert(&self, place: Place) -> Alert {
        Alert { at_s: self.table.words.get(place.0.wrapping_add(ALERT_AT)), count: self.table.words.get(place.0.wrapping_add(ALERT_COUNT)) }
    }

    pub fn set_alert(&mut self, place: Place, alert: Alert) {
        self.table.words.set(place.0.wrapping_add(ALERT_AT), alert.at_s);
        self.table.words.set(place.0.wrapping_add(ALERT_COUNT), alert.count);
    }

    /// The key's newest piece of evidence (see `evidence`).
    pub fn evidence(&self, place: Place) -> u32 {
        self.table.own(place.0)
    }

    pub fn set_evidence(&mut self, place: Place, serial: u32) {
        self.table.set_own(place.0, serial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE, SECOND};

    fn window() -> Window<4> {
        Window::new("test", 5 * MINUTE, 1, 64 * 1024)
    }

    fn counted<const LANES: usize>(window: &mut Window<LANES>, time: Millis) -> Option<u64> {
        window.count(7, time, 0, 1).map(|place| window.total(place, 0))
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
        let mut window: Window<1> = Window::new("test", HOUR, 1, 0);
        for minute in 0..60 {
            window.count(7, START + minute * MINUTE, 0, 1 << 40);
        }
        let place = window.find_until(7, START + 59 * MINUTE).unwrap();
        assert_eq!(window.total(place, 0), 60 << 40);
        window.add(place, START + 59 * MINUTE, 0, u64::MAX);
        assert_eq!(window.total(place, 0), u64::MAX);
        let mut window: Window<2> = Window::new("test", HOUR, 1, 0);
        let place = window.count(7, START, 0, 70_000).unwrap();
        assert_eq!(window.total(place, 0), 70_000);
    }

    #[test]
    fn tracks_are_counted_apart_and_forgotten_together() {
        let mut window: Window<4> = Window::new("test", MINUTE, 2, 0);
        let place = window.count(7, START, 0, 3).unwrap();
        window.add(place, START, 1, 2);
        assert_eq!((window.total(place, 0), window.total(place, 1)), (3, 2));
        window.count(8, START, 1, 9);
        assert_eq!((window.total(place, 0), window.total(place, 1)), (3, 2), "another key's are its own");
        let place = window.count(7, START + 5 * MINUTE, 1, 1).unwrap();
        assert_eq!((window.total(place, 0), window.total(place, 1)), (0, 1));
        window.reset(place);
        assert_eq!((window.total(place, 0), window.total(place, 1)), (0, 0));
    }

    #[test]
    fn looking_makes_no_key() {
        let mut window = window();
        assert_eq!(window.find_until(7, START), None);
        assert_eq!(window.table().held(), 0);
    }
}
