//! Location of addresses: country, region, city, coordinates and autonomous system, from MaxMind DB files and compact tables beside the policy.

use super::mmdb::{Mmdb, Values};
use super::table::Table;
use crate::event::{Event, Field};
use crate::text::quote;
use crate::value::{Kind, Val};
use std::net::IpAddr;
use std::sync::Arc;

/// An open file.
#[derive(Clone, Debug)]
pub enum Geo {
    Mmdb(Mmdb),
    Table(Table),
}

impl Geo {
    /// Opens a file, given all of its bytes.
    pub fn new(bytes: Arc<Vec<u8>>) -> Result<Geo, String> {
        if Table::is_table(&bytes) {
            Table::new(bytes).map(Geo::Table)
        } else {
            Mmdb::new(bytes).map(Geo::Mmdb)
        }
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        match self {
            Geo::Mmdb(db) => db.memory(),
            Geo::Table(table) => table.memory(),
        }
    }

    /// Kind of the file, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Geo::Mmdb(_) => "MaxMind DB",
            Geo::Table(_) => "table of countries and autonomous systems",
        }
    }
}

/// Number of entries that each file keeps as read.
const PLACES: usize = 64;

/// Files in the order of the policy, and the entries that were read last.
#[derive(Clone, Debug)]
pub(super) struct Places {
    files: Vec<Geo>,
    /// For each file and remainder of an entry's number, the entry that was read last.
    known: Vec<(usize, Place)>,
}

/// An entry of a file as it is written to records: JSON tokens, each ready to be copied.
#[derive(Clone, Debug, Default)]
struct Place {
    tokens: Vec<u8>,
    /// The end of each field's token, in the order of `TOKENS`; an empty token if the entry has no value.
    ends: [u32; TOKENS.len()],
    system: u32,
}

/// Fields that a file may fill.
const ALL: [Field; 8] = [
    Field::OriginCountry,
    Field::OriginRegion,
    Field::OriginCity,
    Field::OriginLat,
    Field::OriginLon,
    Field::OriginAsn,
    Field::OriginAsName,
    Field::OriginNetwork,
];

/// Fields with tokens. Those after the first are of the country that the first names.
const TOKENS: [Field; 7] = [
    Field::OriginCountry,
    Field::OriginRegion,
    Field::OriginCity,
    Field::OriginLat,
    Field::OriginLon,
    Field::OriginAsName,
    Field::OriginNetwork,
];

impl Places {
    pub(super) fn new(files: Vec<Geo>) -> Places {
        let known = vec![(usize::MAX, Place::default()); files.len().saturating_mul(PLACES)];
        Places { files, known }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Fills the fields of the origin's location that are still empty.
    pub(super) fn fill(&mut self, address: IpAddr, event: &mut Event) {
        if ALL.into_iter().all(|field| event.has(field)) {
            return;
        }
        // A region and coordinates belong to the country beside them; those of a file may be of another place than the source's country.
        let knows_country = event.has(Field::OriginCountry);
        for (nth, file) in self.files.iter().enumerate() {
            match file {
                Geo::Table(table) => fill_from_table(table, address, event),
                Geo::Mmdb(db) => {
                    let Some(entry) = db.find(address) else { continue };
                    let at = nth.wrapping_mul(PLACES).wrapping_add(entry % PLACES);
                    let Some((held, place)) = self.known.get_mut(at) else { continue };
                    if *held != entry {
                        *held = entry;
                        place.read(&db.values(), entry);
                    }
                    place.fill(knows_country, event);
                }
            }
        }
    }
}

fn fill_from_table(table: &Table, address: IpAddr, event: &mut Event) {
    if let Some(country) = table.country(address) {
        put(Field::OriginCountry, country, event);
    }
    if let Some(system) = table.system(address) {
        event.fill(Field::OriginAsn, Val::Int(i64::from(system)));
    }
}

/// Fills a field with text, which may contain any bytes.
fn put(field: Field, text: &[u8], event: &mut Event) {
    if !text.is_empty() && !event.has(field) {
        let quoted = event.quote_lossy(text).map_or(Val::None, Val::Json);
        event.fill(field, quoted);
    }
}

/// Values of an entry.
#[derive(Default)]
struct Found<'f> {
    /// Texts, in the order of `TOKENS`.
    country: &'f [u8],
    region: &'f [u8],
    city: &'f [u8],
    /// Coordinates in ten thousandths of a degree.
    lat: Option<i32>,
    lon: Option<i32>,
    system_name: &'f [u8],
    network: &'static str,
    system: u32,
}

