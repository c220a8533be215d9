use super::testing::{Value, city, file, system};
use super::*;

fn open(bytes: Vec<u8>) -> Result<Mmdb, String> {
    Mmdb::new(bytes.into())
}

fn country(db: &Mmdb, address: &str) -> Option<String> {
    let values = db.values();
    let entry = db.find(address.parse().unwrap())?;
    let country = values.member(entry, b"country")?;
    let text = values.text(values.member(country, b"iso_code")?)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[test]
fn addresses_are_found_in_each_size_of_record_and_version() {
    let entry = |country| city(country, "Bavaria", "Munich", 48.1, 11.5);
    for bits in [24, 28, 32] {
        let six = open(file(
            bits,
            6,
            &[
                ("192.0.2.0/24", entry("DE")),
                ("2001:db8::/32", entry("FR")),
                ("203.0.113.128/25", entry("US")),
            ],
        ))
        .unwrap();
        let four = open(file(bits, 4, &[("192.0.2.0/24", entry("DE"))])).unwrap();
        for (address, expected) in [
            ("192.0.2.0", Some("DE")),
            ("192.0.2.255", Some("DE")),
            ("192.0.3.0", None),
            ("203.0.113.127", None),
            ("203.0.113.128", Some("US")),
            ("2001:db8:ffff::1", Some("FR")),
            ("2001:db9::", None),
        ] {
            assert_eq!(country(&six, address).as_deref(), expected, "{bits} {address}");
        }
        assert_eq!(country(&four, "192.0.2.1").as_deref(), Some("DE"));
        assert_eq!((country(&four, "192.0.3.1"), country(&four, "2001:db8::1")), (None, None));
    }
}

#[test]
fn numbers_texts_and_pointers() {
    let shared = system(64_500, "Example Networks");
    let pointing = Value::Map(vec![("country", Value::Pointer(0)), ("flag", Value::Bool(true))]);
    let db = open(file(24, 4, &[("192.0.2.0/24", shared), ("198.51.100.0/24", pointing)])).unwrap();
    let values = db.values();
    let entry = db.find("192.0.2.7".parse().unwrap()).unwrap();
    assert_eq!(
        values.number(values.member(entry, b"autonomous_system_number").unwrap()),
        Some(64_500)
    );
    let name = values.member(entry, b"autonomous_system_organization").unwrap();
    assert_eq!(values.text(name), Some(&b"Example Networks"[..]));
    assert_eq!(values.member(entry, b"nothing"), None);
    let entry = db.find("198.51.100.7".parse().unwrap()).unwrap();
    let other = values.member(entry, b"country").unwrap();
    assert_eq!(
        values.number(values.member(other, b"autonomous_system_number").unwrap()),
        Some(64_500),
        "through the pointer"
    );
    assert!(values.is_true(values.member(entry, b"flag").unwrap()));
}

#[test]
fn other_files_are_refused() {
    let good = file(24, 4, &[("192.0.2.0/24", system(1, "a"))]);
    assert!(open(Vec::new()).is_err() && open(b"<html>".repeat(100)).is_err());
    assert!(open(good.get(..good.len() / 2).unwrap().to_vec()).is_err());
    let cut = good.windows(MARKER.len()).position(|window| window == MARKER).unwrap();
    assert!(open([&good[..8], &good[cut..]].concat()).is_err(), "the tree is cut off");
}

/// No damaged byte of a file makes a search fail or run forever.
#[test]
fn searches_of_damaged_files_end() {
    let good = file(
        28,
        6,
        &[
            ("192.0.2.0/24", city("DE", "Bavaria", "Munich", 48.1, 11.5)),
            ("2001:db8::/32", Value::Pointer(0)),
        ],
    );
    let mut opened = 0;
    for at in 0..good.len() {
        for byte in [0, 0x20, 0x3f, 0x7f, 0xe1, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            let Ok(db) = open(bytes) else { continue };
            opened += 1;
            for address in ["192.0.2.1", "2001:db8::1", "0.0.0.0"] {
                country(&db, address);
            }
        }
    }
    assert!(opened > 1000, "{opened}");
    // A pointer to itself ends.
    let circle = open(file(24, 4, &[("192.0.2.0/24", Value::Pointer(0))])).unwrap();
    assert_eq!(country(&circle, "192.0.2.1"), None);
}
