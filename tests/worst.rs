//! The dearest record: a seeded search over shapes of records for the one that costs the most operations a byte.
//!
//! Whoever writes to a log chooses what the filter has to read. The aim is that no byte costs more than ten times what one of an ordinary record costs;
//! JSON wrapped as text many times over, and lines of text with the words of many forms, are above it (`MOST`).
//! `AUDITWARD_SEARCH=20000 cargo test -p auditward-tests --test worst -- --nocapture` searches longer and prints what it finds;
//! the dearest record is in `target/worst.ndjson`.

use anyhow::{Context, Result};
use auditward::mode::raw::{Compiled, Raw};
use auditward::mode::{Input, Mode, Setup};
use auditward::pack::Pack;
use auditward_tests::{NOW, fixture, typical};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Records that are tried, where nobody asks for more.
const TRIED: usize = 1500;
/// Length of the records: what a record costs whatever its length counts little then.
const LENGTH: usize = 16 << 10;
/// Times an ordinary byte that the dearest one may cost.
const MOST: u64 = 40;
/// Records that the search goes on from.
const KEPT: usize = 24;

/// SplitMix64: the search is the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// Records to begin with: those of all fixtures, and the examples of all packs.
fn ordinary() -> Result<Vec<Vec<u8>>> {
    let mut records: Vec<Vec<u8>> =
        fixture::all()?.into_iter().flat_map(|fixture| fixture.records).collect();
    for path in fixture::source_packs()? {
        let examples = Pack::read(&path)?.examples;
        records.extend(examples.into_iter().map(|example| example.input.into_bytes()));
    }
    records.retain(|record| record.len() < LENGTH);
    Ok(records)
}

/// Members and elements of JSON, and words of lines: what records are made of.
fn pieces(records: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut pieces = BTreeSet::new();
    for record in records {
        let ends = |byte: &u8| b",{}[]\" \t=:;|".contains(byte);
        pieces.extend(record.split_inclusive(|byte| *byte == b',').map(<[u8]>::to_vec));
        pieces.extend(record.split_inclusive(ends).map(<[u8]>::to_vec));
    }
    let odd = [
        &b"\\u0061"[..],
        b"\\\"",
        b"\\",
        b"{\"a\":",
        b"[[",
        b"\"\":\"\",",
        b"1e308,",
        b"-0.0,",
        b"\xff",
        b"\0",
        b"\xef\xbb\xbf",
        b"203.0.113.1, ",
        b"::ffff:203.0.113.1,",
        b"2026-01-15T11:30:00Z ",
        b"message repeated 2 times: [ ",
        b"<34>1 ",
    ];
    pieces.extend(odd.map(<[u8]>::to_vec));
    pieces.retain(|piece| (1..400).contains(&piece.len()));
    pieces.into_iter().collect()
}

/// One more shape, made of one that is known: a part again and again, a foreign part in between, a part left out, wrapped as shippers do.
fn changed(record: &[u8], pieces: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let (one, other) = (random.below(record.len() + 1), random.below(record.len() + 1));
    let (start, end) = (one.min(other), one.max(other).min(one.min(other) + 300));
    let (before, part, after) = (&record[..start], &record[start..end], &record[end..]);
    let times = 1 << random.below(12);
    match random.below(6) {
        0 => [before, &part.repeat(times), after].concat(),
        1 => [before, &random.pick(pieces).repeat(times), after].concat(),
        2 => [before, &random.pick(pieces)[..], after].concat(),
        3 => [before, &random.pick(pieces)[..], &random.pick(pieces)[..], part, after].concat(),
        4 => [before, after].concat(),
        _ => match serde_json::to_string(&String::from_utf8_lossy(record)) {
            Ok(text) => {
                let key = random.pick(&["log", "message", "MESSAGE", "CloudTrailEvent", "msg"]);
                format!("{{\"{key}\":{text}}}").into_bytes()
            }
            Err(_) => record.to_vec(),
        },
    }
}

/// Of that length, by its own middle again and again: so that what a part costs is not hidden by what a record costs.
fn stretched(record: &[u8]) -> Vec<u8> {
    let (third, rest) = (record.len() / 3, record.len() - record.len() / 3);
    let middle = &record[third..rest];
    if middle.is_empty() || record.len() >= LENGTH {
        return record.get(..LENGTH).unwrap_or(record).to_vec();
    }
    [&record[..third], &middle.repeat((LENGTH - record.len()) / middle.len() + 1), &record[rest..]]
        .concat()
}

struct Meter(Raw);

impl Meter {
    fn new() -> Result<Meter> {
        let setup = Setup {
            seed: 7,
            is_marking: true,
            now_ms: Some(NOW),
            is_metered: true,
            ..Setup::default()
        };
        Ok(Meter(Compiled::new(true)?.open(&setup)?))
    }

    /// Operations for one record.
    fn cost(&mut self, bytes: &[u8]) -> Result<u64> {
        self.0.spent()?;
        let answer = self.0.process(Input { tag: "app.audit", time_ms: NOW, nonce: 0, bytes })?;
        anyhow::ensure!(!answer.is_empty(), "no answer");
        Ok(self.0.spent()?)
    }
}

#[test]
fn no_shape_of_record_is_far_dearer_than_an_ordinary_one() -> Result<()> {
    let tried = std::env::var("AUDITWARD_SEARCH")
        .ok()
        .and_then(|tried| tried.parse().ok())
        .unwrap_or(TRIED);
    let mut meter = Meter::new()?;
    let (mut spent, mut bytes) = (0, 0);
    for number in 0..200 {
        let record = typical(number);
        let cost = meter.cost(record.as_bytes())?;
        if number >= 100 {
            (spent, bytes) = (spent + cost, bytes + record.len() as u64);
        }
    }
    let (whole, ordinary_byte) = (spent / 100, spent / bytes);
    let records = ordinary()?;
    let pieces = pieces(&records);
    let mut random = Random(7);
    // What a byte costs, beyond what a record costs whatever it holds; and the record.
    let mut worst: Vec<(u64, Vec<u8>)> = Vec::new();
    for number in 0..tried {
        let fresh = number < tried / 4 || worst.is_empty();
        let from =
            if fresh { random.pick(&records).clone() } else { random.pick(&worst).1.clone() };
        let mut record = changed(&from, &pieces, &mut random);
        record = if fresh || random.below(3) == 0 { stretched(&record) } else { record };
        record.truncate(2 * LENGTH);
        if record.len() < LENGTH / 4 {
            continue;
        }
        let cost =
            meter.cost(&record).with_context(|| String::from_utf8_lossy(&record).into_owned())?;
        worst.push((cost.saturating_sub(whole) / record.len() as u64, record));
        worst.sort_by_key(|tried| std::cmp::Reverse(tried.0));
        worst.truncate(KEPT);
    }
    let (cost, record) = worst.first().context("nothing was tried")?;
    let shown = String::from_utf8_lossy(&record[..record.len().min(600)]).into_owned();
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    std::fs::write(target.join("worst.ndjson"), record)?;
    println!(
        "{ordinary_byte} operations an ordinary byte; at most {cost}, {} bytes: {shown}",
        record.len()
    );
    assert!(
        *cost <= MOST * ordinary_byte,
        "{cost} operations a byte, {ordinary_byte} an ordinary one: {shown}"
    );
    Ok(())
}
