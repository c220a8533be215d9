//! How often equal records came one after the other, for interfaces that do not number them: equal lines of one second are as many events, the same lines
//! after a pause are those that came before.

use super::part::part_at;
use super::table::Table;
use crate::time::Millis;
use std::num::NonZeroU64;

/// Equal records no further apart are as many events; after a pause they are numbered from the first again.
const PAUSE_S: u32 = 2;
/// Words of a key: how many came.
const ENTRY: usize = 1;
const SECOND: NonZeroU64 = NonZeroU64::MIN.saturating_add(999);

/// Records that came more than once, stamped with the second in which they came last, each with the number of the last.
pub struct Occurrences {
    pub table: Table,
}

impl Occurrences {
    pub fn new(memory: usize) -> Occurrences {
        Occurrences {
            table: Table::new("occurrences", 1, ENTRY, PAUSE_S.saturating_add(1), memory),
        }
    }

    /// The number of this one among its equals, the first of which came at that second; 0 where it is the first once more.
    pub fn number(&mut self, key: u64, first_s: u32, now: Millis) -> u64 {
        let second = second(now);
        let Some(mut entry) = self.table.place(key.max(1), ENTRY, second) else {
            return 0;
        };
        let last_s = if entry.is_new { first_s } else { entry.stamp() };
        entry.set_stamp(second);
        let Some(count) = entry.words.first_mut() else {
            return 0;
        };
        *count = if second.wrapping_sub(last_s) <= PAUSE_S { count.saturating_add(1) } else { 0 };
        *count
    }
}

pub fn second(now: Millis) -> u32 {
    part_at(now, SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_are_numbered_until_a_pause() {
        let mut occurrences = Occurrences::new(0);
        let numbers: Vec<u64> = [0, 0, 900, 2_000, 4_000, 9_000, 9_100, 9_200]
            .map(|now| occurrences.number(7, 0, now))
            .to_vec();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 0, 1, 2]);
        assert_eq!(occurrences.number(8, 0, 9_200), 0, "the first came long before");
        assert_eq!(occurrences.number(9, 9, 9_200), 1);
    }
}
