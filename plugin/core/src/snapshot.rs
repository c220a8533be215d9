//! Snapshots: all learned state as bytes, written in slices, checked before it is read.
//!
//! Layout, little-endian: magic, format (u32), length of the build's version (u32) and its text, watermark (i64), hash key (2 u64); then
//! blocks: sketch index (u32), its shape (u64), its length in words (u32), length of its id (u32) and the id, first word (u32),
//! count (u32), words; blocks of zeros are left out; a sketch index of `u32::MAX` ends them; last a SipHash-1-3 of all before it.
//! Between the first slice and the last, records go on being evaluated: a snapshot is the state as of some time in between, sketch block by block.

use crate::detection::Detect;
use crate::sketch::{HashKey, Words};
use crate::time::Millis;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

const MAGIC: &[u8; 8] = b"AWSTATE\n";
/// Raised when an older module could not read what a newer one writes.
pub const FORMAT: u32 = 1;
/// Words of one block.
const BLOCK: usize = 512;
const END: u32 = u32::MAX;

/// Why a snapshot was not taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a snapshot of auditward's.
    Foreign,
    /// Cut short, or changed.
    Damaged,
    /// Written by a newer module, in a format this one does not know.
    Newer,
}

/// A snapshot being written.
pub struct Snapshotter {
    sketch: usize,
    word: usize,
    hasher: SipHasher13,
    is_begun: bool,
}

impl Default for Snapshotter {
    fn default() -> Snapshotter {
        Snapshotter { sketch: 0, word: 0, hasher: SipHasher13::new(), is_begun: false }
    }
}

/// Blocks that hold nothing cost so much less than one that does.
const EMPTY_FOR_ONE: usize = 8;

impl Snapshotter {
    /// Appends the next slice to `out`: at most `blocks` blocks of 4 KiB, or eight times as many that hold nothing. Whether it was the last one.
    pub fn step(
        &mut self,
        detect: &mut Detect,
        version: &str,
        blocks: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        let from = out.len();
        if !self.is_begun {
            self.is_begun = true;
            out.extend_from_slice(MAGIC);
            put_u32(out, FORMAT);
            put_u32(out, version.len() as u32);
            out.extend_from_slice(version.as_bytes());
            out.extend_from_slice(&detect.watermark.to_le_bytes());
            out.extend_from_slice(&detect.key().0.to_le_bytes());
            out.extend_from_slice(&detect.key().1.to_le_bytes());
        }
        let mut is_done = false;
        let mut left = blocks.max(1).saturating_mul(EMPTY_FOR_ONE);
        while left > 0 {
            let Some(words) = detect.words(self.sketch) else {
                put_u32(out, END);
                is_done = true;
                break;
            };
            let is_written = self.block(words, out);
            left = left.saturating_sub(if is_written { EMPTY_FOR_ONE } else { 1 });
        }
        self.hasher.write(out.get(from..).unwrap_or_default());
        if is_done {
            out.extend_from_slice(&self.hasher.finish().to_le_bytes());
        }
        is_done
    }

    /// The next block; whether there is anything in it.
    fn block(&mut self, words: &Words, out: &mut Vec<u8>) -> bool {
        let end = self.word.saturating_add(BLOCK).min(words.words.len());
        let block = words.words.get(self.word..end).unwrap_or_default();
        let is_written = block.iter().any(|&word| word != 0);
        if is_written {
            put_u32(out, self.sketch as u32);
            out.extend_from_slice(&words.shape.to_le_bytes());
            put_u32(out, words.words.len() as u32);
            put_u32(out, words.id.len() as u32);
            out.extend_from_slice(words.id.as_bytes());
            put_u32(out, self.word as u32);
            put_u32(out, block.len() as u32);
            let from = out.len();
            out.resize(from.saturating_add(block.len().saturating_mul(8)), 0);
            let places = out.get_mut(from..).unwrap_or_default().as_chunks_mut().0;
            for (place, word) in places.iter_mut().zip(block) {
                *place = word.to_le_bytes();
            }
        }
        (self.sketch, self.word) = if end >= words.words.len() {
            (self.sketch.saturating_add(1), 0)
        } else {
            (self.sketch, end)
        };
        is_written
    }
}

fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Content of a snapshot, whatever policy it was written under.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The version of the module that wrote it.
    pub version: String,
    pub watermark: Millis,
    pub key: HashKey,
    pub sketches: Vec<Stored>,
}

/// A sketch of a snapshot.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: String,
    pub shape: u64,
    /// Length in words, and how many of them are in blocks that are not empty.
    pub len: usize,
    pub stored: usize,
}