impl<'f> Found<'f> {
    /// Reads an entry of GeoLite2, GeoIP2 or DB-IP, or a flat one of IPinfo.
    fn read(values: &Values<'f>, entry: usize) -> Found<'f> {
        let mut found = Found::default();
        let named = |at: usize| {
            let names = values.member(at, b"names");
            names.and_then(|names| values.member(names, b"en")).and_then(|name| values.text(name))
        };
        let code = |at: usize| values.member(at, b"iso_code").and_then(|code| values.text(code));
        let two_letters = |at: usize| values.text(at).filter(|text| text.len() == 2);
        // Members before a damaged one are good.
        let _ = values.members(entry, |key, at| match key {
            b"country" => {
                found.country = code(at).or_else(|| two_letters(at)).unwrap_or(found.country)
            }
            b"country_code" => found.country = two_letters(at).unwrap_or_default(),
            // The country of registration stands in for the country.
            b"registered_country" if found.country.is_empty() => {
                found.country = code(at).unwrap_or_default()
            }
            b"subdivisions" => {
                let first = values.first(at);
                let name = first.and_then(|first| named(first).or_else(|| code(first)));
                found.region = name.unwrap_or_default()
            }
            b"region" => found.region = values.text(at).unwrap_or_default(),
            b"city" => found.city = named(at).or_else(|| values.text(at)).unwrap_or_default(),
            b"location" => {
                let degrees = |key: &[u8]| {
                    values.member(at, key).and_then(|at| values.real(at)).and_then(ten_thousandths)
                };
                (found.lat, found.lon) = (degrees(b"latitude"), degrees(b"longitude"));
            }
            b"autonomous_system_number" => {
                let number = values.number(at).and_then(|number| u32::try_from(number).ok());
                found.system = number.unwrap_or_default()
            }
            b"asn" => found.system = values.text(at).and_then(system_number).unwrap_or_default(),
            b"autonomous_system_organization" | b"as_name" => {
                found.system_name = values.text(at).unwrap_or_default()
            }
            _ if !values.is_true(at) => {}
            b"is_tor_exit_node" => found.network = "tor",
            b"is_anonymous_vpn" if found.network != "tor" => found.network = "anonymous-vpn",
            b"is_public_proxy" if found.network.is_empty() => found.network = "public-proxy",
            b"is_residential_proxy" if found.network.is_empty() => {
                found.network = "residential-proxy"
            }
            b"is_hosting_provider" if found.network.is_empty() => found.network = "hosting",
            _ => {}
        });
        found
    }
}

impl Place {
    /// Reads an entry.
    fn read(&mut self, values: &Values<'_>, entry: usize) {
        let found = Found::read(values, entry);
        let tokens = &mut self.tokens;
        tokens.clear();
        for (field, end) in TOKENS.into_iter().zip(&mut self.ends) {
            match field {
                Field::OriginCountry => put_text(found.country, tokens),
                Field::OriginRegion => put_text(found.region, tokens),
                Field::OriginCity => put_text(found.city, tokens),
                Field::OriginLat => put_degrees(found.lat, tokens),
                Field::OriginLon => put_degrees(found.lon, tokens),
                Field::OriginAsName => put_text(found.system_name, tokens),
                _ => put_text(found.network.as_bytes(), tokens),
            }
            *end = tokens.len() as u32;
        }
        self.system = found.system;
    }

