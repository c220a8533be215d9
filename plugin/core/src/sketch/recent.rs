//! The events judged last, by hash, so that one that comes again teaches nothing twice.
//!
//! Sets of seven hashes and a cursor: the newest takes the place of the oldest of its set.

use super::{EDITION, Words};

const SET: usize = 8;
const WAYS: usize = SET - 1;

/// Whether an event was judged before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    New,
    /// It was, and nothing was found.
    Quiet,
    /// It was, and there are findings to repeat.
    WithFindings,
}

pub struct Recent {
    pub words: Words,
    sets: usize,
}

impl Recent {
    /// Remembers about 7/64 of `memory` bytes in events.
    pub fn new(memory: usize) -> Recent {
        let sets = (memory / (SET * 8)).max(1);
        let sets = if sets.is_power_of_two() { sets } else { sets.next_power_of_two() / 2 };
        Recent { words: Words::new("recent", EDITION | SET as u64, sets.saturating_mul(SET)), sets }
    }

    #[inline]
    fn set_of(&self, hash: u64) -> usize {
        (hash.wrapping_shr(1) as usize & self.sets.wrapping_sub(1)).wrapping_mul(SET)
    }

    /// The lowest bit of a hash says whether there were findings.
    pub fn look(&self, hash: u64) -> Seen {
        let from = self.set_of(hash).wrapping_add(1);
        let set = self.words.words.get(from..from.wrapping_add(WAYS)).unwrap_or_default();
        match set.iter().find(|held| **held | 1 == hash | 1) {
            None => Seen::New,
            Some(held) if held & 1 == 0 => Seen::Quiet,
            Some(_) => Seen::WithFindings,
        }
    }

    pub fn add(&mut self, hash: u64, with_findings: bool) {
        let set = self.set_of(hash);
        let cursor = self.words.get(set).checked_rem(WAYS as u64).unwrap_or_default();
        self.words.set(set.wrapping_add(1).wrapping_add(cursor as usize), (hash & !1) | u64::from(with_findings));
        self.words.set(set, cursor.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_newest_of_each_set() {
        let mut recent = Recent::new(0);
        for hash in (2..=16).step_by(2) {
            assert_eq!(recent.look(hash), Seen::New);
            recent.add(hash, hash == 16);
        }
        assert_eq!(recent.look(2), Seen::New, "the oldest made room");
        assert_eq!(recent.look(4), Seen::Quiet);
        assert_eq!(recent.look(16), Seen::WithFindings);
    }
}