/// Reads what a snapshot has. Sketches without content are not in it.
pub fn contents(snapshot: &[u8]) -> Result<Contents, Refused> {
    let mut reader = open(snapshot)?;
    read_contents(&mut reader).ok_or(Refused::Damaged)
}

fn read_contents(reader: &mut Reader<'_>) -> Option<Contents> {
    let version = reader.u32()? as usize;
    let version = String::from_utf8_lossy(reader.take(version)?).into_owned();
    let watermark = reader.u64()? as i64;
    let key = HashKey(reader.u64()?, reader.u64()?);
    let mut sketches: Vec<Stored> = Vec::new();
    while reader.u32()? != END {
        let (shape, len) = (reader.u64()?, reader.u32()? as usize);
        let id = reader.u32()? as usize;
        let id = String::from_utf8_lossy(reader.take(id)?).into_owned();
        let (_, count) = (reader.u32()?, reader.u32()? as usize);
        reader.take(count.checked_mul(8)?)?;
        match sketches.iter_mut().find(|held| held.id == id) {
            Some(held) => held.stored = held.stored.saturating_add(count),
            None => sketches.push(Stored { id, shape, len, stored: count }),
        }
    }
    Some(Contents { version, watermark, key, sketches })
}

/// Takes over a snapshot, whole or not at all; sketches of another length are fitted, those of another shape start empty and are named in `Detect::not_restored`.
pub fn restore(detect: &mut Detect, snapshot: &[u8]) -> Result<(), Refused> {
    let mut reader = open(snapshot)?;
    detect.clear();
    detect.not_restored.clear();
    // What the checksum covers was written by us; what does not read all the same is left out.
    let taken = read_body(detect, &mut reader);
    taken.ok_or(Refused::Damaged).inspect_err(|_| detect.clear())
}

/// Checks a snapshot; gives what follows its format.
fn open(snapshot: &[u8]) -> Result<Reader<'_>, Refused> {
    if snapshot.get(..8) != Some(MAGIC) {
        return Err(Refused::Foreign);
    }
    let mut reader = Reader(snapshot.get(8..).unwrap_or_default());
    if reader.u32().ok_or(Refused::Damaged)? > FORMAT {
        return Err(Refused::Newer);
    }
    let (body, checksum) = snapshot.split_last_chunk::<8>().ok_or(Refused::Damaged)?;
    if SipHasher13::new().hash(body) != u64::from_le_bytes(*checksum) {
        return Err(Refused::Damaged);
    }
    Ok(reader)
}

fn read_body(detect: &mut Detect, reader: &mut Reader<'_>) -> Option<()> {
    let version = reader.u32()? as usize;
    reader.take(version)?;
    detect.watermark = reader.u64()? as i64;
    detect.set_key(HashKey(reader.u64()?, reader.u64()?));
    let mut resized = Resized { index: 0, words: Vec::new() };
    loop {
        let sketch = reader.u32()?;
        if sketch == END {
            resized.finish(detect);
            return Some(());
        }
        let (shape, len) = (reader.u64()?, reader.u32()? as usize);
        let id = reader.u32()? as usize;
        let id = reader.take(id)?;
        let (first, count) = (reader.u32()? as usize, reader.u32()? as usize);
        let bytes = reader.take(count.checked_mul(8)?)?;
        // Of a detector that is off, or that is no more.
        let Some(index) = find(detect, id) else {
            continue;
        };
        let words = detect.words(index)?;
        let is_resized = words.words.len() != len;
        // Of a baseline that is off.
        if words.words.is_empty() {
            continue;
        }
        let is_fixed = words.is_fixed() || len > MOST_WORDS;
        if words.shape != shape || is_resized && is_fixed {
            let id = words.id;
            not_restored(detect, id);
            continue;
        }
        let place = if is_resized {
            if resized.words.len() != len || resized.index != index {
                resized.finish(detect);
                resized = Resized { index, words: vec![0; len] };
            }
            &mut resized.words
        } else {
            &mut words.words
        };
        let place = place.get_mut(first..first.checked_add(count)?)?;
        for (word, bytes) in place.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
        }
    }
}

/// Words of a sketch of another length that are read at most: 256 MiB.
const MOST_WORDS: usize = 1 << 25;

/// A sketch that had another length: read as a whole, then taken over.
struct Resized {
    index: usize,
    words: Vec<u64>,
}

impl Resized {
    fn finish(&self, detect: &mut Detect) {
        if !self.words.is_empty()
            && let Some(words) = detect.words(self.index)
            && !words.take_over(&self.words)
        {
            let id = words.id;
            not_restored(detect, id);
        }
    }
}

fn not_restored(detect: &mut Detect, id: &'static str) {
    if !detect.not_restored.contains(&id) {
        detect.not_restored.push(id);
    }
}

