//! Keys in sets of eight places, so that a lookup has a constant cost. When a set is full, an expired key is evicted, else the one
//! seen least often; but a key seen more than once is evicted only for one that was seen more often. So made-up names, each seen once, push
//! each other out and nobody else: of those that were seen once lately a byte is remembered, so that a name which comes again counts as seen twice even where it
//! was pushed out in between.
//!
//! A set is its keys, then a stamp and 32 bits of its own for each, then how often each was seen, who was seen once lately, the candidates that wait for a place,
//! the words of each.

use super::{Alert, EDITION, Words, pack, place, unpack};
use crate::text::equals;

const WAYS: usize = 8;
/// Words before the first set: how many keys are held, how many made room for others, how often a key found no room.
const HEADER: usize = 3;
/// Words that entries with an alert begin with: its count and its time.
pub const ALERT: usize = 2;
/// Beside an alert's time.
const SUPPRESSED: u64 = 1 << 63;
/// Where an alert keeps how often it was repeated, above its seconds.
const REPEATS: u32 = 56;
const MOST_REPEATS: u8 = 127;
/// How often a held key was seen is counted up to here, a byte each: a busy key that is new outgrows any other.
const MOST_SEEN: u64 = 15;
/// Candidates of a set: a part of the key above its count, two a word.
const CANDIDATES: usize = WAYS / 2;
/// Words that remember those who made room or found none after being seen once: a byte of the key each, the newest in the lowest byte of the first word.
const PASSED: usize = WAYS - CANDIDATES / 2;
/// Words of a set beside keys, stamps and entries.
const ADMISSION: usize = 1 + WAYS;
const CANDIDATE_BITS: u32 = 8;
/// Raised when sets are laid out in another way.
const LAYOUT: u64 = 1 << 52;

/// A table of keys with entries of so many words each. Who asks for an entry says how long those of the table are: what is known when this is
/// compiled needs no check.
pub struct Table {
    pub words: Words,
    sets: u64,
    /// Age, in the user's own unit, at which an entry can be evicted for any new key.
    keeps: u32,
}

/// A key's entry.
pub struct Entry<'a> {
    /// When the key was seen last, in the user's own unit, and 32 bits beside it.
    stamp: &'a mut u64,
    pub words: &'a mut [u64],
    /// It was not held before.
    pub is_new: bool,
}

/// The places that a key may be at: their keys and stamps, how often each was seen, the candidates, and the words of each.
struct Set<'a> {
    heads: &'a mut [[u64; WAYS]; 2],
    admission: &'a mut [u64; ADMISSION],
    entries: &'a mut [u64],
}

impl Table {
    /// Within `memory` bytes and the header's few more, at least one set.
    pub fn new(id: &'static str, shape: u64, entry: usize, keeps: u32, memory: usize) -> Table {
        let set = Table::set_len(entry);
        let sets = memory
            .checked_div(set.saturating_mul(8))
            .unwrap_or_default()
            .clamp(1, u32::MAX as usize);
        let words = Words::new(
            id,
            EDITION | LAYOUT | shape,
            sets.saturating_mul(set).saturating_add(HEADER),
        )
        .fitted_by(take_over, entry);
        Table { words, sets: sets as u64, keeps }
    }

    /// Words of an entry.
    fn entry_len(&self) -> usize {
        let set = (self.words.words.len().saturating_sub(HEADER) as u64).checked_div(self.sets);
        (set.unwrap_or_default() as usize)
            .saturating_sub(ADMISSION)
            .checked_div(WAYS)
            .unwrap_or_default()
            .saturating_sub(2)
    }

