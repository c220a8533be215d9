//! Counts per key over a sliding window of event time.
//!
//! Sixteen buckets a key and track; the window is at least as long as asked and at most a fifteenth longer.

use super::late::{self, Counted, Layout, Place, WORTH_KEEPING};
use super::part::{is_after, part_at, part_of};
use super::table::{ALERT, Entry, Table};
use super::{Alert, Sketch};
use crate::time::Millis;
use std::num::NonZeroU64;

const BUCKETS: usize = 16;
/// A table of keys, each with its counts: so many tracks side by side. `LANES` counts share a word: 4 reach 65,535 a bucket, 2 four thousand millions,
/// 1 any number.
pub struct Window<const LANES: usize, const TRACKS: usize = 1> {
    table: Table,
    bucket_ms: NonZeroU64,
}

/// Content of an entity's window at the requested time.
pub struct Counts<'a, const LANES: usize> {
    /// An alert, then the counts of each track. Stamped with the newest bucket; beside it, the key's newest link of evidence.
    entry: Entry<'a>,
    bucket: u32,
    /// By which the entry is found again.
    pub key: u64,
    /// The event is not of the key's window: nothing was counted, `count_late` counts it. Of what that gives, the event came late.
    pub is_late: bool,
}

/// A run of counts that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// By which the entry is found again.
    pub key: u64,
    pub count: u64,
    /// The newest link of evidence.
    pub link: u32,
    pub alert: Alert,
}

impl<const LANES: usize, const TRACKS: usize> Window<LANES, TRACKS> {
    /// Words of a key.
    const ENTRY: usize = Counts::<LANES>::TRACK * TRACKS + ALERT;
    const LAYOUT: Layout = Layout::new(Self::ENTRY, BUCKETS);

    /// For windows of `length`, within `memory` bytes, at least one set.
    pub fn new(id: &'static str, length: Millis, memory: usize) -> Window<LANES, TRACKS> {
        let bucket_ms = part_of(length, BUCKETS);
        Window {
            table: Table::new(id, bucket_ms.get(), Self::ENTRY, BUCKETS as u32, memory),
            bucket_ms,
        }
    }

