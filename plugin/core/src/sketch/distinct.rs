//! How many different values a key has had within a sliding window of event time.
//!
//! Linear counting: each value sets one of 128 bits. Eight bitmaps a key, each for a seventh of the window, are joined for the answer; few values are
//! counted nearly exactly, several hundred within some percent.

use super::Sketch;
use super::late::{self, Counted, Layout, Place, WORTH_KEEPING};
use super::part::{is_after, part_at, part_of};
use super::table::{ALERT, Entry, Table};
use crate::time::Millis;
use std::num::NonZeroU64;

const PARTS: usize = 8;
/// Words of one bitmap.
const BITMAP: usize = 2;
const BITS: u64 = 64 * BITMAP as u64;
/// Words of a key: an alert, then the bitmaps.
const ENTRY: usize = ALERT + PARTS * BITMAP;
const LAYOUT: Layout = Layout::new(ENTRY, PARTS);
const FAR: u32 = LAYOUT.far();

pub struct Distinct {
    table: Table,
    part_ms: NonZeroU64,
}

/// Content of an entity's window.
pub struct Values<'a> {
    /// An alert, then the bitmaps. Stamped with the newest part; beside it, the key's newest piece of evidence.
    pub entry: Entry<'a>,
    /// By which the entry is found again.
    pub key: u64,
    /// The value is not of the key's window: nothing was added, `add_late` adds it. Of what that gives, the value came late.
    pub is_late: bool,
}

impl Distinct {
    /// For windows of `length`, within `memory` bytes, at least one set.
    pub fn new(id: &'static str, length: Millis, memory: usize) -> Distinct {
        let part_ms = part_of(length, PARTS);
        Distinct { table: Table::new(id, part_ms.get(), ENTRY, PARTS as u32, memory), part_ms }
    }

    pub fn sketch(&mut self) -> Sketch<'_> {
        Sketch::Table(&mut self.table)
    }

    /// The key's entry, where it is held.
    pub fn find(&mut self, key: u64) -> Option<Entry<'_>> {
        self.table.find(key, ENTRY)
    }

    /// Forgets a value of the key as of this time; what came late or later, the alert and the evidence stay. One in 128 of the others goes with it.
    pub fn forget(&mut self, key: u64, time: Millis, value: u64) {
        let part = part_at(time, self.part_ms);
        let kept = late::kept(&mut self.table, LAYOUT, key, part);
        for key in [Some(key), kept].into_iter().flatten() {
            let Some(entry) = self.table.find(key, ENTRY) else {
                continue;
            };
            let head = entry.stamp();
            let mut values = Values { entry, key, is_late: false };
            let parts = (0..PARTS as u32).map(|step| head.wrapping_sub(step));
            for known in parts.filter(|known| !is_after(*known, part)) {
                if let Some((bits, bit)) = values.bit_of(known, value) {
                    *bits &= !bit;
                }
            }
        }
    }

    /// Adds the value, known by its hash. `None` where the table has no room for the key. What is before all that the key's window reaches is late, and
    /// not added yet, nor is what would move a window with values far on or lies far back.
    #[inline(always)]
    pub fn add(&mut self, key: u64, time: Millis, value: u64) -> Option<Values<'_>> {
        let part = part_at(time, self.part_ms);
        let mut values = Values { entry: self.table.place(key, ENTRY, part)?, key, is_late: false };
        let head = values.entry.stamp();
        let is_ahead = values.entry.is_new || is_after(part, head);
        let is_far_on = is_ahead
            && !values.entry.is_new
            && part.wrapping_sub(head) >= FAR
            && values.total() >= WORTH_KEEPING;
        if is_far_on || !is_ahead && head.wrapping_sub(part) >= FAR {
            values.is_late = true;
            return Some(values);
        }
        if is_ahead {
            values.turn(head, part);
        }
        let (bits, bit) = values.bit_of(part, value)?;
        *bits |= bit;
        Some(values)
    }

    /// Adds what is far on, far back or late, where `late` says.
    #[cold]
    #[inline(never)]
    pub fn add_late(&mut self, key: u64, time: Millis, value: u64) -> Option<Values<'_>> {
        let part = part_at(time, self.part_ms);
        let (keys, is_late) = match late::place(&mut self.table, LAYOUT, key, part) {
            Place::Own => return self.add_within(key, part, value),
            Place::Besides { keys, is_late } => (keys, is_late),
        };
        let counted = keys.map(|key| {
            let values = self.add_within(key?, part, value)?;
            Some(Counted { key: values.key, total: values.total(), alert: values.entry.alert() })
        });
        let Counted { key, alert, .. } = late::fuller(counted)?;
        let mut values = Values { entry: self.table.find(key, ENTRY)?, key, is_late };
        values.entry.set_alert(alert);
        Some(values)
    }

    /// Adds a value that the key's window reaches or is moved on by.
    fn add_within(&mut self, key: u64, part: u32, value: u64) -> Option<Values<'_>> {
        let entry = self.table.place(key, ENTRY, part)?;
        let head = entry.stamp();
        let mut values = Values { entry, key, is_late: false };
        if values.entry.is_new || is_after(part, head) {
            values.turn(head, part);
        }
        let (bits, bit) = values.bit_of(part, value)?;
        *bits |= bit;
        Some(values)
    }
}

