//! The compact table of countries and autonomous systems that `auditward geo` writes: sorted beginnings of ranges, searched in place.
//!
//! All numbers are little-endian. The header is `MAGIC`, the checksum of all bytes after it, the number of country codes, then the number of ranges in each of four lists: countries of IPv4 and
//! of IPv6, systems of IPv4 and of IPv6. Behind it are the codes, two letters each, and the lists: first the beginnings of all ranges (the address, or the
//! upper 64 bits of an IPv6 address), then their values (a country's number, from 1, in one byte; a system's in four). Value 0 means unknown.

use super::files::checksum;
use std::net::IpAddr;
use std::sync::Arc;

/// First bytes of a table; the last one is the version of the format.
pub const MAGIC: &[u8; 8] = b"AWGEO\0\0\x01";
/// Place of the checksum.
const SUM: usize = MAGIC.len();
/// Place of the counts, after the checksum.
const COUNTS: usize = SUM + 8;
/// Number of bytes of the header.
const HEADER: usize = COUNTS + 5 * 4;
/// Number of bytes of a system.
const SYSTEM: usize = 4;

/// An open table.
#[derive(Clone, Debug)]
pub struct Table {
    bytes: Arc<Vec<u8>>,
    codes: usize,
    /// Countries of IPv4 and IPv6, systems of IPv4 and IPv6.
    lists: [List; 4],
}

/// A list of ranges: place of its beginnings, their number, and the bytes of a beginning and of a value.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    at: usize,
    count: usize,
    width: usize,
    value: usize,
}

impl Table {
    /// True if the file begins as a table does.
    pub fn is_table(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC.split_last().map_or(&[], |(_, name)| name))
    }

    /// Opens a file, given all of its bytes.
    pub fn new(bytes: Arc<Vec<u8>>) -> Result<Table, String> {
        if !bytes.starts_with(MAGIC) {
            return Err(
                "a table of another version: write it again with `auditward geo`".to_owned()
            );
        }
        let cut = || "a damaged table: write it again with `auditward geo`".to_owned();
        if number(&bytes, SUM, 8) != bytes.get(COUNTS..).map(checksum) {
            return Err(cut());
        }
        let count = |nth: usize| {
            number(&bytes, COUNTS.saturating_add(nth.saturating_mul(4)), 4)
                .map(|count| count as usize)
                .ok_or_else(cut)
        };
        let codes = count(0)?;
        let mut lists = [
            List { width: 4, value: 1, ..List::default() },
            List { width: 8, value: 1, ..List::default() },
            List { width: 4, value: SYSTEM, ..List::default() },
            List { width: 8, value: SYSTEM, ..List::default() },
        ];
        let mut at = HEADER.saturating_add(codes.saturating_mul(2));
        for (nth, list) in (1..).zip(&mut lists) {
            (list.at, list.count) = (at, count(nth)?);
            at =
                at.saturating_add(list.count.saturating_mul(list.width.saturating_add(list.value)));
        }
        if at == bytes.len() { Ok(Table { bytes, codes, lists }) } else { Err(cut()) }
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.bytes.len()
    }

    /// The country's two letters.
    pub fn country(&self, address: IpAddr) -> Option<&[u8]> {
        let [four, six, ..] = &self.lists;
        let number = self.find(if address.is_ipv4() { four } else { six }, address)?;
        let nth = number.checked_sub(1).map(|nth| nth as usize).filter(|nth| *nth < self.codes)?;
        let at = HEADER.checked_add(nth.checked_mul(2)?)?;
        self.bytes.get(at..at.checked_add(2)?)
    }

    /// The number of the autonomous system.
    pub fn system(&self, address: IpAddr) -> Option<u32> {
        let [.., four, six] = &self.lists;
        let number = self.find(if address.is_ipv4() { four } else { six }, address)?;
        u32::try_from(number).ok().filter(|number| *number > 0)
    }

    /// The value of the last range that begins at or before the address.
    fn find(&self, list: &List, address: IpAddr) -> Option<u64> {
        let wanted = beginning(address);
        let (mut low, mut high) = (0, list.count);
        while low < high {
            let middle = low.midpoint(high);
            let start = number(
                &self.bytes,
                list.at.checked_add(middle.checked_mul(list.width)?)?,
                list.width,
            )?;
            (low, high) =
                if start <= wanted { (middle.wrapping_add(1), high) } else { (low, middle) };
        }
        let nth = low.checked_sub(1)?;
        let values = list.at.checked_add(list.count.checked_mul(list.width)?)?;
        number(&self.bytes, values.checked_add(nth.checked_mul(list.value)?)?, list.value)
    }
}