    /// The keys that are held, set by set.
    pub fn entries(&self) -> impl Iterator<Item = Held<'_>> {
        let entry = self.entry_len();
        let sets = self.words.words.get(HEADER..).unwrap_or_default();
        sets.chunks_exact(Table::set_len(entry).max(1)).flat_map(move |set| held(set, entry))
    }

    /// The places of the words that are kept for a key.
    pub fn words_of(&self, key: u64) -> Vec<usize> {
        let entry = self.entry_len();
        let set = place(key.wrapping_shr(32), self.sets);
        let from = set.saturating_mul(Table::set_len(entry)).saturating_add(HEADER);
        let keys = self.words.words.get(from..).and_then(|set| set.first_chunk::<WAYS>());
        let Some(way) = keys.and_then(|keys| keys.iter().position(|held| *held == key)) else {
            return Vec::new();
        };
        let (key, stamp) =
            (from.saturating_add(way), from.saturating_add(WAYS).saturating_add(way));
        let entries = from.saturating_add(2 * WAYS + ADMISSION);
        let first = entries.saturating_add(way.saturating_mul(entry));
        [key, stamp].into_iter().chain(first..first.saturating_add(entry)).collect()
    }

    /// Takes over the keys of another table of the same size; `join` makes one entry of two of the same key. Of a set that would overflow, the keys seen
    /// most often stay. Either order of two tables gives the same one.
    pub fn merge(&mut self, other: &Table, join: impl Fn(&[u64], &[u64]) -> Vec<u64>) {
        let (entry, len) = (self.entry_len(), self.words.words.len());
        if other.words.words.len() != len || other.sets != self.sets {
            return;
        }
        let count = |index: usize| self.words.get(index).saturating_add(other.words.get(index));
        let (mut all, mut evicted) = (0u64, count(1));
        let refused = count(2);
        let mut merged = vec![0, 0, 0];
        let set_len = Table::set_len(entry).max(1);
        let own = self.words.words.clone();
        let sets = own.get(HEADER..).unwrap_or_default().chunks_exact(set_len);
        let more = other.words.words.get(HEADER..).unwrap_or_default().chunks_exact(set_len);
        for (one, two) in sets.zip(more) {
            let mut keys: Vec<Joined> = held(one, entry).map(Joined::of).collect();
            for more in held(two, entry) {
                match keys.iter_mut().find(|joined| joined.key == more.key) {
                    Some(joined) => {
                        joined.words = join(&joined.words, more.words);
                        joined.stamp = joined.stamp.max(more.stamp);
                        joined.seen = joined.seen.saturating_add(more.seen).min(MOST_SEEN);
                    }
                    None => keys.push(Joined::of(more)),
                }
            }
            keys.sort_by_key(|joined| (std::cmp::Reverse((joined.seen, joined.stamp)), joined.key));
            evicted = evicted.saturating_add(keys.len().saturating_sub(WAYS) as u64);
            keys.truncate(WAYS);
            all = all.saturating_add(keys.len() as u64);
            put_set(&keys, entry, &mut merged);
        }
        if merged.len() == len {
            self.words.words = merged;
            [all, evicted, refused]
                .into_iter()
                .enumerate()
                .for_each(|(at, n)| self.words.set(at, n));
        }
    }

    const fn set_len(entry: usize) -> usize {
        entry.saturating_add(2).saturating_mul(WAYS).saturating_add(ADMISSION)
    }

    /// How many keys there is room for.
    pub fn capacity(&self) -> u64 {
        self.sets.saturating_mul(WAYS as u64)
    }

    pub fn held(&self) -> u64 {
        self.words.get(0).min(self.capacity())
    }

    pub fn evictions(&self) -> u64 {
        self.words.get(1)
    }

    /// How often a key found no room.
    pub fn refusals(&self) -> u64 {
        self.words.get(2)
    }

    /// The key's entry, of so many words, if it is held.
    #[inline(always)]
    pub fn find(&mut self, key: u64, entry: usize) -> Option<Entry<'_>> {
        let (_, set) = self.set_of(key, entry)?;
        let way = set.way_of(key)?;
        set.entry(way, entry)
    }

    /// The same, seen once more at `stamp`; where the key is new and there is room for it, its entry is empty. Its user stamps it.
    #[inline(always)]
    pub fn place(&mut self, key: u64, entry: usize, stamp: u32) -> Option<Entry<'_>> {
        let keeps = self.keeps;
        let (counters, mut set) = self.set_of(key, entry)?;
        if let Some(way) = set.way_of(key) {
            set.see(way);
            return set.entry(way, entry);
        }
        let way = set.take(key, stamp, keeps, counters)?;
        let entry = set.entry(way, entry)?;
        entry.words.fill(0);
        Some(Entry { is_new: true, ..entry })
    }

    #[inline(always)]
    fn set_of(&mut self, key: u64, entry: usize) -> Option<(&mut [u64; HEADER], Set<'_>)> {
        let len = entry.wrapping_add(2).wrapping_mul(WAYS).wrapping_add(ADMISSION);
        // The upper half of the key as a share of all sets.
        let at = place(key.wrapping_shr(32), self.sets).wrapping_mul(len);
        let (counters, sets) = self.words.words.split_first_chunk_mut()?;
        let (heads, rest) = sets.get_mut(at..)?.get_mut(..len)?.split_at_mut_checked(WAYS * 2)?;
        let (admission, entries) = rest.split_first_chunk_mut()?;
        let (heads, _) = heads.as_chunks_mut::<WAYS>();
        Some((counters, Set { heads: heads.first_chunk_mut()?, admission, entries }))
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

    #[inline(always)]
    fn see(&mut self, way: usize) {
        let [seen, ..] = self.admission;
        let shift = (way as u32).wrapping_mul(8);
        if seen.wrapping_shr(shift) & 0xff < MOST_SEEN {
            *seen = seen.wrapping_add(1u64.wrapping_shl(shift));
        }
    }

    /// A place for the key, where one is free or may be taken.
    #[inline(never)]
    fn take(
        &mut self,
        key: u64,
        stamp: u32,
        keeps: u32,
        [held, evicted, refused]: &mut [u64; HEADER],
    ) -> Option<usize> {
        let [keys, stamps] = &mut *self.heads;
        let [seen, rest @ ..] = &mut *self.admission;
        let (passed, candidates) = rest.split_first_chunk_mut::<PASSED>()?;
        let mut times = 1;
        let way = match first_free(keys) {
            Some(way) => {
                *held = held.saturating_add(1);
                way
            }
            None => {
                let (way, worth) = least_worth(stamps, *seen, stamp, keeps);
                times = if has_passed(passed, key) { 2 } else { 1 };
                if worth > 1 {
                    times = sight(candidates, key, times, worth);
                    if times <= worth {
                        if times == 1 {
                            pass(passed, key);
                        }
                        *refused = refused.saturating_add(1);
                        return None;
                    }
                } else if worth == 1 {
                    pass(passed, keys.get(way).copied().unwrap_or_default());
                }
                *evicted = evicted.saturating_add(1);
                way
            }
        };
        let shift = (way as u32).wrapping_mul(8);
        *seen = *seen & !0xffu64.wrapping_shl(shift) | times.min(MOST_SEEN).wrapping_shl(shift);
        if let (Some(place), Some(stamp)) = (keys.get_mut(way), stamps.get_mut(way)) {
            (*place, *stamp) = (key, 0);
        }
        Some(way)
    }
}