impl Values<'_> {
    #[inline(always)]
    fn bitmap(&mut self, part: u32) -> Option<&mut [u64; BITMAP]> {
        let at = (part as usize % PARTS).wrapping_mul(BITMAP).wrapping_add(ALERT);
        self.entry.words.get_mut(at..)?.first_chunk_mut()
    }

    /// The word of a part's bitmap that holds the value's bit, and the bit.
    #[inline(always)]
    fn bit_of(&mut self, part: u32, value: u64) -> Option<(&mut u64, u64)> {
        let bit = value.wrapping_shr(20) % BITS;
        let [low, high] = self.bitmap(part)?;
        Some((if bit < 64 { low } else { high }, 1u64.wrapping_shl(bit as u32 % 64)))
    }

    /// Empties the bitmaps between the newest so far and this one.
    fn turn(&mut self, head: u32, part: u32) {
        self.entry.set_stamp(part);
        if self.entry.is_new {
            return;
        }
        if part.wrapping_sub(head) as usize >= PARTS {
            return self.entry.words.get_mut(ALERT..).unwrap_or_default().fill(0);
        }
        for step in 0..part.wrapping_sub(head) {
            if let Some(bitmap) = self.bitmap(part.wrapping_sub(step)) {
                *bitmap = [0; BITMAP];
            }
        }
    }

    /// About how many different values the key's window holds.
    #[inline(always)]
    pub fn total(&self) -> u64 {
        if self.entry.is_new {
            return 1;
        }
        let bitmaps = self
            .entry
            .words
            .get(ALERT..)
            .and_then(|words| words.first_chunk::<{ PARTS * BITMAP }>());
        let (pairs, _) = bitmaps.unwrap_or(&[0; PARTS * BITMAP]).as_chunks::<BITMAP>();
        let [low, high] =
            pairs.iter().fold([0u64; BITMAP], |[low, high], [a, b]| [low | a, high | b]);
        let set = low.count_ones().wrapping_add(high.count_ones());
        ESTIMATES.get(set as usize).copied().map_or(0, u64::from)
    }
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
        sum =
            sum.saturating_add((BITS * ONE).wrapping_div(if free == 0 { 1 } else { free as u64 }));
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
            let once = distinct.add(7, START, hash(count)).unwrap().total();
            assert_eq!(distinct.add(7, START + MINUTE, hash(count)).unwrap().total(), once);
            let found = once as f64;
            worst = worst.max((found - count as f64).abs() / (count as f64).max(10.0));
        }
        assert!(worst < 0.25, "{worst}");
    }

    #[test]
    fn forgets_what_lies_before_the_window() {
        let mut distinct = Distinct::new("test", 10 * MINUTE, 0);
        let mut total = |time, value| {
            let mut values = distinct.add(7, time, hash(value));
            if values.as_ref().is_some_and(|values| values.is_late) {
                values = distinct.add_late(7, time, hash(value));
            }
            values.filter(|values| !values.is_late).map(|values| values.total())
        };
        assert_eq!((0..5).map(|n| total(START + n * MINUTE, n as u64)).last(), Some(Some(5)));
        assert_eq!(total(START + 10 * MINUTE, 0), Some(5), "at least as long as asked");
        assert_eq!(total(START + 30 * MINUTE, 9), Some(1));
        assert_eq!(total(START, 1), None, "closed windows stay closed");
    }

    #[test]
    fn a_value_of_another_time_leaves_the_window_as_it_was() {
        for ahead in [3 * MINUTE, 15 * MINUTE, 23 * 60 * MINUTE] {
            let mut distinct = Distinct::new("test", 10 * MINUTE, 64 << 10);
            let mut add = |time, value| {
                let mut values = distinct.add(7, time, hash(value)).unwrap();
                if values.is_late {
                    values = distinct.add_late(7, time, hash(value)).unwrap();
                }
                values.total()
            };
            for n in 0..30 {
                add(START + n as i64 * 1000, n);
            }
            add(START + ahead, 3);
            let all = (30..60).map(|n| add(START + n as i64 * 1000, n)).last().unwrap();
            assert!((50..=70).contains(&all), "{ahead} {all}");
        }
    }

    #[test]
    fn one_value_is_forgotten_and_the_others_stay() {
        let mut distinct = Distinct::new("test", 10 * MINUTE, 64 << 10);
        for n in 0..5u64 {
            distinct.add(7, START + n as i64 * MINUTE, hash(n)).unwrap();
        }
        let mut total = |time, forgotten: &[u64]| {
            forgotten.iter().for_each(|value| distinct.forget(7, time, hash(*value)));
            distinct.add(7, START + 5 * MINUTE, hash(0)).unwrap().total()
        };
        assert_eq!(total(START, &[4]), 5, "what came later stays");
        assert_eq!(
            total(START + 5 * MINUTE, &[0, 9]),
            5,
            "it comes again, and nobody knew the other"
        );
        assert_eq!(total(START + 6 * MINUTE, &[1, 2]), 3);
        distinct.forget(8, START, hash(0));
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
