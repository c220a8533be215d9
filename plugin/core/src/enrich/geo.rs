//! Location of addresses: country, region, city, coordinates and autonomous system, from MaxMind DB files and compact tables beside the policy.

use super::mmdb::{Mmdb, Values};
use super::table::Table;
use crate::event::{Event, Field};
use crate::value::{Kind, Val};
use std::net::IpAddr;
use std::ops::Range;
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

/// An entry of a file. Texts are ranges of the file.
#[derive(Clone, Debug, Default)]
struct Place {
    country: Range<usize>,
    region: Range<usize>,
    city: Range<usize>,
    /// Coordinates in ten thousandths of a degree.
    lat: Option<i32>,
    lon: Option<i32>,
    system: u32,
    system_name: Range<usize>,
    network: &'static str,
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
                        (*held, *place) = (entry, Place::read(&db.values(), entry));
                    }
                    place.fill(db.bytes(), knows_country, event);
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

impl Place {
    /// Reads an entry of GeoLite2, GeoIP2 or DB-IP, or a flat one as IPinfo has it.
    fn read(values: &Values<'_>, entry: usize) -> Place {
        let mut place = Place::default();
        let named = |at: usize| {
            values
                .member(at, b"names")
                .and_then(|names| values.member(names, b"en"))
                .and_then(|name| values.span(name))
        };
        let code = |at: usize| values.member(at, b"iso_code").and_then(|code| values.span(code));
        let two_letters = |at: usize| values.span(at).filter(|span| span.len() == 2);
        // Members before a damaged one are good.
        let _ = values.members(entry, |key, at| match key {
            b"country" => {
                place.country =
                    code(at).or_else(|| two_letters(at)).unwrap_or(place.country.clone())
            }
            b"country_code" => place.country = two_letters(at).unwrap_or_default(),
            // The country of registration stands in for the country.
            b"registered_country" if place.country.is_empty() => {
                place.country = code(at).unwrap_or_default()
            }
            b"subdivisions" => {
                place.region = values
                    .first(at)
                    .and_then(|first| named(first).or_else(|| code(first)))
                    .unwrap_or_default()
            }
            b"region" => place.region = values.span(at).unwrap_or_default(),
            b"city" => place.city = named(at).or_else(|| values.span(at)).unwrap_or_default(),
            b"location" => {
                let degrees = |key: &[u8]| {
                    values.member(at, key).and_then(|at| values.real(at)).and_then(ten_thousandths)
                };
                (place.lat, place.lon) = (degrees(b"latitude"), degrees(b"longitude"));
            }
            b"autonomous_system_number" => {
                place.system = values
                    .number(at)
                    .and_then(|number| u32::try_from(number).ok())
                    .unwrap_or_default()
            }
            b"asn" => place.system = values.text(at).and_then(system_number).unwrap_or_default(),
            b"autonomous_system_organization" | b"as_name" => {
                place.system_name = values.span(at).unwrap_or_default()
            }
            b"is_tor_exit_node" if values.is_true(at) => place.network = "tor",
            b"is_anonymous_vpn" if values.is_true(at) && place.network != "tor" => {
                place.network = "anonymous-vpn"
            }
            b"is_public_proxy" if values.is_true(at) && place.network.is_empty() => {
                place.network = "public-proxy"
            }
            b"is_residential_proxy" if values.is_true(at) && place.network.is_empty() => {
                place.network = "residential-proxy"
            }
            b"is_hosting_provider" if values.is_true(at) && place.network.is_empty() => {
                place.network = "hosting"
            }
            _ => {}
        });
        place
    }

    fn fill(&self, bytes: &[u8], knows_country: bool, event: &mut Event) {
        let text = |span: &Range<usize>| bytes.get(span.clone()).unwrap_or_default();
        put(Field::OriginCountry, text(&self.country), event);
        if !knows_country {
            put(Field::OriginRegion, text(&self.region), event);
            put(Field::OriginCity, text(&self.city), event);
            for (field, degrees) in [(Field::OriginLat, self.lat), (Field::OriginLon, self.lon)] {
                if let Some(degrees) = degrees.filter(|_| !event.has(field)) {
                    put_degrees(field, degrees, event);
                }
            }
        }
        if self.system > 0 {
            event.fill(Field::OriginAsn, Val::Int(i64::from(self.system)));
        }
        put(Field::OriginAsName, text(&self.system_name), event);
        put(Field::OriginNetwork, self.network.as_bytes(), event);
    }
}

/// `AS64500`.
fn system_number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text.strip_prefix(b"AS").unwrap_or(text)).ok()?.parse().ok()
}

fn ten_thousandths(degrees: f64) -> Option<i32> {
    (degrees.abs() <= 180.0).then(|| (degrees * 10_000.0).round() as i32)
}

/// Fills a field with degrees, with as few decimals as possible and at most four.
fn put_degrees(field: Field, degrees: i32, event: &mut Event) {
    let mut token = [b'0'; 9];
    let mut rest = degrees.unsigned_abs();
    for (at, place) in token.iter_mut().enumerate().rev() {
        // Three digits, the point, four digits; the sign is first.
        if at == 4 {
            *place = b'.';
            continue;
        }
        *place = b'0'.wrapping_add((rest % 10) as u8);
        rest /= 10;
    }
    let zeros = token.iter().take(3).skip(1).take_while(|digit| **digit == b'0').count();
    let start = if degrees < 0 { zeros } else { zeros.wrapping_add(1) };
    if let Some(sign) = token.get_mut(start).filter(|_| degrees < 0) {
        *sign = b'-';
    }
    let end = token
        .iter()
        .rposition(|digit| *digit != b'0')
        .map_or(0, |last| if last == 4 { 4 } else { last.wrapping_add(1) });
    if let Some(span) = token.get(start..end).and_then(|token| event.token(token, Kind::Number)) {
        event.set(field, Val::Json(span));
    }
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
            let mut event = Event::new();
            put_degrees(Field::OriginLat, degrees, &mut event);
            assert_eq!(event.text(b"", Field::OriginLat), text.as_bytes());
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