/// A key with what is kept for it.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    pub key: u64,
    stamp: u64,
    seen: u64,
    pub words: &'a [u64],
}

/// The keys of a set's words.
fn held(set: &[u64], entry: usize) -> impl Iterator<Item = Held<'_>> {
    let word = move |index: usize| set.get(index).copied().unwrap_or_default();
    (0..WAYS).filter(move |way| word(*way) != 0).map(move |way| {
        let from = (2 * WAYS + ADMISSION).saturating_add(way.saturating_mul(entry));
        Held {
            key: word(way),
            stamp: word(WAYS.saturating_add(way)),
            seen: word(2 * WAYS).wrapping_shr((way as u32).wrapping_mul(8)) & 0xff,
            words: set.get(from..from.saturating_add(entry)).unwrap_or_default(),
        }
    })
}

/// A key of a merged table.
struct Joined {
    key: u64,
    stamp: u64,
    seen: u64,
    words: Vec<u64>,
}

impl Joined {
    fn of(held: Held<'_>) -> Joined {
        Joined { key: held.key, stamp: held.stamp, seen: held.seen, words: held.words.to_vec() }
    }
}

/// Appends a set of these keys, without candidates.
fn put_set(keys: &[Joined], entry: usize, out: &mut Vec<u64>) {
    let padded = |of: fn(&Joined) -> u64| {
        (0..WAYS).map(move |way| keys.get(way).map_or(0, of)).collect::<Vec<u64>>()
    };
    out.extend(padded(|joined| joined.key));
    out.extend(padded(|joined| joined.stamp));
    let seen = keys.iter().enumerate().fold(0u64, |word, (way, joined)| {
        word | joined.seen.wrapping_shl((way as u32).wrapping_mul(8))
    });
    out.push(seen);
    out.extend([0; ADMISSION - 1]);
    let end = out.len().saturating_add(entry.saturating_mul(WAYS));
    keys.iter().for_each(|joined| out.extend(&joined.words));
    out.resize(end, 0);
}

