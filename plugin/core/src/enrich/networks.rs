//! Named networks: finds the smallest of many address ranges that contains an address.

use crate::address::Range;
use std::net::IpAddr;

/// Ranges, sorted by their first address. Two ranges are nested or disjoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Networks {
    ranges: Vec<Named>,
}

#[derive(Clone, Copy, Debug)]
struct Named {
    first: u128,
    last: u128,
    /// The smallest range that contains this one.
    around: u32,
    value: u32,
}

/// No range.
const NONE: u32 = u32::MAX;

impl Networks {
    /// A table of ranges with a value each. Of equal ranges the first counts.
    pub(super) fn new(ranges: impl IntoIterator<Item = (Range, u32)>) -> Networks {
        let named = ranges.into_iter().map(|(range, value)| {
            let (first, last) = range.bounds();
            Named { first, last, around: NONE, value }
        });
        let mut ranges: Vec<Named> = named.collect();
        // Large ranges go before those within them; equal ones by value, which grows with the place in the policy.
        ranges.sort_unstable_by_key(|range| (range.first, !range.last, range.value));
        ranges.dedup_by_key(|named| (named.first, named.last));
        let mut open: Vec<(u32, u128)> = Vec::new();
        for (nth, named) in (0u32..).zip(&mut ranges) {
            while open.last().is_some_and(|(_, last)| *last < named.first) {
                open.pop();
            }
            named.around = open.last().map_or(NONE, |(around, _)| *around);
            open.push((nth, named.last));
        }
        Networks { ranges }
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        self.ranges.len().saturating_mul(size_of::<Named>())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The value of the smallest range that contains the address.
    pub(super) fn find(&self, address: IpAddr) -> Option<u32> {
        let number = crate::address::number(address);
        let mut nth = self.ranges.partition_point(|named| named.first <= number).checked_sub(1)?;
        // A range of 128 bits lies within as many at most.
        for _ in 0..=u128::BITS {
            let named = self.ranges.get(nth)?;
            if number <= named.last {
                return Some(named.value);
            }
            nth = named.around as usize;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_range_counts() {
        let ranges = [
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.0/24",
            "10.1.2.3",
            "192.0.2.0/25",
            "2001:db8::/32",
            "10.1.0.0/16",
            "10.0.0.0/9",
        ];
        let numbered = (0u32..).zip(ranges).map(|(nth, text)| (Range::read(text).unwrap(), nth));
        let networks = Networks::new(numbered);
        for (address, expected) in [
            ("10.200.0.1", Some(0)),
            ("10.1.9.9", Some(1)),
            ("10.1.2.4", Some(2)),
            ("10.1.2.3", Some(3)),
            ("10.2.0.0", Some(7)),
            ("11.0.0.0", None),
            ("9.255.255.255", None),
            ("192.0.2.127", Some(4)),
            ("192.0.2.128", None),
            ("2001:db8::1", Some(5)),
            ("::1", None),
        ] {
            assert_eq!(networks.find(address.parse().unwrap()), expected, "{address}");
        }
        assert_eq!(Networks::default().find("192.0.2.1".parse().unwrap()), None);
    }

    /// Compares with a search of all ranges.
    #[test]
    fn finds_what_looking_at_each_finds() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as u32
        };
        let texts: Vec<String> = (0..300)
            .map(|_| format!("10.0.{}.{}/{}", next() % 4, next() % 256, 8 + next() % 25))
            .collect();
        let ranges: Vec<Range> = texts.iter().map(|text| Range::read(text).unwrap()).collect();
        let networks = Networks::new(ranges.iter().copied().zip(0u32..));
        for _ in 0..2000 {
            let address: IpAddr = format!("10.0.{}.{}", next() % 5, next() % 256).parse().unwrap();
            let holding = ranges.iter().filter(|range| range.has(address));
            let smallest =
                holding.map(|range| range.bounds()).min_by_key(|(first, last)| last - first);
            let found = networks.find(address).map(|nth| ranges[nth as usize].bounds());
            assert_eq!(found, smallest, "{address}");
        }
    }
}