/// The beginning of an address: all of an IPv4 address, the upper half of an IPv6 address.
pub fn beginning(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => (u128::from(address) >> 64) as u64,
    }
}

/// A little-endian number of at most eight bytes.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    Some(match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) {
        (Some(eight), _) => u64::from_le_bytes(*eight),
        (None, Some(four)) => u64::from(u32::from_le_bytes(*four)),
        _ => bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    })
}

/// Ranges for a table: the beginning of each, and its value. They are sorted, and each value differs from the one before.
pub type Ranges = Vec<(u64, u32)>;

/// Writes a table.
pub fn write(codes: &[[u8; 2]], countries: [&Ranges; 2], systems: [&Ranges; 2]) -> Vec<u8> {
    let mut out = [MAGIC.as_slice(), &[0; 8]].concat();
    let lists = [(countries, 1), (systems, SYSTEM)];
    let counts = lists.iter().flat_map(|(ranges, _)| ranges.iter().map(|ranges| ranges.len()));
    for count in std::iter::once(codes.len()).chain(counts) {
        out.extend_from_slice(&(count as u32).to_le_bytes());
    }
    out.extend(codes.iter().flatten());
    for (ranges, value_width) in lists {
        for (ranges, width) in ranges.into_iter().zip([4, 8]) {
            let bytes = |number: u64, width: usize| number.to_le_bytes().into_iter().take(width);
            out.extend(ranges.iter().flat_map(|(start, _)| bytes(*start, width)));
            out.extend(ranges.iter().flat_map(|(_, value)| bytes(u64::from(*value), value_width)));
        }
    }
    let sum = out.get(COUNTS..).map(checksum).unwrap_or_default();
    if let Some(place) = out.get_mut(SUM..COUNTS) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<u8> {
        let v4 = |text: &str| beginning(text.parse().unwrap());
        write(
            &[*b"DE", *b"US"],
            [
                &vec![(v4("192.0.2.0"), 1), (v4("192.0.3.0"), 0), (v4("203.0.113.0"), 2)],
                &vec![(v4("2001:db8::"), 2), (v4("2001:db9::"), 0)],
            ],
            [&vec![(v4("192.0.2.0"), 64_500), (v4("192.0.2.128"), 4_200_000_000)], &vec![]],
        )
    }

    #[test]
    fn ranges_begin_and_end_where_they_should() {
        let table = Table::new(table().into()).unwrap();
        for (address, country, system) in [
            ("0.0.0.0", None, None),
            ("192.0.1.255", None, None),
            ("192.0.2.0", Some("DE"), Some(64_500)),
            ("192.0.2.255", Some("DE"), Some(4_200_000_000)),
            ("192.0.3.0", None, Some(4_200_000_000)),
            ("255.255.255.255", Some("US"), Some(4_200_000_000)),
            ("2001:db8::1", Some("US"), None),
            ("2001:db9::", None, None),
            ("::1", None, None),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(
                (
                    table.country(address).map(|code| std::str::from_utf8(code).unwrap()),
                    table.system(address)
                ),
                (country, system),
                "{address}"
            );
        }
    }

    #[test]
    fn other_files_are_refused() {
        let good = table();
        assert!(Table::is_table(&good) && !Table::is_table(b"AWGE"));
        for len in 0..good.len() {
            assert!(Table::new(good[..len].to_vec().into()).is_err(), "{len}");
        }
        let mut newer = good;
        newer[7] = 2;
        assert!(Table::is_table(&newer) && Table::new(newer.into()).is_err());
    }

    #[test]
    fn damaged_tables_are_refused() {
        for at in 0..table().len() {
            let mut bytes = table();
            bytes[at] ^= 0xff;
            assert!(Table::new(bytes.into()).is_err(), "{at}");
        }
    }

    /// A table with a good checksum and any content.
    #[test]
    fn no_content_of_a_table_fails_a_search() {
        for at in HEADER..table().len() {
            let mut bytes = table();
            bytes[at] ^= 0xff;
            let sum = checksum(&bytes[COUNTS..]);
            bytes[SUM..COUNTS].copy_from_slice(&sum.to_le_bytes());
            let table = Table::new(bytes.into()).unwrap();
            for address in ["192.0.2.1", "203.0.113.9", "2001:db8::1"] {
                let address: IpAddr = address.parse().unwrap();
                assert!(table.country(address).is_none_or(|code| code.len() == 2));
                table.system(address);
            }
        }
    }
}