/// Moves the keys of a table of another length to their sets here. Of a set that would overflow, those seen most often stay. False if the words are
/// those of no table with such entries.
fn take_over(own: &mut [u64], old: &[u64], entry: usize) -> bool {
    let set_len = Table::set_len(entry).max(1);
    let (Some((old_header, old)), Some((header, sets))) =
        (old.split_first_chunk::<HEADER>(), own.split_first_chunk_mut::<HEADER>())
    else {
        return false;
    };
    if !old.len().is_multiple_of(set_len) {
        return false;
    }
    let count = sets.len().checked_div(set_len).unwrap_or_default() as u64;
    let set_of = |key: u64| place(key.wrapping_shr(32), count);
    let mut keys: Vec<Held<'_>> =
        old.chunks_exact(set_len).flat_map(|set| held(set, entry)).collect();
    let order = |held: &Held<'_>| (set_of(held.key), std::cmp::Reverse((held.seen, held.stamp)));
    keys.sort_by_key(|held| (order(held), held.key));
    let [all, evicted, refused] = header;
    let [_, old_evicted, old_refused] = old_header;
    (*all, *evicted, *refused) = (0, *old_evicted, *old_refused);
    let mut words = Vec::new();
    for keys in keys.chunk_by(|one, two| set_of(one.key) == set_of(two.key)) {
        let Some(place) = keys
            .first()
            .and_then(|held| sets.get_mut(set_of(held.key).saturating_mul(set_len)..))
            .and_then(|sets| sets.get_mut(..set_len))
        else {
            continue;
        };
        let kept: Vec<Joined> = keys.iter().take(WAYS).copied().map(Joined::of).collect();
        *all = all.saturating_add(kept.len() as u64);
        *evicted = evicted.saturating_add(keys.len().saturating_sub(kept.len()) as u64);
        words.clear();
        put_set(&kept, entry, &mut words);
        place.iter_mut().zip(&words).for_each(|(place, word)| *place = *word);
    }
    true
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

/// Key that is evicted first, and how often it was seen: 0 if it is expired. Of equal keys, the least recently used.
fn least_worth(stamps: &[u64; WAYS], seen: u64, now: u32, keeps: u32) -> (usize, u64) {
    let mut least = (0, u64::MAX, i32::MIN);
    for (way, (stamp, seen)) in stamps.iter().zip(seen.to_le_bytes()).enumerate() {
        let silent = now.wrapping_sub(unpack(*stamp).0) as i32;
        let worth = if silent > 0 && silent.unsigned_abs() >= keeps { 0 } else { u64::from(seen) };
        if worth < least.1 || worth == least.1 && silent > least.2 {
            least = (way, worth, silent);
        }
    }
    (least.0, least.1)
}

/// The byte that is remembered of a key, of bits by which neither its set nor its place among candidates is chosen.
fn trace(key: u64) -> u8 {
    (key.wrapping_shr(24) as u8).max(1)
}

/// True if the key was seen lately and has no place, or another that leaves the same byte.
fn has_passed(passed: &[u64; PASSED], key: u64) -> bool {
    let trace = trace(key);
    passed.iter().any(|word| equals(*word, trace) != 0)
}

/// Remembers that the key was seen, in place of the one remembered longest.
fn pass(passed: &mut [u64; PASSED], key: u64) {
    let mut carried = u64::from(trace(key));
    for word in passed {
        let last = word.wrapping_shr(56);
        *word = word.wrapping_shl(8) | carried;
        carried = last;
    }
}

/// How often the key was seen while it found no room, `first` times by now where it does not wait yet. Where another waits in its place, that one is seen once
/// less.
fn sight(candidates: &mut [u64], key: u64, first: u64, worth: u64) -> u64 {
    let place = key as usize % CANDIDATES;
    let shift = (place as u32 % 2).wrapping_mul(32);
    let Some(word) = candidates.get_mut(place / 2) else {
        return 1;
    };
    let print = (key & 0xffff_ffff).wrapping_shr(CANDIDATE_BITS);
    let waiting = word.wrapping_shr(shift) & 0xffff_ffff;
    let (held, times) = (waiting.wrapping_shr(CANDIDATE_BITS), waiting & 0xff);
    let (print, times) = match times {
        0 | 1 if held != print => (print, first),
        times if held != print => (held, times.wrapping_sub(1)),
        times => (print, times.saturating_add(1).min(0xff)),
    };
    let is_own = print == (key & 0xffff_ffff).wrapping_shr(CANDIDATE_BITS);
    // Who gets a place waits no more.
    let left = if is_own && times > worth { 0 } else { print.wrapping_shl(CANDIDATE_BITS) | times };
    *word = *word & !0xffff_ffffu64.wrapping_shl(shift) | left.wrapping_shl(shift);
    if is_own { times } else { first }
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

    /// State of the last alert, of entries that begin with it.
    pub fn alert(&self) -> Alert {
        let [count, at_s] = self.words.first_chunk::<ALERT>().copied().unwrap_or_default();
        let seconds = 1u64.wrapping_shl(REPEATS).wrapping_sub(1);
        Alert {
            at_s: at_s & seconds,
            count,
            repeats: at_s.wrapping_shr(REPEATS) as u8 & MOST_REPEATS,
            is_suppressed: at_s & SUPPRESSED != 0,
        }
    }

    pub fn set_alert(&mut self, alert: Alert) {
        if let Some(words) = self.words.first_chunk_mut::<ALERT>() {
            let repeats = u64::from(alert.repeats.min(MOST_REPEATS)).wrapping_shl(REPEATS);
            let suppressed = if alert.is_suppressed { SUPPRESSED } else { 0 };
            *words = [alert.count, alert.at_s | repeats | suppressed];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::HashKey;

    /// Table with a unit of a minute: an entry that is silent for ten minutes can be evicted.
    fn table(memory: usize) -> Table {
        Table::new("test", 1, 2, 10, memory)
    }

    fn see(table: &mut Table, key: u64, stamp: u32) -> bool {
        table.place(key, 2, stamp).map(|mut entry| entry.set_stamp(stamp)).is_some()
    }

    fn key(n: u64) -> u64 {
        HashKey(1, 2).hash(&n.to_le_bytes())
    }

    #[test]
    fn a_full_set_gives_up_the_one_longest_silent_of_those_seen_once() {
        let mut table = table(0);
        assert_eq!(table.capacity(), WAYS as u64);
        for key in 1..=8u64 {
            let mut entry = table.place(key, 2, key as u32).unwrap();
            assert!(entry.is_new);
            entry.set_stamp(key as u32);
        }
        let mut first = table.place(1, 2, 9).unwrap();
        assert!(!first.is_new);
        first.set_stamp(9);
        first.words[1] = 7;
        let new = table.place(99, 2, 9).unwrap();
        assert_eq!(
            (new.is_new, new.stamp(), &*new.words),
            (true, 0, &[0, 0][..]),
            "nothing of the old one is left"
        );
        new.words[1] = 8;
        assert_eq!((table.held(), table.evictions()), (8, 1));
        assert!(table.find(2, 2).is_none(), "longest silent: gone");
        assert_eq!(table.find(99, 2).unwrap().words[1], 8);
        assert_eq!(table.find(1, 2).unwrap().words[1], 7, "recently seen: kept");
    }

    #[test]
    fn who_was_seen_more_often_makes_no_room_but_for_the_busier() {
        let mut table = table(0);
        for key in 1..=8u64 {
            (0..3).for_each(|_| assert!(see(&mut table, key, 5)));
        }
        for made_up in 100..1000 {
            assert!(!see(&mut table, key(made_up), 6), "seen once");
        }
        assert_eq!((table.refusals(), table.evictions()), (900, 0));
        let admitted = (1..).find(|_| see(&mut table, key(77), 7));
        assert!(
            matches!(admitted, Some(4 | 5)),
            "{admitted:?}: more often than any that is held, beside one that waited in its place"
        );
        assert!((0..9).all(|_| see(&mut table, key(77), 7)), "it stays");
    }

    #[test]
    fn whose_time_is_over_makes_room_for_any() {
        let mut table = table(0);
        for key in 1..=8u64 {
            (0..9).for_each(|_| assert!(see(&mut table, key, 5)));
        }
        assert!(!see(&mut table, key(101), 4), "older than all, it counts as one seen once");
        assert!(!see(&mut table, key(100), 14) && see(&mut table, key(100), 15));
        let mut wrapping = self::table(0);
        for key in 1..=8u64 {
            (0..9).for_each(|_| assert!(see(&mut wrapping, key, u32::MAX - 2)));
        }
        assert!(
            !see(&mut wrapping, key(100), 1) && see(&mut wrapping, key(100), 8),
            "stamps begin anew"
        );
    }

    /// Names that are made up, each once, and each three times; who was active before, and since.
    #[test]
    fn made_up_names_push_out_nobody_who_is_active() {
        for times in [1, 3] {
            let mut table = table(80 << 10);
            let active: Vec<u64> = (0..table.capacity() / 2).map(key).collect();
            for _ in 0..5 {
                for &key in &active {
                    see(&mut table, key, 1);
                }
            }
            let is_held = |table: &mut Table| {
                active.iter().filter(|&&key| table.find(key, 2).is_some()).count()
            };
            let before = is_held(&mut table);
            assert!(before * 100 >= active.len() * 98, "{before} of {}", active.len());
            for name in 0..200_000u64 {
                for _ in 0..times {
                    see(&mut table, key(1_000_000 + name), 2 + (name / 50_000) as u32);
                }
            }
            assert!(
                is_held(&mut table) * 100 >= before * 98,
                "{times}: {} of {before}",
                is_held(&mut table)
            );
        }
    }

    /// Names that are tried again and again among many that are made up, each once.
    #[test]
    fn who_comes_again_is_kept_however_many_names_are_made_up() {
        let mut table = table(40 << 10);
        let names: Vec<u64> = (0..20).map(key).collect();
        let made_up = table.capacity() * 2;
        let mut fresh = 1_000_000;
        for round in 0..6 {
            for &name in &names {
                see(&mut table, name, round);
            }
            for _ in 0..made_up {
                fresh += 1;
                see(&mut table, key(fresh), round);
            }
        }
        let kept = names.iter().filter(|&&name| table.find(name, 2).is_some()).count();
        assert!(kept >= 19, "{kept} of 20");
    }

    #[test]
    fn merging_is_a_union_in_either_order() {
        let sum = |one: &[u64], two: &[u64]| one.iter().zip(two).map(|(a, b)| a + b).collect();
        let of = |names: std::ops::Range<u64>| {
            let mut table = table(8 << 10);
            for name in names {
                let mut entry = table.place(key(name), 2, name as u32).unwrap();
                entry.set_stamp(name as u32);
                entry.words[1] = name;
            }
            table
        };
        let (mut one, mut two) = (of(0..30), of(20..50));
        let (kept, more) = (of(0..30), of(20..50));
        one.merge(&more, sum);
        two.merge(&kept, sum);
        assert_eq!(one.words.words, two.words.words);
        assert_eq!((one.held(), one.entries().count()), (50, 50));
        for name in 0..50 {
            let times = if (20..30).contains(&name) { 2 } else { 1 };
            let entry = one.find(key(name), 2).unwrap();
            assert_eq!((entry.words[1], entry.stamp()), (name * times, name as u32));
        }
        assert!(one.place(key(77), 2, 60).unwrap().is_new, "it takes more");
        let words = one.words_of(key(7));
        assert_eq!((words.len(), one.words.get(words[0])), (4, key(7)));
        words.into_iter().for_each(|word| one.words.set(word, 0));
        assert!(one.find(key(7), 2).is_none() && one.find(key(8), 2).is_some());
    }

    #[test]
    fn of_a_merged_set_that_overflows_those_seen_most_often_stay() {
        let keep = |one: &[u64], _: &[u64]| one.to_vec();
        let (mut one, mut two) = (table(0), table(0));
        (1..=8u64).for_each(|key| assert!(see(&mut one, key, 1)));
        for key in 11..=18u64 {
            (0..3).for_each(|_| assert!(see(&mut two, key, 1)));
        }
        one.merge(&two, keep);
        assert_eq!((one.held(), one.evictions()), (8, 8));
        assert!((11..=18).all(|key| one.find(key, 2).is_some()));
    }

    #[test]
    fn stamps_and_what_stands_beside_them_are_apart() {
        let mut table = Table::new("test", 1, ALERT, 10, 0);
        let mut entry = table.place(7, 2, 0).unwrap();
        entry.set_own(u32::MAX);
        entry.set_stamp(5);
        for is_suppressed in [false, true] {
            let alert = Alert { at_s: 3, count: 4, repeats: 5, is_suppressed };
            table.find(7, 2).unwrap().set_alert(alert);
            let entry = table.find(7, 2).unwrap();
            assert_eq!((entry.stamp(), entry.own(), entry.alert()), (5, u32::MAX, alert));
        }
    }

    #[test]
    fn it_stays_within_its_memory() {
        for memory in [0, 1000, 4096, 65_536, 100_000] {
            let table = Table::new("test", 1, 18, 10, memory);
            assert!(
                table.words.memory() <= memory.max(Table::set_len(18) * 8) + HEADER * 8,
                "{memory}"
            );
        }
    }
}
