//! Numbers that distinguish equal records, the same when they are redelivered.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// A record with what tells it from its equals.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub nonce: u64,
    pub bytes: &'a [u8],
}

/// Numbers the equal ones among the records of a batch: equal lines count each, and the same batch again has the same numbers.
pub fn numbered<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Record<'a>> {
    // Seeded anew for each batch: nobody can choose lines that collide.
    let mut seen: HashMap<&[u8], u64, foldhash::quality::RandomState> =
        HashMap::with_capacity_and_hasher(lines.size_hint().0, Default::default());
    let number = |bytes: &'a [u8]| {
        let count = seen.entry(bytes).or_default();
        let nonce = *count;
        *count += 1;
        Record { nonce, bytes }
    };
    lines.map(number).collect()
}

/// As above, for a stream, which has no batches: equal lines are numbered for as long as they repeat within this number of lines.
pub struct Numbering {
    hasher: RandomState,
    /// How often each was seen, and when last.
    seen: HashMap<u64, (u64, u64)>,
    order: VecDeque<u64>,
    count: u64,
}

/// As many as the engine remembers under the default budget.
const WINDOW: usize = 21_000;

impl Numbering {
    /// From nothing.
    pub fn new() -> Numbering {
        Numbering {
            hasher: RandomState::new(),
            seen: HashMap::new(),
            order: VecDeque::new(),
            count: 0,
        }
    }

    /// How many equal lines came before it.
    pub fn next(&mut self, line: &[u8]) -> u64 {
        let hash = self.hasher.hash_one(line);
        let held = self.seen.entry(hash).or_insert((0, 0));
        let nonce = held.0;
        *held = (nonce + 1, self.count);
        self.order.push_back(hash);
        if self.order.len() > WINDOW {
            let oldest = self.count - WINDOW as u64;
            let gone = self.order.pop_front();
            gone.filter(|hash| self.seen.get(hash).is_some_and(|(_, last)| *last == oldest))
                .map(|hash| self.seen.remove(&hash));
        }
        self.count += 1;
        nonce
    }
}

impl Default for Numbering {
    fn default() -> Numbering {
        Numbering::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_are_numbered() {
        let lines = ["a", "b", "a", "a", "b"];
        let nonces: Vec<u64> = numbered(lines.iter().map(|line| line.as_bytes()))
            .iter()
            .map(|record| record.nonce)
            .collect();
        assert_eq!(nonces, [0, 0, 1, 2, 1]);
    }

    #[test]
    fn a_stream_forgets_lines_that_stay_away() {
        let mut numbering = Numbering::new();
        assert_eq!(["a", "b", "a"].map(|line| numbering.next(line.as_bytes())), [0, 0, 1]);
        for number in 1..WINDOW {
            numbering.next(number.to_string().as_bytes());
        }
        assert_eq!(numbering.next(b"a"), 2);
        for number in 0..WINDOW {
            numbering.next(number.to_string().as_bytes());
        }
        assert_eq!(numbering.next(b"a"), 0);
        assert!(numbering.seen.len() <= WINDOW + 1 && numbering.order.len() <= WINDOW);
    }
}