    pub fn sketch(&mut self) -> Sketch<'_> {
        Sketch::Table(&mut self.table)
    }

    /// Counts so many at `time` for the key, on each track. `None` where the table has no room for it. What is before all that the key's window reaches
    /// is late, and not counted yet, nor is what would move a window with events far on or lies far back.
    #[inline(always)]
    pub fn count(
        &mut self,
        key: u64,
        time: Millis,
        more: [u64; TRACKS],
    ) -> Option<Counts<'_, LANES>> {
        let bucket = part_at(time, self.bucket_ms);
        let mut counts = Counts {
            entry: self.table.place(key, Self::ENTRY, bucket)?,
            bucket,
            key,
            is_late: false,
        };
        if counts.entry.is_new {
            counts.begin(more);
        } else if counts.is_far_on() || counts.is_far_back() || !counts.turn() {
            counts.is_late = true;
        } else {
            counts.add(more);
        }
        Some(counts)
    }

    /// As above, what is late too; the count of the first track then.
    pub fn count_total(&mut self, key: u64, time: Millis, more: [u64; TRACKS]) -> Option<u64> {
        let mut placed = self.count(key, time, more);
        if placed.as_ref().is_some_and(|counts| counts.is_late) {
            placed = self.count_late(key, time, more);
        }
        placed.map(|counts| counts.total(0))
    }

    /// Counts what is far on, far back or late, where `late` says.
    #[cold]
    #[inline(never)]
    pub fn count_late(
        &mut self,
        key: u64,
        time: Millis,
        more: [u64; TRACKS],
    ) -> Option<Counts<'_, LANES>> {
        let bucket = part_at(time, self.bucket_ms);
        let (keys, is_late) = match late::place(&mut self.table, Self::LAYOUT, key, bucket) {
            Place::Own => return self.count_within(key, bucket, more),
            Place::Besides { keys, is_late } => (keys, is_late),
        };
        let counted = keys.map(|key| {
            let counts = self.count_within(key?, bucket, more)?;
            Some(Counted { key: counts.key, total: counts.total(0), alert: counts.alert() })
        });
        let Counted { key, alert, .. } = late::fuller(counted)?;
        let entry = self.table.find(key, Self::ENTRY)?;
        let mut counts = Counts { entry, bucket, key, is_late };
        counts.set_alert(alert);
        Some(counts)
    }

    /// Counts in a window that reaches the bucket or is moved on to it.
    fn count_within(
        &mut self,
        key: u64,
        bucket: u32,
        more: [u64; TRACKS],
    ) -> Option<Counts<'_, LANES>> {
        let entry = self.table.place(key, Self::ENTRY, bucket)?;
        let mut counts = Counts { entry, bucket, key, is_late: false };
        if counts.entry.is_new {
            counts.begin(more);
        } else if counts.turn() {
            counts.add(more);
        }
        Some(counts)
    }

    /// The key as it is held.
    pub fn find(&mut self, key: u64) -> Option<Counts<'_, LANES>> {
        let entry = self.table.find(key, Self::ENTRY)?;
        let bucket = entry.stamp();
        Some(Counts { entry, bucket, key, is_late: false })
    }

    /// Ends the run of the key up to `time`; what was counted later stays.
    #[inline(always)]
    pub fn end(&mut self, key: u64, time: Millis) -> Option<Ended> {
        let bucket = part_at(time, self.bucket_ms);
        let mut counts = Counts::<LANES> {
            entry: self.table.find(key, Self::ENTRY)?,
            bucket,
            key,
            is_late: false,
        };
        if counts.is_far_back() || !counts.turn() {
            return self.end_late(key, bucket);
        }
        Some(counts.end())
    }

    #[cold]
    #[inline(never)]
    fn end_late(&mut self, key: u64, bucket: u32) -> Option<Ended> {
        let kept = late::kept(&mut self.table, Self::LAYOUT, key, bucket);
        let [one, two] = late::keys_of(key, bucket, Self::LAYOUT.parts);
        let ended = [Some(key), kept, Some(one), Some(two)].map(|key| {
            let key = key?;
            let entry = self.table.find(key, Self::ENTRY)?;
            let mut counts = Counts::<LANES> { entry, bucket, key, is_late: false };
            counts.turn().then(|| counts.end())
        });
        ended.into_iter().flatten().reduce(|one, two| Ended {
            alert: late::newer(one.alert, two.alert),
            ..if two.count > one.count { two } else { one }
        })
    }
}

