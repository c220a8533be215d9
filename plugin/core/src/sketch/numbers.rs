//! Numbers of a stream that arrived of late, as bits: which ones are missing when nobody waits for them any more.
//!
//! Memory is a window of the newest numbers. A number is settled once it is older than the wait, or left the window: then it has arrived or is missing. Several
//! records of one number, redelivered ones and ones out of order set a bit that is set or waited for, and change nothing.

use super::{pack, unpack};

/// Numbers that are told apart.
const WINDOW: u64 = 512;
const BITS: usize = (WINDOW / 64) as usize;
/// Times at which the newest number is kept, over the wait.
const MARKS: usize = 4;
/// Words of a stream.
pub const NUMBERS: usize = 8 + MARKS + BITS;
/// A step ahead by more is no gap: the source counts on from elsewhere.
const LONGEST_STEP: u64 = 1 << 27;
/// So many records in a row with numbers far from the window, but near each other: the source counts on from there. A single one is not believed.
const ANEW: u32 = 3;
/// Seconds for which the longest run is kept at least, and at most twice.
const SPELL: u32 = 14 * 24 * 3600;
/// A stream with runs of missing numbers is known after so many seconds.
const WEEK: u32 = 7 * 24 * 3600;

/// Conditions for missing numbers.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Numbers that must have arrived before a stream is known.
    pub arrived: u32,
    /// Seconds to wait for a number.
    pub wait: u32,
}

/// A run of missing numbers that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub missing: u64,
    /// The last of them.
    pub last: u64,
    /// The longest run before it, and over how many numbers that arrived.
    pub longest: u32,
    pub arrived: u32,
    /// The stream was seen for long enough.
    pub is_known: bool,
}

impl Gap {
    /// The first missing number.
    pub fn from(&self) -> u64 {
        self.last.saturating_sub(self.missing).saturating_add(1)
    }
}

/// State of one stream.
pub struct Numbers<'w> {
    /// All before it are settled.
    base: &'w mut u64,
    newest: &'w mut u64,
    /// Numbers that arrived and are settled, and how many records in a row came from far away.
    arrived: &'w mut u64,
    /// Missing numbers right before the base, and the second of the first record.
    run: &'w mut u64,
    /// Longest runs: of this spell, and of the one before.
    longest: &'w mut u64,
    /// The spell, and the second of the last run that was too long.
    spell: &'w mut u64,
    /// The start that it was last seen in, and the second of the newest mark.
    start: &'w mut u64,
    /// Number far away from the window: that of the first record from there, or where the source counted before it went on from elsewhere.
    other: &'w mut u64,
    /// The newest number at times that are a part of the wait apart, the newest first.
    marks: &'w mut [u64; MARKS],
    bits: &'w mut [u64; BITS],
}

