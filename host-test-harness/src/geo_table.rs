//! Conversion of MaxMind DB files to the compact table of countries and autonomous systems.

use anyhow::{Context, Result};
use auditward_core::enrich::table::{self, Ranges};
use maxminddb::{Reader, WithinOptions};
use serde::Deserialize;
use std::collections::HashMap;

/// The table in the making.
#[derive(Default)]
pub struct Draft {
    codes: Vec<[u8; 2]>,
    countries: [Ranges; 2],
    systems: [Ranges; 2],
}

/// An entry of GeoLite2, GeoIP2 or DB-IP, or a flat one of IPinfo.
#[derive(Deserialize)]
struct Entry {
    country: Option<Country>,
    country_code: Option<String>,
    registered_country: Option<Country>,
    autonomous_system_number: Option<u32>,
    asn: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Country {
    Code(String),
    Named { iso_code: Option<String> },
}

impl Country {
    fn code(self) -> Option<String> {
        match self {
            Country::Code(code) => Some(code),
            Country::Named { iso_code } => iso_code,
        }
    }
}

impl Entry {
    fn country(&mut self) -> Option<[u8; 2]> {
        let known = [
            self.country.take().and_then(Country::code),
            self.country_code.take(),
            self.registered_country.take().and_then(Country::code),
        ];
        known.into_iter().flatten().find_map(|code| code.as_bytes().try_into().ok())
    }

    fn system(&self) -> Option<u32> {
        let flat = || self.asn.as_deref()?.trim_start_matches("AS").parse().ok();
        self.autonomous_system_number.or_else(flat)
    }
}

/// A network's first and last address, as ranges of a table begin.
type Span = (u64, u64);

impl Draft {
    /// Adds the networks of a file; those of files before it win.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let reader = Reader::from_source(bytes).context("not a MaxMind DB")?;
        // By family: each network with its country and its system, 0 if unknown.
        let mut found: [Vec<(Span, [u32; 2])>; 2] = Default::default();
        let mut known: HashMap<usize, [u32; 2]> = HashMap::new();
        for network in reader.networks(WithinOptions::default())? {
            let network = network.context("a damaged search tree")?;
            let Some(offset) = network.offset() else { continue };
            let values = match known.get(&offset) {
                Some(values) => *values,
                None => {
                    let entry: Option<Entry> = network.decode().context("a damaged entry")?;
                    let values = entry.map(|entry| self.values(entry)).unwrap_or_default();
                    known.insert(offset, values);
                    values
                }
            };
            let network = network.network()?;
            let (first, last) = (network.network(), network.broadcast());
            let of_family = &mut found[usize::from(first.is_ipv6())];
            of_family.push(((table::beginning(first), table::beginning(last)), values));
        }
        for (family, mut networks) in found.into_iter().enumerate() {
            networks.sort_unstable();
            let most = [u64::from(u32::MAX), u64::MAX][family];
            for (nth, lists) in [&mut self.countries, &mut self.systems].into_iter().enumerate() {
                let values = networks.iter().map(|(span, values)| (*span, values[nth]));
                lists[family] = overlay(&lists[family], &steps(values, most));
            }
        }
        Ok(())
    }

    fn values(&mut self, mut entry: Entry) -> [u32; 2] {
        let country = entry.country().map_or(0, |code| self.number(code));
        [country, entry.system().unwrap_or_default()]
    }

    /// The number of a country, from 1 on. A table has room for 255, more than there are.
    fn number(&mut self, code: [u8; 2]) -> u32 {
        let at = self.codes.iter().position(|held| *held == code).unwrap_or_else(|| {
            self.codes.push(code);
            self.codes.len() - 1
        });
        u32::try_from(at + 1).ok().filter(|number| *number <= 255).unwrap_or_default()
    }

    /// Numbers of countries and of ranges.
    pub fn counts(&self) -> (usize, usize) {
        let lists = self.countries.iter().chain(&self.systems);
        (self.codes.len(), lists.map(Vec::len).sum())
    }

    /// Bytes of the table.
    pub fn write(&self) -> Vec<u8> {
        let codes = self.codes.get(..self.codes.len().min(255)).unwrap_or_default();
        table::write(codes, self.countries.each_ref(), self.systems.each_ref())
    }
}

/// Sorted networks as steps: the value from each address on, 0 between networks.
fn steps(networks: impl Iterator<Item = (Span, u32)>, most: u64) -> Ranges {
    let mut steps: Ranges = Vec::new();
    let mut next = 0;
    for ((first, last), value) in networks {
        // Networks within one upper half of an IPv6 address: the first counts.
        let first = first.max(next);
        if first > last || last < next {
            continue;
        }
        if first > next {
            push(&mut steps, next, 0);
        }
        push(&mut steps, first, value);
        if last >= most {
            return steps;
        }
        next = last + 1;
    }
    push(&mut steps, next, 0);
    steps
}