    fn fill(&self, knows_country: bool, event: &mut Event) {
        let mut start = 0;
        for (field, end) in TOKENS.into_iter().zip(self.ends) {
            let token = self.tokens.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            let is_of_country = matches!(
                field,
                Field::OriginRegion | Field::OriginCity | Field::OriginLat | Field::OriginLon
            );
            if token.is_empty() || event.has(field) || is_of_country && knows_country {
                continue;
            }
            let kind = if token.first() == Some(&b'"') { Kind::String } else { Kind::Number };
            if let Some(span) = event.token(token, kind) {
                event.set(field, Val::Json(span));
            }
        }
        if self.system > 0 {
            event.fill(Field::OriginAsn, Val::Int(i64::from(self.system)));
        }
    }
}

/// Appends text as a JSON token; bytes that are not UTF-8 become U+FFFD.
fn put_text(text: &[u8], tokens: &mut Vec<u8>) {
    if !text.is_empty() {
        // Without memory for it, the field stays empty.
        let start = tokens.len();
        if quote(String::from_utf8_lossy(text).as_bytes(), tokens).is_err() {
            tokens.truncate(start);
        }
    }
}

/// `AS64500`.
fn system_number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text.strip_prefix(b"AS").unwrap_or(text)).ok()?.parse().ok()
}

fn ten_thousandths(degrees: f64) -> Option<i32> {
    (degrees.abs() <= 180.0).then(|| (degrees * 10_000.0).round() as i32)
}