/// Sketches under the ids that earlier snapshots have for them.
const RENAMED: [(&[u8], &[u8]); 4] = [
    (b"odd-time.restricted", b"off-hours.restricted"),
    (b"odd-time.restricted-evidence", b"off-hours.restricted-evidence"),
    (b"odd-time.others", b"off-hours.others"),
    (b"odd-time.others-evidence", b"off-hours.others-evidence"),
];

fn find(detect: &mut Detect, id: &[u8]) -> Option<usize> {
    let id = RENAMED.iter().find(|(old, _)| *old == id).map_or(id, |(_, new)| new);
    let (mut at, mut found) = (0usize, None);
    detect.sketches(&mut |sketch| {
        if sketch.words().id.as_bytes() == id {
            found = Some(at);
        }
        at = at.saturating_add(1);
    });
    found
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{Harness, Made, START};
    use crate::event::Outcome;
    use crate::policy::Policy;

    #[test]
    fn sketches_of_earlier_snapshots_are_found_under_their_old_ids() {
        let mut detect = Detect::new(&Policy::default(), HashKey(1, 2));
        for (old, new) in RENAMED {
            let mut index = 0;
            while detect.words(index).expect("a sketch of that id").id.as_bytes() != new {
                index += 1;
            }
            assert_eq!(find(&mut detect, old), Some(index));
        }
    }

    fn taken(mut detect: Detect) -> Vec<u8> {
        let (mut out, mut snapshotter) = (Vec::new(), Snapshotter::default());
        while !snapshotter.step(&mut detect, "0.0.0", 64, &mut out) {}
        out
    }

    #[test]
    fn a_sketch_of_another_shape_is_named() {
        let with = |text: &str| Detect::new(&Policy::parse(text).unwrap(), HashKey(1, 2));
        let mut before = with("");
        let words = before.words(0).unwrap();
        words.shape ^= 1;
        words.set(3, 7);
        let snapshot = taken(before);
        let mut after = with("");
        restore(&mut after, &snapshot).unwrap();
        assert_eq!((after.words(0).unwrap().get(3), after.not_restored), (0, vec!["recent"]));
    }

    /// A module without baselines, or with less memory for them, wrote the snapshot: what else was learned is taken over.
    #[test]
    fn a_snapshot_without_baselines_keeps_what_it_has() {
        let without = Policy::parse("[baseline]\nalerts_per_day = 0").unwrap();
        let mut before = Detect::new(&without, HashKey(1, 2));
        before.watermark = 7;
        let mut index = 0;
        let mut kept = Vec::new();
        while let Some(words) = before.words(index) {
            if !words.id.starts_with("baseline.") {
                words.set(3, 1000 + index as u64);
                kept.push((words.id, 1000 + index as u64));
            }
            index += 1;
        }
        let mut snapshot = Vec::new();
        let mut snapshotter = Snapshotter::default();
        while !snapshotter.step(&mut before, "0.0.0", 64, &mut snapshot) {}
        let mut after = Detect::new(&Policy::default(), HashKey(1, 2));
        restore(&mut after, &snapshot).unwrap();
        let mut found = Vec::new();
        let mut index = 0;
        while let Some(words) = after.words(index) {
            if !words.id.starts_with("baseline.") {
                found.push((words.id, words.get(3)));
            }
            index += 1;
        }
        assert!(found == kept && kept.len() > 20, "{found:?}");
    }

    fn login(harness: &mut Harness, minute: i64) -> usize {
        let made = Made::login("anna", "203.0.113.5", Outcome::Failure);
        harness.see(made, START + minute * 60_000).len()
    }

    /// Moves what was learned under one policy to another.
    fn moved(from: &str, to: &str) -> (usize, Harness) {
        let mut before = Harness::new("brute-force", from);
        assert_eq!((0..4).map(|n| login(&mut before, n % 2)).sum::<usize>(), 0);
        let mut after = Harness::new("brute-force", to);
        after.number = before.number;
        restore(&mut after.detect, &taken(before.detect)).unwrap();
        assert_eq!(after.detect.not_restored, [""; 0]);
        (login(&mut after, 2), after)
    }

    #[test]
    fn another_budget_and_other_detectors_keep_what_was_learned() {
        let policies = [
            "",
            "[budget]\nmemory = \"8 MiB\"",
            "[budget]\nmemory = \"64 MiB\"",
            "[detector.volume]\nenabled = false",
        ];
        for from in policies {
            for to in policies {
                let (found, after) = moved(from, to);
                assert!(found > 0, "{from} to {to}");
                assert!(after.json().contains("\"id-1\""), "{from} to {to}: {}", after.json());
            }
        }
    }
}
