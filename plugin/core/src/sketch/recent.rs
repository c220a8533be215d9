//! Hashes of the latest events, so that a redelivered event is not counted twice.
//!
//! Sets of seven hashes and a count of all that were put there: the newest takes the place of the oldest. Each event has two sets and goes to the one that
//! took fewer, so that all fill evenly: of the newest, as many as half the room, none is lost but by rare chance.

use super::{EDITION, Words, place};

const SET: usize = 8;
const WAYS: usize = SET - 1;
/// Raised when hashes are put in other places.
const SHAPE: u64 = EDITION | 1 << 8 | SET as u64;
/// The lowest bits of a hash make room: whether there were findings, then the second it came at, as far as they tell.
const WITH_FINDINGS: u64 = 1;
const SECOND_BITS: u32 = 12;
const HASH: u64 = !0 << (SECOND_BITS + 1);

/// An event that was evaluated before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// There are findings to repeat.
    pub with_findings: bool,
    second: u32,
}

impl Seen {
    /// The second it came at, of those before now that it may have been the last.
    pub fn second(self, now_s: u32) -> u32 {
        now_s.wrapping_sub(now_s.wrapping_sub(self.second) & ((1 << SECOND_BITS) - 1))
    }
}

pub struct Recent {
    pub words: Words,
    sets: usize,
}

impl Recent {
    /// A word of eight bytes for each event, and one forevery seven.
    pub fn new(memory: usize) -> Recent {
        let sets = (memory / (SET * 8)).max(1);
        let words = Words::new("recent", SHAPE, sets.saturating_mul(SET));
        Recent { words: words.fitted_by(take_over, 1), sets }
    }

    /// Where the event's two sets begin.
    #[inline(always)]
    fn sets_of(&self, hash: u64) -> [usize; 2] {
        // A half of the hash as a share of all sets.
        let set = |half: u64| place(half, self.sets as u64).wrapping_mul(SET);
        [set(hash & 0xffff_ffff), set(hash.wrapping_shr(32))]
    }

    #[inline(always)]
    fn set(&self, from: usize) -> &[u64; SET] {
        self.words.words.get(from..).and_then(|words| words.first_chunk()).unwrap_or(&[0; SET])
    }

    pub fn look(&self, hash: u64) -> Option<Seen> {
        let held = self.sets_of(hash).into_iter().find_map(|from| {
            let [_, held @ ..] = self.set(from);
            held.iter().find(|held| (**held ^ hash) & HASH == 0 && **held != 0)
        })?;
        Some(Seen {
            with_findings: held & WITH_FINDINGS != 0,
            second: (held & !HASH).wrapping_shr(1) as u32,
        })
    }

    pub fn add(&mut self, hash: u64, with_findings: bool, second: u32) {
        let [one, two] = self.sets_of(hash);
        let ([taken_by_one, ..], [taken_by_two, ..]) = (self.set(one), self.set(two));
        let set = if taken_by_two < taken_by_one { two } else { one };
        let taken = self.words.get(set);
        let way = taken.checked_rem(WAYS as u64).unwrap_or_default() as usize;
        let second = u64::from(second).wrapping_shl(1) & !HASH;
        self.words.set(
            set.wrapping_add(1).wrapping_add(way),
            hash & HASH | second | u64::from(with_findings),
        );
        self.words.set(set, taken.wrapping_add(1));
    }
}

/// Puts the hashes of a ring of another length into one of their sets here, the oldest of each set first. What a hash no longer tells of its first
/// set is not needed: it is looked for in both.
fn take_over(own: &mut [u64], old: &[u64], _: usize) -> bool {
    let sets = (own.len() / SET) as u64;
    for set in old.as_chunks::<SET>().0 {
        let [taken, held @ ..] = set;
        for age in 0..WAYS as u64 {
            let way = taken.wrapping_add(age).checked_rem(WAYS as u64).unwrap_or_default();
            let Some(&hash) = held.get(way as usize).filter(|hash| **hash != 0) else {
                continue;
            };
            let at = place(hash.wrapping_shr(32), sets).wrapping_mul(SET);
            let Some([taken, places @ ..]) =
                own.get_mut(at..).and_then(|words| words.first_chunk_mut::<SET>())
            else {
                return false;
            };
            let way = taken.checked_rem(WAYS as u64).unwrap_or_default();
            if let Some(place) = places.get_mut(way as usize) {
                (*place, *taken) = (hash, taken.wrapping_add(1));
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_newest_of_each_set() {
        let mut recent = Recent::new(0);
        let hash = |n: u64| n << 40;
        for n in 1..=8 {
            assert_eq!(recent.look(hash(n)), None);
            recent.add(hash(n), n == 8, 5000 + n as u32);
        }
        assert_eq!(recent.look(hash(1)), None, "the oldest made room");
        let seen = |n| {
            recent
                .look(hash(n))
                .map(|seen| (seen.with_findings, seen.second(5010), seen.second(5010 + 4096)))
        };
        assert_eq!((seen(2), seen(8)), (Some((false, 5002, 9098)), Some((true, 5008, 9104))));
    }

    #[test]
    fn the_newest_half_is_held() {
        let mut recent = Recent::new(384 << 10);
        let hash = |n: u64| {
            (n + 1)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(31)
                .wrapping_mul(0xbf58_476d_1ce4_e5b9)
        };
        let most = (recent.sets * WAYS / 2) as u64;
        assert_eq!(most, 21_504);
        for n in 0..most * 6 {
            recent.add(hash(n), false, 0);
            if n % most == most - 1 {
                let lost = (n + 1 - most..=n).filter(|n| recent.look(hash(*n)).is_none()).count();
                assert!(lost <= most as usize / 1000, "{lost} of the newest {most}");
            }
        }
    }

    /// Events that were evaluated stay known with what is known of them; in a smaller ring, about as many as it has room for.
    #[test]
    fn under_another_size_events_stay_known() {
        let hash = |n: u64| {
            crate::sketch::HashKey(5, 6).hash(&n.to_le_bytes()) & HASH | 1 << (SECOND_BITS + 1)
        };
        let mut old = Recent::new(64 << 10);
        let most = (old.sets * WAYS / 2) as u64;
        (0..most).for_each(|n| old.add(hash(n), n % 3 == 0, n as u32));
        let known = |recent: &Recent| (0..most).filter(|n| recent.look(hash(*n)).is_some()).count();
        // Each goes to the one of its two sets that its hash still tells: a few sets are full.
        for (memory, least) in [(128 << 10, known(&old) * 99 / 100), (16 << 10, known(&old) / 3)] {
            let mut new = Recent::new(memory);
            assert!(new.words.take_over(&old.words.words));
            assert!(known(&new) >= least, "{} of {least} in {memory}", known(&new));
            for n in (0..most).filter(|n| new.look(hash(*n)).is_some()) {
                assert_eq!(new.look(hash(n)), old.look(hash(n)), "{n}");
            }
            new.add(hash(most), true, 9);
            assert!(new.look(hash(most)).is_some_and(|seen| seen.with_findings));
        }
    }
}