/// Appends degrees as a number, with as few decimals as possible and at most four.
fn put_degrees(degrees: Option<i32>, tokens: &mut Vec<u8>) {
    let Some(degrees) = degrees else { return };
    let (whole, part) = (degrees.unsigned_abs() / 10_000, degrees.unsigned_abs() % 10_000);
    let sign = if degrees < 0 { "-" } else { "" };
    let text = format!("{sign}{whole}.{part:04}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    tokens.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::mmdb::testing::{Value, city, file, system};
    use super::super::table;
    use super::*;

    fn filled(files: Vec<Vec<u8>>, fields: &[(Field, &str)]) -> Vec<(&'static str, String)> {
        let mut places =
            Places::new(files.into_iter().map(|bytes| Geo::new(bytes.into()).unwrap()).collect());
        // The second time, the entry is in the cache.
        let once = |places: &mut Places| {
            let mut event = Event::new();
            for (field, text) in fields {
                let span = event.quote(text.as_bytes()).unwrap();
                event.set(*field, Val::Json(span));
            }
            if let Some(address) = crate::address::parse(event.text(b"", Field::OriginIp)) {
                places.fill(address.to_canonical(), &mut event);
            }
            let value = |field| match event.get(field) {
                Val::Int(number) => number.to_string(),
                _ => String::from_utf8_lossy(event.text(b"", field)).into_owned(),
            };
            ALL.into_iter()
                .filter(|field| event.has(*field))
                .map(|field| (field.path(), value(field)))
                .collect::<Vec<_>>()
        };
        let first = once(&mut places);
        assert_eq!(first, once(&mut places));
        first
    }

    fn cities() -> Vec<u8> {
        file(
            28,
            6,
            &[
                ("192.0.2.0/24", city("DE", "Bavaria", "Munich", 48.1374, -11.5)),
                ("203.0.113.0/24", city("NZ", "", "\"X\"", -0.05, 180.0)),
            ],
        )
    }

    fn systems() -> Vec<u8> {
        file(24, 4, &[("192.0.2.0/25", system(64_500, "Example Networks"))])
    }

    #[test]
    fn several_files_fill_what_each_knows() {
        let munich = [
            ("origin.geo.country", "DE".to_owned()),
            ("origin.geo.region", "Bavaria".to_owned()),
            ("origin.geo.city", "Munich".to_owned()),
            ("origin.geo.lat", "48.1374".to_owned()),
            ("origin.geo.lon", "-11.5".to_owned()),
            ("origin.asn", "64500".to_owned()),
            ("origin.as_name", "Example Networks".to_owned()),
        ];
        assert_eq!(filled(vec![cities(), systems()], &[(Field::OriginIp, "192.0.2.1")]), munich);
        assert_eq!(
            filled(vec![systems(), cities()], &[(Field::OriginIp, "::ffff:192.0.2.1")]),
            munich
        );
        assert_eq!(
            filled(vec![cities(), systems()], &[(Field::OriginIp, "192.0.2.200")]),
            munich[..5]
        );
        assert_eq!(filled(vec![cities()], &[(Field::OriginIp, "198.51.100.1")]), []);
        assert_eq!(filled(vec![cities()], &[]), []);
    }

    #[test]
    fn fields_of_the_source_win() {
        let given = [
            (Field::OriginIp, "192.0.2.1"),
            (Field::OriginCountry, "FR"),
            (Field::OriginNetwork, "office"),
        ];
        let expected = [
            ("origin.geo.country", "FR"),
            ("origin.asn", "64500"),
            ("origin.as_name", "Example Networks"),
            ("origin.network", "office"),
        ];
        assert_eq!(
            filled(vec![cities(), systems()], &given),
            expected.map(|(path, text)| (path, text.to_owned()))
        );
    }

    #[test]
    fn text_is_escaped_and_degrees_are_numbers() {
        let found = filled(vec![cities()], &[(Field::OriginIp, "203.0.113.9")]);
        let expected = [
            ("origin.geo.country", "NZ"),
            ("origin.geo.city", "\\\"X\\\""),
            ("origin.geo.lat", "-0.05"),
            ("origin.geo.lon", "180"),
        ];
        assert_eq!(found, expected.map(|(path, text)| (path, text.to_owned())));
        for (degrees, text) in [
            (0, "0"),
            (5, "0.0005"),
            (-5, "-0.0005"),
            (1_000_000, "100"),
            (-1_799_999, "-179.9999"),
            (123_400, "12.34"),
            (-100_000, "-10"),
        ] {
            let mut token = Vec::new();
            put_degrees(Some(degrees), &mut token);
            assert_eq!(String::from_utf8(token).unwrap(), text);
        }
    }

    #[test]
    fn flat_entries_and_kinds_of_network() {
        let flat = Value::Map(vec![
            ("country_code", Value::Text("SE")),
            ("asn", Value::Text("AS64501")),
            ("as_name", Value::Text("Flat")),
        ]);
        let hidden = Value::Map(vec![
            ("is_anonymous_vpn", Value::Bool(true)),
            ("is_hosting_provider", Value::Bool(true)),
        ]);
        let rented = Value::Map(vec![
            ("is_anonymous_vpn", Value::Bool(false)),
            ("is_hosting_provider", Value::Bool(true)),
        ]);
        let db = file(
            32,
            4,
            &[("192.0.2.0/24", flat), ("198.51.100.0/24", hidden), ("203.0.113.0/24", rented)],
        );
        let of = |ip| filled(vec![db.clone()], &[(Field::OriginIp, ip)]);
        let own = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(path, text)| (*path, (*text).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(
            of("192.0.2.1"),
            own(&[
                ("origin.geo.country", "SE"),
                ("origin.asn", "64501"),
                ("origin.as_name", "Flat")
            ])
        );
        assert_eq!(of("198.51.100.1"), own(&[("origin.network", "anonymous-vpn")]));
        assert_eq!(of("203.0.113.1"), own(&[("origin.network", "hosting")]));
    }

    #[test]
    fn tables_give_country_and_system() {
        let start = |text: &str| table::beginning(text.parse().unwrap());
        let bytes = table::write(
            &[*b"DE"],
            [&vec![(start("192.0.2.0"), 1), (start("192.0.3.0"), 0)], &vec![]],
            [&vec![(start("192.0.2.0"), 64_500)], &vec![]],
        );
        let expected =
            [("origin.geo.country", "DE".to_owned()), ("origin.asn", "64500".to_owned())];
        assert_eq!(filled(vec![bytes], &[(Field::OriginIp, "192.0.2.1")]), expected);
        assert!(
            Geo::new(b"AWGEO\0\0\x02".to_vec().into()).is_err()
                && Geo::new(b"text".to_vec().into()).is_err()
        );
    }
}
