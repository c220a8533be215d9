//! How many different values a key has had within a sliding window of event time.
//!
//! Linear counting: each value sets one of 128 bits. Eight bitmaps a key, each for a seventh of the window, are joined for the answer; few values are
//! counted nearly exactly, several hundred within some percent.

use super::table::{FIXED, Table};
use super::{Alert, Words};
use crate::time::Millis;

const PARTS: usize = 8;
/// Words of one bitmap.
const BITMAP: usize = 2;
const BITS: u64 = 64 * BITMAP as u64;
/// Words of one key: key, newest part and evidence, the last alert's count and time, then the bitmaps.
const BITMAPS: usize = FIXED + 2;

pub struct Distinct {
    table: Table,
    part_ms: Millis,
}

/// Where a key's bitmaps stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

impl Distinct {
    /// For windows of `length`, within `memory` bytes, at least one set.
    pub fn new(id: &'static str, length: Millis, memory: usize) -> Distinct {
        let steps = (PARTS as Millis).saturating_sub(1);
        let part_ms = length.saturating_add(steps).saturating_sub(1).max(1).checked_div(steps).unwrap_or(1).max(1);
        Distinct { table: Table::new(id, part_ms as u64, BITMAPS + PARTS * BITMAP, memory), part_ms }
    }

    pub fn words(&mut self) -> &mut Words {
        &mut self.table.words
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Adds the value, known by its hash; `None` if `time` is before what the key's window still reaches.
    pub fn add(&mut self, key: u64, time: Millis, value: u64) -> Option<Place> {
        let part = u32::try_from(time.max(0).checked_div(self.part_ms).unwrap_or_default()).unwrap_or(u32::MAX);
        let entry = self.table.place(key);
        let head = self.table.stamp(entry);
        if part > head {
            self.turn(entry, head, part);
            self.table.set_stamp(entry, part);
        } else if head.wrapping_sub(part) as usize >= PARTS {
            return None;
        }
        let bit = value.wrapping_shr(20) % BITS;
        let at = bitmap(entry, part).wrapping_add((bit / 64) as usize);
        self.table.words.set(at, self.table.words.get(at) | 1u64.wrapping_shl(bit as u32 % 64));
        Some(Place(entry))
    }

    /// Empties the bitmaps between the newest so far and this one.
    fn turn(&mut self, entry: usize, head: u32, part: u32) {
        if part.wrapping_sub(head) as usize >= PARTS {
            let from = entry.wrapping_add(BITMAPS);
            return self.table.words.words.get_mut(from..from.wrapping_add(PARTS * BITMAP)).unwrap_or_default().fill(0);
        }
        for step in 0..part.wrapping_sub(head) {
            let at = bitmap(entry, part.wrapping_sub(step));
            (0..BITMAP).for_each(|word| self.table.words.set(at.wrapping_add(word), 0));
        }
    }

    /// About how many different values the key's window holds.
    pub fn total(&self, place: Place) -> u64 {
        let from = place.0.wrapping_add(BITMAPS);
        let bitmaps = self.table.words.words.get(from..from.wrapping_add(PARTS * BITMAP)).unwrap_or_default();
        let (pairs, _) = bitmaps.as_chunks::<BITMAP>();
        let joined = pairs.iter().fold([0u64; BITMAP], |[low, high], [a, b]| [low | a, high | b]);
        ESTIMATES.get(joined.iter().map(|bits| bits.count_ones()).sum::<u32>() as usize).copied().map_or(0, u64::from)
    }

    pub fn alert(&self, place: Place) -> Alert {
        Alert { at_s: self.table.words.get(place.0.wrapping_add(FIXED + 1)), count: self.table.words.get(place.0.wrapping_add(FIXED)) }
    }

    pub fn set_alert(&mut self, place: Place, alert: Alert) {
        self.table.words.set(place.0.wrapping_add(FIXED + 1), alert.at_s);
        self.table.words.set(place.0.wrapping_add(FIXED), alert.count);
    }

    pub fn evidence(&self, place: Place) -> u32 {
        self.table.own(place.0)
    }

    pub fn set_evidence(&mut self, place: Place, serial: u32) {
        self.table.set_own(place.0, serial);
    }
}

fn bitmap(entry: usize, part: u32) -> usize {
    entry.wrapping_add(BITMAPS).wrapping_add((part as usize % PARTS).wrapping_mul(BITMAP))
}

/// How many values it takes, on average, to set so many bits: the sum of `BITS / free` over the bits as they fill, to the nearest whole number.
static ESTIMATES: [u16; BITS as usize + 1] = {
    const ONE: u64 = 1 << 16;
    let (mut estimates, mut sum, mut set) = ([0u16; BITS as usize + 1], ONE / 2, 0usize);
    let mut left: &mut [u16] = &mut estimates;
    while let [place, rest @ ..] = left {
        *place = (sum / ONE) as u16;
        // Of no meaning behind the last.
        let free = (BITS as usize).saturating_sub(set);
        sum = sum.saturating_add((BITS * ONE).wrapping_div(if free == 0 { 1 } else { free as u64 }));
        set = set.saturating_add(1);
        left = rest;
    }
    estimates
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::HashKey;
    use crate::time::MINUTE;

    const START: Millis = 1_700_000_000_000;

    fn hash(value: u64) -> u64 {
        HashKey(1, 2).hash(&value.to_le_bytes())
    }

    #[test]
    fn estimates_what_was_added_and_each_value_once() {
        let mut distinct = Distinct::new("test", 10 * MINUTE, 64 << 10);
        let mut worst = 0.0f64;
        for count in 1..=400u64 {
            let place = distinct.add(7, START, hash(count)).unwrap();
            assert_eq!(distinct.add(7, START + MINUTE, hash(count)), Some(place));
            let found = distinct.total(place) as f64;
            worst = worst.max((found - count as f64).abs() / (count as f64).max(10.0));
        }
        assert!(worst < 0.25, "{worst}");
    }

    #[test]
    fn forgets_what_lies_before_the_window() {
        let mut distinct = Distinct::new("test", 10 * MINUTE, 0);
        let place = (0..5).map(|n| distinct.add(7, START + n * MINUTE, hash(n as u64)).unwrap()).last().unwrap();
        assert_eq!(distinct.total(place), 5);
        let place = distinct.add(7, START + 10 * MINUTE, hash(0)).unwrap();
        assert_eq!(distinct.total(place), 5, "at least as long as asked");
        let place = distinct.add(7, START + 30 * MINUTE, hash(9)).unwrap();
        assert_eq!(distinct.total(place), 1);
        assert_eq!(distinct.add(7, START, hash(1)), None, "closed windows stay closed");
    }

    #[test]
    fn all_bits_set_is_a_number_still() {
        assert_eq!((ESTIMATES[0], ESTIMATES[1], ESTIMATES[5]), (0, 1, 5));
        assert!((600..800).contains(&ESTIMATES[128]), "{}", ESTIMATES[128]);
        assert!(ESTIMATES.is_sorted());
        let mut sum = 0.5;
        for (set, estimate) in ESTIMATES.iter().enumerate() {
            assert!((f64::from(*estimate) - f64::floor(sum)).abs() <= 1.0, "{set}");
            sum += BITS as f64 / (BITS as f64 - set as f64).max(1.0);
        }
    }
}