impl<'w> Numbers<'w> {
    /// Of as many words as `NUMBERS`.
    pub fn of(words: &'w mut [u64]) -> Option<Numbers<'w>> {
        let (head, rest) = words.split_first_chunk_mut::<8>()?;
        let (marks, rest) = rest.split_first_chunk_mut::<MARKS>()?;
        let (bits, _) = rest.split_first_chunk_mut::<BITS>()?;
        let [base, newest, arrived, run, longest, spell, start, other] = head;
        Some(Numbers { base, newest, arrived, run, longest, spell, start, other, marks, bits })
    }

    /// Notes a number at a second of event time; `newest` is the newest second of the stream. Gives the longest run of missing numbers that ended by now.
    pub fn see(
        &mut self,
        number: u64,
        second: u32,
        newest: u32,
        start: u32,
        waits: Waits,
    ) -> Option<Gap> {
        let (arrived, behind) = unpack(*self.arrived);
        *self.arrived = pack(arrived, 0);
        let (held, marked) = unpack(*self.start);
        if held == 0 {
            *self.run = pack(0, second);
            *self.spell = pack(second / SPELL, 0);
        }
        if held != start {
            self.begin(number, second, start);
            return None;
        }
        if number > *self.newest && second.saturating_add(waits.wait) < newest {
            // Of an old file: the source has begun anew since.
            return None;
        }
        let is_ahead = number.saturating_sub(*self.newest) > LONGEST_STEP;
        if number < *self.base || is_ahead {
            // Late, or of a source that counts on from elsewhere.
            let is_behind = self.base.saturating_sub(number) > WINDOW && second >= newest;
            let behind = match is_ahead || is_behind {
                true if is_near(number, *self.other) => behind.saturating_add(1),
                true => {
                    *self.other = number;
                    1
                }
                false => behind,
            };
            *self.arrived = pack(arrived, behind);
            if behind >= ANEW {
                self.go_on(number, second, start);
            }
            return None;
        }
        let mut ended = None;
        if number.saturating_sub(*self.base) >= WINDOW {
            ended = self.settle(number.saturating_sub(WINDOW).saturating_add(1));
        }
        let before = *self.newest;
        if let Some(word) = self.bits.get_mut(word_of(number)) {
            *word |= 1u64.wrapping_shl(number as u32 % 64);
        }
        *self.newest = before.max(number);
        let part = waits.wait.checked_div(MARKS as u32).unwrap_or_default().max(1);
        let passed = second.saturating_sub(marked).checked_div(part).unwrap_or_default();
        if passed > 0 {
            self.mark(before, passed as usize);
            *self.start = pack(start, second);
            let [.., oldest] = *self.marks;
            ended = longer(ended, self.settle(oldest.saturating_add(1)));
        }
        let (missing, last) = ended?;
        let (_, first) = unpack(*self.run);
        let longest = self.longest_run(second);
        let is_old = longest == 0 || second.saturating_sub(first) >= WEEK;
        let is_known = arrived >= waits.arrived && is_old;
        Some(Gap { missing, last, longest, arrived, is_known })
    }

    /// Learns a run of missing numbers as usual.
    pub fn learn(&mut self, missing: u64, second: u32) {
        self.longest_run(second);
        let (newer, older) = unpack(*self.longest);
        *self.longest = pack(newer.max(u32::try_from(missing).unwrap_or(u32::MAX)), older);
    }

    /// Seconds since the last run that was too long; 0 if there was none.
    pub fn since_long(&self, second: u32) -> u32 {
        match unpack(*self.spell) {
            (_, 0) => 0,
            (_, at) => second.saturating_sub(at),
        }
    }

    /// Keeps when a run was too long.
    pub fn set_long(&mut self, second: u32) {
        let (spell, _) = unpack(*self.spell);
        *self.spell = pack(spell, second.max(1));
    }

    /// Counts from this number on; nothing is missing before it.
    fn begin(&mut self, number: u64, second: u32, start: u32) {
        (*self.base, *self.newest) = (number.saturating_add(1), number);
        self.bits.fill(0);
        self.marks.fill(number);
        let (_, first) = unpack(*self.run);
        *self.run = pack(0, first);
        *self.start = pack(start, second);
    }

    /// Counts on from elsewhere, after records in a row from there. Where the source counted there before, all since then that did not arrive is missing.
    fn go_on(&mut self, number: u64, second: u32, start: u32) {
        let (left, from) = (*self.newest, *self.other);
        self.begin(number, second, start);
        *self.other = left;
        self.marks.fill(from);
        *self.base = from.saturating_add(1).min(number);
        if number.saturating_sub(*self.base) >= WINDOW {
            self.settle(number.saturating_sub(WINDOW).saturating_add(1));
        }
        // The records before were counted and not kept.
        for back in 0..u64::from(ANEW) {
            let there = number.saturating_sub(back);
            if there >= *self.base
                && let Some(word) = self.bits.get_mut(word_of(there))
            {
                *word |= 1u64.wrapping_shl(there as u32 % 64);
            }
        }
    }

    /// Keeps the newest number of before as that of so many parts of the wait.
    fn mark(&mut self, before: u64, passed: usize) {
        for _ in 0..passed.min(MARKS) {
            self.marks.rotate_right(1);
            if let Some(mark) = self.marks.first_mut() {
                *mark = before;
            }
        }
    }

    /// The longest run of this spell and the one before; begins a new spell where it is time.
    fn longest_run(&mut self, second: u32) -> u32 {
        let (spell, long) = unpack(*self.spell);
        let (newer, older) = unpack(*self.longest);
        let passed = (second / SPELL).saturating_sub(spell);
        if passed > 0 {
            *self.longest = pack(0, if passed == 1 { newer } else { 0 });
            *self.spell = pack(second / SPELL, long);
        }
        let (newer, older) = if passed > 0 { unpack(*self.longest) } else { (newer, older) };
        newer.max(older)
    }

    /// Settles all numbers before `to`; the longest run that ended, and its last number.
    fn settle(&mut self, to: u64) -> Option<(u64, u64)> {
        let (run, first) = unpack(*self.run);
        let (mut arrived, behind) = unpack(*self.arrived);
        let (mut run, mut ended) = (u64::from(run), None);
        let held = to.min(self.base.saturating_add(WINDOW));
        let mut at = *self.base;
        while at < held {
            let offset = at as u32 % 64;
            let left = u64::from(64u32.wrapping_sub(offset)).min(held.wrapping_sub(at));
            let Some(word) = self.bits.get_mut(word_of(at)) else { break };
            let seen = word.wrapping_shr(offset);
            let missing = u64::from(seen.trailing_zeros()).min(left);
            if missing > 0 {
                run = run.saturating_add(missing);
                at = at.saturating_add(missing);
                continue;
            }
            let there = u64::from(seen.trailing_ones()).min(left);
            let ones = if there >= 64 {
                u64::MAX
            } else {
                1u64.wrapping_shl(there as u32).wrapping_sub(1)
            };
            *word &= !ones.wrapping_shl(offset);
            ended = longer(ended, Some((run, at.saturating_sub(1))));
            arrived = arrived.saturating_add(there as u32);
            run = 0;
            at = at.saturating_add(there);
        }
        run = run.saturating_add(to.saturating_sub(at.max(held)));
        *self.base = to.max(*self.base);
        *self.run = pack(u32::try_from(run).unwrap_or(u32::MAX), first);
        *self.arrived = pack(arrived, behind);
        ended
    }
}

/// True if the number may follow the other, or comes out of order with it.
fn is_near(number: u64, other: u64) -> bool {
    number.saturating_add(WINDOW) >= other && number.saturating_sub(other) <= LONGEST_STEP
}

fn word_of(number: u64) -> usize {
    (number / 64) as usize % BITS
}

/// The longer of two runs; one of no length is none.
fn longer(one: Option<(u64, u64)>, other: Option<(u64, u64)>) -> Option<(u64, u64)> {
    let lengths = one.into_iter().chain(other).filter(|(run, _)| *run > 0);
    lengths.max_by_key(|(run, _)| *run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const WAITS: Waits = Waits { arrived: 10, wait: 60 };

    struct Stream {
        words: [u64; NUMBERS],
        newest: u32,
    }

    impl Stream {
        fn new() -> Stream {
            Stream { words: [0; NUMBERS], newest: 0 }
        }

        fn see(&mut self, number: u64, second: u32) -> Option<Gap> {
            let newest = self.newest;
            self.newest = newest.max(second);
            Numbers::of(&mut self.words).unwrap().see(number, second, newest, 1, WAITS)
        }

        /// The runs that ended while these numbers came, a second each.
        fn runs(&mut self, numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
            let from = self.newest;
            let seen = (from.saturating_add(1)..).zip(numbers);
            let seen = seen.filter_map(|(second, number)| self.see(number, second));
            seen.map(|gap| (gap.missing, gap.from())).collect()
        }
    }

    #[test]
    fn a_run_of_missing_numbers_is_given_once_after_the_wait() {
        let mut stream = Stream::new();
        assert_eq!(stream.runs(1000..1100), []);
        assert_eq!(stream.runs(1120..1150), [], "they may still come");
        assert_eq!(stream.runs(1150..1250), [(20, 1100)]);
        assert_eq!(stream.runs(1250..2250), []);
    }

    #[test]
    fn records_that_come_late_or_twice_are_not_missing() {
        let mut stream = Stream::new();
        let shuffled = (0..2016u64).map(|at| 5000 + (at ^ 0b1_1111));
        assert_eq!(stream.runs(shuffled), []);
        let doubled = (7016..8000u64).flat_map(|number| [number, number - 3, number]);
        assert_eq!(stream.runs(doubled), []);
    }

    #[test]
    fn a_source_that_counts_anew_is_followed_and_old_files_are_not() {
        let mut stream = Stream::new();
        assert_eq!(stream.runs(50_000..50_100), []);
        assert_eq!(stream.runs(1..200), [], "a restart");
        let second = stream.newest;
        assert!(
            (0..50u32).all(|at| stream.see(40_000 + u64::from(at), 10).is_none()),
            "an old file"
        );
        stream.newest = second;
        assert_eq!(stream.runs(200..400), []);
        assert_eq!(stream.runs([900_000_000_000]), [], "counts on from elsewhere");
        assert_eq!(stream.runs((0..300).map(|at| 900_000_000_001 + at)), []);
    }

    #[test]
    fn numbers_from_elsewhere_hide_no_run() {
        for forged in [1, 2, 5] {
            let mut stream = Stream::new();
            assert_eq!(stream.runs(50_000..50_200), []);
            assert_eq!(stream.runs((0..forged).map(|at| 900_000_000_000 + at)), []);
            let run = stream.runs(50_260..50_400);
            assert!(matches!(run.as_slice(), [(60..=61, 50_200)]), "{forged} forged: {run:?}");
            assert_eq!(stream.runs(50_400..51_000), []);
        }
        let mut stream = Stream::new();
        stream.runs(50_000..50_200);
        stream.runs((0..5).map(|at| 900_000_000_000 + at));
        let run = stream.runs(60_000..60_900);
        assert!(matches!(run.as_slice(), [(9_800..=9_801, 50_200)]), "{run:?}");
    }

    #[test]
    fn two_sources_of_one_name_are_not_mixed() {
        let mut stream = Stream::new();
        let both = (0..600u64).flat_map(|at| [1000 + at, 800_000_000 + at]);
        assert_eq!(stream.runs(both), []);
    }

    #[test]
    fn a_step_over_the_whole_window_is_a_run() {
        let mut stream = Stream::new();
        stream.runs(0..600);
        assert_eq!(stream.runs(100_000..100_200), [(99_400, 600)]);
    }

    #[test]
    fn a_new_start_knows_nothing_of_what_came_meanwhile() {
        let mut stream = Stream::new();
        stream.runs(0..600);
        let newest = stream.newest;
        let mut numbers = Numbers::of(&mut stream.words).unwrap();
        assert_eq!(numbers.see(5000, newest + 1, newest, 2, WAITS), None);
        for at in 1..400u32 {
            let seen = numbers.see(5000 + u64::from(at), newest + at, newest + at, 2, WAITS);
            assert_eq!(seen, None);
        }
    }

    #[test]
    fn the_longest_run_is_forgotten_after_two_spells() {
        let mut stream = Stream::new();
        stream.runs(0..10);
        let mut numbers = Numbers::of(&mut stream.words).unwrap();
        numbers.learn(40, 20);
        assert_eq!(numbers.longest_run(30), 40);
        assert_eq!(numbers.longest_run(SPELL + 30), 40);
        assert_eq!(numbers.longest_run(2 * SPELL + 30), 0);
    }

    proptest::proptest! {
        #![proptest_config(crate::sketch::laws())]

        /// Whatever comes, each number that is given as missing did not arrive before.
        #[test]
        fn what_is_missing_did_not_arrive(steps in proptest::collection::vec((0u64..700, 0u32..40), 1..400)) {
            let mut stream = Stream::new();
            let (mut seen, mut head, mut second) = (BTreeSet::new(), 10_000u64, 1000u32);
            for (step, passed) in steps {
                // Mostly ahead by one, now and then by more, or behind.
                head = match step {
                    0..600 => head + 1,
                    600..650 => head + step - 600,
                    _ => head - (step - 650).min(30),
                };
                second += passed;
                seen.insert(head);
                if let Some(gap) = stream.see(head, second) {
                    let arrived: Vec<_> = seen.range(gap.from()..=gap.last).collect();
                    proptest::prop_assert!(arrived.is_empty(), "{gap:?}: {arrived:?}");
                    proptest::prop_assert!(gap.missing > 0 && Some(&gap.last) < seen.last());
                }
            }
        }
    }
}