/// Steps with the values of `first`, and those of `second` where it has none.
fn overlay(first: &Ranges, second: &Ranges) -> Ranges {
    let mut merged = Vec::new();
    let (mut left, mut right) = (first.iter().peekable(), second.iter().peekable());
    let (mut of_first, mut of_second) = (0, 0);
    loop {
        let start = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.0.min(other.0),
            (Some(one), None) | (None, Some(one)) => one.0,
            (None, None) => return merged,
        };
        while let Some((_, value)) = left.next_if(|step| step.0 == start) {
            of_first = *value;
        }
        while let Some((_, value)) = right.next_if(|step| step.0 == start) {
            of_second = *value;
        }
        push(&mut merged, start, if of_first == 0 { of_second } else { of_first });
    }
}

/// Adds a step unless it repeats the value before.
fn push(steps: &mut Ranges, start: u64, value: u32) {
    if steps.last().map_or(0, |(_, before)| *before) != value {
        steps.push((start, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mmdb_testing::{Value, city, file, system};
    use auditward_core::enrich::geo::Geo;
    use auditward_core::enrich::mmdb::Mmdb;
    use auditward_core::enrich::table::Table;
    use std::net::IpAddr;

    fn files() -> [Vec<u8>; 3] {
        let flat = |country, asn| {
            Value::Map(vec![("country", Value::Text(country)), ("asn", Value::Text(asn))])
        };
        [
            file(
                28,
                6,
                &[
                    ("192.0.2.0/25", city("DE", "Bavaria", "Munich", 48.1, 11.5)),
                    ("192.0.2.128/25", city("DE", "Berlin", "Berlin", 52.5, 13.4)),
                    ("255.255.255.0/24", city("NZ", "", "", 0.0, 0.0)),
                    ("2001:db8::/32", city("FR", "", "Paris", 48.8, 2.3)),
                ],
            ),
            file(
                24,
                6,
                &[("192.0.2.0/24", system(64_500, "A")), ("2001:db8::/48", system(7, "B"))],
            ),
            file(32, 4, &[("192.0.0.0/16", flat("SE", "AS64501"))]),
        ]
    }

    fn table(files: &[Vec<u8>]) -> Table {
        let mut draft = Draft::default();
        files.iter().for_each(|file| draft.add(file).unwrap());
        Table::new(draft.write().into()).unwrap()
    }

    #[test]
    fn files_become_one_table_in_which_the_first_wins() {
        let table = table(&files());
        for (address, country, system) in [
            ("192.0.2.1", Some("DE"), Some(64_500)),
            ("192.0.2.255", Some("DE"), Some(64_500)),
            ("192.0.3.0", Some("SE"), Some(64_501)),
            ("191.255.255.255", None, None),
            ("192.1.0.0", None, None),
            ("255.255.255.255", Some("NZ"), None),
            ("2001:db8::1", Some("FR"), Some(7)),
            ("2001:db8:1::", Some("FR"), None),
            ("2001:db9::", None, None),
        ] {
            let address: IpAddr = address.parse().unwrap();
            let code = table.country(address).map(|code| String::from_utf8_lossy(code));
            assert_eq!((code.as_deref(), table.system(address)), (country, system), "{address}");
        }
    }

    /// The engine's own reader finds what the library finds.
    #[test]
    fn both_readers_agree() {
        for bytes in files() {
            let (library, own) = (
                Reader::from_source(bytes.clone()).unwrap(),
                Mmdb::new(bytes.clone().into()).unwrap(),
            );
            for address in ["192.0.2.1", "192.0.2.200", "192.0.77.1", "2001:db8::1", "8.8.8.8"] {
                let address: IpAddr = address.parse().unwrap();
                let found = library.lookup(address).ok().and_then(|found| found.offset());
                assert_eq!(own.find(address), found, "{address}");
            }
        }
    }

    #[test]
    fn steps_are_sorted_and_change_their_value() {
        let networks = [((2, 3), 1), ((4, 5), 1), ((5, 5), 9), ((8, 9), 2)];
        let steps = steps(networks.into_iter(), 9);
        assert_eq!(steps, [(2, 1), (6, 0), (8, 2)]);
        assert_eq!(
            overlay(&steps, &vec![(0, 7), (7, 0)]),
            [(0, 7), (2, 1), (6, 7), (7, 0), (8, 2)]
        );
        assert_eq!(overlay(&vec![], &steps), steps);
    }

    #[test]
    fn tables_are_small_and_other_files_are_refused() {
        let mut draft = Draft::default();
        assert!(draft.add(b"text").is_err());
        draft.add(&files()[0]).unwrap();
        assert_eq!(draft.counts(), (3, 5));
        assert!(Geo::new(draft.write().into()).unwrap().memory() < 100);
    }
}