impl<const LANES: usize> Counts<'_, LANES> {
    /// Bits of one count.
    const WIDTH: u32 = match LANES {
        4 => 16,
        2 => 32,
        _ => 64,
    };
    const MOST: u64 = u64::MAX >> (64 - Self::WIDTH);
    /// A window that holds events is not moved on so far, nor back, without more ado.
    const FAR: u32 = Layout::new(0, BUCKETS).far();
    /// Words of one track.
    const TRACK: usize = BUCKETS * Self::WIDTH as usize / 64;

    /// Count of a bucket.
    #[inline(always)]
    fn get(&self, track: usize, bucket: u32) -> u64 {
        let (at, shift) = Self::lane(bucket);
        let word = self
            .entry
            .words
            .get(Self::TRACK.wrapping_mul(track).wrapping_add(at))
            .copied()
            .unwrap_or_default();
        word.wrapping_shr(shift) & Self::MOST
    }

    /// True if the window holds events and would have to move far on for this one.
    #[inline(always)]
    fn is_far_on(&self) -> bool {
        let steps = self.bucket.wrapping_sub(self.entry.stamp());
        (Self::FAR..1 << 31).contains(&steps) && self.total(0) >= WORTH_KEEPING
    }

    /// True if the event is far behind the newest, so that it may be of a window that was kept.
    #[inline(always)]
    fn is_far_back(&self) -> bool {
        (Self::FAR..BUCKETS as u32).contains(&self.entry.stamp().wrapping_sub(self.bucket))
    }

    /// Counts the first of a key that is new.
    #[inline(always)]
    fn begin<const TRACKS: usize>(&mut self, more: [u64; TRACKS]) {
        self.entry.set_head(self.bucket, 0);
        self.add(more);
    }

    /// Counts more at the same time.
    #[inline(always)]
    fn add<const TRACKS: usize>(&mut self, more: [u64; TRACKS]) {
        let (at, shift) = Self::lane(self.bucket);
        for (track, n) in more.into_iter().enumerate() {
            if let Some(word) =
                self.entry.words.get_mut(Self::TRACK.wrapping_mul(track).wrapping_add(at))
            {
                let old = word.wrapping_shr(shift) & Self::MOST;
                let new = old.saturating_add(n).min(Self::MOST);
                *word ^= (old ^ new).wrapping_shl(shift);
            }
        }
    }

    /// How many within the window that ends with the newest event of the key. A key that is new has what was just counted.
    #[inline(always)]
    pub fn total(&self, track: usize) -> u64 {
        let from = Self::TRACK.wrapping_mul(track).wrapping_add(ALERT);
        if self.entry.is_new {
            return self.get(track, self.bucket);
        }
        let counts = self
            .entry
            .words
            .get(from..)
            .and_then(|counts| counts.get(..Self::TRACK))
            .unwrap_or_default();
        let (fours, _) = counts.as_chunks::<4>();
        match Self::WIDTH {
            // Halves of words that hold two counts each: eight counts of sixteen bits fit one of thirty-two many times over.
            16 => {
                const EVEN: u64 = 0x0000_ffff_0000_ffff;
                let pairs = fours.iter().flatten().fold(0u64, |sum, word| {
                    sum.wrapping_add(word & EVEN).wrapping_add(word.wrapping_shr(16) & EVEN)
                });
                (pairs & 0xffff_ffff).wrapping_add(pairs.wrapping_shr(32))
            }
            32 => fours.iter().flatten().fold(0u64, |sum, word| {
                sum.wrapping_add(word & 0xffff_ffff).wrapping_add(word.wrapping_shr(32))
            }),
            _ => fours.iter().flatten().copied().fold(0, u64::saturating_add),
        }
    }

    /// Begins to count anew.
    fn reset(&mut self) {
        self.entry.words.get_mut(ALERT..).unwrap_or_default().fill(0);
    }

    /// Ends the run of the first track up to the bucket.
    fn end(&mut self) -> Ended {
        let head = self.entry.stamp();
        let (mut ended, later) = (
            Ended { key: self.key, count: 0, link: self.link(), alert: self.alert() },
            head.wrapping_sub(self.bucket),
        );
        if later == 0 {
            ended.count = self.total(0);
            self.reset();
            self.set_link(0);
            return ended;
        }
        for step in later..BUCKETS as u32 {
            let bucket = head.wrapping_sub(step);
            ended.count = ended.count.saturating_add(self.get(0, bucket));
            let (at, shift) = Self::lane(bucket);
            self.entry
                .words
                .get_mut(at)
                .into_iter()
                .for_each(|word| *word &= !Self::MOST.wrapping_shl(shift));
        }
        ended
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
        if !is_after(self.bucket, head) {
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
        for word in
            words.get_mut(at..).unwrap_or_default().iter_mut().step_by(Counts::<LANES>::TRACK)
        {
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
        let mut counts = window.count(7, time, [1]);
        if counts.as_ref().is_some_and(|counts| counts.is_late) {
            counts = window.count_late(7, time, [1]);
        }
        counts.filter(|counts| !counts.is_late).map(|counts| counts.total(0))
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
        window.count(7, START, [u64::MAX]);
        assert_eq!(counted(&mut window, START), Some(0xffff));
    }

    #[test]
    fn wide_counts_hold_bytes_of_hours() {
        let mut window: Window<1> = Window::new("test", HOUR, 0);
        for minute in 0..60 {
            window.count(7, START + minute * MINUTE, [1 << 40]);
        }
        let mut counts = window.count(7, START + 59 * MINUTE, [0]).unwrap();
        assert_eq!(counts.total(0), 60 << 40);
        counts.add([u64::MAX]);
        assert_eq!(counts.total(0), u64::MAX);
        let mut window: Window<2> = Window::new("test", HOUR, 0);
        assert_eq!(window.count(7, START, [70_000]).unwrap().total(0), 70_000);
    }

    #[test]
    fn tracks_are_counted_apart_and_forgotten_together() {
        let mut window: Window<4, 2> = Window::new("test", MINUTE, 0);
        let totals = |counts: &Counts<'_, 4>| (counts.total(0), counts.total(1));
        let counts = window.count(7, START, [3, 2]).unwrap();
        assert_eq!(totals(&counts), (3, 2));
        window.count(8, START, [0, 9]);
        assert_eq!(totals(&window.find(7).unwrap()), (3, 2), "another key's are its own");
        assert_eq!(totals(&window.count(7, START + 5 * MINUTE, [0, 1]).unwrap()), (0, 1));
    }

    #[test]
    fn looking_makes_no_key() {
        let mut window = window();
        assert!(window.end(7, START).is_none());
        assert_eq!(window.table.held(), 0);
    }

    #[test]
    fn what_is_late_counts_in_windows_of_its_own_time() {
        let mut window = Window::<4>::new("test", 5 * MINUTE, 64 << 10);
        let mut late = |time| {
            let mut counts = window.count(7, time, [1]).unwrap();
            if counts.is_late {
                counts = window.count_late(7, time, [1]).unwrap();
            }
            counts.total(0)
        };
        late(START + 23 * HOUR);
        for (hours, n) in [(0, 20), (9, 15), (-700_000, 12)] {
            let seen: Vec<u64> =
                (0..n).map(|n| late(START + hours * HOUR + n * 7 * SECOND)).collect();
            assert_eq!(seen, (1..=n as u64).collect::<Vec<_>>(), "half a window: all of it");
            late(START + hours * HOUR + 4 * MINUTE);
        }
        assert_eq!(late(START + 23 * HOUR), 2);
    }

    #[test]
    fn an_event_of_another_time_leaves_the_window_as_it_was() {
        for (before, after) in [(4, 96), (50, 50), (96, 4)] {
            for ahead in [2 * MINUTE, 6 * MINUTE, 23 * HOUR] {
                let mut window = Window::<4>::new("test", 5 * MINUTE, 64 << 10);
                let mut add = |time| window.count_total(7, time, [1]).unwrap();
                let mut seen = 0;
                for n in 0..before + after {
                    if n == before {
                        add(START + ahead);
                    }
                    seen = add(START + n * SECOND);
                }
                let forged = u64::from(ahead < 5 * MINUTE);
                assert_eq!(seen, (before + after) as u64 + forged, "{before} {ahead}");
                let ended = window.end(7, START + (before + after) * SECOND).unwrap();
                assert_eq!(ended.count, (before + after) as u64, "{before} {ahead}");
            }
        }
    }

    #[test]
    fn a_pause_ends_what_came_before() {
        let mut window = window();
        for n in 0..40 {
            counted(&mut window, START + n * SECOND);
        }
        for pause in [1, 2, 9] {
            assert_eq!(counted(&mut window, START + pause * HOUR), Some(1));
        }
    }

    #[test]
    fn a_run_ends_up_to_its_time() {
        let mut window: Window<4> = Window::new("test", 30 * MINUTE, 64 << 10);
        for minute in [0, 2, 4, 20] {
            window.count(7, START + minute * MINUTE, [1]);
        }
        assert_eq!(
            window.end(7, START + 4 * MINUTE).map(|ended| ended.count),
            Some(3),
            "what was counted later is no part of it"
        );
        assert_eq!(window.end(7, START + 25 * MINUTE).map(|ended| ended.count), Some(1));
        assert_eq!(window.end(7, START + 25 * MINUTE).map(|ended| ended.count), Some(0));
        for n in 0..6 {
            window.count_late(7, START - 9 * HOUR + n * SECOND, [1]);
        }
        assert_eq!(window.end(7, START - 9 * HOUR + 7 * SECOND).map(|ended| ended.count), Some(6));
        assert_eq!(window.end(7, START - 9 * HOUR + 7 * SECOND).map(|ended| ended.count), Some(0));
    }

    #[test]
    fn short_parts_and_times_before_1970_follow_one_another() {
        let second = NonZeroU64::new(1000).unwrap();
        let parts: Vec<u32> =
            [-2001, -2000, -1, 0, 999, 1000].map(|time| part_at(time, second)).to_vec();
        assert_eq!(parts, [u32::MAX - 2, u32::MAX - 1, u32::MAX, 0, 0, 1]);
        let mut window: Window<4> = Window::new("test", SECOND, 64 << 10);
        assert_eq!(counted(&mut window, START), Some(1));
        assert_eq!(counted(&mut window, START + 10 * SECOND), Some(1));
    }
}
